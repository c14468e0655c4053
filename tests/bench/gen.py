"""Makes the grid G of the benchmarks in a folder: G.npy, a smooth float32 field (time, lat, lon)
with a fifth of NaN, and the same as G.h5:/temperature in chunks of (64, 128, 128), Blosc lz4 level
5 with shuffle, written by h5py. What is there is kept.

    gen.py FOLDER GEN_FIELD [N_TIME N_LAT N_LON]
"""
import os
import subprocess
import sys

CHUNK = (64, 128, 128)


def make_npy(path, generator, shape):
    with open(path + '.part', 'wb') as file:
        subprocess.run([generator, *map(str, shape), '--npy'], stdout=file, check=True)
    os.rename(path + '.part', path)


def make_hdf5(path, source):
    import h5py
    import hdf5plugin
    import numpy as np
    data = np.load(source, mmap_mode='r')
    with h5py.File(path + '.part', 'w') as file:
        chunk = tuple(map(min, CHUNK, data.shape))
        stored = file.create_dataset('temperature', data.shape, 'f4', chunks=chunk,
                                     **hdf5plugin.Blosc(cname='lz4', clevel=5, shuffle=1))
        for start in range(0, data.shape[0], chunk[0]):
            stored[start:start + chunk[0]] = data[start:start + chunk[0]]
    os.rename(path + '.part', path)


def main(folder, generator, *shape):
    shape = tuple(map(int, shape)) or (4096, 512, 512)
    npy, hdf5 = os.path.join(folder, 'G.npy'), os.path.join(folder, 'G.h5')
    if not os.path.exists(npy):
        make_npy(npy, generator, shape)
    if not os.path.exists(hdf5):
        make_hdf5(hdf5, npy)


if __name__ == '__main__':
    main(*sys.argv[1:])
