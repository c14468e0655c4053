"""Makes the seeds of fuzz_index, one a kind of index, with h5py, and those of fuzz_selection:
corpus/fuzz_index/NAME, corpus/fuzz_selection/NAME."""
import os
import struct
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'store'))
import make_indexes  # noqa: E402 (a neighbour)

KINDS = {b'TREE': 0, b'FAHD': 3, b'EAHD': 4, b'BTHD': 5}
SEEDS = {  # name: signature, libver, shape, maximal shape, chunk
    'btree1': (b'TREE', 'earliest', (9, 10), (9, 10), (4, 3)),
    'farray': (b'FAHD', 'v110', (9, 10), (20, 12), (4, 3)),
    'earray': (b'EAHD', 'v110', (9, 10), (9, None), (4, 3)),
    'earray-deep': (b'EAHD', 'v110', (100,), (None,), (1,)),
    'btree2': (b'BTHD', 'v110', (9, 10), (None, None), (4, 3)),
}


SHAPE = bytes([2, 20, 30])
SELECTIONS = {
    'all': struct.pack('<II8x', 3, 1),
    'points': struct.pack('<II8xIIIIII', 1, 1, 2, 2, 4, 1, 0, 3),
    'regular': struct.pack('<IIBBI8H', 2, 3, 1, 2, 2, 1, 6, 3, 2, 2, 7, 0xFFFF, 3),
    'product': struct.pack('<II8xII8I', 2, 1, 2, 2, 3, 2, 4, 4, 10, 2, 13, 4),
    'any': struct.pack('<II8xII8I', 2, 1, 2, 2, 5, 0, 5, 5, 3, 1, 4, 2),
}


def folder_of(target):
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'corpus', target)
    os.makedirs(path, exist_ok=True)
    return path


def main():
    target = folder_of('fuzz_index')
    for name, stored in SELECTIONS.items():
        with open(os.path.join(folder_of('fuzz_selection'), name), 'wb') as file:
            file.write(SHAPE + stored)
    with tempfile.TemporaryDirectory() as folder:
        for name, (signature, libver, shape, most, chunk) in SEEDS.items():
            for filtered in (False, True):
                path = os.path.join(folder, 'seed.h5')
                with make_indexes.make_file(path, libver) as file:
                    make_indexes.fill(make_indexes.create(file, 'x', shape, chunk, most, filtered))
                with open(path, 'rb') as file:
                    data = file.read()
                at = data.rindex(signature)
                head = bytes([KINDS[signature], filtered, len(shape), 0, 0, at % 256, at // 256])
                for extent, maximum, size in zip(shape, most, chunk):
                    head += bytes([extent, maximum or 0, size])
                # Whatever metadata the file has besides is of no use here.
                with open(os.path.join(target, name + '-gzip' * filtered), 'wb') as file:
                    file.write(head + data)


if __name__ == '__main__':
    main()
