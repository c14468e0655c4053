"""Random expressions against NumPy 2: values, shapes and result types, over random datasets.

usage: test_expressions.py CALC_DRIVER [N] [SEED]
"""

import os, re, sys, tempfile, warnings

from shared_case import chosen_seed, generators, need

need('h5py', 'hdf5plugin', 'numpy')
import h5py, hdf5plugin, numpy as np
from cf_driver import Driver

warnings.simplefilter('ignore')
np.seterr(all='ignore')
N = int(sys.argv[2]) if len(sys.argv) > 2 else 3000
R, G = generators(chosen_seed(3))

INTS = ['i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8']
FLOATS = ['f2', 'f4', 'f8']
COMPLEX = ['c8', 'c16']


def values(dtype, shape):
    kind = np.dtype(dtype).kind
    if kind == 'b':
        return G.integers(0, 2, shape).astype('?')
    if kind in 'iu':
        i = np.iinfo(dtype)
        a = G.integers(-20 if kind == 'i' else 0, 20, shape).astype(dtype)
        wild = G.random(shape) < 0.1
        big = G.integers(i.min, i.max, shape, dtype=dtype, endpoint=True)
        return np.where(wild, big, a).astype(dtype)
    a = np.round(G.standard_normal(shape) * 8, 2)
    if kind == 'c':
        return (a + 1j * np.round(G.standard_normal(shape) * 8, 2)).astype(dtype)
    special = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-30, 6e4])
    pick = special[G.integers(0, len(special), shape)]
    return np.where(G.random(shape) < 0.08, pick, a).astype(dtype)


def shape_pool():
    full = [
        (37, 23),
        (64, 128),
        (5, 7, 11),
        (3, 40, 50),
        (1000,),
        (4, 3, 6, 5),
        (20000,),
        (2, 1, 9),
        (1, 1),
        (0, 4),
        (6, 0, 3),
    ]
    groups = []
    for s in full:
        views = [
            s,
            s,
            s[1:],
            s[-1:],
            (1,) * len(s),
            tuple(1 if R.random() < 0.5 else n for n in s),
            (),
        ]
        groups.append([v for v in views if v is not None])
    return groups


def make_file(path):
    arrays = []  # per group: list of (name, array)
    with h5py.File(path, 'w') as f:
        for g, views in enumerate(shape_pool()):
            group = []
            for j, dtype in enumerate(['?'] + INTS + FLOATS * 3 + COMPLEX):
                for shape in R.sample(views, 3):
                    name = f'g{g}_{j}_{len(group)}'
                    a = values(dtype, shape)
                    options = {}
                    if shape and 0 not in shape and R.random() < 0.8:
                        options['chunks'] = tuple(R.randint(1, n) for n in shape)
                        if np.prod(options['chunks']) * 200 < a.size:
                            options['chunks'] = tuple(max(1, n // 3) for n in shape)
                        options.update(
                            R.choice(
                                [
                                    {},
                                    dict(compression='gzip', shuffle=True),
                                    hdf5plugin.Blosc('lz4', 5, 1),
                                    hdf5plugin.Blosc('zstd', 3, 2),
                                ]
                            )
                        )
                    stored = (
                        a.astype(a.dtype.newbyteorder('>'))
                        if R.random() < 0.1 and a.dtype.kind != 'b'
                        else a
                    )
                    f.create_dataset(name, data=stored, **options)
                    group.append((name, a))
            arrays.append(group)
    return arrays


BINARY = ['+', '-', '*', '/', '//', '%', '**']
COMPARE = ['<', '<=', '>', '>=', '==', '!=']
BITS = ['&', '|', '^']
UNARY_EXACT = [
    'abs',
    'sqrt',
    'floor',
    'ceil',
    'trunc',
    'rint',
    'sign',
    'square',
    'negative',
    'isnan',
    'isinf',
    'isfinite',
    'logical_not',
    'positive',
    'conjugate',
    'real',
    'imag',
    'signbit',
    'fabs',
]
BINARY_EXACT = [
    'minimum',
    'maximum',
    'fmin',
    'fmax',
    'copysign',
    'logical_and',
    'logical_or',
    'logical_xor',
    'fmod',
    'remainder',
    'floor_divide',
    'not_equal',
    'less',
]
INEXACT = [
    'sin',
    'cos',
    'tan',
    'exp',
    'expm1',
    'log',
    'log1p',
    'log2',
    'log10',
    'exp2',
    'cbrt',
    'arctan',
    'arcsin',
    'arccos',
    'sinh',
    'cosh',
    'tanh',
    'arcsinh',
    'arccosh',
    'arctanh',
    'radians',
    'degrees',
]
REDUCE = [
    'sum',
    'prod',
    'mean',
    'var',
    'std',
    'min',
    'max',
    'argmin',
    'argmax',
    'any',
    'all',
    'count_nonzero',
    'nansum',
    'nanmean',
    'nanmin',
    'nanmax',
    'nanvar',
    'nanstd',
    'nanprod',
    'nanargmin',
    'nanargmax',
    'count',
]
TYPES = ['float32', 'float64', 'int32', 'int64', 'int16', 'float16', 'bool', 'complex128', 'uint8']


def literal():
    return R.choice(
        ['2', '3', '-1', '0', '7', '0.5', '2.0', '1e-3', '-3.25', 'True', 'nan', 'inf', '100', '1j']
    )


def leaf(group, used):
    name, array = R.choice(group)
    used[name] = array
    if array.ndim and R.random() < 0.15:
        return f'{name}{subscript(array.shape)}'
    return name


def subscript(shape):
    items = []
    for n in shape:
        c = R.random()
        if c < 0.35 or n == 0:
            items.append(':')
        elif c < 0.5:
            items.append(str(R.randint(-n, n - 1)))
        else:
            part = lambda: R.choice(['', str(R.randint(-n - 2, n + 2))])
            items.append(
                f'{part()}:{part()}' + R.choice(['', '', f':{R.choice([1, 2, 3, -1, -2])}'])
            )
    if R.random() < 0.2:
        items.insert(R.randint(0, len(items)), R.choice(['None', '...']))
    while len(items) > 1 and R.random() < 0.2 and '...' not in items:
        items.pop()
    return '[' + ', '.join(items) + ']'


def exact(group, used, depth):
    if depth == 0 or R.random() < 0.15:
        return literal() if R.random() < 0.25 else leaf(group, used)
    c = R.random()
    sub = lambda: exact(group, used, depth - 1)
    if c < 0.40:
        return f'({sub()} {R.choice(BINARY[:6])} {sub()})'
    if c < 0.50:
        return f'({sub()} {R.choice(COMPARE)} {sub()})'
    if c < 0.56:
        return f'({sub()} {R.choice(BITS)} {sub()})'
    if c < 0.70:
        return f'{R.choice(UNARY_EXACT)}({sub()})'
    if c < 0.80:
        return f'{R.choice(BINARY_EXACT)}({sub()}, {sub()})'
    if c < 0.88:
        return f'where({sub()}, {sub()}, {sub()})'
    if c < 0.94:
        return f'({sub()}).astype({R.choice(TYPES)})'
    return f'(-{sub()})'


def reduction(group, used):
    x = leaf(group, used) if R.random() < 0.5 else exact(group, used, 1)
    f = R.choice(REDUCE)
    arg = ''
    if R.random() < 0.6:
        axis = R.choice(['0', '-1', '1', '(0, 1)', '(0, -1)', 'None'])
        if f.endswith(('argmin', 'argmax')) and '(' in axis:
            axis = '0'
        arg = f', axis={axis}'
    if R.random() < 0.25 and f not in ('count_nonzero', 'count'):
        arg += ', keepdims=True'
    if f.endswith(('var', 'std')) and R.random() < 0.3:
        arg += ', ddof=1'
    return f, f'{f}({x}{arg})', x, arg


def count(x, axis=None):
    return np.sum(~np.isnan(x), axis=axis, dtype='i8')


def settled(name):
    """Of zeros of both signs NumPy takes either one, as the length and the place of the elements
    have it; here it is the second of minimum and maximum, the first of fmin and fmax."""

    def function(x, y):
        value = getattr(np, name)(x, y)
        if np.asarray(value).dtype.kind != 'f':
            return value
        x, y = (np.asarray(v).astype(value.dtype) for v in (x, y))
        taken = np.broadcast_to(y if name in ('minimum', 'maximum') else x, np.shape(value))
        return np.where((x == 0) & (y == 0), taken, value)[()]

    return function


def make_environment(used):
    env = {
        n: getattr(np, n)
        for n in UNARY_EXACT
        + BINARY_EXACT
        + INEXACT
        + REDUCE[:-1]
        + TYPES
        + ['where', 'nan', 'inf', 'arctan2', 'hypot', 'power']
    }
    env.update({n: settled(n) for n in ('minimum', 'maximum', 'fmin', 'fmax')})
    env.update(used, count=count, astype=None)
    for n in TYPES:
        env[n] = np.dtype(n)
    return env


def numpy_value(expr, env):
    try:
        return np.asarray(eval(expr, {'__builtins__': {}}, env)), None
    except Exception as e:
        return None, e


class Calc(Driver):
    def run(self, expr, **parts):
        """The results as arrays, (type, shape) of those in a file; and the line of an error."""
        out, error = [], None
        for answer in self.ask(expr, parts):
            if isinstance(answer, str):
                error = answer
                continue
            dtype, shape, data = answer
            is_here = data or 0 in shape
            out.append(np.frombuffer(data, dtype).reshape(shape) if is_here else (dtype, shape))
        return out, error


def same_bits(a, b):
    return np.array_equal(a, b, equal_nan=a.dtype.kind in 'fc')


def close(a, b, ulps, scale=None):
    if a.dtype.kind == 'c':
        parts = [(a.real, b.real), (a.imag, b.imag)]
        # an error of one part is relative to the magnitude of the whole
        m = np.abs(b.astype('c16'))
        return all(close_real(x, y, ulps, m) for x, y in parts)
    return close_real(a, b, ulps, scale)


def close_real(a, b, ulps, scale=None):
    eps = np.finfo(a.dtype).eps
    a8, b8 = a.astype('g'), b.astype('g')
    same = (a8 == b8) | (np.isnan(a8) & np.isnan(b8))
    size = np.abs(b8) if scale is None else np.maximum(np.abs(b8), scale)
    tiny = np.finfo(a.dtype).smallest_subnormal
    return bool(np.all(same | (np.abs(a8 - b8) <= ulps * (eps * size + tiny))))


def complex_close(got, want, used):
    """NumPy's complex arithmetic fuses multiplications where the machine can: a few eps of the
    type that was computed in; what is decided by such values may differ in rare places"""
    if want.dtype.kind not in 'fc':
        return np.mean(got != want) < 0.01
    single = any(a.dtype in ('c8', 'f4', 'f2') for a in used.values())
    return close(got, want, 16 * 2**29 if single and want.dtype in ('c16', 'f8') else 16)


def reduced_ok(f, got, x, arg, env):
    """a float reduction: within rounding of a computation in extended precision"""
    x = np.asarray(x)
    kw = eval(f'dict({arg[2:]})', {}, {}) if arg else {}
    wide = x.astype('G' if x.dtype.kind == 'c' else 'g')
    want = np.asarray(getattr(np, f)(wide, **kw))
    size = np.abs(wide)
    size = np.where(np.isfinite(size), size, 0)
    skw = {k: v for k, v in kw.items() if k != 'ddof'}
    if f in ('sum', 'nansum'):
        scale = np.sum(size, **skw)
    elif f in ('mean', 'nanmean'):
        scale = np.mean(size, **skw) if x.size else 0
    elif f.endswith(('var', 'std')):
        scale = None
    else:
        scale = None
    ulps = 4 if f in ('sum', 'nansum', 'mean', 'nanmean') else 64 if 'prod' in f else 32
    if f in ('sum', 'nansum', 'mean', 'nanmean') and scale is not None and np.size(scale):
        scale = np.asarray(scale) * 2.0**-8 if got.dtype.itemsize < 8 else np.asarray(scale) * 4
    if 'prod' in f:
        if x.dtype.kind == 'c' and not np.isfinite(x).all():
            return True  # and so does which part of an infinite product is NaN
        if x.size > 2000:
            return True  # the order of the products decides where it overflows
        ulps = 4 * max(8, x.size)
    with np.errstate(all='ignore'):
        return close(got, want.astype(got.dtype), ulps, scale)


def file_equal(driver, expr, used, path, got):
    """the same expression to chunks of a file, read by h5py"""
    out = os.path.join(os.path.dirname(path), 'out.h5')
    extra = {}
    if R.random() < 0.5:
        extra['@chunk'] = ','.join(str(R.randint(max(1, n // 5), n + 1)) for n in got.shape)
    _, error = driver.run(
        expr,
        **{'@threads': R.choice([1, 2, 3]), '@output': f'{out}:/x'},
        **extra,
        **{n: f'{path}:/{n}' for n in used},
    )
    if error:
        print(error, extra)
        return False
    with h5py.File(out) as f:
        back = f['x'][()]
    return back.dtype == got.dtype and back.shape == got.shape and same_bits(back, got)


def main():
    folder = tempfile.TemporaryDirectory()
    path = os.path.join(folder.name, 'pool.h5')
    groups = make_file(path)
    driver = Calc(sys.argv[1])
    counts = dict(equal=0, refused=0)
    failures = 0
    while counts['equal'] < N and failures <= 20:
        group, used = R.choice(groups), {}
        c = R.random()
        f = x = arg = None
        if c < 0.50:
            kind, expr = 'exact', exact(group, used, R.randint(1, 3))
        elif c < 0.65:
            kind, expr = 'inexact', f'{R.choice(INEXACT)}({exact(group, used, 1)})'
            if R.random() < 0.3:
                two = R.choice(['arctan2', 'hypot', 'power'])
                expr = f'{two}({leaf(group, used)}, {exact(group, used, 1)})'
        elif c < 0.90:
            kind = 'reduce'
            f, expr, x, arg = reduction(group, used)
        else:
            kind = 'exact'
            f, expr, x, arg = reduction(group, used)
            kind = 'mixed'
            inner, outer = expr, leaf(group, used)
            expr = f'{outer} - {inner}'
        if not used:
            continue
        env = make_environment(used)
        if re.search(r'(real|imag)\(-?[0-9.nitTF]', expr):
            continue  # Python's own, before NumPy sees it
        if '.astype' in expr and any(
            t in expr for t in ('(True).astype', '(nan).astype', '(inf).astype')
        ):
            continue
        want, problem = numpy_value(expr, env)
        if problem is not None and isinstance(problem, AttributeError):
            continue  # a Python scalar's method
        if isinstance(problem, TypeError) and 'not supported between' in str(problem):
            continue  # Python's complex literals have no order, NumPy's have
        if want is not None and want.dtype.kind not in '?biufc':
            continue
        if want is not None and want.nbytes > 16 << 20:
            continue
        out, error = driver.run(
            expr,
            **{'@threads': R.choice([1, 2, 3]), '@memory': 64 << 20},
            **{n: f'{path}:/{n}' for n in used},
        )
        context = f'{expr}\n   ' + ', '.join(f'{n}: {a.dtype}{a.shape}' for n, a in used.items())
        if problem is not None:
            if error is None and 'negative integer powers' in str(problem):
                counts[
                    'refused'
                ] += 1  # documented: arrays of negative exponents are not looked for
            elif error is None:
                print(f'FAILED: NumPy refuses ({problem}), shoal does not: {context}')
                failures += 1
            else:
                counts['refused'] += 1
            continue
        if error is not None:
            print(f'FAILED: {error}: {context}')
            failures += 1
            continue
        got = out[0]
        if got.dtype != want.dtype or got.shape != want.shape:
            print(f'FAILED: {got.dtype}{got.shape}, NumPy {want.dtype}{want.shape}: {context}')
            failures += 1
            continue
        if kind == 'exact' or (kind != 'mixed' and want.dtype.kind not in 'fc'):
            complex_math = any(a.dtype.kind == 'c' for a in used.values()) or '1j' in expr
            ok = same_bits(got, want) or (complex_math and complex_close(got, want, used))
        elif kind == 'inexact':
            ok = close(got, want, 64 if want.dtype.kind == 'c' else 4)
        elif kind == 'reduce':
            ok = same_bits(got, want) or reduced_ok(
                f, got, eval(x, {'__builtins__': {}}, env), arg, env
            )
        else:
            # the reduction's own value is checked elsewhere: here, that it is used rightly
            alone, _ = driver.run(inner, **{n: f'{path}:/{n}' for n in used})
            env['m'] = alone[0]
            want = numpy_value(f'{outer} - m', env)[0]
            ok = same_bits(got, want)
        if ok and want.ndim and R.random() < 0.25:
            ok = file_equal(driver, expr, used, path, got)
        if ok:
            counts['equal'] += 1
        else:
            failures += 1
            bad = ~((got == want) | ((got != got) & (want != want)))
            k = tuple(np.argwhere(np.atleast_1d(bad))[0]) if bad.any() else ()
            a, b = np.atleast_1d(got)[k], np.atleast_1d(want)[k]
            print(f'FAILED: {a!r}, NumPy {b!r} at {k}: {context}')
    print(f'{counts["equal"]} equal, {counts["refused"]} refused by both, {failures} failed')
    sys.exit(1 if failures else 0)


main()
