"""xarray opens results of netCDF inputs as it opens its own: dimensions, coordinates, attributes,
fill values and values.

usage: test_cf_results.py CALC_DRIVER SHOAL [SEED]
"""

import os, subprocess, sys, tempfile, warnings

from shared_case import chosen_seed, generators, need

need('h5netcdf', 'hdf5plugin', 'numpy', 'pandas', 'xarray')
import h5netcdf, hdf5plugin, numpy as np, pandas as pd, xarray as xr
from cf_driver import Driver

R, G = generators(chosen_seed(3))
np.seterr(all='ignore')
warnings.simplefilter('ignore')

T, Y, X = 24, 9, 12

# for shoal, which knows names of axes by their places; and for xarray
CASES = [
    ('nanmean(t, axis=0)', lambda d: d.t.mean('time')),
    ('nanmax(t, axis=(1, 2))', lambda d: d.t.max(('lat', 'lon'))),
    ('nansum(t)', lambda d: d.t.sum()),
    ('t + 1', lambda d: d.t + 1),
    ('sqrt(p)[::3]', lambda d: np.sqrt(d.p)[::3]),
    ('t[2:20:3, ::-1, 4:]', lambda d: d.t[2:20:3, ::-1, 4:]),
    ('t * p', lambda d: d.t * d.p),
    ('p * t', lambda d: d.p * d.t),
    ('t - nanmean(t, axis=0)', lambda d: d.t - d.t.mean('time')),
    ('count(t, axis=2)', lambda d: d.t.count('lon')),
    ('p > 0.5', lambda d: d.p > 0.5),
    ('nanmean(t, axis=1)[3:7, ::2]', lambda d: d.t.mean('lat')[3:7, ::2]),
    ('maximum(t, p)', lambda d: np.maximum(d.t, d.p)),
    ('where(p > 0.5, t, p)', lambda d: xr.where(d.p > 0.5, d.t, d.p)),
    ('where(p > 0.5, 1.0, p)', lambda d: xr.where(d.p > 0.5, 1.0, d.p).assign_coords(d.p.coords)),
    ('nanstd(t, axis=0, ddof=1)', lambda d: d.t.std('time', ddof=1)),
    ('argmax(p, axis=0)', lambda d: d.p.argmax('time')),
    ('(t + p) * p', lambda d: (d.t + d.p) * d.p),
    ('h * 2', lambda d: d.h * 2),
    ('h[::-2, 1:]', lambda d: d.h[::-2, 1:]),
    ('t[:, None, 0, 0]', None),
    ('float32(t)', lambda d: d.t.astype('f4')),
]


def inputs(path):
    t = G.standard_normal((T, Y, X)) * 10 + 280
    t[G.random(t.shape) < 0.05] = np.nan
    dims = ('time', 'lat', 'lon')
    words = {'units': 'K', 'long_name': 'temperature', 'standard_name': 'air_temperature'}
    lat = ('lat', np.linspace(80, -80, Y).astype('f4'), {'units': 'degrees_north', 'axis': 'Y'})
    data = xr.Dataset(
        {
            't': (dims, t, words),
            'p': (dims, G.random(t.shape).astype('f4'), {'units': 'Pa', 'long_name': 'pressure'}),
            'h': (('lat', 'x'), G.random((Y, 5)), {'valid_range': np.array([0.0, 1.0])}),
        },
        coords={
            'time': pd.date_range('2001-01-01', periods=T, freq='6h'),
            'lat': lat,
            'lon': ('lon', np.arange(X) * 30.0, {'units': 'degrees_east'}),
        },
        attrs={'title': 'inputs'},
    )
    packed = dict(dtype='i2', scale_factor=0.01, add_offset=280.0, _FillValue=-32768)
    data.to_netcdf(path, engine='h5netcdf', encoding={'t': dict(packed, chunksizes=(7, 5, 5))})


def fresh(path):
    return xr.open_dataset(path, engine='h5netcdf')


def differences(got, want):
    """what differs between two data arrays that were read from files"""
    try:
        xr.testing.assert_allclose(got, want, rtol=1e-6 if want.dtype == 'f4' else 1e-12)
    except AssertionError as e:
        return str(e).replace('\n', ' ')[:400]
    for name in [None, *want.coords]:
        a, b = (got, want) if name is None else (got[name], want[name])
        if a.dtype != b.dtype or a.attrs.keys() != b.attrs.keys():
            return f'{name}: {a.dtype} {a.attrs} for {b.dtype} {b.attrs}'
        if not all(np.array_equal(a.attrs[k], b.attrs[k]) for k in a.attrs):
            return f'{name}: {a.attrs} for {b.attrs}'
        if name is not None and not np.array_equal(a.values, b.values):
            return f'{name}: the values differ'
        fills = [np.asarray(v.encoding.get('_FillValue', 'none')) for v in (a, b)]
        if fills[0].dtype.kind != fills[1].dtype.kind or str(fills[0]) != str(fills[1]):
            return f'{name}: _FillValue {fills[0]} for {fills[1]}'
    return None


def check(driver, source, folder, expr, want, failures, **more):
    out, own = folder + '/out.nc', folder + '/own.nc'
    for path in (out, own):
        if os.path.exists(path):
            os.remove(path)
    names = {k: f'{source}:/{k}' for k in ('t', 'p', 'h')}
    names.update(more)
    _, error = driver.run(expr, output=out + ':/result', **names)
    if error:
        return failures.append(f'{expr}: {error}')
    if want is None:
        fresh(out).close()
        return
    with fresh(source) as data:
        value = want(data).drop_encoding().rename('result')
        for name in value.coords:
            value[name].encoding = data[name].encoding
        value.to_netcdf(own, engine='h5netcdf')
    with fresh(out) as a, fresh(own) as b:
        wrong = differences(a.result, b.result)
        if wrong:
            failures.append(f'{expr}: {wrong}')


def several(driver, source, folder, failures):
    """results of one run share their scales where they are the same, and have their own else"""
    out = folder + '/several.nc'
    names = {k: f'{source}:/{k}' for k in ('t', 'p', 'h')}
    expr = 'a = nanmean(t, axis=0); b = p[::2]; c = p[1] * 2; d = t[5:9]'
    _, error = driver.run(expr, output=out + ':/results', **names)
    if error:
        return failures.append(f'several results: {error}')
    with xr.open_dataset(out, engine='h5netcdf', group='results') as data:
        shapes = {k: v.dims for k, v in data.data_vars.items()}
        want = {'a': ('lat', 'lon'), 'b': ('time', 'lat', 'lon'), 'c': ('lat', 'lon')}
        want['d'] = ('time_2', 'lat', 'lon')
        if shapes != want or data.sizes['time'] != T // 2 or data.sizes['time_2'] != 4:
            failures.append(f'several results: {shapes} {data.sizes}')


def ingested(shoal, source, folder, failures):
    """ingest of a variable, or of several joined, takes its scales and attributes along"""
    for sources, want in [
        (['t'], lambda d: d.t),
        (['t[3:20:2, ::-1]'], lambda d: d.t[3:20:2, ::-1]),
        (['h'], lambda d: d.h),
        (['p[:10]', 'p[10:]'], lambda d: d.p),
        (['p[4:6]', 'p[8]'], None),
        (['time'], lambda d: d.time),
    ]:
        out = folder + '/ingested.nc'
        name = sources[0].split('[')[0]
        parts = [f'{source}:/{s}' for s in sources]
        done = subprocess.run(
            [shoal, 'ingest', '-q', '-f', *parts, '-o', f'{out}:/{name}'],
            capture_output=True, text=True,
        )
        if want is None or done.returncode:
            if want is not None or done.returncode == 0:
                failures.append(f'ingest {sources}: {done.returncode} {done.stderr}')
            continue
        with fresh(out) as a, fresh(source) as data:
            b = want(data)
            if not a[name].identical(b):
                failures.append(f'ingest {sources}: {a[name]} for {b}'.replace('\n', ' '))
        os.remove(out)


def appended(shoal, source, folder, failures):
    out = folder + '/appended.nc'
    parts = ('p[:3]', 't[:3]', 'p[3:4]', 't[3:4]', 'p[4:17]', 't[4:17]')
    for part in parts:
        done = subprocess.run(
            [shoal, 'ingest', '-q', '--append', f'{source}:/{part}', '-o', f'{out}:/{part[0]}'],
            capture_output=True, text=True,
        )
        if done.returncode:
            return failures.append(f'append {part}: {done.stderr}')
    with fresh(out) as a, fresh(source) as data:
        for got, want in ((a.p, data.p[:17]), (a.t, data.t[:17])):
            if not got.identical(want):
                failures.append(f'append: {got} for {want}'.replace('\n', ' '))


def of_other_meaning(shoal, folder, failures):
    """files whose stored numbers mean different things are neither joined nor appended"""
    def write(name, unlimited, start, fill=-9, **packing):
        with h5netcdf.File(f'{folder}/{name}', 'w') as f:
            f.dimensions = {'time': None if unlimited else 4}
            if unlimited:
                f.resize_dimension('time', 4)
            time = f.create_variable('time', ('time',), 'i4', data=np.arange(4, dtype='i4'))
            time.attrs['units'] = f'days since {start}-01-01'
            t = f.create_variable('t', ('time',), 'i2', data=np.arange(4, dtype='i2'),
                                  fillvalue=np.int16(fill))
            for key, value in packing.items():
                t.attrs[key] = value

    def run(*words):
        return subprocess.run([shoal, 'ingest', '-q', *words], capture_output=True, text=True)

    write('a.nc', False, 2001, scale_factor=0.5)
    for name, differs, options in (
            ('b.nc', 'scale_factor', dict(start=2001, scale_factor=0.25)),
            ('b.nc', 'scale_factor', dict(start=2001)),
            ('b.nc', 'add_offset', dict(start=2001, scale_factor=0.5, add_offset=1.0)),
            ('b.nc', '_FillValue', dict(start=2001, scale_factor=0.5, fill=-8)),
            ('b.nc', "units of '/time'", dict(start=2002, scale_factor=0.5)),
            ('b.nc', '', dict(start=2001, scale_factor=0.5, add_offset=0.0))):
        write(name, False, **options)
        out = f'{folder}/joined.nc'
        joined = run('-f', f'{folder}/a.nc:/t', f'{folder}/{name}:/t', '-o', out + ':/t')
        made = run('-f', f'{folder}/a.nc:/t', '--unlimited', '0', '-o', f'{folder}/more.nc:/t')
        more = run('--append', f'{folder}/{name}:/t', '-o', f'{folder}/more.nc:/t')
        for done in (joined, more):
            good = done.returncode == (2 if differs else 0) and differs in done.stderr
            if made.returncode or not good:
                failures.append(f'{options}: {made.stderr}{done.returncode} {done.stderr}')
        os.remove(f'{folder}/more.nc')


def main():
    failures = []
    driver, shoal = Driver(sys.argv[1]), sys.argv[2]
    with tempfile.TemporaryDirectory() as folder:
        source = folder + '/in.nc'
        inputs(source)
        for expr, want in CASES:
            check(driver, source, folder, expr, want, failures)
        several(driver, source, folder, failures)
        ingested(shoal, source, folder, failures)
        appended(shoal, source, folder, failures)
        of_other_meaning(shoal, folder, failures)
    for f in failures[:20]:
        print('FAILED', f)
    print(f'{len(CASES)} results, {len(failures)} failed')
    sys.exit(bool(failures))


if __name__ == '__main__':
    main()
