"""Runs the C examples and checks what they made and printed with h5py and NumPy.

usage: test_examples.py FOLDER_OF_THE_PROGRAMS
"""

import subprocess, sys, tempfile

try:
    import h5py, hdf5plugin, numpy as np
except ImportError as e:
    print(f'skipped: {e}')
    sys.exit(77)

programs = sys.argv[1]


def run(name, *arguments):
    return subprocess.run(
        [f'{programs}/{name}', *arguments], check=True, capture_output=True, text=True
    ).stdout


with tempfile.TemporaryDirectory() as folder:
    path = folder + '/waves.h5'
    run('write_chunks', path)
    i, j = np.arange(1000, dtype='f4')[:, None], np.arange(2000, dtype='f4')
    want = np.sin(i / np.float32(50)) * np.cos(j / np.float32(80))
    with h5py.File(path) as f:
        d = f['waves']
        got = d[()]
        assert d.attrs['units'] == 'm' and d.chunks == (250, 500), (dict(d.attrs), d.chunks)
    assert got.dtype == want.dtype and np.allclose(got, want, rtol=1e-5, atol=1e-6)
    means = [float(x) for x in run('read_region', path + ':/waves').split()]
    assert means[0] == means[1] and np.isclose(means[0], got[:16, :16].mean(dtype='f8'), rtol=1e-5)
    out = run(
        'calc_progress',
        'low = min(w); mean_square = mean(w * w, dtype=float64)',
        f'w={path}:/waves',
    )
    values = dict(line.split(' = ') for line in out.splitlines())
    assert np.float32(values['low']) == got.min(), values
    assert np.isclose(
        float(values['mean_square']), np.mean(got * got, dtype='f8'), rtol=1e-12
    ), values
print('the examples give what NumPy gives')
