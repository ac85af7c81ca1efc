"""Everything about a cohort that can be found wrong before a voxel is read, told at once."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from MicroCTSuperResLib.errors import Cancelled
from MicroCTSuperResLib.progress import Progress

from .problems import CohortError, Problem
from .scan_checks import SpecimenFacts, check_specimen, in_um
from .split_checks import problems_of_split
from .table_checks import misspelt_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .table import Cohort

# Voxel sizes that differ by more than this part are those of other scans: a network learns one.
_VOXEL_TOLERANCE = 0.02


@dataclass(frozen=True)
class CohortReport:
    """What the checks found.

    :param problems: what has to be corrected before the cohort can be used, by row.
    :param warnings: what its user should know, by row.
    :param facts: of the specimens whose scans could be opened, in the order of the table.
    """

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    facts: tuple[SpecimenFacts, ...]

    def raise_problems(self, cohort: Cohort) -> None:
        """:raises CohortError: if there are any, with all of them."""
        if self.problems:
            raise CohortError(cohort.path, self.problems)


def check_cohort(
    cohort: Cohort,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
) -> CohortReport:
    """Open the headers of all scans and compare them with one another.

    :param on_progress: told after each specimen.
    :param should_cancel: asked before each specimen.
    :raises Cancelled: when `should_cancel` says so.
    """
    problems, warnings, facts = [], misspelt_columns(cohort.columns), []
    started = time.monotonic()
    for number, specimen in enumerate(cohort.specimens, 1):
        if should_cancel is not None and should_cancel():
            raise Cancelled("The check of the cohort was cancelled.")
        checked = check_specimen(specimen)
        problems += checked.problems
        warnings += checked.warnings
        facts += [checked.facts] if checked.facts else []
        if on_progress is not None:
            on_progress(Progress(number, len(cohort.specimens), "specimens", time.monotonic() - started))
    problems += _mixed_units(facts)
    warnings += _other_voxel_sizes(facts)
    split_problems, split_warnings = problems_of_split(cohort.specimens)
    return CohortReport(_by_row(problems + split_problems), _by_row(warnings + split_warnings), tuple(facts))


def _by_row(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: problem.row))


def _mixed_units(facts: Sequence[SpecimenFacts]) -> list[Problem]:
    """Specimens in other units than most: a network learns what grey values of one kind mean."""
    counts = Counter(each.units for each in facts)
    if len(counts) < 2:
        return []
    usual = counts.most_common(1)[0][0]
    others = [each for each in facts if each.units != usual]
    return [
        Problem(
            each.row,
            each.specimen,
            "lr",
            f"Its grey values are in {each.units}, those of most specimens in {usual}.",
            "Give the missing calibration, or the same units for all rows.",
        )
        for each in others
    ]


def _other_voxel_sizes(facts: Sequence[SpecimenFacts]) -> list[Problem]:
    """Specimens whose LR voxel differs from the usual one."""
    if not facts:
        return []
    usual = sorted(each.lr_spacing_mm for each in facts)[len(facts) // 2]
    return [
        Problem(
            each.row,
            each.specimen,
            "lr",
            f"Its LR voxel is {in_um(each.lr_spacing_mm)}, the usual one {in_um(usual)}.",
            "A network works best at the voxel size that it was trained with.",
        )
        for each in facts
        if any(abs(own / other - 1) > _VOXEL_TOLERANCE for own, other in zip(each.lr_spacing_mm, usual, strict=True))
    ]
