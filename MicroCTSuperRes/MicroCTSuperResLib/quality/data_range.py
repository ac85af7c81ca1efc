"""The range of grey values that PSNR and SSIM refer to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..imaging.calibration import DENSITY_UNITS

# From soft tissue (about 0) to dense bone mineral (about 1200): fixed, so that specimens and studies can be compared.
DENSITY_RANGE = 1200.0
PERCENTILES = (0.1, 99.9)
MOST_VOXELS_LOOKED_AT = 4_000_000


@dataclass(frozen=True)
class DataRange:
    """The peak of PSNR and the L of SSIM.

    :param value: in `units`.
    :param units: the units of the volumes compared.
    :param rule: in words, where the value comes from; print it beside the numbers.
    """

    value: float
    units: str
    rule: str


def data_range_of(voxels: np.ndarray, units: str) -> DataRange:
    """The data range for a comparison with this reference.

    Volumes in mg HA/cm3 all share one physical range, 1200 mg HA/cm3. In other units nothing is known beforehand, so
    the range between the 0.1 and the 99.9 percentile of the reference is taken, which single bright or dark voxels do
    not widen; for large volumes the percentiles are those of 4 million voxels, always the same ones.

    :param voxels: the reference (HR), any shape.
    :param units: of its grey values.
    :raises InputError: for a reference with NaN or infinite values, or one that is constant between those percentiles.
    """
    if units == DENSITY_UNITS:
        return DataRange(DENSITY_RANGE, units, "fixed for mg HA/cm3")
    lower, upper = (float(value) for value in np.percentile(_sample(voxels), PERCENTILES))
    if not np.isfinite(upper - lower):
        raise InputError("The reference has NaN or infinite values.", "Replace them, or crop to the valid part.")
    if upper <= lower:
        raise InputError(
            f"The reference is constant ({lower:g}): it gives no data range.", "Choose a reference that shows bone."
        )
    return DataRange(upper - lower, units, "0.1 to 99.9 percentile of the reference")


def _sample(voxels: np.ndarray) -> np.ndarray:
    flat = voxels.reshape(-1)
    if flat.size <= MOST_VOXELS_LOOKED_AT:
        return flat
    # Every n-th voxel would look at single columns where n divides the width of a slice.
    return flat[np.random.default_rng(0).integers(flat.size, size=MOST_VOXELS_LOOKED_AT)]
