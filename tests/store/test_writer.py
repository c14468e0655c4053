"""What the writer makes, read back by h5py with hdf5plugin: random datasets of every type, rank,
codec and chunk shape; updates, attributes, scales; and what is left behind when something goes
wrong.

    test_writer.py WRITE_DATASET [CASES]        SHOAL_SEED repeats a run
"""
import hashlib
import os
import resource
import signal
import stat
import subprocess
import sys
import tempfile
import time

from shared_case import chosen_seed, generators, need

need('h5py', 'hdf5plugin', 'numpy')
import h5py
import hdf5plugin  # noqa: F401 (its import registers the filters)
import numpy as np

PROGRAM = os.path.abspath(sys.argv[1])
CASES = int(sys.argv[2]) if len(sys.argv) > 2 else 500
RANDOM, NUMPY = generators(chosen_seed())

NUMBERS = ['bool', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64',
           'float16', 'float32', 'float64', 'complex64', 'complex128']
CODECS = ['-', 'none', 'gzip', 'gzip:1', 'gzip:9'] + [
    f'blosc:{name}{tail}' for name in ('lz4', 'zstd', 'blosclz', 'lz4hc', 'zlib')
    for tail in ('', ':1', ':5:shuffle', ':5:bitshuffle', ':3:noshuffle')]
OK, USAGE, SYSTEM, DATA = 0, 2, 3, 4


def listed(values):
    return ','.join(str(value) for value in values) if len(values) else '-'


class Session:
    """Commands for one run of write_dataset, and the files of raw bytes that they name."""

    def __init__(self, folder, name='out.h5', mode='create'):
        self.folder, self.name, self.mode = folder, name, mode
        self.path = os.path.join(folder, name)
        self.lines, self.n_data = [], 0

    def add(self, *fields):
        self.lines.append('\t'.join(str(field) for field in fields))

    def data(self, array):
        self.n_data += 1
        path = os.path.join(self.folder, f'data{self.n_data}')
        with open(path, 'wb') as file:
            file.write(np.ascontiguousarray(array).tobytes())
        return path

    def dataset(self, path, dtype, shape, chunk=(), codec='-', flags='', fill='-'):
        dtype = np.dtype(dtype)
        name = f'S{dtype.itemsize}' if dtype.kind == 'S' else dtype.name
        self.add('dataset', path, name, listed(shape), listed(chunk), codec, flags or '-', fill)

    def write(self, path, array, start=None):
        start = start if start is not None else (0,) * array.ndim
        self.add('write', path, listed(start), listed(array.shape), self.data(array), 0)

    def start(self):
        return subprocess.Popen([PROGRAM, self.path, self.mode], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, status=OK, **options):
        done = subprocess.run([PROGRAM, self.path, self.mode], input='\n'.join(self.lines) + '\n',
                              capture_output=True, text=True, **options)
        assert done.returncode == status, (done.returncode, done.stderr, self.lines[:99])
        assert status == OK or len(done.stderr.splitlines()) == 1, done.stderr
        return done.stdout if status == OK else done.stderr.strip()


def leftovers(folder):
    return [name for name in os.listdir(folder) if not name.startswith('data')]


def digest(path):
    with open(path, 'rb') as file:
        return hashlib.sha256(file.read()).hexdigest()


# ---- Random datasets ----

def random_array(dtype, shape):
    if dtype.kind == 'S':
        width = dtype.itemsize
        texts = [b'', b'a', b'\xc3\xa9' * (width // 2), b'z' * width]
        return np.array(NUMPY.choice(np.array(texts, dtype), size=shape), dtype)
    if dtype.kind == 'b':
        return np.asarray(NUMPY.random(shape) < 0.5)
    if RANDOM.random() < 0.4:  # compressible
        return np.array(NUMPY.integers(0, 3, shape)).astype(dtype)
    n = int(np.prod(shape)) * dtype.itemsize
    return np.frombuffer(NUMPY.bytes(n), dtype).reshape(shape).copy()


def same(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


class Case:
    """One dataset, as the file should have it."""

    def __init__(self, session, path):
        self.path = path
        text = RANDOM.random() < 0.1
        self.dtype = np.dtype(f'S{RANDOM.randint(1, 20)}' if text else RANDOM.choice(NUMBERS))
        rank = RANDOM.randint(0, 5)
        longest = [0, 3000, 60, 20, 9, 6][rank]
        shape = [RANDOM.randint(0 if RANDOM.random() < 0.05 else 1, longest) for _ in range(rank)]
        self.codec = RANDOM.choice(CODECS)
        self.chunk = ()
        if rank and RANDOM.random() < 0.8:
            self.chunk = tuple(RANDOM.randint(1, max(1, int(n * 1.3))) for n in shape)
        self.contiguous = RANDOM.random() < 0.1
        self.mask = 0 if self.contiguous else RANDOM.getrandbits(rank) & RANDOM.getrandbits(rank)
        self.fill = random_array(self.dtype, (1,))[0] if RANDOM.random() < 0.5 else None
        empty = self.dtype.type(0) if self.dtype.kind != 'S' else b''
        self.array = np.full(shape, empty if self.fill is None else self.fill, self.dtype)
        fill = '-' if self.fill is None else self.fill_bytes().hex()
        flags = ('c' if self.contiguous else '') + (f'u{self.mask}' if self.mask else '')
        session.dataset(path, self.dtype, shape, self.chunk, self.codec, flags, fill)

    def fill_bytes(self):
        return np.array(self.fill, self.dtype).tobytes()

    def write_all(self, session):
        self.array = random_array(self.dtype, self.array.shape)
        chunked = self.array.ndim > 0 and not self.contiguous
        if chunked and RANDOM.random() < 0.5:
            session.add('sink', self.path, session.data(self.array))
        else:
            session.write(self.path, self.array)

    def write_part(self, session):
        start = [RANDOM.randint(0, n) for n in self.array.shape]
        stop = [RANDOM.randint(a, n) for a, n in zip(start, self.array.shape)]
        part = random_array(self.dtype, tuple(b - a for a, b in zip(start, stop)))
        self.array[tuple(slice(a, b) for a, b in zip(start, stop))] = part
        session.write(self.path, part, start)

    def extend(self, session):
        shape = [n + RANDOM.randint(0, 5) * (self.mask >> k & 1)
                 for k, n in enumerate(self.array.shape)]
        empty = b'' if self.dtype.kind == 'S' else self.dtype.type(0)
        grown = np.full(shape, empty if self.fill is None else self.fill, self.dtype)
        grown[tuple(slice(0, n) for n in self.array.shape)] = self.array
        self.array = grown
        session.add('extend', self.path, listed(shape))

    def change(self, session):
        if RANDOM.random() < 0.7:
            self.write_all(session)
        for _ in range(RANDOM.randint(0, 4)):
            if self.mask and RANDOM.random() < 0.5:
                self.extend(session)
            self.write_part(session)

    def check(self, file):
        dataset = file[self.path]
        got = dataset[()]
        if self.array.ndim == 0:
            got = np.array(got, self.dtype)
        assert same(got, self.array), (self.path, got, self.array, self.codec, self.chunk)
        if self.array.ndim == 0 or self.contiguous:
            assert dataset.chunks is None
            return
        limits = tuple(None if self.mask >> k & 1 else n for k, n in enumerate(dataset.shape))
        assert dataset.maxshape == limits
        if self.chunk:
            wanted = tuple(c if limit is None else min(c, max(limit, 1))
                           for c, limit in zip(self.chunk, limits))
            assert dataset.chunks == wanted, (dataset.chunks, wanted)
        if self.fill is not None:
            assert np.array(dataset.fillvalue, self.dtype).tobytes() == self.fill_bytes()
        self.check_codec(dataset)

    def check_codec(self, dataset):
        filters = [dataset.id.get_create_plist().get_filter(k)
                   for k in range(dataset.id.get_create_plist().get_nfilters())]
        numbers = [number for number, *_ in filters]
        if self.codec == 'none':
            assert numbers == []
        elif self.codec.startswith('gzip'):
            assert numbers[-1] == 1
        elif self.codec.startswith('blosc'):
            assert numbers == [32001]
            names = ['blosclz', 'lz4', 'lz4hc', 'snappy', 'zlib', 'zstd']
            assert names[filters[0][2][6]] == self.codec.split(':')[1]


def test_random():
    left = CASES
    while left > 0:
        with tempfile.TemporaryDirectory() as folder:
            n = min(left, RANDOM.randint(1, 20))
            left -= n
            session = Session(folder)
            cases = [Case(session, f'/group{k % 3}/data{k}') for k in range(n)]
            for case in cases:
                case.change(session)
            session.add('commit')
            session.run()
            with h5py.File(session.path) as file:
                for case in cases:
                    case.check(file)
            update_some(folder, cases)


def update_some(folder, cases):
    """A second run changes some of the datasets of the first, and must see what it wrote."""
    session = Session(folder, mode='update')
    changed = [case for case in cases if RANDOM.random() < 0.3]
    for k, case in enumerate(changed):
        case.change(session)
        shape = case.array.shape
        session.add('read', case.path, listed((0,) * len(shape)), listed(shape),
                    os.path.join(folder, f'data_out{k}'))
    session.add('commit')
    session.run()
    with h5py.File(session.path) as file:
        for case in cases:
            case.check(file)
    for k, case in enumerate(changed):
        with open(os.path.join(folder, f'data_out{k}'), 'rb') as file:
            assert file.read() == case.array.tobytes()
    assert leftovers(folder) == ['out.h5']


# ---- Files ----

def simple(folder, name='out.h5', mode='create', array=None):
    session = Session(folder, name, mode)
    array = np.arange(1000, dtype='i4') if array is None else array
    session.dataset('/x', array.dtype, array.shape)
    session.write('/x', array)
    session.add('commit')
    return session


def check_simple(path, array=None):
    array = np.arange(1000, dtype='i4') if array is None else array
    with h5py.File(path) as file:
        assert same(file['x'][()], array)


def test_same_bytes():
    array = NUMPY.integers(0, 100, (200, 300)).astype('f4')
    with tempfile.TemporaryDirectory() as folder:
        digests = set()
        for k in range(3):
            session = Session(folder, f'out{k}.h5')
            session.dataset('/a/b/x', array.dtype, array.shape, (30, 40), flags='u1')
            session.write('/a/b/x', array)
            session.write('/a/b/x', array[:7, 5:9], (3, 3))
            session.add('text', '/a/b', 'title', 'some text')
            session.add('texts', '/a/b/x', 'names', 'a', 'bc', '')
            session.dataset('/t', 'i8', (200,))
            session.write('/t', np.arange(200))
            session.add('scale', '/a/b/x', 0, '/t', '-')
            session.add('commit')
            session.run(env={**os.environ, 'MALLOC_PERTURB_': str(17 * k + 1)})
            digests.add(digest(session.path))
            time.sleep(1.1 if k == 0 else 0)  # another second, should a time be stored
        assert len(digests) == 1


def test_modes():
    with tempfile.TemporaryDirectory() as folder:
        first = simple(folder)
        first.run()
        before = digest(first.path)
        message = simple(folder).run(USAGE)
        assert message == f'{first.path} exists; use -f to overwrite', message
        assert digest(first.path) == before
        array = np.arange(5.0)
        simple(folder, mode='overwrite', array=array).run()
        check_simple(first.path, array)
        message = simple(folder, mode='update').run(USAGE)
        assert message == f'{first.path}:/x exists; use -f to overwrite', message
        session = Session(folder, mode='update')
        session.dataset('/y', 'i2', (3,))
        session.write('/y', np.array([1, 2, 3], 'i2'))
        session.dataset('/x', 'f8', (2, 2), flags='r')
        session.write('/x', np.ones((2, 2)))
        session.add('commit')
        session.run()
        check_simple(first.path, np.ones((2, 2)))
        simple(folder, 'new.h5', 'update').run()
        check_simple(os.path.join(folder, 'new.h5'))
        simple(folder, 'newer.h5', 'overwrite').run()
        check_simple(os.path.join(folder, 'newer.h5'))
        assert sorted(leftovers(folder)) == ['new.h5', 'newer.h5', 'out.h5']


def test_update_keeps_what_others_wrote():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'out.h5')
        with h5py.File(path, 'w') as file:
            file['other/big'] = np.arange(100, dtype='>i4').reshape(10, 10)
            file.create_dataset('z', data=np.arange(99), chunks=(10,), maxshape=(None,),
                                compression='gzip', shuffle=True, fletcher32=True)
            file.create_dataset('lzf', data=np.arange(99), chunks=(10,), compression='lzf')
            file.create_dataset('be', data=np.arange(99, dtype='>f8'), chunks=(10,))
            file['strings'] = ['a', 'bc', 'déf']
            file.attrs['title'] = 'kept'
        session = Session(folder, mode='update')
        session.add('extend', '/z', '120')
        session.write('/z', np.arange(99, 120), (99,))
        session.write('/be', np.arange(50.0, 75.0), (5,))
        session.write('/other/big', np.full((2, 10), 7, 'i4'), (4, 0))
        session.add('?write', '/strings', '0', '1', '/dev/null', 0)
        session.add('commit')
        answer = session.run()
        assert answer.startswith(f'{DATA} {path}:/strings cannot be written: '), answer
        with h5py.File(path) as file:
            big = np.arange(100).reshape(10, 10)
            big[4:6] = 7
            assert (file['other/big'][()] == big).all() and file['other/big'].dtype == '>i4'
            assert (file['z'][()] == np.arange(120)).all()
            assert (file['lzf'][()] == np.arange(99)).all()
            wanted = np.arange(99.0)
            wanted[5:30] = np.arange(50.0, 75.0)
            assert (file['be'][()] == wanted).all()
            assert list(file['strings'].asstr()) == ['a', 'bc', 'déf']
            assert file.attrs['title'] == 'kept'


def test_links_and_permissions():
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, 'd'))
        link = os.path.join(folder, 'link.h5')
        os.symlink('d/real.h5', link)
        simple(folder, 'link.h5').run()
        real = os.path.join(folder, 'd', 'real.h5')
        assert os.path.islink(link) and not os.path.islink(real)
        os.chmod(real, 0o640)
        for mode in ('overwrite', 'update'):
            session = Session(folder, 'link.h5', mode)
            session.dataset('/x', 'i4', (3,), flags='r')
            session.write('/x', np.arange(3, dtype='i4'))
            session.add('commit')
            session.run()
            assert os.path.islink(link) and stat.S_IMODE(os.stat(real).st_mode) == 0o640
            check_simple(real, np.arange(3, dtype='i4'))
        session = simple(folder, 'masked.h5')
        session.run(umask=0o027)
        assert stat.S_IMODE(os.stat(session.path).st_mode) == 0o640
        assert sorted(leftovers(folder)) == ['d', 'link.h5', 'masked.h5']
        assert os.listdir(os.path.join(folder, 'd')) == ['real.h5']


def check_permissions(folder):
    """As another user where this one is the superuser, whom nothing is refused."""
    drop = {'user': 65534, 'group': 65534, 'extra_groups': []} if os.geteuid() == 0 else {}
    os.chmod(os.path.join(folder, 'out.h5'), 0o444)
    os.chmod(folder, 0o777)
    try:
        subprocess.run([PROGRAM], capture_output=True, **drop)
    except PermissionError:
        print('skipped: another user cannot run the program where it is')
        return
    message = simple(folder, mode='overwrite').run(SYSTEM, **drop)
    assert message.endswith('Permission denied'), message
    os.chmod(folder, 0o555)
    message = simple(folder, 'new.h5').run(SYSTEM, **drop)
    assert message.endswith('Permission denied'), message
    os.chmod(folder, 0o755)


def test_bad_targets():
    with tempfile.TemporaryDirectory() as folder:
        simple(folder).run()
        before = digest(os.path.join(folder, 'out.h5'))
        with open(os.path.join(folder, 'text.h5'), 'w') as file:
            file.write('this is no HDF5 file\n' * 100)
        os.mkfifo(os.path.join(folder, 'pipe.h5'))
        os.mkdir(os.path.join(folder, 'dir.h5'))
        kept = sorted(leftovers(folder))
        for name, mode, status, part in [
                ('', 'create', SYSTEM, 'directory'),
                ('missing/x.h5', 'create', SYSTEM, 'No such file or directory'),
                ('out.h5/x.h5', 'create', SYSTEM, 'Not a directory'),
                ('dir.h5', 'overwrite', SYSTEM, 'Is a directory'),
                ('pipe.h5', 'overwrite', SYSTEM, 'not a regular file'),
                ('text.h5', 'update', DATA, 'HDF5'),
                ('n' * 300, 'create', SYSTEM, 'too long')]:
            message = simple(folder, name, mode).run(status)
            assert part in message and name in message, message
        check_permissions(folder)
        assert sorted(leftovers(folder)) == kept
        assert digest(os.path.join(folder, 'out.h5')) == before


def test_concurrent_change():
    with tempfile.TemporaryDirectory() as folder:
        simple(folder).run()
        for mode, status in (('update', SYSTEM), ('create', USAGE)):
            session = Session(folder, 'out.h5' if mode == 'update' else 'new.h5', mode)
            process = session.start()
            process.stdin.write('dataset\t/y\ti4\t3\t-\t-\t-\t-\npause\n')
            process.stdin.flush()
            assert process.stdout.readline() == 'paused\n'
            simple(folder, session.name, 'overwrite', np.arange(7)).run()
            _, message = process.communicate('\ncommit\n')
            assert process.returncode == status and message.count('\n') == 1, message
            check_simple(session.path, np.arange(7))
        assert sorted(leftovers(folder)) == ['new.h5', 'out.h5']


def test_kill_leaves_nothing():
    array = NUMPY.random((512, 512))
    with tempfile.TemporaryDirectory() as folder:
        for k in range(20):
            session = Session(folder)
            for j in range(8):
                session.dataset(f'/x{j}', 'f8', array.shape, (64, 64))
                session.write(f'/x{j}', array)
            process = session.start()
            process.stdin.write('\n'.join(session.lines) + '\n')
            process.stdin.flush()
            time.sleep(RANDOM.random() * 0.1)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            assert leftovers(folder) == [], leftovers(folder)


def test_full_disk():
    """A limit on the file's size stands for it: the same failed writes, at random places."""
    array = NUMPY.random((300, 500))
    with tempfile.TemporaryDirectory() as folder:
        simple(folder, 'old.h5').run()
        before = digest(os.path.join(folder, 'old.h5'))
        for k in range(40):
            limit = RANDOM.choice([0, 100, 1000, RANDOM.randint(0, 2_000_000)])
            mode = RANDOM.choice(['create', 'overwrite', 'update'])
            session = Session(folder, 'new.h5' if mode == 'create' else 'old.h5', mode)
            session.dataset('/y', 'f8', array.shape, (20, 30), RANDOM.choice(['none', 'gzip', '-']))
            session.dataset('/s', 'f8', array.shape, flags='c')
            session.add('text', '/', 'a', 'b')
            session.write('/y', array[:250], (0, 0))
            session.write('/y', array[250:299, 7:], (250, 7))
            session.write('/s', array)
            session.add('commit')
            message = session.run(SYSTEM, preexec_fn=lambda: resource.setrlimit(
                resource.RLIMIT_FSIZE, (limit, limit)))
            assert 'File too large' in message, message
            assert leftovers(folder) == ['old.h5']
        assert digest(os.path.join(folder, 'old.h5')) == before


def test_full_file_system():
    if os.geteuid() != 0:
        print('skipped: a small file system needs the superuser')
        return
    with tempfile.TemporaryDirectory() as folder:
        if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder],
                          capture_output=True).returncode != 0:
            print('skipped: no small file system can be mounted')
            return
        try:
            with tempfile.TemporaryDirectory() as elsewhere:
                session = simple(elsewhere, array=NUMPY.random(300000))
                session.path = os.path.join(folder, 'out.h5')
                message = session.run(SYSTEM)
                assert 'No space left on device' in message, message
                assert os.listdir(folder) == []
        finally:
            subprocess.run(['umount', folder], check=True)


# ---- Objects ----

def test_bad_requests():
    with tempfile.TemporaryDirectory() as folder:
        session = Session(folder)
        session.dataset('/g/x', 'i4', (4, 5), (2, 2), flags='u1')
        data = session.data(np.zeros(1000, 'i8'))
        good = len(session.lines)
        wanted = []

        def bad(status, part, *fields):
            session.add('?' + fields[0], *fields[1:])
            wanted.append((status, part))

        for path in ('', '//', '.', '/a//b', '/a/', '/a/../b', '/', '/g', '/g/x/y'):
            bad(USAGE, '', 'dataset', path, 'i4', '3', '-', '-', '-', '-')
        bad(USAGE, 'exists; use -f', 'dataset', '/g/x', 'i4', '3', '-', '-', '-', '-')
        bad(USAGE, 'codec', 'dataset', '/n', 'i4', '3', '-', 'brotli', '-', '-')
        bad(USAGE, 'too large', 'dataset', '/n', 'i4', f'{2**62},{2**62}', '-', '-', '-', '-')
        bad(USAGE, '4 GiB', 'dataset', '/n', 'i4', f'{2**40}', f'{2**30}', 'none', '-', '-')
        bad(USAGE, '', 'dataset', '/n', 'i4', f'{2**40}', f'{2**29}', 'blosc:lz4', '-', '-')
        bad(USAGE, 'unlimited', 'dataset', '/n', 'i4', '3', '-', '-', 'u2', '-')
        bad(USAGE, 'need chunks', 'dataset', '/n', 'i4', '3', '-', '-', 'cu1', '-')
        bad(USAGE, 'axis 1', 'dataset', '/n', 'i4', '3,3', '2,0', '-', '-', '-')
        bad(USAGE, 'no such dataset', 'extend', '/nothing', '3')
        bad(USAGE, 'not a dataset', 'extend', '/g', '3')
        bad(USAGE, 'cannot shrink', 'extend', '/g/x', '3,5')
        bad(USAGE, 'cannot grow', 'extend', '/g/x', '4,6')
        bad(USAGE, 'axes', 'write', '/g/x', '0', '4', data, 0)
        bad(USAGE, 'not inside', 'write', '/g/x', '0,0', '4,6', data, 0)
        bad(USAGE, 'not a group', 'group', '/g/x')
        bad(USAGE, 'no such object', 'text', '/nothing', 'a', 'b')
        bad(USAGE, 'name is empty', 'text', '/g', '', 'b')
        bad(DATA, '64 KiB', 'numbers', '/g', 'a', 'i8', 0, 10**4, session.data(np.zeros(10**4)))
        bad(USAGE, 'no axis 2', 'scale', '/g/x', 2, '/g/x', '-')
        bad(USAGE, '2 axes', 'scale', '/g/x', 0, '/g/x', '-')
        session.add('commit')
        answers = session.run().splitlines()
        assert len(answers) == len(wanted)
        for line, answer, (status, part) in zip(session.lines[good:], answers, wanted):
            assert answer.startswith(f'{status} {session.path}') or status == USAGE and \
                answer.startswith(f'{status} '), (line, answer)
            assert part in answer, (line, answer)
        with h5py.File(session.path) as file:
            names = []
            file.visit(names.append)
            assert names == ['g', 'g/x'] and not file['g'].attrs


def test_attributes():
    with tempfile.TemporaryDirectory() as folder:
        session = Session(folder)
        session.add('group', '/a/b')
        session.dataset('/a/x', 'f4', ())
        long = 'é' * 50000
        for path in ('/', '/a/b', '/a/x'):
            session.add('text', path, 'title', 'first')
            session.add('text', path, 'title', 'Größe 😀')
            session.add('text', path, 'empty', '')
            session.add('text', path, 'long', long)
            session.add('texts', path, 'list', 'a', '', 'ccc é')
            session.add('texts', path, 'no texts')
            session.add('bool', path, 'yes', 1)
            session.add('bool', path, 'no', 0)
            for name in NUMBERS:
                array = random_array(np.dtype(name), (3,))
                session.add('numbers', path, name, name, 0, 3, session.data(array))
                session.add('numbers', path, name + ' one', name, 1, 1, session.data(array))
                session.add('numbers', path, name + ' none', name, 0, 0, session.data(array[:0]))
                setattr(session, f'{path} {name}', array)
        session.add('commit')
        session.run()
        with h5py.File(session.path) as file:
            for path in ('/', '/a/b', '/a/x'):
                at = file[path].attrs
                assert at['title'] == 'Größe 😀' and at['empty'] == '' and at['long'] == long
                assert list(at['list']) == ['a', '', 'ccc é'] and len(at['no texts']) == 0
                assert at['yes'] is np.True_ and at['no'] is np.False_
                for name in NUMBERS:
                    array = getattr(session, f'{path} {name}')
                    assert same(at[name], array), (at[name], array)
                    assert np.array(at[name + ' one'], name).tobytes() == array[:1].tobytes()
                    assert at[name + ' none'].shape == (0,)


def test_dimensions():
    with tempfile.TemporaryDirectory() as folder:
        session = Session(folder, 'out.nc')
        values = NUMPY.random((4, 6)).astype('f4')
        session.dataset('/temperature', 'f4', (4, 6), (2, 3))
        session.write('/temperature', values)
        session.add('text', '/temperature', 'units', 'K')
        session.dataset('/time', 'i8', (4,))
        session.write('/time', np.arange(4))
        session.add('text', '/time', 'units', 'hours since 2000-01-01')
        session.dataset('/lat', 'f8', (6,))
        session.write('/lat', np.linspace(-10, 10, 6))
        session.add('scale', '/temperature', 0, '/time', '-')
        session.add('scale', '/temperature', 1, '/lat', 'lat')
        session.add('scale', '/temperature', 1, '/lat', 'lat')
        session.add('scale', '/lat', 0, '/lat', '-')
        session.add('commit')
        session.run()
        with h5py.File(session.path) as file:
            axes = file['temperature'].dims
            assert [len(axis) for axis in axes] == [1, 1]
            assert axes[0][0].name == '/time' and axes[1][0].name == '/lat'
            assert file['lat'].is_scale and file['lat'].attrs['NAME'] == b'lat'
        try:
            import xarray
            import h5netcdf  # noqa: F401
        except ImportError as reason:
            print(f'skipped: xarray: {reason}')
            return
        with xarray.open_dataset(session.path, engine='h5netcdf') as data:
            assert data.temperature.dims == ('time', 'lat')
            assert (data.temperature.values == values).all() and data.temperature.units == 'K'
            assert data.time.values[1] == np.datetime64('2000-01-01T01')
            assert (data.lat.values == np.linspace(-10, 10, 6)).all()


def test_streams():
    """An axis that grows from nothing gets chunks of a sensible size."""
    with tempfile.TemporaryDirectory() as folder:
        session = Session(folder)
        shapes = {'/a': (0,), '/b': (0, 3), '/c': (0, 1000, 1000), '/d': (0, 0), '/e': (0, 10**6)}
        for path, shape in shapes.items():
            session.dataset(path, 'f4', shape, flags='u1')
        session.add('commit')
        session.run()
        with h5py.File(session.path) as file:
            for path, shape in shapes.items():
                n = 4 * int(np.prod(file[path].chunks))
                assert 2**18 <= n <= 2**22 or path == '/d', (path, file[path].chunks)


def main():
    for name, test in list(globals().items()):
        if name.startswith('test_'):
            started = time.monotonic()
            test()
            print(f'{name}: {time.monotonic() - started:.1f} s', flush=True)


main()
