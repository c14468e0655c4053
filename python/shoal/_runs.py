"""What all long work takes: threads, a limit of memory, progress."""
from __future__ import annotations

import os
import re
import signal
import threading
from typing import Any, Callable, Optional, Union

from . import _abi
from ._errors import Cancelled, UsageError
from ._given import encoded, whole
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
        memory = int(float(match.group(1)) * _UNITS[match.group(2).upper()])
    return whole(memory, 1, 2**63 - 1, 'memory')


class _Interrupts:
    """Ctrl-C while the main thread is in C: noted when it next reports, and acted on behind the
    call, as a handler that raises would do so in the middle of a callback."""

    def __init__(self) -> None:
        self.seen = False
        self._before: Any = None

    def __enter__(self) -> None:
        self.seen, self._before = False, None
        if threading.current_thread() is threading.main_thread():
            before = signal.getsignal(signal.SIGINT)
            if callable(before):
                self._before = before
                signal.signal(signal.SIGINT, self._note)

    def _note(self, *_: Any) -> None:
        self.seen = True

    def __exit__(self, *_: Any) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            if self.seen:
                self._before(signal.SIGINT, None)


class Run:
    """The options of a run for C, and its calls: what the callback raises ends the run and is
    raised behind it, and so is a KeyboardInterrupt."""

    def __init__(self, threads: Optional[int], memory: Optional[Memory],
                 progress: Optional[Progress], tmpdir: Optional[str] = None) -> None:
        if threads is not None:
            threads = whole(threads, 1, 2**20, 'threads')
        raised = self._raised = []  # type: list[BaseException]
        interrupts = self._interrupts = _Interrupts()

        def report(_user: Any, now: Any) -> int:
            try:
                if progress is None or interrupts.seen:
                    return int(interrupts.seen)
                seen = now.contents
                answer = progress(seen.done_bytes, seen.total_bytes, text(seen.phase))
                return int(bool(answer) or interrupts.seen)
            except BaseException as error:  # must not pass through C
                raised.append(error)
                return 1

        self.options = _abi.RunOptions(threads or 0, memory_bytes(memory),
                                       encoded(tmpdir) if tmpdir else None,
                                       _abi.ProgressFunction(report), None)

    def call(self, name: str, *arguments: Any) -> None:
        """Calls a function of the library that runs with these options."""
        try:
            with self._interrupts:
                call(name, *arguments)
        except Cancelled:
            if not self._raised:
                raise
        if self._raised:
            raise self._raised.pop(0)
