"""Every element-wise function, cast and composed function against NumPy 2: random arguments of
every type and rank 0 to 4, with empty and one-element axes, broadcast, over odd chunks. Many
expressions go into one call, so that tens of thousands of cases take a minute.

usage: test_functions.py CALC_DRIVER [N] [SEED]
"""

import os, sys, tempfile, warnings

from shared_case import chosen_seed, generators, need

need('h5py', 'hdf5plugin', 'numpy')
import h5py, hdf5plugin, numpy as np

from cf_driver import Driver

warnings.simplefilter('ignore')
np.seterr(all='ignore')
N = int(sys.argv[2]) if len(sys.argv) > 2 else 24000
R, G = generators(chosen_seed(3))
BATCH = 50

TYPES = '? i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16'.split()
SHAPES = [
    (), (1,), (0,), (5,), (2500,), (1, 1), (37, 23), (0, 4), (6, 0), (64, 40), (2, 1, 9),
    (5, 7, 11), (3, 0, 2), (4, 3, 6, 5), (2, 3, 1, 4), (1, 1, 1, 1), (1, 0, 2, 1), (3, 2, 40, 11),
]  # fmt: skip

# Functions that are equal bit by bit (NaN to NaN), and those within some ulp.
EXACT1 = """negative positive absolute fabs sign square sqrt floor ceil trunc rint round signbit
logical_not invert isnan isinf isfinite real imag conjugate spacing bitwise_count frexp_fraction
frexp_exponent modf_fraction modf_whole isposinf isneginf isreal iscomplex nan_to_num fix abs conj
bitwise_invert bitwise_not around""".split()
EXACT2 = """add subtract multiply divide floor_divide remainder fmod copysign heaviside nextafter
minimum maximum fmin fmax equal not_equal less less_equal greater greater_equal logical_and
logical_or logical_xor bitwise_and bitwise_or bitwise_xor left_shift right_shift gcd lcm ldexp mod
true_divide isclose bitwise_left_shift bitwise_right_shift""".split()
CLOSE1 = """reciprocal cbrt exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos arctan
sinh cosh tanh arcsinh arccosh arctanh degrees radians angle sinc acos acosh asin asinh atan atanh
deg2rad rad2deg""".split()
CLOSE2 = 'power pow float_power arctan2 atan2 hypot logaddexp logaddexp2'.split()
OPERATORS = '+ - * / // % ** < <= > >= == != & | ^ << >>'.split()
INTEXACT = {'power', 'pow', '**'}


def values(dtype, shape):
    kind = np.dtype(dtype).kind
    if kind == 'b':
        return G.integers(0, 2, shape).astype('?')
    if kind in 'iu':
        i = np.iinfo(dtype)
        a = G.integers(-9 if kind == 'i' else 0, 70, shape).astype(dtype)
        big = G.integers(i.min, i.max, shape, dtype=dtype, endpoint=True)
        return np.where(G.random(shape) < 0.15, big, a).astype(dtype)
    if kind == 'c':
        part = 'f4' if dtype == 'c8' else 'f8'
        a = np.empty(shape, dtype)
        a.real, a.imag = values(part, shape), values(part, shape)
        return a
    a = np.round(G.standard_normal(shape) * R.choice([1, 8, 8, 100]), 2)
    f = np.finfo(dtype)
    special = np.array(
        [np.nan, np.inf, -np.inf, -0.0, 0.0, 1, -1, 2, 0.5, f.max, f.tiny, f.smallest_subnormal]
    )
    pick = special[G.integers(0, len(special), shape)]
    return np.where(G.random(shape) < 0.15, pick, a).astype(dtype)


def views(shape):
    """Shapes that broadcast with this one."""
    return [
        shape,
        shape,
        shape[1:],
        tuple(1 if R.random() < 0.5 else n for n in shape),
        (),
    ]


def options(shape):
    if not shape or 0 in shape or R.random() < 0.2:
        return {}
    chunk = tuple(R.randint(1, n) for n in shape)
    if np.prod(chunk) * 100 < np.prod(shape):
        chunk = tuple(max(1, n // 3) for n in shape)
    codec = R.choice([{}, dict(compression='gzip', shuffle=True), hdf5plugin.Blosc('lz4', 5, 1)])
    return dict(chunks=chunk, **codec)


def make_file(path):
    groups = []
    with h5py.File(path, 'w') as f:
        for g, shape in enumerate(SHAPES):
            group = []
            for dtype in TYPES:
                for k, v in enumerate(R.sample(views(shape), 2)):
                    name = f'v{g}_{dtype.replace("?", "b")}_{k}'
                    a = values(dtype, v)
                    f.create_dataset(name, data=a, **options(v))
                    group.append((name, a))
            groups.append(group)
    return groups


# ---- Expressions: how a case is written, and how its result is compared ----

LITERALS = ['2', '3', '-1', '0', '0.5', '-3.25', '1e-3', 'nan', 'inf', '100', '1j', 'True', '[2]']


def pick(leaves):
    return R.choice(leaves)[0]


def side(leaves):
    return R.choice(LITERALS) if R.random() < 0.12 else pick(leaves)


def ordered_list(leaves):
    """A list that goes along the last axis of some leaf."""
    name, a = R.choice(leaves)
    n = a.shape[-1] if a.ndim else 1
    if not 0 < n <= 12:
        n = 1
    items = [R.choice(['1', '2', '-3', '0.25', 'True', 'nan', '4j', '7']) for _ in range(n)]
    if R.random() < 0.6:
        items = [str(R.randint(-9, 99)) for _ in range(n)]
    text = '[' + ', '.join(items) + ']'
    return text if R.random() < 0.7 else f'[{text}, {text}]' if R.random() < 0.1 else f'[{text}]'


def bool_of(leaves):
    found = [name for name, a in leaves if a.dtype == '?']
    return R.choice(found) if found and R.random() < 0.7 else f'({pick(leaves)} != 0)'


def composed(leaves):
    x = pick(leaves)
    c = R.randrange(15)
    if c == 0:
        low, high = (R.choice([side(leaves), 'None', '-5', '300', '0']) for _ in range(2))
        return R.choice([f'clip({x}, {low}, {high})', f'clip({x}, min={low}, max={high})'])
    if c == 1:
        n = R.randint(1, 3)
        conditions = ', '.join(bool_of(leaves) for _ in range(n))
        choices = ', '.join(side(leaves) for _ in range(n))
        default = f', {R.choice(["nan", "0", "7", pick(leaves)])}' if R.random() < 0.6 else ''
        return f'select([{conditions}], [{choices}]{default})'
    if c == 2:
        extra = R.choice(['', ', nan=3', ', posinf=1.0, neginf=-1.0', ', nan=0.5, posinf=7'])
        return f'nan_to_num({x}{extra})'
    if c == 3:
        extra = R.choice(['', ', equal_nan=True', ', rtol=0.1', ', 0.25, 2', ', atol=1.0'])
        return f'isclose({x}, {side(leaves)}{extra})'
    if c == 4:
        return f'angle({x}, deg=True)'
    if c == 5:
        return f'{R.choice(["frexp", "modf"])}({x})[{R.choice([0, 1, -1])}]'
    if c == 6:
        return f'divmod({x}, {side(leaves)})[{R.choice([0, 1])}]'
    if c == 7:
        return f'round({x}, {R.choice([0, 1, 2, -1, -2])})'
    if c == 8:
        return f'{x} {R.choice(OPERATORS[:6])} {ordered_list(leaves)}'
    if c == 9:
        return f'where({bool_of(leaves)}, {ordered_list(leaves)}, {x})'
    if c == 10:
        return f'complex({pick(leaves)}, {pick(leaves)})'
    if c == 11:
        return f'where({x}, {side(leaves)}, {side(leaves)})'
    if c == 14:
        some = ['1', '2', '-3', '0.25', '300', 'nan', '7', '0']
        items = ', '.join(R.choice(some) for _ in range(4))
        return f'isin({x}, [{items}])'
    if c == 13:
        axis = R.choice(['', ', axis=0', ', axis=-1', ', axis=(0, 1)', ', axis=0, keepdims=True'])
        along = R.choice(['', ', axis=-1', ', axis=0']) if R.random() < 0.2 else None
        if along:
            n = next(a for name, a in leaves if name == x).shape
            n = n[int(along[-2:].strip('='))] if n else 1
            if 0 < n < 12:
                return f'average({x}, weights={[R.randint(1, 9) for _ in range(n)]}{along})'
        shape = next(a for name, a in leaves if name == x).shape
        two = R.sample(range(len(shape)), 2) if len(shape) > 1 and R.random() < 0.3 else None
        if two and all(0 < shape[k] < 12 for k in two):
            w = [[R.randint(1, 9) for _ in range(shape[two[1]])] for _ in range(shape[two[0]])]
            return f'average({x}, axis={tuple(two)}, weights={w})'
        return f'average({x}{axis}{R.choice(["", f", weights=isfinite({x}) + 1"])})'
    return f'ptp({x}, axis={R.choice(["None", "0", "-1", "1"])}{R.choice(["", ", keepdims=True"])})'


def case(leaves):
    """(expression, how it is compared)"""
    c = R.random()
    if c < 0.25:
        return f'{R.choice(EXACT1)}({pick(leaves)})', 'exact'
    if c < 0.45:
        return f'{R.choice(EXACT2)}({pick(leaves)}, {side(leaves)})', 'exact'
    if c < 0.55:
        f = R.choice(OPERATORS)
        pair = R.sample([pick(leaves), side(leaves)], 2)
        return f'{pair[0]} {f} {pair[1]}', 'close' if f == '**' else 'exact'
    if c < 0.67:
        return f'{R.choice(CLOSE1)}({pick(leaves)})', 'close'
    if c < 0.75:
        f, y = R.choice(CLOSE2), side(leaves)
        if f.endswith(('power', 'pow')) and y == '0.5':
            y = '1.5'  # NumPy 2.4's own float32 roots are off by more than an ulp
        return f'{f}({pick(leaves)}, {y})', 'close'
    if c < 0.83:
        return f'astype({pick(leaves)}, {np.dtype(R.choice(TYPES)).name})', 'cast'
    return composed(leaves), 'composed'


def numpy_complex(re, im):
    re, im = np.asarray(re), np.asarray(im)
    if re.dtype.kind == 'c' or im.dtype.kind == 'c':
        raise TypeError
    both = np.result_type(re, im)
    single = both.kind == 'f' and both.itemsize < 8
    out = np.empty(np.broadcast_shapes(re.shape, im.shape), 'c8' if single else 'c16')
    out.real, out.imag = re, im
    return out


def astype(x, dtype):
    return np.asarray(x).astype(dtype)


def environment(leaves):
    names = set(EXACT1 + EXACT2 + CLOSE1 + CLOSE2) | {'where', 'clip', 'select', 'divmod', 'modf'}
    names |= {'frexp', 'ptp', 'average', 'isin', 'nan', 'inf', 'isclose', 'nan_to_num', 'angle'}
    names |= {'round'}
    env = {n: getattr(np, n) for n in names if hasattr(np, n)}
    env.update({np.dtype(t).name: np.dtype(t) for t in TYPES})
    env.update(
        frexp_fraction=lambda x: np.frexp(x)[0],
        frexp_exponent=lambda x: np.frexp(x)[1],
        modf_fraction=lambda x: np.modf(x)[0],
        modf_whole=lambda x: np.modf(x)[1],
        complex=numpy_complex,
        astype=astype,
    )
    env.update(leaves)
    return env


def numpy_value(expression, env):
    try:
        want = eval(expression, {'__builtins__': {}, 'None': None}, env)
    except Exception as e:
        return None, e
    return np.asarray(want), None


# ---- Comparing ----


def equal(got, want):
    return np.array_equal(got, want, equal_nan=want.dtype.kind in 'fc')


def near(got, want, ulps):
    """Within some units of the magnitude; complex parts against the whole number."""
    if want.dtype.kind == 'c':
        size = np.abs(want.astype('c16'))
        return near_real(got.real, want.real, ulps, size) & near_real(
            got.imag, want.imag, ulps, size
        )
    return near_real(got, want, ulps, None)


def near_real(got, want, ulps, size):
    f = np.finfo(want.dtype)
    a, b = got.astype('g'), want.astype('g')
    size = np.abs(b) if size is None else np.maximum(np.abs(b), size)
    size = np.where(np.isfinite(size), size, np.abs(b))
    unit = ulps * (float(f.eps) * size + float(f.smallest_subnormal))
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    # the greatest number is next to infinity
    top = (np.isinf(a) | np.isinf(b)) & (np.minimum(np.abs(a), np.abs(b)) > 0.99 * float(f.max))
    return same | (np.abs(a - b) <= unit) | top


def good(expression, how, got, want, used):
    if how == 'cast' and want.dtype.kind in 'iu' and used[0].dtype.kind in 'fc':
        x = used[0].real.astype('g')  # beyond the range NumPy promises nothing
        i = np.iinfo(want.dtype)
        inside = (np.trunc(x) >= i.min) & (np.trunc(x) <= i.max)
        return got.shape == want.shape and bool(np.all((got == want) | ~inside))
    if equal(got, want):
        return True
    if expression.startswith('average'):  # NumPy's own sums are rounded in the narrow type
        size = np.abs(used[0][np.isfinite(used[0])].astype('c16')).max(initial=1)
        ulps = 4 + used[0].size
        off = np.abs(got.astype('G') - want.astype('G'))
        off = np.where(np.isfinite(want), off, 0)
        return size > 1e4 or bool(np.all(off <= ulps * np.finfo(want.dtype).eps * size))
    f = expression.split('(')[0]
    any_complex = any(a.dtype.kind == 'c' for a in used) or 'j' in expression
    if want.dtype.kind not in 'fc':
        # |x - y| of complex numbers decides some within an ulp
        return any_complex and how == 'composed' and np.mean(got != want) < 0.05
    if any_complex:
        finite = np.isfinite(want) & np.isfinite(got)
        for a in used:  # what infinite and huge parts give is the C library's own affair
            finite &= np.abs(a.astype('c16')) < 1e18
        wide = want.dtype in ('c16', 'f8')
        single = any(a.dtype in ('c8', 'f4', 'f2') for a in used) and wide
        ok = near(got, want, 2000 * (2.0**29 if single else 1))
        if f in ('log1p', 'expm1'):  # NumPy's are not exact near 0
            ok |= np.abs(got - want) < 2000 * np.finfo(got.dtype).eps
        return bool(np.all(ok | ~finite))
    if how == 'exact':
        return False
    if f.startswith('logaddexp'):  # the arguments cancel near 0
        size = np.abs(want.astype('g')) + 100
        for a in used:
            size = np.maximum(size, np.abs(a.astype('g')))
        return bool(np.all(near_real(got, want, 4, size)))
    return bool(np.all(near(got, want, 4 if f != 'sinc' else 16)))


# ---- Running ----


def names_in(expression, leaves):
    return [(n, a) for n, a in leaves if n in expression]


def run(driver, path, expressions, leaves):
    inputs = {}
    for e in expressions:
        inputs.update({n: f'{path}:/{n}' for n, _ in names_in(e, leaves)})
    return driver.run('; '.join(expressions), threads=R.choice([1, 2, 3]), **inputs)


class Count:
    equal = refused = failed = 0


def failed(*words):
    Count.failed += 1
    if Count.failed <= 20:
        print('FAILED:', *words)


def check(expression, how, got, want, leaves):
    used = names_in(expression, leaves)
    context = f'{expression}   ' + ', '.join(f'{n}: {a.dtype}{a.shape}' for n, a in used)
    if got.dtype != want.dtype or got.shape != want.shape:
        return failed(f'{got.dtype}{got.shape}, NumPy {want.dtype}{want.shape}:', context)
    if good(expression, how, got, want, [a for _, a in used]):
        Count.equal += 1
        return
    bad = np.argwhere(np.atleast_1d(~((got == want) | ((got != got) & (want != want)))))
    k = tuple(bad[0]) if len(bad) else ()
    failed(f'{np.atleast_1d(got)[k]!r}, NumPy {np.atleast_1d(want)[k]!r} at {k}:', context)


def check_refusal(driver, path, expression, problem, leaves):
    """What NumPy refuses. Negative exponents of arrays are not looked for; Python refuses to order
    its complex numbers, and NumPy's select its own integers next to narrow ones."""
    words = ['negative integer powers', 'not supported between']
    words += ["rule 'same_kind'"] if expression.startswith('select') else []
    words += ['division by zero', 'sum to zero', 'AxisError'] if 'average' in expression else []
    if any(w in repr(problem) for w in words):
        return
    if R.random() < 0.7:
        return
    results, error = run(driver, path, [expression], leaves)
    if error is None:
        used = ', '.join(f'{n}: {a.dtype}{a.shape}' for n, a in names_in(expression, leaves))
        failed(f'NumPy refuses ({problem!r}), shoal does not: {expression}   {used}')
    else:
        Count.refused += 1


def batch(driver, path, group):
    leaves = R.sample(group, min(18, len(group)))
    env = environment(leaves)
    cases = []
    for _ in range(BATCH):
        expression, how = case(leaves)
        if not names_in(expression, leaves):
            continue
        want, problem = numpy_value(expression, env)
        if problem is not None:
            check_refusal(driver, path, expression, problem, leaves)
        elif want.dtype.kind in '?biufc' and want.nbytes < 4 << 20:
            cases.append((expression, how, want))
    results, error = run(driver, path, [c[0] for c in cases], leaves)
    if error is None and len(results) == len(cases):
        for (expression, how, want), got in zip(cases, results):
            check(expression, how, got, want, leaves)
        return
    for expression, how, want in cases:  # which of them was it?
        results, error = run(driver, path, [expression], leaves)
        if error and 'negative integer powers' in error and want.size == 0:
            continue  # NumPy looks for them; shoal does where there is a literal
        if error is None and results:
            check(expression, how, results[0], want, leaves)
        else:
            used = ', '.join(f'{n}: {a.dtype}{a.shape}' for n, a in names_in(expression, leaves))
            failed(f'{error}: {expression}   {used}')


def literal_powers(driver, path, group):
    """Exponents that are known have the bits of the same ones in an array."""
    for name, x in group:
        kind = x.dtype.kind
        exponents = {'f': (2, 1, -1, 0, 3), 'i': (2, 1, 0, 3), 'u': (2, 1, 0, 3)}.get(kind, ())
        for k in exponents:
            array = f'astype(where({name} == {name}, {k}, {k}), {x.dtype.name})'
            pair = [f'power({name}, {k})', f'power({name}, {array})']
            results, error = run(driver, path, pair, group)
            if error or results[0].dtype != results[1].dtype or \
                    results[0].tobytes() != results[1].tobytes():
                failed(f'{error or "not the same bits"}: {"; ".join(pair)}')


def main():
    driver = Driver(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'pool.h5')
        groups = make_file(path)
        for group in groups:
            literal_powers(driver, path, group)
        while Count.equal < N and Count.failed <= 20:
            batch(driver, path, R.choice(groups))
    print(f'{Count.equal} equal, {Count.refused} refused by both, {Count.failed} failed')
    return 1 if Count.failed else 0


sys.exit(main())
