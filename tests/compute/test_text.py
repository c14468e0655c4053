"""Text columns: fixed text, categories and h5py's fixed strings, compared, searched and changed,
against pandas and Python.

usage: test_text.py CALC_DRIVER SHOAL [SEED]
"""

import os, random, subprocess, sys, tempfile

from shared_case import chosen_seed, need

need('h5py', 'hdf5plugin', 'numpy', 'pandas')
import h5py, hdf5plugin, numpy as np, pandas as pd

from cf_driver import Driver

R = random.Random(chosen_seed(3))
N = 3000
COMPARE = ['==', '!=', '<', '<=', '>', '>=']
failures = checks = 0

# Letters whose other case takes two bytes too, one for one.
LETTERS = [
    chr(c)
    for first, last in ((0xB5, 0xB6), (0xC0, 0x180), (0x370, 0x530), (0x531, 0x587))
    for c in range(first, last)
]


def one_for_one(c):
    def fits(to):
        return to == c or (len(to) == 1 and len(to.encode()) == 2 and ord(to) >= 0xB5)

    return c == 'ß' or (c.isprintable() and fits(c.upper()) and fits(c.lower()))


# sigma's lower case depends on its place; and letters of other blocks stay as they are
LETTERS = [c for c in LETTERS if one_for_one(c) and c not in 'Σİı' and ord(c) not in (0x149, 0x17F)]


def check(what, got, want):
    global failures, checks
    checks += 1
    want = np.asarray(want)
    if want.dtype.kind in 'OU':
        want = np.array([v.encode() for v in want.ravel().tolist()]).reshape(want.shape)
        ok = got.dtype.kind == 'S' and got.shape == want.shape and (got == want).all()
    else:
        ok = got.dtype == want.dtype and np.array_equal(got, want)
    if not ok:
        failures += 1
        print(f'FAILED: {what}: {got.dtype}{got.shape}, not {want.dtype}{want.shape}')
        bad = np.argwhere(np.atleast_1d(got != want)) if got.shape == want.shape else []
        for k in map(tuple, bad[:3]):
            print('   at', k, np.atleast_1d(got)[k], 'not', np.atleast_1d(want)[k])


def word():
    n = R.choice([0, 1, 1, 2, 3, 5, 9])
    alphabet = R.choice(['ab', 'abAB ', 'xyzXYZ019', LETTERS])
    return ''.join(R.choice(alphabet) for _ in range(n))


def quote(text):
    return '"' + text.replace('\\', '\\\\').replace('"', '\\"') + '"'


def make_table(shoal, folder):
    """A CSV with a text column, two of few values (missing ones too), and a number."""
    words = [word().strip() or 'a' for _ in range(N)]
    few = [word().strip() or 'b' for _ in range(9)]
    frame = pd.DataFrame(
        {
            'name': words,
            'kind': [R.choice(few + [None]) for _ in range(N)],
            'other': [R.choice(few[:5]) for _ in range(N)],
            'x': np.arange(N),
        }
    )
    frame.to_csv(os.path.join(folder, 't.csv'), index=False)
    table = os.path.join(folder, 't.h5')
    subprocess.run(
        [shoal, 'ingest', '-q', os.path.join(folder, 't.csv'), '-o', f'{table}:/t']
        + ['--type=name=text', '--type=kind=category', '--type=other=category', '--chunk=700'],
        check=True,
    )
    return frame, f'{table}:/t'


def compare_all(driver, frame, table):
    texts = {k: frame[k] for k in ('name', 'kind', 'other')}
    for column, values in texts.items():
        present = values.notna()
        literals = [R.choice(values.dropna().tolist()) for _ in range(4)]
        literals += ['', 'a', 'zzzz', 'a much longer text than any there is', 'Ж']
        for text in literals:
            for op in COMPARE:
                known = values.fillna('')
                want = eval(f'known {op} text') & (present | (op == '!='))
                want |= ~present & (op == '!=')
                got = driver.run(f'{column} {op} {quote(text)}', table)
                check(f'{column} {op} {text!r}', got, want)
                turned = eval(f'text {op} known') & present | ~present & (op == '!=')
                got = driver.run(f'{quote(text)} {op} {column}', table)
                check(f'{text!r} {op} {column}', got, turned)
            for f, method in (('startswith', 'startswith'), ('endswith', 'endswith')):
                want = getattr(values.fillna('').str, method)(text) & present
                check(f'{f} {text!r}', driver.run(f'{f}({column}, {quote(text)})', table), want)
            part = text[1:3]
            want = values.fillna('').str.contains(part, regex=False) & present
            got = driver.run(f'contains({column}, {quote(part)})', table)
            check(f'contains {part!r}', got, want)
        full = values.fillna('')
        lengths = full.str.len().astype('i8')
        check(f'length {column}', driver.run(f'length({column})', table), lengths)
        for f in ('upper', 'lower', 'strip'):
            check(f'{f} {column}', driver.run(f'{f}({column})', table), getattr(full.str, f)())
        some = [R.choice(values.dropna().tolist()) for _ in range(3)]
        got = driver.run(f'isin({column}, [{", ".join(map(quote, some))}])', table)
        check(f'isin {column}', got, values.isin(some))
        many = some + [word() for _ in range(90)]
        got = driver.run(f'isin({column}, [{", ".join(map(quote, many))}])', table)
        check(f'isin {column}, many', got, values.isin(many))
    for a in texts:
        for b in texts:
            both = texts[a].notna() & texts[b].notna()
            for op in COMPARE:
                want = eval(f'texts[a].fillna("") {op} texts[b].fillna("")')
                want = want & both if op != '!=' else want | ~both
                check(f'{a} {op} {b}', driver.run(f'{a} {op} {b}', table), want)
    check('mixed', driver.run('where(upper(kind[5:900:3]) == "AB", x[5:900:3], -1)', table),
          np.where(texts['kind'].fillna('').str.upper()[5:900:3] == 'AB', frame.x[5:900:3], -1))
    check('counted', driver.run('sum(contains(name, "a") & (kind != "a"))', table),
          np.sum(texts['name'].str.contains('a') & (texts['kind'] != 'a')))


def arrays_of_h5py(driver, folder):
    """Fixed strings of any shape, also against each other with broadcasting."""
    path = os.path.join(folder, 'a.h5')
    a = np.array([[word() for _ in range(50)] for _ in range(40)], dtype=object)
    b = np.array([word() for _ in range(50)], dtype=object)
    fixed = lambda x, n: np.array([[v.encode() for v in row] for row in x], dtype=f'S{n}')
    with h5py.File(path, 'w') as f:
        f.create_dataset('a', data=fixed(a, 20), chunks=(7, 9))
        f['b'] = fixed([b], 30)[0]
        f.create_dataset('none', data=np.empty((0, 3), 'S4'))
        f['one'] = np.bytes_('abc')
    inputs = {k: f'{path}:/{k}' for k in ('a', 'b', 'none', 'one')}
    a8, b8 = fixed(a, 20), fixed([b], 30)[0]
    for op in COMPARE:
        check(f'a {op} b', driver.run(f'a {op} b', **inputs), eval(f'a8 {op} b8'))
        check(f'a {op} a[::-1]', driver.run(f'a {op} a[::-1]', **inputs), eval(f'a8 {op} a8[::-1]'))
        check(f'one {op} "abc"', driver.run(f'one {op} "abc"', **inputs), eval(f'"abc" {op} "abc"'))
        check('empty', driver.run(f'none {op} "abc"', **inputs), np.empty((0, 3), bool))
    check('upper of a slice', driver.run('upper(a[3:30:2, ::-1])', **inputs),
          np.vectorize(str.upper, otypes='O')(a[3:30:2, ::-1]))
    upper, lower = (np.vectorize(f, otypes='O')(a) for f in (str.upper, str.lower))
    again = np.vectorize(str.upper, otypes='O')(lower)
    check('upper of lower', driver.run('upper(lower(a))', **inputs), again)
    check('steps compared', driver.run('upper(lower(a)) == upper(a)', **inputs), again == upper)
    check('length', driver.run('max(length(a), axis=0)', **inputs),
          np.vectorize(len, otypes='q')(a).max(0))
    out = os.path.join(folder, 'out.h5')
    driver.run('upper(a)', **inputs, output=f'{out}:/u', chunk='11,13')
    with h5py.File(out) as f:
        check('written', f['u'][()], np.vectorize(str.upper, otypes='O')(a))


def every_letter(driver, folder):
    path = os.path.join(folder, 'letters.h5')
    with h5py.File(path, 'w') as f:
        f['x'] = np.array([c.encode() for c in LETTERS])
    for name in ('upper', 'lower'):
        want = [getattr(c, name)() for c in LETTERS]
        check(f'{name} of letters', driver.run(f'{name}(x)', x=f'{path}:/x'), want)


def refusals(driver, table):
    for expression, reason in (
        ('startswith(x, "a")', 'works on text, not on numbers'),
        ('startswith(name, 3)', 'in quotes'),
        ('startswith(name)', "lacks its argument 'text'"),
        ('upper(name, "a")', 'at most 1'),
        ('x == "a"', 'numbers are compared with a text'),
        ('"a" == "b"', 'one must be a column'),
        ('name + 1', "'add' does not work on text"),
        ('mean(upper(name))', 'does not work on text'),
    ):
        global failures, checks
        checks += 1
        error = driver.error(expression, table)
        if reason not in (error or ''):
            failures += 1
            print(f'FAILED: {expression}: {error}, without {reason!r}')


class Calc(Driver):
    def run(self, expression, table=None, **inputs):
        results, error = super().run(expression, **({'': table} if table else inputs))
        if error:
            raise SystemExit(f'FAILED: {expression}: {error}')
        return results[0] if results else None

    def error(self, expression, table):
        return super().run(expression, **{'': table})[1]


def main():
    driver = Calc(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        frame, table = make_table(sys.argv[2], folder)
        compare_all(driver, frame, table)
        arrays_of_h5py(driver, folder)
        every_letter(driver, folder)
        refusals(driver, table)
    print(f'{checks} checks, {failures} failed')
    return 1 if failures else 0


sys.exit(main())
