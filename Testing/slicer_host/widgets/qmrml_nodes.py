"""Stand-ins for qMRMLWidget and the selectors of nodes. They follow the real scene through its real events."""
# ruff: noqa: N801, N802, N815 - the names are Slicer's

import slicer

from slicer_host.pythonqt.binding import QtCore, QtWidgets

from .ctk_numbers import _in_a_row
from .observing import observe
from .registry import stand_in, stored

SCENE_SIGNAL = "mrmlSceneChanged(vtkMRMLScene*)"


@stand_in("slicer")
class qMRMLWidget(QtWidgets.QWidget):
    """A widget that knows the scene; a module's panel is one."""

    mrmlSceneChanged = QtCore.Signal(object)
    SIGNATURES = (SCENE_SIGNAL,)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._scene = None
        self._entered = False

    def setMRMLScene(self, scene):
        self._scene = scene
        self.mrmlSceneChanged.emit(scene)

    def mrmlScene(self):
        return self._scene

    isEntered = QtCore.Property(bool, lambda self: self._entered)


class NodeList(qMRMLWidget):
    """What the selectors of nodes share: which nodes they offer, and that they follow the scene."""

    nodeTypes = stored("QStringList", "nodeTypes", ())
    noneEnabled = stored(bool, "noneEnabled", False)
    addEnabled = stored(bool, "addEnabled", True)
    removeEnabled = stored(bool, "removeEnabled", True)
    renameEnabled = stored(bool, "renameEnabled", False)
    editEnabled = stored(bool, "editEnabled", False)
    showHidden = stored(bool, "showHidden", False)
    showChildNodeTypes = stored(bool, "showChildNodeTypes", True)
    selectNodeUponCreation = stored(bool, "selectNodeUponCreation", True)
    baseName = stored(str, "baseName", "")
    interactionNodeSingletonTag = stored(str, "interactionNodeSingletonTag", "")

    def __init__(self, parent=None):
        super().__init__(parent)
        self._scene_tags = []
        self._attributes = {}
        self._combo = QtWidgets.QComboBox()
        _in_a_row(self, self._combo)
        self.setEnabled(False)

    def setMRMLScene(self, scene):
        self.stop_observing()
        self._scene = scene
        if scene is not None:
            events = slicer.vtkMRMLScene
            self._scene_tags = [
                observe(self, scene, event, self._scene_changed)
                for event in (
                    events.NodeAddedEvent,
                    events.NodeRemovedEvent,
                    events.EndBatchProcessEvent,
                    events.EndCloseEvent,
                )
            ]
        self._show_nodes(scene_set=True)
        self.mrmlSceneChanged.emit(scene)

    def stop_observing(self):
        """Lets go of the scene without telling anybody."""
        for tag in self._scene_tags:
            self._scene.RemoveObserver(tag)
        self._scene_tags = []

    def _scene_changed(self, scene, event):
        if not scene.IsBatchProcessing():
            self._show_nodes()

    def nodes_offered(self) -> list:
        """The scene's nodes of the types wanted, with the attributes wanted, hidden ones only if asked for."""
        found = []
        for node_type in self.nodeTypes if self._scene is not None else ():
            for node in slicer.util.getNodesByClass(node_type, self._scene):
                wanted_class = self.showChildNodeTypes or node.GetClassName() == node_type
                hidden = node.GetHideFromEditors() and not self.showHidden
                if wanted_class and not hidden and self._has_attributes(node):
                    found.append(node)
        return found

    def _has_attributes(self, node) -> bool:
        wanted = [(name, value) for (kind, name), value in self._attributes.items() if node.IsA(kind)]
        return all(
            node.GetAttribute(name) is not None if value is None else node.GetAttribute(name) == str(value)
            for name, value in wanted
        )

    def addAttribute(self, nodeType, name, value=None):  # noqa: N803
        self._attributes[nodeType, name] = value

    def nodeCount(self):
        return len(self.nodes_offered())

    def nodeFromIndex(self, index):
        return self.nodes_offered()[index]
