"""The training that goes on: its worker, its log, how it ended, and its model on the way into the list of models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import qt
import slicer
from MicroCTSuperResLib.panel.states import Stage, State
from slicer.i18n import tr as _

from .job_runner import JobRunner, JobStatus, ended_in_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from MicroCTSuperResLib.panel.outcome import Outcome

_RESUME = _("What was reached until the last whole epoch is kept: choose the run and press Resume.")


class TrainingRun:
    """One training at a time. Knows no scene.

    :param ui: the widgets logEdit, logGroupBox, copyLogButton, and those of :class:`.job_runner.JobStatus`.
    :param on_change: called after anything changed.
    :param on_epoch: called after an epoch, whose numbers are in the run's folder then.
    :param on_model: called after the model came into the list of models.
    """

    def __init__(
        self, ui: object, on_change: Callable[[], None], on_epoch: Callable[[], None], on_model: Callable[[], None]
    ) -> None:
        self.run: Path | None = None
        self._ui = ui
        self._log_before = ""
        self._on_change, self._on_epoch, self._on_model = on_change, on_epoch, on_model
        self._runner = JobRunner(on_change, self._take_event)
        self._status = JobStatus(ui, self._runner)
        ui.copyLogButton.connect("clicked(bool)", self._copy_log)

    @property
    def is_running(self) -> bool:
        return self._runner.is_running

    def start(self, job: dict, run: Path) -> None:
        """Train.

        :param run: its folder.
        """
        self.run = run
        self._log(_("Training {name} in {folder}").format(name=run.name, folder=run))
        self._log_before = self._ui.logEdit.toPlainText()
        self._runner.start(job, _("Training {name} ...").format(name=run.name), self._ended)

    def add_model(self, model: Path) -> None:
        """Copy a model into the user's models, from where module 1 offers it."""
        name = model.parent.name
        job = {"job": "models", "arguments": {"action": "add", "model": str(model)}}
        self._runner.start(job, _("Adding the model of {name} to the list ...").format(name=name), self._model_added)

    def tell(self, state: State) -> None:
        """Tell something while nothing runs."""
        if not self.is_running:
            self._runner.state = state
            self._on_change()

    def show(self, otherwise: State) -> None:
        """Show how it goes; see :meth:`.job_runner.JobStatus.show`."""
        self._status.show(otherwise)
        self._ui.copyLogButton.enabled = bool(self._ui.logEdit.toPlainText())

    def close(self) -> None:
        """End it; it can be resumed."""
        self._runner.close()

    def _take_event(self, event: dict) -> None:
        if event["event"] == "log":
            self._log(event["message"])
        elif event["event"] == "milestone":
            self._log(event["message"])
            self._runner.state = State(
                Stage.RUNNING, _("Training {name} ...").format(name=self.run.name), event["message"]
            )
            self._on_epoch()

    def _ended(self, outcome: Outcome) -> State:
        run, self.run = self.run, None
        # Also what libraries have printed.
        self._ui.logEdit.setPlainText("\n".join([self._log_before, *outcome.log]))
        if outcome.kind == "done":
            model = Path(outcome.result["model"])
            # The runner is free for another job once this function has returned.
            qt.QTimer.singleShot(0, lambda: self.add_model(model))
            self._log(_("The training is finished."))
            return State(Stage.DONE, _("{name} is finished.").format(name=run.name))
        self._log(f"{outcome.message} {outcome.hint}".strip())
        state = ended_in_words(outcome, "", _RESUME)
        if state.stage is not Stage.FAILED:
            return state
        self._ui.logGroupBox.collapsed = False
        begun = (run / "config.json").is_file() and outcome.code != "in-use"  # nothing of this training was reached
        return State(Stage.FAILED, state.headline, f"{state.advice} {_RESUME if begun else ''}".strip())

    def _model_added(self, outcome: Outcome) -> State:
        if outcome.kind == "done":
            self._on_model()
            name = outcome.result["name"]
            return State(
                Stage.DONE,
                _("The model {name} is in the list of models.").format(name=name),
                _("Choose it in the module MicroCT Super-Resolution, or evaluate it here."),
            )
        return ended_in_words(outcome, "", _("The model stays in the folder of its run."))

    def _log(self, line: str) -> None:
        self._ui.logEdit.appendPlainText(line)

    def _copy_log(self, _checked: bool) -> None:
        slicer.app.clipboard().setText(self._ui.logEdit.toPlainText())
