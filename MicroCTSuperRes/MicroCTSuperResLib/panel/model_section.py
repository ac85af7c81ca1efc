"""The part of the panel that shows the models: which there are, what their cards say, whether one fits the volume."""
# ruff: noqa: N802 - the module calls sections by names in Slicer's style

import qt
import slicer
from slicer.i18n import tr as _

from ..errors import MicroCTError
from .messages import show_text, show_warnings
from .model_list import card_in_html, model_store
from .section import Section
from .worker_process import WorkerProcess


class ModelSection(Section):
    """Choose, look at, add and remove a model."""

    ui_file = "MicroCTSuperResModel.ui"

    def __init__(self, module):
        super().__init__(module)
        self._models = {}
        self._adding = None

    def setup(self):
        super().setup()
        self.ui.cardGroupBox.collapsed = True
        self.ui.modelSelector.connect("activated(int)", self._chosen)
        self.ui.addModelButton.connect("clicked(bool)", self._add)
        self.ui.removeModelButton.connect("clicked(bool)", self._remove)
        self._read_store()

    def enter(self):
        self._read_store()

    def cleanup(self):
        worker, self._adding = self._adding, None
        if worker is not None:
            worker.stop()

    @property
    def model(self):
        """The chosen model as the store gives it; None where it is not on this computer."""
        return self._models.get(self.parameters.model) if self.parameters else None

    def parametersChanged(self):
        name = self.parameters.model
        self._select(name)
        model = self.model
        self.ui.removeModelButton.enabled = model is not None and not model.bundled
        if model is None:
            show_text(self.ui.modelSummaryLabel, "")
            missing = _("Model {name} is not on this computer. Add it, or choose another one.").format(name=name)
            show_warnings(self.ui.modelWarningLabel, [missing])
            self._show_card("")
            return
        show_text(self.ui.modelSummaryLabel, model.card.summary)
        show_warnings(self.ui.modelWarningLabel, self._range_warnings(model.card))
        self._show_card(card_in_html(model))

    def _range_warnings(self, card):
        """What in the chosen volume lies outside what the model was made for."""
        if self.parameters.lr is None:
            return []
        from ..scene.geometry import placed_grid, placement_of
        from ..scene.node_meaning import meaning_of

        lr = self.parameters.lr
        try:
            units = meaning_of(lr).units
            card.check_fits(units)
            return card.range_warnings(placed_grid(lr, placement_of(lr)).spacing, units)
        except MicroCTError as error:
            return [str(error)]

    def _read_store(self):
        """Offer the models that are there now; folders that are no models are told of in the list's tool tip."""
        store = model_store()
        self._models = {model.name: model for model in store.list()}
        selector = self.ui.modelSelector
        selector.clear()
        for name, model in self._models.items():
            selector.addItem(f"{name} {model.card.version}", name)
        selector.toolTip = "\n".join([_("The network that enhances the scan."), *store.problems()])
        if self.parameters:
            self.parametersChanged()

    def _select(self, name):
        """Show a model as chosen, also one that is missing: which one the scene asks for must not be lost."""
        selector = self.ui.modelSelector
        row = selector.findData(name)
        if row < 0:
            selector.addItem(_("{name} (missing)").format(name=name), name)
            row = selector.count - 1
        selector.setCurrentIndex(row)

    def _show_card(self, text):
        browser = self.ui.cardBrowser
        if browser.property("shown") != text:
            browser.setProperty("shown", text)
            browser.setHtml(text)

    def _chosen(self, row):
        self.parameters.model = self.ui.modelSelector.itemData(row)

    def _add(self, _checked):
        kinds = _("Models (*.zip card.json)")
        title = _("Add a model: a ZIP archive, or the card.json in its folder")
        path = qt.QFileDialog.getOpenFileName(self.module.parent, title, "", kinds)
        if path:
            self.add_model(path)

    def add_model(self, path, overwrite=False):
        """Let a worker check a model and copy it into the user's models; then it is chosen.

        :param path: its folder, its card.json or a ZIP archive.
        """
        from . import dependencies

        if self._adding is not None or not dependencies.ensure(self.module.parent, torch=False):
            return
        arguments = {"action": "add", "model": path, "overwrite": overwrite}
        job = {"job": "models", "arguments": arguments}
        self._adding = WorkerProcess(job, lambda event: None, lambda outcome: self._added(path, outcome))
        self.ui.addModelButton.enabled = False
        self._adding.start()

    def _added(self, path, outcome):
        if self._adding is None:  # the panel has gone
            return
        self._adding = None
        self.ui.addModelButton.enabled = True
        if outcome.kind == "done":
            self._read_store()
            if self.parameters:
                self.parameters.model = outcome.result["name"]
        elif outcome.code == "bad-output" and any(repr(name) in outcome.message for name in self._models):
            if self._may_replace(outcome):
                self.add_model(path, overwrite=True)
        elif outcome.kind in ("failed", "crashed"):
            slicer.util.errorDisplay(f"{outcome.message} {outcome.hint}", _("The model was not added"))

    def _may_replace(self, outcome):
        return slicer.util.confirmOkCancelDisplay(
            _("{message} Replace it?").format(message=outcome.message), _("Replace the model")
        )

    def _remove(self, _checked):
        name = self.parameters.model
        question = _("Delete the model {name} from this computer?\n{folder}").format(
            name=name, folder=self._models[name].path
        )
        if not slicer.util.confirmOkCancelDisplay(question, _("Remove the model")):
            return
        try:
            model_store().remove(name)
        except MicroCTError as error:
            slicer.util.errorDisplay(str(error), _("The model was not removed"))
        else:
            self.parameters.model = "default"
        self._read_store()
