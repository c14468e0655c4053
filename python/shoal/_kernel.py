"""Compiled functions as functions of the expressions: include/shoal/kernel.h from Python."""
from __future__ import annotations

import ctypes
import os
from typing import Any, Mapping, Optional, Sequence, Union

from . import _abi
from ._callback import guarded
from ._errors import UsageError
from ._given import encoded
from ._signature import check

ELEMENTS, REDUCTION, LINES, STENCIL = 1, 2, 3, 4
_OVER_AXES = {STENCIL: 5, LINES: 7}  # along 2 axes; 3 come next
_FUNCTIONS = {'elements': ELEMENTS, 'step': REDUCTION, 'line': LINES, 'stencil': STENCIL}

_capsule_name = ctypes.pythonapi.PyCapsule_GetName
_capsule_name.restype, _capsule_name.argtypes = ctypes.c_char_p, [ctypes.py_object]
_capsule_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_capsule_pointer.restype = ctypes.c_void_p
_capsule_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]


def address(function: Any) -> int:
    """Where compiled code begins: of a `numba.cfunc`, a function of ctypes, cffi or f2py, a capsule
    (Cython's `__pyx_capi__`, pybind11's py::capsule), or an address as it is."""
    found: Optional[int]
    if isinstance(function, int):
        found = function
    elif hasattr(function, 'address'):  # Numba
        found = function.address
    elif hasattr(function, '_cpointer'):  # f2py
        return address(function._cpointer)
    elif type(function).__name__ == 'PyCapsule':
        found = _capsule_pointer(function, _capsule_name(function))
    elif isinstance(function, ctypes._CFuncPtr):  # type: ignore[attr-defined]
        found = ctypes.cast(function, ctypes.c_void_p).value
    elif type(function).__module__ == '_cffi_backend':
        from cffi import FFI
        found = int(FFI().cast('uintptr_t', function))
    else:
        raise UsageError(f'{function!r} is no compiled function: give a numba.cfunc, a function of '
                         'ctypes, cffi or f2py, a capsule or an address')
    if not found:
        raise UsageError(f'{function!r} is a null pointer')
    return found


class Kernel:
    """A compiled function under a name that expressions call; `kernel` makes one."""

    def __init__(self, name: str, types: str, functions: Mapping[str, Any],
                 numbers: Mapping[str, int], parameters: Mapping[str, Optional[float]],
                 doc: str, arguments: str, axes: int = 1) -> None:
        kinds = [kind for part, kind in _FUNCTIONS.items() if functions.get(part) is not None]
        if len(kinds) != 1:
            raise UsageError(f'kernel {name}: exactly one of elements, step, line and stencil says '
                             'what it is')
        if axes not in (1, 2, 3) or axes > 1 and kinds[0] not in _OVER_AXES:
            raise UsageError(f'kernel {name}: lines and stencils alone are over 2 or 3 axes')
        kind = kinds[0] if axes == 1 else _OVER_AXES[kinds[0]] + axes - 2
        self.name, self.types = name, types
        self.raised: list[BaseException] = []  # by functions that are Python's
        # the code must stay while plans use it
        self._kept = {part: guarded(part, function, self.raised)
                      for part, function in functions.items()}
        self._parameters = (_abi.KernelParameter * max(len(parameters), 1))()
        for struct, (key, value) in zip(self._parameters, parameters.items()):
            struct.name, struct.is_needed = encoded(key), value is None
            struct.value, struct.is_whole = value or 0, isinstance(value, int)
        self.spec = _abi.KernelSpec(encoded(name), encoded(doc), kind, len(parameters),
                                    self._parameters, encoded(types), encoded(arguments) or None)
        for part, function in functions.items():
            if function is not None:
                check(name, types, part, function)
                setattr(self.spec, part, address(self._kept[part]))
        for part, number in numbers.items():
            setattr(self.spec, part, number)

    def __repr__(self) -> str:
        return f'<shoal kernel {self.name}: {self.types}>'


def kernel(name: str, types: str, *, elements: Any = None, init: Any = None, step: Any = None,
           merge: Any = None, finish: Any = None, state_bytes: int = 0, line: Any = None,
           length: Any = None, stencil: Any = None, before: int = 0, after: int = 0,
           axes: int = 1, halo: Any = None, scratch: Any = None, scratch_bytes: int = 0,
           parameters: Optional[Mapping[str, Optional[float]]] = None, doc: str = '',
           arguments: str = '') -> Kernel:
    """A kernel of compiled functions, whose signatures are those of `shoal_kernel_spec`.

        cube = shoal.kernel("cube", "float64 -> float64", elements=cube_cfunc)
        shoal.calc("mean(cube(t))", t=file["t"], kernels=[cube])

    elements                            element by element
    init, step, merge, finish           a reduction of one array or several, with state_bytes of
                                        state
    line, length                        whole lines along an axis
    stencil, before, after, halo        neighbours along an axis
    axes                                2 or 3: lines and stencils are along so many
    parameters                          numbers that calls may give, by their values where they do
                                        not; None: they must. An int takes whole numbers alone.
    The functions are called from several threads at once; compiled ones never take the
    interpreter's lock. Several kernels of one name are one function for several types. What a
    Python function behind ctypes raises ends the run, which raises it; one behind cffi's
    `callback` wants `error=1`.
    """
    functions = {'elements': elements, 'init': init, 'step': step, 'merge': merge,
                 'finish': finish, 'line': line, 'length': length, 'stencil': stencil,
                 'halo': halo, 'scratch': scratch}
    numbers = {'state_bytes': state_bytes, 'before': before, 'after': after,
               'scratch_bytes': scratch_bytes}
    return Kernel(name, types, functions, numbers, parameters or {}, doc, arguments, axes)


class Kernels:
    """Kernels and files of kernels as a plan takes them."""

    def __init__(self, given: Sequence[Union[Kernel, str, os.PathLike]]) -> None:
        if isinstance(given, (Kernel, str, os.PathLike)):
            given = [given]
        files = [encoded(one) for one in given if not isinstance(one, Kernel)]
        self.made = [one for one in given if isinstance(one, Kernel)]
        self.specs = (_abi.KernelSpec * max(len(self.made), 1))(*[one.spec for one in self.made])
        self.files = (ctypes.c_char_p * max(len(files), 1))(*files)
        self.n_files = len(files)

    def forget(self) -> None:
        for one in self.made:
            one.raised.clear()

    def check(self) -> None:
        """Raises what one of them has raised in the call before."""
        noted = [error for one in self.made for error in one.raised]
        self.forget()
        if noted:
            raise noted[0]

    def put(self, params: _abi.CalcParams) -> None:
        params.kernels, params.n_kernels = self.specs, len(self.made)
        params.kernel_files, params.n_kernel_files = self.files, self.n_files
