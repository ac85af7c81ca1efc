"""The part of the panel that trains: what with, start and cancel, live curves, the runs so far."""
# ruff: noqa: N802 - the module calls sections by names in Slicer's style

from pathlib import Path

import qt
import slicer
from MicroCTSuperResLib.errors import MicroCTError
from MicroCTSuperResLib.panel.model_list import model_store
from MicroCTSuperResLib.panel.section import Section
from MicroCTSuperResLib.panel.states import Stage, State
from slicer.i18n import tr as _

from ..training.run_state import RunStage, run_state, runs_in
from . import training_packages
from .connected_widgets import ConnectedWidgets
from .run_list import RunList
from .short_paths import short
from .shown_curves import choose_curves_layout, put_curves_into_views, show_curves_of
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
        self.connected = ConnectedWidgets(ui)
        self._models = ()
        ui.logGroupBox.collapsed = True
        ui.advancedGroupBox.collapsed = True
        ui.presetSelector.connect("activated(int)", self._kind_chosen)
        ui.fromSelector.connect("activated(int)", self._model_chosen)
        ui.nameEdit.connect("textChanged(QString)", lambda _text: self._show())
        ui.startButton.connect("clicked(bool)", self._start)
        ui.resumeButton.connect("clicked(bool)", self._resume)
        ui.curvesButton.connect("clicked(bool)", self._show_curves)
        ui.addModelButton.connect("clicked(bool)", self._add_model)
        ui.runsFolderButton.connect("clicked(bool)", self._choose_runs_folder)
        ui.runsTable.connect("cellDoubleClicked(int,int)", lambda _row, _column: self._show_curves())
        ui.runsTable.connect("itemSelectionChanged()", self._show)
        self._read_models()

    def enter(self):
        self._read_models()
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
        self._select_model(self.parameters.train.fromModel)
        if not self.ui.nameEdit.text:
            self._propose_name()
        self._show()

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
        if not {"train", "validation"} <= parts:
            return State(
                Stage.NOTHING_SELECTED,
                _("The specimens are not divided into train, validation and test."),
                _("Press Divide above, or fill in the column split."),
            )
        return self._new_run().obstacle(self._models)

    def _new_run(self):
        return NewRun(
            Path(self.module.cohortPath), self.runsFolder, self.ui.nameEdit.text.strip(), self.parameters.train
        )

    # Choosing ---------------------------------------------------------------------------------------------------------

    def _read_models(self):
        """Offer the models that there are now to start from."""
        self._models = tuple(model.name for model in model_store().list())
        selector = self.ui.fromSelector
        selector.clear()
        selector.addItem(_("nothing: a new network"), "")
        for name in self._models:
            selector.addItem(name, name)
        if self.parameters:
            self._select_model(self.parameters.train.fromModel)

    def _select_model(self, name):
        selector = self.ui.fromSelector
        row = selector.findData(name)
        if row < 0:  # which one the scene asks for must not be lost
            selector.addItem(_("{name} (missing)").format(name=name), name)
            row = selector.count - 1
        selector.setCurrentIndex(row)

    def _model_chosen(self, row):
        self.parameters.train.fromModel = self.ui.fromSelector.itemData(row)
        self._kind_chosen(row)

    def _kind_chosen(self, _row):
        """Another kind of training takes another number of epochs."""
        self.parameters.train.epochs = proposed_epochs(self.parameters.train)
        self._propose_name()

    def _propose_name(self):
        if self.parameters is None:
            return
        taken = [run.name for run in self.known_runs()] + list(self._models)
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
        self._read_models()
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
        ui, running = self.ui, self.training.is_running
        self.runs.show(self.known_runs(), self.training.run)
        obstacle = self.obstacle() if self.parameters is not None else State(Stage.NOTHING_SELECTED, "")
        chosen = self.runs.chosen
        there = self.parameters is not None and chosen is not None and chosen.stage is not RunStage.DAMAGED
        ui.startButton.enabled = obstacle is None and not running
        ui.resumeButton.enabled = there and not running
        ui.curvesButton.enabled = there and chosen.epochs_done > 0
        ui.addModelButton.enabled = there and not running and chosen.model is not None
        ui.presetSelector.enabled = self.parameters is not None and not self.parameters.train.fromModel
        ui.runsFolderLabel.text = _("Runs in {folder}").format(folder=short(self.runsFolder)) if self.runsFolder else ""
        self.training.show(obstacle or State(Stage.READY, _("Ready."), training_packages.advice()))
