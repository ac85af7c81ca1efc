"""The part of the panel that runs enhancements: device, estimate, Enhance and Cancel, progress, queue, log."""
# ruff: noqa: N802 - the module calls sections by names in Slicer's style

import time

import slicer
from slicer.i18n import tr as _

from ..errors import InputError, MicroCTError
from ..jobs.terminal import in_words
from . import dependencies
from .device_list import DeviceList
from .enhancement_run import Settings, check_pair, is_filled
from .messages import TROUBLE_COLOUR, show_bold, show_text
from .queue_table import QueueTable
from .run_estimate import estimate_run
from .runner import Runner
from .section import Section
from .slice_views import show_in_slice_views
from .states import Stage, State
from .wheels_choice import WheelsChoice


class RunSection(Section):
    """Starts enhancements and tells how they go."""

    ui_file = "MicroCTSuperResRun.ui"

    def setup(self):
        super().setup()
        ui = self.ui
        self.devices = DeviceList(self._devices_found)
        self.runner = Runner(self._run_changed, self._take_event, self._take_outcome)
        self.queue_table = QueueTable(ui, self)
        ui.logGroupBox.collapsed = True
        ui.progressBar.visible = False
        self._log_of_earlier_runs = []
        self.wheels = WheelsChoice(ui, self._look_for_packages)
        self._packages = dependencies.state()
        self._estimated_for = None
        self._shown_for = None
        ui.deviceSelector.connect("activated(int)", self._device_chosen)
        ui.findDevicesButton.connect("clicked(bool)", self._find_devices)
        ui.enhanceButton.connect("clicked(bool)", self._enhance)
        ui.cancelButton.connect("clicked(bool)", self._cancel)
        ui.copyLogButton.connect("clicked(bool)", self._copy_log)

    def enter(self):
        self._estimated_for = None
        self._show_estimate()
        self._look_for_packages()

    def _look_for_packages(self):
        self._packages = dependencies.state()
        self._show_run()

    def parametersChanged(self):
        parameters = self.parameters
        if parameters.lr is not None and not self.devices.was_asked and self._packages.ready:
            self.devices.ask()
        # Slicer's wrapper keeps a node that was removed from the scene.
        self.runner.queue.follow([node for node in parameters.queue if node is not None and node.GetScene()])
        if not self.runner.is_running:
            self.runner.state = self._kept_state()
        self._show_devices()
        self._show_estimate()
        self._show_run()

    def sceneAboutToClose(self):
        self.runner.forget()

    def sceneClosed(self):
        self.runner.forget()

    def cleanup(self):
        self.runner.close()
        self.devices.close()

    # What is told -----------------------------------------------------------------------------------------------------

    def _kept_state(self):
        """How the last run ended is shown until the user chooses something else."""
        chosen = self._choice()
        if chosen != self._shown_for:
            self._shown_for = chosen
            return None
        return self.runner.state

    def _choice(self):
        """What a run depends on; a new choice makes the last run's end old news."""
        parameters = self.parameters
        nodes = [node.GetID() if node else "" for node in (parameters.lr, parameters.output)]
        return (*nodes, parameters.model, parameters.device, parameters.grid)

    def obstacle(self):
        """What keeps Enhance from being pressed, as a State; None where nothing does."""
        parameters = self.parameters
        if parameters is None or parameters.lr is None:
            return State(
                Stage.NOTHING_SELECTED, _("No volume chosen."), _("Choose a low-resolution volume, or open a scan.")
            )
        if self.module.modelSection.model is None:
            return State(Stage.NOTHING_SELECTED, _("No model chosen."), _("Choose or add a model."))
        if not is_filled(parameters.lr):
            return State(Stage.NOTHING_SELECTED, _("The volume has no voxels."), _("Choose a volume that is loaded."))
        try:
            check_pair(parameters.lr, parameters.output, parameters.hr)
        except InputError as error:
            return State(Stage.FAILED, error.message, error.hint)
        return None

    @property
    def state(self):
        """What is told of the work."""
        return self.runner.state or self.obstacle() or self._ready()

    def _run_changed(self):
        if self.parameters:
            self.queue_table.keep_waiting()
        self._show_run()

    def _show_run(self):
        """Buttons, progress and words for what goes on."""
        ui, runner = self.ui, self.runner
        obstacle = self.obstacle()
        running = runner.is_running
        ui.enhanceButton.enabled = obstacle is None and not running
        ui.cancelButton.enabled = running and runner.state is not None
        ui.progressBar.visible = running
        self.queue_table.show(running, obstacle)
        state = self.state
        show_bold(ui.headlineLabel, state.headline, TROUBLE_COLOUR if state.stage is Stage.FAILED else "")
        show_text(ui.adviceLabel, state.advice)
        ui.copyLogButton.enabled = bool(ui.logEdit.toPlainText())

    def _ready(self):
        if self._packages.ready:
            return State(Stage.READY, _("Ready."))
        return State(Stage.READY, self._packages.headline, self._packages.advice)

    def _show_estimate(self):
        parameters, model = self.parameters, self.module.modelSection.model
        lr, grid = parameters.lr, parameters.grid.value
        device = self.devices.meant_by(parameters.device)
        wanted = (lr and (lr.GetID(), lr.GetMTime()), model and model.card.sha256, device, grid)
        if wanted == self._estimated_for:
            return
        self._estimated_for = wanted
        text = ""
        if model is not None and is_filled(lr):
            try:
                told = estimate_run(lr, model.card, device, grid)
                text = f"{told.text}\n{told.caution}".strip()
            except MicroCTError:
                text = ""  # the line below the volume tells what is wrong with it
        show_text(self.ui.estimateLabel, text)

    # Devices ----------------------------------------------------------------------------------------------------------

    def _find_devices(self, _checked):
        self.devices.ask()
        self._show_devices()

    def _devices_found(self):
        self._show_devices()
        if self.parameters:
            self._show_estimate()

    def _show_devices(self):
        chosen = self.parameters.device if self.parameters else "auto"
        selector, offered = self.ui.deviceSelector, self.devices.choices(chosen)
        selector.clear()
        for name, text in offered.items():
            selector.addItem(text, name)
        selector.setCurrentIndex(selector.findData(chosen))
        selector.toolTip = self.devices.trouble or _("What the network runs on. Automatic takes the fastest.")
        self.ui.findDevicesButton.enabled = not self.devices.is_asking

    def _device_chosen(self, row):
        self.parameters.device = self.ui.deviceSelector.itemData(row)

    # Running ----------------------------------------------------------------------------------------------------------

    def settings(self):
        """How to enhance, as chosen now."""
        parameters = self.parameters
        return Settings(parameters.model, parameters.device, parameters.grid.value)

    def install(self):
        """Install what is missing, if the user agrees; returns whether enhancing can start."""
        agreed = dependencies.ensure(self.module.parent)
        self._packages = dependencies.state()
        return agreed

    def _enhance(self, _checked):
        parameters = self.parameters
        output = parameters.output
        if is_filled(output) and not slicer.util.confirmOkCancelDisplay(
            _("Replace the voxels of {name} by the result? They cannot be brought back.").format(name=output.GetName()),
            _("Replace the volume"),
        ):
            return
        if not self.install():
            self._show_run()
            return
        # The installation and the question let Slicer go on meanwhile.
        if self.obstacle() is None and not self.runner.is_running:
            self.begin(parameters.lr)
            self.runner.enhance(parameters.lr, output, self.settings())

    def begin(self, lr):
        """Get progress and log ready for the run of a volume."""
        for section in self.module.sections:
            section.runStarted()
        self._show_progress(0, 0, None)
        settings = self.settings()
        now = time.strftime("%Y-%m-%d %H:%M:%S")
        self._log(f"{now}  {lr.GetName()}: model {settings.model}, {settings.grid}, device {settings.device}")
        self._log_of_earlier_runs = self.ui.logEdit.toPlainText().splitlines()

    def _cancel(self, _checked):
        self.runner.cancel()

    def _take_event(self, event):
        if event["event"] == "progress":
            self._show_progress(event["done"], event["total"], event["eta_s"])
        elif event["event"] == "log":
            self._log(event["message"])

    def _show_progress(self, done, total, seconds_left):
        bar = self.ui.progressBar
        bar.setRange(0, total)  # 0, 0 shows that the end is not known yet
        bar.value = done
        left = "" if seconds_left is None else _(", {time} left").format(time=in_words(seconds_left))
        bar.format = f"%p%{left}"

    def _take_outcome(self, outcome, dl):
        """Keep the whole log of the run, which also has what its libraries printed, and show the result."""
        ended = f"{outcome.message} {outcome.hint}".strip() or _("Done.")
        self.ui.logEdit.setPlainText("\n".join([*self._log_of_earlier_runs, *outcome.log, ended]))
        self._log_of_earlier_runs = self.ui.logEdit.toPlainText().splitlines()
        if outcome.kind in ("failed", "crashed"):
            self.ui.logGroupBox.collapsed = False
        if dl is not None and self.parameters:
            if self.parameters.comparison.dl is not None:
                self.parameters.comparison.dl = dl
            show_in_slice_views(dl)

    # Log --------------------------------------------------------------------------------------------------------------

    def _log(self, line):
        self.ui.logEdit.appendPlainText(line)

    def _copy_log(self, _checked):
        slicer.app.clipboard().setText(self.ui.logEdit.toPlainText())
