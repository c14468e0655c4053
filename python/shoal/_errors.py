"""The library's statuses as exceptions: one class each, with the library's own line as the text."""
from __future__ import annotations


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
