"""How volumes are shown."""

import numpy as np
import pytest
from MicroCTSuperResLib.scene.display import (
    Window,
    copy_display,
    default_window,
    display_of,
    remove_display,
    separate_display,
    set_interpolation,
    set_window,
    share_display,
    show_bone,
    window_of,
)
from MicroCTSuperResLib.scene.volume_nodes import node_from_volume, update_node
from sample_scene import oblique_volume


@pytest.fixture
def lr(scene):
    return node_from_volume(scene, oblique_volume(), "LR")


@pytest.fixture
def dl(scene):
    return node_from_volume(scene, oblique_volume(), "DL")


def test_a_new_volume_has_a_window_that_does_not_follow_its_voxels(lr):
    """Slicer's automatic window would look at every voxel whenever they change."""
    assert not display_of(lr).GetAutoWindowLevel()
    assert window_of(lr) == default_window(oblique_volume().voxels, oblique_volume().units)


def test_a_display_is_copied_and_stays_apart(host, lr, dl):
    set_window(lr, Window(-50, 900))
    display_of(lr).SetAndObserveColorNodeID("vtkMRMLColorTableNodeInvertedGrey")
    set_interpolation([lr], False)
    copy_display(lr, dl)
    assert window_of(dl) == Window(-50, 900)
    assert display_of(dl).GetColorNodeID() == "vtkMRMLColorTableNodeInvertedGrey"
    assert not display_of(dl).GetInterpolate()
    assert not display_of(dl).GetAutoWindowLevel()
    set_window(lr, Window(0, 1))
    assert window_of(dl) == Window(-50, 900)
    assert host.count("vtkMRMLScalarVolumeDisplayNode") == 2


def test_volumes_that_share_a_display_share_every_change_of_the_window(host, lr, dl):
    share_display([lr, dl])
    assert host.count("vtkMRMLScalarVolumeDisplayNode") == 1
    set_window(dl, Window(100, 800))
    assert window_of(lr) == Window(100, 800)
    share_display([lr, dl])
    assert host.count("vtkMRMLScalarVolumeDisplayNode") == 1


def test_a_shared_window_does_not_follow_the_voxels_of_one_of_them(lr, dl):
    share_display([lr, dl])
    window = window_of(lr)
    update_node(dl, oblique_volume(voxels=oblique_volume().voxels * np.int16(5)))
    assert window_of(lr) == window


def test_a_shared_display_survives_a_scene_file(host, lr, dl):
    share_display([lr, dl])
    set_window(lr, Window(100, 800))
    other = host.reloaded()
    lr, dl = other.node("LR"), other.node("DL")
    assert lr.GetDisplayNode() is dl.GetDisplayNode()
    assert window_of(dl) == Window(100, 800)
    assert not display_of(dl).GetAutoWindowLevel()


def test_a_display_can_be_separated_again_and_looks_the_same(lr, dl):
    share_display([lr, dl])
    set_window(lr, Window(100, 800))
    separate_display(dl)
    assert dl.GetDisplayNode() is not lr.GetDisplayNode()
    assert window_of(dl) == Window(100, 800)
    assert display_of(dl).GetColorNodeID() == display_of(lr).GetColorNodeID()
    own = dl.GetDisplayNode()
    separate_display(dl)
    assert dl.GetDisplayNode() is own


def test_a_shared_display_is_not_removed_with_one_of_its_volumes(host, lr, dl):
    share_display([lr, dl])
    remove_display(lr)
    host.scene.RemoveNode(lr)
    assert display_of(dl).GetScene() is host.scene
    remove_display(dl)
    assert host.count("vtkMRMLScalarVolumeDisplayNode") == 0


def test_a_volume_that_lost_its_display_gets_one(host, lr):
    host.scene.RemoveNode(lr.GetDisplayNode())
    assert display_of(lr).GetColorNodeID() == "vtkMRMLColorTableNodeGrey"


def test_honest_voxels_can_be_switched_on_and_off(lr, dl):
    set_interpolation([lr, dl], False)
    assert [display_of(node).GetInterpolate() for node in (lr, dl)] == [0, 0]
    set_interpolation([lr, dl], True)
    assert [display_of(node).GetInterpolate() for node in (lr, dl)] == [1, 1]


def test_densities_of_bone_get_the_same_window_whatever_the_specimen(lr):
    assert show_bone(lr, "mg HA/cm3") == Window(-100, 1200)
    assert window_of(lr) == Window(-100, 1200)


def test_the_window_ignores_single_bright_voxels_and_nan():
    voxels = np.tile(np.linspace(0, 100, 1001), 10)
    voxels[:3] = 1e6, np.nan, -np.inf
    window = default_window(voxels, "native")
    # The 0.5 and 99.8 percentile of 0 ... 100.
    assert window.low == pytest.approx(0.5, abs=0.1)
    assert window.high == pytest.approx(99.8, abs=0.1)


def test_densities_without_bone_get_a_window_of_their_own():
    window = default_window(np.linspace(-20, 60, 1000), "mg HA/cm3")
    assert window.high < 61


@pytest.mark.parametrize("value", [0.0, 7.0])
def test_a_constant_volume_gets_a_window_around_its_value(value):
    assert default_window(np.full(10, value), "HU") == Window(value - 0.5, value + 0.5)
