"""Writing files, and the verbs that work on whole files."""
from __future__ import annotations

import ctypes
import os
import weakref
from typing import Any, Callable, Mapping, NamedTuple, Optional, Sequence, Union

import numpy as np

from . import _abi
from ._calc import calc, storage_spec
from ._errors import DamagedError, UsageError
from ._given import as_array, encoded, extents
from ._library import LIBRARY, call, text
from ._runs import Memory, Progress, Run
from ._selection import select
from ._types import from_dtype

Path = Union[str, os.PathLike]
_FORMATS = ('auto', 'csv', 'tsv', 'npy', 'npz', 'raw', 'hdf5')
_MODES = {'x': 0, 'w': 1, 'a': 2}


def _format(name: str) -> int:
    if name not in _FORMATS:
        raise UsageError(f'{name!r} is no format: {", ".join(_FORMATS)} are')
    return _FORMATS.index(name)


def save(output: Path, data: Any, *, chunks: Optional[Sequence[int]] = None,
         codec: Optional[str] = None, overwrite: bool = False, summaries: bool = True,
         threads: Optional[int] = None, memory: Optional[Memory] = None,
         progress: Optional[Progress] = None) -> None:
    """Stores an array as the dataset "FILE:/path", its chunks encoded on several threads. The array
    is read where it lies, whatever its strides."""
    calc('x', inputs={'x': data}, output=output, chunks=chunks, codec=codec, overwrite=overwrite,
         summaries=summaries, threads=threads, memory=memory, progress=progress)


class Writer:
    """A file being made. It appears under its name, whole, where the `with` ends without an
    exception, or at `commit`; else never."""

    def __init__(self, path: Path, mode: str = 'x') -> None:
        if mode not in _MODES:
            raise UsageError(f'{mode!r} is no mode: x creates, w replaces, a adds to a file')
        self.filename = os.fspath(path)
        self._handle = ctypes.c_void_p()
        call('shoal_writer_open', encoded(path), _MODES[mode], ctypes.byref(self._handle))
        self._discard = weakref.finalize(self, LIBRARY.shoal_writer_discard, self._handle)

    def _need(self) -> ctypes.c_void_p:
        if not self._discard.alive:
            raise UsageError(f'{self.filename} is written, or was given up')
        return self._handle

    def create_dataset(self, name: str, shape: Optional[Sequence[int]] = None, dtype: Any = None,
                       data: Any = None, *, chunks: Optional[Sequence[int]] = None,
                       maxshape: Optional[Sequence[Optional[int]]] = None,
                       codec: Optional[str] = None, fillvalue: Any = None,
                       replace: bool = False) -> NewDataset:
        """Makes a dataset and its parent groups; `data` is written to it. Axes whose maxshape is
        None can grow. Codecs: "blosc:lz4:5:shuffle", "gzip:4", "zstd", ... (shoal_dataset_spec)."""
        if data is not None:
            data = np.asarray(as_array(data), dtype)
        elif shape is None:
            raise UsageError('a dataset needs a shape or data')
        shape = extents(data.shape if shape is None else shape, 0, 'shape')
        kind = np.dtype(data.dtype if data is not None else dtype or 'f4')
        if chunks is not None and len(extents(chunks, 1, 'chunks')) != len(shape):
            raise UsageError(f'chunks have to have an extent for each of {len(shape)} axes')
        spec = storage_spec(chunks, codec)
        spec.type, spec.rank, spec.replace = from_dtype(kind), len(shape), replace
        spec.shape[:len(shape)] = shape
        for axis, most in enumerate(maxshape or ()):
            if most is None:
                spec.unlimited |= 1 << axis
            elif most != shape[axis]:
                raise UsageError('a limit of maxshape other than the shape is not supported')
        fill = None if fillvalue is None else np.asarray(fillvalue, kind)
        spec.fill = None if fill is None else fill.ctypes.data
        call('shoal_writer_dataset', self._need(), encoded(name), spec)
        made = NewDataset(self, name, shape, kind)
        if data is not None and data.size:
            made[...] = data
        return made

    def create_group(self, name: str) -> None:
        """Makes a group and its parents."""
        call('shoal_writer_group', self._need(), encoded(name))

    def set_attribute(self, path: str, name: str, value: Any) -> None:
        """Gives an object a text, a number or a list of numbers."""
        if isinstance(value, (str, bytes)):
            call('shoal_writer_attribute_text', self._need(), encoded(path), encoded(name),
                 encoded(value))
            return
        numbers = np.ascontiguousarray(value)
        if np.ndim(value) > 1:
            raise UsageError('an attribute is a number or a list of numbers')
        call('shoal_writer_attribute_numbers', self._need(), encoded(path), encoded(name),
             from_dtype(numbers.dtype), numbers.size, np.ndim(value) == 0, numbers.ctypes.data)

    def set_scale(self, path: str, axis: int, scale: str, name: str = '') -> None:
        """Makes the one-dimensional dataset `scale` the coordinate of an axis."""
        call('shoal_writer_dimension', self._need(), encoded(path), axis, encoded(scale),
             encoded(name or scale.rpartition('/')[2]))

    def commit(self) -> None:
        """Flushes, syncs and renames into place."""
        handle = self._need()
        self._discard.detach()
        call('shoal_writer_commit', handle)

    def discard(self) -> None:
        """Forgets everything that was written."""
        self._discard()

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: Any, *_: Any) -> None:
        if kind is None and self._discard.alive:
            self.commit()
        else:
            self.discard()

    def __repr__(self) -> str:
        return f'<shoal writer of {self.filename}>'


class NewDataset:
    """A dataset of a writer: assign to regions of it. Cover whole chunks where you can."""

    def __init__(self, writer: Writer, name: str, shape: tuple, dtype: np.dtype) -> None:
        self.writer, self.name, self.shape, self.dtype = writer, name, shape, dtype

    def __setitem__(self, index: Any, value: Any) -> None:
        selection = select(index, self.shape)
        for axis in selection.region.axis[:len(self.shape)]:
            if axis.step != 1 and axis.count > 1:
                raise UsageError('regions are written with steps of 1')
        array = np.ascontiguousarray(np.broadcast_to(np.asarray(value, self.dtype),
                                                     selection.shape))
        call('shoal_writer_write', self.writer._need(), encoded(self.name), selection.region,
             array.ctypes.data, array.nbytes)

    def resize(self, shape: Sequence[int]) -> None:
        """Grows the dataset along its unlimited axes."""
        shape = extents(shape, 0, 'shape')
        if len(shape) != len(self.shape):
            raise UsageError(f'the dataset has {len(self.shape)} axes, not {len(shape)}')
        call('shoal_writer_extend', self.writer._need(), encoded(self.name),
             (ctypes.c_uint64 * max(len(shape), 1))(*shape))
        self.shape = shape

    def set_attribute(self, name: str, value: Any) -> None:
        """Gives the dataset an attribute."""
        self.writer.set_attribute(self.name, name, value)


def create(path: Path, mode: str = 'x') -> Writer:
    """A file to write: mode "x" wants none to be there, "w" replaces one, "a" adds to it."""
    return Writer(path, mode)


class Ingested(NamedTuple):
    """What an ingest has stored; n_columns is 0 for arrays."""

    n_rows: int
    n_columns: int
    raw_bytes: int
    stored_bytes: int
    seconds: float


def _texts(words: Sequence[Any]) -> Any:
    return (ctypes.c_char_p * max(len(words), 1))(*[encoded(word) for word in words])


def ingest(sources: Union[Path, Sequence[Path]], output: Path, *, format: str = 'auto',
           overwrite: bool = False, append: bool = False, chunks: Optional[Sequence[int]] = None,
           codec: Optional[str] = None, delimiter: str = '', header: bool = True,
           types: Optional[Mapping[str, str]] = None, missing: Sequence[str] = (),
           summaries: bool = True, threads: Optional[int] = None, memory: Optional[Memory] = None,
           progress: Optional[Progress] = None) -> Ingested:
    """Stores CSV, TSV, .npy, .npz or HDF5 files as one dataset or table; several are appended in
    order. `types` overrides what is inferred of a table's columns: {"name": "category"}."""
    several = [sources] if isinstance(sources, (str, os.PathLike)) else list(sources)
    named = list((types or {}).items())
    columns = (_abi.ColumnType * max(len(named), 1))(
        *[_abi.ColumnType(encoded(column), encoded(kind)) for column, kind in named])
    params = _abi.IngestParams(
        _texts(several), len(several), encoded(output), _format(format), overwrite, append,
        storage_spec(chunks, codec), encoded(delimiter) or b'\0', not header, columns, len(named),
        _texts(missing), len(missing), not summaries)
    result = _abi.IngestResult()
    run = Run(threads, memory, progress)
    run.call('shoal_ingest', params, run.options, result)
    return Ingested(*(getattr(result, name) for name in Ingested._fields))


def export(source: Path, output: Path, *, format: str = 'auto', overwrite: bool = False,
           raw: bool = False, threads: Optional[int] = None, memory: Optional[Memory] = None,
           progress: Optional[Progress] = None) -> None:
    """Writes "FILE:/path[slice]", a dataset or a table, as npy, csv, tsv or raw bytes."""
    params = _abi.ExportParams(encoded(source), encoded(output), _format(format),
                               overwrite, raw)
    run = Run(threads, memory, progress)
    run.call('shoal_export', params, run.options)


class Finding(NamedTuple):
    """What a check has to say of an object."""

    path: str
    damaged: bool  #: False: it could not be checked
    chunk: Optional[int]
    message: str


def verify(source: Path, *, found: Optional[Callable[[Finding], Any]] = None,
           threads: Optional[int] = None, memory: Optional[Memory] = None,
           progress: Optional[Progress] = None) -> list[Finding]:
    """Reads every object and chunk of "FILE" or "FILE:/path", and returns what was found: nothing
    where all is sound. `found` is told each at once."""
    findings: list[Finding] = []
    raised: list[BaseException] = []

    def keep(_user: Any, one: Any) -> int:
        try:
            seen = one.contents
            findings.append(Finding(text(seen.path), seen.damaged,
                                    None if seen.chunk == 2 ** 64 - 1 else seen.chunk,
                                    text(seen.message)))
            return int(bool(found and found(findings[-1])))
        except BaseException as error:  # must not pass through C
            raised.append(error)
            return 1

    params = _abi.VerifyParams(encoded(source), _abi.FindingFunction(keep), None)
    run = Run(threads, memory, progress)
    try:
        run.call('shoal_verify', params, run.options, None)
    except DamagedError:
        pass
    finally:
        if raised:
            raise raised[0]
    return findings
