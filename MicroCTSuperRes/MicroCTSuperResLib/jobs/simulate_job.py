"""`simulate`: the low-resolution scan that a scanner would have made of the bone in a high-resolution scan."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .arguments import read_arguments
from .command import Command, Reporter
from .output_checks import check_output, refuse_to_replace_input
from .result_options import ResultArguments, add_result_options, describe_scan_to_result, write_result, writing_of
from .scan_options import ScanArguments, ScanWarnings, add_scan_options, bytes_to_read, open_wanted

if TYPE_CHECKING:
    from ..imaging.formats import OpenScan


@dataclass(frozen=True)
class SimulateArguments(ScanArguments, ResultArguments):
    """See `microct-superres simulate --help`."""

    input: str
    output: str
    frames: int = 1
    seed: int = 0


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `simulate`."""
    parser.add_argument("input", metavar="HR", help="high-resolution scan")
    parser.add_argument(
        "-o", "--output", required=True, metavar="LR", help="file to write, its extension is the format"
    )
    parser.add_argument("--frames", type=int, default=1, help="frames averaged by the scanner: less noise (default: 1)")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same noise (default: 0)")
    add_scan_options(parser)
    add_result_options(parser)


def describe(options: Namespace) -> dict:
    """The job of parsed options."""
    return describe_scan_to_result(SimulateArguments, options)


def run(arguments: dict, reporter: Reporter) -> dict:
    """Read the HR scan, simulate the LR scan and write it.

    :raises FormatError: if the HR scan cannot be read.
    :raises OutputError: if the LR scan cannot be written, or would replace the HR scan.
    :raises OutOfMemory: before any voxel is read, if it cannot fit.
    """
    wanted = read_arguments(SimulateArguments, arguments)
    from ..imaging.source import PREFIX, kept_fields, source_fields
    from ..simulation.acquisition import simulate_lr

    scan = open_wanted(wanted.input, wanted)
    refuse_to_replace_input(scan.header, wanted.output, compress=wanted.compress)
    check_output(wanted.output, "float32", **writing_of(wanted))
    _check_memory(scan)
    warnings = ScanWarnings(scan, reporter)
    reporter.log(f"Reading {wanted.input}")
    hr = scan.volume(keep_personal=wanted.keep_personal)
    reporter.log(f"Simulating the scan of {wanted.input}")
    lr = simulate_lr(hr, seed=wanted.seed, frames=wanted.frames)
    source = {PREFIX + name: text for name, text in source_fields(hr).items()}
    lr = lr.with_voxels(lr.voxels, metadata={**kept_fields(lr.metadata, "source_"), **source})
    written, clipped = write_result(lr, wanted.output, wanted, warnings.add)
    return {
        "output": str(written),
        "input": wanted.input,
        "size": list(lr.size),
        "spacing_mm": list(lr.spacing),
        "units": lr.units,
        "calibration": lr.calibration.as_dict() or None,
        "voxel_type": wanted.voxel_type or lr.voxel_type,
        "clipped": clipped,
        "frames": wanted.frames,
        "seed": wanted.seed,
        "warnings": warnings.texts,
    }


def _check_memory(scan: OpenScan) -> None:
    import math

    import numpy as np

    from ..enhancement.memory import check_free_memory

    header = scan.header
    # Beside the scan as it was read: in single precision, blurred, and what is made for LR and its noise. Measured: the
    # peak for 512 x 512 x 400 voxels of int16 (419 MB in single precision) was 1.38 GB with 0.15 GB of program.
    working_bytes = 3 * math.prod(header.size) * np.dtype(np.float32).itemsize
    needed_bytes = max(bytes_to_read(scan), header.voxel_bytes + working_bytes)
    check_free_memory(
        "Simulating a scan of this one", needed_bytes, "Close other programs, or take a part with --crop."
    )


def tell(result: dict) -> str:
    """The result in plain words."""
    size = " x ".join(map(str, result["size"]))
    spacing = " x ".join(f"{value:g}" for value in result["spacing_mm"])
    return f"Simulated a scan of {size} voxels ({spacing} mm) from {result['input']}: {result['output']}"


SIMULATE = Command(
    "simulate", "Simulate a low-resolution scan from a high-resolution one.", add_arguments, describe, run, tell
)
