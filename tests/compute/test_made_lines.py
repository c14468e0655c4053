"""Functions along an axis of arrays that are put together as they are read (joined, padded, rolled,
repeated, generated), in parts of lines as little memory makes them, against NumPy.

usage: test_made_lines.py CALC_DRIVER [SEED]
"""

import os, sys, tempfile

from shared_case import chosen_seed, generators, need

need('h5py', 'hdf5plugin', 'numpy')
import h5py, numpy as np
from cf_driver import OneResult

R, G = generators(chosen_seed(2))
MIB = 1 << 20


def made(x, y, axis):
    """an expression of x and y, and what it is"""
    n = x.shape[axis]
    width = R.randrange(1, n + 1)
    pads = [(width if k == axis else 0,) * 2 for k in range(x.ndim)]
    return R.choice([
        (f'concatenate([x, y, x], axis={axis})', lambda: np.concatenate([x, y, x], axis)),
        (f'pad(x, {pads}, mode="edge")'.replace('[', '(').replace(']', ',)'),
         lambda: np.pad(x, pads, 'edge')),
        (f'roll(x, {width}, axis={axis})', lambda: np.roll(x, width, axis)),
        (f'repeat(x, 3, axis={axis})', lambda: np.repeat(x, 3, axis)),
        (f'tile(x, {(2,) * x.ndim})', lambda: np.tile(x, (2,) * x.ndim)),
        (f'roll(concatenate([y, x], axis={axis}), {width}, axis={axis})',
         lambda: np.roll(np.concatenate([y, x], axis), width, axis)),
        (f'index(x, axis={axis})', lambda: np.broadcast_to(np.arange(n).reshape(
            [-1 if k == axis else 1 for k in range(x.ndim)]), x.shape)),
    ])


def of_lines(axis):
    """a function along the axis, and NumPy's"""
    size = R.randrange(1, R.choice([4, 60]))
    half = size // 2

    def windows(z, mode, f):
        sides = [(half, size - 1 - half) if k == axis else (0, 0) for k in range(z.ndim)]
        wide = np.pad(z, sides, mode)
        return f(np.lib.stride_tricks.sliding_window_view(wide, size, axis), -1)

    return R.choice([
        (f'minimum_filter1d({{}}, {size}, axis={axis}, mode="nearest")',
         lambda z: windows(z, 'edge', np.min)),
        (f'maximum_filter1d({{}}, {size}, axis={axis}, mode="reflect")',
         lambda z: windows(z, 'symmetric', np.max)),
        (f'convolve1d({{}}, {[1] * size}, axis={axis}, mode="nearest")',
         lambda z: windows(z[tuple(slice(None, None, -1) if k == axis else slice(None)
                                   for k in range(z.ndim))], 'edge', np.sum)[
             tuple(slice(None, None, -1) if k == axis else slice(None) for k in range(z.ndim))]),
        (f'cumsum({{}}, axis={axis})', lambda z: np.cumsum(z, axis)),
        (f'diff({{}}, axis={axis})', lambda z: np.diff(z, axis=axis)),
        (f'sort({{}}, axis={axis})', lambda z: np.sort(z, axis)),
    ])


def one(driver, directory):
    shape = [R.choice([1, 3, 40]) for _ in range(R.randrange(1, 4))]
    axis = R.randrange(len(shape))
    shape[axis] = R.choice([5, 40, 300, 3000])
    x = G.integers(-99, 99, shape).astype('i4')
    y = G.integers(-99, 99, shape).astype('i4')
    path = os.path.join(directory, 'in.h5')
    with h5py.File(path, 'w') as file:
        file.create_dataset('x', data=x, chunks=tuple(R.randrange(1, n + 1) for n in shape)
                            if x.size < 20000 else True, compression='gzip')
        file.create_dataset('y', data=y)
    expr, whole = made(x, y, axis)
    function, numpys = of_lines(axis)
    want = numpys(whole())
    call = function.format(expr)
    keys = {'x': f'{path}:/x', 'y': f'{path}:/y', '@threads': R.choice([1, 2, 3, 8]),
            '@memory': R.choice([2, 4, 8, 12, 64]) * MIB}
    got, error = driver.run(call, **keys)
    if error is not None and error.startswith('error 5'):
        return False
    if error is not None or got.shape != want.shape or not np.array_equal(got, want):
        raise SystemExit(f'FAILED: {call} of {shape}, {keys}: {error or got}; wanted {want}')
    return True


def more_threads_than_fit(driver, directory):
    """Where one thread has room, more threads asked for are no reason to refuse."""
    path = os.path.join(directory, 'long.h5')
    with h5py.File(path, 'w') as file:
        file.create_dataset('x', data=np.ones(1000000), chunks=(50000,))
    for threads in (1, 8):
        got, error = driver.run('sum(uniform_filter1d(x, 101))', x=path + ':/x',
                                **{'@threads': threads, '@memory': 4 * MIB})
        if error or not np.isclose(got, 1e6):
            raise SystemExit(f'FAILED: {threads} threads: {error or got}')


def main():
    driver = OneResult(sys.argv[1])
    with tempfile.TemporaryDirectory() as directory:
        more_threads_than_fit(driver, directory)
        cases = int(os.environ.get('SHOAL_CASES', 300))
        n = sum(one(driver, directory) for _ in range(cases))
    print(f'{n} results are as NumPy has them')
    if n < cases / 2:
        raise SystemExit('FAILED: too few fit in the memory')


main()
