"""Stand-ins for Slicer's plot views, and for table views in a layout."""
# ruff: noqa: N801, N802, N815 - the names are Slicer's

import vtk

from slicer_host.pythonqt.binding import QtCore
from slicer_host.views.plot_chart import PlotChart

from .observing import observe
from .qmrml_nodes import SCENE_SIGNAL
from .qmrml_tables import qMRMLTableView
from .qmrml_views import PaintedView, ViewWithController
from .registry import stand_in


@stand_in("slicer")
class qMRMLPlotView(PaintedView):
    """The view of a chart. `select` is what a test calls in the place of a click on a point."""

    dataSelected = QtCore.Signal(object, object)
    SIGNATURES = ("dataSelected(vtkStringArray*,vtkCollection*)", SCENE_SIGNAL)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._view_node = None
        self._selected: dict[str, list[int]] = {}

    def setMRMLPlotViewNode(self, node):
        self._view_node = node

    def chart_drawn(self) -> PlotChart | None:
        """The chart of the view node, drawn anew."""
        node = self._view_node.GetPlotChartNode() if self._view_node is not None else None
        return PlotChart(node, (max(self.width, 1), max(self.height, 1))) if node is not None else None

    def paintEvent(self, event):
        self._drawn = self.chart_drawn()
        super().paintEvent(event)

    def resizeEvent(self, event):
        """The chart is drawn in the right size when it is painted."""

    def chart(self):
        self._kept = self.chart_drawn()
        return self._kept.chart if self._kept else None

    def fitToContent(self):
        self.update()

    def RemovePlotSelections(self):
        self._selected.clear()
        self._tell_selection()

    def saveAsSVG(self, fileName):  # noqa: N803
        exporter = vtk.vtkSVGExporter()
        kept = self.chart_drawn()
        kept.pixels()
        exporter.SetRenderWindow(kept.window)
        exporter.SetFileName(fileName)
        exporter.Write()

    def select(self, series, rows) -> None:
        """What a click on points does: VTK tells it before and after it has selected them, and what was selected in
        other series of the chart stays selected.

        :param series: the points' vtkMRMLPlotSeriesNode.
        :param rows: their rows in the table.
        """
        chart = self._view_node.GetPlotChartNode()
        self._selected = {kept: of_it for kept, of_it in self._selected.items() if chart.HasPlotSeriesNodeID(kept)}
        self._tell_selection()
        self._selected[series.GetID()] = list(rows)
        self._tell_selection()
        QtCore.QCoreApplication.processEvents()  # a user's next click comes later

    def _tell_selection(self) -> None:
        ids, selections = vtk.vtkStringArray(), vtk.vtkCollection()
        for series_id, rows in self._in_order_of_chart():
            ids.InsertNextValue(series_id)
            selection = vtk.vtkIdTypeArray()
            for row in rows:
                selection.InsertNextValue(row)
            selections.AddItem(selection)
        self.dataSelected.emit(ids, selections)

    def _in_order_of_chart(self):
        chart = self._view_node.GetPlotChartNode()
        places = {chart.GetNthPlotSeriesNodeID(number): number for number in range(chart.GetNumberOfPlotSeriesNodes())}
        return sorted(self._selected.items(), key=lambda item: places.get(item[0], len(places)))


@stand_in("slicer")
class qMRMLPlotWidget(ViewWithController):
    """A plot view with its controller."""

    VIEW = qMRMLPlotView

    def setMRMLPlotViewNode(self, node):
        self._view.setMRMLPlotViewNode(node)
        self._follow(node)

    def mrmlPlotViewNode(self):
        return self._view._view_node

    def plotView(self):
        return self._view

    def plotController(self):
        return self._bar


@stand_in("slicer")
class qMRMLTableWidget(ViewWithController):
    """A table view with its controller."""

    VIEW = qMRMLTableView

    def setMRMLTableViewNode(self, node):
        self._node = node
        self._follow(node)
        self._tag = observe(self, node, vtk.vtkCommand.ModifiedEvent, lambda *_: self._show_table())
        self._show_table()

    def _show_table(self):
        if self._view.mrmlTableNode() is not self._node.GetTableNode():
            self._view.setMRMLTableNode(self._node.GetTableNode())

    def mrmlTableViewNode(self):
        return self._node

    def tableView(self):
        return self._view

    def tableController(self):
        return self._bar

    def close_view(self):
        self._view.setMRMLTableNode(None)
        self._node.RemoveObserver(self._tag)
