"""Virtual datasets and external raw files, made by h5py, against what h5py reads from them.

usage: test_virtual.py DUMP_DATASET
"""
import os
import random
import subprocess
import sys
import tempfile

from shared_case import chosen_seed, need

need('h5py', 'numpy')
import h5py
import numpy as np

DUMP = os.path.abspath(sys.argv[1])
SEED = chosen_seed(otherwise=20261)


def run(*arguments, **environment):
    done = subprocess.run([DUMP, *arguments], capture_output=True, timeout=120,
                          env={**os.environ, **environment})
    return done.returncode, done.stdout, done.stderr.decode()


def equal(path, name, modes=((), ('--chunks',)), **environment):
    """The dataset's shape and values, whole and by parts, are h5py's."""
    with h5py.File(path, 'r') as file:
        wanted = file[name][...]
    for mode in modes:
        status, out, message = run(*mode, f'{path}:/{name}', **environment)
        assert status == 0, (path, name, mode, status, message)
        assert len(out) == wanted.nbytes, (path, name, mode, len(out), wanted.shape)
        if out != np.ascontiguousarray(wanted).tobytes():
            got = np.frombuffer(out, wanted.dtype).reshape(wanted.shape)
            raise AssertionError((path, name, mode, got, wanted))
    return wanted


def refuses(words, locator, status=None, **environment):
    got, _, message = run(locator, **environment)
    assert got != 0 and (status is None or got == status), (locator, got, message)
    assert words in message and message.count('\n') == 1, (locator, words, message)


def make_source(path, name, shape, first=0, dtype='i4', **options):
    values = (np.arange(int(np.prod(shape))) + first).astype(dtype).reshape(shape)
    with h5py.File(path, 'a') as file:
        file.create_dataset(name, data=values, **options)


def virtual(path, shape, parts, dtype='i4', libver='latest', maxshape=None, fill=-1):
    """A virtual dataset "v" of (key in it, file, name, shape, key in the source, maxshape)."""
    layout = h5py.VirtualLayout(shape, dtype, maxshape)
    for key, file, name, source_shape, source_key, *most in parts:
        source = h5py.VirtualSource(file, name, source_shape, maxshape=most[0] if most else None)
        layout[key] = source[source_key] if source_key is not None else source
    with h5py.File(path, 'a', libver=libver) as file:
        if 'v' in file:
            del file['v']
        file.create_virtual_dataset('v', layout, fillvalue=fill)


# ---- Virtual: fixed shapes ----

def test_stacked():
    for k in range(4):
        make_source(f'part{k}.h5', 'data', (6, 5), 100 * k, chunks=(4, 2))
    for libver in ('earliest', 'v110', 'latest'):
        virtual('stack.h5', (5, 6, 5),
                [(k, f'part{k}.h5', 'data', (6, 5), None) for k in range(4)], libver=libver)
        assert (equal('stack.h5', 'v')[4] == -1).all()
        virtual('rows.h5', (24, 5),
                [(slice(6 * k, 6 * k + 6), f'part{k}.h5', 'data', (6, 5), None) for k in range(4)],
                libver=libver)
        equal('rows.h5', 'v')
        virtual('interleaved.h5', (24, 5),
                [(slice(k, None, 4), f'part{k}.h5', 'data', (6, 5), None) for k in range(4)],
                libver=libver)
        equal('interleaved.h5', 'v')
        virtual('columns.h5', (6, 20),
                [((slice(None), slice(k, None, 4)), f'part{k}.h5', 'data', (6, 5), None)
                 for k in range(4)], libver=libver)
        equal('columns.h5', 'v')
        virtual('strided.h5', (3, 12),
                [((slice(None), slice(3 * k, 3 * k + 3)), f'part{k}.h5', 'data', (6, 5),
                  np.s_[1::2, 0:5:2]) for k in range(4)], libver=libver)
        equal('strided.h5', 'v')


def test_lists():
    """Fancy indices make selections that are not regular."""
    make_source('list.h5', 'data', (9, 8))
    for libver in ('earliest', 'latest'):
        virtual('list-target.h5', (12, 8), [([0, 3, 4, 9], 'list.h5', 'data', (9, 8), np.s_[2:6])],
                libver=libver)
        equal('list-target.h5', 'v')
        virtual('list-source.h5', (4, 8),
                [(np.s_[:], 'list.h5', 'data', (9, 8), np.s_[[0, 1, 5, 8], :])], libver=libver)
        equal('list-source.h5', 'v')


def test_reshaped():
    """Selections of other shapes go together by the order of their elements."""
    make_source('flat.h5', 'data', (60,), chunks=(7,))
    make_source('flat.h5', 'cube', (3, 4, 5))
    virtual('cube.h5', (3, 4, 5), [(np.s_[:], 'flat.h5', 'data', (60,), None)])
    equal('cube.h5', 'v')
    virtual('part.h5', (7, 8), [(np.s_[1:7:2, 3:8], 'flat.h5', 'data', (60,), np.s_[10:25])])
    equal('part.h5', 'v')
    virtual('line.h5', (70,), [(np.s_[5:65], 'flat.h5', 'cube', (3, 4, 5), None)])
    equal('line.h5', 'v')
    virtual('slice.h5', (6, 6), [(np.s_[2, 1:6], 'flat.h5', 'cube', (3, 4, 5), np.s_[1, 3, :])])
    equal('slice.h5', 'v')
    virtual('turned.h5', (5, 12), [(np.s_[:, :], 'flat.h5', 'cube', (3, 4, 5), None)])
    equal('turned.h5', 'v')


def low_level(path, shape, maxshape, mappings, fill=-1, dtype='i4'):
    """(target selection, file, name, source selection): each made by a function of a space."""
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_fill_value(np.array(fill, dtype))
    unlimited = h5py.h5s.UNLIMITED

    def space_of(extent, most, select):
        most = tuple(unlimited if n is None else n for n in most)
        space = h5py.h5s.create_simple(extent, most)
        select(space)
        return space

    for target, file, name, (source_shape, source_max, source) in mappings:
        plist.set_virtual(space_of(shape, maxshape, target), file.encode(), name.encode(),
                          space_of(source_shape, source_max, source))
    with h5py.File(path, 'w', libver='latest') as file:
        h5py.h5d.create(file.id, b'v', h5py.h5t.py_create(np.dtype(dtype)),
                        space_of(shape, maxshape, lambda space: None), plist)


def slab(start, count, stride=None, block=None):
    return lambda space: space.select_hyperslab(start, count, stride, block)


def union(*slabs):
    def select(space):
        for k, (start, count) in enumerate(slabs):
            space.select_hyperslab(start, count,
                                   op=h5py.h5s.SELECT_OR if k else h5py.h5s.SELECT_SET)
    return select


def test_blocks():
    """Strided blocks, and selections without any regularity."""
    make_source('blocks.h5', 'data', (20, 30), chunks=(6, 7))
    size = (20, 30)
    low_level('blocks-both.h5', size, size, [
        (slab((1, 2), (3, 4), (6, 7), (2, 3)), 'blocks.h5', 'data',
         (size, size, slab((0, 1), (3, 4), (5, 6), (2, 3))))])
    equal('blocks-both.h5', 'v')
    low_level('blocks-other.h5', size, size, [
        (slab((1, 2), (3, 4), (6, 7), (2, 3)), 'blocks.h5', 'data',
         (size, size, slab((0, 1), (2, 6), (5, 4), (3, 2))))])
    equal('blocks-other.h5', 'v')
    low_level('corner.h5', size, size, [
        (union(((0, 0), (4, 4)), ((2, 2), (5, 9)), ((15, 20), (3, 3))), 'blocks.h5', 'data',
         (size, size, union(((1, 1), (4, 4)), ((3, 3), (5, 9)), ((16, 21), (3, 3)))))])
    equal('corner.h5', 'v')
    low_level('corner-other.h5', size, size, [
        (union(((0, 0), (4, 4)), ((8, 8), (2, 10))), 'blocks.h5', 'data',
         (size, size, slab((3, 5), (2, 18))))])
    equal('corner-other.h5', 'v')


def test_random():
    rng = random.Random(SEED)
    shape = (11, 9, 7)
    make_source('random.h5', 'data', shape, chunks=(3, 4, 5))
    for trial in range(60):
        mappings = []
        for _ in range(rng.randrange(1, 4)):
            pair = []
            count = [rng.randrange(1, 4) for _ in shape]
            block = [rng.randrange(1, 3) for _ in shape]
            for _ in range(2):
                stride, start = [], []
                for n, c, b in zip(shape, count, block):
                    widest = (n - b) // (c - 1) if c > 1 else b
                    s = rng.randrange(b, max(b, widest) + 1)
                    while (c - 1) * s + b > n:
                        s -= 1
                    stride.append(max(s, 1))
                    start.append(rng.randrange(n - ((c - 1) * stride[-1] + b) + 1))
                pair.append(slab(tuple(start), tuple(count), tuple(stride), tuple(block)))
            mappings.append((pair[0], 'random.h5', 'data', (shape, shape, pair[1])))
        try:
            low_level('random-v.h5', shape, shape, mappings)
        except (ValueError, RuntimeError):
            continue  # blocks that overlap
        equal('random-v.h5', 'v', modes=((),))


# ---- Virtual: what is not there, names, nesting ----

def test_missing():
    make_source('there.h5', 'data', (4,))
    virtual('missing.h5', (12,), [
        (np.s_[0:4], 'there.h5', 'data', (4,), None),
        (np.s_[4:8], 'nowhere.h5', 'data', (4,), None),
        (np.s_[8:12], 'there.h5', 'nothing', (4,), None)])
    wanted = equal('missing.h5', 'v')
    assert (wanted[4:] == -1).all()
    # A source that has become smaller.
    make_source('small.h5', 'data', (3, 4))
    virtual('smaller.h5', (6, 4), [(np.s_[0:5], 'small.h5', 'data', (5, 4), None)])
    status, out, message = run('smaller.h5:/v')
    assert status == 0, message
    got = np.frombuffer(out, 'i4').reshape(6, 4)
    assert (got[:3] == np.arange(12).reshape(3, 4)).all() and (got[3:] == -1).all()


def test_names():
    os.makedirs('folder/below', exist_ok=True)
    make_source('folder/source.h5', 'data', (4,), 7)
    make_source('folder/below/deep.h5', 'group/data', (4,), 70)
    virtual('folder/named.h5', (16,), [
        (np.s_[0:4], 'source.h5', 'data', (4,), None),
        (np.s_[4:8], 'below/deep.h5', '/group/data', (4,), None),
        (np.s_[8:12], os.path.abspath('folder/source.h5'), 'data', (4,), None)])
    equal('folder/named.h5', 'v')
    with h5py.File('same.h5', 'w') as file:
        file['data'] = np.arange(5, dtype='i4')
        layout = h5py.VirtualLayout((10,), 'i4')
        layout[:5] = h5py.VirtualSource(file['data'])
        layout[5:] = h5py.VirtualSource('.', 'data', (5,))
        file.create_virtual_dataset('v', layout)
    equal('same.h5', 'v')
    make_source('100%.h5', 'a%b', (4,))
    virtual('percent.h5', (4,), [(np.s_[:], '100%%.h5', 'a%%b', (4,), None)])
    equal('percent.h5', 'v')
    os.makedirs('elsewhere', exist_ok=True)
    make_source('elsewhere/moved.h5', 'data', (4,), 3)
    virtual('prefixed.h5', (4,), [(np.s_[:], 'moved.h5', 'data', (4,), None)])
    status, out, _ = run('prefixed.h5:/v', HDF5_VDS_PREFIX=os.path.abspath('elsewhere'))
    assert status == 0 and (np.frombuffer(out, 'i4') == np.arange(3, 7)).all()
    status, out, _ = run('prefixed.h5:/v', HDF5_VDS_PREFIX='${ORIGIN}/elsewhere')
    assert status == 0 and (np.frombuffer(out, 'i4') == np.arange(3, 7)).all()


def test_nested():
    make_source('level0.h5', 'v', (6, 6))
    for level in range(1, 12):
        with h5py.File(f'level{level}.h5', 'w') as file:
            layout = h5py.VirtualLayout((6, 6), 'i4')
            layout[...] = h5py.VirtualSource(f'level{level - 1}.h5', 'v', (6, 6))
            file.create_virtual_dataset('v', layout, fillvalue=-1)
    for level in (1, 2, 7):
        equal(f'level{level}.h5', 'v')
    refuses('are made of each other', 'level11.h5:/v', 4)
    with h5py.File('circle.h5', 'w') as file:
        layout = h5py.VirtualLayout((4,), 'i4')
        layout[...] = h5py.VirtualSource('.', 'v', (4,))
        file.create_virtual_dataset('v', layout)
    refuses('are made of each other', 'circle.h5:/v', 4)


def test_breadth():
    """Each level uses the next one many times: 50 to the power of 7 sources."""
    make_source('wide0.h5', 'v', (1,))
    for level in range(1, 8):
        with h5py.File(f'wide{level}.h5', 'w') as file:
            layout = h5py.VirtualLayout((50,), 'i4')
            for k in range(50):
                layout[k] = h5py.VirtualSource(f'wide{level - 1}.h5', 'v',
                                               (1 if level == 1 else 50,))[0:1]
            file.create_virtual_dataset('v', layout)
    equal('wide3.h5', 'v')
    with h5py.File('wide-circle.h5', 'w') as file:
        layout = h5py.VirtualLayout((60, 60), 'i4')
        for k in range(60):
            layout[k] = h5py.VirtualSource('.', 'v', (60, 60))[k]
            if k:
                layout[k, :k] = h5py.VirtualSource('.', 'v', (60, 60))[:k, k]
        file.create_virtual_dataset('v', layout)
    refuses('made of each other', 'wide-circle.h5:/v', 4)


def test_types():
    make_source('types.h5', 'u1', (8,), 250, 'u1')
    make_source('types.h5', 'big', (8,), 5, '>f8')
    make_source('types.h5', 'i8', (8,), 2**40, 'i8')
    make_source('types.h5', 'f4', (8,), 0.75, 'f4')
    for dtype in ('f8', 'f4', 'i2', 'u4', 'i8', '>i4'):
        virtual(f'types-{dtype[-2:]}.h5', (32,), [
            (np.s_[8 * k:8 * k + 8], 'types.h5', name, (8,), None)
            for k, name in enumerate(('u1', 'big', 'i8', 'f4'))], dtype=dtype)
        with h5py.File(f'types-{dtype[-2:]}.h5') as file:
            wanted = file['v'][...].astype(np.dtype(dtype).newbyteorder('='))
        status, out, message = run(f'types-{dtype[-2:]}.h5:/v')
        assert status == 0, message
        assert out == wanted.tobytes(), (dtype, np.frombuffer(out, wanted.dtype), wanted)
    with h5py.File('text.h5', 'w') as file:
        file['data'] = np.array([b'abc', b'defgh'], 'S5')
    virtual('text-v.h5', (2,), [(np.s_[:], 'text.h5', 'data', (2,), None)], dtype='S5', fill=b'')
    equal('text-v.h5', 'v')


# ---- Virtual: unlimited ----

def everything(start, block, axis=0, rank=1, extent=()):
    """All of the other axes, and without an end along one."""
    unlimited = h5py.h5s.UNLIMITED
    starts, counts = [0] * rank, [1] * rank
    blocks, strides = list(extent), [1] * rank
    starts[axis], counts[axis], blocks[axis], strides[axis] = start, unlimited, block[0], block[1]
    return slab(tuple(starts), tuple(counts), tuple(strides), tuple(blocks))


def test_unlimited():
    for size in (0, 1, 5, 12):
        with h5py.File('growing.h5', 'w', libver='latest') as file:
            file.create_dataset('data', data=np.arange(size * 3, dtype='i4').reshape(size, 3),
                                maxshape=(None, 3), chunks=(2, 3))
        low_level('grows.h5', (0, 3), (None, 3), [
            (everything(0, (1, 1), 0, 2, (0, 3)), 'growing.h5', 'data',
             ((0, 3), (None, 3), everything(0, (1, 1), 0, 2, (0, 3))))])
        equal('grows.h5', 'v')
        low_level('grows-late.h5', (4, 3), (None, 3), [
            (everything(2, (2, 5), 0, 2, (0, 3)), 'growing.h5', 'data',
             ((0, 3), (None, 3), everything(1, (1, 2), 0, 2, (0, 3))))])
        equal('grows-late.h5', 'v')
        low_level('grows-two.h5', (4, 6), (None, 6), [
            (slab((0, 0), (h5py.h5s.UNLIMITED, 1), (1, 1), (1, 3)), 'growing.h5', 'data',
             ((0, 3), (None, 3), everything(0, (1, 1), 0, 2, (0, 3)))),
            (slab((0, 3), (2, 3)), 'growing.h5', 'data',
             ((12, 3), (None, 3), slab((0, 0), (2, 3))))])
        if size >= 2:
            equal('grows-two.h5', 'v')
        with h5py.File('sideways.h5', 'w', libver='latest') as file:
            file.create_dataset('data', data=np.arange(size * 3, dtype='i4').reshape(3, size),
                                maxshape=(3, None), chunks=(3, 2))
        low_level('grows-sideways.h5', (3, 1), (3, None), [
            (everything(0, (1, 1), 1, 2, (3, 0)), 'sideways.h5', 'data',
             ((3, 0), (3, None), everything(0, (1, 1), 1, 2, (3, 0))))])
        equal('grows-sideways.h5', 'v')
    low_level('grows-nothing.h5', (3, 1), (3, None), [
        (everything(0, (1, 1), 1, 2, (3, 0)), 'nowhere.h5', 'data',
         ((3, 0), (3, None), everything(0, (1, 1), 1, 2, (3, 0))))])
    equal('grows-nothing.h5', 'v')


def test_series():
    """Sources numbered by "%b"."""
    whole = slab((0,), (5,))
    for present in ((0, 1, 2), (0, 2), (1,), ()):
        for k in range(4):
            if os.path.exists(f'series{k}.h5'):
                os.unlink(f'series{k}.h5')
        for k in present:
            make_source(f'series{k}.h5', 'data', (5,), 10 * k)
        for start, stride in ((0, 5), (2, 7)):
            unlimited = slab((start,), (h5py.h5s.UNLIMITED,), (stride,), (5,))
            low_level('series.h5', (0,), (None,), [
                (unlimited, 'series%b.h5', 'data', ((5,), (5,), whole))])
            equal('series.h5', 'v')
            low_level('series-some.h5', (13,), (None,), [
                (unlimited, 'series%b.h5', 'data', ((5,), (5,), whole)),
                (slab((10,), (3,)), 'nowhere.h5', 'data', ((3,), (3,), slab((0,), (3,))))])
            equal('series-some.h5', 'v')
    with h5py.File('inside.h5', 'w') as file:
        for k in range(3):
            file[f'part{k}'] = np.arange(8, dtype='i4').reshape(2, 4) + 100 * k
    low_level('series-inside.h5', (0, 4), (None, 4), [
        (slab((0, 0), (h5py.h5s.UNLIMITED, 1), (2, 1), (2, 4)), 'inside.h5', 'part%b',
         ((2, 4), (2, 4), slab((0, 0), (2, 4))))])
    equal('series-inside.h5', 'v')


# ---- External raw files ----

def make_external(path, shape, files, dtype='i4', fill=-1):
    with h5py.File(path, 'w') as file:
        file.create_dataset('x', shape, dtype, external=files, fillvalue=fill)


def test_external():
    np.arange(100, dtype='i4').tofile('raw.bin')
    make_external('one.h5', (10, 10), 'raw.bin')
    equal('one.h5', 'x')
    make_external('many.h5', (60,), [('raw.bin', 40, 80), ('raw.bin', 0, 100),
                                     ('raw.bin', 200, h5py.h5f.UNLIMITED)])
    equal('many.h5', 'x')
    make_external('short.h5', (150,), [('raw.bin', 0, 1000)])
    equal('short.h5', 'x')
    make_external('big-endian.h5', (20,), 'raw.bin', '>i4')
    with h5py.File('big-endian.h5') as file:
        wanted = file['x'][...].astype('i4')
    status, out, message = run('big-endian.h5:/x')
    assert status == 0 and out == wanted.tobytes(), message
    make_external('gone.h5', (10,), 'gone.bin')
    refuses('gone.bin is not there', 'gone.h5:/x', 3)
    os.makedirs('beside', exist_ok=True)
    (np.arange(10, dtype='i4') + 5).tofile('beside/near.bin')
    make_external('beside/near.h5', (10,), 'near.bin')
    status, out, message = run('beside/near.h5:/x')
    assert status == 0 and out == (np.arange(10, dtype='i4') + 5).tobytes(), message
    os.rename('beside/near.h5', 'far.h5')
    equal_far = (np.arange(10, dtype='i4') + 5).tobytes()
    status, out, message = run('far.h5:/x', HDF5_EXTFILE_PREFIX='${ORIGIN}/beside')
    assert status == 0 and out == equal_far, message
    make_external('folder.h5', (10,), 'beside')
    refuses('not a regular file', 'folder.h5:/x', 3)


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        wanted = sys.argv[2:]
        for name, test in list(globals().items()):
            if name.startswith('test_') and (not wanted or name in wanted):
                test()
                print(name)
        os.chdir('/')


if __name__ == '__main__':
    main()
