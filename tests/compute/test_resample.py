"""resample(): random times, sorted or not, with gaps, doubles and missing ones, in random units and
calendars, at random frequencies, against pandas and xarray: bins, labels, empty bins.

usage: test_resample.py CALC_DRIVER [SEED]
"""

import os, sys, tempfile, warnings

from shared_case import Checks, chosen_seed, generators, need

need('h5netcdf', 'h5py', 'hdf5plugin', 'numpy', 'pandas', 'xarray')
import h5netcdf, h5py, hdf5plugin, numpy as np, pandas as pd, xarray as xr
from cf_driver import Driver

R, G = generators(chosen_seed(2))
np.seterr(all='ignore')
warnings.simplefilter('ignore')
MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split()
DAYS = 'MON TUE WED THU FRI SAT SUN'.split()
UNITS = {'s': 1, 'min': 60, 'h': 3600, 'D': 86400}
check = Checks()


def frequency():
    """one, and the seconds that times should be apart"""
    kind = R.randrange(4)
    many = R.choice(['', '', str(R.randrange(1, 13))])
    if kind == 0:
        unit = R.choice(list(UNITS))
        return many + unit, UNITS[unit] * int(many or 1)
    if kind == 1:
        return many + R.choice(['W', 'W-' + R.choice(DAYS)]), 7 * 86400 * int(many or 1)
    name = R.choice(['MS', 'ME', 'QS', 'QE', 'YS', 'YE'])
    anchor = '-' + R.choice(MONTHS) if name[0] != 'M' and R.random() < 0.6 else ''
    days = {'M': 30, 'Q': 91, 'Y': 365}[name[0]]
    return many + name + anchor, 86400 * days * int(many or 1)


def random_times(apart):
    """datetime64[ns], of whole seconds or of whole days"""
    n = R.choice([1, 2, R.randrange(1, 400)])
    most = min(R.choice([0.01, 0.3, 1, 3]) * apart * n, 4e9)
    second = G.integers(0, max(int(most), 1), n)
    if R.random() < 0.3:  # on the edges of bins
        second = second // 86400 * 86400
    if R.random() < 0.7:
        second.sort()
    start = np.datetime64(f'{R.randrange(1900, 2030)}-{R.randrange(1, 13):02}-01', 'ns')
    start += np.timedelta64(R.choice([0, 0, R.randrange(86400 * 30)]), 's')
    return start + second.astype('m8[s]')


def encoded(times):
    """a number for each, and their units; NaN where some are missing"""
    unit, ns = R.choice([('seconds', 10**9), ('hours', 3600 * 10**9), ('nanoseconds', 1)])
    epoch = R.choice(['1970-01-01', '2000-01-01 06:00:00', '1910-12-01'])
    if unit == 'nanoseconds':
        epoch = '1970-01-01'
    away = (times - np.datetime64(epoch.replace(' ', 'T'), 'ns')).astype('i8')
    whole = not (away % ns).any() and R.random() < 0.7
    value = away // ns if whole else away / ns
    if unit == 'nanoseconds':
        value = away
    return value, f'{unit} since {epoch}'


def write(path, times, x, axis, missing):
    value, units = encoded(times)
    if missing is not None:
        value = np.where(missing, np.nan, value)
    with h5py.File(path, 'w') as f:
        t = f.create_dataset('time', data=value)
        t.attrs['units'] = units
        t.attrs['calendar'] = 'proleptic_gregorian'
        t.make_scale('time')
        chunks = tuple(R.randrange(1, n + 1) for n in x.shape)
        d = f.create_dataset('x', data=x, chunks=chunks)
        for k in range(x.ndim):
            if k == axis:
                d.dims[k].attach_scale(t)


def one(driver, directory):
    freq, apart = frequency()
    times = random_times(apart)
    n = len(times)
    missing = G.random(n) < 0.2 if R.random() < 0.15 else None
    if missing is not None and missing.all():
        missing = None
    known = ~missing if missing is not None else np.ones(n, bool)
    shape = [R.randrange(1, 5) for _ in range(R.randrange(0, 3))]
    axis = R.randrange(len(shape) + 1)
    shape.insert(axis, n)
    x = G.standard_normal(shape) * 9
    if R.random() < 0.4:
        x[G.random(shape) < 0.2] = np.nan
    if R.random() < 0.3:
        x = G.integers(-99, 99, shape)
    columns = np.moveaxis(x, axis, 0).reshape(n, -1)
    frame = pd.DataFrame(columns[known], pd.DatetimeIndex(times[known])).sort_index(kind='stable')
    bins = frame.resample(freq)
    path, out = (os.path.join(directory, name) for name in ('in.h5', 'out.nc'))
    write(path, times, x, axis, missing)
    if os.path.exists(out):
        os.unlink(out)
    keys = {'x': f'{path}:/x', 'time': f'{path}:/time', '@threads': R.choice([1, 2, 3])}
    name = R.choice(['nanmean', 'nansum', 'count', 'nanmin', 'nanmax', 'nanmedian', 'nanstd'])
    words = ', ddof=1' if name == 'nanstd' else ''
    call = f'{name}(x, by=resample(time, "{freq}"){words}, axis={axis})'
    seen = (call, x.shape, x.dtype, times[:3], n)
    want = getattr(bins, name.removeprefix('nan'))()
    got, error = driver.run(call, output=f'{out}:/r', **keys)
    check(error is None, seen, error)
    with xr.open_dataset(out, engine='h5netcdf') as f:
        r = f.r
        check(r.dims[axis] == 'time', seen, r.dims)
        check(np.array_equal(f.time.values, want.index.values.astype(f.time.dtype)), seen,
              len(f.time), len(want), f.time.values[:3], want.index.values[:3])
        r = np.moveaxis(r.values, axis, 0).reshape(len(want), -1)
        check(np.allclose(r, want.values, 1e-9, 1e-9, equal_nan=True), seen, r, want)


def others(driver, directory):
    """the calendars of models, against xarray"""
    path, out = (os.path.join(directory, name) for name in ('c.nc', 'c_out.nc'))
    for calendar in ('noleap', '360_day', 'all_leap', 'julian', 'standard'):
        freq = R.choice(['MS', 'ME', 'QS-DEC', 'QE', 'YS', 'YE', '5D', '12h', '1D'])
        start = f'{R.randrange(1900, 2100)}-{R.randrange(1, 13):02}-{R.randrange(1, 28):02}'
        n = R.randrange(2, 900)
        time = xr.date_range(start, periods=n, freq=R.choice(['D', '9h', '3D']), calendar=calendar,
                             use_cftime=True)
        data = xr.Dataset({'x': ('time', G.standard_normal(n))}, {'time': time})
        data.to_netcdf(path, engine='h5netcdf')
        want = data.x.resample(time=freq).mean()
        call = f'mean(x, by=resample(time, "{freq}"))'
        keys = {'x': f'{path}:/x', 'time': f'{path}:/time'}
        if os.path.exists(out):
            os.unlink(out)
        _, error = driver.run(call, output=f'{out}:/r', **keys)
        check(error is None, call, calendar, error)
        coder = xr.coders.CFDatetimeCoder(use_cftime=True)
        with xr.open_dataset(out, engine='h5netcdf', decode_times=coder) as f:
            check(list(f.time.values) == list(want.time.values), call, calendar, start, n,
                  f.time.values[:3], want.time.values[:3])
            check(np.allclose(f.r.values, want.values, equal_nan=True), call, calendar)


def of_xarray(driver, directory):
    """means with empty bins, as xarray has them; whole numbers; a table's times, with NaT"""
    path, out = (os.path.join(directory, name) for name in ('x.nc', 'x_out.nc'))
    time = pd.date_range('2001-03-30', periods=90, freq='7h').delete(range(20, 50))
    t = G.standard_normal((len(time), 3, 4)).astype('f4')
    data = xr.Dataset({'t': (('time', 'lat', 'lon'), t)}, {'time': time, 'lat': [1.0, 2, 3]})
    data.to_netcdf(path, engine='h5netcdf', encoding={'t': {'chunksizes': (8, 2, 4)}})
    keys = {'t': f'{path}:/t', 'time': f'{path}:/time'}
    for freq in ('1D', '6h', 'MS', '3D', 'W'):
        for name in ('mean', 'max', 'median'):
            want = getattr(data.t.resample(time=freq), name)()
            call = f'{name}(t, by=resample(time, "{freq}"), axis="time")'
            if os.path.exists(out):
                os.unlink(out)
            _, error = driver.run(call, output=f'{out}:/t', **keys)
            check(error is None, call, error)
            with xr.open_dataset(out, engine='h5netcdf') as f:
                xr.testing.assert_allclose(f.t.drop_attrs(), want.transpose(*f.t.dims), 1e-5, 1e-6)
                check(f.t.dims == ('time', 'lat', 'lon'), call, f.t.dims)
    call = 'count(t, by=resample(time, "1D"), axis=0); sum(t, by=resample(time, "D"), axis=0)'
    got, error = driver.run(call, **keys)
    check(error is None, error)
    sizes = pd.Series(1, time).resample('D').sum().values
    check(0 in sizes and np.array_equal(got[0][:, 1, 1], sizes), got[0], sizes)
    check((got[1][sizes == 0] == 0).all(), 'sums of nothing')


def errors(driver, directory):
    path = os.path.join(directory, 'e.h5')
    times = np.array(['2001-01-01', '2005-01-01'], 'M8[ns]')
    write(path, times, np.arange(2), 0, None)
    keys = {'x': f'{path}:/x', 'time': f'{path}:/time'}
    driver.refuses((
        ('mean(x, by=resample(time, "1Y"))', 'a frequency is'),
        ('mean(x, by=resample(time, "0D"))', 'a frequency is'),
        ('mean(x, by=resample(time, "1D12h"))', 'a frequency is'),
        ('mean(x, by=resample(time, "MS-JAN"))', 'a frequency is'),
        ('mean(x, by=resample(time, "99999999999999999999D"))', 'a frequency is'),
        ('mean(x, by=resample(time, "1000000000W"))', 'a frequency is'),
        ('mean(x, by=resample(time, "1000000000YE"))', 'a frequency is'),
        ('mean(x, by=resample(time, 3))', 'a frequency is'),
        ('mean(x, by=resample(x, "D"))', 'works on times'),
        ('mean(x[:1], by=resample(time, "D"))', 'one label for each of the 1'),
        ('mean(x, by=resample(time, "us"))', 'too many'),
        ('quantile(x, 0.5, by=resample(time, "D"), method="lower")', 'no elements'),
        ('resample(time, "D")', 'by='),
    ), check, **keys)
    for unit, ends, words in (('nanoseconds', 2**63 - 1, 'beyond 64 bits'),
                              ('microseconds', 2**62 - 1, 'too far')):
        with h5py.File(path, 'w') as file:
            file['x'] = np.arange(2)
            file['time'] = np.array([-ends, ends])
            file['time'].attrs['units'] = unit + ' since 1970-01-01'
        for frequency in ('YS', 'us') if unit == 'microseconds' else ('100YS',):
            call = f'mean(x, by=resample(time, "{frequency}"))'
            _, error = driver.run(call, **keys)
            check(error and error.startswith('error 2') and words in error, call, unit, error)


driver = Driver(sys.argv[1])
with tempfile.TemporaryDirectory() as directory:
    errors(driver, directory)
    of_xarray(driver, directory)
    for _ in range(6):
        others(driver, directory)
    for _ in range(int(os.environ.get('SHOAL_CASES', 500))):
        one(driver, directory)
print(f'{check.count} checks passed')
