"""What `shoal export --format raw` is to give for a dataset, by libhdf5's own conversions: the
values in C order, little-endian, compounds without padding, fixed texts as they are stored."""
import re

import h5py
import numpy as np
from h5py import h5s, h5t

INTEGERS = {(size, sign): h5t.py_create(np.dtype(f'<{"i" if sign else "u"}{size}'))
            for size in (1, 2, 4, 8) for sign in (False, True)}
FLOATS = {2: h5t.IEEE_F16LE, 4: h5t.IEEE_F32LE, 8: h5t.IEEE_F64LE}
BITFIELDS = {1: h5t.STD_B8LE, 2: h5t.STD_B16LE, 4: h5t.STD_B32LE, 8: h5t.STD_B64LE}
IEEE_FIELDS = {2: (15, 10, 5, 0, 10), 4: (31, 23, 8, 0, 23), 8: (63, 52, 11, 0, 52)}
BIASES = {2: 15, 4: 127, 8: 1023}


def is_ieee(kind):
    size = kind.get_size()
    return size in FLOATS and kind.get_fields() == IEEE_FIELDS[size] and \
        kind.get_ebias() == BIASES[size] and kind.get_norm() == h5t.NORM_IMPLIED


def traits(kind):
    """What is special about a type, as a set of words."""
    number = kind.get_class()
    if number == h5t.INTEGER:
        return set() if kind.get_size() in (1, 2, 4, 8) else {'odd integer'}
    if number == h5t.FLOAT:
        return set() if is_ieee(kind) else {'odd float'}
    if number == h5t.STRING:
        return {'variable text'} if kind.is_variable_str() else set()
    if number == h5t.COMPOUND:
        members = [traits(kind.get_member_type(k)) for k in range(kind.get_nmembers())]
        return {'compound'}.union(*members)
    if number in (h5t.ARRAY, h5t.ENUM, h5t.VLEN):
        word = {h5t.ARRAY: 'array', h5t.ENUM: 'enumeration', h5t.VLEN: 'sequence'}[number]
        return {word} | traits(kind.get_super())
    if number == h5t.COMPLEX:
        return {'complex'}
    return {{h5t.REFERENCE: 'reference', h5t.OPAQUE: 'opaque', h5t.BITFIELD: 'bitfield',
             h5t.TIME: 'time'}[number]}


def array_axes(kind):
    """The axes that array types, one in another, add behind the dataset's."""
    if kind.get_class() != h5t.ARRAY:
        return []
    return list(kind.get_array_dims()) + array_axes(kind.get_super())


def ordered(made, like):
    """A number's type, in the byte order of another one, or little-endian for None."""
    made = made.copy()
    if like is not None and like.get_order() == h5t.ORDER_BE:
        made.set_order(h5t.ORDER_BE)
    return made


def packed(kind, keep_order=False):
    """The type of the exported bytes; with `keep_order`, not yet little-endian."""
    number = kind.get_class()
    if number in (h5t.INTEGER, h5t.ENUM):
        base = kind.get_super() if number == h5t.ENUM else kind
        made = INTEGERS[base.get_size(), base.get_sign() == h5t.SGN_2]
        return ordered(made, base if keep_order else None)
    if number == h5t.FLOAT:
        return ordered(FLOATS[kind.get_size()], kind if keep_order else None)
    if number == h5t.ARRAY:
        return h5t.array_create(packed(kind.get_super(), keep_order), kind.get_array_dims())
    if number == h5t.COMPLEX:
        return h5t.COMPLEX_IEEE_F32LE if kind.get_size() == 8 else h5t.COMPLEX_IEEE_F64LE
    if number == h5t.BITFIELD:
        return BITFIELDS[kind.get_size()]
    if number == h5t.COMPOUND:
        members = [packed(kind.get_member_type(k), keep_order)
                   for k in range(kind.get_nmembers())]
        made, at = h5t.create(h5t.COMPOUND, sum(m.get_size() for m in members)), 0
        for k, member in enumerate(members):
            made.insert(kind.get_member_name(k), at, member)
            at += member.get_size()
        return made
    return kind.copy()


def read_as(dataset, kind):
    n = 0 if dataset.shape is None else int(np.prod(dataset.shape, dtype=object))
    content = np.zeros(n * kind.get_size(), 'u1')
    if n > 0:
        dataset.id.read(h5s.ALL, h5s.ALL, content, kind)
    return content.tobytes()


def expected_bytes(dataset):
    """In two steps: where HDF5 only turns the bytes around, it forgets an integer's unused bits."""
    kind = dataset.id.get_type()
    first, last = packed(kind, True), packed(kind)
    content = np.frombuffer(read_as(dataset, first), 'u1').copy()
    n = len(content) // first.get_size()
    if n > 0 and not first.equal(last):
        h5t.convert(first, last, n, content, np.zeros_like(content))
    return content.tobytes()


def wide_values(dataset):
    """The numbers of a type without a NumPy form of its width, in one that holds them all."""
    kind = dataset.id.get_type()
    if kind.get_class() == h5t.FLOAT:
        return np.frombuffer(read_as(dataset, h5t.NATIVE_LDOUBLE), 'longdouble')
    signed = kind.get_sign() == h5t.SGN_2
    return np.frombuffer(read_as(dataset, INTEGERS[8, signed]), 'i8' if signed else 'u8')


def told_type(name):
    """The NumPy type that `shoal info` names."""
    return np.dtype(name if not re.fullmatch(r'S\d+', name) else f'|{name}')


def json_of(value):
    """An attribute's value as JSON has it; Ellipsis where that is left open."""
    if isinstance(value, h5py.Empty):
        return None
    if isinstance(value, (str, bytes)):
        return value if isinstance(value, str) else value.decode()
    if isinstance(value, (np.ndarray, np.generic)):
        if value.dtype.kind == 'c':
            return [value.real.item(), value.imag.item()] if value.ndim == 0 else ...
        if value.dtype.kind in 'biuf':
            return value.tolist()
        if value.dtype.kind == 'S':
            return np.char.decode(value).tolist()
        if value.dtype.kind == 'O' and h5py.check_string_dtype(value.dtype):
            return [one if isinstance(one, str) else one.decode() for one in value.ravel()]
    return ...
