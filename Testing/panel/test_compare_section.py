"""The section "Compare" as a whole: what it offers and tells, pictures, scene files, closing the scene."""

import pytest
from sample_comparison import (
    DEMO,
    background,
    close_scene,
    composite,
    nodes,
    offset,
    own_nodes,
    score,
    slice_view,
    volumes,
)
from slicer_host.actions import click, process_events, wait_until


def test_without_volumes_everything_is_disabled_with_its_reason(compare_demo):
    ui = compare_demo.compare.ui
    assert ui.summaryLabel.text == "Choose an LR volume to look at."
    for button in (ui.pairButton, ui.tripleButton, ui.surfacesButton, ui.plotButton, ui.scoreButton, ui.flickerButton):
        assert not button.enabled
        assert button.toolTip
    assert ui.scoreLabel.text == "Scores need an HR reference of the same specimen."


def test_without_hr_two_views_can_be_compared_and_the_rest_says_why_not(compare_demo, host):
    lr, dl, _ = nodes()
    compare_demo.parameters.lr = lr
    ui = compare_demo.compare.ui
    click(ui.pairButton)
    assert (background(host, "MicroCTLR"), background(host, "MicroCTDL")) == (lr.GetID(), dl.GetID())
    assert not ui.tripleButton.enabled
    assert "HR reference" in ui.tripleButton.toolTip
    assert not ui.scoreButton.enabled
    assert "HR reference" in ui.scoreLabel.text


def test_a_new_dl_volume_is_shown_when_it_comes(compare_demo, host):
    import slicer
    from MicroCTSuperResLib.scene.lineage import mark_enhanced
    from MicroCTSuperResLib.scene.volume_nodes import node_from_volume

    low, enhanced, _ = volumes()
    lr = node_from_volume(slicer.mrmlScene, low, "femur")
    compare_demo.parameters.lr = lr
    click(compare_demo.compare.ui.pairButton)
    assert background(host, "MicroCTDL") is None
    assert "No DL volume yet" in compare_demo.compare.ui.summaryLabel.text
    dl = node_from_volume(slicer.mrmlScene, enhanced, "femur DL")
    mark_enhanced(dl, lr)
    wait_until(lambda: background(host, "MicroCTDL") == dl.GetID(), what="DL in its view")
    # Chosen by hand, another volume takes its place.
    compare_demo.compare.ui.dlSelector.setCurrentNode(lr)
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
