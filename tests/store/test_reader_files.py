"""Whole files made by h5py and anndata: what is listed, described and refused, and how.

usage: test_reader_files.py DUMP_DATASET
"""
import json
import os
import subprocess
import sys
import tempfile
import time

from shared_case import need

need('h5py', 'hdf5plugin', 'numpy')
import h5py
import hdf5plugin
import numpy as np

DUMP = os.path.abspath(sys.argv[1])
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "HDF5_PLUGIN_PATH"}


def run(*arguments):
    done = subprocess.run([DUMP, *arguments], capture_output=True, env=ENVIRONMENT, timeout=120)
    return done.returncode, done.stdout, done.stderr.decode()


def listing(*arguments):
    status, out, message = run(*arguments)
    assert status == 0, (arguments, status, message)
    return out.decode().splitlines()


def info(locator):
    return dict((line.split(" ", 1) + [""])[:2] for line in listing("--info", locator))


def refuses(status, words, *arguments):
    got, _, message = run(*arguments)
    assert got == status, (arguments, got, message)
    assert words in message and message.count("\n") == 1, (arguments, words, message)


def values_equal(locator, wanted):
    status, out, message = run(locator)
    assert status == 0, (locator, message)
    assert out == np.ascontiguousarray(wanted).tobytes(), f"{locator} differs"


def test_visit():
    with h5py.File("visit.h5", "w") as f:
        f["b/data"] = 1
        f["a/deep/data"] = [1, 2]
        f["a/same"] = f["a/deep/data"]
        f["a/loop"] = f["/"]
        f["soft"] = h5py.SoftLink("/a/deep")
        f["dangling"] = h5py.SoftLink("/nowhere")
        f["outside"] = h5py.ExternalLink("other.h5", "/x")
        f["type"] = np.dtype("f4")
    assert listing("--visit", "visit.h5") == [
        "0 group /", "1 group /a", "2 group /a/deep", "3 dataset /a/deep/data",
        "1 group /b", "2 dataset /b/data", "1 other /dangling", "1 other /outside",
        "1 other /soft", "1 other /type"]
    assert listing("--visit", "visit.h5:/a/deep") == ["0 group /a/deep", "1 dataset /a/deep/data"]
    values_equal("visit.h5:/soft/data", np.array([1, 2]))
    values_equal("visit.h5:/b/data", np.array(1))
    refuses(2, "is a link that leads nowhere", "visit.h5:/dangling")
    refuses(2, "has no /a/dep: did you mean /a/deep?", "visit.h5:/a/dep")
    refuses(2, "has no /b/zzzzz: /b holds data", "visit.h5:/b/zzzzz")
    refuses(2, "/b/data is not a group", "visit.h5:/b/data/x")
    refuses(2, "is a group, not a dataset", "visit.h5:/a")
    refuses(2, "holds several datasets", "visit.h5")


def test_deep():
    with h5py.File("deep.h5", "w") as f:
        group = f
        for _ in range(400):
            group = group.create_group("g")
    refuses(4, "nested deeper", "--visit", "deep.h5")


def test_table():
    try:
        import anndata
        import pandas
    except ImportError as missing:
        print("without tables:", missing)
        return
    frame = pandas.DataFrame({"n": [1, 2, 3], "c": pandas.Categorical(["x", "y", "x"]),
                              "i": pandas.array([1, None, 3], dtype="Int64")})
    frame.index = frame.index.astype(str)
    with h5py.File("table.h5", "w") as f:
        anndata.io.write_elem(f, "t", frame)
    got = listing("--visit", "table.h5")
    assert got[:4] == ["0 group /", "1 table /t", "2 dataset /t/_index", "2 column /t/c"], got
    assert "2 column /t/i" in got and "2 dataset /t/n" in got, got
    assert listing("--visit", "table.h5:/t/c")[0] == "0 column /t/c"
    refuses(2, "is a table: name one of its columns", "table.h5:/t")


def test_attributes():
    with h5py.File("attributes.h5", "w") as f:
        d = f.create_dataset("d", data=[1])
        d.attrs["number"] = 3.5
        d.attrs["row"] = np.array([1, 2], "i2")
        d.attrs["box"] = np.array([[1, 2], [3, 4]], "u1")
        d.attrs["nan"] = np.float32("nan")
        d.attrs["text"] = 'a "b"\n\u00e9'
        d.attrs["fixed"] = np.bytes_(b"abc\xff")
        d.attrs["texts"] = ["x", "yz"]
        d.attrs["yes"] = True
        d.attrs["z"] = np.complex128(1 + 2j)
        d.attrs["empty"] = h5py.Empty("f4")
        d.attrs["none"] = np.zeros(0)
        d.attrs["reference"] = f.ref
        d.attrs["long"] = np.arange(1500)
        d.attrs["longer"] = np.arange(8000)
        d.attrs["big"] = np.array(7, ">i4")
    rows = [line.split("\t") for line in listing("--attributes", "attributes.h5:/d")
            if line.count("\t") == 3]
    got = {row[0]: row[1:] for row in rows}
    assert list(got) == sorted(got)
    assert got["number"] == ["float64", "3.5", "3.5"]
    assert got["row"] == ["int16", "[1, 2]", "[1,2]"]
    assert got["box"] == ["uint8", "[[1, 2], [3, 4]]", "[[1,2],[3,4]]"]
    assert got["nan"] == ["float32", "nan", "null"]
    assert got["texts"][1:] == ['["x", "yz"]', '["x","yz"]']
    assert got["fixed"][1:] == ["abc\ufffd", '"abc\ufffd"']
    assert got["yes"] == ["bool", "True", "true"]
    assert got["z"][2] == "[1.0,2.0]"
    assert got["empty"][1:] == ["(empty)", "null"]
    assert got["none"][1:] == ["[]", "[]"]
    assert got["reference"][1:] == ["(reference)", "null"]
    assert got["long"][1].endswith("998, 999, ...]")
    assert json.loads(got["long"][2]) == list(range(1500))
    assert got["longer"][2] == "[" + ",".join(map(str, range(8000))) + "]"
    assert got["big"][1:] == ["7", "7"]
    text = [line for line in listing("--attributes", "attributes.h5:/d") if '\\"b\\"' in line]
    assert json.loads(text[0].split("\t")[-1]) == 'a "b"\n\u00e9'


def test_info():
    with h5py.File("info.h5", "w") as f:
        d = f.create_dataset("grid", (100, 40), ">f4", chunks=(30, 40), maxshape=(None, 40),
                             fillvalue=7, compression="gzip", compression_opts=4, shuffle=True)
        d[:35] = 1
        for k, name in enumerate(["time", "lat"]):
            f[name] = np.arange(d.shape[k])
            f[name].make_scale(name)
            d.dims[k].attach_scale(f[name])
        f.create_dataset("plain", data=np.zeros(5, "i1"))
        f.create_dataset("words", data=["a", "b"], dtype=h5py.string_dtype())
        f.create_dataset("nothing", data=h5py.Empty("f4"))
        f.create_dataset("pairs", (3,), np.dtype([("x", "i4"), ("y", "f4")]))
        f.create_dataset("pointers", data=[f.ref], dtype=h5py.ref_dtype)
        f.create_dataset("blosc2", data=np.ones(1000, "f4").reshape(10, 100), chunks=(10, 100),
                         **hdf5plugin.Blosc2())
    got = info("info.h5:/grid")
    assert got["type"] == "float32" and got["stored"] == "float32 big-endian", got
    assert got["shape"] == "100 40" and got["chunk"] == "30 40" and got["chunks"] == "4 2", got
    assert got["layout"] == "chunked" and got["index"] == "btree1", got
    assert got["filters"] == "shuffle, gzip(4)" and got["fill"] == "7.0", got
    assert got["dimensions"] == "time lat" and got["bytes"].startswith("16000 "), got
    with h5py.File("info.h5") as f:
        assert int(got["bytes"].split()[1]) == f["grid"].id.get_storage_size()
    assert info("info.h5:/time")["dimensions"] == "time"
    assert info("info.h5:/plain")["layout"] == "contiguous"
    for name in ["pointers", "blosc2"]:
        got = info(f"info.h5:/{name}")
        assert got["readable"] == "0" and got["why"], (name, got)
    assert "32026 (blosc2)" in got["why"] and "hdf5plugin" in got["why"], got
    assert info("info.h5:/words")["stored"] == "text of variable length"
    assert info("info.h5:/words")["type"] == "S1" and info("info.h5:/nothing")["shape"] == "0"
    refuses(4, "reference", "info.h5:/pointers")


def test_other_storage():
    rng = np.random.default_rng(5)
    whole = rng.integers(0, 1000, (50, 60)).astype("i4")
    with h5py.File("source.h5", "w") as f:
        f["d"] = whole
    with h5py.File("other.h5", "w", libver=("v110", "v110")) as f:
        f.create_dataset("scaled", data=whole, chunks=(7, 60), scaleoffset=True)
        f.create_dataset("fixed", data=whole, chunks=(7, 9), compression="gzip")
        f.create_dataset("growing", data=whole, chunks=(7, 9), maxshape=(None, 60))
        f.create_dataset("growing2", data=whole, chunks=(7, 9), maxshape=(None, None))
        f.create_dataset("single", data=whole, chunks=whole.shape, compression="gzip")
        layout = h5py.VirtualLayout((100, 60), "i4")
        layout[:50] = h5py.VirtualSource("source.h5", "d", whole.shape)
        f.create_virtual_dataset("virtual", layout, fillvalue=-3)
        f.create_dataset("external", (50, 60), "i4", external=[("raw.bin", 0, 12000)])[...] = whole
        choices = h5py.enum_dtype({"red": 1, "green": 900}, "i4")
        f.create_dataset("enum", (50, 60), choices, chunks=(7, 60), scaleoffset=None)[...] = whole
        kind = h5py.h5t.C_S1.copy()
        kind.set_size(6)
        kind.set_strpad(h5py.h5t.STR_NULLTERM)
        texts = h5py.h5d.create(f.id, b"texts", kind, h5py.h5s.create_simple((3,)))
        texts.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([b"ab", b"cdefg", b""], "S6"))
    for name, index in [("scaled", "farray"), ("fixed", "farray"), ("growing", "earray"),
                        ("growing2", "btree2"), ("single", "single"), ("external", "none"),
                        ("enum", "farray")]:
        values_equal(f"other.h5:/{name}", whole)
        values_equal(f"other.h5:/{name}[3:40:3, ::-7]", whole[3:40:3, ::-7])
        assert info(f"other.h5:/{name}")["index"] == index, name
    values_equal("other.h5:/virtual", np.concatenate([whole, np.full((50, 60), -3, "i4")]))
    values_equal("other.h5:/texts", np.array([b"ab", b"cdefg", b""], "S6"))
    status, _, message = run("--threads", "other.h5:/fixed")
    assert status == 0, message


def make_plain_file(path, **options):
    whole = np.arange(64 * 64 * 64, dtype="f8").reshape(64, 64, 64)
    with h5py.File(path, "w") as f:
        f.create_dataset("d", data=whole, **options)
    return whole


def test_threads():
    codec = hdf5plugin.Blosc(cname="lz4", clevel=5, shuffle=1)
    for options in [dict(), dict(chunks=(16, 64, 64), **codec),
                    dict(chunks=(10, 20, 30), compression="gzip")]:
        make_plain_file("threads.h5", **options)
        status, _, message = run("--threads", "threads.h5:/d")
        assert status == 0, (options, message)


def test_shrinking():
    codec = hdf5plugin.Blosc(cname="lz4", clevel=5, shuffle=0)
    for options in [dict(), dict(chunks=(16, 64, 64)), dict(chunks=(16, 64, 64), **codec)]:
        make_plain_file("shrinking.h5", **options)
        refuses(3, "shrinking.h5: shrank or could not be read", "--shrink", "shrinking.h5:/d")


def test_truncated():
    make_plain_file("whole.h5", chunks=(16, 64, 64), compression="gzip")
    whole = open("whole.h5", "rb").read()
    for k in range(20):
        with open("cut.h5", "wb") as f:
            f.write(whole[:len(whole) * k // 20 + 10])
        refuses(4, "cut.h5: truncated", "cut.h5:/d")
    for n, words in [(0, "not an HDF5 or .npy file"), (7, "not an HDF5 or .npy file"),
                     (8, "truncated"), (50, "truncated")]:
        with open("cut.h5", "wb") as f:
            f.write(whole[:n])
        refuses(4, words, "cut.h5:/d")
    array = np.arange(1000.0)
    np.save("whole.npy", array)
    whole = open("whole.npy", "rb").read()
    for n in [7, 20, 100, 500, len(whole) - 1]:
        with open("cut.npy", "wb") as f:
            f.write(whole[:n])
        refuses(4, "cut.npy", "cut.npy")
    np.save("object.npy", np.array([{}, []], dtype=object), allow_pickle=True)
    refuses(4, "is not one that shoal computes on", "object.npy")


def test_damaged_chunk():
    codec = hdf5plugin.Blosc(cname="lz4", clevel=5, shuffle=1)
    for options in [dict(compression="gzip"), codec, dict(fletcher32=True)]:
        make_plain_file("damaged.h5", chunks=(16, 64, 64), **options)
        with h5py.File("damaged.h5") as f:
            chunk = f["d"].id.get_chunk_info(2)
        with open("damaged.h5", "r+b") as f:
            f.seek(chunk.byte_offset)
            f.write(b"\xff" * 64)
        refuses(4, "damaged.h5:/d: chunk 2 at (32, 0, 0): ", "damaged.h5:/d")
        refuses(4, "restore it from a copy", "damaged.h5:/d[40]")
        assert run("damaged.h5:/d[:32]")[0] == 0


def test_many_chunks():
    n = 200_000
    wanted = np.arange(n) % 251
    with h5py.File("many.h5", "w") as f:
        d = f.create_dataset("d", (n,), "u1", chunks=(1,), maxshape=(None,))
        for k in range(n):
            if k % 1000 != 17:  # some are never written
                d.id.write_direct_chunk((k,), bytes([k % 251]))
    wanted[17::1000] = 0
    begin = time.perf_counter()
    assert info("many.h5")["chunks"] == f"{n} {n - n // 1000}"
    print(f"an index of {n} chunks, process start included: {time.perf_counter() - begin:.3f} s")
    values_equal("many.h5", wanted.astype("u1"))
    values_equal("many.h5[::-997]", wanted.astype("u1")[::-997])


def test_refusals():
    refuses(3, "missing.h5: No such file or directory", "missing.h5")
    refuses(3, "is a directory", ".")
    with open("text.txt", "w") as f:
        f.write("hello\n" * 1000)
    refuses(4, "text.txt: not an HDF5 or .npy file", "text.txt")
    np.save("some.npy", np.zeros(3))
    refuses(2, "an .npy file is one dataset", "some.npy:/x")
    refuses(2, "some.npy", "some.npy[7]")
    os.chmod("text.txt", 0)
    if os.getuid() != 0:
        refuses(3, "Permission denied", "text.txt")


def main():
    tests = [test for name, test in globals().items() if name.startswith("test_")]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for test in tests:
            test()
            print(test.__name__, "passed")
        os.chdir("/")


main()
