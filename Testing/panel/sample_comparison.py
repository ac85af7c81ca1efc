"""A small bone, LR, DL and HR, as the tests of the comparison have it in the scene, and what they ask of its views."""

from pathlib import Path

import numpy as np
from slicer_host.actions import click, wait_until

DEMO = Path(__file__).parent / "compare_demo/CompareDemo.py"
LR_SHAPE = (10, 40, 48)  # z, y, x
LR_SPACING = (0.02, 0.02, 0.02)
SECONDS_OF_WORKER = 60


def bone(shape=tuple(2 * count for count in LR_SHAPE)):
    """A thick-walled tube with noise, mg HA/cm3."""
    z, y, x = np.indices(shape)
    radius = np.hypot((y - shape[1] / 2) / shape[1], (x - shape[2] / 2) / shape[2] + 0.1 * z / shape[0])
    wall = 900.0 * ((radius > 0.2) & (radius < 0.36))
    return (wall + np.random.default_rng(1).normal(0, 20, shape)).astype(np.float32)


def volumes(units="mg HA/cm3"):
    """LR, DL and HR of the same bone: LR averages 2x2x2 voxels, DL has less noise and blur than LR interpolated."""
    from MicroCTSuperResLib import Volume
    from MicroCTSuperResLib.imaging.sampling import hr_grid, interpolate

    voxels = bone()
    z, y, x = LR_SHAPE
    low = voxels.reshape(z, 2, y, 2, x, 2).mean(axis=(1, 3, 5))
    lr = Volume(low.astype(np.float32), spacing=LR_SPACING, units=units)
    grid = hr_grid(lr)
    hr = Volume(voxels, spacing=grid.spacing, origin=grid.origin, direction=grid.direction, units=units)
    blurred = interpolate(lr)
    dl = blurred.with_voxels(
        (0.4 * blurred.voxels + 0.6 * voxels).astype(np.float32),
        metadata={"MicroCTSuperRes.image_kind": "AI-enhanced", "MicroCTSuperRes.model": "test 1"},
    )
    return lr, dl, hr


def nodes(units="mg HA/cm3"):
    """The three as nodes of the scene."""
    import slicer
    from MicroCTSuperResLib.scene.lineage import mark_enhanced
    from MicroCTSuperResLib.scene.volume_nodes import node_from_volume

    lr, dl, hr = (
        node_from_volume(slicer.mrmlScene, volume, name)
        for volume, name in zip(volumes(units), ("femur", "femur DL", "femur HR"), strict=True)
    )
    mark_enhanced(dl, lr)
    return lr, dl, hr


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


def count(class_name):
    import slicer

    return slicer.mrmlScene.GetNumberOfNodesByClass(class_name)


def show_maps(demo, button):
    """Press the button of a layout, and wait until its difference maps are there."""
    click(button)
    wait_until(lambda: "Computing" not in demo.compare.ui.noteLabel.text, what="the maps")
