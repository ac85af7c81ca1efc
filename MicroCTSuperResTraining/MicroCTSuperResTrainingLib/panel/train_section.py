"""The part of the panel that trains: what with, start and cancel, live curves, the runs so far."""
# ruff: noqa: N802 - the module calls sections by names in Slicer's style

from pathlib import Path

import qt
import slicer
from MicroCTSuperResLib.errors import MicroCTError
from MicroCTSuperResLib.panel.section import Section
from MicroCTSuperResLib.panel.states import Stage, State
from slicer.i18n import tr as _

from ..scene.specimen_table import rows_of
from ..training.run_state import RunStage, run_state, runs_in
from . import training_packages
from .connected_widgets import ConnectedWidgets
from .run_list import RunList
from .short_paths import short
from .shown_curves import choose_curves_layout, put_curves_into_views, show_curves_of
from .start_models import StartModels
from .train_job import NewRun, proposed_epochs, proposed_name, resume_job
from .training_run import TrainingRun


class TrainSection(Section):
    """Starts trainings and tells how they go. A training goes on whatever becomes of the scene and the views."""

    ui_file = "MicroCTSuperResTrainingTrain.ui"

    def setup(self):
        super().setup()
        ui = self.ui
        self.training = TrainingRun(ui, self._training_changed, self._epoch_ended, self._model_added)
        self.runs = RunList(ui.runsTable)
        self._was_running = False
        self._folder_shown = None
        self.connected = ConnectedWidgets(ui)
        self.models = StartModels(ui.fromSelector, self._model_chosen)
        ui.logGroupBox.collapsed = True
        ui.advancedGroupBox.collapsed = True
        ui.presetSelector.connect("activated(int)", lambda _row: self._kind_chosen())
        ui.nameEdit.connect("textChanged(QString)", lambda _text: self._show_what_can_be_done())
        ui.startButton.connect("clicked(bool)", self._start)
        ui.resumeButton.connect("clicked(bool)", self._resume)
        ui.curvesButton.connect("clicked(bool)", self._show_curves)
        ui.addModelButton.connect("clicked(bool)", self._add_model)
        ui.runsFolderButton.connect("clicked(bool)", self._choose_runs_folder)
        ui.runsTable.connect("cellDoubleClicked(int,int)", lambda _row, _column: self._show_curves())
        ui.runsTable.connect("itemSelectionChanged()", self._show_what_can_be_done)
        self.models.read()

    def enter(self):
        self.models.read()
        put_curves_into_views()
        self._show()

    def sceneAboutToClose(self):
        self.connected.leave()

    def sceneClosed(self):
        self._show()

    def cleanup(self):
        self.training.close()
        self.sceneAboutToClose()

    def parametersChanged(self):
        self.connected.follow(self.parameters)
        self.models.choose(self.parameters.train.fromModel)
        if not self.ui.nameEdit.text:
            self._propose_name()
        # Told for every change, also while a slider of another section moves: folders are read only where needed.
        if self.runsFolder != self._folder_shown:
            self._show()
        else:
            self._show_what_can_be_done()

    # What is there ----------------------------------------------------------------------------------------------------

    @property
    def runsFolder(self):
        """Where the runs are; None where neither a folder nor a cohort was chosen."""
        if self.parameters is None:
            return None
        if self.parameters.train.runsFolder:
            return Path(self.parameters.train.runsFolder)
        return Path(self.module.cohortPath).parent / "runs" if self.module.cohortPath else None

    def known_runs(self):
        """The runs in the folder, and the one that trains now, wherever it is."""
        runs = runs_in(self.runsFolder) if self.runsFolder is not None else []
        running = self.training.run
        if running is not None and running not in [run.path for run in runs]:
            runs.append(run_state(running))
        return runs

    def obstacle(self):
        """What keeps a new training from being started, as a State; None where nothing does."""
        untold = self.module.specimensSection.obstacle()
        if untold is not None:
            return State(Stage.NOTHING_SELECTED, untold.headline, untold.advice)
        parts = {specimen.split for specimen in self.module.specimens()}
        if not parts:
            return State(Stage.NOTHING_SELECTED, _("No row of the table can be used."), _("Correct them above."))
        if not {"train", "validation"} <= parts:
            return State(
                Stage.NOTHING_SELECTED,
                _("The specimens are not divided into train, validation and test."),
                _("Press Divide above, or fill in the column split."),
            )
        return self._new_run().obstacle(self.models.names)

    def _new_run(self):
        parameters = self.parameters
        name, refine = self.ui.nameEdit.text.strip(), parameters.specimens.refine
        return NewRun(Path(self.module.cohortPath), self.runsFolder, name, parameters.train, refine)

    # Choosing ---------------------------------------------------------------------------------------------------------

    def _model_chosen(self, name):
        self.parameters.train.fromModel = name
        self._kind_chosen()

    def _kind_chosen(self):
        """Another kind of training takes another number of epochs."""
        self.parameters.train.epochs = proposed_epochs(self.parameters.train)
        self._propose_name()

    def _propose_name(self):
        if self.parameters is None:
            return
        taken = [run.name for run in self.known_runs()] + list(self.models.names)
        self.ui.nameEdit.text = proposed_name(self.parameters.train, taken)

    def _choose_runs_folder(self, _checked):
        folder = qt.QFileDialog.getExistingDirectory(
            self.module.parent, _("A run, or the folder with the runs"), str(self.runsFolder or "")
        )
        if folder:
            # A run itself was chosen: the folder around it has the runs.
            is_run = run_state(folder).stage is not RunStage.DAMAGED
            self.parameters.train.runsFolder = str(Path(folder).parent if is_run else folder)
            self._show()
            self.runs.choose(Path(folder))

    # Training ---------------------------------------------------------------------------------------------------------

    def _start(self, _checked):
        if not training_packages.ensure(self.module.parent):
            return
        # The installation lets Slicer go on meanwhile.
        if self.obstacle() is None and not self.training.is_running:
            new = self._new_run()
            try:
                new.runs.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                told = _("{folder} cannot be made ({reason}).").format(folder=new.runs, reason=error.strerror)
                self.training.tell(State(Stage.FAILED, told, _("Choose another folder with Open runs...")))
                return
            self._train(new.job(), new.folder)

    def _resume(self, _checked):
        chosen = self.runs.chosen
        if chosen is None or not training_packages.ensure(self.module.parent):
            return
        try:
            job = resume_job(chosen, self.parameters.train.epochs)
        except MicroCTError as error:
            self.training.tell(State(Stage.FAILED, error.message, error.hint))
            return
        self._train(job, chosen.path)

    def _train(self, job, folder):
        self.parameters.train.run = str(folder)
        self.training.start(job, folder)
        choose_curves_layout()
        show_curves_of(folder)
        self._show()
        self.runs.choose(folder)

    def _training_changed(self):
        """Told ten times a second while it goes on: the folders are read only when it begins or ends."""
        running = self.training.is_running
        if running and self._was_running:
            self.training.show(State(Stage.RUNNING, ""))
        else:
            folder = self.runsFolder
            if self._was_running and folder is not None and (folder / self.ui.nameEdit.text.strip()).exists():
                self._propose_name()  # the run that has ended has the name that stands there
            self._show()
        self._was_running = running

    def _epoch_ended(self):
        """An epoch of the training ended: its curves are drawn, if they are those that the scene shows."""
        run = self.training.run
        if self.parameters is not None and run is not None and self.parameters.train.run == str(run):
            show_curves_of(run)
        self._show()

    def _add_model(self, _checked):
        chosen = self.runs.chosen
        if chosen is not None and chosen.model is not None:
            self.training.add_model(chosen.model)

    def _model_added(self):
        """Let module 1 offer the model at once, if its panel is there; it looks for models when it is entered, too."""
        self.models.read()
        self._propose_name()
        self.module.evaluateSection.modelsChanged()
        panel = getattr(slicer.modules, "MicroCTSuperResWidget", None)
        if panel is not None and panel.sections:
            panel.modelSection.enter()

    def _show_curves(self, _checked=False):
        chosen = self.runs.chosen
        if chosen is None:
            return
        self.parameters.train.run = str(chosen.path)
        choose_curves_layout()
        try:
            show_curves_of(chosen.path)
        except MicroCTError as error:
            self.training.tell(State(Stage.FAILED, error.message, error.hint))

    # What is told -----------------------------------------------------------------------------------------------------

    def _show(self):
        self._folder_shown = self.runsFolder
        self.runs.show(self.known_runs(), self.training.run)
        self._show_what_can_be_done()

    def _show_what_can_be_done(self):
        ui, running = self.ui, self.training.is_running
        obstacle = self.obstacle() if self.parameters is not None else State(Stage.NOTHING_SELECTED, "")
        chosen = self.runs.chosen
        there = self.parameters is not None and chosen is not None and chosen.stage is not RunStage.DAMAGED
        ui.startButton.enabled = obstacle is None and not running
        ui.resumeButton.enabled = there and not running
        ui.curvesButton.enabled = there and chosen.epochs_done > 0
        ui.addModelButton.enabled = there and not running and chosen.model is not None
        ui.presetSelector.enabled = self.parameters is not None and not self.parameters.train.fromModel
        told = _("Runs in {folder}") if self.runs.has_runs else _("No runs yet in {folder}")
        ui.runsFolderLabel.text = told.format(folder=short(self.runsFolder)) if self.runsFolder else ""
        self.training.show(obstacle or State(Stage.READY, _("Ready."), self._advice()))

    def _advice(self):
        """What to know before a training is started; "" for nothing."""
        rows = rows_of(self.parameters.specimens.table)
        doubtful = sum(bool(row.warnings or row.problems) for row in rows)
        told = _("Specimens with problems or warnings: {count}. See the table above.").format(count=doubtful)
        return " ".join(filter(None, [told if doubtful else "", training_packages.advice()]))
