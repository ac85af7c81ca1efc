"""How the scans of a specimen are brought together."""

from __future__ import annotations

import math
from dataclasses import dataclass

from MicroCTSuperResLib.errors import InputError

from .placement import PLACEMENTS

REFINEMENTS = ("none", "translation", "rigid")
# The study's field, 4 mm of LR voxels of 20 um.
STUDY_FIELD_VOXELS = 200
# In LR voxels: a specimen that moved farther has been taken out of its holder, or belongs to another scan.
LIMIT_VOXELS = 3
_LEAST_FIELD = 16


@dataclass(frozen=True)
class PairingSettings:
    """How the scans of a specimen are brought together.

    :param field_voxels: side of the square field around the bone in LR voxels; None for all that LR and HR share. A
        crop in the specimen's row comes before it, and a scan no wider than it is taken as it is.
    :param limit_um: specimens that moved farther between LR and HR are refused; None for three LR voxels.
    :param refine: what is done about the motion: "none" leaves HR where the files say, "translation" takes the shift
        back, "rigid" the rotation, too. It is HR that is resampled: the network shall see LR as it is scanned.
    :param refine_from_voxels: shifts below this part of an HR voxel are left, because resampling costs more.
    :param placement: "files" for the places that the files tell, "corners" to put the outer corners of the first
        voxels at one point; "auto" for "corners" where no file tells a place (all origins 0) and "files" otherwise.
    :param least_likeness: scans whose detail agrees less are refused as those of two specimens, see :mod:`.likeness`.
    :raises InputError: for settings that make no sense, all of them.
    """

    field_voxels: int | None = STUDY_FIELD_VOXELS
    limit_um: float | None = None
    refine: str = "none"
    refine_from_voxels: float = 0.1
    placement: str = "auto"
    least_likeness: float = 0.6

    def __post_init__(self) -> None:
        wrong = [
            f"{name} {getattr(self, name)!r} ({wanted})"
            for name, fits, wanted in (
                ("field_voxels", _is_field(self.field_voxels), f"whole number of {_LEAST_FIELD} or more, or None"),
                ("limit_um", self.limit_um is None or _is_in(self.limit_um, 1e-3, 1e6), "positive, or None"),
                ("refine", self.refine in REFINEMENTS, ", ".join(REFINEMENTS)),
                ("refine_from_voxels", _is_in(self.refine_from_voxels, 0, 1), "0 to 1"),
                ("placement", self.placement in PLACEMENTS, ", ".join(PLACEMENTS)),
                ("least_likeness", _is_in(self.least_likeness, -1, 1), "-1 to 1"),
            )
            if not fits
        ]
        if wanted := "; ".join(wrong):
            raise InputError(f"Specimens cannot be paired with {wanted}.", "Correct the settings.")


def _is_field(value: object) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= _LEAST_FIELD)


def _is_in(value: object, low: float, high: float) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and low <= value <= high
