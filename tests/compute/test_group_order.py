"""Order statistics by labels of an axis: random arrays, axes, labels, methods, chunks, memory
limits and threads, against NumPy label by label, pandas and xarray.

usage: test_group_order.py CALC_DRIVER [SEED]
"""

import os, sys, tempfile, warnings

from shared_case import Checks, chosen_seed, generators, need

need('h5netcdf', 'h5py', 'hdf5plugin', 'numpy', 'pandas', 'xarray')
import h5netcdf, h5py, hdf5plugin, numpy as np, pandas as pd, xarray as xr
from cf_driver import Driver

R, G = generators(chosen_seed(2))
np.seterr(all='ignore')
warnings.simplefilter('ignore')
TYPES = ['?', 'i1', 'u2', 'i4', 'u4', 'i8', 'u8', 'f2', 'f4', 'f8']
METHODS = (
    'inverted_cdf averaged_inverted_cdf closest_observation interpolated_inverted_cdf hazen '
    'weibull linear median_unbiased normal_unbiased lower higher midpoint nearest'
).split()
# A list of whole q gives int64 there where one of the same floats gives float64, as here.
WHOLE_DIFFER = ('averaged_inverted_cdf', 'interpolated_inverted_cdf', 'weibull')
check = Checks()


def values(shape, dtype):
    if dtype == '?':
        return G.random(shape) < 0.6
    if dtype[0] in 'iu':
        return G.integers(0, R.choice([5, 100]), shape).astype(dtype)
    x = (G.standard_normal(shape) * 3).astype(dtype)
    x[G.random(shape) < R.choice([0, 0, 0.05, 0.5])] = np.nan
    if R.random() < 0.2:
        x[G.random(shape) < 0.1] = R.choice([np.inf, -np.inf, -0.0])
    return x


def labels_of(n):
    kind = R.randrange(5)
    if kind == 0:
        return np.full(n, 7)
    if kind == 1:
        return G.permutation(n)
    if kind == 2:
        x = G.integers(0, 4, n) * 0.5
        x[G.random(n) < 0.3] = np.nan
        return x
    if kind == 3:
        return np.sort(G.integers(-3, 9, n)).astype('i2')
    return np.arange(n) % 12


def write(directory, x, labels):
    path = os.path.join(directory, 'in.h5')
    with h5py.File(path, 'w') as f:
        chunks = tuple(R.randrange(1, n + 1) for n in x.shape) if x.size else None
        f.create_dataset('x', data=x, chunks=chunks)
        f['g'] = labels
    return path


def call_of(dtype):
    """the words behind x, and NumPy's function of an array and an axis"""
    nan = R.choice(['', 'nan']) if dtype[0] == 'f' else R.choice(['', '', 'nan'])
    if R.random() < 0.35:
        f = getattr(np, nan + 'median')
        return nan + 'median', '', lambda a, axis: f(a, axis=axis)
    percent = R.random() < 0.4
    name = nan + ('percentile' if percent else 'quantile')
    method = R.choice(METHODS) if R.random() < 0.6 else 'linear'
    if dtype == '?':
        method = R.choice(['inverted_cdf', 'lower', 'nearest'])
    q = [R.choice([0, 1, 0.5, round(R.random(), 3)]) for _ in range(R.randrange(1, 5))]
    q = [v * 100 if percent else v for v in q]
    if method in WHOLE_DIFFER:
        q = [float(v) for v in q]
    if R.random() < 0.5:
        q = q[0]
    words = f', {q}' + (f', method="{method}"' if method != 'linear' or R.random() < 0.3 else '')
    f = getattr(np, name)
    return name, words, lambda a, axis: f(a, q, axis=axis, method=method)


def grouped(f, x, labels, axis):
    known = np.unique(labels[labels == labels])
    parts = [np.asarray(f(np.compress(labels == k, x, axis), axis)) for k in known]
    if not parts:
        like = np.asarray(f(np.ones((1,) * x.ndim, x.dtype), 0))
        more = like.ndim - x.ndim + 1
        return np.zeros(like.shape[:more] + x.shape[:axis] + (0,) + x.shape[axis + 1 :], like.dtype)
    more = parts[0].ndim - x.ndim + 1
    return np.stack(parts, axis + more)


def same(got, want, words):
    check(got.shape == want.shape and got.dtype == want.dtype, words, got.shape, want.shape,
          got.dtype, want.dtype)
    check(np.array_equal(got, want, equal_nan=want.dtype.kind == 'f'), words, got, want)


def one(driver, directory):
    rank = R.randrange(1, 4)
    shape = tuple(R.randrange(1, [0, 2000, 60, 20][rank] + 1) for _ in range(rank))
    dtype = R.choice(TYPES)
    x, axis = values(shape, dtype), R.randrange(rank)
    labels = labels_of(shape[axis])
    name, words, f = call_of(dtype)
    at = '' if rank == 1 and R.random() < 0.5 else f', axis={R.choice([axis, axis - rank])}'
    call = f'{name}(x{words}, by=g{at})'
    path = write(directory, x, labels)
    keys = {'x': f'{path}:/x', 'g': f'{path}:/g', '@threads': R.choice([1, 2, 3])}
    if R.random() < 0.3:
        keys['@memory'] = 40 << 20
    want = grouped(f, x, labels, axis)
    seen = (call, x.shape, x.dtype, labels.dtype, keys)
    if R.random() < 0.3 and want.size:
        out = os.path.join(directory, 'out.h5')
        if R.random() < 0.5:
            keys['chunk'] = ','.join(str(R.randrange(1, n + 1)) for n in want.shape)
        _, error = driver.run(call, output=f'{out}:/r', **keys)
        check(error is None, seen, error)
        with h5py.File(out) as o:
            same(o['r'][()], want, seen)
            known = np.unique(labels[labels == labels])
            where = want.ndim - x.ndim + axis
            check(np.array_equal(o['r'].dims[where][0][()], known), 'labels', seen)
        return
    got, error = driver.run(call, **keys)
    check(error is None, seen, error)
    same(got[0], want, seen)


def of_others(driver, directory):
    """pandas' groupby and xarray's, over a missing label and over months"""
    n = 4000
    frame = pd.DataFrame({'x': G.standard_normal(n), 'g': G.integers(0, 9, n).astype('f8')})
    frame.loc[G.random(n) < 0.1, 'g'] = np.nan
    frame.loc[G.random(n) < 0.1, 'x'] = np.nan
    path = write(directory, frame.x.values, frame.g.values)
    keys = {'x': f'{path}:/x', 'g': f'{path}:/g'}
    got, error = driver.run('nanquantile(x, 0.3, by=g); nanmedian(x, by=g)', **keys)
    check(error is None, error)
    check(np.allclose(got[0], frame.groupby('g').x.quantile(0.3).values), 'quantile')
    check(np.allclose(got[1], frame.groupby('g').x.median().values), 'median')
    time = pd.date_range('1999-02-05', periods=500, freq='D')
    t = G.standard_normal((3, 500, 4)).astype('f4')
    data = xr.Dataset({'t': (('lat', 'time', 'lon'), t)}, {'time': time, 'lat': [3.0, 2, 1]})
    path, out = (os.path.join(directory, name) for name in ('t.nc', 'o.nc'))
    data.to_netcdf(path, engine='h5netcdf', encoding={'t': {'chunksizes': (2, 64, 3)}})
    keys = {'t': f'{path}:/t', 'time': f'{path}:/time'}
    call = 'quantile(t, [0.1, 0.9], by=month(time), axis="time")'
    _, error = driver.run(call, output=f'{out}:/q', **keys)
    check(error is None, error)
    want = data.t.groupby('time.month').quantile([0.1, 0.9])
    with xr.open_dataset(out, engine='h5netcdf') as f:
        check(f.q.dims[1:] == ('lat', 'month', 'lon'), f.q.dims)
        check(np.array_equal(f.month, want.month), 'months')
        check(np.array_equal(f.lat, data.lat), 'coordinates')
        w = want.transpose('quantile', 'lat', 'month', 'lon').values
        check(np.allclose(f.q.values, w, 1e-5), 'xarray')
    got, error = driver.run('median(t - take(median(t, by=month(time), axis=1), '
                            'month(time) - 1, axis=1), by=month(time), axis=1)', **keys)
    check(error is None and np.abs(got[0]).max() < 1e-6, 'anomalies', error)


def memory(driver, directory):
    """lines that no thread can hold are refused with the figure; what fits is bounded"""
    x = G.standard_normal((60000, 40)).astype('f4')
    path = os.path.join(directory, 'm.h5')
    g = np.arange(60000) % 366
    with h5py.File(path, 'w') as f:
        f.create_dataset('x', data=x, chunks=(4096, 40))
        f['g'] = g
    keys = {'x': f'{path}:/x', 'g': f'{path}:/g', '@threads': 2}
    call = 'quantile(x, [0.1, 0.5], by=g, axis=0)'
    want = grouped(lambda a, axis: np.quantile(a, [0.1, 0.5], axis=axis), x, g, 0)
    for limit in (24 << 20, 64 << 20):
        got, error = driver.run(call, **{**keys, '@memory': limit})
        check(error is None, limit, error)
        same(got[0], want, (call, limit))
    _, error = driver.run(call, **{**keys, '@memory': 1 << 20})
    check(error and error.startswith('error 5'), error)


def errors(driver, directory):
    path = write(directory, np.ones((6, 4)), np.arange(6))
    keys = {'x': f'{path}:/x', 'g': f'{path}:/g'}
    driver.refuses((
        ('median(x, by=g)', 'one axis'),
        ('median(x, by=g, axis=(0, 1))', 'one axis'),
        ('median(x, by=g, axis=1)', 'one label for each of the 4'),
        ('quantile(x, 0.5, by=g, axis=0, keepdims=True)', 'keepdims'),
        ('quantile(x > 0, 0.5, by=g, axis=0)', 'between False and True'),
    ), check, **keys)


driver = Driver(sys.argv[1])
with tempfile.TemporaryDirectory() as directory:
    errors(driver, directory)
    for _ in range(int(os.environ.get('SHOAL_CASES', 900))):
        one(driver, directory)
    for _ in range(5):
        of_others(driver, directory)
    memory(driver, directory)
print(f'{check.count} checks passed')
