"""shoal's expression language under the names of the array API standard, for its tests alone: an
array holds a NumPy array, and every function writes its arguments into an HDF5 file, sends an
expression to tests/compute/calc_driver (named by SHOAL_CALC_DRIVER) and reads the result. What has
to do with Python and not with results - making arrays of lists, item assignment, types' limits - is
NumPy's. What the language has not is not here either; left_out.txt lists it."""

import collections, os, subprocess, sys, tempfile

import h5py
import numpy as np

__array_api_version__ = '2024.12'
__version__ = 'language'
e, inf, nan, pi, newaxis = np.e, np.inf, np.nan, np.pi, None
TYPE_NAMES = """bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64
complex128""".split()
for _name in TYPE_NAMES:
    globals()[_name] = np.dtype(_name)
finfo, iinfo, _bool = np.finfo, np.iinfo, type(True)
SCALARS = (_bool, int, float, complex)

# Limits of the language that are known: an example that meets one is not counted.
LIMITS = (
    'unique_values() takes real numbers',
    'a mask of rank 0',
)


class Failed(Exception):
    """What calc said: its status and its line."""


class OutOfBounds(Failed, IndexError):
    """The one that ends Python's iteration."""


def _refuse(text):
    if 'hypothesis' in sys.modules and [limit for limit in LIMITS if limit in text]:
        sys.modules['hypothesis'].reject()
    raise (OutOfBounds if 'out of bounds' in text else Failed)(text)


class _Driver:
    def __init__(self):
        path = os.environ['SHOAL_CALC_DRIVER']
        self.p = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, 'inputs.h5')

    def run(self, expression, operands):
        words = [expression, '@threads=1']
        if operands:
            with h5py.File(self.path, 'w', libver='latest') as f:
                for name, a in operands.items():
                    f[name] = a
            words += [f'{name}={self.path}:/{name}' for name in operands]
        self.p.stdin.write('\t'.join(words).encode() + b'\n')
        self.p.stdin.flush()
        results, error = [], None
        while (line := self.p.stdout.readline()) != b'done\n':
            words = line.decode().split()
            if not words:
                raise SystemExit(f'FAILED: the driver died at {expression!r}')
            if words[0] == 'error':
                error = line.decode().strip()
                continue
            shape = tuple(map(int, words[3:-1]))
            data = self.p.stdout.read(int(words[-1]))
            results.append(np.frombuffer(data, words[1]).reshape(shape).copy())
        if error:
            _refuse(f'{expression}: {error}')
        return results


_driver = None


def literal(value):
    """A Python number as the language writes it."""
    if isinstance(value, (_bool, np.bool_)):
        return 'True' if value else 'False'
    if isinstance(value, (complex, np.complexfloating)):
        # z + w as Python adds would lose the sign of a zero
        real, imag = literal(value.real), literal(value.imag)
        return f'complex({real}, {imag})'
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return f'({text})' if text.startswith('-') else text


def calc(template, *operands):
    """The results of an expression in which {0}, {1}... stand for arrays or numbers."""
    global _driver
    _driver = _driver or _Driver()
    words, inputs = [], {}
    for x in operands:
        if isinstance(x, Array):
            name = f'x{len(inputs)}'
            inputs[name] = x._a
            words.append(name)
        else:
            words.append(literal(x))
    return [Array(r) for r in _driver.run(template.format(*words), inputs)]


def calc1(template, *operands):
    (result,) = calc(template, *operands)
    return result


def _options(**given):
    """', name=value' of what is not None."""
    parts = []
    for name, value in given.items():
        if value is None:
            continue
        if isinstance(value, (list, tuple)):
            value = '(' + ''.join(f'{int(v)}, ' for v in value) + ')'
        elif isinstance(value, np.dtype) or not isinstance(value, SCALARS):
            value = str(np.dtype(value))
        else:
            value = literal(value)
        parts.append(f', {name}={value}')
    return ''.join(parts)


def _shape(shape):
    shape = (shape,) if isinstance(shape, int) else shape
    return '(' + ''.join(f'{int(n)}, ' for n in shape) + ')'


def _index(key, operands):
    """The text of one part of an index."""
    if key is None:
        return 'None'
    if key is Ellipsis:
        return '...'
    if isinstance(key, slice):
        ends = ['' if k is None else str(k.__index__()) for k in (key.start, key.stop, key.step)]
        return ':'.join(ends)
    if isinstance(key, Array) and key.ndim == 0 and key.dtype.kind in 'iu':
        return str(int(key))
    if isinstance(key, Array):
        if key.ndim == 0:
            _refuse('a mask of rank 0')
        operands.append(key)
        return '{%d}' % (len(operands) - 1)
    return literal(key)


class Array:
    __slots__ = ('_a',)

    def __init__(self, a):
        self._a = a

    dtype = property(lambda x: x._a.dtype)
    shape = property(lambda x: x._a.shape)
    ndim = property(lambda x: x._a.ndim)
    size = property(lambda x: x._a.size)
    device = property(lambda x: 'cpu')
    T = property(lambda x: calc1('({0}).T', x))
    mT = property(lambda x: calc1('({0}).mT', x))

    def to_device(self, device, /, *, stream=None):
        return self

    def __array_namespace__(self, /, *, api_version=None):
        return sys.modules[__name__]

    def _one(self):
        if self._a.ndim:
            raise TypeError('only arrays of rank 0 are numbers')
        return self._a.item()

    def __bool__(self):
        return _bool(self._one())

    def __int__(self):
        return int(self._one())

    def __float__(self):
        return float(self._one())

    def __complex__(self):
        return complex(self._one())

    def __index__(self):
        return self._one().__index__()

    def __len__(self):
        return len(self._a)

    def __repr__(self):
        return repr(self._a)

    def __dlpack__(self, /, *, stream=None, max_version=None, dl_device=None, copy=None):
        return self._a.__dlpack__(stream=stream)

    def __dlpack_device__(self, /):
        return self._a.__dlpack_device__()

    def __getitem__(self, key, /):
        keys = key if isinstance(key, tuple) else (key,)
        operands = [self]
        parts = [_index(k, operands) for k in keys]
        if not parts:
            return self
        return calc1('{0}[' + ', '.join(parts) + ']', *operands)

    def __setitem__(self, key, value, /):
        keys = tuple(k._a if isinstance(k, Array) else k for k in key) if isinstance(
            key, tuple) else key._a if isinstance(key, Array) else key
        self._a[keys] = value._a if isinstance(value, Array) else value

    __hash__ = None


def _operators():
    both = {
        'add': '+', 'sub': '-', 'mul': '*', 'truediv': '/', 'floordiv': '//', 'mod': '%',
        'pow': '**', 'and': '&', 'or': '|', 'xor': '^', 'lshift': '<<', 'rshift': '>>',
    }  # fmt: skip
    compared = {'eq': '==', 'ne': '!=', 'lt': '<', 'le': '<=', 'gt': '>', 'ge': '>='}

    def binary(symbol, swap):
        def forward(self, other, /):
            if not isinstance(other, (Array,) + SCALARS):
                return NotImplemented
            return calc1('{0} ' + symbol + ' {1}', *((other, self) if swap else (self, other)))

        return forward

    def in_place(symbol):
        def change(self, other, /):
            new = calc1('{0} ' + symbol + ' {1}', self, other)
            if new.shape != self.shape or new.dtype != self.dtype:
                raise TypeError('the result does not fit')
            self._a[...] = new._a
            return self

        return change

    for name, symbol in (both | compared).items():
        setattr(Array, f'__{name}__', binary(symbol, False))
    for name, symbol in both.items():
        setattr(Array, f'__r{name}__', binary(symbol, True))
        setattr(Array, f'__i{name}__', in_place(symbol))
    Array.__neg__ = lambda self, /: calc1('-{0}', self)
    Array.__pos__ = lambda self, /: calc1('+{0}', self)
    Array.__invert__ = lambda self, /: calc1('~{0}', self)
    Array.__abs__ = lambda self, /: calc1('abs({0})', self)


_operators()

UNARY = """abs acos acosh asin asinh atan atanh bitwise_invert ceil conj cos cosh exp expm1 floor
imag isfinite isinf isnan log log1p log2 log10 logical_not negative positive real reciprocal round
sign signbit sin sinh square sqrt tan tanh trunc""".split()
BINARY = """add atan2 bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor
copysign divide equal floor_divide greater greater_equal hypot less less_equal logaddexp
logical_and logical_or logical_xor maximum minimum multiply nextafter not_equal pow remainder
subtract""".split()


def _elementwise():
    def unary(name):
        def call(x, /):
            return calc1(name + '({0})', x)

        return call

    def binary(name):
        def call(x1, x2, /):
            return calc1(name + '({0}, {1})', x1, x2)

        return call

    for make, names in ((unary, UNARY), (binary, BINARY)):
        for name in names:
            globals()[name] = make(name)
            globals()[name].__name__ = name


_elementwise()


def clip(x, /, min=None, max=None):
    return calc1('clip({0}, ' + ('None' if min is None else '{1}') + ', '
                 + ('None' if max is None else '{2}') + ')',
                 x, 0 if min is None else min, 0 if max is None else max)  # fmt: skip


def where(condition, x1, x2, /):
    return calc1('where({0}, {1}, {2})', condition, x1, x2)


# ---- reductions ----


def _reduce(name, x, **options):
    if options.get('keepdims') is False:
        del options['keepdims']
    return calc1(name + '({0}' + _options(**options) + ')', x)


def _reductions():
    def make(name):
        def call(x, /, *, axis=None, keepdims=False):
            return _reduce(name, x, axis=axis, keepdims=keepdims)

        return call

    for name in 'all any max min mean argmax argmin count_nonzero'.split():
        globals()[name] = make(name)


_reductions()


def sum(x, /, *, axis=None, dtype=None, keepdims=False):
    return _reduce('sum', x, axis=axis, dtype=dtype, keepdims=keepdims)

def prod(x, /, *, axis=None, dtype=None, keepdims=False):
    return _reduce('prod', x, axis=axis, dtype=dtype, keepdims=keepdims)


def std(x, /, *, axis=None, correction=0.0, keepdims=False):
    return _reduce('std', x, axis=axis, correction=correction, keepdims=keepdims)

def var(x, /, *, axis=None, correction=0.0, keepdims=False):
    return _reduce('var', x, axis=axis, correction=correction, keepdims=keepdims)


def cumulative_sum(x, /, *, axis=None, dtype=None, include_initial=False):
    return _reduce('cumulative_sum', x, axis=axis, dtype=dtype, include_initial=include_initial)

def cumulative_prod(x, /, *, axis=None, dtype=None, include_initial=False):
    return _reduce('cumulative_prod', x, axis=axis, dtype=dtype, include_initial=include_initial)


# ---- searching and sets ----


def nonzero(x, /):
    return tuple(calc(';'.join('argwhere({0})[:, %d]' % k for k in range(x.ndim)), x))


def take(x, indices, /, *, axis=None):
    return calc1('take({0}, {1}' + _options(axis=axis) + ')', x, indices)


UniqueInverse = collections.namedtuple('UniqueInverse', 'values inverse_indices')
UniqueCounts = collections.namedtuple('UniqueCounts', 'values counts')


def unique_values(x, /):
    return calc1('unique_values({0})', x)


def unique_inverse(x, /):
    return UniqueInverse(*calc('unique_values({0}); unique_inverse({0})', x))


def unique_counts(x, /):
    return UniqueCounts(*calc('unique_values({0}); unique_counts({0})', x))


# ---- shapes ----


def broadcast_to(x, /, shape):
    return calc1('broadcast_to({0}, ' + _shape(shape) + ')', x)


def _listed(name, arrays, axis):
    arrays = list(arrays)
    text = ', '.join('{%d}' % k for k in range(len(arrays)))
    return calc1(f'{name}([{text}], axis={axis})', *arrays)


def concat(arrays, /, *, axis=0):
    return _listed('concat', arrays, axis)

def stack(arrays, /, *, axis=0):
    return _listed('stack', arrays, axis)


def expand_dims(x, /, axis):
    return _reduce('expand_dims', x, axis=axis)

def squeeze(x, /, axis):
    return _reduce('squeeze', x, axis=axis)


def flip(x, /, *, axis=None):
    return _reduce('flip', x, axis=axis)

def matrix_transpose(x, /):
    return calc1('matrix_transpose({0})', x)


def moveaxis(x, source, destination, /):
    return _reduce('moveaxis', x, source=source, destination=destination)

def permute_dims(x, /, axes):
    return _reduce('permute_dims', x, axes=axes)


def repeat(x, repeats, /, *, axis=None):
    if isinstance(repeats, Array):
        repeats = repeats._a.tolist()
    return _reduce('repeat', x, repeats=repeats, axis=axis)


def reshape(x, /, shape, *, copy=None):
    return calc1('reshape({0}, ' + _shape(shape) + ')', x)


def roll(x, /, shift, *, axis=None):
    return _reduce('roll', x, shift=shift, axis=axis)


def tile(x, repetitions, /):
    return calc1('tile({0}, ' + _shape(repetitions) + ')', x)


# ---- creation and types ----


def asarray(obj, /, *, dtype=None, device=None, copy=None):
    if isinstance(obj, Array):
        if dtype is not None and dtype != obj.dtype:
            return astype(obj, dtype)
        return Array(obj._a.copy()) if copy else obj
    if isinstance(obj, (list, tuple)):
        obj = _plain(obj)
    return Array(np.array(obj, dtype=dtype))


def _plain(items):
    return [_plain(i) if isinstance(i, (list, tuple)) else i._a if isinstance(i, Array) else i
            for i in items]  # fmt: skip


def from_dlpack(x, /, *, device=None, copy=None):
    return Array(np.from_dlpack(x._a if isinstance(x, Array) else x).copy())


def astype(x, dtype, /, *, copy=True, device=None):
    return calc1('astype({0}, ' + str(dtype) + ')', x) if dtype != x.dtype or copy else x


def arange(start, /, stop=None, step=1, *, dtype=None, device=None):
    given = [0, start] if stop is None else [start, stop]
    given = [start] if stop is None and step == 1 else given
    given += [step] if step != 1 or isinstance(step, float) else []
    return calc1('arange(' + ', '.join(map(literal, given)) + _options(dtype=dtype) + ')')


def linspace(start, stop, /, num, *, dtype=None, device=None, endpoint=True):
    return calc1('linspace({0}, {1}, {2}' + _options(dtype=dtype, endpoint=endpoint) + ')',
                 start, stop, num)  # fmt: skip


def eye(n_rows, n_cols=None, /, *, k=0, dtype=None, device=None):
    return calc1('eye({0}, {1}' + _options(k=k, dtype=dtype) + ')', n_rows,
                 n_rows if n_cols is None else n_cols)  # fmt: skip


def full(shape, fill_value, *, dtype=None, device=None):
    return calc1('full(' + _shape(shape) + ', {0}' + _options(dtype=dtype) + ')', fill_value)

def full_like(x, /, fill_value, *, dtype=None, device=None):
    return calc1('full_like({0}, {1}' + _options(dtype=dtype) + ')', x, fill_value)


def zeros(shape, *, dtype=None, device=None):
    return calc1('zeros(' + _shape(shape) + _options(dtype=dtype) + ')')

def ones(shape, *, dtype=None, device=None):
    return calc1('ones(' + _shape(shape) + _options(dtype=dtype) + ')')

def zeros_like(x, /, *, dtype=None, device=None):
    return calc1('zeros_like({0}' + _options(dtype=dtype) + ')', x)

def ones_like(x, /, *, dtype=None, device=None):
    return calc1('ones_like({0}' + _options(dtype=dtype) + ')', x)

def empty(shape, *, dtype=None, device=None):
    return Array(np.empty(shape, dtype))

def empty_like(x, /, *, dtype=None, device=None):
    return Array(np.empty(x.shape, dtype or x.dtype))

def isdtype(dtype, kind):
    return np.isdtype(dtype, kind)

def can_cast(from_, to, /):
    return np.can_cast(from_.dtype if isinstance(from_, Array) else from_, to)

def result_type(*given):
    return np.result_type(*[x.dtype if isinstance(x, Array) else x for x in given])


def __array_namespace_info__():
    return np.__array_namespace_info__()
