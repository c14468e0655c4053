"""Attributes of an object, as a mapping of names to NumPy values and texts."""
from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Iterator

import numpy as np

from . import _abi
from ._given import encoded
from ._library import call, text

if TYPE_CHECKING:
    from ._file import File


def _numbers_of(shown: str) -> Any:
    """Nested lists from "[1, nan, [inf]]", which JSON has no words for."""
    words = shown.replace('nan', 'NaN').replace('inf', 'Infinity')
    return json.loads(words)


def _value(kind: str, shown: str, stored: str) -> Any:
    if not stored:
        return shown
    value = json.loads(stored)
    try:
        dtype = np.dtype(kind.split()[0])
    except (TypeError, IndexError):
        return value
    if dtype.kind not in 'biufc':
        return value
    try:
        if dtype.kind == 'f' and 'null' in stored:
            value = _numbers_of(shown)
        if dtype.kind == 'c':
            value = [complex(*pair) for pair in value] if isinstance(value, list) else value
        array = np.asarray(value, dtype)
    except (TypeError, ValueError):
        return value
    return array[()] if array.ndim == 0 else array


class Attributes(Mapping):
    """Read from the file at each access to it; numbers as NumPy's, texts as str."""

    def __init__(self, file: File, path: str) -> None:
        self._file, self._path = file, path

    def _read(self) -> dict[str, Any]:
        found: dict[str, Any] = {}

        def visit(_user: Any, attribute: Any) -> int:
            one = attribute.contents
            found[text(one.name)] = (text(one.type), text(one.text), text(one.json))
            return 0

        with self._file._handle as handle:
            call('shoal_attribute_visit', handle, encoded(self._path),
                 _abi.AttributeFunction(visit), None)
        return {name: _value(*parts) for name, parts in found.items()}

    def __getitem__(self, name: str) -> Any:
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __repr__(self) -> str:
        return f'<attributes of {self._path}: {", ".join(self._read()) or "none"}>'
