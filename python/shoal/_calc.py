"""Expressions over datasets, files and NumPy's arrays."""
from __future__ import annotations

import ctypes
import difflib
import os
import re
import warnings
import weakref
from collections.abc import Mapping
from typing import Any, Iterator, NamedTuple, Optional, Sequence, Union

import numpy as np

from . import _abi
from ._errors import Error, UsageError
from ._file import Dataset, File, Group
from ._given import as_array, encoded, extents
from ._kernel import Kernel, Kernels
from ._library import LIBRARY, call, text
from ._runs import Memory, Progress, Run
from ._types import from_dtype, to_dtype

#: Results up to so many bytes are copied, so that the plan and its files are let go of at once;
#: larger ones are arrays over the plan's own memory.
COPIED_BYTES = 1 << 20


class _Inputs:
    """The inputs of a plan as the library's structs, with what these borrow."""

    def __init__(self, inputs: Mapping[Any, Any]) -> None:
        inputs = dict(self._by_fields(inputs))
        self.n = len(inputs)
        self.structs = (_abi.Input * max(self.n, 1))()
        self.kept: list[Any] = []
        for struct, (name, value) in zip(self.structs, inputs.items()):
            struct.name = encoded(name) if name else None
            if isinstance(value, (str, os.PathLike)):
                struct.source = encoded(value)
            elif isinstance(value, (Dataset, Group)):
                value.file._need()
                struct.source = encoded(value.file.filename) + self._inside(value)
            else:
                struct.array = ctypes.pointer(self._borrow(as_array(value)))

    @staticmethod
    def _by_fields(inputs: Mapping[Any, Any]) -> Iterator[tuple[Any, Any]]:
        """A structured array without a name stands for its fields, as a table for its columns."""
        for name, value in inputs.items():
            fields = getattr(getattr(value, 'dtype', None), 'names', None)
            if name or not fields or isinstance(value, Dataset):
                yield name, value
                continue
            for field in fields:
                if field in inputs:
                    raise UsageError(f'{field} is a field of the structured array and an input')
                yield field, as_array(value)[field]

    @staticmethod
    def _inside(value: Union[Dataset, Group]) -> bytes:
        return b'' if isinstance(value, File) or value.name == '/' else b':' + encoded(value.name)

    def _borrow(self, array: np.ndarray) -> _abi.Array:
        struct = _abi.Array(array.ctypes.data, from_dtype(array.dtype), array.ndim)
        struct.shape[:array.ndim] = array.shape
        strides = (ctypes.c_int64 * max(array.ndim, 1))(*array.strides)
        struct.strides = strides
        self.kept += [array, strides, struct]
        return struct


def storage_spec(chunks: Optional[Sequence[int]], codec: Optional[str]) -> _abi.DatasetSpec:
    """How a result is stored: zeros are the library's choices."""
    spec = _abi.DatasetSpec()
    if chunks is not None:
        chunks = extents(chunks, 1, 'chunks')
        spec.chunk[:len(chunks)] = chunks
    spec.codec = encoded(codec) if codec else None
    return spec


class Plan:
    """Expressions, typed and laid out in passes; nothing has been read yet but metadata."""

    def __init__(self, expressions: str, inputs: Mapping[Any, Any], *,
                 output: Union[str, os.PathLike, None] = None, overwrite: bool = False,
                 chunks: Optional[Sequence[int]] = None, codec: Optional[str] = None,
                 raw: bool = False, summaries: bool = True, exact: bool = False,
                 kernels: Sequence[Union[Kernel, str, os.PathLike]] = (),
                 threads: Optional[int] = None, memory: Optional[Memory] = None,
                 tmpdir: Optional[str] = None, progress: Optional[Progress] = None) -> None:
        self._inputs, self._kernels = _Inputs(inputs), Kernels(kernels)
        self._goes_out = output is not None
        params = _abi.CalcParams(
            encoded(expressions), self._inputs.structs, self._inputs.n,
            encoded(output) if output is not None else None, overwrite,
            storage_spec(chunks, codec), raw, not summaries)
        self._kernels.put(params)
        params.exact = exact
        self._handle = ctypes.c_void_p()
        self._run = Run(threads, memory, progress, tmpdir)
        self._call('shoal_plan_make', params, self._run.options, ctypes.byref(self._handle))
        self._ran = False
        self._free = weakref.finalize(self, _free_plan, self._handle, self._inputs,
                                      self._kernels, self._run)
        self._kernels.check()
        if chunks is not None:
            self._check_chunks(len(extents(chunks, 1, 'chunks')))

    def _call(self, name: str, *arguments: Any) -> None:
        """What a kernel raises comes before the error that ends the run for it."""
        self._kernels.forget()
        try:
            self._run.call(name, *arguments)
        except Error:
            self._kernels.check()
            raise

    def _check_chunks(self, rank: int) -> None:
        for k in range(LIBRARY.shoal_plan_n_results(self._handle)):
            result = _abi.Result()
            call('shoal_plan_result', self._handle, k, ctypes.byref(result))
            if result.rank != rank:
                raise UsageError(f'chunks have {rank} extents, and a result has {result.rank} axes')

    def _need(self) -> ctypes.c_void_p:
        if not self._free.alive:
            raise UsageError('the plan was closed')
        return self._handle

    def describe(self, json: bool = False) -> str:
        """What would be done: passes, what is read and written, memory."""
        return text(LIBRARY.shoal_plan_describe(self._need(), json))

    @property
    def memory(self) -> int:
        """Bytes that the run will allocate at most."""
        return LIBRARY.shoal_plan_memory(self._need())

    def run(self) -> Any:
        """Computes, and returns the results: see `calc`. What there is to know of them, such as
        sums of integers that wrapped around, is a RuntimeWarning."""
        if self._ran:
            raise UsageError('a plan runs once')
        self._ran = True
        self._call('shoal_plan_run', self._need())
        self._kernels.check()
        for line in text(LIBRARY.shoal_plan_warnings(self._need())).splitlines():
            warnings.warn(line, RuntimeWarning, stacklevel=3)
        return self._results()

    def _results(self) -> Any:
        names, values = [], []
        for k in range(LIBRARY.shoal_plan_n_results(self._need())):
            result = _abi.Result()
            call('shoal_plan_result', self._handle, k, ctypes.byref(result))
            names.append(text(result.name))
            high = LIBRARY.shoal_plan_result_high(self._handle, k)
            values.append(self._exact(result, high) if high else self._value(result))
        if self._goes_out:
            return None
        if len(values) == 1:
            return values[0]
        return dict(zip(names, values)) if all(names) else tuple(values)

    def _value(self, result: _abi.Result) -> Any:
        dtype, shape = to_dtype(result.type), tuple(result.shape[:result.rank])
        n_bytes = int(np.prod(shape, dtype=object)) * dtype.itemsize
        if n_bytes == 0 or not result.data:
            return np.empty(shape, dtype)
        memory: Any = (ctypes.c_char * n_bytes).from_address(result.data)
        array = np.frombuffer(memory, dtype).reshape(shape)
        if n_bytes <= COPIED_BYTES:
            return array.copy()[()]
        memory._plan = self  # the array's base: the plan lives as long as views of it do
        return array

    @staticmethod
    def _exact(result: _abi.Result, high: int) -> Any:
        """Python's integers: a number of them, or an array of objects."""
        shape = tuple(result.shape[:result.rank])
        n_bytes = int(np.prod(shape, dtype=object)) * 8
        above = np.frombuffer((ctypes.c_char * n_bytes).from_address(high), np.int64)
        low = np.frombuffer((ctypes.c_char * n_bytes).from_address(result.data), np.uint64)
        return (above.astype(object) * 2**64 + low.astype(object)).reshape(shape)[()]

    def close(self) -> None:
        """Lets go of files and memory at once. Large results live in the plan's memory: not before
        they are done with."""
        self._free()

    def __enter__(self) -> Plan:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __repr__(self) -> str:
        return f'<shoal plan>\n{self.describe()}' if self._free.alive else '<shoal plan, closed>'


def _free_plan(handle: ctypes.c_void_p, *_borrowed: Any) -> None:
    LIBRARY.shoal_plan_free(handle)


def plan(expressions: str, /, *, inputs: Optional[Mapping[Any, Any]] = None,
         **named: Any) -> Plan:
    """A plan for what `calc` would compute; `run` runs it."""
    options = {name: named.pop(name) for name in _OPTIONS & named.keys()}
    for name in _unused(expressions, named):  # what is misspelt is an input that nothing reads
        near = difflib.get_close_matches(name, _OPTIONS, 1)
        if near:
            raise UsageError(f'nothing in the expressions is called {name}; did you mean '
                             f'{near[0]}=?')
    made = Plan(expressions, {**(inputs or {}), **named}, **options)
    for name in _unused(expressions, named):  # behind what is wrong with the expressions
        made.close()
        raise UsageError(f'nothing in the expressions is called {name}; inputs={{...}} may have '
                         'more than is used')
    return made


def _unused(expressions: str, named: Mapping[str, Any]) -> Iterator[str]:
    """Inputs that no expression names."""
    words = set(re.findall(r'\w+', encoded(expressions).decode('utf-8', 'replace')))
    return (name for name in named if name not in words)


def calc(expressions: str, /, *, inputs: Optional[Mapping[Any, Any]] = None,
         **named: Any) -> Any:
    """Computes expressions, chunk by chunk, on every core, within the memory limit.

        shoal.calc("nanmean(t, axis=0)", t="era5.nc:/t2m")
        shoal.calc("low = min(t); high = max(t)", t=file["t"])      # {'low': ..., 'high': ...}
        shoal.calc("t - clim", t=file["t"], clim=array, output="anomaly.h5:/t")

    Inputs are named by keywords, or in `inputs` where a name is an option's: "FILE:/path[slice]",
    datasets, tables and structured arrays (whose columns are named in the expressions:
    `inputs={None: table}`), and whatever NumPy takes for an array - its own, buffers, DLPack -
    which is used where it lies. A keyword that is not in the expressions is refused.

    One result is an array, or a scalar of NumPy's; several are a dict where all have names, else a
    tuple. With output= they go to a file, and None is returned.

    output, overwrite, chunks, codec   "FILE:/path" of one result, "FILE:/group" of several, and how
                                       it is stored
    raw         stored values, without netCDF's scale_factor, _FillValue and the like; MATLAB's
                matrices with their axes as stored, in reverse order
    kernels     functions of one's own (see `kernel`), and files of them: shared objects, C sources
    exact       sums of integers beyond 64 bits are Python's integers (arrays of objects); what is
                computed of one, or stored, prod, dot and vdot are a DataError there
    summaries   False: nothing is taken from the chunks' summaries, and none are written
    threads, memory, tmpdir, progress  of the run: as many as there are, a quarter of what is free
    """
    made = plan(expressions, inputs=inputs, **named)
    return made.run()


_OPTIONS = {'output', 'overwrite', 'chunks', 'codec', 'raw', 'summaries', 'kernels', 'threads',
            'memory', 'tmpdir', 'progress', 'exact'}


class Function(NamedTuple):
    """A function of the language."""

    signature: str
    doc: str
    family: str
    aliases: tuple[str, ...]


def _function(one: _abi.Function) -> Function:
    names = one.aliases.decode()
    return Function(one.signature.decode(), text(one.doc), text(one.family),
                    tuple(names.split(', ')) if names else ())


def functions(kernels: Union[str, os.PathLike, None] = None) -> Iterator[Function]:
    """The functions that expressions can call, or those of a file of kernels."""
    if kernels is not None:
        found: list[Function] = []

        def visit(_user: Any, one: Any) -> int:
            found.append(_function(one.contents))
            return 0

        call('shoal_kernel_file_visit', encoded(kernels), _abi.FunctionFunction(visit), None)
        yield from found
        return
    out = _abi.Function()
    k = 0
    while LIBRARY.shoal_function_get(k, ctypes.byref(out)):
        yield _function(out)
        k += 1
