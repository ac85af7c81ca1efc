"""One specimen scanned several times: all volumes on the grid of HR and inside the contours of HR."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from MicroCTSuperResLib.imaging.sampling import halved
from MicroCTSuperResLib.quality.pairing import pair

from ..cohort.likeness import likeness
from ..cohort.pair_settings import PairingSettings

if TYPE_CHECKING:
    from MicroCTSuperResLib.imaging.box import Box
    from MicroCTSuperResLib.imaging.volume import Volume


def on_grid_of_reference(volume: Volume, reference: Volume, tissue: np.ndarray) -> tuple[Volume, np.ndarray, Box]:
    """A volume on the grid of HR, by linear interpolation where it is not on it, with the tissue area of HR.

    The Gaussian and the threshold then act on equal voxels, and T.Ar is the same for all volumes.

    :param tissue: T.Ar of `reference`, bool, (z, y, x).
    :returns: the volume, the tissue, and the part of HR that both are: as far as the volume reaches.
    :raises InputError: if they do not overlap.
    :raises CalibrationError: if the volume cannot be told in the units of HR.
    """
    paired = pair(reference, {"volume": volume})
    return paired.images["volume"], tissue[paired.box.slices], paired.box


def doubts_about_pair(volume: Volume, reference: Volume) -> list[str]:
    """Whether a volume shows what the reference shows: it may be another specimen or site, or not registered.

    Their detail is compared at twice the voxel size, which LR shows, too.

    :param volume: on the grid of `reference`.
    """
    if min(reference.size) < 2:
        return []
    found = likeness(_coarse(reference.voxels), _coarse(volume.voxels), np.eye(3), np.zeros(3))
    least = PairingSettings().least_likeness
    if found >= least:
        return []
    return [
        f"It does not seem to show the specimen of the reference at the same place: their detail agrees to {found:.2f} "
        f"({least:g} or more is expected). Check that they belong together and are registered."
    ]


def _coarse(voxels: np.ndarray) -> np.ndarray:
    for axis in range(3):
        voxels = halved(voxels[(slice(None),) * axis + (slice(voxels.shape[axis] // 2 * 2),)], axis)
    return voxels
