"""Order statistics and counts against NumPy: medians, quantiles and percentiles by every method, of
everything and along axes, histograms, bincount, unique, digitize; over random arrays, chunks,
threads and memory limits; in memory and written to a file.

usage: test_order.py CALC_DRIVER [N] [SEED]
"""

import itertools
import math
import os
import sys
import tempfile
import warnings

from shared_case import chosen_seed, generators, need

need('h5py', 'hdf5plugin', 'numpy')
import h5py
import hdf5plugin
import numpy as np
from cf_driver import Driver

warnings.simplefilter('ignore')
np.seterr(all='ignore')
N = int(sys.argv[2]) if len(sys.argv) > 2 else 1500
R, G = generators(chosen_seed(3))

TYPES = ['?', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8', 'f2', 'f4', 'f8', 'f4', 'f8']
SHAPES = [(1,), (2,), (1000,), (70000,), (13, 7), (64, 65), (1, 5), (5, 1), (300, 2), (6, 7, 8),
          (3, 1, 4), (40, 30, 20), (2, 3, 4, 5), (3, 300, 7)]
METHODS = ['inverted_cdf', 'averaged_inverted_cdf', 'closest_observation',
           'interpolated_inverted_cdf', 'hazen', 'weibull', 'linear', 'median_unbiased',
           'normal_unbiased', 'lower', 'higher', 'midpoint', 'nearest']


def values(dtype, shape):
    dtype = np.dtype(dtype)
    if dtype.kind == 'b':
        return G.random(shape) < R.random()
    if dtype.kind in 'iu':
        info = np.iinfo(dtype)
        # NumPy's own differences of integers overflow: half of the range is left alone
        low, high = (info.min // 2, info.max // 2) if R.random() < 0.3 else (0, 50)
        return G.integers(low, high, shape, dtype=dtype)
    way = R.random()
    if way < 0.4:
        x = G.standard_normal(shape) * 10 ** R.randint(-2, 3)
    elif way < 0.7:
        x = np.round(G.standard_normal(shape) * 3)  # many equal ones, and -0
    else:
        x = 280 + G.random(shape)  # all in one octave
    x = x.astype(dtype)
    if R.random() < 0.5:
        special = np.array([np.nan, np.nan, np.inf, -np.inf, 0.0, -0.0], dtype)
        x = np.where(G.random(shape) < 0.1, special[G.integers(0, 6, shape)], x)
    return x.astype(dtype)


def make_file(path):
    arrays = {}
    with h5py.File(path, 'w') as file:
        for k, shape in enumerate(SHAPES):
            for dtype in R.sample(TYPES, 5):
                name = f'a{k}_{dtype.replace("?", "b")}'
                if name in arrays:
                    continue
                x = values(dtype, shape)
                options = {}
                if R.random() < 0.8:
                    chunks = [max(1, R.randint(n // 4, n)) for n in shape]
                    options = dict(chunks=tuple(chunks), **R.choice(
                        [{}, dict(compression='gzip', shuffle=True), dict(hdf5plugin.Blosc())]))
                file.create_dataset(name, data=x, **options)
                arrays[name] = x
    return arrays


def axes_of(x):
    """axis= as text and as a value"""
    if R.random() < 0.35:
        return '', None
    if x.ndim > 1 and R.random() < 0.3:
        axes = tuple(R.sample(range(x.ndim), R.randint(1, x.ndim)))
        return f', axis=({", ".join(map(str, axes))},)', axes
    axis = R.randrange(-x.ndim, x.ndim)
    return f', axis={axis}', axis


def random_q(scale):
    q = R.choice([0.5, 0.25, R.random(), 0.0, 1.0, 0, 1, 0.999])
    return q * scale if scale == 1 else R.choice([50, 25, 99.5, R.random() * 100, 0, 100])


def quantile_case(x):
    name = R.choice(['median', 'quantile', 'percentile'])
    nan = R.choice(['', 'nan'])
    axis_text, axis = axes_of(x)
    keep = R.random() < 0.3
    text = ', keepdims=True' if keep else ''
    if name == 'median':
        return f'{nan}median(x{axis_text}{text})', lambda: getattr(np, nan + name)(
            x, axis=axis, keepdims=keep)
    scale = 1 if name == 'quantile' else 100
    q = random_q(scale) if R.random() < 0.5 else [random_q(scale) for _ in range(R.randint(1, 9))]
    method = R.choice(METHODS) if R.random() < 0.7 else 'linear'
    if method != 'linear':
        text += f', method="{method}"'
        # with whole q NumPy's weights are whole too, which it surely does not mean
        q = [float(v) for v in q] if isinstance(q, list) else float(q)
    q_text = repr(q)
    if R.random() < 0.2:
        q = np.linspace(scale / 4, scale, R.randint(1, 9))
        q_text = f'linspace({scale} / 4, {scale}, {len(q)})'
    return f'{nan}{name}(x, {q_text}{axis_text}{text})', lambda: getattr(np, nan + name)(
        x, q, axis=axis, keepdims=keep, method=method)


def histogram_case(x):
    bins = R.choice([10, 1, 7, 128, 1000, 'auto', 'fd', 'sturges', 'rice', 'sqrt',
                     [0.0, 1.5, 4, 9.0], [-5, 0, 1, 1, 20]])
    text = f'"{bins}"' if isinstance(bins, str) else repr(bins)
    if R.random() < 0.1:
        text, bins = 'linspace(-5, 20, 8)', np.linspace(-5, 20, 8)
    limits = R.choice([None, None, (0, 5), (-1.5, 281.25), (3, 3),
                       (0.2, 13.299999999999999)])
    range_text = f', range={limits}' if limits else ''
    if R.random() < 0.3:
        return f'histogram_bin_edges(x, {text}{range_text})', lambda: np.histogram_bin_edges(
            x, bins, limits)
    density = R.random() < 0.2
    more = ', density=True' if density else ''
    part = R.choice([None, 0, 1]) # of NumPy's pair; without it the counts
    taken = '' if part is None else f'[{part}]'
    return f'histogram(x, {text}{range_text}{more}){taken}', lambda: np.histogram(
        x, bins, limits, density=density)[part or 0]


def fsums(cells, n_cells, weights, dtype):
    """the sums of weights by cell: whole numbers in 64 bits, floats exact and rounded once"""
    if weights.dtype.kind not in 'biu':
        sums = [math.fsum(weights[cells == k].astype('f8').tolist()) for k in range(n_cells)]
        return np.array(sums, 'f4' if dtype == 'f2' else dtype).astype(dtype)
    sums = [int(weights[cells == k].astype(object).sum()) for k in range(n_cells)]
    if dtype == 'f8':  # of their values as float64
        sums = [math.fsum(float(v) for v in weights[cells == k]) for k in range(n_cells)]
        return np.array(sums, dtype)
    return np.array([s % (1 << 64) for s in sums], 'u8').astype(dtype)


def weights_of(x):
    """weights= as text and as an array; finite"""
    way = R.randrange(3)
    if way == 0:
        return 'index(x, 0)', np.broadcast_to(
            np.arange(x.shape[0]).reshape((-1,) + (1,) * (x.ndim - 1)), x.shape).ravel()
    if way == 1:
        return 'isnan(x)', np.isnan(x).ravel()
    dtype = R.choice(['float32', 'float64', 'float16', 'int8', 'uint32'])
    w = (np.arange(x.shape[0], dtype='f8') * 7 % 17 / 3 + 50).astype(dtype)
    return f'{dtype}(float64(index(x, 0)) * 7 % 17 / 3 + 50)', np.broadcast_to(
        w.reshape((-1,) + (1,) * (x.ndim - 1)), x.shape).ravel()


def weights_case(x):
    """NumPy's own cells, and exact sums of what is in them"""
    text, w = weights_of(x)
    if x.ndim == 1 and x.dtype.kind in 'iub' and R.random() < 0.7:
        def want():
            if x.max() >= 1 << 16:
                raise ValueError('refused: more numbers than there are sums')
            return fsums(x.astype('i8'), len(np.bincount(x)), w, 'f8')
        return f'bincount(x, {text})', want
    if R.random() < 0.3:
        limits = [(0, 5), (-1, 4)]
        def want2():
            xs, ys = x.ravel(), x[::-1].ravel()
            edges = [np.linspace(*l, 4) for l in limits]
            cells = [np.searchsorted(e, v, 'right') - 1 - (v == e[-1])
                     for e, v in zip(edges, (xs, ys))]
            inside = [(c >= 0) & (c < 3) & (v == v) for c, v in zip(cells, (xs, ys))]
            cell = np.where(inside[0] & inside[1], cells[0] * 3 + cells[1], -1)
            return fsums(cell, 9, w, 'f8').reshape(3, 3)
        return f'histogram2d(x, x[::-1], 3, range={limits}, weights={text})', want2
    if R.random() < 0.1:
        return f'histogram(x, "auto", weights={text})', lambda: np.histogram(x, 'auto', weights=w)
    if R.random() < 0.1:
        return f'histogram(x, weights={text}[None])', lambda: np.histogram(x, weights=w[None, None])
    bins, limits = R.choice([10, 1, 300, [-5, 0, 1, 1.5, 20]]), R.choice([None, (0, 5)])
    more = R.choice(['', '', ', density=True'])
    part = f', range={limits}' if limits else ''
    def want1():
        xs = x.ravel()
        edges = np.histogram_bin_edges(xs, bins, limits)
        if more:
            return np.histogram(xs, bins, limits, weights=w.astype('f8'), density=True)[0]
        cells = np.full(xs.shape, -1)
        one = np.histogram(xs, bins, limits, weights=np.ones(xs.shape))[0]  # NumPy refuses here
        for k in range(len(edges) - 1):  # NumPy's own cells, by one element at a time
            last = k == len(edges) - 2
            cells[(xs >= edges[k]) & ((xs <= edges[k + 1]) if last else (xs < edges[k + 1]))] = k
        if not np.array_equal(one, [np.sum(cells == k) for k in range(len(one))]):
            return None  # elements near an edge, whose cells NumPy finds another way
        return fsums(cells, len(one), w, w.dtype)
    return f'histogram(x, {bins!r}{part}{more}, weights={text})', want1


def histogram2d_case(x):
    bins = R.choice([4, [3, 5], [[0, 1, 4.5], 6]])
    limits = R.choice([None, [(0, 5), (-1, 4)]])
    text = f', range={limits}' if limits else ''
    y, bins_text = x[::-1], repr(bins)
    if R.random() < 0.2:
        bins, bins_text = [np.arange(-1, 5), 3], '[arange(-1, 5), 3]'
    return f'histogram2d(x, x[::-1], {bins_text}{text})', lambda: np.histogram2d(
        x.ravel(), y.ravel(), bins, limits)[0]


def bincount(x, least):
    if x.max() >= 1 << 20:
        raise ValueError('refused: it would need more memory than a million counters')
    return np.bincount(x, minlength=least)


def count_case(x):
    way = R.randrange(4)
    if way == 0:
        return 'unique(x)', lambda: np.unique(x)
    if way == 1:
        return 'unique_counts(x)', lambda: np.unique(x, return_counts=True)[1].astype('i8')
    if way == 2 and x.ndim == 1 and x.dtype.kind in 'iub':
        least = R.choice([0, 5, 100])
        return f'bincount(x, minlength={least})', lambda: bincount(x, least)
    bins = sorted(R.uniform(-20, 300) for _ in range(R.randint(1, 9)))
    right = R.random() < 0.5
    return f'digitize(x, {bins!r}, right={right})', lambda: np.digitize(x, bins, right=right)


UNSURE = object()


def expected(want):
    """NumPy's answer, or None where it has none; UNSURE where it does not tell."""
    try:
        value = want()
        return UNSURE if value is None else np.asarray(value)
    except (TypeError, ValueError, IndexError):
        return None


def same(expression, got, want):
    if got.shape != want.shape or got.dtype != want.dtype:
        return False
    if 'density' in expression:
        rtol = 1e-6 if 'weights=float' in expression else 1e-14
        return np.allclose(got, want, rtol=rtol, atol=0, equal_nan=True)
    return np.array_equal(got, want, equal_nan=want.dtype.kind == 'f')


def known_to_differ(expression, x, got, want):
    """Where NumPy itself is wrong: differences of integers that wrap; and where the type of its
    quantiles depends on the data: of lines of nothing but NaN."""
    if expression.startswith('nan') and want.dtype.kind == 'f' and np.isnan(want).all():
        return got.shape == want.shape and np.isnan(got).all()
    if x.dtype.kind not in 'iu' or 'quantile' not in expression and 'percentile' not in expression:
        return False
    return want.dtype.kind == 'f' and (int(x.max()) - int(x.min())) > np.iinfo(x.dtype).max


def bools_as_numbers(driver):
    """True is 1 where a number is asked for."""
    x = np.array([1.0, 2.0, 3.0])
    cases = {'quantile([1.0, 2.0, 3.0], True)': np.quantile(x, True),
             'std([1.0, 2.0, 3.0], ddof=True)': np.std(x, ddof=True)}
    failed = 0
    for expression, want in cases.items():
        got, error = driver.run(expression)
        if error or got[0] != want:
            failed += 1
            print('FAILED', expression, error or (got, want))
    return failed


def of_nothing(driver, folder):
    """Medians of no elements are NaN, of a number's kind; other quantiles have no answer."""
    path, failed = os.path.join(folder, 'empty.h5'), 0
    for dtype, shape, axis in itertools.product(
            ['?', 'i4', 'u8', 'f2', 'f4', 'f8'], [(3, 0), (0, 3), (2, 0, 4), (0,)], [None, 0, -1]):
        x = np.zeros(shape, dtype)
        with h5py.File(path, 'w') as file:
            file.create_dataset('x', data=x)
        for name, keep in itertools.product(['median', 'nanmedian'], [False, True]):
            want = np.asarray(getattr(np, name)(x, axis=axis, keepdims=keep))
            expression = f'{name}(x, axis={axis}, keepdims={keep})'
            got, error = driver.run(expression, x=path + ':/x')
            if error or not same(expression, np.asarray(got[0]), want):
                failed += 1
                print('FAILED', expression, dtype, shape, error or (got, want))
        if x.size == 0 and axis is None and not driver.run('quantile(x, 0.5)', x=path + ':/x')[1]:
            failed += 1
            print('NOT REFUSED: a quantile of nothing', dtype, shape)
    return failed


CHUNK = 65536
MANY_TASKS = 80  # so many that a sample of them is looked at first


def widest_bin(driver, folder):
    """A bin whose width is beyond float64."""
    path, failed = os.path.join(folder, 'widest.h5'), 0
    x = np.array([1e308, -1e308, 0, 5e307, np.inf, np.nan, 1.7e308, -np.inf])
    with h5py.File(path, 'w') as file:
        file['x'] = x
    got, error = driver.run('histogram(x, [-1e308, 1e308])', x=path + ':/x')
    if error or got[0].tolist() != [np.count_nonzero(np.abs(x) <= 1e308)]:
        failed += 1
        print('FAILED', 'histogram', error or got)
    _, error = driver.run('histogram(x, 1, range=(-1e308, 1e308))', x=path + ':/x')
    if not error or 'too many' not in error:  # as NumPy says of two and more
        failed += 1
        print('FAILED', 'histogram of a range beyond float64', error)
    return failed


def large_arrays():
    """Arrays and their chunks: what a sample of the tasks tells well, hardly and wrongly."""
    n = MANY_TASKS * CHUNK - 12345
    place = np.arange(n) // CHUNK
    walk = np.cumsum(G.standard_normal(n)) / 100
    yield 'alike', CHUNK, G.standard_normal(n).astype('f4')
    yield 'exponents', CHUNK, (10.0 ** G.uniform(-200, 200, n) * G.choice([-1, 1], n)).astype('f8')
    yield 'two digits', CHUNK, np.round(walk, 2).astype('f4')
    yield 'trend', CHUNK, walk.astype('f8')
    yield 'the first of seven', CHUNK, np.where(place % 7 == 0, np.float32(5), walk.astype('f4'))
    yield 'integers', CHUNK, np.where(place % 7 == 0, 1 << 40, (walk * 1000).astype('i8'))
    yield 'infinities', CHUNK, np.where(G.random(n) < 0.4, np.inf, walk).astype('f4')
    yield 'NaN where it is looked', CHUNK, np.where(place % 7 == 0, np.nan, walk).astype('f8')
    yield 'a quarter NaN', CHUNK, np.where(G.random(n) < 0.25, np.nan, walk).astype('f4')
    yield 'constant', CHUNK, np.full(n, 2.5, 'f4')
    blocks = 1 << 18  # of two of Blosc's blocks, one of which is looked at
    x = np.round(np.cumsum(G.standard_normal(66 * blocks)) / 100, 1).astype('f4')
    x[np.arange(x.size) % blocks < 99] = np.nan
    yield 'a block in each', blocks, x


def large_cases(driver, folder):
    path, failed = os.path.join(folder, 'large.h5'), 0
    for name, chunk, x in large_arrays():
        with h5py.File(path, 'w') as file:
            file.create_dataset('x', data=x, chunks=(chunk,), **hdf5plugin.Blosc())
        several = sorted(R.random() for _ in range(R.choice([2, 7, 16])))
        nan = 'nan' if x.dtype.kind == 'f' and np.isnan(x).any() else R.choice(['', 'nan'])
        cases = {f'{nan}median(x)': getattr(np, nan + 'median')(x)}
        for q in (R.choice([0.0, 1.0, R.random()]), several, [k / 40 for k in range(41)]):
            cases[f'{nan}quantile(x, {q!r})'] = getattr(np, nan + 'quantile')(x, q)
        low, high = sorted(round(R.uniform(-9, 9), R.choice([0, 1, 7])) for _ in range(2))
        for bins, limits in ((1000, (-3, 3)), (R.randint(1, 3000), (low, high + 1)),
                             (R.randint(1, 20), (low, high + 9))):
            cases[f'histogram(x, {bins}, range={limits})'] = np.histogram(x, bins, limits)[0]
        for expression, want in cases.items():
            got, error = driver.run(expression, x=path + ':/x', threads=R.choice([1, 2, 3]))
            if error or not same(expression, np.asarray(got[0]), np.asarray(want)):
                failed += 1
                print('FAILED', name, expression, error or (got, want))
    return failed


def main():
    driver = Driver(sys.argv[1])
    checked = refused = 0
    failures = bools_as_numbers(driver)
    with tempfile.TemporaryDirectory() as folder:
        failures += of_nothing(driver, folder) + widest_bin(driver, folder)
        failures += large_cases(driver, folder)
        path = os.path.join(folder, 'x.h5')
        arrays = make_file(path)
        for case in range(N):
            name = R.choice(list(arrays))
            x = arrays[name]
            make = R.choices([quantile_case, histogram_case, histogram2d_case, count_case,
                              weights_case], [6, 2, 0.5, 1.5, 1.5])[0]
            expression, want = make(x)
            want = expected(want)
            if want is UNSURE:
                continue
            parts = {'x': f'{path}:/{name}', 'threads': R.choice([1, 2, 4])}
            if R.random() < 0.3:
                parts['@memory'] = 60 << 20
            to_file = R.random() < 0.3
            if to_file:
                parts['output'] = os.path.join(folder, 'out.h5') + ':/r'
            got, error = driver.run(expression, **parts)
            if to_file and not error:
                with h5py.File(os.path.join(folder, 'out.h5')) as file:
                    got = [file['r'][()]]
            if want is None:
                refused += 1
                if not error:
                    failures += 1
                    print('NOT REFUSED', expression, x.dtype, x.shape, got)
                continue
            checked += 1
            if error or not same(expression, np.asarray(got[0]), want):
                if not error and known_to_differ(expression, x, np.asarray(got[0]), want):
                    continue
                failures += 1
                np.set_printoptions(threshold=12)
                print('FAILED', expression, x.dtype, x.shape, name, parts, error or (got, want))
                if failures > 20:
                    sys.exit(1)
    print(f'{checked} cases, {refused} that have no answer, {failures} failed')
    sys.exit(failures > 0)


main()
