"""Numba: an element-wise kernel, and the loop that sums an array, over data that does not fit.

    numba_kernels.py FILE:/speed FILE:/mass OUT:/energy      stores the energies, prints their sum
"""
import sys

import numpy as np
import shoal
from numba import carray, cfunc, types

pointer, pointers = types.voidptr, types.CPointer(types.voidptr)


@cfunc(types.intc(pointer, types.uintp, pointers, pointers))
def energy(call, n, inputs, outputs):
    speed, mass = carray(inputs[0], n, np.float64), carray(inputs[1], n, np.float64)
    result = carray(outputs[0], n, np.float64)
    for i in range(n):
        result[i] = 0.5 * mass[i] * speed[i] * speed[i]
    return 0


@cfunc(types.intc(pointer, pointer))
def start(call, state):
    carray(state, 1, np.float64)[0] = 0.0
    return 0


@cfunc(types.intc(pointer, pointer, types.uintp, pointer))
def add(call, state, n, elements):
    x = carray(elements, n, np.float64)
    total = 0.0
    for i in range(n):
        total += x[i]
    carray(state, 1, np.float64)[0] += total
    return 0


@cfunc(types.intc(pointer, pointer, pointer))
def join(call, state, behind):
    carray(state, 1, np.float64)[0] += carray(behind, 1, np.float64)[0]
    return 0


@cfunc(types.intc(pointer, pointer, types.uint64, pointer))
def finish(call, state, n, result):
    carray(result, 1, np.float64)[0] = carray(state, 1, np.float64)[0]
    return 0


kernels = [
    shoal.kernel('energy', 'float64, float64 -> float64', elements=energy),
    shoal.kernel('plain_sum', 'float64 -> float64', state_bytes=8, init=start, step=add,
                 merge=join, finish=finish),
]
inputs = {'v': sys.argv[1], 'm': sys.argv[2]}
shoal.calc('energy(v, m)', **inputs, kernels=kernels, output=sys.argv[3])
print(repr(float(shoal.calc('plain_sum(energy(v, m))', **inputs, kernels=kernels))))
