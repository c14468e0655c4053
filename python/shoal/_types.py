"""NumPy's types and the library's."""
from __future__ import annotations

import numpy as np

from . import _abi
from ._errors import UsageError

_NUMERIC = ('bool', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64',
            'float16', 'float32', 'float64', 'complex64', 'complex128')
_TEXT, _RECORD = len(_NUMERIC), len(_NUMERIC) + 1
_CODES = {np.dtype(name): code for code, name in enumerate(_NUMERIC)}
_HINTS = {'U': 'numpy.char.encode makes bytes of text',
          'M': 'view it as int64', 'm': 'view it as int64', 'O': 'Python objects have no type'}


def to_dtype(kind: _abi.Type) -> np.dtype:
    """The library's type as NumPy's: text is `S`, records are `V`."""
    if kind.code < _TEXT:
        return np.dtype(_NUMERIC[kind.code])
    return np.dtype(('S' if kind.code == _TEXT else 'V', kind.n_bytes))


def from_dtype(dtype: np.dtype) -> _abi.Type:
    """The library's type of NumPy's; UsageError where it has none."""
    if not dtype.isnative:
        raise UsageError(f'{dtype} is not in this machine\'s byte order: '
                         'array.astype(array.dtype.newbyteorder("=")) is')
    if dtype in _CODES:
        return _abi.Type(_CODES[dtype], dtype.itemsize)
    if dtype.names is not None:
        raise UsageError(f'a structured array would lose its fields ({", ".join(dtype.names)}): '
                         'give them one by one, as x=array["name"], or to calc all of them by '
                         'their names, inputs={None: array}')
    if dtype.kind in 'SV' and dtype.itemsize > 0:
        return _abi.Type(_TEXT if dtype.kind == 'S' else _RECORD, dtype.itemsize)
    hint = _HINTS.get(dtype.kind)
    raise UsageError(f'shoal has no type for {dtype}' + (f': {hint}' if hint else ''))
