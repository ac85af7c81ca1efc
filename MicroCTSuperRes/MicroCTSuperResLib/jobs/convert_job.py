"""`convert`: a scan, or a part of it, in another format, other units or another voxel type."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import Cancelled
from .arguments import read_arguments
from .command import Command, Reporter
from .output_checks import check_output, refuse_to_replace_input
from .result_options import ResultArguments, add_result_options, describe_scan_to_result, write_result, writing_of
from .scan_options import ScanArguments, ScanWarnings, add_scan_options, bytes_to_read, open_wanted

if TYPE_CHECKING:
    from ..imaging.formats import OpenScan
    from ..imaging.volume import Volume


@dataclass(frozen=True)
class ConvertArguments(ScanArguments, ResultArguments):
    """See `microct-superres convert --help`."""

    input: str
    output: str


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `convert`."""
    parser.add_argument("input", metavar="SCAN", help="file, folder of slices, or pattern such as 'FOLDER/rec_*.bmp'")
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="OUT",
        help="file to write, its extension is the format ('FOLDER/*.tif' for slices)",
    )
    add_scan_options(parser)
    add_result_options(parser)


def describe(options: Namespace) -> dict:
    """The job of parsed options."""
    return describe_scan_to_result(ConvertArguments, options)


def run(arguments: dict, reporter: Reporter) -> dict:
    """Read the scan and write it.

    :raises FormatError: if the scan cannot be read.
    :raises CalibrationError: if the scan is not calibrated for the units wanted.
    :raises OutputError: if the result cannot be written, or would replace the scan.
    :raises OutOfMemory: before the work starts, if it cannot fit.
    """
    wanted = read_arguments(ConvertArguments, arguments)
    scan = open_wanted(wanted.input, wanted)
    _check(scan, wanted)
    warnings = ScanWarnings(scan, reporter)
    reporter.log(f"Reading {wanted.input}")
    volume = _with_conversion_told(scan.volume(keep_personal=wanted.keep_personal))
    if reporter.cancelled():
        raise Cancelled("Cancelled.", "Nothing was written.")
    reporter.log(f"Writing {wanted.output}")
    written, clipped = write_result(volume, wanted.output, wanted, warnings.add)
    return {
        "output": str(written),
        "input": wanted.input,
        "format": _format_of(wanted.output),
        "size": list(volume.size),
        "spacing_mm": list(volume.spacing),
        "origin_mm": list(volume.origin),
        "units": volume.units,
        "calibration": volume.calibration.as_dict() or None,
        "crop_voxels": None if scan.header.box is None else str(scan.header.box),
        "voxel_type": wanted.voxel_type or volume.voxel_type,
        "clipped": clipped,
        "warnings": warnings.texts,
    }


def _check(scan: OpenScan, wanted: ConvertArguments) -> None:
    """Find out before any voxel is read whether it will fit into memory and onto the disk."""
    import math

    import numpy as np

    from ..enhancement.memory import check_free_memory

    header = scan.header
    refuse_to_replace_input(header, wanted.output, compress=wanted.compress)
    stored_bytes = math.prod(header.size) * np.dtype(wanted.voxel_type or header.voxel_type).itemsize
    check_output(wanted.output, header.voxel_type, needed_bytes=stored_bytes, **writing_of(wanted))
    # While it is written a volume exists as it was read and as what the file library takes.
    needed_bytes = max(bytes_to_read(scan), header.voxel_bytes + stored_bytes)
    check_free_memory("Converting this scan", needed_bytes, "Close other programs, or convert a part with --crop.")


def _with_conversion_told(volume: Volume) -> Volume:
    """The volume with what was done added to its text fields.

    All that a simulation or enhancement told of it stays: a converted volume is still simulated or AI-enhanced. Of
    several conversions the last one is told, its source's checksum leads back.
    """
    from datetime import UTC, datetime

    from .. import __version__
    from ..imaging.source import PREFIX, kept_fields, source_fields

    fields = {
        "software": f"MicroCTSuperRes {__version__}",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        **source_fields(volume),
    }
    told = {f"{PREFIX}conversion_{name}": text for name, text in fields.items()}
    return volume.with_voxels(volume.voxels, metadata={**kept_fields(volume.metadata, "conversion_"), **told})


def _format_of(output: str) -> str:
    from pathlib import Path

    from ..imaging.formats.registry import format_to_write

    return format_to_write(Path(output)).name


def tell(result: dict) -> str:
    """The result in plain words."""
    size = " x ".join(map(str, result["size"]))
    spacing = " x ".join(f"{value:g}" for value in result["spacing_mm"])
    return (
        f"{result['output']}: {size} voxels ({spacing} mm), {result['voxel_type']}, grey values in {result['units']}"
        + (f", {result['clipped']} voxels limited to the range of the type" if result["clipped"] else "")
    )


CONVERT = Command("convert", "Write a scan in another format, units or voxel type.", add_arguments, describe, run, tell)
