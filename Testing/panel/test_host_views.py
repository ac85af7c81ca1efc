"""Views of the host show what Slicer's views show."""

import numpy as np
import pytest
from slicer_host.actions import pixels


@pytest.fixture
def manager(host, slicer_scene):
    return host.layout_manager


def sphere_volume():
    import slicer

    z, y, x = np.mgrid[-20:20, -20:20, -20:20]
    voxels = 1000.0 * (x**2 + y**2 + z**2 < 15**2)
    return slicer.util.addVolumeFromArray(voxels.astype(np.float32), name="ball")


def test_without_a_layout_there_are_no_views(manager):
    assert manager.layout == 0
    assert manager.sliceViewNames() == ()
    assert manager.threeDViewCount == 0


def test_the_four_up_layout_has_its_views(manager, host, screenshot):
    import slicer

    manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
    assert set(manager.sliceViewNames()) == {"Red", "Green", "Yellow"}
    assert manager.threeDViewCount == 1
    slicer.util.setSliceViewerLayers(background=sphere_volume(), fit=True)
    for name in manager.sliceViewNames():
        view = manager.sliceWidget(name).sliceView()
        assert len(np.unique(pixels(view))) > 1, name
    assert screenshot(host.main_window, "four-up").exists()


def test_another_layout_hides_views_and_keeps_them(manager):
    import slicer

    manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
    red = manager.sliceWidget("Red")
    manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpGreenSliceView)
    assert not red.visible
    assert manager.sliceWidget("Green").visible
    assert not red.mrmlSliceNode().IsMappedInLayout()
    manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
    assert manager.sliceWidget("Red") is red


def test_window_and_level_change_by_dragging_the_mouse(manager):
    import slicer

    manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView)
    volume = sphere_volume()
    slicer.util.setSliceViewerLayers(background=volume, fit=True)
    display = volume.GetDisplayNode()
    before = (display.GetWindow(), display.GetLevel())
    slicer.app.applicationLogic().GetInteractionNode().SetCurrentInteractionMode(
        slicer.vtkMRMLInteractionNode.AdjustWindowLevel
    )
    manager.sliceWidget("Red").sliceView().drawn.drag("Left", (100, 100), (200, 180))
    assert (display.GetWindow(), display.GetLevel()) != before


def test_interpolation_off_shows_honest_voxels(manager):
    import slicer

    manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView)
    volume = sphere_volume()
    slicer.util.setSliceViewerLayers(background=volume, fit=True)
    view = manager.sliceWidget("Red").sliceView()
    pixels(view)
    blended = np.unique(view.drawn.slice_pixels())
    volume.GetDisplayNode().SetInterpolate(False)
    assert len(np.unique(view.drawn.slice_pixels())) == 2 < len(blended)


def test_a_3d_view_shows_a_model(manager):
    import slicer
    import vtk

    manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUp3DView)
    view = manager.threeDWidget(0).threeDView()
    empty = pixels(view)
    sphere = vtk.vtkSphereSource()
    sphere.SetRadius(30)
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLModelNode")
    sphere.Update()
    node.SetAndObservePolyData(sphere.GetOutput())
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetColor(1, 0, 0)
    manager.resetThreeDViews()
    middle = tuple(size // 2 for size in empty.shape[:2])
    red, green, blue = (int(part) for part in pixels(view)[middle])
    assert red > 100 > max(green, blue)


def line_chart():
    import slicer

    table = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode")
    slicer.util.updateTableFromArray(table, [np.arange(5.0), np.arange(5.0) ** 2], ["z", "psnr"])
    series = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLPlotSeriesNode", "PSNR")
    series.SetAndObserveTableNodeID(table.GetID())
    series.SetPlotType(slicer.vtkMRMLPlotSeriesNode.PlotTypeScatter)
    series.SetXColumnName("z")
    series.SetYColumnName("psnr")
    series.SetColor(1, 0, 0)
    chart = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLPlotChartNode")
    chart.AddAndObservePlotSeriesNodeID(series.GetID())
    return chart, series


def test_a_chart_is_shown_in_the_layout_and_a_click_tells_the_row(manager, host, screenshot):
    import slicer

    chart, series = line_chart()
    slicer.modules.plots.logic().ShowChartInLayout(chart)
    assert manager.plotViewCount == 1
    view = manager.plotWidget(0).plotView()
    picture = pixels(view).astype(int)
    assert ((picture[..., 0] > 200) & (picture[..., 1] < 100)).sum() > 50  # the red line
    screenshot(view, "chart")
    rows = []

    def selected(ids, selections):
        found = range(ids.GetNumberOfValues())
        rows.extend((ids.GetValue(i), selections.GetItemAsObject(i).GetValue(0)) for i in found)

    assert view.connect("dataSelected(vtkStringArray*,vtkCollection*)", selected)
    view.select(series, [3])
    assert rows == [(series.GetID(), 3)]
    # As vtkChartXY does: the second click is told with the first one's point, and that one stays selected.
    view.select(series, [2])
    assert [row for _, row in rows] == [3, 3, 2]
    view.RemovePlotSelections()
    view.select(series, [4])
    assert [row for _, row in rows] == [3, 3, 2, 4]


def test_a_chart_is_saved_as_svg(manager, tmp_path):
    import slicer

    slicer.modules.plots.logic().ShowChartInLayout(line_chart()[0])
    manager.plotWidget(0).plotView().saveAsSVG(str(tmp_path / "chart.svg"))
    assert (tmp_path / "chart.svg").read_text().startswith("<svg")


def test_a_table_view_follows_its_node(slicer_scene):
    import slicer

    table = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode")
    slicer.util.updateTableFromArray(table, [np.array([1.5, 2.5])], ["dB"])
    table.SetUseColumnTitleAsColumnHeader(True)
    view = slicer.qMRMLTableView()
    view.setMRMLTableNode(table)
    model = view.model()
    assert model.rowCount() == 2
    assert model.data(model.index(1, 0)) == "2.5"
    table.AddEmptyRow()
    assert model.rowCount() == 3


def test_picture_of_a_view_has_the_views_size(manager):
    import slicer

    manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView)
    view = manager.sliceWidget("Red").sliceView()
    assert pixels(view).shape == (view.height, view.width, 3)
    assert view.drawn.pixels().shape == (view.height, view.width, 3)
