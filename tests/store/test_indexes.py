"""Where the own index readers find each chunk, against what libhdf5 says (H5Dchunk_iter, and where
that is wrong H5Dread_chunk): every kind of index, at several sizes, filtered and not, resized,
masked, partly written.

usage: test_indexes.py DUMP_INDEX DUMP_DATASET|large
"""
import os
import subprocess
import sys
import tempfile

from shared_case import need

need('h5py', 'numpy')
import h5py
import numpy as np
import make_indexes

DUMP = os.path.abspath(sys.argv[1])
BARE_MASK = 0xFFFFFFFF  # what the reader gives chunks that no filter was applied to

def expected_kind(stored, is_old):
    if is_old:
        return 'btree1'
    n_unlimited = sum(most is None for most in stored.maxshape)
    if n_unlimited:
        return 'earray' if n_unlimited == 1 else 'btree2'
    if stored.shape == stored.maxshape == stored.chunks:
        return 'single'
    early = stored.id.get_create_plist().get_alloc_time() == h5py.h5d.ALLOC_TIME_EARLY
    return 'implicit' if early and not stored.compression and not stored.shuffle else 'farray'


def expected_chunks(stored):
    """{chunk number: (offset, bytes, mask)} as libhdf5 tells it."""
    along = [-(-n // c) for n, c in zip(stored.shape, stored.chunks)]
    bare_edges = stored.name.startswith('/edges')
    full_bytes = int(np.prod(stored.chunks)) * stored.dtype.itemsize
    found = {}

    def note(chunk):
        number, cut = 0, False
        for origin, size, n, count in zip(chunk.chunk_offset, stored.chunks, along, stored.shape):
            assert origin % size == 0 and origin < count
            number = number * n + origin // size
            cut = cut or origin + size > count
        mask, size = chunk.filter_mask, chunk.size
        if bare_edges and cut:
            mask, size = BARE_MASK, full_bytes
        found[number] = (chunk.byte_offset, size, mask)

    stored.id.chunk_iter(note)
    return found


def is_swizzled(stored):
    """Where the unlimited axis of an extensible array is not the first one, libhdf5's iterator
    gives origins of other chunks."""
    unlimited = [axis for axis, most in enumerate(stored.maxshape) if most is None]
    return len(unlimited) == 1 and unlimited[0] > 0


def check_bytes(path, stored, chunks):
    """The bytes at the places given are those that H5Dread_chunk gives."""
    along = [-(-n // c) for n, c in zip(stored.shape, stored.chunks)]
    bare_edges = stored.name.startswith('/edges')
    n_all, n_found = int(np.prod(along)), 0
    every = n_all // 50000 + 1  # of a million, some
    with open(path, 'rb') as raw:
        for number in range(0, n_all, every):
            index = np.unravel_index(number, along)
            origin = tuple(int(i) * c for i, c in zip(index, stored.chunks))
            cut = any(o + c > n for o, c, n in zip(origin, stored.chunks, stored.shape))
            try:
                mask, wanted = stored.id.read_direct_chunk(origin)
            except (OSError, RuntimeError):
                assert number not in chunks, (path, stored.name, number)
                continue
            offset, size, found_mask = chunks[number]
            raw.seek(offset)
            assert raw.read(size) == wanted, (path, stored.name, number)
            assert found_mask == (BARE_MASK if bare_edges and cut else mask)
            n_found += 1
    assert every > 1 or n_found == len(chunks), (path, stored.name)
    assert every == 1 or len(chunks) == n_all


def dumped(path, names):
    """(kind, {chunk number: (offset, bytes, mask)}) of each dataset, by the own readers."""
    done = subprocess.run([DUMP, path], input='\n'.join(names) + '\n', capture_output=True,
                          text=True, timeout=600)
    assert done.returncode == 0, (path, done.returncode, done.stderr)
    lines = iter(done.stdout.splitlines())
    for name in names:
        kind, count = next(lines).split()
        rows = [tuple(map(int, next(lines).split())) for _ in range(int(count))]
        ids = [row[0] for row in rows]
        assert ids == sorted(set(ids)), (path, name, 'not sorted')
        yield kind, {row[0]: row[1:] for row in rows}


def check(path):
    """Compares all datasets of a file; gives how many, and how many chunks."""
    n_chunks, kinds = 0, set()
    with h5py.File(path, 'r') as file:
        names = [name for name in file if file[name].chunks]
        is_old = any(word in os.path.basename(path) for word in ('earliest', 'v108', 'btree1'))
        for name, (kind, chunks) in zip(names, dumped(path, names)):
            stored = file[name]
            if kind != 'none' and kind != expected_kind(stored, is_old):
                raise AssertionError((path, name, kind, expected_kind(stored, is_old)))
            if kind == 'earray' and is_swizzled(stored):
                check_bytes(path, stored, chunks)
                wanted = chunks
            else:
                wanted = expected_chunks(stored)
            if chunks != wanted:
                wrong = sorted(k for k in set(chunks) | set(wanted)
                               if chunks.get(k) != wanted.get(k))
                raise AssertionError((path, name, kind, f'{len(wrong)} chunks differ',
                                      [(k, chunks.get(k), wanted.get(k)) for k in wrong[:4]]))
            n_chunks += len(chunks)
            kinds.add(kind)
    return len(names), n_chunks, kinds


def check_values(path):
    """All datasets' values are those that h5py reads."""
    with h5py.File(path, 'r') as file, subprocess.Popen(
            [os.path.abspath(sys.argv[2]), '--serve'], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE) as server:
        for name in file:
            if not file[name].chunks:
                continue
            server.stdin.write(f'{path}:/{name}\n'.encode())
            server.stdin.flush()
            answer = server.stdout.readline()
            assert not answer.startswith(b'-'), (path, name, answer)
            got = server.stdout.read(int(answer))
            assert got == file[name][...].tobytes(), (path, name, 'values differ')
        server.stdin.close()


def report(path):
    n_datasets, n_chunks, kinds = check(path)
    if sys.argv[2:] != ['large']:
        check_values(path)
    print(f'{os.path.basename(path)}: {n_datasets} datasets, {n_chunks} chunks,', *sorted(kinds))


def main():
    print('seed', make_indexes.SEED)
    with tempfile.TemporaryDirectory() as folder:
        if sys.argv[2:] == ['large']:
            for kind in make_indexes.MILLION:
                path = make_indexes.make_million(folder, kind)
                report(path)
                os.unlink(path)
            return
        for maker in (make_indexes.make_small, make_indexes.make_ten_thousand,
                      make_indexes.make_far):
            for path in maker(folder):
                report(path)


if __name__ == '__main__':
    main()
