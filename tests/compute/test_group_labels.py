"""The labels of groups as coordinates: random variables, parts of times, labels of all types, in
netCDF files and on standard output, against xarray.

usage: test_group_labels.py CALC_DRIVER SHOAL [SEED]
"""

import json, os, subprocess, sys, tempfile, warnings

from shared_case import Checks, chosen_seed, generators, need

need('h5netcdf', 'h5py', 'hdf5plugin', 'numpy', 'pandas', 'xarray')
import h5netcdf, h5py, hdf5plugin, numpy as np, pandas as pd, xarray as xr
from cf_driver import Driver

R, G = generators(chosen_seed(3))
warnings.simplefilter('ignore')
PARTS = 'year month day hour dayofyear weekday dayofweek'.split()
check = Checks()


def station_labels(n):
    kind = R.randrange(6)
    if kind == 0:
        return G.integers(-3, 4, n).astype(R.choice(['i1', 'i4', 'i8', 'u2']))
    if kind == 1:
        return G.choice(np.array([0.25, -1.5, 3]), n).astype(R.choice(['f4', 'f8']))
    if kind == 2:
        x = G.choice(np.array([1.5, 2, 7]), n)
        x[1:][G.random(n - 1) < 0.3] = np.nan
        return x
    if kind == 3:
        return G.choice(np.array(['Zoe', 'a', 'ab', 'Ärger'], object), n)
    if kind == 4:
        return G.integers(0, 9, n).astype('u1')
    return G.permutation(n)


def dataset():
    dims = ['time', 'lat', 'lon'][: R.randrange(1, 4)]
    R.shuffle(dims)
    if 'time' not in dims:
        dims[0] = 'time'
    size = {'time': R.randrange(2, 120), 'lat': R.randrange(1, 6), 'lon': R.randrange(1, 6)}
    shape = [size[d] for d in dims]
    t = (G.standard_normal(shape) * 9).astype(R.choice(['f4', 'f8']))
    t[G.random(shape) < 0.05] = np.nan
    start = f'{R.randrange(1950, 2040)}-{R.randrange(1, 13):02}-{R.randrange(1, 28):02}'
    time = pd.date_range(start, periods=size['time'], freq=R.choice(['D', '5h', '11D', 'MS']))
    coords = {'time': time}
    if 'lat' in dims:
        coords['lat'] = np.linspace(-30, 30, size['lat'])
    data = xr.Dataset({'t': (dims, t)}, coords)
    data['station'] = ('time', station_labels(size['time']))
    return data


def grouping(data):
    """the labels in our words, xarray's groups, and the name of their axis"""
    if R.random() < 0.6:
        part = R.choice(PARTS)
        if R.random() < 0.2:
            return f'm = {part}(time); ', 'm', data.t.groupby(f'time.{part}'), part, 'm'
        return '', f'{part}(time)', data.t.groupby(f'time.{part}'), part, part
    if R.random() < 0.2:
        group = (data.time.dt.year * 100 + data.time.dt.month).rename('group')
        return '', 'year(time) * 100 + month(time)', data.t.groupby(group), 'group', 'group'
    return '', 'station', data.t.groupby(data.station), 'station', 'station'


def one(driver, directory):
    data = dataset()
    path, out = (os.path.join(directory, name) for name in ('in.nc', 'out.nc'))
    data.to_netcdf(path, engine='h5netcdf')
    if os.path.exists(out):
        os.unlink(out)
    before, by, groups, theirs, ours = grouping(data)
    name = R.choice(['nanmean', 'nansum', 'nanmax', 'count', 'nanmedian'])
    want = getattr(groups, name.removeprefix('nan'))()
    call = f'{before}r = {name}(t, by={by}, axis="time")'
    keys = {n: f'{path}:/{n}' for n in ('t', 'time', 'station')}
    cut = slice(None)
    if R.random() < 0.3 and len(want[theirs]) > 1:
        cut = R.choice([slice(1, None), slice(None, None, -1), slice(None, None, 2)])
        index = ', '.join([':'] * data.t.dims.index('time') + [str(cut.start or '') + ':' + ':' +
                          str(cut.step or '')])
        call += f'; s = r[{index}] * 1'
        want = want.isel({theirs: cut})
        call = call.replace('r = ', 'q = ').replace('= r[', '= q[').replace('s = ', 'r = ')
    seen = (call, data.t.dims, data.t.shape, data.station.dtype)
    _, error = driver.run(call, output=f'{out}:/' + ('' if ';' in call else 'r'), **keys)
    check(error is None, seen, error)
    with xr.open_dataset(out, engine='h5netcdf') as f:
        dims = tuple(d for d in f.r.dims)
        named = ours if ours in dims else next((d for d in dims if d.startswith(ours)), None)
        check(named is not None, seen, dims)
        label, expected = f[named].values, want[theirs].values
        check(label.dtype == expected.dtype or label.dtype.kind in 'fOU', seen,
              label.dtype, expected.dtype)
        check(np.array_equal(label, expected), seen, label, expected)
        expected = want.transpose(*(theirs if d == named else d for d in dims)).values
        check(np.allclose(f.r.values, expected, 1e-5, 1e-5, equal_nan=True), seen)
        if 'lat' in data.t.dims:
            check(np.array_equal(f.lat.values, data.lat.values), 'lat', seen)


def other_types(driver, directory):
    """fixed text, bools, times as labels; categories of a table; an array without dimensions"""
    path, out = (os.path.join(directory, name) for name in ('o.h5', 'o_out.h5'))
    n = 50
    x = G.standard_normal((3, n))
    with h5py.File(path, 'w') as f:
        f['x'] = x
        f['deep/fixed'] = G.choice(np.array([b'aa', b'b', b'\xc3\xa4']), n)
        f['flag'] = G.integers(0, 2, n).astype(bool)
        f['when'] = G.integers(0, 4, n)
        f['when'].attrs['units'] = 'days since 2001-02-03'
        fixed, flag, when = f['deep/fixed'][()], f['flag'][()], f['when'][()]
    for name, labels in (('deep/fixed', fixed), ('flag', flag), ('when', when)):
        last = name.split('/')[-1]
        call = 'sum(x, by=g, axis=1)'
        keys = {'x': f'{path}:/x', 'g': f'{path}:/{name}'}
        _, error = driver.run(call, output=f'{out}:/r', **keys)
        check(error is None, name, error)
        with h5py.File(out) as f:
            scale = f['r'].dims[1][0]
            check(scale.name == f'/{last}', scale.name)
            check(np.array_equal(scale[()], np.unique(labels)), name, scale[()])
            check(scale.dtype == labels.dtype, name, scale.dtype)
            check(len(f['r'].dims[0]) == 1, 'all axes are named')
        if name == 'when':
            with xr.open_dataset(out, engine='h5netcdf') as f:
                days = np.datetime64('2001-02-03', 'ns') + np.unique(when).astype('m8[D]')
                check(np.array_equal(f.when.values, days.astype(f.when.dtype)), f.when)
    table = os.path.join(directory, 'table.h5')
    codes = G.integers(-1, 3, n).astype('i1')
    codes[:3] = range(3)
    with h5py.File(table, 'w') as f:
        t = f.create_group('t')
        t.attrs.update({'encoding-type': 'dataframe', 'encoding-version': '0.2.0'})
        t.attrs.update({'_index': '_index', 'column-order': np.array(['x', 'k'], object)})
        index = t.create_dataset('_index', data=np.arange(n))
        t['x'] = x[0]
        k = t.create_group('k')
        k.attrs.update({'encoding-type': 'categorical', 'encoding-version': '0.2.0'})
        k.attrs['ordered'] = False
        k['codes'] = codes
        k.create_dataset('categories', data=['p', 'quu', 'ö'], dtype=h5py.string_dtype())
        for d in (index, t['x'], k['codes'], k['categories']):
            kind = 'string-array' if d is k['categories'] else 'array'
            d.attrs.update({'encoding-type': kind, 'encoding-version': '0.2.0'})
    _, error = driver.run('mean(x, by=k)', output=f'{out}:/r', **{'': f'{table}:/t'})
    check(error is None, error)
    with xr.open_dataset(out, engine='h5netcdf') as f:
        check(list(f.k.values) == ['p', 'quu', 'ö'], f.k.values)
    _, error = driver.run('a = sum(x, by=g % 2, axis=1); b = sum(x, by=g % 3, axis=1)',
                          output=f'{out}:/', x=f'{path}:/x', g=f'{path}:/when')
    check(error is None, error)
    with h5py.File(out) as f:  # two of a name
        got = {d: list(f[d].dims[1][0][()]) for d in 'ab'}
        check(got == {'a': sorted(set(when % 2)), 'b': sorted(set(when % 3))}, got)
        check(f['a'].dims[1][0].name == '/group' and f['b'].dims[1][0].name == '/group_2', 'names')


def anomalies(driver, directory):
    """what the documents say of them, where months are missing"""
    path, out = (os.path.join(directory, name) for name in ('a.nc', 'a_out.nc'))
    time = pd.date_range('2001-03-30', periods=70, freq=R.choice(['D', '2D', '9h']))
    data = xr.Dataset({'t': (('time', 'x'), G.standard_normal((70, 3)))}, {'time': time})
    data.to_netcdf(path, engine='h5netcdf')
    months = data.t.groupby('time.month')
    call = 'm = month(time); c = mean(t, by=m, axis="time"); '
    call += 'a = t - take(c, unique_inverse(m), axis=0)'
    _, error = driver.run(call, output=f'{out}:/', t=f'{path}:/t', time=f'{path}:/time')
    check(error is None, error)
    with xr.open_dataset(out, engine='h5netcdf') as f:
        check(f.a.dims == ('time', 'x') and np.array_equal(f.time, data.time), f)
        check(np.allclose(f.a.values, (months - months.mean()).values), 'anomalies')


def command_line(shoal, directory):
    """which row is which label"""
    path = os.path.join(directory, 'cli.nc')
    time = pd.date_range('2001-03-30', periods=5, freq='D')
    data = xr.Dataset({'t': (('time', 'x'), np.arange(10.0).reshape(5, 2))}, {'time': time})
    data.to_netcdf(path, engine='h5netcdf')

    def run(call, *more):
        words = [shoal, 'calc', call, f'{path}:/t', f'{path}:/time', *more]
        done = subprocess.run(words, capture_output=True, text=True)
        check(done.returncode == 0, call, done.stderr)
        return done.stdout

    text = run('mean(t[:, 0], by=month(time))')
    check(text == 'month\n3  1.0\n4  6.0\n', text)
    text = run('sum(t, by=month(time), axis=0)')
    check(text == 'month: 3 4\n[[ 2.0  4.0]\n [18.0 21.0]]\n', text)
    text = run('a = sum(t[:, 0], by=resample(time, "2D")); b = sum(t)')
    want = 'a =\ntime\n2001-03-30   2.0\n2001-04-01  10.0\n2001-04-03   8.0\nb = 45.0\n'
    check(text == want, text)
    result = json.loads(run('max(t, by=month(time), axis=0)[::-1]', '--json'))['results'][0]
    check(result['labels'] == [{'axis': 0, 'name': 'month', 'values': [4, 3]}], result)
    result = json.loads(run('max(t, by=resample(time, "ME"), axis=0)', '--json'))['results'][0]
    check(result['labels'][0]['values'] == ['2001-03-31', '2001-04-30'], result)
    result = json.loads(run('max(t, axis=0)', '--json'))['results'][0]
    check('labels' not in result, result)
    out = os.path.join(directory, 'cli_out.nc')
    call = 'm = mean(t, by=month(time), axis="time"); d = max(m, axis="month")'
    run(call, '-f', '-o', f'{out}:/')
    with xr.open_dataset(out, engine='h5netcdf') as f:
        check(list(f.month.values) == [3, 4] and f.d.dims == ('x',), f)


driver = Driver(sys.argv[1])
with tempfile.TemporaryDirectory() as directory:
    other_types(driver, directory)
    anomalies(driver, directory)
    command_line(sys.argv[2], directory)
    for _ in range(int(os.environ.get('SHOAL_CASES', 300))):
        one(driver, directory)
print(f'{check.count} checks passed')
