"""netCDF files on the command line: what info shows, --raw, slices by value, results for xarray."""
import os
import sys
import tempfile

from shared_case import need
from shoal_command import good, run

need('h5netcdf', 'numpy', 'xarray', 'hdf5plugin')
import hdf5plugin  # noqa: F401: registers the filters that results are stored with
import numpy as np
import xarray as xr


def make(path):
    t = np.arange(24 * 9 * 4).reshape(24, 9, 4) / 100 + 270
    t[5, 3, 2] = np.nan
    lat = ('lat', np.linspace(80, -80, 9).astype('f4'), {'units': 'degrees_north'})
    time = ('time', np.arange(24) * 6, {'units': 'hours since 2001-01-01', 'calendar': 'noleap'})
    data = xr.Dataset({'t': (('time', 'lat', 'x'), t, {'units': 'K'})}, {'time': time, 'lat': lat})
    packed = dict(dtype='i2', scale_factor=0.01, add_offset=270.0, _FillValue=-1)
    data.to_netcdf(path, engine='h5netcdf', encoding={'t': packed})


def info(path):
    text = good('info', path).out.decode()
    for words in ('80.0 .. -80.0 degrees_north', '2001-01-01 .. 2001-01-06T18:00',
                  'time 24 x lat 9 x x 4', 'x * 0.01 + 270.0, missing -1'):
        assert words in text, (words, text)
    detail = good('info', path + ':/t').out.decode()
    for words in ('axis        lat, 80.0 .. -80.0 degrees_north, in /lat',
                  'axis        time, 2001-01-01 .. 2001-01-06T18:00 noleap, in /time',
                  'x * 0.01 + 270.0, missing -1, as float64', 'units       K'):
        assert words in detail, (words, detail)
    t = good('info', '--json', path + ':/t').json()['objects'][0]
    assert t['dimensions'] == ['time', 'lat', 'x'] and t['units'] == 'K', t
    assert t['coding'] == 'x * 0.01 + 270.0, missing -1' and t['decoded_type'] == 'float64', t
    assert t['axes'][1] == {'name': 'lat', 'coordinate': '/lat', 'units': 'degrees_north',
                            'first': 80.0, 'last': -80.0}, t
    assert t['axes'][0]['last'] == '2001-01-06T18:00', t
    assert t['axes'][2]['name'] == 'x' and t['axes'][2]['coordinate'] is None, t


def calc(path, folder):
    with xr.open_dataset(path, engine='h5netcdf', decode_times=False) as data:
        t = data.t.load()
    whole = good('calc', '--json', 'nanmax(t)', path + ':/t').json()['results'][0]
    assert whole['type'] == 'float64' and whole['value'] == float(t.max()), whole
    raw = good('calc', '--json', '--raw', 'min(t)', path + ':/t').json()['results'][0]
    assert raw['type'] == 'int16' and raw['value'] == -1, raw
    part = good('calc', '--json', 'nanmean(t[lat=20:-20, time="2001-01-02"])', path + ':/t')
    named = good('calc', '--json', 'nanmean(t)', path + ':/t[lat=20:-20, time="2001-01-02"]')
    want = float(t[4:8, 3:6].mean())
    for done in (part, named):
        assert abs(done.json()['results'][0]['value'] - want) < 1e-9, (done, want)
    # an operand that is a file alone: the '=' of a slice names no operand
    only = folder + '/only.nc'
    good('ingest', path + ':/lat', '-o', only + ':/lat')
    tail = good('calc', '--json', 'lat', only + '[lat=-40:]').json()['results'][0]
    assert tail['value'] == [-40.0, -60.0, -80.0], tail
    failed = run('calc', 't[lat=45]', path + ':/t')
    assert failed.status == 2 and b'40.0 and 60.0' in failed.err, failed


def export(path, folder):
    out = folder + '/out.npy'
    with xr.open_dataset(path, engine='h5netcdf') as data:
        want = data.t.values
    with xr.open_dataset(path, engine='h5netcdf', mask_and_scale=False) as data:
        stored = data.t.values
    for options, expected in (((), want), (('--raw',), stored)):
        good('export', '-f', path + ':/t', '-o', out, *options)
        got = np.load(out)
        assert got.dtype == expected.dtype and np.array_equal(got, expected, equal_nan=True)
    done = good('export', path + ':/t', '--format', 'raw', '-o', '-')
    assert done.out == stored.tobytes()
    done = good('export', path + ':/t[5, 3]', '--format', 'csv', '-o', '-')
    assert [float(x or 'nan') for x in done.out.decode().split('\n')[:4]][3] == want[5, 3, 3], done


def results(path, folder):
    out = folder + '/out.nc'
    good('calc', 'nanmean(t, axis=0)', path + ':/t', '-o', out + ':/t_mean')
    own = xr.open_dataset(path, engine='h5netcdf')
    with xr.open_dataset(out, engine='h5netcdf') as a, own as b:
        want = b.t.mean('time')
        xr.testing.assert_allclose(a.t_mean, want)
        assert a.t_mean.attrs == want.attrs and a.lat.attrs == want.lat.attrs
        assert np.isnan(a.t_mean.encoding['_FillValue'])


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'in.nc')
        make(path)
        info(path)
        calc(path, folder)
        export(path, folder)
        results(path, folder)
    print('passed')


if __name__ == '__main__':
    sys.exit(main())
