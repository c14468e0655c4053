"""Functions along an axis: random arrays, axes, chunks, memory limits and threads, to memory and to
a file, against NumPy, pandas and SciPy (or plain NumPy where SciPy is not there).

usage: test_lines.py CALC_DRIVER [SEED]
"""

import os, re, sys, tempfile, warnings

from shared_case import chosen_seed, generators, need

need('h5py', 'hdf5plugin', 'numpy', 'pandas', 'xarray')
import h5py, hdf5plugin, numpy as np, pandas as pd, xarray as xr
from cf_driver import OneResult
from edge_modes import edge

try:
    from scipy import ndimage
except ImportError:
    ndimage = None

R, G = generators(chosen_seed(2))
np.seterr(all='ignore')
MIB = 1 << 20
INTEGERS = ['i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8']
FLOATS = ['f2', 'f4', 'f8']
COMPLEX = ['c8', 'c16']
REAL = ['?'] + INTEGERS + FLOATS


def values(shape, dtype, exact=False, nan=0.0):
    """random elements; exact: sums and products of them have no rounding"""
    if dtype == '?':
        return G.random(shape) < 0.5
    if dtype in INTEGERS:
        info = np.iinfo(dtype)
        low, high = (-9 if dtype[0] == 'i' else 0, 9) if exact else (info.min, info.max)
        return G.integers(low, high, shape, dtype=dtype, endpoint=True)
    x = np.round(G.standard_normal(shape) * 8) if exact else G.standard_normal(shape)
    if dtype in COMPLEX:
        x = x + 1j * (np.round(G.standard_normal(shape) * 8) if exact else G.standard_normal(shape))
    x = x.astype(dtype)
    if nan:
        x[G.random(shape) < nan] = np.nan
    return x


def framed(f, x, axis):
    """f of a DataFrame with the lines along an axis as its columns"""
    wide = x.astype('f8') if x.dtype == 'f2' else x
    lines = np.moveaxis(wide, axis, 0)
    if x.size == 0:
        return x
    y = f(pd.DataFrame(lines.reshape(lines.shape[0], -1))).to_numpy()
    return np.moveaxis(y.reshape(y.shape[:1] + lines.shape[1:]), 0, axis)


class Case:
    """expr of x; numpy(x); tol: relative to the largest element that is finite, 0: equal"""

    def __init__(self, expr, want, tol=0.0):
        self.expr, self.want, self.tol = expr, want, tol


def axis_of(x):
    axis = R.randrange(-x.ndim, x.ndim)
    return axis, axis % x.ndim


def bits_of(dtype):
    dtype = np.dtype(dtype)
    return {2: 11, 4: 24, 8: 53}[dtype.itemsize // (2 if dtype.kind == 'c' else 1)]


def scan_case(x):
    name = R.choice(
        'cumsum cumprod cumulative_sum cumulative_prod nancumsum nancumprod cummax cummin ffill '
        'bfill'.split()
    )
    if x.dtype.kind == 'c' and name in ('cummax', 'cummin', 'ffill', 'bfill'):
        name = 'cumsum'
    axis, at = axis_of(x)
    if name in ('cummax', 'cummin'):
        ufunc = np.maximum if name == 'cummax' else np.minimum
        return Case(f'{name}(x, axis={axis})', ufunc.accumulate(x, axis))
    if name in ('ffill', 'bfill'):
        if x.dtype.kind != 'f':
            return Case(f'{name}(x, axis={axis})', x)
        y = framed(pd.DataFrame.ffill if name == 'ffill' else pd.DataFrame.bfill, x, at)
        return Case(f'{name}(x, axis={axis})', y.astype(x.dtype))
    flat = R.random() < 0.25 and not name.startswith('cumulative')
    arguments = 'x' if flat else f'x, axis={axis}'
    initial = name.startswith('cumulative') and R.random() < 0.5 and x.shape[axis]
    if initial:
        arguments += ', include_initial=True'
    y = x
    if name.startswith('nan') and x.dtype.kind in 'fc':
        y = np.where(np.isnan(x), np.array(name == 'nancumprod', x.dtype), x)
    sums = name in ('cumsum', 'nancumsum', 'cumulative_sum')
    f = np.cumsum if sums else np.cumprod
    kind = f(np.zeros(1, x.dtype)).dtype
    wide = {'f': 'f8', 'c': 'c16'}.get(kind.kind, kind)
    if sums:
        wide = {'f8': np.longdouble, 'c16': np.clongdouble}.get(wide, wide)
    want = f(y.astype(wide), axis=None if flat else axis)
    if initial:
        shape = list(want.shape)
        shape[axis] = 1
        want = np.concatenate([np.full(shape, not sums, want.dtype), want], axis)
    want = want.astype(kind)
    tol = 0 if kind.kind not in 'fc' else 2.0 ** (3 - bits_of(kind)) * (1 if sums else 30)
    return Case(f'{name}({arguments})', want, tol)


def rolling_case(x):
    name = R.choice('sum mean std var min max median count'.split())
    axis, at = axis_of(x)
    width = R.choice([1, 2, 3, 5, 8, 30, 200, 1500])
    center, periods = R.random() < 0.4, R.choice([None, None, 0, 1, width // 2])
    ddof = R.choice([0, 1]) if name in ('std', 'var') else 1
    expr = f'rolling_{name}(x, {width}, axis={axis}'
    if name == 'median' and x.size > 400000:
        return None
    if center:
        expr += ', center=True'
    if periods is not None:
        expr += f', min_periods={periods}'
    if ddof != 1:
        expr += f', ddof={ddof}'
    kind = x.dtype if x.dtype.kind == 'f' else np.dtype('f8')

    def roll(frame):
        r = frame.astype('f8').rolling(width, center=center, min_periods=periods)
        return getattr(r, name)(**({'ddof': ddof} if name in ('std', 'var') else {}))

    want = framed(roll, x, at)
    tol = 2.0 ** (3 - bits_of(kind))
    if name in ('std', 'var'):  # pandas' are not exact either
        if x.dtype.kind != 'f' and x.dtype.itemsize > 2:
            return None
        tol = max(tol, 1e-7)
    elif name in ('sum', 'mean'):
        tol = max(tol, 1e-13)
    else:
        tol = tol if name == 'median' else 0
    return Case(expr + ')', want.astype(kind), tol)


def coarsen_case(x):
    name = R.choice('sum mean min max'.split())
    axis, at = axis_of(x)
    n = x.shape[axis]
    factor = R.choice([1, 2, 3, 7, 100])
    boundary = R.choice(['trim', 'pad', 'exact'])
    if boundary == 'exact':
        divisors = [d for d in (1, 2, 3, 5, 7, 10, 100) if n % d == 0]
        factor = R.choice(divisors)
    lines = np.moveaxis(x, at, -1)
    length = -(-n // factor) if boundary == 'pad' else n // factor
    parts = [lines[..., k * factor : (k + 1) * factor] for k in range(length)]
    kind, sums = x.dtype, name == 'sum'
    if x.dtype.kind == 'f':
        kind = x.dtype
    elif name == 'mean':
        kind = np.dtype('f8')
    elif sums:
        kind = np.dtype('u8' if x.dtype.kind == 'u' else 'i8')
    if length > 3000:  # the whole parts at once
        whole = lines[..., : n // factor * factor]
        parts = whole.reshape(whole.shape[:-1] + (n // factor, factor))
        rest = lines[..., n // factor * factor :]
    else:
        rest = None

    def f(v):
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            if x.dtype.kind == 'f':
                y = v.astype(np.longdouble)
                return getattr(np, 'nan' + name)(y, axis=-1)
            return getattr(np, name)(v, axis=-1)

    if rest is None:
        out = [f(v).astype(kind) for v in parts]
        want = np.stack(out, -1) if out else np.zeros(lines.shape[:-1] + (0,), kind)
    else:
        want = f(parts).astype(kind)
        if rest.shape[-1] and boundary == 'pad':
            want = np.concatenate([want, f(rest).astype(kind)[..., None]], -1)
    tol = 2.0 ** (3 - bits_of(kind)) if kind.kind == 'f' and name in ('sum', 'mean') else 0
    want = np.moveaxis(want, -1, at)
    text = '' if boundary == 'exact' and R.random() < 0.5 else f', boundary="{boundary}"'
    return Case(f'coarsen_{name}(x, {factor}, axis={axis}{text})', want, tol)


def sort_case(x):
    name = R.choice('sort argsort topk argtopk'.split())
    axis, at = axis_of(x)
    n = x.shape[axis]
    if 'topk' not in name:
        flat = R.random() < 0.1
        f = np.sort if name == 'sort' else np.argsort
        want = f(x, axis=None if flat else axis, kind='stable')
        return Case(f'{name}(x, axis={"None" if flat else axis})', want)
    if n == 0:
        return None
    k = R.choice([1, 2, n // 2, n, -1, -n]) or 1
    k = max(-n, min(n, k))
    order = np.argsort(x, axis=axis, kind='stable')
    if k > 0:  # greatest first, equal ones in their order
        turned = np.flip(x, axis)
        order = n - 1 - np.flip(np.argsort(turned, axis=axis, kind='stable'), axis)
    order = np.take(order, np.arange(abs(k)), axis)
    want = order if name == 'argtopk' else np.take_along_axis(x, order, axis)
    return Case(f'{name}(x, {k}, axis={axis})', want)


def shift_case(x):
    name = R.choice('diff shift trapezoid gradient'.split())
    axis, at = axis_of(x)
    n = x.shape[axis]
    if name == 'diff':
        times = R.choice([0, 1, 1, 2, 3])
        return Case(f'diff(x, {times}, axis={axis})', np.diff(x, times, axis))
    if name == 'shift':
        by = R.choice([0, 1, -1, 3, -7, n, 2 * n, -n])
        fill = R.choice(['nan', '2']) if x.dtype.kind in 'fc' else '1'
        want = np.full(x.shape, float(fill)).astype(x.dtype)
        lines, out = np.moveaxis(x, at, 0), np.moveaxis(want, at, 0)
        if 0 <= by < n:
            out[by:] = lines[: n - by]
        elif -n < by < 0:
            out[:by] = lines[-by:]
        text = '' if fill == 'nan' and R.random() < 0.5 else f', fill={fill}'
        return Case(f'shift(x, {by}, axis={axis}{text})', want)
    if name == 'gradient':
        if n < 2 or x.dtype.kind == 'c':
            return None
        kind = x.dtype if x.dtype.kind == 'f' else np.dtype('f8')
        dx = R.choice([1.0, 0.3, 2.0])
        want = np.gradient(x.astype('f8') if x.dtype.kind != 'f' else x, dx, axis=axis)
        tol = 0 if kind.itemsize > 2 else 0.01
        return Case(f'gradient(x, {dx}, axis={axis})', want.astype(kind), tol)
    dx = R.choice([1.0, 0.5])
    if x.dtype in ('f2', '?'):
        return None
    want = np.trapezoid(x, dx=dx, axis=axis)
    tol = 1e-5 if x.dtype in ('f4', 'c8') else 1e-12
    return Case(f'trapezoid(x, dx={dx}, axis={axis})', np.asarray(want), tol)


def correlate(x, weights, mode, cval, before):
    """correlate1d along the last axis, for where SciPy is not"""
    n = x.shape[-1]
    out = np.zeros(x.shape)
    for k, w in enumerate(weights):
        at = edge(mode, np.arange(n) - before + k, n)
        out = out + w * np.where(at < 0, cval, x[..., at])
    return out


def correlate_case(x):
    name = R.choice('correlate1d convolve1d uniform_filter1d gaussian_filter1d'.split())
    axis, at = axis_of(x)
    n = x.shape[axis]
    if x.size == 0:
        return None
    mode, cval = R.choice('reflect nearest constant wrap mirror'.split()), R.choice([0, 0, 2.5])
    kind = x.dtype if x.dtype.kind == 'f' else np.dtype('f8')
    size = R.choice([1, 2, 3, 4, 7, 20])
    wide = x.astype('f8')
    if name == 'uniform_filter1d':
        given, weights = size, [1 / size] * size
    elif name == 'gaussian_filter1d':
        given = R.choice([0.5, 1.0, 3.7])
        radius = int(4 * given + 0.5)
        weights = np.exp(-0.5 / given**2 * np.arange(-radius, radius + 1) ** 2)
        weights = list(weights / weights.sum())
    else:
        weights = [R.choice([1, -2, 0.5, 3]) for _ in range(size)]
        given = '(' + ', '.join(map(str, weights)) + ',)'
    before = len(weights) // 2
    if name == 'convolve1d':
        weights = weights[::-1]
        before -= len(weights) % 2 == 0
    want = np.moveaxis(correlate(np.moveaxis(wide, at, -1), weights, mode, cval, before), -1, at)
    if ndimage and np.all(np.isfinite(wide)):
        f = getattr(ndimage, name)
        first = [float(given)] if name == 'gaussian_filter1d' else [given]
        if name in ('correlate1d', 'convolve1d'):
            first = [weights[::-1] if name == 'convolve1d' else weights]
        scipys = f(wide, *first, axis=axis, mode=mode, cval=cval)
        scale = np.max(np.abs(wide)) * sum(map(abs, weights)) + 1
        assert np.allclose(scipys, want, rtol=0, atol=1e-11 * scale), 'the oracles differ'
    text = '' if mode == 'reflect' and R.random() < 0.5 else f', mode="{mode}"'
    text += f', cval={cval}' if cval or R.random() < 0.3 else ''
    tol = max(2.0 ** (3 - bits_of(kind)), 1e-14) * (1 + sum(map(abs, weights)))
    return Case(f'{name}(x, {given}, axis={axis}{text})', want.astype(kind), tol)


def interpolate_case(x):
    """numpy.interp of each line, whose ends stay; xarray's where it is quick"""
    axis, at = axis_of(x)
    if x.dtype.kind != 'f' or x.size == 0:
        return Case(f'interpolate_na(x, axis={axis})', x)
    lines = np.moveaxis(x, at, -1).reshape(-1, x.shape[at])
    if len(lines) > 3000:
        return None  # line by line this takes long
    want = lines.copy()
    i = np.arange(lines.shape[1])
    for line, out in zip(lines, want):
        known = line == line
        if known.any() and not known.all():
            y = np.interp(i, i[known], line[known].astype('f8'), left=np.nan, right=np.nan)
            out[~known] = y[~known].astype(x.dtype)
    moved = np.moveaxis(x, at, -1).shape
    want = np.moveaxis(want.reshape(moved), -1, at)
    if x.dtype != 'f2' and 0 < x.size < 3000 and R.random() < 0.3:
        array = xr.DataArray(x)
        theirs = array.interpolate_na(array.dims[at], use_coordinate=False).values
        assert np.array_equal(theirs, want, equal_nan=True), 'the oracles differ'
    return Case(f'interpolate_na(x, axis={axis})', want)


def blocks_case(x):
    """coarsening of several axes"""
    name = R.choice('sum mean min max'.split())
    axes = R.sample(range(x.ndim), R.randint(1, x.ndim))
    boundary = R.choice(['exact', 'trim'] + ['pad'] * (x.dtype.kind == 'f'))
    factor = {}
    for k in axes:
        divisors = [d for d in (1, 2, 3, 5, 7, 10) if x.shape[k] % d == 0]
        factor[k] = R.choice(divisors if boundary == 'exact' else [1, 2, 3, 7])
    y, shape, gone = x, [], []
    for k, n in enumerate(x.shape):
        f = factor.get(k, 0)
        length = -(-n // f) if f and boundary == 'pad' else n // f if f else n
        y = np.take(y, np.arange(min(n, length * f) if f else n), axis=k)
        if f and length * f > n:
            width = [(0, 0)] * x.ndim
            width[k] = (0, length * f - n)
            y = np.pad(y, width, constant_values=np.nan)
        shape += [length, f] if f else [length]
        gone += [len(shape) - 1] if f else []
    kind = x.dtype
    if x.dtype.kind != 'f':
        kind = np.dtype('f8') if name == 'mean' else kind
        kind = np.dtype('u8' if x.dtype.kind == 'u' else 'i8') if name == 'sum' else kind
    blocks = y.reshape(shape)
    if 0 in blocks.shape:
        want = np.zeros([n for k, n in enumerate(shape) if k not in gone], kind)
    elif x.dtype.kind == 'f':
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            want = getattr(np, 'nan' + name)(blocks.astype(np.longdouble), axis=tuple(gone))
        want = want.astype(kind)
    else:
        want = getattr(np, name)(blocks, axis=tuple(gone)).astype(kind)
    tol = 2.0 ** (3 - bits_of(kind)) if kind.kind == 'f' and name in ('sum', 'mean') else 0
    text = '' if boundary == 'exact' else f', boundary="{boundary}"'
    factors, at = tuple(factor[k] for k in axes), tuple(axes)
    return Case(f'coarsen_{name}(x, {factors}, axis={at}{text})', want, tol)


CASES = [
    (interpolate_case, REAL),
    (blocks_case, REAL),
    (sort_case, REAL),
    (shift_case, REAL + COMPLEX),
    (correlate_case, REAL),
    (scan_case, REAL + COMPLEX),
    (rolling_case, REAL),
    (coarsen_case, REAL),
]
if 'SHOAL_ONLY' in os.environ:
    CASES = [c for c in CASES if os.environ['SHOAL_ONLY'] in c[0].__name__]


def same(got, case):
    want = case.want
    if got is None or got.dtype != want.dtype or got.shape != want.shape:
        return False
    if case.tol == 0:
        return np.array_equal(got, want, equal_nan=want.dtype.kind in 'fc')
    if want.dtype.kind == 'c':
        parts = [(got.real, want.real), (got.imag, want.imag)]
    else:
        parts = [(got, want)]
    for a, b in parts:
        a, b = a.astype(np.longdouble), b.astype(np.longdouble)
        finite = np.isfinite(b)
        if want.dtype.kind != 'c' and not np.array_equal(a[~finite], b[~finite], equal_nan=True):
            return False
        if np.any(finite):
            scale = np.max(np.abs(b[finite]))
            if not np.all(np.abs(a[finite] - b[finite]) <= case.tol * scale + 1e-300):
                return False
    return True


def random_shape(most):
    rank = R.choice([1, 1, 2, 2, 3, 4])
    shape = [R.choice([1, 2, 3, 7, 10, 33]) for _ in range(rank)]
    shape[R.randrange(rank)] = R.choice([1, 5, 64, 100, 1000])
    if R.random() < 0.04:
        shape[R.randrange(rank)] = 0
    while np.prod(shape) > most:
        shape[int(np.argmax(shape))] //= 2
    return tuple(shape)


def layout(shape):
    if 0 in shape or R.random() < 0.25:
        return {}
    chunks = tuple(R.randint(1, n) for n in shape)
    if R.random() < 0.5:
        return dict(chunks=chunks)
    return dict(chunks=chunks, **hdf5plugin.Blosc('lz4', 5, 1))


class Run:
    def __init__(self, driver, folder):
        self.driver, self.folder = driver, folder
        self.n = self.failures = self.refused = 0
        self.path, self.out = folder + '/in.h5', folder + '/out.h5'

    def check(self, case, limits=(256,), to_file=False, **names):
        expr, want = case.expr, case.want
        keys = {'@threads': R.choice([1, 2, 3, 4]), '@memory': int(R.choice(limits) * MIB)}
        to_file = (to_file or R.random() < 0.5) and want.ndim > 0
        if to_file:
            keys['@output'] = self.out + ':/x'
            if R.random() < 0.5 and 0 not in want.shape:
                shape = want.shape
                most = [n + n // 2 + 1 for n in shape]  # beyond the array too
                keys['@chunk'] = ','.join(str(R.randint(max(1, n // 5), m))
                                          for n, m in zip(shape, most))
        got, error = self.driver.run(expr, **keys, **names)
        if error and error.startswith('error 5') and keys['@memory'] < 200 * MIB:
            self.refused += 1
            return None
        if to_file and not error:
            with h5py.File(self.out) as f:
                got = f['x'][()]
            if want.dtype == '?':
                got = got.astype('?')
        self.n += 1
        if error or not same(got, case):
            self.failures += 1
            print(f'FAILED: {error}: {expr} {keys} {names} want {want.dtype} {want.shape}', end=' ')
            if got is not None:
                print('got', got.dtype, got.shape, end=' ')
                if got.shape == want.shape:
                    bad = np.argwhere(~((got == want) | ((got != got) & (want != want))))
                    print(len(bad), 'differ', end=' ')
                    if len(bad):
                        where = tuple(bad[0])
                        print('first', where, got[where], want[where], end=' ')
            print()
        return got


def small_cases(run, count):
    """arrays of every type and shape, of which a box holds all"""
    for at in range(count):
        make, types = R.choice(CASES)
        dtype = R.choice(types)
        x = values(random_shape(20000), dtype, R.random() < 0.3, R.choice([0, 0, 0.1, 0.6]))
        if x.dtype.kind in 'f' and R.random() < 0.1 and make is not rolling_case:
            x[G.random(x.shape) < 0.02] = R.choice([np.inf, -np.inf])
        with h5py.File(run.path, 'w') as f:
            f.create_dataset('x', data=x, **layout(x.shape))
            source = x
            expr = 'x'
            if R.random() < 0.2:  # a view
                cut = tuple(slice(None, None, R.choice([1, 2, -1])) for _ in x.shape)
                expr = 'x[' + ', '.join(f'::{s.step}' for s in cut) + ']'
                source = x[cut]
            elif R.random() < 0.2 and x.dtype != '?':  # an expression
                expr, source = 'x * 2', x * 2
        case = make(source)
        if case is None:
            continue
        case.expr = re.sub(r'\bx\b', lambda m: expr, case.expr)
        run.check(case, x=run.path + ':/x')


def long_cases(run, rounds):
    """lines longer than a worker's memory: in parts, or refused; the bits are the same in any"""
    done = set()
    for at in range(rounds):
        dtype = R.choice(['f4', 'f8', 'f8', 'i4', 'u1', 'f2', 'c8'])
        shapes = [(1500000,), (700001,), (3, 300000), (200000, 5), (40, 30, 500), (2, 70000, 3)]
        shape = R.choice(shapes)
        x = values(shape, dtype, R.random() < 0.5, R.choice([0, 0.2]))
        for _ in range(5):
            make, types = R.choice(CASES)
            if dtype in types and (case := make(x)) is not None:
                break
        else:
            continue
        with h5py.File(run.path, 'w') as f:
            if R.random() < 0.2:
                f.create_dataset('x', data=x)
            else:
                most = [min(n, R.choice([600, 50000])) for n in shape]
                chunks = tuple(R.randint(max(1, m // 3), m) for m in most)
                f.create_dataset('x', data=x, chunks=chunks, **hdf5plugin.Blosc('lz4', 5, 1))
        bits = set()
        for _ in range(4):
            got = run.check(case, (3, 4, 6, 10, 20, 40, 250), to_file=True, x=run.path + ':/x')
            if got is not None:
                bits.add(np.where(got == got, got, 0).tobytes())
        if len(bits) > 1:
            run.failures += 1
            print(f'FAILED: {case.expr} of {dtype} {shape}: other bits in other parts')
        if bits:
            done.add(case.expr.split('(')[0])
    print('in parts:', ' '.join(sorted(done)))


def main():
    driver = OneResult(sys.argv[1])
    count = int(os.environ.get('SHOAL_CASES', 600))
    with tempfile.TemporaryDirectory() as folder:
        run = Run(driver, folder)
        small_cases(run, count)
        long_cases(run, count // 20)
    print(f'{run.n - run.failures} equal, {run.refused} refused for memory, {run.failures} failed')
    sys.exit(1 if run.failures else 0)


main()
