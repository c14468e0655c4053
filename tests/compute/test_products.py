"""dot, vdot, vecdot, @ and norm: floats against exact fractions, rounded once, whatever the chunks
and threads; integers against NumPy.

usage: test_products.py CALC_DRIVER SHOAL [N] [SEED]
"""

import os
import subprocess
import sys
import tempfile
import warnings
from fractions import Fraction

from shared_case import chosen_seed, generators, need

need('h5py', 'numpy')
import h5py
import numpy as np
from cf_driver import Driver
from exact_oracle import as_double, as_float, root, to_units, UNIT

warnings.simplefilter('ignore')
N = int(sys.argv[3]) if len(sys.argv) > 3 else 400
R, G = generators(chosen_seed(4))
TYPES = ['?', 'i1', 'i2', 'i4', 'i8', 'u1', 'u4', 'u8', 'f2', 'f4', 'f8', 'f4', 'f8', 'c8', 'c16']


def floats(dtype, n):
    """of one size, of all sizes, cancelling, tiny and huge"""
    info, way = np.finfo(dtype), R.randrange(5)
    x = G.standard_normal(n)
    if way == 1:
        x = x * 2.0 ** G.integers(info.minexp // 2, info.maxexp // 2, n)
    elif way == 2:
        x = x * 2.0 ** G.integers(info.minexp - info.nmant, info.maxexp, n)
    elif way == 3:
        x[n // 2:] = -x[:n - n // 2] if n > 1 else x
    elif way == 4:
        x = np.round(x * 4)
    x = x.astype(dtype)
    if R.random() < 0.1:
        x[G.integers(0, n)] = R.choice([np.nan, np.inf, -np.inf])
    return x


def values(dtype, n):
    kind = np.dtype(dtype).kind
    if kind == 'b':
        return G.random(n) < R.choice([0.01, 0.5])
    if kind in 'iu':
        info = np.iinfo(dtype)
        wide = R.random() < 0.3
        return G.integers(info.min if wide else 0, info.max if wide else 9, n, dtype=dtype)
    if kind == 'c':
        part = 'f4' if dtype == 'c8' else 'f8'
        return (floats(part, n) + 1j * floats(part, n)).astype(dtype)
    return floats(dtype, n)


def nearest(q, dtype):
    kind = {'c8': 'f4', 'c16': 'f8'}.get(dtype.str[1:], dtype.str[1:])
    if kind == 'f8':
        return np.float64(as_double(q))
    return np.float32(as_float(q)).astype(kind)  # float16 by way of float32


def exact(pairs, dtype, square_root=False):
    """of the products of pairs of arrays of doubles, added up"""
    with np.errstate(all='ignore'):
        products = np.concatenate([a.astype('f8') * b.astype('f8') for a, b in pairs])
    finite = np.concatenate([np.isfinite(a) & np.isfinite(b) for a, b in pairs])
    if not finite.all():
        odd = products[~finite]
        value = np.nan if np.isnan(odd).any() else odd.sum()
        return nearest(Fraction(0), dtype).dtype.type(value)
    total = sum(to_units(float(x)) * to_units(float(y)) for a, b in pairs for x, y in zip(a, b))
    q = Fraction(total, 1 << 2 * UNIT)
    return nearest(root(q) if square_root else q, dtype)


def product(a, b, conjugates):
    dtype = np.result_type(a, b)
    a, b = a.astype(dtype).ravel(), b.astype(dtype).ravel()
    if dtype.kind in 'biu':
        return np.dot(a, b)
    if dtype.kind == 'f':
        return exact([(a, b)], dtype)
    sign = -1 if conjugates else 1
    real = exact([(a.real, b.real), (-sign * a.imag, b.imag)], dtype)
    imag = exact([(a.real, b.imag), (sign * a.imag, b.real)], dtype)
    return np.array([real, imag]).view(dtype)[0]


def norm(x):
    x = x.ravel() if x.dtype.kind in 'fc' else x.ravel().astype('f8')
    parts = [x.real, x.imag] if x.dtype.kind == 'c' else [x]
    return exact([(p, p) for p in parts], x.dtype, True)


def same(got, want):
    return (got.dtype == want.dtype and got.shape == want.shape
            and np.array_equal(got, want, equal_nan=got.dtype.kind in 'fc'))


def write(path, arrays):
    with h5py.File(path, 'w') as file:
        for name, x in arrays.items():
            chunks = tuple(max(1, R.randint(n // 9, n)) for n in x.shape)
            file.create_dataset(name, data=x, chunks=chunks)


def case(driver, path):
    shape = R.choice([(1,), (7,), (600,), (3000,), (13, 40)])
    n = int(np.prod(shape))
    a = values(R.choice(TYPES), n).reshape(shape)
    b = values(a.dtype if R.random() < 0.7 else R.choice(TYPES), n).reshape(shape)
    write(path, {'a': a, 'b': b})
    name = R.choice(['dot(a, b)', 'vdot(a, b)', 'a @ b', 'vecdot(a, b)', 'norm(a)'])
    if len(shape) > 1 and name not in ('vdot(a, b)', 'norm(a)'):
        name = 'vdot(a, b)'
    want = norm(a) if name == 'norm(a)' else product(a, b, name in ('vdot(a, b)', 'vecdot(a, b)'))
    results = [driver.run(name, a=path + ':/a', b=path + ':/b', threads=k)
               for k in (1, R.choice([2, 3]))]
    if all(not error and same(np.asarray(got[0]), np.asarray(want)) for got, error in results):
        return 0
    print('FAILED', name, a.dtype, b.dtype, shape, results, want)
    return 1


def along_axes(driver, path):
    """vecdot of several axes: within rounding of the products"""
    failed = 0
    for _ in range(30):
        dtype = R.choice(['i4', 'u8', 'f4', 'f8', 'c8', 'c16'])
        a, b = (values(dtype, 5 * 6 * 7).reshape(5, 6, 7) for _ in range(2))
        if np.dtype(dtype).kind in 'fc':
            a, b = (G.standard_normal((5, 6, 7)).astype(dtype) for _ in range(2))
        if R.random() < 0.3:
            b = b[0]
        write(path, {'a': a, 'b': b})
        axis = R.choice([-1, -2])
        got, error = driver.run(f'vecdot(a, b, axis={axis})', a=path + ':/a', b=path + ':/b')
        want = np.vecdot(a, b, axis=axis)
        ok = not error and got[0].dtype == want.dtype and got[0].shape == want.shape
        eps = np.finfo(dtype).eps if want.dtype.kind in 'fc' else 0
        if not ok or not np.allclose(got[0], want, rtol=0, atol=100 * eps):
            failed += 1
            print('FAILED vecdot', dtype, axis, a.shape, b.shape, error or got, want)
    return failed


def refusals(driver, shoal, path):
    failed = 0
    hundreds = np.full(9, 100, 'i1')
    write(path, {'a': np.zeros((3, 4)), 'b': np.zeros(4), 'c': np.zeros(5), 'i': hundreds})
    names = {n: f'{path}:/{n}' for n in 'abci'}
    for expression in ('dot(a, b)', 'a @ b', 'dot(b, c)', 'vdot(a, b)', 'vecdot(b, c)', 'b @ 2',
                       'norm()', 'dot(b)', 'vecdot(b, b, axis=1)'):
        _, error = driver.run(expression, **names)
        if not error or 'error 2' not in error:
            failed += 1
            print('NOT REFUSED', expression, error)
    for expression, want in (('dot(b, 2)', np.zeros(4) * 2),
                             ('dot([1, 2, 3], [4, 5, 6])', np.int64(32)),
                             ('2 * [1, 2] @ [3, 4]', np.int64(22)), ('norm([3, 4])', np.float64(5)),
                             ('dot(b[:0], b[:0])', np.float64(0))):
        got, error = driver.run(expression, **names)
        if error or not same(np.asarray(got[0]), np.asarray(want)):
            failed += 1
            print('FAILED', expression, error or got)
    done = subprocess.run(
        [shoal, 'calc', 'dot(i, i)', f'i={path}:/i'], capture_output=True, text=True)
    if done.stdout.strip() != str(np.dot(hundreds, hundreds)) or \
            'dot: a result is beyond int8' not in done.stderr:
        failed += 1
        print('FAILED: a sum of products that wraps:', done)
    return failed


def main():
    driver, shoal = Driver(sys.argv[1]), sys.argv[2]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'x.h5')
        failed = refusals(driver, shoal, path) + along_axes(driver, path)
        for _ in range(N):
            failed += case(driver, path)
            if failed > 10:
                break
    print(f'{N} cases, {failed} failed')
    sys.exit(failed > 0)


main()
