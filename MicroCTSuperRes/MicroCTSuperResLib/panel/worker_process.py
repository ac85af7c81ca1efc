"""A worker started from a panel: a process whose events come in while Slicer stays responsive.

    worker = WorkerProcess({"job": "enhance", "arguments": {...}}, self.onEvent, self.onEnd)
    worker.start()

Both functions are called from Slicer's event loop, never from within `start`. A job that is cancelled removes what it
has half written; one that is killed cannot: give it a folder of its own for results and remove that in `onEnd`.
"""
# ruff: noqa: N802, N803 - panels name what they connect in Slicer's style

from __future__ import annotations

import json
import time
from collections import deque
from typing import TYPE_CHECKING

import qt
import slicer
from slicer.i18n import tr as _

from .interpreter import process_environment, worker_interpreter
from .line_buffer import LineBuffer
from .outcome import Outcome, not_started, outcome_of
from .process_tree import ProcessTree

if TYPE_CHECKING:
    from collections.abc import Callable

WORKER = ("-u", "-m", "MicroCTSuperResLib.jobs.worker", "--end-with-stdin", "-")
# A cancelled worker gets this long to remove what it has half written; then all of it is killed.
GRACE_MS = 1200
_KILL_MS = 500
_LONGEST_LOG = 5000

# A QProcess that nobody refers to is destroyed and takes its child along: workers are kept here until they have ended.
_running: list[WorkerProcess] = []


class WorkerProcess:
    """One worker.

    :param job: the job description, `{"job": name, "arguments": {...}}`.
    :param onEvent: called with each event of the worker (see :mod:`MicroCTSuperResLib.jobs.events`), a dict.
    :param onEnd: called exactly once with the :class:`.outcome.Outcome`, also if the worker could not be started.
    """

    def __init__(self, job: dict, onEvent: Callable[[dict], None], onEnd: Callable[[Outcome], None]) -> None:
        self.log: deque[str] = deque(maxlen=_LONGEST_LOG)
        self._job = job
        self._on_event = onEvent
        self._on_end = onEnd
        self._process: qt.QProcess | None = None
        self._tree: ProcessTree | None = None
        self._output, self._errors = LineBuffer(), LineBuffer()
        self._error_lines: deque[str] = deque(maxlen=_LONGEST_LOG)
        self._last_event: dict = {}
        self._cancelled_at: float | None = None
        self._started = False
        self._ended = False

    @property
    def isRunning(self) -> bool:
        """True from `start` until `onEnd` is called."""
        return self._started and not self._ended

    def start(self) -> None:
        """Start the worker; returns at once. A WorkerProcess can be started once."""
        if self._started:
            raise RuntimeError("A worker is started once.")
        self._started = True
        _running.append(self)
        slicer.app.connect("aboutToQuit()", self._quit)
        interpreter = worker_interpreter()
        if interpreter is None:
            self._end_soon(not_started(_("The Python program of the worker was not found."), []))
            return
        process = self._process = qt.QProcess()
        process.setProcessEnvironment(process_environment(interpreter))
        process.connect("readyReadStandardOutput()", self._read_output)
        process.connect("readyReadStandardError()", self._read_errors)
        process.connect("finished(int,QProcess::ExitStatus)", self._finished)
        process.connect("errorOccurred(QProcess::ProcessError)", self._error_occurred)
        process.start(interpreter, list(WORKER))
        self._tree = ProcessTree(process.processId())
        self.send(self._job)

    def send(self, message: dict) -> None:
        """Write one JSON line to the worker's stdin, for jobs that take requests while they run."""
        if self.isRunning and self._process is not None:
            self._process.write(json.dumps(message).encode("ascii") + b"\n")

    def cancel(self) -> None:
        """End the worker and all that it started; returns at once. `onEnd` is called when they have ended."""
        if self.isRunning and self._cancelled_at is None:
            self._cancelled_at = time.monotonic()
            if self._tree is not None:
                self._process.closeWriteChannel()
                self._tree.terminate()
                qt.QTimer.singleShot(GRACE_MS, self._kill)

    def stop(self) -> None:
        """End the worker now and return when it has ended."""
        self.cancel()
        if self.isRunning and self._process is not None:
            grace_left_ms = GRACE_MS - 1000 * (time.monotonic() - self._cancelled_at)
            if not self._process.waitForFinished(max(1, int(grace_left_ms))):
                self._kill()
                self._process.waitForFinished(_KILL_MS)

    def _kill(self) -> None:
        if self.isRunning:
            self._tree.kill()
            self._process.kill()

    def _quit(self) -> None:
        """Slicer ends. All workers are asked at once, so that their times to clean up do not add up."""
        stop_all()

    def _read_output(self, end: bytes = b"") -> None:
        self._output.add(self._process.readAllStandardOutput().data() + end)
        _take_lines(self._output, self._take_output)

    def _read_errors(self, end: bytes = b"") -> None:
        self._errors.add(self._process.readAllStandardError().data() + end)
        _take_lines(self._errors, self._take_error)

    def _take_output(self, line: str) -> None:
        event = _event_of(line)
        if event is None:
            if line.strip():
                self.log.append(line)
            return
        if event["event"] == "started" and isinstance(event.get("pid"), int):
            self._tree.lead_by(event["pid"])
        elif event["event"] == "log":
            self.log.append(str(event.get("message", "")))
        elif event["event"] in ("result", "error"):
            self._last_event = event
            # The process ends by itself now; should a library keep it from that, it is ended.
            qt.QTimer.singleShot(5 * GRACE_MS, self._kill)
        self._on_event(event)

    def _take_error(self, line: str) -> None:
        if line.strip():
            self._error_lines.append(line)
            self.log.append(line)

    def _error_occurred(self, error: int) -> None:
        if error == qt.QProcess.FailedToStart:  # all other errors are followed by `finished`
            self._end_soon(not_started(self._process.errorString(), list(self.log)))

    def _finished(self, exit_code: int, exit_status: int) -> None:
        try:
            self._read_output(b"\n")  # the last line may have no end
        finally:
            self._read_errors(b"\n")
            self._tree.kill()  # what the worker has started and left behind
            self._end(self._outcome(exit_code if exit_status == qt.QProcess.CrashExit else 0))

    def _outcome(self, signal_number: int) -> Outcome:
        return outcome_of(
            self._last_event,
            cancelled=self._cancelled_at is not None,
            signal_number=signal_number,
            errors=list(self._error_lines),
            log=list(self.log),
        )

    def _end_soon(self, outcome: Outcome) -> None:
        """End without `finished`, yet never within `start`."""
        qt.QTimer.singleShot(0, lambda: self._end(outcome))

    def _end(self, outcome: Outcome) -> None:
        if self._ended:
            return
        self._ended = True
        # Not now: this runs in a slot of the QProcess, which must not be destroyed there, or in that of `aboutToQuit`.
        qt.QTimer.singleShot(0, self._forget)
        self._on_end(outcome)

    def _forget(self) -> None:
        slicer.app.disconnect("aboutToQuit()", self._quit)
        _running.remove(self)


def stop_all() -> None:
    """End all workers and return when they have ended."""
    workers = list(_running)
    for worker in workers:
        worker.cancel()
    for worker in workers:
        worker.stop()


def _take_lines(buffer: LineBuffer, take: Callable[[str], None]) -> None:
    """Take all lines. An error in the panel does not keep those after it away; the first one is raised in the end."""
    errors = []
    while (line := buffer.next_line()) is not None:
        try:
            take(line)
        except Exception as error:
            errors.append(error)
    if errors:
        raise errors[0]


def _event_of(line: str) -> dict | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and isinstance(event.get("event"), str) else None
