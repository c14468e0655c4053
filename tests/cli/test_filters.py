"""Codecs and filters from end to end: what `ingest --codec` writes opens in h5py and gives the same
numbers in both; what h5py and hdf5plugin write is exported as they read it; filters that are not
built in are decoded by HDF5's plugins, or refused by name. SHOAL_SEED repeats a run."""
import os
import tempfile

from shared_case import chosen_seed, generators, need
from shoal_command import clean_line, run, good
import shoal_command

need('numpy', 'h5py', 'hdf5plugin')
import h5py  # noqa: E402
import hdf5plugin  # noqa: E402
import numpy as np  # noqa: E402

RANDOM, DRAW = generators(chosen_seed())
DATA = 4  # the status
PLUGINS = 'HDF5_PLUGIN_PATH'

# codec -> (types that it takes, h5py's filters in order)
ANY = ['i1', 'u2', 'i4', 'u8', 'f2', 'f4', 'f8', 'c8', '?', 'S7']
INTEGERS = ['i1', 'u1', 'i2', 'u2', 'i4', 'u4', 'i8', 'u8']
CODECS = {
    'none': (ANY, []),
    'gzip:6': (ANY, [2, 1]),
    'gzip:noshuffle': (ANY, [1]),
    'zstd': (ANY, [2, 32015]),
    'zstd:9:noshuffle+fletcher32': (ANY, [32015, 3]),
    'bzip2:1': (ANY, [2, 307]),
    'lzf': (ANY, [2, 32000]),
    'lzf:noshuffle': (ANY, [32000]),
    'lz4': (ANY, [2, 32004]),
    'lz4:noshuffle+fletcher32': (ANY, [32004, 3]),
    'bitshuffle': (ANY, [32008]),
    'bitshuffle:zstd:5': (ANY, [32008]),
    'bitshuffle:none': (ANY, [32008]),
    'blosc:zstd+fletcher32': (ANY, [32001, 3]),
    'szip': (INTEGERS + ['f2', 'f4', 'f8'], [4]),
    'szip:ec:8': (INTEGERS + ['f2', 'f4', 'f8'], [4]),
    'scaleoffset': (INTEGERS, [6]),
}


def values_of(dtype, shape):
    n = int(np.prod(shape))
    dtype = np.dtype(dtype)
    if dtype.kind == 'S':
        return np.array([b'%d' % (k // 9 % 50) for k in range(n)], dtype).reshape(shape)
    if dtype.kind == 'b':
        return (DRAW.random(n) < 0.1).reshape(shape)
    if RANDOM.random() < 0.2 and dtype.kind in 'iu':  # noise, which no filter makes smaller
        info = np.iinfo(dtype)
        return DRAW.integers(info.min, info.max, n, dtype, endpoint=True).reshape(shape)
    walk = np.cumsum(DRAW.integers(-2, 3, n))
    return (walk % 100).astype(dtype).reshape(shape)


def shapes():
    rank = RANDOM.randint(1, 3)
    shape = [RANDOM.choice([1, 7, 40, 100]) if rank > 1 else RANDOM.choice([50, 1000, 20000])
             for _ in range(rank)]
    chunk = [max(1, min(n, RANDOM.choice([5, 16, 33, 64]))) for n in shape]
    return shape, chunk if int(np.prod(chunk)) >= 32 else shape


def filters_of(dataset):
    plist = dataset.id.get_create_plist()
    return [plist.get_filter(k)[0] for k in range(plist.get_nfilters())]


def check_codec(folder, codec):
    types, numbers = CODECS[codec]
    shape, chunk = shapes()
    if codec.startswith('szip') and int(np.prod(chunk)) < 8:
        return
    values = values_of(RANDOM.choice(types), shape)
    source, out = os.path.join(folder, 'a.npy'), os.path.join(folder, 'a.h5')
    np.save(source, values)
    fill = ['--fill', '7'] if values.dtype.kind in 'iu' and RANDOM.random() < 0.5 else []
    good('ingest', source, '-q', '-f', '--chunk', ','.join(map(str, chunk)), '--codec', codec,
         *fill, '-o', f'{out}:/x')
    what = (codec, values.dtype, shape, chunk)
    with h5py.File(out) as file:
        dataset = file['x']
        wanted = [n for n in numbers if n != 2 or values.dtype.itemsize > 1]
        assert filters_of(dataset) == wanted, (what, filters_of(dataset))
        back = dataset[()]
    assert back.tobytes() == values.tobytes(), what
    raw = good('export', f'{out}:/x', '--format', 'raw', '-o', '-').out
    assert raw == values.tobytes(), what


def test_codecs_open_in_h5py(folder):
    for codec in CODECS:
        for _ in range(6):
            check_codec(folder, codec)
    # Plugins that libhdf5 finds must not get in the way of what we set.
    os.environ[PLUGINS] = shoal_command.ENVIRONMENT[PLUGINS] = hdf5plugin.PLUGINS_PATH
    for codec in ('bitshuffle', 'bitshuffle:zstd:5', 'lzf', 'zstd', 'lz4', 'bzip2:1'):
        check_codec(folder, codec)
    del shoal_command.ENVIRONMENT[PLUGINS], os.environ[PLUGINS]


def test_decimal_digits_are_kept(folder):
    values = np.cumsum(DRAW.normal(size=5000)).reshape(50, 100).astype(RANDOM.choice(['f4', 'f8']))
    source, out = os.path.join(folder, 'f.npy'), os.path.join(folder, 'f.h5')
    np.save(source, values)
    good('ingest', source, '-q', '--codec', 'scaleoffset:2', '--chunk', '20,30', '-o', f'{out}:/x')
    with h5py.File(out) as file:
        assert filters_of(file['x']) == [6]
        back = file['x'][()]
    assert 0 < np.abs(back - values).max() < 0.01
    raw = good('export', f'{out}:/x', '--format', 'raw', '-o', '-').out
    assert raw == back.tobytes()
    done = run('ingest', source, '-q', '--codec', 'scaleoffset', '-o', f'{out}2:/x')
    assert done.status == 2 and b'rounds floats' in done.err and clean_line(done.err), done


def h5py_cases():
    yield {'compression': 'gzip', 'shuffle': True, 'fletcher32': True}
    yield {'compression': 'lzf', 'shuffle': RANDOM.random() < 0.5}
    yield {'compression': 'szip', 'compression_opts': (RANDOM.choice(['nn', 'ec']),
                                                       RANDOM.choice([4, 8, 16]))}
    yield {'scaleoffset': 0}
    yield {'compression': hdf5plugin.LZ4(nbytes=RANDOM.choice([0, 512]))}
    yield {'compression': hdf5plugin.Zstd(clevel=RANDOM.randint(1, 19))}
    yield {'compression': hdf5plugin.BZip2(blocksize=RANDOM.randint(1, 9))}
    yield {'compression': hdf5plugin.Bitshuffle(nelems=RANDOM.choice([0, 64]),
                                                cname=RANDOM.choice(['none', 'lz4', 'zstd']))}
    yield {'compression': hdf5plugin.Zfp(reversible=True)}
    yield {'compression': hdf5plugin.Blosc(cname=RANDOM.choice(['lz4', 'zstd', 'zlib']))}


def test_what_h5py_writes(folder):
    path = os.path.join(folder, 'h.h5')
    for _ in range(4):
        with h5py.File(path, 'w', libver='earliest') as file:
            for k, how in enumerate(h5py_cases()):
                shape, chunk = shapes()
                while int(np.prod(chunk)) < 16:  # szip wants a block
                    shape, chunk = shapes()
                is_zfp = 'Zfp' in repr(how)
                values = values_of('i4' if is_zfp else RANDOM.choice(INTEGERS), shape)
                file.create_dataset(f'd{k}', data=values, chunks=tuple(chunk), **how)
        with h5py.File(path) as file:
            for name, dataset in file.items():
                raw = good('export', f'{path}:/{name}', '--format', 'raw', '-o', '-').out
                assert raw == dataset[()].tobytes(), (filters_of(dataset), dataset.dtype)


def test_updates_keep_the_filters(folder):
    """A part of a dataset that others made is replaced, encoded by its own filters."""
    path = os.path.join(folder, 'u.h5')
    for how in h5py_cases():
        if 'Zfp' in repr(how):  # parts of its chunks are updated by libhdf5, which wants a plugin
            continue
        values = values_of(RANDOM.choice(INTEGERS), (60, 50))
        with h5py.File(path, 'w', libver='earliest') as file:
            file.create_dataset('x', data=values, chunks=(16, 20), maxshape=(None, 50), **how)
            numbers = filters_of(file['x'])
        more = values_of(values.dtype, (30, 50))
        source = os.path.join(folder, 'more.npy')
        np.save(source, more)
        good('ingest', source, '-q', '--append', '-o', f'{path}:/x')
        with h5py.File(path) as file:
            assert filters_of(file['x']) == numbers
            np.testing.assert_array_equal(file['x'][()], np.concatenate([values, more]))


def test_plugins(folder):
    path = os.path.join(folder, 'p.h5')
    field = np.cumsum(DRAW.normal(size=(64, 64)), axis=1).astype('f4')
    counts = (field * 100).astype('u2')
    cases = {'zfp': (field, hdf5plugin.Zfp(rate=8)),
             'reversible': (field, hdf5plugin.Zfp(reversible=True)),
             'sz': (field, hdf5plugin.SZ(absolute=0.01)),
             'sz3': (field, hdf5plugin.SZ3(absolute=0.01)),
             'blosc2': (field, hdf5plugin.Blosc2()),
             'sperr': (field, hdf5plugin.Sperr(rate=8)),
             'fcidecomp': (counts, hdf5plugin.FciDecomp())}
    with h5py.File(path, 'w', libver='earliest') as file:
        for name, (values, filter_) in cases.items():
            file.create_dataset(name, data=values, chunks=(32, 32), compression=filter_)
    with h5py.File(path) as file:
        wanted = {name: file[name][()].tobytes() for name in cases}
    shoal_command.ENVIRONMENT.pop(PLUGINS, None)
    done = run('export', f'{path}:/sz', '--format', 'raw', '-o', '-')
    assert done.status == DATA and clean_line(done.err), done
    assert b'32017 (sz)' in done.err and b'hdf5plugin' in done.err, done
    text = good('info', f'{path}').out  # how much of it is written is not known then
    assert b'not readable' in text and b'nothing written' not in text, text
    one = good('info', '--json', f'{path}:/sz').json()['objects'][0]
    assert one['n_chunks'] == 4 and one['n_chunks_stored'] is None, one
    # SZ3's plugin makes its buffer by new[], for which HDF5 and we call free.
    shoal_command.ENVIRONMENT['ASAN_OPTIONS'] += ':alloc_dealloc_mismatch=0'
    for place in (hdf5plugin.PLUGINS_PATH, f'/no/such/folder:{hdf5plugin.PLUGINS_PATH}'):
        shoal_command.ENVIRONMENT[PLUGINS] = place
        for name in cases:
            done = good('export', f'{path}:/{name}', '--format', 'raw', '-o', '-')
            assert done.out == wanted[name], name
    with h5py.File(path, 'r+') as file:  # a plugin that fails is an error of that chunk
        file['blosc2'].id.write_direct_chunk((0, 0), b'no such data at all')
    done = run('export', f'{path}:/blosc2', '--format', 'raw', '-o', '-')
    assert done.status == DATA and b'32026' in done.err, done
    del shoal_command.ENVIRONMENT[PLUGINS]


if __name__ == '__main__':
    for name, test in list(globals().items()):
        if name.startswith('test_'):
            with tempfile.TemporaryDirectory() as folder_:
                test(folder_)
            print(f'{name}: fine')
