"""Summaries of chunks: what is written is what FORMAT.md says and what NumPy finds in the data;
what is answered from them has the bits of what is computed from the data; chunks that cannot match
are not read; and whatever others do to a file is noticed. Other readers see nothing of them.

usage: test_summaries.py CALC_DRIVER SHOAL INGEST_CONTIGUOUS [SEED]
"""

import fractions, json, math, os, shutil, struct, subprocess, sys, tempfile

from shared_case import chosen_seed, generators, need

need('h5py', 'hdf5plugin', 'numpy')
import h5py, hdf5plugin, numpy as np
from cf_driver import Driver

DRIVER, SHOAL, CONTIGUOUS = sys.argv[1:4]
R, G = generators(chosen_seed(4))
np.seterr(all='ignore')
TYPES = '? i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8'.split()
CODECS = ['blosc:lz4', 'gzip:1', 'none', 'none+fletcher32', 'zstd:1', 'contiguous']
checked = 0


def check(fine, *what):
    global checked
    checked += 1
    if not fine:
        print('FAILED:', *what)
        sys.exit(1)


class Calc(Driver):
    def run(self, expr, **parts):
        """Results as (type, bytes), or the message of an error."""
        return [answer if isinstance(answer, str) else (answer[0], answer[2])
                for answer in self.ask(expr, parts)]


driver = Calc(DRIVER)


def shoal(*args, fails=False):
    p = subprocess.run([SHOAL, *map(str, args)], capture_output=True, text=True)
    if not fails and p.returncode:
        raise SystemExit(f'FAILED: shoal {args}: {p.stderr}')
    return p.stdout


def same(a, b):
    """The same bits; any NaN is as good as another."""
    if isinstance(a, str) or isinstance(b, str):
        return a == b
    if a[0] != b[0]:
        return False
    x, y = np.frombuffer(a[1], a[0]), np.frombuffer(b[1], b[0])
    if x.dtype.kind not in 'fc':
        return a[1] == b[1]
    nan = np.isnan(x) & np.isnan(y)
    bits = f'u{x.itemsize}' if x.dtype.kind == 'f' else None
    equal = x.view(bits) == y.view(bits) if bits else x == y
    return bool(np.all(equal | nan))


def both(expr, **parts):
    a = driver.run(expr, **parts)
    b = driver.run(expr, **{'@no_summaries': 1}, **parts)
    check(len(a) == len(b) and all(map(same, a, b)), expr, parts, a, b)
    return a


def known(expr, *inputs):
    """Boxes that are known before the run, of how many."""
    plan = json.loads(shoal('calc', '-n', '--json', expr, *inputs))
    return sum(p['known_boxes'] for p in plan['passes'])


def random_data(dtype, shape):
    d = np.dtype(dtype)
    n = int(np.prod(shape))
    kind = R.randrange(5)
    if d.kind == 'b':
        x = G.random(n) < R.choice([0, 0.01, 0.5, 1])
    elif d.kind in 'iu':
        info = np.iinfo(d)
        if kind == 0:
            x = G.integers(info.min, info.max, n, dtype=d, endpoint=True)
        elif kind == 1:
            x = np.full(n, R.choice([0, 1, info.max, info.min]), d)
        else:
            x = (np.arange(n) // max(1, n // 50) + G.integers(0, 5, n)).astype(d)
    else:
        x = G.normal(size=n) * R.choice([1, 1e-3, 100])
        if kind == 0:
            x = np.exp(G.normal(size=n) * (3 if d.itemsize == 2 else 80)) * G.choice([-1, 1], n)
        if kind == 1:
            x = G.choice([0.0, -0.0, 1.0], n)
        if kind == 2:
            x = np.sort(x)
        x = x.astype(d)
        for value, share in [(np.nan, 0.3), (np.inf, 0.1), (-np.inf, 0.1), (-0.0, 0.2), (0.0, 0.2)]:
            if R.random() < 0.3:
                at = G.random(n) < share * G.random()
                if R.random() < 0.5:
                    at &= np.arange(n) % max(1, n // 3) < n // 10
                x[at] = value
        if R.random() < 0.1:
            x[: n // 3] = np.nan
    return x.reshape(shape)


def store(file, path, data, chunk, codec, *more):
    np.save(file + '.npy', data)
    if codec == 'contiguous':
        subprocess.run([CONTIGUOUS, file + '.npy', f'{file}:{path}'], check=True)
        return
    args = ['ingest', file + '.npy', '-o', f'{file}:{path}', '-q', *more]
    if data.ndim:
        args += ['--codec', codec, '--chunk', ','.join(map(str, chunk))]
    shoal(*args)
    os.remove(file + '.npy')


def companions(file):
    """Every companion in a file, as FORMAT.md has it: (head, records)."""
    raw = open(file, 'rb').read()
    found, at = [], raw.find(b'SHOALSUM')
    while at >= 0:
        head = struct.unpack_from('<8sIIQQQIIIIQ', raw, at)
        _, version, size, stamp, address, n, kind, width, rank, _, zero = head
        shape = struct.unpack_from(f'<{rank}Q', raw, at + 64)
        chunk = struct.unpack_from(f'<{rank}Q', raw, at + 64 + 8 * rank)
        start = at + (64 + 16 * rank + 63) // 64 * 64
        check(version == 1 and size == 64 and zero == 0, file, 'head')
        head = dict(kind=chr(kind), width=width, shape=shape, chunk=chunk)
        found.append((head, [raw[start + 64 * k : start + 64 * k + 64] for k in range(n)]))
        at = raw.find(b'SHOALSUM', at + 8)
    return found


def exact_sum(values):
    return sum(map(fractions.Fraction, values.tolist()), fractions.Fraction(0))


def check_record(record, part, what):
    stored, mask, n, flags, n_nan = struct.unpack_from('<IIIIQ', record)
    check(flags & 1 and n == part.size, what, 'count')
    kind = part.dtype.kind
    if kind == 'f':
        numbers = part[~np.isnan(part)].astype('f8')
        least, greatest, *sums = struct.unpack_from('<dd3d', record, 24)
        check(n_nan == part.size - numbers.size, what, 'NaN')
        if numbers.size:
            check(least == numbers.min() and greatest == numbers.max(), what, 'extremes')
        else:
            check(least > greatest, what, 'no extremes')
        check(flags & 2 or np.ptp(numbers[numbers != 0]) > 1e20, what, 'sum is kept')
        if flags & 2 and np.all(np.isfinite(numbers)):
            check(exact_sum(np.array(sums)) == exact_sum(numbers), what, 'sum')
        for value, flag in ((least, 4), (greatest, 8)):
            zeros = numbers[numbers == 0]
            mixed = value == 0 and len(set(np.signbit(zeros))) == 2
            check(bool(flags & flag) == mixed, what, 'signs of zeros')
            if value == 0 and not mixed:
                check(math.copysign(1, value) == math.copysign(1, zeros[0]), what, 'sign')
    else:
        least, greatest = struct.unpack_from('<qq' if kind == 'i' else '<QQ', record, 24)
        total = int.from_bytes(record[40:64], 'little', signed=True)
        check(n_nan == 0 and flags & 2, what, 'flags')
        check(least == int(part.min()) and greatest == int(part.max()), what, 'extremes')
        check(total == sum(map(int, part.ravel().tolist())), what, 'sum')


def check_statistics(file, data):
    told = json.loads(shoal('info', '--stats', '--json', f'{file}:/t'))['objects'][0]['statistics']
    numbers = data[~np.isnan(data)] if data.dtype.kind == 'f' else data
    check(told['n_chunks'] == told['n_chunks_known'], file, 'chunks')
    check(told['n_elements'] == data.size, file, 'elements')
    check(told['n_nan'] == data.size - numbers.size, file, 'NaN')
    check(('min' in told) == (numbers.size > 0), file, 'extremes')
    for name, value in (('min', numbers.min), ('max', numbers.max)):
        if name in told:
            check(data.dtype.type(told[name]) == value(), file, name, told)
    if data.dtype.kind != 'f':
        check(told['sum'] == sum(map(int, data.ravel().tolist())), file, 'sum')
    elif 'sum' in told:
        finite = np.all(np.isfinite(numbers))
        total = math.fsum(numbers.astype('f8').tolist()) if finite else np.sum(numbers.astype('f8'))
        check(float(told['sum']) == total or total != total, file, 'sum', told, total)
    check('known' in shoal('info', '--stats', f'{file}:/t'), file, 'info')


def check_companion(file, data):
    found = companions(file)
    check(len(found) == 1, file, 'one companion')
    head, records = found[0]
    check(head['shape'] == data.shape and head['width'] == data.itemsize, file, 'head')
    check(head['kind'] == data.dtype.kind, file, 'kind')
    chunk = head['chunk']
    grid = [-(-n // c) for n, c in zip(data.shape, chunk)]
    check(len(records) == int(np.prod(grid)), file, 'records')
    for k, at in enumerate(np.ndindex(*grid)):
        part = data[tuple(slice(i * c, i * c + c) for i, c in zip(at, chunk))]
        check_record(records[k], np.asarray(part), (file, data.dtype, at))


EXPRESSIONS = (
    'sum(t); mean(t); min(t); max(t); count(t); any(t); all(t); count_nonzero(t)',
    'nansum(t); nanmean(t); nanmin(t); nanmax(t)',
    'var(t); nanstd(t); argmin(t); nanargmax(t * 1)',
    'min(t, axis=0); sum(t, axis=0); max(t, axis=-1)',
    'count_nonzero(t > x); any(t >= x); all(t < x); sum(t == x); mean(t != x)',
    'count_nonzero((t > x) & (t < y)); count_nonzero((t <= x) | ~(t < y)); sum((t > x) ^ (t > y))',
    'sum(where(t > x, t, 0)); min(where(t > x, t, 1)); max(where(t < x, 2, t))',
    'var(where(t > x, 1, 0))',
    'count_nonzero(t > x, axis=0); sum(where(t > x, t, 0), axis=-1)',
    'where(t > x, 1, 2)',
    'argmax(t > x); argmin(where(t > y, 1, 2)); prod(where(t > x, 1, 2))',
    'count_nonzero(t + 1 > x); count_nonzero(t * 2 - x < y); count_nonzero(-t > x)',
    'count_nonzero(abs(t) > y); any(maximum(t, x) > y); all(minimum(t, y) < x)',
    'count_nonzero(t > mean(t)); sum(where(t > max(t) - 1, t, 0))',
    'count_nonzero(t[3:] > x); sum(t[::2]); max(t[:, ::-1] if 0 else t[1:-1]); min(t[::-1])',
)


def expressions(data):
    finite = data[np.isfinite(data)] if data.dtype.kind == 'f' else data
    pick = [0, 1] if not finite.size else [finite.ravel()[R.randrange(finite.size)] for _ in 'xy']
    x, y = (repr(v.item()) if hasattr(v, 'item') else str(v) for v in pick)
    for text in EXPRESSIONS:
        for e in text.split('; '):
            if ' if ' in e or (data.dtype.kind == 'b' and ('-' in e or 'x' in e)):
                continue
            if data.ndim == 0 and ('axis' in e or '[' in e):
                continue
            yield ''.join(
                x if c == 'x' and not e[i - 1 : i].isalpha() and not e[i + 1 : i + 2].isalpha()
                else y if c == 'y' and not e[i - 1 : i].isalpha() and not e[i + 1 : i + 2].isalpha()
                else c
                for i, c in enumerate(e)
            )


def test_random(folder, n_files):
    for k in range(n_files):
        rank = R.randrange(5)
        shape = tuple(R.choice([1, 2, 7, 30, 100]) for _ in range(rank))
        while np.prod(shape) > 200000:
            shape = tuple(max(1, s // 2) for s in shape)
        chunk = [max(1, R.randrange(1, s + 1)) for s in shape]
        if np.prod([-(-s // c) for s, c in zip(shape, chunk)]) > 2000:
            chunk = [max(c, s // 3 + 1) for s, c in zip(shape, chunk)]
        dtype, codec = TYPES[k % len(TYPES)], R.choice(CODECS)
        data = random_data(dtype, shape)
        file = f'{folder}/r{k}.h5'
        store(file, '/t', data, chunk, codec)
        check_companion(file, data)
        check_statistics(file, data)
        threads = R.choice([1, 2, 4])
        for e in expressions(data):
            both(e, **{'@threads': threads}, t=f'{file}:/t')
        os.remove(file)


def test_pruning(folder):
    """A hundred chunks, one of which has what is asked for: the others may be garbage."""
    data = G.normal(size=(1000, 1000)).astype('f4')
    data[730, 170] = 99
    file = f'{folder}/p.h5'
    store(file, '/t', data, (100, 100), 'none')
    check_companion(file, data)
    times = os.stat(file)
    with h5py.File(file) as f:
        d = f['t'].id
        places = [d.get_chunk_info(k) for k in range(d.get_num_chunks())]
    with open(file, 'r+b') as f:
        for p in places:
            if p.chunk_offset != (700, 100):
                f.seek(p.byte_offset)
                f.write(b'\xff' * p.size)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    for e, expected in (
        ('count_nonzero(t > 50)', 1),
        ('sum(where(t > 50, t, 0))', 99),
        ('any(t > 98)', True),
        ('any(t > 100)', False),
        ('count_nonzero((t > 50) & (t < 98))', 0),
        ('max(t)', 99),
        ('count(t)', data.size),
    ):
        for threads in (1, 3):
            out = driver.run(e, **{'@threads': threads}, t=f'{file}:/t')
            check(np.frombuffer(out[0][1], out[0][0])[0] == expected, e, out)
    boxes = known('count_nonzero(t > 50)', f't={file}:/t')
    check(boxes == 99, 'boxes that are known', boxes)
    out = driver.run('count_nonzero(t > 50)', **{'@no_summaries': 1}, t=f'{file}:/t')
    check(np.frombuffer(out[0][1], out[0][0])[0] == 1, 'computed from the data')
    out = driver.run('count(t)', **{'@no_summaries': 1}, t=f'{file}:/t')
    check(np.frombuffer(out[0][1], out[0][0])[0] == 10000, 'the garbage is there')


def expect(file, path, what):
    """Computed afresh: what h5py reads is what shoal finds, and nothing is known beforehand."""
    with h5py.File(file) as f:
        data = f[path][()]
    out = driver.run('max(d); count_nonzero(d > 3); min(d)', d=f'{file}:{path}')
    found = [np.frombuffer(o[1], o[0])[0] for o in out]
    check(found == [data.max(), np.count_nonzero(data > 3), data.min()], what, found, data.max())
    check(known('max(d)', f'd={file}:{path}') == 0, what, 'is still known')


def change(folder, what, codec, edit, dtype='f8', chunk=(16, 16)):
    data = np.floor(G.normal(size=(64, 48)) * 2)
    data[20, 20], data[0, 0] = 9, 8
    file = f'{folder}/c.h5'
    if os.path.exists(file):
        os.remove(file)
    more = ['--unlimited', '0'] if what == 'resize' else []
    store(file, '/d', data.astype(dtype), chunk, codec, *more)
    check(known('max(d)', f'd={file}:/d') > 0, what, 'is known before')
    edit(file)
    expect(file, '/d', what)


def element(file):
    with h5py.File(file, 'r+') as f:
        f['d'][20, 20] = 0


def same_size(file):
    """A chunk that gzip makes no larger: its elements in another order of two equal halves."""
    with h5py.File(file, 'r+') as f:
        d = f['d']
        mask, raw = d.id.read_direct_chunk((16, 16))
        box = d[16:32, 16:32]
        import zlib

        for value in range(-50, 50):
            box[4, 4] = value
            shuffled = np.frombuffer(box.tobytes(), 'u1').reshape(-1, 8).T.tobytes()
            packed = zlib.compress(shuffled, 1)
            if len(packed) == len(raw) and value != 9:
                d.id.write_direct_chunk((16, 16), packed, mask)
                return
        d[20, 20] = 0


def resize(file):
    with h5py.File(file, 'r+') as f:
        f['d'].resize(16, axis=0)


def recreate(file):
    with h5py.File(file, 'r+') as f:
        data = f['d'][()]
        data[20, 20] = 0
        del f['d']
        f.create_dataset('d', data=data, chunks=(16, 16))


def through_a_map(file):
    with h5py.File(file) as f:
        at, shape, dtype = f['d'].id.get_offset(), f['d'].shape, f['d'].dtype
    m = np.memmap(file, dtype, 'r+', at, shape)
    m[20, 20] = 0
    m.flush()


def unrelated(file):
    with h5py.File(file, 'r+') as f:
        f['other'] = 1


def copied(file):
    shutil.copyfile(file, file + '.copy')
    os.replace(file + '.copy', file)


def test_changes(folder):
    if not os.stat(folder).st_mtime_ns % 1000:
        print('skipped: this file system keeps no nanoseconds')
        return
    change(folder, 'contiguous', 'contiguous', element)
    change(folder, 'chunked', 'none', element)
    change(folder, 'gzip', 'gzip:1', element)
    change(folder, 'gzip, the same size', 'gzip:1', same_size)
    change(folder, 'resize', 'gzip:1', resize)
    change(folder, 'deleted and made again', 'gzip:1', recreate)
    change(folder, 'through a map', 'contiguous', through_a_map)
    change(folder, 'another object', 'gzip:1', unrelated)
    change(folder, 'a copy', 'gzip:1', copied)


def test_upkeep(folder):
    """Copies that keep the time, appends, and other datasets in the file."""
    a, b = G.normal(size=(50, 20)), G.normal(size=(33, 20))
    file = f'{folder}/u.h5'
    store(file, '/a', a, (16, 16), 'gzip:1', '--unlimited', '0')
    again = f'{folder}/v.h5'
    store(again, '/a', a, (16, 16), 'gzip:1', '--unlimited', '0')
    check(open(file, 'rb').read() == open(again, 'rb').read(), 'the same input, the same bytes')
    shutil.copy2(file, again)
    check(known('max(a)', f'a={again}:/a') > 0, 'a copy with its time')
    store(file, '/b', b, (8, 8), 'none')
    check(known('max(a)', f'a={file}:/a') > 0, 'another dataset was added')
    check(known('max(b)', f'b={file}:/b') > 0, 'and that is known')
    np.save(f'{folder}/b.npy', b)
    shoal('ingest', f'{folder}/b.npy', '-o', f'{file}:/a', '--append', '-q')
    joined = np.concatenate([a, b])
    out = both('max(a); count(a); min(a); sum(where(a > 2, 1, 0))', a=f'{file}:/a')
    check(np.frombuffer(out[0][1])[0] == joined.max(), 'appended')
    check(known('max(a)', f'a={file}:/a') > 0, 'appended and known')
    shoal('ingest', f'{folder}/b.npy', '-o', f'{file}:/a', '--append', '-q', '--no-summaries')
    check(known('max(a)', f'a={file}:/a') == 0, 'appended without')
    check(known('max(b)', f'b={file}:/b') > 0, 'the other stays known')
    shoal('calc', 'b * 2', f'b={file}:/b', '-o', f'{file}:/c', '-q')
    check(known('max(c)', f'c={file}:/c') > 0, 'a result is known')
    both('max(c); min(c); count(c)', c=f'{file}:/c')
    shoal('calc', 'b * 2', f'b={file}:/b', '-o', f'{file}:/c', '-q', '-f', '--no-summaries')
    check(known('max(c)', f'c={file}:/c') == 0, 'a result without')
    element_of = f'{folder}/w.h5'
    store(element_of, '/a', a, (16, 16), 'none')
    with h5py.File(element_of, 'r+') as f:
        f['a'][0, 0] = 77
    store(element_of, '/b', b, (16, 16), 'none')
    check(known('max(a)', f'a={element_of}:/a') == 0, 'changed, then updated by us')
    check(known('max(b)', f'b={element_of}:/b') > 0, 'and what is new is known')


def test_damage(folder):
    """A companion that was damaged says nothing."""
    a = G.normal(size=(50, 20))
    file = f'{folder}/d.h5'
    store(file, '/a', a, (16, 16), 'gzip:1')
    raw = open(file, 'rb').read()
    start, times = raw.find(b'SHOALSUM'), os.stat(file)
    end = start + 128 + 64 * 8
    for k in range(200):
        at = R.randrange(start, end)
        broken = bytearray(raw)
        broken[at] ^= 1 << R.randrange(8)
        open(file, 'r+b').write(broken)
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
        if k == 0:
            check(known('max(a)', f'a={file}:/a') == 0, 'damaged at', at - start)
        out = driver.run('max(a)', a=f'{file}:/a')
        check(np.frombuffer(out[0][1])[0] == a.max(), 'damaged at', at - start)


def test_readers(folder):
    a = G.normal(size=(50, 20)).astype('f4')
    with_, without = f'{folder}/with.h5', f'{folder}/without.h5'
    for file, more in ((with_, []), (without, ['--no-summaries'])):
        store(file, '/group/a', a, (16, 16), 'gzip:1', *more)
        rows = ''.join(f'{k},{k / 7},w{k % 3}\n' for k in range(500))
        open(f'{folder}/t.csv', 'w').write('x,y,z\n' + rows)
        shoal('ingest', f'{folder}/t.csv', '-o', f'{file}:/table', '-q', *more)
    check(len(companions(with_)) >= 3 and not companions(without), 'who has companions')
    listed = []
    for file in (with_, without):
        with h5py.File(file) as f:
            names = []
            f.visititems(lambda name, o: names.append((name, str(o), sorted(o.attrs))))
            listed.append((names, sorted(f.attrs), f['group/a'][()].tobytes()))
    check(listed[0] == listed[1], 'h5py')
    told = [shoal('info', '--json', file).split('"objects"')[1] for file in (with_, without)]
    check(told[0] == told[1], 'info')
    shoal('verify', with_)
    with h5py.File(with_, 'r+') as f:
        f['group/a'][0, 0] = 5
    with h5py.File(with_) as f:
        check(f['group/a'][0, 0] == 5, 'h5py writes')
    try:
        import anndata, xarray
    except ImportError as e:
        print(f'skipped: {e}')
        return
    frames = [anndata.io.read_elem(h5py.File(file)['table']) for file in (with_, without)]
    check(frames[0].equals(frames[1]), 'anndata')
    grid = xarray.Dataset(
        {'t': (('y', 'x'), a)}, {'y': np.arange(50.0), 'x': np.arange(20.0)}, {'title': 'a grid'}
    )
    grid.to_netcdf(f'{folder}/in.nc', engine='h5netcdf')
    opened = []
    for name, more in (('with.nc', []), ('without.nc', ['--no-summaries'])):
        shoal('ingest', f'{folder}/in.nc:/t', '-o', f'{folder}/{name}:/t', '-q', *more)
        opened.append(xarray.open_dataset(f'{folder}/{name}', engine='h5netcdf').load())
    check(opened[0].identical(opened[1]) and np.array_equal(opened[0]['t'], a), 'xarray')


with tempfile.TemporaryDirectory(dir=os.path.dirname(os.path.abspath(DRIVER))) as folder:
    test_random(folder, int(os.environ.get('SHOAL_CASES', 72)))
    test_pruning(folder)
    test_changes(folder)
    test_upkeep(folder)
    test_damage(folder)
    test_readers(folder)
print(checked, 'checks')
