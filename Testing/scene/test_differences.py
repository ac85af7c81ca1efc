"""Difference maps from HR."""

import numpy as np
import pytest
from MicroCTSuperResLib.quality.differences import difference
from MicroCTSuperResLib.quality.pairing import pair
from MicroCTSuperResLib.scene.differences import (
    difference_node,
    diverging_colours,
    find_difference,
    remove_differences,
    show_differences,
)
from MicroCTSuperResLib.scene.display import Window, display_of, window_of
from MicroCTSuperResLib.scene.volume_nodes import array_of, node_from_volume, volume_from_node
from sample_scene import ball, same_place


@pytest.fixture
def maps(host):
    """LR and DL nodes, HR node, and the maps of both: LR is 100 too dark in the ball, DL 20 too bright."""
    volumes = {"LR": ball(density=900.0), "DL": ball(density=1020.0), "HR": ball()}
    nodes = {name: node_from_volume(host.scene, volume, name) for name, volume in volumes.items()}
    paired = pair(volumes["HR"], {name: volumes[name] for name in ("LR", "DL")})
    for name in ("LR", "DL"):
        values = difference(paired.images[name], paired.reference)
        nodes[f"{name} - HR"] = difference_node(nodes[name], nodes["HR"], values, f"{name} - HR")
    return nodes


def test_a_map_is_the_volume_minus_hr_on_the_grid_of_hr(maps):
    expected = ball(density=900.0).voxels - ball().voxels
    np.testing.assert_array_equal(array_of(maps["LR - HR"]), expected)
    assert expected.min() == -100
    got = volume_from_node(maps["LR - HR"])
    same_place(got, ball(), 0.0)
    assert got.units == "mg HA/cm3"


def test_maps_share_one_window_that_is_symmetric_about_zero(maps):
    window = show_differences([maps["LR - HR"], maps["DL - HR"]])
    # LR differs by 100 in more than 0.5 % of the voxels.
    assert window == Window(-100, 100)
    assert window_of(maps["DL - HR"]) == window
    assert display_of(maps["DL - HR"]) is display_of(maps["LR - HR"])


def test_zero_is_grey_and_the_ends_are_blue_and_red(scene):
    colours = diverging_colours(scene)
    count = colours.GetNumberOfColors()
    rgba = [0.0] * 4
    colours.GetColor(count // 2, rgba)
    assert rgba[0] == pytest.approx(rgba[1]) == pytest.approx(rgba[2])
    colours.GetColor(0, rgba)
    assert rgba[2] > rgba[0]
    colours.GetColor(count - 1, rgba)
    assert rgba[0] > rgba[2]


def test_volumes_that_equal_hr_have_a_window_that_can_be_shown(host):
    node = node_from_volume(host.scene, ball(), "HR")
    same = difference_node(node, node, difference(ball(), ball()), "nothing")
    assert show_differences([same]) == Window(-1.0, 1.0)


def test_a_map_made_again_uses_its_node_again(host, maps):
    before = host.scene.GetNumberOfNodes()
    again = difference_node(maps["LR"], maps["HR"], difference(ball(density=800.0), ball()), "other name")
    assert again is maps["LR - HR"]
    assert array_of(again).min() == -200
    assert host.scene.GetNumberOfNodes() == before


def test_maps_and_their_colours_are_found_after_a_scene_file(host, maps):
    show_differences([maps["LR - HR"], maps["DL - HR"]])
    other = host.reloaded()
    found = find_difference(other.node("DL"), other.node("HR"))
    assert found.GetName() == "DL - HR"
    assert window_of(found) == Window(-100, 100)
    colours = display_of(found).GetColorNode()
    assert colours is diverging_colours(other.scene)
    assert colours.GetNumberOfColors() == diverging_colours(host.scene).GetNumberOfColors()


def test_maps_are_removed_without_a_trace_also_when_they_were_saved(host, maps):
    show_differences([maps["LR - HR"], maps["DL - HR"]])
    host.save()
    remove_differences(maps["HR"])
    assert find_difference(maps["LR"], maps["HR"]) is None
    assert host.count("vtkMRMLScalarVolumeNode") == 3
    assert host.count("vtkMRMLScalarVolumeDisplayNode") == 3
    assert host.count("vtkMRMLVolumeArchetypeStorageNode") == 0
    assert host.count("vtkMRMLNRRDStorageNode") == 3
