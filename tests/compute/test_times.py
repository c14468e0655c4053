"""Times: parts, comparisons with dates, and differences, of columns of times against pandas, and of
netCDF's times in every calendar against cftime.

usage: test_times.py CALC_DRIVER SHOAL [SEED]
"""

import json, operator, os, subprocess, sys, tempfile, warnings

from shared_case import chosen_seed, generators, need

need('cftime', 'h5py', 'hdf5plugin', 'numpy', 'pandas')
import cftime, h5py, hdf5plugin, numpy as np, pandas as pd

from cf_driver import Driver

warnings.simplefilter('ignore')

R, G = generators(chosen_seed(3))
N = 2000
PARTS = ['year', 'month', 'day', 'hour', 'minute', 'second', 'microsecond', 'dayofyear', 'weekday']
COMPARE = {
    '==': operator.eq,
    '!=': operator.ne,
    '<': operator.lt,
    '<=': operator.le,
    '>': operator.gt,
    '>=': operator.ge,
}
DATES = ['2001', '2001-05', '2001-05-01', '2001-05-01T06', '2001-05-01T06:30:15', '1999-12-31',
         '2001-05-01T06:30:15.250000', '1960-02-29T12:00', '2200-01-01']  # fmt: skip
failures = checks = 0


class Calc(Driver):
    def run(self, expression, **inputs):
        results, error = super().run(expression, **inputs)
        if error:
            raise SystemExit(f'FAILED: {expression}: {error}')
        return results[0] if results else None

    def error(self, expression, **inputs):
        return super().run(expression, **inputs)[1]


def check(what, got, want):
    global failures, checks
    checks += 1
    want = np.asarray(want)
    if got.dtype == want.dtype and np.array_equal(got, want, equal_nan=want.dtype.kind == 'f'):
        return
    failures += 1
    print(f'FAILED: {what}: {got.dtype}{got.shape}, not {want.dtype}{want.shape}')
    bad = (got != want) & ~((got != got) & (want != want))
    for k in np.flatnonzero(np.atleast_1d(bad))[:3]:
        print('   at', k, np.atleast_1d(got)[k], 'not', np.atleast_1d(want)[k])


# ---- Columns ----


def instants(unit, missing):
    """Random times of that resolution, some the very dates that are compared with."""
    t = pd.to_datetime(G.integers(-300_000_000, 4_000_000_000, N), unit='s')
    t = pd.Series(t.astype('datetime64[ns]')) + pd.to_timedelta(G.integers(0, 10**9, N), unit='ns')
    dates = [pd.Timestamp(d) for d in DATES]
    t[:: 97] = [R.choice(dates) for _ in t[:: 97]]
    t = t.dt.floor({'D': 'D', 's': 's', 'ms': 'ms', 'us': 'us', 'ns': 'ns'}[unit])
    if missing:
        t = t.mask(G.random(N) < 0.05)
    return t


def make_table(shoal, folder):
    units = {'day': 'D', 'at': 's', 'late': 's', 'fine': 'ms', 'finer': 'us', 'finest': 'ns'}
    frame = pd.DataFrame({k: instants(u, k != 'late') for k, u in units.items()})
    csv = os.path.join(folder, 't.csv')
    text = frame.copy()
    for k, u in units.items():
        f = '%Y-%m-%d' if u == 'D' else '%Y-%m-%d %H:%M:%S' + ('' if u == 's' else '.%f')
        text[k] = frame[k].dt.strftime(f)
        if u == 'ns':
            text[k] = [
                None if pd.isna(v) else v.strftime('%Y-%m-%d %H:%M:%S') + f'.{v.value % 10**9:09d}'
                for v in frame[k]
            ]
    text.to_csv(csv, index=False)
    table = os.path.join(folder, 't.h5')
    types = [f'--type={k}=time[{u}]' for k, u in units.items()]
    subprocess.run([shoal, 'ingest', '-q', csv, '-o', f'{table}:/t', '--chunk=300', *types],
                   check=True)  # fmt: skip
    return frame, {'': f'{table}:/t'}


def columns(driver, frame, table):
    for name, t in frame.items():
        for part in PARTS:
            want = getattr(t.dt, part).astype('f8').to_numpy()
            check(f'{part}({name})', driver.run(f'{part}({name})', **table), want)
        check(f'isnat({name})', driver.run(f'isnat({name})', **table), t.isna())
        alone = {'x': f'{table[""]}/{name}'}  # the column by its own path
        check(f'isnat({name}), alone', driver.run('isnat(x)', **alone), t.isna())
        check(f'day({name}), alone', driver.run('day(x)', **alone), t.dt.day.to_numpy('f8'))
        for date in DATES:
            for op in COMPARE:
                want = COMPARE[op](t, pd.Timestamp(date))
                got = driver.run(f'{name} {op} "{date}"', **table)
                check(f'{name} {op} {date}', got, want)
                want = COMPARE[op](pd.Timestamp(date), t)
                got = driver.run(f'"{date}" {op} {name}', **table)
                check(f'{date} {op} {name}', got, want)
        for other, u in frame.items():
            for op in COMPARE:
                want = COMPARE[op](t, u)
                got = driver.run(f'{name} {op} {other}', **table)
                check(f'{name} {op} {other}', got, want)

    def count(d, ns):
        """A Timedelta column in units of so many nanoseconds."""
        return np.where(d.isna(), np.nan, d.to_numpy().astype('i8') // ns)

    some = [pd.Timestamp(d) for d in DATES[:3]]
    got = driver.run('isin(at, ["{}", "{}", "{}"])'.format(*DATES[:3]), **table)
    check('isin', got, frame['at'].isin(some))
    got = driver.run('isin(at, [{}])'.format(', '.join(f'"{d}"' for d in DATES[:3] * 30)), **table)
    check('isin, many', got, frame['at'].isin(some))
    seconds = lambda d: count(d, 10**9)
    check('at - late', driver.run('at - late', **table), seconds(frame['at'] - frame.late))
    check('late - day', driver.run('late - day', **table), seconds(frame.late - frame.day))
    check('finer - at', driver.run('finer - at', **table),
          count(frame.finer - frame['at'], 1000))
    check('at - date', driver.run('at - "2001-05-01"', **table),
          seconds(frame['at'] - pd.Timestamp('2001-05-01')))
    check('date - at', driver.run('"2001-05-01" - at', **table),
          seconds(pd.Timestamp('2001-05-01') - frame['at']))
    check('at + 3600', driver.run('hour(at + 3600)', **table),
          (frame['at'] + pd.Timedelta(hours=1)).dt.hour.astype('f8').to_numpy())
    check('isnat(at + 5)', driver.run('isnat(5 + at)', **table), frame['at'].isna())
    check('a slice', driver.run('month(at[100:900:7])', **table),
          frame['at'][100:900:7].dt.month.astype('f8').to_numpy())
    first, last = (frame['at'].agg(f).value / 10**9 for f in ('min', 'max'))
    check('nanmin', driver.run('nanmin(at)', **table), np.float64(first))
    check('nanmax', driver.run('nanmax(at)', **table), np.float64(last))
    check('count', driver.run('count(at)', **table), np.int64(frame['at'].notna().sum()))
    check('year of the last', driver.run('year(nanmax(at))', **table),
          np.float64(frame['at'].max().year))
    out = os.path.join(os.path.dirname(table[''].split(':')[0]), 'out.h5')
    driver.run('late + 60', output=f'{out}:/x', **table)
    with h5py.File(out) as f:
        back = cftime.num2date(f['x'][:9], f['x'].attrs['units'], f['x'].attrs['calendar'])
    want = (frame.late[:9] + pd.Timedelta(minutes=1)).dt.strftime('%Y-%m-%d %H:%M:%S')
    check('written', np.array([str(d) for d in back]), want.to_numpy().astype('U'))
    check('counted', driver.run('sum((year(at) == 2001) & (at >= "2001-06"))', **table),
          np.int64(((frame['at'].dt.year == 2001) & (frame['at'] >= '2001-06-01')).sum()))


# ---- netCDF ----

CALENDARS = ['standard', 'proleptic_gregorian', 'julian', 'noleap', 'all_leap', '360_day']


def cf_parts(values, units, calendar):
    dates = cftime.num2date(values, units, calendar, only_use_cftime_datetimes=True)
    rename = {'dayofyear': 'dayofyr', 'weekday': 'dayofwk'}
    return dates, {p: np.array([getattr(d, rename.get(p, p)) for d in dates]) for p in PARTS}


def dataset(f, name, values, units, calendar, **attributes):
    d = f.create_dataset(name, data=values, chunks=(len(values) // 3,))
    d.attrs['units'] = units
    if calendar:
        d.attrs['calendar'] = calendar
    for k, v in attributes.items():
        d.attrs[k] = v


def netcdf(driver, folder):
    path = os.path.join(folder, 'c.h5')
    cases = []
    with h5py.File(path, 'w') as f:
        for calendar in CALENDARS:
            for unit, span, dtype in (
                ('days', 800_000, 'i4'), ('hours', 20_000_000, 'i8'), ('days', 3_000_000, 'f8'),
                ('hours', 5_000_000, 'f4'), ('seconds', 10**11, 'f8'), ('minutes', 10**9, 'i8'),
                ('milliseconds', 10**13, 'i8'), ('hours', 60_000, 'u2'),
            ):  # fmt: skip
                first = R.choice(['1850-01-01', '0001-01-01', '2000-02-28 06:30:00', '1582-10-20'])
                values = G.integers(-span if dtype != 'u2' else 0, span, 300)
                values[0] = 0
                if dtype[0] == 'f':
                    values = values / 8
                name = f'v{len(cases)}'
                units = f'{unit} since {first}'
                values = values.astype(dtype)
                wide = values.astype('f8' if dtype[0] == 'f' else 'i8')
                dates, _ = cf_parts(wide, units, calendar)
                values = values[[d.year > 0 for d in dates]]  # cftime has no year 0 in some
                dataset(f, name, values, units, None if calendar == 'standard' else calendar)
                cases.append((name, values, units, calendar))
    for name, values, units, calendar in cases:
        wide = values.astype('f8' if values.dtype.kind == 'f' else 'i8')
        dates, parts = cf_parts(wide, units, calendar)
        t = {'t': f'{path}:/{name}'}
        kind = 'f8' if values.dtype.kind == 'f' else 'i8'
        for part in PARTS:
            if part == 'dayofyear':  # cftime counts the days that 1582 did not have
                short = np.array([calendar == 'standard' and d.year == 1582 for d in dates])
                parts[part] = np.where(short, driver.run('dayofyear(t)', **t), parts[part])
            what = f'{part} of {values.dtype} {units} {calendar}'
            check(what, driver.run(f'{part}(t)', **t), parts[part].astype(kind))
        at = R.choice(dates)
        other = R.choice(dates)
        month = other.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        for text, date in (
            (str(at).replace(' ', 'T'), at),
            (f'{other.year:04d}-{other.month:02d}', month),
        ):
            for op in COMPARE:
                want = np.array([COMPARE[op](d, date) for d in dates])
                got = driver.run(f't {op} "{text}"', **t)
                check(f't {op} {text} {units} {calendar}', got, want)
        check('a difference', driver.run('t[1:] - t[:-1]', **t), values[1:] - values[:-1])


def two_units(driver, folder):
    path = os.path.join(folder, 'two.h5')
    a, b = G.integers(0, 50000, 300), G.integers(0, 2000, 300)
    f8 = b / 4
    f8[7] = np.nan
    with h5py.File(path, 'w') as f:
        dataset(f, 'a', a, 'hours since 2000-01-01', None)
        dataset(f, 'b', b, 'days since 2001-03-04 12:00', 'gregorian')
        dataset(f, 'c', f8, 'days since 2001-03-04', 'standard')
        dataset(f, 'd', b, 'days since 2001-03-04', 'noleap')
        dataset(f, 'm', b.astype('i2'), 'days since 2001-03-04', None, _FillValue=np.int16(b[3]))
    v = {k: f'{path}:/{k}' for k in 'abcdm'}
    first = pd.Timestamp('2001-03-04T12') - pd.Timestamp('2000-01-01')
    hours = b * 24 + first // pd.Timedelta('1h')
    check('a - b', driver.run('a - b', **v), (a - hours).astype('f8'))
    for op in COMPARE:
        check(f'a {op} b', driver.run(f'a {op} b', **v), COMPARE[op](a, hours))
    check('NaN', np.isnan(driver.run('month(c)', **v)), np.isnan(f8))
    check('NaN compared', driver.run('c > "1990"', **v), ~np.isnan(f8))
    masked = driver.run('year(m)', **v)
    check('masked', np.isnan(masked), b == b[3])
    for expression, reason in (
        ('b - d', 'two calendars'),
        ('month(a - b)', 'works on times'),
        ('a > "2001-02-30"', 'is no date'),
        ('d > "2004-02-29"', 'is no date of the calendar (noleap)'),
        ('a + b', 'times are not added'),
        ('a + "2001"', 'times are not added'),
        ('a * "2001"', 'a text can only be compared'),
    ):
        error = driver.error(expression, **v)
        check(f'{expression}: {error}', np.array(reason in (error or '')), True)


def date_text(date):
    """As the command line writes it: no more of it than there is to say."""
    text = date.strftime('%Y-%m-%d')
    if (date.hour, date.minute, date.second, date.microsecond) != (0, 0, 0, 0):
        text += f'T{date.hour:02d}:{date.minute:02d}'
    if (date.second, date.microsecond) != (0, 0):
        text += f':{date.second:02d}'
    return text + (f'.{date.microsecond:06d}' if date.microsecond else '')


def printed(shoal, folder):
    """Times are printed as dates, missing ones as NaT; as JSON they stay numbers with units."""
    path = os.path.join(folder, 'printed.h5')
    units = 'minutes since 2000-02-28'
    for calendar in ('standard', 'noleap', '360_day', 'julian'):
        for dtype in ('i4', 'u2', 'i8', 'f4', 'f8'):
            values = G.integers(0, 60000, 12).astype(dtype)
            want = [date_text(d) for d in cftime.num2date(values.tolist(), units, calendar)]
            if dtype[0] == 'f':
                values[[2, 5]] = np.nan
                want[2] = want[5] = 'NaT'
            with h5py.File(path, 'w') as f:
                dataset(f, 't', values, units, calendar)
            words = [shoal, 'calc', 'a = t; b = t[3]; c = max(t[6:])', f'{path}:/t']
            got = subprocess.run(words, capture_output=True, text=True, check=True).stdout
            lines = got.replace('[', ' ').replace(']', ' ').split()
            last = want[6 + int(np.argmax(values[6:]))]
            expected = ['a', '=', *want, 'b', '=', want[3], 'c', '=', last]
            check(f'printed {calendar} {dtype}: {got}', np.array(lines), np.array(expected))
            got = subprocess.run([*words, '--json'], capture_output=True, text=True, check=True)
            result = json.loads(got.stdout)['results'][0]
            numbers = np.array([np.nan if v is None else v for v in result['value']]).astype('f8')
            check('JSON', numbers, values.astype('f8'))
            check('units', np.array([result['units'], result['calendar']]),
                  np.array([units, calendar]))


def nanoseconds(shoal, folder):
    """These are told to the last digit, the latest before midnight too."""
    path = os.path.join(folder, 'ns.h5')
    day, last = 86400 * 10**9, 2**63 - 1
    values = [k * day - R.choice([1, 999, 1000, 10**9, 0]) for k in range(-20, 20)]
    values += [G.integers(-last, last), last, -last, 0, 60 * 10**9]
    with h5py.File(path, 'w') as f:
        dataset(f, 't', np.array(values, 'i8'), 'nanoseconds since 1970-01-01',
                'proleptic_gregorian')
    got = subprocess.run([shoal, 'calc', 't', f'{path}:/t'], capture_output=True, text=True)
    want = []
    for v in values:
        full = str(np.datetime64(int(v), 'ns'))
        fine = full if v % 1000 else date_text(pd.Timestamp(int(v)))
        want.append(fine)
    check('nanoseconds', np.array(got.stdout.strip('[]\n').split()), np.array(want))


def main():
    driver = Calc(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        frame, table = make_table(sys.argv[2], folder)
        columns(driver, frame, table)
        netcdf(driver, folder)
        two_units(driver, folder)
        printed(sys.argv[2], folder)
        nanoseconds(sys.argv[2], folder)
    print(f'{checks} checks, {failures} failed')
    return 1 if failures else 0


sys.exit(main())
