"""`simulate`: the low-resolution scan that a scanner would have made of the bone in a high-resolution scan."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass

from .arguments import arguments_from, read_arguments
from .command import Command, Reporter
from .output_checks import check_output, refuse_to_replace_input


@dataclass(frozen=True)
class SimulateArguments:
    """See `microct-superres simulate --help`; `spacing` is the HR voxel size along x, y, z in mm."""

    input: str
    output: str
    frames: int = 1
    seed: int = 0
    spacing: tuple[float, float, float] | None = None
    overwrite: bool = False
    compress: bool = False


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `simulate`."""
    parser.add_argument("input", metavar="HR", help="high-resolution scan")
    parser.add_argument(
        "-o", "--output", required=True, metavar="LR", help="file to write, its extension is the format"
    )
    parser.add_argument("--frames", type=int, default=1, help="frames averaged by the scanner: less noise (default: 1)")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same noise (default: 0)")
    parser.add_argument(
        "--spacing", nargs=3, type=float, metavar=("X", "Y", "Z"), help="HR voxel size in mm, for files that have none"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an existing output file")
    parser.add_argument("--compress", action="store_true", help="write a compressed file where the format can")


def describe(options: Namespace) -> dict:
    """The job of parsed options."""
    return arguments_from(SimulateArguments, options)


def run(arguments: dict, reporter: Reporter) -> dict:
    """Read the HR scan, simulate the LR scan and write it.

    :raises FormatError: if the HR scan cannot be read.
    :raises OutputError: if the LR scan cannot be written, or would replace the HR scan.
    """
    wanted = read_arguments(SimulateArguments, arguments)
    from ..imaging.formats import inspect, read_volume
    from ..simulation.acquisition import simulate_lr

    refuse_to_replace_input(inspect(wanted.input, spacing=wanted.spacing), wanted.output, compress=wanted.compress)
    check_output(wanted.output, "float32", overwrite=wanted.overwrite, compress=wanted.compress)
    reporter.log(f"Reading {wanted.input}")
    hr = read_volume(wanted.input, spacing=wanted.spacing)
    reporter.log(f"Simulating the scan of {wanted.input}")
    lr = simulate_lr(hr, seed=wanted.seed, frames=wanted.frames)
    written = lr.write(wanted.output, overwrite=wanted.overwrite, compress=wanted.compress)
    return {
        "output": str(written),
        "input": wanted.input,
        "size": list(lr.size),
        "spacing_mm": list(lr.spacing),
        "units": lr.units,
        "frames": wanted.frames,
        "seed": wanted.seed,
    }


def tell(result: dict) -> str:
    """The result in plain words."""
    size = " x ".join(map(str, result["size"]))
    spacing = " x ".join(f"{value:g}" for value in result["spacing_mm"])
    return f"Simulated a scan of {size} voxels ({spacing} mm) from {result['input']}: {result['output']}"


SIMULATE = Command(
    "simulate", "Simulate a low-resolution scan from a high-resolution one.", add_arguments, describe, run, tell
)
