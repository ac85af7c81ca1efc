"""`info`: what a scan is, what its grey values mean, which bones are in it, and what it would take to enhance it."""

from __future__ import annotations

from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import MicroCTError
from .arguments import arguments_from, read_arguments
from .command import Command, Reporter
from .info_words import tell
from .scan_options import (
    ScanArguments,
    add_scan_options,
    bytes_to_read,
    check_bone_search,
    check_scan_options,
    open_wanted,
)

if TYPE_CHECKING:
    from ..imaging.formats import Header, OpenScan

# Files up to this size are read for their bones even where all of their voxels have to be.
_SMALL_BYTES = 32 * 2**20
# And as many slices: to open one takes about a millisecond, however small it is.
_FEW_FILES = 300


@dataclass(frozen=True)
class InfoArguments(ScanArguments):
    """See `microct-superres info --help`.

    :param bones: whether to look for bones; None looks where that costs little.
    """

    file: str
    model: str = "default"
    grid: str = "isotropic"
    bones: bool | None = None
    personal: bool = False


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `info`."""
    parser.add_argument("file", metavar="FILE", help="scan, folder of slices, or pattern such as 'FOLDER/rec_*.bmp'")
    parser.add_argument("--model", default="default", help="model to tell memory and time for (default: default)")
    parser.add_argument("--grid", choices=("isotropic", "in-plane"), default="isotropic", help="see enhance --help")
    parser.add_argument(
        "--bones",
        action=BooleanOptionalAction,
        help="list the bones in the scan with their boxes (default: where not the whole of a large file must be read)",
    )
    parser.add_argument("--personal", action="store_true", help="show fields that may name a person, too")
    add_scan_options(parser)


def describe(options: Namespace) -> dict:
    """The job of parsed options.

    :raises UsageError: for options that do not go together.
    """
    check_scan_options(options)
    return arguments_from(InfoArguments, options)


def run(arguments: dict, reporter: Reporter) -> dict:
    """Read the file's header and look for bones where that costs little.

    :raises FormatError: if the file is absent, broken or of an unknown format.
    :raises CalibrationError: if the scan is not calibrated for the units wanted.
    """
    wanted = read_arguments(InfoArguments, arguments)
    scan = open_wanted(wanted.file, wanted)
    header = scan.header
    bones, note = _bones(scan, wanted)
    return {
        "file": wanted.file,
        "format": header.format,
        "size": list(header.size),
        "spacing_mm": list(header.spacing),
        "origin_mm": list(header.origin),
        "direction": list(header.direction),
        "voxel_type": header.voxel_type,
        "voxel_bytes": header.voxel_bytes,
        "stored_type": header.stored_type,
        "rescale": _rescale(header),
        "crop_voxels": None if header.box is None else str(header.box),
        "whole_size": list(scan.stored.size),
        "units": header.units,
        "calibration": header.calibration.as_dict() or None,
        "study_threshold": _study_threshold(header),
        "bones": bones,
        "bones_note": note,
        "metadata": dict(header.metadata),
        "personal": {name: text if wanted.personal else None for name, text in header.personal.items()},
        "warnings": list(header.warnings),
        "enhancement": _enhancement(scan, wanted),
    }


def _rescale(header: Header) -> dict | None:
    """The line from stored numbers to grey values; None where they are the same."""
    from ..imaging.calibration import SAME

    return None if header.line == SAME else {"slope": header.line.factor, "intercept": header.line.offset}


def _study_threshold(header: Header) -> dict | None:
    """The study's threshold in all units that the calibration leads to; None where density is not known."""
    from ..imaging.calibration import DENSITY_UNITS, KNOWN_UNITS, STUDY_THRESHOLD

    calibration = header.calibration
    if not calibration.reaches(header.units, DENSITY_UNITS):
        return None
    return {
        units: float(calibration.line(DENSITY_UNITS, units).of(STUDY_THRESHOLD))
        for units in KNOWN_UNITS
        if calibration.reaches(DENSITY_UNITS, units)
    }


def _bones(scan: OpenScan, wanted: InfoArguments) -> tuple[list[dict] | None, str]:
    """The bones of the whole scan; or None and why they were not looked for."""
    if wanted.bones is False:
        return None, "not looked for"
    if wanted.bones is None and not _costs_little(scan):
        return None, "info --bones looks for them, which takes longer here"
    from ..imaging.bones import find_bones

    try:
        check_bone_search(scan)
        return [bone.as_dict() for bone in find_bones(scan)], ""
    except MicroCTError as error:
        if wanted.bones:
            raise
        return None, str(error)


def _costs_little(scan: OpenScan) -> bool:
    """Whether a coarse sample of the voxels is read at once: slices and chunks are opened or decoded one by one."""
    stored = scan.stored
    is_one_piece = stored.path.is_file() and len(stored.files) <= 2  # header and voxels may be apart
    is_small = stored.stored_bytes <= _SMALL_BYTES and len(stored.files) <= _FEW_FILES
    return (scan.reads_parts and is_one_piece) or is_small


def _enhancement(scan: OpenScan, wanted: InfoArguments) -> dict:
    """Memory and time to enhance the volume on the CPU, or why it cannot be enhanced."""
    from ..enhancement.memory import estimate
    from ..networks.store import ModelStore

    header = scan.header
    try:
        card = ModelStore().find(wanted.model).card
        card.check_fits(header.units)
        estimated = estimate(header, card, "cpu", wanted.grid, reading_bytes=bytes_to_read(scan))
    except MicroCTError as error:
        return {"model": wanted.model, "grid": wanted.grid, "obstacle": str(error)}
    return {
        "model": wanted.model,
        "grid": wanted.grid,
        "device": "cpu",
        "memory_bytes": estimated.memory_bytes,
        "output_bytes": estimated.output_bytes,
        "seconds": estimated.seconds,
    }


INFO = Command("info", "Tell what a scan file is.", add_arguments, describe, run, tell)
