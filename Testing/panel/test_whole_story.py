"""What a user does in one sitting, by clicks and with the real worker: from a file to a scene that is opened again."""

import numpy as np
import pytest
from sample_panel import (
    WORKER_SECONDS,
    dl_nodes,
    enhance_and_wait,
    nodes_of_the_scene,
    stage,
    wait_for_end,
    wait_for_progress,
    worker_python,
)
from slicer_host.actions import click, process_events, wait_until

PREFIX = "MicroCTSuperRes."
PROVENANCE = ("model", "model_sha256", "grid", "source_node", "source_voxels_sha256")


@pytest.fixture
def panel(open_module, monkeypatch):
    monkeypatch.setenv("MICROCT_SUPERRES_PYTHON", worker_python())
    return open_module("MicroCTSuperRes")


@pytest.fixture
def files(tmp_path):
    """LR (48 x 48 x 120) and HR (96 x 96 x 240) of a simulated femur: long enough to be cancelled halfway."""
    from MicroCTSuperResLib.simulation.acquisition import simulate_lr
    from MicroCTSuperResLib.simulation.phantoms import make_phantom

    hr = make_phantom("femur", size=(96, 96, 240), seed=0)
    return simulate_lr(hr, seed=0).write(tmp_path / "femur LR.nrrd"), hr.write(tmp_path / "femur HR.nrrd")


def open_file(panel, host, path):
    """Open a file by the panel's window."""
    click(panel.inputSection.ui.openScanButton)
    dialog = panel.inputSection._dialog
    with host.dialogs.expecting("QFileDialog.getOpenFileName", answer=str(path)):
        click(dialog.ui.fileButton)
    click(dialog.ui.openButton)
    wait_until(lambda: panel.inputSection._reading is None, WORKER_SECONDS, "the scan")
    return panel.parameters.lr


def told_of(dl):
    """Everything about a result that has to survive: voxels, place, provenance, scores."""
    import slicer
    from MicroCTSuperResLib.scene.lineage import lr_of
    from MicroCTSuperResLib.scene.quality_scores import find_scores

    table = find_scores(dl).summary
    scores = [
        [table.GetCellText(row, column) for column in range(table.GetNumberOfColumns())]
        for row in range(table.GetNumberOfRows())
    ]
    return {
        "voxels": slicer.util.arrayFromVolume(dl).copy(),
        "place": (dl.GetName(), dl.GetSpacing(), dl.GetOrigin()),
        "provenance": {name: dl.GetAttribute(name) for name in dl.GetAttributeNames() if name.startswith(PREFIX)},
        "lr": lr_of(dl).GetName(),
        "scores": scores,
    }


def test_from_a_file_to_a_scene_that_is_opened_again(panel, host, files, tmp_path, screenshot):
    import slicer

    hr = open_file(panel, host, files[1])
    lr = open_file(panel, host, files[0])
    assert lr.GetName() == "femur LR"

    # Enhance, change one's mind halfway, and enhance again.
    before = nodes_of_the_scene()
    click(panel.runSection.ui.enhanceButton)
    wait_for_progress(panel)
    click(panel.runSection.ui.cancelButton)
    wait_for_end(panel)
    assert stage(panel) == "CANCELLED"
    assert nodes_of_the_scene() == before
    enhance_and_wait(panel)
    assert stage(panel) == "DONE"
    (dl,) = dl_nodes()
    assert dl.GetImageData().GetDimensions() == hr.GetImageData().GetDimensions() == (96, 96, 240)

    # Compare with HR.
    compare = panel.compareSection
    compare.ui.hrSelector.setCurrentNode(hr)
    click(compare.ui.scoreButton)
    wait_until(lambda: not compare.scores.is_running, WORKER_SECONDS, "the scores")
    click(compare.ui.smoothCheckBox)
    click(compare.ui.plotButton)
    process_events(0.05)
    kept, layout = told_of(dl), host.layout_manager.layout
    # The scores say what the comparison is for: DL (the last row) is nearer to HR than LR (the first), in dB.
    psnr = {row[0]: float(row[1]) for row in kept["scores"]}
    assert psnr["DL"] > psnr["LR"]
    screenshot(host.main_window, "compared")

    # Save, close, open again.
    file = tmp_path / "scene.mrb"
    assert slicer.util.saveScene(str(file))
    slicer.mrmlScene.Clear(False)
    # Slice views of Slicer complain of volumes that go while they are shown, with and without this module.
    assert all("vtkImage" in problem for problem in map(str, host.problems.take()))
    assert panel.parameters.lr is None
    assert dl_nodes() == []
    slicer.util.loadScene(str(file))
    process_events(0.1)
    (again,) = dl_nodes()
    restored = told_of(again)
    np.testing.assert_array_equal(restored.pop("voxels"), kept.pop("voxels"))
    assert restored == kept
    assert {PREFIX + name for name in PROVENANCE} <= set(restored["provenance"])
    assert host.layout_manager.layout == layout
    parameters = panel.parameters
    assert (parameters.lr.GetName(), parameters.hr.GetName()) == ("femur LR", "femur HR")
    assert parameters.comparison.smooth
    assert panel.inputSection.ui.lrSelector.currentNode() is parameters.lr
    assert compare.ui.hrSelector.currentNode() is parameters.hr
    for view, name in (("MicroCTLR", "femur LR"), ("MicroCTDL", again.GetName()), ("MicroCTHR", "femur HR")):
        shown = host.layout_manager.sliceWidget(view).mrmlSliceCompositeNode()
        assert slicer.mrmlScene.GetNodeByID(shown.GetBackgroundVolumeID()).GetName() == name
    screenshot(host.main_window, "restored")
