"""Reading a region into NumPy: the Python package beside h5py with hdf5plugin, and beside the call
of the C library that it makes. All in one process, in turn, into one array that is there already;
the best of several, as ratios; beside the C call the median ratio of pairs. 2 threads.

usage: python_read.py --build BUILD [--mib N] [--times N]"""
import argparse
import glob
import os
import sys
import tempfile
import time

import h5py
import hdf5plugin
import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CODECS = {
    'blosc lz4': hdf5plugin.Blosc(cname='lz4', clevel=5, shuffle=1),
    'blosc zstd': hdf5plugin.Blosc(cname='zstd', clevel=3, shuffle=1),
    'gzip': {'compression': 'gzip', 'compression_opts': 4, 'shuffle': True},
    'none': {},
}


def field(n_planes):
    """A smooth float32 field with noise, a fifth of it NaN."""
    rng = np.random.default_rng(3)
    base = np.add.outer(np.sin(np.arange(256) / 20), np.cos(np.arange(256) / 30)).astype('f4')
    planes = base + rng.normal(size=(n_planes, 1, 1)).astype('f4')
    planes += rng.normal(scale=.01, size=(n_planes, 256, 256)).astype('f4')
    planes[:, :51] = np.nan
    return planes


def in_turn(calls, times):
    """The seconds of each, by round; every second round goes backwards, as what ran before has
    its part in what follows."""
    taken = np.zeros((times, len(calls)))
    for k in range(times):
        for at in range(len(calls))[::1 if k % 2 else -1]:
            start = time.perf_counter()
            calls[at]()
            taken[k, at] = time.perf_counter() - start
    return taken


def measure(shoal, path, name, times):
    from shoal._selection import select
    with h5py.File(path) as theirs, shoal.open(path) as ours:
        t, u = theirs[name], ours[name]
        out, other = np.zeros(t.shape, t.dtype), np.zeros(t.shape, t.dtype)
        options = shoal._abi.RunOptions(2)
        region, error = select(..., t.shape).region, shoal._abi.Error()

        def c_call():
            status = shoal._LIBRARY.shoal_read(u._handle, region, out.ctypes.data, out.nbytes,
                                               options, error)
            assert status == 0, error.message

        taken = in_turn((lambda: t.read_direct(other), lambda: u.read(..., out=out, threads=2),
                         c_call), times)
        h5py_s, python_s, c_s = np.min(taken, axis=0)
        over = np.median(taken[:, 1] / taken[:, 2]) - 1
        assert np.array_equal(out, other, equal_nan=True)
        rate = out.nbytes / python_s / 1e9
        print(f'{name:12} h5py {h5py_s:.3f} s, shoal {python_s:.3f} s ({rate:.1f} GB/s): '
              f'{h5py_s / python_s:.1f} times faster; the C call {c_s:.3f} s: '
              f'{100 * over:+.1f} % in the median of pairs')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--build', required=True)
    parser.add_argument('--mib', type=int, default=512)
    parser.add_argument('--times', type=int, default=15)
    options = parser.parse_args()
    library = sorted(glob.glob(os.path.join(options.build, 'compute', 'libshoal.so.*.*.*')))
    os.environ['SHOAL_LIBRARY'] = os.path.abspath([name for name in library if
                                                   not name.endswith('.symbols')][0])
    sys.path.insert(0, os.path.join(ROOT, 'python'))
    import shoal
    data = field(options.mib * 4)
    with tempfile.TemporaryDirectory() as folder:
        path = folder + '/field.h5'
        with h5py.File(path, 'w') as file:
            for name, codec in CODECS.items():
                file.create_dataset(name, data=data, chunks=(32, 128, 128) if codec else None,
                                    **codec)
        del data
        for name in CODECS:
            measure(shoal, path, name, options.times)


main()
