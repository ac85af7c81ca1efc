"""How running work is told to a person at the command line: on stderr, for stdout is for the result alone."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..progress import Progress

PROGRAM = "microct-superres"


class PlainReporter:
    """For pipes, files and queues: warnings, and the milestones of long work.

    :param cancelled: asked by the work whether to end.
    """

    def __init__(self, cancelled: Callable[[], bool]) -> None:
        self.cancelled = cancelled

    def __enter__(self) -> PlainReporter:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        pass

    def progress(self, progress: Progress) -> None:
        """See :class:`~MicroCTSuperResLib.jobs.command.Reporter`."""

    def log(self, message: str) -> None:
        """See :class:`~MicroCTSuperResLib.jobs.command.Reporter`."""

    def warn(self, message: str) -> None:
        """See :class:`~MicroCTSuperResLib.jobs.command.Reporter`."""
        print(f"{PROGRAM}: warning: {message}", file=sys.stderr, flush=True)

    def milestone(self, name: str, message: str, numbers: dict) -> None:
        """See :class:`~MicroCTSuperResLib.jobs.command.Reporter`."""
        print(message, file=sys.stderr, flush=True)


class BarReporter:
    """For a terminal: a progress bar with the time left, messages above it.

    :param cancelled: asked by the work whether to end.
    """

    def __init__(self, cancelled: Callable[[], bool]) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
        from rich.progress import Progress as Bars

        self.cancelled = cancelled
        self._bars = Bars(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}"),
            TextColumn("{task.fields[left]}"),
            console=Console(stderr=True),
            transient=True,
        )
        self._bar: tuple[int, str] | None = None

    def __enter__(self) -> BarReporter:
        self._bars.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._bars.stop()

    def progress(self, progress: Progress) -> None:
        """See :class:`~MicroCTSuperResLib.jobs.command.Reporter`."""
        self._bars.update(
            self._bar_for(progress.unit),
            completed=progress.done,
            total=progress.total,
            left=f"{in_words(progress.eta_s)} left" if progress.eta_s is not None else "",
        )

    def log(self, message: str) -> None:
        """See :class:`~MicroCTSuperResLib.jobs.command.Reporter`."""
        self._bars.console.print(message, markup=False, highlight=False, soft_wrap=True)

    def warn(self, message: str) -> None:
        """See :class:`~MicroCTSuperResLib.jobs.command.Reporter`."""
        self.log(f"{PROGRAM}: warning: {message}")

    def milestone(self, name: str, message: str, numbers: dict) -> None:
        """See :class:`~MicroCTSuperResLib.jobs.command.Reporter`."""
        self.log(message)

    def _bar_for(self, unit: str) -> int:
        """One bar at a time: work that counts something else begins a new one."""
        if self._bar is None or self._bar[1] != unit:
            if self._bar is not None:
                self._bars.remove_task(self._bar[0])
            self._bar = (self._bars.add_task("", unit=unit, left=""), unit)
        return self._bar[0]


def in_words(seconds: float) -> str:
    """A duration to read: "45 s", "3 min 20 s", "2 h 05 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def reporter_for_stderr(cancelled: Callable[[], bool]) -> PlainReporter | BarReporter:
    """The reporter that fits where stderr goes."""
    # A program without a console, or a shell's 2>&-, has no stderr at all.
    on_terminal = sys.stderr is not None and sys.stderr.isatty()
    return BarReporter(cancelled) if on_terminal else PlainReporter(cancelled)


def print_result(text: str) -> None:
    """Print to stdout at once. A reader that has seen enough (`| head`) and a closed stdout are no failures.

    :raises OSError: if stdout cannot be written, as a file on a full disk.
    """
    if sys.stdout is None:
        return
    try:
        print(text, flush=True)
    except OSError as error:
        # What is left in the buffer would fail once more when the interpreter ends.
        _give_up_stdout()
        if not isinstance(error, BrokenPipeError):
            raise OSError(error.errno, error.strerror, "stdout") from error


def _give_up_stdout() -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)
