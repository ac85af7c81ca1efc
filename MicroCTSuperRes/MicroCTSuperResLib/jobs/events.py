"""The events of a job: one JSON object a line, for the panel or script that started the worker.

| event | other keys |
|---|---|
| `started` | `job`, `version`, `pid` |
| `progress` | `done`, `total`, `unit`, `eta_s` (null while unknown) |
| `log` | `level` ("info" or "warning"), `message` |
| `milestone` | `name`, `message`, `numbers`: a stage of long work is done (an epoch of training) |
| `result` | `result`: what the job returns |
| `error` | `code`, `message`, `hint`; `result` where a part was done |

A service (see :class:`.command.Service`) tells its answers as events of its own, which its module lists.

The first event is `started` or `error`, the last is `result` or `error`. A line that is empty or no JSON means nothing.
"""

from __future__ import annotations

import json
import math
import os
import select
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..errors import Cancelled

if TYPE_CHECKING:
    from ..progress import Progress
    from .failures import Failure

_SECONDS_BETWEEN_PROGRESS = 0.1
_WHOLE_BYTES = getattr(select, "PIPE_BUF", 512)


def to_json_line(value: object) -> str:
    """`value` as JSON on one line. Numbers that JSON does not know (NaN, infinity) become null."""
    return json.dumps(_without_non_finite(value), allow_nan=False)


def _without_non_finite(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _without_non_finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_non_finite(item) for item in value]
    return value


class EventStream:
    """Writes events to a file descriptor, each line whole, from any thread."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()
        self._line_is_open = False

    @classmethod
    def on_stdout(cls) -> EventStream:
        """Take stdout for events alone: whatever else is printed from now on, also by C++ libraries, goes to stderr."""
        private = os.dup(1)
        os.dup2(2, 1)
        return cls(private)

    def emit(self, event: str, **keys: object) -> None:
        """Write one event.

        :raises Cancelled: if nobody reads the events any more.
        """
        line = to_json_line({"event": event, **keys}) + "\n"
        with self._lock:
            try:
                self._write(line.encode("ascii"))
            except BrokenPipeError as error:
                raise Cancelled("Nobody reads the events any more.") from error

    def _write(self, line: bytes) -> None:
        # A signal may have cut a long event short (short ones go into a pipe whole or not at all): the next one begins
        # on a line of its own.
        rest = b"\n" + line if self._line_is_open else line
        self._line_is_open = len(rest) > _WHOLE_BYTES
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        self._line_is_open = False


class EventReporter:
    """Tells a job's progress, messages and end as events.

    Progress is passed on at most about ten times a second, but the last one before any other event always is.

    :param cancelled: asked by the work whether to end.
    :param clock: seconds, monotonic.
    """

    def __init__(
        self, stream: EventStream, cancelled: Callable[[], bool], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.cancelled = cancelled
        self._stream = stream
        self._clock = clock
        self._told_at = -math.inf
        self._untold: Progress | None = None

    def started(self, job: str, version: str) -> None:
        """The job was understood and begins."""
        self._stream.emit("started", job=job, version=version, pid=os.getpid())

    def progress(self, progress: Progress) -> None:
        """See :class:`~MicroCTSuperResLib.jobs.command.Reporter`."""
        self._untold = progress
        if progress.done >= progress.total or self._clock() - self._told_at >= _SECONDS_BETWEEN_PROGRESS:
            self._tell_progress()

    def log(self, message: str) -> None:
        """See :class:`~MicroCTSuperResLib.jobs.command.Reporter`."""
        self._emit("log", level="info", message=message)

    def warn(self, message: str) -> None:
        """See :class:`~MicroCTSuperResLib.jobs.command.Reporter`."""
        self._emit("log", level="warning", message=message)

    def milestone(self, name: str, message: str, numbers: dict) -> None:
        """See :class:`~MicroCTSuperResLib.jobs.command.Reporter`."""
        self._emit("milestone", name=name, message=message, numbers=numbers)

    def answer(self, event: str, **keys: object) -> None:
        """See :class:`~MicroCTSuperResLib.jobs.command.ServiceReporter`."""
        self._emit(event, **keys)

    def result(self, result: dict) -> None:
        """The job is done."""
        self._emit("result", result=result)

    def error(self, failure: Failure, result: dict | None = None) -> None:
        """The job failed; `result` is what was done nevertheless."""
        done = {} if result is None else {"result": result}
        self._emit("error", code=failure.code, message=failure.message, hint=failure.hint, **done)

    def _emit(self, event: str, **keys: object) -> None:
        self._tell_progress()
        self._stream.emit(event, **keys)

    def _tell_progress(self) -> None:
        progress, self._untold = self._untold, None
        if progress is not None:
            self._told_at = self._clock()
            eta_s = None if progress.eta_s is None else round(progress.eta_s, 1)
            self._stream.emit("progress", done=progress.done, total=progress.total, unit=progress.unit, eta_s=eta_s)
