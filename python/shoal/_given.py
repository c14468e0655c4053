"""What callers give, checked before C sees it: ctypes takes any integer modulo its width, and texts
end at their first NUL."""
from __future__ import annotations

import operator
import os
from typing import Any, Iterable, Union

import numpy as np

from ._errors import UsageError

MAX_RANK = 32  # HDF5's limit


def encoded(value: Union[str, bytes, os.PathLike]) -> bytes:
    """A text or a path for C."""
    if not isinstance(value, (str, bytes, os.PathLike)):
        raise UsageError(f'{value!r} is no text')
    words = os.fsencode(value)
    if b'\0' in words:
        raise UsageError(f'{value!r} has a NUL in it')
    return words


def whole(value: Any, least: int, most: int, what: str) -> int:
    """An integer within limits."""
    try:
        number = operator.index(value)
    except TypeError:
        raise UsageError(f'{what}: {value!r} is no integer') from None
    if not least <= number <= most:
        raise UsageError(f'{what}: {number} is not from {least} to {most}')
    return number


def extents(values: Any, least: int, what: str) -> tuple[int, ...]:
    """A shape; one number stands for a shape of one axis."""
    if not isinstance(values, Iterable) or isinstance(values, (str, bytes)):
        values = (values,)
    shape = tuple(whole(n, least, 2**63 - 1, what) for n in values)
    if len(shape) > MAX_RANK:
        raise UsageError(f'{what}: {len(shape)} axes are too many; {MAX_RANK} are possible')
    return shape


def as_array(value: Any) -> np.ndarray:
    """What NumPy makes of it without copying where it can: arrays, buffers, DLPack."""
    if isinstance(value, np.ma.MaskedArray):
        raise UsageError('a masked array would lose its mask: array.filled(numpy.nan), or '
                         'array.data, says what is meant')
    if isinstance(value, np.ndarray):
        return value
    if hasattr(value, '__dlpack__') and not hasattr(value, '__array__'):
        return np.from_dlpack(value)
    return np.asarray(value)
