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
    from ..imaging.calibration import Calibration
    from ..imaging.formats import Header, OpenScan

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


def add_scan_options(parser: ArgumentParser) -> None:
    """Add the options of :class:`ScanArguments`."""
    # Before Python 3.14 argparse takes -1.91560000e+02, the way that processing logs write it, for an unknown option.
    parser._negative_number_matcher = re.compile(r"-\.?\d")
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
        help="turn grey values into these units on reading; density is short for mg HA/cm3 (default: as in the file)",
    )
    _add_calibration_options(
        parser.add_argument_group(
            "calibration",
            "What grey values mean. These options come before a --calibration file, that before a file "
            "SCAN.calibration.json beside the scan, and that before the scan's own header.",
        )
    )


def _add_calibration_options(group: ArgumentParser) -> None:
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
    told = contradiction(options)
    if told is not None:
        raise UsageError(told)


def contradiction(wanted: ScanArguments | Namespace) -> str | None:
    """What in the arguments does not go together, in words; None if all does."""
    if (wanted.slope is None) != (wanted.intercept is None):
        return "--slope and --intercept need each other"
    if wanted.phantom is not None and wanted.slope is not None:
        return "--phantom takes the place of --slope and --intercept: give one of them"
    if wanted.density_of is not None and wanted.slope is None:
        return "--density-of says what --slope multiplies: give --slope and --intercept, too"
    return None


def open_wanted(path: str | Path, wanted: ScanArguments) -> OpenScan:
    """Open a scan the way that the arguments say.

    :raises InputError: for arguments that do not go together or make no sense.
    :raises FormatError: if the scan or the calibration file cannot be read.
    :raises CalibrationError: if a constant makes no sense, or is missing for the units wanted.
    :raises OutOfMemory: if bones are to be found in a scan that has to be read whole for it and does not fit.
    """
    from ..imaging.crop import BoneCrop, parse_crop
    from ..imaging.formats import open_scan

    told = contradiction(wanted)
    if told is not None:
        raise InputError(f"The job's arguments do not go together: {told}.", "Correct the job description.")
    scan = open_scan(
        path,
        spacing=wanted.spacing,
        calibration=lambda header: _calibration(header, wanted),
        units=_DENSITY_UNITS if wanted.units == DENSITY else wanted.units,
    )
    crop = None if wanted.crop is None else parse_crop(wanted.crop)
    if isinstance(crop, BoneCrop):
        check_bone_search(scan)
    return scan.cropped(crop)


def _calibration(header: Header, wanted: ScanArguments) -> Calibration:
    """The user's constants for a scan: those of the options, else those of the calibration file."""
    from ..imaging.calibration import UNCALIBRATED, Calibration
    from ..imaging.formats.calibration_file import read_calibration

    given = read_calibration(Path(wanted.calibration)) if wanted.calibration is not None else UNCALIBRATED
    names = [name for name in ("mu_scaling", "mu_water") if getattr(wanted, name) is not None]
    given = given.replaced_by(
        Calibration(
            **{name: getattr(wanted, name) for name in names},
            origins={name: f"--{name.replace('_', '-')}" for name in names},
        )
    )
    return given.replaced_by(_density_line(header, header.calibration.replaced_by(given), wanted))


def _density_line(header: Header, known: Calibration, wanted: ScanArguments) -> Calibration:
    """Slope and intercept of the options.

    :param known: all constants that are known without them.
    """
    from ..imaging.calibration import UNCALIBRATED, Calibration, from_two_points

    if wanted.phantom is not None:
        first_grey, first_density, second_grey, second_density = wanted.phantom
        units = _own_units(header)
        return from_two_points((first_grey, second_grey), (first_density, second_density), units, "--phantom")
    if wanted.slope is None:
        return UNCALIBRATED
    units, note = wanted.density_of, ""
    if units is None:
        units = "1/cm" if known.mu_scaling is not None else _own_units(header)
        note = f", taken as of {units}"
    return Calibration(
        slope=wanted.slope,
        intercept=wanted.intercept,
        density_of=units,
        origins={"slope": f"--slope{note}", "intercept": f"--intercept{note}"},
    )


def _own_units(header: Header) -> str:
    """The units of the file, to tell density from.

    :raises CalibrationError: if they are density already, or unknown.
    """
    from ..errors import CalibrationError

    if header.units not in UNITS[:-1]:
        raise CalibrationError(
            f"{header.path} has grey values in {header.units}, from which no density is told.",
            "Leave the calibration out, or say with --density-of what --slope multiplies.",
        )
    return header.units


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
