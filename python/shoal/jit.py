"""Kernels from functions of single elements, compiled by Numba, which this module alone needs.
Where one raises, the run fails and names it; numbers divided by 0 are infinite or NaN, as are
NumPy's.

    @shoal.jit.elements("float64, float64 -> float64")
    def energy(v, m):
        return 0.5 * m * v * v

    total = shoal.jit.reduction("float64 -> float64", lambda s, x: s + x, name="total")
    shoal.calc("total(energy(v, m))", v=v, m=m, kernels=[energy, total])
"""
from __future__ import annotations

from typing import Any, Callable, Mapping, Optional

import numpy as np
from numba import carray, cfunc, njit, types as nb

from ._errors import UsageError
from ._kernel import Kernel, kernel

_POINTER, _POINTERS = nb.voidptr, nb.CPointer(nb.voidptr)
# Of shoal_kernel_call, the first two members: user, parameters.
_CALL = nb.CPointer(nb.CPointer(nb.float64))

_ELEMENTS = '''
def loop(call, n, inputs, outputs):
    try:
{open}
        for i in range(n):
            {results} = function({arguments})
    except Exception:
        return 1
    return 0
'''


_STEP = '''
def add(call, state, n, elements):
    held = carray(state, 1, kept)
    total = held[0]
    try:
{open}
        for i in range(n):
            total = kept(one(total, {arguments}))
    except Exception:
        return 1
    held[0] = total
    return 0
'''


def _types(types: str) -> tuple[list[np.dtype], list[np.dtype]]:
    before, arrow, behind = types.partition('->')
    if not arrow:
        raise UsageError(f'{types!r} does not say what it gives: "float64 -> float64" does')
    return tuple([np.dtype(word.strip()) for word in part.split(',')]  # type: ignore[return-value]
                 for part in (before, behind))


def _loop(function: Any, takes: list[np.dtype], gives: list[np.dtype], n_parameters: int) -> Any:
    opened = [f'        x{k} = carray(inputs[{k}], n, X{k})' for k in range(len(takes))]
    opened += [f'        y{k} = carray(outputs[{k}], n, Y{k})' for k in range(len(gives))]
    opened += [f'        p{k} = call[1][{k}]' for k in range(n_parameters)]
    source = _ELEMENTS.format(
        open='\n'.join(opened), results=', '.join(f'y{k}[i]' for k in range(len(gives))),
        arguments=', '.join([f'x{k}[i]' for k in range(len(takes))] +
                            [f'p{k}' for k in range(n_parameters)]))
    names: dict[str, Any] = {'carray': carray, 'function': function}
    names.update({f'X{k}': dtype.type for k, dtype in enumerate(takes)})
    names.update({f'Y{k}': dtype.type for k, dtype in enumerate(gives)})
    exec(source, names)
    return cfunc(nb.intc(_CALL, nb.uintp, _POINTERS, _POINTERS))(names['loop'])


def _step(one: Any, takes: list[np.dtype], kept: Any, fastmath: Any) -> Any:
    several = len(takes) > 1
    source = _STEP.format(
        open='\n'.join(f'        x{k} = carray(elements{f"[{k}]" if several else ""}, n, X{k})'
                       for k in range(len(takes))),
        arguments=', '.join(f'x{k}[i]' for k in range(len(takes))))
    names: dict[str, Any] = {'carray': carray, 'one': one, 'kept': kept}
    names.update({f'X{k}': dtype.type for k, dtype in enumerate(takes)})
    exec(source, names)
    given = _POINTERS if several else _POINTER
    return cfunc(nb.intc(_POINTER, _POINTER, nb.uintp, given), fastmath=fastmath)(names['add'])


def _compiled(function: Callable, n: int, fastmath: Any = False) -> Any:
    """By Numba; what is built into Python, as max is, by way of a lambda."""
    if not hasattr(function, '__code__') and not hasattr(function, 'py_func'):
        names = ', '.join(f'a{k}' for k in range(n))
        function = eval(f'lambda {names}: function({names})', {'function': function})
    if hasattr(function, 'py_func'):
        return function
    return njit(error_model='numpy', fastmath=fastmath)(function)


def elements(types: str, *, name: str = '', parameters: Optional[Mapping[str, float]] = None,
             doc: str = '') -> Callable[[Callable], Kernel]:
    """Makes a kernel of a function of one element of each argument, which returns an element, or a
    tuple of them where `types` tells several results. Parameters come behind the elements."""
    takes, gives = _types(types)

    def make(function: Callable) -> Kernel:
        n_parameters = len(parameters or {})
        loop = _loop(_compiled(function, len(takes) + n_parameters), takes, gives, n_parameters)
        return kernel(name or function.__name__, types, elements=loop, parameters=parameters,
                      doc=doc or (function.__doc__ or '').split('\n')[0])

    return make


def reduction(types: str, step: Callable, merge: Optional[Callable] = None, *, name: str,
              initial: Any = 0, finish: Optional[Callable] = None, state: Any = None,
              doc: str = '', fastmath: Any = False) -> Kernel:
    """Makes a reduction of functions of single values: step(state, x), with one of each array where
    `types` tells several, and merge(state, behind) return a state, finish(state, n) the result;
    without a merge, step merges (of one array), and without a finish the state is the result.
    `state` is its type, the result's where nothing is said. `initial` is the state of no elements,
    with which each part of the array begins: merging it must change nothing (0 for sums, -inf for
    the greatest). `fastmath` is Numba's: {'reassoc', 'nsz'} lets steps of floats be done in another
    order, several at once, so that a sum need not wait for each addition."""
    takes, (gives,) = _types(types)
    if len(takes) > 1 and merge is None:
        raise UsageError(f'kernel {name}: a reduction of several arrays needs a merge')
    kept = np.dtype(state or gives).type
    given = gives.type
    one, two = _compiled(step, 1 + len(takes), fastmath), _compiled(merge or step, 2)
    last = _compiled(finish or (lambda state, n: state), 2)
    begin = kept(initial)

    @cfunc(nb.intc(_POINTER, _POINTER))
    def start(call, state):
        carray(state, 1, kept)[0] = begin
        return 0

    @cfunc(nb.intc(_POINTER, _POINTER, _POINTER))
    def join(call, state, behind):
        held = carray(state, 1, kept)
        try:
            held[0] = two(held[0], carray(behind, 1, kept)[0])
        except Exception:
            return 1
        return 0

    @cfunc(nb.intc(_POINTER, _POINTER, nb.uint64, _POINTER))
    def end(call, state, n, result):
        try:
            carray(result, 1, given)[0] = last(carray(state, 1, kept)[0], n)
        except Exception:
            return 1
        return 0

    return kernel(name, types, init=start, step=_step(one, takes, kept, fastmath),
                  merge=join, finish=end,
                  state_bytes=np.dtype(kept).itemsize, doc=doc)
