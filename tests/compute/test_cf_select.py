"""Slices by coordinate value select what xarray's sel selects: in locators and in expressions, on
axes that rise and fall, of any type, packed, and of times in every calendar.

usage: test_cf_select.py CALC_DRIVER [SEED]
"""

import sys, tempfile, warnings

from shared_case import chosen_seed, generators, need

need('cftime', 'h5netcdf', 'numpy', 'xarray')
import cftime, h5netcdf, numpy as np, xarray as xr
from cf_driver import Driver

R, G = generators(chosen_seed(2))
warnings.simplefilter('ignore')

N_FILES, N_SLICES = 25, 24
CALENDARS = ['standard', 'proleptic_gregorian', 'noleap', 'all_leap', '360_day', 'julian']


def level(n):
    """stored values and attributes of an axis of numbers, rising or falling"""
    kind = R.choice(['f4', 'f8', 'i4', 'i8', 'packed', 'u1'])
    step = R.choice([1, 2, 5])
    first = 0 if kind == 'u1' else R.randrange(-50, 50)
    x = first + step * np.arange(n)
    if kind in ('f4', 'f8'):
        x = x + R.choice([0, 0.5, 0.25])
    if R.random() < 0.5:
        x = x[::-1]
    if kind == 'packed':
        return x.astype('i2'), {'scale_factor': np.float64(0.5), 'add_offset': np.float64(10)}
    return x.astype(kind), {}


def times(n):
    unit = R.choice(['hours', 'days', 'minutes', 'seconds'])
    spacing = {'hours': R.choice([1, 6, 24, 500]), 'days': R.choice([1, 5, 31, 365])}
    x = R.randrange(0, 100000) + spacing.get(unit, R.choice([30, 3600])) * np.arange(n)
    since = f'{unit} since {R.randrange(1850, 2010)}-01-01'
    attrs = {'units': since, 'calendar': R.choice(CALENDARS)}
    return x.astype(R.choice(['i4', 'i8', 'f8'])), attrs


def write(path):
    sizes = {'time': R.randrange(1, 60), 'level': R.randrange(1, 20), 'x': 3}
    with h5netcdf.File(path, 'w') as f:
        f.dimensions = sizes
        for name, (values, attrs) in (
            ('time', times(sizes['time'])),
            ('level', level(sizes['level'])),
        ):
            v = f.create_variable(name, (name,), values.dtype)
            v[...] = values
            v.attrs.update(attrs)
        chunks = tuple(min(7, n) for n in sizes.values())
        v = f.create_variable('t', tuple(sizes), 'f8', chunks=chunks)
        v[...] = G.random(tuple(sizes.values()))


def partial(date):
    n = R.randrange(6)
    text = f'{date.year:04d}-{date.month:02d}-{date.day:02d}T{date.hour:02d}'
    text += f':{date.minute:02d}:{date.second:02d}'
    return text[: (4, 7, 10, 13, 16, 19)[n]], n


def period(text, n, calendar):
    """from and before which date a text reaches"""
    parts = [int(p) for p in text.replace('T', '-').replace(':', '-').split('-')]
    begin = cftime.datetime(*(parts + [1, 1][max(0, len(parts) - 1) :])[: max(3, len(parts))],
                            calendar=calendar)
    if n >= 2:
        seconds = {2: 86400, 3: 3600, 4: 60, 5: 1}[n]
        unit = 'seconds since 1800-01-01'
        end = cftime.num2date(cftime.date2num(begin, unit, calendar) + seconds, unit, calendar)
        return begin, end
    year, month = (begin.year + 1, 1) if n == 0 else (begin.year, begin.month + 1)
    year, month = (year + 1, 1) if month == 13 else (year, month)
    return begin, cftime.datetime(year, month, 1, calendar=calendar)


def time_part(data):
    """a part of a slice for the axis of times, and the positions that it means"""
    units, calendar = data.time.attrs['units'], data.time.attrs.get('calendar', 'standard')
    dates = cftime.num2date(data.time.values, units, calendar)
    around = [dates[R.randrange(len(dates))] for _ in range(2)]
    texts = [partial(d) for d in around]
    if R.random() < 0.4:
        begin, end = period(*texts[0], calendar)
        return f'time="{texts[0][0]}"', np.flatnonzero((dates >= begin) & (dates < end))
    spans = [period(*t, calendar) for t in texts]
    begin, end = min(s[0] for s in spans), max(s[1] for s in spans)
    inside = (dates >= begin) & (dates < end)
    if R.random() < 0.2:
        inside = dates >= spans[0][0]
        return f'time="{texts[0][0]}":', np.flatnonzero(inside)
    return f"time='{texts[0][0]}':'{texts[1][0]}'", np.flatnonzero(inside)


def level_part(data):
    values = data.level.values.astype('f8')
    a, b = sorted(R.choice(list(values)) + R.choice([-0.3, 0, 0, 0.3]) for _ in range(2))
    if R.random() < 0.3:
        exact = R.choice(list(values))
        return f'level={exact!r}'.replace('np.float64(', '').replace(')', ''), exact
    falls = len(values) > 1 and values[0] > values[-1]
    low, high = (b, a) if falls else (a, b)
    step = R.choice(['', '', '', ':2', ':3'])
    index = data.level.sel(level=slice(low, high)).values
    at = np.flatnonzero(np.isin(data.level.values, index))
    ends = (a, b) if R.random() < 0.5 else (b, a)
    return f'level={float(ends[0])!r}:{float(ends[1])!r}{step}', at[:: int(step[1:] or 1)]


def check(driver, path, data, failures):
    parts, want = [], data.t.values
    choice = R.choice(['time', 'level', 'both'])
    start = R.choice([0, 0, 2])
    time_at = np.arange(want.shape[0])[start:]
    level_at = np.arange(want.shape[1])
    if choice != 'level':
        part, at = time_part(data)
        parts.append(part)
        time_at = at[at >= start]
        if ':' not in part.split('"')[-1] and len(time_at) == 0:
            return  # nothing in a period is an error, tested below
    if choice != 'time':
        part, at = level_part(data)
        parts.append(part)
        level_at = at if isinstance(at, np.ndarray) else int(np.flatnonzero(data.level == at)[0])
    want = want[time_at][:, level_at]
    R.shuffle(parts)
    text = ', '.join([f'{start}:'] * (start > 0) + parts)
    for expr, locator in (
        (f't[{text}]', f'{path}:/t'),
        ('t', f'{path}:/t[{text}]'),
        (f'(t + 0)[{text}]', f'{path}:/t'),
    ):
        results, error = driver.run(expr, t=locator)
        got = error or results[0]
        if error or got.shape != want.shape or not np.array_equal(got, want):
            about = error or f'{got.shape} for {want.shape}'
            failures.append(f'{expr} of {locator}: {about} {data.time.attrs}')


def errors(driver, folder, failures):
    path = folder + '/errors.nc'
    with h5netcdf.File(path, 'w') as f:
        f.dimensions = {'lat': 4, 'lon': 3, 'time': 2}
        for name, values in (('lat', [0, 5, 3, 9]), ('lon', [1.5, 2.5, 4.5]), ('time', [0, 1])):
            f.create_variable(name, (name,), 'f4')[...] = values
        f.variables['time'].attrs['units'] = 'days since 2001-01-01'
        f.variables['lat'].attrs['units'] = 'degrees_north'
        f.create_variable('t', ('time', 'lat', 'lon'), 'f4')[...] = 1
    for expr, words in [
        ('t[la=3]', ["did you mean 'lat'", 'time, lat, lon']),
        ('t[lon=3]', ['2.5', '4.5', 'no value 3']),
        ('t[lon=9]', ['nearest is 4.5']),
        ('t[lat=1:4]', ['neither rise nor fall']),
        ('t[lat="2001"]', ['degrees_north', 'no time axis']),
        ('t[time="2001-02"]', ['2001-01-02']),
        ('t[time="soon"]', ['no date']),
        ('t[time="2001-02-30"]', ['no date']),
        ('t[0, time="2001"]', ['taken twice']),
        ('t[lon=1:2, lon=2]', []),
        ('t[lon=1:2:0]', ['step']),
        ('t[lon=lat]', []),
        ('mean(t)[lon=1.5]', ['no names']),
    ]:
        results, error = driver.run(expr, t=path + ':/t', lat=path + ':/lat')
        if not error or not error.startswith('error 2') or not all(w in error for w in words):
            failures.append(f'{expr}: {error or "no error"}')
        locator = expr[expr.index('[') :]
        if expr.startswith('t[') and 'lon=lat' not in expr:
            results, error = driver.run('t', t=path + ':/t' + locator)
            if not error or not error.startswith('error 2') or not all(w in error for w in words):
                failures.append(f'{locator}: {error or "no error"}')
    for expr, shape in [('t[lat=5]', (2, 3)), ('t[time="2001-01-01":]', (2, 4, 3)),
                        ('t[lon=3:4]', (2, 4, 0)), ('max(t, axis=0)[lon=2.5]', (4,))]:
        results, error = driver.run(expr, t=path + ':/t')
        if error or results[0].shape != shape:
            failures.append(f'{expr}: {error or results[0].shape}')


def main():
    failures, n = [], 0
    driver = Driver(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        for k in range(N_FILES):
            path = f'{folder}/{k}.nc'
            write(path)
            with xr.open_dataset(path, engine='h5netcdf', decode_times=False) as data:
                for _ in range(N_SLICES):
                    check(driver, path, data, failures)
                    n += 1
        errors(driver, folder, failures)
    for f in failures[:20]:
        print('FAILED', f)
    print(f'{n} slices, {len(failures)} failed')
    sys.exit(bool(failures))


if __name__ == '__main__':
    main()
