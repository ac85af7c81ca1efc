"""The result of an agreement analysis as text for a terminal."""

from __future__ import annotations

import math

from .result_files import methods_of

# Half widths of intervals below this, or beyond its inverse, are told with powers of ten.
LEAST_AS_DECIMAL = 1e-6
SMALLEST_P = 0.001


def bias_and_limits(values: dict) -> tuple[str, str | None]:
    """The bias and the limits of agreement, each with its interval, to two digits of the half width of the bias's.

    :param values: of a method, or of its `repeated`, in the result of :func:`~.analysis.analyse`.
    :returns: the limits are None where there are none.
    """
    if values["limits"] is None:
        return f"{values['bias']:+.3g}", None
    half = (values["bias_ci"][1] - values["bias_ci"][0]) / 2
    decimals = max(0, 1 - math.floor(math.log10(half))) if half > 0 else 4
    form = f"+.{decimals}f" if half == 0 or LEAST_AS_DECIMAL < half < 1 / LEAST_AS_DECIMAL else "+.4g"

    def told(value: float, interval: list[float]) -> str:
        lower, middle, upper = (format(number, form) for number in (interval[0], value, interval[1]))
        return f"{middle} [{lower}, {upper}]"

    return told(values["bias"], values["bias_ci"]), " to ".join(map(told, values["limits"], values["limits_ci"]))


def agreement_as_text(result: dict) -> str:
    """Bias and limits of each method, then what compares the methods, then the notes.

    :param result: of :func:`~.analysis.analyse`, perhaps read back from its file.
    """
    settings = result["settings"]
    in_units = f" in {settings['units']}" if settings["units"] else ""
    lines = [
        f"{settings['value']}{in_units}, against {settings['reference']}; {100 * settings['confidence']:g} % intervals"
    ]
    for method in methods_of(result):
        lines += _method(method, result[method])
    for comparison in result["comparisons"]:
        lines += _comparison(comparison)
    lines += [f"Note: {note}" for note in result["notes"]]
    if settings.get("simulated"):
        lines.append("Simulated specimens: they show that the software works, and say nothing about biology.")
    return "\n".join(lines)


def _method(method: str, values: dict) -> list[str]:
    bias, limits = bias_and_limits(values)
    lines = ["", f"{method}: n = {values['n']}, bias {bias}"]
    if limits is not None:
        lines.append(f"  limits of agreement {limits}, SD {values['sd']:.3g}")
    for name, title in (("lin_concordance", "Lin's concordance"), ("icc_a1", "ICC(A,1)")):
        if values[name] is not None:
            lines.append(f"  {title} {values[name]['value']:.3f}{_between(values[name]['ci'], 3)}")
    lines += _tests(values)
    if values["repeated"] is not None:
        lines += _single_rows(values["repeated"])
    return lines + [f"  Note: {note}" for note in values["notes"]]


def _tests(values: dict) -> list[str]:
    lines = []
    if values["proportional_bias"] is not None:
        line = values["proportional_bias"]["line"]
        interval = _between(line["slope_ci"])
        lines.append(f"  slope of difference on mean {_number(line['slope'])}{interval}, {_p(line['p'])}")
    if values["paired_t_test"] is not None:
        lines.append(f"  paired t-test {_p(values['paired_t_test']['p'])} (it shows a difference, not agreement)")
    equivalence = values["equivalence"]
    if equivalence is not None:
        word = "equivalent" if equivalence["equivalent"] else "not shown to be equivalent"
        lines.append(f"  {word} within {equivalence['margin']:g} on average (TOST, {_p(equivalence['p'])})")
    return lines


def _single_rows(repeated: dict) -> list[str]:
    bias, limits = bias_and_limits(repeated)
    lines = [f"  single rows ({repeated['rows']}): bias {bias}, limits of agreement {limits}"]
    if repeated["effective_n"] is not None:
        lines.append(
            f"  {repeated['rows']} rows tell the bias as well as {repeated['effective_n']:.1f} independent ones "
            f"(ICC of differences {repeated['icc_of_differences']:.2f})"
        )
    return lines


def _comparison(comparison: dict) -> list[str]:
    method, other = comparison["method"], comparison["other"]
    lines = ["", f"{method} beside {other}, n = {comparison['n']}"]
    ratio, change = comparison["spread_ratio"], comparison["change_of_size"]
    if ratio is not None:
        lines.append(
            f"  SD of differences, {method} over {other}: {ratio['ratio']:.3g} [{ratio['ci'][0]:.3g}, "
            f"{ratio['ci'][1]:.3g}], Pitman-Morgan {_p(ratio['p'])}"
        )
    if change is not None:
        lines.append(
            f"  mean |difference|, {method} minus {other}: {_number(change['mean'])}{_between(change['ci'])}, "
            f"{_p(change['p'])}"
        )
    return lines + [f"  Note: {note}" for note in comparison["notes"]]


def _p(value: float) -> str:
    return "p < 0.001" if value < SMALLEST_P else f"p = {value:.3f}"


def _number(value: float) -> str:
    return f"{value:+.3g}"


def _between(interval: list[float] | None, decimals: int | None = None) -> str:
    if interval is None:
        return ""
    lower, upper = (_number(end) if decimals is None else f"{end:.{decimals}f}" for end in interval)
    return f" [{lower}, {upper}]"
