"""Bone laid over the slices of the views that show a volume."""

import numpy as np
import pytest
import slicer
import vtk
from MicroCTSuperResLib import Volume
from MicroCTSuperResLib.quality.pairing import pair
from MicroCTSuperResLib.scene.layouts import HR_VIEW, LR_VIEW, TRIPLE
from MicroCTSuperResLib.scene.views import composite_node, show_volumes
from MicroCTSuperResLib.scene.volume_nodes import node_from_volume
from MicroCTSuperResTrainingLib.morphometry.segmentation import Segmentation, segment_bone
from MicroCTSuperResTrainingLib.scene.bone_preview import bone_of_slice, hide_bone, keep_bone_of, show_bone
from sample_scene import ball, oblique_volume

STUDY = Segmentation(500.0)


@pytest.mark.parametrize("number", [0, 1, 3, 4])
def test_the_slice_is_the_one_that_is_measured_also_at_the_ends_of_the_volume(scene, number):
    volume = oblique_volume()
    node = node_from_volume(scene, volume, "bone")
    expected = segment_bone(volume.voxels, STUDY)[number]
    assert expected.any()
    assert not expected.all()
    np.testing.assert_array_equal(bone_of_slice(node, number, STUDY), expected)


def test_lr_is_shown_as_it_is_measured_on_the_grid_of_hr(scene):
    hr = oblique_volume()
    voxels = np.stack([hr.voxels[k : k + 2].mean(axis=0) for k in range(0, 4, 2)]).astype(np.float32)
    step = np.reshape(hr.direction, (3, 3)) @ (0, 0, hr.spacing[2] / 2)
    x, y, z = hr.spacing
    lr = Volume(voxels, (x, y, 2 * z), tuple(np.array(hr.origin) + step), hr.direction, units=hr.units)
    hr_node, lr_node = (node_from_volume(scene, volume, name) for volume, name in ((hr, "hr"), (lr, "lr")))
    paired = pair(hr, {"lr": lr})
    first = paired.box.slices[0].start
    measured = segment_bone(paired.images["lr"].voxels, Segmentation(500.0, support_voxels=1))
    for number in range(1, len(measured) - 1):
        shown = bone_of_slice(lr_node, first + number, Segmentation(500.0, support_voxels=1), hr_node)
        inside = shown[paired.box.slices[1:]]
        assert inside.any()
        np.testing.assert_array_equal(inside[1:-1, 1:-1], measured[number][1:-1, 1:-1])


def test_lr_under_a_transform_of_its_own_is_shown_where_it_lies_on_hr(scene):
    hr = node_from_volume(scene, ball(), "hr")
    # LR lies two voxels of 0.02 mm farther to the left in its file than in the world.
    shifted = ball()
    moved = Volume(
        shifted.voxels, shifted.spacing, (shifted.origin[0] + 0.04, *shifted.origin[1:]), units=shifted.units
    )
    lr = node_from_volume(scene, moved, "lr")
    matrix = vtk.vtkMatrix4x4()
    matrix.SetElement(0, 3, 0.04)  # RAS: x of LPS is turned round
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    transform.SetMatrixTransformToParent(matrix)
    lr.SetAndObserveTransformNodeID(transform.GetID())
    expected = bone_of_slice(hr, 10, STUDY)
    np.testing.assert_array_equal(bone_of_slice(lr, 10, STUDY, hr), expected)
    # Turned by a quarter: the ball looks the same.
    quarter = vtk.vtkTransform()
    quarter.RotateZ(90)
    turned = node_from_volume(scene, ball(), "turned")
    turning = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    turning.SetMatrixTransformToParent(quarter.GetMatrix())
    turned.SetAndObserveTransformNodeID(turning.GetID())
    np.testing.assert_array_equal(bone_of_slice(turned, 10, STUDY, hr), expected)
    lr.SetAndObserveTransformNodeID(None)
    np.testing.assert_array_equal(bone_of_slice(lr, 10, STUDY, hr)[:, 2:], expected[:, :-2])


def test_it_lies_where_the_slice_lies_in_the_views_that_show_the_volume_alone(host):
    host.choose(TRIPLE)
    bone, other = (node_from_volume(host.scene, ball(), name) for name in ("bone", "other"))
    show_volumes(host.scene, {HR_VIEW: bone, LR_VIEW: other})
    preview = show_bone(bone, 10, STUDY)
    assert composite_node(host.scene, HR_VIEW).GetLabelVolumeID() == preview.GetID()
    assert composite_node(host.scene, LR_VIEW).GetLabelVolumeID() is None
    # The ball's slices are 0.02 mm apart from -0.23 mm on.
    assert preview.GetOrigin()[2] == pytest.approx(-0.23 + 10 * 0.02)
    # A little thicker: a view that stands on the border of two slices shows the preview, too.
    assert preview.GetSpacing()[:2] == pytest.approx((0.02, 0.02))
    assert 0.02 < preview.GetSpacing()[2] < 0.021
    labels = slicer.util.arrayFromVolume(preview)
    np.testing.assert_array_equal(labels[0] == 1, bone_of_slice(bone, 10, STUDY))


def test_another_slice_or_threshold_takes_its_place_and_nothing_is_left_when_it_is_hidden(host):
    host.choose(TRIPLE)
    bone = node_from_volume(host.scene, ball(), "bone")
    show_volumes(host.scene, {HR_VIEW: bone})
    before = host.scene.GetNumberOfNodes()
    first = show_bone(bone, 10, STUDY)
    count = np.count_nonzero(slicer.util.arrayFromVolume(first))
    second = show_bone(bone, 10, Segmentation(990.0))
    assert second is first
    assert 0 < np.count_nonzero(slicer.util.arrayFromVolume(second)) < count
    assert first.GetHideFromEditors()
    hide_bone(host.scene)
    assert host.scene.GetNumberOfNodes() == before
    assert composite_node(host.scene, HR_VIEW).GetLabelVolumeID() is None


def test_a_view_that_shows_something_else_by_now_and_a_volume_that_is_not_chosen_any_more_lose_it(host):
    host.choose(TRIPLE)
    lr, hr, other = (node_from_volume(host.scene, ball(), name) for name in ("lr", "hr", "other"))
    show_volumes(host.scene, {LR_VIEW: lr, HR_VIEW: hr})
    previews = {volume: show_bone(volume, 10, STUDY) for volume in (lr, hr)}
    show_volumes(host.scene, {HR_VIEW: other})
    keep_bone_of(host.scene, [lr, hr])
    labels = [composite_node(host.scene, view).GetLabelVolumeID() for view in (LR_VIEW, HR_VIEW)]
    assert labels == [previews[lr].GetID(), None]
    keep_bone_of(host.scene, [hr])
    assert composite_node(host.scene, LR_VIEW).GetLabelVolumeID() is None
    assert host.count("vtkMRMLLabelMapVolumeNode") == 1


def test_it_is_not_saved_with_the_scene(host):
    host.choose(TRIPLE)
    bone = node_from_volume(host.scene, ball(), "bone")
    show_volumes(host.scene, {HR_VIEW: bone})
    show_bone(bone, 10, STUDY)
    assert host.reloaded().count("vtkMRMLLabelMapVolumeNode") == 0
