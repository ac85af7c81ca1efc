"""`cohort pair`: how far each specimen moved between its scans, with a picture of each, before anything is trained."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from MicroCTSuperResLib.errors import InputError, MicroCTError
from MicroCTSuperResLib.jobs.arguments import arguments_from, read_arguments
from MicroCTSuperResLib.jobs.command import Command, PartialFailureError, Reporter

from .cohort_options import (
    CohortReadingArguments,
    add_cohort_reading_options,
    check_cohort_reading_options,
    open_cohort,
)
from .pairing_options import PairingArguments, add_pairing_options


@dataclass(frozen=True)
class PairArguments(CohortReadingArguments, PairingArguments):
    """See `microct-superres cohort pair --help`."""

    table: str
    output: str


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `cohort pair`."""
    parser.add_argument("table", metavar="COHORT.csv", help="table of the specimens; see docs/training.md")
    parser.add_argument(
        "-o", "--output", required=True, metavar="DIR", help="folder for pairing.csv and the pictures; new"
    )
    add_pairing_options(parser)
    add_cohort_reading_options(parser)


def describe(options: Namespace) -> dict:
    """The job of parsed options."""
    check_cohort_reading_options(options)
    return arguments_from(PairArguments, options)


def run(arguments: dict, reporter: Reporter) -> dict:
    """Pair each specimen and write what was found.

    :raises CohortError: for a table with problems.
    :raises OutputError: if the folder holds something already, or cannot be written.
    :raises PartialFailureError: if a specimen cannot be paired, with the result of all.
    :raises Cancelled: when the reporter says so; what was found until then stays.
    """
    wanted = read_arguments(PairArguments, arguments)
    if not wanted.output:
        raise InputError("The name of the folder is empty.", "Name a new folder.")
    if find_spec("matplotlib") is None:
        raise MicroCTError(
            "Pictures of the pairs are drawn with matplotlib, which is not installed.",
            "Install it with: pip install 'microct-superres[train]'",
        )
    settings = wanted.pairing()
    cohort = open_cohort(wanted.table, wanted)
    from ..cohort.pair_cohort import TABLE, pair_cohort
    from ..cohort.pair_settings import PairingSettings

    paired = pair_cohort(
        cohort,
        settings or PairingSettings(),
        Path(wanted.output),
        on_progress=reporter.progress,
        should_cancel=reporter.cancelled,
    )
    result = {**paired.as_dict(), "table": str(paired.folder / TABLE)}
    if paired.refused:
        names = ", ".join(row.specimen for row in paired.refused)
        raise PartialFailureError(
            f"{len(paired.refused)} of {len(paired.rows)} specimens could not be paired: {names}.",
            "The reason for each is told above and in the table.",
            result,
        )
    return result


def tell(result: dict) -> str:
    """The result in plain words, a line for each specimen."""
    rows = result["specimens"]
    width = max((len(row["specimen"]) for row in rows), default=0)
    lines = [f"{row['specimen']:<{width}}  {_in_words(row)}" for row in rows]
    return "\n".join([*lines, f"Written to {result['table']}, with a picture of each in {result['folder']}"])


def _in_words(row: dict) -> str:
    if row["state"] == "refused":
        return f"refused: {row['message']}"
    shift = f"moved {row['shift_um']:.1f} um ({row['shift_hr_voxels']:.2f} HR voxels)"
    left = "" if row["left_um"] is None else f", {row['left_um']:.1f} um left"
    return f"{shift}{left}; likeness {row['likeness']:.2f}. {row['message']}".rstrip()


PAIR = Command("pair", "Measure how far each specimen moved between LR and HR.", add_arguments, describe, run, tell)
