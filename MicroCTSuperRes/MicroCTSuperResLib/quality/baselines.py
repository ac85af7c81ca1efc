"""What interpolation alone makes of LR: the baselines that every enhanced volume is judged beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .pairing import on_grid_of

if TYPE_CHECKING:
    from ..imaging.volume import Volume

BILINEAR, BICUBIC = "bilinear", "bicubic"
ORDERS = {BILINEAR: 1, BICUBIC: 3}


def baselines(lr: Volume, hr: Volume) -> dict[str, Volume]:
    """LR on the grid of HR and in its units, interpolated linearly and cubically in all three directions.

    Where HR lies on the HR grid of LR (edges aligned, half the voxels), cubic is Keys' convolution; anywhere else it
    is the interpolating cubic B-spline. NaN where LR does not reach.

    :returns: volumes by name, "bilinear" and "bicubic".
    :raises InputError: for an LR with NaN or infinite values.
    :raises CalibrationError: if LR cannot be told in the units of HR.
    """
    lr.check_grey_values()
    lr = lr.in_units(hr.units)
    return {name: on_grid_of(lr, hr, order) for name, order in ORDERS.items()}
