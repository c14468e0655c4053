"""Random datasets made by h5py, read by the library through dump_dataset, equal to NumPy's arrays.

usage: test_reader.py DUMP_DATASET [N_CASES [SEED]]
"""
import os
import random
import subprocess
import sys
import tempfile

from shared_case import chosen_seed, need

need('h5py', 'hdf5plugin', 'numpy')
import h5py
import hdf5plugin
import numpy as np

DUMP = os.path.abspath(sys.argv[1])
N_CASES = int(sys.argv[2]) if len(sys.argv) > 2 else 500
SEED = chosen_seed(3)

TYPES = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16",
         "S1", "S5", "S12"]
LIBVERS = ["earliest", ("earliest", "v108"), ("v108", "v108"), ("v110", "v110")]
CODECS = ["blosclz", "lz4", "lz4hc", "zlib", "zstd"]


class Server:
    """One process that reads many locators: "!" in front asks for chunk-wise reading."""

    def __init__(self):
        self.process = subprocess.Popen([DUMP, "--serve"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def read(self, locator, by_chunks=False):
        self.process.stdin.write(("!" * by_chunks + locator + "\n").encode())
        self.process.stdin.flush()
        head = self.process.stdout.readline().decode()
        assert head, f"the reader died on {locator}"
        assert not head.startswith("-"), f"{locator}: {head}"
        n = int(head)
        return self.process.stdout.read(n)

    def close(self):
        self.process.stdin.close()
        assert self.process.wait() == 0


def random_dtype(rng):
    name = rng.choice(TYPES)
    if name[0] in "?S" or name[1:] == "1":
        return np.dtype(name)
    return np.dtype(rng.choice("<>") + name)


def random_values(rng, shape, dtype):
    generator = np.random.default_rng(rng.randrange(1 << 32))
    n = int(np.prod(shape, dtype=np.int64))
    if dtype.kind == "b":
        values = generator.integers(0, 2, n).astype(bool)
    elif dtype.kind == "S":
        words = generator.integers(97, 123, (n, dtype.itemsize), dtype=np.uint8)
        values = np.frombuffer(words.tobytes(), dtype)
    elif rng.random() < 0.5:  # compressible
        values = (np.arange(n) // rng.randint(1, 9) % 100).astype(dtype)
    else:
        raw = generator.integers(0, 256, n * dtype.itemsize, dtype=np.uint8)
        values = np.frombuffer(raw.tobytes(), dtype)
    return values.reshape(shape)


def random_shape(rng):
    rank = rng.randrange(6)
    limit = [1, 5000, 90, 24, 12, 7][rank]
    shape = tuple(rng.randint(1, limit) for _ in range(rank))
    if rank and rng.random() < 0.03:
        shape = shape[:-1] + (0,)
    return shape


def random_fill(rng, dtype):
    if dtype.kind == "S":
        return np.array(b"xyzzy"[:dtype.itemsize], dtype)[()]
    return np.array(rng.choice([0, 1, 1, 7 if dtype.kind != "b" else 1]), dtype)[()]


def random_filters(rng):
    kind = rng.randrange(6)
    if kind == 0:
        return {}
    if kind == 1:
        return dict(compression="gzip", compression_opts=rng.randrange(10),
                    shuffle=rng.random() < 0.5, fletcher32=rng.random() < 0.3)
    if kind == 2:
        return rng.choice([dict(shuffle=True), dict(fletcher32=True), dict(scaleoffset=None)])
    return dict(hdf5plugin.Blosc(cname=rng.choice(CODECS), clevel=rng.randrange(10),
                                 shuffle=rng.randrange(3)))


def write_some(rng, dataset, shape, dtype):
    """Writes all of it, or a few boxes only; the rest stays fill."""
    if not shape or rng.random() < 0.6:
        dataset[...] = random_values(rng, shape, dtype)
        return
    for _ in range(rng.randrange(3)):
        box = tuple(slice(*sorted((rng.randint(0, n), rng.randint(0, n)))) for n in shape)
        counts = tuple(s.stop - s.start for s in box)
        if 0 not in counts:
            dataset[box] = random_values(rng, counts, dtype)


def make_chunked(rng, group, name, shape, dtype):
    chunk = tuple(rng.randint(1, max(1, n)) for n in shape)
    while np.prod([-(-n // c) for n, c in zip(shape, chunk)]) > 3000:
        chunk = tuple(min(max(1, n), c * 2) for n, c in zip(shape, chunk))
    start = tuple(max(1, rng.randint(n // 2, n + n // 2)) if n else 0 for n in shape)
    fill = random_fill(rng, dtype) if rng.random() < 0.5 else None
    dataset = group.create_dataset(name, start, dtype, chunks=chunk, maxshape=(None,) * len(shape),
                                   fillvalue=fill, **random_filters(rng))
    write_some(rng, dataset, start, dtype)
    if rng.random() < 0.4:
        dataset.resize(shape)
        if rng.random() < 0.5:
            write_some(rng, dataset, shape, dtype)
    return dataset


def make_plain(rng, group, name, shape, dtype, compact):
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    n_bytes = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    if compact and n_bytes < 60000:
        plist.set_layout(h5py.h5d.COMPACT)
    if rng.random() < 0.5:
        plist.set_fill_value(np.asarray(random_fill(rng, dtype)))
    space = h5py.h5s.create_simple(shape) if shape else h5py.h5s.create(h5py.h5s.SCALAR)
    low = h5py.h5d.create(group.id, name.encode(), h5py.h5t.py_create(dtype, logical=True), space,
                          plist)
    dataset = h5py.Dataset(low)
    if dataset.size and rng.random() < 0.9:
        write_some(rng, dataset, shape, dtype)
    return dataset


def random_slice(rng, shape):
    """A text for shoal and an index for NumPy, where an integer is a slice of one."""
    texts, index = [], []
    for n in shape:
        kind = rng.randrange(5)
        if kind == 0:
            texts.append(":")
            index.append(slice(None))
        elif kind == 1 and n:
            k = rng.randint(-n, n - 1)
            texts.append(str(k))
            index.append(slice(k % n, k % n + 1))
        else:
            a, b = rng.randint(-n, n), rng.randint(-n, n)
            step = rng.choice([1, 1, 1, 2, 3, 7, -1, -2, -5])
            texts.append(f"{a}:{b}:{step}")
            index.append(slice(a, b, step))
    return ", ".join(texts), tuple(index)


def native(array, dtype):
    return np.asarray(array).astype(dtype.newbyteorder("=") if dtype.kind not in "Sb" else dtype,
                                    copy=False)


def check(server, rng, locator, dataset, dtype):
    wanted = native(dataset[()], dtype)
    assert server.read(locator) == wanted.tobytes(), f"{locator}: the whole differs"
    assert server.read(locator, by_chunks=True) == wanted.tobytes(), f"{locator}: chunks differ"
    for _ in range(4 if dataset.shape else 0):
        text, index = random_slice(rng, dataset.shape)
        got = server.read(f"{locator}[{text}]")
        assert got == wanted[index].tobytes(), f"{locator}[{text}] differs"


def one_case(server, folder, case):
    rng = random.Random(SEED * 100003 + case)
    path = os.path.join(folder, f"case{case}.h5")
    dtype, shape = random_dtype(rng), random_shape(rng)
    options = dict(libver=rng.choice(LIBVERS), userblock_size=rng.choice([0, 0, 512, 2048]))
    group = rng.choice(["", "deep/er"])
    layout = rng.choice(["chunked", "chunked", "chunked", "contiguous", "compact"])
    with h5py.File(path, "w", **options) as file:
        target = file.require_group(group) if group else file
        for k in range(rng.choice([0, 0, 12])):  # enough to need continuation blocks
            target.attrs[f"a{k}"] = "x" * 50 * k
        if layout == "chunked" and shape:
            dataset = make_chunked(rng, target, "data", shape, dtype)
        else:
            dataset = make_plain(rng, target, "data", shape, dtype, layout == "compact")
        for k in range(rng.choice([0, 0, 20])):
            dataset.attrs[f"b{k}"] = np.arange(k * 7)
    what = f"case {case}: {dtype.str} {shape} {layout} {options}"
    with h5py.File(path) as file:
        dataset = file[(group + "/" if group else "") + "data"]
        try:
            check(server, rng, f"{path}:{dataset.name}", dataset, dtype)
        except AssertionError as error:
            os.rename(path, os.path.join(tempfile.gettempdir(), f"failed-case{case}.h5"))
            raise SystemExit(f"FAILED, seed {SEED}, {what}, chunks {dataset.chunks}, "
                             f"{dict(dataset._filters)}: {error}")
    os.unlink(path)


def npy_cases(server, folder):
    rng = random.Random(SEED)
    for case in range(60):
        dtype, shape = random_dtype(rng), random_shape(rng)
        wanted = random_values(rng, shape, dtype)
        if rng.random() < 0.5:
            wanted = np.asfortranarray(wanted)
        path = os.path.join(folder, "case.npy")
        np.save(path, wanted)
        what = f"npy case {case}, seed {SEED}: {dtype.str} {shape}"
        wanted = native(wanted, dtype)
        assert server.read(path) == wanted.tobytes(), what
        if shape:
            text, index = random_slice(rng, shape)
            assert server.read(f"{path}[{text}]") == wanted[index].tobytes(), f"{what} [{text}]"


def main():
    server = Server()
    with tempfile.TemporaryDirectory() as folder:
        for case in range(N_CASES):
            one_case(server, folder, case)
        npy_cases(server, folder)
    server.close()
    print(N_CASES, "cases and 60 .npy files are equal to NumPy's")


main()
