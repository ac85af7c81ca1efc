"""What can be wrong with the scans of one specimen, told from their headers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from MicroCTSuperResLib.errors import MicroCTError
from MicroCTSuperResLib.imaging.crop import BoneCrop, parse_crop
from MicroCTSuperResLib.imaging.sampling import SCALE

from .geometry import covered_share, same_direction, same_lattice
from .problems import Problem
from .scans import common_units, open_whole

if TYPE_CHECKING:
    from MicroCTSuperResLib.imaging.formats import Header, OpenScan

    from .specimen import Specimen

# Scanners step by whole numbers: 20.0 and 10.1 um are a pair, 20 and 12 um are not.
SCALE_TOLERANCE = 0.02
_LITTLE_OVERLAP = 0.5
_OVERLAP_HINT = "Check the paths, the crops and the origins."


@dataclass(frozen=True)
class SpecimenFacts:
    """What the headers of a specimen say; sizes and spacing along x, y, z.

    :param units: those that both scans are read in.
    :param overlap: the part of the smaller scan that the other one covers, 0 to 1.
    """

    row: int
    specimen: str
    lr_size: tuple[int, int, int]
    lr_spacing_mm: tuple[float, float, float]
    hr_size: tuple[int, int, int]
    hr_spacing_mm: tuple[float, float, float]
    units: str
    overlap: float


@dataclass
class Checked:
    """What the checks of one specimen found; `facts` are None if a scan could not be opened."""

    specimen: Specimen
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    facts: SpecimenFacts | None = None

    def problem(self, column: str, message: str, hint: str = "") -> None:
        """Add a problem of this row."""
        self.problems.append(Problem(self.specimen.row, self.specimen.specimen, column, message, hint))

    def warn(self, column: str, message: str, hint: str = "") -> None:
        """Add a warning of this row."""
        self.warnings.append(Problem(self.specimen.row, self.specimen.specimen, column, message, hint))


def check_specimen(specimen: Specimen) -> Checked:
    """Open the headers of a specimen's scans and compare them."""
    checked = Checked(specimen)
    lr, hr = _opened(checked, "lr"), _opened(checked, "hr")
    mask = _opened(checked, "mask") if specimen.mask is not None else None
    if mask is not None and hr is not None:
        _check_mask(checked, mask.header, hr.header)
    if lr is None or hr is None:
        return checked
    try:
        units = common_units(specimen, lr.header, hr.header)
    except MicroCTError as error:
        checked.problem("lr", error.message, error.hint)
        return checked
    scale_fits = _check_scale(checked, lr.header, hr.header)
    lr_part, hr_part = _part(checked, "lr", lr), _part(checked, "hr", hr)
    if lr_part is None or hr_part is None or not scale_fits:
        return checked
    overlap = _check_overlap(checked, lr_part, hr_part)
    checked.facts = SpecimenFacts(
        specimen.row,
        specimen.specimen,
        lr_part.size,
        lr_part.spacing,
        hr_part.size,
        hr_part.spacing,
        units,
        overlap,
    )
    return checked


def in_um(spacing_mm: tuple[float, ...]) -> str:
    """A voxel size to read."""
    return " x ".join(f"{1000 * value:.4g}" for value in spacing_mm) + " um"


def _opened(checked: Checked, column: str) -> OpenScan | None:
    try:
        scan = open_whole(checked.specimen, column)
    except MicroCTError as error:
        checked.problem(column, error.message, error.hint)
        return None
    for warning in scan.header.warnings:
        checked.warn(column, warning)
    return scan


def _part(checked: Checked, column: str, scan: OpenScan) -> Header | None:
    """The header of the part that is wanted; a bone is not looked for, as that reads voxels."""
    crop = getattr(checked.specimen.reading, f"{column}_crop")
    if crop is None or isinstance(parse_crop(crop), BoneCrop):
        return scan.header
    try:
        return scan.cropped(crop).header
    except MicroCTError as error:
        checked.problem(f"{column}_crop", error.message, error.hint)
        return None


def _check_scale(checked: Checked, lr: Header, hr: Header) -> bool:
    """Whether one LR voxel covers 2 x 2 x 2 HR voxels; tells what is wrong if not."""
    ratio = np.divide(lr.spacing, hr.spacing)
    if np.all(np.abs(ratio / SCALE - 1) <= SCALE_TOLERANCE):
        return True
    told = f"LR has voxels of {in_um(lr.spacing)}, HR of {in_um(hr.spacing)}"
    if np.all(np.abs(ratio * SCALE - 1) <= SCALE_TOLERANCE):
        checked.problem("lr", f"LR and HR are swapped: {told}.", "Exchange the two paths.")
    elif np.any(ratio <= 1 + SCALE_TOLERANCE):
        checked.problem("hr", f"HR is not finer than LR: {told}.", "Check the paths and the voxel sizes.")
    else:
        checked.problem(
            "hr",
            f"The scale is {' x '.join(f'{value:.3g}' for value in ratio)}, not {SCALE}: {told}.",
            "One LR voxel has to cover 2 x 2 x 2 HR voxels; correct a wrong voxel size with lr_spacing or hr_spacing.",
        )
    return False


def _check_overlap(checked: Checked, lr: Header, hr: Header) -> float:
    if not same_direction(lr, hr):
        checked.warn("hr", "The axes of HR are turned against those of LR.", "HR will be resampled, which blurs it.")
    share = covered_share(lr, hr)
    if share == 0:
        checked.problem(
            "hr",
            f"LR and HR do not overlap: {_place(lr)}, {_place(hr)}.",
            "Check the paths, the crops and the origins.",
        )
    elif share < _LITTLE_OVERLAP:
        checked.warn(
            "hr",
            f"LR and HR overlap by {100 * share:.0f} % of the smaller one only.",
            "Check the crops and the origins.",
        )
    return share


def _place(header: Header) -> str:
    """Where a volume begins and how far it goes, in mm."""
    begins = ", ".join(f"{value:.3g}" for value in header.origin)
    sides = " x ".join(f"{count * step:.3g}" for count, step in zip(header.size, header.spacing, strict=True))
    return f"{sides} mm from ({begins})"


def _check_mask(checked: Checked, mask: Header, hr: Header) -> None:
    if not same_lattice(mask, hr):
        checked.problem(
            "mask",
            f"The mask is not on the grid of HR: voxels of {in_um(mask.spacing)}, {_place(mask)}; HR has "
            f"{in_um(hr.spacing)}, {_place(hr)}.",
            "Draw the mask on the HR scan, and export it with its geometry.",
        )
    elif covered_share(mask, hr) == 0:
        checked.problem("mask", f"Mask and HR do not overlap: {_place(mask)}, {_place(hr)}.", "Name the right mask.")
    elif mask.size != hr.size:
        checked.warn("mask", "The mask covers another part than HR.", "What it does not cover counts as outside.")
