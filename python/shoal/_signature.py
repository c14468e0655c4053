"""The signatures of `numba.cfunc` beside those of include/shoal/kernel.h: a pointer that is taken
for a number, or float32 elements for float64, would be a crash or nonsense."""
from __future__ import annotations

from typing import Any, Optional

from ._errors import UsageError

# What each function returns and is given. `x` is of the kernel's argument, `out` of its result.
_TAKEN = {
    'elements': ('int', 'call', 'size', 'inputs', 'outputs'),
    'init': ('int', 'call', 'state'),
    'step': ('int', 'call', 'state', 'size', 'inputs'),
    'merge': ('int', 'call', 'state', 'state'),
    'finish': ('int', 'call', 'state', 'size', 'outputs'),
    'line': ('int', 'call', 'size', 'inputs', 'size', 'outputs'),
    'stencil': ('int', 'call', 'size', 'inputs', 'outputs'),
    'length': ('size', 'user', 'parameters', 'size'),
    'scratch': ('size', 'user', 'parameters', 'size'),
    'halo': ('none', 'user', 'parameters', 'counts', 'counts'),
}
_WORDS = {'int': 'int32', 'size': 'uint64', 'none': 'none'}
# NumPy's names, as Numba has them.
_SHORT = {'f2': 'float16', 'f4': 'float32', 'f8': 'float64', 'c8': 'complex64',
          'c16': 'complex128', 'i1': 'int8', 'i2': 'int16', 'i4': 'int32', 'i8': 'int64',
          'u1': 'uint8', 'u2': 'uint16', 'u4': 'uint32', 'u8': 'uint64'}


def _is_pointer(kind: Any) -> bool:
    return str(kind).endswith('*') or type(kind).__name__ in ('RawPointer', 'CPointer')


def _pointed_at(kind: Any) -> Optional[str]:
    """The elements behind pointers, or None where they are not told."""
    while _is_pointer(kind):
        kind = getattr(kind, 'dtype', None)
    return None if kind is None or hasattr(kind, 'fields') else str(kind)


def _fits(kind: Any, role: str, elements: dict[str, set[str]]) -> bool:
    if role == 'none':
        return str(kind) in ('none', 'void')
    if role in ('int', 'size'):
        return getattr(kind, 'bitwidth', 0) == (32 if role == 'int' else 64) and 'int' in str(kind)
    if not _is_pointer(kind):
        return False
    found = _pointed_at(kind)
    return found is None or role not in elements or found in elements[role]


def _named(types: str) -> set[str]:
    words = {word.strip() for word in types.split(',')}
    names = {_SHORT.get(word, word) for word in words}
    if names & {'bool', '?'}:
        names |= {'bool', 'boolean', 'uint8', 'int8'}
    if 'float16' in names:
        names |= {'uint16'}
    return names


def check(name: str, types: str, part: str, function: Any) -> None:
    """Refuses a cfunc that is not what the part of a kernel is called as."""
    signature = getattr(function, '_sig', None)
    if not hasattr(signature, 'args') or part not in _TAKEN:
        return
    before, _, behind = types.partition('->')
    elements = {'inputs': _named(before), 'outputs': _named(behind), 'parameters': {'float64'},
                'counts': {'uint64', 'int64'}}
    result, *taken = _TAKEN[part]
    if len(signature.args) == len(taken) and _fits(signature.return_type, result, elements) and all(
            _fits(kind, role, elements) for kind, role in zip(signature.args, taken)):
        return
    wanted = ', '.join(_WORDS.get(role, 'void*') if role not in ('inputs', 'outputs') else
                       f'{role} of {"/".join(sorted(elements[role]))}' for role in taken)
    raise UsageError(f'kernel {name}: {part} is compiled as {signature.return_type}('
                     f'{", ".join(str(kind) for kind in signature.args)}), and is called as '
                     f'{_WORDS[result]}({wanted})')
