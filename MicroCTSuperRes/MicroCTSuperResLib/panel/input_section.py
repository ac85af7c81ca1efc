"""The part of the panel that takes the scan: from the scene, or from a file that a worker reads."""
# ruff: noqa: N802 - the module calls sections by names in Slicer's style

import slicer
import vtk
from slicer.i18n import tr as _
from slicer.util import VTKObservationMixin

from ..errors import MicroCTError
from .messages import show_text, show_trouble, show_warnings
from .section import Section
from .slice_views import show_in_slice_views


class InputSection(Section, VTKObservationMixin):
    """Choose or open the low-resolution volume, and see what it is."""

    ui_file = "MicroCTSuperResInput.ui"

    def __init__(self, module):
        Section.__init__(self, module)
        VTKObservationMixin.__init__(self)
        self._observed = None
        self._dialog = None
        self._reading = None
        self._warnings = {}

    def setup(self):
        super().setup()
        self.ui.readingFrame.visible = False
        self.ui.lrSelector.connect("currentNodeChanged(vtkMRMLNode*)", self._lr_chosen)
        self.ui.openScanButton.connect("clicked(bool)", self._ask_for_scan)
        self.ui.cancelReadingButton.connect("clicked(bool)", self._cancel_reading)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.NodeAboutToBeRemovedEvent, self._node_goes)

    def parametersChanged(self):
        lr = self.parameters.lr
        self._observe(lr)
        self.ui.lrSelector.setCurrentNode(lr)
        self._show_volume(lr)

    def _observe(self, lr):
        """Everything about a volume is told anew when it changes: its voxels, its place, its transform."""
        if lr is self._observed:
            return
        self.removeObservers(self._lr_changed)
        self._observed = lr
        if lr is not None:
            for event in (vtk.vtkCommand.ModifiedEvent, lr.ImageDataModifiedEvent, lr.TransformModifiedEvent):
                self.addObserver(lr, event, self._lr_changed)

    def _lr_changed(self, _caller, _event):
        self.module.onParametersModified()

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _node_goes(self, _caller, _event, node):
        """Forget a chosen volume before its selector takes the next one in its place."""
        parameters = self.parameters
        if parameters is None or slicer.mrmlScene.IsClosing():
            return
        if parameters.lr is node:
            parameters.lr = None
        if parameters.output is node:
            parameters.output = None

    def sceneAboutToClose(self):
        self._observe(None)
        self._cancel_reading()
        self._warnings = {}

    def cleanup(self):
        self.removeObservers()
        self._observed = None
        if self._reading is not None:
            self._reading.stop()
        if self._dialog is not None:
            self._dialog.delete()

    def read_scan(self, path, options):
        """Let a worker read a scan; it becomes the low-resolution volume.

        :param options: by the names of `jobs/scan_options.py:ScanArguments`.
        """
        from .scan_reading import ScanReading

        self._cancel_reading()
        show_text(self.ui.readingLabel, _("Reading {path} ...").format(path=path))
        self.ui.cancelReadingButton.visible = True
        self.ui.readingFrame.visible = True
        self._reading = ScanReading(path, options, self._scan_read)
        self._reading.start()

    def _scan_read(self, outcome, node):
        self._reading = None
        self.ui.cancelReadingButton.visible = False
        self.ui.readingFrame.visible = outcome.kind in ("failed", "crashed")
        show_trouble(self.ui.readingLabel, f"{outcome.message} {outcome.hint}".strip())
        if node is not None and self.parameters:
            self._warnings[node.GetID()] = outcome.result.get("warnings", [])
            self.parameters.lr = node
            show_in_slice_views(node)

    def _cancel_reading(self, _checked=False):
        if self._reading is not None:
            self._reading.cancel()

    def _ask_for_scan(self, _checked):
        from . import dependencies
        from .scan_dialog import ScanDialog

        # A worker looks at scans and reads them; torch is not needed for it.
        if not dependencies.ensure(self.module.parent, torch=False):
            return
        if self._dialog is None:
            self._dialog = ScanDialog(self.module.resourcePath("UI/MicroCTSuperResOpenScan.ui"), self.read_scan)
        self._dialog.show()

    def _lr_chosen(self, node):
        if self.parameters and self.parameters.lr is not node:
            self._take_meaning(node)
            self.parameters.lr = node

    def _take_meaning(self, node):
        """What Slicer's own reader leaves out of a file: units, calibration, rescale."""
        if node is None or node.GetImageData() is None:
            return
        from ..scene.file_meaning import adopt_file_meaning
        from ..scene.volume_nodes import apply_rescale

        try:
            adopt_file_meaning(node)
            apply_rescale(node)
        except MicroCTError:
            pass  # the line about the volume tells what is wrong with it

    def _show_volume(self, lr):
        if lr is None:
            show_text(self.ui.volumeInfoLabel, "")
            show_warnings(self.ui.volumeWarningLabel, [])
            return
        from .volume_words import volume_in_words

        try:
            show_text(self.ui.volumeInfoLabel, volume_in_words(lr))
            show_warnings(self.ui.volumeWarningLabel, self._warnings.get(lr.GetID(), []))
        except MicroCTError as error:
            show_text(self.ui.volumeInfoLabel, "")
            show_trouble(self.ui.volumeWarningLabel, str(error))
