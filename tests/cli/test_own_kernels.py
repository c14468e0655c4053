"""Users' kernels of every kind, through the command line, against NumPy: types, ranks, the edges of
chunks, NaN, and the same bits with 1 to 8 threads.

usage: test_own_kernels.py OWN_KERNELS.c
"""
import sys

from own_kernels import calc, check, close, np, store
from shared_case import chosen_seed
from shoal_command import good

KERNEL = sys.argv[1]
rng = np.random.default_rng(chosen_seed(otherwise=20261))
THREADS = (1, 2, 3, 8)
BASE = np.uint64(6364136223846793005)


def numbers(dtype, shape):
    if dtype == np.float16 or np.dtype(dtype).kind == 'f':
        x = rng.normal(0, 100, shape).astype(dtype)
        x[rng.random(shape) < 0.02] = np.nan
        return x
    if np.dtype(dtype).kind == 'c':
        return (rng.normal(size=shape) + 1j * rng.normal(size=shape)).astype(dtype)
    if dtype == bool:
        return rng.random(shape) < 0.5
    low, high = (0, 200) if np.dtype(dtype).kind == 'u' else (-100, 100)
    return rng.integers(low, high, shape).astype(dtype)


def digest(lines):
    """The last axis's digest, element by element; overflow is meant."""
    h = np.zeros(lines.shape[:-1], np.uint64)
    with np.errstate(over='ignore'):
        for k in range(lines.shape[-1]):
            h = h * BASE + lines[..., k].astype(np.int64).astype(np.uint64)
        return h + np.uint64(lines.shape[-1])


def on_all_threads(expression, want, *inputs, more=()):
    for threads in THREADS:
        check(f'{expression} with {threads} threads',
              calc(KERNEL, expression, *inputs, threads=threads, more=more), want)


def test_elements():
    # rank, chunks: edges within, one chunk, rows broadcast
    for shape, chunks in (((5000,), (777,)), ((130, 97), (32, 40)), ((7, 30, 41), (3, 16, 16)),
                          ((1, 3), (1, 3)), ((4100,), (4100,))):
        x, y = numbers('f8', shape), numbers('f8', shape)
        files = store('x', x, chunks), store('y', y, chunks)
        on_all_threads('polynomial(x, y, b=3)', 2 * x + 3 * y, *files)
        check('a slice', calc(KERNEL, 'polynomial(x, y, 0.5, 3)[..., 1:3]', *files),
              (0.5 * x + 3 * y)[..., 1:3])
    x, row = numbers('f4', (60, 70)), numbers('f4', (70,))
    files = store('x', x, (16, 70)), store('y', row, (70,))
    want = np.float32(2) * x + np.float32(1) * row
    check('float32, broadcast', calc(KERNEL, 'polynomial(x, y, b=1)', *files), want)
    expression = 'where(x > 0, polynomial(x, y, b=1), x) - y'
    check('within an expression', calc(KERNEL, expression, *files),
          np.where(x > 0, want, x) - row)
    check('a literal', calc(KERNEL, 'polynomial(x, 2, b=1)', *files), np.float32(2) * x + 2)
    check('of a transpose', calc(KERNEL, 'polynomial(x.T, x.T, b=1)', files[0]), (3 * x).T)
    for dtype in ('i1', 'u1', 'i2'):
        x = numbers(dtype, (40, 50))
        check(f'{dtype} to int16', calc(KERNEL, 'polynomial(x, x, b=-1)', store('x', x, (7, 50))),
              x.astype('i8'))
    for dtype in ('i4', 'u4', 'i8'):
        x = numbers(dtype, (40, 50))
        check(f'{dtype} to float64', calc(KERNEL, 'polynomial(x, x, b=1)', store('x', x, (7, 50))),
              x * 3.0)
    done = good('calc', '--kernel', KERNEL, 'polynomial(2, 3, b=1); polynomial(2.0, 3, 1, 1)')
    want = b'polynomial(2, 3, b=1) = 7 polynomial(2.0, 3, 1, 1) = 5.0'
    assert done.out.split() == want.split(), done


def test_types():
    x = numbers('f2', (90, 33))
    got = calc(KERNEL, 'turn_half(x)', store('x', x, (16, 16)))
    check('float16', got, -x)
    z = numbers('c8', (90, 33))
    file = store('x', z, (16, 16))
    check('complex64', calc(KERNEL, 'turn_complex(x)', file), z * np.complex64(1j))
    b = numbers(bool, (90, 33))
    check('bool', calc(KERNEL, 'where(flip_bool(x), 1, 0)', store('x', b, (16, 16))),
          np.where(b, 0, 1))
    x = numbers('i1', (31, 40))
    for slices in ('', '[3:30, ::-2]'):
        got = calc(KERNEL, f'place(x){slices}', store('x', x, (8, 16)))
        check('the place in the array', got, np.arange(got.size).reshape(got.shape))


def test_results():
    x, y = numbers('i4', (300, 41)), rng.integers(-5, 6, (300, 41)).astype('i4')
    files = store('x', x, (50, 41)), store('y', y, (300, 8))
    q = np.where(y == 0, 0, np.trunc(x / np.where(y == 0, 1, y))).astype('i4')
    r = np.where(y == 0, 0, np.fmod(x, np.where(y == 0, 1, y))).astype('i8')
    on_all_threads('divide3(x, y)[0]', q, *files)
    on_all_threads('divide3(x, y)[1] + 0', r, *files)
    check('the last', calc(KERNEL, 'divide3(x, y)[-1]', *files), r == 0)
    check('two', calc(KERNEL, 'divide3(x, y)[0] * y + divide3(x, y)[1]', *files),
          np.where(y == 0, 0, x.astype('i8')))
    check('names', calc(KERNEL, 'divide3(divisor=x, dividend=y)[0] * 0', *files), x * 0)
    check('all three', calc(KERNEL, 'where(divide3(x, y)[2], divide3(x, y)[0], divide3(x, y)[1])',
                            *files), np.where(r == 0, q, r))
    xs = [np.round(numbers('f8', (90, 11))) for _ in range(8)]  # exact with and without fma
    files = [store(f'x{k}', a, (20 + k, 11)) for k, a in enumerate(xs)]
    want = np.zeros((90, 11))
    for k, a in enumerate(xs):
        want = want + (k + 1) * a
    on_all_threads(f'eight({", ".join(f"x{k}" for k in range(8))})', want, *files)


def test_reductions():
    for shape, chunks in (((5000,), (777,)), ((3, 5000), (1, 640))):
        x = numbers('i4', shape)
        file = store('x', x, chunks)
        on_all_threads('digest(x, axis=-1)' if x.ndim > 1 else 'digest(x)', digest(x), file)
    for shape, chunks in (((700, 9), (64, 9)), ((701, 600), (100, 130)), ((40, 30, 20), (7, 8, 9))):
        x = numbers('i4', shape)
        file = store('x', x, chunks)
        for axis in range(x.ndim):
            want = digest(np.moveaxis(x, axis, -1))
            on_all_threads(f'digest(x, axis={axis})', want, file)
            check('keepdims', calc(KERNEL, f'digest(x, axis={axis}, keepdims=True)', file),
                  np.expand_dims(want, axis))
            check('computed', calc(KERNEL, f'digest(x * int32(1), axis={axis})', file), want)
            check('sliced', calc(KERNEL, f'digest(x, axis={axis})[..., 1::2]', file),
                  want[..., 1::2])
    labels = rng.integers(0, 7, 701)
    x = numbers('i4', (701, 30))
    want = np.stack([digest(x[labels == k].T) for k in np.unique(labels)])
    on_all_threads('digest(x, axis=0, by=l)', want, store('x', x, (60, 13)),
                   store('l', labels, (100,)))
    check('nothing', calc(KERNEL, 'digest(x[0:0])', store('x', x, (60, 13))), np.uint64(0))
    check('nothing, along an axis', calc(KERNEL, 'digest(x[0:0], axis=0)', store('x', x, (60, 13))),
          np.zeros(30, 'u8'))


def weighted(x, w, axis=None):
    return (x * w).sum(axis) / (w + 0 * x).sum(axis)


def test_reductions_of_several():
    for shape, chunks in (((5000,), (777,)), ((701, 600), (100, 130)), ((40, 30, 20), (7, 8, 9))):
        x = rng.integers(-50, 50, shape).astype('f8')  # exact in any order
        w = rng.integers(1, 9, shape).astype('f8')
        u, v = numbers('i1', shape), numbers('i4', shape)
        files = [store(n, a, c) for n, a, c in (
            ('x', x, chunks), ('w', w, shape), ('u', u, chunks),
            ('v', v, tuple(max(n - 3, 1) for n in chunks)))]
        on_all_threads('weigh(x, w)', weighted(x, w), *files[:2])
        pairs = 1000 * v.astype('i8') + u
        if len(shape) == 1:
            on_all_threads('pairs(u, v)', digest(pairs), *files[2:])
        for axis in range(len(shape)):
            on_all_threads(f'weigh(x, w, axis={axis})', weighted(x, w, axis), *files[:2])
            on_all_threads(f'pairs(u, v, axis={axis})', digest(np.moveaxis(pairs, axis, -1)),
                           *files[2:])
        check('by name', calc(KERNEL, 'weigh(weight=w + w, x=x, scale=0.5, axis=0)', *files[:2]),
              weighted(x, w, 0) * 0.5)
        check('keepdims, a slice', calc(KERNEL, 'weigh(x, w, axis=-1, keepdims=True)[..., 0]',
                                        *files[:2]), weighted(x, w, -1))
        check('with an array', calc(KERNEL, 'x - weigh(x, w, axis=0)', *files[:2]),
              x - weighted(x, w, 0))
    x, row = rng.integers(-50, 50, (90, 70)).astype('f8'), rng.integers(1, 9, 70).astype('f4')
    files = store('x', x, (16, 70)), store('w', row, (70,))
    on_all_threads('weigh(x, w)', weighted(x, row.astype('f8')), *files)
    on_all_threads('weigh(x * 2, w[None, ::-1] + 1, axis=1)',
                   weighted(x * 2, row[::-1].astype('f8') + 1, 1), *files)
    check('a literal', calc(KERNEL, 'weigh(x, 1)', files[0]), x.mean())
    check('cast', calc(KERNEL, 'weigh(int8(x), w, axis=0)', *files),
          weighted(x, row.astype('f8'), 0))
    u, v = numbers('i1', (701, 30)), numbers('i4', (701, 30))
    pairs = 1000 * v.astype('i8') + u
    files = store('u', u, (60, 13)), store('v', v, (701, 30))
    for axis, kept in ((0, pairs.T), (1, pairs)):
        labels = rng.integers(0, 7, kept.shape[-1])
        want = np.stack([digest(kept[:, labels == k]) for k in np.unique(labels)], axis)
        on_all_threads(f'pairs(u, v, axis={axis}, by=l)', want, *files[:2],
                       store('l', labels, (20,)))
    check('nothing', calc(KERNEL, 'pairs(u[:0], v[:0])', *files[:2]), np.uint64(0))


def test_five():
    """Records of five types, longer than any element."""
    for shape, chunks in (((3001,), (500,)), ((130, 97), (32, 40))):
        b, z = numbers(bool, shape), rng.integers(-9, 9, shape) + 1j * rng.integers(-9, 9, shape)
        h, i, n = numbers('f4', shape).astype('f2'), numbers('i4', shape), numbers('i8', shape)
        h = np.nan_to_num(h)
        files = [store(k, a, chunks) for k, a in zip('bzhin', (b, z, h, i, n))]

        def want(axis):
            at = np.arange(b.size).reshape(shape) if axis is None else np.arange(
                shape[axis]).reshape([-1 if k == axis else 1 for k in range(len(shape))])
            all_of = (b + z.real.astype('i8') + 3 * z.imag.astype('i8') + h.view('u2') + i +
                      n * at)
            return all_of.sum(axis).astype('i8')

        for axis in (None, *range(len(shape))):
            on_all_threads(f'five(b, z, h, i, n, axis={axis})', want(axis), *files)
    labels = rng.integers(0, 5, 97)
    each = b + z.real.astype('i8') + 3 * z.imag.astype('i8') + h.view('u2') + i
    want_by = np.stack([each[:, labels == k].sum(1) for k in np.unique(labels)], 1).astype('i8')
    on_all_threads('five(b, z, h, i, int64(n * 0), axis=1, by=l)', want_by, *files,
                   store('l', labels, (97,)))


def test_same_bits():
    for dtype in ('f4', 'f8'):
        x = np.abs(rng.normal(size=(900, 300)) * 10.0 ** rng.integers(-3, 4, (900, 300)))
        x = x.astype(dtype)
        file = store('x', x, (100, 64))
        first = {}
        for threads in range(1, 9):
            for expression in ('plain_sum(x)', 'plain_sum(x, axis=0)', 'plain_sum(x, axis=1)',
                               'plain_sum(x * x, scale=0.5)'):
                got = calc(KERNEL, expression, file, threads=threads)
                want = first.setdefault(expression, got)
                check(f'{expression} with {threads} threads', got, want)
                small = calc(KERNEL, expression, file, threads=threads, more=('-m', '64M'))
                check(f'{expression} in less memory', small, want)
        tolerance = 2e-4 if dtype == 'f4' else 1e-12
        assert np.allclose(first['plain_sum(x)'], x.sum(dtype='f8'), rtol=tolerance)
        assert np.allclose(first['plain_sum(x, axis=0)'], x.sum(axis=0, dtype='f8'), rtol=tolerance)
        assert np.allclose(first['plain_sum(x, axis=1)'], x.sum(axis=1, dtype='f8'), rtol=tolerance)
    x = numbers('f8', (5000,))
    got = calc(KERNEL, 'plain_sum(x)', store('x', x, (999,)))
    assert np.isnan(got) == np.isnan(x).any()


def last_greatest(x, axis=None):
    if axis is None:
        return np.int64(x.size - 1 - np.argmax(x.ravel()[::-1]))
    return (x.shape[axis] - 1 - np.argmax(np.flip(x, axis), axis=axis)).astype('i8')


def test_index():
    x = rng.integers(0, 9, (83, 61, 10)).astype('f8')
    file = store('x', x, (20, 16, 10))
    on_all_threads('last_greatest(x)', last_greatest(x), file)
    for axis in range(3):
        on_all_threads(f'last_greatest(x, axis={axis})', last_greatest(x, axis), file)


def test_lines():
    for shape, chunks in (((5000,), (777,)), ((130, 97), (32, 40)), ((12, 30, 41), (5, 16, 16))):
        x, i = numbers('f4', shape), numbers('i4', shape)
        files = store('x', x, chunks), store('i', i, chunks)
        for axis in range(len(shape)):
            on_all_threads(f'backwards(x, axis={axis})', np.flip(x, axis), files[0])
            for step in (2, 7, 10 ** 6):
                want = np.take(i, range(0, shape[axis], step), axis=axis) * 0.5
                got = calc(KERNEL, f'every(i, {step}, axis={axis})', files[1])
                check(f'every {step}', got, want)
        check('of an expression', calc(KERNEL, 'backwards(x + x, axis=0)', files[0]),
              np.flip(x + x, 0))
        check('all of it', calc(KERNEL, 'every(i, 3, axis=None)', files[1]),
              i.ravel()[::3] * 0.5)
        check('summed', calc(KERNEL, 'max(every(i, 3, axis=0))', files[1]), (i[::3] * 0.5).max())


def padded(x, axis, before, after, mode, cval):
    width = [(0, 0)] * x.ndim
    width[axis] = (before, after)
    modes = {'reflect': 'symmetric', 'mirror': 'reflect', 'nearest': 'edge', 'wrap': 'wrap',
             'constant': 'constant'}
    more = {'constant_values': cval} if mode == 'constant' else {}
    return np.pad(x, width, modes[mode], **more)


def test_stencils():
    modes = ('reflect', 'nearest', 'constant', 'wrap', 'mirror')
    for shape, chunks in (((5000,), (777,)), ((130, 97), (32, 40)), ((12, 30, 41), (5, 16, 16))):
        x, i = numbers('f8', shape), numbers('i4', shape)
        files = store('x', x, chunks), store('i', i, chunks)
        for axis in range(len(shape)):
            n = shape[axis]
            for mode in modes:
                p = padded(x, axis, 1, 2, mode, 1.5)
                want = np.take(p, range(3, n + 3), axis) - np.take(p, range(n), axis)
                call = f'slope(x, axis={axis}, mode="{mode}", cval=1.5)'
                check(call, calc(KERNEL, call, files[0]), want)
            for before, after in ((0, 0), (3, 0), (2, 9)):
                p = padded(i, axis, before, after, 'reflect', 0)
                want = np.lib.stride_tricks.sliding_window_view(p, before + after + 1, axis).max(-1)
                on_all_threads(f'window_max(i, {before}, {after}, axis={axis})', want, files[1])
    # a long line in parts, with neighbours across them
    x = numbers('f8', (1 << 20,))
    p = padded(x, 0, 1, 2, 'reflect', 0)
    want = p[3:] - p[:-3]
    on_all_threads('slope(x)', want, store('x', x, (1 << 15,)), more=('-m', '24M'))


def padded_all(x, axes, before, after, mode, cval):
    for axis, b, a in zip(axes, before, after):
        x = padded(x, axis, b, a, mode, cval)
    return x


def windows(x, axes, before, after, mode='reflect', cval=0):
    """By offsets along the axes: the array of those neighbours."""
    p = padded_all(x, axes, before, after, mode, cval)
    for offsets in np.ndindex(*(b + a + 1 for b, a in zip(before, after))):
        at = [slice(None)] * x.ndim
        for axis, o in zip(axes, offsets):
            at[axis] = slice(o, o + x.shape[axis])
        yield [o - b for o, b in zip(offsets, before)], p[tuple(at)]


def nine(x, axes, mode='reflect', cval=0):
    return sum((9 + 3 * a + b) * w
               for (a, b), w in windows(x, axes, (1, 1), (1, 1), mode, cval))


def seven(x, axes, mode='reflect', cval=0):
    total = -6 * x
    for at, w in windows(x, axes, (1, 1, 1), (1, 1, 1), mode, cval):
        if sum(map(abs, at)) == 1:
            k = next(k for k in range(3) if at[k])
            total = total + (np.float32(k + 1) if at[k] < 0 else np.float32(1)) * w
    return total


def box_sum(x, axes, up, down, left, right):
    total = np.zeros(x.shape, 'i8')
    for (a, b), w in windows(x.astype('i8'), axes, (up, left), (down, right)):
        total += (3 + a) * (7 + b) * w
    place = np.arange(x.shape[axes[0]] * x.shape[axes[1]])
    place = place.reshape([n if k in axes else 1 for k, n in enumerate(x.shape)])
    return total + place


MODES = ('reflect', 'nearest', 'constant', 'wrap', 'mirror')


def test_boxes():
    """Stencils over two and three axes, in every mode, at the edges and across chunks."""
    for shape, chunks in (((130, 97), (32, 40)), ((2, 3), (2, 3)), ((12, 30, 41), (5, 16, 16)),
                          ((6, 11, 4, 9), (3, 4, 4, 5))):
        x = rng.integers(-50, 50, shape).astype('f8')
        file = store('x', x, chunks)
        check('the last axes', calc(KERNEL, 'nine(x)', file), nine(x, (x.ndim - 2, x.ndim - 1)))
        for k in range(x.ndim - 1):
            axes = (k, k + 1)
            for mode in MODES:
                call = f'nine(x, axis={axes}, mode="{mode}", cval=2.5)'
                check(call, calc(KERNEL, call, file), nine(x, axes, mode, 2.5))
            on_all_threads(f'nine(x * 2, axis={axes})', nine(x * 2, axes), file)
            i = x.astype('i4')
            for around in ((0, 0, 0, 0), (2, 0, 1, 3), (0, 5, 4, 0)):
                if max(around) >= min(shape) and min(shape) < 4:
                    continue
                got = calc(KERNEL, f'box_sum(int32(x), {", ".join(map(str, around))}, axis={axes})',
                           file)
                check(f'box_sum {around} {axes} {shape}', got, box_sum(i, axes, *around))
        for k in range(x.ndim - 2):
            axes = (k, k + 1, k + 2)
            for mode in MODES:
                call = f'seven(float32(x), axis={axes}, mode="{mode}", cval=2.5)'
                check(call, calc(KERNEL, call, file), seven(x.astype('f4'), axes, mode, 2.5))
    x = rng.integers(-50, 50, (60, 70)).astype('f8')
    file = store('x', x, (16, 20))
    for expression, want in (
            ('max(nine(x), axis=0)', nine(x, (0, 1)).max(0)), ('nine(x.T)', nine(x.T, (0, 1))),
            ('nine(nine(x))[3:9, ::-2]', nine(nine(x, (0, 1)), (0, 1))[3:9, ::-2]),
            ('nine(x)[0:0]', x[0:0]), ('nine(x[10:40:3])', nine(x[10:40:3], (0, 1))),
            ('nine(x[0:0])', x[0:0]), ('nine(x[:, 0:0])', x[:, 0:0])):
        check(expression, calc(KERNEL, expression, file), want)


def pool(x, axes, step):
    for axis in axes:
        x = np.add.reduceat(x.astype('i8'), np.arange(0, x.shape[axis], step), axis)
    return x


def test_planes():
    """Whole planes and volumes, to planes and volumes of other shapes."""
    for shape, chunks in (((130, 97), (32, 40)), ((12, 30, 41), (5, 16, 16)),
                          ((6, 11, 4, 9), (3, 4, 4, 5)), ((40, 90, 100), (1, 30, 100))):
        x, f = numbers('i4', shape), rng.integers(-9, 9, shape).astype('f4')
        files = store('x', x, chunks), store('f', f, chunks)
        for k in range(x.ndim - 1):
            for step in (1, 2, 7, 1000):
                call = f'pool(x, {step}, axis=({k}, {k + 1}))'
                on_all_threads(call, pool(x, (k, k + 1), step), files[0])
        check('the last axes', calc(KERNEL, 'pool(x + x)', files[0]),
              pool(x + x, (x.ndim - 2, x.ndim - 1), 2))
        check('summed', calc(KERNEL, 'max(pool(x), axis=0)[1:]', files[0]),
              pool(x, (x.ndim - 2, x.ndim - 1), 2).max(0)[1:])
        chunk = ','.join(['5'] * x.ndim)
        on_all_threads('pool(x, 3)', pool(x, (x.ndim - 2, x.ndim - 1), 3), files[0],
                       more=('--chunk', chunk))
        for k in range(x.ndim - 2):
            axes, n = (k, k + 1, k + 2), int(np.prod(shape[k:k + 3]))
            number = np.arange(n, dtype='f4').reshape(
                [m if j in axes else 1 for j, m in enumerate(shape)])
            on_all_threads(f'turn_volume(f, axis={axes})', np.flip(f, axes) + number, files[1])
    check('nothing', calc(KERNEL, 'pool(x[:, 0:0])', files[0]), np.zeros((40, 0, 50), 'i8'))


def test_large_boxes():
    """In parts, with little memory, to chunks of one's own."""
    for shape, chunks in (((1500, 1100), (200, 300)), ((6, 900, 500), (1, 300, 250)),
                          ((900, 3, 400), (100, 3, 100))):
        x = rng.integers(-50, 50, shape).astype('f8')
        file = store('x', x, chunks)
        for axes in {(x.ndim - 2, x.ndim - 1), (0, 1)}:
            want = nine(x, axes)
            call = f'nine(x, axis={axes})'
            for more in (('-m', '20M'), ('-m', '40M'), ('--chunk', ','.join(['7'] * x.ndim)),
                         ('-m', '30M', '--chunk', ','.join(str(min(n, 50)) for n in shape))):
                on_all_threads(call, want, file, more=more)
    x = rng.integers(-9, 9, (150, 90, 80)).astype('f4')
    on_all_threads('seven(x, mode="mirror")', seven(x, (0, 1, 2), 'mirror'),
                   store('x', x, (20, 40, 40)), more=('-m', '16M'))


def test_within():
    """Kernels below and above other functions: views, joins, order statistics, lines, masks."""
    x, y = numbers('i4', (90, 40)), rng.integers(1, 6, (90, 40)).astype('i4')
    files = store('x', x, (20, 16)), store('y', y, (90, 8))
    q, r = np.trunc(x / y).astype('i4'), np.fmod(x, y).astype('i8')
    k = 'divide3(x, y)[0]', 'divide3(x, y)[1]'
    for expression, want in (
            (f'median({k[0]})', np.median(q)), (f'sort({k[0]}, axis=0)', np.sort(q, 0)),
            (f'cumsum({k[1]}, axis=1)', np.cumsum(r, 1)), (f'roll({k[0]}, 3, axis=0)',
                                                           np.roll(q, 3, 0)),
            (f'concatenate([{k[0]}, {k[0]}[:7]], axis=0)', np.concatenate([q, q[:7]])),
            (f'reshape({k[1]}, (60, 60))', r.reshape(60, 60)),
            (f'({k[1]}).T[3:5, ::-1]', r.T[3:5, ::-1]),
            (f'{k[0]}[{k[1]} == 0]', q[r == 0]), (f'x[{k[0]}[:, 0] > 2]', x[q[:, 0] > 2]),
            (f'take({k[0]}, [3, 1], axis=1)', q[:, [3, 1]]),
            (f'{k[0]} - max({k[0]}, axis=0)', q - q.max(0)),
            (f'a = {k[0]}; divide3(a, y)[1] + a', np.fmod(q, y).astype('i8') + q),
            (f'pad({k[1]}, 2, mode="edge")', np.pad(r, 2, 'edge')),
            (f'digest({k[0]}, axis=0) + uint64(1)', digest(q.T) + np.uint64(1)),
            (f'every(window_max({k[0]}, 0, 1, axis=1), 2, axis=1)',
             np.maximum(q, np.concatenate([q[:, 1:], q[:, -1:]], 1))[:, ::2] * 0.5),
            ('plain_sum(float64(backwards(float32(x), axis=1)), axis=1)', x.sum(1) * 1.0)):
        check(expression, calc(KERNEL, expression, *files), want)


def test_plan():
    x = numbers('f8', (3000, 100))
    file = store('x', x, (100, 100))
    text = good('calc', '-n', '--kernel', KERNEL, 'plain_sum(x, axis=0); eight(x,x,x,x,x,x,x,x)',
                file, '-m', '100M').out.decode()
    assert 'kernel  plain_sum, float64 -> float64, states of 8 B' in text, text
    assert 'scratch of 16.0 KiB a thread' in text, text
    listed = good('calc', '--functions', '--kernel', KERNEL).out.decode()
    assert 'polynomial(x, y, a=2, b)' in listed and 'a * x + b * y; int16, int16 -> int64' in listed
    assert 'window_max(x, before=1, after=1, axis=-1, mode="reflect", cval=0)' in listed, listed
    listed = good('calc', '--functions', '--json', '--kernel', KERNEL).json()
    rows = {f['signature']: f for f in listed}
    assert rows['divide3(dividend, divisor)']['family'] == 'kernels'


for name, test in list(globals().items()):
    if name.startswith('test_'):
        test()
        print(name)
close()
