"""What all long work takes: threads, a limit of memory, progress."""
from __future__ import annotations

import os
import re
from typing import Any, Callable, Optional, Union

from . import _abi
from ._errors import Cancelled, UsageError
from ._library import call, text

#: Called about ten times a second with the bytes done, the bytes in all (0 while unknown) and a
#: word such as "reading". A true result cancels; an exception cancels and is raised.
Progress = Callable[[int, int, str], Any]
#: Bytes, or a text such as "512M".
Memory = Union[int, str]

_UNITS = {'': 1, 'K': 1 << 10, 'M': 1 << 20, 'G': 1 << 30, 'T': 1 << 40}


def memory_bytes(memory: Optional[Memory]) -> int:
    """0 stands for the library's choice."""
    if memory is None:
        return 0
    if isinstance(memory, str):
        match = re.fullmatch(r'\s*(\d+(?:\.\d*)?)\s*([KMGT]?)(?:i?B)?\s*', memory, re.I)
        if not match:
            raise UsageError(f'{memory!r} is no size: 512M, 2G and 1000000 are')
        return int(float(match.group(1)) * _UNITS[match.group(2).upper()])
    if memory <= 0:
        raise UsageError(f'a limit of {memory} bytes leaves no room')
    return int(memory)


class Run:
    """The options of a run for C, and its calls: what the callback raises ends the run and is
    raised behind it, and so is a KeyboardInterrupt, as the interpreter looks for signals in it."""

    def __init__(self, threads: Optional[int], memory: Optional[Memory],
                 progress: Optional[Progress], tmpdir: Optional[str] = None) -> None:
        if threads is not None and threads < 1:
            raise UsageError(f'{threads} threads cannot work')
        raised = self._raised = []  # type: list[BaseException]

        def report(_user: Any, now: Any) -> int:
            try:
                if progress is None:
                    return 0
                seen = now.contents
                return int(bool(progress(seen.done_bytes, seen.total_bytes, text(seen.phase))))
            except BaseException as error:  # must not pass through C
                raised.append(error)
                return 1

        self.options = _abi.RunOptions(threads or 0, memory_bytes(memory),
                                       os.fsencode(tmpdir) if tmpdir else None,
                                       _abi.ProgressFunction(report), None)

    def call(self, name: str, *arguments: Any) -> None:
        """Calls a function of the library that runs with these options."""
        try:
            call(name, *arguments)
        except Cancelled:
            if not self._raised:
                raise
        if self._raised:
            raise self._raised.pop(0)
