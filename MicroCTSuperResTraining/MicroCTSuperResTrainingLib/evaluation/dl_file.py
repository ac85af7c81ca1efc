"""DL as a file gives it: read, brought to its place, and doubted where it does not fit to LR."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from MicroCTSuperResLib.errors import MicroCTError
from MicroCTSuperResLib.imaging.calibration import NATIVE_UNITS, UNCALIBRATED, Calibration
from MicroCTSuperResLib.imaging.formats import open_scan
from MicroCTSuperResLib.imaging.given_constants import given_calibration
from MicroCTSuperResLib.imaging.sampling import SCALE, halved
from MicroCTSuperResLib.quality.baselines import BILINEAR
from MicroCTSuperResLib.quality.pairing import displacement

from ..cohort.likeness import likeness
from ..cohort.placement import affine_between
from ..cohort.scan_checks import in_um
from ..cohort.scans import open_whole

if TYPE_CHECKING:
    from pathlib import Path

    from MicroCTSuperResLib.imaging.formats import Header
    from MicroCTSuperResLib.imaging.volume import Volume
    from MicroCTSuperResLib.quality.pairing import Paired

    from ..cohort.pairing import SpecimenPair

# Voxels that lie this part of a voxel beside those of HR are on them: files round their geometry.
_ON_VOXEL = 0.05
_CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)])


def read_dl(path: Path, of: SpecimenPair) -> Volume:
    """Read the file of a specimen's DL.

    A voxel size and calibration constants that were given for LR hold for it, too: it was made from LR. Where neither
    LR nor HR tells its place, nor does DL, their outer corners are put at one point.

    :returns: in the units of `of.hr`.
    :raises MicroCTError: if it cannot be read, has NaN, or cannot be told in the units of HR.
    """
    reading = of.specimen.reading

    def constants(header: Header) -> Calibration:
        return given_calibration(header, reading) if header.units == NATIVE_UNITS else UNCALIBRATED

    spacing = None if reading.lr_spacing is None else [edge / SCALE for edge in reading.lr_spacing]
    try:
        dl = open_scan(path, spacing=spacing, calibration=constants).volume()
        dl.check_grey_values()
        dl = dl.in_units(of.hr.units)
    except MicroCTError as error:
        error.message = f"DL: {error.message}"
        raise
    if of.placement == "corners" and not any(dl.origin):
        moved_mm = displacement(open_whole(of.specimen, "lr").stored, dl, "corners")
        dl = replace(dl, origin=tuple((np.array(dl.origin) + moved_mm).tolist()))
    return dl


def doubts_about_place(dl: Volume, hr: Volume) -> list[str]:
    """Whether DL has to be interpolated to be compared with HR."""
    places = affine_between(hr, dl)
    at_corners = (_CORNERS * (np.array(hr.size) - 1)) @ places.matrix.T + places.offset
    if np.abs(at_corners - at_corners.round()).max() <= _ON_VOXEL:
        return []
    return [
        f"DL does not lie on the HR grid of LR (its voxels are {in_um(dl.spacing)}, those of HR {in_um(hr.spacing)}): "
        "it was interpolated linearly, which blurs it and lowers its scores."
    ]


def doubts_about_content(paired: Paired, name: str, least: float) -> list[str]:
    """Whether DL shows what LR shows: it may be that of another specimen, or HR itself.

    :param name: of DL in `paired`.
    :param least: see :class:`~..cohort.pair_settings.PairingSettings`.
    """
    if np.array_equal(paired.images[name].voxels, paired.reference.voxels):
        return ["DL is identical to HR, voxel by voxel: check its file."]
    lr, dl = (_in_lr_voxels(paired.images[each].voxels) for each in (BILINEAR, name))
    found = likeness(lr, dl, np.eye(3), np.zeros(3))
    if found >= least:
        return []
    return [
        f"DL does not seem to show the specimen of LR: their detail agrees to {found:.2f}, at least {least:g} is "
        "expected. Check that its file was made from this LR scan, and that it lies where LR does."
    ]


def _in_lr_voxels(voxels: np.ndarray) -> np.ndarray:
    voxels = voxels[tuple(slice(count - count % SCALE) for count in voxels.shape)]
    for axis in range(3):
        voxels = halved(voxels, axis)
    return voxels
