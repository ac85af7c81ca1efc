"""How many animals of each kind go into train, validation and test: a small problem in whole numbers, solved exactly.

Animals are of one kind if they gave specimens of the same sites and groups, and no two of them are in different parts
already. The unknowns are the animals of each kind in each part of the split. What is minimised, the first before the
second, both before the third:

1. how far the specimens of each site are from the number wanted, and the sites that a part lacks altogether;
2. how far the specimens of each site and group are from an even share of it;
3. a random cost from the seed, so that one of many equally good splits is drawn.

scipy's `milp` (HiGHS) solves it, by branch and bound: if a split with the numbers wanted exists, it is found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from MicroCTSuperResLib.errors import InputError

from .specimen import SPLITS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Kind(NamedTuple):
    """Animals that are all the same to a split.

    :param strata: the specimens of each, as (site, group), sorted.
    :param side: the part of the split that they are in already and stay in; "" if they are free.
    """

    strata: tuple[tuple[str, str], ...]
    side: str = ""

    def count(self, site: str, group: str | None = None) -> int:
        """The specimens of a site, or of a site and group."""
        return sum(own_site == site and group in (None, own_group) for own_site, own_group in self.strata)


_WEIGHT_LACKING = 1000.0
_WEIGHT_SITE = 100.0
_WEIGHT_GROUP = 1.0
_WEIGHT_CHANCE = 1e-4
# Branches of the search: cohorts of hundreds of animals take a few; without an end a strange one might take for ever.
_MOST_NODES = 50_000
_PARTS = len(SPLITS)


def allot(
    kinds: Sequence[Kind], numbers: np.ndarray, shares: Mapping[str, Sequence[float]], rng: np.random.Generator
) -> tuple[np.ndarray, bool]:
    """Divide animals among the parts of a split.

    :param kinds: all kinds of animals.
    :param numbers: how many animals there are of each.
    :param shares: for each site, the specimens wanted in each part; they add up to all of that site.
    :param rng: draws among splits that are equally good.
    :returns: (kinds, parts) whole numbers of animals, whose rows add up to `numbers`; and whether it is proven that no
        division is better.
    :raises InputError: if no division was found in reasonable time.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    problem = _Problem(len(kinds))
    for site, wanted in shares.items():
        own = [kind.count(site) for kind in kinds]
        problem.aim_at(own, wanted, _WEIGHT_SITE)
        problem.want_some(own, wanted, _WEIGHT_LACKING)
        for group in sorted({group for kind in kinds for each, group in kind.strata if each == site}):
            in_group = [kind.count(site, group) for kind in kinds]
            part = np.dot(in_group, numbers) / np.dot(own, numbers)
            problem.aim_at(in_group, [part * share for share in wanted], _WEIGHT_GROUP)
    for row, number in enumerate(numbers):
        problem.give_out(row, int(number), kinds[row].side)
    costs = np.array(problem.costs)
    costs[: problem.unknowns] += _WEIGHT_CHANCE * rng.random(problem.unknowns)
    rows, lower, upper = problem.constraints()
    found = milp(
        costs,
        integrality=np.arange(len(costs)) < problem.unknowns,
        bounds=Bounds(0, np.inf),
        constraints=LinearConstraint(rows, lower, upper),
        options={"node_limit": _MOST_NODES, "mip_rel_gap": 0},
    )
    if found.x is None:
        raise InputError("No split was found.", "Write the split into the table by hand.")
    allotment = np.rint(found.x[: problem.unknowns]).astype(int).reshape(len(kinds), -1)
    return allotment, found.status == 0


class _Problem:
    """The costs and constraints, collected; unknown `kind * 3 + part` is the animals of a kind in a part."""

    def __init__(self, kinds: int) -> None:
        self.unknowns = kinds * _PARTS
        self.costs = [0.0] * self.unknowns
        self._rows: list[dict[int, float]] = []
        self._lower: list[float] = []
        self._upper: list[float] = []

    def aim_at(self, specimens: Sequence[int], wanted: Sequence[float], weight: float) -> None:
        """Let each specimen too many or too few in a part cost `weight`.

        :param specimens: those that an animal of each kind counts for.
        :param wanted: for each part.
        """
        for part, share in enumerate(wanted):
            too_few, too_many = self._helper(weight), self._helper(weight)
            self._require({**self._sum(specimens, part), too_few: 1.0, too_many: -1.0}, share, share)

    def want_some(self, specimens: Sequence[int], wanted: Sequence[float], weight: float) -> None:
        """Let each part that wants specimens and has none cost `weight`."""
        for part, share in enumerate(wanted):
            if share > 0:
                self._require({**self._sum(specimens, part), self._helper(weight): 1.0}, 1.0, np.inf)

    def give_out(self, kind: int, number: int, side: str) -> None:
        """Every animal of a kind goes somewhere, or to the side that is theirs."""
        parts = range(_PARTS) if not side else [SPLITS.index(side)]
        self._require({kind * _PARTS + part: 1.0 for part in range(_PARTS)}, number, number)
        self._require({kind * _PARTS + part: 1.0 for part in parts}, number, number)

    def constraints(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The matrix of all constraints, and the lower and upper bounds of its rows."""
        matrix = np.zeros((len(self._rows), len(self.costs)))
        for number, row in enumerate(self._rows):
            matrix[number, list(row)] = list(row.values())
        return matrix, np.array(self._lower), np.array(self._upper)

    def _sum(self, specimens: Sequence[int], part: int) -> dict[int, float]:
        return {kind * _PARTS + part: float(count) for kind, count in enumerate(specimens) if count}

    def _helper(self, cost: float) -> int:
        self.costs.append(cost)
        return len(self.costs) - 1

    def _require(self, row: dict[int, float], lower: float, upper: float) -> None:
        self._rows.append(row)
        self._lower.append(lower)
        self._upper.append(upper)
