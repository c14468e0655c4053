"""Elements looked up among others, against NumPy: isin of lists and arrays of any length,
searchsorted, digitize, unique_inverse; numbers of every real type, texts, categories and dates.

usage: test_search.py CALC_DRIVER [N] [SEED]
"""

import os
import sys
import tempfile

from shared_case import chosen_seed, generators, need

need('h5py', 'hdf5plugin', 'numpy')
import h5py
import hdf5plugin
import numpy as np
from cf_driver import OneResult

N = int(sys.argv[2]) if len(sys.argv) > 2 else 600
R, G = generators(chosen_seed(3))
TYPES = ['?', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8', 'f2', 'f4', 'f8']
SHAPES = [(1,), (0,), (1000,), (70000,), (13, 7), (64, 65), (3, 0), (6, 7, 8), ()]
CASES = FAILED = 0


def values(dtype, shape):
    dtype = np.dtype(dtype)
    if dtype.kind == 'b':
        return np.asarray(G.random(shape) < R.random())
    if dtype.kind in 'iu':
        info = np.iinfo(dtype)
        low, high = (info.min, info.max) if R.random() < 0.3 else (0, R.choice([3, 100]))
        return np.asarray(G.integers(low, high, shape, dtype=dtype, endpoint=True))
    x = np.round(G.standard_normal(shape) * R.choice([3, 100]), R.choice([0, 1])).astype(dtype)
    if R.random() < 0.5:
        special = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0], dtype)
        x = np.where(G.random(shape) < 0.1, special[G.integers(0, 5, shape)], x)
    return np.asarray(x.astype(dtype))


def check(what, got, want):
    global CASES, FAILED
    CASES += 1
    value, error = got
    want = None if want is None else np.asarray(want)
    if want is None:
        if error:
            return
    elif not error and value.dtype == want.dtype and np.array_equal(value, want):
        return
    FAILED += 1
    print('FAILED', what, error or (value, want))
    if FAILED > 20:
        sys.exit(1)


def store(file, name, x):
    options = {}
    if x.ndim and x.size and R.random() < 0.8:
        chunks = tuple(max(1, R.randint(n // 4, n)) for n in x.shape)
        options = dict(chunks=chunks, **R.choice([{}, dict(hdf5plugin.Blosc())]))
    file.create_dataset(name, data=x, **options)


def equal_to_one(x, some):
    """isin by ==, as types of NumPy compare: integers exactly; -0 is 0 and NaN is nothing."""
    if x.dtype.kind in 'biu' and some.dtype.kind in 'biu':
        known = set(some.ravel().tolist())
        return np.array([v in known for v in x.ravel().tolist()], bool).reshape(x.shape)
    return np.isin(x.astype('f8'), some.astype('f8')[some == some])


def text_of(v):
    return {'nan': 'nan', 'inf': 'inf', '-inf': '-inf'}.get(repr(v), repr(v))


def list_of(x):
    """Numbers of which some are in x, as a list and as NumPy's array of it"""
    n = R.choice([65, 66, 200, 3000])
    if x.dtype.kind in 'biu':
        some = [R.randint(-100, 300) for _ in range(n)]
        some += [int(v) for v in x.ravel()[:20] if int(v) < 1 << 63]
    else:
        some = [R.choice([R.randint(-9, 9), R.randint(-90, 90) / 10]) for _ in range(n)]
        some += [float(v) for v in x.ravel()[:20]]
    R.shuffle(some)
    return '[' + ', '.join(map(text_of, some)) + ']', np.array(some)


def isin_case(x, y):
    way = R.randrange(3)
    if way == 0:
        text, some = list_of(x)
        return f'isin(x, {text})', equal_to_one(x, some)
    if way == 1 and y.ndim == 1:
        return 'isin(x, unique(y))', equal_to_one(x, y)
    return 'isin(x, y)' if y.ndim else 'isin(x, y[None])', equal_to_one(x, y)


def search_case(x, y):
    side = R.choice(['left', 'right'])
    if R.random() < 0.5:
        text, some = list_of(x)
        some = np.sort(some[some == some])
        text = '[' + ', '.join(text_of(v.item()) for v in some) + ']'
        return f'searchsorted({text}, x, side="{side}")', np.searchsorted(some, x, side)
    if R.random() < 0.3:
        return f'searchsorted(unique(y), x, "{side}")', np.searchsorted(np.unique(y), x, side)
    if y.ndim != 1:
        return 'searchsorted(y, x)', None
    return f'searchsorted(sort(y), x, "{side}")', np.searchsorted(np.sort(y), x, side)


def digitize_case(x, y):
    right = R.choice([False, True])
    bins = np.sort(R.choice([list_of(x)[1], np.round(G.standard_normal(R.randint(1, 90)), 1)]))
    bins = bins[bins == bins]
    if R.random() < 0.5:
        bins = bins[::-1]
    if R.random() < 0.1:
        return 'digitize(x, [1, 3, 2])', None
    text = '[' + ', '.join(text_of(v.item()) for v in bins) + ']'
    return f'digitize(x, {text}, right={right})', np.digitize(x, bins, right)


def inverse_case(x, y):
    want = np.unique(x, return_inverse=True)[1].reshape(x.shape)
    if x.ndim and R.random() < 0.2:
        return 'unique_inverse(x)[::-1]', want[::-1]
    if R.random() < 0.2:
        return 'sum(unique_inverse(x))', want.sum()
    return 'unique_inverse(x)', want


def numbers(driver, folder):
    path, output = os.path.join(folder, 'x.h5'), os.path.join(folder, 'out.h5')
    for case in range(N):
        x, y = (values(R.choice(TYPES), R.choice(SHAPES)) for _ in range(2))
        with h5py.File(path, 'w') as file:
            store(file, 'x', x)
            store(file, 'y', y)
        expression, want = R.choice([isin_case, search_case, digitize_case, inverse_case])(x, y)
        parts = {'x': path + ':/x', 'y': path + ':/y', 'threads': R.choice([1, 2, 4])}
        to_file = want is not None and R.random() < 0.2
        if to_file:
            parts['output'] = output + ':/r'
        got = driver.run(expression, **parts)
        if to_file and not got[1]:
            with h5py.File(output) as file:
                got = file['r'][()], None
        short = expression if len(expression) < 200 else expression[:80] + '...' + expression[-40:]
        check((short, x.dtype, x.shape, y.dtype, y.shape), got, want)


def beyond_memory(driver, folder):
    """A table that takes more than a quarter of the memory is refused with status 5."""
    path = os.path.join(folder, 'large.h5')
    with h5py.File(path, 'w') as file:
        file['y'] = np.arange(1 << 21)
        file['x'] = np.arange(0, 1 << 22, 4001)
    parts = {'x': path + ':/x', 'y': path + ':/y'}
    value, error = driver.run('isin(x, y)', **parts, **{'@memory': 60 << 20})
    check('refused', (value, error and ' 5 ' in error + ' '), None)
    check('large', driver.run('isin(x, y)', **parts), np.arange(0, 1 << 22, 4001) < 1 << 21)


def refusals(driver, folder):
    path = os.path.join(folder, 'few.h5')
    with h5py.File(path, 'w') as file:
        file['x'] = np.arange(10.0)
        file['z'] = np.arange(10) * 1j
        file['s'] = np.array([b'a', b'b'], 'S3')
    many = ', '.join(map(str, range(70)))
    texts = ', '.join(f'"{k}"' for k in range(70))
    for expression in [f'isin(z, [{many}])', f'isin(s, [{many}])', f'isin(x, [{texts}])',
                       f'isin(s, [{texts}, 1])', 'isin(x, z)', 'isin(s, x)', 'isin(x, "a")',
                       'isin(x, [])', 'searchsorted([1, 2], z)', 'searchsorted(x, x, side="up")',
                       'searchsorted([2, 1], x)', 'searchsorted(3, x)', 'searchsorted(s, x)',
                       'digitize(x, [1, nan])', 'digitize(x, [[1, 2]])', 'unique_inverse(s)',
                       f'quantile(x, [{", ".join(["0.5"] * 129)}])']:
        check(expression[:60], driver.run(expression, **{k: f'{path}:/{k}' for k in 'xzs'}), None)


def long_lists(driver):
    check('list', driver.run(f'[{", ".join(map(str, range(-5000, 5000)))}]'),
          np.arange(-5000, 5000))
    check('of floats', driver.run(f'max([{", ".join(map(str, range(300)))}, -0.5])'),
          np.float64(299))


def texts(driver, folder):
    path = os.path.join(folder, 's.h5')
    words = np.array([('é' * R.randint(0, 2) + str(R.randint(0, 999))).encode()
                      for _ in range(3000)], 'S9')
    with h5py.File(path, 'w') as file:
        file['s'] = words
    for _ in range(5):
        some = {R.choice(words).decode() for _ in range(R.choice([100, 400]))}
        some |= {'', 'x' * 20, '12', '1'}
        some = R.sample(sorted(some), len(some))
        text = ', '.join(f'"{s}"' for s in some)
        check('texts', driver.run(f'isin(s, [{text}])', s=path + ':/s'),
              np.isin(words, [s.encode() for s in some]))


def dates(driver, folder):
    path = os.path.join(folder, 't.h5')
    for dtype in ('i8', 'i4', 'f8', 'u2'):
        t = G.integers(0, 4000, 2000).astype(dtype)
        with h5py.File(path, 'w') as file:
            file['t'] = t
            file['t'].attrs['units'] = 'hours since 2000-01-01'
        hours = [R.randint(0, 4000) for _ in range(300)]
        start = np.datetime64('2000-01-01T00')
        some = [str(start + np.timedelta64(h, 'h')) + ':00' for h in hours]
        some.append('2000-01-05T07:30')  # between two of them
        text = ', '.join(f'"{s}"' for s in some)
        check(f'dates {dtype}', driver.run(f'isin(t, [{text}])', t=path + ':/t'),
              np.isin(t, hours))


def main():
    driver = OneResult(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        long_lists(driver)
        texts(driver, folder)
        dates(driver, folder)
        refusals(driver, folder)
        beyond_memory(driver, folder)
        numbers(driver, folder)
    print(f'{CASES} cases, {FAILED} failed')
    sys.exit(FAILED > 0)


main()
