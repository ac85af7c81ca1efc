"""LR and HR of one specimen brought together: by their places in the world, in the study's field, with the motion of
the stage between the two scans measured, and taken back if wanted.

1. The headers are compared, and opened in common units (`scan_checks.py`, `scans.py`).
2. The field around the bone is found in LR, and cut to what HR covers (`pair_files.py`). Only these parts are read.
3. HR is brought onto the HR grid of LR: its voxels as they are where they lie on that grid, else by splines.
4. HR is averaged to LR voxels, and the motion of the specimen between the two is measured (`registration.py`).
5. With refinement HR is resampled once more from its file's voxels, and what is left is measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from MicroCTSuperResLib.errors import Cancelled, InputError
from MicroCTSuperResLib.imaging.box import Box
from MicroCTSuperResLib.imaging.sampling import halved, hr_grid
from MicroCTSuperResLib.imaging.volume import Volume

from .pair_files import open_files, read_mask, read_part
from .pair_settings import LIMIT_VOXELS, PairingSettings
from .placement import Affine, covered_part, is_on_voxels, sampled
from .registration import Motion, affine_of, measure_motion

if TYPE_CHECKING:
    from collections.abc import Callable

    from .pair_files import PairFiles
    from .specimen import Specimen

# LR voxels whose edges differ by more are no cubes, in which a rotation would be measured.
_CUBE_TOLERANCE = 0.01
# Two scans of one specimen agree to more than 0.9, with five times the usual noise to 0.75; phantoms of femurs and
# their mirror images to 0.68 to 0.82: a tube with few trabeculae is much like its mirror image.
_WARNED_LIKENESS = 0.85
# Beyond this a shift between LR and HR is told as a warning.
WARNED_HR_VOXELS = 0.5


@dataclass(frozen=True, eq=False)
class SpecimenPair:
    """LR and HR of a specimen, ready to be learnt from.

    :param specimen: its row of the cohort.
    :param lr: float32, the part that was taken.
    :param hr: float32, on exactly `hr_grid(lr)`, in the same units.
    :param mask: bool, the shape of HR; None if the specimen has none.
    :param shift_um: by how much the specimen lies farther along the axes x, y, z of LR in LR than in HR, at the middle
        of the field, as the files lie, before any refinement.
    :param left_um: the same after refinement; None if nothing was refined.
    :param rotation_deg: the angle by which the specimen was turned between the scans; None where LR voxels are no
        cubes.
    :param likeness: how far the detail of both scans agrees, 1 at most; see :mod:`.likeness`.
    :param placement: "files" or "corners", see :class:`PairingSettings`.
    :param resampled: whether the voxels of HR are not those of its file.
    :param warnings: what the user should know, one sentence each.
    """

    specimen: Specimen
    lr: Volume
    hr: Volume
    mask: np.ndarray | None
    shift_um: tuple[float, float, float]
    left_um: tuple[float, float, float] | None
    rotation_deg: float | None
    likeness: float
    placement: str
    resampled: bool
    warnings: tuple[str, ...]


def pair_specimen(
    specimen: Specimen, settings: PairingSettings | None = None, *, should_cancel: Callable[[], bool] | None = None
) -> SpecimenPair:
    """Read the scans of a specimen and bring them together.

    :param should_cancel: asked between the steps.
    :raises InputError: for scans that do not belong together: voxel sizes that are not 2 to 1, no common part, no bone,
        NaN, another specimen, or one that moved beyond the limit.
    :raises CalibrationError: if they have no common units.
    :raises FormatError: if a file cannot be read.
    :raises OutOfMemory: if they do not fit into memory.
    :raises Cancelled: when `should_cancel` says so.
    """
    settings = settings or PairingSettings()
    go_on = _gate(should_cancel)
    files = open_files(specimen, settings)
    go_on()
    lr = read_part(files.lr, files.lr_box, "LR")
    limit_um = settings.limit_um or LIMIT_VOXELS * 1000 * max(lr.spacing)
    part = files.hr_part(limit_um)
    hr_file = read_part(files.hr, part, "HR")
    go_on()
    laid = _laid(lr, hr_file, files.place.to_box(part))
    go_on()
    motion = _measured(laid)
    _check_motion(motion, lr, limit_um, settings.least_likeness)
    refined = _refined(laid, hr_file, motion, settings)
    go_on()
    left = None if refined is None else _shift_um(_measured(refined), refined.lr)
    final = laid if refined is None else refined
    pair = SpecimenPair(
        specimen=specimen,
        lr=final.lr,
        hr=final.hr,
        mask=_mask(files, final, part),
        shift_um=_shift_um(motion, lr),
        left_um=left,
        rotation_deg=math.degrees(np.linalg.norm(motion.rotation)) if _has_cubes(lr) else None,
        likeness=motion.likeness,
        placement="corners" if files.placed_by_corners else "files",
        resampled=not is_on_voxels(final.place.of_hr_grid()),
        warnings=files.warnings,
    )
    return replace(pair, warnings=(*pair.warnings, *_warnings(pair, laid, motion, settings.refine)))


@dataclass(frozen=True, eq=False)
class _Laid:
    """LR, and HR on its HR grid; `place` leads from the voxels of LR to those of the part of the HR file."""

    lr: Volume
    hr: Volume
    place: Affine


def _laid(lr: Volume, hr_file: Volume, place: Affine) -> _Laid:
    grid = hr_grid(lr)
    voxels = sampled(hr_file.voxels, place.of_hr_grid(), grid.size)
    hr = hr_file.with_voxels(voxels, spacing=grid.spacing, origin=grid.origin, direction=grid.direction)
    return _Laid(lr, hr, place)


def _measured(laid: _Laid) -> Motion:
    averaged = laid.hr.voxels
    for axis in range(3):
        averaged = halved(averaged, axis)
    return measure_motion(laid.lr.voxels, averaged, rigid=_has_cubes(laid.lr))


def _check_motion(motion: Motion, lr: Volume, limit_um: float, least_likeness: float) -> None:
    if motion.likeness < least_likeness:
        raise InputError(
            f"LR and HR do not seem to show the same specimen: their detail agrees to {motion.likeness:.2f}, at least "
            f"{least_likeness:g} is expected (1 is full agreement).",
            "Check that both files are scans of this specimen, that neither is mirrored or turned, and the crops.",
        )
    shift = _shift_um(motion, lr)
    if math.hypot(*shift) > limit_um:
        raise InputError(
            f"The specimen lies {in_um(shift)} farther along x, y, z in LR than in HR, beyond the limit of "
            f"{limit_um:g} um.",
            "Correct the origins of the files, or allow it with a larger limit and refine.",
        )


def _refined(laid: _Laid, hr_file: Volume, motion: Motion, settings: PairingSettings) -> _Laid | None:
    """LR and HR with the motion taken back; None where nothing is to be done."""
    if settings.refine == "none" or _in_hr_voxels(laid, motion, settings.refine) < settings.refine_from_voxels:
        return None
    rotation = motion.rotation if settings.refine == "rigid" else (0.0, 0.0, 0.0)
    matrix, offset = affine_of(np.array([*motion.shift, *rotation]), laid.lr.voxels.shape)
    place = laid.place.after(Affine(matrix[::-1, ::-1], offset[::-1]))
    covered = covered_part(laid.lr.size, place, Box.whole(hr_file.size))
    return _laid(laid.lr.cropped(covered), hr_file, place.from_box(covered))


def _in_hr_voxels(laid: _Laid, motion: Motion, refine: str) -> float:
    """How far the motion carries the specimen: at the middle of the field, for "rigid" at its border if more."""
    shift = float(np.linalg.norm(np.array(_shift_um(motion, laid.lr)) / 1000 / laid.hr.spacing))
    return max(shift, _turned_hr_voxels(laid, motion)) if refine == "rigid" else shift


def _turned_hr_voxels(laid: _Laid, motion: Motion) -> float:
    """How far the rotation alone carries the border of the field, in HR voxels: the angle times half its side."""
    return float(np.linalg.norm(motion.rotation)) * max(laid.hr.size) / 2


def _shift_um(motion: Motion, lr: Volume) -> tuple[float, float, float]:
    """What `SpecimenPair.shift_um` tells; a motion tells where the specimen lies in HR, seen from LR."""
    return tuple(-1000 * step * size for step, size in zip(motion.shift[::-1], lr.spacing, strict=True))


def _mask(files: PairFiles, final: _Laid, part: Box) -> np.ndarray | None:
    if files.specimen.mask is None:
        return None
    in_file = Affine(np.eye(3), np.array(part.start, float)).after(final.place.of_hr_grid())
    return read_mask(files.specimen, files.hr, in_file, final.hr.size)


def _warnings(pair: SpecimenPair, laid: _Laid, motion: Motion, refine: str) -> list[str]:
    """What the user should know about the motion and what was done about it."""
    told, warned_um = [], WARNED_HR_VOXELS * 1000 * min(pair.hr.spacing)
    if motion.likeness < _WARNED_LIKENESS:
        told.append(
            f"The detail of LR and HR agrees to {motion.likeness:.2f} only, above 0.9 is usual: check that both show "
            "this specimen, and that neither is mirrored or turned."
        )
    far = _in_hr_voxels(laid, motion, "translation")
    if far > WARNED_HR_VOXELS and pair.left_um is None:
        told.append(
            f"The specimen lies {in_um(pair.shift_um)} farther along x, y, z in LR than in HR: {far:.2g} HR voxels, "
            "which lowers every score and blurs what is learnt; --refine translation would take it back."
        )
    turned = _turned_hr_voxels(laid, motion)
    if turned > WARNED_HR_VOXELS and (pair.left_um is None or refine != "rigid"):
        told.append(
            f"It was turned by {pair.rotation_deg:.2g} degrees, which carries the border of the field {turned:.2g} HR "
            "voxels."
        )
    if pair.resampled and pair.left_um is None:
        told.append("The voxels of HR do not lie on the HR grid of LR: HR was resampled, which blurs it a little.")
    if pair.left_um is not None and math.hypot(*pair.left_um) > warned_um:
        told.append(f"After refinement {in_um(pair.left_um)} are left.")
    if pair.mask is not None and not pair.mask.any():
        told.append("The mask marks nothing in the part that was taken.")
    return told


def in_um(shift: tuple[float, float, float]) -> str:
    """A shift to read, with its length."""
    return f"{', '.join(f'{part:.1f}' for part in shift)} um ({math.hypot(*shift):.1f} um in all)"


def _has_cubes(lr: Volume) -> bool:
    return max(lr.spacing) <= (1 + _CUBE_TOLERANCE) * min(lr.spacing)


def _gate(should_cancel: Callable[[], bool] | None) -> Callable[[], None]:
    def go_on() -> None:
        if should_cancel is not None and should_cancel():
            raise Cancelled("Pairing was cancelled.")

    return go_on
