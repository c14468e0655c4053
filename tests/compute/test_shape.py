"""Functions of shape: how arrays are seen, put together, picked from and made. Random cases of
ranks 0 to 4, all layouts, chunk edges, empty axes and 1 to 8 threads against NumPy, element by
element.

usage: test_shape.py CALC_DRIVER [SEED]
"""

import os, sys, tempfile

from shared_case import chosen_seed, generators, need

need('h5py', 'hdf5plugin', 'numpy')
import h5py, hdf5plugin, numpy as np

from cf_driver import Driver

N_CASES = int(os.environ.get('SHOAL_SHAPE_CASES', 2500))
R, G = generators(chosen_seed(2))
np.seterr(all='ignore')
TYPES = ['f4', 'f8', 'i2', 'i8', 'u1', '?', 'c8', '<f2', '>i4']


def index(x, axis=0):
    """the positions along an axis"""
    return np.indices(x.shape)[axis]


NAMES = {n: getattr(np, n) for n in dir(np) if not n.startswith('_')}
def take(a, indices, axis=None, mode='raise'):
    return np.take(a, np.asarray(indices, None if np.size(indices) else int), axis, mode=mode)


NAMES.update(take=take, index=index, nan=np.nan, inf=np.inf)


# ---- Sources: NAME -> (array, locator) ----


def layout_of(shape):
    kind = R.choice(['chunked', 'chunked', 'chunked', 'one', 'contiguous', 'filtered'])
    if not shape or 0 in shape or kind == 'contiguous':
        return {}
    if kind == 'one':
        return dict(chunks=shape)
    chunks = tuple(R.randint(1, max(1, n)) for n in shape)
    if kind == 'filtered':
        return dict(chunks=chunks, **hdf5plugin.Blosc('lz4', 5, 1))
    return dict(chunks=chunks)


def make_source(f, name, shape, kind):
    data = (G.standard_normal(shape) * 100).astype(kind)
    if np.dtype(kind).kind == 'f' and data.ndim and data.size:
        data[G.random(shape) < 0.1] = np.nan
    f.create_dataset(name, data=data, **layout_of(shape))
    return data.astype(data.dtype.newbyteorder('=')), kind


class Sources:
    """datasets of one shape each time; the expressions name them a, b, ..."""

    def __init__(self, folder):
        self.folder, self.n = folder, 0

    def renew(self):
        self.n += 1
        self.path = f'{self.folder}/s{self.n}.h5'
        self.arrays, self.locators = {}, {}
        rank = R.choice([0, 1, 1, 2, 2, 2, 3, 3, 4])
        most = [0, 200, 40, 14, 7][rank]
        shape = tuple(R.choice([0, 1] + [R.randint(1, most)] * 12) for _ in range(rank))
        with h5py.File(self.path, 'w') as f:
            for name in 'ab':
                self.add(f, name, shape)
            axis = R.randrange(rank) if rank else 0
            self.add(f, 'row', shape[axis:])
            self.axis = axis
            other = list(shape)
            if rank:
                other[axis] = R.randint(0, most)
            self.add(f, 'other', tuple(other))

    def add(self, f, name, shape):
        data, _ = make_source(f, name, shape, R.choice(TYPES))
        self.arrays[name] = data
        if R.random() < 0.15:
            npy = f'{self.path}.{name}.npy'
            np.save(npy, np.asarray(data, order=R.choice('CF')))
            self.locators[name] = npy
        else:
            self.locators[name] = f'{self.path}:/{name}'


# ---- Expressions: texts that mean the same here and in NumPy ----


def integer(n):
    return R.randint(-n, n - 1) if n else 0


def an_axis(rank):
    return R.randrange(-rank, rank)


def axes(rank, n):
    return tuple(R.choice([k, k - rank]) for k in R.sample(range(rank), n))


def slices(shape):
    parts = []
    for n in shape:
        kind = R.random()
        if kind < 0.4:
            parts.append(':')
        elif kind < 0.5 and n:
            parts.append(str(integer(n)))
        else:
            low = R.choice(['', R.randint(-n - 1, n + 1)])
            high = R.choice(['', R.randint(0, n + 1)])
            parts.append(f'{low}:{high}:{R.choice(["", 1, 2, 3, -1, -2])}')
        if R.random() < 0.1:
            parts.append('None')
    return ', '.join(parts) or '...'


def wider(shape):
    return (2,) * R.randint(0, 1) + tuple(3 if n == 1 else n for n in shape)


def part_along(e, k, r, n):
    return f'({e})[{", ".join([":"] * (k % r) + [slice_of(n)])}]'


def view(e, x):
    """wraps an expression of an array in one that sees it otherwise"""
    r = x.ndim
    choices = [
        lambda: f'transpose({e})',
        lambda: f'({e}).T',
        lambda: f'transpose({e}, {axes(r, r)})',
        lambda: f'permute_dims({e}, axes={axes(r, r)})',
        lambda: f'flip({e})',
        lambda: f'expand_dims({e}, {R.randint(-r - 1, r)})',
        lambda: f'expand_dims({e}, axis={axes(r + 2, 2)})' if r < 4 else f'flip({e})',
        lambda: f'squeeze({e})',
        lambda: f'atleast_{R.randint(1, 3)}d({e})',
        lambda: f'broadcast_to({e}, {wider(x.shape)})',
        lambda: f'({e})[{slices(x.shape)}]',
    ]
    if r:
        choices += [
            lambda: f'flip({e}, {an_axis(r)})',
            lambda: f'flip({e}, axis={axes(r, R.randint(0, r))})',
            lambda: f'swapaxes({e}, {an_axis(r)}, {an_axis(r)})',
            lambda: f'moveaxis({e}, {an_axis(r)}, {an_axis(r)})',
            lambda: f'flipud({e})',
        ]
    if r > 1:
        choices += [
            lambda: f'moveaxis({e}, {axes(r, 2)}, {axes(r, 2)})',
            lambda: f'fliplr({e})',
            lambda: f'matrix_transpose({e})',
            lambda: f'rot90({e}, {R.randint(-5, 5)})',
            lambda: f'rot90({e}, {R.randint(-5, 5)}, {axes(r, 2)})',
        ]
    return R.choice(choices)()


def join(e, x):
    """wraps an expression in one that puts arrays together"""
    r = x.ndim
    choices = [
        lambda: f'stack(({e}, {e}), {R.randint(-r - 1, r)})',
        lambda: f'vstack(({e}, {e}))' if r else f'stack([{e}])',
        lambda: f'hstack(({e}, {e}, {e}))',
        lambda: f'dstack(({e}, {e}))',
        lambda: f'column_stack(({e}, {e}))' if r != 0 else f'stack([{e}])',
        lambda: f'concatenate(({e}, {e}), axis=None)',
        lambda: f'roll({e}, {R.randint(-9, 9)})',
        lambda: f'tile({e}, {R.randint(0, 3)})',
        lambda: f'tile({e}, {tuple(R.randint(1, 3) for _ in range(R.randint(1, 4)))})',
        lambda: f'repeat({e}, {R.randint(0, 3)})',
        lambda: f'ravel({e})',
        lambda: f'reshape({e}, {shape_for(x.size)})',
        lambda: f'({e}).reshape({shape_for(x.size)})',
    ]
    if r:
        k = an_axis(r)
        n = x.shape[k]
        choices += [
            lambda: f'concatenate(({e}, {e}), {k})',
            lambda: f'concatenate([{e}, {part_along(e, k, r, n)}], axis={k})',
            lambda: f'concatenate(({e}, {R.choice(["1 + ", "-", "0.5 * "])}({e}), {e}), {k})'
            if x.dtype.kind not in 'b'
            else f'concat(({e}, ~({e})), axis={k})',
            lambda: f'roll({e}, {R.randint(-99, 99)}, {k})',
            lambda: f'roll({e}, {R.randint(-9, 9)}, axis={axes(r, R.randint(1, r))})',
            lambda: f'repeat({e}, {R.randint(0, 4)}, axis={k})',
            lambda: f'reshape({e}, {regroup(x.shape)})',
            lambda: f'reshape({e}, {regroup(x.shape)})',
            lambda: f'pad({e}, {R.randint(0, 4)})',
            lambda: f'pad({e}, (2, {R.randint(0, 4)}), constant_values={number_for(x)})',
            lambda: f'pad({e}, {pairs(r)}, constant_values=(({number_for(x)}, 5),))',
        ] + [
            (lambda m: lambda: f'pad({e}, {pairs(r)}, mode="{m}")')(m)
            for m in ('edge', 'reflect', 'symmetric', 'wrap')
        ]
        if n < 40:
            choices.append(lambda: f'repeat({e}, {[R.randint(0, 3) for _ in range(n)]}, axis={k})')
    return R.choice(choices)()


def slice_of(n):
    return f'{R.choice(["", R.randint(0, n)])}:{R.choice(["", R.randint(0, n)])}'


def number_for(x):
    return R.choice([0, 1, 7, -3, 2.5]) if x.dtype.kind in 'fc' else R.choice([0, 1, 7])


def pairs(r):
    return tuple((R.randint(0, 9), R.randint(0, 9)) for _ in range(r))


def shape_for(n):
    """some shape of n elements"""
    shape = []
    for _ in range(R.randint(0, 3)):
        divisors = [d for d in range(1, min(n, 60) + 1) if n % d == 0] or [0]
        d = R.choice(divisors)
        shape.append(d)
        if d == 0:
            return tuple(shape + [3])
        n //= d
    shape.insert(R.randint(0, len(shape)), R.choice([n, -1]))
    return tuple(shape)


def regroup(shape):
    """some neighbouring axes joined, others split"""
    out = []
    for n in shape:
        if out and R.random() < 0.4:
            out[-1] *= n
        elif n and R.random() < 0.4:
            d = R.choice([d for d in range(1, n + 1) if n % d == 0])
            out += [d, n // d]
        else:
            out.append(n)
    return tuple(out)


def pick(e, x):
    """wraps an expression in one that picks elements"""
    r = x.ndim
    real = x.dtype.kind not in 'cb'
    condition = f'({e}) > 3' if real else f'({e}) != 0'
    choices = [
        lambda: f'extract({condition}, {e})',
        lambda: f'flatnonzero({e})',
    ]
    if r:
        k = an_axis(r)
        n = x.shape[k]
        before = ':, ' * (k % r)
        near = f'{n}' if n else '1'
        choices += [
            lambda: f'argwhere({e})',
            lambda: f'({e})[{condition}]',
            lambda: f'({e})[{condition}]',
            lambda: f'({e})[{before}{indices(n)}]',
            lambda: f'({e})[{before}{indices(n)}]',
            lambda: f'({e})[..., {indices(x.shape[-1])}]',
            lambda: f'({e})[{before}{indices(n)}, ...]',
            lambda: f'take({e}, {indices(n)}, {k})',
            lambda: f'take({e}, {indices(x.size)})',
            lambda: f'({e})[{before}arange({near}) % 3 == 1]',
            lambda: f'({e})[{before}arange({near}) ** 2 % {near}]',
            lambda: f'({e})[{before}reshape(arange(6) * 7 % {near}, (2, 3))]',
            lambda: f'compress([True, False, True], {e})',
            lambda: f'compress({[R.random() < 0.5 for _ in range(min(n, 60))]}, {e}, axis={k})',
            lambda: f'({e})[{before}{[R.random() < 0.5 for _ in range(n)]}]' if n < 60 else 'a',
        ]
        if x.size: # of empty axes NumPy's take() does not end where it wraps
            choices += [
                lambda: f'take({e}, {R.randint(-3, 9)}, {k}, mode="wrap")',
                lambda: f'take({e}, {[R.randint(-9, 99) for _ in range(5)]}, {k}, mode="clip")',
                lambda: f'ravel({e})[argmax({e})]' if x.dtype.kind != 'c' else 'a',
            ]
        if r > 1 and all(x.shape):
            choices += [
                lambda: f'({e})[{condition.replace(e, part(e, 0))}]',
                lambda: f'({e})[:, {condition.replace(e, part(e, 1))}]',
                lambda: f'({e})[0, {indices(x.shape[1])}]',
                lambda: f'({e})[{indices(x.shape[0])}, 0]',
                lambda: f'({e})[{indices(x.shape[0])}, ::2]',
                lambda: f'({e})[None, {indices(x.shape[0])}, :, None]',
            ]
        if r > 2 and all(x.shape):
            choices += [
                lambda: f'({e})[{indices(x.shape[0])}, :, 0]',
                lambda: f'({e})[0, :, {indices(x.shape[2])}]',
                lambda: f'({e})[:, 0, {indices(x.shape[2])}]',
                lambda: f'({e})[0, ..., {indices(x.shape[-1])}]',
                lambda: f'({e})[{condition.replace(e, f"({e})[:, :, 0]")}]',
                lambda: f'({e})[{condition.replace(e, f"({e})[:, :, 0]")}, -1]',
                lambda: f'({e})[:, {condition.replace(e, f"({e})[0]")}]',
            ]
    return R.choice(choices)()


def part(e, axis):
    return f'({e})[{":, " * axis}' + ('...]' if axis else ':, 0]')


def indices(n):
    """some whole numbers of an axis, written out; none of an empty one"""
    if n == 0:
        return [] if R.random() < 0.5 else 'arange(0)'
    kind = R.random()
    if kind < 0.3:
        return [integer(n) for _ in range(R.randint(1, 12))]
    if kind < 0.5:
        return sorted(integer(n) for _ in range(R.randint(1, 30)))
    if kind < 0.6:
        return f'arange({R.randint(0, n)})'
    return f'(arange({R.choice([n, 3 * n, 900])}) * {R.randint(1, 50)} % {n})'


WRAPPERS = [view, join, join, pick, pick]


def computed(e, x):
    """an element-wise expression around it, of the same shape or a broadcast one"""
    if x.dtype.kind == 'b':
        return R.choice([f'~({e})', f'where({e}, 1, 2)'])
    if x.dtype.kind == 'c':
        return R.choice([f'({e}) * 2', f'abs({e})'])
    return R.choice(
        [f'({e}) * 2', f'where(({e}) > 3, {e}, 7)', f'({e}) + 1.5', f'minimum({e}, 50)']
        + ([f'({e}) - index({e}, {an_axis(x.ndim)})'] if x.ndim else [])
        + ([f'({e}) + max({e}, axis={an_axis(x.ndim)}, keepdims=True)'] if x.size else [])
    )


def start(sources):
    if sources.arrays['a'].ndim and R.random() < 0.25:
        parts = R.sample(['a', 'b', 'other', 'a + b', 'other[::-1]', 'b * 2'], 3)
        return f'concatenate(({", ".join(parts)}), axis={sources.axis})'
    return R.choice(
        ['a', 'a', 'b', 'row', 'a + b', 'a * row', 'a == b', 'where(a > b, a, b)', 'row + a']
    )


def evaluate(e, sources):
    value = eval(e, dict(NAMES, **sources.arrays))
    return np.asarray(value)


def make_case(sources):
    e = start(sources)
    x = evaluate(e, sources)
    for _ in range(R.choice([1, 1, 2, 2, 3, 4])):
        if R.random() < 0.3:
            wrapped = computed(e, x)
        else:
            wrapped = R.choice(WRAPPERS)(e, x)
        y = evaluate(wrapped, sources)
        if y.ndim > 6 or y.size > 200000:
            break
        e, x = wrapped, y
    if R.random() < 0.2 and x.size and x.dtype.kind != 'c':
        f = R.choice(['min', 'max', 'argmax', 'any'])
        axis = f', axis={an_axis(x.ndim)}' if x.ndim else ''
        e = f'{f}({e}{axis})'
        x = evaluate(e, sources)
    return e, x


def fixed_cases():
    """arrays made of numbers, without a source"""
    yield 'arange(7)'
    yield 'arange(2, 11, 3)'
    yield 'arange(11, 2, -3)'
    yield 'arange(5, 2)'
    yield 'arange(0.5, 3, 0.1)'
    yield 'arange(3, dtype=float32)'
    yield 'arange(-3.5, stop=2)'
    yield 'linspace(0, 1)'
    yield 'linspace(-1, 3.3, 7)'
    yield 'linspace(0, 10, 5, endpoint=False)'
    yield 'linspace(-2, 9, 6, dtype=int32)'
    yield 'linspace(3, 4, 1)'
    yield 'linspace(3, 4, 0)'
    yield 'zeros(3)'
    yield 'zeros((2, 0, 3))'
    yield 'ones((2, 3), dtype=int8)'
    yield 'full((2, 3), 7)'
    yield 'full(4, 1.5, dtype=float32)'
    yield 'full((), 3)'
    yield 'eye(4)'
    yield 'eye(3, 5, 1)'
    yield 'eye(5, 3, k=-2, dtype=int16)'
    yield 'identity(3)'
    yield 'sum(arange(1000000))'
    yield 'arange(6)[::-1] * arange(6)[:, None]'
    yield 'broadcast_to(5, (2, 3))'
    yield 'max(linspace(0, 1, 100001))'
    for _ in range(60):
        low, high, step = R.uniform(-9, 9), R.uniform(-99, 99), R.choice([-1, 1]) * R.random()
        yield f'arange({low!r}, {high!r}, {step!r})'
        yield f'linspace({low!r}, {high!r}, {R.randint(0, 999)})'
        yield f'arange({R.randint(-9, 9)}, {R.randint(-99, 99)}, {R.choice([-7, -1, 1, 5])})'


ERRORS = [
    ('a[[0, 2]]', 'index 2 is out of bounds for axis 0 of size 2'),
    ('a[:, [-4]]', 'index -4 is out of bounds for axis 1 of size 3'),
    ('a[a[:, 0] > 0, a[0] > 0]', 'one array of indices at a time'),
    ('a[a[0] > 0]', 'a mask of shape (3,) does not fit'),
    ('a[a]', 'indices are whole numbers'),
    ('a[[1.5]]', 'indices are whole numbers'),
    ('take(a, 9)', 'out of bounds'),
    ('take(a, 0, mode="near")', 'the mode is'),
    ('compress([True] , a, axis=7)', 'out of bounds'),
    ('compress(a > 0, a)', 'a condition has one axis'),
    ('concatenate((a, a[0]))', 'do not join'),
    ('concatenate((a, a[:, :2]))', 'shapes (2, 3) and (2, 2) do not join along axis 0'),
    ('concatenate(a)', 'takes a list of arrays'),
    ('concatenate((a, a), axis=2)', 'out of bounds'),
    ('stack((a, a[0]))', 'same shape'),
    ('reshape(a, (4, -1))', 'does not reshape to'),
    ('reshape(a, (-1, -1))', 'one extent may be -1'),
    ('reshape(a, 5)', 'does not reshape to (5,)'),
    ('tile(a, -1)', 'negative'),
    ('repeat(a, -1)', 'negative'),
    ('repeat(a, [1, 2], axis=1)', '2 repetitions for an axis of 3'),
    ('roll(a, 1, 5)', 'out of bounds'),
    ('pad(a, -1)', 'negative'),
    ('pad(a, 1, "linear")', 'the mode is'),
    ('pad(a[:0], 1, "edge")', 'empty axis'),
    ('pad(a, ((1, 2), (3, 4), (5, 6)))', '3 pairs for 2 axes'),
    ('transpose(a, (0, 0))', 'named twice'),
    ('transpose(a, (0,))', 'axes are named'),
    ('squeeze(a, 0)', 'not 1'),
    ('broadcast_to(a, (2, 5))', 'does not broadcast'),
    ('swapaxes(a, 0, 9)', 'out of bounds'),
    ('arange(0, 5, 0)', 'step'),
    ('arange(0, 5, 0.0)', 'no end'),
    ('zeros((2, -1))', 'negative'),
    ('zeros(1.5)', 'whole number'),
    ('index(3)', 'with axes'),
    ('trnspose(a)', "did you mean 'transpose'"),
]


PRESSED = [
    't.T',
    'transpose(t, (1, 2, 0)) * 2',
    'roll(t, 5) - t',
    'roll(t, (3, -4, 50), (0, 1, 2))',
    'ravel(t)[::-1]',
    'reshape(t, (-1, 130, 12))',
    'reshape(t, (70, -1)) + 1',
    'concatenate((t, t[::-1] * 2, t), axis=1)',
    'concatenate((t, t[:, ::-1]), axis=2)[1:, :, ::2]',
    'pad(t, 3, "reflect")[:, ::3]',
    'pad(t + 1, ((1, 2), (3, 4), (5, 6)), constant_values=7)',
    'repeat(t[:20], 3, 1)',
    'tile(t[:9], (2, 1, 2))',
    't[t > 30]',
    't[:, t[0, :, 0] > 0]',
    't[:, :, arange(500) * 77 % 130]',
    't[arange(300) * 37 % 70]',
    'take(t, arange(400000) * 7919 % 1092000)',
    'max(flip(t, 1) - roll(t, 1, 0), axis=0)',
]


def pressed(driver, folder, failures):
    """larger than one box, within limits of memory: the same results, or a refusal"""
    t = np.round(G.standard_normal((70, 120, 130)) * 100).astype('f4')
    want = {e: eval(e, dict(NAMES, t=t)) for e in PRESSED}
    n = refused = 0
    for k, chunks in enumerate([(8, 32, 32), (70, 5, 5), (1, 120, 130), (30, 37, 41), None]):
        path = f'{folder}/t{k}.h5'
        with h5py.File(path, 'w') as f:
            f.create_dataset('t', data=t, chunks=chunks)
        for e in R.sample(PRESSED, len(PRESSED)):
            limit = R.choice([6, 12, 24, 200])
            keys = {'@memory': limit << 20, 'threads': R.choice([1, 2, 8])}
            _, error = driver.run(e, **keys, output=folder + '/out.h5:/x', t=path + ':/t')
            n += 1
            if error and error.startswith('error 5') and limit < 200:
                refused += 1
                continue
            with h5py.File(folder + '/out.h5') as f:
                if error or not same(np.asarray(f['x'][()]), want[e]):
                    failures.append(e)
                    print(f'FAILED: {e} {keys} chunks {chunks}: {error}')
    print(f'{n} under pressure, {refused} refused for memory')
    if refused > n // 2:
        failures.append('too many refused')
    return n


def texts(driver, folder, failures):
    """what has no arithmetic"""
    x = np.array([b'ann', b'bob', b'c', b'', b'eve', b'frank'], 'S5')
    with h5py.File(folder + '/x.h5', 'w') as f:
        f.create_dataset('x', data=x, chunks=(4,))
    cases = [
        'roll(x, 2)',
        'x[[3, 1, -1]]',
        'x[x == "bob"]',
        'concatenate((x, x[::-2]))',
        'tile(x, (2, 2))',
        'repeat(x, 3)',
        'reshape(x, (2, 3)).T',
        'pad(x, 2, "wrap")',
        'stack((x, flip(x)), axis=1)',
    ]
    for e in cases:
        want = eval(e.replace('"bob"', 'b"bob"'), dict(NAMES, x=x))
        got, error = driver.run(e, x=folder + '/x.h5:/x')
        if error or got[0].shape != want.shape or got[0].tobytes() != want.tobytes():
            failures.append(e)
            print(f'FAILED: {e}: {error or got[0]}')
    return len(cases)


def same(a, b):
    return (
        a is not None
        and a.dtype == b.dtype.newbyteorder('=')
        and a.shape == b.shape
        and np.array_equal(a, b, equal_nan=a.dtype.kind in 'fc')
    )


def check(driver, e, want, sources, folder, failures):
    keys = {'threads': R.choice([1, 2, 3, 8])}
    to_file = R.random() < 0.3
    if to_file:
        keys['output'] = folder + '/out.h5:/x'
        if want.ndim and R.random() < 0.5:
            keys['chunk'] = ','.join(str(R.randint(1, max(1, n))) for n in want.shape)
    got, error = driver.run(e, **keys, **sources)
    got = got[0] if got else None
    if to_file and not error:
        with h5py.File(folder + '/out.h5') as f:
            got = f['x'][()]
            got = np.asarray(got)
    if error and 'more than 64 inputs in one pass' in error:
        return
    if not error and same(got, want):
        return
    failures.append(e)
    print(f'FAILED: {e} {keys}: {error or ""}')
    if not error:
        print('  got', got.dtype, got.shape, 'wanted', want.dtype, want.shape)
    for name, locator in sources.items():
        print(f'  {name} = {locator}')


def main():
    driver, failures, n, refused = Driver(sys.argv[1]), [], 0, 0
    with tempfile.TemporaryDirectory() as folder:
        sources = Sources(folder)
        for e in fixed_cases():
            check(driver, e, evaluate(e, type('none', (), {'arrays': {}})), {}, folder, failures)
            n += 1
        for k in range(N_CASES):
            if k % 25 == 0:
                sources.renew()
            try:
                e, want = make_case(sources)
            except (ValueError, IndexError, TypeError, np.exceptions.AxisError):
                continue
            used = {s: l for s, l in sources.locators.items() if s in e}
            check(driver, e, want, used, folder, failures)
            n += 1
            if len(failures) > 20:
                break
        with h5py.File(folder + '/e.h5', 'w') as f:
            f['a'] = np.arange(6.0).reshape(2, 3)
        for e, part in ERRORS:
            _, error = driver.run(e, a=folder + '/e.h5:/a')
            n += 1
            if not error or not error.startswith('error 2') or part not in error:
                failures.append(e)
                print(f'FAILED: {e}: {error}, not {part!r}')
        n += pressed(driver, folder, failures)
        n += texts(driver, folder, failures)
    print(f'{n} cases, {len(failures)} failed')
    sys.exit(bool(failures))


if __name__ == '__main__':
    main()
