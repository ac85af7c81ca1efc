"""A vtkMRMLPlotChartNode drawn with vtkChartXY, the class that Slicer's plot view draws it with."""

import slicer
import vtk

from .pixels import window_pixels

LINE_STYLES = ("None", "Solid", "Dash", "Dot", "DashDot", "DashDotDot")
PENS = ("NO_PEN", "SOLID_LINE", "DASH_LINE", "DOT_LINE", "DASH_DOT_LINE", "DASH_DOT_DOT_LINE")
MARKERS = ("None", "Cross", "Plus", "Square", "Circle", "Diamond")
SLICER_BACKGROUND = (255, 253, 246, 255)


class PlotChart:
    """A chart in an off-screen window.

    :param node: the vtkMRMLPlotChartNode.
    :param size: (width, height) in pixels.
    """

    def __init__(self, node, size=(600, 400)):
        self.view = vtk.vtkContextView()
        self.window = self.view.GetRenderWindow()
        self.window.SetOffScreenRendering(True)
        self.window.SetMultiSamples(0)
        self.window.SetSize(*size)
        self.chart = vtk.vtkChartXY()
        self.view.GetScene().AddItem(self.chart)
        background = vtk.vtkColor4ub()
        background.Set(*SLICER_BACKGROUND)
        self.chart.GetBackgroundBrush().SetColor(background)
        for index in range(node.GetNumberOfPlotSeriesNodes()):
            plot = _plot(node.GetNthPlotSeriesNode(index))
            if plot is not None:
                self.chart.AddPlot(plot)
        self._set_texts(node)
        self._set_axes(node)

    def pixels(self):
        """What the chart shows: uint8 (rows, columns, RGB), the top row first."""
        self.view.Render()
        return window_pixels(self.window)

    def _set_texts(self, node):
        title, legend = self.chart.GetTitleProperties(), self.chart.GetLegend().GetLabelProperties()
        self._font = title.GetFontFamilyFromString(node.GetFontType() or "Arial")
        self.chart.SetTitle((node.GetTitle() or "") if node.GetTitleVisibility() else "")
        title.SetFontFamily(self._font)
        title.SetFontSize(node.GetTitleFontSize())
        self.chart.SetShowLegend(bool(node.GetLegendVisibility()))
        legend.SetFontFamily(self._font)
        legend.SetFontSize(node.GetLegendFontSize())

    def _set_axes(self, node):
        sides = {vtk.vtkAxis.BOTTOM: "X", vtk.vtkAxis.TOP: "X", vtk.vtkAxis.LEFT: "Y", vtk.vtkAxis.RIGHT: "Y"}
        for side, direction in sides.items():
            axis = self.chart.GetAxis(side)

            def asked(what, direction=direction):
                return getattr(node, f"Get{direction}Axis{what}")()

            axis.SetTitle((asked("Title") or "") if asked("TitleVisibility") else "")
            axis.SetLogScale(bool(asked("LogScale")))
            axis.SetGridVisible(bool(node.GetGridVisibility()))
            if asked("RangeAuto"):
                axis.SetBehavior(vtk.vtkAxis.AUTO)
            else:
                axis.SetBehavior(vtk.vtkAxis.FIXED)
                axis.SetUnscaledRange(*asked("Range"))
            for text, size in (
                (axis.GetTitleProperties(), node.GetAxisTitleFontSize()),
                (axis.GetLabelProperties(), node.GetAxisLabelFontSize()),
            ):
                text.SetFontFamily(self._font)
                text.SetFontSize(size)
                text.SetBold(False)


def _plot(series):
    """The vtkPlot of a series node; None while its table or column is missing."""
    table = series.GetTableNode().GetTable() if series is not None and series.GetTableNode() else None
    column = series.GetYColumnName() if series is not None else None
    if table is None or not column or table.GetColumnByName(column) is None:
        return None
    kinds = slicer.vtkMRMLPlotSeriesNode
    is_bar = series.GetPlotType() in (kinds.PlotTypeBar, kinds.PlotTypeScatterBar)
    plot = vtk.vtkPlotBar() if is_bar else vtk.vtkPlotLine()
    plot.SetWidth(series.GetLineWidth())
    plot.SetColorF(*series.GetColor())
    plot.SetOpacity(series.GetOpacity())
    plot.GetPen().SetOpacityF(series.GetOpacity())
    plot.GetPen().SetLineType(_pen(series))
    if not is_bar:
        plot.SetMarkerSize(series.GetMarkerSize())
        plot.SetMarkerStyle(_marker(series))
    needs_x = bool(series.IsXColumnRequired())
    plot.SetUseIndexForXSeries(not needs_x)
    plot.SetInputData(table, series.GetXColumnName() if needs_x else column, column)
    plot.SetLabel(series.GetName() or column)
    return plot


def _pen(series) -> int:
    if series.GetPlotType() == slicer.vtkMRMLPlotSeriesNode.PlotTypeBar:
        return vtk.vtkPen.SOLID_LINE
    names = {getattr(series, f"LineStyle{style}"): pen for style, pen in zip(LINE_STYLES, PENS, strict=True)}
    return getattr(vtk.vtkPen, names[series.GetLineStyle()])


def _marker(series) -> int:
    names = {getattr(series, f"MarkerStyle{marker}"): marker for marker in MARKERS}
    return getattr(vtk.vtkPlotPoints, names[series.GetMarkerStyle()].upper())
