"""The comparison views: layouts, linked moves, windows, honest voxels, fading."""

import numpy as np
import pytest
from sample_comparison import background, composite, offset, slice_view
from slicer_host.actions import click, pixels, process_events, wait_until


def test_one_click_shows_three_volumes_aligned_with_labels(comparing, host, screenshot):
    demo, lr, dl, hr = comparing
    click(demo.compare.ui.tripleButton)
    process_events()
    tags = {"MicroCTLR": lr, "MicroCTDL": dl, "MicroCTHR": hr}
    assert {tag: background(host, tag) for tag in tags} == {tag: node.GetID() for tag, node in tags.items()}
    assert [slice_view(host, tag).mrmlSliceNode().GetLayoutLabel() for tag in tags] == ["LR", "DL", "HR"]
    assert len({round(offset(host, tag), 6) for tag in tags}) == 1
    assert len({slice_view(host, tag).mrmlSliceNode().GetFieldOfView()[0] for tag in tags}) == 1
    pictures = [pixels(slice_view(host, tag).sliceView())[..., 0].astype(float) for tag in tags]
    height, width = (min(picture.shape[axis] for picture in pictures) for axis in (0, 1))
    lr_picture, dl_picture, hr_picture = (picture[:height, :width] for picture in pictures)
    # The same bone at the same place, DL nearer to HR than LR: bone is 150 of 255 bright in this window.
    assert np.abs(dl_picture - hr_picture).mean() < np.abs(lr_picture - hr_picture).mean() < 10
    assert hr_picture.max() > 150
    screenshot(host.main_window, "three")


def test_the_mouse_wheel_moves_linked_views_together_and_others_alone(comparing, host):
    demo, lr, _, _ = comparing
    click(demo.compare.ui.tripleButton)
    process_events()
    before = offset(host, "MicroCTLR")
    slice_view(host, "MicroCTLR").sliceView().drawn.wheel(2)
    moved = offset(host, "MicroCTLR")
    assert moved == pytest.approx(before + 2 * lr.GetSpacing()[2])
    assert offset(host, "MicroCTDL") == offset(host, "MicroCTHR") == moved
    click(demo.compare.ui.linkedCheckBox)
    slice_view(host, "MicroCTLR").sliceView().drawn.wheel(-2)
    assert offset(host, "MicroCTLR") == pytest.approx(before)
    assert offset(host, "MicroCTHR") == pytest.approx(moved)
    click(demo.compare.ui.linkedCheckBox)
    slice_view(host, "MicroCTLR").sliceView().drawn.wheel(1)
    assert offset(host, "MicroCTHR") == offset(host, "MicroCTLR")


def test_zoom_and_pan_are_linked(comparing, host):
    demo, *_ = comparing
    click(demo.compare.ui.pairButton)
    process_events()
    left, right = (slice_view(host, tag).mrmlSliceNode() for tag in ("MicroCTLR", "MicroCTDL"))
    view = slice_view(host, "MicroCTLR").sliceView().drawn
    before = left.GetFieldOfView()[0]
    view.drag("Right", (100, 100), (100, 160))
    assert left.GetFieldOfView()[0] != before
    assert right.GetFieldOfView()[0] == pytest.approx(left.GetFieldOfView()[0])
    view.drag("Left", (100, 100), (130, 100), shift=True)
    view.drag("Middle", (100, 100), (130, 100))
    assert right.GetXYZOrigin() == pytest.approx(left.GetXYZOrigin())


def test_another_layout_keeps_slice_and_zoom_also_in_new_views(comparing, host):
    demo, *_ = comparing
    click(demo.compare.ui.pairButton)
    process_events()
    slice_view(host, "MicroCTLR").sliceView().drawn.wheel(3)
    here = offset(host, "MicroCTLR")
    click(demo.compare.ui.tripleButton)
    process_events()
    assert offset(host, "MicroCTLR") == here
    assert offset(host, "MicroCTHR") == pytest.approx(here)


def sides(host, tag):
    """How far from the sides of a view its bone begins, in pixels at the left and the right."""
    bright = (pixels(slice_view(host, tag).sliceView())[..., 0] > 100).any(axis=0)
    return int(np.argmax(bright)), int(np.argmax(bright[::-1]))


def test_in_smaller_views_a_whole_slice_is_still_whole_and_a_part_still_a_part(comparing, host):
    demo, *_ = comparing
    click(demo.compare.ui.pairButton)
    process_events()
    slice_view(host, "MicroCTLR").sliceView().drawn.wheel(2)
    here = offset(host, "MicroCTLR")
    click(demo.compare.ui.tripleDifferencesButton)
    process_events()
    assert min(sides(host, "MicroCTLR")) > 5
    assert min(sides(host, "MicroCTHR")) > 5
    assert offset(host, "MicroCTLR") == offset(host, "MicroCTHR") == pytest.approx(here)
    node = slice_view(host, "MicroCTLR").mrmlSliceNode()
    fitted = node.GetFieldOfView()[0] / node.GetDimensions()[0]
    slice_view(host, "MicroCTLR").sliceView().drawn.drag("Right", (100, 250), (100, 50))
    scale = node.GetFieldOfView()[0] / node.GetDimensions()[0]
    assert scale < 0.8 * fitted, "zoomed in"
    click(demo.compare.ui.tripleButton)
    process_events()
    # Slicer keeps what is seen along the shorter side, so the zoom depends on the size of the view.
    assert node.GetFieldOfView()[0] / node.GetDimensions()[0] <= scale


def test_one_window_is_shared_and_can_be_parted(comparing):
    demo, lr, dl, hr = comparing
    click(demo.compare.ui.tripleButton)
    lr.GetDisplayNode().SetWindowLevelMinMax(0, 500)
    assert dl.GetDisplayNode().GetWindowLevelMax() == hr.GetDisplayNode().GetWindowLevelMax() == 500
    click(demo.compare.ui.oneWindowCheckBox)
    lr.GetDisplayNode().SetWindowLevelMinMax(0, 900)
    assert dl.GetDisplayNode().GetWindowLevelMax() == hr.GetDisplayNode().GetWindowLevelMax() == 500
    click(demo.compare.ui.oneWindowCheckBox)
    assert hr.GetDisplayNode() is lr.GetDisplayNode()


def test_volumes_in_other_units_keep_their_window_and_the_user_is_told(comparing):
    from MicroCTSuperResLib.imaging.calibration import HU_UNITS
    from MicroCTSuperResLib.scene.units import set_units

    demo, lr, dl, hr = comparing
    hr.SetAttribute("MicroCTSuperRes.units", HU_UNITS)
    set_units(hr, HU_UNITS)
    click(demo.compare.ui.tripleButton)
    assert dl.GetDisplayNode() is lr.GetDisplayNode()
    assert hr.GetDisplayNode() is not lr.GetDisplayNode()
    assert demo.compare.ui.noteLabel.visible
    assert "HR (HU)" in demo.compare.ui.noteLabel.text


def test_voxels_are_honest_until_smoothing_is_asked_for(comparing):
    demo, lr, dl, hr = comparing
    click(demo.compare.ui.tripleButton)
    assert not any(node.GetDisplayNode().GetInterpolate() for node in (lr, dl, hr))
    click(demo.compare.ui.smoothCheckBox)
    assert all(node.GetDisplayNode().GetInterpolate() for node in (lr, dl, hr))


def test_the_slider_fades_dl_into_hr_or_lr(comparing, host):
    demo, lr, dl, hr = comparing
    ui = demo.compare.ui
    click(ui.tripleButton)
    assert composite(host).GetForegroundVolumeID() is None
    ui.fadeSlider.value = 0.4
    assert composite(host).GetForegroundVolumeID() == hr.GetID()
    assert composite(host).GetForegroundOpacity() == pytest.approx(0.4)
    ui.fadePartnerBox.currentText = "LR"
    assert composite(host).GetForegroundVolumeID() == lr.GetID()
    assert composite(host).GetForegroundOpacity() == pytest.approx(0.4)
    # The views beside it show their own volumes alone.
    assert slice_view(host, "MicroCTLR").mrmlSliceCompositeNode().GetForegroundVolumeID() is None
    ui.fadeSlider.value = 0
    assert composite(host).GetForegroundVolumeID() is None
    assert background(host, "MicroCTDL") == dl.GetID()


def test_flicker_shows_the_two_in_turn_and_ends_where_it_began(comparing, host, monkeypatch):
    demo, *_ = comparing
    ui = demo.compare.ui
    click(ui.tripleButton)
    demo.compare.fade._timer.setInterval(20)
    seen = []
    click(ui.flickerButton)
    wait_until(lambda: seen.append(composite(host).GetForegroundOpacity()) or {0.0, 1.0} <= set(seen), what="both")
    assert ui.fadeLabel.text in ("Shown: HR", "Shown: DL")
    click(ui.flickerButton)
    process_events(0.06)
    assert composite(host).GetForegroundVolumeID() is None
    assert ui.fadeLabel.text == "Fade (0 % HR):"


def test_leaving_and_entering_the_module_keeps_the_views(comparing, host):
    import slicer

    demo, *_ = comparing
    click(demo.compare.ui.tripleButton)
    process_events()
    slice_view(host, "MicroCTLR").sliceView().drawn.wheel(2)
    here = offset(host, "MicroCTLR")
    demo.exit()
    for tag in ("MicroCTLR", "MicroCTDL"):
        slice_view(host, tag).mrmlSliceNode().SetViewGroup(1)
    demo.enter()
    process_events()
    assert {slice_view(host, tag).mrmlSliceNode().GetViewGroup() for tag in ("MicroCTLR", "MicroCTDL")} == {7}
    assert offset(host, "MicroCTLR") == here
    assert background(host, "MicroCTHR") == slicer.util.getNode("femur HR").GetID()
