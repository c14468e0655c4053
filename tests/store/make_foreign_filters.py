"""Every filter that h5py and hdf5plugin can encode with, alone and in pipelines, and masks."""
import itertools
import zlib

import h5py
import hdf5plugin
import numpy as np
from h5py import h5d, h5t, h5z

import hdf5_calls
from make_foreign import create, maker, new_file, numbers, properties

TYPES = ['u1', '<i2', '>i4', '<f4', '>f8']


def shuffled(data):
    """What HDF5's shuffle filter makes of the bytes."""
    raw = np.frombuffer(data.tobytes(), 'u1').reshape(-1, data.dtype.itemsize)
    return raw.T.tobytes()


def smooth(random, shape, dtype):
    values = np.cumsum(random.normal(0, 2, int(np.prod(shape)))).reshape(shape)
    return (np.abs(values) % 200 if np.dtype(dtype).kind == 'u' else values).astype(dtype)


def each_type(file, name, random, options, types=TYPES):
    for dtype in types:
        data = smooth(random, (37, 23), dtype)
        file.create_dataset(f'{name}/{dtype}', data=data, chunks=(10, 23), dtype=dtype, **options)
    noise = random.integers(0, 256, (37, 23)).astype('u1')
    file.create_dataset(f'{name}/noise', data=noise, chunks=(10, 23), **options)
    file.create_dataset(f'{name}/tiny', data=np.arange(3, dtype='i4'), chunks=(1,), **options)
    file.create_dataset(f'{name}/large', data=smooth(random, 90000, '<i4'), chunks=(80000,),
                        **options)


@maker('earliest', 'v110', 'latest')
def make_filters(path, version, random):
    with new_file(path, version) as file:
        for level in [0, 1, 6, 9]:
            each_type(file, f'gzip{level}', random, dict(compression='gzip',
                                                         compression_opts=level))
        each_type(file, 'shuffle', random, dict(shuffle=True))
        each_type(file, 'fletcher32', random, dict(fletcher32=True))
        each_type(file, 'lzf', random, dict(compression='lzf'))
        each_type(file, 'lzf-shuffle', random, dict(compression='lzf', shuffle=True))
        each_type(file, 'all', random, dict(compression='gzip', shuffle=True, fletcher32=True))
        if h5z.filter_avail(h5z.FILTER_SZIP):
            for mode, pixels in itertools.product(['nn', 'ec'], [4, 8, 16, 32]):
                szip_types(file, f'szip-{mode}-{pixels}', random,
                           dict(compression='szip', compression_opts=(mode, pixels)))
        else:
            print('skipped: this h5py encodes no szip')
        odd_bytes(file, random)


def szip_types(file, name, random, options):
    for dtype in TYPES + ['>i2', '<i8', '<f8', 'u4']:
        data = smooth(random, (37, 64), dtype)
        file.create_dataset(f'{name}/{dtype}', data=data, chunks=(10, 64), dtype=dtype, **options)
        file.create_dataset(f'{name}/{dtype}-all', data=data, chunks=(10, 50), dtype=dtype,
                            shuffle=True, fletcher32=True, **options)
    noise = random.integers(0, 256, (37, 64)).astype('u1')
    file.create_dataset(f'{name}/noise', data=noise, chunks=(10, 64), **options)


def odd_bytes(file, random):
    """Elements and chunks whose sizes nothing divides."""
    pair = np.dtype([('a', 'u1'), ('b', '<i2'), ('c', 'S4')])
    rows = np.zeros(101, pair)
    rows['a'], rows['b'] = numbers(random, 101, 'u1'), numbers(random, 101, 'i2')
    rows['c'] = [b'%d' % k for k in rows['b']]
    for name, options in {'gzip': dict(compression='gzip'), 'lzf': dict(compression='lzf'),
                          'shuffle': dict(shuffle=True), 'fletcher32': dict(fletcher32=True),
                          'all': dict(shuffle=True, compression='gzip', fletcher32=True)}.items():
        file.create_dataset(f'odd/{name}', data=rows, chunks=(17,), **options)
        file.create_dataset(f'odd/{name}-bytes', data=rows['a'], chunks=(13,), **options)


@maker('v108', 'latest')
def make_plugins(path, version, random):
    codecs = {}
    for cname, shuffle in itertools.product(['blosclz', 'lz4', 'lz4hc', 'zlib', 'zstd'], [0, 1, 2]):
        codecs[f'blosc-{cname}-{shuffle}'] = hdf5plugin.Blosc(cname=cname, clevel=5,
                                                              shuffle=shuffle)
    codecs |= {
        'blosc-0': hdf5plugin.Blosc(clevel=0), 'lz4': hdf5plugin.LZ4(),
        'lz4-blocks': hdf5plugin.LZ4(nbytes=1000),
        'bitshuffle': hdf5plugin.Bitshuffle(cname='none'),
        'bitshuffle-lz4': hdf5plugin.Bitshuffle(cname='lz4'),
        'bitshuffle-zstd': hdf5plugin.Bitshuffle(cname='zstd', clevel=3),
        'bitshuffle-blocks': hdf5plugin.Bitshuffle(nelems=64, cname='lz4'),
        'zstd': hdf5plugin.Zstd(), 'zstd-19': hdf5plugin.Zstd(clevel=19),
        'bzip2': hdf5plugin.BZip2(), 'bzip2-1': hdf5plugin.BZip2(blocksize=1),
        'blosc2': hdf5plugin.Blosc2(cname='zstd', filters=1),
        'blosc2-bit': hdf5plugin.Blosc2(cname='lz4', filters=2),
        'zfp': hdf5plugin.Zfp(reversible=True), 'sz3': hdf5plugin.SZ3(absolute=0.1),
    }
    with new_file(path, version) as file:
        for name, codec in codecs.items():
            if name in ('zfp', 'sz3'):
                file.create_dataset(f'{name}/f4', data=smooth(random, (37, 23), 'f4'),
                                    chunks=(10, 23), **codec)
                continue
            each_type(file, name, random, codec)
            file.create_dataset(f'{name}/checked', data=smooth(random, (37, 23), '<f8'),
                                chunks=(10, 23), fletcher32=True, **codec)
        stacked(file, random)


STACKS = {
    'gzip-gzip': [(1, (1,)), (1, (9,))],
    'fletcher32-first': [(3, ()), (2, ()), (1, (5,))],
    'fletcher32-twice': [(3, ()), (1, (5,)), (3, ())],
    'shuffle-twice': [(2, ()), (2, (3,))],
    'gzip-shuffle': [(1, (5,)), (2, ())],
    'lz4-zstd': [(32004, ()), (32015, (3,))],
    'shuffle-lz4': [(2, ()), (32004, ())],
    'shuffle-zstd-fletcher32': [(2, ()), (32015, (3,)), (3, ())],
    'shuffle-bzip2': [(2, ()), (307, (9,))],
    'bitshuffle-gzip': [(32008, ()), (1, (5,))],
    'bitshuffle-zstd': [(32008, ()), (32015, (3,))],
    'lzf-lz4-bzip2-gzip': [(32000, ()), (32004, ()), (307, (1,)), (1, (1,))],
    'blosc-gzip': [(32001, ()), (1, (1,))],
}


def stacked(file, random):
    for name, filters in STACKS.items():
        for dtype in ['<i2', '>f8']:
            dcpl = properties((10, 23))
            for number, values in filters:
                gives_up = number == 32000  # lzf leaves alone what it cannot make smaller
                dcpl.set_filter(number, h5z.FLAG_OPTIONAL if gives_up else h5z.FLAG_MANDATORY,
                                values)
            create(file, f'stack/{name}/{dtype}', dtype, (37, 23),
                   smooth(random, (37, 23), dtype), dcpl)


# ---- Filters of HDF5's own that know types -------------------------------------------------------

@maker('earliest', 'v110', 'latest')
def make_scaleoffset(path, version, random):
    with new_file(path, version) as file:
        for dtype in ['i1', 'u1', '<i2', '>i2', '<u2', '<i4', '>u4', '<i8', '>i8', '<u8']:
            data = numbers(random, (37, 23), 'i8') % 100
            if np.dtype(dtype).kind == 'i':
                data -= 50
            full = random.integers(np.iinfo(dtype).min, np.iinfo(dtype).max, (37, 23),
                                   np.dtype(dtype).newbyteorder('='), endpoint=True)
            for name, bits in [('auto', True), ('8', 8), ('5', 5)]:
                file.create_dataset(f'{dtype}/{name}', data=data.astype(dtype), chunks=(10, 23),
                                    scaleoffset=bits)
                file.create_dataset(f'{dtype}/{name}-gzip', data=data.astype(dtype),
                                    chunks=(10, 23), scaleoffset=bits, shuffle=True,
                                    compression='gzip', fillvalue=3)
            file.create_dataset(f'{dtype}/full', data=full.astype(dtype), chunks=(10, 23),
                                scaleoffset=True)
            file.create_dataset(f'{dtype}/one', data=np.full((37, 23), 7, dtype), chunks=(10, 23),
                                scaleoffset=True)
            some = file.create_dataset(f'{dtype}/fill', (37, 23), dtype, chunks=(10, 23),
                                       scaleoffset=True, fillvalue=99)
            some[3:20, 5:9] = data[3:20, 5:9]
        for dtype, digits in itertools.product(['<f4', '>f4', '<f8', '>f8'], [0, 2, 5]):
            dcpl = properties((10, 23))
            dcpl.set_scaleoffset(h5z.SO_FLOAT_DSCALE, digits)
            data = random.normal(0, 30, (37, 23))
            create(file, f'{dtype}/{digits}', dtype, (37, 23), data.astype(dtype), dcpl)
            dcpl.set_fill_value(np.array(1e10, dtype))
            some = create(file, f'{dtype}/fill{digits}', dtype, (37, 23), None, dcpl)
            some[3:20, 5:9] = data[3:20, 5:9]


@maker('earliest', 'v110', 'latest')
def make_nbit(path, version, random):
    with new_file(path, version) as file:
        for name, base, precision, offset in [
                ('i4-17-5', h5t.STD_I32LE, 17, 5), ('i4be-17-5', h5t.STD_I32BE, 17, 5),
                ('u2-9-0', h5t.STD_U16LE, 9, 0), ('u2be-11-3', h5t.STD_U16BE, 11, 3),
                ('i8-33-1', h5t.STD_I64LE, 33, 1), ('i1-3-2', h5t.STD_I8LE, 3, 2),
                ('i4-whole', h5t.STD_I32LE, 32, 0), ('u8-64', h5t.STD_U64BE, 64, 0)]:
            kind = base.copy()
            kind.set_precision(precision)
            kind.set_offset(offset)
            n_bits = precision - (base.get_sign() == h5t.SGN_2)
            wide = np.uint64 if precision == 64 else np.int64
            data = random.integers(0, 2**n_bits - 1, (37, 23), wide, endpoint=True)
            if base.get_sign() == h5t.SGN_2:
                data *= random.choice([-1, 1], (37, 23))
            for more in ['', '-gzip']:
                dcpl = properties((10, 23))
                hdf5_calls.nbit(dcpl)
                if more:
                    dcpl.set_shuffle()
                    dcpl.set_deflate(4)
                create(file, name + more, kind, (37, 23), data, dcpl)
        nbit_others(file, random)


def nbit_others(file, random):
    for dtype in ['<f4', '>f8']:
        dcpl = properties((10, 23))
        hdf5_calls.nbit(dcpl)
        create(file, f'{dtype}', dtype, (37, 23), numbers(random, (37, 23), dtype), dcpl)
    small = h5t.STD_I32LE.copy()
    small.set_precision(17)
    small.set_offset(3)
    inner = h5t.create(h5t.COMPOUND, 8)
    inner.insert(b'x', 0, small)
    inner.insert(b'y', 4, h5t.IEEE_F32BE)
    outer = h5t.create(h5t.COMPOUND, 40)
    outer.insert(b'a', 0, inner)
    outer.insert(b'b', 8, h5t.array_create(small, (2, 3)))
    outer.insert(b'c', 32, h5t.STD_U8LE)
    plain = np.dtype([('a', [('x', '<i4'), ('y', '<f4')]), ('b', '<i4', (2, 3)), ('c', 'u1')])
    rows = np.zeros(61, plain)
    rows['a']['x'], rows['a']['y'] = numbers(random, 61), numbers(random, 61, 'f4')
    rows['b'], rows['c'] = numbers(random, (61, 2, 3)), numbers(random, 61, 'u1')
    dcpl = properties((13,))
    hdf5_calls.nbit(dcpl)
    create(file, 'compound', outer, (61,), rows, dcpl)
    create(file, 'array', h5t.array_create(small, (2, 3)), (61,), rows['b'], dcpl)


# ---- Masks -------------------------------------------------------------------------------------

def masked(data, mask):
    """A chunk's bytes through shuffle, gzip, fletcher32, without those in the mask."""
    stored = data.tobytes() if mask & 1 else shuffled(data)
    return stored if mask & 2 else zlib.compress(stored, 5)


@maker()
def make_masks(path, version, random):
    with new_file(path, version) as file:
        for name, most in [('fixed', (40, 24)), ('growing', (None, 24)),
                           ('growing2', (None, None))]:
            d = file.create_dataset(name, (40, 24), '<i4', chunks=(10, 12), maxshape=most,
                                    shuffle=True, compression='gzip')
            for k, at in enumerate(itertools.product(range(0, 40, 10), range(0, 24, 12))):
                data = numbers(random, (10, 12), '<i4')
                d.id.write_direct_chunk(at, masked(data, k % 4), filter_mask=k % 4)
            d = file.create_dataset(f'{name}-checked', (40, 24), '<i4', chunks=(10, 12),
                                    maxshape=most, shuffle=True, compression='gzip',
                                    fletcher32=True)
            for k, at in enumerate(itertools.product(range(0, 40, 10), range(0, 24, 12))):
                data = numbers(random, (10, 12), '<i4')
                d.id.write_direct_chunk(at, masked(data, k % 4), filter_mask=k % 4 | 4)
        for mask in [0, 1]:
            d = file.create_dataset(f'single-{mask}', (40, 24), '<i4', chunks=(40, 24),
                                    shuffle=True, compression='gzip')
            d.id.write_direct_chunk((0, 0), masked(numbers(random, (40, 24)), mask),
                                    filter_mask=mask)
        dcpl = properties((10,), h5d.ALLOC_TIME_EARLY)
        dcpl.set_szip(4, 8) if h5z.filter_avail(h5z.FILTER_SZIP) else None
        create(file, 'given-up', 'u1', (95,), random.integers(0, 256, 95).astype('u1'), dcpl)
