"""Bland-Altman plots in the scene: tables, charts, and what their points stand for."""

import numpy as np
import pytest
from MicroCTSuperResLib.scene.subject_hierarchy import hierarchy_of, item_of
from MicroCTSuperResTrainingLib.scene.agreement_points import Point, mark_point, point_at
from MicroCTSuperResTrainingLib.scene.bland_altman_plot import find_agreement, remove_agreement, show_agreement
from sample_measurements import agreement, column, heights, series_of

OWN_CLASSES = ("vtkMRMLTableNode", "vtkMRMLPlotSeriesNode", "vtkMRMLPlotChartNode")


@pytest.fixture
def shown(scene, tmp_path):
    return show_agreement(scene, *agreement(tmp_path))


def test_a_chart_has_points_bias_limits_and_intervals_of_each_method_with_their_values(shown):
    names = list(series_of(shown.chart("specimens")))
    # Differences of LR: 0.02, 0.04, 0.06, mean 0.04, SD 0.02; limits 0.04 -+ 1.96 * 0.02.
    assert [name.split(" +")[0].split(" -0")[0] for name in names] == [
        *("LR - HR, n = 3", "LR bias", "LR limits", "LR 95 % intervals"),
        *("DL - HR, n = 3", "DL bias", "DL limits", "DL 95 % intervals"),
    ]
    assert "LR bias +0.040" in names[1]
    assert "to +0.079" in names[2]


def test_lines_lie_at_bias_limits_and_ends_of_their_intervals(shown):
    series = list(series_of(shown.chart("specimens")).values())
    assert heights(series[1]) == pytest.approx([0.04])
    assert heights(series[2]) == pytest.approx([0.04 - 1.96 * 0.02, 0.04 + 1.96 * 0.02])
    # Student's t with 2 degrees of freedom: 4.3027. The bias: -+ t s / root 3; a limit: -+ t s root(1/3 + 1.96^2 / 4).
    half, of_limit = 4.30265 * 0.02 / np.sqrt(3), 4.30265 * 0.02 * np.sqrt(1 / 3 + 1.96**2 / 4)
    middles = {0.04: half, 0.04 - 0.0392: of_limit, 0.04 + 0.0392: of_limit}
    expected = sorted(middle + sign * width for middle, width in middles.items() for sign in (-1, 1))
    assert heights(series[3]) == pytest.approx(expected, rel=1e-4)


def test_every_line_ends_where_the_next_one_begins_elsewhere(shown):
    """A row of NaN lies between two lines of a series: Slicer would connect them."""
    limits = list(series_of(shown.chart("specimens")).values())[2]
    y = column(limits.GetTableNode(), "limits")
    assert np.isfinite(y[:6]).tolist() == [True, True, False, True, True, False]
    assert y[0] == y[1]
    assert y[3] == y[4]


def test_dl_is_red_and_lr_blue(shown):
    series = series_of(shown.chart("specimens"))
    red, blue = series["DL - HR, n = 3"].GetColor(), series["LR - HR, n = 3"].GetColor()
    assert red[0] > 0.7 > 0.3 > red[2]
    assert blue[2] > 0.6 > 0.3 > blue[0]


def test_a_point_stands_for_a_specimen_or_for_a_slice_of_it(shown):
    of_specimens = series_of(shown.chart("specimens"))["DL - HR, n = 3"]
    assert point_at(of_specimens, 1) == Point("femur-2", "DL", None, "femur-2: DL - HR = +0.01, mean 0.406")
    of_slices = series_of(shown.chart("rows"))["DL - HR, n = 9"]
    assert point_at(of_slices, 5) == Point("femur-2", "DL", 2, "femur-2, slice 2: DL - HR = +0.01, mean 0.407")
    assert point_at(of_slices, 9) is None
    lines = next(one for name, one in series_of(shown.chart("rows")).items() if "bias" in name)
    assert point_at(lines, 0) is None


def test_a_chosen_point_is_marked_in_its_chart_alone(shown):
    specimens, slices = shown.chart("specimens"), shown.chart("rows")
    mark_point(specimens, series_of(specimens)["LR - HR, n = 3"], 0)
    assert column(series_of(specimens)["femur-1"].GetTableNode(), "difference")[0] == pytest.approx(0.02)
    mark_point(slices, series_of(slices)["LR - HR, n = 9"], 4)
    assert "femur-1" not in series_of(specimens)
    assert "femur-2, slice 1" in series_of(slices)


def test_the_statistics_stand_in_a_table_with_a_column_for_each_method(shown):
    table = shown.statistics
    rows = {table.GetCellText(row, 0): row for row in range(table.GetNumberOfRows())}
    assert [table.GetColumnName(number) for number in range(3)] == ["statistic", "LR - HR", "DL - HR"]
    assert table.GetCellText(rows["specimens"], 1) == "3"
    assert table.GetCellText(rows["bias [95 %]"], 2).startswith("0.01 [")
    assert table.GetCellText(rows["slices"], 1) == "9"
    # Without a margin there is no equivalence test.
    assert table.GetCellText(rows["equivalence within the margin"], 1) == "\N{EM DASH}"
    assert any("margin" in note for note in shown.notes)


def test_a_margin_adds_the_equivalence_test(scene, tmp_path):
    table = show_agreement(scene, *agreement(tmp_path, margin=0.3)).statistics
    told = {table.GetCellText(row, 0): table.GetCellText(row, 2) for row in range(table.GetNumberOfRows())}
    assert told["equivalence within the margin"].startswith("shown within 0.3")


def test_one_value_a_specimen_has_no_chart_of_slices(scene, tmp_path):
    found = show_agreement(scene, *agreement(tmp_path, slices=(0,)))
    assert list(found.charts) == ["specimens"]


def test_a_new_analysis_takes_the_place_of_the_one_before(host, shown, tmp_path):
    before = [host.count(name) for name in OWN_CLASSES]
    show_agreement(host.scene, *agreement(tmp_path))
    assert [host.count(name) for name in OWN_CLASSES] == before
    show_agreement(host.scene, *agreement(tmp_path, slices=(0,)))
    assert host.count("vtkMRMLPlotChartNode") == 1
    remove_agreement(host.scene)
    assert [host.count(name) for name in OWN_CLASSES] == [0, 0, 0]


def test_several_models_have_a_chart_each_with_lr_blue_that_model_red_and_the_same_axes(host, tmp_path):
    models = ("DL a", "DL b")
    found = show_agreement(host.scene, *agreement(tmp_path, enhanced=models))
    assert found.drawn == list(models)
    for level, count in (("specimens", 3), ("rows", 9)):
        charts = [found.chart(level, model) for model in models]
        for chart, model in zip(charts, models, strict=True):
            series = series_of(chart)
            assert [name for name in series if ", n = " in name] == [
                f"LR - HR, n = {count}",
                f"{model} - HR, n = {count}",
            ]
            red, blue = (series[f"{name} - HR, n = {count}"].GetColor() for name in (model, "LR"))
            assert red[0] > 0.7 > 0.3 > red[2]
            assert blue[2] > 0.6 > 0.3 > blue[0]
            assert point_at(series[f"{model} - HR, n = {count}"], 0).method == model
        axes = [[*chart.GetXAxisRange(), *chart.GetYAxisRange()] for chart in charts]
        assert axes[0] == axes[1]
    assert found.chart("specimens", "a method of an earlier analysis") is found.chart("specimens", "DL a")
    # A ring stands in one chart alone, though both charts have the series of LR.
    lr = series_of(found.chart("specimens", "DL a"))["LR - HR, n = 3"]
    for model in models:
        mark_point(found.chart("specimens", model), lr, 0)
    rings = ["femur-1" in series_of(found.chart("specimens", model)) for model in models]
    assert rings == [False, True]
    other = host.reloaded()
    again = find_agreement(other.scene)
    assert again.drawn == list(models)
    # One model again: what the others had goes.
    show_agreement(host.scene, *agreement(tmp_path))
    assert host.count("vtkMRMLPlotChartNode") == 2


def test_everything_is_found_again_in_a_saved_scene(host, shown):
    other = host.reloaded()
    found = find_agreement(other.scene)
    assert found.notes == shown.notes
    assert list(found.charts) == ["specimens", "rows"]
    series = series_of(found.chart("specimens"))
    assert list(series) == list(series_of(shown.chart("specimens")))
    assert point_at(series["DL - HR, n = 3"], 1).specimen == "femur-2"
    limits = next(one for name, one in series.items() if name.startswith("LR limits"))
    # Slicer's tables are saved with six digits.
    assert heights(limits) == pytest.approx([0.04 - 0.0392, 0.04 + 0.0392], rel=1e-4)


def test_nothing_is_found_where_the_table_was_deleted(scene, shown):
    scene.RemoveNode(shown.statistics)
    assert find_agreement(scene) is None


def test_what_the_user_sees_lies_in_one_folder_of_the_tree(scene, shown):
    hierarchy = hierarchy_of(scene)
    seen = (shown.statistics, *(shown.chart(level) for level in shown.charts))
    parents = {hierarchy.GetItemParent(item_of(node)) for node in seen}
    (folder,) = parents
    assert hierarchy.GetItemName(folder) == "Agreement"
