"""How a scan is to be read: the options that every command with a scan has, and what they mean for reading."""

from __future__ import annotations

import re
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from .command import Reporter, UsageError

if TYPE_CHECKING:
    from ..imaging.formats import OpenScan

DENSITY = "density"
# The names of imaging/calibration.py, which would cost --help the import of numpy; a test compares them.
_DENSITY_UNITS = "mg HA/cm3"
UNITS = ("native", "1/cm", "HU", _DENSITY_UNITS)


@dataclass(frozen=True, kw_only=True)
class ScanArguments:
    """See `microct-superres info --help`; the arguments of a command that reads scans are a child of this class.

    :param spacing: voxel size along x, y, z in mm.
    :param phantom: grey value and density in mg HA/cm3 of one rod, then of another.
    :param calibration: path of a calibration file.
    """

    spacing: tuple[float, float, float] | None = None
    crop: str | None = None
    units: str | None = None
    slope: float | None = None
    intercept: float | None = None
    density_of: str | None = None
    mu_scaling: float | None = None
    mu_water: float | None = None
    phantom: tuple[float, float, float, float] | None = None
    calibration: str | None = None


def add_scan_options(parser: ArgumentParser, *, default_units: str = "as in the file") -> None:
    """Add the options of :class:`ScanArguments`.

    :param default_units: what the command does without `--units`, for its help.
    """
    reading = parser.add_argument_group("reading the scan")
    reading.add_argument(
        "--spacing", nargs=3, type=float, metavar=("X", "Y", "Z"), help="voxel size in mm, for files that have none"
    )
    reading.add_argument(
        "--crop",
        metavar="PART",
        help="read this part only: X0:X1,Y0:Y1,Z0:Z1 in voxels or, ending in mm, in millimetres; or auto, auto:200 "
        "(voxels), auto:4mm for a square field around the bone, auto:4mm:2 around the second one that info lists",
    )
    reading.add_argument(
        "--units",
        choices=(*UNITS[:-1], DENSITY, _DENSITY_UNITS),
        help=f"turn grey values into these units on reading; density is short for mg HA/cm3 (default: {default_units})",
    )
    add_calibration_options(parser)


def add_calibration_options(parser: ArgumentParser) -> None:
    """Add the options that are the fields of :class:`~..imaging.given_constants.GivenConstants`."""
    # Before Python 3.14 argparse takes -1.91560000e+02, the way that processing logs write it, for an unknown option.
    parser._negative_number_matcher = re.compile(r"-\.?\d")
    group = parser.add_argument_group(
        "calibration",
        "What grey values mean. These options come before a --calibration file, that before a file "
        "SCAN.calibration.json beside the scan, and that before the scan's own header.",
    )
    group.add_argument("--slope", type=float, metavar="S", help="density = S * value + I; needs --intercept")
    group.add_argument("--intercept", type=float, metavar="I", help="in mg HA/cm3; needs --slope")
    group.add_argument(
        "--density-of",
        choices=UNITS[:-1],
        help="units of the value that --slope multiplies (default: 1/cm where mu_scaling is known, else the file's)",
    )
    group.add_argument("--mu-scaling", type=float, metavar="M", help="native grey values in an attenuation of 1/cm")
    group.add_argument("--mu-water", type=float, metavar="MU", help="attenuation of water in 1/cm")
    group.add_argument(
        "--phantom",
        nargs=4,
        type=float,
        metavar=("GREY", "DENSITY", "GREY", "DENSITY"),
        help="mean grey value (in the file's units) and density (in mg HA/cm3) of two rods, instead of --slope",
    )
    group.add_argument("--calibration", metavar="FILE.json", help="constants in a file, as info --json tells them")


def check_scan_options(options: Namespace) -> None:
    """:raises UsageError: for options that do not go together."""
    from ..imaging.given_constants import contradiction

    told = contradiction(options)
    if told is not None:
        raise UsageError(told)


def open_wanted(path: str | Path, wanted: ScanArguments) -> OpenScan:
    """Open a scan the way that the arguments say.

    :raises InputError: for arguments that do not go together or make no sense.
    :raises FormatError: if the scan or the calibration file cannot be read.
    :raises CalibrationError: if a constant makes no sense, or is missing for the units wanted.
    :raises OutOfMemory: if bones are to be found in a scan that has to be read whole for it and does not fit.
    """
    from ..imaging.crop import BoneCrop, parse_crop
    from ..imaging.formats import open_scan
    from ..imaging.given_constants import contradiction, given_calibration

    told = contradiction(wanted)
    if told is not None:
        raise InputError(f"The job's arguments do not go together: {told}.", "Correct the job description.")
    scan = open_scan(
        path,
        spacing=wanted.spacing,
        calibration=lambda header: given_calibration(header, wanted),
        units=_DENSITY_UNITS if wanted.units == DENSITY else wanted.units,
    )
    crop = None if wanted.crop is None else parse_crop(wanted.crop)
    if isinstance(crop, BoneCrop):
        check_bone_search(scan)
    return scan.cropped(crop)


class ScanWarnings:
    """The warnings about one scan: told to the user at once, and kept in `texts` for the result.

    Those of its header come first: they are about all that is made of it.
    """

    def __init__(self, scan: OpenScan, reporter: Reporter) -> None:
        self.texts: list[str] = []
        self._path = scan.stored.path
        self._reporter = reporter
        for warning in scan.header.warnings:
            self.add(warning)

    def add(self, text: str) -> None:
        """Tell one more."""
        self.texts.append(text)
        self._reporter.warn(f"{self._path}: {text}")


def bytes_to_read(scan: OpenScan) -> int:
    """Memory that reading a scan takes at its peak."""
    from ..imaging.calibration import SAME

    header = scan.header
    needed = header.voxel_bytes
    if header.line != SAME:
        needed += header.stored_bytes
    if scan.keeps_parts:
        return needed
    return max(_bytes_of_whole(scan), scan.stored.stored_bytes + header.voxel_bytes)


def _bytes_of_whole(scan: OpenScan) -> int:
    """Memory to read the stored numbers of a scan as a whole, where the library that does it hands out a copy."""
    return 2 * scan.stored.stored_bytes


def check_bone_search(scan: OpenScan) -> None:
    """Refuse to look for bones in a scan that is too large for it; where a part needs little, a sample is read.

    :raises OutOfMemory: with the memory that it takes and that is free.
    """
    from ..enhancement.memory import check_free_memory

    if not scan.keeps_parts:
        hint = "Close other programs, or convert the scan to .nrrd where there is more memory."
        check_free_memory("Looking for bones in this scan", _bytes_of_whole(scan), hint)
