"""Frames that pandas' HDFStore wrote open as tables: columns by name, text, times, bools and
categories. The oracle is pandas.read_hdf of random frames.

usage: test_pandas_frames.py CALC_DRIVER SHOAL [SEED]
"""

import io, json, os, subprocess, sys, tempfile, warnings

from shared_case import chosen_seed, generators, need

need('h5py', 'numpy', 'pandas', 'tables')
import h5py, numpy as np, pandas as pd, tables
from cf_driver import OneResult

R, G = generators(chosen_seed(3))
warnings.simplefilter('ignore')

WORDS = ['', 'a', 'yy', 'zzz', 'ñandú', 'Ω m', 'with "quotes"', 'x,y']


def random_column(n, fixed):
    kind = R.choice(['f8', 'f4', 'i8', 'i4', 'u1', 'bool', 'time', 'text', 'category'])
    if kind == 'bool':
        return G.random(n) < 0.5
    if kind == 'time':
        t = np.datetime64('1969-12-30', 'ns') + G.integers(0, 1 << 52, n).astype('m8[ns]')
        t[G.random(n) < 0.1] = np.datetime64('NaT')
        return t
    if kind == 'text' and not fixed:
        return G.choice(np.array(WORDS[1:], object), n)
    if kind == 'category' and not fixed:
        words = R.sample(WORDS[1:], R.randint(2, 5))
        codes = G.integers(-1, len(words), n)
        return pd.Categorical.from_codes(codes, words)
    if kind in ('text', 'category'):
        kind = 'f8'
    values = (G.random(n) * 100).astype(kind)
    if kind[0] == 'f':
        values[G.random(n) < 0.1] = np.nan
    return values


def frame(fixed):
    n = R.randint(1, 60)
    names = ['a', 'b c', 'ñ', 'Ω', 'back\\slash', 'c1', 'c2', 'c3', "it's", 'values']
    names = R.sample(names, R.randint(1, len(names)))
    if R.random() < 0.2:
        names.append('index')
    df = pd.DataFrame({name: random_column(n, fixed) for name in names})
    how = R.randrange(4)
    if how == 0:
        df.index = pd.date_range('2001-01-01', periods=n, freq='7h')
    elif how == 1 and n > 1:
        df.index = [f'row {k}' for k in range(n)]
    elif how == 2:
        df.index = np.arange(n) * 0.5
    return df


def expected(df):
    """the frame with its index as a column, as text of csv is read back"""
    out = df.copy()
    if 'index' not in out.columns:
        out.insert(0, 'index', out.index)
    return out.reset_index(drop=True)


def same(got, want):
    """a column of strings, read from csv, and the one that it stands for"""
    if want.dtype.kind == 'M':
        times = pd.to_datetime(got.where(got != ''))
        return (times.isna() == want.isna()).all() and times.dropna().equals(want.dropna())
    if want.dtype == bool:
        return list(got) == [str(bool(v)) for v in want]
    if isinstance(want.dtype, pd.CategoricalDtype) or want.dtype == object:
        return list(got) == ['' if pd.isna(v) else v for v in want]
    if want.dtype.kind == 'f':
        numbers = np.array([np.nan if v == '' else float(v) for v in got], want.dtype)
        return np.array_equal(numbers, want.values, equal_nan=True)
    return [int(v) for v in got] == [int(v) for v in want]


def exported(shoal, path, key):
    done = subprocess.run([shoal, 'export', f'{path}:/{key}', '--format', 'csv', '-o', '-'],
                          capture_output=True)
    if done.returncode:
        return None, done.stderr.decode()
    text = io.StringIO(done.stdout.decode())
    return pd.read_csv(text, dtype=str, keep_default_na=False), None


def check(driver, shoal, path, key, df, failures):
    want = expected(pd.read_hdf(path, key))
    got, error = exported(shoal, path, key)
    if error:
        return failures.append(f'{key}: {error}')
    if sorted(got.columns) != sorted(want.columns) or len(got) != len(want):
        return failures.append(f'{key}: {list(got.columns)} for {list(want.columns)}')
    for name in want.columns:
        if not same(got[name], want[name]):
            failures.append(f'{key}: {name}: {list(got[name])} for {list(want[name])}'[:500])
    plain = [c for c in ('c1', 'c2', 'c3', 'a') if c in df and df[c].dtype.kind in 'fiub']
    for name in plain:
        value, error = driver.run(name, t=f'{path}:/{key}')
        if error or value.dtype != df[name].dtype or not np.array_equal(
            value, df[name].values, equal_nan=df[name].dtype.kind == 'f'
        ):
            failures.append(f'{key}: {name} is {error or value} for {df[name].values}')
    for name in df:
        if name in ('a', 'c1') and df[name].dtype == object:
            value, error = driver.run(f'count_nonzero({name} == "yy")', t=f'{path}:/{key}')
            if error or value != (df[name] == 'yy').sum():
                failures.append(f'{key}: {name} == "yy": {error or value}')
        if name in ('a', 'c1') and df[name].dtype.kind == 'M':
            value, error = driver.run(f'year({name}[0:1])', t=f'{path}:/{key}')
            if not pd.isna(df[name].iloc[0]) and (error or value[0] != df[name].iloc[0].year):
                failures.append(f'{key}: year({name}): {error or value}')


def shown(shoal, path, key, df, failures):
    command = [shoal, 'info', '--json', f'{path}:/{key}']
    done = subprocess.run(command, capture_output=True, text=True)
    columns = json.loads(done.stdout)['objects'][0].get('columns', [])
    names = {c['name'] for c in columns}
    if names != set(expected(df).columns) or any(c['n_rows'] != len(df) for c in columns):
        failures.append(f'info {key}: {columns} for {list(df.columns)}')
    text = subprocess.run([shoal, 'info', f'{path}:/{key}'], capture_output=True, text=True).stdout
    if f'{len(names)} column' not in text or 'pandas' not in text:
        failures.append(f'info {key}: {text}')


def not_understood(driver, shoal, folder, failures):
    """pickles that are more than lists of names are not run, and the members stay what they are"""
    path = folder + '/odd.h5'
    df = pd.DataFrame({'a': [1.5, 2.5], 'b': [3.5, 4.5]})
    df.to_hdf(path, key='df', format='table')
    objects = pd.DataFrame({'s': ['x', 'yy'], 'n': [1, 2]})
    objects.to_hdf(path, key='fixed', format='fixed')
    evil = b"cos\nsystem\n(S'touch " + folder.encode() + b"/ran'\ntR."
    thrice, cut = b'(lp0\nVa\np1\nag1\nag1\na.', b'(lp0\nVa\n'
    for pickle in (evil, thrice, cut, b'', b'\x80\x05]', b'(lg9\n.', b']]a.', b'(((((((', b'N.'):
        with h5py.File(path, 'a') as f:
            f['df/table'].attrs['values_block_0_kind'] = np.bytes_(pickle)
        value, error = driver.run('values_block_0', t=f'{path}:/df')
        if error or not np.array_equal(value, df.values):
            failures.append(f'{pickle}: {error or value}')
    if os.path.exists(folder + '/ran'):
        failures.append('a pickle was run')
    value, error = driver.run('sum(n)', t=f'{path}:/fixed')
    if error or value != 3:
        failures.append(f'fixed: {error or value}')
    _, error = driver.run('s', t=f'{path}:/fixed')
    if not error or 'pickled' not in error:
        failures.append(f'pickled objects: {error}')
    command = [shoal, 'ingest', '--append', '-', '--format', 'csv', '-o', f'{path}:/fixed']
    done = subprocess.run(command, input='index,s,n\n2,z,3\n', capture_output=True, text=True)
    if done.returncode == 0 or "another program's" not in done.stderr:
        failures.append(f'append: {done.returncode} {done.stderr}')


def main():
    failures, n = [], 0
    driver, shoal = OneResult(sys.argv[1]), sys.argv[2]
    with tempfile.TemporaryDirectory() as folder:
        path = folder + '/frames.h5'
        for k in range(10):
            fixed = k % 3 == 2
            df, key = frame(fixed), f'k{k}'
            more = {}
            if not fixed and R.random() < 0.4:
                more['data_columns'] = [c for c in df if c in ('a', 'c1', 'c2')]
            df.to_hdf(path, key=key, format='fixed' if fixed else 'table', **more)
            check(driver, shoal, path, key, df, failures)
            shown(shoal, path, key, df, failures)
            n += 1
        not_understood(driver, shoal, folder, failures)
    for f in failures[:20]:
        print('FAILED', f)
    print(f'{n} frames, {len(failures)} failed')
    sys.exit(bool(failures))


if __name__ == '__main__':
    main()
