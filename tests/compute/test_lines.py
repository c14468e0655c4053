"""Functions along an axis: random arrays, axes, chunks, memory limits and threads, to memory and to
a file, against NumPy, pandas and SciPy (or plain NumPy where SciPy is not there).

usage: test_lines.py CALC_DRIVER [SEED]
"""

import os, random, re, subprocess, sys, tempfile

try:
    import h5py, hdf5plugin, numpy as np, pandas as pd
except ImportError as e:
    print(f'skipped: {e}')
    sys.exit(77)

SEED = sys.argv[2] if len(sys.argv) > 2 else os.environ.get('SHOAL_SEED')
SEED = int(SEED or random.SystemRandom().randrange(1 << 30))
print('seed', SEED)
R = random.Random(SEED)
G = np.random.default_rng(SEED)
np.seterr(all='ignore')
MIB = 1 << 20
INTEGERS = ['i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8']
FLOATS = ['f2', 'f4', 'f8']
COMPLEX = ['c8', 'c16']
REAL = ['?'] + INTEGERS + FLOATS


class Driver:
    def __init__(self, path):
        self.p = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(self, expr, **parts):
        self.p.stdin.write(
            '\t'.join([expr] + [f'{k}={v}' for k, v in parts.items()]).encode() + b'\n'
        )
        self.p.stdin.flush()
        out = error = None
        while True:
            head = self.p.stdout.readline()
            if head == b'done\n':
                return out, error
            words = head.decode('utf-8', 'replace').split()
            if not words:
                raise SystemExit(f'FAILED: the driver died at {expr!r} {parts}')
            if words[0] == 'error':
                error = head.decode('utf-8', 'replace').strip()
                continue
            rank = int(words[2])
            data = self.p.stdout.read(int(words[3 + rank]))
            shape = tuple(map(int, words[3 : 3 + rank]))
            out = np.frombuffer(data, words[1]).reshape(shape) if data or 0 in shape else None


def values(shape, dtype, exact=False, nan=0.0):
    """random elements; exact: sums and products of them have no rounding"""
    if dtype == '?':
        return G.random(shape) < 0.5
    if dtype in INTEGERS:
        info = np.iinfo(dtype)
        low, high = (-9, 9) if exact and dtype[0] == 'i' else (0, 9) if exact else (info.min, info.max)
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
    return {2: 11, 4: 24, 8: 53}[np.dtype(dtype).itemsize // (2 if np.dtype(dtype).kind == 'c' else 1)]


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


CASES = [(scan_case, REAL + COMPLEX)]


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
                keys['@chunk'] = ','.join(str(R.randint(max(1, n // 5), n)) for n in shape)
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
        if x.dtype.kind in 'f' and R.random() < 0.1:
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
        shape = R.choice([(1500000,), (700001,), (3, 300000), (200000, 5), (40, 30, 500), (2, 70000, 3)])
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
                most = [min(n, R.choice([20, 300, 50000])) for n in shape]
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
    driver = Driver(sys.argv[1])
    count = int(os.environ.get('SHOAL_CASES', 1500))
    with tempfile.TemporaryDirectory() as folder:
        run = Run(driver, folder)
        small_cases(run, count)
        long_cases(run, count // 20)
    print(f'{run.n - run.failures} equal, {run.refused} refused for memory, {run.failures} failed')
    sys.exit(1 if run.failures else 0)


main()
