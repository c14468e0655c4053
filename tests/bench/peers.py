"""The same work as their users would write it with the peers, each as a process of its own.

    peers.py PEER OPERATION INPUT OUTPUT

Results go to OUTPUT as .npy (or, for what makes datasets, in the peer's own format). Every peer
gets its fastest plain form on two threads; where NaN must be skipped and the peer has no form of
its own for that, the usual way around is taken.
"""
import sys

import numpy as np

CHUNK = (64, 128, 128)
N_THREADS = 2
AXES = {'all': None, 'time': 0, 'space': (1, 2)}


def box_edge_sum(dataset, positions, edge=16):
    total = 0.0
    for box in np.loadtxt(positions, dtype=int, ndmin=2).tolist():
        part = dataset[tuple(slice(start, start + edge) for start in box)]
        total += np.nansum(part, dtype='f8')
    return total


class H5py:
    """h5py with hdf5plugin and NumPy, chunk by chunk."""

    def __init__(self, source):
        import h5py
        import hdf5plugin  # noqa: F401 (registers Blosc)
        self.data = h5py.File(source)['temperature']

    def mean(self, axes):
        if axes is None:
            total, count = 0.0, 0
        else:
            kept = [k for k in range(3) if k not in np.atleast_1d(axes)]
            shape = [self.data.shape[k] for k in kept]
            total, count = np.zeros(shape), np.zeros(shape, int)
        for part in self.data.iter_chunks():
            block = self.data[part]
            some, good = np.nansum(block, axis=axes, dtype='f8'), (block == block).sum(axis=axes)
            if axes is None:
                total, count = total + some, count + good
            else:
                place = tuple(part[k] for k in kept)
                total[place] += some
                count[place] += good
        with np.errstate(invalid='ignore'):
            return total / count


class Dask:
    """dask.array over h5py, threads."""

    def __init__(self, source):
        import dask
        import dask.array
        dask.config.set(scheduler='threads', num_workers=N_THREADS)
        self.array = dask.array
        self.data = dask.array.from_array(H5py(source).data, chunks='auto')

    def mean(self, axes):
        return self.array.nanmean(self.data, axis=axes, dtype='f8').compute()


class Blosc2:
    """blosc2's own arrays; NaN is skipped by where, as there is no nanmean."""

    def __init__(self, source):
        import blosc2
        blosc2.set_nthreads(N_THREADS)
        self.blosc2 = blosc2
        self.params = {'codec': blosc2.Codec.LZ4, 'clevel': 5, 'nthreads': N_THREADS,
                       'filters': [blosc2.Filter.SHUFFLE]}
        self.source = source

    def mean(self, axes):
        data = self.blosc2.open(self.source, mode='r')
        good = data == data
        total = self.blosc2.where(good, data, 0).sum(axis=axes, dtype='f8')
        count = np.asarray(good.sum(axis=axes)[()])
        with np.errstate(invalid='ignore'):
            return np.asarray(total[()]) / count

    def plain(self, axes):
        return np.asarray(self.blosc2.open(self.source, mode='r').mean(axis=axes)[()])

    def ingest(self, output):
        self.blosc2.asarray(np.load(self.source, mmap_mode='r'), chunks=CHUNK, urlpath=output,
                            mode='w', cparams=self.params)

    def expression(self, output):
        t = self.blosc2.open(self.source, mode='r')
        (self.blosc2.sin(t / 100) * 2 + t * t).compute(urlpath=output, mode='w', chunks=CHUNK,
                                                       cparams=self.params)


class Zarrs:
    """zarr with zarrs' codec pipeline, in slabs of whole chunks."""

    def __init__(self, source):
        import zarr
        import zarrs  # noqa: F401 (brings the pipeline)
        zarr.config.set({'codec_pipeline.path': 'zarrs.ZarrsCodecPipeline',
                         'threading.max_workers': N_THREADS})
        self.zarr, self.source = zarr, source

    def ingest(self, output):
        data = np.load(self.source, mmap_mode='r')
        codec = self.zarr.codecs.BloscCodec(cname='lz4', clevel=5, shuffle='shuffle')
        stored = self.zarr.create_array(output, shape=data.shape, dtype='f4', chunks=CHUNK,
                                        compressors=codec, overwrite=True)
        for start in range(0, data.shape[0], CHUNK[0]):
            stored[start:start + CHUNK[0]] = data[start:start + CHUNK[0]]


PEERS = {'h5py': H5py, 'dask': Dask, 'blosc2': Blosc2, 'zarrs': Zarrs}


def relative_difference(a, b):
    """The largest difference, against the larger one's size; infinite where only one is NaN."""
    a, b = np.asarray(a, 'f8'), np.asarray(b, 'f8')
    if a.shape != b.shape or (np.isnan(a) != np.isnan(b)).any():
        return float('inf')
    scale = np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-30)
    difference = np.abs(a - b) / scale
    return float(np.nanmax(difference, initial=0.0))


def same(first, second):
    """Prints how much two results differ; each is an .npy, or FILE.h5:/path."""
    print(relative_difference(load(first), load(second)))


def load(name):
    if ':/' not in name:
        return np.load(name)
    import h5py
    import hdf5plugin  # noqa: F401
    path, _, inside = name.rpartition(':/')
    with h5py.File(path) as file:
        return file[inside][()]


def check_expression(source, output):
    """Prints the largest relative difference from NumPy's float64 over a sample of chunks."""
    import h5py
    import hdf5plugin  # noqa: F401
    data, got = h5py.File(source)['temperature'], h5py.File(output)['r']
    worst = float(data.shape != got.shape)
    parts = list(data.iter_chunks())
    for part in parts[::max(1, len(parts) // 24)]:
        t = data[part].astype('f8')
        difference = np.abs(got[part] - (np.sin(t / 100) * 2 + t * t)) / np.maximum(t * t, 1.0)
        assert (np.isnan(got[part]) == np.isnan(t)).all()
        worst = max(worst, float(np.nanmax(difference, initial=0.0)))
    print(worst)


def check_ingest(source, output):
    """Prints 0 when the dataset in OUTPUT equals SOURCE's array, element by element."""
    import h5py
    import hdf5plugin  # noqa: F401
    data, got = np.load(source, mmap_mode='r'), h5py.File(output)['temperature']
    differ = int(data.shape != got.shape or data.dtype != got.dtype)
    for start in range(0, data.shape[0], CHUNK[0]):
        part = slice(start, start + CHUNK[0])
        differ += int((data[part].view('u4') != got[part].view('u4')).sum())
    print(float(differ))


def main(peer, operation, source, output):
    if peer == 'check':
        {'same': same, 'expression': check_expression, 'ingest': check_ingest}[operation](
            source, output)
        return
    worker = PEERS[peer](source)
    kind, _, axes = operation.partition(':')
    if kind in ('mean', 'plain'):
        np.save(output, getattr(worker, kind)(AXES[axes]))
    elif kind == 'boxes':
        positions, output = output.split(',')
        np.save(output, box_edge_sum(worker.data, positions))
    else:
        getattr(worker, kind)(output)


if __name__ == '__main__':
    main(*sys.argv[1:])
