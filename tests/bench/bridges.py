"""Kernels from Python's compilers beside the built-in expressions that do the same, and the loops
that they replace: over float64 data in lz4 chunks, 2 threads, in one process, each pair in turn,
the best of several, results compared.

usage: bridges.py --build BUILD [--mib N] [--times N]"""
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


def best_in_turn(calls, times):
    best, results = [float('inf')] * len(calls), [None] * len(calls)
    for _ in range(times):
        for k, call in enumerate(calls):
            start = time.perf_counter()
            results[k] = call()
            best[k] = min(best[k], time.perf_counter() - start)
    return best, results


def element_kernels(shoal, bridges, folder):
    """(what, its call, the built-in expression, the kernel) of each tool."""
    import shoal.jit

    @shoal.jit.elements('float64, float64 -> float64')
    def energy(v, m):
        return 0.5 * m * v * v

    def kernel(name, n, code):
        return shoal.kernel(name, ', '.join(['float64'] * n) + ' -> float64', elements=code)

    yield 'Numba', 'energy(x, y)', '0.5 * y * x * x', energy
    yield ('Cython', 'clamp(x)', 'clip(x, -1, 1)',
           kernel('clamp', 1, bridges.build_cython(folder).__pyx_capi__['clamp']))
    yield ('pybind11', 'cube(x)', 'x * x * x',
           kernel('cube', 1, bridges.build_pybind11(folder).cube_double))
    yield ('Fortran', 'axpy(x, y)', '2.5 * x + y',
           kernel('axpy', 2, bridges.build_fortran(folder).axpy))
    yield ('f2py', 'axpy(x, y, 2.5)', '2.5 * x + y',
           shoal.kernel('axpy', 'float64, float64 -> float64', parameters={'a': None},
                        elements=bridges.build_f2py(folder).axpy_kernel))


def run_elements(shoal, bridges, folder, inputs, times):
    for what, own, built_in, kernel in element_kernels(shoal, bridges, folder):
        options = dict(inputs=inputs, threads=2, summaries=False, kernels=[kernel])
        (a, b), (left, right) = best_in_turn((
            lambda: shoal.calc(f'max({own})', **options),
            lambda: shoal.calc(f'max({built_in})', **options)), times)
        assert left == right, (what, left, right)
        print(f'{what:9} {own:15} {a:.3f} s, {built_in:16} {b:.3f} s: {a / b:.2f}')


def run_sum(shoal, path, inputs, times):
    """The article's loop: as a kernel, over h5py's chunks, and as Python runs it."""
    from numba import njit
    total = shoal.jit.reduction('float64 -> float64', lambda s, x: s + x, name='total',
                               fastmath={'reassoc', 'nsz'})

    def loop(x):
        s = 0.0
        for i in range(x.size):
            s += x[i]
        return s

    fast = njit(loop)
    fast(np.zeros(2))

    def over_h5py():
        with h5py.File(path) as file:
            x = file['x']
            return sum(fast(x[k:k + 64].ravel()) for k in range(0, x.shape[0], 64))

    options = dict(inputs, threads=2, summaries=False, kernels=[total])
    (own, built_in, h5), results = best_in_turn((
        lambda: shoal.calc('total(x)', **options), lambda: shoal.calc('sum(x)', **options),
        over_h5py), times)
    assert np.allclose(results, results[0], rtol=1e-10), results
    with h5py.File(path) as file:
        n, part = file['x'].size, file['x'][0, 0, :].copy()
        part = np.tile(part, 4000)
        start = time.perf_counter()
        loop(part)
        slow = (time.perf_counter() - start) / part.size * n
    print(f'sum: Numba in shoal {own:.3f} s, built in {built_in:.3f} s ({own / built_in:.2f}), '
          f'Numba over h5py {h5:.3f} s ({h5 / own:.1f} times slower), '
          f'Python {slow:.0f} s (extrapolated from {part.size} elements, without reading)')


def run_blosc2(shoal, bridges, folder, path, inputs, times):
    """The same kernel on the same data, from compressed chunks on disk into a NumPy array: blosc2's
    lazyudf beside it. Its function is NumPy's, run by blosc2 chunk by chunk."""
    import blosc2
    blosc2.set_nthreads(2)
    with h5py.File(path) as file:
        stored = file['x'][...]
    x = blosc2.asarray(stored, chunks=(32, 64, 128), urlpath=folder + '/x.b2nd', mode='w',
                       cparams={'codec': blosc2.Codec.LZ4, 'clevel': 5,
                                'filters': [blosc2.Filter.SHUFFLE], 'nthreads': 2})

    def cube(arguments, output, offset):
        output[:] = arguments[0] * arguments[0] * arguments[0]

    kernel = shoal.kernel('cube', 'float64 -> float64',
                          elements=bridges.build_pybind11(folder).cube_double)
    (a, b), (left, right) = best_in_turn((
        lambda: shoal.calc('cube(x)', **inputs, threads=2, kernels=[kernel]),
        lambda: blosc2.lazyudf(cube, (x,), np.float64)[...]), times)
    assert np.array_equal(left, right)
    print(f'cube to an array: shoal {a:.3f} s, blosc2 lazyudf {b:.3f} s ({b / a:.1f} times slower)')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--build', required=True)
    parser.add_argument('--mib', type=int, default=512)
    parser.add_argument('--times', type=int, default=7)
    options = parser.parse_args()
    library = glob.glob(os.path.join(options.build, 'compute', 'libshoal.so.*.*.*'))
    library = [os.path.abspath(name) for name in library if not name.endswith(('.symbols', '.p'))]
    os.environ.update(SHOAL_LIBRARY=library[0], SHOAL_SOURCE=ROOT)
    sys.path[:0] = [os.path.join(ROOT, 'python'), os.path.join(ROOT, 'examples', 'python')]
    import shoal
    import test_bridges as bridges
    rng = np.random.default_rng(3)
    shape = (options.mib * 2, 256, 256)
    with tempfile.TemporaryDirectory() as folder:
        path = folder + '/data.h5'
        with h5py.File(path, 'w') as file:
            for name in 'xy':
                data = rng.integers(-2000, 2000, shape, dtype='i2') / 1000
                file.create_dataset(name, data=data, chunks=(32, 64, 128), **hdf5plugin.Blosc())
        del data
        inputs = {name: f'{path}:/{name}' for name in 'xy'}
        run_elements(shoal, bridges, folder, inputs, options.times)
        run_sum(shoal, path, {'x': inputs['x']}, options.times)
        run_blosc2(shoal, bridges, folder, path, {'x': inputs['x']}, options.times)


if __name__ == '__main__':
    main()
