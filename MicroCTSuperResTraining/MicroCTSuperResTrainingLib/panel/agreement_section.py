"""The section "Agreement": Bland-Altman analysis of a table of measurements, as a plot and a table of statistics."""
# ruff: noqa: N802 - the methods that the module calls have names in Slicer's style

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import qt
import slicer
from MicroCTSuperResLib.errors import MicroCTError
from MicroCTSuperResLib.panel import dependencies
from MicroCTSuperResLib.panel.messages import show_text
from MicroCTSuperResLib.panel.screenshot import free_path
from MicroCTSuperResLib.panel.states import Stage, State
from slicer.i18n import tr as _

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
        ui.runButton.connect("clicked(bool)", self._analyse)
        ui.plotButton.connect("clicked(bool)", lambda _checked=False: self.showPlot())
        ui.plotAloneButton.connect("clicked(bool)", lambda _checked=False: self.showPlot(alone=True))
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
        if self._table() is None:
            return State(
                Stage.NOTHING_SELECTED,
                _("No table chosen."),
                _("Evaluate a cohort or measure volumes first, or open a table of measurements."),
            )
        if not self._compared():
            return State(
                Stage.NOTHING_SELECTED,
                _("The table tells of one method alone."),
                _("A column method has to name the method of each row; or each method has a column of its own."),
            )
        return State(Stage.READY, _("Ready."))

    def showAll(self):
        ui, table = self.ui, self._table()
        from ..scene.measurement_table import is_long, methods_in, values_in

        is_wide = table is not None and not is_long(table)
        fill_selector(ui.valueSelector, values_in(table) if table is not None and not is_wide else [], self._value())
        fill_selector(ui.referenceSelector, methods_in(table) if table is not None else [], self._reference())
        ui.methodsEdit.placeholderText = ", ".join(self._usual_methods())
        ready = bool(self._compared()) and not self.runner.is_running
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
        show_text(ui.notesLabel, "\n".join(found.notes) if found else "")
        show_text(ui.pointLabel, self._point_told if found else "")
        if found and any(self.plot.shows(chart) for chart in found.charts.values()):
            self.plot.replace(self._chart(found))

    # The choice -------------------------------------------------------------------------------------------------------

    def _table(self):
        table = self.parameters.agreement.table if self.parameters else None
        return table if table is not None and table.GetScene() is not None else None

    def _value(self) -> str:
        from ..scene.measurement_table import values_in

        values = values_in(self._table()) if self._table() is not None else []
        chosen = self.parameters.agreement.value
        return chosen if chosen in values else (values[0] if values else "")

    def _reference(self) -> str:
        from ..scene.measurement_table import methods_in, usual_reference

        methods = methods_in(self._table()) if self._table() is not None else []
        chosen = self.parameters.agreement.reference
        return chosen if chosen in methods else usual_reference(methods)

    def _usual_methods(self) -> list[str]:
        from ..scene.measurement_table import methods_in, usual_methods

        return usual_methods(methods_in(self._table()), self._reference()) if self._table() is not None else []

    def _compared(self) -> list[str]:
        named = [name.strip() for name in self.parameters.agreement.methods.split(",")]
        return [name for name in named if name] or self._usual_methods()

    def _value_chosen(self, row):
        self.parameters.agreement.value = self.ui.valueSelector.itemText(row)

    def _reference_chosen(self, row):
        self.parameters.agreement.reference = self.ui.referenceSelector.itemText(row)

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
        from ..scene.measurement_table import is_simulated, write_measurements

        table = self._table()
        if table is None or self.runner.is_running:
            return
        try:
            folder = self.newFolder("agreement")
            file = folder / "measurements.csv"
            write_measurements(table, file)
        except OSError as error:
            self.runner.state = State(Stage.FAILED, str(error))
            self.refresh()
            return
        results = output or folder / "results"
        arguments = {
            "table": str(file),
            "output": str(results),
            "reference": self._reference(),
            "methods": self._compared(),
            "value": self._value() or None,
            "margin": self.parameters.agreement.margin or None,
            "simulated": is_simulated(table),
        }
        told = _("Analysing {name} ...").format(name=table.GetName())
        self.runner.start(
            {"job": "agreement", "arguments": arguments}, told, lambda outcome: self._ended(outcome, results, output)
        )

    def _ended(self, outcome, results: Path, output: Path | None) -> State:
        state = ended_in_words(outcome, _("Done: the result is in the scene."))
        if outcome.kind == "done" and self.parameters is not None:
            self._take(results)
            if output is not None:
                state = State(Stage.DONE, _("Written to {folder}.").format(folder=output), _without_figure(output))
        elif output is not None and outcome.kind != "done":
            shutil.rmtree(output, ignore_errors=True)  # the folder was made for this export
        self.removeFiles()
        return state

    def _take(self, folder: Path) -> None:
        from ..scene.bland_altman_plot import show_agreement

        result = json.loads((folder / "agreement.json").read_text(encoding="utf-8"))
        with (folder / "agreement_points.csv").open(newline="", encoding="utf-8") as file:
            points = list(csv.DictReader(file))
        show_agreement(slicer.mrmlScene, result, points)
        self._point_told = ""
        self.showPlot(alone=not self.module.specimens())

    # The plot ---------------------------------------------------------------------------------------------------------

    def showPlot(self, *, alone: bool = False) -> None:
        """Show the plot of the chosen level, below the views of a specimen or alone."""
        from ..scene.bland_altman_plot import find_agreement

        found = find_agreement(slicer.mrmlScene)
        if found is not None:
            self.plot.show(self._chart(found), alone=alone)

    def _chart(self, found):
        """The chart of the chosen level; of specimens where there is no other."""
        level = self.parameters.agreement.level.value
        return found.charts.get(level) or next(iter(found.charts.values()))

    def pointSelected(self, series, row):
        from ..scene.bland_altman_plot import find_agreement, mark_point, point_at
        from ..scene.measurement_table import position_of

        found, point = find_agreement(slicer.mrmlScene), point_at(series, row)
        if found is None or point is None:
            return
        mark_point(self._chart(found), series, row)
        self._point_told = point.text
        self.refresh()
        position = None
        if point.number is not None and self._table() is not None:
            position = position_of(self._table(), point.specimen, point.number)
        self.module.evaluateSection.showSpecimen(point.specimen, position)


def _without_figure(folder: Path) -> str:
    if (folder / "bland_altman.png").exists():
        return ""
    return _("No figure was drawn, as matplotlib is not installed.")
