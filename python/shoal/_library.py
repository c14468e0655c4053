"""The shared library: found, loaded, and called with errors as exceptions."""
from __future__ import annotations

import ctypes
import os
import sys
import sysconfig
from typing import Any, Iterator

from . import _abi
from ._errors import exception

SONAME = 'libshoal.so.0'
VERSION = '0.1'  # that this package knows: of the library, up to the minor version


def _candidates() -> Iterator[str]:
    """Beside the package, then in the prefix that Python or the package is installed in, then
    wherever the loader looks (LD_LIBRARY_PATH, ldconfig's cache)."""
    here = os.path.dirname(os.path.abspath(__file__))
    yield os.path.join(here, SONAME)
    multiarch = sysconfig.get_config_var('MULTIARCH') or ''
    parts = here.split(os.sep)
    above = [os.sep.join(parts[:parts.index('lib')])] if 'lib' in parts else []
    for prefix in dict.fromkeys([*above, sys.prefix, sys.base_prefix]):
        for folder in ('lib', os.path.join('lib', multiarch), 'lib64'):
            yield os.path.join(prefix, folder, SONAME)
    yield SONAME


def _find() -> ctypes.CDLL:
    wanted = os.environ.get('SHOAL_LIBRARY')
    if wanted:
        return ctypes.CDLL(wanted)
    reason: Any = None
    for path in _candidates():
        if os.sep in path and not os.path.exists(path):
            continue
        try:
            return ctypes.CDLL(path)
        except OSError as error:
            reason = error
    raise ImportError(f'the library {SONAME} was not found: install shoal (./dev install), or set '
                      f'SHOAL_LIBRARY to its path ({reason})')


def _load() -> ctypes.CDLL:
    library = _find()
    try:
        _abi.declare(library)
    except AttributeError as error:
        raise ImportError(f'{library._name} is too old for this package: {error}') from None
    version = library.shoal_version().decode()
    if version.rpartition('.')[0] != VERSION:
        raise ImportError(f'{library._name} is version {version}, this package wants {VERSION}')
    return library


LIBRARY = _load()


def call(name: str, *arguments: Any) -> None:
    """Calls a function that returns a status."""
    error = _abi.Error()
    status = getattr(LIBRARY, name)(*arguments, error)
    if status:
        raise exception(status, error.message.decode('utf-8', 'replace'), error.column, name)


def text(value: bytes | None) -> str:
    return value.decode('utf-8', 'replace') if value else ''
