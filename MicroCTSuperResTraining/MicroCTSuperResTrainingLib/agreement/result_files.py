"""The result of an agreement analysis as files: JSON, a tidy table, and the points of the figure."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from MicroCTSuperResLib.files import atomic_path

from .measurements import RESERVED
from .pairs import Pairs

SPECIMENS, ROWS = "specimens", "rows"
COLUMNS = (
    *("method", "reference", "value", "units", "level", "n", "rows", "bias", "bias_ci_lower", "bias_ci_upper", "sd"),
    *("lower_limit", "lower_limit_ci_lower", "lower_limit_ci_upper"),
    *("upper_limit", "upper_limit_ci_lower", "upper_limit_ci_upper"),
    *("slope", "slope_ci_lower", "slope_ci_upper", "slope_p", "t", "t_df", "t_p"),
    *("lin_concordance", "lin_concordance_ci_lower", "lin_concordance_ci_upper"),
    *("icc_a1", "icc_a1_ci_lower", "icc_a1_ci_upper"),
    *("equivalence_margin", "equivalence_p", "equivalent", "shapiro_w", "shapiro_p", "outside_limits"),
    *("sd_between", "sd_within", "icc_of_differences", "effective_n"),
    *("lower_limit_exact_ci_lower", "lower_limit_exact_ci_upper"),
    *("upper_limit_exact_ci_lower", "upper_limit_exact_ci_upper", "notes"),
)
POINT_COLUMNS = ("method", "reference", "level", "specimen", "row", "reference_value", "method_value")
POINT_COLUMNS = (*POINT_COLUMNS, "mean", "difference")


def write_agreement_json(result: dict, path: str | Path, *, overwrite: bool = False) -> None:
    """Write the result of :func:`~.analysis.analyse`.

    :raises OutputError: where the file exists and `overwrite` is false, or cannot be written.
    """
    with atomic_path(path, overwrite=overwrite) as temporary:
        temporary.write_text(json.dumps(result, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def write_agreement_csv(result: dict, path: str | Path, *, overwrite: bool = False) -> None:
    """Write a row for each method and level: `specimens` (one value each) and `rows` (repeated measures).

    What does not apply is left empty; why a statistic of a method is, its `notes` say.

    :raises OutputError: as :func:`write_agreement_json`.
    """
    _write_csv(COLUMNS, _rows(result), path, overwrite)


def write_points_csv(pairs: Iterable[Pairs], path: str | Path, *, overwrite: bool = False) -> None:
    """Write the points of the Bland-Altman figure, a row for each method, level, specimen and, for `rows`, slice.

    :raises OutputError: as :func:`write_agreement_json`.
    """
    _write_csv(POINT_COLUMNS, (row for one in pairs for row in _points(one)), path, overwrite)


def methods_of(result: dict) -> list[str]:
    """The names of the methods in the result of :func:`~.analysis.analyse`."""
    return [name for name in result if name not in RESERVED]


def _write_csv(columns: tuple[str, ...], rows: Iterable[dict], path: str | Path, overwrite: bool) -> None:
    with (
        atomic_path(path, overwrite=overwrite) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as stream,
    ):
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(rows)


def _rows(result: dict) -> Iterator[dict]:
    settings = result["settings"]
    for method in methods_of(result):
        what = {"method": method, **{name: settings[name] for name in ("reference", "value", "units")}}
        of_method = result[method]
        exact = of_method["limits_ci_exact"] or (None, None)
        yield {
            **what,
            "level": SPECIMENS,
            **_limits(of_method),
            **_coefficients(of_method),
            **_tests(of_method),
            **_interval("lower_limit_exact", exact[0]),
            **_interval("upper_limit_exact", exact[1]),
            "notes": " ".join(of_method["notes"]),
        }
        repeated = of_method["repeated"]
        if repeated is not None:
            own = ("rows", "sd_between", "sd_within", "icc_of_differences", "effective_n")
            yield {**what, "level": ROWS, **_limits(repeated), **{name: repeated[name] for name in own}}


def _limits(values: dict) -> dict:
    lower, upper = values["limits"] or (None, None)
    of_lower, of_upper = values["limits_ci"] or (None, None)
    return {
        **{name: values[name] for name in ("n", "bias", "sd")},
        **_interval("bias", values["bias_ci"]),
        "lower_limit": lower,
        **_interval("lower_limit", of_lower),
        "upper_limit": upper,
        **_interval("upper_limit", of_upper),
    }


def _coefficients(values: dict) -> dict:
    found = {}
    if values["proportional_bias"] is not None:
        line = values["proportional_bias"]["line"]
        found |= {"slope": line["slope"], "slope_p": line["p"], **_interval("slope", line["slope_ci"])}
    for name in ("lin_concordance", "icc_a1"):
        if values[name] is not None:
            found |= {name: values[name]["value"], **_interval(name, values[name]["ci"])}
    return found


def _tests(values: dict) -> dict:
    t_test, equivalence = values["paired_t_test"] or {}, values["equivalence"] or {}
    shape, outside = values["normality"] or {}, values["outside_limits"] or {}
    return {
        "t": t_test.get("t"),
        "t_df": t_test.get("df"),
        "t_p": t_test.get("p"),
        **{f"equivalence_{name}": equivalence.get(name) for name in ("margin", "p")},
        "equivalent": equivalence.get("equivalent"),
        "shapiro_w": shape.get("w"),
        "shapiro_p": shape.get("p"),
        "outside_limits": outside.get("count"),
    }


def _interval(name: str, interval: list[float] | None) -> dict:
    lower, upper = interval or (None, None)
    return {f"{name}_ci_lower": lower, f"{name}_ci_upper": upper}


def _points(pairs: Pairs) -> Iterator[dict]:
    what = {"method": pairs.method, "reference": pairs.reference}
    for specimen, measured, expected in zip(pairs.specimens, *pairs.means_of_specimens(), strict=True):
        yield {**what, "level": SPECIMENS, "specimen": specimen, **_point(measured, expected)}
    if not (pairs.paired and pairs.repeated):
        return
    for specimen, keys, got, told in zip(pairs.specimens, pairs.keys, pairs.measured, pairs.expected, strict=True):
        for key, measured, expected in zip(keys, got, told, strict=True):
            yield {**what, "level": ROWS, "specimen": specimen, "row": key, **_point(measured, expected)}


def _point(measured: float, expected: float) -> dict:
    return {
        "reference_value": float(expected),
        "method_value": float(measured),
        "mean": float((measured + expected) / 2),
        "difference": float(measured - expected),
    }
