"""Filters over neighbours along several axes, and NumPy's convolutions: random arrays, axes, modes,
chunks, memory limits and threads, to memory and to a file, against plain NumPy, and that against
SciPy.

usage: test_neighbours.py CALC_DRIVER [SEED]
"""

import os, sys, tempfile

from shared_case import chosen_seed, generators, need

need('h5py', 'hdf5plugin', 'numpy', 'scipy')
import h5py, hdf5plugin, numpy as np
from scipy import ndimage
from cf_driver import OneResult
from edge_modes import edge

R, G = generators(chosen_seed(2))
np.seterr(all='ignore')
MIB = 1 << 20
INTEGERS = ['i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8']
TYPES = ['?'] + INTEGERS + ['f2', 'f4', 'f8', 'f4', 'f8']
MODES = 'reflect nearest constant wrap mirror'.split()


def values(shape, dtype):
    if dtype == '?':
        return G.random(shape) < 0.5
    if dtype in INTEGERS:
        info = np.iinfo(dtype)
        return G.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)
    x = G.standard_normal(shape).astype(dtype)
    kind = R.random()
    if kind < 0.15:
        x[G.random(shape) < R.choice([0.01, 0.3])] = np.nan
    elif kind < 0.25:
        x[G.random(shape) < 0.01] = R.choice([np.inf, -np.inf])
    return x


class Case:
    """expr of x; what NumPy has; tol: relative to the greatest, 0: equal"""

    def __init__(self, expr, want, tol=0.0):
        self.expr, self.want, self.tol = expr, want, tol


# ---- The oracle ----


def widened(x, axis, mode, cval, before, size):
    """with what lies beyond the ends of an axis"""
    n = x.shape[axis]
    at = edge(mode, np.arange(n + size - 1) - before, n)
    y = np.take(x, np.maximum(at, 0), axis)
    out = [slice(None)] * x.ndim
    out[axis] = at < 0
    y[tuple(out)] = np.array(cval).astype(x.dtype)
    return y


def windows(x, axis, mode, cval, before, size):
    y = widened(x, axis, mode, cval, before, size)
    for k in range(size):
        yield np.take(y, np.arange(x.shape[axis]) + k, axis)


def neighbours(x, weights, axes, mode, cval, before):
    """weights at all places around each element"""
    for axis, size, b in zip(axes, weights.shape, before):
        x = widened(x, axis, mode, cval, b, size)
    n = {axis: size for axis, size in zip(axes, weights.shape)}
    shape = [m - n.get(k, 1) + 1 for k, m in enumerate(x.shape)]
    out = np.zeros(shape)
    for at in np.ndindex(weights.shape):
        first = dict(zip(axes, at))
        cut = tuple(slice(first.get(k, 0), first.get(k, 0) + m) for k, m in enumerate(shape))
        if weights[at] != 0:
            out += weights[at] * x[cut]
    return out


def bell(sigma, truncate):
    radius = int(truncate * sigma + 0.5) if sigma > 1e-15 else 0
    w = np.exp(-0.5 / max(sigma, 1e-9) ** 2 * np.arange(-radius, radius + 1) ** 2)
    return w / w.sum()


def same_as_scipy(scipys, want, scale, name):
    scale = np.max(np.abs(scale), initial=1)
    assert np.allclose(scipys, want, rtol=0, atol=1e-9 * scale), f'the oracles differ: {name}'


# ---- Cases ----


def literal(w):
    return repr(w.tolist())


def kind_of(x):
    return x.dtype if x.dtype.kind == 'f' else np.dtype('f8')


def bits_of(kind):
    return {2: 11, 4: 24, 8: 53}[np.dtype(kind).itemsize]


def some_axes(x, rising):
    if R.random() < 0.6:
        return list(range(x.ndim)), ''
    axes = R.sample(range(x.ndim), R.randint(1, x.ndim))
    axes = sorted(axes) if rising else axes
    given = [a - x.ndim if R.random() < 0.3 else a for a in axes]
    return axes, f', axes={given[0] if len(given) == 1 and not rising else tuple(given)}'


def edges(text=''):
    mode, cval = R.choice(MODES), R.choice([0, 0, 2.5, -1])
    text += f', mode="{mode}"' if mode != 'reflect' or R.random() < 0.5 else ''
    return mode, cval, text + (f', cval={cval}' if cval or R.random() < 0.2 else '')


def origins(sizes, turned):
    """for each axis: what is written, and how many come before"""
    origin = [0] * len(sizes)
    if R.random() < 0.4:
        lows = [-((s - 1) // 2) if turned else -(s // 2) for s in sizes]
        highs = [s // 2 if turned else (s - 1) // 2 for s in sizes]
        origin = [R.randint(a, b) for a, b in zip(lows, highs)]
        origin = [0 if turned and s % 2 == 0 and o == s // 2 else o for o, s in zip(origin, sizes)]
    before = [s // 2 + (-o - (s % 2 == 0) if turned else o) for o, s in zip(origin, sizes)]
    one = len(set(origin)) == 1
    text = '' if not any(origin) else f', origin={origin[0] if one else tuple(origin)}'
    return origin, before, text


def weights_case(x):
    name = R.choice(['convolve', 'correlate'])
    axes, text = some_axes(x, True)
    most = [9, 5, 4, 3][len(axes) - 1]
    w = G.choice([1.0, -2.0, 0.5, 3.0, 0.0, 0.0], [R.randint(1, most) for _ in axes])
    mode, cval, words = edges()
    if x.ndim == 1 and 'mode' not in words:
        words = ', mode="reflect"' + words
    turned = name == 'convolve'
    origin, before, more = origins(w.shape, turned)
    wide = x.astype('f8')
    flipped = np.flip(w) if turned else w
    want = neighbours(wide, flipped, axes, mode, cval, before)
    if np.all(np.isfinite(wide)) and len(axes) == x.ndim:
        scipys = getattr(ndimage, name)(wide, w, mode=mode, cval=cval, origin=origin)
        same_as_scipy(scipys, want, wide, name)
    tol = max(2.0 ** (2 - bits_of(kind_of(x))), 1e-14) * (1 + np.abs(w).sum())
    expr = f'{name}(x, {literal(w)}{words}{more}{text})'
    return Case(expr, want.astype(kind_of(x)), tol)


def smooth_case(x):
    name = R.choice(['uniform_filter', 'gaussian_filter'])
    axes, text = some_axes(x, False)
    mode, cval, words = edges()
    modes = [mode] * len(axes)
    if R.random() < 0.2:
        modes = [R.choice(MODES) for _ in axes]
        words = f', mode={literal(np.array(modes))}, cval={cval}'
    before = more = None
    if name == 'uniform_filter':
        given = [R.choice([1, 2, 3, 4, 7]) for _ in axes]
        kernels = [np.full(s, 1 / s) for s in given]
        origin, before, more = origins(given, False)
    else:
        given = [R.choice([0, 0.5, 1, 2.3]) for _ in axes]
        truncate = R.choice([4, 4, 2.5])
        kernels = [bell(s, truncate) for s in given]
        more = '' if truncate == 4 else f', truncate={truncate}'
        before = [len(k) // 2 for k in kernels]
    if R.random() < 0.3:
        given, kernels = [given[0]] * len(axes), [kernels[0]] * len(axes)
        if name == 'uniform_filter':
            origin, before, more = origins(given, False)
        before = [before[0]] * len(axes) if name == 'gaussian_filter' else before
    wide = x.astype('f8')
    want = wide
    for axis, kernel, m, b in sorted(zip(axes, kernels, modes, before), key=lambda v: v[0]):
        if len(kernel) > 1:
            parts = windows(want, axis, m, cval, b, len(kernel))
            want = sum(w * part for w, part in zip(kernel, parts))
    if np.all(np.isfinite(wide)):
        keys = dict(mode=modes, cval=cval, axes=tuple(axes))
        if name == 'uniform_filter':
            keys['origin'] = origin
        else:
            keys['truncate'] = truncate
        same_as_scipy(getattr(ndimage, name)(wide, given, **keys), want, wide, name)
    one = len(set(given)) == 1 and R.random() < 0.7
    argument = given[0] if one else literal(np.array(given))
    tol = max(2.0 ** (3 - bits_of(kind_of(x))), 1e-13)
    return Case(f'{name}(x, {argument}{words}{more}{text})', want.astype(kind_of(x)), tol)


def extreme_case(x):
    name = R.choice(['minimum', 'maximum'])
    mode, cval, words = edges()
    if x.dtype.kind in 'bu' and cval:
        cval, words = 1, words.replace(f'cval={cval}', 'cval=1')
    if R.random() < 0.3:
        axis = R.randrange(x.ndim)
        axes, text, call = [axis], f', axis={axis}', f'{name}_filter1d'
    else:
        (axes, text), call = some_axes(x, False), f'{name}_filter'
    given = [R.choice([1, 2, 3, 4, 7, 16]) for _ in axes]
    origin, before, more = origins(given, False)
    f, want = getattr(np, name), x
    for axis, size, b in sorted(zip(axes, given, before)):
        want = f.reduce(list(windows(want, axis, mode, cval, b, size)))
    inexact = x.dtype in ('?', 'f2', 'i8', 'u8')  # SciPy computes in float64, and has no float16
    if not inexact and not (x.dtype.kind == 'f' and np.any(np.isnan(x))):
        if call.endswith('1d'):
            g = getattr(ndimage, call)
            scipys = g(x, given[0], axis=axis, mode=mode, cval=cval, origin=origin[0])
        else:
            order = np.argsort(axes)
            scipys = getattr(ndimage, call)(
                x, [given[k] for k in order], mode=mode, cval=cval,
                origin=[origin[k] for k in order], axes=tuple(sorted(axes)))
        assert np.array_equal(scipys, want), f'the oracles differ: {call}'
    argument = given[0] if len(set(given)) == 1 else tuple(given)
    return Case(f'{call}(x, {argument}{words}{more}{text})', want)


def product_case(x):
    """NumPy's, of one axis"""
    x = x.reshape(-1)
    name = R.choice(['convolve', 'correlate'])
    n = R.choice([1, 2, 3, 5, 8, 40])
    v = G.integers(-3, 4, n) if R.random() < 0.5 else np.round(G.standard_normal(n), 2)
    if x.dtype == '?':
        v = G.random(n) < 0.5 if R.random() < 0.5 else v
    mode = R.choice([None, 'full', 'same', 'valid'])
    if x.size < 2 * n and R.random() < 0.5:
        x, n = x[:3], R.choice([2, 3, 4, 9])  # the weights may be more
        v = np.resize(v, n)
    keys = {} if mode is None else {'mode': mode}
    want = getattr(np, name)(x, v, **keys)
    if want.dtype.kind == 'f':
        wide = getattr(np, name)(x.astype('f8'), v.astype('f8'), **keys)
        want = wide.astype(want.dtype)
    tol = 0
    if want.dtype.kind == 'f':
        finite = np.abs(x[np.isfinite(x)].astype('f8'))
        top = np.max(np.abs(want[np.isfinite(want)]).astype('f8'), initial=1e-300)
        tol = 2.0 ** (2 - bits_of(want.dtype))
        tol += 1e-15 * np.abs(v).sum() * np.max(finite, initial=0) / top
    text = '' if mode is None else f', mode="{mode}"' if R.random() < 0.5 else f', "{mode}"'
    case = Case(f'{name}(x, {literal(v)}{text})', want, tol)
    case.x = x
    return case


CASES = [weights_case, weights_case, smooth_case, smooth_case, extreme_case, product_case]
if 'SHOAL_ONLY' in os.environ:
    CASES = [c for c in CASES if os.environ['SHOAL_ONLY'] in c.__name__]


# ---- Runs ----


def same(got, case):
    want = case.want
    if got is None or got.dtype != want.dtype or got.shape != want.shape:
        return False
    if case.tol == 0:
        return np.array_equal(got, want, equal_nan=want.dtype.kind == 'f')
    a, b = got.astype(np.longdouble), want.astype(np.longdouble)
    finite = np.isfinite(b)
    if not np.array_equal(a[~finite], b[~finite], equal_nan=True):
        return False
    scale = np.max(np.abs(b[finite]), initial=0)
    return bool(np.all(np.abs(a[finite] - b[finite]) <= case.tol * scale + 1e-300))


def layout(shape, most=10**9):
    if R.random() < 0.25:
        return {}
    chunks = tuple(R.randint(max(1, min(n, most) // 4), min(n, most)) for n in shape)
    return dict(chunks=chunks, **(hdf5plugin.Blosc('lz4', 5, 1) if R.random() < 0.5 else {}))


class Run:
    def __init__(self, driver, folder):
        self.driver, self.path, self.out = driver, folder + '/in.h5', folder + '/out.h5'
        self.n = self.failures = self.refused = 0

    def check(self, case, limits=(256,)):
        expr, want = case.expr, case.want
        keys = {'@threads': R.choice([1, 2, 3, 4]), '@memory': int(R.choice(limits) * MIB)}
        to_file = R.random() < 0.5
        if to_file:
            keys['@output'] = self.out + ':/x'
            if R.random() < 0.5:
                keys['@chunk'] = ','.join(str(R.randint(max(1, n // 5), n)) for n in want.shape)
        if 'SHOAL_SHOW' in os.environ:
            print(expr[:200], keys, want.dtype, want.shape, flush=True)
        got, error = self.driver.run(expr, **keys, x=self.path + ':/x')
        if error and error.startswith('error 5') and keys['@memory'] < 200 * MIB:
            self.refused += 1
            return None
        if to_file and not error:
            with h5py.File(self.out) as f:
                got = f['x'][()].astype('?') if want.dtype == '?' else f['x'][()]
        self.n += 1
        if error or not same(got, case):
            self.failures += 1
            print(f'FAILED: {error}: {expr} {keys} want {want.dtype} {want.shape}', end=' ')
            if got is not None and got.shape == want.shape and got.dtype == want.dtype:
                bad = np.argwhere(~((got == want) | ((got != got) & (want != want))))
                if len(bad):
                    at = tuple(bad[0])
                    print(len(bad), 'differ, first', at, got[at], want[at])
            elif got is not None:
                print('got', got.dtype, got.shape)
            else:
                print()
        return got


def small_cases(run, count):
    for _ in range(count):
        rank = R.choice([1, 2, 2, 3, 3, 4])
        shape = [R.choice([1, 2, 3, 7, 10, 33]) for _ in range(rank)]
        while np.prod(shape) > 6000:
            shape[int(np.argmax(shape))] //= 2
        x = values(shape, R.choice(TYPES))
        case = R.choice(CASES)(x)
        x = getattr(case, 'x', x)
        with h5py.File(run.path, 'w') as f:
            f.create_dataset('x', data=x, **layout(x.shape))
        run.check(case)


def large_cases(run, rounds):
    """more than a worker's memory: in parts, or refused; the bits are the same in any"""
    for _ in range(rounds):
        shape = R.choice([(900000,), (1500, 700), (20000, 40), (3, 900, 300), (60, 100, 90)])
        x = values(shape, R.choice(['f4', 'f8', 'i4', 'u1', 'f2']))
        case = R.choice(CASES)(x)
        x = getattr(case, 'x', x)
        with h5py.File(run.path, 'w') as f:
            f.create_dataset('x', data=x, **layout(x.shape, 50000 if x.ndim == 1 else 300))
        bits = set()
        for _ in range(3):
            got = run.check(case, (4, 6, 8, 15, 40, 250))
            if got is not None:
                bits.add(np.where(got == got, got, 0).tobytes())
        if len(bits) > 1:
            run.failures += 1
            print(f'FAILED: {case.expr} of {x.dtype} {shape}: other bits in other parts')


def empty_cases(run):
    with h5py.File(run.path, 'w') as f:
        f['x'] = np.zeros((0, 3), 'f4')
        f['y'] = np.zeros((3, 0), 'f4')
        f['w'] = np.array([[1.0, 2.0], [3.0, 4.0]])
        f['z'] = G.standard_normal((9, 8))
    for name in 'xy':
        for expr in 'uniform_filter(x, 3)', 'convolve(x, [[1, 2], [3, 4]])', 'minimum_filter(x, 2)':
            got, error = run.driver.run(expr, x=f'{run.path}:/{name}')
            run.n += 1
            if error or got.size != 0:
                run.failures += 1
                print('FAILED:', expr, error)
    with h5py.File(run.path) as f:
        w, z = f['w'][()], f['z'][()]
    case = Case('', ndimage.convolve(z, w), 1e-14)  # weights of a file
    got, error = run.driver.run('convolve(x, w)', x=run.path + ':/z', w=run.path + ':/w')
    run.n += 1
    if error or not same(got, case):
        run.failures += 1
        print('FAILED: weights of a file:', error)


WRONG = [
    ('convolve(x, [[1, 2]], origin=2)', 'origin'),
    ('convolve(x, [1, 2])', 'axes'),
    ('convolve(x, [1, 2], mode="full")', 'one axis'),
    ('convolve(x, [[1, 2]], mode="odd")', 'mode'),
    ('convolve(x, x[:0])', 'no weights'),
    ('uniform_filter(x, (1, 2, 3))', 'size is one'),
    ('uniform_filter(x, 0)', 'size'),
    ('gaussian_filter(x, -1)', 'sigma'),
    ('minimum_filter(x, 2, axes=(0, 0))', 'twice'),
    ('minimum_filter(x, 2, axes=2)', 'axis'),
    ('convolve(ravel(x), [1, 2], origin=0)', 'mode'),
    ('convolve(ravel(x), x[0, :0])', 'empty'),
]


def wrong_cases(run):
    with h5py.File(run.path, 'w') as f:
        f['x'] = G.standard_normal((4, 5))
    for expr, word in WRONG:
        got, error = run.driver.run(expr, x=run.path + ':/x')
        run.n += 1
        if not error or not error.startswith('error 2') or word not in error:
            run.failures += 1
            print('FAILED:', expr, error)


def main():
    driver = OneResult(sys.argv[1])
    count = int(os.environ.get('SHOAL_CASES', 700))
    with tempfile.TemporaryDirectory() as folder:
        run = Run(driver, folder)
        wrong_cases(run)
        empty_cases(run)
        small_cases(run, count)
        large_cases(run, count // 30)
    print(f'{run.n - run.failures} equal, {run.refused} refused for memory, {run.failures} failed')
    sys.exit(1 if run.failures else 0)


main()
