"""Preview, enhancement and comparison in the whole panel, with the real worker."""

import pytest
from sample_panel import WORKER_SECONDS, enhance_and_wait, worker_python
from slicer_host.actions import click, process_events, wait_until


@pytest.fixture
def panel(open_module, monkeypatch):
    monkeypatch.setenv("MICROCT_SUPERRES_PYTHON", worker_python())
    yield open_module("MicroCTSuperRes")
    from MicroCTSuperResLib.panel.worker_process import stop_all

    stop_all()


@pytest.fixture
def scans(slicer_scene):
    """LR and HR of a simulated femur as nodes."""
    import slicer
    from MicroCTSuperResLib.scene.volume_nodes import node_from_volume
    from MicroCTSuperResLib.simulation.acquisition import simulate_lr
    from MicroCTSuperResLib.simulation.phantoms import make_phantom

    hr = make_phantom("femur", size=(64, 64, 20), seed=0)
    lr = simulate_lr(hr, seed=0)
    return [node_from_volume(slicer.mrmlScene, volume, name) for volume, name in ((lr, "femur LR"), (hr, "femur HR"))]


def test_a_scan_is_previewed_enhanced_and_compared(panel, scans, host, screenshot):
    import slicer
    from MicroCTSuperResLib.scene.preview import preview_node
    from MicroCTSuperResLib.scene.quality_scores import find_scores

    lr, hr = scans
    panel.parameters.lr = lr
    preview, compare = panel.previewSection, panel.compareSection
    click(preview.checkBox)
    wait_until(lambda: preview_node(slicer.mrmlScene) is not None, WORKER_SECONDS, "the preview")
    enhance_and_wait(panel)
    # The run has switched the preview off, and its result took the place in the DL view.
    assert not preview.checkBox.checked
    assert preview_node(slicer.mrmlScene) is None
    process_events(0.05)
    dl = next(node for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode") if "DL" in node.GetName())
    shown = host.layout_manager.sliceWidget("MicroCTDL").mrmlSliceCompositeNode()
    assert shown.GetBackgroundVolumeID() == dl.GetID()
    assert shown.GetForegroundVolumeID() is None

    compare.ui.hrSelector.setCurrentNode(hr)
    click(compare.ui.tripleDifferencesButton)
    click(compare.ui.scoreButton)
    wait_until(lambda: not compare.scores.is_running, WORKER_SECONDS, "the scores")
    summary = find_scores(dl).summary
    names = [summary.GetCellText(row, 0) for row in range(summary.GetNumberOfRows())]
    ssim = {name: float(summary.GetCellText(row, 2)) for row, name in enumerate(names)}
    assert ssim["DL"] > ssim["LR"]
    host.main_window.resize(1500, 1300)
    process_events(0.05)
    screenshot(host.main_window, "compared")


def test_the_comparison_in_the_panel_survives_a_scene_file(panel, scans, host, tmp_path):
    import slicer

    lr, hr = scans
    panel.parameters.lr, panel.parameters.hr = lr, hr
    click(panel.compareSection.ui.tripleButton)
    process_events(0.05)
    file = tmp_path / "scene.mrb"
    assert slicer.util.saveScene(str(file))
    slicer.mrmlScene.Clear(False)
    assert all("vtkImage" in problem for problem in map(str, host.problems.take()))
    slicer.util.loadScene(str(file))
    process_events(0.05)
    for tag, name in (("MicroCTLR", "femur LR"), ("MicroCTHR", "femur HR")):
        shown = host.layout_manager.sliceWidget(tag).mrmlSliceCompositeNode()
        assert slicer.mrmlScene.GetNodeByID(shown.GetBackgroundVolumeID()).GetName() == name
    assert panel.compareSection.ui.hrSelector.currentNode().GetName() == "femur HR"
    host.layout_manager.sliceWidget("MicroCTLR").sliceView().drawn.wheel(1)
    offsets = {
        host.layout_manager.sliceWidget(tag).mrmlSliceNode().GetSliceOffset() for tag in ("MicroCTLR", "MicroCTHR")
    }
    assert len(offsets) == 1
