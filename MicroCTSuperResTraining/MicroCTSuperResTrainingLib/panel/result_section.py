"""What the sections with results have in common: a job, its widgets, a plot, and parameters that follow the widgets."""
# ruff: noqa: N802 - the module calls sections by names in Slicer's style

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import slicer
from MicroCTSuperResLib.panel.section import Section

from .connected_widgets import ConnectedWidgets
from .job_runner import JobRunner, JobStatus
from .result_plot import ResultPlot

if TYPE_CHECKING:
    from MicroCTSuperResLib.panel.states import State


class ResultSection(Section):
    """A section that runs a job and shows its result. Its .ui file has the widgets of `JobStatus`.

    A child defines `showAll`, `state` and `pointSelected`.
    """

    def __init__(self, module):
        super().__init__(module)
        self.runner: JobRunner | None = None
        self._updating = False
        self._folder: Path | None = None

    def setup(self):
        super().setup()
        self.connected = ConnectedWidgets(self.ui)
        self.runner = JobRunner(self.refresh)
        self.status = JobStatus(self.ui, self.runner)
        self.plot = ResultPlot(self.pointSelected)

    def showAll(self) -> None:
        """Show what the parameters and the scene say."""
        raise NotImplementedError

    def state(self) -> State:
        """What is told before the first job."""
        raise NotImplementedError

    def pointSelected(self, series, row: int) -> None:
        """The user has clicked a point of a chart, perhaps of another section's.

        :param series: its vtkMRMLPlotSeriesNode.
        :param row: of the table of the series.
        """
        raise NotImplementedError

    def parametersChanged(self):
        if self.parameters is None or self._updating or slicer.mrmlScene.IsBatchProcessing():
            return
        self._updating = True
        try:
            self.connected.follow(self.parameters)
            self.plot.listen()
            self.refresh()
        finally:
            self._updating = False

    def refresh(self):
        """Show everything anew."""
        if self.parameters is not None and not slicer.mrmlScene.IsClosing():
            self.showAll()
            self.status.show(self.state())

    def enter(self):
        self.parametersChanged()

    def sceneAboutToClose(self):
        self.connected.leave()

    def sceneClosed(self):
        if not self.runner.is_running:
            self.runner.state = None
        self.parametersChanged()

    def cleanup(self):
        self.connected.leave()
        self.runner.close()
        self.plot.close()
        self.removeFiles()

    def newFolder(self, name: str) -> Path:
        """A folder for the files of the next job; :meth:`removeFiles` removes it.

        :raises OSError: if it cannot be made.
        """
        self.removeFiles()
        self._folder = Path(tempfile.mkdtemp(prefix=f"MicroCTSuperRes-{name}-", dir=slicer.app.temporaryPath))
        return self._folder

    def removeFiles(self) -> None:
        """Remove the folder of :meth:`newFolder`."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def fill_selector(selector, choices: list[str], chosen: str) -> None:
    """Let a combo box offer these texts, with the chosen one in front of the user."""
    if [selector.itemText(row) for row in range(selector.count)] != choices:
        selector.clear()
        selector.addItems(choices)
    selector.setCurrentIndex(choices.index(chosen) if chosen in choices else -1)
    selector.enabled = bool(choices)


def show_table(view, node) -> None:
    """Let a qMRMLTableView show a table node, or none, with columns and rows as large as what they hold.

    A view that shows the node already stays as the user has made it: empty it first where the node has a new content.
    """
    if view.mrmlTableNode() is not node:
        view.setMRMLTableNode(node)
        view.resizeColumnsToContents()
        view.resizeRowsToContents()
