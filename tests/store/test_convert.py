"""Types and conversions against libhdf5: random types are encoded by H5Tencode, random bytes are
converted by H5Tconvert, and what shoal makes of both must be the same. Floats that libhdf5 has no
exact type for are compared with fractions. Argument: the driver. SHOAL_SEED repeats a run; 77
means skipped."""
import fractions
import os
import random
import struct
import subprocess
import sys

from shared_case import chosen_seed, need

need('h5py', 'numpy')
import h5py
import numpy as np
from h5py import h5t

rng = random.Random(chosen_seed())
driver = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
UNREADABLE = 1000
CODES = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16", "S",
         "V"]


def word():
    return struct.unpack("<I", driver.stdout.read(4))[0]


def ask(tid, data, member="", text_bytes=0):
    """(status, line, dtype, extra shape, bytes)"""
    message = tid if isinstance(tid, bytes) else tid.encode()[2:]
    member = member.encode()
    driver.stdin.write(struct.pack("<I", len(message)) + message +
                       struct.pack("<I", len(member)) + member +
                       struct.pack("<II", text_bytes, len(data)) + data)
    driver.stdin.flush()
    status = word()
    line = driver.stdout.read(word()).decode()
    if status:
        return status, line, None, None, None
    code, n_bytes, rank = word(), word(), word()
    shape = tuple(word() for _ in range(rank))
    name = CODES[code]
    dtype = np.dtype(name if code < 14 else "%s%d" % (name, n_bytes))
    assert dtype.itemsize == n_bytes
    return status, line, dtype, shape, driver.stdout.read(word())


class Made:
    """A type: as it is stored; what libhdf5 converts, from and to; its dtype in memory; the dtype
    of what libhdf5 converts to, where that is of another byte order. (As h5py does it: from
    big-endian to little-endian libhdf5 forgets to extend integers of few bits.)"""

    def __init__(self, tid, source, target, dtype, given=None):
        self.tid, self.source, self.target = tid, source, target
        self.dtype, self.given = np.dtype(dtype), np.dtype(given or dtype)


def wider(n):
    return n if n <= 2 else 4 if n <= 4 else 8


INTS = {1: (h5t.STD_I8LE, h5t.STD_U8LE), 2: (h5t.STD_I16LE, h5t.STD_U16LE),
        4: (h5t.STD_I32LE, h5t.STD_U32LE), 8: (h5t.STD_I64LE, h5t.STD_U64LE)}


def shrink(t, n):
    """Another size, and often fewer bits, somewhere."""
    if rng.random() < 0.6 or n not in INTS:
        bits = rng.randint(1, 8 * n)
        t.set_precision(bits)
        t.set_size(n)
        t.set_offset(rng.randint(0, 8 * n - bits))
    if rng.random() < 0.5:
        t.set_order(h5t.ORDER_BE)
    return t


def integer():
    n, unsigned = rng.randint(1, 8), rng.randint(0, 1)
    w = wider(n)
    t = shrink(INTS[w][unsigned].copy(), n)
    return ordered(t, t.get_order(), INTS[w][unsigned], "%s%d" % ("iu"[unsigned], w))


def ordered(t, order, target, dtype):
    target = target.copy()
    target.set_order(order)
    return Made(t, t, target, dtype, ("<" if order == h5t.ORDER_LE else ">") + dtype)


def bitfield():
    n = rng.randint(1, 8)
    bits = rng.choice([8 * n, rng.randint(1, 8 * n)])
    order = rng.choice([h5t.ORDER_LE, h5t.ORDER_BE])
    w = wider(n)

    def message(n, at, bits):
        head = 1 << 4 | h5t.BITFIELD | (order == h5t.ORDER_BE) << 8
        return h5t.decode(b"\3\0" + struct.pack("<IIHH", head, n, at, bits))
    t = message(n, rng.randint(0, 8 * n - bits), bits)
    return Made(t, t, message(w, 0, 8 * w), "u%d" % w, "<>"[order == h5t.ORDER_BE] + "u%d" % w)


def enumeration():
    base = integer()
    t = h5t.enum_create(base.tid)
    bits = base.tid.get_precision()
    values = set()
    for k in range(rng.randint(1, 4)):
        value = rng.randrange(2**min(bits - 1, 40))
        if value not in values:
            t.enum_insert(b"name %d" % k, value)
        values.add(value)
    return Made(t, base.source, base.target, base.dtype, base.given)


def boolean():
    return Made(h5t.py_create(np.dtype("?"), logical=True), h5t.STD_I8LE, h5t.STD_I8LE, "?")


FORMATS = {"f2": (10, 5, 15), "f4": (23, 8, 127), "f8": (52, 11, 1023)}


def is_exact(m, e, bias, target):
    digits, _, most = FORMATS[target]
    return m <= digits and 2**e - 2 - bias <= most and 1 - bias - m >= 1 - most - digits


def plain_float():
    t = rng.choice([h5t.IEEE_F16LE, h5t.IEEE_F16BE, h5t.IEEE_F32LE, h5t.IEEE_F32BE,
                    h5t.IEEE_F64LE, h5t.IEEE_F64BE])
    dtype = "f%d" % t.get_size()
    target = {2: h5t.IEEE_F16LE, 4: h5t.IEEE_F32LE, 8: h5t.IEEE_F64LE}[t.get_size()]
    return Made(t.copy(), t, target, dtype)


def float_format():
    """Any format with an implied bit whose values are all exact in float64, or None."""
    n = rng.randint(1, 12)
    e, m = rng.randint(2, 11), rng.randint(1, 52)
    bits = 1 + e + m + rng.choice([0, 0, 0, 1, 5])
    if bits > 8 * n:
        return None
    bias = rng.choice([2**(e - 1) - 1, 2**(e - 1) - 1, rng.randint(0, 2**e - 1)])
    wanted = "f4" if is_exact(m, e, bias, "f4") else "f8"
    if not is_exact(m, e, bias, wanted):
        return None
    at = rng.choice([0, rng.randint(0, bits - 1 - e - m)])
    places = [("m", m), ("e", e), ("s", 1)]
    if rng.random() < 0.3:
        rng.shuffle(places)
    where = {}
    for key, size in places:
        where[key] = at
        at += size
    t = h5t.IEEE_F128LE.copy()
    t.set_fields(where["s"], where["e"], e, where["m"], m)
    t.set_ebias(bias)
    t.set_precision(bits)
    t.set_size(n)
    t.set_order(rng.choice([h5t.ORDER_LE, h5t.ORDER_BE]))
    ieee = {"f2": 2, "f4": 4, "f8": 8}
    for name, size in ieee.items():
        if (m, e, bias) == FORMATS[name] and n == size:
            wanted = name
    return Made(t, t, {"f4": h5t.IEEE_F32LE, "f8": h5t.IEEE_F64LE, "f2": h5t.IEEE_F16LE}[wanted],
                wanted)


def odd_float():
    made = None
    while made is None:
        made = float_format()
    return made


def text():
    n = rng.randint(1, 20)
    t = h5t.C_S1.copy()
    t.set_size(n)
    t.set_strpad(rng.choice([h5t.STR_NULLPAD, h5t.STR_NULLTERM, h5t.STR_SPACEPAD]))
    t.set_cset(rng.choice([h5t.CSET_ASCII, h5t.CSET_UTF8]))
    return Made(t, t, t, "S%d" % n)


def opaque():
    n = rng.randint(1, 20)
    t = h5t.create(h5t.OPAQUE, n)
    t.set_tag(b"t" * rng.choice([1, 7, 8, 9, 30]))
    return Made(t, t, t, "V%d" % n)


def pair_of(half, names, gap=0):
    n = half.get_size()
    t = h5t.create(h5t.COMPOUND, 2 * n + gap)
    t.insert(names[0], 0, half)
    t.insert(names[1], n + gap, half)
    return t


def complex_pair():
    names = rng.choice([(b"r", b"i"), (b"real", b"imag"), (b"R", b"I")])
    n = rng.choice([4, 8])
    half = {4: (h5t.IEEE_F32LE, h5t.IEEE_F32BE), 8: (h5t.IEEE_F64LE, h5t.IEEE_F64BE)}[n]
    t = pair_of(rng.choice(half), names, rng.choice([0, 0, 3]))
    return Made(t, t, pair_of(half[0], names), "c%d" % (2 * n))


def complex_own():
    t, half, to, dtype = rng.choice([
        (h5t.COMPLEX_IEEE_F16LE, h5t.IEEE_F16LE, h5t.IEEE_F32LE, "c8"),
        (h5t.COMPLEX_IEEE_F16BE, h5t.IEEE_F16BE, h5t.IEEE_F32LE, "c8"),
        (h5t.COMPLEX_IEEE_F32LE, h5t.IEEE_F32LE, h5t.IEEE_F32LE, "c8"),
        (h5t.COMPLEX_IEEE_F32BE, h5t.IEEE_F32BE, h5t.IEEE_F32LE, "c8"),
        (h5t.COMPLEX_IEEE_F64LE, h5t.IEEE_F64LE, h5t.IEEE_F64LE, "c16"),
        (h5t.COMPLEX_IEEE_F64BE, h5t.IEEE_F64BE, h5t.IEEE_F64LE, "c16")])
    # By their halves: HDF5 2.0.0 converts F16BE to zeros next to certain values.
    return Made(t.copy(), h5t.array_create(half, (2,)), h5t.array_create(to, (2,)), dtype)


def array(depth):
    base = anything(depth + 1)
    shape = tuple(rng.randint(1, 4) for _ in range(rng.choice([1, 1, 2, 3])))
    return Made(*(h5t.array_create(t, shape) for t in (base.tid, base.source, base.target)),
                (base.dtype, shape), (base.given, shape))


def compound(depth):
    members = [anything(depth + 1) for _ in range(rng.randint(1, 5))]
    names = ["m%d" % k for k in range(len(members))]
    offsets, at = [], rng.choice([0, 0, 5])
    for m in members:
        offsets.append(at)
        at += m.tid.get_size() + rng.choice([0, 0, 1, 3])
    size = at + rng.choice([0, 0, 4, 300])
    order = list(range(len(members)))
    if rng.random() < 0.2:  # declared in another order than they lie in
        rng.shuffle(order)
    tid, source = h5t.create(h5t.COMPOUND, size), h5t.create(h5t.COMPOUND, size)
    target = h5t.create(h5t.COMPOUND, sum(m.target.get_size() for m in members))
    fields, given, at = [], [], 0
    for k in order:
        name, m = names[k].encode(), members[k]
        tid.insert(name, offsets[k], m.tid)
        source.insert(name, offsets[k], m.source)
        target.insert(name, at, m.target)
        at += m.target.get_size()
        fields.append((names[k], m.dtype))
        given.append((names[k], m.given))
    return Made(tid, source, target, fields, given)


LEAVES = [integer, integer, integer, bitfield, enumeration, boolean, plain_float, plain_float,
          odd_float, odd_float, text, opaque, complex_pair, complex_own]


def anything(depth=0):
    chance = rng.random()
    if depth < 4 and chance < 0.2:
        return compound(depth)
    if depth < 4 and chance < 0.35:
        return array(depth)
    return rng.choice(LEAVES)()


def converted(made, data):
    n = len(data) // made.source.get_size()
    size = made.target.get_size()
    buffer = np.zeros(max(len(data), n * size), "u1")
    buffer[:len(data)] = np.frombuffer(data, "u1")
    # A backing buffer of its own: libhdf5 takes what is in it for members that it does not know.
    h5t.convert(made.source, made.target, n, buffer, np.zeros(n * size, "u1"))
    buffer = bytearray(buffer[:n * size])
    for values in leaves(np.frombuffer(buffer, made.given)):
        if values.dtype.byteorder == ">":
            values[...] = values.byteswap()
    return bytes(buffer)


def leaves(values):
    """The plain arrays of numbers inside a (structured) array."""
    if values.dtype.names:
        for name in values.dtype.names:
            yield from leaves(values[name])
    else:
        yield values


def check_same(got, want, dtype, context):
    if got == want:
        return
    a, b = np.frombuffer(got, dtype), np.frombuffer(want, dtype)
    for x, y in zip(leaves(a), leaves(b)):
        if x.dtype.kind == "c":
            x, y = (np.ascontiguousarray(v).view("f%d" % (x.dtype.itemsize // 2)) for v in (x, y))
        if x.dtype.kind != "f":
            assert x.tobytes() == y.tobytes(), (context, x, y)
            continue
        same = (np.isnan(x) & np.isnan(y)) | ((x == y) & (np.signbit(x) == np.signbit(y)))
        assert same.all(), (context, x[~same], y[~same])


def random_bytes(made, n):
    """Random bits, and now and then zeros and ones, which floats take for special values."""
    size = made.tid.get_size()
    out = []
    for _ in range(n):
        chance = rng.random()
        out.append(bytes(size) if chance < 0.05 else b"\xff" * size if chance < 0.1 else
                   rng.randbytes(size))
    return b"".join(out)


def describe(tid):
    return tid.encode()[2:].hex()


def check_random():
    made = anything()
    data = random_bytes(made, rng.choice([1, 3, 40]))
    status, line, dtype, shape, got = ask(made.tid, data)
    context = (describe(made.tid), line, made.dtype)
    assert status == 0, context
    want = converted(made, data)
    base, extra = made.dtype, ()
    while base.subdtype:
        base, more = base.subdtype
        extra += more
    assert shape == extra, (context, shape)
    if base.names:
        assert dtype == np.dtype("V%d" % base.itemsize), (context, dtype)
    else:
        assert dtype == base, (context, dtype)
    check_same(got, want, base, context)
    for name in base.names or ():
        check_member(made, name, data, want, base, extra)


def check_member(made, name, data, want, base, extra):
    status, line, dtype, shape, got = ask(made.tid, data, name)
    context = (describe(made.tid), name, line)
    assert status == 0, context
    field, more = base[name], ()
    while field.subdtype:
        field, inner = field.subdtype
        more += inner
    assert shape == extra + more, (context, shape)
    assert dtype == (np.dtype("V%d" % field.itemsize) if field.names else field), (context, dtype)
    check_same(got, np.ascontiguousarray(np.frombuffer(want, base)[name]).tobytes(), field, context)


def wide_float(n, e, m, implied, order):
    t = h5t.IEEE_F128LE.copy()
    t.set_fields(m + e, m, e, 0, m)
    t.set_ebias(2**(e - 1) - 1)
    t.set_norm(h5t.NORM_IMPLIED if implied else h5t.NORM_NONE)
    t.set_precision(1 + m + e)
    t.set_size(n)
    t.set_order(order)
    return t


def value_of(bits, e, m, implied):
    sign = -1 if bits >> (m + e) & 1 else 1
    exponent, mantissa = bits >> m & (2**e - 1), bits & (2**m - 1)
    bias = 2**(e - 1) - 1
    if exponent == 2**e - 1:
        infinite = mantissa == 0 or (not implied and mantissa == 2**(m - 1))
        return sign, "inf" if infinite else "nan"
    if implied and exponent:
        mantissa |= 2**m
        exponent -= 1
    elif not implied:
        exponent -= 1
    shift = exponent + 1 - bias - m + (0 if implied else 1)
    return sign, fractions.Fraction(mantissa) * fractions.Fraction(2)**shift


def as_double(value):
    """The float64 that is exactly this, or None."""
    try:
        near = float(value)
    except OverflowError:
        return None
    return near if fractions.Fraction(near) == value else None


def check_wide():
    """80- and 128-bit floats and others without an implied bit: exact in float64, or refused."""
    n, e, m, implied = rng.choice([(10, 15, 64, False), (16, 15, 64, False), (16, 15, 112, True),
                                   (12, 15, 64, False), (9, 12, 53, True), (3, 6, 12, False),
                                   (8, 11, 50, False)])
    order = rng.choice([h5t.ORDER_LE, h5t.ORDER_BE])
    t = wide_float(n, e, m, implied, order)
    bias = 2**(e - 1) - 1
    near = max(0, min(2**e - 1, bias + rng.randint(-1100, 1100)))
    exponent = rng.choice([0, 2**e - 1, near, near, rng.randint(0, 2**e - 1)])
    mantissa = rng.choice([0, 2**(m - 1), rng.getrandbits(m),
                           rng.getrandbits(rng.randint(1, 52)) << rng.randint(0, m - 1)])
    mantissa &= 2**m - 1
    if not implied and exponent not in (0, 2**e - 1) and rng.random() < 0.9:
        mantissa |= 2**(m - 1)
    bits = (rng.randint(0, 1) << e | exponent) << m | mantissa
    data = bits.to_bytes(n, "little" if order == h5t.ORDER_LE else "big")
    sign, value = value_of(bits, e, m, implied)
    status, line, dtype, _, got = ask(t, data)
    context = (describe(t), data.hex(), line)
    if not isinstance(value, str) and as_double(value) is None:
        assert status == 4 and "not exact in float64" in line, context
        return
    assert status == 0 and dtype.kind == "f", context
    got = float(np.frombuffer(got, dtype)[0])
    want = float(value) if isinstance(value, str) else as_double(value)
    assert np.signbit(got) == (sign < 0), context
    assert (got != got) if value == "nan" else abs(got) == want, (context, got, want)


def check_named():
    """Formats that have names, in both byte orders, against libhdf5."""
    double = h5t.IEEE_F64LE
    for e, m, bias in [(8, 7, 127), (5, 2, 15), (4, 3, 7), (3, 2, 3), (2, 3, 1), (8, 15, 127)]:
        n = (1 + e + m + 7) // 8
        t = h5t.IEEE_F128LE.copy()
        t.set_fields(e + m, m, e, 0, m)
        t.set_ebias(bias)
        t.set_precision(1 + e + m)
        t.set_size(n)
        for order in h5t.ORDER_LE, h5t.ORDER_BE:
            t.set_order(order)
            data = b"".join((k << (8 * n - 16) if n > 2 else k).to_bytes(n, "little")
                            for k in range(2**min(8 * n, 16)))
            status, line, dtype, _, got = ask(t, data)
            assert (status, dtype) == (0, np.dtype("f4")), (e, m, line)
            want = converted(Made(t, t, double, "f8"), data)
            with np.errstate(invalid="ignore"):  # signalling NaNs
                got = np.frombuffer(got, "f4").astype("f8").tobytes()
            check_same(got, want, "f8", (e, m, order))


def check_vax():
    """VAX's floats: 16-bit words from the most significant on."""
    for n, e, m, bias in [(4, 8, 23, 129), (8, 8, 55, 129), (8, 11, 52, 1025)]:
        t = {4: h5t.IEEE_F32LE, 8: h5t.IEEE_F64LE}[n].copy()
        t.set_fields(8 * n - 1, m, e, 0, m)
        t.set_ebias(bias)
        message = bytearray(t.encode()[2:])
        message[0] = 3 << 4 | 1
        message[1] |= 0x41
        values = [(s << e | x) << m | f for s in (0, 1) for x in (1, 100, 2**e - 2)
                  for f in (0, 1 << 3, 5 << (m - 3))]
        data = b"".join(b"".join(v.to_bytes(n, "big")[k:k + 2][::-1] for k in range(0, n, 2))
                        for v in values)
        status, line, dtype, _, got = ask(bytes(message), data)
        assert status == 0, line
        for v, number in zip(values, np.frombuffer(got, dtype)):
            mantissa = 2**m | v & (2**m - 1)
            exponent = (v >> m & (2**e - 1)) - bias - m
            want = fractions.Fraction(mantissa) * fractions.Fraction(2)**exponent
            assert abs(fractions.Fraction(float(number))) == want, (n, v, number)


def check_refusals():
    sequence = h5t.vlen_create(h5t.vlen_create(h5t.STD_I32LE))
    wide = h5t.STD_I64LE.copy()
    wide.set_size(16)
    pair = h5t.create(h5t.COMPOUND, 16)
    pair.insert(b"alpha", 0, h5t.STD_I32LE)
    pair.insert(b"beta", 8, h5t.STD_REF_OBJ)
    for tid, why in [(sequence, "sequence"), (wide, "in 16 bytes"), (pair, "'beta'"),
                     (h5t.STD_REF_OBJ, "reference")]:
        status, line, *_ = ask(tid, b"")
        assert status == UNREADABLE and why in line, (status, line)
    status, line, *_ = ask(pair, b"", "alpa")
    assert status == 2 and "did you mean 'alpha'" in line, (status, line)
    status, line, *_ = ask(pair, b"", "alpha/x")
    assert status == 2 and "it is int32" in line, (status, line)
    status, line, dtype, _, got = ask(pair, struct.pack("<iiq", 7, 8, 9) * 2, "alpha")
    assert status == 0 and np.frombuffer(got, dtype).tolist() == [7, 7], (status, line)


check_refusals()
check_named()
check_vax()
for _ in range(int(os.environ.get("SHOAL_ROUNDS", 4000))):
    check_random()
for _ in range(3000):
    check_wide()
driver.stdin.close()
assert driver.wait() == 0
print("passed")
