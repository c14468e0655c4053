"""Makes small files that have a little of everything in them: seeds for fuzzing.

usage: make_seeds.py FOLDER
"""
import os
import sys

import h5py
import hdf5plugin
import numpy as np

VERSIONS = {'earliest': ('earliest', 'v108'), 'v108': ('v108', 'v108'), 'v110': ('v110', 'v110'),
            'latest': ('latest', 'latest')}
VALUES = np.arange(60, dtype='i4').reshape(10, 6)
MAKERS = {}


def maker(function):
    MAKERS[function.__name__] = function


@maker
def layouts(file):
    compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    compact.set_layout(h5py.h5d.COMPACT)
    file.create_dataset('compact', data=VALUES, dcpl=compact)
    file['contiguous'] = VALUES
    file['scalar'] = 1.5
    file['null'] = h5py.Empty('f4')
    file.create_dataset('chunked', data=VALUES, chunks=(4, 4), fillvalue=7)
    file.create_dataset('some', (100, 100), '>f4', chunks=(10, 7), fillvalue=2.5)[40:43, 3] = 1


@maker
def indexes(file):
    for name, most in [('fixed', None), ('growing', (None, 6)), ('growing2', (None, None))]:
        file.create_dataset(name, data=VALUES, chunks=(2, 2), maxshape=most)
        file.create_dataset(name + '-gzip', data=VALUES, chunks=(2, 2), maxshape=most,
                            compression='gzip', shuffle=True, fletcher32=True)
    file.create_dataset('single', data=VALUES, chunks=VALUES.shape, compression='gzip')


@maker
def deep_indexes(file):
    for name, most in [('fixed', None), ('growing', (None,))]:
        file.create_dataset(name, (1300,), 'u1', chunks=(1,), maxshape=most)[::40] = 3
    file.create_dataset('growing2', (40, 40), 'u1', chunks=(1, 1), maxshape=(None, None))[::3] = 4


@maker
def types(file):
    for code in ['?', 'i1', '>i2', 'u4', '>u8', 'f2', '>f4', 'f8', 'c8', 'S5', 'g']:
        file[f'plain/{code}'] = np.ones(3, code)
    file['enum'] = np.zeros(3, h5py.enum_dtype({'a': 1, 'bb': 2}, 'i2'))
    file['pair'] = np.zeros(3, [('x', '>i2'), ('y', [('z', 'f8', (2,)), ('t', 'S3')])])
    file['array'] = np.zeros(3, [('m', 'i2', (2, 2))])
    file.create_dataset('texts', data=['eins', '', 'drei' * 9])
    lists = np.empty(2, object)
    lists[0], lists[1] = np.arange(3, dtype='i4'), np.arange(1, dtype='i4')
    file.create_dataset('lists', data=lists, dtype=h5py.vlen_dtype('i4'))
    file.create_dataset('references', data=[file.ref], dtype=h5py.ref_dtype)
    file['opaque'] = np.zeros(2, 'V7')
    file['named'] = np.dtype([('a', 'i4')])
    file.create_dataset('of-named', (3,), file['named'])
    odd = h5py.h5t.STD_I32LE.copy()
    odd.set_precision(19)
    odd.set_offset(4)
    h5py.h5d.create(file.id, b'odd', odd, h5py.h5s.create_simple((3,)))


@maker
def links(file):
    file['a/b/c'] = VALUES[:2]
    file['hard'] = file['a/b/c']
    file['a/up'] = file['/']
    file['soft'] = h5py.SoftLink('/a/b/c')
    file['circle'] = h5py.SoftLink('circle')
    file['outside'] = h5py.ExternalLink('other.h5', '/x')
    for k in range(30):
        file[f'many/{k * 7 % 31:02}'] = np.int8(k)


@maker
def attributes(file):
    d = file.create_dataset('d', data=VALUES[0])
    d.attrs['number'] = 3.5
    d.attrs['row'] = np.arange(4, dtype='>i2')
    d.attrs['text'] = 'some text'
    d.attrs['fixed'] = np.bytes_(b'fixed')
    d.attrs['texts'] = ['x', 'yz']
    d.attrs['pair'] = np.zeros(2, [('x', 'i4'), ('y', 'S2')])
    d.attrs['null'] = h5py.Empty('i4')
    for k in range(25):
        file.attrs[f'many{k}'] = k
    file['time'] = np.arange(6.0)
    file['time'].make_scale('time')
    d.dims[0].attach_scale(file['time'])


@maker
def filters(file):
    smooth = np.cumsum(np.ones((20, 8), 'i4'), axis=0)
    for name, codec in {'blosc': hdf5plugin.Blosc(), 'lz4': hdf5plugin.LZ4(),
                        'bitshuffle': hdf5plugin.Bitshuffle(), 'zstd': hdf5plugin.Zstd(),
                        'bzip2': hdf5plugin.BZip2(), 'lzf': dict(compression='lzf'),
                        'scaleoffset': dict(scaleoffset=True), 'gzip': dict(compression='gzip'),
                        'szip': dict(compression='szip'), 'unknown': hdf5plugin.Zfp()}.items():
        dtype = 'f4' if name == 'unknown' else 'i4'
        try:
            file.create_dataset(name, data=smooth.astype(dtype), chunks=(10, 8), **codec)
        except ValueError as refused:
            print(f'without {name}: {refused}')
    file.create_dataset('float', data=smooth / 7, chunks=(10, 8), scaleoffset=2)


@maker
def virtual(file):
    file['source'] = VALUES
    layout = h5py.VirtualLayout((20, 6), 'i4')
    layout[:10] = h5py.VirtualSource('.', 'source', (10, 6))
    layout[10::2] = h5py.VirtualSource('not-there.h5', 'x', (5, 6))
    file.create_virtual_dataset('virtual', layout, fillvalue=-1)
    file.create_dataset('external', (10,), 'i4', external=[('not-there.raw', 0, 40)])


@maker
def table(file):
    group = file.create_group('table')
    group.attrs.update({'encoding-type': 'dataframe', 'encoding-version': '0.2.0',
                        '_index': '_index'})
    group.attrs['column-order'] = np.array(['n', 'c'], object)
    group['_index'] = ['0', '1', '2']
    group['n'] = np.arange(3.0)
    column = group.create_group('c')
    column.attrs.update({'encoding-type': 'categorical', 'encoding-version': '0.2.0',
                         'ordered': False})
    column['codes'] = np.array([0, 1, -1], 'i1')
    column['categories'] = ['x', 'y']
    for path, kind in [('_index', 'string-array'), ('n', 'array'), ('c/codes', 'array'),
                       ('c/categories', 'string-array')]:
        group[path].attrs.update({'encoding-type': kind, 'encoding-version': '0.2.0'})


def make_all(folder):
    """Makes the files; returns their paths."""
    paths = []
    for version, libver in VERSIONS.items():
        for name, make in MAKERS.items():
            if name == 'virtual' and version in ('earliest', 'v108'):
                continue
            paths.append(os.path.join(folder, f'{name}-{version}.h5'))
            with h5py.File(paths[-1], 'w', libver=libver) as file:
                make(file)
    paths.append(os.path.join(folder, 'userblock.h5'))
    with h5py.File(paths[-1], 'w', userblock_size=512) as file:
        MAKERS['layouts'](file)
    return paths


if __name__ == '__main__':
    os.makedirs(sys.argv[1], exist_ok=True)
    for made in make_all(sys.argv[1]):
        print(made, os.path.getsize(made))
