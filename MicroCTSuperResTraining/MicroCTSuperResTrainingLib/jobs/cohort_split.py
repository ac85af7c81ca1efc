"""`cohort split`: specimens divided into train, validation and test."""

from __future__ import annotations

import re
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path

from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.jobs.arguments import arguments_from, read_arguments
from MicroCTSuperResLib.jobs.command import Command, Reporter, UsageError

from .cohort_words import summary_of, tell_summary

_COUNTS = re.compile(r"(.*)=(\d{1,6})/(\d{1,6})/(\d{1,6})")


@dataclass(frozen=True)
class SplitArguments:
    """See `microct-superres cohort split --help`; each of `counts` is a text as "femur=44/12/15"."""

    table: str
    output: str | None = None
    fractions: tuple[float, float, float] | None = None
    counts: tuple[str, ...] = ()
    seed: int = 0
    overwrite: bool = False


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `cohort split`."""
    parser.add_argument("table", metavar="COHORT.csv", help="table of the specimens; its column split is filled in")
    parser.add_argument("-o", "--output", metavar="OTHER.csv", help="write this table instead of COHORT.csv")
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--fractions",
        nargs=3,
        type=float,
        metavar=("TRAIN", "VALIDATION", "TEST"),
        help="parts of the specimens of each site (default: 0.6 0.2 0.2)",
    )
    how.add_argument(
        "--counts",
        nargs="+",
        default=(),
        metavar="SITE=TRAIN/VALIDATION/TEST",
        help="specimens of each site, as femur=44/12/15 spine=43/14/14",
    )
    parser.add_argument("--seed", type=int, default=0, help="same seed, same split (default: 0)")
    parser.add_argument("--overwrite", action="store_true", help="divide anew what is divided; replace OTHER.csv")


def describe(options: Namespace) -> dict:
    """The job of parsed options."""
    try:
        _counts_of(options.counts)
    except InputError as error:
        raise UsageError(str(error)) from error
    return arguments_from(SplitArguments, options)


def run(arguments: dict, reporter: Reporter) -> dict:
    """Divide the specimens and write the table.

    :raises CohortError: for a table with problems.
    :raises InputError: if it is divided already, or cannot be divided as it is asked for.
    :raises OutputError: if the table cannot be written.
    """
    wanted = read_arguments(SplitArguments, arguments)
    from MicroCTSuperResLib.files import check_writable

    from ..cohort.split import SplitSettings, split_cohort
    from ..cohort.table import read_cohort, write_cohort

    counts = _counts_of(wanted.counts)
    if counts and wanted.fractions:
        raise InputError("Fractions and counts were given.", "Give one of them.")
    how = {"fractions": wanted.fractions} if wanted.fractions else {"counts": counts}
    settings = SplitSettings(**how, seed=wanted.seed)
    cohort = read_cohort(wanted.table)
    target = Path(wanted.output or wanted.table)
    itself = target.exists() and target.samefile(cohort.path)
    check_writable(target, overwrite=wanted.overwrite or itself)
    divided = split_cohort(cohort, settings, replace_split=wanted.overwrite)
    written = write_cohort(divided, target, overwrite=wanted.overwrite or itself)
    return {"output": str(written), "seed": wanted.seed, **summary_of(divided)}


def tell(result: dict) -> str:
    """The result in plain words."""
    return f"{tell_summary(result)}\nWritten to {result['output']}"


def _counts_of(texts: tuple[str, ...]) -> dict[str, tuple[int, int, int]]:
    """:raises InputError: for a text that is no site with three numbers, or a site that is there twice."""
    matches = [_COUNTS.fullmatch(text) for text in texts]
    if None in matches:
        raise InputError(f"The counts {texts[matches.index(None)]!r} are not understood.", "Write femur=44/12/15.")
    counts = {match[1]: tuple(int(number) for number in match.groups()[1:]) for match in matches}
    if len(counts) < len(texts):
        raise InputError("One site has counts twice.", "Give each site once.")
    return counts


SPLIT = Command(
    "split", "Divide a cohort into train, validation and test, by animal.", add_arguments, describe, run, tell
)
