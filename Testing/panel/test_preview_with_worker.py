"""The live preview with the real worker and the bundled model. Skipped where the worker's Python has no PyTorch."""

import os
import subprocess
import sys

import numpy as np
import pytest
from sample_comparison import DEMO, nodes
from slicer_host.actions import click, wait_until

PYTHON = os.environ.get("MICROCT_SUPERRES_PYTHON", sys.executable)
SECONDS_OF_START = 120


@pytest.fixture
def demo(open_module, monkeypatch):
    if subprocess.run([PYTHON, "-c", "import torch"], check=False, capture_output=True).returncode:
        pytest.skip(f"{PYTHON} has no PyTorch")
    monkeypatch.setenv("MICROCT_SUPERRES_PYTHON", PYTHON)
    yield open_module(DEMO)
    from MicroCTSuperResLib.panel.worker_process import stop_all

    stop_all()


def test_the_real_worker_enhances_the_slice_in_view(demo, host, screenshot):
    import slicer
    from MicroCTSuperResLib.scene.preview import preview_node

    lr, dl, hr = nodes()
    for node in (dl, hr):
        slicer.mrmlScene.RemoveNode(node)
    demo.parameters.lr = lr
    click(demo.preview.checkBox)
    assert demo.preview.label.text.startswith("Preview: ")

    def shown(number):
        return f"slice {number}, 0" in demo.preview.label.text or f"slice {number}, 1" in demo.preview.label.text

    middle = (lr.GetImageData().GetDimensions()[2] - 1) // 2
    wait_until(
        lambda: preview_node(slicer.mrmlScene) is not None or not demo.preview.checkBox.checked,
        SECONDS_OF_START,
        "the first slice",
    )
    assert demo.preview.checkBox.checked, demo.preview.label.text
    view = host.layout_manager.sliceWidget("MicroCTLR").sliceView().drawn
    view.wheel(2)
    wait_until(lambda: shown(middle + 2) or shown(middle + 3), SECONDS_OF_START, "the slice moved to")
    node = preview_node(slicer.mrmlScene)
    # Two HR slices of the whole LR slice, bone about as bright as in LR.
    assert node.GetImageData().GetDimensions() == (96, 80, 2)
    enhanced = slicer.util.arrayFromVolume(node)
    low = slicer.util.arrayFromVolume(lr)
    assert np.percentile(enhanced, 90) == pytest.approx(np.percentile(low, 90), rel=0.2)
    screenshot(host.main_window, "real")
    click(demo.preview.checkBox)
    assert preview_node(slicer.mrmlScene) is None
