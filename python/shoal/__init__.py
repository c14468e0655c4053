"""shoal: arrays and tables bigger than memory, in plain HDF5 files, computed on every core.

    with shoal.open("era5.nc") as file:
        part = file["t2m"][0:100, ::-1]            # a NumPy array, decoded on every core
    shoal.calc("nanmean(t, axis=0)", t="era5.nc:/t2m")
    shoal.save("out.h5:/x", array, codec="blosc:zstd:3")

The package calls the C library through ctypes and computes nothing itself. Failures are exceptions:
`Error` and its subclasses, one for each status of the library.
"""
import importlib
from typing import Any

from ._attributes import Attributes
from ._calc import Function, Plan, calc, functions, plan
from ._errors import (BoundsError, Cancelled, DamagedError, DataError, Error, FileError,
                      MemoryLimitError, MissingError, MissingFileError, UsageError)
from ._file import Axis, Dataset, File, Group, Statistics, Table, open
from ._library import LIBRARY as _LIBRARY
from ._kernel import Kernel, address, kernel
from ._write import (Finding, Ingested, NewDataset, Writer, create, export, ingest, save, verify)

#: The version of the library.
__version__: str = _LIBRARY.shoal_version().decode()
#: Where the library was found.
library_path: str = _LIBRARY._name
#: The codec of new datasets that ask for none.
default_codec: str = _LIBRARY.shoal_codec_default().decode()


def __getattr__(name: str) -> Any:
    """`shoal.jit` is imported when it is first used, as it needs Numba."""
    if name == 'jit':
        return importlib.import_module('.jit', __name__)
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')


__all__ = [
    'Attributes', 'Axis', 'BoundsError', 'Cancelled', 'DamagedError', 'DataError', 'Dataset',
    'Error', 'File', 'FileError', 'Finding', 'Function', 'Group', 'Ingested', 'Kernel',
    'MemoryLimitError', 'MissingError', 'MissingFileError', 'NewDataset', 'Plan', 'Statistics',
    'Table', 'UsageError', 'Writer', 'address', 'calc', 'create', 'default_codec', 'export',
    'functions', 'ingest', 'kernel', 'library_path', 'open', 'plan', 'save', 'verify',
]
