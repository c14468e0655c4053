"""Seeds of fuzz_filters: Blosc buffers of several blocks, split and whole, of each compressor that
blosc_block.c decodes. Made by libblosc; written to a folder.

    make_blosc_seeds.py FOLDER
"""
import ctypes
import os
import struct
import sys

BLOSC, SIZE = 0, 4 # the target's choice of filter; bytes of an element
COMPRESSORS = {'lz4': 1, 'zlib': 4, 'zstd': 5}


def encode(library, name, shuffle, data, block):
    room = ctypes.create_string_buffer(len(data) + 4096)
    n = library.blosc_compress_ctx(5, shuffle, ctypes.c_size_t(SIZE), ctypes.c_size_t(len(data)),
                                   data, room, ctypes.c_size_t(len(room)), name.encode(),
                                   ctypes.c_size_t(block), 1)
    if n <= 0:
        sys.exit(f'libblosc does not encode {name}: {n}')
    return room.raw[:n]


def seed(library, name, shuffle, n, block):
    data = b''.join(struct.pack('<f', k // 3 / 8) for k in range(n // SIZE))
    values = [2, 2, SIZE, n, 5, shuffle, COMPRESSORS[name]]
    head = struct.pack('<4BH', BLOSC, BLOSC, len(values), 0, n)
    return head + struct.pack(f'<{len(values)}I', *values) + encode(library, name, shuffle, data,
                                                                    block)


def main():
    library = ctypes.CDLL('libblosc.so.1')
    for name in COMPRESSORS:
        for shuffle, block in ((0, 256), (1, 256), (1, 640)):
            path = os.path.join(sys.argv[1], f'blosc-{name}-{shuffle}-{block}')
            with open(path, 'wb') as file:
                file.write(seed(library, name, shuffle, 1500, block))


main()
