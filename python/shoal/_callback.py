"""Kernels that are Python functions behind ctypes: what they raise must not be lost in C, where
ctypes returns 0 for it, which is success."""
from __future__ import annotations

import ctypes
import gc
from typing import Any, Callable, Optional

_ANSWERS = ('length', 'scratch', 'halo')  # of these parts what they return is no status


def _behind(callback: Any) -> Optional[Callable[..., Any]]:
    """The Python function that a ctypes callback calls; None where there is none, as behind
    functions of libraries, or where this interpreter does not tell."""
    if not isinstance(callback, ctypes._CFuncPtr):  # type: ignore[attr-defined]
        return None
    kept = getattr(callback, '_objects', None)
    thunk = kept.get('0') if isinstance(kept, dict) else None
    if type(thunk).__name__ != 'CThunkObject':
        return None
    found = [one for one in gc.get_referents(thunk) if callable(one) and not isinstance(one, type)]
    return found[0] if len(found) == 1 else None


def guarded(part: str, callback: Any, raised: list[BaseException]) -> Any:
    """The same, but that what it raises is noted and ends the run."""
    function = _behind(callback)
    if function is None:
        return callback

    def call(first: Any, *others: Any) -> Any:
        try:
            answer = function(first, *others)
            return 0 if answer is None and part not in _ANSWERS else answer
        except BaseException as error:  # must not pass through C
            raised.append(error)
            return None if part == 'halo' else 0 if part in _ANSWERS else 1

    return type(callback)(call)
