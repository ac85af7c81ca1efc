"""Stand-ins for the widgets that set how a volume is displayed."""
# ruff: noqa: N801, N802, N815 - the names are Slicer's

from slicer_host.pythonqt.binding import QtCore

from .qmrml_nodes import qMRMLWidget
from .qmrml_selectors import qMRMLNodeComboBox
from .registry import stand_in


@stand_in("slicer")
class qMRMLColorTableComboBox(qMRMLNodeComboBox):
    """A combo box of colour tables."""

    def __init__(self, parent=None):
        super().__init__(parent)
        self.nodeTypes = ("vtkMRMLColorNode",)


class VolumeNodeWidget(qMRMLWidget):
    """A widget that acts on one volume node, which it only keeps."""

    def __init__(self, parent=None):
        super().__init__(parent)
        self._volume = None

    def setMRMLVolumeNode(self, node):
        self._volume = node

    def mrmlVolumeNode(self):
        return self._volume


@stand_in("slicer")
class qMRMLVolumeThresholdWidget(VolumeNodeWidget):
    """Threshold of a volume's display: sets the real display node."""

    thresholdValuesChanged = QtCore.Signal(float, float)

    def _display(self):
        return self._volume.GetDisplayNode() if self._volume is not None else None

    def setLowerThreshold(self, value):
        self._set(value, self._end(self._display(), "Upper"))

    def setUpperThreshold(self, value):
        self._set(self._end(self._display(), "Lower"), value)

    @staticmethod
    def _end(display, which):
        return getattr(display, f"Get{which}Threshold")() if display is not None else 0.0

    def _set(self, lower, upper):
        display = self._display()
        if display is not None:
            display.SetThreshold(lower, upper)
            self.thresholdValuesChanged.emit(lower, upper)

    lowerThreshold = QtCore.Property(float, lambda self: self._end(self._display(), "Lower"), setLowerThreshold)
    upperThreshold = QtCore.Property(float, lambda self: self._end(self._display(), "Upper"), setUpperThreshold)


@stand_in("slicer")
class qMRMLWindowLevelWidget(VolumeNodeWidget):
    """Window and level of a volume: sets the real display node."""

    def setWindowLevel(self, window, level):
        if self._volume is not None:
            self._volume.GetDisplayNode().SetAutoWindowLevel(False)
            self._volume.GetDisplayNode().SetWindowLevel(window, level)
