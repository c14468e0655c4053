"""What the verbs do when all is well; NumPy and h5py say what is right."""
import io
import os
import subprocess
import sys
import tempfile

from shared_case import need
from shoal_command import SHOAL, clean_line, good, run

need('numpy', 'h5py', 'hdf5plugin')

import h5py  # noqa: E402
import hdf5plugin  # noqa: E402,F401
import numpy as np  # noqa: E402


def example(folder):
    """A file with something of everything."""
    random = np.random.default_rng(1)
    grid = random.normal(280, 10, (40, 30, 20)).astype('f4')
    path = os.path.join(folder, 'example.h5')
    with h5py.File(path, 'w') as file:
        file.attrs['title'] = 'an example\nof two lines'
        t = file.create_dataset('grid/t', data=grid, chunks=(8, 10, 20), compression='gzip',
                                shuffle=True, maxshape=(None, 30, 20), fillvalue=np.nan)
        t.attrs['units'] = 'K'
        t.attrs['range'] = np.array([200.0, 310.5])
        file['time'] = np.arange(40.0)
        file['time'].make_scale('time')
        t.dims[0].attach_scale(file['time'])
        file['count'] = np.arange(-5, 6, dtype='i8')
        file['scalar'] = np.float64(0.1)
        file['odd'] = np.array([file.ref], dtype=h5py.ref_dtype)
        file.create_dataset('empty', (100, 100), 'i2', chunks=(10, 10))
    return path, grid


def test_version_and_help(folder):
    assert good('--version').out.startswith(b'shoal 0.')
    assert good('version').out == good('--version').out
    text = good('--help').out
    assert good('help').out == text == good('-h').out
    for verb in ('info', 'ingest', 'export', 'calc'):
        assert verb.encode() in text
        help_text = good(verb, '--help').out.decode()
        assert good('help', verb).out.decode() == help_text
        assert help_text.startswith(f'Usage: shoal {verb} ') and 'Examples:' in help_text
        assert good(verb, '-h').out.decode() == help_text
        assert all(len(line) <= 100 for line in help_text.splitlines())


def test_info_text(folder):
    path, grid = example(folder)
    done = good('info', path)
    text = done.out.decode()
    assert done.err == b''
    for word in ('t  ', 'float32', 'time 40 x 30 x 20', 'chunks 8 x 10 x 20', 'gzip', 'shuffle',
                 'fill nan', ':units = ', 'K', ':title = an example\\nof two lines', '200', '310.5',
                 'int64', 'nothing written'):
        assert word in text, f'{word!r} is not in:\n{text}'
    assert 'CLASS' not in text and 'DIMENSION_LIST' not in text
    detail = good('info', f'{path}:/grid/t').out.decode()
    for word in ('max shape', 'unlimited x 30 x 20', 'btree1', 'of these 15 written'):
        assert word in detail, f'{word!r} is not in:\n{detail}'
    assert 'count' not in detail


def test_info_json(folder):
    path, grid = example(folder)
    found = good('info', '--json', path).json()
    assert found['file'] == path and found['size'] == os.path.getsize(path)
    objects = {one['path']: one for one in found['objects']}
    assert list(objects) == ['/', '/count', '/empty', '/grid', '/grid/t', '/odd', '/scalar',
                             '/time']
    t = objects['/grid/t']
    assert t['kind'] == 'dataset' and t['readable'] and t['type'] == 'float32'
    assert t['shape'] == [40, 30, 20] and t['max_shape'] == [None, 30, 20]
    assert t['chunk'] == [8, 10, 20] and t['n_chunks'] == 15
    assert t['raw_bytes'] == grid.nbytes and t['dimensions'] == ['time', None, None]
    assert t['attributes']['units']['value'] == 'K'
    assert t['attributes']['range']['value'] == [200.0, 310.5]
    assert objects['/']['attributes']['title']['value'] == 'an example\nof two lines'
    assert objects['/scalar']['shape'] == [] and objects['/time']['chunk'] is None
    assert objects['/empty']['n_chunks_stored'] == 0
    assert not objects['/odd']['readable'] and objects['/odd']['why_not']


def test_info_many_objects(folder):
    path = os.path.join(folder, 'many.h5')
    with h5py.File(path, 'w') as file:
        for k in range(1500):
            file[f'g{k // 100}/d{k}'] = np.int32(k)
    assert len(good('info', '--json', path).json()['objects']) == 1516
    assert len(good('info', path).out.splitlines()) == 1517


def test_npy(folder):
    values = np.random.default_rng(2).normal(size=(100, 7)).astype('f8')
    source = os.path.join(folder, 'a.npy')
    out = os.path.join(folder, 'a.h5')
    np.save(source, values)
    assert good('info', '--json', source).json()['objects'][0]['shape'] == [100, 7]
    done = good('ingest', source, '-o', out)
    assert done.out == b'' and done.err.count(b'\n') == 1 and b'->' in done.err
    with h5py.File(out) as file:
        np.testing.assert_array_equal(file['data'][()], values)
    back = os.path.join(folder, 'b.npy')
    good('export', f'{out}:/data[10:50:3, ::-1]', '-o', back)
    np.testing.assert_array_equal(np.load(back), values[10:50:3, ::-1])
    assert good('export', f'{out}:/data', '--format', 'raw', '-o', '-').out == values.tobytes()
    pipe = good('export', f'{out}:/data', '--format=npy', '-o', '-').out
    np.testing.assert_array_equal(np.load(io.BytesIO(pipe)), values)


def test_storage_options(folder):
    values = np.arange(60 * 50, dtype='i4').reshape(60, 50)
    source, out = os.path.join(folder, 'a.npy'), os.path.join(folder, 'a.h5')
    np.save(source, values)
    done = good('ingest', '--chunk', '16,25', '--codec', 'gzip:3', '--unlimited', '0', '--fill',
                '-7', source, '--json', '-o', f'{out}:/deep/x')
    result = done.json()
    assert done.err == b'' and result['n_rows'] == 60 and result['raw_bytes'] == values.nbytes
    with h5py.File(out) as file:
        x = file['deep/x']
        assert x.chunks == (16, 25) and x.compression == 'gzip' and x.maxshape == (None, 50)
        assert x.fillvalue == -7
        np.testing.assert_array_equal(x[()], values)
    good('ingest', source, '--append', '-q', '-o', f'{out}:/deep/x')
    with h5py.File(out) as file:
        np.testing.assert_array_equal(file['deep/x'][()], np.concatenate([values, values]))


def test_raw(folder):
    values = np.random.default_rng(3).integers(0, 1000, (30, 4)).astype('u2')
    out = os.path.join(folder, 'raw.h5')
    good('ingest', '-', '-q', '--dtype', 'u2', '--shape', '30,4', '-o', f'{out}:/x',
         stdin=values.tobytes())
    with h5py.File(out) as file:
        np.testing.assert_array_equal(file['x'][()], values)


def test_csv(folder):
    source, out = os.path.join(folder, 'a.csv'), os.path.join(folder, 'a.h5')
    rows = [f'{k};{k / 4};{"north" if k % 3 else "south"}' for k in range(1000)]
    with open(source, 'w') as file:
        file.write('id;x;side\n' + '\n'.join(rows) + '\n5;?;south\n')
    result = good('ingest', source, '--delimiter', ';', '--missing', '?', '--type', 'x=f4',
                  '--json', '-o', out).json()
    assert result['n_rows'] == 1001 and result['n_columns'] == 3
    with h5py.File(out) as file:
        table = file['table']
        assert list(table.attrs['column-order']) == ['id', 'x', 'side']
        x = table['x'][()]
        assert x.dtype == np.float32 and np.isnan(x[1000])
        np.testing.assert_array_equal(x[:1000], np.arange(1000, dtype='f4') / 4)
    text = good('info', out).out.decode()
    assert '1,001 rows, 3 columns' in text and 'category' in text and 'codes' not in text
    objects = {one['path']: one for one in good('info', '--json', out).json()['objects']}
    assert objects['/table']['n_rows'] == 1001 and objects['/table']['n_columns'] == 3
    back = good('export', f'{out}:/table', '--format', 'csv', '-o', '-').out.decode().splitlines()
    assert len(back) == 1002 and back[0] == 'id,x,side' and back[2] == '1,0.25,north'
    assert good('calc', 'nanmean(x)', f'{out}:/table').out == b'124.875\n'


def test_delimiter_tab_and_no_header(folder):
    out = os.path.join(folder, 'a.h5')
    good('ingest', '-', '--format', 'csv', '--delimiter', '\\t', '--no-header', '-q', '-o', out,
         stdin=b'1\t2\n3\t4\n')
    with h5py.File(out) as file:
        assert list(file['table/c1'][()]) == [2, 4]


def test_calc_scalars(folder):
    path, grid = example(folder)
    assert good('calc', 'sum(count)', f'{path}:/count').out == b'0\n'
    assert good('calc', 'scalar', f'{path}:/scalar').out == b'0.1\n'
    assert float(good('calc', 'max(x)', f'x={path}:/grid/t').out) == grid.max()
    assert good('calc', '1 + 2').out == b'3\n'
    words = [f'{path}:/grid/t', f'{path}:/count']
    out = good('calc', 'lo = min(t); hi = max(t)', *words).out.decode()
    assert out == f'lo = {str(grid.min())}\nhi = {str(grid.max())}\n', out
    out = good('calc', 'lo = min(t)\n lo < 0 ;; sum(count) == 0', *words).out.decode()
    assert out == 'lo < 0 = False\nsum(count) == 0 = True\n', out
    assert good('calc', '-', f't={path}:/grid/t', stdin=b'count(t)\n').out == b'24000\n'
    assert good('calc', '--', '-max(count)', f'{path}:/count').out == b'-5\n'


def test_calc_functions(folder):
    text = good('calc', '--functions').out.decode()
    assert 'arithmetic:\n  add(x, y) ' in text and '  startswith(x, "text") ' in text
    listed = good('calc', '--functions', '--json').json()
    by_name = {one['signature'].partition('(')[0]: one for one in listed}
    assert by_name['sqrt']['float32'] == 'float32' and by_name['gcd']['float32'] == ''
    assert by_name['remainder']['aliases'] == 'mod' and by_name['year']['family'] == 'times'


def test_calc_arrays(folder):
    path, grid = example(folder)
    out = good('calc', 'count[0:3] * 1.5', f'{path}:/count').out.decode()
    assert out == '[-7.5   -6 -4.5]\n' or out == '[-7.5 -6.0 -4.5]\n', out
    found = good('calc', '--json', 'mean(t, axis=0); nan; t[0, 0, 0:2] > 1e9; max(t)',
                 f't={path}:/grid/t').json()['results']
    assert found[0]['type'] == 'float32' and found[0]['shape'] == [30, 20]
    np.testing.assert_allclose(np.array(found[0]['value']), grid.mean(axis=0), rtol=1e-5)
    assert found[1]['value'] == 'nan' and found[2]['value'] == [False, False]
    assert np.float32(found[3]['value']) == grid.max()
    done = run('calc', 't * 2', f't={path}:/grid/t')
    assert done.status == 2 and clean_line(done.err) and b'-o FILE:/path' in done.err


def test_calc_to_file(folder):
    path, grid = example(folder)
    out = os.path.join(folder, 'out.h5')
    done = good('calc', 't - mean(t, axis=0)', f't={path}:/grid/t', '-o', f'{out}:/a/x',
                '--chunk', '5,30,20', '--codec', 'none', '--fill', 'nan')
    assert done.out == b'' and b'float32, 40 x 30 x 20' in done.err
    with h5py.File(out) as file:
        x = file['a/x']
        assert x.chunks == (5, 30, 20) and np.isnan(x.fillvalue) and x.compression is None
        np.testing.assert_allclose(x[()], grid - grid.mean(axis=0), atol=1e-3)
    result = good('calc', '-f', '--json', 't * 2', f't={path}:/grid/t', '-o', f'{out}:/a/x').json()
    assert result['output'] == f'{out}:/a/x' and result['results'][0]['value'] is None
    with h5py.File(out) as file:
        np.testing.assert_array_equal(file['a/x'][()], grid * 2)


def test_calc_in_place(folder):
    """A dataset is replaced by a value computed from it; the rest of the file stays."""
    path, grid = example(folder)
    good('calc', '-q', '-f', 't + 1', f't={path}:/grid/t', '-o', f'{path}:/grid/t')
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file['grid/t'][()], grid + 1)
        np.testing.assert_array_equal(file['count'][()], np.arange(-5, 6))


def test_calc_one_to_a_group(folder):
    path, grid = example(folder)
    out = os.path.join(folder, 'one.h5')
    good('calc', 'm = max(t, axis=0)', f't={path}:/grid/t', '-o', out + ':/')
    good('calc', 'n = min(t, axis=0)', f't={path}:/grid/t', '-o', out + ':/')
    good('calc', 'd = t[0] * 2', f't={path}:/grid/t', '-o', out + ':/deep/er/')
    with h5py.File(out) as file:
        np.testing.assert_array_equal(file['m'][()], grid.max(axis=0))
        np.testing.assert_array_equal(file['n'][()], grid.min(axis=0))
        np.testing.assert_array_equal(file['deep/er/d'][()], grid[0] * 2)
    good('calc', '-f', 'm = min(t)', f't={path}:/grid/t', '-o', out + ':/') # others stay
    with h5py.File(out) as file:
        assert sorted(file) == ['deep', 'm', 'n'] and file['m'][()] == grid.min()
        np.testing.assert_array_equal(file['n'][()], grid.min(axis=0))
    done = run('calc', 'm = max(t)', f't={path}:/grid/t', '-o', out + ':/')
    assert done.status == 2 and b'use -f' in done.err, done.err
    done = run('calc', 'max(t)', f't={path}:/grid/t', '-o', out + ':/')
    assert done.status == 2 and b':/NAME to add' in done.err, done.err


def test_calc_several_to_a_file(folder):
    path, grid = example(folder)
    out = os.path.join(folder, 'out.h5')
    good('calc', '-q', 'lo = min(t, axis=0); hi = max(t, axis=0)', f't={path}:/grid/t', '-o',
         f'{out}:/a')
    with h5py.File(out) as file:
        np.testing.assert_array_equal(file['a/lo'][()], grid.min(axis=0))
        np.testing.assert_array_equal(file['a/hi'][()], grid.max(axis=0))


def test_dry_run(folder):
    path, grid = example(folder)
    before = sorted(os.listdir(folder))
    plan = good('calc', '-n', 't * 2', f't={path}:/grid/t', '-o',
                os.path.join(folder, 'x.h5') + ':/x')
    assert plan.out.strip() and plan.err == b''
    assert isinstance(good('calc', '-n', '--json', 'max(t)', f't={path}:/grid/t').json(), dict)
    assert good('ingest', '-n', path + ':/count', '-o', os.path.join(folder, 'x.h5')).out
    assert good('export', '-n', path + ':/count', '-o', os.path.join(folder, 'x.npy')).out
    assert sorted(os.listdir(folder)) == before


def test_mixed_options(folder):
    path, grid = example(folder)
    first = good('calc', '-j', '1', 'max(t)', '-m64M', f't={path}:/grid/t', '-q')
    second = good('calc', '--threads=2', '--memory=64M', 'max(t)', '--', f't={path}:/grid/t')
    assert first.out == second.out


def test_progress_on_a_terminal_only(folder):
    """A terminal sees a line that is cleared again; a pipe sees the summary alone."""
    import pty
    values = np.random.default_rng(4).normal(size=(6_000_000,))
    out = os.path.join(folder, 'p.h5')
    for quiet in (False, True):
        main, end = pty.openpty()
        with subprocess.Popen([SHOAL, 'ingest', '-', '--dtype', 'f8', '--shape', '6000000', '-f',
                               '-o', f'{out}:/x', *(['-q'] if quiet else [])],
                              stdin=subprocess.PIPE, stderr=end) as process:
            os.close(end)
            process.stdin.write(values.tobytes())
            process.stdin.close()
            seen = b''
            while True:
                try:
                    piece = os.read(main, 4096)
                except OSError:
                    break
                if not piece:
                    break
                seen += piece
            assert process.wait() == 0
        os.close(main)
        if quiet:
            assert seen == b'', seen
        else:
            assert seen.split(b'\r\x1b[K')[-1].count(b'->') == 1, seen


def main():
    tests = [(name, test) for name, test in globals().items() if name.startswith('test_')]
    failed = 0
    for name, test in tests:
        if len(sys.argv) > 1 and sys.argv[1] not in name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                test(folder)
            except Exception as problem:
                import traceback
                traceback.print_exc()
                print(f'FAILED {name}: {problem}')
                failed += 1
    print(f'{len(tests)} tests, {failed} failed')
    sys.exit(1 if failed else 0)


main()
