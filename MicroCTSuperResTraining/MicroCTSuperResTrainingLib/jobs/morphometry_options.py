"""The options of `morphometry`, and what they mean as a job."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path

from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.jobs.arguments import arguments_from
from MicroCTSuperResLib.jobs.command import UsageError
from MicroCTSuperResLib.jobs.scan_options import DENSITY, ScanArguments, add_scan_options, check_scan_options

from .segmentation_options import SegmentationArguments, add_segmentation_options

TABLE_SUFFIX = ".csv"


@dataclass(frozen=True)
class MorphometryArguments(ScanArguments, SegmentationArguments):
    """See `microct-superres morphometry --help`."""

    volumes: tuple[str, ...]
    output: str
    mask: str | None = None
    reference: str | None = None
    specimen: str | None = None
    method: str | None = None
    thickness: bool = False
    plate_model: bool = False
    cortex: bool = False
    each_bone: bool = False
    pictures: str | None = None
    write_mask: str | None = None
    overwrite: bool = False


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `morphometry`."""
    parser.add_argument("volumes", nargs="+", metavar="VOLUME", help="scans (files, or folders of slices)")
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="TABLE.csv",
        help="one row for each slice; TABLE_volumes.csv beside it has one row for each volume",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace existing tables and pictures")
    parser.add_argument(
        "--specimen",
        metavar="NAMES",
        help="of all volumes, or of each, separated by commas (default: the name of each file)",
    )
    parser.add_argument(
        "--method",
        metavar="NAMES",
        help="such as HR,LR,DL: adds the column that `agreement` compares by; one for all volumes, or one for each",
    )
    parser.add_argument("--pictures", metavar="FOLDER", help="write slices with their contours, for checking")
    _add_tissue_options(parser)
    _add_features(parser)
    add_scan_options(parser, default_units=DENSITY)


def _add_tissue_options(parser: ArgumentParser) -> None:
    group = add_segmentation_options(parser, default_threshold="500 mg HA/cm3")
    group.add_argument(
        "--mask",
        metavar="M",
        help="tissue area for all volumes, an image that is not 0 there (default: each volume's own contours)",
    )
    group.add_argument(
        "--reference",
        metavar="HR",
        help="measure all volumes on the grid of this one and inside its contours (or the --mask), as LR, DL and HR of "
        "one specimen",
    )
    group.add_argument(
        "--write-mask",
        metavar="M.nrrd",
        help="write the tissue area, of the reference or of the one volume, to be corrected and given as --mask",
    )


def _add_features(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("what to measure beside BA/TA and BV/TV")
    group.add_argument("--thickness", action="store_true", help="Tb.Th and Tb.Sp by sphere fitting")
    group.add_argument(
        "--plate-model",
        action="store_true",
        help="Tb.N, Tb.Th, Tb.Sp and BS/BV of the plate model (needs itk-bonemorphometry)",
    )
    group.add_argument(
        "--cortex",
        action="store_true",
        help="Tt.Ar, Ma.Ar, Ct.Ar, Ct.Po and Ct.Th of a long bone; trabeculae are then measured inside the cortex",
    )
    group.add_argument("--each-bone", action="store_true", help="tell bones that lie apart one by one")


def names_of(volumes: tuple[str, ...], given: str | None, option: str) -> list[str] | None:
    """A name for each volume; None if none is given.

    :param given: one name for all, or one for each, separated by commas.
    :param option: that gave them, for the error.
    :raises InputError: for another number of names, or an empty one.
    """
    if given is None:
        return None
    names = [name.strip() for name in given.split(",")]
    if len(names) == 1:
        names *= len(volumes)
    if len(names) != len(volumes) or not all(names):
        raise InputError(
            f"{option} names {len(names)} for {len(volumes)} volumes: {given!r}.", "Give one for all, or one for each."
        )
    return names


def describe(options: Namespace) -> dict:
    """The job of parsed options.

    :raises UsageError: for options that do not go together.
    """
    check_scan_options(options)
    if Path(options.output).suffix.lower() != TABLE_SUFFIX:
        raise UsageError(f"-o names a table, such as table{TABLE_SUFFIX}")
    if options.mask is not None and options.without_foramen:
        raise UsageError("--without-foramen is about contours that are found, a --mask is used as it is")
    return arguments_from(MorphometryArguments, options)
