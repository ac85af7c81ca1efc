"""What can be wrong with a split: animals on two sides, and parts that are too small."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .problems import CohortError, Problem
from .specimen import SPLITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .specimen import Specimen
    from .table import Cohort

_SPLIT_HINT = "Split the cohort with: microct-superres cohort split."


def check_leakage(cohort: Cohort) -> None:
    """Refuse a cohort in which an animal is on more than one side.

    What a network saw of an animal, in whichever bone, would make its test look better than it is.

    :raises CohortError: with every row that is on another side than the animal's first one.
    """
    found = leaks(cohort.specimens)
    if found:
        raise CohortError(cohort.path, found)


def leaks(specimens: Sequence[Specimen]) -> list[Problem]:
    """The rows on another side of the split than an earlier row of the same animal."""
    first: dict[str, Specimen] = {}
    problems = []
    for each in specimens:
        if not each.split:
            continue
        known = first.setdefault(each.animal, each)
        if known.split != each.split:
            message = (
                f"Animal {each.animal} is in {each.split} here and in {known.split} in row {known.row} "
                f"({known.specimen})."
            )
            problems.append(
                Problem(each.row, each.specimen, "split", message, "Keep all specimens of an animal on one side.")
            )
    return problems


def problems_of_split(specimens: Sequence[Specimen]) -> tuple[list[Problem], list[Problem]]:
    """What has to be corrected in a split, and what should be known about it; nothing for a cohort without one."""
    if not specimens or not any(each.split for each in specimens):
        return [], []
    problems = leaks(specimens)
    problems += [
        Problem(each.row, each.specimen, "split", "The cell is empty, other rows are split.", _SPLIT_HINT)
        for each in specimens
        if not each.split
    ]
    warnings = []
    for split in SPLITS:
        count = sum(each.split == split for each in specimens)
        if count == 0 and split != "test":
            problems.append(Problem(0, "", "split", f"There is no specimen in {split}.", _SPLIT_HINT))
        elif count == 0:
            warnings.append(Problem(0, "", "split", "There is no specimen to test.", "The model will have no scores."))
        elif count == 1:
            warnings.append(Problem(0, "", "split", f"There is one specimen in {split}.", _ONE_HINTS[split]))
    return problems, warnings


_ONE_HINTS = {
    "train": "A network that saw one bone knows one bone.",
    "validation": "The best epoch is then the best for this bone.",
    "test": "One bone gives no confidence interval.",
}
