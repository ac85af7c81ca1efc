"""`compare`: how near LR and DL come to HR, slice by slice."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from .arguments import arguments_from, read_arguments
from .command import Command, Reporter, UsageError

if TYPE_CHECKING:
    from ..imaging.formats import OpenScan
    from ..imaging.volume import Volume
    from ..quality.slice_scores import SliceScores

_FLOAT32_BYTES = 4
_CUBIC = "LR cubic"
_NAMES = {"LR": "LR, linear", _CUBIC: "LR, cubic"}


@dataclass(frozen=True)
class CompareArguments:
    """See `microct-superres compare --help`.

    :param output: a table of the slices, as CSV.
    :param linear_only: whether to leave out the cubic interpolation of LR.
    """

    hr: str
    lr: str | None = None
    dl: str | None = None
    output: str | None = None
    overwrite: bool = False
    linear_only: bool = False


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `compare`."""
    parser.add_argument("--hr", required=True, help="the reference, registered to the others")
    parser.add_argument("--lr", help="low-resolution scan; it is interpolated to the grid of HR")
    parser.add_argument("--dl", help="enhanced volume")
    parser.add_argument("-o", "--output", metavar="TABLE.csv", help="write the scores of all slices as a table")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing table")
    parser.add_argument("--linear-only", action="store_true", help="leave out the cubic interpolation of LR")


def describe(options: Namespace) -> dict:
    """The job of parsed options.

    :raises UsageError: if there is nothing to compare.
    """
    if options.lr is None and options.dl is None:
        raise UsageError("give --lr, --dl or both")
    return arguments_from(CompareArguments, options)


def run(arguments: dict, reporter: Reporter) -> dict:
    """Bring the volumes onto the grid of HR by where they lie in the world, in the units of HR, and score them.

    :raises FormatError: if a scan cannot be read.
    :raises InputError: if the volumes do not overlap, or HR gives no scores.
    :raises CalibrationError: if a scan cannot be told in the units of HR.
    :raises OutputError: if the table cannot be written.
    :raises OutOfMemory: before the work starts, if it cannot fit.
    """
    wanted = read_arguments(CompareArguments, arguments)
    scans = _open(wanted)
    _check(scans, wanted)
    scores = _score(scans, wanted, reporter)
    if wanted.output is not None:
        _write_table(scores, Path(wanted.output), overwrite=wanted.overwrite)
    return {
        **scores.to_json(),
        "hr": wanted.hr,
        "hr_slices": scans["HR"].header.size[2],
        "output": wanted.output,
    }


def _open(wanted: CompareArguments) -> dict[str, OpenScan]:
    """HR and what is compared with it, by name."""
    from ..imaging.formats import open_scan

    paths = {"HR": wanted.hr, "LR": wanted.lr, "DL": wanted.dl}
    scans = {name: open_scan(path) for name, path in paths.items() if path is not None}
    if len(scans) == 1:
        raise InputError("There is nothing to compare with HR.", "Name an LR or a DL volume.")
    return scans


def _check(scans: dict[str, OpenScan], wanted: CompareArguments) -> None:
    import math

    from ..enhancement.memory import check_free_memory
    from ..files import check_writable
    from .scan_options import bytes_to_read

    if wanted.output is not None:
        check_writable(wanted.output, overwrite=wanted.overwrite)
    on_grid = len(scans) - 1 + ("LR" in scans and not wanted.linear_only)
    voxels = math.prod(scans["HR"].header.size)
    # Each volume exists as it was read and on the grid of HR; one byte a voxel says what all of them cover.
    needed = sum(map(bytes_to_read, scans.values())) + voxels * (on_grid * _FLOAT32_BYTES + 1)
    check_free_memory("Comparing these volumes", needed, "Close other programs, or compare smaller volumes.")


def _score(scans: dict[str, OpenScan], wanted: CompareArguments, reporter: Reporter) -> SliceScores:
    from ..quality.pairing import laid_on_hr, pair
    from ..quality.slice_scores import score_slices

    reporter.log("Reading the volumes")
    volumes = {name: scan.volume() for name, scan in scans.items()}
    hr = volumes.pop("HR")
    laid = laid_on_hr(hr, volumes)
    if laid is not None:
        reporter.log("No file tells where LR and HR lie: their outer corners are put at one point")
        volumes = laid
    if "LR" in volumes and not wanted.linear_only:
        cubic = _cubic(volumes["LR"], hr)
        if cubic is None:
            reporter.log("LR has no place on the grid of HR, so it is compared by linear interpolation alone")
        else:
            volumes = {"LR": volumes["LR"], _CUBIC: cubic, **volumes}
    reporter.log("Bringing the volumes onto the grid of HR")
    paired = pair(hr, volumes)
    reporter.log("Comparing slice by slice")
    return score_slices(paired, on_progress=reporter.progress, should_cancel=reporter.cancelled)


def _cubic(lr: Volume, hr: Volume) -> Volume | None:
    """LR on the grid of HR by cubic interpolation; None where that is not LR's own HR grid."""
    from ..imaging.sampling import GRIDS, hr_grid, interpolate
    from ..quality.pairing import is_same_place

    for grid in GRIDS:
        if is_same_place(hr_grid(lr, grid), hr):
            return interpolate(lr.in_units(hr.units), grid=grid, order=3)
    return None


def _write_table(scores: SliceScores, path: Path, *, overwrite: bool) -> None:
    """One row for each slice; the PSNR of an identical slice is left empty."""
    import csv

    from ..files import atomic_path

    told = scores.to_json()
    names = list(told["volumes"])
    columns = [told["volumes"][name][measure] for name in names for measure in ("psnr_db", "ssim")]
    with atomic_path(path, overwrite=overwrite) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["slice", "z_mm", *(f"{name} {measure}" for name in names for measure in ("psnr_db", "ssim"))])
        table.writerows(zip(told["slices"], told["z_mm"], *columns, strict=True))


def tell(result: dict) -> str:
    """The result in plain words."""
    data_range, slices = result["data_range"], result["slices"]
    width = max(len(_NAMES.get(name, name)) for name in result["volumes"])
    lines = [f"{'against HR':<{width}}  {'PSNR, dB':>9}  {'SSIM':>7}"]
    for name, scores in result["volumes"].items():
        psnr = "identical" if scores["mean_psnr_db"] is None else f"{scores['mean_psnr_db']:.2f}"
        lines.append(f"{_NAMES.get(name, name):<{width}}  {psnr:>9}  {scores['mean_ssim']:7.4f}")
    lines.append(
        f"Means over slices {slices[0]} to {slices[-1]} of the {result['hr_slices']} of HR. "
        f"Data range {data_range['value']:.5g} {data_range['units']} ({data_range['rule']})."
    )
    if result["output"] is not None:
        lines.append(f"All slices: {result['output']}")
    return "\n".join(lines)


COMPARE = Command("compare", "Compare LR and DL with HR by PSNR and SSIM.", add_arguments, describe, run, tell)
