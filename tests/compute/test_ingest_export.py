"""Arrays in and out: what `shoal ingest` stores, read by h5py, and what `shoal export` writes, read
by NumPy; random types, shapes, chunks, codecs, sources and slices, and what must be refused.

    test_ingest_export.py [CASES]      SHOAL names the program, SHOAL_SEED repeats a run
"""
import csv
import io
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

from shared_case import chosen_seed, generators, need

need('h5py', 'hdf5plugin', 'numpy')
import h5py
import hdf5plugin
import numpy as np

SHOAL = os.path.abspath(os.environ['SHOAL'])
CASES = int(sys.argv[1]) if len(sys.argv) > 1 else 300
RANDOM, NUMPY = generators(chosen_seed())
NUMBERS = ['?', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8', 'f2', 'f4', 'f8', 'c8', 'c16']
CODECS = ['none', 'gzip:4', 'blosc:lz4', 'blosc:zstd:1', 'blosc:lz4:5:bitshuffle']
OK, USAGE, SYSTEM, DATA, MEMORY, CANCELLED = 0, 2, 3, 4, 5, 130
FAILED = []


def shoal(*args, status=OK, **more):
    result = subprocess.run([SHOAL, *map(str, args)], capture_output=True, timeout=120, **more)
    line = result.stderr.decode('utf-8', 'replace')
    assert result.returncode == status, f'{args}: status {result.returncode}, {line}'
    assert status == OK or line.count('\n') == 1, f'{args}: not one line: {line}'
    return result


def values(dtype, shape):
    """Bits of all kinds for integers; smooth, NaN and infinite floats; short words."""
    n = int(np.prod(shape, dtype=np.int64))
    kind = np.dtype(dtype).kind
    if kind == 'b':
        a = NUMPY.integers(0, 2, n).astype(bool)
    elif kind in 'iu':
        a = np.frombuffer(NUMPY.bytes(n * np.dtype(dtype).itemsize), dtype.lstrip('<>'))
    elif kind == 'S':
        size = np.dtype(dtype).itemsize
        a = np.array([NUMPY.bytes(size).replace(b'\0', b'x')[:RANDOM.randint(0, size)]
                      for _ in range(n)], dtype)
    elif kind == 'U':
        size = np.dtype(dtype).itemsize // 4
        a = np.array([''.join(RANDOM.choice('aé€😀,"') for _ in range(RANDOM.randint(0, size)))
                      for _ in range(n)], dtype)
    else:
        a = np.cumsum(NUMPY.normal(size=n))
        if n:
            a[NUMPY.integers(0, n, n // 9 + 1)] = RANDOM.choice([np.nan, np.inf, -0.0])
        if kind == 'c':
            a = a + np.where(np.isfinite(a), 1j, 0) * np.nan_to_num(a[::-1])
    with np.errstate(over='ignore'):
        return a.astype(dtype).reshape(shape)


def same(got, expected):
    got, expected = np.asarray(got), np.asarray(expected)
    if expected.dtype.kind == 'U':
        expected = np.char.encode(expected, 'utf-8')
        return got.shape == expected.shape and bool(np.all(got == expected))
    expected = expected.astype(expected.dtype.newbyteorder('<'))
    if expected.ndim == 0 and expected.dtype.kind == 'S':
        return got.shape == () and got[()] == expected[()]  # h5py cuts the padding of a scalar
    return got.shape == expected.shape and got.dtype == expected.dtype and \
        np.ascontiguousarray(got).tobytes() == np.ascontiguousarray(expected).tobytes()


def a_shape(rank):
    most = [1, 3000, 70, 18, 9, 6][rank]
    return tuple(RANDOM.randint(1, most) if RANDOM.random() < 0.7 else RANDOM.randint(0, 3)
                 for _ in range(rank))


def a_dtype():
    return RANDOM.choice(NUMBERS + ['S1', 'S7'])


def slice_text(shape):
    """A random basic slice as text, and as an index."""
    index = []
    for n in shape[:RANDOM.randint(0, len(shape))]:
        if n and RANDOM.random() < 0.3:
            index.append(RANDOM.randint(-n, n - 1))
        else:
            bounds = [RANDOM.choice([None, RANDOM.randint(-n - 1, n + 1)]) for _ in range(2)]
            index.append(slice(*bounds, RANDOM.choice([None, 1, 2, 3, -1, -2])))
    text = ', '.join(str(i) if isinstance(i, int) else
                     ':'.join('' if x is None else str(x) for x in (i.start, i.stop, i.step))
                     for i in index)
    return (f'[{text}]' if index else ''), tuple(index)


# ---- Ingest ----

def storage_options(shape):
    options = []
    if shape and RANDOM.random() < 0.8:
        options += ['--chunk', ','.join(str(RANDOM.randint(1, n + 2)) for n in shape)]
    if RANDOM.random() < 0.8:
        options += ['--codec', RANDOM.choice(CODECS)]
    return options


def save_npy(folder, a):
    layout = RANDOM.choice(['C', 'F', '>', 'C'])
    if layout == 'F' and a.ndim:
        a = np.asfortranarray(a)
    if layout == '>' and a.dtype.kind not in 'S':
        a = a.astype(a.dtype.newbyteorder('>'))
    path = os.path.join(folder, 'in.npy')
    np.save(path, a)
    return path


def save_hdf5(folder, a):
    path = os.path.join(folder, 'in.h5')
    more = {}
    if a.ndim and a.size and RANDOM.random() < 0.7:
        more['chunks'] = tuple(RANDOM.randint(1, n) for n in a.shape)
        more.update(RANDOM.choice([{}, {'compression': 'gzip', 'shuffle': True},
                                   dict(hdf5plugin.Blosc('lz4', 5, 1))]))
    if a.dtype.kind in 'iufc' and RANDOM.random() < 0.3:
        more['dtype'] = a.dtype.newbyteorder('>')
    with h5py.File(path, 'w') as f:
        f.create_dataset('g/x', data=a, **more)
        f['g/x'].attrs.update(units='K', scale=2.5, levels=[1, 2, 3])
    return path


def ingest_case(folder):
    rank = RANDOM.randint(0, 5)
    shape, dtype = a_shape(rank), a_dtype()
    a, expected = values(dtype, shape), None
    kind = RANDOM.choice(['npy', 'pipe', 'raw', 'raw pipe', 'hdf5', 'npz', 'parts'])
    if rank == 0 and kind in ('raw', 'raw pipe', 'parts'):
        kind = 'npy'
    if kind == 'pipe' and RANDOM.random() < 0.3:
        a = values('U5', shape)
    options, more = storage_options(a.shape), {}
    if kind in ('npy', 'pipe'):
        source = save_npy(folder, a)
        if kind == 'pipe':
            more['input'] = open(source, 'rb').read()
            source = '-'
    elif kind in ('raw', 'raw pipe'):
        source = os.path.join(folder, 'in.bin')
        a.tofile(source)
        options += ['--dtype', dtype.replace('?', 'bool'), '--shape', ','.join(map(str, shape))]
        if kind == 'raw pipe':
            more['input'] = open(source, 'rb').read()
            source = '-'
    elif kind == 'npz':
        source = os.path.join(folder, 'in.npz')
        RANDOM.choice([np.savez, np.savez_compressed])(source, x=a)
    elif kind == 'parts':
        b = values(dtype, (RANDOM.randint(0, 30),) + shape[1:])
        np.save(os.path.join(folder, 'a.npy'), a)
        with h5py.File(os.path.join(folder, 'b.h5'), 'w') as f:
            f['b'] = b
        source = [os.path.join(folder, 'a.npy'), os.path.join(folder, 'b.h5') + ':/b']
        expected = np.concatenate([a, b])
    else:
        text, index = slice_text(a.shape)
        source = save_hdf5(folder, a) + ':/g/x' + text
        expected = a[index]
        options = storage_options(np.shape(expected))
    out = os.path.join(folder, 'out.h5')
    sources = source if isinstance(source, list) else [source]
    threads = RANDOM.choice([1, 2, 3])
    shoal('ingest', *sources, '-o', out + ':/p/q', '-f', '-j', threads, *options, **more)
    with h5py.File(out) as f:
        d = f['p/q']
        assert same(d[()], a if expected is None else expected), (kind, dtype, shape, options)
        if kind == 'hdf5':
            assert d.attrs['units'] == 'K' and d.attrs['scale'] == 2.5 and \
                list(d.attrs['levels']) == [1, 2, 3]
    os.remove(out)


def check_append(folder):
    out = os.path.join(folder, 'append.h5')
    for dtype, tail, chunk in (('f4', (13, 7), '10,5,7'), ('S3', (), '7'), ('i8', (3,), '4,2')):
        parts = [values(dtype, (n,) + tail) for n in (3, 0, 9, 25, 1, 64)]
        if os.path.exists(out):
            os.remove(out)
        for k, part in enumerate(parts):
            path = os.path.join(folder, 'part.npy')
            np.save(path, part)
            if k % 2:
                shoal('ingest', '-', '-o', out + ':/x', '--append', '--chunk', chunk,
                      input=open(path, 'rb').read())
            else:
                shoal('ingest', path, '-o', out + ':/x', '--append', '--chunk', chunk)
            with h5py.File(out) as f:
                assert same(f['x'][:], np.concatenate(parts[:k + 1])), (dtype, k)
    np.save(path, values('f4', (2, 3)))
    shoal('ingest', path, '-o', out + ':/x', '--append', status=USAGE)
    os.remove(out)


def check_growing(folder):
    """A raw pipe whose length nobody told."""
    a = values('f4', (103, 11, 5))
    out = os.path.join(folder, 'grow.h5')
    raw = ['--dtype', 'f4', '--shape', '0,11,5', '--unlimited', '0']
    for more in ([], ['--chunk', '8,4,5'], ['--chunk', '2,2,2', '-j', '3']):
        shoal('ingest', '-', '-o', out, '-f', *raw, *more, input=a.tobytes())
        with h5py.File(out) as f:
            assert same(f['data'][:], a) and f['data'].maxshape[0] is None
    shoal('ingest', '-', '-o', out + ':/e', *raw, input=b'')
    with h5py.File(out) as f:
        assert f['e'].shape == (0, 11, 5)
    shoal('ingest', '-', '-o', out + ':/f', *raw, input=a.tobytes()[:-1], status=DATA)
    a.tofile(os.path.join(folder, 'grow.bin'))
    shoal('ingest', os.path.join(folder, 'grow.bin'), '-o', out + ':/f', *raw)
    with h5py.File(out) as f:
        assert same(f['f'][:], a) and 'e' in f and 'data' in f


def check_spooled(folder):
    """Rows of chunks that do not fit into memory go through a temporary file."""
    a = values('f4', (230, 300, 50))
    out = os.path.join(folder, 'spooled.h5')
    raw = ['--dtype', 'f4', '--shape', '0,300,50', '--unlimited', '0', '--chunk', '200,30,10']
    shoal('ingest', '-', '-o', out, *raw, '-m', '16M', '--tmpdir', folder, input=a.tobytes())
    with h5py.File(out) as f:
        assert same(f['data'][:], a)
    shoal('ingest', '-', '-o', out + ':/data', *raw, '--append', '-m', '16M', '--tmpdir', folder,
          input=a.tobytes())
    with h5py.File(out) as f:
        assert same(f['data'][:], np.concatenate([a, a]))
    assert not [name for name in os.listdir(folder) if name.startswith(('shoal-', '.'))]
    os.remove(out)


def check_text(folder):
    a = values('U6', (40, 3))
    path, out = os.path.join(folder, 'u.npy'), os.path.join(folder, 'u.h5')
    for array in (a, np.asfortranarray(a), a.astype('>U6')):
        np.save(path, array)
        shoal('ingest', path, '-o', out, '-f')
        with h5py.File(out) as f:
            d = f['data']
            assert same(d[:], a)
            assert d.dtype.itemsize == max(1, np.char.str_len(np.char.encode(a, 'utf-8')).max())


def check_records(folder):
    """Packed bytes are copied through, shown in hexadecimal, and not computed on."""
    path, out = os.path.join(folder, 'v.npy'), os.path.join(folder, 'v.h5')
    a = np.frombuffer(RANDOM.randbytes(7 * 30), 'V7').reshape(5, 6)
    np.save(path, a)
    shoal('ingest', path, '-o', out + ':/v', '-f')
    with h5py.File(out) as f:
        assert f['v'].dtype == a.dtype and f['v'][:].tobytes() == a.tobytes()
    shoal('export', out + ':/v', '-o', path, '-f')
    assert np.load(path).dtype == a.dtype and np.load(path).tobytes() == a.tobytes()
    text = shoal('export', out + ':/v[:,2]', '-o', '-', '--format', 'csv').stdout.decode()
    assert text.split() == ['0x' + x.tobytes().hex() for x in a[:, 2]], text
    for expression in ('v + v', 'sum(v)', 'v == "a"', 'float32(v)'):
        said = shoal('calc', expression, out + ':/v', status=2).stderr.decode()
        assert 'records' in said and said.count('\n') == 1, said


def check_npz(folder):
    path, out = os.path.join(folder, 'm.npz'), os.path.join(folder, 'm.h5')
    arrays = {'a': values('f8', (30, 4)), 'b/c': values('i2', ()), 'd': values('?', (9,))}
    np.savez_compressed(path, **arrays)
    for target, prefix in ((out, ''), (out + ':/g', '/g')):
        shoal('ingest', path, '-o', target)
        with h5py.File(out) as f:
            for name, a in arrays.items():
                assert same(f[f'{prefix}/{name}'][()], a), name
    with open(path, 'rb') as f:
        shoal('ingest', '-', '--format', 'npz', '-o', out, '-f', stdin=f)
    with h5py.File(out) as f:
        assert same(f['a'][:], arrays['a'])


def check_same_bytes(folder):
    """Any number of threads gives the same file; so does a pipe."""
    a = values('f4', (70, 60, 50))
    path = os.path.join(folder, 'same.npy')
    np.save(path, a)
    files = []
    for k, (threads, pipe) in enumerate([(1, False), (2, False), (5, False), (3, True)]):
        out = os.path.join(folder, f'same{k}.h5')
        with open(path, 'rb') as f:
            shoal('ingest', '-' if pipe else path, '-o', out, '--chunk', '16,16,16', '-j', threads,
                  '--codec', 'blosc:lz4:5:shuffle', stdin=f)
        files.append(open(out, 'rb').read())
    assert all(f == files[0] for f in files)


# ---- Export ----

def export_case(folder):
    rank = RANDOM.randint(0, 5)
    a = values(a_dtype(), a_shape(rank))
    path = save_hdf5(folder, a)
    text, index = slice_text(a.shape)
    expected = np.asarray(a[index], a.dtype)
    source, threads = path + ':/g/x' + text, RANDOM.choice([1, 2, 3])
    out = os.path.join(folder, 'out.npy')
    memory = RANDOM.choice([[], ['-m', '8M']])
    shoal('export', source, '-o', out, '-f', '-j', threads, *memory)
    assert same(np.load(out), expected), (source, a.dtype, a.shape, np.load(out), expected)
    got = shoal('export', source, '-o', '-', '--format', 'raw').stdout
    assert got == np.ascontiguousarray(expected).tobytes(), (source, a.dtype, a.shape)
    if expected.ndim <= 2 and expected.dtype.kind in 'fi':
        got = shoal('export', source, '-o', '-', '--format', 'tsv', '-j', threads).stdout.decode()
        rows = list(csv.reader(io.StringIO(got), delimiter='\t'))
        back = np.array(rows, dtype=object).reshape(expected.shape)
        back = np.vectorize(expected.dtype.type, otypes=[expected.dtype])(back) if back.size else \
            np.zeros(expected.shape, expected.dtype)
        assert np.array_equal(back, expected, equal_nan=expected.dtype.kind == 'f'), source


def check_export_table(folder):
    text = 'name,n,x,when,"a ""b"", c"\nAlice,1,1.5,2020-01-02,yes\n"B,ob",2,,,"q""r"\n,3,-2.0,,\n'
    path, out = os.path.join(folder, 't.csv'), os.path.join(folder, 't.h5')
    with open(path, 'w') as f:
        f.write(text * 1)
    shoal('ingest', path, '-o', out)
    got = shoal('export', out + ':/table', '-o', '-', '--format', 'csv').stdout.decode()
    assert got == text, got
    got = shoal('export', out + ':/table[1:]', '-o', '-', '--format', 'csv').stdout.decode()
    assert got.splitlines() == text.splitlines()[:1] + text.splitlines()[2:], got
    shoal('export', out + ':/table', '-o', os.path.join(folder, 't.npy'), status=USAGE)


def check_closed_pipe(folder):
    path = os.path.join(folder, 'big.h5')
    with h5py.File(path, 'w') as f:
        f['x'] = np.zeros((4000, 1000))
    run = subprocess.Popen([SHOAL, 'export', path + ':/x', '--format', 'raw', '-o', '-'],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    run.stdout.read(1000)
    run.stdout.close()
    said = run.stderr.read().decode()
    assert run.wait(60) == SYSTEM and 'closed' in said and said.count('\n') == 1, said


# ---- Refusals, and what is left of a run that does not end ----

def check_refusals(folder):
    os.chdir(folder)
    a = values('f4', (50, 20))
    np.save('r.npy', a)
    np.save('other.npy', values('f8', (5, 20)))
    np.save('object.npy', np.array([{}, None], dtype=object), allow_pickle=True)
    np.save('fields.npy', np.zeros(3, 'i4,f4'))
    np.save('long.npy', np.zeros(3, 'g'))
    open('cut.npy', 'wb').write(open('r.npy', 'rb').read()[:-9])
    open('cut.npz', 'wb').write(b'PK\3\4 and so on')
    open('noise.dat', 'wb').write(bytes(range(256)))
    shoal('ingest', 'r.npy', '-o', 'r.h5')
    before = open('r.h5', 'rb').read()
    for status, args in [
            (USAGE, ['r.npy', '-o', 'r.h5']), (USAGE, ['r.npy', '-o', 'r.h5:/data']),
            (USAGE, ['r.npy', '-o', 'new.h5:/x[0:3]']),
            (USAGE, ['r.npy', 'other.npy', '-o', 'n.h5']),
            (SYSTEM, ['missing.npy', '-o', 'n.h5']), (SYSTEM, ['.', '-o', 'n.h5']),
            (DATA, ['object.npy', '-o', 'n.h5']), (DATA, ['fields.npy', '-o', 'n.h5']),
            (DATA, ['long.npy', '-o', 'n.h5']), (DATA, ['cut.npy', '-o', 'n.h5']),
            (DATA, ['cut.npz', '-o', 'n.h5']), (USAGE, ['noise.dat', '-o', 'n.h5']),
            (USAGE, ['noise.dat', '--dtype', 'f4', '--shape', '100', '-o', 'n.h5']),
            (USAGE, ['r.npy', '--chunk', '10', '-o', 'n.h5']),
            (MEMORY, ['r.npy', '-m', '1K', '-o', 'n.h5']),
            (SYSTEM, ['r.npy', '-o', 'no/such/folder.h5']),
            (USAGE, ['r.h5:/nothing', '-o', 'n.h5']),
            (USAGE, ['r.npy', '-o', 'r.h5:/data', '--append'])]:
        shoal('ingest', *args, status=status, stdin=subprocess.DEVNULL)
        assert open('r.h5', 'rb').read() == before and not os.path.exists('n.h5'), args
    shoal('ingest', '-', '-o', 'n.h5', status=DATA, input=open('cut.npy', 'rb').read())
    for status, args in [
            (USAGE, ['r.h5:/data', '-o', 'r.npy']), (USAGE, ['r.h5:/data', '-o', 'r.xyz']),
            (USAGE, ['r.h5:/data[60]', '-o', 'n.npy']), (USAGE, ['r.h5:/nope', '-o', 'n.npy']),
            (MEMORY, ['r.h5:/data', '-o', 'n.npy', '-m', '1K']), (SYSTEM, ['x.h5', '-o', 'n.npy'])]:
        shoal('export', *args, status=status)
        assert not os.path.exists('n.npy'), args
    assert same(np.load('r.npy'), a)
    shoal('ingest', 'r.h5:/data', '-o', 'r.h5:/data', '-f', '--chunk', '7,7')
    with h5py.File('r.h5') as f:
        assert same(f['data'][:], a) and f['data'].chunks == (7, 7)


def check_cancel(folder):
    """An interrupted run leaves nothing, even while its pipe gives nothing."""
    out = os.path.join(folder, 'cancelled.h5')
    command = [SHOAL, 'ingest', '-', '--dtype', 'f4', '--shape', '100000,1000', '-o', out]
    run = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    run.stdin.write(bytes(20_000_000))
    run.stdin.flush()
    time.sleep(0.3)
    run.send_signal(signal.SIGINT)
    guard = threading.Timer(30, run.kill)
    guard.start()
    status, said = run.wait(), run.stderr.read()
    guard.cancel()
    assert status == CANCELLED, (status, said)
    assert not [name for name in os.listdir(folder) if 'cancelled' in name]


def main():
    with tempfile.TemporaryDirectory() as folder:
        checks = [check_append, check_growing, check_spooled, check_text, check_records,
                  check_npz,
                  check_same_bytes, check_export_table, check_closed_pipe,
                  check_cancel, check_refusals]
        for check in checks + [ingest_case] * CASES + [export_case] * CASES:
            try:
                check(folder)
            except Exception as reason:
                FAILED.append(check.__name__)
                print(f'{check.__name__}: {type(reason).__name__}: {reason}')
    print(f'{2 * CASES + len(checks) - len(FAILED)} fine, {len(FAILED)} failed')
    sys.exit(1 if FAILED else 0)


main()
