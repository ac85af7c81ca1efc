"""The panel from a scan to a result, by clicks and with the real worker."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest
from sample_panel import (
    dl_nodes,
    enhance_and_wait,
    large_scan,
    nodes_of_the_scene,
    open_with_worker,
    small_scan,
    stage,
    temporary_files,
    wait_for_end,
    wait_for_progress,
    worker_python,
)
from slicer_host.actions import click, process_events


@pytest.fixture
def panel(open_module, monkeypatch):
    return open_with_worker(open_module, monkeypatch)


@pytest.fixture
def lr(panel):
    """The small scan, chosen in the panel."""
    node = small_scan()
    panel.inputSection.ui.lrSelector.setCurrentNode(node)
    return node


def choose(panel, node):
    panel.inputSection.ui.lrSelector.setCurrentNode(node)


def test_opening_the_panel_imports_no_torch_and_no_simpleitk(tmp_path):
    program = (
        "import sys; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path\n"
        "from slicer_host.host import Host\n"
        "host = Host(Path(sys.argv[1])); host.start_test()\n"
        "loaded = host.module_manager.load(Path(sys.argv[2]) / 'MicroCTSuperRes.py')\n"
        "host.tell_startup_completed(); host.module_manager.select('MicroCTSuperRes')\n"
        "assert loaded.widgetRepresentation().self().runSection is not None\n"
        "print([name for name in ('torch', 'SimpleITK', 'scipy') if name in sys.modules])\n"
    )
    root = Path(__file__).resolve().parents[2]
    folders = [str(root / "MicroCTSuperRes"), str(root / "Testing")]
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path), *folders], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_without_a_volume_the_panel_says_what_to_do(panel, host, screenshot):
    ui = panel.runSection.ui
    assert stage(panel) == "NOTHING_SELECTED"
    assert not ui.enhanceButton.enabled
    assert not ui.addToQueueButton.enabled
    assert "Choose a low-resolution volume" in ui.adviceLabel.text
    screenshot(host.main_window, "nothing selected")


def test_a_chosen_volume_is_described_and_estimated(panel, lr, host, screenshot):
    assert stage(panel) == "READY"
    assert panel.inputSection.ui.volumeInfoLabel.text == (
        "20 x 20 x 10 voxels of 20 um, float32<br>Density in mg HA/cm3"
    )
    assert "40 x 40 x 20 voxels" in panel.runSection.ui.estimateLabel.text
    panel.outputSection.ui.inPlaneButton.click()
    assert "40 x 40 x 10 voxels" in panel.runSection.ui.estimateLabel.text
    assert panel.parameters.grid.value == "in-plane"
    screenshot(host.main_window, "ready")


def test_a_volume_is_enhanced_beside_lr_with_its_provenance(panel, lr, host, screenshot):
    import slicer
    from MicroCTSuperResLib.scene.lineage import lr_of

    slicer.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
    lr.GetDisplayNode().SetAutoWindowLevel(False)
    lr.GetDisplayNode().SetWindowLevelMinMax(-50, 900)
    enhance_and_wait(panel)
    assert stage(panel) == "DONE", panel.runSection.ui.logEdit.toPlainText()
    (dl,) = dl_nodes()
    assert dl.GetName() == "femur DL"
    assert dl.GetImageData().GetDimensions() == (40, 40, 20)
    np.testing.assert_allclose(dl.GetSpacing(), (0.01, 0.01, 0.01))
    # One LR voxel covers two DL voxels along each axis and the outer faces align.
    corners = [[0.0] * 6, [0.0] * 6]
    lr.GetRASBounds(corners[0])
    dl.GetRASBounds(corners[1])
    np.testing.assert_allclose(corners[0], corners[1], atol=1e-9)
    assert lr_of(dl) is lr
    told = {name: dl.GetAttribute(f"MicroCTSuperRes.{name}") for name in ("image_kind", "model", "grid", "source_node")}
    assert told == {
        "image_kind": "AI-enhanced",
        "model": "default 1.0.0",
        "grid": "isotropic",
        "source_node": "femur",
    }
    assert dl.GetAttribute("MicroCTSuperRes.source_file") is None, "the worker's copy is no source"
    assert dl.GetDisplayNode().GetWindowLevelMax() == 900
    assert temporary_files() == []
    assert not panel.runSection.ui.progressBar.isVisible()
    assert "Loading model default" in panel.runSection.ui.logEdit.toPlainText()
    red = slicer.app.layoutManager().sliceWidget("Red")
    assert red.mrmlSliceCompositeNode().GetBackgroundVolumeID() == dl.GetID()
    screenshot(host.main_window, "done")


def test_the_worker_gives_what_the_engine_gives(panel, lr, tmp_path):
    """The panel's way (node, file, worker, file, node) changes no voxel."""
    import slicer
    from MicroCTSuperResLib.imaging.formats import read_volume, write_volume
    from MicroCTSuperResLib.scene.volume_nodes import volume_from_node

    write_volume(volume_from_node(lr), tmp_path / "lr.nrrd")
    command = ["-m", "MicroCTSuperResLib", "enhance", str(tmp_path / "lr.nrrd"), "-o", str(tmp_path / "dl.nrrd")]
    environment = {**os.environ, "PYTHONPATH": str(Path(slicer.util.modulePath("MicroCTSuperRes")).parent)}
    subprocess.run([worker_python(), *command], check=True, env=environment, capture_output=True)
    enhance_and_wait(panel)
    expected = read_volume(tmp_path / "dl.nrrd")
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(dl_nodes()[0]), expected.voxels)


def test_the_result_follows_lr_under_a_transform(panel, lr):
    import slicer

    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    lr.SetAndObserveTransformNodeID(transform.GetID())
    enhance_and_wait(panel)
    assert dl_nodes()[0].GetTransformNodeID() == transform.GetID()


def test_cancel_ends_the_worker_and_leaves_the_scene_as_it_was(panel, host, screenshot):
    choose(panel, large_scan())
    before = nodes_of_the_scene()
    click(panel.runSection.ui.enhanceButton)
    wait_for_progress(panel)
    workers = psutil.Process().children(recursive=True)
    assert workers
    screenshot(host.main_window, "running")
    click(panel.runSection.ui.cancelButton)
    wait_for_end(panel)
    assert stage(panel) == "CANCELLED"
    assert nodes_of_the_scene() == before
    assert not [worker for worker in workers if worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE]
    assert temporary_files() == []
    screenshot(host.main_window, "cancelled")


def test_after_a_cancel_the_volume_can_be_enhanced_again(panel, lr):
    click(panel.runSection.ui.enhanceButton)
    click(panel.runSection.ui.cancelButton)
    wait_for_end(panel)
    assert stage(panel) == "CANCELLED"
    assert dl_nodes() == []
    enhance_and_wait(panel)
    assert stage(panel) == "DONE"
    assert len(dl_nodes()) == 1


def test_a_second_run_waits_for_the_first(panel, lr):
    click(panel.runSection.ui.enhanceButton)
    assert not panel.runSection.ui.enhanceButton.enabled
    panel.runSection._enhance(True)  # as a keyboard shortcut could
    assert len(panel.runSection.runner.queue.items) == 0
    wait_for_end(panel)
    assert len(dl_nodes()) == 1


def test_a_worker_killed_from_outside_is_told_with_advice(panel, host, screenshot):
    choose(panel, large_scan())
    before = nodes_of_the_scene()
    click(panel.runSection.ui.enhanceButton)
    wait_for_progress(panel)
    for worker in psutil.Process().children(recursive=True):
        worker.send_signal(signal.SIGKILL)
    wait_for_end(panel)
    assert stage(panel) == "FAILED"
    assert "killed" in panel.runSection.ui.headlineLabel.text
    assert "memory" in panel.runSection.ui.adviceLabel.text
    assert nodes_of_the_scene() == before
    assert temporary_files() == []
    assert panel.runSection.ui.enhanceButton.enabled
    screenshot(host.main_window, "failed")
    click(panel.runSection.ui.copyLogButton)
    import slicer

    assert "The worker was killed." in slicer.app.clipboard().text()


def test_lr_removed_during_the_run_leaves_the_result_alone_in_the_scene(panel, lr):
    import slicer
    from MicroCTSuperResLib.scene.lineage import lr_of

    click(panel.runSection.ui.enhanceButton)
    slicer.mrmlScene.RemoveNode(lr)
    assert panel.parameters.lr is None
    wait_for_end(panel)
    (dl,) = dl_nodes()
    assert lr_of(dl) is None
    assert dl.GetAttribute("MicroCTSuperRes.source_node") == "femur"
    assert not panel.runSection.ui.enhanceButton.enabled


@pytest.mark.parametrize(("section", "name"), [("input", "lr"), ("output", "output")])
def test_a_volume_removed_is_not_replaced_by_the_next_one(panel, section, name):
    import slicer

    chosen = small_scan("first")
    small_scan("second")
    selector = getattr(getattr(panel, f"{section}Section").ui, f"{name}Selector")
    selector.setCurrentNode(chosen)
    assert getattr(panel.parameters, name) is chosen
    slicer.mrmlScene.RemoveNode(chosen)
    process_events(0.05)
    assert getattr(panel.parameters, name) is None
    assert selector.currentNode() is None


def test_no_worker_outlives_the_panel(panel, lr):
    from MicroCTSuperResLib.panel.worker_process import WorkerProcess

    outcomes = []
    worker = WorkerProcess({"job": "devices", "arguments": {}}, lambda event: None, outcomes.append)
    worker.start()
    panel.cleanup()
    assert not worker.isRunning
    assert [outcome.kind for outcome in outcomes] == ["cancelled"]
    assert psutil.Process().children() == []


def test_closing_the_scene_ends_the_run(panel):
    import slicer

    choose(panel, large_scan())
    click(panel.runSection.ui.enhanceButton)
    wait_for_progress(panel)
    slicer.mrmlScene.Clear(False)
    wait_for_end(panel)
    assert slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode") == []
    assert stage(panel) == "NOTHING_SELECTED"
    assert temporary_files() == []


def test_quitting_slicer_ends_the_run(panel, host):
    choose(panel, large_scan())
    click(panel.runSection.ui.enhanceButton)
    wait_for_progress(panel)
    workers = psutil.Process().children(recursive=True)
    host.tell_about_to_quit()
    host.module_manager.unload_all()
    process_events(0.05)
    assert not [worker for worker in workers if worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE]
    assert temporary_files() == []


def test_a_filled_output_is_replaced_only_after_a_question(panel, lr, host):
    import slicer

    output = small_scan("keep", seed=1)
    panel.outputSection.ui.outputSelector.setCurrentNode(output)
    before = slicer.util.arrayFromVolume(output).copy()
    with host.dialogs.expecting("confirmOkCancelDisplay", answer=False) as seen:
        click(panel.runSection.ui.enhanceButton)
    assert "keep" in seen[0].text
    assert not panel.runSection.runner.is_running
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(output), before)
    with host.dialogs.expecting("confirmOkCancelDisplay", answer=True):
        click(panel.runSection.ui.enhanceButton)
    wait_for_end(panel)
    assert dl_nodes() == [output]
    assert output.GetName() == "keep"
    assert output.GetImageData().GetDimensions() == (40, 40, 20)


def test_the_result_never_replaces_lr_or_hr(panel, lr):
    panel.parameters.output = lr
    assert stage(panel) == "FAILED"
    assert not panel.runSection.ui.enhanceButton.enabled
    assert "low-resolution" in panel.runSection.ui.headlineLabel.text
    hr = small_scan("reference", seed=2)
    panel.parameters.hr = hr
    panel.parameters.output = hr
    assert "reference" in panel.runSection.ui.headlineLabel.text


def test_everything_is_restored_from_a_scene_file(panel, lr, host, tmp_path):
    import slicer
    from MicroCTSuperResLib.scene.lineage import lr_of

    enhance_and_wait(panel)
    voxels = slicer.util.arrayFromVolume(dl_nodes()[0]).copy()
    panel.outputSection.ui.inPlaneButton.click()
    second = small_scan("spine", seed=3)
    choose(panel, second)
    click(panel.runSection.ui.addToQueueButton)
    panel.parameters.device = "cpu"
    panel.parameters.model = "a model of another computer"
    panel.parameters.hr = lr
    panel.parameters.output = dl_nodes()[0]
    assert slicer.util.saveScene(str(tmp_path / "scene.mrb"))
    slicer.mrmlScene.Clear(False)
    assert panel.parameters.lr is None
    assert panel.runSection.runner.queue.items == []
    assert panel.outputSection.ui.isotropicButton.checked

    slicer.util.loadScene(str(tmp_path / "scene.mrb"))
    process_events()
    parameters = panel.parameters
    assert parameters.lr.GetName() == "spine"
    assert parameters.hr.GetName() == "femur"
    assert parameters.output.GetName() == "femur DL"
    assert [node.GetName() for node in parameters.queue] == ["spine"]
    assert (parameters.device, parameters.grid.value) == ("cpu", "in-plane")
    assert parameters.model == "a model of another computer"
    assert panel.inputSection.ui.lrSelector.currentNode().GetName() == "spine"
    assert panel.outputSection.ui.inPlaneButton.checked
    assert [item.name for item in panel.runSection.runner.queue.items] == ["spine"]
    assert "missing" in panel.modelSection.ui.modelSelector.currentText
    (dl,) = dl_nodes()
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(dl), voxels)
    assert lr_of(dl).GetName() == "femur"
    assert dl.GetAttribute("MicroCTSuperRes.model") == "default 1.0.0"
