"""What the tests of the panel share: a panel with a small scan, and the real worker."""

import os
from pathlib import Path

import pytest
from slicer_host.actions import click, wait_until

# Starting Python and torch on a busy computer takes most of it.
WORKER_SECONDS = 120
# 40 x 40 x 20 HR voxels make an LR scan of 20 x 20 x 10.
HR_SIZE = (40, 40, 20)


def worker_python():
    """The Python that runs the workers of these tests: it has torch, which this one need not have."""
    import importlib.util
    import sys

    chosen = os.environ.get("MICROCT_SUPERRES_PYTHON")
    if chosen:
        return chosen
    if importlib.util.find_spec("torch") and importlib.util.find_spec("safetensors"):
        return sys.executable
    beside = Path(__file__).parents[2] / ".venv/bin/python"
    if beside.exists():
        return str(beside)
    return pytest.skip("no Python with torch for the worker: set MICROCT_SUPERRES_PYTHON")


def open_with_worker(open_module, monkeypatch):
    """The module's panel, whose workers run in a Python with torch and which does not look for devices."""
    monkeypatch.setenv("MICROCT_SUPERRES_PYTHON", worker_python())
    leave_devices_alone(monkeypatch)
    return open_module("MicroCTSuperRes")


def leave_devices_alone(monkeypatch):
    """Let no worker look for devices when a volume is chosen: each takes longer than the tests, and they are tested
    in test_run_section.py."""
    from MicroCTSuperResLib.panel.device_list import DeviceList

    monkeypatch.setattr(DeviceList, "ask", lambda self: setattr(self, "was_asked", True))


def small_scan(name="femur", seed=0):
    """A node with a small simulated LR scan, in mg HA/cm3, voxels of 20 um."""
    import slicer
    from MicroCTSuperResLib.scene.volume_nodes import node_from_volume

    return node_from_volume(slicer.mrmlScene, small_volume(seed), name)


def small_volume(seed=0):
    """The LR volume of :func:`small_scan`."""
    from MicroCTSuperResLib.simulation.acquisition import simulate_lr
    from MicroCTSuperResLib.simulation.phantoms import make_phantom

    return simulate_lr(make_phantom("femur", size=HR_SIZE, seed=seed), seed=seed)


def large_scan(name="long femur", slices=150):
    """A node with a scan that takes the worker long enough to be stopped while it runs: (150, 240, 240) voxels."""
    import numpy as np
    import slicer
    from MicroCTSuperResLib.imaging.volume import Volume
    from MicroCTSuperResLib.scene.volume_nodes import node_from_volume

    voxels = np.random.default_rng(0).integers(0, 1000, (slices, 240, 240), np.int16)
    return node_from_volume(slicer.mrmlScene, Volume(voxels, (0.02, 0.02, 0.02)), name)


def nodes_of_the_scene():
    """IDs of all nodes with what a run could change of volumes."""
    import slicer

    nodes = [slicer.mrmlScene.GetNthNode(index) for index in range(slicer.mrmlScene.GetNumberOfNodes())]
    return sorted(node.GetID() for node in nodes)


def enhance_and_wait(panel):
    """Press Enhance and wait for the end of the run, whichever it is."""
    click(panel.runSection.ui.enhanceButton)
    wait_for_end(panel)


def wait_for_end(panel):
    wait_until(lambda: not panel.runSection.runner.is_running, WORKER_SECONDS, "the end of the run")


def wait_for_progress(panel):
    """Wait until the network has done the first slices."""
    bar = panel.runSection.ui.progressBar
    wait_until(lambda: bar.maximum > 0 and bar.value > 0, WORKER_SECONDS, "progress")


def stage(panel):
    """The name of the stage that the panel tells of."""
    return panel.runSection.state.stage.name


def dl_nodes():
    """The enhanced volumes in the scene."""
    import slicer
    from MicroCTSuperResLib.scene.lineage import is_enhanced

    return [node for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode") if is_enhanced(node)]


def temporary_files():
    """What runs have left in Slicer's temporary folder."""
    import slicer

    return [path.name for path in Path(slicer.app.temporaryPath).glob("MicroCTSuperRes-*")]
