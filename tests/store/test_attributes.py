"""Values of attributes, of every kind of type, against h5py and json. Argument: dump_attributes.
SHOAL_SEED repeats a run; 77 means skipped."""
import json
import os
import subprocess
import sys
import tempfile

from shared_case import chosen_seed, generators, need

need('h5py', 'numpy')
import h5py
import numpy as np
from h5py import h5a, h5s, h5t

rng, nprng = generators(chosen_seed())


def dump(path, object_path="/"):
    run = subprocess.run([sys.argv[1], path, object_path], capture_output=True, timeout=60)
    assert run.returncode == 0, run.stderr
    rows = [line.split("\t") for line in run.stdout.decode().splitlines()]
    return {row[0]: row[1:] for row in rows}


def write_raw(f, name, tid, shape, data):
    space = h5s.create_simple(shape) if shape else h5s.create(h5s.SCALAR)
    a = h5a.create(f.id, name.encode(), tid, space)
    a.write(np.frombuffer(data, "V%d" % tid.get_size()).reshape(shape), tid)


def check_known(folder):
    path = os.path.join(folder, "known.h5")
    pair = np.dtype([("a", "i4"), ("b", "S3")])
    outer = np.dtype([("p", pair), ("x", ">f8", (2,)), ("t", h5py.string_dtype())])
    colours = h5py.enum_dtype({"red": 1, "green": 2}, basetype="i2")
    ragged = np.empty(2, object)
    ragged[0], ragged[1] = np.array([1, 2], "i4"), np.array([], "i4")
    with h5py.File(path, "w") as f:
        f.attrs["one"] = 7
        f.attrs["grid"] = np.arange(6, dtype=">i2").reshape(2, 3)
        f.attrs["text"] = "gr\u00fcn \"x\""
        f.attrs["texts"] = ["a", "", "bc"]
        f.attrs["fixed"] = np.array([b"ab", b"c"])
        f.attrs["yes"] = True
        f.attrs["complex"] = 1 + 2j
        f.attrs["nan"] = np.nan
        f.attrs["empty"] = h5py.Empty("f4")
        f.attrs["none"] = np.zeros((0,), "f4")
        f.attrs.create("colour", 2, dtype=colours)
        f.attrs.create("colours", [1, 2, 5], dtype=colours)
        f.attrs["record"] = np.array((5, b"xyz"), pair)
        rows = [((1, b"x"), [0.5, 2], "long"), ((2, b""), [3, 4], "")]
        f.attrs["records"] = np.array(rows, outer)
        f.attrs.create("ragged", ragged, dtype=h5py.vlen_dtype("i4"))
        f.attrs["reference"] = f.ref
        write_raw(f, "array", h5t.array_create(h5t.STD_U8LE, (3,)), (2,), bytes(range(6)))
        tag = h5t.create(h5t.OPAQUE, 3)
        write_raw(f, "opaque", tag, (), b"\x0a\x00\xff")
        spaces = h5t.C_S1.copy()
        spaces.set_size(6)
        spaces.set_strpad(h5t.STR_SPACEPAD)
        write_raw(f, "spaces", spaces, (), b" in   ")
        odd = h5t.STD_I32BE.copy()
        odd.set_precision(20)
        odd.set_offset(3)
        write_raw(f, "odd", odd, (2,), (((-5 & 0xFFFFF) << 3).to_bytes(4, "big") +
                                        (77 << 3).to_bytes(4, "big")))
        f.attrs["long"] = np.arange(3000)
        f.attrs["wide"] = np.longdouble(1.5)
    got = dump(path)
    want = {
        "one": ("int64", "7", 7),
        "grid": ("int16 big-endian", "[[0, 1, 2], [3, 4, 5]]", [[0, 1, 2], [3, 4, 5]]),
        "text": ("text of variable length", "gr\u00fcn \"x\"", "gr\u00fcn \"x\""),
        "texts": ("text of variable length", '["a", "", "bc"]', ["a", "", "bc"]),
        "fixed": ("text(2)", '["ab", "c"]', ["ab", "c"]),
        "yes": ("bool", "True", True),
        "complex": ("complex128", "(1+2j)", [1, 2]),
        "nan": ("float64", "nan", None),
        "empty": ("float32", "(empty)", None),
        "none": ("float32", "[]", []),
        "colour": ("enumeration over int16", "green", "green"),
        "colours": ("enumeration over int16", "[red, green, 5]", ["red", "green", 5]),
        "record": ("compound of 2 members, 7 bytes", '{a: 5, b: "xyz"}', {"a": 5, "b": "xyz"}),
        "records": ("compound of 3 members, 39 bytes",
                    '[{p: {a: 1, b: "x"}, x: [0.5, 2.0], t: "long"}, '
                    '{p: {a: 2, b: ""}, x: [3.0, 4.0], t: ""}]',
                    [{"p": {"a": 1, "b": "x"}, "x": [0.5, 2], "t": "long"},
                     {"p": {"a": 2, "b": ""}, "x": [3, 4], "t": ""}]),
        "ragged": ("sequence of variable length of int32", "[[1, 2], []]", [[1, 2], []]),
        "reference": ("reference", "(reference)", None),
        "array": ("array (3) of uint8", "[[0, 1, 2], [3, 4, 5]]", [[0, 1, 2], [3, 4, 5]]),
        "opaque": ("opaque, 3 bytes", "0x0a00ff", "0x0a00ff"),
        "spaces": ("text(6) padded with spaces", " in", " in"),
        "odd": ("integer of 20 bits in 4 bytes big-endian", "[-5, 77]", [-5, 77]),
        "wide": (None, "1.5", 1.5),
    }
    for name, (kind, text, value) in want.items():
        assert kind in (got[name][0], None), (name, got[name])
        assert got[name][1] == text, (name, got[name])
        assert json.loads(got[name][2]) == value, (name, got[name])
    assert json.loads(got["long"][2]) == list(range(3000))
    assert got["long"][1].endswith("998, 999, ...]"), got["long"][1][-40:]
    assert got["texts"][3] == "x61,x,x6263" and got["one"][3] == "none", got
    assert got["odd"][5] == "-5,77" and got["record"][4] == "none" and got["yes"][5] == "1", got


def check_numbers(folder):
    path = os.path.join(folder, "numbers.h5")
    want = {}
    with h5py.File(path, "w") as f:
        for k in range(150):
            dtype = rng.choice(["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8",
                                ">i2", ">i8", ">u8", ">f4", ">f8", "?"])
            shape = rng.choice([(), (3,), (2, 5), (0,)])
            n = int(np.prod(shape))
            a = np.frombuffer(nprng.bytes(n * np.dtype(dtype).itemsize), dtype).reshape(shape)
            if dtype == "?":
                a = nprng.random(shape) < 0.5
            f.attrs["n%d" % k] = want["n%d" % k] = a
    got = dump(path)
    for name, a in want.items():
        a = np.asarray(a)
        values, integers = got[name][4], got[name][5]
        if a.size == 0:
            assert values == "none", (name, got[name])
            continue
        numbers = [float.fromhex(v) for v in values.split(",")]
        with np.errstate(invalid="ignore"):  # signalling NaNs
            wanted = a.astype("f8").ravel()
        assert np.array_equal(numbers, wanted, equal_nan=True), (name, a, values)
        assert integers == ("none" if a.dtype.kind == "f" else
                            ",".join(str(int(v)) for v in a.ravel())), (name, integers)


def check_many_texts(folder):
    """More texts than the heap is asked for one by one; long ones; a list of lists of texts."""
    path = os.path.join(folder, "texts.h5")
    words = ["w" * rng.choice([0, 1, 3, 50, 700]) + str(k) for k in range(400)]
    with h5py.File(path, "w", libver=rng.choice(["earliest", "latest"])) as f:
        f.attrs["words"] = words
        f.attrs["huge"] = "x" * 70000 if f.libver[0] == "latest" else "x" * 60000
    got = dump(path)
    texts = [bytes.fromhex(t[1:]).decode() for t in got["words"][3].split(",")]
    assert texts == words
    assert len(got["huge"][3]) > 60000 and got["huge"][1].startswith("xxx")


def check_damaged(folder):
    """Changed bytes give values or one line; nothing crashes or takes long."""
    path = os.path.join(folder, "known.h5")
    with open(path, "rb") as f:
        sound = f.read()
    for _ in range(150):
        changed = bytearray(sound)
        for _ in range(rng.choice([1, 1, 4, 20])):
            at = rng.randrange(len(changed))
            changed[at] = rng.choice([0, 1, 255, rng.randrange(256), changed[at] ^ 1])
        bad = os.path.join(folder, "bad.h5")
        with open(bad, "wb") as f:
            f.write(changed)
        run = subprocess.run([sys.argv[1], bad, "/"], capture_output=True, timeout=20)
        assert run.returncode in (0, 3, 4, 5), (run.returncode, run.stderr)
        assert run.returncode == 0 or run.stderr.count(b"\n") == 1, run.stderr


with tempfile.TemporaryDirectory() as where:
    check_known(where)
    check_numbers(where)
    check_many_texts(where)
    check_damaged(where)
print("passed")
