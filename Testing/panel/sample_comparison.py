"""A small bone, LR, DL and HR, as the tests of the comparison have it in the scene."""

from pathlib import Path

import numpy as np

DEMO = Path(__file__).parent / "compare_demo/CompareDemo.py"
LR_SHAPE = (10, 40, 48)  # z, y, x
LR_SPACING = (0.02, 0.02, 0.02)


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
