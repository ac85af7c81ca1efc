"""The statistics of an agreement analysis as rows of texts, one column for each method."""

from __future__ import annotations

from collections.abc import Callable

from ..agreement.result_files import methods_of
from .column_titles import in_words

STATISTIC = "statistic"


def statistics_of(result: dict) -> dict[str, list[str]]:
    """The columns of the table: the names of the statistics, and the values of each method against the reference.

    :param result: agreement.json.
    """
    methods, reference = methods_of(result), result["settings"]["reference"]
    percent = f"{100 * result['settings']['confidence']:g} %"
    rows = [*_SPECIMENS, *(_SLICES if any(result[method]["repeated"] for method in methods) else [])]
    return {
        STATISTIC: [name.format(percent=percent) for name, _ in rows],
        **{f"{method} - {reference}": [_text(tell, result[method]) for _, tell in rows] for method in methods},
    }


def notes_of(result: dict) -> list[str]:
    """All that a reader has to know beside the numbers, each note once."""
    notes = list(result["notes"])
    for method in methods_of(result):
        notes += [f"{method}: {note}" for note in result[method]["notes"]]
    for comparison in result["comparisons"]:
        notes += _comparison(comparison)
    if result["settings"].get("simulated"):
        notes.append("Simulated specimens: they show that the software works, and say nothing about biology.")
    return list(dict.fromkeys(map(in_words, notes)))


def _text(tell: Callable[[dict], str], values: dict) -> str:
    """What a row tells; a dash where the statistic does not exist."""
    try:
        return tell(values)
    except TypeError:  # None in the place of a statistic or an interval
        return "\N{EM DASH}"


def _with_interval(value: float, interval: list[float] | None) -> str:
    """A value, which has no interval where there are too few specimens for one."""
    return f"{value:.4g}" + (f" [{interval[0]:.4g}, {interval[1]:.4g}]" if interval else "")


def _limit(side: int, name: str = "limits_ci") -> Callable[[dict], str]:
    return lambda values: _with_interval(values["limits"][side], values[name][side])


def _coefficient(name: str) -> Callable[[dict], str]:
    return lambda values: _with_interval(values[name]["value"], values[name]["ci"])


_SPECIMENS: list[tuple[str, Callable[[dict], str]]] = [
    ("specimens", lambda values: f"{values['n']}"),
    ("bias [{percent}]", lambda values: _with_interval(values["bias"], values["bias_ci"])),
    ("SD of differences", lambda values: f"{values['sd']:.4g}" if values["sd"] is not None else "\N{EM DASH}"),
    ("lower limit [{percent}]", _limit(0)),
    ("upper limit [{percent}]", _limit(1)),
    ("lower limit [{percent}, exact]", _limit(0, "limits_ci_exact")),
    ("upper limit [{percent}, exact]", _limit(1, "limits_ci_exact")),
    ("outside the limits", lambda values: _outside(values["outside_limits"])),
    (
        "slope on the mean [{percent}]",
        lambda values: _with_interval(
            values["proportional_bias"]["line"]["slope"], values["proportional_bias"]["line"]["slope_ci"]
        ),
    ),
    ("Lin's concordance [{percent}]", _coefficient("lin_concordance")),
    ("ICC(A,1) [{percent}]", _coefficient("icc_a1")),
    ("paired t-test (a difference, not agreement)", lambda values: f"p = {values['paired_t_test']['p']:.3g}"),
    ("equivalence within the margin", lambda values: _equivalence(values["equivalence"])),
    ("normality (Shapiro-Wilk)", lambda values: f"p = {values['normality']['p']:.3g}"),
]

_SLICES: list[tuple[str, Callable[[dict], str]]] = [
    ("slices", lambda values: f"{values['repeated']['rows']}"),
    (
        "slices: bias [{percent}]",
        lambda values: _with_interval(values["repeated"]["bias"], values["repeated"]["bias_ci"]),
    ),
    ("slices: lower limit [{percent}]", lambda values: _limit(0)(values["repeated"])),
    ("slices: upper limit [{percent}]", lambda values: _limit(1)(values["repeated"])),
    ("slices: ICC of differences", lambda values: f"{values['repeated']['icc_of_differences'] + 0.0:.3g}"),
    ("slices: count as so many independent ones", lambda values: f"{values['repeated']['effective_n'] + 0.0:.1f}"),
]


def _outside(outside: dict) -> str:
    names = ", ".join(outside["specimens"])
    return f"{outside['count']} ({names})" if names else f"{outside['count']}"


def _equivalence(test: dict) -> str:
    word = "shown" if test["equivalent"] else "not shown"
    return f"{word} within {test['margin']:g}, p = {test['p']:.3g}"


def _comparison(comparison: dict) -> list[str]:
    """Which method comes nearer to the reference."""
    method, other = comparison["method"], comparison["other"]
    ratio = comparison["spread_ratio"]
    if ratio is None:
        return []
    lower, upper = ratio["ci"]
    return [
        f"SD of differences, {method} over {other}: {ratio['ratio']:.3g} [{lower:.3g}, {upper:.3g}], "
        f"Pitman-Morgan p = {ratio['p']:.3g}."
    ]
