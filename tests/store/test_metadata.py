"""What the metadata reader finds in files equals what h5py finds: groups, links, attributes,
shapes, storage. Files are made here by h5py and by write_metadata (libhdf5); those of the corpus
are read too where it is at hand (SHOAL_CORPUS). Damaged files neither crash nor stop it.

usage: test_metadata.py DUMP_METADATA WRITE_METADATA [N_DAMAGED [SEED]]
"""
import os
import random
import select
import subprocess
import sys
import tempfile

from shared_case import chosen_seed, need

FOLDER = tempfile.TemporaryDirectory()
os.environ["HDF5_EXT_PREFIX"] = f"/nonexistent:{FOLDER.name}/prefix"  # HDF5 reads it once
need('h5py', 'numpy')
import h5py
import numpy as np
from h5py import h5a, h5d, h5f, h5g, h5o, h5p, h5s, h5t

DUMP, WRITE = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
N_DAMAGED = int(sys.argv[3]) if len(sys.argv) > 3 else 1500
SEED = chosen_seed(4)
CORPUS = os.environ.get('SHOAL_CORPUS') or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), '..', '..', '..', 'shared', 'corpus')
SECONDS = 20 if 'asan' in DUMP or 'debug' in DUMP else 5
UNLIMITED = (1 << 64) - 1


class Reader:
    """One process that answers for many files."""

    def __init__(self):
        self.process = subprocess.Popen([DUMP, "--serve"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def ask(self, line, seconds=120):
        self.process.stdin.write(os.fsencode(line) + b"\n")
        self.process.stdin.flush()
        answer = b""
        while not answer.endswith(b".\n") or (len(answer) > 2 and answer[-3:-2] != b"\n"):
            ready, _, _ = select.select([self.process.stdout], [], [], seconds)
            assert ready, f"no answer within {seconds} s: {line}"
            part = os.read(self.process.stdout.fileno(), 1 << 20)
            assert part, f"the reader died: {line}"
            answer += part
        return answer.decode('ascii', 'replace').splitlines()[:-1]

    def close(self):
        self.process.stdin.close()
        assert self.process.wait() == 0


def text(word):
    return b"" if word == "-" else bytes.fromhex(word)


def counts(word):
    return () if word == "-" else tuple(int(c) for c in word.split(","))


def parse(lines):
    """The answer as {address: object}, an object being a dictionary."""
    objects, errors, now, last = {}, [], None, None
    for line in lines:
        kind, *words = line.split(" ")
        if kind == "error":
            errors.append(line)
        elif kind == "object":
            last = None
            now = {"path": text(words[0]), "n_links": int(words[2]), "kind": words[3],
                   "links": {}, "attributes": {}, "external": []}
            assert int(words[1]) not in objects, line
            objects[int(words[1])] = now
        elif kind == "link":
            value = words[2:] if words[1] in ("hard", "other") else [text(w) for w in words[2:]]
            assert last is None or text(words[0]) > last, ("order of links", line)
            last = text(words[0])
            now["links"][text(words[0])] = (words[1], *value)
        elif kind == "attribute":
            assert not now["attributes"] or text(words[0]) > last, ("order of attributes", line)
            last = text(words[0])
            shape = None if words[1] == "null" else counts(words[1])
            now["attributes"][text(words[0])] = (shape, text(words[2]))
        elif kind == "space":
            now["space"] = None if words[0] == "null" else (counts(words[0]), counts(words[1]))
        elif kind == "external":
            now["external"].append((text(words[0]), int(words[1]), int(words[2])))
        elif kind in ("storage", "filters", "fill"):
            now[kind] = words
    return objects, errors


# ---- The same as h5py tells it -------------------------------------------------------------------


def links_of(group):
    found = {}

    def visit(name, info):
        if info.type == h5py.h5l.TYPE_HARD:
            found[name] = ("hard", str(info.u))
        elif info.type == h5py.h5l.TYPE_SOFT:
            found[name] = ("soft", group.links.get_val(name))
        elif info.type == h5py.h5l.TYPE_EXTERNAL:
            found[name] = ("external", *group.links.get_val(name))
        else:
            found[name] = ("other",)

    group.links.iterate(visit, info=True) if len(group) else None
    return found


def is_fixed(type_):
    """Stored bytes of such a type are what h5py gives when asked for the same type."""
    return not any(type_.detect_class(c) for c in (h5t.VLEN, h5t.REFERENCE)) and not (
        type_.detect_class(h5t.STRING) and has_variable_text(type_))


def has_variable_text(type_):
    if isinstance(type_, h5t.TypeStringID):
        return type_.is_variable_str()
    if isinstance(type_, h5t.TypeCompoundID):
        return any(has_variable_text(type_.get_member_type(k))
                   for k in range(type_.get_nmembers()))
    if isinstance(type_, (h5t.TypeArrayID, h5t.TypeVlenID)):
        return has_variable_text(type_.get_super())
    return False


def attributes_of(object_):
    names = []
    h5a.iterate(object_, lambda name, *_: names.append(name))
    found = {}
    for name in names:
        attribute = h5a.open(object_, name)
        space, type_ = attribute.get_space(), attribute.get_type()
        is_null = space.get_simple_extent_type() == h5s.NULL
        shape = None if is_null else space.get_simple_extent_dims()
        value = None
        if is_null:
            value = b""
        elif is_fixed(type_):
            array = np.empty(shape, dtype=f"V{type_.get_size()}")
            if array.size:
                attribute.read(array, mtype=type_)
            value = array.tobytes()
        found[name] = (shape, value)
    return found


def check_dataset(mine, dataset, base, where):
    space, create = dataset.get_space(), dataset.get_create_plist()
    if space.get_simple_extent_type() == h5s.NULL:
        assert mine["space"] is None, where
    else:
        # Of narrow lengths HDF5 gives the stored number in place of "unlimited".
        most = tuple(UNLIMITED if m in (-1, UNLIMITED, 0xFFFFFFFF) else m
                     for m in space.get_simple_extent_dims(True))
        assert mine["space"] == (space.get_simple_extent_dims(), most), where
    classes = {h5d.COMPACT: "compact", h5d.CONTIGUOUS: "contiguous", h5d.CHUNKED: "chunked",
               h5d.VIRTUAL: "virtual"}
    class_, allocated, address, n_bytes, _, chunk, element_bytes = mine["storage"]
    assert class_ == classes[create.get_layout()], where
    if class_ == "chunked":
        assert counts(chunk) == create.get_chunk(), where
        if is_fixed(dataset.get_type()):
            assert int(element_bytes) == dataset.get_type().get_size(), where
    if class_ == "contiguous" and not mine["external"]:
        offset = dataset.get_offset()
        if base == 0:  # HDF5 adds the base to "undefined" as well
            assert (offset is not None) == (allocated == "1"), where
        if allocated == "1":
            assert int(address) == offset, where
        if allocated == "1" and int(n_bytes) != UNLIMITED:
            assert int(n_bytes) == dataset.get_storage_size(), where
    expected = []
    for k in range(create.get_nfilters()):
        number, _, values, _ = create.get_filter(k)
        expected.append(":".join(str(v) for v in (number, *values)))
    assert mine.get("filters", []) == expected, (where, mine.get("filters"), expected)
    assert len(mine["external"]) == create.get_external_count(), where
    for k, (name, offset, size) in enumerate(mine["external"]):
        assert (name, offset) == create.get_external(k)[:2], where
        theirs = create.get_external(k)[2] % (1 << 64)
        assert size == (UNLIMITED if theirs == 0xFFFFFFFF else theirs), where
    check_fill(mine["fill"][0], dataset.get_type(), create, where)


def check_fill(mine, type_, create, where):
    if create.fill_value_defined() != h5d.FILL_VALUE_USER_DEFINED:
        assert mine == "-", where
    elif isinstance(type_, (h5t.TypeIntegerID, h5t.TypeFloatID)):
        value = np.zeros((), dtype=type_.dtype)
        create.get_fill_value(value)
        assert text(mine) == value.tobytes(), where


def check_file(reader, path, open_as=None, driver=None):
    """Every object that hard links lead to, from the root on."""
    objects, errors = parse(reader.ask(path))
    assert not errors, (path, errors[:3])
    sizes = {"memb_size": 0} if driver else {}
    with h5py.File(open_as or path, "r", driver=driver, **sizes) as file:
        root = h5g.open(file.id, b"/")
        waiting, seen = [(root, b"")], {h5o.get_info(root).addr}
        while waiting:
            object_, name = waiting.pop()
            info = h5o.get_info(object_)
            where = (path, name)
            mine = objects.get(info.addr)
            assert mine is not None, where
            assert mine["n_links"] == info.rc, (where, mine["n_links"], info.rc)
            kinds = {h5o.TYPE_GROUP: "group", h5o.TYPE_DATASET: "dataset",
                     h5o.TYPE_NAMED_DATATYPE: "type"}
            assert mine["kind"] == kinds[info.type], where
            check_attributes(mine["attributes"], attributes_of(object_), where)
            if info.type == h5o.TYPE_DATASET:
                check_dataset(mine, object_, file.userblock_size, where)
            if info.type != h5o.TYPE_GROUP:
                continue
            links = links_of(object_)
            assert {n: v for n, v in mine["links"].items()} == links, where
            for link, (kind, *value) in links.items():
                if kind == "hard" and int(value[0]) not in seen:
                    seen.add(int(value[0]))
                    waiting.append((h5o.open(object_, link), name + b"/" + link))
        assert seen == set(objects), path
    return len(objects)


def check_attributes(mine, theirs, where):
    assert list(mine) == sorted(theirs), where
    for name, (shape, value) in theirs.items():
        assert mine[name][0] == shape, (where, name)
        assert value is None or mine[name][1] == value, (where, name, mine[name][1], value)


# ---- Files -----------------------------------------------------------------------------------


def creation(userblock=0, offsets=8, lengths=8):
    plist = h5p.create(h5p.FILE_CREATE)
    if userblock:
        plist.set_userblock(userblock)
    plist.set_sizes(offsets, lengths)
    return plist


def new_file(path, libver, **sizes):
    access = h5p.create(h5p.FILE_ACCESS)
    access.set_fclose_degree(h5f.CLOSE_STRONG)
    names = {"earliest": h5f.LIBVER_EARLIEST, "v108": h5f.LIBVER_V18, "v110": h5f.LIBVER_V110,
             "latest": h5f.LIBVER_LATEST}
    access.set_libver_bounds(names[libver], max(names[libver], h5f.LIBVER_V18))
    return h5py.File(h5f.create(os.fsencode(path), h5f.ACC_TRUNC, creation(**sizes), access))


def fill_group(file, name, n, track, rng):
    group = file.create_group(name, track_order=track)
    target = group.create_dataset("target", data=np.arange(5))
    for k in range(n):
        link = f"{rng.randrange(1 << 30):x} {'ä' * rng.choice([0, 1, 40])}{k}"
        kind = rng.randrange(4)
        if kind == 0:
            group[link] = target
        elif kind == 1:
            group[link] = h5py.SoftLink("/somewhere/else/" + "x" * rng.randrange(50))
        elif kind == 2:
            group[link] = h5py.ExternalLink("other file.h5", f"/there/{k}")
        else:
            group.create_group(link)
    group.id.links.create_soft(b"not UTF-8: \xff\xfe", b"/\xe9")
    group["n" * 3000] = target
    return group


def fill_attributes(object_, n, rng):
    for k in range(n):
        name = f"{rng.randrange(1 << 20):05x} attribute {k}"
        kind = rng.randrange(7)
        value = (k, np.arange(k % 30).astype(rng.choice([">i2", "<f8", "u1", "?"])), "text äöü" * k,
                 np.array([b"fixed", b"text"]), h5py.Empty("f4"),
                 np.zeros(3, dtype=[("a", "i4"), ("b", ">f8", (2,)), ("c", "S3")]),
                 np.array([[1, 2], [3, 4]], dtype=complex))[kind]
        object_.attrs[name] = value


def fill_types(file, n):
    file["committed"] = np.dtype([("x", "<i4"), ("y", ">f8")])
    file["committed"].attrs["about"] = "a type with a name"
    table = file.create_dataset("table", (7,), dtype=file["committed"])
    for k in range(n):
        table.attrs.create(f"of a type {k}", np.zeros((), dtype=file["committed"].dtype),
                           dtype=file["committed"])


def fill_datasets(file, libver, lengths):
    group = file.create_group("datasets")
    group.create_dataset("scalar", data=3.5, fillvalue=2.0)
    group.create_dataset("null", data=h5py.Empty("i4"))
    group.create_dataset("contiguous", data=np.arange(100, dtype=">i4"))
    group.create_dataset("not written", (10, 10), dtype="f4", fillvalue=-1)
    most = None if lengths == 8 else 1000  # HDF5 loses "unlimited" in narrow lengths
    group.create_dataset("resizable", (10, 3), maxshape=(most, 3), chunks=(4, 3), dtype="i2")
    group.create_dataset("both ways", (10, 3), maxshape=(most, most), chunks=(4, 2), dtype="i8")
    group.create_dataset("fixed", (9, 9), chunks=(2, 2), data=np.ones((9, 9)), compression="gzip",
                         shuffle=True, fletcher32=True)
    group.create_dataset("single", (9, 9), chunks=(9, 9), data=np.ones((9, 9)), compression="lzf")
    group.create_dataset("szip", (64, 64), chunks=(8, 8), dtype="i4", scaleoffset=3)
    group.create_dataset("texts", data=["a", "bb" * 500], dtype=h5py.string_dtype())
    group.create_dataset("external", (100,), dtype="i4",
                         external=[("raw 1.bin", 0, 200), ("raw 2.bin", 16, h5f.UNLIMITED)])
    plist = h5p.create(h5p.DATASET_CREATE)
    plist.set_layout(h5d.COMPACT)
    plist.set_fill_value(np.array(7, dtype="i4"))
    h5d.create(group.id, b"compact", h5t.STD_I32BE, h5s.create_simple((5,)), plist)
    if libver in ("v110", "latest"):
        layout = h5py.VirtualLayout((4, 100), dtype="i4")
        layout[0] = h5py.VirtualSource("elsewhere.h5", "d", (100,))
        group.create_virtual_dataset("virtual", layout)


def make_file(path, libver, rng, n=300, **sizes):
    with new_file(path, libver, **sizes) as file:
        # HDF5 cannot read its own dense storage where lengths have 2 bytes.
        small = sizes.get("offsets", 8) == 2
        few = 2 if small else 5
        fill_attributes(file, few, rng)
        group = fill_group(file, "few", few, False, rng)
        group["up"] = file["/"]
        fill_group(file, "ordered", few, True, rng)
        fill_types(file, 5 if small else 20)
        if small:
            return
        fill_datasets(file, libver, sizes.get("lengths", 8))
        fill_group(file, "many", n, False, rng)
        fill_attributes(fill_group(file, "many ordered", n, True, rng), 40, rng)
        dense = file.create_dataset("with attributes", data=[1, 2], track_order=True)
        fill_attributes(dense, n if libver != "earliest" else 60, rng)
        if libver != "earliest":
            dense.attrs["large"] = np.random.default_rng(1).random(100000)
        with h5py.File(path + ".second.h5", "w") as second:
            second["there"] = 5


def check_made(reader, folder, rng):
    n = 0
    for libver in ("earliest", "v108", "v110", "latest"):
        path = os.path.join(folder, f"{libver}.h5")
        make_file(path, libver, rng, n=rng.choice([50, 300, 2000]))
        n += check_file(reader, path)
        for sizes in ({"userblock": 1024}, {"offsets": 4, "lengths": 4},
                      {"offsets": 2, "lengths": 2}, {"offsets": 4, "lengths": 8},
                      {"offsets": 8, "lengths": 4, "userblock": 512}):
            path = os.path.join(folder, f"{libver}-{'-'.join(map(str, sizes.values()))}.h5")
            make_file(path, libver, rng, **sizes)
            n += check_file(reader, path)
    print(f"{n} objects in files made by h5py")


def check_million_links(reader, folder):
    """A path in a large group costs a look-up, not a listing."""
    for libver in ("earliest", "latest"):
        path = os.path.join(folder, f"large group {libver}.h5")
        n = 200000
        with h5py.File(path, "w", libver=libver) as file:
            group, target = file.create_group("g"), file.create_dataset("d", data=1)
            for k in range(n):
                h5py.h5o.link(target.id, group.id, b"link %d" % (k * 7919 % n))
            address = h5o.get_info(target.id).addr
        lines = reader.ask(f"{path}\t/g/link 77777")
        assert lines[0].startswith(f"resolved whole large group {libver}.h5 {address} "), lines
        objects, errors = parse(reader.ask(path))
        assert not errors and max(len(o["links"]) for o in objects.values()) == n, path


def check_written(reader, folder):
    for kind in ("shared-list", "shared-btree", "filtered", "user-links", "left-open"):
        path = os.path.join(folder, kind + ".h5")
        subprocess.run([WRITE, kind, path], check=True)
        if kind != "left-open":
            print(f"{kind}: {check_file(reader, path)} objects")
            continue
        # h5py refuses it until the mark is taken away.
        objects, errors = parse(reader.ask(path))
        assert not errors and len(objects) == 2, (kind, errors)


def check_families(reader, folder):
    """Members of a size that pages divide, and of one that they do not."""
    for kind in ("family", "family-odd"):
        pattern = os.path.join(folder, kind + " %05d.h5")
        subprocess.run([WRITE, kind, pattern], check=True)
        assert os.path.exists(pattern % 3)
        n = check_file(reader, pattern % 0, pattern, "family")
        print(f"{kind}: {n} objects")
        os.remove(pattern % 1)
        assert parse(reader.ask(pattern % 0))[1] == ["error cut off"]


# ---- Paths ------------------------------------------------------------------------------------


def make_linked(folder):
    os.makedirs(os.path.join(folder, "below"))
    with h5py.File(os.path.join(folder, "first.h5"), "w") as file:
        file["group/inner/data"] = np.arange(3)
        file["group/relative"] = h5py.SoftLink("inner/data")
        file["group/absolute"] = h5py.SoftLink("/group/inner/data")
        file["group/through"] = h5py.SoftLink("/alias/inner")
        file["alias"] = h5py.SoftLink("group")
        file["circle"] = h5py.SoftLink("/circle 2")
        file["circle 2"] = h5py.SoftLink("circle")
        file["nowhere"] = h5py.SoftLink("/group/missing/x")
        file["out"] = h5py.ExternalLink("second.h5", "/there")
        file["out data"] = h5py.ExternalLink("second.h5", "/there/data")
        file["out and back"] = h5py.ExternalLink("second.h5", "/back")
        file["out nowhere"] = h5py.ExternalLink("second.h5", "/missing")
        file["no file"] = h5py.ExternalLink("missing.h5", "/there")
        file["absolute file"] = h5py.ExternalLink(os.path.join(folder, "second.h5"), "/there")
        file["moved file"] = h5py.ExternalLink("/no/such/folder/second.h5", "/there")
        file["in folder"] = h5py.ExternalLink("below/third.h5", "/x")
        file["prefixed"] = h5py.ExternalLink("fourth.h5", "/x")
        for k in range(20):
            file[f"chain {k}"] = h5py.SoftLink(f"/chain {k + 1}")
        file["chain 20"] = h5py.SoftLink("/group")
        file["self"] = file["/"]
    os.makedirs(os.path.join(FOLDER.name, "prefix"))
    for name in (f"{folder}/below/third.h5", f"{FOLDER.name}/prefix/fourth.h5"):
        with h5py.File(name, "w") as file:
            file["x/y"] = 5
    with h5py.File(os.path.join(folder, "second.h5"), "w") as file:
        file["there/data"] = 1
        file["back"] = h5py.ExternalLink("first.h5", "/group")
        file["circle"] = h5py.ExternalLink("second.h5", "/circle")


def check_paths(folder):
    make_linked(folder)
    reader = Reader()
    first = os.path.join(folder, "first.h5")
    whole = ["/", "//", "/.", "/group", "group/inner", "/group//./inner/data/", "/group/relative",
             "/group/absolute", "/group/through/data", "/alias/inner/data", "/alias/through/data",
             "/out", "/out/data", "/out data", "/out and back", "/out and back/inner/data",
             "/absolute file/data", "/moved file/data", "/in folder/y", "/prefixed/y",
             "/self/self/./self/alias/relative", "/chain 20", "/chain 10/inner", "/chain 6"]
    with h5py.File(first, "r") as file:
        for path in whole:
            lines = reader.ask(f"{first}\t{path}")
            _, result, name, address, used, rest, _ = lines[0].rsplit(" ", 6)
            assert result == "whole", (path, lines)
            try:
                object_ = h5o.open(file.id, path.encode())
            except KeyError as problem:
                raise AssertionError(path) from problem
            info = h5o.get_info(object_)
            assert int(address) == info.addr, (path, lines)
            assert name == os.path.basename(h5f.get_name(object_).decode()), (path, lines)
            assert path[int(used):].strip("/.") == "", (path, lines)
    for path, result, reached, rest in [
            ("/group/missing/x", "absent", "/group", b"missing"), ("/x", "absent", "", b"x"),
            ("/group/inner/data/member/x", "part", "/group/inner/data", b"member"),
            ("/out/data/member", "part", "/out/data", b"member"),
            ("/out/missing", "absent", "/out", b"missing"),
            ("/circle/x", "dangling", "", b"circle"), ("/chain 0", "dangling", "", b"chain 0"),
            ("/group/../x", "absent", "/group", b".."), ("/nowhere", "dangling", "", b"nowhere"),
            ("/out nowhere", "dangling", "", b"out nowhere"),
            ("/no file/data", "dangling", "", b"no file")]:
        lines = reader.ask(f"{first}\t{path}")
        words = lines[0].rsplit(" ", 6)
        assert words[1] == result and text(words[5]) == rest, (path, lines)
        assert path[:int(words[4])] == reached, (path, lines)
    lines = reader.ask(f"{os.path.join(folder, 'second.h5')}\t/circle")
    assert lines[0].startswith("resolved dangling"), lines
    reader.close()
    print(f"{len(whole)} paths")


# ---- The corpus, and damage ----------------------------------------------------------------------


def corpus_files():
    for folder, _, names in sorted(os.walk(os.path.join(CORPUS, "files"))):
        yield from (os.path.join(folder, name) for name in sorted(names))


def check_corpus(reader):
    n_equal = n_read = 0
    for path in corpus_files():
        if "/malformed/" in path:
            reader.ask(path, SECONDS)
            n_read += 1
            continue
        try:
            h5py.File(path, "r").close()
        except OSError:
            reader.ask(path, SECONDS)
            n_read += 1
            continue
        try:
            check_file(reader, path)
            n_equal += 1
        except (RuntimeError, KeyError) as problem:  # h5py's, not a difference
            print(f"h5py cannot read {os.path.basename(path)}: {problem}")
            n_read += 1
    if n_equal:
        print(f"{n_equal} files of the corpus are equal, {n_read} more were read")
    else:
        print("skipped: no corpus at", CORPUS)


def damage(content, rng):
    """Some bytes of structures, wherever they are, changed."""
    content = bytearray(content)
    marks = [b"OHDR", b"OCHK", b"TREE", b"SNOD", b"HEAP", b"GCOL", b"BTHD", b"BTLF", b"BTIN",
             b"FRHP", b"FHDB", b"FHIB", b"SMTB"]
    for _ in range(rng.choice([1, 1, 2, 5, 50])):
        at = rng.randrange(len(content))
        if rng.random() < 0.7:
            found = content.find(rng.choice(marks), at)
            at = min(max(found, 0) + rng.randrange(64), len(content) - 1)
        kind = rng.randrange(4)
        if kind == 0:
            content[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            content[at] = rng.choice([0, 1, 255, 127])
        else:
            content[at:at + rng.choice([2, 4, 8])] = rng.randbytes(8)[:len(content) - at]
    return bytes(content[:rng.randrange(len(content))] if rng.random() < 0.05 else content)


def check_damage(folder, rng):
    reader = Reader()
    sources = [os.path.join(folder, name) for name in
               ("earliest.h5", "v108.h5", "latest.h5", "shared-list.h5", "shared-btree.h5")]
    small = [path for path in corpus_files() if os.path.getsize(path) < 1 << 17]
    path = os.path.join(folder, "damaged.h5")
    for k in range(N_DAMAGED):
        source = rng.choice(small if small and k % 2 else sources)
        with open(source, "rb") as file:
            content = file.read()
        with open(path, "wb") as file:
            file.write(damage(content, rng))
        try:
            reader.ask(path, SECONDS)
        except AssertionError:
            os.rename(path, f"/tmp/damaged-{SEED}-{k}.h5")
            print(f"damaged file {k} of {source}: kept in /tmp")
            raise
    reader.close()
    print(f"{N_DAMAGED} damaged files")


def main():
    rng = random.Random(SEED)
    reader = Reader()
    folder = FOLDER.name
    check_paths(os.path.join(folder, "linked"))
    check_made(reader, folder, rng)
    check_written(reader, folder)
    check_families(reader, folder)
    check_million_links(reader, folder)
    check_corpus(reader)
    reader.close()
    check_damage(folder, rng)


with FOLDER:
    main()
