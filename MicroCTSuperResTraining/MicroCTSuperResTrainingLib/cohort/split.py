"""Dividing a cohort into train, validation and test: by animal, evenly over sites and groups, fixed by a seed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from MicroCTSuperResLib.errors import InputError

from .allotment import Kind, allot
from .specimen import SPLITS
from .split_checks import check_leakage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .specimen import Specimen
    from .table import Cohort

__all__ = ["STUDY_COUNTS", "SplitSettings", "check_leakage", "split_cohort"]

# Specimens for train, validation and test in the study (David et al.).
STUDY_COUNTS = {"femur": (44, 12, 15), "spine": (43, 14, 14)}
_COUNTS_HINT = "Give counts that add up to the specimens of each site, or --fractions."


@dataclass(frozen=True)
class SplitSettings:
    """How a cohort is divided.

    :param fractions: parts for train, validation and test, which add up to 1; used where there are no `counts`.
    :param counts: for each site, the specimens for train, validation and test.
    :param seed: the same seed divides the same specimens in the same way, whatever the order of the rows.
    :raises InputError: for parts or counts that make no sense.
    """

    fractions: tuple[float, float, float] = (0.6, 0.2, 0.2)
    counts: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    seed: int = 0

    def __post_init__(self) -> None:
        parts = self.fractions
        if len(parts) != len(SPLITS) or min(parts) < 0 or not abs(sum(parts) - 1) < 1e-6:
            raise InputError(
                f"The parts {' '.join(f'{part:g}' for part in parts)} cannot divide a cohort.",
                "Give three numbers for train, validation and test that add up to 1, as 0.6 0.2 0.2.",
            )
        for site, counts in self.counts.items():
            if len(counts) != len(SPLITS) or min(counts) < 0:
                raise InputError(f"The counts {counts} for {site} are no three numbers of specimens.", _COUNTS_HINT)
        if self.seed < 0:
            raise InputError(f"The seed must be 0 or more, this is {self.seed}.")


def split_cohort(cohort: Cohort, settings: SplitSettings, *, replace_split: bool = False) -> Cohort:
    """Put every specimen into train, validation or test, all specimens of one animal into the same.

    A cohort that grew keeps the split it has: specimens that are in a part stay there, and only the others are divided.

    :param replace_split: whether all specimens are divided anew.
    :returns: the same cohort with the split of each specimen.
    :raises InputError: if every specimen is in a part already, there are too few animals, or the cohort cannot be
        divided by these counts without dividing an animal; the nearest counts are told.
    :raises CohortError: if an animal is on two sides already.
    """
    if replace_split:
        cohort = replace(cohort, specimens=tuple(replace(each, split="") for each in cohort.specimens))
    check_leakage(cohort)
    if cohort.specimens and all(each.split for each in cohort.specimens):
        raise InputError(
            f"{cohort.path} is split already.", "Keep that split, so that scores can be compared; or allow --overwrite."
        )
    animals = _animals(cohort.specimens)
    shares = _shares(cohort.specimens, settings)
    if len(animals) < np.count_nonzero(np.sum(list(shares.values()), axis=0)):
        raise InputError(
            f"{cohort.path} has {len(animals)} {'animal' if len(animals) == 1 else 'animals'}, too few to divide.",
            "Add specimens of other animals, or write the split into the table by hand.",
        )
    sides = _sides(animals, shares, settings)
    specimens = (replace(each, split=sides[each.animal]) for each in cohort.specimens)
    return replace(cohort, specimens=tuple(specimens))


def _animals(specimens: Sequence[Specimen]) -> dict[str, Kind]:
    """For each animal, by name, the specimens that it gave and where it is already."""
    strata: dict[str, list[tuple[str, str]]] = {}
    for each in specimens:
        strata.setdefault(each.animal, []).append((each.site, each.group))
    sides = {each.animal: each.split for each in specimens if each.split}
    return {animal: Kind(tuple(sorted(strata[animal])), sides.get(animal, "")) for animal in sorted(strata)}


def _shares(specimens: Sequence[Specimen], settings: SplitSettings) -> dict[str, tuple[float, ...]]:
    """For each site, the specimens wanted in train, validation and test; whole numbers where they are counts.

    :raises InputError: for counts that do not add up to the specimens of each site.
    """
    totals = {site: sum(each.site == site for each in specimens) for site in sorted({each.site for each in specimens})}
    if not settings.counts:
        return {site: tuple(part * total for part in settings.fractions) for site, total in totals.items()}
    for site in sorted({*totals, *settings.counts}):
        wanted, there = settings.counts.get(site), totals.get(site, 0)
        if wanted is None:
            raise InputError(f"There are no counts for the {there} specimens of site {site!r}.", _COUNTS_HINT)
        if sum(wanted) != there:
            told = "/".join(map(str, wanted))
            raise InputError(
                f"The counts {told} of site {site!r} add up to {sum(wanted)}, the cohort has {there}.", _COUNTS_HINT
            )
    return {site: tuple(float(count) for count in settings.counts[site]) for site in totals}


def _sides(
    animals: Mapping[str, Kind], shares: dict[str, tuple[float, ...]], settings: SplitSettings
) -> dict[str, str]:
    """The split of each animal."""
    rng = np.random.default_rng(settings.seed)
    kinds = sorted(set(animals.values()))
    members = {kind: [animal for animal, own in animals.items() if own == kind] for kind in kinds}
    numbers = np.array([len(members[kind]) for kind in kinds])
    allotment, proven = allot(kinds, numbers, shares, rng)
    if settings.counts:
        _refuse_other_counts(kinds, allotment, settings.counts, proven)
    sides = {}
    for kind, counts in zip(kinds, allotment, strict=True):
        drawn = [members[kind][number] for number in rng.permutation(len(members[kind]))]
        sides.update(zip(drawn, np.repeat(SPLITS, counts).tolist(), strict=True))
    return sides


def _refuse_other_counts(
    kinds: Sequence[Kind], allotment: np.ndarray, counts: Mapping[str, tuple[int, int, int]], proven: bool
) -> None:
    """:raises InputError: if an allotment is not what was asked for, with what it is."""
    per_animal = {site: [kind.count(site) for kind in kinds] for site in counts}
    reached = {site: tuple((np.array(own) @ allotment).tolist()) for site, own in per_animal.items()}
    if all(reached[site] == tuple(wanted) for site, wanted in counts.items()):
        return
    nearest = ", ".join(f"{site} {'/'.join(map(str, told))}" for site, told in sorted(reached.items()))
    what = "has these counts and" if proven else "was found that has these counts and"
    stay = ", and those that are in a part already there" if any(kind.side for kind in kinds) else ""
    raise InputError(
        f"No split {what} keeps all specimens of each animal on one side{stay}.", f"The nearest that does: {nearest}."
    )
