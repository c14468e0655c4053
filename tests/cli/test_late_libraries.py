"""Libraries that are loaded when they are first needed: the command does not bring them along,
reads without them, and says in one line which one is missing where one is needed."""
import os
import subprocess
import tempfile

from shared_case import need
from shoal_command import SHOAL, clean_line, good, run
import shoal_command

need('numpy', 'h5py', 'hdf5plugin')
import h5py  # noqa: E402
import hdf5plugin  # noqa: E402
import numpy as np  # noqa: E402

SYSTEM, DATA = 3, 4  # the statuses
LATE = ('libhdf5', 'libzip')


def loaded_with(variable):
    """The shared objects that the loader names for `shoal --version`."""
    done = subprocess.run([SHOAL, '--version'], env=dict(os.environ, **variable), check=True,
                          capture_output=True, text=True)
    return done.stdout + done.stderr


def hide(folder):
    """Has the loader find empty files by the libraries' names."""
    with open(os.path.join(folder, 'libzip.so.4'), 'wb'):
        pass
    for number in (100, 200, 310, 320):
        for name in ('hdf5_serial_hl', 'hdf5_hl'):
            with open(os.path.join(folder, f'lib{name}.so.{number}'), 'wb'):
                pass
    shoal_command.ENVIRONMENT['LD_LIBRARY_PATH'] = folder


def test_not_loaded_at_start(folder):
    text = loaded_with({'LD_TRACE_LOADED_OBJECTS': '1'})
    assert 'libc.so' in text and not any(name in text for name in LATE), text


def test_missing(folder):
    values = np.arange(1000.).reshape(20, 50)
    path = os.path.join(folder, 'x.h5')
    npy, npz = os.path.join(folder, 'x.npy'), os.path.join(folder, 'x.npz')
    np.save(npy, values)
    np.savez(npz, x=values)
    good('ingest', npy, '-q', '-o', f'{path}:/x')
    with h5py.File(path, 'r+') as file:
        file.create_dataset('sz', data=values, chunks=(10, 10), compression=hdf5plugin.SZ())
    hidden = os.path.join(folder, 'hidden')
    os.mkdir(hidden)
    hide(hidden)
    assert float(good('calc', '-q', 'mean(x)', f'x={path}:/x').out) == values.mean()
    assert float(good('calc', '-q', '--no-summaries', 'sum(x*2)', f'x={path}:/x').out) == \
        values.sum() * 2
    before = shoal_command.snapshot(folder)
    done = run('ingest', npy, '-q', '-o', os.path.join(folder, 'new.h5') + ':/x')
    assert done.status == SYSTEM and clean_line(done.err), done
    assert b'package libhdf5-hl' in done.err, done
    done = run('export', f'{path}:/sz', '--format', 'raw', '-o', '-')
    assert done.status == DATA and clean_line(done.err), done
    assert b'32017' in done.err and b'package libhdf5-hl' in done.err, done
    done = run('ingest', npz, '-q', '-o', f'{path}:/z')
    assert done.status == SYSTEM and clean_line(done.err), done
    assert b'package libzip' in done.err or b'package libhdf5-hl' in done.err, done
    assert shoal_command.snapshot(folder) == before
    del shoal_command.ENVIRONMENT['LD_LIBRARY_PATH']


if __name__ == '__main__':
    for name, test in list(globals().items()):
        if name.startswith('test_'):
            with tempfile.TemporaryDirectory() as folder_:
                test(folder_)
            print(f'{name}: fine')
