"""Agreement of BA/TA with HR: Bland-Altman figure and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from .figures import figure
from .html import Markup, element, table
from .words import MISSING_NOTE, NAMES, at, interval, method_names, number, p_value, with_interval

NO_AGREEMENT_FROM_T = (
    "A paired t-test shows a difference, not agreement: a large p may only mean few specimens or a large spread. Judge "
    "agreement by the limits of agreement, and the mean by the equivalence test."
)
_MARGIN_MISSING = "No margin of equivalence was given."
_OF_SLICES = "Limits of a single specimen are those of its slices, which are not independent."


def agreement_section(scores: Mapping, analysis: Mapping | None, folder: Path) -> list[Markup | None]:
    """Primary and secondary analysis.

    :param analysis: the object of agreement.json, None where there is none.
    """
    masks = scores["settings"]["masks"]
    primary = [
        element("h3", "Primary: one tissue area for LR, DL and HR"),
        figure("C_agreement", scores, folder, _caption("Figure C", scores, "the tissue area of HR"), _alternative()),
        bias_table(scores, "ba_ta", "BA/TA against HR, inside the tissue area of HR"),
        *_tests(scores, analysis),
    ]
    if not masks["secondary"]:
        return primary
    return [
        *primary,
        element("h3", "Secondary: each volume inside its own contours"),
        element(
            "p",
            "As in practice without HR: differences of BA/TA are then those of bone and of contours together.",
        ),
        figure("C_agreement_own", scores, folder, _caption("Figure C 2", scores, "own contours"), _alternative()),
        bias_table(scores, "ba_ta_own", "BA/TA against HR, inside own contours"),
    ]


def _caption(name: str, scores: Mapping, area: str) -> str:
    return (
        f"{name}. Bland-Altman plot of BA/TA (mm²/mm²) inside {area}: difference from HR over the mean of both, one "
        f"mark a specimen (n = {scores['specimens_n']}). Solid: bias. Dashed: 95 % limits of agreement. Bands: 95 % "
        f"confidence intervals.{_each_beside_lr(scores)}"
    )


def _each_beside_lr(scores: Mapping) -> str:
    several = sum(key not in NAMES for key in scores["methods"]) > 1
    return " A plot for each DL, the same LR in each." if several else ""


def _alternative() -> str:
    return "Bland-Altman plot of BA/TA of LR and DL against HR; its numbers stand in the table below"


def bias_table(scores: Mapping, value: str, title: str) -> Markup:
    """Mean, bias and limits of agreement of every method.

    :param value: "ba_ta" or "ba_ta_own".
    """
    rows = []
    for key, name in method_names(scores).items():
        told = scores[key][value]
        limits, exact = told["limits"] or (None, None), told["limits_ci_exact"] or (None, None)
        rows.append(
            [
                name,
                number(told["n"], "d"),
                number(told["mean"], ".4f"),
                with_interval(told["bias"], told["bias_ci"], "+.4f"),
                number(told["sd"], ".4f"),
                *(with_interval(limit, ci, "+.4f") for limit, ci in zip(limits, exact, strict=True)),
            ]
        )
    rows.append(["HR", number(None), number(scores["hr"][value]["mean"], ".4f"), *[number(None)] * 4])
    header = ["Method", "n", "Mean BA/TA", "Bias", "SD", "Lower limit", "Upper limit"]
    of_slices = any(scores[key][value]["level"] == "slices" for key in scores["methods"])
    note = (
        "n: specimens. Bias: mean of method − HR. Limits of agreement: bias ∓ 1.96 SD. Below them 95 % confidence "
        f"intervals, those of the limits by the exact method (Carkeet 2015). {MISSING_NOTE}"
    )
    return table(title, header, rows, f"{note} {_OF_SLICES}" if of_slices else note)


def _tests(scores: Mapping, analysis: Mapping | None) -> list[Markup | None]:
    if analysis is None:
        return [element("p", "There is no analysis of agreement: see the notes above.")]
    names = {method["label"]: method_names(scores)[key] for key, method in scores["methods"].items()}
    told = {label: analysis[label] for label in names if label in analysis}
    rows = [[title, *(cell(of) for of in told.values())] for title, cell in _ROWS.items()]
    margin = at(analysis, "settings", "margin")
    note = (
        f"{NO_AGREEMENT_FROM_T} A is the mean of method and HR. Limits by regression: its bias ∓ the half width; use "
        "them instead of constant limits where the slope differs from 0. Of the specimens 1 in 20 is expected outside "
        f"the limits. {_MARGIN_MISSING if margin is None else f'Margin of equivalence: ∓ {number(margin)}.'}"
    )
    tests = table(
        "Tests and coefficients, one value a specimen", ["Statistic", *(names[label] for label in told)], rows, note
    )
    return [tests, _comparisons(analysis, names)]


def _limits_of_slices(told: Mapping) -> Markup | str:
    limits = at(told, "repeated", "limits")
    return number(None) if limits is None else f"{number(limits[0], '+.4f')} to {number(limits[1], '+.4f')}"


def _equivalence(told: Mapping) -> str:
    ci, p = at(told, "equivalence", "interval"), at(told, "equivalence", "p")
    if p is None:
        return number(None)
    within = "equivalent" if at(told, "equivalence", "equivalent") else "not shown"
    return f"{within}, p {p_value(p)}" + (f", 90 % CI {interval(ci, '+.4f')}" if ci else "")


def _bias_line(told: Mapping) -> tuple[float, float] | None:
    line = at(told, "proportional_bias", "line")
    return None if line is None else (line["intercept"], line["slope"])


def _line(told: Sequence[float] | None) -> str:
    """Intercept and slope as a formula of the mean A; a dash where there are none."""
    if told is None:
        return number(None)
    intercept, slope = told
    return number(intercept, ".4f") + (f" {'−' if slope < 0 else '+'} {number(abs(slope), '.4f')} A" if slope else "")


def _coefficient(name: str) -> object:
    return lambda told: with_interval(at(told, name, "value"), at(told, name, "ci"), ".3f")


_ROWS = {
    "Paired t-test: p": lambda told: p_value(at(told, "paired_t_test", "p")),
    "Equivalence test (TOST)": _equivalence,
    "Slope of the difference on the mean": lambda told: with_interval(
        at(told, "proportional_bias", "line", "slope"), at(told, "proportional_bias", "line", "slope_ci"), "+.3f"
    ),
    "p of the slope": lambda told: p_value(at(told, "proportional_bias", "line", "p")),
    "Bias by regression": lambda told: _line(_bias_line(told)),
    "Half width of the limits by regression": lambda told: _line(at(told, "proportional_bias", "half_width")),
    "Lin's concordance": _coefficient("lin_concordance"),
    "ICC(A,1)": _coefficient("icc_a1"),
    "Normality of the differences (Shapiro-Wilk): p": lambda told: p_value(at(told, "normality", "p")),
    "Specimens outside the limits": lambda told: number(at(told, "outside_limits", "count"), "d"),
    "Limits for a single slice (repeated measures)": _limits_of_slices,
    "Independent differences that all slices are worth": lambda told: number(
        at(told, "repeated", "effective_n"), ".1f"
    ),
}


def _comparisons(analysis: Mapping, names: Mapping[str, str]) -> Markup | None:
    rows = [
        [
            f"{names.get(one['method'], one['method'])} against {names.get(one['other'], one['other'])}",
            str(one["n"]),
            with_interval(at(one, "spread_ratio", "ratio"), at(one, "spread_ratio", "ci"), ".3f"),
            p_value(at(one, "spread_ratio", "p")),
            with_interval(at(one, "change_of_size", "mean"), at(one, "change_of_size", "ci"), "+.4f"),
            p_value(at(one, "change_of_size", "p")),
        ]
        for one in analysis["comparisons"]
    ]
    if not rows:
        return None
    header = ["Methods", "n", "Ratio of SD", "p (Pitman-Morgan)", "Mean change of the error's size", "p (paired t)"]
    note = "Ratio below 1: narrower limits of agreement. Change below 0: nearer to HR. 95 % confidence intervals below."
    return table("Methods compared with one another", header, rows, note)
