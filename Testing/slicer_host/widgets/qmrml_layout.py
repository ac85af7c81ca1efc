"""Stand-in for qMRMLLayoutManager: Slicer's real layout logic, and Qt widgets for the views that it asks for."""
# ruff: noqa: N801, N802, N815 - the names are Slicer's

import xml.etree.ElementTree as ET

import slicer
import vtk

from slicer_host.pythonqt.binding import QtCore, QtWidgets

from .observing import observe
from .qmrml_charts import qMRMLPlotWidget, qMRMLTableWidget
from .qmrml_views import qMRMLSliceWidget, qMRMLThreeDWidget
from .registry import stand_in

VIEWPORT_SIZE = (1200, 800)
SETTER_OF = {
    "vtkMRMLSliceNode": (qMRMLSliceWidget, "setMRMLSliceNode"),
    "vtkMRMLViewNode": (qMRMLThreeDWidget, "setMRMLViewNode"),
    "vtkMRMLPlotViewNode": (qMRMLPlotWidget, "setMRMLPlotViewNode"),
    "vtkMRMLTableViewNode": (qMRMLTableWidget, "setMRMLTableViewNode"),
}


@stand_in("slicer")
class qMRMLLayoutManager(QtCore.QObject):
    """Makes the views of the layout that the scene's layout node asks for. Without a layout there are none."""

    layoutChanged = QtCore.Signal(int)

    def __init__(self, scene):
        super().__init__()
        self._scene = scene
        self._widgets = {}  # view node -> its widget, in the order in which they were made
        self._description = None
        self._viewport = QtWidgets.QWidget()
        self._viewport.setLayout(QtWidgets.QVBoxLayout())
        self._viewport.layout().setContentsMargins(0, 0, 0, 0)
        self._viewport.resize(*VIEWPORT_SIZE)
        self._logic = slicer.vtkMRMLLayoutLogic()
        self._logic.SetMRMLScene(scene)
        self._node = self._logic.GetLayoutNode()
        self._tag = observe(self, self._node, vtk.vtkCommand.ModifiedEvent, lambda *_: self._arrange())

        for event in (scene.EndImportEvent, scene.EndCloseEvent):
            observe(self, scene, event, lambda *_: self._arrange(again=True))

    def layoutLogic(self):
        return self._logic

    def mrmlScene(self):
        return self._scene

    def viewport(self):
        return self._viewport

    def setLayout(self, layout):
        self._node.SetViewArrangement(int(layout))
        self._arrange()

    layout = QtCore.Property(int, lambda self: self._node.GetViewArrangement(), setLayout)

    def _arrange(self, *, again=False):
        if self._scene.IsBatchProcessing():
            return
        # Layout 0 means that none was chosen yet. Its description is Slicer's default, whose views tests rarely need.
        description = self._node.GetCurrentLayoutDescription() if self._node.GetViewArrangement() else None
        if description == self._description and not again:
            return
        self._description = description
        for child in self._viewport.children():
            if child.isWidgetType():
                self._viewport.layout().removeWidget(child)
                child.hide()
        for node, widget in self._widgets.items():
            node.SetMappedInLayout(False)
            widget.setParent(self._viewport)
            widget.hide()
        if description:
            self._viewport.layout().addWidget(self._built(ET.fromstring(description)))
            # Slicer's views apply the "relayout" properties once more when they are made. The logic does that for
            # views that exist, when the layout node is modified.
            self._node.Modified()
        self._viewport.show()
        QtWidgets.QApplication.processEvents()
        self.layoutChanged.emit(self._node.GetViewArrangement())

    def _built(self, element):
        """The widget of a `layout` or `view` element."""
        if element.tag == "view":
            return self._view_widget(element)
        kind = element.get("type", "vertical")
        items = [self._built(child) for item in element.iterfind("item") for child in item]
        if kind == "tab":
            return _tabs(items)
        if kind == "grid":
            return _grid(items, list(element.iterfind("item")))
        vertical, horizontal = QtCore.Qt.Orientation.Vertical, QtCore.Qt.Orientation.Horizontal
        splitter = QtWidgets.QSplitter(vertical if kind == "vertical" else horizontal)
        for item in items:
            splitter.addWidget(item)
        splitter.setSizes([1000] * len(items))
        return splitter

    def _view_widget(self, element):
        wanted, tag = element.get("class"), element.get("singletontag")
        nodes = slicer.util.getNodesByClass(wanted, self._scene)
        node = next((node for node in nodes if tag in (node.GetSingletonTag(), node.GetLayoutName())), None)
        if node is None or wanted not in SETTER_OF:
            return QtWidgets.QLabel(f"({wanted} {tag}: not imitated by the test host)")
        if node not in self._widgets:
            cls, setter = SETTER_OF[wanted]
            self._widgets[node] = cls()
            self._widgets[node].setMRMLScene(self._scene)
            getattr(self._widgets[node], setter)(node)
        node.SetMappedInLayout(True)
        self._widgets[node].setVisible(True)
        return self._widgets[node]

    def _of_class(self, node_class) -> list:
        return [(node, widget) for node, widget in self._widgets.items() if node.IsA(node_class)]

    def sliceViewNames(self):
        return tuple(node.GetLayoutName() for node, _ in self._of_class("vtkMRMLSliceNode"))

    def sliceWidget(self, name):
        views = {node.GetLayoutName(): widget for node, widget in self._of_class("vtkMRMLSliceNode")}
        return views.get(name)

    def mrmlSliceLogics(self):
        return slicer.app.applicationLogic().GetSliceLogics()

    def resetSliceViews(self):
        for _, widget in self._of_class("vtkMRMLSliceNode"):
            widget.fitSliceToBackground()

    def threeDWidget(self, index):
        return self._of_class("vtkMRMLViewNode")[index][1]

    def resetThreeDViews(self):
        for _, widget in self._of_class("vtkMRMLViewNode"):
            widget.threeDView().resetFocalPoint()

    def plotWidget(self, index):
        return self._of_class("vtkMRMLPlotViewNode")[index][1]

    def tableWidget(self, index):
        return self._of_class("vtkMRMLTableViewNode")[index][1]

    threeDViewCount = QtCore.Property(int, lambda self: len(self._of_class("vtkMRMLViewNode")))
    plotViewCount = QtCore.Property(int, lambda self: len(self._of_class("vtkMRMLPlotViewNode")))
    tableViewCount = QtCore.Property(int, lambda self: len(self._of_class("vtkMRMLTableViewNode")))

    def close(self) -> None:
        """Lets go of the scene; the host calls it when a test ends."""
        self._node.RemoveObserver(self._tag)
        for widget in self._widgets.values():
            widget.close_view()
        self._widgets.clear()
        self._viewport.close()
        self._viewport.deleteLater()
        self._logic.SetMRMLScene(None)


def _tabs(items):
    tabs = QtWidgets.QTabWidget()
    for number, item in enumerate(items, start=1):
        tabs.addTab(item, str(number))
    return tabs


def _grid(items, elements):
    grid_widget = QtWidgets.QWidget()
    grid = QtWidgets.QGridLayout(grid_widget)
    grid.setContentsMargins(0, 0, 0, 0)
    for item, element in zip(items, elements, strict=True):
        place = [
            int(element.get(key, default))
            for key, default in (("row", 0), ("column", 0), ("rowspan", 1), ("colspan", 1))
        ]
        grid.addWidget(item, *place)
    return grid_widget
