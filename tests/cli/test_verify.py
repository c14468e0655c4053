"""shoal verify: sound files, and damage of each kind that is put in on purpose."""
import os
import random
import sys
import tempfile

from shared_case import chosen_seed, need
from shoal_command import clean_line, run

need('numpy', 'h5py', 'hdf5plugin')

import h5py  # noqa: E402
import hdf5plugin  # noqa: E402
import numpy as np  # noqa: E402

SEED = chosen_seed()
DAMAGED, USAGE, SYSTEM, DATA, MEMORY = 1, 2, 3, 4, 5
CODECS = {
    'fletcher32': dict(fletcher32=True),
    'gzip': dict(compression='gzip'),
    'all': dict(compression='gzip', shuffle=True, fletcher32=True),
    'blosc': hdf5plugin.Blosc(cname='zstd', shuffle=1),
    'zstd': hdf5plugin.Zstd(),
}


def example(path, libver=('v110', 'v110')):
    values = np.random.default_rng(SEED).normal(0, 1, (60, 50)).astype('f4').round(2)
    with h5py.File(path, 'w', libver=libver) as file:
        file.attrs['title'] = 'an example'
        for name, codec in CODECS.items():
            file.create_dataset(f'group/{name}', data=values, chunks=(10, 25), **codec)
        file.create_dataset('growing', data=values, chunks=(10, 25), maxshape=(None, None),
                            **CODECS['all'])
        file['plain'] = values
        file.create_dataset('nothing', (100, 100), 'i2', chunks=(10, 10))
        file['text'] = np.array([b'a', b'bc'])
        file['texts'] = ['some', 'texts of variable length']
        file['scalar'] = 1.5
        file['empty'] = h5py.Empty('f4')
        file['soft'] = h5py.SoftLink('/nowhere')
    return values


def check(done, status, *words):
    assert done.status == status, done
    text = done.out.decode()
    for word in words:
        assert word in text, f'{word!r} is not in {done}'
    assert done.err == b'' if status == 0 else clean_line(done.err), done
    return text


def damage(path, dataset, chunk):
    """Changes a byte in the middle of a chunk; returns the chunk's number in the grid."""
    with h5py.File(path) as file:
        d = file[dataset]
        stored = d.id.get_chunk_info(chunk)
        at = [offset // extent for offset, extent in zip(stored.chunk_offset, d.chunks)]
        number = np.ravel_multi_index(at, [-(-n // c) for n, c in zip(d.shape, d.chunks)])
    with open(path, 'r+b') as file:
        file.seek(stored.byte_offset + stored.size // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 0x55]))
    return int(number)


def test_sound():
    for libver in [('earliest', 'v108'), ('v110', 'v110'), ('latest', 'latest')]:
        example('sound.h5', libver)
        text = check(run('verify', 'sound.h5'), 0, 'sound.h5: sound: ')
        assert text.count('\n') == 1 and '13 datasets' not in text
        assert check(run('verify', '-q', 'sound.h5'), 0) == ''
        check(run('verify', 'sound.h5:/group'), 0, 'sound.h5:/group: sound: 5 datasets, 60 chunks')
        check(run('verify', 'sound.h5:/group/gzip'), 0, '1 dataset, 12 chunks')
        found, = run('verify', '--json', 'sound.h5', '-j', '2').json()
        assert found['sound'] and found['findings'] == [] and found['source'] == 'sound.h5'
        with h5py.File('sound.h5') as file:
            datasets = []
            file.visititems(lambda _, one: datasets.append(one))
            datasets = [one for one in datasets if isinstance(one, h5py.Dataset)]
            stored = sum(d.id.get_num_chunks() for d in datasets if d.chunks)
        assert found['n_datasets'] == len(datasets), found
        assert stored <= found['n_chunks'] <= stored + len(datasets), found
        assert found['n_attributes'] == 1 and found['n_damaged'] == found['n_not_checked'] == 0
    np.save('array.npy', np.arange(100000))
    check(run('verify', 'array.npy'), 0, 'array.npy: sound: 1 dataset')
    assert run('verify', '-n', 'sound.h5').out == b'would verify sound.h5\n'


def test_damaged_chunks(rng):
    for name in list(CODECS) + ['growing']:
        path = name if name == 'growing' else f'group/{name}'
        example('damaged.h5')
        chunks = [damage('damaged.h5', path, k) for k in sorted(rng.sample(range(12), 2))]
        if name in ('blosc', 'zstd', 'gzip') and run('verify', '-q', 'damaged.h5').status == 0:
            print(f'{name} did not notice')  # it may take other bytes for good ones
            continue
        done = run('verify', 'damaged.h5', '-j', '2')
        text = check(done, DAMAGED, f'damaged: damaged.h5:/{path}: chunk ')
        assert b'damaged.h5: damaged: ' in done.err
        if 'fletcher32' not in name and name not in ('all', 'growing'):
            continue
        for chunk in chunks:
            assert f'/{path}: chunk {chunk} at (' in text, (chunk, done)
        assert text.count('\n') == 2, done
        found, = run('verify', '--json', 'damaged.h5').json()
        assert not found['sound'] and found['n_damaged'] == 2, found
        assert [one['chunk'] for one in found['findings']] == sorted(chunks), (found, chunks)
        assert all(one['path'] == f'/{path}' and one['damaged'] for one in found['findings'])
        one_thread = run('verify', 'damaged.h5', '-j', '1')
        assert (one_thread.out, one_thread.err) == (done.out, done.err)
        check(run('verify', f'damaged.h5:/{path}'), DAMAGED)
        check(run('verify', 'damaged.h5:/plain'), 0)


def test_damaged_metadata():
    """One header that does not hold: the rest is looked at all the same."""
    example('header.h5')
    with h5py.File('header.h5') as file:
        at = h5py.h5o.get_info(file['group/gzip'].id).addr
    damage('header.h5', 'group/fletcher32', 3)
    with open('header.h5', 'r+b') as file:
        file.seek(at)
        assert file.read(4) == b'OHDR'
        file.seek(at + 20)
        file.write(b'\xff\xff\xff')
    text = check(run('verify', 'header.h5'), DAMAGED, '/group/gzip', '/group/fletcher32: chunk 3 ')
    assert text.count('damaged: ') >= 2, text


def test_long_text():
    """A text that claims 4 GB: all elements would take as much."""
    with h5py.File('long.h5', 'w') as file:
        at = file.create_dataset('texts', data=['some', 'texts']).id.get_offset()
    with open('long.h5', 'r+b') as file:
        file.seek(at)
        file.write(b'\x00\x00\xf0\xff')
    check(run('verify', 'long.h5'), DAMAGED, '/texts', 'longer than the file')


def test_truncated(rng):
    example('whole.h5')
    with open('whole.h5', 'rb') as file:
        whole = file.read()
    for n in [8, 100, len(whole) // 2, len(whole) - 1]:
        with open('cut.h5', 'wb') as file:
            file.write(whole[:n])
        done = run('verify', 'cut.h5')
        assert done.status in (DAMAGED, DATA) and clean_line(done.err), done
        assert b'cut.h5' in done.err, done


def test_not_checked():
    values = np.arange(3000, dtype='f4').reshape(100, 30)
    with h5py.File('others.h5', 'w', libver='v110') as file:
        unknown = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        unknown.set_chunk((10, 30))
        unknown.set_filter(299, h5py.h5z.FLAG_OPTIONAL, (1,))
        space = h5py.h5s.create_simple((100, 30))
        other = h5py.h5d.create(file.id, b'unknown', h5py.h5t.IEEE_F32LE, space, unknown)
        other.write_direct_chunk((0, 0), b'encoded in its own way')
        file.create_dataset('good', data=values, chunks=(10, 30), **CODECS['gzip'])
        layout = h5py.VirtualLayout((100, 30), 'f4')
        layout[...] = h5py.VirtualSource('.', 'good', (100, 30))
        file.create_virtual_dataset('virtual', layout)
    text = check(run('verify', 'others.h5'), 0, 'others.h5: sound: 3 datasets, 10 chunks')
    assert 'not checked: others.h5:/unknown: ' in text and '299' in text, text
    assert 'not checked: others.h5:/virtual: ' in text, text
    assert check(run('verify', '-q', 'others.h5'), 0) == ''


def test_several():
    example('sound.h5')
    example('damaged.h5')
    damage('damaged.h5', 'group/all', 1)
    with open('noise.h5', 'wb') as file:
        file.write(b'no HDF5 at all' * 100)
    done = run('verify', 'damaged.h5', 'sound.h5')
    check(done, DAMAGED, 'sound.h5: sound', 'damaged.h5:/group/all: chunk 1 ')
    done = run('verify', 'damaged.h5', 'noise.h5', 'sound.h5')
    check(done, DATA, 'sound.h5: sound', 'damaged.h5:/group/all: chunk 1 ')
    assert b'and 1 more' in done.err, done
    assert len(run('verify', '--json', 'damaged.h5', 'sound.h5').json()) == 2


def test_refused():
    example('sound.h5')
    for words, status in [(['missing.h5'], SYSTEM), (['noise.h5'], DATA), ([], USAGE),
                          (['sound.h5:/not/there'], USAGE), (['sound.h5:/plain[0:3]'], USAGE),
                          (['sound.h5', '-m', '1K'], MEMORY)]:
        done = run('verify', *words)
        assert done.status == status and clean_line(done.err), (words, done)


def main():
    rng = random.Random(SEED)
    tests = [test for name, test in globals().items() if name.startswith('test_')]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for test in tests:
            test(rng) if test.__code__.co_argcount else test()
            print(test.__name__, 'passed')
        os.chdir('/')
    sys.exit(0)


main()
