"""Volumes under transforms: read where they are, results put where their LR is and stay there."""

import numpy as np
import pytest
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.sampling import interpolate
from MicroCTSuperResLib.scene.geometry import ras_of_voxel
from MicroCTSuperResLib.scene.volume_nodes import (
    node_from_volume,
    update_node,
    volume_and_placement,
    volume_from_node,
)
from sample_scene import oblique_volume, rotation, same_place

ROUNDING_MM = 1e-12


def rigid(angle: float, shift: tuple[float, float, float]) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3] = rotation(0.2, angle)
    matrix[:3, 3] = shift
    return matrix


def corner(node):
    """The outer corner of the first voxel in the world: LR and DL share it."""
    return np.array(ras_of_voxel(node, (-0.5, -0.5, -0.5)))


def test_a_volume_is_read_where_its_transform_puts_it(host):
    node = node_from_volume(host.scene, oblique_volume(origin=(1.0, 2.0, 3.0)), "LR")
    # In RAS: a quarter turn about z takes x to y, then a shift along x. The origin is (-1, -2, 3) in RAS.
    turn = np.array([[0, -1, 0, 10], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])
    node.SetAndObserveTransformNodeID(host.transform(turn).GetID())
    volume = volume_from_node(node)
    # Turned: (2, -1, 3); shifted: (12, -1, 3); in LPS: (-12, 1, 3).
    np.testing.assert_allclose(volume.origin, (-12, 1, 3), atol=ROUNDING_MM)
    np.testing.assert_allclose(volume.spacing, oblique_volume().spacing, atol=ROUNDING_MM)


def test_transforms_above_the_parent_count(host):
    node = node_from_volume(host.scene, oblique_volume(origin=(0.0, 0.0, 0.0)), "LR")
    shift = np.eye(4)
    shift[2, 3] = 5
    below, above = host.transform(shift), host.transform(shift)
    node.SetAndObserveTransformNodeID(below.GetID())
    below.SetAndObserveTransformNodeID(above.GetID())
    assert volume_from_node(node).origin[2] == pytest.approx(10)


def test_a_scaling_counts_in_the_voxel_size(host):
    node = node_from_volume(host.scene, oblique_volume(), "LR")
    node.SetAndObserveTransformNodeID(host.transform(np.diag((2.0, 2.0, 2.0, 1.0))).GetID())
    for volume in (volume_from_node(node), volume_and_placement(node)[0]):
        np.testing.assert_allclose(volume.spacing, (0.022, 0.04, 0.07), rtol=1e-12)


def test_a_result_lies_under_the_transform_of_its_lr_and_moves_with_it(host):
    lr = node_from_volume(host.scene, oblique_volume(), "LR")
    transform = host.transform(rigid(0.7, (3, 4, 5)))
    lr.SetAndObserveTransformNodeID(transform.GetID())
    volume, placement = volume_and_placement(lr)
    dl = node_from_volume(host.scene, interpolate(volume), "DL", placement)
    assert dl.GetParentTransformNode() is transform
    np.testing.assert_allclose(corner(dl), corner(lr), atol=1e-11)
    transform.SetMatrixTransformToParent(host.transform(rigid(-1.2, (0, 0, 9))).GetMatrixTransformToParent())
    np.testing.assert_allclose(corner(dl), corner(lr), atol=1e-11)


def test_a_result_lies_right_when_the_transform_changed_while_it_was_computed(host):
    lr = node_from_volume(host.scene, oblique_volume(), "LR")
    transform = host.transform(rigid(0.7, (3, 4, 5)))
    lr.SetAndObserveTransformNodeID(transform.GetID())
    volume, placement = volume_and_placement(lr)
    transform.SetMatrixTransformToParent(host.transform(rigid(0.1, (8, 0, 0))).GetMatrixTransformToParent())
    dl = node_from_volume(host.scene, volume, "DL", placement)
    same_place(volume_from_node(dl), volume_from_node(lr), 1e-11)


def test_a_volume_under_a_warp_has_no_place_in_the_world(host):
    lr = node_from_volume(host.scene, oblique_volume(), "LR")
    lr.SetAndObserveTransformNodeID(host.warp().GetID())
    with pytest.raises(InputError, match="not linear"):
        volume_from_node(lr)


@pytest.mark.parametrize("kind", ["warp", "shear"])
def test_a_volume_whose_grid_is_bent_or_sheared_is_enhanced_in_its_own_coordinates(host, kind):
    shear = np.eye(4)
    shear[0, 1] = 0.3
    transform = host.warp() if kind == "warp" else host.transform(shear)
    lr = node_from_volume(host.scene, oblique_volume(), "LR")
    lr.SetAndObserveTransformNodeID(transform.GetID())
    volume, placement = volume_and_placement(lr)
    same_place(volume, oblique_volume(), 0.0)
    dl = node_from_volume(host.scene, interpolate(volume), "DL", placement)
    assert dl.GetParentTransformNode() is transform
    np.testing.assert_allclose(corner(dl), corner(lr), atol=1e-9)


def test_an_updated_node_leaves_the_transform_that_it_was_under(host):
    node = node_from_volume(host.scene, oblique_volume(), "DL")
    node.SetAndObserveTransformNodeID(host.transform(rigid(1, (1, 1, 1))).GetID())
    update_node(node, oblique_volume())
    assert node.GetParentTransformNode() is None
    same_place(volume_from_node(node), oblique_volume(), 0.0)


def test_a_result_stays_with_its_lr_when_the_transform_is_gone_by_then(host):
    lr = node_from_volume(host.scene, oblique_volume(), "LR")
    transform = host.transform(rigid(0.7, (3, 4, 5)))
    lr.SetAndObserveTransformNodeID(transform.GetID())
    volume, placement = volume_and_placement(lr)
    host.scene.RemoveNode(transform)
    dl = node_from_volume(host.scene, volume, "DL", placement)
    assert lr.GetParentTransformNode() is None
    assert dl.GetParentTransformNode() is None
    same_place(volume_from_node(dl), volume_from_node(lr), 1e-11)


def test_the_transform_of_a_result_survives_a_scene_file(host):
    lr = node_from_volume(host.scene, oblique_volume(), "LR")
    lr.SetAndObserveTransformNodeID(host.transform(rigid(0.7, (3, 4, 5))).GetID())
    volume, placement = volume_and_placement(lr)
    node_from_volume(host.scene, interpolate(volume), "DL", placement)
    other = host.reloaded()
    np.testing.assert_allclose(corner(other.node("DL")), corner(other.node("LR")), atol=1e-9)
    assert other.node("DL").GetParentTransformNode() is other.node("LR").GetParentTransformNode() is not None
