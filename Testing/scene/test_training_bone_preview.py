"""Bone laid over the slices of the views that show a volume."""

import numpy as np
import pytest
import slicer
from MicroCTSuperResLib.scene.layouts import HR_VIEW, LR_VIEW, TRIPLE
from MicroCTSuperResLib.scene.views import composite_node, show_volumes
from MicroCTSuperResLib.scene.volume_nodes import node_from_volume
from MicroCTSuperResTrainingLib.evaluation.segmentation import Segmentation, segment_bone
from MicroCTSuperResTrainingLib.scene.bone_preview import bone_of_slice, hide_bone, show_bone
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


def test_it_is_not_saved_with_the_scene(host):
    host.choose(TRIPLE)
    bone = node_from_volume(host.scene, ball(), "bone")
    show_volumes(host.scene, {HR_VIEW: bone})
    show_bone(bone, 10, STUDY)
    assert host.reloaded().count("vtkMRMLLabelMapVolumeNode") == 0
