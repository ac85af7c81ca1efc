"""Where a volume is brighter or darker than its reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..imaging.volume import Volume


def difference(image: Volume, reference: Volume) -> Volume:
    """image - reference in float32, computed in double precision slice by slice.

    :param image: on the grid and in the units of `reference`, see :func:`~.pairing.pair`.
    """
    voxels = np.empty(reference.voxels.shape, np.float32)
    for number, (got, expected) in enumerate(zip(image.voxels, reference.voxels, strict=True)):
        voxels[number] = np.subtract(got, expected, dtype=np.float64)
    return reference.with_voxels(voxels, metadata={}, source=None)
