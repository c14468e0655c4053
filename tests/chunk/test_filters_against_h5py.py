"""Every filter both ways: what h5py and hdf5plugin store is decoded by the probe, what the probe
encodes is read by them, element by element; random types, sizes, parameters and data. Argument: the
probe. SHOAL_SEED repeats a run; 77 means skipped."""
import io
import struct
import subprocess
import sys

from shared_case import chosen_seed, generators, need

need('h5py', 'hdf5plugin', 'numpy')
import h5py
import hdf5plugin
import numpy as np

rng, nprng = generators(chosen_seed())
probe = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

SZIP, NBIT, SCALEOFFSET = h5py.h5z.FILTER_SZIP, h5py.h5z.FILTER_NBIT, h5py.h5z.FILTER_SCALEOFFSET
BZIP2, LZF, LZ4, BITSHUFFLE, ZFP, ZSTD = 307, 32000, 32004, 32008, 32013, 32015
INTEGERS = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", ">i2", ">u4", ">i8"]
NUMBERS = INTEGERS + ["f2", "f4", "f8", ">f4", ">f8"]
ANY = NUMBERS + ["S5", "S3", "S24", "c16", "S300"]


def ask(line):
    probe.stdin.write(line + "\n")
    probe.stdin.flush()
    return probe.stdout.readline().rstrip("\n")


def random_count():
    return rng.choice([1, 2, 3, 7, 8, 9, 31, 64, 100, 127, 128, 129, 1000, 4095, 4096, 5003])


def random_data(dtype, n):
    dtype = np.dtype(dtype)
    kind = rng.random()
    if dtype.kind == "f" and kind < 0.6:
        walk = np.cumsum(nprng.normal(size=n)) * rng.choice([1, 100, 0.01])
        return np.round(walk, rng.choice([1, 6])).astype(dtype)
    if dtype.kind in "iu" and kind < 0.7:
        info = np.iinfo(dtype)
        spread = rng.choice([0, 1, 5, 100, 30000])
        low = rng.choice([info.min, 0, info.max - min(spread, int(info.max)), 17])
        drawn = [min(max(low + rng.randint(0, spread), int(info.min)), int(info.max))
                 for _ in range(n)]
        return np.array(drawn, dtype=dtype)
    raw = nprng.integers(0, 256, n * dtype.itemsize, dtype="u1")
    if kind > 0.85:
        raw = (np.arange(n * dtype.itemsize) // 9 % 7).astype("u1")
    data = raw.view(dtype)
    return np.nan_to_num(data.astype(dtype)) if dtype.kind in "fc" else data


class Case:
    """One chunk of one dataset: its data, and the filters of its creation properties."""

    def __init__(self, dtype, data, prepare, fill=None):
        self.type = dtype if isinstance(dtype, h5py.h5t.TypeID) else h5py.h5t.py_create(dtype)
        self.data, self.prepare, self.fill = data, prepare, fill

    def create(self, file):
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_chunk(self.data.shape)
        if self.fill is not None:
            plist.set_fill_value(np.array(self.fill, self.data.dtype))
        self.prepare(plist)
        space = h5py.h5s.create_simple(self.data.shape)
        return h5py.h5d.create(file.id, b"x", self.type, space, plist)

    def filters(self, dataset):
        plist = dataset.get_create_plist()
        words = []
        for k in range(plist.get_nfilters()):
            number, _, values, _ = plist.get_filter(k)
            words.append("%d:%s" % (number, ",".join(str(v) for v in values)))
        return "%d %s" % (len(words), " ".join(words))


def read_back(image):
    with h5py.File(io.BytesIO(image), "r") as file:
        dataset = file["x"].id
        out = np.zeros(dataset.shape, dataset.dtype)
        dataset.read(h5py.h5s.ALL, h5py.h5s.ALL, out, mtype=dataset.get_type())
        return out


def check(case, same_bytes=False):
    origin = (0,) * case.data.ndim
    with h5py.File("x", "w", driver="core", backing_store=False) as file:
        dataset = case.create(file)
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, case.data, mtype=case.type)
        filters = case.filters(dataset)
        file.flush()
        mask, stored = dataset.read_direct_chunk(origin)
        want = read_back(file.id.get_file_image())
    n_bytes = case.data.size * case.type.get_size()
    what = (filters, case.data.dtype, case.data.shape, case.fill)
    # What h5py stored, decoded by the probe.
    got = ask("decode %d %d %s %s" % (mask, n_bytes, filters, stored.hex()))
    assert got == want.tobytes().hex(), ("decode", what, got[:100], want.tobytes().hex()[:100])
    # What the probe encodes, read by h5py.
    got = ask("recode %d %s %s" % (n_bytes, filters, case.data.tobytes().hex()))
    assert not got.startswith("error"), ("encode", what, got)
    own_mask, own = got.split(" ")
    if same_bytes and int(own_mask) == 0:
        assert own == stored.hex(), ("bytes", what, own[:200], stored.hex()[:200])
    with h5py.File("x", "w", driver="core", backing_store=False) as file:
        dataset = case.create(file)
        dataset.write_direct_chunk(origin, bytes.fromhex(own), int(own_mask))
        file.flush()
        back = read_back(file.id.get_file_image())
    if int(own_mask) != 0:
        want = case.data  # stored as it is, where the filter would have rounded
    assert back.tobytes() == want.tobytes(), ("encode", what, own_mask, back[:9], want[:9])


def check_bytes():
    """Compressors of bytes, alone and behind shuffle, with a checksum or not."""
    dtype = rng.choice(ANY)
    number, values = rng.choice([
        (BZIP2, (rng.randint(1, 9),)), (BZIP2, ()), (LZF, ()), (LZ4, ()),
        (LZ4, (rng.choice([0, 100, 1024, 4096]),)), (ZSTD, ()), (ZSTD, (rng.randint(1, 22),)),
        (h5py.h5z.FILTER_DEFLATE, (rng.randint(0, 9),))])
    shuffles, sums = rng.random() < 0.5, rng.random() < 0.3

    def prepare(plist):
        if shuffles:
            plist.set_shuffle()
        plist.set_filter(number, h5py.h5z.FLAG_OPTIONAL, values)
        if sums:
            plist.set_fletcher32()
    check(Case(np.dtype(dtype), random_data(dtype, random_count()), prepare))


def check_bitshuffle():
    dtype = rng.choice(ANY)
    block = rng.choice([0, 0, 8, 64, 1024, 8192])
    values = rng.choice([(), (block,), (block, 0), (block, 2), (block, 3),
                         (block, 3, rng.randint(1, 9))])
    check(Case(np.dtype(dtype), random_data(dtype, random_count()), lambda plist:
               plist.set_filter(BITSHUFFLE, h5py.h5z.FLAG_OPTIONAL, values)))


def check_szip():
    dtype = rng.choice(NUMBERS)
    shape = rng.choice([(random_count(),), (rng.randint(1, 20), random_count() % 300 + 1)])
    n = int(np.prod(shape))
    pixels = rng.choice([p for p in (2, 4, 8, 10, 16, 18, 32) if p <= max(n, 2)])
    if n < pixels:
        return
    option = rng.choice([h5py.h5z.SZIP_NN_OPTION_MASK, h5py.h5z.SZIP_EC_OPTION_MASK])
    check(Case(np.dtype(dtype), random_data(dtype, n).reshape(shape),
               lambda plist: plist.set_szip(option, pixels)))


def check_scaleoffset_integers():
    dtype = rng.choice(INTEGERS)
    data = random_data(dtype, random_count())
    fill = rng.choice([None, 0, 17, int(data[0])])
    bits = rng.choice([0, 0, 0, 8 * data.dtype.itemsize])
    check(Case(np.dtype(dtype), data, lambda plist:
               plist.set_scaleoffset(h5py.h5z.SO_INT, bits), fill), same_bytes=True)


def check_scaleoffset_floats():
    dtype = rng.choice(["f4", "f8", ">f4", ">f8"])
    n = random_count()
    data = np.cumsum(nprng.normal(size=n)) * rng.choice([1, 100, 0.01, 1e5])
    if rng.random() < 0.2:
        data[:] = 3.25
    data = data.astype(dtype)
    fill, digits = rng.choice([None, 0, -999, float(data[0])]), rng.choice([0, 1, 3, 5])
    check(Case(np.dtype(dtype), data, lambda plist:
               plist.set_scaleoffset(h5py.h5z.SO_FLOAT_DSCALE, digits), fill), same_bytes=True)


def check_zfp():
    """The probe's stream ends with whole words, so that only the numbers are compared."""
    dtype = rng.choice(["f4", "f8", "i4", "i8"])
    shape = tuple(rng.choice([1, 3, 4, 7, 20]) for _ in range(rng.randint(1, 4)))
    if max(shape) == 1:
        return
    how = rng.choice([dict(rate=rng.choice([4, 8.5, 16])), dict(reversible=True),
                      dict(precision=rng.randint(4, 30)), dict(accuracy=0.01)])
    if dtype[0] == "i" and "accuracy" in how:
        return
    values = hdf5plugin.Zfp(**how).filter_options
    data = np.cumsum(nprng.normal(size=shape) * 100, axis=-1).astype(dtype)
    check(Case(np.dtype(dtype), data,
               lambda plist: plist.set_filter(ZFP, h5py.h5z.FLAG_MANDATORY, values)))


def narrow_type():
    """An integer type of some of its bits, or a narrow float."""
    name = rng.choice(INTEGERS)
    made = h5py.h5t.py_create(np.dtype(name)).copy()
    bits = 8 * made.get_size()
    while True:
        precision = rng.randint(1, bits)
        offset = rng.choice([0, rng.randint(0, bits - precision)])
        if bits == 8 or precision + offset > bits // 2:
            break  # HDF5 2 refuses to make types that waste more
    made.set_precision(precision)
    made.set_offset(offset)
    return made, np.dtype(name), precision, offset


def fit(data, precision, offset):
    """Keeps the significant bits alone, as in files; the others are zero after n-bit."""
    unsigned = np.dtype(data.dtype.str.replace("i", "u"))
    mask = np.uint64(((1 << precision) - 1) << offset)
    return (data.view(unsigned).astype("u8") & mask).astype(unsigned).view(data.dtype)


def check_nbit_numbers():
    made, dtype, precision, offset = narrow_type()
    data = fit(random_data(dtype, random_count()), precision, offset)
    case = Case(made, data, lambda plist: plist.set_filter(NBIT, h5py.h5z.FLAG_OPTIONAL, ()))
    check(case, same_bytes=True)


def check_nbit_compounds():
    """A compound of narrow numbers, whole text, arrays of narrow numbers, and another compound."""
    offset, members, masks = 0, [], []
    for k in range(rng.randint(1, 6)):
        offset += rng.choice([0, 0, 3])
        kind = rng.random()
        if kind < 0.6:
            made, dtype, precision, shift = narrow_type()
            value = [(dtype, precision, shift, offset)]
        elif kind < 0.8:
            base, dtype, precision, shift = narrow_type()
            count = rng.randint(1, 4)
            made = h5py.h5t.array_create(base, (count,))
            value = [(dtype, precision, shift, offset + i * dtype.itemsize) for i in range(count)]
        else:
            made = h5py.h5t.py_create(np.dtype("S5"))
            value = [(np.dtype("u1"), 8, 0, offset + i) for i in range(5)]
        members.append((b"m%d" % k, offset, made))
        masks += value
        offset += made.get_size()
    size = offset + rng.choice([0, 0, 5])
    compound = h5py.h5t.create(h5py.h5t.COMPOUND, size)
    for name, at, made in members:
        compound.insert(name, at, made)
    n = random_count() % 200 + 1
    raw = np.zeros((n, size), dtype="u1")
    for dtype, precision, shift, at in masks:
        column = fit(random_data(dtype, n), precision, shift)
        raw[:, at:at + dtype.itemsize] = np.frombuffer(column.tobytes(), "u1").reshape(n, -1)
    data = np.frombuffer(raw.tobytes(), dtype=np.dtype("V%d" % size))
    with h5py.File("x", "w", driver="core", backing_store=False) as file:
        case = Case(compound, data, lambda plist:
                    plist.set_filter(NBIT, h5py.h5z.FLAG_OPTIONAL, ()))
        dataset = case.create(file)
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, data, mtype=compound)
        filters = case.filters(dataset)
        mask, stored = dataset.read_direct_chunk((0,))
    got = ask("decode %d %d %s %s" % (mask, data.nbytes, filters, stored.hex()))
    assert got == data.tobytes().hex(), ("decode", filters, got[:300], data.tobytes().hex()[:300])
    got = ask("recode %d %s %s" % (data.nbytes, filters, data.tobytes().hex()))
    own_mask, own = got.split(" ")
    if int(own_mask) == 0:
        assert own == stored.hex(), ("encode", filters, own[:300], stored.hex()[:300])


def plain_frame(data):
    """A Zstandard frame by its specification: no decoded size in its header, plain blocks."""
    blocks = [data[k:k + 1000] for k in range(0, len(data), 1000)] or [b""]
    frame = struct.pack("<IBB", 0xFD2FB528, 0, 0)
    for k, block in enumerate(blocks):
        head = len(block) << 3 | (k == len(blocks) - 1)
        frame += struct.pack("<I", head)[:3] + block
    return frame


def check_zstd_frames():
    """Frames without their decoded size, several in a row, and others to be skipped."""
    data = random_data("i4", random_count()).tobytes()
    cut = rng.randint(0, len(data))
    skipped = struct.pack("<II", 0x184D2A50 + rng.randint(0, 15), 3) + b"abc"
    stored = rng.choice([plain_frame(data), skipped + plain_frame(data),
                         plain_frame(data[:cut]) + skipped + plain_frame(data[cut:])])
    got = ask("decode 0 %d 1 32015 %s" % (len(data), stored.hex()))
    assert got == data.hex(), (len(data), got[:100])
    got = ask("decode 0 %d 1 32015 %s" % (len(data) - 1, stored.hex()))
    assert got.startswith("error: zstd"), got[:100]


for job, rounds in ((check_bytes, 400), (check_bitshuffle, 300), (check_szip, 300),
                    (check_zfp, 300), (check_scaleoffset_integers, 300),
                    (check_scaleoffset_floats, 200), (check_nbit_numbers, 300),
                    (check_nbit_compounds, 200), (check_zstd_frames, 50)):
    for _ in range(rounds):
        job()
    print("%s: %d fine" % (job.__name__, rounds))
probe.stdin.close()
sys.exit(probe.wait())
