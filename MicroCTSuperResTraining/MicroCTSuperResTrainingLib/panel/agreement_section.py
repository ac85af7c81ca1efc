"""The section "Agreement": Bland-Altman analysis of a table of measurements, as a plot and a table of statistics."""
# ruff: noqa: N802 - the methods that the module calls have names in Slicer's style

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import qt
import slicer
from MicroCTSuperResLib.errors import MicroCTError
from MicroCTSuperResLib.panel import dependencies
from MicroCTSuperResLib.panel.messages import show_text
from MicroCTSuperResLib.panel.screenshot import free_path
from MicroCTSuperResLib.panel.states import Stage, State
from slicer.i18n import tr as _

from .agreement_choice import agreement_job, choice_of
from .job_runner import ended_in_words
from .result_section import ResultSection, fill_selector, show_table
from .training_packages import ensure_figures


class AgreementSection(ResultSection):
    """Analyses the chosen table; the tables, the plots and the statistics are nodes of the scene."""

    ui_file = "MicroCTSuperResTrainingAgreement.ui"

    def setup(self):
        super().setup()
        ui = self.ui
        ui.statisticsTable.setMRMLScene(slicer.mrmlScene)
        ui.openTableButton.connect("clicked(bool)", self._open_table)
        ui.valueSelector.connect("activated(int)", self._value_chosen)
        ui.referenceSelector.connect("activated(int)", self._reference_chosen)
        ui.shownSelector.connect("activated(int)", self._shown_chosen)
        ui.runButton.connect("clicked(bool)", self._analyse)
        ui.plotButton.connect("clicked(bool)", lambda _checked=False: self.showPlot())
        ui.plotAloneButton.connect("clicked(bool)", lambda _checked=False: self.showPlot(with_volumes=False))
        ui.exportButton.connect("clicked(bool)", self._export)
        self._point_told = ""

    def offer(self, table) -> None:
        """Let a new table be the one to analyse.

        :param table: vtkMRMLTableNode with measurements of several methods.
        """
        self.parameters.agreement.table = table

    def sceneAboutToClose(self):
        super().sceneAboutToClose()
        self.runner.cancel()
        self._point_told = ""
        self.ui.statisticsTable.setMRMLTableNode(None)

    # What is told -----------------------------------------------------------------------------------------------------

    def state(self):
        choice = self._choice()
        if choice.table is None:
            return State(
                Stage.NOTHING_SELECTED,
                _("No table chosen."),
                _("Evaluate a cohort or measure volumes first, or open a table of measurements."),
            )
        if not choice.compared:
            return State(
                Stage.NOTHING_SELECTED,
                _("The table tells of one method alone."),
                _("A column method has to name the method of each row; or each method has a column of its own."),
            )
        return State(Stage.READY, _("Ready."))

    def showAll(self):
        ui, choice = self.ui, self._choice()
        fill_selector(ui.valueSelector, list(choice.values), choice.value)
        fill_selector(ui.referenceSelector, list(choice.methods), choice.reference)
        ui.methodsEdit.placeholderText = ", ".join(choice.usual)
        ready = bool(choice.compared) and not self.runner.is_running
        ui.runButton.enabled = ready
        ui.exportButton.enabled = ready
        self._show_result()

    def _show_result(self):
        from ..scene.bland_altman_plot import find_agreement

        ui, found = self.ui, find_agreement(slicer.mrmlScene)
        statistics = found.statistics if found else None
        show_table(ui.statisticsTable, statistics)
        ui.statisticsTable.visible = found is not None
        for button in (ui.plotButton, ui.plotAloneButton):
            button.enabled = found is not None
        ui.levelSelector.enabled = found is not None and len(found.charts) > 1
        drawn, shown = found.drawn if found else [], self.parameters.agreement.shown
        fill_selector(ui.shownSelector, drawn, shown if shown in drawn else next(iter(drawn), ""))
        ui.shownSelector.visible = len(drawn) > 1
        show_text(ui.notesLabel, "\n".join(found.notes) if found else "")
        show_text(ui.pointLabel, self._point_told if found else "")
        charts = [chart for of_level in found.charts.values() for chart in of_level.values()] if found else []
        if any(self.plot.shows(chart) for chart in charts):
            self.plot.replace(self._chart(found))

    # The choice -------------------------------------------------------------------------------------------------------

    def _choice(self):
        return choice_of(self.parameters.agreement)

    def _value_chosen(self, row):
        self.parameters.agreement.value = self.ui.valueSelector.itemText(row)

    def _reference_chosen(self, row):
        self.parameters.agreement.reference = self.ui.referenceSelector.itemText(row)

    def _shown_chosen(self, row):
        self.parameters.agreement.shown = self.ui.shownSelector.itemText(row)

    def _open_table(self, _checked=False):
        answer = qt.QFileDialog.getOpenFileName(
            self.module.parent, _("Open a table of measurements"), "", _("Tables (*.csv *.tsv *.txt)")
        )
        if not answer:
            return
        from ..scene.measurement_table import open_table

        try:
            self.offer(open_table(slicer.mrmlScene, Path(answer)))
            self.runner.state = None
        except (MicroCTError, OSError) as error:
            self.runner.state = State(Stage.FAILED, str(error))
        self.refresh()

    # Work -------------------------------------------------------------------------------------------------------------

    def _analyse(self, _checked=False):
        if dependencies.ensure(self.module.parent, torch=False):
            self._start(None)

    def _export(self, _checked=False):
        """Write everything that the command line writes; the table of the scene is what is analysed."""
        chosen = qt.QFileDialog.getExistingDirectory(self.module.parent, _("Where to put the results"), "")
        if chosen and dependencies.ensure(self.module.parent, torch=False):
            ensure_figures(self.module.parent)
            self._start(free_path(Path(chosen) / "agreement"))

    def _start(self, output: Path | None) -> None:
        """Analyse.

        :param output: a new folder for the files; None for none that stay.
        """
        choice = self._choice()
        if choice.table is None or self.runner.is_running:
            return
        try:
            folder = output or self.newFolder("agreement")
            folder.mkdir(exist_ok=True)
            job = agreement_job(choice, self.parameters.agreement.margin, folder)
        except OSError as error:
            self._remove(output)
            self.runner.state = State(Stage.FAILED, str(error))
            self.refresh()
            return
        name, file = choice.table.GetName(), job["arguments"]["table"]
        in_words = lambda outcome: replace(outcome, message=outcome.message.replace(file, name))  # noqa: E731
        told = _("Analysing {name} ...").format(name=name)
        self.runner.start(job, told, lambda outcome: self._ended(in_words(outcome), folder, output))

    def _ended(self, outcome, folder: Path, output: Path | None) -> State:
        state = ended_in_words(outcome, _("Done: the result is in the scene."))
        if outcome.kind == "done" and self.parameters is not None:
            self._take(folder)
            if output is not None:
                state = State(Stage.DONE, _("Written to {folder}.").format(folder=output), _without_figure(output))
        self._remove(output if outcome.kind != "done" else None)
        return state

    def _remove(self, output: Path | None) -> None:
        """Remove the files of an analysis, and the folder that was made for an export that failed."""
        self.removeFiles()
        if output is not None:
            shutil.rmtree(output, ignore_errors=True)

    def _take(self, folder: Path) -> None:
        from ..scene.bland_altman_plot import show_agreement

        result = json.loads((folder / "agreement.json").read_text(encoding="utf-8"))
        with (folder / "agreement_points.csv").open(newline="", encoding="utf-8") as file:
            points = list(csv.DictReader(file))
        self.ui.statisticsTable.setMRMLTableNode(None)
        show_agreement(slicer.mrmlScene, result, points)
        self._point_told = ""
        self.showPlot()

    # The plot ---------------------------------------------------------------------------------------------------------

    def showPlot(self, *, with_volumes: bool | None = None) -> None:
        """Show the plot of the chosen level.

        :param with_volumes: see `ResultPlot.show`.
        """
        from ..scene.bland_altman_plot import find_agreement

        found = find_agreement(slicer.mrmlScene)
        if found is not None:
            self.plot.show(self._chart(found), with_volumes=with_volumes)

    def _chart(self, found):
        """The chart of the chosen level and method."""
        return found.chart(self.parameters.agreement.level.value, self.parameters.agreement.shown)

    def pointSelected(self, series, row):
        from ..scene.agreement_points import mark_point, point_at
        from ..scene.bland_altman_plot import find_agreement
        from ..scene.measurement_table import position_of

        found, point = find_agreement(slicer.mrmlScene), point_at(series, row)
        if found is None or point is None:
            return
        mark_point(self._chart(found), series, row)
        self._point_told = point.text
        self.refresh()
        position = None
        table = self._choice().table
        if point.number is not None and table is not None:
            position = position_of(table, point.specimen, point.number)
        self.module.evaluateSection.showSpecimen(point.specimen, position, point.method)


def _without_figure(folder: Path) -> str:
    if (folder / "bland_altman.png").exists():
        return ""
    return _("No figure was drawn, as matplotlib is not installed.")
