"""Views show their volume, move together and keep apart what belongs into one of them."""

import numpy as np
import pytest
import slicer
from MicroCTSuperResLib.scene.blend import fade, flicker, lay_over
from MicroCTSuperResLib.scene.display import Window, set_window
from MicroCTSuperResLib.scene.layouts import (
    DL_VIEW,
    HR_VIEW,
    LR_SURFACE_VIEW,
    LR_VIEW,
    TRIPLE,
    TRIPLE_SURFACES,
    VIEW_GROUP,
)
from MicroCTSuperResLib.scene.views import (
    composite_node,
    fit_linked,
    jump_to,
    jump_to_slice,
    link_views,
    move_linked,
    set_up_views,
    show_volumes,
    slice_shown,
    turn_to_volume,
    view_node,
)
from MicroCTSuperResLib.scene.volume_nodes import node_from_volume
from sample_scene import ball, oblique_volume


@pytest.fixture
def nodes(scene):
    """LR, DL and HR of a ball, on grids of their own."""
    return {
        LR_VIEW: node_from_volume(scene, ball((12, 12, 12), 0.04), "LR"),
        DL_VIEW: node_from_volume(scene, ball(density=900.0), "DL"),
        HR_VIEW: node_from_volume(scene, ball(), "HR"),
    }


@pytest.fixture
def logics(host, nodes):
    """The logics of three slice views on the screen, with their volumes."""
    host.choose(TRIPLE)
    logics = {view: host.slice_logic(view) for view in TRIPLE.views}
    set_up_views(host.scene)
    show_volumes(host.scene, nodes)
    for logic in logics.values():
        logic.FitSliceToBackground()
    return logics


def offsets(logics):
    return [logic.GetSliceOffset() for logic in logics.values()]


def pixels(logic):
    """What a slice view shows, without OpenGL: RGB, (y, x, 3)."""
    from vtk.util.numpy_support import vtk_to_numpy

    connection = logic.GetImageDataConnection()
    connection.GetProducer().Update()
    image = connection.GetProducer().GetOutputDataObject(0)
    width, height, _ = image.GetDimensions()
    return vtk_to_numpy(image.GetPointData().GetScalars()).reshape(height, width, -1)[..., :3]


def test_each_view_shows_its_volume_and_its_pixels_are_there(logics, nodes):
    for view, logic in logics.items():
        assert logic.GetBackgroundLayer().GetVolumeNode() is nodes[view]
        set_window(nodes[view], Window(0, 1000))
        picture = pixels(logic)
        assert picture[32, 32].mean() > 200  # bone in the middle
        assert picture[1, 1].mean() < 50  # nothing at the border


def test_the_composite_that_slicer_uses_is_the_one_that_is_set_up(host, logics):
    for view, logic in logics.items():
        assert logic.GetSliceCompositeNode() is composite_node(host.scene, view)
    assert host.count("vtkMRMLSliceCompositeNode") == len(logics)


def test_a_composite_made_before_slicer_shows_the_view_is_taken_over(host, nodes):
    host.choose(TRIPLE)
    show_volumes(host.scene, nodes)
    logic = host.slice_logic(DL_VIEW)
    assert logic.GetBackgroundLayer().GetVolumeNode() is nodes[DL_VIEW]


def test_a_move_in_one_view_moves_the_others(logics):
    move_linked(logics[DL_VIEW], 0.05)
    assert offsets(logics) == pytest.approx([0.05] * 3)


def test_views_that_are_not_linked_stay(host, logics):
    link_views(host.scene, False)
    of_lr, _, of_hr = offsets(logics)
    move_linked(logics[DL_VIEW], 0.05)
    assert offsets(logics) == pytest.approx([of_lr, 0.05, of_hr])
    link_views(host.scene, True)
    move_linked(logics[DL_VIEW], 0.1)
    assert offsets(logics) == pytest.approx([0.1] * 3)


def test_slicers_own_views_do_not_move_along(host, logics):
    red = host.scene.GetSingletonNode("Red", "vtkMRMLSliceNode")
    before = red.GetSliceOffset()
    move_linked(logics[DL_VIEW], 0.05)
    assert red.GetSliceOffset() == before


def test_zoom_is_the_same_in_all_views_after_fitting(logics):
    for number, logic in enumerate(logics.values()):
        logic.GetSliceNode().SetFieldOfView(1.0 + number, 1.0 + number, 1.0)
    fit_linked(logics[LR_VIEW])
    widths = [logic.GetSliceNode().GetFieldOfView()[0] for logic in logics.values()]
    assert widths == pytest.approx([widths[0]] * 3)
    # The ball's volume is 0.48 mm wide.
    assert 0.48 <= widths[0] < 0.7


def test_a_volume_chosen_in_one_linked_view_is_not_handed_to_the_others(logics, nodes):
    logic = logics[LR_VIEW]
    flags = slicer.vtkMRMLSliceCompositeNode
    logic.StartSliceCompositeNodeInteraction(flags.BackgroundVolumeFlag | flags.ForegroundOpacityFlag)
    logic.GetSliceCompositeNode().SetBackgroundVolumeID(nodes[HR_VIEW].GetID())
    logic.GetSliceCompositeNode().SetForegroundOpacity(0.7)
    logic.EndSliceCompositeNodeInteraction()
    assert logics[DL_VIEW].GetBackgroundLayer().GetVolumeNode() is nodes[DL_VIEW]
    assert logics[DL_VIEW].GetSliceCompositeNode().GetForegroundOpacity() == 0.0


def test_a_volume_that_slicer_shows_everywhere_does_not_appear_here(host, logics, nodes):
    host.application.GetSelectionNode().SetActiveVolumeID(nodes[HR_VIEW].GetID())
    host.application.PropagateVolumeSelection()
    for view, logic in logics.items():
        assert logic.GetBackgroundLayer().GetVolumeNode() is nodes[view]


def test_a_jump_moves_all_views_also_unlinked_ones(host, logics):
    link_views(host.scene, False)
    jump_to(host.scene, (0.0, 0.0, 0.08))
    assert offsets(logics) == pytest.approx([0.08] * 3)


def test_a_jump_can_bring_the_point_into_the_middle(host, logics):
    jump_to(host.scene, (0.03, -0.02, 0.08), centre=True)
    matrix = logics[HR_VIEW].GetSliceNode().GetSliceToRAS()
    assert [matrix.GetElement(row, 3) for row in range(3)] == pytest.approx([0.03, -0.02, 0.08])


def test_a_jump_to_a_slice_shows_that_slice(host, logics, nodes):
    jump_to_slice(host.scene, nodes[HR_VIEW], 20)
    # Slice 20 of 24 of 0.02 mm around 0: (20 - 11.5) * 0.02 mm.
    assert offsets(logics) == pytest.approx([0.17] * 3)
    assert slice_shown(nodes[HR_VIEW], logics[HR_VIEW].GetSliceNode()) == 20
    # The LR slice around it: 0.17 / 0.04 + 5.5 = 9.75.
    assert slice_shown(nodes[LR_VIEW], logics[LR_VIEW].GetSliceNode()) == 10


def test_a_jump_to_an_oblique_slice_goes_to_its_middle_in_views_that_are_not_turned(host):
    volume = node_from_volume(host.scene, oblique_volume(), "LR")
    host.choose(TRIPLE)
    logic = host.slice_logic(LR_VIEW)
    set_up_views(host.scene)
    jump_to_slice(host.scene, volume, 2)
    # The volume has 7 x 4 x 5 voxels: slice 2 is the middle one, its middle that of the volume.
    bounds = [0.0] * 6
    volume.GetRASBounds(bounds)
    assert logic.GetSliceOffset() == pytest.approx((bounds[4] + bounds[5]) / 2)


def test_outside_the_volume_no_slice_is_shown(host, logics, nodes):
    jump_to(host.scene, (0.0, 0.0, 5.0))
    assert slice_shown(nodes[HR_VIEW], logics[HR_VIEW].GetSliceNode()) is None


def test_an_oblique_volume_is_shown_slice_by_slice_in_linked_views(host):
    volume = node_from_volume(host.scene, oblique_volume(), "LR")
    host.choose(TRIPLE)
    logics = {view: host.slice_logic(view) for view in TRIPLE.views}
    set_up_views(host.scene)
    show_volumes(host.scene, dict.fromkeys(TRIPLE.views, volume))
    turn_to_volume(host.scene, volume)
    for logic in logics.values():
        matrix = logic.GetSliceNode().GetSliceToRAS()
        normal = np.array([matrix.GetElement(row, 2) for row in range(3)])
        axis = np.zeros(3)
        volume.GetKToRASDirection(axis)
        assert abs(normal @ axis) == pytest.approx(1.0)
    for number in range(5):
        jump_to_slice(host.scene, volume, number)
        assert [slice_shown(volume, logic.GetSliceNode()) for logic in logics.values()] == [number] * 3


def test_after_a_scene_file_views_work_together_once_they_are_set_up(host, logics, nodes):
    other = host.reloaded()
    other.choose(TRIPLE)
    again = {view: other.slice_logic(view) for view in TRIPLE.views}
    set_up_views(other.scene)
    for view, logic in again.items():
        assert logic.GetBackgroundLayer().GetVolumeNode().GetName() == nodes[view].GetName()
        assert view_node(other.scene, view).GetViewGroup() == VIEW_GROUP
    move_linked(again[HR_VIEW], 0.05)
    assert offsets(again) == pytest.approx([0.05] * 3)


def test_after_the_scene_was_closed_views_are_empty_and_can_be_set_up_again(host, logics):
    host.scene.Clear(False)
    host.choose(TRIPLE)
    set_up_views(host.scene)
    assert all(composite_node(host.scene, view).GetBackgroundVolumeID() is None for view in TRIPLE.views)
    volume = node_from_volume(host.scene, ball(), "HR 2")
    show_volumes(host.scene, {HR_VIEW: volume})
    assert logics[HR_VIEW].GetBackgroundLayer().GetVolumeNode() is volume
    move_linked(logics[HR_VIEW], 0.05)
    assert offsets(logics) == pytest.approx([0.05] * 3)


def test_a_scene_file_keeps_no_view_group_and_setting_up_gives_it_back(host):
    host.choose(TRIPLE)
    host.layouts.GetLayoutNode().SetViewArrangement(3)  # saved while another layout is shown
    other = host.reloaded()
    node = view_node(other.scene, DL_VIEW)
    node.SetLayoutLabel("?")
    assert node.GetViewGroup() != VIEW_GROUP
    set_up_views(other.scene)
    assert node.GetViewGroup() == VIEW_GROUP
    assert node.GetLayoutLabel() == "DL"


def test_setting_up_is_harmless_while_no_view_is_there(scene):
    set_up_views(scene)
    link_views(scene, True)


def test_three_dimensional_views_turn_together(host):
    host.choose(TRIPLE_SURFACES)
    set_up_views(host.scene)
    assert view_node(host.scene, LR_SURFACE_VIEW).GetLinkedControl()


def test_a_view_fades_from_its_volume_into_the_one_laid_over(host, logics, nodes):
    lay_over(host.scene, DL_VIEW, nodes[HR_VIEW])
    for node in nodes.values():
        set_window(node, Window(0, 1000))
    logic = logics[DL_VIEW]
    greys = []
    for fraction in (0.0, 0.5, 1.0):
        fade(host.scene, DL_VIEW, fraction)
        greys.append(pixels(logic)[32, 32, 0] / 255)
    # DL's ball has 900, HR's 1000, in a window from 0 to 1000.
    assert greys == pytest.approx([0.9, 0.95, 1.0], abs=0.01)


def test_a_volume_laid_over_is_seen_also_beyond_the_one_below(host, logics, nodes):
    wide = node_from_volume(host.scene, ball((40, 40, 40), 0.1, radius=9.0), "wide")
    lay_over(host.scene, DL_VIEW, wide)
    fade(host.scene, DL_VIEW, 1.0)
    logics[DL_VIEW].GetSliceNode().SetFieldOfView(2.0, 2.0, 1.0)
    # 2 mm are shown; DL, 0.48 mm wide, fills the middle quarter of them.
    for node in (wide, nodes[DL_VIEW]):
        set_window(node, Window(0, 1000))
    assert pixels(logics[DL_VIEW])[8, 8].mean() == 255
    lay_over(host.scene, DL_VIEW, None)
    assert pixels(logics[DL_VIEW])[8, 8].mean() == 0


def test_flickering_shows_one_and_then_the_other(host, logics, nodes):
    lay_over(host.scene, DL_VIEW, nodes[LR_VIEW])
    assert [flicker(host.scene, DL_VIEW) for _ in range(3)] == [True, False, True]
    assert composite_node(host.scene, DL_VIEW).GetForegroundOpacity() == 1.0


def test_with_nothing_laid_over_there_is_nothing_to_flicker(host, logics):
    lay_over(host.scene, DL_VIEW, None)
    assert not flicker(host.scene, DL_VIEW)
    assert composite_node(host.scene, DL_VIEW).GetForegroundOpacity() == 0.0
