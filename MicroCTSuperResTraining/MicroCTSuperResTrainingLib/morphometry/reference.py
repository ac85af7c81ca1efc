"""One specimen scanned several times: all volumes on the grid of HR and inside the contours of HR."""

from __future__ import annotations

from typing import TYPE_CHECKING

from MicroCTSuperResLib.quality.pairing import pair

if TYPE_CHECKING:
    import numpy as np
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
