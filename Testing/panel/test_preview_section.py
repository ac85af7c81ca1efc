"""The live preview in real slice views; a stand-in answers in the place of the worker."""

from pathlib import Path

import numpy as np
import pytest
from sample_comparison import DEMO, nodes
from sample_preview import replace_worker
from slicer_host.actions import click, pixels, process_events, wait_until


@pytest.fixture
def workers(monkeypatch):
    return replace_worker(monkeypatch)


@pytest.fixture
def demo(open_module, workers):
    return open_module(DEMO)


@pytest.fixture
def previewing(demo, host, workers):
    """LR alone, with the preview of its middle slice in view."""
    import slicer

    lr, dl, hr = nodes()
    for node in (dl, hr):
        slicer.mrmlScene.RemoveNode(node)
    demo.parameters.lr = lr
    click(demo.preview.checkBox)
    wait_until(lambda: shown(host) is not None, what="the first slice")
    process_events(0.1)
    return demo, lr


def view(host, tag="MicroCTDL"):
    return host.layout_manager.sliceWidget(tag)


def preview():
    import slicer
    from MicroCTSuperResLib.scene.preview import preview_node

    return preview_node(slicer.mrmlScene)


def shown(host):
    """The preview node, if the DL view shows it."""
    node, widget = preview(), view(host)
    if node is None or widget is None:
        return None
    return node if widget.mrmlSliceCompositeNode().GetForegroundVolumeID() == node.GetID() else None


def test_without_lr_the_preview_cannot_be_switched_on(demo):
    assert not demo.preview.checkBox.enabled
    assert demo.preview.label.text == "Preview: choose an LR volume first"


def test_the_slice_in_view_is_shown_and_follows_the_mouse_wheel(previewing, host, workers, screenshot):
    demo, _lr = previewing
    (worker,) = workers
    middle = worker.requests[-1][0]
    assert worker.volumes[0][1:] == ("default", "cpu")
    assert demo.preview.label.text.startswith(f"Preview: slice {middle}, 0.")
    # Two HR slices of one LR slice, a quarter of an LR voxel to either side of its centre.
    node = preview()
    assert node.GetImageData().GetDimensions()[2] == 2
    assert node.GetOrigin()[2] == pytest.approx(0.02 * middle - 0.005)
    screenshot(host.main_window, "preview")
    view(host, "MicroCTLR").sliceView().drawn.wheel(2)
    wait_until(lambda: worker.requests[-1][0] == middle + 2, what="the slice moved to")
    wait_until(lambda: f"slice {middle + 2}, " in demo.preview.label.text, what="its answer")
    assert preview().GetOrigin()[2] == pytest.approx(0.02 * (middle + 2) - 0.005)
    dl_pixels = pixels(view(host).sliceView())
    assert dl_pixels.max() > 150, "bone is in view"


def test_many_moves_at_once_ask_for_the_last_slice_alone(previewing, host, workers):
    _, _ = previewing
    (worker,) = workers
    before = len(worker.requests)
    view(host, "MicroCTLR").sliceView().drawn.wheel(4)
    wait_until(lambda: len(worker.requests) > before, what="a request")
    process_events(0.1)
    assert len(worker.requests) == before + 1


def test_only_the_part_in_view_is_asked_for(previewing, host, workers):
    _, _lr = previewing
    (worker,) = workers
    assert worker.requests[-1][1] == (0, 40, 0, 48)
    node = view(host).mrmlSliceNode()
    width, height, depth = node.GetFieldOfView()
    before = len(worker.requests)
    for tag in ("MicroCTLR", "MicroCTDL"):
        view(host, tag).mrmlSliceNode().SetFieldOfView(width / 4, height / 4, depth)
    wait_until(lambda: len(worker.requests) > before, what="a request for the part")
    process_events(0.1)
    first_y, end_y, first_x, end_x = worker.requests[-1][1]
    assert 0 < first_y < end_y < 40
    assert 0 < first_x < end_x < 48
    # A quarter of the field of view: that many voxels, and those that are cut at the border.
    assert (end_x - first_x) == pytest.approx(width / 4 / 0.02, abs=2)


def test_a_pan_within_the_same_voxels_asks_for_nothing(previewing, host, workers):
    _, _ = previewing
    (worker,) = workers
    before = len(worker.requests)
    view(host).mrmlSliceNode().Modified()
    process_events(0.1)
    assert len(worker.requests) == before


def test_a_view_across_the_slices_shows_no_preview_and_says_so(previewing, host):
    demo, _ = previewing
    view(host).mrmlSliceNode().SetOrientation("Sagittal")
    wait_until(lambda: "turn the DL view" in demo.preview.label.text, what="the advice")
    assert shown(host) is None
    view(host).mrmlSliceNode().SetOrientation("Axial")
    wait_until(lambda: shown(host) is not None, what="the preview again")


def test_outside_of_lr_there_is_no_preview(previewing, host):
    demo, _ = previewing
    view(host).mrmlSliceNode().SetSliceOffset(5.0)
    wait_until(lambda: "outside" in demo.preview.label.text, what="the words")
    assert shown(host) is None


def test_changed_voxels_are_sent_to_the_worker_anew(previewing, host, workers):
    import slicer

    _, lr = previewing
    (worker,) = workers
    array = slicer.util.arrayFromVolume(lr)
    array[:] = 700
    slicer.util.arrayFromVolumeModified(lr)
    wait_until(lambda: len(worker.volumes) == 2, what="the changed volume")
    wait_until(lambda: shown(host) is not None, what="its slice")
    assert np.unique(slicer.util.arrayFromVolume(preview())) == pytest.approx([700])
    assert not Path(worker.volumes[0][0]).exists()


def test_a_moved_lr_takes_its_preview_along(previewing, host, workers):
    import slicer

    _, lr = previewing
    (worker,) = workers
    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    lr.SetAndObserveTransformNodeID(transform.GetID())
    wait_until(lambda: len(worker.volumes) == 2, what="LR under the transform")
    matrix = slicer.util.vtkMatrixFromArray(np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0.04], [0, 0, 0, 1.0]]))
    transform.SetMatrixTransformToParent(matrix)
    wait_until(lambda: len(worker.volumes) == 3, what="the moved LR")
    before = worker.requests[0][0]
    # The view stays where it was, two slices of LR lower now.
    wait_until(lambda: worker.requests[-1][0] == before - 2, what="the slice now in view")
    process_events(0.05)
    bounds = [0.0] * 6
    preview().GetRASBounds(bounds)
    offset = view(host).mrmlSliceNode().GetSliceOffset()
    assert bounds[4] < offset < bounds[5]


def test_an_answer_that_comes_too_late_is_not_shown(previewing, host, workers):
    from sample_preview import Answer

    demo, _ = previewing
    (worker,) = workers
    there = preview().GetOrigin()
    late = Answer(worker.requests[-1][0] - 1, None)
    worker.on_slice(late)
    assert preview().GetOrigin() == there
    click(demo.preview.checkBox)
    worker.on_slice(Answer(worker.requests[-1][0], None))
    assert preview() is None


def test_switched_off_it_leaves_nothing_behind(previewing, host, workers):
    import slicer

    demo, lr = previewing
    (worker,) = workers
    click(demo.preview.checkBox)
    assert worker.stopped
    assert preview() is None
    assert demo.preview.label.text == "Preview: off"
    assert slicer.mrmlScene.GetNodeByID(lr.GetID()).GetDisplayNode() is not None
    assert not list(Path(slicer.app.temporaryPath).glob("MicroCTSuperRes-*"))
    before = len(worker.requests)
    view(host, "MicroCTLR").sliceView().drawn.wheel(1)
    process_events(0.1)
    assert len(worker.requests) == before


@pytest.mark.parametrize("end", ["exit", "runStarted", "no LR", "LR removed", "close", "cleanup", "quit"])
def test_it_ends_with_what_it_belongs_to(previewing, host, workers, end):
    import slicer

    demo, lr = previewing
    (worker,) = workers
    endings = {
        "exit": demo.exit,
        "runStarted": demo.preview.runStarted,
        "no LR": lambda: setattr(demo.parameters, "lr", None),
        "LR removed": lambda: slicer.mrmlScene.RemoveNode(lr),
        "close": lambda: slicer.mrmlScene.Clear(False),
        "cleanup": demo.preview.cleanup,
        "quit": host.tell_about_to_quit,
    }
    endings[end]()
    process_events(0.1)
    host.problems.take() if end == "close" else None
    assert worker.stopped
    assert preview() is None
    assert len(workers) == 1
    if end in ("exit", "runStarted", "close"):
        assert not demo.preview.checkBox.checked
        assert not demo.parameters.comparison.preview


def test_trouble_is_told_and_the_preview_can_be_tried_again(previewing, host, workers):
    demo, _ = previewing
    (worker,) = workers
    worker.on_trouble("The worker ended.", "Try again.")
    assert demo.preview.label.text == "Preview: The worker ended. Try again."
    assert not demo.preview.checkBox.checked
    assert preview() is None
    click(demo.preview.checkBox)
    wait_until(lambda: shown(host) is not None, what="the preview again")
    assert len(workers) == 2


def test_another_layout_keeps_the_preview(previewing, host):
    demo, _ = previewing
    click(demo.compare.ui.surfacesButton)
    process_events(0.1)
    assert shown(host) is not None


def test_the_preview_is_not_saved_and_does_not_start_with_a_loaded_scene(previewing, host, workers, tmp_path):
    import slicer

    demo, _ = previewing
    file = tmp_path / "scene.mrb"
    assert slicer.util.saveScene(str(file))
    assert preview() is not None
    slicer.mrmlScene.Clear(False)
    host.problems.take()
    slicer.util.loadScene(str(file))
    process_events(0.2)
    assert preview() is None
    assert not demo.preview.checkBox.checked
    assert len(workers) == 1
    assert demo.parameters.lr.GetName() == "femur"


def test_fading_waits_until_the_preview_is_off(demo, host):
    lr, _, hr = nodes()
    demo.parameters.lr, demo.parameters.hr = lr, hr
    click(demo.compare.ui.tripleButton)
    demo.compare.ui.fadeSlider.value = 0.5
    click(demo.preview.checkBox)
    wait_until(lambda: shown(host) is not None, what="the preview")
    assert not demo.compare.ui.fadeSlider.enabled
    assert "preview" in demo.compare.ui.fadeSlider.toolTip
    click(demo.preview.checkBox)
    process_events(0.05)
    composite = view(host).mrmlSliceCompositeNode()
    assert composite.GetForegroundVolumeID() == hr.GetID()
    assert composite.GetForegroundOpacity() == pytest.approx(0.5)
