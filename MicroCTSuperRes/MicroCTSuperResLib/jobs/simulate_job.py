"""`simulate`: the low-resolution scan that a scanner would have made of the bone in a high-resolution scan."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass

from .arguments import arguments_from, read_arguments
from .command import Command, Reporter
from .output_checks import check_output, refuse_to_replace_input
from .result_options import ResultArguments, add_result_options, check_result_options, write_result, writing_of
from .scan_options import ScanArguments, ScanWarnings, add_scan_options, check_scan_options, open_wanted


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
    """The job of parsed options.

    :raises UsageError: for options that do not go together.
    """
    check_scan_options(options)
    check_result_options(options)
    return arguments_from(SimulateArguments, options)


def run(arguments: dict, reporter: Reporter) -> dict:
    """Read the HR scan, simulate the LR scan and write it.

    :raises FormatError: if the HR scan cannot be read.
    :raises OutputError: if the LR scan cannot be written, or would replace the HR scan.
    """
    wanted = read_arguments(SimulateArguments, arguments)
    from ..imaging.source import PREFIX, kept_fields, source_fields
    from ..simulation.acquisition import simulate_lr

    scan = open_wanted(wanted.input, wanted)
    refuse_to_replace_input(scan.header, wanted.output, compress=wanted.compress)
    check_output(wanted.output, "float32", **writing_of(wanted))
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


def tell(result: dict) -> str:
    """The result in plain words."""
    size = " x ".join(map(str, result["size"]))
    spacing = " x ".join(f"{value:g}" for value in result["spacing_mm"])
    return f"Simulated a scan of {size} voxels ({spacing} mm) from {result['input']}: {result['output']}"


SIMULATE = Command(
    "simulate", "Simulate a low-resolution scan from a high-resolution one.", add_arguments, describe, run, tell
)
