"""Names that are no input's: an input's coordinates and what lies beside it in its group, cut as it
is, and what a group has that is an input; against xarray.

usage: test_beside.py CALC_DRIVER SHOAL [SEED]
"""

import json, os, subprocess, sys, tempfile

from shared_case import Checks, chosen_seed, generators, need

need('h5netcdf', 'numpy', 'pandas', 'xarray')
import h5py, numpy as np, pandas as pd, xarray as xr
from cf_driver import Driver

R, G = generators(chosen_seed(3))
check = Checks()


def write(path, group=None, lat=None):
    n = R.randrange(40, 400)
    time = pd.date_range('2001-01-05', periods=n, freq=R.choice(['D', '3D', '12h']))
    if lat is None:
        lat = np.linspace(-60, 60, R.randrange(3, 9))[:: R.choice([1, -1])]
    t = (('time', 'lat', 'lon'), G.normal(size=(n, lat.size, 4)))
    data = {'t': t, 'area': ('lat', np.cos(np.radians(lat))),
            'land': (('lat', 'lon'), G.random((lat.size, 4)) < 0.5)}
    data = xr.Dataset(data, {'time': time, 'lat': lat, 'lon': [0.0, 90.0, 180.0, 270.0],
                             'height': 2.0})
    data.to_netcdf(path, mode='a' if group else 'w', group=group, engine='h5netcdf')
    return data


def same(driver, expr, want, **inputs):
    got, error = driver.run(expr, **inputs)
    check(error is None, expr, inputs, error)
    want = np.asarray(want)
    check(got[-1].shape == want.shape and np.allclose(got[-1], want, rtol=1e-12), expr, inputs,
          got[-1], want)


def whole(driver, path, data, group=''):
    t = {'t': f'{path}:{group}/t'}
    same(driver, 'mean(t, by=month(time), axis="time")', data.t.groupby('time.month').mean(), **t)
    mean = data.t.weighted(data.area).mean('lat')
    same(driver, 'average(t, axis="lat", weights=area)', mean, **t)
    same(driver, 'sum(where(land, t, 0))', data.t.where(data.land, 0).sum(), **t)
    same(driver, 'lat * 2', data.lat * 2, **t)
    same(driver, 't + height', data.t + 2, **t)
    same(driver, 'lat = t[0, :, 0]; lat + 0', data.t[0, :, 0], **t)  # a statement's name goes first
    same(driver, 'area + 1', data.lat + 1, area=f'{path}:{group}/lat', **t)  # and an input's


def parts(driver, path, data):
    for _ in range(10):
        a = R.randrange(0, data.sizes['time'] - 1)
        b, step = R.randrange(a + 1, data.sizes['time'] + 1), R.randrange(1, 4)
        one = R.randrange(4)
        part = data.isel(time=slice(a, b, step), lat=slice(None, None, -1), lon=one)
        t = {'t': f'{path}:/t[{a}:{b}:{step}, ::-1, {one}]'}
        same(driver, 'mean(t, by=month(time), axis=0)', part.t.groupby('time.month').mean(), **t)
        same(driver, 'area', part.area, **t)
        same(driver, 'where(land, t, 0)', part.t.where(part.land, 0).transpose('time', 'lat'), **t)
        same(driver, 'lon', part.lon, **t)
    t = {'t': f'{path}:/t[0]', 'u': f'{path}:/t[0, ::-1]'}
    same(driver, 'lon', data.lon, **t)
    _, error = driver.run('lat', **t)
    check(error and 'beside several inputs' in error, error)


def two_files(driver, directory, path, data):
    """Coordinates of the same values and units in two files are one; others are refused."""
    other = os.path.join(directory, 'other.nc')
    t = {'t': f'{path}:/t', 'u': f'{other}:/t'}
    data.mean('time').to_netcdf(other, engine='h5netcdf')
    want = (data.t * data.lat).sum() + data.t.mean('time').sum()
    same(driver, 'sum(t * lat[:, None]) + sum(u)', want, **t)
    part = {'t': f'{path}:/t[:, 1:]', 'u': f'{other}:/t[1:]'}
    same(driver, 'lat * 2', data.lat[1:] * 2, **part)
    for change in (lambda lat: lat + (lat == lat[-1]), lambda lat: lat.astype('f4'),
                   lambda lat: lat.assign_attrs(units='degrees_north')):
        data.mean('time').assign_coords(lat=change(data.lat)).to_netcdf(other, engine='h5netcdf')
        _, error = driver.run('lat', **t)
        check(error and 'beside several inputs' in error, error)
        same(driver, 'lon', data.lon, **t)


def enumerations(driver, directory):
    """Two that give the same numbers other names are not the same."""
    path = {k: os.path.join(directory, k + '.h5') for k in 'ab'}
    for k, names in (('a', {'GOOD': 0, 'BAD': 1}), ('b', {'GOOD': 1, 'BAD': 0})):
        with h5py.File(path[k], 'w') as f:
            f['x'] = np.arange(2)
            f.create_dataset('q', data=[0, 1], dtype=h5py.enum_dtype(names, 'u1'))
    _, error = driver.run('q == "GOOD"', a=path['a'] + ':/x', b=path['b'] + ':/x')
    check(error and 'beside several inputs' in error, error)


def plain(driver, directory):
    """HDF5 without names of axes; and what is there and is no dataset, or not at all."""
    path = os.path.join(directory, 'plain.h5')
    with h5py.File(path, 'w') as f:
        f['g/a'], f['g/b'], f['c'], f['pi'] = np.arange(6), np.arange(6) * 10, 1.0, 3.0
    same(driver, 'a + b', np.arange(6) * 11, a=f'{path}:/g/a')
    same(driver, 'pi', np.pi, c=f'{path}:/c')
    for name in ('c', 'nothing', 'g'):
        _, error = driver.run(f'a + {name}', a=f'{path}:/g/a')
        check(error and f"unknown name '{name}'" in error, error)


def groups(shoal, path, data, other, group):
    def run(*words):
        return subprocess.run([shoal, 'calc', '--json', *words], capture_output=True, text=True)

    for source, of in ((path, data), (f'{path}:/', data), (f'{path}:{group}', other)):
        done = run('mean(t, by=month(time), axis=0)[0]; sum(area)', source)
        check(done.returncode == 0, done.stderr)
        values = [r['value'] for r in json.loads(done.stdout)['results']]
        check(np.allclose(values[0], of.t.groupby('time.month').mean()[0]), values)
        check(np.isclose(values[1], of.area.sum()), values)
    for words in (('t', path, f'{path}:{group}'), ('x', f'x={path}'), ('nothing', path)):
        done = run(*words)
        check(done.returncode == 2 and done.stderr.count('\n') == 1, words, done.stderr)


driver = Driver(sys.argv[1])
with tempfile.TemporaryDirectory() as directory:
    path = os.path.join(directory, 'a.nc')
    data = write(path)
    # one of the root's size has its dimension there, and its values in the group
    other = write(path, '/model/run', R.choice([None, data.lat.values[::-1]]))
    whole(driver, path, data)
    whole(driver, path, other, '/model/run')
    parts(driver, path, data)
    plain(driver, directory)
    two_files(driver, directory, path, data)
    enumerations(driver, directory)
    groups(sys.argv[2], path, data, other, '/model/run')
print(f'{check.count} checks passed')
