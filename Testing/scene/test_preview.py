"""The live preview: hidden, never saved, shown over what a view shows."""

import numpy as np
import pytest
from MicroCTSuperResLib.imaging.box import Box
from MicroCTSuperResLib.scene.display import share_display
from MicroCTSuperResLib.scene.geometry import Placement
from MicroCTSuperResLib.scene.layouts import DL_VIEW, PAIR
from MicroCTSuperResLib.scene.lineage import enhanced_from
from MicroCTSuperResLib.scene.preview import hide_preview, preview_node, remove_preview, show_preview, update_preview
from MicroCTSuperResLib.scene.views import composite_node, set_up_views
from MicroCTSuperResLib.scene.volume_nodes import array_of, node_from_volume, volume_and_placement
from sample_scene import ball

HERE = Placement()


@pytest.fixture
def lr(host):
    host.choose(PAIR)
    set_up_views(host.scene)
    return node_from_volume(host.scene, ball(), "LR")


def one_slice(number):
    return ball().cropped(Box((0, 0, number), (24, 24, number + 1)))


def test_a_preview_is_one_hidden_node_with_the_window_of_lr(host, lr):
    count = host.scene.GetNumberOfNodes()
    for number in range(5):
        node = update_preview(lr, one_slice(number), HERE)
    assert node is preview_node(host.scene)
    assert host.scene.GetNumberOfNodes() == count + 1
    assert node.GetHideFromEditors()
    assert not node.GetSaveWithScene()
    assert node.GetDisplayNode() is lr.GetDisplayNode()
    np.testing.assert_array_equal(array_of(node), one_slice(4).voxels)


def test_a_preview_is_not_one_of_the_results_of_its_lr(host, lr):
    enhanced = one_slice(3).with_voxels(one_slice(3).voxels, metadata={"MicroCTSuperRes.image_kind": "AI-enhanced"})
    update_preview(lr, enhanced, HERE)
    assert enhanced_from(lr) == []


def test_a_preview_follows_lr_when_its_display_is_shared_with_another(host, lr):
    update_preview(lr, one_slice(3), HERE)
    first = node_from_volume(host.scene, ball(), "HR")
    share_display([first, lr])
    assert update_preview(lr, one_slice(4), HERE).GetDisplayNode() is first.GetDisplayNode()


def test_a_preview_of_another_lr_has_the_window_of_that_one(host, lr):
    update_preview(lr, one_slice(3), HERE)
    other = node_from_volume(host.scene, ball(), "LR 2")
    assert update_preview(other, one_slice(3), HERE).GetDisplayNode() is other.GetDisplayNode()


def test_a_preview_lies_under_the_transform_of_its_lr(host, lr):
    lr.SetAndObserveTransformNodeID(host.transform(np.diag((1.0, 1.0, 1.0, 1.0))).GetID())
    _, placement = volume_and_placement(lr)
    assert update_preview(lr, one_slice(3), placement).GetParentTransformNode() is lr.GetParentTransformNode()


def test_a_preview_is_laid_over_a_view_and_taken_off(host, lr):
    show_preview(host.scene, DL_VIEW)  # nothing to show yet
    composite = composite_node(host.scene, DL_VIEW)
    assert composite.GetForegroundVolumeID() is None
    node = update_preview(lr, one_slice(3), HERE)
    show_preview(host.scene, DL_VIEW)
    assert composite.GetForegroundVolumeID() == node.GetID()
    assert composite.GetForegroundOpacity() == 1.0
    hide_preview(host.scene, DL_VIEW)
    assert composite.GetForegroundVolumeID() is None


def test_hiding_the_preview_leaves_another_volume_where_it_is(host, lr):
    update_preview(lr, one_slice(3), HERE)
    composite = composite_node(host.scene, DL_VIEW)
    composite.SetForegroundVolumeID(lr.GetID())
    composite.SetForegroundOpacity(0.5)
    hide_preview(host.scene, DL_VIEW)
    assert composite.GetForegroundVolumeID() == lr.GetID()
    assert composite.GetForegroundOpacity() == 0.5


def test_a_removed_preview_leaves_nothing_and_no_view_refers_to_it(host, lr):
    count = host.scene.GetNumberOfNodes()
    update_preview(lr, one_slice(3), HERE)
    show_preview(host.scene, DL_VIEW)
    remove_preview(host.scene)
    remove_preview(host.scene)
    assert preview_node(host.scene) is None
    assert host.scene.GetNumberOfNodes() == count
    assert composite_node(host.scene, DL_VIEW).GetNthLayerVolume(1) is None
    assert lr.GetDisplayNode() is not None


def test_a_preview_is_not_saved_with_the_scene(host, lr):
    update_preview(lr, one_slice(3), HERE)
    show_preview(host.scene, DL_VIEW)
    other = host.reloaded()
    assert preview_node(other.scene) is None
    assert composite_node(other.scene, DL_VIEW).GetNthLayerVolume(1) is None
    assert other.node("LR").GetDisplayNode() is not None
