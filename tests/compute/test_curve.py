"""interp, i0, ediff1d, tril, triu and trace of random arrays against NumPy and SciPy.

usage: test_curve.py CALC_DRIVER [SEED]
"""

import os, sys, tempfile

from shared_case import chosen_seed, generators, need

need('h5py', 'numpy', 'scipy')
import h5py, numpy as np
from scipy import special
from cf_driver import OneResult

R, G = generators(chosen_seed(2))
np.seterr(all='ignore')
TYPES = 'i1 i2 i4 i8 u1 u2 u4 f2 f4 f8'.split()


def values(shape, dtype, scale=20):
    if dtype[0] in 'iu':
        return G.integers(0 if dtype[0] == 'u' else -scale, scale, shape).astype(dtype)
    x = (G.standard_normal(shape) * scale).astype(dtype)
    x[G.random(shape) < R.choice([0, 0.1])] = np.nan
    x[G.random(shape) < R.choice([0, 0.1])] = R.choice([np.inf, -np.inf])
    return x


def text(x):
    return repr(x.tolist())


def interp_case(x):
    n = R.choice([1, 2, 3, 10, 200])
    xp = np.sort(G.standard_normal(n) * 20)
    if R.random() < 0.5:
        xp = np.round(xp)  # some are equal to elements, and to each other
    fp = np.round(G.standard_normal(n) * 5, 2)
    if R.random() < 0.2:
        fp[R.randrange(n)] = R.choice([np.nan, np.inf])
    keys = {}
    if R.random() < 0.3:
        keys['left'] = R.choice([0, -1.5, np.nan])
    if R.random() < 0.3:
        keys['right'] = R.choice([7, np.inf])
    if R.random() < 0.2:
        xp = np.unique(np.round(G.random(n) * 30, 3))
        fp = fp[: len(xp)]
        keys['period'] = R.choice([31, -40.5])
        x = np.where(np.isfinite(x), x, 0).astype(x.dtype)
    want = np.interp(x.astype('f8'), xp, fp, **keys)
    words = ''.join(f', {k}={v}' for k, v in keys.items())
    points = {'xp': xp, 'fp': fp, 'x': x}
    if R.random() < 0.5:
        return f'interp(x, xp, fp{words})', np.asarray(want), points, 0
    return f'interp(x, {text(xp)}, {text(fp)}{words})', np.asarray(want), {'x': x}, 0


def i0_case(x):
    x = np.where(np.abs(x.astype('f8')) > 600, 1, x).astype(x.dtype)
    kind = x.dtype if x.dtype.kind == 'f' else np.dtype('f8')
    want = special.i0(x.astype('f8'))
    want[np.isinf(x)] = np.nan  # NumPy's
    assert np.allclose(np.i0(x.astype('f8')), want, rtol=1e-13, atol=0, equal_nan=True)
    return 'i0(x)', want.astype(kind), {'x': x}, {2: 1e-3, 4: 2e-7, 8: 2e-15}[kind.itemsize]


def ediff1d_case(x):
    keys = {}
    if R.random() < 0.4:
        keys['to_end'] = [5, 6]
    if R.random() < 0.4:
        keys['to_begin'] = R.choice([3, [[1], [2]]])
    words = ''.join(f', {k}={v}' for k, v in keys.items())
    keys = {k: np.asarray(v).astype(x.dtype) for k, v in keys.items()}
    return f'ediff1d(x{words})', np.ediff1d(x, **keys), {}, 0


def diagonal_case(x):
    x = x if x.ndim > 1 else np.resize(x, (R.choice([1, 3, 8]), R.choice([1, 2, 9])))
    k = R.randint(-4, 4)
    name = R.choice(['tril', 'triu', 'trace'])
    if name != 'trace':
        return f'{name}(x, {k})', getattr(np, name)(x, k), {'x': x}, 0
    if x.dtype.kind == 'f':
        x = np.where(np.isfinite(x), np.round(x), 1).astype(x.dtype)
    return f'trace(x, {k})', np.asarray(np.trace(x, k)), {'x': x}, 0


CASES = [interp_case, i0_case, ediff1d_case, diagonal_case]


def same(got, want, tol):
    if got is None or got.dtype != want.dtype or got.shape != want.shape:
        return False
    if tol == 0:
        return np.array_equal(got, want, equal_nan=want.dtype.kind == 'f')
    return np.allclose(got.astype('f8'), want.astype('f8'), rtol=tol, atol=0, equal_nan=True)


WRONG = [
    ('interp(x, [1, 0], [1, 2])', 'rise'),
    ('interp(x, [1, 2], [1])', 'xp'),
    ('interp(x, [], [])', 'xp'),
    ('interp(x, [[1]], [1])', 'one axis'),
    ('interp(x, [1], [1], period=0)', 'period'),
    ('interp(x * 1j, [1], [1])', 'complex'),
    ('i0(x * 1j)', 'complex'),
    ('ediff1d(x > 0)', 'numbers'),
    ('ediff1d(int8(x), to_end=1.5)', 'type'),
]


def main():
    driver = OneResult(sys.argv[1])
    count, failures = int(os.environ.get('SHOAL_CASES', 400)), 0
    with tempfile.TemporaryDirectory() as folder:
        path = folder + '/in.h5'
        for at in range(count + len(WRONG)):
            shape = [R.choice([0, 1, 2, 5, 30, 700]) for _ in range(R.choice([1, 1, 2, 3]))]
            shape = [n if np.prod(shape) < 9000 else min(n, 5) for n in shape]
            x = values(shape, R.choice(TYPES), R.choice([5, 20, 100]))
            expr, want, parts, tol = R.choice(CASES)(x)
            parts = {'x': x, **parts}
            if at >= count:
                expr, word = WRONG[at - count]
            with h5py.File(path, 'w') as f:
                for name, part in parts.items():
                    chunks = tuple(R.randint(1, n) for n in part.shape) if part.size else None
                    f.create_dataset(name, data=part, chunks=chunks)
            keys = {'@threads': R.choice([1, 2, 3, 4])}
            names = {name: f'{path}:/{name}' for name in parts}
            got, error = driver.run(expr, **keys, **names)
            if at >= count:
                good = error and error.startswith('error 2') and word in error
            else:
                good = not error and same(got, want, tol)
            if not good:
                failures += 1
                print(f'FAILED: {error}: {expr[:300]} of {x.dtype} {x.shape}', end=' ')
                if got is not None and got.shape == want.shape:
                    bad = np.argwhere(~((got == want) | ((got != got) & (want != want))))
                    if len(bad):
                        print(x.ravel()[:5], got[tuple(bad[0])], want[tuple(bad[0])], end='')
                print()
    print(f'{count + len(WRONG) - failures} as wanted, {failures} failed')
    sys.exit(1 if failures else 0)


main()
