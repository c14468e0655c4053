"""Dates of CF's calendars against cftime: values to dates, and the periods that texts name.

usage: test_cf_time.py CF_TIME_DRIVER [SEED]
"""

import random, subprocess, sys, warnings

from shared_case import chosen_seed, need

need('cftime')
import cftime

R = random.Random(chosen_seed(2))
warnings.simplefilter("ignore")

CALENDARS = ['standard', 'gregorian', 'proleptic_gregorian', 'julian', 'noleap', '365_day']
CALENDARS += ['all_leap', '366_day', '360_day']
UNITS = {'microseconds': 1, 'milliseconds': 10**3, 'seconds': 10**6, 'minutes': 60 * 10**6}
UNITS.update(hours=3600 * 10**6, days=86400 * 10**6)


def iso(d):
    text = f'{d.year:04d}-{d.month:02d}-{d.day:02d}'
    if d.hour or d.minute or d.second or d.microsecond:
        text += f'T{d.hour:02d}:{d.minute:02d}'
    if d.second or d.microsecond:
        text += f':{d.second:02d}'
    return text + (f'.{d.microsecond:06d}' if d.microsecond else '')


def random_date(calendar):
    while True:
        year = R.choice([R.randrange(1, 3000), R.randrange(1575, 1590), R.randrange(1890, 2110)])
        parts = [year, R.randrange(1, 13), R.randrange(1, 32)]
        parts += [R.randrange(24), R.randrange(60), R.randrange(60)]
        try:
            return cftime.datetime(*parts, calendar=calendar)
        except ValueError:
            continue


def time_case():
    calendar, unit = R.choice(CALENDARS), R.choice(list(UNITS))
    reference = random_date(calendar)
    text = R.choice(
        [
            f'{reference.year:04d}-{reference.month:02d}-{reference.day:02d}',
            f'{reference.year}-{reference.month}-{reference.day} {reference.hour}:0:0',
            f'{reference.year:04d}-{reference.month:02d}-{reference.day:02d}T00:00:00',
            f'{reference.year:04d}-{reference.month:02d}-{reference.day:02d} 06:30:15.0',
            f'{reference.year:04d}-{reference.month:02d}-{reference.day:02d} 12:00:00 +01:30',
            f'{reference.year:04d}-{reference.month:02d}-{reference.day:02d} 12:00:00 UTC',
        ]
    )
    days = R.choice([10, 1000, 100000, 1000000])
    value = R.randrange(-days, days) * (86400 * 10**6) // UNITS[unit]
    value += R.randrange(-(10**4), 10**4)
    if unit in ('hours', 'days') and R.random() < 0.3:
        value += R.choice([0.25, 0.5, 0.125])
    units = f'{unit} since {text}'
    try:
        want = iso(cftime.num2date(value, units, calendar))
    except (ValueError, OverflowError):
        return None
    if want.startswith('-') or want.startswith('0000'):
        return None  # where cftime and astronomers count years differently
    return f'T\t{units}\t{calendar}\t{value!r}', want


def next_of(text, calendar, date, precision):
    microseconds = {2: 86400 * 10**6, 3: 3600 * 10**6, 4: 60 * 10**6, 5: 10**6}
    if precision >= 2:
        return microseconds[precision]
    year, month = (date.year + 1, 1) if precision == 0 else (date.year, date.month + 1)
    year, month = (year + 1, 1) if month == 13 else (year, month)
    later = cftime.datetime(year, month, 1, calendar=calendar)
    return cftime.date2num(later, 'microseconds since 1970-01-01', calendar) - cftime.date2num(
        date, 'microseconds since 1970-01-01', calendar
    )


def period_case():
    calendar, precision = R.choice(CALENDARS), R.randrange(6)
    d = random_date(calendar)
    parts = [d.year, d.month, d.day, d.hour, d.minute, d.second]
    floor = [d.year, 1, 1, 0, 0, 0]
    floor[: precision + 1] = parts[: precision + 1]
    try:
        begin = cftime.datetime(*floor, calendar=calendar)
    except ValueError:
        return None
    text = ''.join(
        f'{sep}{p:0{4 if k == 0 else 2}d}'
        for k, (sep, p) in enumerate(zip(['', '-', '-', R.choice('T '), ':', ':'], parts))
        if k <= precision
    )
    start = cftime.date2num(begin, 'microseconds since 1970-01-01', calendar)
    end = start + next_of(text, calendar, begin, precision)
    return f'P\t{calendar}\t{text}', f'{start} {end}'


FIXED = [
    ('T\tmonths since 2000-01-01\tstandard\t1', 'none'),
    ('T\tdegrees_north\t\t1', 'none'),
    ('T\tdays\t\t1', 'none'),
    ('T\tdays since 2000-13-01\t\t1', 'none'),
    ('T\tdays since 2001-02-29\tnoleap\t1', 'none'),
    ('T\tdays since 2001-02-30\t360_day\t1', '2001-03-01'),
    ('T\tdays since 1582-10-04\tstandard\t1', '1582-10-15'),
    ('T\tdays since 1582-10-10\tstandard\t1', 'none'),
    ('T\tdays since 2000-01-01\tmayan\t1', 'none'),
    ('T\thours since 2000-01-01 00:00:0.0\t\t5', '2000-01-01T05:00'),
    ('T\td since 2000\t\t31', '2000-02-01'),
    ('P\tstandard\t2001-02-29', 'none'),
    ('P\tstandard\t2001-1x', 'none'),
    ('P\tstandard\t', 'none'),
    ('P\tstandard\t2001-01-01T25', 'none'),
    ('P\tstandard\t1970-01-01T00:00:00.5', '500000 600000'),
    ('P\tstandard\t1970-01-01T00:00:00.123456789', '123456 123457'),
]


def main():
    cases = list(FIXED)
    cases += [c for c in (time_case() for _ in range(4000)) if c]
    cases += [c for c in (period_case() for _ in range(2000)) if c]
    done = subprocess.run(
        [sys.argv[1]], input='\n'.join(c[0] for c in cases) + '\n', capture_output=True, text=True
    )
    answers = done.stdout.split('\n')
    failed = [(c, a) for c, a in zip(cases, answers) if c[1] != a]
    for (line, want), got in failed[:20]:
        print(f'FAILED {line!r}: {got!r} for {want!r}')
    print(f'{len(cases)} dates, {len(failed)} failed')
    sys.exit(bool(failed) or done.returncode != 0 or len(answers) != len(cases) + 1)


if __name__ == '__main__':
    main()
