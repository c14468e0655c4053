"""The array API standard, as far as the language has its functions: the special cases of the
element-wise functions, type promotion, results' types and shapes, from tables of our own after the
standard's text; and the public suite array-api-tests, where ARRAY_API_TESTS names a checkout of it.

usage: test_array_api.py CALC_DRIVER [suite]        suite: the public one alone
"""

import itertools, os, subprocess, sys

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'array_api')
sys.path.insert(0, HERE)
os.environ['SHOAL_CALC_DRIVER'] = sys.argv[1]
from shared_case import need

need('numpy')
import shoal_array_api as xp, numpy as np

np.seterr(all='ignore')
pi = np.pi
names = {'inf': np.inf, 'nan': np.nan, 'pi': pi, 'tiny': 1e-30}
count, failures = 0, 0


def check(good, text):
    global count, failures
    count += 1
    if not good:
        failures += 1
        print('FAILED:', text)


def same(got, want, dtype):
    """Equal with the sign of a zero; angles are compared as numbers of the type."""
    if np.isnan(want):
        return np.isnan(got)
    if want == 0 or np.isinf(want):
        return got == want and np.signbit(got) == np.signbit(want)
    return abs(got - want) <= 4 * np.finfo(dtype).eps * abs(want)


# ---- special cases: x > result, of real floats ----

UNARY = {
    'abs': 'nan>nan -0.0>0.0 -inf>inf inf>inf -2>2',
    'acos': 'nan>nan 1.5>nan -1.5>nan inf>nan -inf>nan 1>0.0 -1>pi 0.0>pi/2',
    'acosh': 'nan>nan 0.5>nan -1>nan -inf>nan 1>0.0 inf>inf',
    'asin': 'nan>nan 1.5>nan -1.5>nan inf>nan 0.0>0.0 -0.0>-0.0 1>pi/2 -1>-pi/2',
    'asinh': 'nan>nan 0.0>0.0 -0.0>-0.0 inf>inf -inf>-inf',
    'atan': 'nan>nan 0.0>0.0 -0.0>-0.0 inf>pi/2 -inf>-pi/2',
    'atanh': 'nan>nan -1.5>nan 1.5>nan inf>nan -1>-inf 1>inf 0.0>0.0 -0.0>-0.0',
    'ceil': 'inf>inf -inf>-inf 0.0>0.0 -0.0>-0.0 nan>nan -0.5>-0.0 1.2>2 3>3',
    'cos': 'nan>nan 0.0>1 -0.0>1 inf>nan -inf>nan',
    'cosh': 'nan>nan 0.0>1 -0.0>1 inf>inf -inf>inf',
    'exp': 'nan>nan 0.0>1 -0.0>1 inf>inf -inf>0.0',
    'expm1': 'nan>nan 0.0>0.0 -0.0>-0.0 inf>inf -inf>-1',
    'floor': 'inf>inf -inf>-inf 0.0>0.0 -0.0>-0.0 nan>nan -0.5>-1 1.8>1 3>3',
    'log': 'nan>nan -1>nan -inf>nan 0.0>-inf -0.0>-inf 1>0.0 inf>inf',
    'log1p': 'nan>nan -1.5>nan -inf>nan -1>-inf -0.0>-0.0 0.0>0.0 inf>inf',
    'log2': 'nan>nan -1>nan 0.0>-inf -0.0>-inf 1>0.0 inf>inf 8>3',
    'log10': 'nan>nan -1>nan 0.0>-inf -0.0>-inf 1>0.0 inf>inf 1000>3',
    'negative': 'nan>nan inf>-inf -inf>inf 0.0>-0.0 -0.0>0.0',
    'reciprocal': 'nan>nan inf>0.0 -inf>-0.0 0.0>inf -0.0>-inf',
    'round': 'inf>inf -inf>-inf 0.0>0.0 -0.0>-0.0 nan>nan 0.5>0.0 1.5>2 2.5>2 -0.5>-0.0 -2.5>-2',
    'sign': '-3>-1 0.0>0.0 3>1 nan>nan inf>1 -inf>-1 tiny>1',
    'sin': 'nan>nan 0.0>0.0 -0.0>-0.0 inf>nan -inf>nan',
    'sinh': 'nan>nan 0.0>0.0 -0.0>-0.0 inf>inf -inf>-inf',
    'sqrt': 'nan>nan -1>nan -inf>nan 0.0>0.0 -0.0>-0.0 inf>inf',
    'square': 'nan>nan inf>inf -inf>inf -0.0>0.0',
    'tan': 'nan>nan 0.0>0.0 -0.0>-0.0 inf>nan -inf>nan',
    'tanh': 'nan>nan 0.0>0.0 -0.0>-0.0 inf>1 -inf>-1',
    'trunc': 'inf>inf -inf>-inf 0.0>0.0 -0.0>-0.0 nan>nan -0.5>-0.0 0.5>0.0 -1.8>-1',
}  # fmt: skip
TESTS = {
    'isfinite': 'nan>0 inf>0 -inf>0 -0.0>1 1e30>1',
    'isinf': 'nan>0 inf>1 -inf>1 0.0>0 1e30>0',
    'isnan': 'nan>1 inf>0 -inf>0 0.0>0',
    'signbit': '0.0>0 -0.0>1 inf>0 -inf>1 2>0 -2>1',
    'logical_not': 'nan>0 0.0>1 -0.0>1 inf>0 tiny>0',
}
BINARY = {
    'add': '''nan,1>nan 1,nan>nan inf,-inf>nan -inf,inf>nan inf,inf>inf -inf,-inf>-inf inf,3>inf
        -inf,3>-inf 3,inf>inf 3,-inf>-inf -0.0,-0.0>-0.0 -0.0,0.0>0.0 0.0,-0.0>0.0 0.0,0.0>0.0
        0.0,3>3 -0.0,3>3 3,-3>0.0''',
    'subtract': '''nan,1>nan inf,inf>nan -inf,-inf>nan inf,-inf>inf 0.0,0.0>0.0 -0.0,0.0>-0.0
        0.0,-0.0>0.0 -0.0,-0.0>0.0 3,inf>-inf 3,-inf>inf''',
    'multiply': '''nan,1>nan inf,0.0>nan -inf,-0.0>nan 0.0,inf>nan inf,inf>inf inf,-inf>-inf
        inf,-2>-inf -2,inf>-inf -0.0,3>-0.0 -0.0,-3>0.0 0.0,-3>-0.0''',
    'divide': '''nan,1>nan 1,nan>nan inf,inf>nan inf,-inf>nan 0.0,0.0>nan -0.0,0.0>nan 0.0,3>0.0
        -0.0,3>-0.0 0.0,-3>-0.0 -0.0,-3>0.0 3,0.0>inf 3,-0.0>-inf -3,0.0>-inf -3,-0.0>inf inf,3>inf
        inf,-3>-inf -inf,3>-inf -inf,-3>inf 3,inf>0.0 3,-inf>-0.0 -3,inf>-0.0 -3,-inf>0.0''',
    'remainder': '''nan,1>nan 1,nan>nan inf,inf>nan inf,3>nan 0.0,0.0>nan 3,0.0>nan 0.0,3>0.0
        -0.0,3>0.0 0.0,-3>-0.0 -0.0,-3>-0.0 3,inf>3 3,-inf>-inf -3,inf>inf -3,-inf>-3 3,3>0.0
        -3,3>0.0 3,-3>-0.0 -3,-3>-0.0''',
    'floor_divide': '''nan,1>nan 1,nan>nan inf,inf>nan 0.0,0.0>nan -0.0,0.0>nan 0.0,3>0.0
        -0.0,3>-0.0 0.0,-3>-0.0 -0.0,-3>0.0 3,0.0>inf 3,-0.0>-inf -3,0.0>-inf -3,-0.0>inf 3,inf>0.0
        -3,-inf>0.0''',
    'pow': '''nan,0.0>1 nan,-0.0>1 3,0.0>1 inf,0.0>1 nan,3>nan 3,nan>nan 1,nan>1 2,inf>inf
        -2,inf>inf 2,-inf>0.0 -2,-inf>0.0 1,inf>1 1,-inf>1 -1,inf>1 -1,-inf>1 0.5,inf>0.0
        -0.5,inf>0.0 0.5,-inf>inf -0.5,-inf>inf inf,3>inf inf,-3>0.0 -inf,3>-inf -inf,2>inf
        -inf,0.5>inf -inf,-3>-0.0 -inf,-2>0.0 0.0,3>0.0 0.0,-3>inf -0.0,3>-0.0 -0.0,2>0.0
        -0.0,-3>-inf -0.0,-2>inf -3,0.5>nan''',
    'atan2': '''nan,1>nan 1,nan>nan 3,0.0>pi/2 3,-0.0>pi/2 0.0,3>0.0 0.0,0.0>0.0 0.0,-0.0>pi
        0.0,-3>pi -0.0,3>-0.0 -0.0,0.0>-0.0 -0.0,-0.0>-pi -0.0,-3>-pi -3,0.0>-pi/2 -3,-0.0>-pi/2
        3,inf>0.0 3,-inf>pi -3,inf>-0.0 -3,-inf>-pi inf,3>pi/2 -inf,3>-pi/2 inf,inf>pi/4
        inf,-inf>3*pi/4 -inf,inf>-pi/4 -inf,-inf>-3*pi/4''',
    'copysign': '0.0,-1>-0.0 -0.0,1>0.0 2,-0.0>-2 -2,0.0>2 inf,-1>-inf nan,1>nan 2,-inf>-2',
    'hypot': '''inf,3>inf 3,inf>inf -inf,nan>inf nan,inf>inf nan,3>nan 3,nan>nan 0.0,-3>3
        -0.0,0.0>0.0''',
    'logaddexp': 'nan,1>nan 1,nan>nan inf,1>inf 1,inf>inf -inf,-inf>-inf -inf,2>2',
    'maximum': 'nan,1>nan 1,nan>nan inf,-inf>inf 2,3>3',
    'minimum': 'nan,1>nan 1,nan>nan inf,-inf>-inf 2,3>2',
    'nextafter': 'nan,1>nan 1,nan>nan 0.0,-0.0>-0.0 -0.0,0.0>0.0 2,2>2',
}  # fmt: skip
COMPLEX = {
    'exp': '0.0,0.0>1,0.0 inf,0.0>inf,0.0 nan,0.0>nan,0.0 -inf,inf>0,0 1,inf>nan,nan nan,1>nan,nan',
    'sqrt': '0.0,0.0>0.0,0.0 -0.0,0.0>0.0,0.0 1,inf>inf,inf nan,inf>inf,inf -inf,1>0.0,inf '
        'inf,1>inf,0.0',
    'log': '-0.0,0.0>-inf,pi 0.0,0.0>-inf,0.0 inf,nan>inf,nan -inf,inf>inf,3*pi/4 inf,inf>inf,pi/4',
    'cosh': '0.0,0.0>1,0.0 inf,0.0>inf,0.0 nan,nan>nan,nan inf,nan>inf,nan',
    'sinh': '0.0,0.0>0.0,0.0 inf,0.0>inf,0.0 nan,nan>nan,nan inf,nan>inf,nan',
    'tanh': '0.0,0.0>0.0,0.0 inf,nan>1,0.0 nan,0.0>nan,0.0 nan,1>nan,nan',
    'acos': '0.0,0.0>pi/2,-0.0 1,inf>pi/2,-inf inf,1>0.0,-inf -inf,1>pi,-inf '
        '-inf,inf>3*pi/4,-inf nan,inf>nan,-inf',
    'acosh': '0.0,0.0>0.0,pi/2 1,inf>inf,pi/2 -inf,1>inf,pi inf,1>inf,0.0 inf,inf>inf,pi/4 '
        'inf,nan>inf,nan',
    'asinh': '0.0,0.0>0.0,0.0 1,inf>inf,pi/2 inf,1>inf,0.0 inf,inf>inf,pi/4 inf,nan>inf,nan '
        'nan,0.0>nan,0.0',
    'atanh': '0.0,0.0>0.0,0.0 0.0,nan>0.0,nan 1,0.0>inf,0.0 1,inf>0.0,pi/2 inf,1>0.0,pi/2 '
        'inf,nan>0.0,nan',
}  # fmt: skip


def cases(text):
    for case in text.split():
        given, want = case.split('>')
        yield case, [eval(g, names) for g in given.split(',')], [
            float(eval(w, names)) for w in want.split(',')]  # fmt: skip


def special_cases():
    for name, text in (UNARY | BINARY).items():
        f = getattr(xp, name)
        for dtype in ('f4', 'f8'):
            rows = list(cases(text))
            columns = [xp.Array(np.array(c, dtype)) for c in zip(*(r[1] for r in rows))]
            # once as one array, so that vector loops and their ends see each
            out = f(*columns)._a
            for k, (case, given, (want,)) in enumerate(rows):
                check(same(out[k], want, dtype), f'{name} {dtype} {case}: {out[k]!r}')
    for name, text in TESTS.items():
        for case, given, (want,) in cases(text):
            for dtype in ('f4', 'f8'):
                out = getattr(xp, name)(xp.Array(np.array(given[0], dtype)))._a
                check(out.dtype == bool and out == want, f'{name} {dtype} {case}: {out!r}')
    for name, text in COMPLEX.items():
        for case, given, want in cases(text):
            for dtype, part in (('c8', 'f4'), ('c16', 'f8')):
                z = np.empty((), dtype)
                z.real, z.imag = given
                out = getattr(xp, name)(xp.Array(z))._a
                good = same(out.real, want[0], part) and same(out.imag, want[1], part)
                check(good, f'{name} {dtype} {case}: {out!r}')


# ---- types and shapes ----

SIGNED, UNSIGNED = ['int8', 'int16', 'int32', 'int64'], ['uint8', 'uint16', 'uint32', 'uint64']
FLOATS = ['float32', 'float64', 'complex64', 'complex128']


def promoted(a, b):
    """The standard's tables; None where it defines nothing."""
    for family in (SIGNED, UNSIGNED):
        if a in family and b in family:
            return max(a, b, key=family.index)
    if a in FLOATS and b in FLOATS:
        double = '64' in (a[5:], b[5:]) or '128' in (a[7:], b[7:])
        kind = 'complex' if 'c' in a[0] + b[0] else 'float'
        return kind + str((64 if double else 32) * (2 if kind == 'complex' else 1))
    if ({a in SIGNED, b in SIGNED} == {True, False}
            and {a in UNSIGNED, b in UNSIGNED} == {True, False}):
        s, u = (a, b) if a in SIGNED else (b, a)
        bits = max(SIGNED.index(s), UNSIGNED.index(u) + 1)
        return SIGNED[bits] if bits < 4 else None
    return 'bool' if a == b == 'bool' else None


def promotion():
    for a, b in itertools.product(['bool'] + SIGNED + UNSIGNED + FLOATS, repeat=2):
        want = promoted(a, b)
        if not want:
            continue
        x, y = xp.Array(np.ones((2, 1), a)), xp.Array(np.ones(3, b))
        calls = [('where', lambda: xp.where(xp.Array(np.array(True)), x, y))]
        calls.append(('concat', lambda: xp.concat([x, xp.Array(np.ones((1, 1), b))])))
        if want != 'bool':
            calls += [(n, lambda n=n: getattr(xp, n)(x, y))
                      for n in ('add', 'subtract', 'multiply')]
            calls.append(('pow', lambda: xp.pow(x, y)))
        if want in SIGNED + UNSIGNED or want == 'bool':
            calls += [(n, lambda n=n: getattr(xp, n)(x, y)) for n in ('bitwise_and', 'bitwise_xor')]
        if 'float' in want or 'complex' in want:
            calls.append(('divide', lambda: xp.divide(x, y)))
        for name, call in calls:
            out = call()._a
            good = out.dtype == want and out.shape == ((2, 3) if name != 'concat' else (3, 1))
            check(good, f'{name}({a}, {b}): {out.dtype} {out.shape}, not {want}')
        out = xp.equal(x, y)._a
        check(out.dtype == bool and out.all(), f'equal({a}, {b}): {out.dtype}')
    # Python's numbers take the array's type
    for a, s in [(t, 2) for t in SIGNED + UNSIGNED + FLOATS] + [(t, 0.5) for t in FLOATS]:
        x = xp.Array(np.ones(3, a))
        check((x + s).dtype == a and (s * x).dtype == a, f'{a} with the number {s}')


def reductions():
    for a in ['bool'] + SIGNED + UNSIGNED + FLOATS:
        x = xp.Array(np.ones((2, 0, 3) if a == 'int8' else (2, 4, 3), a))
        default = 'int64' if a in SIGNED + ['bool'] else 'uint64' if a in UNSIGNED else a
        for name, want in [('sum', default), ('prod', default), ('any', 'bool'), ('all', 'bool')]:
            for axis, shape in [(None, ()), (1, (2, 3)),
                    (-3, (x.shape[1], 3)), ((0, 2), (x.shape[1],))]:
                out = getattr(xp, name)(x, axis=axis)
                check((out.dtype, out.shape) == (want, shape), f'{name}({a}, {axis}): {out!r}')
                kept = getattr(xp, name)(x, axis=axis, keepdims=True).shape
                axes = range(3) if axis is None else np.atleast_1d(axis) % 3
                want_kept = tuple(1 if k in axes else n for k, n in enumerate(x.shape))
                check(kept == want_kept, f'{name}({a}, {axis}, keepdims): {kept}')
        for b in SIGNED + UNSIGNED + FLOATS:
            if a.startswith('complex') and not b.startswith('complex'):
                continue
            r = np.arange(300).astype(a)  # sums beyond the narrow types, which wrap
            y = xp.Array(r)
            for name, of in [('sum', np.sum), ('prod', np.prod), ('cumulative_sum', np.cumsum),
                             ('cumulative_prod', np.cumprod)]:  # fmt: skip
                part = y if 'sum' in name else xp.Array(r[:4])
                out, want = getattr(xp, name)(part, dtype=b)._a, of(part._a, dtype=b)
                good = out.dtype == want.dtype and np.array_equal(out, want)
                check(good, f'{name}({a}, dtype={b}): {out!r}, not {want!r}')
        if a in FLOATS:
            for name in ('mean', 'std', 'var') if 'float' in a else ('mean',):
                check(getattr(xp, name)(x, axis=1).dtype == a, f'{name}({a})')
    for text in ('max({0}, dtype=float32)', 'any({0}, dtype=int8)', 'sum({0}, ddof=1)'):
        try:
            xp.calc(text, xp.Array(np.ones(3)))
            check(False, f'{text} is taken')
        except xp.Failed as e:
            check('takes no' in str(e), str(e))


# ---- the public suite ----


def suite():
    folder = os.environ.get('ARRAY_API_TESTS')
    if not folder:
        print('skipped: the public suite is not on PyPI: ARRAY_API_TESTS names no checkout of it')
        return 77
    env = dict(
        os.environ, PYTHONPATH=HERE, ARRAY_API_TESTS_MODULE='shoal_array_api',
        ARRAY_API_TESTS_VERSION='2024.12', ARRAY_API_TESTS_XFAIL_MARK='skip',
    )  # fmt: skip
    command = [sys.executable, '-m', 'pytest', '-q', '-p', 'no:cacheprovider', '--tb=short',
               '--disable-deadline', '--max-examples=3', '--hypothesis-derandomize',
               f'--xfails-file={HERE}/left_out.txt', 'array_api_tests']  # fmt: skip
    return subprocess.run(command, cwd=folder, env=env).returncode


if sys.argv[2:] == ['suite']:
    sys.exit(suite())
special_cases()
promotion()
reductions()
print(f'{count} checks, {failures} failed')
sys.exit(failures > 0)
