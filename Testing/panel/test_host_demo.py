"""A small module with all that panels have is opened, clicked and photographed on the host."""

from pathlib import Path

import numpy as np
import pytest
import slicer_host
from slicer_host.actions import click, pixels, wait_until

DEMO = Path(slicer_host.__file__).parent / "demo/HostDemo.py"


@pytest.fixture
def demo(open_module):
    return open_module(DEMO)


def volume_with_a_bright_half(name="scan"):
    import slicer

    voxels = np.zeros((8, 40, 50), np.float32)
    voxels[:, :, 25:] = 1000
    ijk_to_ras = np.diag([-1.0, -1.0, 1.0, 1.0])
    return slicer.util.addVolumeFromArray(voxels, ijk_to_ras, name)


def test_a_volume_is_chosen_processed_by_a_worker_and_shown(demo, host, screenshot):
    ui = demo.ui
    assert not ui.runButton.enabled
    volume = volume_with_a_bright_half()
    ui.inputSelector.setCurrentNode(volume)
    click(ui.runButton)
    assert ui.cancelButton.enabled
    wait_until(lambda: demo.process is None, what="the worker's end")
    assert [event["percent"] for event in demo.events] == [0, 50, 100]
    assert {event["factor"] for event in demo.events} == {2.0}
    assert ui.progressBar.value == 100
    assert ui.statusLabel.text == "Done with exit code 0."

    manager = host.layout_manager
    assert manager.sliceViewNames() == ("DemoInput", "DemoResult")
    assert manager.sliceWidget("DemoInput").mrmlSliceNode().GetLayoutLabel() == "Input"
    view = pixels(manager.sliceWidget("DemoInput").sliceView())
    height, width, _ = view.shape
    middle = view[height // 2, :, 0]
    # The bright half of the volume, i >= 25, lies at negative R, which is the right half of an axial view.
    assert middle[width // 2 + width // 8] > 200
    assert middle[width // 2 - width // 8] < 50
    assert screenshot(host.main_window, "done").stat().st_size > 10_000


def test_cancel_ends_the_worker(demo):
    demo.ui.inputSelector.setCurrentNode(volume_with_a_bright_half())
    click(demo.ui.runButton)
    wait_until(lambda: demo.events, what="the worker's first line")
    click(demo.ui.cancelButton)
    assert demo.ui.statusLabel.text == "Cancelled."
    assert demo.ui.runButton.enabled


def test_the_panel_and_its_parameters_follow_each_other(demo):
    demo.ui.factorSlider.value = 3.5
    demo.ui.qualityBox.currentText = "FAST"
    demo.ui.folderEdit.currentPath = "elsewhere"
    demo.ui.lowestBox.value = 7
    assert demo.parameters.factor == 3.5
    assert demo.parameters.quality.name == "FAST"
    assert demo.parameters.outputFolder == Path("elsewhere")
    assert demo.parameters.limits.lowest == 7
    demo.parameters.factor = 4.0
    demo.parameters.limits.lowest = 8
    assert demo.ui.factorSlider.value == 4.0
    assert demo.ui.lowestBox.value == 8


def test_parameters_and_the_layout_survive_a_scene_file(demo, host, tmp_path):
    import slicer

    demo.parameters.inputVolume = volume_with_a_bright_half()
    demo.parameters.factor = 5.0
    demo.parameters.notes = ["first"]
    demo.parameters.notes.append("second")
    host.layout_manager.setLayout(7301)
    scene_file = tmp_path / "scene.mrb"
    assert slicer.util.saveScene(str(scene_file))
    host.layout_manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView)
    slicer.mrmlScene.Clear(False)
    assert demo.parameters.factor == 2.0
    slicer.util.loadScene(str(scene_file))
    assert demo.parameters.factor == 5.0
    assert demo.parameters.inputVolume.GetName() == "scan"
    assert demo.ui.inputSelector.currentNode().GetName() == "scan"
    assert demo.parameters.notes == ["first", "second"]
    assert host.layout_manager.layout == 7301
    groups = {
        node.GetViewGroup() for node in slicer.util.getNodesByClass("vtkMRMLSliceNode") if node.IsMappedInLayout()
    }
    assert groups == {7}


def test_linked_views_scroll_together_with_the_wheel(demo, host):
    demo.parameters.inputVolume = volume_with_a_bright_half()
    demo.showResult()
    left, right = (host.layout_manager.sliceWidget(name) for name in ("DemoInput", "DemoResult"))
    before = left.mrmlSliceNode().GetSliceOffset()
    left.sliceView().drawn.wheel(2)
    after = left.mrmlSliceNode().GetSliceOffset()
    assert after == pytest.approx(before + 2)  # the volume's slices are 1 mm apart
    assert right.mrmlSliceNode().GetSliceOffset() == pytest.approx(after)


def test_a_question_is_answered_as_the_test_says(demo, host):
    demo.parameters.notes = ["keep me"]
    with host.dialogs.expecting("confirmYesNoDisplay", answer=False) as seen:
        click(demo.ui.forgetButton)
    assert seen[0].text == "Forget all notes?"
    assert demo.parameters.notes == ["keep me"]
    with host.dialogs.expecting("confirmYesNoDisplay", answer=True):
        click(demo.ui.forgetButton)
    assert demo.parameters.notes == []


def test_a_user_cannot_click_what_is_hidden_or_disabled(demo):
    with pytest.raises(AssertionError, match="disabled"):
        click(demo.ui.runButton)
    demo.ui.runSection.collapsed = True
    with pytest.raises(AssertionError, match="does not see"):
        click(demo.ui.forgetButton)
