"""One job at a time in a worker, and how it goes; the widgets that tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from MicroCTSuperResLib.jobs.terminal import in_words
from MicroCTSuperResLib.panel.messages import TROUBLE_COLOUR, show_bold, show_text
from MicroCTSuperResLib.panel.states import Stage, State
from MicroCTSuperResLib.panel.worker_process import WorkerProcess
from slicer.i18n import tr as _

if TYPE_CHECKING:
    from collections.abc import Callable

    from MicroCTSuperResLib.panel.outcome import Outcome


class JobRunner:
    """Runs one job at a time. Knows no widgets and no scene, so a job goes on while both change.

    :param on_change: called after anything changed: `state`, `progress`, `is_running`.
    :param on_event: gets each event of the worker.
    """

    def __init__(self, on_change: Callable[[], None], on_event: Callable[[dict], None] = lambda event: None) -> None:
        self.state: State | None = None
        self.progress: dict | None = None
        self._on_change, self._on_event = on_change, on_event
        self._on_end: Callable[[Outcome], State | None] | None = None
        self._worker: WorkerProcess | None = None
        self._is_cancelled = False
        self._is_closed = False

    @property
    def is_running(self) -> bool:
        return self._worker is not None

    def start(self, job: dict, told: str, on_end: Callable[[Outcome], State | None]) -> None:
        """Start a job; nothing happens while another one runs.

        :param told: what goes on, in a few words.
        :param on_end: gets the worker's Outcome and says how it ended, see :func:`ended_in_words`; None for nothing.
        """
        if self.is_running:
            return
        self.state, self.progress, self._is_cancelled = State(Stage.RUNNING, told), None, False
        self._on_end = on_end
        self._worker = WorkerProcess(job, self._take_event, self._ended)
        self._worker.start()
        self._on_change()

    def cancel(self) -> None:
        """End the job; returns at once."""
        if self._worker is not None and not self._is_cancelled:
            self._is_cancelled = True
            self.state = State(Stage.RUNNING, _("Cancelling ..."))
            self._worker.cancel()
            self._on_change()

    def close(self) -> None:
        """End the job, return when it has ended, and tell nobody any more."""
        self._is_closed = True
        if self._worker is not None:
            self._worker.stop()

    def _take_event(self, event: dict) -> None:
        if self._is_closed:
            return
        if event["event"] == "progress":
            self.progress = event
            self._on_change()
        self._on_event(event)

    def _ended(self, outcome: Outcome) -> None:
        self._worker, self.progress = None, None
        if not self._is_closed:
            self.state = self._on_end(outcome)
            self._on_change()


def ended_in_words(outcome: Outcome, done: str, cancelled: str = "") -> State:
    """How a job ended.

    :param done: what is told when all went well.
    :param cancelled: what is told when the user ended it.
    """
    if outcome.kind == "done":
        return State(Stage.DONE, done)
    if outcome.kind == "cancelled":
        return State(Stage.CANCELLED, _("Cancelled."), cancelled)
    return State(Stage.FAILED, outcome.message, outcome.hint)


class JobStatus:
    """Tells how a job goes.

    :param ui: the widgets progressBar, headlineLabel, adviceLabel and cancelButton.
    :param runner: whose job it is.
    """

    def __init__(self, ui: object, runner: JobRunner) -> None:
        self._ui, self._runner = ui, runner
        ui.progressBar.visible = False
        ui.cancelButton.connect("clicked(bool)", lambda _checked=False: runner.cancel())

    def show(self, otherwise: State) -> None:
        """Show the runner's state.

        :param otherwise: what is told before the first job, and once a job's end is old news.
        """
        ui, runner = self._ui, self._runner
        ui.cancelButton.enabled = runner.is_running
        ui.progressBar.visible = runner.is_running
        if runner.is_running:
            self._show_progress(runner.progress)
        state = runner.state or otherwise
        show_bold(ui.headlineLabel, state.headline, TROUBLE_COLOUR if state.stage is Stage.FAILED else "")
        show_text(ui.adviceLabel, state.advice)

    def _show_progress(self, progress: dict | None) -> None:
        bar = self._ui.progressBar
        bar.setRange(0, progress["total"] if progress else 0)  # 0, 0 shows that the end is not known yet
        bar.value = progress["done"] if progress else 0
        left = progress["eta_s"] if progress else None
        bar.format = "%p%" + ("" if left is None else _(", {time} left").format(time=in_words(left)))
