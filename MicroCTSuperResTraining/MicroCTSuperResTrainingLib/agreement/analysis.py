"""The whole agreement analysis of a table, as an object that JSON can hold."""

from __future__ import annotations

from dataclasses import asdict
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from MicroCTSuperResLib.errors import InputError

from .bland_altman import CONFIDENCE, LIMIT_FACTOR, bland_altman
from .coefficients import icc_absolute, lin_concordance
from .differences import differences_of
from .hypotheses import change_of_size, equivalence_test, normality, paired_t_test, spread_ratio
from .pairs import Pairs, pairs_of
from .proportional import proportional_bias
from .repeated import paired_rows, unpaired_rows
from .undefined import Undefined

if TYPE_CHECKING:
    from collections.abc import Callable

    from .measurements import Measurements

T_TEST_MEANING = (
    "A paired t-test shows a difference, not agreement: a large p may only mean few specimens or a large spread. "
    "Judge agreement by the limits of agreement and the equivalence test."
)
LIMITS_RULE = f"bias -+ {LIMIT_FACTOR} SD (Bland and Altman 1986)"
LIMITS_CI_RULE = "t distribution (Bland and Altman 1999); limits_ci_exact: noncentral t distribution (Carkeet 2015)"
REPEATED_RULES = {
    True: "one-way analysis of variance of the row differences (Bland and Altman 2007), MOVER intervals (Zou 2013)",
    False: "replicates of one true value (Bland and Altman 1999, section 5), MOVER intervals (Zou 2013)",
}


def analyse(
    measurements: Measurements,
    *,
    confidence: float = CONFIDENCE,
    margin: float | None = None,
    units: str | None = None,
) -> tuple[dict, dict[str, Pairs]]:
    """Compare every method with the reference, and the methods with one another.

    :param confidence: of all intervals; one minus it is the level of significance of all tests.
    :param margin: of the equivalence test, in the units of the values; without one there is none.
    :param units: of the values, to be told beside them.
    :returns: an object that JSON can hold, with one key for each method beside `settings`, `comparisons` and `notes`;
        and the pairs that were analysed, by method.
    :raises InputError: for a confidence outside 0.5 ... 1, a margin that is not positive, or a method that shares no
        specimen with the reference.
    """
    if not 0.5 < confidence < 1:
        raise InputError(f"The confidence must lie between 0.5 and 1, this is {confidence:g}.", "Give 0.95, say.")
    if margin is not None and not (np.isfinite(margin) and margin > 0):
        raise InputError(
            f"The margin must be a positive number, this is {margin:g}.", "Give it in the units of the values."
        )
    pairs = {method: pairs_of(measurements, method) for method in measurements.methods}
    notes = _notes_on(measurements)
    if margin is None:
        notes.append("No equivalence margin was given, so there is no equivalence test.")
    settings = {
        "reference": measurements.reference,
        "methods": list(measurements.methods),
        "value": measurements.value,
        "units": units,
        "match": measurements.match,
        "confidence": confidence,
        "margin": margin,
        "limits": LIMITS_RULE,
        "limits_ci": LIMITS_CI_RULE,
        "paired_t_test": T_TEST_MEANING,
    }
    result = {
        "settings": settings,
        **{method: agreement_of(pairs[method], confidence, margin) for method in pairs},
        "comparisons": [
            comparison_of(pairs[later], pairs[earlier], confidence) for earlier, later in combinations(pairs, 2)
        ],
        "notes": notes,
    }
    return result, pairs


def _notes_on(measurements: Measurements) -> list[str]:
    missing, twice = measurements.missing, measurements.duplicates
    notes = []
    if missing:
        notes.append(f"{missing} value{' is' if missing == 1 else 's are'} missing in the table and left out.")
    if twice:
        notes.append(
            f"{twice} row{' equals' if twice == 1 else 's equal'} an earlier one in every cell and count"
            f"{'s' * (twice == 1)} as a further measurement: delete what was entered twice."
        )
    return notes + _notes_on_animals(measurements)


def _notes_on_animals(measurements: Measurements) -> list[str]:
    specimens = [name for name in measurements.values[measurements.reference] if name in measurements.animals]
    animals = len({measurements.animals[name] for name in specimens})
    if animals == len(specimens):
        return []
    word = "animal" if animals == 1 else "animals"
    return [
        f"{len(specimens)} specimens are of {animals} {word}: those of one animal are not independent, so that "
        "intervals and tests look better than they are. Analyse each site by itself."
    ]


def agreement_of(pairs: Pairs, confidence: float, margin: float | None) -> dict:
    """How well one method agrees with the reference, with one value a specimen, and with single rows (`repeated`).

    What cannot be computed is None, with the reason among the `notes`.
    """
    told = _Told(list(pairs.notes))
    measured, expected = pairs.means_of_specimens()
    differences, means = differences_of(measured, expected), (measured + expected) / 2
    result = {
        "n": len(differences),
        "bias": float(differences.mean()),
        **dict.fromkeys(("bias_ci", "sd", "limits", "limits_ci", "limits_ci_exact")),
        **(told.value(bland_altman, differences, confidence=confidence) or {}),
        "outside_limits": None,
        "proportional_bias": told.value(proportional_bias, differences, means, confidence=confidence),
        "paired_t_test": told.value(paired_t_test, differences),
        "lin_concordance": told.value(lin_concordance, measured, expected, confidence=confidence),
        "icc_a1": told.value(icc_absolute, np.column_stack([measured, expected]), confidence=confidence),
        "equivalence": None,
        "normality": told.value(normality, differences),
        "repeated": _repeated(pairs, told, confidence),
    }
    if margin is not None:
        result["equivalence"] = told.value(equivalence_test, differences, margin, confidence=confidence)
    if result["limits"] is not None:
        result["outside_limits"] = _outside(pairs, differences, result["limits"])
    told.notes += _remarks(result, confidence)
    return {**result, "notes": told.notes}


def comparison_of(method: Pairs, other: Pairs, confidence: float) -> dict:
    """Which of two methods comes nearer to the reference, over the specimens that both have.

    :param method: the later one of the table, such as DL.
    :param other: what it is compared with, such as LR.
    """
    told = _Told([])
    values = [_by_specimen(one) for one in (method, other)]
    common = [specimen for specimen in values[0] if specimen in values[1]]
    result = {
        "method": method.method,
        "other": other.method,
        "n": len(common),
        **dict.fromkeys(("bias_size", "limits_width", "spread_ratio", "change_of_size")),
    }
    if not common:
        return {**result, "notes": [f"{method.method} and {other.method} have no specimen in common."]}
    first, second = (np.array([of_one[specimen] for specimen in common]) for of_one in values)
    limits = [told.value(bland_altman, differences, confidence=confidence) for differences in (first, second)]
    result["bias_size"] = {method.method: abs(float(first.mean())), other.method: abs(float(second.mean()))}
    if None not in limits:
        widths = [of_one["limits"][1] - of_one["limits"][0] for of_one in limits]
        result["limits_width"] = dict(zip((method.method, other.method), widths, strict=True))
    result["spread_ratio"] = told.value(spread_ratio, first, second, confidence=confidence)
    result["change_of_size"] = told.value(change_of_size, first, second, confidence=confidence)
    return {**result, "notes": told.notes}


def _by_specimen(pairs: Pairs) -> dict[str, float]:
    return dict(zip(pairs.specimens, differences_of(*pairs.means_of_specimens()).tolist(), strict=True))


class _Told:
    """Computes statistics, and keeps the reason in words where there is none."""

    def __init__(self, notes: list[str]) -> None:
        self.notes = notes

    def value(self, statistic: Callable, *arguments: Any, **options: Any) -> dict | None:
        """The fields of the statistic, or None."""
        try:
            return _plain(asdict(statistic(*arguments, **options)))
        except Undefined as reason:
            if reason.message not in self.notes:
                self.notes.append(reason.message)
            return None


def _plain(value: Any) -> Any:
    """Tuples as lists, as they come back from JSON."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _repeated(pairs: Pairs, told: _Told, confidence: float) -> dict | None:
    if not pairs.repeated:
        return None
    if pairs.paired:
        result = told.value(paired_rows, pairs.row_differences(), confidence=confidence)
    else:
        result = told.value(unpaired_rows, list(pairs.measured), list(pairs.expected), confidence=confidence)
    return None if result is None else {**result, "rule": REPEATED_RULES[pairs.paired]}


def _outside(pairs: Pairs, differences: np.ndarray, limits: list[float]) -> dict:
    """The specimens whose difference lies outside the limits of agreement; 5 % are expected to."""
    outside = (differences < limits[0]) | (differences > limits[1])
    if limits[0] == limits[1]:
        outside[:] = False
    names = [name for name, out in zip(pairs.specimens, outside, strict=True) if out]
    return {"count": len(names), "specimens": names}


def _remarks(result: dict, confidence: float) -> list[str]:
    """What a reader should know before using the numbers."""
    remarks = []
    if result["sd"] == 0:
        remarks.append("All differences are the same: the limits of agreement and their intervals fall on the bias.")
    for name, title in (("lin_concordance", "Lin's concordance"), ("icc_a1", "ICC(A,1)")):
        if result[name] is not None and result[name]["ci"] is None:
            remarks.append(
                f"{title} has no confidence interval: fewer than 3 specimens, a perfect or no correlation, or a bias "
                "far beyond the spread."
            )
    if result["repeated"] is not None and result["repeated"]["sd"] == 0:
        remarks.append("All rows differ by the same, so there is no ICC of differences and no effective number.")
    proportional = result["proportional_bias"]
    if proportional is not None and proportional["present"]:
        remarks.append(
            "The difference depends on the size of the value (proportional bias): see the limits by regression "
            "(proportional_bias) instead of constant ones."
        )
    if result["normality"] is not None and result["normality"]["p"] < 1 - confidence:
        remarks.append("The differences are hardly normal: the limits of agreement may hold less or more than 95 %.")
    return remarks
