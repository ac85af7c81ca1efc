"""The table of runs in the panel, and what can be done with each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import qt
from slicer.i18n import tr as _

from ..training.run_state import RunStage

if TYPE_CHECKING:
    from pathlib import Path

    from ..training.run_state import RunState

_TITLES = (_("Run"), _("State"), _("Epochs"), _("Best PSNR (dB)"), _("Began with"))


class RunList:
    """Shows runs in a QTableWidget.

    :param widget: the QTableWidget.
    """

    def __init__(self, widget: object) -> None:
        self._widget = widget
        self._runs: list[RunState] = []
        self._shown: object = None
        widget.verticalHeader().hide()
        widget.setColumnCount(len(_TITLES))
        widget.setHorizontalHeaderLabels(list(_TITLES))

    @property
    def chosen(self) -> RunState | None:
        """The chosen run."""
        row = self._widget.currentRow()
        return self._runs[row] if 0 <= row < len(self._runs) else None

    @property
    def has_runs(self) -> bool:
        """Whether there is any."""
        return bool(self._runs)

    def show(self, runs: list[RunState], running: Path | None) -> None:
        """Show runs; the one that was chosen stays chosen.

        :param running: folder of the run that trains now.
        """
        shown = (runs, running)
        if shown == self._shown:
            return
        chosen = self.chosen.path if self.chosen else None
        self._shown, self._runs = shown, list(runs)
        self._widget.setRowCount(len(runs))
        for number, run in enumerate(runs):
            is_running = run.path == running
            told = str(run.path) if is_running or run.holder is None else f"{run.path}\n{run.holder}"
            for column, text in enumerate(_texts(run, is_running)):
                item = qt.QTableWidgetItem(text)
                item.setToolTip(told)
                self._widget.setItem(number, column, item)
        self._widget.resizeColumnsToContents()
        if chosen is not None:
            self.choose(chosen)

    def choose(self, path: Path) -> None:
        """Choose the run of a folder, if it is there."""
        for row, run in enumerate(self._runs):
            if run.path == path:
                self._widget.setCurrentCell(row, 0)


def _texts(run: RunState, is_running: bool) -> tuple[str, ...]:
    best = "" if run.best_psnr_db is None else f"{run.best_psnr_db:.2f}"
    epochs = _("{done} of {all}").format(done=run.epochs_done, all=run.epochs) if run.epochs else ""
    return run.name, _state_in_words(run, is_running), epochs, best, run.from_model or run.preset


def _state_in_words(run: RunState, is_running: bool) -> str:
    if is_running:
        return _("running")
    if run.holder is not None:  # another program trains in it
        return _("in use")
    return {
        RunStage.STOPPED: _("stopped"),
        RunStage.FINISHED: _("finished"),
        RunStage.DAMAGED: _("damaged"),
    }[run.stage]
