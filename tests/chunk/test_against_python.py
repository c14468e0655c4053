"""Slices against Python's own slicing, elements against repr, and filters against what h5py and
hdf5plugin store and read. Argument: the probe. SHOAL_SEED repeats a run; 77 means skipped."""
import io
import subprocess
import sys

from shared_case import chosen_seed, generators, need

need('h5py', 'hdf5plugin', 'numpy')
import h5py
import hdf5plugin
import numpy as np

rng, nprng = generators(chosen_seed())
probe = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ask(line):
    probe.stdin.write(line + "\n")
    probe.stdin.flush()
    return probe.stdout.readline().rstrip("\n")


def random_item(size):
    def bound():
        return "" if rng.random() < 0.4 else str(rng.randint(-size - 3, size + 3))
    kind = rng.random()
    if kind < 0.3:
        return str(rng.randint(-size - 1, size))
    step = rng.choice(["", ":", ":%d" % rng.choice([1, 2, 3, 7, -1, -2, -5])])
    return bound() + ":" + bound() + step


def check_slice():
    rank = rng.randint(1, 4)
    shape = [rng.choice([0, 1, 2, 7, 13]) for _ in range(rank)]
    items = [random_item(shape[k]) for k in range(rng.randint(0, rank))]
    if len(items) == rank and rng.random() < 0.3:
        where = rng.randint(0, rank)
        items.insert(where, "...")
    text = rng.choice([",", ", "]).join(items)
    array = np.arange(int(np.prod(shape))).reshape(shape)
    try:
        want = eval("array[%s]" % (text or "..."), {"array": array})
    except IndexError:
        want = None
    got = ask("slice %d %s |%s" % (rank, " ".join(map(str, shape)), text))
    assert got.startswith("error") == (want is None), (text, shape, got)
    if want is None:
        return
    numbers = [int(x) for x in got.split()]
    axes = [range(s, s + t * n, t) for s, t, n in zip(*[iter(numbers[:-1])] * 3)]
    picked = array[np.ix_(*[np.array(a, dtype=int) for a in axes])]
    dropped = tuple(k for k in range(rank) if numbers[-1] >> k & 1)
    picked = picked.squeeze(dropped)
    assert picked.shape == want.shape and (picked == want).all(), (text, shape, got)


def python_text(dtype, value):
    """What repr gives for a Python float of the shortest digits of the type's width."""
    if dtype.kind == "c":
        part = np.float32 if dtype.itemsize == 8 else np.float64
        return repr(complex(float(str(part(value.real))), float(str(part(value.imag)))))
    if dtype.kind == "f":
        return repr(float(str(value)))
    return str(value)


def check_format():
    name = rng.choice(["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32",
                       "uint64", "float16", "float32", "float64", "complex64", "complex128"])
    dtype = np.dtype(name)
    if dtype.kind in "fc" and rng.random() < 0.5:
        with np.errstate(over="ignore"):
            value = dtype.type(rng.choice([1, 10, 0.001, 1e-6, 1e8]) * rng.randint(-1000, 1000))
    else:
        value = np.frombuffer(rng.randbytes(dtype.itemsize), dtype)[0]
        if name == "bool":
            value = np.bool_(rng.random() < 0.5)
    if dtype.kind == "c" and (np.isnan(value.real) or np.isnan(value.imag)):
        return
    want = python_text(dtype, value)
    got = ask("format %s %s" % (name, np.asarray(value).tobytes().hex()))
    assert got == want, (name, value.tobytes().hex(), got, want)


def random_array():
    dtype = rng.choice(["i1", "u2", "i4", "f4", "f8", "c16", "S5", "?"])
    n = rng.choice([1, 2, 5, 17, 1000, 5000])
    if rng.random() < 0.3:
        data = nprng.integers(0, 256, n * np.dtype(dtype).itemsize, dtype="u1")
    else:
        data = (np.arange(n * np.dtype(dtype).itemsize) // 9 % 7).astype("u1")
    if dtype == "?":
        data &= 1
    return data.view(dtype)


def check_h5py_chunk():
    """h5py stores it, the probe decodes it."""
    data = random_array()
    how = rng.choice([
        dict(compression="gzip", compression_opts=rng.randint(0, 9)),
        dict(shuffle=True),
        dict(fletcher32=True),
        dict(shuffle=True, compression="gzip", fletcher32=True),
        hdf5plugin.Blosc(cname=rng.choice(["lz4", "zstd", "blosclz", "lz4hc", "zlib"]),
                         clevel=rng.randint(0, 9), shuffle=rng.randint(0, 2)),
    ])
    with h5py.File("x", "w", driver="core", backing_store=False) as file:
        ds = file.create_dataset("x", data=data, chunks=data.shape, **how)
        plist = ds.id.get_create_plist()
        filters = [plist.get_filter(k) for k in range(plist.get_nfilters())]
        mask, stored = ds.id.read_direct_chunk((0,))
    words = ["%d:%s" % (f[0], ",".join(map(str, f[2]))) for f in filters]
    got = ask("decode %d %d %d %s %s" % (mask, data.nbytes, len(words), " ".join(words),
                                         stored.hex()))
    assert got == data.tobytes().hex(), (how, data.dtype, data.shape, got[:100])


def check_own_chunk():
    """The probe encodes it, h5py reads it."""
    data = random_array()
    codec, how = rng.choice([
        ("gzip:%d" % rng.randint(0, 9), dict(shuffle=data.dtype.itemsize > 1, compression="gzip")),
        ("blosc:%s:%d:%s" % (rng.choice(["lz4", "zstd", "blosclz", "lz4hc", "zlib"]),
                             rng.randint(0, 9),
                             rng.choice(["shuffle", "bitshuffle", "noshuffle"])),
         hdf5plugin.Blosc()),
        ("none", {}),
    ])
    name = data.dtype.str if data.dtype.kind != "S" else "S5"
    mask, stored = ask("encode %s %s %d %s" % (codec, name, data.nbytes,
                                               data.tobytes().hex())).split(" ")
    with h5py.File("x", "w", driver="core", backing_store=False) as file:
        ds = file.create_dataset("x", data.shape, data.dtype, chunks=data.shape, **how)
        ds.id.write_direct_chunk((0,), bytes.fromhex(stored), int(mask))
        file.flush()
        image = file.id.get_file_image()
    # Opened anew: in the same handle HDF5 forgets the filter mask that was just written.
    with h5py.File(io.BytesIO(image), "r") as file:
        back = file["x"][:]
    assert back.tobytes() == data.tobytes(), (codec, data.dtype, data.shape)


for check, rounds in ((check_slice, 3000), (check_format, 6000), (check_h5py_chunk, 400),
                      (check_own_chunk, 400)):
    for _ in range(rounds):
        check()
    print("%s: %d fine" % (check.__name__, rounds))
probe.stdin.close()
sys.exit(probe.wait())
