"""Coordinates that are no dimension scales go with results as xarray keeps them: scalars, arrays of
several axes, text, and what an index leaves of an axis. The oracle is xarray's own computation on
random files.

usage: test_cf_coordinates.py CALC_DRIVER SHOAL [SEED]
"""

import json, os, subprocess, sys, tempfile, warnings

from shared_case import chosen_seed, generators, need

need('h5netcdf', 'hdf5plugin', 'h5py', 'numpy', 'pandas', 'xarray')
import h5netcdf, hdf5plugin, h5py, numpy as np, pandas as pd, xarray as xr
from cf_driver import Driver

R, G = generators(chosen_seed(3))
warnings.simplefilter('ignore')

ROUNDS = 3
DIMS = ('time', 'y', 'x')


def random_values(shape):
    kind = R.choice(['f4', 'f8', 'i2', 'i4', 'u1', 'text', 'date'])
    if kind == 'text':
        words = ['', 'a', 'bbb', 'ñandú', 'station 12', 'Ω']
        return G.choice(np.array(words, object), shape)
    if kind == 'date':
        return np.datetime64('2001-01-01', 'ns') + G.integers(0, 1000, shape).astype('m8[D]')
    return (G.random(shape) * 100).astype(kind)


def inputs(path):
    """a file of variables t and p over the same axes, q over one, and random coordinates"""
    sizes = {d: R.randint(2, 9) for d in DIMS}
    coords = {}
    for d in DIMS:
        if R.random() < 0.6:
            values = np.arange(sizes[d]) * R.choice([1.0, -0.5])
            if d == 'time':
                values = pd.date_range('1999-12-30', periods=sizes[d], freq='7h')
            coords[d] = (d, values, {'long_name': d})
    if R.random() < 0.3:
        coords['x'] = ('x', np.array([f'x{k}' * (k + 1) for k in range(sizes['x'])], object))
    for k in range(R.randint(1, 7)):
        dims = [d for d in DIMS if R.random() < 0.5]
        R.shuffle(dims)
        values = random_values(tuple(sizes[d] for d in dims))
        coords[f'c{k}'] = (dims, values, {'units': 'm'} if values.dtype.kind == 'f' else {})
    shape = tuple(sizes[d] for d in DIMS)
    data = xr.Dataset(
        {
            't': (DIMS, G.random(shape), {'units': 'K'}),
            'p': (DIMS, G.random(shape).astype('f4')),
            'q': (('x',), G.random(sizes['x'])),
        },
        coords=coords,
    )
    packed = {'dtype': 'i2', 'scale_factor': 0.5, '_FillValue': -1}
    encoding = {}
    for name, c in data.coords.items():
        if c.dtype.kind == 'f' and c.ndim > 1 and R.random() < 0.4:
            encoding[name] = packed
        if c.dtype == object and c.ndim and R.random() < 0.4:
            encoding[name] = {'dtype': 'S1'}  # netCDF's characters, with an axis of their own
    try:
        data.to_netcdf(path, engine='h5netcdf', encoding=encoding)
    except (ValueError, TypeError):
        data.to_netcdf(path, engine='h5netcdf')
    return sizes


def slices(sizes):
    """(as shoal has it, for xarray) of an array over DIMS"""
    text, index = [], []
    for d in DIMS:
        n = sizes[d]
        how = R.randrange(4)
        if how == 0:
            k = R.randrange(-n, n)
            text.append(str(k))
            index.append(k)
        elif how == 1:
            a, step = R.randrange(n), R.choice([1, 2, -1])
            text.append(f'{a}::{step}')
            index.append(slice(a, None, step))
        else:
            text.append(':')
            index.append(slice(None))
    return f'[{", ".join(text)}]', tuple(index)


def cases(sizes):
    """(expression, the same of a dataset)"""
    for _ in range(4):
        text, index = slices(sizes)
        yield f't{text}', lambda d, i=index: d.t[i]
        yield f'sqrt(p{text}) + 1', lambda d, i=index: np.sqrt(d.p[i]) + 1
        yield f't{text} * p{text}', lambda d, i=index: d.t[i] * d.p[i]
    n = sizes['time']
    a, b = R.randrange(n), R.randrange(n)
    yield f't[{a}] - t[{b}]', lambda d: d.t[a] - d.t[b]
    yield f't - t[{a}]', lambda d: d.t - d.t[a]
    yield 't - nanmean(t, axis=0)', lambda d: d.t - d.t.mean('time')
    yield f'nanmean(t, axis=1)[{a}]', lambda d: d.t.mean('y')[a]
    yield f'nanmean(t, axis=2)[{a}, ::-1]', lambda d: d.t.mean('x')[a, ::-1]
    yield 'nansum(t)', lambda d: d.t.sum()
    yield 't + q', lambda d: (d.t + d.q)
    yield 'where(p > 0.5, t, p)', lambda d: xr.where(d.p > 0.5, d.t, d.p)
    yield 'cumsum(t, axis=1)', lambda d: d.t.cumsum('y')
    yield 'q[1]', lambda d: d.q[1]


def fresh(path):
    return xr.open_dataset(path, engine='h5netcdf')


def same(a, b):
    if a.dtype.kind in 'fc':
        return a.dtype == b.dtype and np.allclose(a, b, rtol=1e-6, atol=1e-7, equal_nan=True)
    # an axis of characters becomes one of strings: the same texts, of which xarray makes 'U'
    kinds = {a.dtype.kind, b.dtype.kind}
    return (len(kinds) == 1 or kinds == set('OU')) and np.array_equal(a, b)


def fill(v):
    f = np.asarray(v.encoding.get('_FillValue', 'none'))
    return f.dtype.kind + str(f)


def differences(got, want):
    if got.dims != want.dims or got.shape != want.shape or not same(got.values, want.values):
        return f'{got} for {want}'.replace('\n', ' ')
    if set(got.coords) != set(want.coords):
        return f'coordinates {sorted(got.coords)} for {sorted(want.coords)}'
    for name in want.coords:
        a, b = got[name], want[name]
        if a.dims != b.dims or not same(a.values, b.values):
            return f'{name}: {a} for {b}'.replace('\n', ' ')
        if a.attrs != b.attrs or fill(a) != fill(b):
            return f'{name}: {a.attrs} {fill(a)} for {b.attrs} {fill(b)}'
    return None


def own(source, want, path):
    """what xarray writes of its own computation"""
    with fresh(source) as data:
        with xr.set_options(keep_attrs=True):
            value = want(data).drop_encoding().rename('result')
        for name in value.coords:
            value[name].encoding = data[name].encoding
        value.to_netcdf(path, engine='h5netcdf')


def remove(*paths):
    for path in paths:
        if os.path.exists(path):
            os.remove(path)


def check(driver, source, folder, expr, want, failures):
    out, theirs = folder + '/out.nc', folder + '/own.nc'
    remove(out, theirs)
    _, error = driver.run(expr, output=out + ':/result', **{k: f'{source}:/{k}' for k in 'tpq'})
    if error:
        return failures.append(f'{expr}: {error}')
    own(source, want, theirs)
    with fresh(out) as a, fresh(theirs) as b:
        wrong = differences(a.result, b.result)
        if wrong:
            failures.append(f'{expr}: {wrong}')


def ingested(shoal, source, folder, sizes, failures):
    text, index = slices(sizes)
    out, theirs = folder + '/out.nc', folder + '/own.nc'
    remove(out, theirs)
    locator = f'{source}:/t{text}'
    done = subprocess.run(
        [shoal, 'ingest', '-q', locator, '-o', out + ':/result'], capture_output=True, text=True
    )
    if done.returncode:
        if 'rank 0' not in done.stderr and 'scalar' not in done.stderr:
            failures.append(f'ingest {locator}: {done.stderr}')
        return
    own(source, lambda d: d.t[index], theirs)
    with fresh(out) as a, fresh(theirs) as b:
        wrong = differences(a.result, b.result)
        if wrong:
            failures.append(f'ingest {locator}: {wrong}')


def several(driver, source, folder, failures):
    """results of one run share what is the same, and have their own else; coordinates that are
    there are checked, not believed"""
    out = folder + '/several.nc'
    remove(out)
    expr = 'a = t[0]; b = p[0]; c = p[1]'
    _, error = driver.run(expr, output=out + ':/g', **{k: f'{source}:/{k}' for k in 'tp'})
    if error:
        return failures.append(f'several: {error}')
    with h5py.File(out, 'r') as f:
        names = {k: set(f['g'][k].attrs.get('coordinates', '').split()) for k in 'abc'}
        lists = {n: f['g'][n].ndim for n in set().union(*names.values())}
    if names['a'] != names['b']:
        failures.append(f'several: {names}')
    with fresh(source) as data:
        changed = {k for k in data.t[0].coords if 'time' in data[k].dims}
        differ = {k for k in changed if not same(data[k][{'time': 0}].values,
                                                 data[k][{'time': 1}].values)}
    for k in differ:
        if f'{k}_2' not in names['c'] or k in names['c']:
            failures.append(f'several: {k} of c in {names["c"]} {lists}')


def shown(shoal, source, failures):
    done = subprocess.run([shoal, 'info', '--json', f'{source}:/t'], capture_output=True, text=True)
    got = {c['name']: c for c in json.loads(done.stdout)['objects'][0]['coordinates']}
    with fresh(source) as data:
        want = {k: v for k, v in data.t.coords.items() if k not in DIMS}
    if got.keys() != want.keys():
        return failures.append(f'info: {sorted(got)} for {sorted(want)}')
    for name, c in got.items():
        if [DIMS[k] for k in c['axes']] != list(want[name].dims):
            failures.append(f'info: {c} for {want[name].dims}')
        if not want[name].dims and want[name].dtype == object and c['value'] != want[name].item():
            failures.append(f'info: {c} for {want[name].item()}')
        if not want[name].dims and want[name].dtype.kind == 'f':
            if want[name].dtype.type(c['value']) != want[name].values:
                failures.append(f'info: {c} for {want[name].item()}')
    text = subprocess.run([shoal, 'info', f'{source}:/t'], capture_output=True, text=True).stdout
    for name in want:
        if f'  coordinate  {name}' not in text:
            failures.append(f'info: no {name} in {text}')


def hostile(shoal, folder, failures):
    """attributes that name what is not there, or no coordinate, lead to none"""
    path, out = folder + '/hostile.nc', folder + '/out.nc'
    remove(out)
    with h5py.File(path, 'w') as f:
        f['t'] = np.arange(6.0).reshape(2, 3)
        f['short'] = np.arange(2.0)
        for k, name in enumerate(('y', 'x')):
            f[name] = np.arange(2.0 + k)
            f[name].make_scale(name)
            f['t'].dims[k].attach_scale(f[name])
        f['short'].dims[0].attach_scale(f['x'])  # of another length than its scale
        f['loose'] = np.arange(3.0)
        f['ref'] = f['t'].ref
        f['ok'] = 3
        f.create_group('group')
        names = 'absent short loose ref group t y ok ok ../t / . ' + 'z' * 2000
        f['t'].attrs['coordinates'] = names
        f['ok'].attrs['coordinates'] = np.arange(3)
        f.attrs['coordinates'] = ['a', 'b']
    done = subprocess.run(
        [shoal, 'calc', '-q', 't + 1', f't={path}:/t', '-o', out + ':/r'],
        capture_output=True, text=True,
    )
    if done.returncode:
        return failures.append(f'hostile: {done.stderr}')
    with h5py.File(out, 'r') as f:
        if f['r'].attrs.get('coordinates') != 'ok' or f['ok'][()] != 3:
            failures.append(f'hostile: {dict(f["r"].attrs)}')


def texts(driver, folder, failures):
    """an axis of texts, kept in each of the three ways, selected from by text"""
    path = folder + '/texts.nc'
    n, how = R.randint(1, 9), R.choice(['strings', 'characters', 'fixed'])
    words = R.sample(['', 'a', 'ab', 'b', 'ñandú', 'Ω', 'station 12', 'x' * 40, 'A', 'aa'], n)
    if how == 'fixed':
        words = [word.encode() for word in words if word]
    data = xr.Dataset({'t': (('y', 'x'), G.random((3, len(words))))},
                      coords={'x': ('x', np.array(words, object if how != 'fixed' else 'S'))})
    encoding = {'x': {'dtype': 'S1'}} if how == 'characters' else {}
    data.to_netcdf(path, engine='h5netcdf', encoding=encoding)
    for k, word in enumerate(words):
        text = word.decode() if how == 'fixed' else word
        for expr, t in ((f't[x="{text}"]', f'{path}:/t'), ('t', f'{path}:/t[x="{text}"]')):
            got, error = driver.run(expr, t=t)
            if error or not np.array_equal(got[0], data.t.values[:, k]):
                failures.append(f'texts {how} {expr} {t}: {error or got}')
    for part, why in (('x="none"', 'has no value "none"; it has'), ('x=1', 'are texts'),
                      ('x="a":"b"', 'are texts')):
        _, error = driver.run(f't[{part}]', t=f'{path}:/t')
        if why not in str(error):
            failures.append(f'texts {how} {part}: {error}')


def main():
    failures, n = [], 0
    driver, shoal = Driver(sys.argv[1]), sys.argv[2]
    with tempfile.TemporaryDirectory() as folder:
        source = folder + '/in.nc'
        for _ in range(ROUNDS):
            remove(source)
            sizes = inputs(source)
            for expr, want in cases(sizes):
                check(driver, source, folder, expr, want, failures)
                n += 1
            ingested(shoal, source, folder, sizes, failures)
            several(driver, source, folder, failures)
            shown(shoal, source, failures)
            texts(driver, folder, failures)
        hostile(shoal, folder, failures)
    for f in failures[:20]:
        print('FAILED', f)
    print(f'{n} results, {len(failures)} failed')
    sys.exit(bool(failures))


if __name__ == '__main__':
    main()
