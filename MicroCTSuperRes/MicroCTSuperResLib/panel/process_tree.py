"""Ending a worker with everything that it started, and never Slicer."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil


class ProcessTree:
    """The processes of one worker.

    The worker leads a process group of its own on POSIX. PythonSlicer is a launcher: the process that was started is
    then the worker's parent, still in Slicer's group, and ends when the worker does.

    :param started: number of the process that was started.
    """

    def __init__(self, started: int) -> None:
        self._started = _process(started)
        self._group: int | None = None
        self._found: set[psutil.Process] = set()

    def lead_by(self, worker: int) -> None:
        """The worker has told its process number, and leads its group from now on."""
        with suppress(AttributeError, ProcessLookupError):  # Windows has no groups; or it has ended
            if os.getpgid(worker) == worker != os.getpgrp():
                self._group = worker

    def terminate(self) -> None:
        """Ask the worker and all that it started to end.

        Before the worker has its group, and on Windows, only the end of its stdin can ask: close that, too.
        """
        self._find()
        self._signal_group("SIGTERM")

    def kill(self) -> None:
        """End whatever is left, at once."""
        self._find()
        self._signal_group("SIGKILL")
        for process in self._found:
            with suppress(Exception):  # of psutil: it has ended, or another user runs it
                process.kill()

    def _signal_group(self, name: str) -> None:
        if self._group is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._group, getattr(signal, name))

    def _find(self) -> None:
        """Note all processes below the one that was started: once it has ended, nothing connects them to it."""
        if self._started is not None:
            with suppress(Exception):  # of psutil: it has ended, or its number is another process's by now
                self._found.update(self._started.children(recursive=True))


def _process(number: int) -> psutil.Process | None:
    """None where there is no such process, or no psutil: that is installed with the worker's other packages."""
    try:
        import psutil
    except ImportError:
        return None
    try:
        return psutil.Process(number) if number > 0 else None
    except psutil.Error:
        return None
