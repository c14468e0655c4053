"""The library's statuses as exceptions: one class each, with the library's own line as the text."""
from __future__ import annotations

import re


class Error(Exception):
    """What every failure of the library is. `status` is the library's, `column` the place in the
    expressions' text, from 1, or 0 where the error is not in a text."""

    status = 0

    def __init__(self, message: str, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.column = column

    def __str__(self) -> str:
        return self.message


class DamagedError(Error):
    """Something was compared and found to differ, or to be damaged."""

    status = 1


class UsageError(Error, ValueError):
    """The request makes no sense: syntax, names, shapes, types."""

    status = 2


class BoundsError(UsageError, IndexError):
    """An index or an axis is out of bounds."""


class MissingError(UsageError, KeyError):
    """There is no object of that name in the file."""


class FileError(Error, OSError):
    """A file or the system refused: missing, full, no permission."""

    status = 3


class MissingFileError(FileError, FileNotFoundError):
    """The file does not exist."""


class DataError(Error):
    """The data are corrupt, or of a filter or type that is not supported."""

    status = 4


class MemoryLimitError(Error, MemoryError):
    """It would need more memory than allowed; nothing was begun."""

    status = 5


class Cancelled(Error):
    """The progress callback cancelled the run; nothing half-written is left."""

    status = 130


BY_STATUS: dict[int, type[Error]] = {
    kind.status: kind
    for kind in (DamagedError, UsageError, FileError, DataError, MemoryLimitError, Cancelled)
}

# The library's advice names options of the command; these are the arguments that do the same.
_ARGUMENTS = (
    ('use -f to overwrite', '{overwrite} overwrites'),
    ('raise -m', 'raise memory='),
    ('allow more with -m', 'allow more with memory='),
    ('-m allows', 'memory= allows'),
    ('with -o', 'with output='),
    ('with --chunk', 'with chunks='),
    ('--raw takes', 'raw=True takes'),
    ('see --tmpdir', 'the environment variable TMPDIR names another place'),
    ('as --dtype f4 --shape 1000,20', 'as numpy.memmap(path, dtype, shape=shape) and shoal.save '
                                      'give them'),
    ('which with --format, or give --dtype and --shape for raw bytes',
     'which with format=, or take raw bytes with numpy.memmap'),
    ('--format npy, csv, tsv or raw', 'format="npy", "csv", "tsv" or "raw"'),
    ('--format csv or tsv', 'format="csv" or "tsv"'),
)
_TYPE = re.compile(r'--type (\S+)=(f8|\.\.\.)')
_OVERWRITE = {'shoal_writer_open': 'mode="w"', 'shoal_writer_commit': 'mode="w"',
              'shoal_writer_dataset': 'replace=True'}
_BOUNDS = re.compile(r'\b(index|axis) -?\d+ is out of (bounds|range) for')


def in_python(message: str, function: str = '') -> str:
    """The library's line in this package's words."""
    for theirs, ours in _ARGUMENTS:
        if theirs in message:
            ours = ours.format(overwrite=_OVERWRITE.get(function, 'overwrite=True'))
            message = message.replace(theirs, ours)
    return _TYPE.sub(r'types={"\1": "\2"}', message)


def exception(status: int, message: str, column: int, function: str) -> Error:
    """That of a status that is not 0."""
    kind = BY_STATUS.get(status, Error)
    if kind is UsageError and _BOUNDS.search(message):
        kind = BoundsError
    return kind(in_python(message, function), column)
