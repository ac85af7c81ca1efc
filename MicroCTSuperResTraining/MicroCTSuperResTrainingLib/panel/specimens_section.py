"""The part of the panel with the cohort: its table, what is wrong with it, how well LR and HR fit."""
# ruff: noqa: N802 - the module calls sections by names in Slicer's style

from pathlib import Path

import slicer
from MicroCTSuperResLib.errors import MicroCTError
from MicroCTSuperResLib.panel import dependencies
from MicroCTSuperResLib.panel.messages import show_text, show_trouble, show_warnings
from MicroCTSuperResLib.panel.section import Section
from MicroCTSuperResLib.panel.states import Stage, State
from slicer.i18n import tr as _

from ..scene.specimen_table import is_changed, remove_row, rows_of, set_cell
from . import sample_cohort
from .cohort_jobs import CohortJobs
from .connected_widgets import ConnectedWidgets
from .job_runner import JobRunner, JobStatus
from .pair_picture_view import PairPictureView
from .short_paths import short
from .specimen_list import SpecimenList, specimen_of
from .table_files import TableFiles
from .table_making import TableMaking


class SpecimensSection(Section):
    """Opens, makes, edits, checks and shows the specimens of a cohort."""

    ui_file = "MicroCTSuperResTrainingSpecimens.ui"

    def setup(self):
        super().setup()
        ui = self.ui
        self.runner = JobRunner(self._show)
        self._had_table = False
        self.jobs = CohortJobs(self)
        self.status = JobStatus(ui, self.runner)
        self.list = SpecimenList(ui.specimensTable, self._cell_edited)
        self.files = TableFiles(self)
        self.making = TableMaking(self)
        self.connected = ConnectedWidgets(ui)
        self.picture = PairPictureView(ui.pictureLabel)
        ui.makeGroupBox.collapsed = True
        ui.sampleButton.connect("clicked(bool)", lambda _checked=False: self.openSampleCohort())
        ui.removeButton.connect("clicked(bool)", self._remove_row)
        ui.showButton.connect("clicked(bool)", self._show_specimen)
        ui.checkButton.connect("clicked(bool)", lambda _checked=False: self.jobs.check())
        ui.pairButton.connect("clicked(bool)", lambda _checked=False: self.jobs.check_pairs())
        ui.divideButton.connect("clicked(bool)", lambda _checked=False: self.jobs.divide())
        ui.motionSelector.connect("activated(int)", lambda _row: self._motion_chosen())
        ui.specimensTable.connect("cellDoubleClicked(int,int)", lambda _row, _column: self._show_specimen())
        ui.specimensTable.connect("itemSelectionChanged()", self._show)
        self._show()

    def enter(self):
        if not self.runner.is_running:
            self.runner.state = None  # what was told is old news, and the file may be gone by now
            self.read_again()
        self._show()

    def sceneAboutToClose(self):
        self.module.shownSpecimen.forget()
        self.runner.cancel()
        self.connected.leave()

    def sceneClosed(self):
        if not self.runner.is_running:
            self.runner.state = None
        self._show()

    def cleanup(self):
        self.runner.close()
        self.sceneAboutToClose()

    def parametersChanged(self):
        self.connected.follow(self.parameters)
        if self._had_table and self.table is None and not self.runner.is_running:
            self.runner.state = None  # it told of a table that the user has deleted from the scene
        self._had_table = self.table is not None
        self._show()

    # What is there ----------------------------------------------------------------------------------------------------

    @property
    def table(self):
        """The table node; None without one."""
        return self.parameters.specimens.table if self.parameters else None

    @property
    def path(self):
        """The table's file; None without one."""
        return Path(self.module.cohortPath) if self.module.cohortPath else None

    def obstacle(self):
        """What keeps jobs from taking the table, as a State; None where nothing does."""
        if self.table is None or self.path is None:
            return State(
                Stage.NOTHING_SELECTED,
                _("No specimens yet."),
                _("Open the table of a cohort, make one of a folder, or begin with the sample cohort."),
            )
        if not self.path.is_file():
            return State(
                Stage.FAILED,
                _("The table {path} is not there any more.").format(path=self.path),
                _("Open it where it is now, or write what is shown here with Save as..."),
            )
        if is_changed(self.table):
            return State(
                Stage.NOTHING_SELECTED,
                _("The table was changed and is not saved."),
                _("Press Save: jobs take what is in the file."),
            )
        return None

    def tell(self, stage, headline, advice=""):
        """Tell something, unless a job tells how it goes."""
        if not self.runner.is_running:
            self.runner.state = State(stage, headline, advice)
            self._show()

    def shownChanged(self):
        """The reading of a specimen's scans has begun or ended."""
        state = self.module.shownSpecimen.state
        self.tell(state.stage, state.headline, state.advice)

    # Opening ----------------------------------------------------------------------------------------------------------

    def open(self, path):
        """Open the table of a cohort; what is there is replaced in the scene, not on the disk.

        :return: whether it could be opened; if not, the panel tells why.
        """
        from .specimen_source import table_from_file

        path = Path(path).absolute()
        try:
            node, problems = table_from_file(path, self.table, again=self.path == path)
        except MicroCTError as error:
            self.tell(Stage.FAILED, error.message, error.hint)
            return False
        with slicer.util.NodeModify(self.parameters.parameterNode):
            specimens = self.parameters.specimens
            if specimens.cohortPath != str(path):
                specimens.pairingFolder = ""
            specimens.table = node
            specimens.cohortPath = str(path)
        self.runner.state = None
        if problems:
            self.jobs.tell_problems([problem.as_dict() for problem in problems])
        elif not dependencies.missing(torch=False):
            self.jobs.check()
        # The content of table and file may be other than before where the parameters are the same.
        self.module.onParametersModified()
        return True

    def read_again(self):
        """Read the table where another program has changed its file; changes that are not saved yet stay.

        :return: whether it was read.
        """
        from .specimen_source import changed_on_disk

        node, path = self.table, self.path
        if node is None or path is None or is_changed(node) or not changed_on_disk(node, path):
            return False
        return self.open(path)

    def openSampleCohort(self):
        """Open the sample cohort, which is made the first time; nothing happens while a job goes on."""
        if self.runner.is_running:
            return
        table = sample_cohort.folder() / sample_cohort.TABLE
        if table.is_file() and any(specimen.split for specimen in self.module.logic.specimens(str(table))):
            if self.files.may_replace():
                self.open(table)
        elif self.files.may_replace():
            self.jobs.make_sample(table)

    # Rows -------------------------------------------------------------------------------------------------------------

    def edited(self):
        """The table was changed: how the last job ended is old news."""
        if not self.runner.is_running:
            self.runner.state = None
        self.module.onParametersModified()

    def _cell_edited(self, row, column, text):
        set_cell(self.table, row, column, text)
        self.edited()

    def _remove_row(self, _checked):
        if 0 <= self.list.row < len(rows_of(self.table)):
            remove_row(self.table, self.list.row)
            self.edited()

    def _chosen(self):
        """The chosen row of the table; None for none."""
        rows = rows_of(self.table)
        return rows[self.list.row] if 0 <= self.list.row < len(rows) else None

    def _show_specimen(self, _checked=False):
        row = self._chosen()
        if row is not None:
            self.module.showSpecimen(specimen_of(row))

    def _motion_chosen(self):
        """What the rows tell of the pairs is about the choice before."""
        if any(row.pairing for row in rows_of(self.table)):
            self.tell(Stage.READY, _("Press Check pairs to see what is left of the motion."))

    # What is told -----------------------------------------------------------------------------------------------------

    def _show(self):
        ui, node = self.ui, self.table
        self.list.show(node)
        obstacle, running = self.obstacle(), self.runner.is_running
        row = self._chosen()
        for button in (ui.checkButton, ui.pairButton, ui.divideButton):
            button.enabled = obstacle is None and not running
        for button in (ui.openButton, ui.sampleButton):
            button.enabled = self.parameters is not None and not running
        ui.saveButton.enabled = node is not None and self.path is not None and is_changed(node) and not running
        ui.saveAsButton.enabled = node is not None and not running
        ui.removeButton.enabled = row is not None and not running
        ui.showButton.enabled = row is not None and not self.module.shownSpecimen.is_reading
        ui.cancelButton.visible = running  # alone in its line
        self.making.show(running)
        show_text(ui.cohortLabel, short(self.path) if node is not None else "")
        if row is not None and row.problems:
            show_trouble(ui.rowLabel, "\n".join(row.problems))
        else:
            show_warnings(ui.rowLabel, row.warnings if row is not None else ())
        folder = self.parameters.specimens.pairingFolder if self.parameters else ""
        self.picture.show(folder, specimen_of(row) if row is not None and folder else "")
        self.status.show(obstacle or self._ready())

    def _ready(self):
        rows = rows_of(self.table)
        advice = "" if all(row.is_checked for row in rows) else _("Not all of them are checked yet: press Check.")
        return State(Stage.READY, _("{count} specimens.").format(count=len(rows)), advice)
