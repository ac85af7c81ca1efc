"""The main window: the module panel at the left, the views at the right, as in Slicer."""
# ruff: noqa: N801, N802, N815 - the names are Slicer's

from slicer_host.pythonqt.binding import QtCore, QtWidgets
from slicer_host.widgets.registry import stand_in, stored

WINDOW_SIZE = (1500, 900)
PANEL_WIDTH = 480


@stand_in("slicer")
class qSlicerModuleSelectorToolBar(QtWidgets.QToolBar):
    """Selects modules by name."""

    moduleSelected = QtCore.Signal(str)
    selectedModule = stored(str, "selectedModule", "")

    def __init__(self, parent, registry):
        super().__init__(parent)
        self._registry = registry

    def selectModule(self, name):
        self._registry.select(name)


@stand_in("slicer")
class qSlicerAppMainWindow(QtWidgets.QMainWindow):
    """Slicer's window."""

    def __init__(self, registry, viewport):
        super().__init__()
        self.setObjectName("qSlicerMainWindow")
        self.setWindowTitle("3D Slicer (test host)")
        self.resize(*WINDOW_SIZE)
        self._selector = qSlicerModuleSelectorToolBar(self, registry)
        self._panel = QtWidgets.QDockWidget("Module", self)
        self._panel.setObjectName("PanelDockWidget")
        self._scroll_area = QtWidgets.QScrollArea()
        self._scroll_area.setWidgetResizable(True)
        self._scroll_area.setMinimumWidth(PANEL_WIDTH)
        self._panel.setWidget(self._scroll_area)
        self.addDockWidget(QtCore.Qt.DockWidgetArea.LeftDockWidgetArea, self._panel)
        self.setCentralWidget(viewport)
        self.statusBar()

    def moduleSelector(self):
        return self._selector

    def show_panel(self, title: str, widget) -> None:
        """Puts a module's widget into the panel."""
        previous = self._scroll_area.takeWidget()
        if previous is not None:
            previous.hide()
        self._panel.setWindowTitle(title)
        self._scroll_area.setWidget(widget)
        widget.show()
        self.show()
