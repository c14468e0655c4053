"""What tests of filters share: SciPy's modes beyond the ends of a line."""

import numpy as np


def edge(mode, at, n):
    """where SciPy finds what is at `at` of a line of n; -1: the constant"""
    if mode == 'constant':
        return np.where((at >= 0) & (at < n), at, -1)
    if mode == 'nearest':
        return np.clip(at, 0, n - 1)
    if mode == 'wrap':
        return at % n
    if mode == 'reflect':
        k = at % (2 * n)
        return np.where(k < n, k, 2 * n - 1 - k)
    if n == 1:
        return at * 0
    k = at % (2 * n - 2)
    return np.where(k < n, k, 2 * n - 2 - k)
