"""NumPy's basic indexing as regions of the library's."""
from __future__ import annotations

import operator
from typing import Any, NamedTuple

import numpy as np

from . import _abi


class Selection(NamedTuple):
    region: _abi.Region
    counts: tuple[int, ...]  # of the region's axes
    shape: tuple[int, ...]  # of what the index gives: integers drop axes, None makes new ones
    is_element: bool  # integers alone: NumPy gives a scalar


def is_basic(index: Any) -> bool:
    """False where arrays, lists or masks are in the index."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(part is None or part is Ellipsis or isinstance(part, (slice, int, np.integer)) and
               not isinstance(part, (bool, np.bool_)) or hasattr(part, '__index__') and
               not isinstance(part, (bool, np.ndarray)) for part in parts)


def _expand(index: Any, rank: int) -> list[Any]:
    parts = list(index) if isinstance(index, tuple) else [index]
    n_used = sum(part is not None and part is not Ellipsis for part in parts)
    dots = [k for k, part in enumerate(parts) if part is Ellipsis]
    if len(dots) > 1:
        raise IndexError('an index can only have a single ellipsis (...)')
    if n_used > rank:
        raise IndexError(f'too many indices: the array has {rank} axes, {n_used} were indexed')
    at = dots[0] if dots else len(parts)
    rest = [slice(None)] * (rank - n_used)
    return parts[:at] + rest + parts[at + 1:]


def select(index: Any, shape: tuple[int, ...]) -> Selection:
    """What a basic index selects of an array of that shape."""
    region = _abi.Region(len(shape))
    counts, out, axis, drops = [], [], 0, 0
    parts = _expand(index, len(shape))
    for part in parts:
        if part is None:
            out.append(1)
            continue
        extent = shape[axis]
        if isinstance(part, slice):
            start, stop, step = part.indices(extent)
            count = len(range(start, stop, step))
            if not count:
                start, step = 0, 1
            out.append(count)
        else:
            start, step, count = operator.index(part), 1, 1
            if not -extent <= start < extent:
                raise IndexError(f'index {start} is out of bounds for axis {axis} with size '
                                 f'{extent}')
            start += extent if start < 0 else 0
            drops += 1
        region.axis[axis] = _abi.Range(start, step, count)
        counts.append(count)
        axis += 1
    is_element = drops == len(shape) and None not in parts and Ellipsis not in (
        index if isinstance(index, tuple) else (index,)) and (drops > 0 or index == ())
    return Selection(region, tuple(counts), tuple(out), is_element)
