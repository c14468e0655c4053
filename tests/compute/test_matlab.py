"""Arrays of MATLAB's v7.3 files: expressions have their axes in MATLAB's order. Files are written
as MATLAB writes them; the oracle is NumPy's transpose of what h5py reads.

usage: test_matlab.py CALC_DRIVER SHOAL [SEED]
"""

import io, json, os, subprocess, sys, tempfile

from shared_case import chosen_seed, generators, need

need('h5py', 'hdf5plugin', 'numpy')
import h5py, hdf5plugin, numpy as np

from cf_driver import OneResult

SHOAL = sys.argv[2]
N_CASES = int(os.environ.get('SHOAL_MATLAB_CASES', 150))
R, G = generators(chosen_seed(3))
CLASSES = dict(double='f8', single='f4', int8='i1', int16='i2', int32='i4', int64='i8', uint8='u1',
               uint16='u2', uint32='u4', uint64='u8', logical='u1')
HEADER = b'MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: Mon Jan  1 00:00:00 2024 HDF5 schema'


def new_file(path):
    """with the block that MATLAB puts before HDF5's"""
    h5py.File(path, 'w', userblock_size=512).close()
    with open(path, 'r+b') as f:
        f.write(HEADER.ljust(116) + bytes(8) + b'\x00\x02IM')
    return h5py.File(path, 'r+')


def put(f, name, class_name, stored, **layout):
    d = f.create_dataset(name, data=stored, **layout)
    d.attrs.create('MATLAB_class', np.bytes_(class_name))
    if class_name in ('logical', 'char'):
        d.attrs['MATLAB_int_decode'] = np.int32(1 if class_name == 'logical' else 2)
    return d


def random_matrix(shape, class_name):
    kind = np.dtype(CLASSES[class_name])
    if class_name == 'logical':
        return G.integers(0, 2, shape).astype('u1')
    if kind.kind == 'f':
        return G.standard_normal(shape).astype(kind)
    return G.integers(0, 100, shape).astype(kind)


def layout_of(shape):
    if R.random() < 0.4:
        return {}
    chunks = tuple(R.randint(1, n) for n in shape)
    return dict(chunks=chunks, compression='gzip', compression_opts=3)


def same(got, want, what, error=None):
    assert got is not None, f'{what}: {error}'
    want = np.asarray(want)
    assert got.dtype == want.dtype, f'{what}: {got.dtype}, not {want.dtype}'
    assert got.shape == want.shape, f'{what}: {got.shape}, not {want.shape}'
    assert np.array_equal(got, want, equal_nan=want.dtype.kind in 'fc'), f'{what}: values differ'


def part(n):
    """an index or a slice of an axis, as text"""
    if R.random() < 0.3:
        return str(R.randrange(-n, n))
    low, high = sorted((R.randint(0, n), R.randint(0, n)))
    return f'{low}:{high}' + (f':{R.randint(1, 3)}' if R.random() < 0.3 else '')


def random_case(run, folder, k):
    rank, class_name = R.randint(2, 4), R.choice(list(CLASSES))
    shape = tuple(R.randint(1, [0, 0, 60, 16, 8][rank]) for _ in range(rank))
    stored, path = random_matrix(shape, class_name), f'{folder}/{k}.mat'
    with new_file(path) as f:
        put(f, 'm', class_name, stored, **layout_of(shape))
    m = stored.T.astype('?' if class_name == 'logical' else stored.dtype)
    m = np.ascontiguousarray(m)
    at, threads = f'{path}:/m', R.choice([1, 2, 4])
    axis = R.randrange(rank)
    cut = ', '.join(part(n) for n in m.shape[: R.randint(1, rank)])
    sliced = eval(f'm[{cut}]')
    what = f'{class_name} {m.shape} [{cut}]'
    cases = {'m': m, f'm[{cut}]': sliced, f'max(m, axis={axis})': m.max(axis=axis),
             'transpose(m)': m.T, 'm == m': m == m}
    for e, want in cases.items():
        got, error = run(e, m=at, threads=threads)
        same(got, want, f'{what}: {e}', error)
        if R.random() < 0.3:
            out = f'{folder}/out.h5'
            _, error = run(e, m=at, threads=threads, output=f'{out}:/r')
            assert error is None, error
            with h5py.File(out) as f:
                same(f['r'][()], want, f'{what}: {e} to a file')
                assert not any(a.startswith('MATLAB') for a in f['r'].attrs)
            os.unlink(out)
    same(run('m', m=f'{at}[{cut}]', threads=threads)[0], sliced, f'{what}: a sliced locator')
    same(run('m', m=at, raw=1)[0], stored, f'{what}: raw')
    cut = ', '.join(part(n) for n in shape)
    same(run('m', m=f'{at}[{cut}]', raw=1)[0], eval(f'stored[{cut}]'), f'{what}: raw [{cut}]')


def command(*words):
    return subprocess.run([SHOAL, *words], capture_output=True)


def test_with_others(run, folder):
    """together with an array that is not MATLAB's, and with itself"""
    path, stored = f'{folder}/both.mat', G.standard_normal((30, 20))
    with new_file(path) as f:
        put(f, 'm', 'double', stored, chunks=(7, 9))
        f['x'] = G.standard_normal((20, 30))
        x = f['x'][()]
    got, error = run('m + x', m=f'{path}:/m', x=f'{path}:/x')
    same(got, stored.T + x, 'm + x', error)
    got, error = run('m[3:9, 2] - x[3:9, 2]', m=f'{path}:/m', x=f'{path}:/x')
    same(got, stored.T[3:9, 2] - x[3:9, 2], 'parts', error)
    got, error = run('m[20, 0]', m=f'{path}:/m')
    assert got is None and '20' in error, error


def test_complex(run, folder):
    path, stored = f'{folder}/c.mat', (G.standard_normal((5, 4)) + 1j).astype('c16')
    pairs = np.empty(stored.shape, [('real', 'f8'), ('imag', 'f8')])
    pairs['real'], pairs['imag'] = stored.real, stored.imag
    with new_file(path) as f:
        put(f, 'z', 'double', pairs)
    same(run('z', z=f'{path}:/z')[0], stored.T, 'complex')


def test_empty(run, folder):
    path = f'{folder}/e.mat'
    with new_file(path) as f:
        for name, class_name, shape in [('d', 'double', [0, 0]), ('s', 'single', [3, 0]),
                                        ('l', 'logical', [0, 2, 5]), ('t', 'struct', [0, 0]),
                                        ('bad', 'double', [3, 4]), ('c', 'char', [0, 0]),
                                        ('huge', 'double', [1 << 62] * 3 + [0])]:
            put(f, name, class_name, np.array(shape, 'u8')).attrs['MATLAB_empty'] = np.uint8(1)
        put(f, 'text', 'double', np.zeros((3, 2))).attrs['MATLAB_empty'] = np.uint8(1)
    for name, want in [('d', np.zeros((0, 0))), ('s', np.zeros((3, 0), 'f4')),
                       ('l', np.zeros((0, 2, 5), '?'))]:
        got, error = run('x', x=f'{path}:/{name}')
        same(got, want, f'empty {name}', error)
    same(run('sum(x, axis=1)', x=f'{path}:/s')[0], np.zeros(3, 'f4'), 'a sum of nothing')
    same(run('x', x=f'{path}:/s', raw=1)[0], np.array([3, 0], 'u8'), 'raw extents')
    for name, word in [('t', 'empty struct'), ('bad', 'MATLAB_empty'), ('huge', 'MATLAB_empty'),
                       ('text', 'MATLAB_empty'), ('c', 'empty text')]:
        got, error = run('x', x=f'{path}:/{name}')
        assert got is None and word in error, (name, got, error)
    got, error = run('x', x=f'{path}:/s[0:1]')
    assert got is None and 'takes no slice' in error, error
    shown = command('info', path).stdout.decode()
    assert "MATLAB's empty double" in shown, shown


def test_text(run, folder):
    path, stored = f'{folder}/t.mat', np.array([[72, 105]], 'u2').T
    with new_file(path) as f:
        put(f, 't', 'char', stored)
    got, error = run('t', t=f'{path}:/t')
    assert got is None and 'text (char)' in error and '--raw' in error, error
    same(run('t', t=f'{path}:/t', raw=1)[0], stored, 'code units')


def test_attributes(run, folder):
    """what is no class leaves the axes alone"""
    path, stored = f'{folder}/a.h5', G.standard_normal((3, 4))
    with h5py.File(path, 'w') as f:
        for name, value in [('number', 3), ('texts', np.array([b'a', b'b'])),
                            ('none', h5py.Empty('S1')), ('blank', np.bytes_(b''))]:
            f[name] = stored
            f[name].attrs['MATLAB_class'] = value
        f['long'] = stored
        f['long'].attrs['MATLAB_class'] = np.bytes_(b'x' * 5000)
        f['variable'] = stored
        f['variable'].attrs['MATLAB_class'] = 'double'
    for name in ['number', 'texts', 'none', 'blank']:
        got, error = run('x', x=f'{path}:/{name}')
        same(got, stored, name, error)
    for name in ['long', 'variable']:
        got, error = run('x', x=f'{path}:/{name}')
        same(got, stored.T, name, error)
    assert command('info', path).returncode == 0
    assert command('info', '--json', path).returncode == 0


def test_command(run, folder):
    """info tells both orders; export has the stored one"""
    path, stored = f'{folder}/i.mat', G.standard_normal((4, 3))
    with new_file(path) as f:
        put(f, 'm', 'double', stored)
        put(f, 'l', 'logical', np.ones((2, 5), 'u1'))
    shown = command('info', path).stdout.decode()
    assert "4 x 3 " in shown and "MATLAB's 3 x 4 double" in shown, shown
    shown = command('info', f'{path}:/l').stdout.decode()
    assert "MATLAB's 5 x 2 logical" in shown, shown
    objects = {o['path']: o for o in json.loads(command('info', '--json', path).stdout)['objects']}
    assert objects['/m']['shape'] == [4, 3], objects
    assert objects['/m']['matlab'] == {'class': 'double', 'empty': False, 'shape': [3, 4]}, objects
    for slice_, want in [('', stored), ('[0:4, 1]', stored[0:4, 1])]:
        out = command('export', f'{path}:/m{slice_}', '-o', '-', '--format', 'npy').stdout
        same(np.load(io.BytesIO(out)), want, 'export')
    printed = command('calc', 'sum(l, axis=1)', f'{path}:/l').stdout.decode()
    assert printed.split() == ['[2', '2', '2', '2', '2]'], printed
    raw = command('calc', '--raw', 'sum(l, axis=1)', f'{path}:/l').stdout.decode()
    assert raw.split() == ['[5', '5]'], raw


def main():
    run = OneResult(sys.argv[1]).run
    with tempfile.TemporaryDirectory() as folder:
        for k in range(N_CASES):
            random_case(run, folder, k)
        for test in [test_with_others, test_complex, test_empty, test_text, test_attributes,
                     test_command]:
            test(run, folder)


main()
