"""The scans of a specimen, opened the way its row of the table says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from MicroCTSuperResLib.errors import CalibrationError
from MicroCTSuperResLib.imaging.calibration import DENSITY_UNITS, HINT
from MicroCTSuperResLib.imaging.formats import OpenScan, open_scan
from MicroCTSuperResLib.imaging.given_constants import given_calibration

if TYPE_CHECKING:
    from MicroCTSuperResLib.imaging.formats import Header

    from .specimen import Specimen


def open_pair(specimen: Specimen) -> tuple[OpenScan, OpenScan]:
    """LR and HR in common units, cropped as the row says; no voxels are read unless a crop asks for a bone.

    :raises FormatError: if a scan cannot be read.
    :raises InputError: for a crop beyond the volume or without bone.
    :raises CalibrationError: if there are no common units, or a constant makes no sense.
    """
    lr, hr = open_whole(specimen, "lr"), open_whole(specimen, "hr")
    units = common_units(specimen, lr.header, hr.header)
    in_units = [replace(scan, header=scan.header.in_units(units)) for scan in (lr, hr)]
    return (in_units[0].cropped(specimen.reading.lr_crop), in_units[1].cropped(specimen.reading.hr_crop))


def open_whole(specimen: Specimen, scan: str) -> OpenScan:
    """One scan of a specimen as its file has it, with its row's voxel size and calibration.

    :param scan: "lr", "hr" or "mask"; the mask has the voxel size of HR.
    :raises FormatError: if it cannot be read.
    :raises CalibrationError: for a constant that makes no sense.
    """
    reading = specimen.reading
    if scan == "mask":
        return open_scan(specimen.mask, spacing=reading.hr_spacing)
    return open_scan(
        getattr(specimen, scan),
        spacing=getattr(reading, f"{scan}_spacing"),
        calibration=lambda header: given_calibration(header, reading),
    )


def common_units(specimen: Specimen, lr: Header, hr: Header) -> str:
    """The units that both scans are read in: those of the row, else density where both tell it, else their own.

    :raises CalibrationError: if they have none in common.
    """
    wanted = specimen.reading.units
    if wanted is not None:
        for header in (lr, hr):
            header.in_units(wanted)
        return wanted
    calibrated = [header.calibration.reaches(header.units, DENSITY_UNITS) for header in (lr, hr)]
    if all(calibrated):
        return DENSITY_UNITS
    if any(calibrated):
        known, unknown = ("LR", "HR") if calibrated[0] else ("HR", "LR")
        raise CalibrationError(f"{known} is calibrated for density, {unknown} is not.", HINT)
    if lr.units != hr.units:
        raise CalibrationError(f"LR has grey values in {lr.units}, HR in {hr.units}, and no density is known.", HINT)
    return lr.units
