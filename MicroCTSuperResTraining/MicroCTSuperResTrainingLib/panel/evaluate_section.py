"""The section "Evaluate": models against HR on the specimens of the cohort; tables, a plot, the report."""
# ruff: noqa: N802 - the methods that the module calls have names in Slicer's style

from __future__ import annotations

from pathlib import Path

import qt
import slicer
from MicroCTSuperResLib.errors import MicroCTError
from MicroCTSuperResLib.panel.busy import wait_cursor
from MicroCTSuperResLib.panel.messages import show_text, show_warnings
from MicroCTSuperResLib.panel.states import Stage, State
from slicer.i18n import tr as _

from . import training_packages
from .job_runner import ended_in_words
from .model_checks import ModelChecks
from .morphometry_parameters import STUDY_THRESHOLD
from .result_section import ResultSection, show_table
from .short_paths import short
from .specimen_dl import SpecimenDl, dl_file

DEFAULT_FOLDER, REPORT = "evaluation", "report.html"
NOTES_TOLD = 6


class EvaluateSection(ResultSection):
    """Evaluates what the parameters name; the files stay in a folder, tables and plots are nodes of the scene."""

    ui_file = "MicroCTSuperResTrainingEvaluate.ui"

    def setup(self):
        super().setup()
        ui = self.ui
        self.enhanced = SpecimenDl(self.module, self._show_point)
        self.offered = ModelChecks(ui.modelsList, self._models_chosen)
        self._point_told = ""
        for view in (ui.summaryTable, ui.specimensTable, ui.crossSiteTable):
            view.setMRMLScene(slicer.mrmlScene)
        ui.specimensTable.connect("selectionChanged()", self._row_selected)
        ui.folderButton.connect("clicked(bool)", self._choose_folder)
        ui.runButton.connect("clicked(bool)", self._evaluate)
        ui.openButton.connect("clicked(bool)", self._open)
        ui.reportButton.connect("clicked(bool)", lambda _checked=False: self._open_file(REPORT))
        ui.filesButton.connect("clicked(bool)", lambda _checked=False: self._open_file(""))
        ui.plotButton.connect("clicked(bool)", lambda _checked=False: self.showPlot())

    def enter(self):
        self.modelsChanged()
        super().enter()

    def sceneAboutToClose(self):
        """An evaluation goes on: its results are files."""
        super().sceneAboutToClose()
        self.enhanced.runner.cancel()
        self._point_told = ""
        for view in (self.ui.summaryTable, self.ui.specimensTable, self.ui.crossSiteTable):
            view.setMRMLTableNode(None)

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
        ui.cohortLabel.text = _("{count} specimens are evaluated.").format(count=count) if count else ""
        ui.folderEdit.text = self.folder
        ui.folderButton.enabled = not self.runner.is_running
        ui.runButton.enabled = bool(count and self._has_dl()) and not self.runner.is_running
        self._show_result()

    def _part(self) -> list:
        """The specimens that are evaluated."""
        specimens, part = self.module.specimens(), self.chosen.part.value
        if part == "all" or not any(each.split for each in specimens):
            return specimens
        return [each for each in specimens if each.split == part]

    def _has_dl(self) -> bool:
        """Whether there is something to evaluate: a model, or files of the specimens' rows."""
        return bool(self.models()) or all(dl_file(each) for each in self._part())

    def _show_result(self):
        from ..scene.score_tables import find_evaluation

        ui, found = self.ui, find_evaluation(slicer.mrmlScene)
        for view, node in (
            (ui.summaryTable, found.summary if found else None),
            (ui.specimensTable, found.specimens if found else None),
            (ui.crossSiteTable, found.cross_site if found else None),
        ):
            show_table(view, node)
        ui.tablesTab.visible = found is not None
        ui.tablesTab.setTabEnabled(2, found is not None and found.cross_site is not None)
        ui.plotButton.enabled = found is not None
        folder = Path(found.folder) if found else None
        ui.filesButton.enabled = folder is not None and folder.is_dir()
        ui.reportButton.enabled = folder is not None and (folder / REPORT).is_file()
        show_warnings(ui.notesLabel, _first(found.notes) if found else [])
        self._show_point()
        if found and any(self.plot.shows(chart) for chart in found.charts.values()):
            self.plot.replace(found.charts[self.chosen.measure.value])

    def _show_point(self):
        state = self.enhanced.runner.state
        told = f"{state.headline} {state.advice}".strip() if state is not None else ""
        show_text(self.ui.pointLabel, "\n".join(filter(None, [self._point_told, told])))

    # Work -------------------------------------------------------------------------------------------------------------

    def _evaluate(self, _checked=False):
        from .evaluation_files import is_finished

        folder = self.folder
        if is_finished(folder) and not slicer.util.confirmOkCancelDisplay(
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
            {"job": "evaluate", "arguments": self._arguments(folder)},
            _("Evaluating {count} specimens ...").format(count=len(self._part())),
            lambda outcome: self._evaluated(outcome, folder),
        )

    def _arguments(self, folder: str) -> dict:
        """Of the job; bone and margin are as chosen in the sections below."""
        bone, is_split = self.parameters.morphometry, any(each.split for each in self.module.specimens())
        arguments = {
            "cohort": self.module.cohortPath,
            "output": folder,
            "model": self.models(),
            "split": self.chosen.part.value if is_split else None,
            "workers": self.chosen.workers or None,
            "device": self.chosen.device.value,
            # The study's threshold is the job's own, which also knows what to do with scans that are not calibrated.
            "threshold": bone.threshold if bone.threshold != STUDY_THRESHOLD else None,
            "sigma": bone.sigma,
            "support": bone.support,
            "without_foramen": bone.withoutForamen,
            "margin": self.parameters.agreement.margin or None,
            "resume": True,
        }
        return {name: value for name, value in arguments.items() if value is not None}

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
        from ..scene.score_tables import find_evaluation, show_evaluation
        from .evaluation_files import read_evaluation

        before = find_evaluation(slicer.mrmlScene)
        agreement = self.parameters.agreement
        is_offered = agreement.table is None or (before is not None and agreement.table is before.slices)
        try:
            with wait_cursor():
                shown = show_evaluation(slicer.mrmlScene, read_evaluation(folder))
        except MicroCTError as error:
            return str(error)
        self._point_told = ""
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

    def _evaluated_folder(self) -> str:
        from ..scene.score_tables import find_evaluation

        found = find_evaluation(slicer.mrmlScene)
        return found.folder if found else ""

    def _open_file(self, name: str) -> None:
        """Open a file of the evaluation, or its folder, in the program that the system has for it."""
        qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(str(Path(self._evaluated_folder()) / name)))

    # The plot ---------------------------------------------------------------------------------------------------------

    def showPlot(self) -> None:
        """Show the chosen measure of each specimen below the views of a specimen."""
        from ..scene.score_tables import find_evaluation

        found = find_evaluation(slicer.mrmlScene)
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
        if found is not None:
            self._point_told = f"{found[0]}, {found[1]}"
            self.showSpecimen(found[0], None)

    def showSpecimen(self, name: str, position: float | None) -> None:
        """Show LR | DL | HR of a specimen; its DL is made first where there is an evaluation without it.

        :param position: of the slice to go to, as in the tables of slices; None for any.
        """
        specimen = next((each for each in self.module.specimens() if each.specimen == name), None)
        if specimen is None:
            return
        self.module.showSpecimen(name, position)
        if not self.runner.is_running:  # an evaluation needs the memory and the processors
            on_made = lambda: self.module.showSpecimen(name, position)  # noqa: E731
            self.enhanced.make(specimen, self.models(), self.chosen.device.value, on_made)
        self._show_point()


def _first(notes: list[str]) -> list[str]:
    """As many notes as are read; the report has all of them."""
    if len(notes) <= NOTES_TOLD:
        return notes
    # The last ones are about all specimens together.
    left = _("... and {count} more, see the report.").format(count=len(notes) - NOTES_TOLD)
    return [*notes[: NOTES_TOLD - 1], left, notes[-1]]
