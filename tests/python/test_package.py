"""The Python package against h5py and NumPy. SHOAL_LIBRARY names the library."""
import ctypes
import gc
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings

from shared_case import chosen_seed, need

need('h5py', 'hdf5plugin', 'numpy')
import h5py
import hdf5plugin
import numpy as np

sys.path.insert(0, os.path.join(os.environ['SHOAL_SOURCE'], 'python'))
import shoal  # noqa: E402
from shoal import _abi  # noqa: E402

SEED = chosen_seed(otherwise=20261)
FOLDER = tempfile.TemporaryDirectory()
PATH = FOLDER.name + '/all.h5'
TYPES = ('bool', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8', 'f2', 'f4', 'f8', 'c8', 'c16',
         '>i4', '>f8', '>u2', 'S7')


def refuses(kind, call, *words):
    try:
        call()
    except kind as error:
        for word in words:
            assert word in str(error), (word, str(error))
        return error
    raise AssertionError(f'{kind.__name__} was not raised')


def values(rng, dtype, shape):
    dtype = np.dtype(dtype)
    if dtype.kind == 'S':
        return rng.choice([b'', b'a', b'seven77'], shape).astype(dtype)
    if dtype.kind == 'b':
        return rng.integers(0, 2, shape).astype(dtype)
    if dtype.kind == 'c':
        return (rng.normal(size=shape) + 1j * rng.normal(size=shape)).astype(dtype)
    return (rng.normal(size=shape) * 50).astype('i4' if dtype.kind == 'u' else 'f8').astype(dtype)


def make_file():
    rng = np.random.default_rng(SEED)
    with h5py.File(PATH, 'w') as file:
        for dtype in TYPES:
            data = values(rng, dtype, (23, 17, 9))
            file.create_dataset('types/' + dtype.replace('>', 'big_'), data=data, chunks=(5, 6, 4),
                                shuffle=True, compression='gzip')
        file['flat'] = rng.normal(size=(40, 50))
        file['big_flat'] = rng.normal(size=(40, 50)).astype('>f4')
        file['scalar'] = np.float32(2.5)
        file['empty'] = np.empty((0, 4), 'i4')
        file['long'] = rng.integers(0, 99, 100000)
        lz4 = file.create_dataset('lz4', data=rng.integers(0, 99, (300, 400)), chunks=(100, 90),
                                  **hdf5plugin.Blosc(), maxshape=(None, 400))
        lz4.attrs.update(units='K', scale=0.5, counts=[1, 2, 3], odd=[1.5, np.nan, -np.inf],
                         big=2 ** 63 - 1, names=['a', 'b'], flag=True, z=1 + 2j)
        file['axis'] = np.arange(300.)
        file['axis'].make_scale('time')
        lz4.dims[0].attach_scale(file['axis'])
        file.create_group('group/inner').attrs['why'] = 'because'


def random_index(rng, shape):
    parts = []
    for extent in shape:
        kind = rng.integers(0, 4)
        if kind == 0 and extent:
            parts.append(int(rng.integers(-extent, extent)))
        elif kind == 1:
            parts.append(slice(None))
        else:
            a, b = (int(n) for n in rng.integers(-extent - 2, extent + 3, 2))
            step = int(rng.choice([1, 1, 2, 3, -1, -2]))
            parts.append(slice(a if rng.integers(0, 4) else None, b if rng.integers(0, 4) else None,
                               step))
    if rng.integers(0, 4) == 0:
        at = int(rng.integers(0, len(parts) + 1))
        parts = parts[:at] + [...] + parts[at + int(rng.integers(0, 3)):]
    if rng.integers(0, 5) == 0:
        parts.insert(int(rng.integers(0, len(parts) + 1)), None)
    return tuple(parts)


def same(got, want):
    assert type(got) is type(want) or isinstance(got, np.ndarray) == isinstance(want, np.ndarray)
    assert np.shape(got) == np.shape(want), (np.shape(got), np.shape(want))
    assert got.dtype == want.dtype.newbyteorder('='), (got.dtype, want.dtype)
    assert np.array_equal(got, want, equal_nan=want.dtype.kind in 'fc'), (got, want)


def test_reading():
    rng = np.random.default_rng(SEED)
    with shoal.open(PATH) as ours, h5py.File(PATH) as theirs:
        names = ['types/' + dtype.replace('>', 'big_') for dtype in TYPES]
        for name in names + ['flat', 'big_flat', 'lz4', 'long', 'empty']:
            one, want = ours[name], theirs[name][()]
            same(one[...], want)
            same(one[()], want)
            same(np.asarray(one), want)
            for _ in range(40):
                index = random_index(rng, want.shape)
                same(one[index], want[index])
        assert ours['scalar'][()] == np.float32(2.5) and isinstance(ours['scalar'][()], np.float32)
        assert isinstance(ours['long'][3], np.int64)
        rows = list(ours['flat'])
        assert len(rows) == len(ours['flat']) == 40
        same(rows[7], theirs['flat'][7])
        parts = [ours['lz4'][part] for part in ours['lz4'].iter_chunks()]
        assert len(parts) == 3
        same(np.concatenate(parts), theirs['lz4'][()])


def test_indices():
    with shoal.open(PATH) as file:
        t = file['lz4']
        want = t[...]
        refuses(IndexError, lambda: t[300])
        refuses(IndexError, lambda: t[-301, 0])
        refuses(IndexError, lambda: t[0, 0, 0])
        refuses(IndexError, lambda: t[..., ...])
        refuses(IndexError, lambda: t[[0, 300]], 'out of bounds')
        refuses(IndexError, lambda: t[:, np.array([-401])], 'out of bounds')
        refuses(IndexError, lambda: shoal.calc('t[300]', t=t), 'out of bounds')
        refuses(IndexError, lambda: shoal.calc('t[0]', t=PATH + ':/lz4[300, 0]'), 'out of range')
        assert refuses(shoal.BoundsError, lambda: shoal.calc('sum(t, axis=2)', t=t)).column > 0
        assert isinstance(refuses(IndexError, lambda: shoal.calc('t[0, 400]', t=t)), ValueError)
        same(t[[5, 1, 299], 3:9], want[[5, 1, 299], 3:9])
        same(t[:, np.array([0, 2, 4])], want[:, [0, 2, 4]])
        mask = np.arange(300) % 7 == 2
        same(t[mask], want[mask])
        out = np.empty((300, 400), 'i8')
        assert t.read(..., out=out) is out
        same(out, want)
        same(t.read((slice(0, 2),), out=out[:2]), want[:2])
        refuses(shoal.UsageError, lambda: t.read(..., out=out[:5]), 'shape')
        refuses(shoal.UsageError, lambda: t.read(..., out=np.empty((400, 300), 'i8').T))
        refuses(ValueError, lambda: t.read(..., out=np.empty((300, 400), 'i4')))


def test_describing():
    with shoal.open(PATH) as file:
        t = file['lz4']
        assert (t.shape, t.dtype, t.ndim, t.size) == ((300, 400), np.dtype('i8'), 2, 120000)
        assert t.chunks == (100, 90) and t.maxshape == (None, 400) and t.nbytes == 960000
        assert 0 < t.stored_nbytes < t.nbytes and 'blosc' in t.filters and t.layout == 'chunked'
        assert t.name == '/lz4' and t.locator == PATH + ':/lz4' and t.file is file
        assert t.dims[0] == 'axis', t.dims
        assert t.axis(0).coordinate == '/axis' and t.axis(-2).last == '299.0', t.axis(0)
        refuses(IndexError, lambda: t.axis(2))
        assert file['flat'].chunks is None and 'lz4' in repr(t) and 'int64' in repr(t)
        attrs = t.attrs
        assert attrs['units'] == 'K' and attrs['scale'] == 0.5 and attrs['big'] == 2 ** 63 - 1
        assert attrs['counts'].dtype == 'i8' and list(attrs['counts']) == [1, 2, 3]
        assert np.array_equal(attrs['odd'], [1.5, np.nan, -np.inf], equal_nan=True)
        assert list(attrs['names']) == ['a', 'b'] and attrs['flag'] and 'nothing' not in attrs
        refuses(KeyError, lambda: attrs['nothing'])
        with h5py.File(PATH) as theirs:
            assert set(theirs['lz4'].attrs) == set(attrs), set(attrs)
            names = []
            theirs.visit(names.append)
            assert sorted(theirs) == list(file)
            seen = []
            file.visit(seen.append)
            assert sorted(names) == sorted(seen)
        assert file['group']['inner'].attrs['why'] == 'because' == file['group/inner'].attrs['why']
        assert 'inner' in file['group'] and 'other' not in file and len(file['group']) == 1
        found = file.visititems(lambda path, item: item if path == 'types/i4' else None)
        assert isinstance(found, shoal.Dataset) and found.dtype == 'i4'
        refuses(KeyError, lambda: file['lz5'], 'lz4')


def test_lifetimes():
    file = shoal.open(PATH)
    t = file['lz4']
    kept = t[3]
    file.close()
    file.close()
    assert kept.shape == (400,) and t.shape == (300, 400)
    for use in (lambda: t[0], lambda: file['lz4'], lambda: t.filters, lambda: t.attrs['units'],
                lambda: shoal.calc('sum(t)', t=t)):
        refuses(shoal.UsageError, use, 'closed')
    for _ in range(1500):  # more than can be open at a time
        t = shoal.open(PATH)['lz4']
    same(t[3], kept)
    del t
    gc.collect()
    big = shoal.calc('float64(t) * 2', t=PATH + ':/long')
    want = big.copy()
    gc.collect()
    same(big, want)


def test_forked():
    """A child goes on with what its parent opened."""
    with shoal.open(PATH) as file:
        t = file['lz4']
        want = t[...]
        child = os.fork()
        if child == 0:
            os._exit(0 if np.array_equal(t[...], want) else 1)
        assert os.waitpid(child, 0)[1] == 0
        same(t[5], want[5])


def test_statistics():
    path = FOLDER.name + '/known.h5'
    for data in (np.arange(-5, 100000), np.array([1.5, np.nan, 2.25] * 1000, 'f4')):
        shoal.save(path + ':/x', data, overwrite=True)
        with shoal.open(path) as file:
            known = file['x'].statistics()
            assert (known.n_elements, known.n_nan) == (data.size, np.isnan(data).sum())
            assert (known.least, known.greatest) == (np.nanmin(data), np.nanmax(data))
            assert known.sum == np.nansum(data, dtype='f8') and known.least.dtype == data.dtype
    with shoal.open(PATH) as file:
        assert file['lz4'].statistics() is None


def test_errors():
    refuses(FileNotFoundError, lambda: shoal.open(PATH + '.not'), 'not')
    error = refuses(shoal.FileError, lambda: shoal.open(FOLDER.name), 'directory')
    assert isinstance(error, OSError) and error.status == 3
    with open(FOLDER.name + '/bad.h5', 'wb') as file:
        file.write(b'\x89HDF\r\n\x1a\n' + bytes(500))
    refuses(shoal.DataError, lambda: shoal.open(FOLDER.name + '/bad.h5'), 'bad.h5')
    error = refuses(ValueError, lambda: shoal.calc('1 + nothing', t=PATH + ':/long'), 'nothing')
    assert isinstance(error, shoal.UsageError) and error.column == 5
    refuses(MemoryError, lambda: shoal.calc('t * 2', t=PATH + ':/long', memory=10000))
    with shoal.open(PATH) as file:
        refuses(shoal.MemoryLimitError, lambda: file['lz4'].read(memory=1000), 'lz4')
        refuses(shoal.UsageError, lambda: file['lz4'].read(memory='much'))
        refuses(shoal.UsageError, lambda: file['lz4'].read(threads=0))
        calls = []
        file['lz4'].read(progress=lambda *now: calls.append(now))
        assert calls and calls[-1][1:] == (960000, 'reading') and calls[-1][0] > 0, calls
        refuses(shoal.Cancelled, lambda: file['lz4'].read(progress=lambda *now: True))
        refuses(ZeroDivisionError, lambda: file['lz4'].read(progress=lambda *now: 1 // 0))
        refuses(ZeroDivisionError,
                lambda: shoal.calc('sum(t)', t=file['lz4'], progress=lambda *now: 1 // 0,
                                   summaries=False))


def test_given():
    """What C would take modulo something, or up to a NUL, is refused."""
    x, out = np.zeros((50, 60)), FOLDER.name + '/given.h5'
    for chunks in ((2**64 + 5, 7), (-1, 3), (0, 3), (2,), (2, 2, 2), (2.5, 3), 'auto'):
        refuses(shoal.UsageError, lambda: shoal.save(out + ':/x', x, chunks=chunks))
    with shoal.create(out) as writer:
        for shape in ((2**64 + 7,), (2**64,), (-1,), (1,) * 33, (2.0,)):
            refuses(shoal.UsageError, lambda: writer.create_dataset('x', shape, 'f4'))
        refuses(shoal.UsageError, lambda: writer.create_dataset('x', (9,), 'f4', chunks=(2, 2)))
        refuses(shoal.UsageError, lambda: writer.set_attribute('/', 'a\0b', 1))
        writer.create_dataset('x', 5, 'f4')
    for options in ({'memory': 2**80}, {'memory': '0'}, {'memory': 0}, {'threads': 2**64},
                    {'threads': 'a'}, {'codec': 'gzip\0zz'}, {'codec': 3}):
        refuses(shoal.UsageError, lambda: shoal.calc('x', x=x, **options))
    refuses(shoal.UsageError, lambda: shoal.calc('sum(x)\0 / 0 bogus(', x=x), 'NUL')
    refuses(shoal.UsageError, lambda: shoal.calc(None))
    refuses(shoal.UsageError, lambda: shoal.open(out + '\0zz'), 'NUL')
    with shoal.open(out) as file:
        refuses(shoal.UsageError, lambda: file['x\0y'], 'NUL')
    masked = np.ma.array([1.0, 99.0], mask=[False, True])
    refuses(shoal.UsageError, lambda: shoal.calc('sum(x)', x=masked), 'mask')
    refuses(shoal.UsageError, lambda: shoal.save(out + ':/m', masked), 'mask')


def exact_sums():
    """Beyond 64 bits they are Python's integers."""
    most = np.array([[2**63 - 1, 1], [2, 3]])
    assert shoal.calc('sum(x)', x=most, exact=True) == 2**63 + 5
    columns = shoal.calc('sum(x, axis=1)', x=most, exact=True)
    assert columns.dtype == object and columns.tolist() == [2**63, 5], columns
    least = np.full(3, -2**63)
    low, high = shoal.calc('sum(x); max(x)', x=least, exact=True)
    assert type(low) is int and (low, high) == (-3 * 2**63, -2**63), (low, high)
    same(shoal.calc('sum(x, axis=0)', x=most[1:], exact=True), most[1:].sum(axis=0))
    for words in ('sum(x) + 1', 'prod(x)', 'vdot(x, x)'):
        refuses(shoal.DataError, lambda: shoal.calc(words, x=least, exact=True), 'int64')


def test_calc():
    rng = np.random.default_rng(SEED)
    with shoal.open(PATH) as file:
        want = file['lz4'][...]
        same(shoal.calc('mean(t, axis=0)', t=file['lz4']), want.mean(axis=0))
        assert shoal.calc('sum(lz4)', inputs={None: PATH + ':/lz4'}) == want.sum()
        got = shoal.calc('low = min(t); high = max(t)', t=file['lz4'], threads=2, memory='64M')
        assert got == {'low': want.min(), 'high': want.max()} and isinstance(got['low'], np.int64)
        assert shoal.calc('min(t); max(t)', t=file['lz4']) == (want.min(), want.max())
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter('always')
            most = np.array([2**63 - 1, 1])
            assert shoal.calc('sum(x)', x=most) == most.sum() == -2**63
            assert shoal.calc('sum(x)', x=most - 1) == 2**63 - 2
        assert [w.category for w in caught] == [RuntimeWarning], caught
        exact_sums()
        row = rng.normal(size=400)
        same(shoal.calc('t - row', t=file['lz4'], row=row), want - row)
        x = np.asfortranarray(rng.normal(size=(500, 300)))
        for view in (x, x.T, x[::-2, 5::3], x[None, 7], np.broadcast_to(x[3], (20, 300))):
            same(shoal.calc('x * 2 + 1', x=view), view * 2 + 1)
        for dtype in TYPES[:14]:
            v = values(rng, dtype, (30, 40))
            same(shoal.calc('x', x=v.T), v.T)
        same(shoal.calc('x + y', x=memoryview(b'abc').cast('B'), y=[1, 2, 3]),
             np.array([98, 100, 102]))

        class Exporter:
            def __dlpack__(self, **options):
                return row.__dlpack__(**options)

            def __dlpack_device__(self):
                return row.__dlpack_device__()

        same(shoal.calc('x * 2', x=Exporter()), row * 2)
        same(np.from_dlpack(shoal.calc('x * 2', x=row)), row * 2)
        assert bytes(memoryview(shoal.calc('x', x=row))) == row.tobytes()
        for bad in (np.array(['a']), row.astype('>f8'), np.array([object()]),
                    np.array(['2001-01-01'], 'M8[D]')):
            refuses(shoal.UsageError, lambda bad=bad: shoal.calc('x', x=bad))
        out = FOLDER.name + '/out.h5'
        assert shoal.calc('t * 2', t=file['lz4'], output=out + ':/twice', codec='gzip:2',
                          chunks=(50, 400)) is None
        with h5py.File(out) as made:
            same(made['twice'][()], want * 2)
            assert made['twice'].chunks == (50, 400) and made['twice'].compression == 'gzip'
        refuses(shoal.Error, lambda: shoal.calc('t', t=file['lz4'], output=out + ':/twice'))
        with shoal.plan('std(t)', t=file['lz4']) as plan:
            assert plan.memory > 0 and 'std' in plan.describe() and json.loads(plan.describe(True))
            assert np.isclose(plan.run(), want.std())
            refuses(shoal.UsageError, plan.run)
        refuses(shoal.UsageError, plan.describe)
    names = [function.signature for function in shoal.functions()]
    assert any(name.startswith('nanmean(') for name in names) and len(names) > 100


def test_words():
    """Misspelt options are refused, and advice is about Python's arguments."""
    x = np.arange(10.)
    error = refuses(shoal.UsageError, lambda: shoal.calc('sum(x)', x=x, thread=2),
                    'did you mean threads=?')
    assert '\n' not in str(error)
    refuses(shoal.UsageError, lambda: shoal.plan('sum(x)', x=x, y=x), 'called y', 'inputs=')
    assert shoal.calc('sum(x)', inputs={'x': x, 'y': x}) == 45
    refuses(shoal.UsageError, lambda: shoal.calc('sum(thread)', x=x, thread=x), 'called x')
    out = FOLDER.name + '/words.h5'
    shoal.save(out + ':/x', x)
    refuses(shoal.UsageError, lambda: shoal.save(out + ':/x', x), 'overwrite=True overwrites')
    refuses(shoal.UsageError, lambda: shoal.save(out, x), 'overwrite=True overwrites it')
    refuses(shoal.UsageError, lambda: shoal.create(out), 'mode="w" overwrites')
    with shoal.create(out, 'a') as writer:
        refuses(shoal.UsageError, lambda: writer.create_dataset('x', data=x),
                'replace=True overwrites')
    refuses(shoal.MemoryLimitError, lambda: shoal.calc('zeros(10000000) + 1', memory='4M'),
            'raise memory=')
    refuses(shoal.UsageError, lambda: shoal.export(out + ':/x', FOLDER.name + '/x.zzz'),
            'format="npy"')


def test_all_words():
    """No message of the library's gives advice in the command's words here."""
    from shoal._errors import in_python
    n, source = 0, os.environ['SHOAL_SOURCE']
    for room in ('chunk', 'store', 'compute'):
        for folder, _, names in os.walk(os.path.join(source, room)):
            for name in names:
                if not name.endswith('.c'):
                    continue
                with open(os.path.join(folder, name), encoding='utf-8') as file:
                    code = re.sub(r'"\s*\n\s*(PRIu64\s*)?"', '', file.read())
                code = re.sub(r'"\s*PRIu64\s*"', 'd', code)
                for said in re.findall(r'"((?:[^"\\\n]|\\.)*)"', code):
                    if not re.search(r'(^| )--?[a-z]+\b', said) or said.startswith('-'):
                        continue
                    n += 1
                    ours = in_python(re.sub(r'%[.0-9]*s', 'NAME', said))
                    for foreign in ('nccopy -k nc4', 'iconv -f latin1 -t utf-8'):
                        ours = ours.replace(foreign, '')
                    assert not re.search(r'(^| )--?[a-z]+\b', ours), (name, ours)
    assert n >= 20, n


def test_structured():
    """Structured arrays do not lose their fields."""
    people = np.zeros(50, [('age', 'i4'), ('name', 'S5'), ('at', 'f8', (2,))])
    people['age'], people['name'], people['at'] = np.arange(50), b'p', [[.5, 1.5]]
    assert shoal.calc('mean(age); sum(name == "p"); sum(at[:, 1])',
                      inputs={None: people}) == (24.5, 50, 75)
    same(shoal.calc('age * 2 + n', inputs={None: people[::-2], 'n': 1}),
         people['age'][::-2].astype('i8') * 2 + 1)
    refuses(shoal.UsageError, lambda: shoal.calc('people', people=people), 'age, name, at',
            'inputs={None: array}')
    refuses(shoal.UsageError, lambda: shoal.save(FOLDER.name + '/p.h5:/p', people), 'fields')
    refuses(shoal.UsageError, lambda: shoal.calc('age', inputs={None: people, 'age': 1}), 'age')
    with shoal.create(FOLDER.name + '/p2.h5') as writer:
        refuses(shoal.UsageError, lambda: writer.create_dataset('p', data=people), 'fields')


EXITING = '''
import ctypes, sys
import numpy as np
sys.path.insert(0, sys.argv[1])
import shoal
ELEMENTS = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p,
                            ctypes.c_void_p)
leaving = shoal.kernel('leaving', 'float64 -> float64', elements=sys.argv[2:] and
                       ctypes.CDLL(sys.argv[2]).leaving)
for threads in (1, 2, 1):
    try:
        shoal.calc('leaving(x)', x=np.zeros(300000), kernels=[leaving], threads=threads)
    except shoal.DataError as error:
        print('DataError:', error)
print('alive', shoal.calc('sum(x)', x=np.ones(300000)))
sys.exit(7)
'''


def test_exiting():
    """A kernel that calls exit(0) is an error, and Python goes on."""
    if not shutil.which('cc'):
        print('skipped: no compiler for a kernel in C')
        return
    source, library = FOLDER.name + '/leaving.c', FOLDER.name + '/leaving.so'
    with open(source, 'w', encoding='utf-8') as file:
        file.write('#include <stdlib.h>\nint leaving(void);\nint leaving(void) { exit(0); }\n')
    subprocess.run(['cc', '-shared', '-fPIC', '-o', library, source], check=True)
    done = subprocess.run([sys.executable, '-c', EXITING,
                           os.path.join(os.environ['SHOAL_SOURCE'], 'python'), library],
                          capture_output=True, text=True)
    said = done.stdout.splitlines()
    if done.returncode == 4:  # the C library is too new to be left there
        assert 'exit()' in done.stderr, done
        return
    assert done.returncode == 7 and said[-1] == 'alive 300000.0', done
    assert len(said) == 4 and all('leaving' in line and 'exit()' in line for line in said[:3]), said


ELEMENTS = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_abi.KernelCall), ctypes.c_size_t,
                            ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(ctypes.c_void_p))


def doubles(pointer, n):
    return np.ctypeslib.as_array(ctypes.cast(pointer, ctypes.POINTER(ctypes.c_double)), (n,))


@ELEMENTS
def shifted(call, n, inputs, outputs):
    doubles(outputs[0], n)[:] = doubles(inputs[0], n) * 2 + call.contents.parameters[0]
    return 0


@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_abi.KernelCall), ctypes.c_uint64, ctypes.c_void_p,
                  ctypes.c_void_p)
def above_left(call, n, x, out):
    back = 8 * (call.contents.strides[0] + call.contents.strides[1])
    doubles(out, n)[:] = doubles(x - back, n) - doubles(x, n)
    return 0


@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_abi.KernelCall), ctypes.c_uint64, ctypes.c_void_p,
                  ctypes.c_uint64, ctypes.c_void_p)
def turn_plane(call, n, x, n_out, out):
    rows, columns = call.contents.lengths[:2]
    doubles(out, n_out)[:] = doubles(x, n).reshape(rows, columns)[::-1, ::-1].ravel()
    return call.contents.out_lengths[:2] != [rows, columns]


@ELEMENTS
def failing(call, n, inputs, outputs):
    ctypes.memmove(call.contents.message, b'no good\0', 8)
    return 1


STATE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
SIZE = ctypes.CFUNCTYPE(ctypes.c_size_t, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint64)


class Refused(Exception):
    pass


def raising(*_):
    raise Refused('not these')


def test_raising_kernels():
    """What a kernel in Python raises is raised by the run, and no result is left of it."""
    x, output = np.arange(300000.0), FOLDER.name + '/refused.h5'
    late = shoal.kernel('late', 'float64 -> float64', elements=ELEMENTS(
        lambda call, n, inputs, outputs: raising() if doubles(inputs[0], n)[-1] else
        doubles(outputs[0], n).fill(0)))
    line = type(turn_plane)
    kernels = [
        shoal.kernel('k', 'float64 -> float64', elements=ELEMENTS(raising)), late,
        shoal.kernel('k', 'float64 -> float64', line=line(raising)),
        shoal.kernel('k', 'float64 -> float64', line=turn_plane, length=SIZE(raising)),
        shoal.kernel('k', 'float64 -> float64', stencil=type(above_left)(raising), before=1),
        shoal.kernel('k', 'float64 -> float64', init=STATE(raising), state_bytes=8,
                     step=ELEMENTS(raising), merge=ELEMENTS(raising), finish=ELEMENTS(raising))]
    for kernel in kernels:
        for threads in (1, 3):
            refuses(Refused, lambda: shoal.calc(kernel.name + '(x)', x=x, kernels=[kernel],
                                                threads=threads, output=output), 'not these')
            assert not os.path.exists(output)
    assert shoal.calc('sum(x * 0 + 1 + late(x * 0) * 0)', x=x, kernels=[late]) == x.size


C_KERNEL = '''
#include <shoal/kernel.h>
static int cube(const shoal_kernel_call *call, size_t n, const void *const *in, void *const *out)
{
    (void)call;
    for (size_t i = 0; i < n; i++) {
        double x = ((const double *)in[0])[i];
        ((double *)out[0])[i] = x * x * x;
    }
    return 0;
}
static const shoal_kernel_spec kernels[] = {
    {.name = "cube", .doc = "x * x * x", .kind = SHOAL_KERNEL_ELEMENTS,
     .types = "float64 -> float64", .elements = cube},
};
SHOAL_KERNELS(kernels);
'''


def test_kernels():
    flat = PATH + ':/flat'
    with shoal.open(PATH) as file:
        want = file['flat'][...]
    one = shoal.kernel('shifted', 'float64 -> float64', elements=shifted,
                       parameters={'shift': 1.5}, doc='2x + shift')
    assert 'shifted' in repr(one)
    same(shoal.calc('shifted(t)', t=flat, kernels=[one]), want * 2 + 1.5)
    same(shoal.calc('shifted(t, shift=-3)', t=flat, kernels=[one]), want * 2 - 3)
    address = shoal.address(shifted)
    assert isinstance(address, int) and address > 0
    other = shoal.kernel('other', 'float64 -> float64', elements=address,
                         parameters={'shift': None})
    same(shoal.calc('other(t, 1)', t=flat, kernels=[one, other]), want * 2 + 1)
    refuses(shoal.UsageError, lambda: shoal.calc('other(t)', t=flat, kernels=[other]), 'shift')
    corner = shoal.kernel('corner', 'float64 -> float64', stencil=above_left, axes=2, before=1)
    p = np.pad(want, ((1, 0), (1, 0)), 'edge')
    same(shoal.calc('corner(t, mode="nearest")', t=flat, kernels=[corner]), p[:-1, :-1] - want)
    refuses(shoal.UsageError, lambda: shoal.kernel('k', 'f8 -> f8', stencil=above_left, axes=4))
    refuses(shoal.UsageError, lambda: shoal.kernel('k', 'f8 -> f8', elements=shifted, axes=2))
    turned = shoal.kernel('turned', 'float64 -> float64', line=turn_plane, axes=2)
    same(shoal.calc('turned(t)', t=flat, kernels=[turned]), want[::-1, ::-1])
    bad = shoal.kernel('bad', 'float64 -> float64', elements=failing)
    refuses(shoal.DataError, lambda: shoal.calc('bad(t)', t=flat, kernels=[bad]), 'bad', 'no good')
    refuses(shoal.UsageError, lambda: shoal.kernel('k', 'float64 -> float64'), 'elements')
    refuses(shoal.UsageError, lambda: shoal.kernel('k', 'f8 -> f8', elements=len), 'compiled')
    refuses(shoal.UsageError, lambda: shoal.kernel('k', 'f8 -> f8', elements=0), 'null')
    wrong = shoal.kernel('sum', 'float64 -> float64', elements=shifted)
    refuses(shoal.UsageError, lambda: shoal.calc('sum(t)', t=flat, kernels=[wrong]), 'sum')
    wrong = shoal.kernel('k', 'float64 => float64', elements=shifted)
    refuses(shoal.UsageError, lambda: shoal.calc('k(t)', t=flat, kernels=[wrong]))
    if not shutil.which('cc'):
        print('skipped: no compiler for a kernel in C')
        return
    os.environ['XDG_CACHE_HOME'] = FOLDER.name
    source = FOLDER.name + '/cube.c'
    with open(source, 'w', encoding='utf-8') as file:
        file.write(C_KERNEL)
    same(shoal.calc('cube(t)', t=flat, kernels=[source]), want * want * want)
    assert [f.signature.split('(')[0] for f in shoal.functions(source)] == ['cube']


def test_writing():
    rng = np.random.default_rng(SEED)
    path = FOLDER.name + '/written.h5'
    x = rng.normal(size=(70, 80)).astype('f4')
    with shoal.create(path) as writer:
        made = writer.create_dataset('a/x', data=x, chunks=(20, 30), codec='blosc:zstd:3')
        made.set_attribute('units', 'm')
        made.set_attribute('range', [1.5, 2.5])
        made.set_attribute('level', np.int16(3))
        part = writer.create_dataset('part', (10, 10), 'i4', fillvalue=-1, chunks=(5, 5),
                                     maxshape=(None, 10))
        part[2:4, 3] = [7, 8]
        part.resize((20, 10))
        part[-1] = 5
        refuses(shoal.UsageError, lambda: part.__setitem__(slice(None, None, 2), 1), 'step')
        writer.create_dataset('y', data=np.arange(70.))
        writer.set_scale('a/x', 0, 'y')
        assert not os.path.exists(path)
    want = np.full((20, 10), -1, 'i4')
    want[2:4, 3], want[-1] = [7, 8], 5
    with h5py.File(path) as file:
        same(file['a/x'][()], x)
        same(file['part'][()], want)
        assert dict(file['a/x'].attrs)['units'] in ('m', b'm') and file['a/x'].attrs['level'] == 3
        assert list(file['a/x'].attrs['range']) == [1.5, 2.5] and file['y'].is_scale
    with shoal.open(path) as file:
        assert file['a/x'].attrs['level'] == np.int16(3) and file['a/x'].dims[0] == 'y'
    refuses(shoal.Error, lambda: shoal.create(path))
    try:
        with shoal.create(path, 'w') as writer:
            writer.create_dataset('gone', data=x)
            raise KeyError
    except KeyError:
        pass
    refuses(shoal.UsageError, lambda: writer.create_group('late'))
    with shoal.create(path, 'a') as writer:
        writer.create_group('more')
    with h5py.File(path) as file:
        assert set(file) == {'a', 'part', 'y', 'more'}
    shoal.save(FOLDER.name + '/saved.h5:/t', x[::-1].T, codec='gzip:1')
    with h5py.File(FOLDER.name + '/saved.h5') as file:
        same(file['t'][()], x[::-1].T)


def test_whole_files():
    source, path = FOLDER.name + '/people.csv', FOLDER.name + '/people.h5'
    with open(source, 'w', encoding='utf-8') as file:
        file.write('name,age\n' + ''.join(f'p{k % 3},{k}\n' for k in range(1000)))
    done = shoal.ingest(source, path + ':/people', types={'age': 'f4'})
    assert (done.n_rows, done.n_columns) == (1000, 2)
    with shoal.open(path) as file:
        table = file['people']
        assert isinstance(table, shoal.Table) and table.columns == ['age', 'name']
        assert table['age'].dtype == 'f4' and table['age'][5:7].tolist() == [5, 6]
        got = shoal.calc('mean(age); count_nonzero(name == "p1")', inputs={None: table})
        assert got == (499.5, 333)
    shoal.export(path + ':/people', FOLDER.name + '/again.csv')
    with open(FOLDER.name + '/again.csv', encoding='utf-8') as file:
        assert file.readline() == 'name,age\n' and file.readline() == 'p0,0.0\n'
    assert shoal.verify(path) == []
    damaged = FOLDER.name + '/damaged.h5'
    with h5py.File(damaged, 'w') as file:
        t = file.create_dataset('t', data=np.arange(1000), chunks=(100,), fletcher32=True)
        offset = t.id.get_chunk_info(4).byte_offset
    with open(damaged, 'r+b') as file:
        file.seek(offset + 10)
        file.write(b'\xff\xfe')
    findings = shoal.verify(damaged)
    assert [(one.path, one.damaged, one.chunk) for one in findings] == [('/t', True, 4)], findings
    with shoal.open(damaged) as file:
        refuses(shoal.DataError, lambda: file['t'][:], 'chunk')
        assert file['t'][:400].sum() == sum(range(400))


def test_threads():
    """Reading lets go of the interpreter, and several threads may read at once."""
    with shoal.open(PATH) as file:
        want, wrong = file['lz4'][...], []

        def read():
            for k in range(30):
                if not np.array_equal(file['lz4'][k::3], want[k::3]):
                    wrong.append(k)

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong
        refuses(shoal.UsageError,
                lambda: file['lz4'].read(progress=lambda *now: file.close()), 'another thread')
        assert file['lz4'][0, 0] == want[0, 0]


def test_interrupt():
    """Ctrl-C ends a run that was started in the main thread, whichever worker reports."""
    timer = threading.Timer(.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    start = time.monotonic()
    refuses(KeyboardInterrupt, lambda: shoal.calc('sum(sin(arange(20000000000.)))', threads=2))
    assert time.monotonic() - start < 30


def test_packaging():
    """pip makes a package of it that works."""
    for tool in ('pip', 'setuptools', 'wheel'):
        if importlib.util.find_spec(tool) is None:
            print(f'skipped: {tool} is not installed')
            return
    copy, target = FOLDER.name + '/source', FOLDER.name + '/target'
    shutil.copytree(os.path.join(os.environ['SHOAL_SOURCE'], 'python'), copy,
                    ignore=shutil.ignore_patterns('__pycache__', 'build', '*.egg-info'))
    done = subprocess.run([sys.executable, '-m', 'pip', 'install', '--quiet', '--no-deps',
                           '--no-index', '--no-build-isolation', '--target', target, copy],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert os.path.exists(target + '/shoal/py.typed')
    code = 'import shoal, sys; sys.exit(not shoal.__file__.startswith(sys.argv[1]))'
    subprocess.run([sys.executable, '-c', code, target], check=True, cwd=FOLDER.name,
                   env=dict(os.environ, PYTHONPATH=target))


def test_finding():
    """The package says what it lacks, and finds the library that it is told of."""
    code = 'import shoal'
    source = os.path.join(os.environ['SHOAL_SOURCE'], 'python')
    environment = dict(os.environ, PYTHONPATH=source, SHOAL_LIBRARY='/nowhere/libshoal.so')
    done = subprocess.run([sys.executable, '-c', code], env=environment, capture_output=True,
                          text=True)
    assert done.returncode and '/nowhere/libshoal.so' in done.stderr
    environment['SHOAL_LIBRARY'] = ''
    environment['LD_LIBRARY_PATH'] = os.path.dirname(os.environ['SHOAL_LIBRARY'])
    done = subprocess.run([sys.executable, '-c', code], env=environment, capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr


def camel(name):
    return ''.join(word.capitalize() for word in name.split('_')[1:])


def test_abi():
    """Sizes and places of all structs are those of the library's reviewed list."""
    with open(os.path.join(os.environ['SHOAL_SOURCE'], 'tests/format/abi.txt'),
              encoding='utf-8') as file:
        lines = file.read().splitlines()
    n = 0
    for line in lines:
        match = re.fullmatch(r'struct (shoal_\w+): (\d+) bytes, (.*)', line)
        ours = match and getattr(_abi, camel(match.group(1)), None)
        if not ours:
            continue
        places = {part.rsplit(' ', 1)[0]: int(part.rsplit(' ', 1)[1])
                  for part in match.group(3).split(', ')}
        assert places == {name: getattr(ours, name).offset for name, *_ in ours._fields_}, line
        assert _abi.ctypes.sizeof(ours) == int(match.group(2)), line
        n += 1
    assert n >= 20, n
    functions = {line.split(':')[0].split()[1] for line in lines if line.startswith('function ')}
    assert {*_abi.STATUS_FUNCTIONS, *_abi.OTHER_FUNCTIONS} <= functions


def main():
    make_file()
    for name, test in list(globals().items()):
        if name.startswith('test_') and (len(sys.argv) < 2 or sys.argv[1] in name):
            test()
            print(name, 'ok')


main()
