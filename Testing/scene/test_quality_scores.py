"""PSNR and SSIM along z as tables and charts."""

import numpy as np
import pytest
from MicroCTSuperResLib.quality.pairing import pair
from MicroCTSuperResLib.quality.slice_scores import score_slices
from MicroCTSuperResLib.scene import quality_scores
from MicroCTSuperResLib.scene.layouts import SCORES_VIEW, TRIPLE_SCORES
from MicroCTSuperResLib.scene.quality_scores import (
    find_scores,
    mark_outdated,
    outdated_by,
    remove_scores,
    show_scores,
    slice_of_row,
)
from MicroCTSuperResLib.scene.views import show_chart, view_node
from MicroCTSuperResLib.scene.volume_nodes import node_from_volume
from sample_scene import ball


def noisy(volume, deviation):
    noise = np.random.default_rng(0).normal(0, deviation, volume.voxels.shape)
    return volume.with_voxels((volume.voxels + noise).astype(np.float32))


@pytest.fixture
def scores():
    """LR noisier than DL, on the grid of HR."""
    hr = ball((20, 20, 6))
    return score_slices(pair(hr, {"LR": noisy(hr, 100), "DL": noisy(hr, 20)}))


@pytest.fixture
def nodes(scene):
    return [node_from_volume(scene, ball((20, 20, 6)), name) for name in ("DL", "HR")]


def column(table, name):
    from vtk.util.numpy_support import vtk_to_numpy

    return vtk_to_numpy(table.GetTable().GetColumnByName(name))


def test_a_table_has_one_row_a_slice_and_named_columns_with_units(nodes, scores):
    found = show_scores(*nodes, scores)
    assert column(found.table, "slice").tolist() == [0, 1, 2, 3, 4, 5]
    np.testing.assert_allclose(column(found.table, "z (mm)"), np.arange(6) * 0.02)
    np.testing.assert_allclose(column(found.table, "LR PSNR (dB)"), scores.of["LR"].psnr_db)
    np.testing.assert_allclose(column(found.table, "DL SSIM"), scores.of["DL"].ssim)
    assert [slice_of_row(found.table, row) for row in (0, 5, 6, -1)] == [0, 5, None, None]
    assert quality_scores.reference_of(found.table) is nodes[1]


def test_the_summary_has_one_row_a_volume(nodes, scores):
    summary = show_scores(*nodes, scores).summary.GetTable()
    assert [summary.GetColumnByName("volume").GetValue(row) for row in range(2)] == ["LR", "DL"]
    assert summary.GetColumnByName("PSNR (dB)").GetValue(1) == pytest.approx(scores.of["DL"].mean_psnr_db)


def test_charts_have_a_series_for_each_volume_and_say_what_they_show(nodes, scores):
    found = show_scores(*nodes, scores)
    for chart, measure in ((found.psnr_chart, "PSNR (dB)"), (found.ssim_chart, "SSIM")):
        series = [chart.GetNthPlotSeriesNode(number) for number in range(chart.GetNumberOfPlotSeriesNodes())]
        assert [one.GetName() for one in series] == ["LR", "DL"]
        assert [one.GetYColumnName() for one in series] == [f"LR {measure}", f"DL {measure}"]
        assert all(one.GetTableNode() is found.table and one.GetXColumnName() == "z (mm)" for one in series)
        assert chart.GetXAxisTitle() == "z (mm)"
        assert chart.GetYAxisTitle() == measure
        assert "1200 mg HA/cm3" in chart.GetTitle()


def test_identical_slices_leave_a_gap_in_the_chart(nodes):
    hr = ball((20, 20, 6))
    half = noisy(hr, 20).voxels.copy()
    half[:3] = hr.voxels[:3]
    found = show_scores(*nodes, score_slices(pair(hr, {"DL": hr.with_voxels(half)})))
    values = column(found.table, "DL PSNR (dB)")
    assert np.isnan(values).tolist() == [True] * 3 + [False] * 3


def test_scoring_again_uses_the_same_nodes(host, nodes, scores):
    first = show_scores(*nodes, scores)
    count = host.scene.GetNumberOfNodes()
    assert show_scores(*nodes, scores) == first
    assert host.scene.GetNumberOfNodes() == count


def test_a_volume_that_is_not_scored_any_more_leaves_the_charts(host, nodes, scores):
    show_scores(*nodes, scores)
    hr = ball((20, 20, 6))
    found = show_scores(*nodes, score_slices(pair(hr, {"DL": noisy(hr, 20)})))
    assert found.psnr_chart.GetNumberOfPlotSeriesNodes() == 1
    assert host.count("vtkMRMLPlotSeriesNode") == 2
    assert found.table.GetTable().GetNumberOfColumns() == 4


def test_two_dl_volumes_have_scores_of_their_own(scene, nodes, scores):
    dl, hr = nodes
    other = node_from_volume(scene, ball((20, 20, 6)), "DL 2")
    assert show_scores(dl, hr, scores).table is not show_scores(other, hr, scores).table
    remove_scores(other)
    assert find_scores(other) is None
    assert find_scores(dl) is not None


def test_scores_are_found_after_a_scene_file(host, nodes, scores):
    show_scores(*nodes, scores)
    other = host.reloaded()
    found = find_scores(other.node("DL"))
    np.testing.assert_allclose(column(found.table, "DL PSNR (dB)"), scores.of["DL"].psnr_db, rtol=1e-5)
    assert found.psnr_chart.GetNthPlotSeriesNode(1).GetTableNode() is found.table
    assert slice_of_row(found.table, 3) == 3
    assert quality_scores.reference_of(found.table) is other.node("HR")


def test_scores_are_removed_without_a_trace_also_when_they_were_saved(host, nodes, scores):
    host.save()
    before = host.scene.GetNumberOfNodes()
    show_scores(*nodes, scores)
    host.save()
    remove_scores(nodes[0])
    assert host.scene.GetNumberOfNodes() == before


def test_a_chart_is_shown_in_the_view_for_scores(host, nodes, scores):
    chart = show_scores(*nodes, scores).psnr_chart
    show_chart(host.scene, chart)  # no view yet
    host.choose(TRIPLE_SCORES)
    show_chart(host.scene, chart)
    assert view_node(host.scene, SCORES_VIEW).GetPlotChartNodeID() == chart.GetID()
    show_chart(host.scene, None)
    assert view_node(host.scene, SCORES_VIEW).GetPlotChartNodeID() is None


def test_above_the_lines_of_a_chart_there_is_room_for_the_legend(nodes, scores):
    found = show_scores(*nodes, scores)
    for chart, measure in ((found.psnr_chart, "PSNR (dB)"), (found.ssim_chart, "SSIM")):
        values = np.concatenate([column(found.table, f"{name} {measure}") for name in ("LR", "DL")])
        low, high = chart.GetYAxisRange()
        assert not chart.GetYAxisRangeAuto()
        assert low < values.min()
        # More than a third of the height is free.
        assert high - values.max() > (high - low) / 3


def test_a_chart_of_identical_volumes_has_no_range_of_its_own(nodes):
    hr = ball((20, 20, 6))
    found = show_scores(*nodes, score_slices(pair(hr, {"DL": hr})))
    assert found.psnr_chart.GetYAxisRangeAuto()
    assert found.ssim_chart.GetYAxisRange()[1] > 1


def test_scores_of_volumes_that_changed_say_so_until_there_are_new_ones(nodes, scores):
    found = show_scores(*nodes, scores)
    title = found.psnr_chart.GetTitle()
    assert outdated_by(found.table) == ""
    mark_outdated(found, ["DL"])
    mark_outdated(found, ["LR", "DL"])
    assert outdated_by(found.table) == "LR, DL"
    assert found.psnr_chart.GetTitle() == f"{title}, before LR, DL changed"
    assert outdated_by(show_scores(*nodes, scores).table) == ""
    assert found.psnr_chart.GetTitle() == title
