"""What the tests of users' kernels share: the command, a cache of their own, files of arrays."""
import os
import shutil
import sys
import tempfile

from shared_case import need
from shoal_command import ENVIRONMENT, run

need('numpy', 'h5py', 'hdf5plugin')
import h5py  # noqa: E402
import hdf5plugin  # noqa: E402, F401 (registers Blosc)
import numpy as np  # noqa: E402

COMPILER = os.environ.get('CC', 'cc').split()[0]
if not shutil.which(COMPILER):
    print(f'skipped: there is no compiler {COMPILER}')
    sys.exit(77)

folder = tempfile.mkdtemp(prefix='shoal-kernels-')
os.makedirs(os.path.join(folder, 'cache'))
ENVIRONMENT['XDG_CACHE_HOME'] = os.path.join(folder, 'cache')
out = os.path.join(folder, 'out.h5')


def store(name, array, chunks):
    """A dataset in a file of its own; its locator."""
    path = os.path.join(folder, name + '.h5')
    with h5py.File(path, 'w') as file:
        file.create_dataset('x', data=array, chunks=chunks)
    return f'{name}={path}:/x'


def calc(kernel, expression, *inputs, threads=2, more=()):
    """The result of one expression, as it lies in the output."""
    done = run('calc', '-q', '-f', '-j', str(threads), '--kernel', kernel, '-o', out + ':/r', *more,
               expression, *inputs)
    assert done.status == 0, f'{expression}: {done}'
    with h5py.File(out) as file:
        return file['r'][()]


def same(got, want):
    """The same type, shape and bits (any NaN is one)."""
    got, want = np.asarray(got), np.asarray(want)
    if got.dtype != want.dtype or got.shape != want.shape:
        return False
    return np.array_equal(got, want, equal_nan=got.dtype.kind in 'fc')


def check(what, got, want):
    assert same(got, want), (f'{what}: {np.asarray(got).dtype} {np.shape(got)} '
                             f'{np.asarray(got).ravel()[:8]}, not {np.asarray(want).dtype} '
                             f'{np.shape(want)} {np.asarray(want).ravel()[:8]}')


def close():
    shutil.rmtree(folder)
