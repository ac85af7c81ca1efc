"""Widgets of Slicer that a .ui file may name and whose behaviour the host does not imitate: empty and recognisable."""

from slicer_host.pythonqt.binding import QtWidgets

from .qmrml_nodes import qMRMLWidget
from .registry import stand_in

NAMES = (
    "qMRMLColorPickerWidget",
    "qMRMLMarkupsROIWidget",
    "qMRMLScalarsDisplayWidget",
    "qMRMLSegmentEditorWidget",
    "qMRMLSubjectHierarchyTreeView",
    "qMRMLTreeView",
    "qSlicerSimpleMarkupsWidget",
)


def _placeholder(name: str) -> type:
    def __init__(self, parent=None):  # noqa: N807
        qMRMLWidget.__init__(self, parent)
        row = QtWidgets.QHBoxLayout(self)
        row.addWidget(QtWidgets.QLabel(f"({name}: not imitated by the test host)"))

    return type(name, (qMRMLWidget,), {"__init__": __init__, "__doc__": "A placeholder."})


for _name in NAMES:
    stand_in("slicer")(_placeholder(_name))
