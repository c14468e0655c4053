"""Runs the examples of kernels over several arrays and over several axes, and compares them with
NumPy, element by element.

usage: test_more_kernels.py SHOAL FOLDER_OF_THE_EXAMPLES
"""
import os
import shutil
import subprocess
import sys
import tempfile

try:
    import h5py
    import hdf5plugin
    import numpy as np
except ImportError as missing:
    print(f'skipped: {missing}')
    sys.exit(77)
if not shutil.which(os.environ.get('CC', 'cc').split()[0]):
    print('skipped: there is no C compiler')
    sys.exit(77)

SHOAL, EXAMPLES = sys.argv[1:]
RNG = np.random.default_rng(5)


def store(folder, **arrays):
    with h5py.File(folder + '/data.h5', 'w') as file:
        for name, array in arrays.items():
            file.create_dataset(name, data=array, chunks=tuple(min(n, 64) for n in array.shape),
                                **hdf5plugin.Blosc())


def calc(folder, kernel, expression, *names):
    out = folder + '/out.h5'
    subprocess.run([SHOAL, 'calc', '-q', '-f', '-o', out + ':/r', '--kernel',
                    f'{EXAMPLES}/{kernel}.c', expression,
                    *(f'{name}={folder}/data.h5:/{name}' for name in names)], check=True)
    with h5py.File(out) as file:
        return file['r'][()]


def weighted_mean(folder):
    t, lat = RNG.normal(280, 10, (200, 50, 70)), np.linspace(-1.5, 1.5, 50)
    t[RNG.random(t.shape) < .05] = np.nan
    store(folder, t=t, lat=lat)
    w = np.broadcast_to(np.cos(lat)[:, None], t.shape)
    for axis in (None, 0, 1, (1, 2)):
        want = np.nansum(t * w, axis) / np.where(np.isnan(t), 0, w).sum(axis)
        got = calc(folder, 'weighted_mean', f'weighted_mean(t, cos(lat)[:, None], axis={axis})',
                   't', 'lat')
        np.testing.assert_allclose(got, want, rtol=1e-12)


def heat(folder):
    t = RNG.normal(280, 10, (300, 200))
    store(folder, t=t)
    for mode, theirs in (('nearest', 'edge'), ('wrap', 'wrap'), ('mirror', 'reflect')):
        p = np.pad(t, 1, theirs)
        around = p[:-2, 1:-1] + p[2:, 1:-1] + p[1:-1, :-2] + p[1:-1, 2:]
        got = calc(folder, 'heat', f'heat(t, rate=0.2, mode="{mode}")', 't')
        np.testing.assert_allclose(got, t + 0.2 * (around - 4 * t), rtol=1e-13)


with tempfile.TemporaryDirectory() as place:
    os.environ['XDG_CACHE_HOME'] = place
    for example in (weighted_mean, heat):
        example(place)
        print(f'{example.__name__} gives what NumPy gives')
