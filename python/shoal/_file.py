"""Files, groups, tables and datasets, for reading."""
from __future__ import annotations

import ctypes
import os
import posixpath
import threading
import weakref
from collections.abc import Mapping
from typing import Any, Callable, Iterable, Iterator, NamedTuple, Optional, Union

import numpy as np

from . import _abi
from ._attributes import Attributes
from ._errors import FileError, MissingError, MissingFileError, UsageError
from ._given import encoded
from ._library import LIBRARY, call, text
from ._runs import Memory, Progress, Run
from ._selection import is_basic, select
from ._types import to_dtype

GROUP, DATASET, TABLE, COLUMN, OTHER = range(5)
_UNLIMITED = 2 ** 64 - 1


class Axis(NamedTuple):
    """An axis as netCDF's dimension scales describe it; texts are empty where nothing is told."""

    name: str
    coordinate: str  #: the path of the dataset with a value for each index
    units: str
    calendar: str
    is_time: bool
    first: str
    last: str


class Statistics(NamedTuple):
    """Of stored values; NaN is left out of the rest."""

    n_elements: int
    n_nan: int
    least: Any  #: None where there is no number
    greatest: Any
    sum: Union[int, float, None]  #: exact for integers, rounded once for floats


class Object:
    """What a group, a table and a dataset have in common."""

    def __init__(self, file: File, path: str) -> None:
        self.file = file
        #: The path inside the file.
        self.name = path

    @property
    def attrs(self) -> Attributes:
        """The attributes, a mapping."""
        return Attributes(self.file, self.name)

    @property
    def locator(self) -> str:
        """"FILE:/path", as the command line and `shoal.calc` take it."""
        return f'{self.file.filename}:{self.name}'


class Group(Object, Mapping):
    """A mapping of names, and of paths, to what is below it."""

    def _path(self, name: str) -> str:
        return posixpath.normpath(posixpath.join(self.name, name))

    def _children(self) -> list[str]:
        base = self.name.rstrip('/') + '/'
        return [path[len(base):] for path in self.file._objects()
                if path.startswith(base) and '/' not in path[len(base):] and path != '/']

    def __getitem__(self, name: str) -> Union[Dataset, Group, Table]:
        return self.file._open(self._path(name))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._path(name) in self.file._objects()

    def __iter__(self) -> Iterator[str]:
        return iter(self._children())

    def __len__(self) -> int:
        return len(self._children())

    def visititems(self, visitor: Callable[[str, Any], Any]) -> Any:
        """Calls visitor(path, object) for all below, parents first, until it returns something
        that is not None, which is returned."""
        base = self.name.rstrip('/') + '/'
        for path in self.file._objects():
            if path.startswith(base) and path != '/':
                found = visitor(path[len(base):], self.file._open(path))
                if found is not None:
                    return found
        return None

    def visit(self, visitor: Callable[[str], Any]) -> Any:
        """As visititems, with the path alone."""
        base = self.name.rstrip('/') + '/'
        for path in self.file._objects():
            if path.startswith(base) and path != '/':
                found = visitor(path[len(base):])
                if found is not None:
                    return found
        return None

    def __repr__(self) -> str:
        return f'<shoal {type(self).__name__.lower()} {self.locator}: {", ".join(self)}>'

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


class Table(Group):
    """A group of columns; expressions name the columns of a table that is an input."""

    @property
    def columns(self) -> list[str]:
        """The columns' names, as far as each is one dataset."""
        return [name for name in self if name != '_index']


class _OpenFile:
    """The library's handle of a file. Its datasets hold it too, so that it is closed after them; a
    `with` of it holds off closing while the library, and so another thread, is at work on it."""

    def __init__(self, name: str, pointer: ctypes.c_void_p) -> None:
        self.name, self.pointer = name, pointer
        self._close = weakref.finalize(self, LIBRARY.shoal_file_close, pointer)
        self._lock, self._n_uses = threading.Lock(), 0

    def __enter__(self) -> ctypes.c_void_p:
        with self._lock:
            if not self._close.alive:
                raise UsageError(f'{self.name} is closed')
            self._n_uses += 1
        return self.pointer

    def __exit__(self, *_: Any) -> None:
        with self._lock:
            self._n_uses -= 1

    def close(self, datasets: Iterable[Dataset]) -> None:
        """Closes the datasets and the file, once."""
        with self._lock:
            if self._n_uses:
                raise UsageError(f'{self.name} is being read by another thread')
            for dataset in datasets:
                dataset._close()
            self._close()

    @property
    def is_open(self) -> bool:
        return self._close.alive


class File(Group):
    """An HDF5, netCDF-4 or .npy file, open for reading through a memory map."""

    def __init__(self, path: Union[str, os.PathLike]) -> None:
        self.name = '/'
        self.filename = os.fspath(path)
        self._known: Optional[dict[str, int]] = None
        handle = ctypes.c_void_p()
        try:
            call('shoal_file_open', encoded(path), ctypes.byref(handle))
        except FileError as error:
            if os.path.lexists(path):
                raise
            raise MissingFileError(error.message) from None
        self._handle = _OpenFile(self.filename, handle)
        self._datasets: weakref.WeakSet[Dataset] = weakref.WeakSet()

    @property
    def file(self) -> File:  # type: ignore[override]
        """The file itself, as of all that is in it."""
        return self

    def _need(self) -> None:
        if not self._handle.is_open:
            raise UsageError(f'{self.filename} is closed')

    def _objects(self) -> dict[str, int]:
        """Paths and kinds of all objects, looked up once: the file does not change."""
        if self._known is None:
            found: dict[str, int] = {}

            def visit(_user: Any, item: Any) -> int:
                found[text(item.contents.path)] = item.contents.kind
                return 0

            with self._handle as handle:
                call('shoal_file_visit', handle, b'/', _abi.ObjectFunction(visit), None)
            self._known = found
        return self._known

    def _open(self, path: str) -> Union[Dataset, Group, Table]:
        self._need()
        try:
            return Dataset(self, path)
        except UsageError as error:
            kind = GROUP if path == '/' else self._objects().get(path)
            if kind is None:
                raise MissingError(error.message) from None
            if kind in (GROUP, COLUMN):
                return Group(self, path)
            if kind == TABLE:
                return Table(self, path)
            raise

    def close(self) -> None:
        """Closes the file and its datasets. Arrays that were read stay."""
        self._handle.close(list(self._datasets))

    def __enter__(self) -> File:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __repr__(self) -> str:
        if not self._handle.is_open:
            return f'<shoal file {self.filename}, closed>'
        return f'<shoal file {self.filename}: {", ".join(self)}>'


def _close_dataset(pointer: ctypes.c_void_p, _file: _OpenFile) -> None:
    LIBRARY.shoal_dataset_close(pointer)


class Dataset(Object):
    """An n-dimensional array in a file. Indexing it as NumPy's arrays are indexed reads what is
    selected into a new array, on several threads, each chunk decoded once."""

    def __init__(self, file: File, path: str) -> None:
        super().__init__(file, path)
        handle = self._handle = ctypes.c_void_p()
        with file._handle as opened:
            call('shoal_dataset_open', opened, encoded(path), ctypes.byref(handle))
        self._close = weakref.finalize(self, _close_dataset, handle, file._handle)
        file._datasets.add(self)
        self._info = _abi.DatasetInfo()
        call('shoal_dataset_describe', handle, ctypes.byref(self._info))
        self._rank = self._info.rank
        #: The extents.
        self.shape: tuple[int, ...] = tuple(self._info.shape[:self._rank])

    def _need(self) -> None:
        self.file._need()

    def _call(self, name: str, *arguments: Any) -> None:
        with self.file._handle:
            call(name, self._handle, *arguments)

    # ---- What it is ----

    @property
    def dtype(self) -> np.dtype:
        """The elements' type as they are read: native order, text as `S`, records as `V`."""
        if not self._info.readable:
            self._call('shoal_read', _abi.Region(0), None, 0, None)  # says why not
        return to_dtype(self._info.type)

    @property
    def readable(self) -> bool:
        """False: the dataset can be described, and not read."""
        return bool(self._info.readable)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._rank

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(np.prod(self.shape, dtype=object))

    @property
    def nbytes(self) -> int:
        """The bytes of all elements in memory."""
        return int(self._info.raw_bytes)

    @property
    def stored_nbytes(self) -> int:
        """The bytes of the chunks in the file."""
        self._need()
        return int(self._info.stored_bytes)

    @property
    def chunks(self) -> Optional[tuple[int, ...]]:
        """The chunks' shape, None where there are none."""
        return tuple(self._info.chunk[:self._rank]) if self.layout == 'chunked' else None

    @property
    def maxshape(self) -> tuple[Optional[int], ...]:
        """How far each axis can grow; None: without a limit."""
        return tuple(None if n == _UNLIMITED else n for n in self._info.max_shape[:self._rank])

    @property
    def layout(self) -> str:
        """"chunked", "contiguous", "compact", "external", "virtual" or "npy"."""
        self._need()
        return text(self._info.layout)

    @property
    def filters(self) -> str:
        """For people: "shuffle, gzip(4)"; empty where there are none."""
        self._need()
        return text(self._info.filters)

    @property
    def fillvalue(self) -> str:
        """The fill value as text, empty when it is not defined."""
        self._need()
        return text(self._info.fill)

    @property
    def units(self) -> str:
        """netCDF's attribute, empty when there is none."""
        self._need()
        return text(self._info.units)

    @property
    def coding(self) -> str:
        """What `calc` applies to stored values: "x * 0.01 + 280, missing -32768"."""
        self._need()
        return text(self._info.coding)

    @property
    def dims(self) -> tuple[str, ...]:
        """The axes' names, empty where they have none."""
        self._need()
        return tuple(text(name) for name in self._info.dimensions[:self._rank])

    def axis(self, axis: int) -> Axis:
        """An axis's name, coordinate and ends."""
        if not -self._rank <= axis < self._rank:
            raise IndexError(f'{self.name} has {self._rank} axes; there is no axis {axis}')
        out = _abi.AxisInfo()
        self._call('shoal_dataset_axis', axis % self._rank, ctypes.byref(out))
        return Axis(out.name.decode(), out.coordinate.decode(), out.units.decode(),
                    out.calendar.decode(), bool(out.is_time), out.first.decode(),
                    out.last.decode())

    def statistics(self) -> Optional[Statistics]:
        """What the summaries of the chunks tell without a look at the data; None where they do not
        tell it of all chunks."""
        out = _abi.Statistics()
        self._call('shoal_dataset_statistics', ctypes.byref(out))
        if not out.n_chunks_known or out.n_chunks_known < out.n_chunks:
            return None
        least, greatest = (np.frombuffer(bytes(value)[:self.dtype.itemsize], self.dtype)[0]
                           if out.has_extremes else None for value in (out.least, out.greatest))
        number = int if self.dtype.kind in 'biu' else float
        return Statistics(out.n_elements, out.n_nan, least, greatest,
                          number(out.sum.decode()) if out.has_sum else None)

    # ---- Reading ----

    def read(self, index: Any = (), *, out: Optional[np.ndarray] = None,
             threads: Optional[int] = None, memory: Optional[Memory] = None,
             progress: Optional[Progress] = None) -> Any:
        """What `dataset[index]` gives, for basic indices: integers, slices with any step, `...`
        and None. `out` is a C-contiguous array of the result's shape and type that is read into.
        threads, memory and progress are those of a run."""
        selection = select(index, self.shape)
        dtype = self.dtype
        if out is None:
            out = np.empty(selection.shape, dtype)
        elif (out.shape, out.dtype) != (selection.shape, dtype) or not (
                out.flags.c_contiguous and out.flags.writeable):
            raise UsageError(f'out must be a writable C-contiguous {dtype} array of the shape '
                             f'{selection.shape}')
        run = Run(threads, memory, progress)
        with self.file._handle:
            run.call('shoal_read', self._handle, selection.region, out.ctypes.data, out.nbytes,
                     run.options)
        return out[()] if selection.is_element else out

    def __getitem__(self, index: Any) -> Any:
        if is_basic(index):
            return self.read(index)
        return self._pick(index)

    def _pick(self, index: Any) -> Any:
        """Arrays, lists and masks among the indices: the language's own indexing."""
        from ._calc import calc
        inputs: dict[str, Any] = {'t': self}
        words: list[str] = []
        for part in index if isinstance(index, tuple) else (index,):
            if isinstance(part, slice):
                words.append(':'.join('' if n is None else str(int(n))
                                      for n in (part.start, part.stop, part.step)))
            elif part is None or part is Ellipsis:
                words.append('None' if part is None else '...')
            elif is_basic(part):
                words.append(str(int(part)))
            else:
                name = f'i{len(inputs)}'
                inputs[name] = np.asarray(part)
                words.append(name)
        return calc(f't[{", ".join(words)}]', inputs=inputs, raw=True)

    def __array__(self, dtype: Any = None, copy: Optional[bool] = None) -> np.ndarray:
        if copy is False:
            raise ValueError('a dataset is decoded into a new array: there is nothing to share')
        array = self.read(...)
        return array if dtype is None else array.astype(dtype, copy=False)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError('a scalar has no length')
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        for k in range(len(self)):
            yield self[k]

    def iter_chunks(self, axis: int = 0) -> Iterator[tuple[slice, ...]]:
        """Slices that follow one another along an axis, each of whole chunks."""
        step = (self.chunks or self.shape)[axis] or 1
        for start in range(0, self.shape[axis], step):
            stop = min(start + step, self.shape[axis])
            yield (slice(None),) * axis + (slice(start, stop),)

    def __repr__(self) -> str:
        kind = self.dtype if self._info.readable else 'unreadable'
        return f'<shoal dataset {self.locator}: {kind} {self.shape}>'


def open(path: Union[str, os.PathLike]) -> File:  # noqa: A001, as h5py and zarr name it
    """Opens a file for reading."""
    return File(path)
