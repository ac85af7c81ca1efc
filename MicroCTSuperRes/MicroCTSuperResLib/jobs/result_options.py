"""How a result is to be written: the options that every command with one volume as its result has."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .arguments import arguments_from
from .command import UsageError
from .scan_options import check_scan_options

if TYPE_CHECKING:
    from ..imaging.volume import Volume

# The names of imaging/formats/storing.py and options.py, which would cost --help the import of numpy; a test compares
# them.
STORED_TYPES = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64")
NGFF_VERSIONS = ("0.5", "0.4")


@dataclass(frozen=True, kw_only=True)
class ResultArguments:
    """See `microct-superres convert --help`; the arguments of a command that writes volumes are a child of this class.

    :param rescale: slope and intercept that turn stored whole numbers into grey values.
    :param ngff: version of the OME-Zarr metadata.
    """

    overwrite: bool = False
    compress: bool = False
    voxel_type: str | None = None
    rescale: tuple[float, float] | None = None
    ngff: str = NGFF_VERSIONS[0]
    keep_personal: bool = False


def add_result_options(parser: ArgumentParser) -> None:
    """Add the options of :class:`ResultArguments`."""
    writing = parser.add_argument_group("writing the result")
    writing.add_argument("--overwrite", action="store_true", help="replace existing output files")
    writing.add_argument("--compress", action="store_true", help="write compressed files where the format can")
    writing.add_argument(
        "--voxel-type",
        choices=STORED_TYPES,
        help="type of the stored numbers; whole numbers get a rescale that keeps the grey values",
    )
    writing.add_argument(
        "--rescale",
        nargs=2,
        type=float,
        metavar=("SLOPE", "INTERCEPT"),
        help="grey value = SLOPE * stored whole number + INTERCEPT (default: the finest round slope that fits)",
    )
    writing.add_argument(
        "--ngff", choices=NGFF_VERSIONS, default=NGFF_VERSIONS[0], help="version of OME-Zarr (default: 0.5)"
    )
    writing.add_argument(
        "--keep-personal",
        action="store_true",
        help="copy fields of the scan that may name a person, which are left out otherwise",
    )


def check_result_options(options: Namespace) -> None:
    """:raises UsageError: for options that do not go together."""
    if options.rescale is not None and (options.voxel_type is None or options.voxel_type.startswith("float")):
        raise UsageError("--rescale needs a --voxel-type of whole numbers")


def describe_scan_to_result(kind: type[ResultArguments], options: Namespace) -> dict:
    """The job of parsed options, for a command whose arguments are a child of ScanArguments and ResultArguments.

    :raises UsageError: for options that do not go together.
    """
    check_scan_options(options)
    check_result_options(options)
    return arguments_from(kind, options)


def writing_of(wanted: ResultArguments) -> dict:
    """The keyword arguments of `write_volume`.

    :raises InputError: for a rescale that makes no line.
    """
    from ..errors import InputError
    from ..imaging.calibration import Line
    from ..imaging.formats.meaning import line_from

    rescale: Line | None = None
    if wanted.rescale is not None:
        try:
            rescale = line_from(wanted.rescale)
        except ValueError as error:
            raise InputError(
                f"The rescale {wanted.rescale[0]:g} {wanted.rescale[1]:g} leads to no grey values.",
                "Give a slope other than zero and a finite intercept.",
            ) from error
    return {
        "overwrite": wanted.overwrite,
        "compress": wanted.compress,
        "voxel_type": wanted.voxel_type,
        "rescale": rescale,
        "ngff": wanted.ngff,
    }


def write_result(
    volume: Volume, target: str | Path, wanted: ResultArguments, on_warning: Callable[[str], None]
) -> tuple[Path, int]:
    """Write a volume the way that the arguments say.

    :returns: the file or folder that was written, and how many voxels were limited to what the type can hold.
    :raises OutputError: if it cannot be written.
    """
    from ..imaging.formats import write_volume

    clipped = 0

    def count(voxels: int) -> None:
        nonlocal clipped
        clipped = voxels

    path = write_volume(volume, target, **writing_of(wanted), on_warning=on_warning, on_clipped=count)
    return path, clipped
