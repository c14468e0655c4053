"""Sums and products of integers beyond 64 bits wrap around, as NumPy's do, and each time, and only
then, a line on standard error says so, with --json a member of the object, with -q nothing; held
against Python's integers.
"""
import os
import tempfile

from shared_case import chosen_seed, generators, need
from shoal_command import good, run

need('h5py', 'hdf5plugin', 'numpy')
import h5py
import hdf5plugin  # noqa: F401 (results are compressed by Blosc)
import numpy as np

R, G = generators(chosen_seed())
np.seterr(all='ignore')
N = 150


def array():
    dtype = np.dtype(R.choice('? i1 i2 i4 i8 i8 i8 u1 u2 u4 u8 u8 u8'.split()))
    shape = R.choice([(1,), (7,), (300,), (40, 30), (3, 4, 50)])
    if dtype.kind == 'b':
        return G.random(shape) < 0.5
    info = np.iinfo(dtype)
    part = R.choice([1, 64, 2**20, 2**40, 2**60])
    low, high = info.min // part, info.max // part
    x = G.integers(low, high, shape, dtype=dtype, endpoint=True)
    if R.random() < 0.3:
        x[x == 0] = 1
    if R.random() < 0.3:  # just fits, or just does not
        x[...] = 0
        x.flat[0] = info.max if R.random() < 0.5 else info.min
        x.flat[-1] += R.choice([-1, 0, 1]) if dtype.kind == 'i' else R.choice([0, 1])
    return x


def exact(name, x, axis):
    """The results as Python's integers."""
    whole = np.asarray(x.astype(object) if x.dtype.kind != 'b' else x.astype(int).astype(object))
    return np.asarray(getattr(np, name)(whole, axis=axis), object)


def fits(values, dtype):
    info = np.iinfo(dtype)
    return all(info.min <= int(v) <= info.max for v in values.ravel())


def main():
    warned = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for case in range(N):
            path, out = os.path.join(folder, 'x.h5'), os.path.join(folder, 'out.h5')
            x = array()
            chunks = tuple(R.randint(max(1, n // 3), n) for n in x.shape)
            with h5py.File(path, 'w') as file:
                file.create_dataset('x', data=x, chunks=R.choice([None, chunks]))
            if R.random() < 0.4: # with summaries, which answer sums
                good('calc', '-q', '-f', 'x', f'x={path}:/x', '-o', out)
                os.replace(out, path)
            name = R.choice(['sum', 'sum', 'prod'])
            axis = R.choice([None, *range(x.ndim)])
            text = f'{name}(x)' if axis is None else f'{name}(x, axis={axis})'
            with h5py.File(path) as file:
                key = list(file)[0]
            done = run('calc', '-f', text, f'x={path}:/{key}', '-j', str(R.randint(1, 3)),
                       '-o', out + ':/r')
            want = np.asarray(getattr(np, name)(x, axis=axis))
            with h5py.File(out) as file:
                got = file['r'][()]
            wraps = not fits(exact(name, x, axis), want.dtype)
            said = f'shoal: warning: {name}: ' in str(done.err)
            warned += wraps
            quiet = run('calc', '-q', text, f'x={path}:/{key}')
            told = good('calc', '--json', text, f'x={path}:/{key}').json()['warnings']
            if quiet.err or [name] * wraps != [line.split(':')[0] for line in told]:
                failed += 1
                print('FAILED', text, x.dtype, x.shape, wraps, quiet.err, told)
            if done.status or not np.array_equal(got, want) or said != wraps:
                failed += 1
                print('FAILED', text, x.dtype, x.shape, wraps, str(done.err), got, want)
    print(f'{N} cases, {warned} of which wrap, {failed} failed')
    assert failed == 0 and 10 < warned < N - 10


main()
