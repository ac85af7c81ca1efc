"""The section "Compare" is clicked through on the host, with real views."""

import os
import sys

import numpy as np
import pytest
from sample_comparison import DEMO, nodes
from slicer_host.actions import click, pixels, process_events, wait_until

SECONDS_OF_WORKER = 60


@pytest.fixture(autouse=True)
def worker_python(monkeypatch, slicer_scene):
    """The Python of the tests may lack what the worker needs: then this variable names another one."""
    monkeypatch.setenv("MICROCT_SUPERRES_PYTHON", os.environ.get("MICROCT_SUPERRES_PYTHON", sys.executable))
    yield
    if "MicroCTSuperResLib.panel.worker_process" in sys.modules:
        sys.modules["MicroCTSuperResLib.panel.worker_process"].stop_all()


@pytest.fixture
def demo(open_module):
    return open_module(DEMO)


@pytest.fixture
def comparing(demo):
    """The module with LR, DL and HR chosen."""
    lr, dl, hr = nodes()
    demo.parameters.lr, demo.parameters.hr = lr, hr
    process_events()
    return demo, lr, dl, hr


def slice_view(host, tag):
    return host.layout_manager.sliceWidget(tag)


def background(host, tag):
    return slice_view(host, tag).mrmlSliceCompositeNode().GetBackgroundVolumeID()


def offset(host, tag):
    return slice_view(host, tag).mrmlSliceNode().GetSliceOffset()


def composite(host):
    return slice_view(host, "MicroCTDL").mrmlSliceCompositeNode()


def close_scene(host):
    """Close the scene. Slicer's own slice pipeline complains when colours go while a volume is in view."""
    import slicer

    slicer.mrmlScene.Clear(False)
    assert all("vtkImage" in problem for problem in map(str, host.problems.take()))


def score(demo):
    click(demo.compare.ui.scoreButton)
    assert demo.compare.ui.scoreButton.text == "Cancel"
    wait_until(lambda: not demo.compare.scores.is_running, SECONDS_OF_WORKER, "the scores")


def own_nodes():
    """What the comparison has put into the scene, by class."""
    import slicer
    from MicroCTSuperResLib.scene.lineage import PURPOSE

    everything = [slicer.mrmlScene.GetNthNode(number) for number in range(slicer.mrmlScene.GetNumberOfNodes())]
    return [node for node in everything if node.GetAttribute(PURPOSE)]


def test_without_volumes_everything_is_disabled_with_its_reason(demo):
    ui = demo.compare.ui
    assert ui.summaryLabel.text == "Choose an LR volume to look at."
    for button in (ui.pairButton, ui.tripleButton, ui.surfacesButton, ui.plotButton, ui.scoreButton, ui.flickerButton):
        assert not button.enabled
        assert button.toolTip
    assert ui.scoreLabel.text == "Scores need an HR reference of the same specimen."


def test_without_hr_two_views_can_be_compared_and_the_rest_says_why_not(demo, host):
    lr, dl, _ = nodes()
    demo.parameters.lr = lr
    ui = demo.compare.ui
    click(ui.pairButton)
    assert (background(host, "MicroCTLR"), background(host, "MicroCTDL")) == (lr.GetID(), dl.GetID())
    assert not ui.tripleButton.enabled
    assert "HR reference" in ui.tripleButton.toolTip
    assert not ui.scoreButton.enabled
    assert "HR reference" in ui.scoreLabel.text


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


def test_difference_maps_are_shown_and_made_again_when_a_volume_changes(comparing, host, screenshot):
    import slicer
    from MicroCTSuperResLib.scene.differences import find_difference

    demo, lr, dl, hr = comparing
    click(demo.compare.ui.tripleDifferencesButton)
    made = find_difference(dl, hr)
    assert background(host, "MicroCTDLMinusHR") == made.GetID()
    assert background(host, "MicroCTLRMinusHR") == find_difference(lr, hr).GetID()
    values = slicer.util.arrayFromVolume(made)
    np.testing.assert_allclose(values, slicer.util.arrayFromVolume(dl) - slicer.util.arrayFromVolume(hr), atol=1e-3)
    screenshot(host.main_window, "maps")
    array = slicer.util.arrayFromVolume(dl)
    array += 100
    slicer.util.arrayFromVolumeModified(dl)
    click(demo.compare.ui.pairDifferencesButton)
    assert find_difference(dl, hr) is made
    assert slicer.util.arrayFromVolume(made).mean() == pytest.approx(100, abs=5)


def test_bone_is_shown_in_3d_from_a_threshold(comparing, host, screenshot):
    from MicroCTSuperResLib.scene.surfaces import find_surface

    demo, lr, dl, hr = comparing
    ui = demo.compare.ui
    click(ui.surfacesButton)
    # The study's lower threshold of bone.
    assert ui.thresholdBox.value == 500
    assert ui.thresholdBox.suffix == " mg HA/cm3"
    surfaces = [find_surface(node) for node in (lr, dl, hr)]
    assert all(surface.GetPolyData().GetNumberOfCells() > 1000 for surface in surfaces)
    screenshot(host.main_window, "bone")
    before = surfaces[2].GetPolyData().GetNumberOfCells()
    ui.thresholdBox.value = 5000
    wait_until(lambda: surfaces[2].GetPolyData().GetNumberOfCells() == 0, what="no bone above 5000")
    ui.thresholdBox.value = 500
    wait_until(lambda: surfaces[2].GetPolyData().GetNumberOfCells() == before, what="the bone again")


def test_without_density_a_threshold_between_the_two_kinds_of_matter_is_proposed(demo):
    lr, _, _ = nodes(units="native")
    demo.parameters.lr = lr
    click(demo.compare.ui.surfacesButton)
    # Bone is 900, the rest 0, both with noise.
    assert 200 < demo.parameters.comparison.threshold < 700


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


def test_scores_come_from_a_worker_into_tables_and_a_plot(comparing, host, screenshot):
    from MicroCTSuperResLib.quality import psnr_per_slice
    from MicroCTSuperResLib.scene.quality_scores import find_scores
    from MicroCTSuperResLib.scene.volume_nodes import array_of

    demo, _, dl, hr = comparing
    click(demo.compare.ui.plotButton)
    score(demo)
    ui = demo.compare.ui
    found = find_scores(dl)
    assert ui.summaryTable.mrmlTableNode() is found.summary
    assert ui.sliceTable.mrmlTableNode() is found.table
    assert found.table.GetNumberOfRows() == hr.GetImageData().GetDimensions()[2]
    column = found.table.GetTable().GetColumnByName("DL PSNR (dB)")
    # The data range of densities is 1200 mg HA/cm3.
    expected = psnr_per_slice(array_of(hr), array_of(dl), 1200.0)
    assert [column.GetValue(row) for row in range(len(expected))] == pytest.approx(expected.tolist(), abs=1e-3)
    plot = host.layout_manager.plotWidget(0)
    assert plot.mrmlPlotViewNode().GetPlotChartNode() is found.psnr_chart
    ui.measureBox.setCurrentIndex(1)
    assert plot.mrmlPlotViewNode().GetPlotChartNode() is found.ssim_chart
    screenshot(host.main_window, "scores")


def test_a_click_on_the_plot_or_the_table_leads_to_the_slice(comparing, host):
    import slicer
    from MicroCTSuperResLib.scene.quality_scores import find_scores

    demo, _, dl, _hr = comparing
    click(demo.compare.ui.plotButton)
    score(demo)
    found = find_scores(dl)
    plot = host.layout_manager.plotWidget(0).plotView()
    plot.select(found.psnr_chart.GetNthPlotSeriesNode(0), [3])
    # HR's slices are 0.01 mm apart, its first one lies at -0.005 mm: a quarter of an LR voxel before LR's centre.
    for tag in ("MicroCTLR", "MicroCTDL", "MicroCTHR"):
        assert offset(host, tag) == pytest.approx(-0.005 + 3 * 0.01)
    demo.compare.ui.sliceTable.selectRow(7)
    assert offset(host, "MicroCTHR") == pytest.approx(-0.005 + 7 * 0.01)
    # A series of somebody else's plot in the same view changes nothing.
    other = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLPlotSeriesNode")
    plot.select(other, [1])
    assert offset(host, "MicroCTHR") == pytest.approx(-0.005 + 7 * 0.01)


def test_scoring_can_be_cancelled_and_its_files_go(comparing):
    from pathlib import Path

    import slicer

    demo, _, dl, _ = comparing
    from MicroCTSuperResLib.scene.quality_scores import find_scores

    click(demo.compare.ui.scoreButton)
    click(demo.compare.ui.scoreButton)
    assert demo.compare.ui.scoreButton.text == "Compute scores"
    folder = Path(slicer.app.temporaryPath)
    wait_until(lambda: not list(folder.glob("MicroCTSuperRes-scores-*")), what="no files left")
    assert find_scores(dl) is None


def test_what_cannot_be_compared_is_told_calmly(comparing):
    demo, _, _, hr = comparing
    hr.SetOrigin(50, 50, 50)
    score(demo)
    assert "overlap" in demo.compare.ui.scoreLabel.text
    click(demo.compare.ui.tripleDifferencesButton)
    assert "overlap" in demo.compare.ui.noteLabel.text


def test_a_missing_worker_program_is_told_calmly(comparing, monkeypatch):
    monkeypatch.setenv("MICROCT_SUPERRES_PYTHON", "/nowhere/python")
    demo, *_ = comparing
    score(demo)
    assert "not found" in demo.compare.ui.scoreLabel.text


def test_everything_made_is_removed_with_one_click(comparing):
    demo, lr, _dl, _hr = comparing
    ui = demo.compare.ui
    displays = count("vtkMRMLVolumeDisplayNode")
    click(ui.tripleDifferencesButton)
    click(ui.surfacesButton)
    score(demo)
    assert own_nodes()
    click(ui.removeButton)
    process_events()
    assert own_nodes() == []
    assert count("vtkMRMLVolumeDisplayNode") <= displays  # LR, DL and HR share one now
    assert not ui.summaryTable.visible
    assert demo.parameters.lr is lr


def count(class_name):
    import slicer

    return slicer.mrmlScene.GetNumberOfNodesByClass(class_name)


@pytest.mark.parametrize("gone", ["lr", "dl", "hr"])
def test_what_was_made_of_a_volume_goes_with_it(comparing, host, gone):
    import slicer
    from MicroCTSuperResLib.scene.lineage import SCENE_PREFIX, connected

    demo, lr, dl, hr = comparing
    click(demo.compare.ui.tripleDifferencesButton)
    click(demo.compare.ui.surfacesButton)
    score(demo)
    slicer.mrmlScene.RemoveNode({"lr": lr, "dl": dl, "hr": hr}[gone])
    process_events(0.05)
    for node in own_nodes():
        roles = {role: connected(node, SCENE_PREFIX + role) for role in ("image", "dl")}
        assert any(roles.values()) or node.IsA("vtkMRMLColorNode"), node.GetName()
    slice_view(host, "MicroCTLR").sliceView().drawn.wheel(1)


def test_a_new_dl_volume_is_shown_when_it_comes(demo, host):
    import slicer
    from MicroCTSuperResLib.scene.lineage import mark_enhanced
    from MicroCTSuperResLib.scene.volume_nodes import node_from_volume
    from sample_comparison import volumes

    low, enhanced, _ = volumes()
    lr = node_from_volume(slicer.mrmlScene, low, "femur")
    demo.parameters.lr = lr
    click(demo.compare.ui.pairButton)
    assert background(host, "MicroCTDL") is None
    assert "No DL volume yet" in demo.compare.ui.summaryLabel.text
    dl = node_from_volume(slicer.mrmlScene, enhanced, "femur DL")
    mark_enhanced(dl, lr)
    wait_until(lambda: background(host, "MicroCTDL") == dl.GetID(), what="DL in its view")
    # Chosen by hand, another volume takes its place.
    demo.compare.ui.dlSelector.setCurrentNode(lr)
    assert background(host, "MicroCTDL") == lr.GetID()


def test_a_screenshot_never_replaces_a_file(comparing, host, tmp_path):
    demo, *_ = comparing
    ui = demo.compare.ui
    click(ui.tripleButton)
    process_events()
    there = tmp_path / "femur.png"
    there.write_bytes(b"mine")
    with host.dialogs.expecting("QFileDialog.getSaveFileName", answer=str(there)):
        click(ui.screenshotButton)
    assert there.read_bytes() == b"mine"
    picture = tmp_path / "femur 2.png"
    assert picture.stat().st_size > 10_000
    assert "femur 2.png" in ui.pictureLabel.text
    with host.dialogs.expecting("QFileDialog.getSaveFileName", answer=str(tmp_path / "other")) as seen:
        click(ui.screenshotButton)
    assert (tmp_path / "other.png").exists()
    # The folder of the last picture is proposed again.
    assert seen[0].arguments[2].startswith(str(tmp_path))
    with host.dialogs.expecting("QFileDialog.getSaveFileName", answer=""):
        click(ui.screenshotButton)
    assert len(list(tmp_path.iterdir())) == 3


def test_the_comparison_survives_a_scene_file(comparing, host, tmp_path):
    import slicer

    demo, *_ = comparing
    ui = demo.compare.ui
    click(ui.plotButton)
    process_events()
    score(demo)
    click(ui.smoothCheckBox)
    ui.fadeSlider.value = 0.3
    slice_view(host, "MicroCTLR").sliceView().drawn.wheel(2)
    here = offset(host, "MicroCTLR")
    scene_file = tmp_path / "scene.mrb"
    assert slicer.util.saveScene(str(scene_file))
    close_scene(host)
    process_events(0.05)
    assert ui.summaryLabel.text == "Choose an LR volume to look at."
    assert not ui.summaryTable.visible
    slicer.util.loadScene(str(scene_file))
    process_events(0.05)
    names = {
        tag: slicer.mrmlScene.GetNodeByID(background(host, tag)).GetName()
        for tag in ("MicroCTLR", "MicroCTDL", "MicroCTHR")
    }
    assert names == {"MicroCTLR": "femur", "MicroCTDL": "femur DL", "MicroCTHR": "femur HR"}
    assert ui.smoothCheckBox.checked
    assert ui.fadeSlider.value == pytest.approx(0.3)
    assert composite(host).GetForegroundOpacity() == pytest.approx(0.3)
    assert ui.sliceTable.mrmlTableNode().GetNumberOfRows() == 20
    assert offset(host, "MicroCTLR") == pytest.approx(here)
    assert {slice_view(host, tag).mrmlSliceNode().GetViewGroup() for tag in names} == {7}
    slice_view(host, "MicroCTLR").sliceView().drawn.wheel(-1)
    assert offset(host, "MicroCTHR") == pytest.approx(offset(host, "MicroCTLR"))
    plot = host.layout_manager.plotWidget(0).plotView()
    from MicroCTSuperResLib.scene.quality_scores import find_scores

    found = find_scores(slicer.util.getNode("femur DL"))
    plot.select(found.psnr_chart.GetNthPlotSeriesNode(0), [0])
    assert offset(host, "MicroCTHR") == pytest.approx(-0.005)


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


def test_closing_the_scene_while_scoring_and_flickering_is_safe(comparing, host):

    demo, *_ = comparing
    click(demo.compare.ui.plotButton)
    click(demo.compare.ui.flickerButton)
    click(demo.compare.ui.scoreButton)
    close_scene(host)
    process_events(0.3)
    assert own_nodes() == []
    assert not demo.compare.ui.flickerButton.checked
    assert demo.compare.ui.scoreButton.text == "Compute scores"


def test_a_slicer_without_a_main_window_opens_the_panel(host, slicer_scene, open_module, monkeypatch):
    import slicer

    monkeypatch.setattr(type(slicer.app), "layoutManager", lambda app: None)
    panel = open_module(DEMO)
    panel.parameters.lr = nodes()[0]
    click(panel.compare.ui.pairButton)
    assert "femur DL" in panel.compare.ui.summaryLabel.text
    panel.cleanup()


def test_maps_are_not_made_again_when_the_module_is_entered_again(comparing, monkeypatch):
    from MicroCTSuperResLib.panel import comparison_extras

    demo, *_ = comparing
    click(demo.compare.ui.tripleDifferencesButton)
    made = []
    monkeypatch.setattr(comparison_extras, "difference", lambda *volumes: made.append(volumes))
    demo.exit()
    demo.enter()
    process_events(0.05)
    assert made == []
