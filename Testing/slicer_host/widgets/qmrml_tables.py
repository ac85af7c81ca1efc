"""Stand-ins for Slicer's table view, segment selector and colour widgets."""
# ruff: noqa: N801, N802, N815 - the names are Slicer's

import vtk

from slicer_host.pythonqt.binding import QtCore, QtGui, QtWidgets

from .observing import observe
from .qmrml_nodes import SCENE_SIGNAL, qMRMLWidget
from .registry import stand_in, stored


@stand_in("slicer")
class qMRMLTableView(QtWidgets.QTableView):
    """Shows a table node. The model's first row has the column titles unless the node shows them as headers."""

    mrmlSceneChanged = QtCore.Signal(object)
    # `selectionChanged` is the name of a virtual method of Qt, too.
    selectionChangedSignal = QtCore.Signal()
    RENAMED_SIGNALS = {"selectionChanged": "selectionChangedSignal"}  # noqa: RUF012
    SIGNATURES = ("selectionChanged()", SCENE_SIGNAL)
    transposed = stored(bool, "transposed", False)
    firstColumnLocked = stored(bool, "firstColumnLocked", False)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._node = None
        self._tag = None
        self._scene = None
        self._first_row_locked = False
        self._model = QtGui.QStandardItemModel(self)
        self.setModel(self._model)
        selection = "selectionChanged(QItemSelection,QItemSelection)"
        self.selectionModel().connect(selection, lambda *_: self.selectionChangedSignal.emit())

    def setMRMLScene(self, scene):
        self._scene = scene
        self.mrmlSceneChanged.emit(scene)

    def mrmlScene(self):
        return self._scene

    def mrmlTableNode(self):
        return self._node

    def setMRMLTableNode(self, node):
        if self._node is not None:
            self._node.RemoveObserver(self._tag)
        self._node = node
        if node is not None:
            self._tag = observe(self, node, vtk.vtkCommand.ModifiedEvent, lambda *_: self._fill())
        self._fill()
        self.selectionChangedSignal.emit()

    def _lock_first_row(self, locked):
        self._first_row_locked = bool(locked)
        self._fill()

    firstRowLocked = QtCore.Property(bool, lambda self: self._first_row_locked, _lock_first_row)

    def _fill(self):
        self._model.clear()
        node = self._node
        if node is None:
            return
        columns = range(node.GetNumberOfColumns())
        names = [node.GetColumnName(column) for column in columns]
        rows = [[node.GetCellText(row, column) for column in columns] for row in range(node.GetNumberOfRows())]
        if self._first_row_locked or node.GetUseColumnTitleAsColumnHeader():
            self._model.setHorizontalHeaderLabels([node.GetColumnTitle(name) or name for name in names])
        else:
            rows.insert(0, names)
        for row in rows:
            self._model.appendRow([QtGui.QStandardItem(text) for text in row])


@stand_in("slicer")
class qMRMLSegmentSelectorWidget(qMRMLWidget):
    """A segmentation and one of its segments."""

    currentNodeChanged = QtCore.Signal(object)
    currentSegmentChanged = QtCore.Signal(str)
    SIGNATURES = ("currentNodeChanged(vtkMRMLNode*)", SCENE_SIGNAL)
    noneEnabled = stored(bool, "noneEnabled", False)
    multiSelection = stored(bool, "multiSelection", False)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._node = None
        self._segment = ""

    def currentNode(self):
        return self._node

    def currentNodeID(self):
        return self._node.GetID() if self._node is not None else ""

    def currentSegmentID(self):
        return self._segment

    def selectedSegmentIDs(self):
        return (self._segment,) if self._segment and self.multiSelection else ()

    def setCurrentNode(self, node):
        if node is not self._node:
            self._node = node
            self.currentNodeChanged.emit(node)
            segments = node.GetSegmentation().GetSegmentIDs() if node is not None else ()
            self.setCurrentSegmentID(segments[0] if segments and not self.noneEnabled else "")

    def setCurrentSegmentID(self, segment):
        if segment != self._segment:
            self._segment = segment
            self.currentSegmentChanged.emit(segment)
