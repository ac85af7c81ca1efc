"""`cohort phantoms`: a cohort of simulated animals, to learn and to test with."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path

from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.jobs.arguments import arguments_from, read_arguments
from MicroCTSuperResLib.jobs.command import Command, Reporter

from .cohort_words import summary_of, tell_summary

_SITES = ("femur", "spine")
_FLOAT32_BYTES = 4


@dataclass(frozen=True)
class PhantomsArguments:
    """See `microct-superres cohort phantoms --help`; `size` counts HR voxels along x, y, z."""

    output: str
    sites: tuple[str, ...] = ("femur",)
    animals: int = 9
    size: tuple[int, int, int] = (160, 160, 40)
    spacing_mm: float = 0.02
    frames: int = 1
    largest_shift: float = 1.0
    seed: int = 0


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `cohort phantoms`."""
    defaults = PhantomsArguments("")
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="folder for the scans and cohort.csv; new")
    parser.add_argument(
        "--sites", nargs="+", choices=_SITES, default=defaults.sites, help="bones of each animal (default: femur)"
    )
    parser.add_argument("--animals", type=int, default=defaults.animals, help="how many (default: 9)")
    parser.add_argument(
        "--size",
        nargs=3,
        type=int,
        default=defaults.size,
        metavar=("X", "Y", "Z"),
        help="HR voxels, even numbers (default: 160 160 40)",
    )
    parser.add_argument(
        "--spacing-mm", type=float, default=defaults.spacing_mm, metavar="MM", help="HR voxel size (default: 0.02)"
    )
    parser.add_argument("--frames", type=int, default=defaults.frames, help="frame averages of LR (default: 1)")
    parser.add_argument(
        "--largest-shift",
        type=float,
        default=defaults.largest_shift,
        metavar="VOXELS",
        help="by which the bone moves between the scans at most, in HR voxels (default: 1)",
    )
    parser.add_argument("--seed", type=int, default=0, help="same seed, same animals (default: 0)")


def describe(options: Namespace) -> dict:
    """The job of parsed options."""
    return arguments_from(PhantomsArguments, options)


def run(arguments: dict, reporter: Reporter) -> dict:
    """Make the cohort.

    :raises InputError: for settings that make no cohort.
    :raises OutputError: if there is something in the folder already, or it cannot be written.
    :raises Cancelled: when the reporter says so.
    """
    wanted = read_arguments(PhantomsArguments, arguments)
    from ..cohort.phantom_cohort import PhantomCohortSettings, make_phantom_cohort

    if not wanted.output:
        raise InputError("The name of the folder is empty.", "Name a new folder.")
    settings = PhantomCohortSettings(
        **{name: value for name, value in vars(wanted).items() if name != "output"},
    )
    cohort = make_phantom_cohort(
        Path(wanted.output), settings, on_progress=reporter.progress, should_cancel=reporter.cancelled
    )
    return {"output": str(cohort.path), "seed": wanted.seed, **summary_of(cohort)}


def tell(result: dict) -> str:
    """The result in plain words."""
    return (
        f"{tell_summary(result)}\nWritten to {result['output']}\n"
        "Simulated animals show that the software works; they say nothing about biology."
    )


PHANTOMS = Command("phantoms", "Make a cohort of simulated animals.", add_arguments, describe, run, tell)
