"""BA/TA along z in the scene."""

import numpy as np
import pytest
from MicroCTSuperResLib.scene.volume_nodes import node_from_volume
from MicroCTSuperResTrainingLib.scene.area_plot import AreaSlice, find_areas, show_areas, slice_at, volume_of
from MicroCTSuperResTrainingLib.scene.measurement_table import is_simulated
from sample_measurements import column, series_of
from sample_scene import ball


def rows(specimen="femur", method="HR", count=4, bone="all"):
    """Rows of the table of slices as texts; the last slice has no tissue."""
    areas = [f"{0.5 + 0.01 * number:g}" for number in range(count - 1)] + [""]
    return [
        {
            "volume": f"{specimen} {method}",
            "specimen": specimen,
            "method": method,
            "slice": str(number),
            "z_mm": f"{3 + 0.02 * number:g}",
            "ba_ta": area,
            "bone": bone,
            "note": "" if area else "no tissue",
        }
        for number, area in enumerate(areas)
    ]


def volume_row(specimen="femur", method="HR"):
    return {"volume": f"{specimen} {method}", "specimen": specimen, "method": method, "bv_tv": "0.5", "note": ""}


@pytest.fixture
def hr(scene):
    return node_from_volume(scene, ball((8, 8, 4)), "femur HR")


def test_each_method_is_a_series_along_z(scene, hr):
    found = show_areas(scene, [*rows(method="LR"), *rows()], [volume_row()], nodes={"HR": hr})
    series = series_of(found.chart)
    assert list(series) == ["LR", "HR"]
    table = series["HR"].GetTableNode()
    assert column(table, "z_mm") == pytest.approx([3, 3.02, 3.04, 3.06])
    np.testing.assert_allclose(column(table, "ba_ta"), [0.5, 0.51, 0.52, np.nan])
    assert volume_of(scene, "HR") is hr
    assert volume_of(scene, "LR") is None


def test_rows_and_points_tell_their_slice(scene, hr):
    found = show_areas(scene, [*rows(method="LR"), *rows()], [volume_row()], nodes={"HR": hr})
    expected = AreaSlice("femur", "HR", 1, 3.02, "femur HR, slice 1: BA/TA 0.5100")
    assert slice_at(found.slices, 5) == expected
    assert slice_at(series_of(found.chart)["HR"].GetTableNode(), 1) == expected
    assert slice_at(found.slices, 7).text == "femur HR, slice 3: BA/TA none"
    assert slice_at(found.slices, 8) is None
    assert slice_at(found.volumes, 0) is None


def test_the_line_ends_between_two_specimens(scene):
    found = show_areas(scene, [*rows("F1"), *rows("F2")], [volume_row("F1"), volume_row("F2")])
    table = series_of(found.chart)["HR"].GetTableNode()
    assert np.isnan(column(table, "z_mm")).tolist() == [False] * 4 + [True] + [False] * 4
    assert slice_at(table, 4) is None
    assert slice_at(table, 5).specimen == "F2"


def test_a_new_measurement_takes_the_place_of_the_one_before(host, hr):
    show_areas(host.scene, [*rows(method="LR"), *rows()], [volume_row()], simulated=True, notes=["look", "look"])
    assert find_areas(host.scene).notes == ["look"]
    assert is_simulated(find_areas(host.scene).slices)
    found = show_areas(host.scene, rows(), [volume_row()], nodes={"HR": hr})
    assert list(series_of(found.chart)) == ["HR"]
    assert not is_simulated(found.slices)
    # Slices, volumes, and the points of HR.
    assert host.count("vtkMRMLTableNode") == 3


def test_everything_is_found_again_in_a_saved_scene(host, hr):
    show_areas(host.scene, rows(), [volume_row()], nodes={"HR": hr}, notes=["the border cuts the bone"])
    other = host.reloaded()
    found = find_areas(other.scene)
    assert found.notes == ["the border cuts the bone"]
    assert slice_at(found.slices, 1).position == pytest.approx(3.02)
    assert volume_of(other.scene, "HR") is other.node("femur HR")
    assert np.isnan(column(series_of(found.chart)["HR"].GetTableNode(), "ba_ta"))[3]
