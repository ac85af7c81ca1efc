"""Ends this process when the program that started it is gone, so that no worker goes on for hours unheard."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_SECONDS_BETWEEN_LOOKS = 0.5


def end_with_parent() -> None:
    """From now on, the end of the parent process is a SIGTERM to this one (POSIX; elsewhere use `end_with_stdin`).

    The parent's process number is watched, for Linux's PR_SET_PDEATHSIG would also fire when only the parent's *thread*
    that started the worker ends.
    """
    if os.name == "posix":
        threading.Thread(target=_watch_parent, args=(os.getppid(),), daemon=True).start()


def end_with_stdin(lines: Iterable[str], take: Callable[[str], None]) -> None:
    """From now on, the end of stdin is a SIGTERM to this process.

    Stdin is a pipe that the starting program holds open. This works on every platform, and through a launcher program
    that outlives the program that matters.

    :param lines: of stdin, those to come.
    :param take: gets each of them, in another thread.
    """
    threading.Thread(target=_watch_stdin, args=(lines, take), daemon=True).start()


def _watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    _end_this_process()


def _watch_stdin(lines: Iterable[str], take: Callable[[str], None]) -> None:
    for line in lines:
        take(line)
    _end_this_process()


def _end_this_process() -> None:
    if hasattr(signal, "pthread_kill"):  # also wakes the main thread from a blocking call
        signal.pthread_kill(threading.main_thread().ident, signal.SIGTERM)
    else:
        signal.raise_signal(signal.SIGTERM)
