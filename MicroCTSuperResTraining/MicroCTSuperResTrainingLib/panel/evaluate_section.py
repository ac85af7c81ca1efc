"""The section "Evaluate": models against HR on the specimens of the cohort; tables, a plot, the report."""
# ruff: noqa: N802 - the methods that the module calls have names in Slicer's style

from __future__ import annotations

from pathlib import Path

import qt
import slicer
from MicroCTSuperResLib.errors import MicroCTError
from MicroCTSuperResLib.panel.busy import wait_cursor
from MicroCTSuperResLib.panel.messages import show_text
from MicroCTSuperResLib.panel.states import Stage, State
from slicer.i18n import tr as _

from . import training_packages
from .evaluate_job import evaluation_job, part_of
from .evaluation_tables import EvaluationTables, evaluation_here
from .job_runner import ended_in_words
from .model_checks import ModelChecks
from .result_section import ResultSection
from .short_paths import short
from .specimen_dl import SpecimenDl, dl_file
from .specimens_parameters import Refine

DEFAULT_FOLDER = "evaluation"


class EvaluateSection(ResultSection):
    """Evaluates what the parameters name; the files stay in a folder, tables and plots are nodes of the scene."""

    ui_file = "MicroCTSuperResTrainingEvaluate.ui"

    def setup(self):
        super().setup()
        ui = self.ui
        self.enhanced = SpecimenDl(self.module, self._show_point)
        self.offered = ModelChecks(ui.modelsList, self._models_chosen)
        self.tables = EvaluationTables(ui)
        self._point_told = ""
        ui.specimensTable.connect("selectionChanged()", self._row_selected)
        ui.folderButton.connect("clicked(bool)", self._choose_folder)
        ui.runButton.connect("clicked(bool)", self._evaluate)
        ui.openButton.connect("clicked(bool)", self._open)
        ui.plotButton.connect("clicked(bool)", lambda _checked=False: self.showPlot())

    def enter(self):
        self.modelsChanged()
        super().enter()

    def sceneAboutToClose(self):
        """An evaluation goes on: its results are files."""
        super().sceneAboutToClose()
        self.enhanced.forget()
        self._point_told = ""
        self.tables.clear()

    def cleanup(self):
        self.enhanced.runner.close()
        super().cleanup()

    # What is chosen ---------------------------------------------------------------------------------------------------

    @property
    def chosen(self):
        """The `evaluate` parameters."""
        return self.parameters.evaluate

    @property
    def folder(self) -> str:
        """Where the results go; "" without a cohort."""
        if self.parameters is None:
            return ""
        if self.chosen.folder:
            return self.chosen.folder
        return str(Path(self.module.cohortPath).parent / DEFAULT_FOLDER) if self.module.cohortPath else ""

    def models(self) -> list[str]:
        """The models that are evaluated."""
        return [name for name in self.chosen.models.splitlines() if name]

    def modelsChanged(self) -> None:
        """Offer the models that there are now."""
        if self.parameters is not None:
            self.offered.fill(self.models())

    def _models_chosen(self, names: list[str]) -> None:
        if self.parameters is not None:
            self.chosen.models = "\n".join(names)

    def _choose_folder(self, _checked=False):
        chosen = qt.QFileDialog.getExistingDirectory(self.module.parent, _("Folder for the results"), self.folder)
        if chosen:
            self.chosen.folder = chosen

    def dlOf(self, name: str) -> Path | None:
        """The enhanced volume of a specimen as it was evaluated; None without an evaluation, or if it is not there."""
        return self.enhanced.made(name)

    # What is told -----------------------------------------------------------------------------------------------------

    def state(self):
        if not self.module.specimens():
            return State(Stage.NOTHING_SELECTED, _("No specimens."), _("Open a cohort under Specimens."))
        if not self._has_dl():
            advice = _("Check one model, or several to compare; or name files in a column dl of the table.")
            return State(Stage.NOTHING_SELECTED, _("No model chosen."), advice)
        return State(Stage.READY, _("Ready."), training_packages.advice())

    def showAll(self):
        ui, count = self.ui, len(self._part())
        # Empty until the module is entered, which spares its opening; later a scene may be read or closed.
        if ui.modelsList.count and sorted(self.offered.checked()) != sorted(self.models()):
            self.modelsChanged()
        ui.cohortLabel.text = self._cohort_in_words(count)
        ui.folderEdit.text, ui.folderEdit.toolTip = short(self.folder), self.folder
        for button in (ui.folderButton, ui.openButton):
            button.enabled = not self.runner.is_running
        ui.runButton.enabled = bool(count and self._has_dl()) and not self.runner.is_running
        self._show_result()

    def _cohort_in_words(self, count: int) -> str:
        if not count:
            return ""
        told = _("{count} specimens are evaluated.").format(count=count)
        motion = self.parameters.specimens.refine
        return told if motion is Refine.NONE else told + " " + _("Motion: {what}.").format(what=motion.label())

    def _part(self) -> list:
        """The specimens that are evaluated."""
        return part_of(self.module.specimens(), self.chosen.part)

    def _has_dl(self) -> bool:
        """Whether there is something to evaluate: a model, or files of the specimens' rows."""
        return bool(self.models()) or all(dl_file(each) for each in self._part())

    def _show_result(self):
        ui, found = self.ui, evaluation_here()
        self.tables.show(found)
        ui.plotButton.enabled = found is not None
        self._show_point()
        if found and any(self.plot.shows(chart) for chart in found.charts.values()):
            self.plot.replace(found.charts[self.chosen.measure.value])

    def _show_point(self):
        show_text(self.ui.pointLabel, "\n".join(filter(None, [self._point_told, self.enhanced.told])))

    # Work -------------------------------------------------------------------------------------------------------------

    def _evaluate(self, _checked=False):
        from .evaluation_files import is_finished

        folder = self.folder
        is_there = is_finished(folder)
        if is_there and not slicer.util.confirmOkCancelDisplay(
            _(
                "{folder} holds an evaluation. Specimens that were evaluated with the same models and settings are "
                "kept; other results there are replaced. Go on?"
            ).format(folder=folder),
            _("Evaluate"),
        ):
            return
        if not training_packages.ensure(self.module.parent):
            return
        self.runner.start(
            evaluation_job(self.parameters, self.module.specimens(), self.models(), folder, replacing=is_there),
            _("Evaluating {count} specimens ...").format(count=len(self._part())),
            lambda outcome: self._evaluated(outcome, folder),
        )

    def _evaluated(self, outcome, folder: str) -> State:
        state = ended_in_words(
            outcome,
            _("Done: {folder}").format(folder=short(folder)),
            _("Specimens that are finished are kept: Evaluate goes on with the others."),
        )
        # A part of the specimens may have failed; the results are those of the others.
        if outcome.result and self.parameters is not None and self.folder == folder:
            told = self.take(folder)
            state = State(Stage.FAILED, told) if told else state
        return state

    def take(self, folder: str) -> str:
        """Read an evaluation into the scene and show it.

        :return: why that cannot be done; "" where it was.
        """
        from ..scene.score_tables import show_evaluation
        from .evaluation_files import read_evaluation

        before = evaluation_here()
        agreement = self.parameters.agreement
        is_offered = agreement.table is None or (before is not None and agreement.table is before.slices)
        self.tables.clear()
        try:
            with wait_cursor():
                shown = show_evaluation(slicer.mrmlScene, read_evaluation(folder))
        except MicroCTError as error:
            return str(error)
        self._point_told = _("Click a point of the plot, or a row, to see its LR | DL | HR.")
        if is_offered:
            self.parameters.agreement.table = shown.slices
        self.showPlot()
        return ""

    def _open(self, _checked=False):
        chosen = qt.QFileDialog.getExistingDirectory(self.module.parent, _("Folder of an evaluation"), self.folder)
        if chosen:
            told = self.take(chosen)
            self.runner.state = State(Stage.FAILED if told else Stage.DONE, told or _("Read: {f}").format(f=chosen))
            self.refresh()

    # The plot ---------------------------------------------------------------------------------------------------------

    def showPlot(self) -> None:
        """Show the chosen measure of each specimen below the views of a specimen."""
        found = evaluation_here()
        if found is not None:
            self.plot.show(found.charts[self.chosen.measure.value])

    def pointSelected(self, series, row):
        if series.GetTableNode() is not None:
            self._go_to(series.GetTableNode(), row)

    def _row_selected(self):
        table, index = self.ui.specimensTable.mrmlTableNode(), self.ui.specimensTable.currentIndex()
        if table is not None and index.isValid():
            self._go_to(table, index.row())

    def _go_to(self, table, row: int) -> None:
        from ..scene.score_tables import specimen_at

        found = specimen_at(table, row)
        if found is not None and found[0]:
            name, method = found
            self._point_told = f"{name}, {method}"
            self.showSpecimen(name, None, method)

    def showSpecimen(self, name: str, position: float | None, method: str = "") -> None:
        """Show LR | DL | HR of a specimen; its DL is made first where there is an evaluation without it.

        :param position: of the slice to go to, as in the tables of slices; None for any.
        :param method: whose DL is shown, where several models were evaluated; others show the DL of the last one, or
            of the first.
        """
        specimen = next((each for each in self.module.specimens() if each.specimen == name), None)
        if specimen is None:
            self._point_told = _("{name} is not in the table of specimens that is open.").format(name=name)
            self._show_point()
            return
        self.enhanced.choose(method)
        self.module.showSpecimen(name, position)
        if not self.runner.is_running:  # an evaluation needs the memory and the processors
            on_made = lambda: self.module.showSpecimen(name, position)  # noqa: E731
            self.enhanced.make(specimen, self.models(), self.chosen.device.value, on_made)
        self._show_point()
