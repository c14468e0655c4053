"""Reductions by labels of an axis: random arrays, axes, labels, chunks, memory limits and threads,
to memory and to a file, against NumPy label by label; climatologies of netCDF against xarray.

usage: test_groups.py CALC_DRIVER [SEED]
"""

import math, os, sys, tempfile, warnings

from shared_case import Checks, chosen_seed, generators, need

need('h5netcdf', 'h5py', 'hdf5plugin', 'numpy', 'pandas', 'xarray')
import h5netcdf, h5py, hdf5plugin, numpy as np, pandas as pd, xarray as xr
from cf_driver import Driver

R, G = generators(chosen_seed(2))
np.seterr(all='ignore')
warnings.simplefilter('ignore')
TYPES = ['?', 'i1', 'i4', 'i8', 'u2', 'u8', 'f2', 'f4', 'f8', 'c8', 'c16']
SMALL = 40 << 20
check = Checks()


def count(x, axis):
    return np.sum(x == x, axis=axis, dtype='i8')


FUNCTIONS = {n: getattr(np, n) for n in 'sum prod mean min max std var any all'.split()}
FUNCTIONS |= {n: getattr(np, n) for n in 'nansum nanmean nanmin nanmax nanstd nanvar'.split()}
FUNCTIONS |= {'count': count, 'count_nonzero': np.count_nonzero}


def close(got, want, words):
    check(got.shape == want.shape, 'shape', words, got.shape, want.shape)
    if want.dtype.kind not in 'fc':
        check(got.dtype == want.dtype and np.array_equal(got, want), words, got, want)
        return
    eps = {'f2': 2e-3, 'f4': 3e-6, 'c8': 3e-6}.get(want.dtype.str[1:], 1e-11)
    check(got.dtype == want.dtype, words, got.dtype, want.dtype)
    check(np.allclose(got, want, eps, eps, equal_nan=True), words, got, want)


def values(shape, dtype, nan):
    if dtype == '?':
        return G.random(shape) < 0.7
    if dtype[0] in 'iu':
        return G.integers(0, 100, shape).astype(dtype)
    x = G.standard_normal(shape) * 3
    if dtype[0] == 'c':
        x = x + 1j * G.standard_normal(shape)
    x = x.astype(dtype)
    x[G.random(shape) < nan] = np.nan
    return x


def random_labels(n):
    """labels, and those of them that are missing"""
    kind = R.randrange(9)
    if kind == 0:
        return np.full(n, R.randrange(-3, 3))
    if kind == 1:
        return G.permutation(n) * 7 - 2 * n  # all different
    if kind == 2:
        return np.sort(G.integers(-5, 5, n)).astype(R.choice(['i1', 'i2', 'i8']))
    if kind == 3:
        return G.integers(0, 2, n).astype('?')
    if kind == 4:
        x = G.integers(-3, 4, n) * R.choice([1.0, 0.5, 1e300])
        x[G.random(n) < 0.3] = np.nan
        return x.astype('f8')
    if kind == 5:
        return G.choice(np.array([-(1 << 63), -1, 0, 5, (1 << 63) - 1]), n)
    if kind == 6:
        return G.choice(np.array([0, 1, 1 << 63, (1 << 64) - 1], 'u8'), n)
    if kind == 7:
        return G.choice(np.array([-np.inf, -0.0, 0.0, 2, np.inf], 'f4'), n)
    return np.arange(n) // R.randrange(1, 9) % 12 + 1


def grouped(f, x, labels, axis, **more):
    known = np.unique(labels[labels == labels])
    dtype = np.asarray(f(np.ones((1,) * x.ndim, x.dtype), axis=axis, **more)).dtype
    wide = x.astype({'f2': 'f8', 'f4': 'f8', 'c8': 'c16'}.get(x.dtype.str[1:], x.dtype))
    parts = [f(np.compress(labels == k, wide, axis), axis=axis, **more) for k in known]
    if not parts:
        return np.zeros(x.shape[:axis] + (0,) + x.shape[axis + 1 :], dtype)
    return np.stack(parts, axis).astype(dtype)


def file(directory, x, labels):
    path = os.path.join(directory, 'in.h5')
    with h5py.File(path, 'w') as f:
        chunks = tuple(R.randrange(1, n + 1) for n in x.shape) if x.size else None
        filters = R.choice([{}, {'compression': 'gzip', 'compression_opts': 1}])
        if R.random() < 0.15 or not x.size:
            chunks, filters = None, {}
        f.create_dataset('x', data=x, chunks=chunks, **filters)
        chunk = (R.randrange(1, len(labels) + 1),) if len(labels) and R.random() < 0.5 else None
        f.create_dataset('g', data=labels, chunks=chunk)
    return path


def random_shape():
    rank = R.randrange(1, 5)
    most = [0, 3000, 80, 24, 11][rank]
    shape = [R.randrange(1, most + 1) for _ in range(rank)]
    if R.random() < 0.04:
        shape[R.randrange(rank)] = 0
    if R.random() < 0.1 and rank > 1:
        shape[R.randrange(rank)] = R.choice([1, 600, 2000 // rank])
    return tuple(shape)


def one(driver, directory):
    x = values(random_shape(), R.choice(TYPES), R.choice([0, 0, 0.2]))
    axis = R.randrange(x.ndim)
    labels = random_labels(x.shape[axis])
    path = file(directory, x, labels)
    names = [n for n in FUNCTIONS if x.dtype.kind != 'c' or n[-3:] not in ('min', 'max')]
    if x.size > 100 and x.dtype.kind in 'fc':
        names.remove('prod')  # overflows
    name = R.choice(names)
    more = {'ddof': R.choice([0, 1])} if name[-3:] in ('std', 'var') and R.random() < 0.5 else {}
    words = ''.join(f', {k}={v}' for k, v in more.items())
    at = '' if x.ndim == 1 and R.random() < 0.5 else f', axis={R.choice([axis, axis - x.ndim])}'
    call = f'{name}(x, by=g{at}{words})'
    want = grouped(FUNCTIONS[name], x, labels, axis, **more)
    keys = {'x': f'{path}:/x', 'g': f'{path}:/g', '@threads': R.choice([1, 2, 3])}
    if R.random() < 0.3:
        keys['@memory'] = SMALL
    seen = (call, x.shape, x.dtype, labels.dtype, keys)
    if R.random() < 0.3 and want.size:
        out = os.path.join(directory, 'out.h5')
        if R.random() < 0.5:
            keys['chunk'] = ','.join(str(R.randrange(1, n + 1)) for n in want.shape)
        _, error = driver.run(call, output=f'{out}:/r', **keys)
        check(error is None, seen, error)
        with h5py.File(out) as f:
            close(f['r'][()], want, seen)
        return
    got, error = driver.run(call, **keys)
    check(error is None, seen, error)
    close(got[0], want, seen)
    again, _ = driver.run(call, **{**keys, '@threads': R.choice([1, 4])})
    check(again[0].tobytes() == got[0].tobytes(), 'threads', seen)
    if R.random() < 0.3:
        got, error = driver.run('unique(g)', **keys)
        check(error is not None or len(got[0]) >= want.shape[axis], 'unique', seen, error)


def operands(driver, directory):
    """anomalies; several in one pass; labels and arguments that are computed"""
    x = values((R.randrange(20, 90), 7, 5), R.choice(['f4', 'f8']), 0)
    g = G.integers(0, 4, len(x))
    g[:4] = range(4)
    path = file(directory, x, g)
    keys = {'x': f'{path}:/x', 'g': f'{path}:/g', '@threads': 2}
    mean = grouped(np.mean, x.astype('f8'), g, 0).astype(x.dtype)
    got, error = driver.run('x - take(mean(x, by=g, axis=0), g, axis=0)', **keys)
    check(error is None, error)
    close(got[0], x - mean[g], 'anomalies')
    calls = 'mean(x, by=g, axis=0); mean(x, axis=0); sum(x, by=g, axis=0); '
    calls += 'max(x * 2, by=g % 2, axis=0); std(x, by=g, axis=0); sum(x)'
    got, error = driver.run(calls, **keys)
    check(error is None, error)
    double = x.astype('f8')
    want = [mean, x.mean(0), grouped(np.sum, double, g, 0), grouped(np.max, x * 2, g % 2, 0)]
    want += [grouped(np.std, double, g, 0), np.asarray(double.sum())]
    for k in range(6):
        close(got[k].astype('f4'), want[k].astype('f4').reshape(got[k].shape), calls)
    got, error = driver.run('sum(x[::-2].T, by=where(g[::-2] == 1, nan, g[::-2]), axis=2)', **keys)
    labels = np.where(g == 1, np.nan, g)[::-2]
    close(got[0].astype('f4'), grouped(np.sum, double[::-2].T, labels, 2).astype('f4'), 'views')
    got, error = driver.run('max(x[:6, 0, 0], by=[2, 1, 2, 1, 7, 7])', **keys)
    close(got[0], grouped(np.max, x[:6, 0, 0], np.array([2, 1, 2, 1, 7, 7]), 0), 'list')


def texts(driver, directory):
    """labels of text, and categories of a table, some of them missing"""
    path = os.path.join(directory, 'texts.h5')
    x = G.standard_normal(300)
    names = G.choice(['Zoe', 'a', 'ab', '', 'Ärger'], 300)
    codes = G.integers(-1, 3, 300).astype('i1')
    with h5py.File(path, 'w') as f:
        f['x'] = x
        f.create_dataset('fixed', data=np.char.encode(names, 'utf-8'), chunks=(70,))
        f.create_dataset('free', data=names.astype(object), dtype=h5py.string_dtype())
    frame = pd.DataFrame({'x': x, 'k': pd.Categorical.from_codes(codes, ['p', 'q', 'r'])})
    for name in ('fixed', 'free'):
        got, error = driver.run('sum(x, by=g)', x=f'{path}:/x', g=f'{path}:/{name}')
        check(error is None, name, error)
        want = frame.x.groupby(np.char.encode(names, 'utf-8')).sum()
        close(got[0], want.values, name)
    table = os.path.join(directory, 'table.h5')
    with h5py.File(table, 'w') as f:
        t = f.create_group('t')
        t.attrs.update({'encoding-type': 'dataframe', 'encoding-version': '0.2.0'})
        t.attrs.update({'_index': '_index', 'column-order': np.array(['x', 'k'], object)})
        index = t.create_dataset('_index', data=np.arange(300))
        t['x'] = x
        k = t.create_group('k')
        k.attrs.update({'encoding-type': 'categorical', 'encoding-version': '0.2.0'})
        k.attrs['ordered'] = False
        k['codes'] = codes
        k.create_dataset('categories', data=['p', 'q', 'r'], dtype=h5py.string_dtype())
        for d in (index, t['x'], k['codes'], k['categories']):
            kind = 'string-array' if d is k['categories'] else 'array'
            d.attrs.update({'encoding-type': kind, 'encoding-version': '0.2.0'})
    got, error = driver.run('mean(x, by=k)', **{'': f'{table}:/t'})
    check(error is None, 'category', error)
    close(got[0], frame.groupby('k', observed=True).x.mean().values, 'category')


def exact(driver, directory):
    """sums of few groups are rounded once"""
    x = G.standard_normal(5000) * 10.0 ** G.integers(-200, 200, 5000)
    g = G.integers(0, 5, 5000)
    path = file(directory, x, g)
    got, error = driver.run('sum(x, by=g)', x=f'{path}:/x', g=f'{path}:/g')
    want = [math.fsum(x[g == k]) for k in range(5)]
    check(error is None and np.array_equal(got[0], want), 'exact', got, want)


def large(driver, directory):
    """many groups over many chunks, in little memory, to a file tile by tile"""
    x = G.standard_normal((400, 300, 200)).astype('f4')
    path = os.path.join(directory, 'large.h5')
    g = np.arange(400) // 3 + 100
    with h5py.File(path, 'w') as f:
        f.create_dataset('x', data=x, chunks=(64, 100, 100), **hdf5plugin.LZ4())
        f['g'] = g
    out = os.path.join(directory, 'out.h5')
    keys = {'x': f'{path}:/x', 'g': f'{path}:/g', '@threads': 2, '@memory': 96 << 20}
    for axis, labels in ((0, g), (1, g[:300] % 7), (2, g[:200])):
        call = f'mean(x, by=g[:{len(labels)}]{" % 7" if axis == 1 else ""}, axis={axis})'
        _, error = driver.run(call, output=f'{out}:/r', **keys)
        check(error is None, call, error)
        with h5py.File(out) as f:
            close(f['r'][()], grouped(np.mean, x.astype('f8'), labels, axis).astype('f4'), call)


def climatologies(driver, directory):
    """months of netCDF times, some missing, against xarray; an axis by name"""
    path = os.path.join(directory, 'c.nc')
    time = pd.date_range('1999-02-05', periods=800, freq='D')
    t = G.standard_normal((800, 5, 6)).astype('f4') * 9
    t[G.random(t.shape) < 0.05] = np.nan
    data = xr.Dataset({'t': (('time', 'lat', 'lon'), t)}, {'time': time, 'lat': range(5)})
    data.to_netcdf(path, engine='h5netcdf', encoding={'t': {'chunksizes': (64, 3, 4)}})
    keys = {'t': f'{path}:/t', 'time': f'{path}:/time', '@threads': 2}
    months = data.t.groupby('time.month')
    for call, want in (
        ('nanmean(t, by=month(time), axis="time")', months.mean()),
        ('nanstd(t, by=month(time), axis=0, ddof=1)', months.std(ddof=1)),
        ('count(t, by=month(time), axis=0)', months.count()),
        ('nanmax(t, by=year(time) * 12 + month(time), axis=0)', data.t.resample(time='MS').max()),
        ('nansum(t, by=dayofyear(time), axis=0)', data.t.groupby('time.dayofyear').sum()),
    ):
        got, error = driver.run(call, **keys)
        check(error is None, call, error)
        want = want.transpose(*(('month' if 'month' in want.dims else want.dims[0]), 'lat', 'lon'))
        check(got[0].shape == want.shape, call, got[0].shape, want.shape)
        check(np.allclose(got[0], want.values, 1e-5, 1e-5, equal_nan=True), call)
    out = os.path.join(directory, 'm.nc')
    _, error = driver.run('nanmean(t, by=month(time), axis=0)', output=f'{out}:/m', **keys)
    check(error is None, error)
    with xr.open_dataset(out, engine='h5netcdf') as f:
        check(f.m.dims[1:] == ('lat', 'lon') and f.m.shape == (12, 5, 6), f.m.dims)
        check(np.allclose(f.m.values, months.mean().values, 1e-5, 1e-5), 'file')


def errors(driver, directory):
    x, g = np.ones((6, 4)), np.arange(6)
    path = file(directory, x, g)
    keys = {'x': f'{path}:/x', 'g': f'{path}:/g'}
    driver.refuses((
        ('mean(x, by=g)', 'one axis'),
        ('mean(x, by=g, axis=(0, 1))', 'one axis'),
        ('mean(x, by=g, axis=1)', 'one label for each of the 4'),
        ('mean(x, by=x, axis=0)', 'one label for each of the 6'),
        ('mean(x, by=3, axis=0)', 'one label for each of the 6'),
        ('argmin(x, by=g, axis=0)', 'does not take by'),
        ('mean(x, by=g, axis=0, keepdims=True)', 'keepdims'),
        ('mean(x, by=g + 1j, axis=0)', 'numbers'),
    ), check, **keys)


driver = Driver(sys.argv[1])
with tempfile.TemporaryDirectory() as directory:
    errors(driver, directory)
    for _ in range(int(os.environ.get('SHOAL_CASES', 1200))):
        one(driver, directory)
    for _ in range(10):
        operands(driver, directory)
        exact(driver, directory)
    texts(driver, directory)
    climatologies(driver, directory)
    large(driver, directory)
print(f'{check.count} checks passed')
