"""Stand-ins for the selectors of one node and of several."""
# ruff: noqa: N801, N802, N815 - the names are Slicer's

import vtk

from slicer_host.pythonqt.binding import QtCore

from .observing import observe
from .qmrml_nodes import SCENE_SIGNAL, NodeList
from .registry import stand_in


@stand_in("slicer")
class qMRMLNodeComboBox(NodeList):
    """A combo box of nodes."""

    currentNodeChanged = QtCore.Signal(object)
    currentNodeIDChanged = QtCore.Signal(str)
    nodeAddedByUser = QtCore.Signal(object)
    nodeActivated = QtCore.Signal(object)
    SIGNATURES = (
        "currentNodeChanged(vtkMRMLNode*)",
        "currentNodeChanged(bool)",
        "nodeAddedByUser(vtkMRMLNode*)",
        "nodeActivated(vtkMRMLNode*)",
        SCENE_SIGNAL,
    )
    CONVERTED_SIGNALS = {"currentNodeChanged(bool)": lambda node: node is not None}  # noqa: RUF012

    def __init__(self, parent=None):
        super().__init__(parent)
        self._id = ""
        self._ids_shown = []
        self._observed_nodes = []
        self._none_text = "None"
        self._combo.connect("activated(int)", self._chosen_by_user)

    def _set_none_text(self, text):
        self._none_text = text
        self._show_nodes()

    noneDisplay = QtCore.Property(str, lambda self: self._none_text, _set_none_text)

    def _show_nodes(self, scene_set=False):
        nodes = self.nodes_offered()
        ids = [node.GetID() for node in nodes]
        keep = self._kept_id(ids, scene_set)
        self._combo.blockSignals(True)
        self._combo.clear()
        if self.noneEnabled or not keep:
            self._combo.addItem(self._none_text, "")
        for node in nodes:
            self._combo.addItem(node.GetName(), node.GetID())
        self._combo.blockSignals(False)
        self._observe(nodes)
        self._ids_shown = ids
        self.setEnabled(self._scene is not None)
        self._select(keep)

    def _kept_id(self, ids: list[str], scene_set: bool) -> str:
        """The node to be selected now: when the selected one is gone, Slicer takes the next one or the last."""
        if self._id and self._id not in ids:
            if not ids or self._scene is None or self._scene.IsClosing():
                return ""
            position = self._ids_shown.index(self._id) if self._id in self._ids_shown else 0
            return ids[min(position, len(ids) - 1)]
        # A first node is picked when the scene is set, not when a node is added later.
        return ids[0] if scene_set and ids and not self._id and not self.noneEnabled else self._id

    def stop_observing(self):
        super().stop_observing()
        self._stop_observing_nodes()

    def _stop_observing_nodes(self):
        for node, tag in self._observed_nodes:
            node.RemoveObserver(tag)
        self._observed_nodes = []

    def _observe(self, nodes):
        self._stop_observing_nodes()
        event = vtk.vtkCommand.ModifiedEvent
        self._observed_nodes = [(node, observe(self, node, event, self._node_modified)) for node in nodes]

    def _node_modified(self, node, event):
        row = self._combo.findData(node.GetID() or "")
        if row >= 0 and self._combo.itemText(row) != node.GetName():
            self._combo.setItemText(row, node.GetName())
            if node.GetID() == self._id:  # Slicer tells a renamed node again
                self._tell()

    def _chosen_by_user(self, row):
        self._select(self._combo.itemData(row) or "")
        self.nodeActivated.emit(self.currentNode())

    def _select(self, node_id):
        self._combo.setCurrentIndex(max(0, self._combo.findData(node_id)))
        if node_id != self._id:
            self._id = node_id
            self._tell()

    def _tell(self):
        self.currentNodeChanged.emit(self.currentNode())
        self.currentNodeIDChanged.emit(self._id)

    def currentNode(self):
        return self._scene.GetNodeByID(self._id) if self._scene is not None and self._id else None

    def setCurrentNode(self, node):
        if node is not None and not hasattr(node, "GetID"):
            raise TypeError("method requires a VTK object")
        offered = [other.GetID() for other in self.nodes_offered()]
        self._select(node.GetID() if node is not None and node.GetID() in offered else "")

    def setCurrentNodeID(self, node_id):
        self._select(node_id or "")

    def setCurrentNodeIndex(self, index):
        nodes = self.nodes_offered()
        self._select(nodes[index].GetID() if 0 <= index < len(nodes) else "")

    currentNodeID = QtCore.Property(str, lambda self: self._id, lambda self, value: self._select(value or ""))

    def addNode(self, nodeType=None):  # noqa: N803
        node_type = nodeType or self.nodeTypes[0]
        node = self._scene.CreateNodeByClass(node_type)
        node.UnRegister(None)
        node.SetName(self._scene.GenerateUniqueName(self.baseName or node.GetNodeTagName()))
        self._scene.AddNode(node)
        if self.selectNodeUponCreation:
            self.setCurrentNode(node)
        self.nodeAddedByUser.emit(node)
        return node


@stand_in("slicer")
class qMRMLCheckableNodeComboBox(NodeList):
    """A combo box of nodes with check boxes."""

    checkedNodesChanged = QtCore.Signal()

    def __init__(self, parent=None):
        super().__init__(parent)
        self._checked = set()

    def _show_nodes(self, scene_set=False):
        nodes = self.nodes_offered()
        self._checked &= {node.GetID() for node in nodes}
        self._combo.clear()
        for node in nodes:
            self._combo.addItem(f"{'☑' if node.GetID() in self._checked else '☐'} {node.GetName()}", node.GetID())
        self.setEnabled(self._scene is not None)

    def checkState(self, node):
        checked = node.GetID() in self._checked
        return QtCore.Qt.CheckState.Checked if checked else QtCore.Qt.CheckState.Unchecked

    def setCheckState(self, node, state):
        (self._checked.add if int(state) else self._checked.discard)(node.GetID())
        self._show_nodes()
        self.checkedNodesChanged.emit()

    def checkedNodes(self):
        return tuple(node for node in self.nodes_offered() if node.GetID() in self._checked)

    def allChecked(self):
        return len(self._checked) == self.nodeCount()

    def noneChecked(self):
        return not self._checked
