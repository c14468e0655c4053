"""Compound datasets as tables: columns in expressions, members by path, text, and as records."""
import io
import os
import tempfile

from shared_case import chosen_seed, need
from shoal_command import good, run

need('h5py', 'numpy', 'pandas')
import h5py
import numpy as np
import pandas as pd

NAMES = [b'Alice', b'Bob', b'Carol', b'']


def make(rng, path, n, **storage):
    flat = np.dtype([('id', '>i4'), ('price', '<f8'), ('name', 'S8'), ('flag', '?'), ('z', '<u2')])
    nested = np.dtype([('key', '<i8'), ('pos', [('x', '>f4'), ('y', '<f8')]), ('v', '<i2', (3,))],
                      align=True)
    a, b = np.zeros(n, flat), np.zeros(n, nested)
    a['id'], a['price'] = rng.integers(-1000, 1000, n), rng.integers(0, 1000, n) / 8
    a['name'], a['flag'] = rng.choice(NAMES, n), rng.random(n) < 0.5
    a['z'] = rng.integers(0, 65536, n)
    b['key'], b['v'] = rng.integers(0, 1 << 40, n), rng.integers(-9, 9, (n, 3))
    b['pos']['x'], b['pos']['y'] = rng.random(n), rng.random(n)
    with h5py.File(path, 'w') as file:
        file.create_dataset('flat', data=a, **storage)
        file.create_dataset('group/nested', data=b, **storage)
        words = rng.choice(['', 'a', 'word', 'längeres Wort'], n).astype(object)
        file.create_dataset('words', data=words, dtype=h5py.string_dtype(), **storage)
    return a, b, words


def columns(path, a, b):
    alice = a['name'] == b'Alice'
    for text, wanted in [('sum(id)', a['id'].sum(dtype='i8')), ('max(price)', a['price'].max()),
                         ('sum(where(name == "Alice", id, 0))', a['id'][alice].sum(dtype='i8')),
                         ('sum(flag)', np.count_nonzero(a['flag']))]:
        done = good('calc', text, f'{path}:/flat')
        assert float(done.out) == float(wanted), (text, done, wanted)
    done = good('calc', 'sum(v * 2)', f'{path}:/group/nested')
    assert int(done.out) == b['v'].sum(dtype='i8') * 2, done
    done = good('calc', 'min(float64(x) + y)', f'x={path}:/group/nested/pos/x',
                f'y={path}:/group/nested/pos/y')
    assert float(done.out) == (b['pos']['x'].astype('f8') + b['pos']['y']).min(), done


def members(path, a, b):
    for member, wanted in [('flat/id', a['id'].astype('<i4')), ('flat/name', a['name']),
                           ('group/nested/pos/x', b['pos']['x'].astype('<f4')),
                           ('group/nested/v', b['v']), ('flat/z', a['z'])]:
        done = good('export', f'{path}:/{member}', '--format', 'raw', '-o', '-')
        assert done.out == np.ascontiguousarray(wanted).tobytes(), member
    part = good('export', f'{path}:/flat/id[3:40:5]', '--format', 'raw', '-o', '-')
    assert part.out == a['id'][3:40:5].astype('<i4').tobytes()


def whole(path, a, words):
    done = good('export', f'{path}:/flat', '--format', 'csv', '-o', '-')
    table = pd.read_csv(io.BytesIO(done.out), keep_default_na=False)
    assert list(table.columns) == list(a.dtype.names), table.columns
    for name in ['id', 'price', 'z', 'flag']:
        assert np.array_equal(table[name], a[name]), name
    assert list(table['name']) == [text.decode() for text in a['name']]
    packed = a.astype(np.dtype([(n, a.dtype[n].newbyteorder('<')) for n in a.dtype.names]))
    assert good('export', f'{path}:/flat', '--format', 'raw', '-o', '-').out == packed.tobytes()
    done = good('calc', 'sum(words == "word")', f'{path}:/words')
    assert int(done.out) == np.count_nonzero(words == 'word'), done


def refused(path):
    for words, status, said in [
            (['calc', 'sum(ids)', f'{path}:/flat'], 2, "'id'"),
            (['export', f'{path}:/flat/nme', '--format', 'raw', '-o', '-'], 2, 'name'),
            (['export', f'{path}:/group/nested', '--format', 'csv', '-o', '-'], 2, 'alone')]:
        done = run(*words)
        assert done.status == status and said in done.err.decode(), (words, done)


def main():
    rng = np.random.default_rng(chosen_seed())
    with tempfile.TemporaryDirectory() as folder:
        for k, storage in enumerate([{}, dict(chunks=(97,), compression='gzip'),
                                     dict(chunks=(1000,), compression='lzf')]):
            path = os.path.join(folder, f'{k}.h5')
            a, b, words = make(rng, path, 5000, **storage)
            columns(path, a, b)
            members(path, a, b)
            whole(path, a, words)
            refused(path)
    print('records are equal to NumPy\'s')


main()
