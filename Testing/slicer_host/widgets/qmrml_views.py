"""Stand-ins for Slicer's slice, 3-D, plot and table views: Qt widgets that paint the real views' pixels."""
# ruff: noqa: N801, N802 - the names are Slicer's

import slicer
import vtk

from slicer_host.pythonqt.binding import QtCore, QtGui, QtWidgets
from slicer_host.views.slice_view import SliceView
from slicer_host.views.three_d_view import ThreeDView

from .observing import observe
from .qmrml_nodes import qMRMLWidget
from .registry import stand_in


class PaintedView(qMRMLWidget):
    """A widget that shows what a view of `slicer_host.views` draws, as large as the widget.

    Nothing is drawn before the widget is painted, as by `grab()`.
    """

    def __init__(self, parent=None):
        super().__init__(parent)
        self._drawn = None

    @property
    def drawn(self):
        """The view of `slicer_host.views`, or None."""
        return self._drawn

    def paintEvent(self, event):
        if self.drawn is not None:
            QtGui.QPainter(self).drawImage(QtCore.QPoint(0, 0), self._image())

    def _image(self):
        pixels = self.drawn.pixels()
        height, width, _ = pixels.shape
        image = QtGui.QImage(pixels.tobytes(), width, height, 3 * width, QtGui.QImage.Format.Format_RGB888)
        return image.copy()

    def resizeEvent(self, event):
        if self.drawn is not None:
            self.drawn.resize(self.width, self.height)

    def renderWindow(self):
        return self.drawn.window

    def renderer(self):
        return self.drawn.renderer

    def interactor(self):
        return self.drawn.interactor

    def forceRender(self):
        self.drawn.window.Render()

    def scheduleRender(self):
        self.update()

    def displayableManagerByClassName(self, name):
        managers = self.drawn.managers
        count = managers.GetDisplayableManagerCount()
        found = [managers.GetNthDisplayableManager(index) for index in range(count)]
        return next((manager for manager in found if manager.IsA(name)), None)


@stand_in("slicer")
class qMRMLSliceView(PaintedView):
    """The view of a slice."""

    def mrmlSliceNode(self):
        return self.drawn.node

    def interactorStyle(self):
        return self.drawn.style

    def sliceViewInteractorStyle(self):
        return self.drawn.style

    def cornerAnnotation(self):
        if not hasattr(self, "_annotation"):
            self._annotation = vtk.vtkCornerAnnotation()
            self.drawn.renderer.AddViewProp(self._annotation)
        return self._annotation


@stand_in("slicer")
class qMRMLThreeDView(PaintedView):
    """The view of a scene in 3-D."""

    def mrmlViewNode(self):
        return self.drawn.node

    def interactorStyle(self):
        return self.drawn.interactor.GetInteractorStyle()

    def resetFocalPoint(self):
        self.drawn.reset_focal_point()

    def resetCamera(self, *_):
        self.drawn.reset_focal_point()


class ViewWithController(qMRMLWidget):
    """A view below a bar with its label, as in Slicer."""

    VIEW = PaintedView

    def __init__(self, parent=None):
        super().__init__(parent)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._bar = QtWidgets.QLabel()
        self._view = self.VIEW(self)
        column.addWidget(self._bar)
        column.addWidget(self._view, 1)

    def _follow(self, node):
        """Shows the node's label and colour now and when they change."""
        self._shown = None
        self._label(node)
        observe(self, node, vtk.vtkCommand.ModifiedEvent, lambda *_: self._label(node))

    def _label(self, node):
        wanted = (node.GetLayoutLabel() or node.GetLayoutName(), node.GetLayoutColor())
        if wanted == self._shown:
            return
        self._shown = wanted
        color = "#{:02x}{:02x}{:02x}".format(*(round(255 * part) for part in wanted[1]))
        self._bar.setText(wanted[0])
        self._bar.setStyleSheet(f"background: {color}; padding: 1px 6px;")

    def close_view(self):
        """Lets go of the scene and the render window."""
        if self._view.drawn is not None and hasattr(self._view.drawn, "close"):
            self._view.drawn.close()
        self._view._drawn = None


@stand_in("slicer")
class qMRMLSliceWidget(ViewWithController):
    """A slice view with its controller."""

    VIEW = qMRMLSliceView

    def setMRMLSliceNode(self, node):
        logic = slicer.app.applicationLogic()
        self._view._drawn = SliceView(logic, node)
        self._follow(node)

    def mrmlSliceNode(self):
        return self._view.drawn.node

    def mrmlSliceCompositeNode(self):
        return self._view.drawn.logic.GetSliceCompositeNode()

    def sliceLogic(self):
        return self._view.drawn.logic

    def sliceView(self):
        return self._view

    def sliceController(self):
        return self._bar

    def fitSliceToBackground(self):
        self._view.drawn.logic.FitSliceToBackground()
        self._view.drawn.logic.SnapSliceOffsetToIJK()


@stand_in("slicer")
class qMRMLThreeDWidget(ViewWithController):
    """A 3-D view with its controller."""

    VIEW = qMRMLThreeDView

    def setMRMLViewNode(self, node):
        self._view._drawn = ThreeDView(slicer.app.applicationLogic(), node)
        self._follow(node)

    def mrmlViewNode(self):
        return self._view.drawn.node

    def threeDView(self):
        return self._view

    def threeDController(self):
        return self._bar
