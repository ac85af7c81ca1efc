"""The live preview: the slice in view is enhanced while the user moves through LR, and shown in the DL view."""
# ruff: noqa: N802 - the methods that the module calls have names in Slicer's style

import time

import ctk
import qt
import slicer
import vtk
from slicer.i18n import tr as _
from slicer.util import VTKObservationMixin

from ..scene.layouts import DL_VIEW
from .comparison import compared, fingerprint, has_voxels
from .preview_file import PreviewFile
from .preview_watch import place_in
from .section import Section
from .timers import single_shot

MOVE_DELAY_MS = 30
CHANGE_DELAY_MS = 300


class PreviewSection(Section, VTKObservationMixin):
    """Runs while the parameter `comparison.preview` is on. A worker that stays warm does the work.

    :param module: the module's widget.
    """

    def __init__(self, module):
        Section.__init__(self, module)
        VTKObservationMixin.__init__(self)
        self._entered = False
        self._process = None
        self._file = PreviewFile()
        self._source = None  # what the worker's volume was made from
        self._placement = None
        self._requested = None  # the newest request: (slice, region), when
        self._is_warm = False  # whether the worker has answered
        self._trouble = ""

    def setup(self):
        box = ctk.ctkCollapsibleButton()
        box.text = _("Live preview")
        layout = qt.QVBoxLayout(box)
        self.checkBox = qt.QCheckBox(_("Enhance the slice in view"))
        self.checkBox.toolTip = _("While you move through the slices, the one in view is enhanced in the DL view.")
        self.label = qt.QLabel()
        self.label.wordWrap = True
        layout.addWidget(self.checkBox)
        layout.addWidget(self.label)
        self.module.addSectionWidget(box)
        self.checkBox.connect("toggled(bool)", self._toggled)
        self._move_timer = single_shot(MOVE_DELAY_MS, self._ask)
        self._change_timer = single_shot(CHANGE_DELAY_MS, self._restart)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndImportEvent, self._scene_loaded)
        slicer.app.connect("aboutToQuit()", self._stop)
        self.parametersChanged()

    def enter(self):
        self._entered = True
        self.parametersChanged()

    def exit(self):
        """The preview belongs to the panel: who leaves it sees the volumes alone."""
        self._entered = False
        self.turnOff()

    def sceneAboutToClose(self):
        self._stop(clear_scene=False)

    def sceneClosed(self):
        self.turnOff()
        self.parametersChanged()

    def cleanup(self):
        self._stop()
        self.removeObservers()
        slicer.app.disconnect("aboutToQuit()", self._stop)

    def runStarted(self):
        self.turnOff()

    def turnOff(self):
        """Switch the preview off, as the user would."""
        parameters = self.module.parameters
        if parameters is not None and parameters.comparison.preview:
            parameters.comparison.preview = False
        self._stop()
        self._update()

    def parametersChanged(self):
        parameters = self.module.parameters
        if parameters is None or slicer.mrmlScene.IsBatchProcessing():
            return
        wanted = parameters.comparison.preview and self._entered and has_voxels(parameters.lr)
        if not wanted:
            self._stop()
        elif self._source != self._source_wanted():
            self._restart()
        self._update()

    def _toggled(self, on):
        if self.module.parameters is not None and self.module.parameters.comparison.preview != on:
            self._trouble = ""
            self.module.parameters.comparison.preview = on

    def _source_wanted(self):
        parameters = self.module.parameters
        return (fingerprint(parameters.lr), parameters.model, parameters.device)

    def _restart(self):
        """Give the worker the volume as it is now; what it has shown of another one is taken away."""
        from ..errors import MicroCTError
        from ..scene.preview import hide_preview

        parameters = self.module.parameters
        if parameters is None or not has_voxels(parameters.lr):
            self._stop()
            return
        self._source = self._source_wanted()
        self._requested = None
        self._is_warm = False
        self._trouble = ""
        hide_preview(slicer.mrmlScene, DL_VIEW)
        try:
            path, self._placement = self._file.write(parameters.lr)
        except (MicroCTError, OSError, MemoryError) as error:
            self._fail(str(error) or _("There is not enough memory for the preview."))
            return
        if self._process is None:
            from .preview_process import PreviewProcess

            self._process = PreviewProcess(self._show, self._fail)
        self._process.setVolume(str(path), parameters.model, parameters.device)
        self._file.keep_only(path)
        self._watch(parameters.lr)
        self._moved()

    def _watch(self, lr):
        """Observe the DL view, with a layout that has one, and LR."""
        from ..scene.views import view_node
        from .comparison_views import show_pair

        view = view_node(slicer.mrmlScene, DL_VIEW)
        if view is None or not view.IsMappedInLayout():
            show_pair(compared(self.module.parameters), self.module.parameters.comparison.linked)
            view = view_node(slicer.mrmlScene, DL_VIEW)
        self._unwatch()
        self.addObserver(view, vtk.vtkCommand.ModifiedEvent, self._moved, group="preview")
        for event in (vtk.vtkCommand.ModifiedEvent, lr.ImageDataModifiedEvent, lr.TransformModifiedEvent):
            self.addObserver(lr, event, self._lr_changed, group="preview")

    def _unwatch(self):
        for observed, event, method, group, *_rest in list(self.Observations):
            if group == "preview":
                self.removeObserver(observed, event, method)

    def _moved(self, _caller=None, _event=None):
        """The view moved, or something else about it changed; the newest place is asked for a moment later."""
        self._move_timer.start()

    def _lr_changed(self, _caller, _event):
        if self._process is not None and self._source != self._source_wanted():
            from ..scene.preview import hide_preview

            hide_preview(slicer.mrmlScene, DL_VIEW)
            self._change_timer.start()

    def _ask(self):
        from ..scene.preview import hide_preview
        from ..scene.views import view_node

        parameters, view = self.module.parameters, view_node(slicer.mrmlScene, DL_VIEW)
        if self._process is None or parameters is None or not has_voxels(parameters.lr) or view is None:
            return
        place = place_in(parameters.lr, view)
        if place.slice_index is None:
            hide_preview(slicer.mrmlScene, DL_VIEW)
            self._requested = None
            across, outside = _("turn the DL view into the slices of LR"), _("the view is outside of LR")
            self._tell(across if place.is_across else outside)
            return
        asked = (place.slice_index, place.region)
        if self._requested is None or self._requested[0] != asked:
            self._requested = (asked, time.monotonic())
            self._process.request(*asked)
            told = _("slice {number} …") if self._is_warm else _("starting, slice {number} …")
            self._tell(told.format(number=place.slice_index))

    def _show(self, answer):
        """The worker has enhanced a slice."""
        from ..scene.preview import show_preview, update_preview

        parameters = self.module.parameters
        is_wanted = self._process is not None and parameters is not None and has_voxels(parameters.lr)
        if not is_wanted or self._source != self._source_wanted():
            return
        if self._requested is None or self._requested[0][0] != answer.slice_index:
            return
        self._is_warm = True
        update_preview(parameters.lr, answer.volume(), self._placement)
        show_preview(slicer.mrmlScene, DL_VIEW)
        seconds = time.monotonic() - self._requested[1]
        self._tell(_("slice {number}, {seconds:.2f} s").format(number=answer.slice_index, seconds=seconds))

    def _fail(self, message, hint=""):
        """The preview cannot go on. What it was is told until it is switched on again."""
        self._trouble = f"{message} {hint}".strip()
        self.turnOff()

    def _stop(self, clear_scene=True):
        """End the worker and leave nothing behind. Safe to call at any time."""
        self._move_timer.stop()
        self._change_timer.stop()
        self._unwatch()
        self._source = self._requested = self._placement = None
        if self._process is not None:
            process, self._process = self._process, None
            process.stop()
        self._file.remove()
        if clear_scene and not slicer.mrmlScene.IsClosing():
            from ..scene.lineage import find

            if find(slicer.mrmlScene, "vtkMRMLScalarVolumeNode", "preview") is not None:
                from ..scene.preview import hide_preview, remove_preview

                hide_preview(slicer.mrmlScene, DL_VIEW)
                remove_preview(slicer.mrmlScene)

    def _scene_loaded(self, _caller, _event):
        """A scene that was saved with the preview on does not start work by itself."""
        self.turnOff()

    def _update(self):
        parameters = self.module.parameters
        ready = parameters is not None and has_voxels(parameters.lr)
        self.checkBox.enabled = ready
        self.checkBox.checked = ready and bool(parameters.comparison.preview)
        if self._trouble:
            self._tell(self._trouble)
        elif not ready:
            self._tell(_("choose an LR volume first"))
        elif self._process is None:
            self._tell(_("off"))

    def _tell(self, text):
        self.label.text = _("Preview: {text}").format(text=text)
