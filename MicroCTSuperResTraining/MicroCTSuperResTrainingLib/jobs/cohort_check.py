"""`cohort check`: everything about a cohort that can be found wrong before its voxels are read."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict, dataclass

from MicroCTSuperResLib.jobs.arguments import arguments_from, read_arguments
from MicroCTSuperResLib.jobs.command import Command, PartialFailureError, Reporter

from .cohort_options import (
    CohortReadingArguments,
    add_cohort_reading_options,
    check_cohort_reading_options,
    reading_of,
)
from .cohort_words import summary_of, tell_summary


@dataclass(frozen=True)
class CheckArguments(CohortReadingArguments):
    """See `microct-superres cohort check --help`."""

    table: str


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `cohort check`."""
    parser.add_argument("table", metavar="COHORT.csv", help="table of the specimens; see docs/training.md")
    add_cohort_reading_options(parser)


def describe(options: Namespace) -> dict:
    """The job of parsed options."""
    check_cohort_reading_options(options)
    return arguments_from(CheckArguments, options)


def run(arguments: dict, reporter: Reporter) -> dict:
    """Check the table and the headers of all scans.

    :raises FormatError: if the table cannot be read.
    :raises PartialFailureError: if the cohort has problems, with all of them.
    """
    wanted = read_arguments(CheckArguments, arguments)
    from ..cohort.checks import check_cohort
    from ..cohort.table import scan_table

    reading = reading_of(wanted)
    cohort, problems = scan_table(wanted.table)
    report = check_cohort(cohort.read_like(reading), on_progress=reporter.progress, should_cancel=reporter.cancelled)
    everything = sorted((*problems, *report.problems), key=lambda problem: problem.row)
    result = {
        **summary_of(cohort),
        "problems": [problem.as_dict() for problem in everything],
        "warnings": [warning.as_dict() for warning in report.warnings],
        "scans": [asdict(facts) for facts in report.facts],
    }
    if everything:
        count = f"{len(everything)} {'problem' if len(everything) == 1 else 'problems'}"
        raise PartialFailureError(f"{wanted.table} has {count}.", "Each is told by its row; correct them.", result)
    return result


def tell(result: dict) -> str:
    """The result in plain words, problems first."""
    from ..cohort.problems import Problem

    lines = [f"problem: {Problem(**problem)}" for problem in result["problems"]]
    lines += [f"warning: {Problem(**warning)}" for warning in result["warnings"]]
    lines.append(tell_summary(result))
    if result["scans"]:
        lines.append(_scans_in_words(result["scans"]))
    return "\n".join(lines)


def _scans_in_words(scans: list[dict]) -> str:
    voxels = sorted({_voxels(scan) for scan in scans})
    units = sorted({scan["units"] for scan in scans})
    return f"Scans: {len(scans)} pairs with {' and with '.join(voxels)}; grey values in {', '.join(units)}."


def _voxels(scan: dict) -> str:
    sizes = (" x ".join(f"{1000 * value:.4g}" for value in scan[f"{kind}_spacing_mm"]) for kind in ("lr", "hr"))
    return "LR voxels of {} um and HR voxels of {} um".format(*sizes)


CHECK = Command("check", "Tell everything that is wrong with a cohort, row by row.", add_arguments, describe, run, tell)
