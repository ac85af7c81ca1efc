"""What an evaluation depends on beside its files."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.calibration import DENSITY_UNITS
from MicroCTSuperResLib.quality.otsu import otsu_threshold

from ..morphometry.segmentation import Segmentation, segmentation_for

if TYPE_CHECKING:
    from MicroCTSuperResLib.imaging.volume import Volume


@dataclass(frozen=True)
class EvaluationSettings:
    """How bone is told, and where it is measured.

    :param threshold: of bone, in the units of the volumes; None for the study's in mg HA/cm3, and Otsu's of HR in
        other units.
    :param threshold_units: the units that a given threshold is in; None for those of the volumes, whatever they are.
    :param sigma_voxels: of the Gaussian on the HR grid, for LR, DL and HR alike; this, `support_voxels` and `in_plane`
        are as in :class:`.segmentation.Segmentation`.
    :param without_foramen: leave the vertebral foramen out of tissue areas that are found by contours.
    :param own_contours: measure BA/TA inside each volume's own contours, too.
    :param margin: of the equivalence test of BA/TA; None for no test.
    :raises InputError: for settings that make no sense.
    """

    threshold: float | None = None
    threshold_units: str | None = DENSITY_UNITS
    sigma_voxels: float = 1.2
    support_voxels: int = 2
    in_plane: bool = False
    without_foramen: bool = False
    own_contours: bool = True
    margin: float | None = None

    def __post_init__(self) -> None:
        # Before hours of work, not after them.
        self._smoothing(Segmentation(0.0 if self.threshold is None else self.threshold))
        if self.margin is not None and not 0 < self.margin < math.inf:
            raise InputError(
                f"The margin of the equivalence test must be a positive number, this is {self.margin:g}.",
                "Give the largest mean difference of BA/TA that counts as none, such as 0.01.",
            )

    def to_json(self) -> dict:
        """As an object that JSON can hold."""
        return asdict(self)

    def segmentation(self, hr: Volume) -> tuple[Segmentation, str]:
        """How bone is told in a specimen, and what the user should know about it (empty for nothing).

        :raises InputError: for a threshold in other units than those of HR.
        """
        threshold, told = self.threshold, ""
        if threshold is not None and self.threshold_units not in (None, hr.units):
            raise InputError(
                f"The threshold is in {self.threshold_units}, HR is in {hr.units} units.",
                "Calibrate the scans, or name the units of the threshold with --units (native for the scan's own).",
            )
        if threshold is None and hr.units != DENSITY_UNITS:
            threshold = otsu_threshold(hr.voxels)
            told = (
                f"HR is not calibrated ({hr.units} units): bone is told by Otsu's threshold of HR, {threshold:.5g}. "
                "BA/TA cannot be compared with that of other specimens or studies."
            )
        return self._smoothing(segmentation_for(hr, threshold)), told

    def _smoothing(self, chosen: Segmentation) -> Segmentation:
        return replace(
            chosen, sigma_voxels=self.sigma_voxels, support_voxels=self.support_voxels, in_plane=self.in_plane
        )
