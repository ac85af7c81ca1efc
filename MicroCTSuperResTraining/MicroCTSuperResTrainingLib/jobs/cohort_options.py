"""How the scans of a cohort are read: the options that every command with a cohort has.

They hold for the rows of the table that leave the column of the same name empty. The class of the engine that is
imported at once needs the standard library alone.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from MicroCTSuperResLib.jobs.scan_options import (
    DENSITY,
    UNITS,
    add_calibration_options,
    check_scan_options,
)

from ..cohort.specimen import Reading

if TYPE_CHECKING:
    from ..cohort.table import Cohort


@dataclass(frozen=True, kw_only=True)
class CohortReadingArguments(Reading):
    """How all scans are read, as it is typed: see :func:`reading_of`. A command with a cohort has a child of this."""


def add_cohort_reading_options(parser: ArgumentParser) -> None:
    """Add the options of :class:`CohortReadingArguments`."""
    reading = parser.add_argument_group(
        "reading the scans", "For the rows of the table that leave the column of the same name (lr_crop ...) empty."
    )
    for scan in ("lr", "hr"):
        reading.add_argument(
            f"--{scan}-crop", metavar="PART", help=f"the part of each {scan.upper()} scan that is wanted, as in enhance"
        )
        reading.add_argument(
            f"--{scan}-spacing",
            nargs=3,
            type=float,
            metavar=("X", "Y", "Z"),
            help=f"voxel size of the {scan.upper()} scans in mm, for files that have none",
        )
    reading.add_argument(
        "--units",
        choices=(*UNITS[:-1], DENSITY, UNITS[-1]),
        help="turn grey values into these units (default: density where it is known, else as in the files)",
    )
    add_calibration_options(parser)


def check_cohort_reading_options(options: Namespace) -> None:
    """:raises UsageError: for options that do not go together."""
    check_scan_options(options)


def reading_of(wanted: CohortReadingArguments) -> Reading:
    """The reading that the arguments mean: units by their own name, paths absolute.

    :raises InputError: for arguments that do not go together or make no sense.
    """
    from MicroCTSuperResLib.errors import InputError
    from MicroCTSuperResLib.imaging.crop import parse_crop
    from MicroCTSuperResLib.imaging.formats.header import given_spacing
    from MicroCTSuperResLib.imaging.given_constants import contradiction

    told = contradiction(wanted)
    if told is not None:
        raise InputError(f"The job's arguments do not go together: {told}.", "Correct the job description.")
    for crop in (wanted.lr_crop, wanted.hr_crop):
        if crop is not None:
            parse_crop(crop)
    for spacing in (wanted.lr_spacing, wanted.hr_spacing):
        given_spacing(spacing)
    values = {each.name: getattr(wanted, each.name) for each in fields(Reading)}
    if wanted.units == DENSITY:
        values["units"] = UNITS[-1]
    if wanted.calibration is not None:
        values["calibration"] = str(Path(wanted.calibration).absolute())
    return Reading(**values)


def open_cohort(table: str | Path, wanted: CohortReadingArguments) -> Cohort:
    """Read a cohort's table, where what a row leaves open about reading its scans is as the arguments say.

    :raises FormatError: if the table cannot be read.
    :raises CohortError: for a table with problems, with all of them.
    :raises InputError: for arguments that do not go together or make no sense.
    """
    from ..cohort.table import read_cohort

    return read_cohort(table).read_like(reading_of(wanted))
