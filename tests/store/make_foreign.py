"""Makes files as other programs write them, with h5py, for test_foreign.py: layouts, chunk indexes,
fill values, resizing, files. Filters, types and links are in the modules make_foreign_*.py.

usage: make_foreign.py FOLDER [SEED]
"""
import itertools
import os
import sys
import zlib

import h5py
import numpy as np
from h5py import h5d, h5f, h5p, h5s, h5t

import hdf5_calls

VERSIONS = {
    'earliest': ('earliest', 'v108'),
    'v108': ('v108', 'v108'),
    'v110': ('v110', 'v110'),
    'latest': ('latest', 'latest'),
}
BOUNDS = {'earliest': h5f.LIBVER_EARLIEST, 'v108': h5f.LIBVER_V18, 'v110': h5f.LIBVER_V110,
          'latest': h5f.LIBVER_LATEST}
MAKERS = []  # (name, versions, function of (path, version, random state))
KNOWN = {}  # (file's name, path): the values, where h5py would take minutes to read them


def maker(*versions):
    def register(function):
        name = function.__name__.removeprefix('make_')
        MAKERS.append((name, versions or tuple(VERSIONS), function))
        return function
    return register


def new_file(path, version, **more):
    return h5py.File(path, 'w', libver=VERSIONS[version], **more)


def new_file_with(path, version, change):
    """A file whose creation properties were changed by `change`."""
    creation, access = h5p.create(h5p.FILE_CREATE), h5p.create(h5p.FILE_ACCESS)
    low, high = VERSIONS[version]
    access.set_libver_bounds(BOUNDS[low], BOUNDS[high])
    access.set_fclose_degree(h5f.CLOSE_STRONG)
    change(creation)
    return h5py.File(h5f.create(os.fsencode(path), h5f.ACC_TRUNC, creation, access))


def properties(chunk=None, alloc=None, fill_time=None):
    dcpl = h5p.create(h5p.DATASET_CREATE)
    if chunk is not None:
        dcpl.set_chunk(chunk)
    if alloc is not None:
        dcpl.set_alloc_time(alloc)
    if fill_time is not None:
        dcpl.set_fill_time(fill_time)
    return dcpl


def create(group, name, kind, shape, data=None, dcpl=None, maxshape=None):
    """A dataset of an HDF5 type (or a NumPy one), through the low-level calls. Data of more axes
    than the shape are elements of an array type."""
    kind = kind if isinstance(kind, h5t.TypeID) else h5t.py_create(np.dtype(kind), logical=True)
    space = h5s.create(h5s.NULL)
    if shape is not None:
        most = tuple(h5s.UNLIMITED if n is None else n for n in maxshape or shape)
        space = h5s.create_simple(shape, most) if shape != () else h5s.create(h5s.SCALAR)
    if '/' in name:
        group = group.require_group(name.rpartition('/')[0])
    name = name.rpartition('/')[2].encode()
    made = h5py.Dataset(h5d.create(group.id, name, kind, space, dcpl))
    if data is not None:
        data = np.asarray(data, order='C')
        memory = h5t.py_create(data.dtype, logical=True)
        if isinstance(kind, h5t.TypeArrayID):
            memory = h5t.array_create(memory, kind.get_array_dims())
        if data.dtype.kind == 'V' and not data.dtype.names:
            memory = kind
        made.id.write(h5s.ALL, h5s.ALL, data, memory)
    return made


def numbers(random, shape, dtype='i4'):
    dtype = np.dtype(dtype)
    if dtype.kind in 'iu':
        few = random.integers(0, 1000, shape)
        return few.astype(dtype)
    return random.normal(0, 100, shape).astype(dtype)


# ---- Layouts -----------------------------------------------------------------------------------

@maker()
def make_layouts(path, version, random):
    whole_shape, whole_chunk = (7, 6, 5, 4, 3), (3, 4, 2, 3, 2)
    with new_file(path, version) as file:
        for rank, dtype in itertools.product(range(6), ['<i4', '>f8', 'u1']):
            shape = whole_shape[:rank]
            data = numbers(random, shape, dtype)
            name = f'{rank}-{dtype[-2:]}'
            compact = properties()
            compact.set_layout(h5d.COMPACT)
            create(file, 'compact-' + name, dtype, shape, data, compact) if rank < 4 else None
            file.create_dataset('contiguous-' + name, data=data, dtype=dtype)
            if rank > 0:
                file.create_dataset('chunked-' + name, data=data, chunks=whole_chunk[:rank])
                file.create_dataset('gzip-' + name, data=data, chunks=whole_chunk[:rank],
                                    compression='gzip')
        shape = (2, 1, 3) + (1,) * 27 + (2, 5)
        data = numbers(random, shape)
        file.create_dataset('contiguous-32', data=data)
        file.create_dataset('chunked-32', data=data, chunks=(1, 1, 2) + (1,) * 27 + (2, 3))
        if version != 'earliest':
            file.create_dataset('growing-32', data=data, chunks=(1, 1, 2) + (1,) * 27 + (2, 3),
                                maxshape=(None,) + shape[1:])
            file.create_dataset('growing2-32', data=data, chunks=(1, 1, 2) + (1,) * 27 + (2, 3),
                                maxshape=(None,) * 32, compression='gzip')
        for shape in [(0,), (0, 4), (3, 0)]:
            file.create_dataset(f'nothing-{shape}', shape, 'f4')
            file.create_dataset(f'nothing-chunked-{shape}', shape, 'f4', chunks=(2,) * len(shape),
                                maxshape=(None,) * len(shape))
        file.create_dataset('null', data=h5py.Empty('f4'))
        file.create_dataset('null-text', data=h5py.Empty('S3'))


# ---- Chunk indexes -----------------------------------------------------------------------------

FILTERS = {
    'plain': {},
    'gzip': dict(compression='gzip', compression_opts=1),
    'checked': dict(compression='gzip', shuffle=True, fletcher32=True),
}


def index_cases():
    """(name, shape, chunk, maxshape) of each index kind; version-1 B-trees in old files."""
    for size, n in [('few', 7), ('pages', 1500), ('many', 4000)]:
        yield f'fixed-{size}', (3 * n - 1,), (3,), None
        yield f'growing-{size}', (3 * n - 1,), (3,), (None,)
        yield f'bounded-{size}', (3 * n - 1,), (3,), (6 * n,)
    for size, n in [('few', 5), ('many', 60)]:
        yield f'fixed2-{size}', (2 * n - 1, n), (2, 1), None
        yield f'growing-first-{size}', (2 * n - 1, n), (2, 1), (None, n)
        yield f'growing-last-{size}', (2 * n - 1, n), (2, 1), (2 * n + 7, None)
        yield f'growing2-{size}', (2 * n - 1, n), (2, 1), (None, None)
    yield 'fixed3', (7, 5, 9), (3, 2, 4), (9, 5, 9)
    yield 'growing3', (7, 5, 9), (3, 2, 4), (7, 5, None)
    yield 'growing-all3', (7, 5, 9), (3, 2, 4), (None, None, None)


@maker()
def make_indexes(path, version, random):
    with new_file(path, version) as file:
        for name, shape, chunk, most in index_cases():
            for codec, options in FILTERS.items():
                if codec == 'checked' and 'many' in name:
                    continue
                data = numbers(random, shape, 'u2')
                file.create_dataset(f'{name}/{codec}', data=data, chunks=chunk, maxshape=most,
                                    **options)
                if 'many' in name:
                    continue
                some = file.create_dataset(f'{name}/{codec}-some', shape, 'u2', chunks=chunk,
                                           maxshape=most, fillvalue=77, **options)
                for k in random.integers(0, shape[0], 3):
                    some[k] = data[k]
        for codec, options in FILTERS.items():
            data = numbers(random, (13, 11), 'f4')
            file.create_dataset(f'single/{codec}', data=data, chunks=data.shape, **options)
            file.create_dataset(f'single/{codec}-bounded', data=data, chunks=data.shape,
                                maxshape=(13, 11), **options)
            file.create_dataset(f'single/{codec}-nothing', data.shape, 'f4', chunks=data.shape,
                                fillvalue=-1, **options)
        for k, shape in enumerate([(100,), (9, 9), (30, 40)]):
            dcpl = properties((7,) * len(shape), h5d.ALLOC_TIME_EARLY)
            create(file, f'implicit-{k}', 'i4', shape, numbers(random, shape), dcpl)
            create(file, f'implicit-nothing-{k}', 'i4', shape, None, dcpl)
        nothing_written(file)


def nothing_written(file):
    for name, most in [('fixed', None), ('growing', (None, 50)), ('growing2', (None, None))]:
        for codec, options in FILTERS.items():
            file.create_dataset(f'nothing/{name}-{codec}', (40, 50), 'i2', chunks=(7, 8),
                                maxshape=most, fillvalue=5, **options)


@maker('earliest', 'v110', 'latest')
def make_sparse(path, version, random):
    """A few chunks, far apart in large grids: deep and paged indexes with holes in them."""
    with new_file(path, version) as file:
        for name, shape, chunk, most in [
                ('growing', (300000,), (1,), (None,)), ('fixed', (300000,), (1,), None),
                ('growing2', (700, 700), (1, 1), (None, None)),
                ('growing-first', (60000, 3), (1, 2), (None, 3))]:
            for codec in ['plain', 'gzip']:
                d = file.create_dataset(f'{name}/{codec}', shape, 'u1', chunks=chunk, maxshape=most,
                                        fillvalue=9, **FILTERS[codec])
                known = np.full(shape, 9, 'u1')
                KNOWN[os.path.basename(path), f'/{name}/{codec}'] = known
                written = {tuple(int(random.integers(0, -(-n // c))) * c
                                 for n, c in zip(shape, chunk)) for _ in range(600)}
                for k, at in enumerate(sorted(written)):
                    known[tuple(slice(a, a + c) for a, c in zip(at, chunk))] = k % 251
                    content = bytes([k % 251] * int(np.prod(chunk)))
                    mask = k % 3 == 0 if codec == 'gzip' else 0
                    stored = zlib.compress(content) if codec == 'gzip' and not mask else content
                    d.id.write_direct_chunk(at, stored, filter_mask=int(mask))


@maker()
def make_resized(path, version, random):
    with new_file(path, version) as file:
        for codec, options in FILTERS.items():
            for name, most in [('first', (None, 60)), ('last', (60, None)), ('both', (None, None)),
                               ('bounded', (60, 60))]:
                for way, steps in {'grown': [(33, 41)], 'shrunk': [(9, 11)],
                                   'edges': [(15, 19)], 'again': [(8, 8), (31, 37)],
                                   'to-nothing': [(0, 20), (20, 20)]}.items():
                    d = file.create_dataset(f'{name}/{way}/{codec}', (20, 20), 'i4', chunks=(4, 7),
                                            maxshape=most, fillvalue=-3, **options)
                    d[...] = numbers(random, (20, 20)) + 1
                    for step in steps:
                        d.resize(step)
                    if way == 'grown':
                        d[25:28, 30:] = 8
        d = file.create_dataset('long', (30000,), 'u1', chunks=(2,), maxshape=(None,))
        d[...] = numbers(random, 30000, 'u1')
        d.resize((20001,))
        d = file.create_dataset('wide', (120, 120), 'u1', chunks=(1, 1), maxshape=(None, None))
        d[...] = numbers(random, (120, 120), 'u1')
        d.resize((90, 101))


@maker('v110', 'latest')
def make_edges_not_filtered(path, version, random):
    with new_file(path, version) as file:
        for name, most in [('fixed', None), ('growing', (None, 17)), ('growing2', (None, None)),
                           ('whole', None)]:
            for shape in [(23, 17), (24, 16), (7, 5)]:
                dcpl = dcpl_of(*((6, 4) if name != 'whole' else shape))
                limit = most and (None, most[1] and shape[1])
                create(file, f'{name}-{shape}', 'i4', shape, numbers(random, shape), dcpl, limit)
        d = create(file, 'resized', 'i4', (20, 20), numbers(random, (20, 20)), dcpl=dcpl_of(6, 4),
                   maxshape=(None, None))
        d.resize((23, 30))
        d = create(file, 'shrunk', 'i4', (20, 20), numbers(random, (20, 20)), dcpl=dcpl_of(6, 4),
                   maxshape=(None, None))
        d.resize((17, 9))


def dcpl_of(*chunk):
    dcpl = properties(chunk)
    dcpl.set_shuffle()
    dcpl.set_deflate(4)
    hdf5_calls.edges_not_filtered(dcpl)
    return dcpl


# ---- Fill values -------------------------------------------------------------------------------

def fill_cases():
    alloc = {'early': h5d.ALLOC_TIME_EARLY, 'late': h5d.ALLOC_TIME_LATE,
             'incr': h5d.ALLOC_TIME_INCR}
    when = {'alloc': h5d.FILL_TIME_ALLOC, 'never': h5d.FILL_TIME_NEVER,
            'ifset': h5d.FILL_TIME_IFSET}
    for layout in ['contiguous', 'chunked', 'compact', 'gzip']:
        for (a, alloc_time), (w, fill_time) in itertools.product(alloc.items(), when.items()):
            if layout == 'compact' and a != 'early' or layout == 'contiguous' and a == 'incr':
                continue
            for fill in ['default', 'own', 'undefined'] if w != 'alloc' else ['default', 'own']:
                yield f'{layout}/{a}-{w}-{fill}', layout, alloc_time, fill_time, fill


def properties_for(layout, alloc_time, fill_time, fill, kind, value):
    dcpl = properties((4, 3) if layout in ('chunked', 'gzip') else None, alloc_time, fill_time)
    if layout == 'compact':
        dcpl.set_layout(h5d.COMPACT)
    if layout == 'gzip':
        dcpl.set_deflate(3)
    if fill == 'own':
        dcpl.set_fill_value(value)
    if fill == 'undefined':
        hdf5_calls.undefined_fill(dcpl, kind)
    return dcpl


@maker()
def make_fills(path, version, random):
    value = np.array(-1234567, '<i4')
    with new_file(path, version) as file:
        for name, layout, alloc_time, fill_time, fill in fill_cases():
            dcpl = properties_for(layout, alloc_time, fill_time, fill, h5t.STD_I32LE, value)
            create(file, name + '-nothing', '<i4', (10, 7), None, dcpl)
            some = create(file, name + '-some', '<i4', (10, 7), None, dcpl)
            some[2:5, 1] = 7
            create(file, name + '-all', '<i4', (10, 7), numbers(random, (10, 7)), dcpl)
        for dtype, fill in [('>f8', -9e99), ('<f4', np.nan), ('>i2', -2), ('S4', b'abc'),
                            ('?', True), ('c8', 2 - 3j), ('u8', 2**64 - 1)]:
            for chunk in [None, (5,)]:
                file.create_dataset(f'of/{dtype}-{chunk}', (12,), dtype, fillvalue=fill,
                                    chunks=chunk)
        pair = np.dtype([('x', '>i2'), ('y', '<f8')])
        file.create_dataset('of/compound', (12,), pair, chunks=(5,),
                            fillvalue=np.array((7, 2.5), pair)[()])


# ---- Files -------------------------------------------------------------------------------------

def something(file, random, lengths=8):
    """A little of each layout and index. HDF5 2.0 loses unlimited axes when lengths have 4 bytes,
    and does not read its own dense attributes when they have 2."""
    data = numbers(random, (20, 30))
    file.create_dataset('contiguous', data=data)
    file.create_dataset('btree', data=data, chunks=(6, 7))
    file.create_dataset('gzip', data=data, chunks=(6, 7), compression='gzip')
    if lengths == 8:
        file.create_dataset('growing', data=data, chunks=(6, 7), maxshape=(None, 30))
        file.create_dataset('growing2', data=data, chunks=(6, 7), maxshape=(None, None),
                            shuffle=True, compression='gzip')
    file.create_dataset('bounded', data=data, chunks=(6, 7), maxshape=(50, 40))
    file.create_dataset('single', data=data, chunks=(20, 30))
    file.create_dataset('text', data=['eins', 'zwei', 'drei' * 30])
    file.create_dataset('far/down/here', data=np.arange(5.0))
    for k in range(12 if lengths > 2 else 4):
        file['far'].attrs[f'attribute {k}'] = k
    file['soft'] = h5py.SoftLink('/far/down/here')


@maker()
def make_userblock(path, version, random):
    for size in [512, 1024, 8192]:
        part = path.replace('.h5', f'-{size}.h5')
        with new_file(part, version, userblock_size=size) as file:
            something(file, random)
        with open(part, 'r+b') as file:
            file.write((b'#!/bin/sh\n' * 900)[:size])


@maker()
def make_sizes(path, version, random):
    for offsets, lengths in itertools.product([2, 4, 8], repeat=2):
        part = path.replace('.h5', f'-{offsets}-{lengths}.h5')
        with new_file_with(part, version, lambda p: p.set_sizes(offsets, lengths)) as file:
            something(file, random, lengths)


@maker()
def make_shared(path, version, random):
    """Messages in the shared message table: types, dataspaces, fill values, attributes."""
    with new_file_with(path, version, hdf5_calls.shared_messages) as file:
        something(file, random)
        for k in range(60):
            d = file.create_dataset(f'd{k:02}', data=np.arange(k % 7 + 2, dtype='>i4'),
                                    chunks=(2,), compression='gzip', fillvalue=k % 5)
            d.attrs['common'] = 'the same text in each of them'
            d.attrs['box'] = np.arange(20.0)
        pair = np.dtype([('x', 'i4'), ('y', 'f8')])
        for k in range(5):
            file.create_dataset(f'pair{k}', data=np.zeros(3, pair))


@maker('v110', 'latest')
def make_paged_file(path, version, random):
    with new_file(path, version, fs_strategy='page', fs_page_size=4096, fs_persist=True) as file:
        something(file, random)


@maker('earliest', 'latest')
def make_far(path, version, random):
    """What lies behind more than 4 GiB, most of them a hole."""
    with new_file(path, version) as file:
        dcpl = properties(None, h5d.ALLOC_TIME_EARLY, h5d.FILL_TIME_NEVER)
        create(file, 'hole', 'u1', (5 << 30,), None, dcpl)
        something(file, random)


def make_all(folder, seed, only=''):
    """Makes the files whose names contain `only`; returns (maker's name, version, path) of each."""
    import make_foreign_filters  # noqa: F401  registers its makers
    import make_foreign_links  # noqa: F401
    import make_foreign_types  # noqa: F401
    made = []
    for name, versions, function in MAKERS:
        for version in versions:
            if only not in f'{name}-{version}':
                continue
            path = os.path.join(folder, f'{name}-{version}.h5')
            before = set(os.listdir(folder))
            function(path, version, np.random.default_rng([seed, zlib.crc32(name.encode())]))
            made += [(name, version, os.path.join(folder, new))
                     for new in sorted(set(os.listdir(folder)) - before) if new.endswith('.h5')]
    return made


if __name__ == '__main__':
    sys.modules['make_foreign'] = sys.modules['__main__']
    os.makedirs(sys.argv[1], exist_ok=True)
    os.chdir(sys.argv[1])
    for _, _, made_path in make_all('.', int(sys.argv[2]) if len(sys.argv) > 2 else 1):
        print(made_path)
