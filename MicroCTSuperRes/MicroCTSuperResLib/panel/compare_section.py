"""The section "Compare": which volumes, which layout, how they are shown, bone in 3-D, scores, pictures."""
# ruff: noqa: N802 - the methods that the module calls have names in Slicer's style

import slicer
import vtk
from slicer.i18n import tr as _
from slicer.util import VTKObservationMixin

from ..scene.layouts import LAYOUTS, LR_SURFACE_VIEW, PAIR, TRIPLE
from .comparison import compared, missing_for, summary_of
from .fade_control import FadeControl
from .layout_buttons import LayoutButtons
from .leftovers import remove_orphans
from .score_view import ScoreView
from .screenshot import ask_and_take
from .section import Section
from .shown_comparison import ShownComparison
from .timers import single_shot
from .volume_watch import VolumeWatch

CHANGE_DELAY_MS = 300


class CompareSection(Section, VTKObservationMixin):
    """Everything that it shows follows from the parameters and the scene, so that both can change at any time.

    :param module: the module's widget.
    """

    ui_file = "MicroCTSuperResCompare.ui"

    def __init__(self, module):
        Section.__init__(self, module)
        VTKObservationMixin.__init__(self)
        self._connected = None  # (parameters, tag of their connection to the widgets)
        self._entered = False
        self._updating = False
        self._views_set_up = None  # the layout whose views were given what a scene file does not keep

    def setup(self):
        Section.setup(self)
        self.buttons = LayoutButtons(self.ui, self._volumes, self.showLayout)
        self.fade = FadeControl(self.ui)
        self.shown = ShownComparison(lambda: self._timers["fit"].start(), self._show_notes)
        self.watch = VolumeWatch(lambda: self._timers["volumes"].start())
        self.scores = ScoreView(self.module, self.ui, self.parametersChanged)
        self.ui.screenshotButton.connect("clicked(bool)", self._take_screenshot)
        self.ui.removeButton.connect("clicked(bool)", self._remove_extras)
        self._timers = {
            "scene": single_shot(0, self._scene_changed),
            "fit": single_shot(0, self._fit),
            "surfaces": single_shot(CHANGE_DELAY_MS, self._update_surfaces),
            "volumes": single_shot(CHANGE_DELAY_MS, self._tell_what_is_old),
        }
        scene = slicer.mrmlScene
        for event in (scene.NodeAddedEvent, scene.NodeRemovedEvent):
            self.addObserver(scene, event, self._node_came_or_went)
        self.addObserver(scene, scene.NodeAboutToBeRemovedEvent, self._node_goes)
        self.addObserver(scene, scene.EndImportEvent, self._scene_loaded)
        if slicer.app.layoutManager() is not None:  # it is None in a Slicer without a main window
            slicer.app.layoutManager().connect("layoutChanged(int)", self._layout_changed)
        self.parametersChanged()

    def enter(self):
        self._entered = True
        self.shown.look_again()
        self._set_up_views()
        self.parametersChanged()

    def exit(self):
        self._entered = False
        self.fade.stop()

    def sceneAboutToClose(self):
        self.fade.stop()
        self.fade.forget()
        self.scores.forget()
        self.shown.forget()
        self.watch.follow([])
        for timer in self._timers.values():
            timer.stop()
        self._disconnect()

    def sceneClosed(self):
        self._forget()
        self.parametersChanged()

    def cleanup(self):
        self.sceneAboutToClose()
        self.scores.close()
        self.removeObservers()
        if slicer.app.layoutManager() is not None:
            slicer.app.layoutManager().disconnect("layoutChanged(int)", self._layout_changed)

    def parametersChanged(self):
        parameters = self.module.parameters
        if parameters is None or self._updating or slicer.mrmlScene.IsBatchProcessing():
            return
        self._updating = True
        try:
            self._connect(parameters)
            volumes = self._volumes()
            if self._entered and self._layout() is not None:
                self._update_views(volumes, parameters.comparison)
            self._update_widgets(volumes, parameters.comparison)
        finally:
            self._updating = False

    def showLayout(self, layout):
        """Show a comparison layout with the volumes of the parameters, if it can be shown."""
        if missing_for(layout, self._volumes()) or slicer.app.layoutManager() is None:
            self._update_widgets(self._volumes(), self.module.parameters.comparison)
            return
        from .comparison_views import choose_layout

        self.shown.refill(self._volumes())
        choose_layout(layout)
        self._set_up_views()
        self.parametersChanged()

    def _volumes(self):
        return compared(self.module.parameters)

    def _layout(self):
        manager = slicer.app.layoutManager()
        return next((layout for layout in LAYOUTS if manager is not None and layout.number == manager.layout), None)

    def _connect(self, parameters):
        if self._connected is not None and self._connected[0] is parameters:
            return
        self._disconnect()
        self._connected = (parameters, parameters.connectGui(self.ui))

    def _disconnect(self):
        if self._connected is not None:
            parameters, tag = self._connected
            self._connected = None
            parameters.disconnectGui(tag)

    def _set_up_views(self):
        self._views_set_up = self._layout()
        if self._views_set_up is not None and self.module.parameters is not None:
            from .comparison_views import set_up

            set_up(self.module.parameters.comparison.linked)
            self.scores.listen_to_plot()

    def _update_views(self, volumes, settings):
        layout = self._layout()
        if self.shown.update(layout, volumes, self.scores.chart(volumes, settings.measure), settings):
            self.fade.forget()
        if self.shown.needs_surfaces(layout, settings):
            self._timers["surfaces"].start()

    def _update_surfaces(self):
        """The threshold was changed: show bone anew."""
        layout = self._layout()
        if self.module.parameters is not None and layout is not None and LR_SURFACE_VIEW in layout.views:
            settings, volumes = self.module.parameters.comparison, self._volumes()
            self.shown.show_extras(layout, volumes, settings)
            self._update_widgets(volumes, settings)

    def _update_widgets(self, volumes, settings):
        ui, layout = self.ui, self._layout()
        self.buttons.update(volumes, layout)
        ui.summaryLabel.text = summary_of(volumes)
        in_3d = layout is not None and LR_SURFACE_VIEW in layout.views and volumes.lr is not None
        ui.thresholdBox.enabled = in_3d
        ui.thresholdLabel.enabled = in_3d
        if in_3d:
            from .comparison_views import units_of

            ui.thresholdBox.suffix = f" {units_of(volumes.lr)}"
        in_view = layout is not None and self._entered
        self.fade.update(volumes, settings, in_view=in_view, reapply=self.parametersChanged)
        self.scores.update(volumes)
        self.watch.follow(volumes.named.values())
        self._show_notes()
        ui.removeButton.enabled = bool(volumes.named)
        ui.pictureLabel.visible = bool(ui.pictureLabel.text)

    def _show_notes(self):
        layout = self._layout()
        notes = self.shown.notes(layout, self._volumes()) if layout is not None else []
        self.ui.noteLabel.text = "\n".join(notes)
        self.ui.noteLabel.visible = bool(notes)

    def _tell_what_is_old(self):
        """A volume was changed: what was computed of it stays until the user asks for it again."""
        self.scores.update(self._volumes())
        self._show_notes()

    def _fit(self):
        volumes = self._volumes()
        if self._layout() is not None and volumes.lr is not None:
            from .comparison_views import fit

            fit(volumes, self.module.parameters.comparison.linked, keep_slice=True)

    def _layout_changed(self, _number):
        """Also told while a scene is read, before its nodes are connected: look a moment later."""
        self._timers["scene"].start()

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _node_goes(self, _caller, _event, node):
        """Forget a chosen volume before its selector takes the next one in its place."""
        parameters = self.module.parameters
        if parameters is None or slicer.mrmlScene.IsClosing() or not node.IsA("vtkMRMLVolumeNode"):
            return
        for name in ("lr", "hr", "output"):
            if getattr(parameters, name, None) is node:
                setattr(parameters, name, None)
        if parameters.comparison.dl is node:
            parameters.comparison.dl = None

    def _node_came_or_went(self, _caller, _event):
        """Many nodes come at once, and a DL node is connected with its LR only after it came: look a moment later."""
        if not slicer.mrmlScene.IsClosing():
            self._timers["scene"].start()

    def _scene_changed(self):
        if not slicer.mrmlScene.IsBatchProcessing():
            remove_orphans()
            if self._entered and self._views_set_up != self._layout():
                self._set_up_views()
            self.parametersChanged()

    def _scene_loaded(self, _caller, _event):
        self._forget()
        # The widgets heard of the parameters before nodes were connected: connecting them anew shows all values.
        self._disconnect()
        self._timers["scene"].start()

    def _forget(self):
        self._timers["fit"].stop()
        self._timers["surfaces"].stop()
        self._views_set_up = None
        self.shown.forget()
        self.fade.forget()

    def _take_screenshot(self, _checked=False):
        volumes = self._volumes()
        name = " - ".join(node.GetName() for node in (volumes.lr, volumes.hr) if node is not None)
        try:
            path = ask_and_take(self.ui.screenshotButton, _("{name} comparison").format(name=name or "MicroCT"))
            told = _("Saved as {path}.").format(path=path) if path is not None else ""
        except OSError as error:
            told = str(error)
        self.ui.pictureLabel.text = told
        self.ui.pictureLabel.visible = bool(told)

    def _remove_extras(self, _checked=False):
        """Remove what the comparison has put into the scene, and show the two volumes."""
        from .comparison_extras import remove_extras

        volumes, layout = self._volumes(), self._layout()
        if layout not in (None, PAIR, TRIPLE):
            self.showLayout(TRIPLE if volumes.hr is not None else PAIR)
        remove_extras(volumes)
        self.shown.forget()
        self.parametersChanged()
