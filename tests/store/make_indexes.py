"""Makes HDF5 files with chunk indexes of every kind, with h5py:

    make_indexes.py FOLDER [large]

Each file holds datasets whose names say what is special about them. `large`: a million chunks
each."""
import ctypes
import glob
import os
import random
import sys
import zlib

import h5py
import numpy as np

LIBVERS = ('earliest', 'v108', 'v110', 'latest')
SEED = int(os.environ.get('SHOAL_SEED', '20261'))
MASKS = (0, 1, 2, 3)
DONT_FILTER_PARTIAL_CHUNKS = 2


def hdf5_library():
    """The libhdf5 that h5py uses, for what h5py has no call of; None when it cannot be found."""
    folder = os.path.join(os.path.dirname(os.path.dirname(h5py.__file__)), 'h5py.libs')
    for path in glob.glob(os.path.join(folder, 'libhdf5-*.so*')):
        library = ctypes.CDLL(path)
        library.H5Pset_chunk_opts.argtypes = [ctypes.c_int64, ctypes.c_uint]
        library.H5Pset_chunk_opts.restype = ctypes.c_int
        return library
    return None


def values(shape, first=0):
    count = int(np.prod(shape, dtype='u8'))
    numbers = (np.arange(count, dtype='u8') + first) * 2654435761 % 300007
    return numbers.astype('i4').reshape(shape)


def create(file, name, shape, chunk, maximum=None, filtered=False, early=False, options=0):
    """A dataset by the low-level calls, which can ask for more than the high-level ones."""
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk(chunk)
    plist.set_fill_value(np.array(-7, 'i4'))
    if early:
        plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    if filtered:
        plist.set_shuffle()
        plist.set_deflate(1)
    if options:
        if hdf5_library().H5Pset_chunk_opts(plist.id, options) < 0:
            raise RuntimeError('H5Pset_chunk_opts failed')
    unlimited = h5py.h5s.UNLIMITED
    most = tuple(unlimited if k is None else k for k in maximum or shape)
    space = h5py.h5s.create_simple(shape, most)
    return h5py.Dataset(h5py.h5d.create(file.id, name.encode(), h5py.h5t.STD_I32LE, space, plist))


def fill(stored):
    stored[...] = values(stored.shape)


def write_some(stored, rng, share=0.5, masks=(0,)):
    """A random part of the chunks, encoded here; masks say which of the filters are skipped."""
    filtered = stored.id.get_create_plist().get_nfilters() > 0
    along = [-(-n // c) for n, c in zip(stored.shape, stored.chunks)]
    for index in np.ndindex(*along):
        if rng.random() >= share:
            continue
        mask = rng.choice(masks) if filtered else 0
        raw = values(stored.chunks, rng.randrange(1 << 20)).tobytes()
        if filtered and not mask & 1:
            raw = np.frombuffer(raw, 'u1').reshape(-1, 4).T.tobytes()
        if filtered and not mask & 2:
            raw = zlib.compress(raw, 1)
        stored.id.write_direct_chunk(tuple(i * c for i, c in zip(index, stored.chunks)), raw, mask)


# Each kind: how the shape may grow. The v4 layout picks the index by this.
SHAPES = {
    'fixed': lambda shape: shape,
    'larger': lambda shape: tuple(2 * n + 5 for n in shape),
    'first': lambda shape: (None,) + tuple(n + 3 for n in shape[1:]),
    'last': lambda shape: tuple(n + 9 for n in shape[:-1]) + (None,),
    'both': lambda shape: (None,) + shape[1:-1] + (None,) if len(shape) > 1 else (None,),
}


def make_kinds(file, shape, chunk, tag, rng, growths=tuple(SHAPES)):
    """Every way to grow, filtered and not; written whole, in part, resized, masked."""
    for growth in growths:
        maximum = SHAPES[growth]
        for filtered in (False, True):
            name = f'{tag}-{growth}-{"gzip" if filtered else "raw"}'
            most = maximum(shape)
            fill(create(file, name, shape, chunk, most, filtered))
            write_some(create(file, name + '-some', shape, chunk, most, filtered), rng)
            create(file, name + '-none', shape, chunk, most, filtered)
            resized = create(file, name + '-resized', shape, chunk, most, filtered)
            fill(resized)
            resized.resize(tuple(max(1, n // 2 - 1) for n in shape))
            resized = create(file, name + '-regrown', shape, chunk, most, filtered)
            fill(resized)
            resized.resize(tuple(max(1, n // 3) for n in shape))
            resized.resize(tuple(n + 3 if m is None else n for n, m in zip(shape, most)))
            if filtered:
                write_some(create(file, name + '-masks', shape, chunk, most, True), rng, 0.9, MASKS)
        fill(create(file, f'{tag}-{growth}-early', shape, chunk, maximum(shape), early=True))
    create(file, f'{tag}-early-none', shape, chunk, early=True)


def make_single(file):
    for filtered in (False, True):
        name = 'single-' + ('gzip' if filtered else 'raw')
        fill(create(file, name, (12, 5), (12, 5), filtered=filtered))
        create(file, name + '-none', (12, 5), (12, 5), filtered=filtered)
        if filtered:
            for mask in MASKS:
                write_some(create(file, f'{name}-mask{mask}', (12, 5), (12, 5), filtered=True),
                           random.Random(3), 1, (mask,))


def make_edges(file):
    """Partial edge chunks that are not filtered."""
    if hdf5_library() is None:
        print('skipped: libhdf5 of h5py not found, so no datasets with unfiltered edge chunks')
        return
    for growth, maximum in SHAPES.items():
        stored = create(file, f'edges-{growth}', (50, 31), (7, 5), maximum((50, 31)), True,
                        options=DONT_FILTER_PARTIAL_CHUNKS)
        fill(stored)
        stored = create(file, f'edges-{growth}-resized', (50, 31), (7, 5), maximum((50, 31)), True,
                        options=DONT_FILTER_PARTIAL_CHUNKS)
        fill(stored)
        stored.resize((49, 20))
    fill(create(file, 'edges-none', (49, 30), (7, 5), None, True,
                options=DONT_FILTER_PARTIAL_CHUNKS))


def make_file(path, libver, offset_bytes=8, length_bytes=8, userblock=0):
    plist = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    plist.set_sizes(offset_bytes, length_bytes)
    plist.set_userblock(userblock)
    access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    low = {'earliest': h5py.h5f.LIBVER_EARLIEST, 'v108': h5py.h5f.LIBVER_V18,
           'v110': h5py.h5f.LIBVER_V110, 'latest': h5py.h5f.LIBVER_LATEST}[libver]
    access.set_libver_bounds(low, h5py.h5f.LIBVER_LATEST)
    return h5py.File(h5py.h5f.create(path.encode(), h5py.h5f.ACC_TRUNC, plist, access))


def make_small(folder):
    """Files with many small datasets; gives their paths."""
    paths = []
    rng = random.Random(SEED)
    for libver in LIBVERS:
        paths.append(os.path.join(folder, f'indexes-{libver}.h5'))
        with make_file(paths[-1], libver) as file:
            make_kinds(file, (9, 10), (4, 3), 'two', rng)
            make_kinds(file, (23,), (2,), 'one', rng)
            make_kinds(file, (7, 5, 6), (2, 2, 1), 'three', rng)
            if libver in ('v108', 'v110'):
                make_kinds(file, (77, 66), (2, 2), 'paged', rng)
            make_single(file)
            if libver in ('v110', 'latest'):
                make_edges(file)
    return paths + make_widths(folder, rng)


def make_widths(folder, rng):
    """Addresses and lengths of all sizes, and userblocks. libhdf5 itself cannot open unlimited
    datasets where lengths are narrow."""
    paths = []
    for offset_bytes, length_bytes, userblock in (
            (2, 2, 0), (4, 4, 0), (8, 4, 512), (4, 8, 1024), (2, 8, 0), (8, 8, 4096)):
        paths.append(os.path.join(folder, f'indexes-{offset_bytes}-{length_bytes}.h5'))
        growths = tuple(SHAPES) if length_bytes == 8 else ('fixed', 'larger')
        with make_file(paths[-1], 'v110', offset_bytes, length_bytes, userblock) as file:
            if offset_bytes == 2:
                for growth in growths:
                    for filtered in (False, True):
                        fill(create(file, f'{growth}-{filtered}', (9, 10), (4, 3),
                                    SHAPES[growth]((9, 10)), filtered))
                continue
            make_kinds(file, (9, 10), (4, 3), 'two', rng, growths)
            make_single(file)
    return paths


def make_ten_thousand(folder):
    """10,000 chunks of every kind: deep B-trees, many pages, secondary blocks in pages."""
    paths = []
    rng = random.Random(SEED + 1)
    for libver in ('earliest', 'v110', 'latest'):
        paths.append(os.path.join(folder, f'ten-thousand-{libver}.h5'))
        with make_file(paths[-1], libver) as file:
            for growth, maximum in SHAPES.items():
                if libver != 'latest':
                    fill(create(file, growth, (200, 200), (2, 2), maximum((200, 200))))
                    fill(create(file, growth + '-one', (20000,), (2,), maximum((20000,))))
                some = create(file, growth + '-gzip', (200, 200), (2, 2), maximum((200, 200)), True)
                write_some(some, rng, 0.7)
            fill(create(file, 'early', (200, 200), (2, 2), early=True))
    return paths


def make_far(folder):
    """Offsets above 4 GiB, in sparse files: behind a contiguous dataset that was never written, and
    behind a large userblock."""
    paths = [os.path.join(folder, name) for name in ('far-contiguous.h5', 'far-userblock.h5')]
    with make_file(paths[0], 'v110') as file:
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        plist.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
        space = h5py.h5s.create_simple((5 << 30,))
        h5py.h5d.create(file.id, b'hole', h5py.h5t.STD_U8LE, space, plist)
        make_kinds(file, (9, 10), (4, 3), 'two', random.Random(SEED))
        make_single(file)
    with make_file(paths[1], 'v110', userblock=8 << 30) as file:
        make_kinds(file, (9, 10), (4, 3), 'two', random.Random(SEED))
        make_single(file)
    return paths


MILLION = ('btree1', 'fixed', 'first', 'last', 'both', 'early')


def make_million(folder, kind, side=1000):
    """A million chunks of one kind of index, all but the implicit one with filters: the path."""
    path = os.path.join(folder, f'million-{kind}-{side}.h5')
    if os.path.exists(path):
        return path
    filtered = kind != 'early'
    with make_file(path + '.part', 'earliest' if kind == 'btree1' else 'v110') as file:
        shape = (2 * side, 2 * side)
        most = SHAPES.get(kind, SHAPES['fixed'])(shape)
        fill_fast(create(file, 'x', shape, (2, 2), most, filtered, not filtered), filtered)
    os.rename(path + '.part', path)
    return path


def fill_fast(stored, filtered):
    """Writes chunk by chunk what encodes to itself: raw chunks, whose mask skips the filters."""
    for row in range(0, stored.shape[0], 2):
        for column in range(0, stored.shape[1], 2):
            first = (row // 2 * (stored.shape[1] // 2) + column // 2) % 30011
            raw = np.array([first, 0, 0, 0], '<i4').tobytes()
            stored.id.write_direct_chunk((row, column), raw, 3 if filtered else 0)


def make_large(folder):
    return [make_million(folder, kind) for kind in MILLION]


if __name__ == '__main__':
    os.makedirs(sys.argv[1], exist_ok=True)
    ordinary = (make_small, make_ten_thousand, make_far)
    for maker in (make_large,) if sys.argv[2:] == ['large'] else ordinary:
        print(*maker(sys.argv[1]), sep='\n')
