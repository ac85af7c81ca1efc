"""`info`: what a file is, and what it would take to enhance it; reads no voxels."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import MicroCTError
from ..files import in_bytes
from .arguments import arguments_from, read_arguments
from .command import Command, Reporter
from .terminal import in_words

if TYPE_CHECKING:
    from ..imaging.formats import Header


_FEW_SECONDS = 5


@dataclass(frozen=True)
class InfoArguments:
    """See `microct-superres info --help`; `spacing` is the voxel size along x, y, z in mm."""

    file: str
    model: str = "default"
    grid: str = "isotropic"
    spacing: tuple[float, float, float] | None = None


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `info`."""
    parser.add_argument("file", metavar="FILE", help="scan, or folder of a slice stack")
    parser.add_argument("--model", default="default", help="model to tell memory and time for (default: default)")
    parser.add_argument("--grid", choices=("isotropic", "in-plane"), default="isotropic", help="see enhance --help")
    parser.add_argument(
        "--spacing", nargs=3, type=float, metavar=("X", "Y", "Z"), help="voxel size in mm, for files that have none"
    )


def describe(options: Namespace) -> dict:
    """The job of parsed options."""
    return arguments_from(InfoArguments, options)


def run(arguments: dict, reporter: Reporter) -> dict:
    """Read the file's header.

    :raises FormatError: if the file is absent, broken or of an unknown format.
    """
    wanted = read_arguments(InfoArguments, arguments)
    from ..imaging.formats import inspect

    header = inspect(wanted.file, spacing=wanted.spacing)
    return {
        "file": wanted.file,
        "format": header.format,
        "size": list(header.size),
        "spacing_mm": list(header.spacing),
        "origin_mm": list(header.origin),
        "direction": list(header.direction),
        "voxel_type": header.voxel_type,
        "voxel_bytes": header.voxel_bytes,
        "units": header.units,
        "calibration": header.calibration.as_dict() or None,
        "metadata": dict(header.metadata),
        "enhancement": _enhancement(header, wanted),
    }


def _enhancement(header: Header, wanted: InfoArguments) -> dict:
    """Memory and time to enhance the volume on the CPU, or why it cannot be enhanced."""
    from ..enhancement.memory import estimate
    from ..networks.store import ModelStore

    try:
        card = ModelStore().find(wanted.model).card
        card.check_fits(header.units)
        estimated = estimate(header, card, "cpu", wanted.grid)
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


def tell(result: dict) -> str:
    """The result in plain words."""
    size = " x ".join(map(str, result["size"]))
    spacing = " x ".join(f"{value:g}" for value in result["spacing_mm"])
    origin = ", ".join(f"{value:g}" for value in result["origin_mm"])
    lines = [
        f"{result['file']}: {result['format']}",
        f"size         {size} voxels (x, y, z), {result['voxel_type']}, {in_bytes(result['voxel_bytes'])}",
        f"voxel size   {spacing} mm",
        f"origin       {origin} mm",
        f"grey values  {result['units']}",
        f"calibration  {_calibration_in_words(result['calibration'])}",
        *_origin_in_words(result["metadata"]),
        f"to enhance   {_enhancement_in_words(result['enhancement'])}",
    ]
    return "\n".join(lines)


def _origin_in_words(metadata: dict) -> list[str]:
    """A line about what this software did to make the file, if it did."""
    kind = metadata.get("MicroCTSuperRes.image_kind")
    if kind is None:
        return []
    made = [
        f"{word} {metadata[name]}"
        for word, name in (("by model", "MicroCTSuperRes.model"), ("from", "MicroCTSuperRes.source_file"))
        if kind == "AI-enhanced" and name in metadata
    ]
    return [f"made         {' '.join([kind, *made])}"]


def _calibration_in_words(calibration: dict | None) -> str:
    if not calibration:
        return "none in the file"
    return ", ".join(f"{name} {value}" for name, value in calibration.items())


def _enhancement_in_words(enhancement: dict) -> str:
    if "obstacle" in enhancement:
        return enhancement["obstacle"]
    return (
        f"{in_bytes(enhancement['memory_bytes'])} of memory, {in_bytes(enhancement['output_bytes'])} of disk, "
        f"{_time_in_words(enhancement['seconds'])} on the CPU (model {enhancement['model']}, {enhancement['grid']})"
    )


def _time_in_words(seconds: float) -> str:
    """Starting the program takes longer than enhancing a small volume."""
    return "a few seconds" if seconds < _FEW_SECONDS else f"about {in_words(seconds)}"


INFO = Command("info", "Tell what a scan file is.", add_arguments, describe, run, tell)
