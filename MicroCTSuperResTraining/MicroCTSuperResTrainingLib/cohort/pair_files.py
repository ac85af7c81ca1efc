"""The files of a specimen, opened and laid on one another: which part of which belongs together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from MicroCTSuperResLib.enhancement.memory import check_free_memory
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.box import Box
from MicroCTSuperResLib.imaging.crop import BoneCrop
from MicroCTSuperResLib.quality.pairing import displacement

from .placement import Affine, affine_between, covered_part, moved, needed_part, sampled_mask
from .scan_checks import check_specimen
from .scans import open_pair, open_whole

if TYPE_CHECKING:
    from MicroCTSuperResLib.imaging.formats import OpenScan
    from MicroCTSuperResLib.imaging.volume import Volume

    from .pair_settings import PairingSettings
    from .specimen import Specimen

# Fewer LR voxels along an axis are nothing to measure a shift with, or to learn from.
_LEAST_SIDE = 8
# What lies farther from a place has no weight in a B-spline of order 5.
_SPLINE_REACH = 12  # HR voxels
# For each LR voxel: itself, eight HR voxels as read, as splines, on the grid and refined, and the images compared.
_BYTES_PER_LR_VOXEL = 220


@dataclass(frozen=True, eq=False)
class PairFiles:
    """The opened files of a specimen.

    :param affine: from the voxels of the whole LR file to those of the whole HR file.
    :param lr_box: the part of LR that is taken; `hr_box` is the part of HR that may be used for it.
    :param placed_by_corners: whether the corners were put together, see :class:`PairingSettings`.
    :param warnings: what the user should know, one sentence each.
    """

    specimen: Specimen
    lr: OpenScan
    hr: OpenScan
    affine: Affine
    lr_box: Box
    hr_box: Box
    placed_by_corners: bool
    warnings: tuple[str, ...]

    @property
    def place(self) -> Affine:
        """From the voxels of the part of LR to those of the whole HR file."""
        return self.affine.from_box(self.lr_box)

    def hr_part(self, margin_um: float) -> Box:
        """The voxels of HR that the part of LR needs, and what may be needed if it moved by `margin_um`."""
        margin = _SPLINE_REACH + math.ceil(margin_um / (1000 * min(self.hr.stored.spacing)))
        return needed_part(self.lr_box.size, self.place, self.hr_box, margin)


def open_files(specimen: Specimen, settings: PairingSettings) -> PairFiles:
    """Open a specimen's scans, and find the part of LR that is wanted and that HR covers.

    :raises InputError: for scans whose headers do not fit together, or without bone.
    :raises CalibrationError: if there are no common units.
    :raises FormatError: if a file cannot be read.
    :raises OutOfMemory: if the part does not fit into memory.
    """
    checked = check_specimen(specimen)
    if checked.problems:
        first, *others = checked.problems
        more = "".join(f" {problem.message}" for problem in others)
        raise InputError(f"{first.message}{more}", first.hint)
    lr, hr = open_pair(specimen)
    warnings = [f"{warning.message} {warning.hint}".strip() for warning in checked.warnings]
    if specimen.reading.lr_crop is None and _is_wider(lr, settings.field_voxels):
        known = len(lr.header.warnings)
        lr = lr.cropped(BoneCrop(float(settings.field_voxels), in_mm=False))
        warnings += lr.header.warnings[known:]
    moved_mm = displacement(lr.stored, hr.stored, settings.placement)
    affine = affine_between(lr.stored, moved(hr.stored, moved_mm))
    wanted = lr.header.box or Box.whole(lr.stored.size)
    hr_box = hr.header.box or Box.whole(hr.stored.size)
    covered = covered_part(wanted.size, affine.from_box(wanted), hr_box)
    if min(covered.size) < _LEAST_SIDE:
        raise InputError(
            f"LR and HR share {_times(covered.size)} LR voxels, fewer than {_LEAST_SIDE} along an axis.",
            "Check the crops, and that both scans show the same part of the specimen.",
        )
    if covered.size != wanted.size:
        warnings.append(
            f"HR covers {_times(covered.size)} of the {_times(wanted.size)} LR voxels; the rest is left out."
        )
    check_free_memory(
        f"Pairing {_times(covered.size)} LR voxels",
        _BYTES_PER_LR_VOXEL * math.prod(covered.size),
        "Give a crop (lr_crop).",
    )
    return PairFiles(specimen, lr, hr, affine, shifted(covered, wanted), hr_box, moved_mm is not None, tuple(warnings))


def shifted(box: Box, by: Box) -> Box:
    """A box counted from the first voxel of another one, counted from where that one is counted from."""
    return Box(*(tuple(np.add(corner, by.start).tolist()) for corner in (box.start, box.stop)))


def read_part(scan: OpenScan, box: Box, name: str) -> Volume:
    """A part of a file as float32.

    :param box: counted in the whole file, whatever part the scan was opened for.
    :param name: what it is called in a message.
    :raises InputError: if a voxel is NaN or infinite, or all have the same grey value.
    """
    volume = scan.cropped(box).volume()
    volume.check_grey_values()
    if volume.voxels.min() == volume.voxels.max():
        raise InputError(
            f"{name} has the same grey value everywhere in the wanted part.", "Check the file and the crop."
        )
    return volume.with_voxels(volume.voxels.astype(np.float32, copy=False))


def read_mask(specimen: Specimen, hr: OpenScan, place: Affine, size: tuple[int, int, int]) -> np.ndarray:
    """The mask of a specimen at the places of a grid; what it does not cover is outside.

    :param place: from the voxels of the grid to those of the HR file.
    :param size: of the grid, x, y, z.
    :returns: bool (z, y, x).
    """
    scan = open_whole(specimen, "mask")
    # The mask was drawn on HR: where HR is, it is, wherever both files say that this be.
    in_mask = affine_between(hr.stored, scan.stored).after(place)
    box = needed_part(size, in_mask, Box.whole(scan.stored.size), 1)
    if box is None:
        return np.zeros(size[::-1], bool)
    return sampled_mask(scan.cropped(box).volume().voxels > 0, in_mask.to_box(box), size)


def _is_wider(scan: OpenScan, field: int | None) -> bool:
    return field is not None and max(scan.stored.size[:2]) > field


def _times(size: tuple[int, ...]) -> str:
    return " x ".join(str(count) for count in size)
