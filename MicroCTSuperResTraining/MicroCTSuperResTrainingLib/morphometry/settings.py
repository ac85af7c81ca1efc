"""The settings of a segmentation in words that a table can hold, voxels and micrometres both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from MicroCTSuperResLib.imaging.volume import Volume

    from .segmentation import Segmentation


def effective_sigma(segmentation: Segmentation) -> float:
    """The standard deviation in voxels that cutting the Gaussian off leaves: 1.08 of 1.2 with a support of 2."""
    sigma, support = segmentation.sigma_voxels, segmentation.support_voxels
    if sigma == 0 or support == 0:
        return 0.0
    squares = np.arange(-support, support + 1) ** 2
    weights = np.exp(-squares / (2 * sigma**2))
    return float(np.sqrt((weights * squares).sum() / weights.sum()))


def settings_of(segmentation: Segmentation, volume: Volume) -> dict[str, object]:
    """How bone was told, for a table; micrometres are those along x."""
    edge_um = 1000 * volume.spacing[0]
    return {
        "threshold": segmentation.threshold,
        "units": volume.units,
        "sigma_voxels": segmentation.sigma_voxels,
        "support_voxels": segmentation.support_voxels,
        "smoothing": "in plane" if segmentation.in_plane else "3-D",
        "sigma_um": round(segmentation.sigma_voxels * edge_um, 6),
        "effective_sigma_um": round(effective_sigma(segmentation) * edge_um, 3),
        "spacing_mm": " ".join(f"{edge:g}" for edge in volume.spacing),
    }
