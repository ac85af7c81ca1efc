"""`phantom`: a bone that never was, as a high-resolution scan."""

from __future__ import annotations

import math
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass

from .arguments import arguments_from, read_arguments
from .command import Command, Reporter
from .output_checks import check_output

_FLOAT32_BYTES = 4


@dataclass(frozen=True)
class PhantomArguments:
    """See `microct-superres phantom --help`; `size` counts voxels along x, y, z."""

    site: str
    output: str
    size: tuple[int, int, int] = (400, 400, 200)
    spacing_mm: float = 0.01
    seed: int = 0
    overwrite: bool = False
    compress: bool = False


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `phantom`."""
    defaults = PhantomArguments("", "")
    parser.add_argument("--site", required=True, choices=("femur", "spine"), help="the bone")
    parser.add_argument(
        "-o", "--output", required=True, metavar="HR", help="file to write, its extension is the format"
    )
    parser.add_argument(
        "--size",
        nargs=3,
        type=int,
        default=defaults.size,
        metavar=("X", "Y", "Z"),
        help="voxels (default: 400 400 200)",
    )
    parser.add_argument(
        "--spacing-mm", type=float, default=defaults.spacing_mm, metavar="MM", help="voxel size in mm (default: 0.01)"
    )
    parser.add_argument("--seed", type=int, default=0, help="same seed, same bone (default: 0)")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing output file")
    parser.add_argument("--compress", action="store_true", help="write a compressed file where the format can")


def describe(options: Namespace) -> dict:
    """The job of parsed options."""
    return arguments_from(PhantomArguments, options)


def run(arguments: dict, reporter: Reporter) -> dict:
    """Make the phantom and write it.

    :raises InputError: for an unknown site or a size that makes no bone.
    :raises OutputError: if the file cannot be written.
    """
    wanted = read_arguments(PhantomArguments, arguments)
    from ..simulation.phantoms import make_phantom

    check_output(
        wanted.output,
        "float32",
        overwrite=wanted.overwrite,
        compress=wanted.compress,
        needed_bytes=_FLOAT32_BYTES * math.prod(wanted.size),
    )
    reporter.log(f"Making a {wanted.site} phantom")
    phantom = make_phantom(wanted.site, size=wanted.size, spacing_mm=wanted.spacing_mm, seed=wanted.seed)
    written = phantom.write(wanted.output, overwrite=wanted.overwrite, compress=wanted.compress)
    return {
        "output": str(written),
        "site": wanted.site,
        "size": list(phantom.size),
        "spacing_mm": list(phantom.spacing),
        "units": phantom.units,
        "seed": wanted.seed,
    }


def tell(result: dict) -> str:
    """The result in plain words."""
    size = " x ".join(map(str, result["size"]))
    return f"Made a {result['site']} phantom of {size} voxels ({result['spacing_mm'][0]:g} mm): {result['output']}"


PHANTOM = Command("phantom", "Make a simulated bone at high resolution.", add_arguments, describe, run, tell)
