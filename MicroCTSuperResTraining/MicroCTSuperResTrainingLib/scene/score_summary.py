"""The means of an evaluation as a table of texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

METHOD = "method"


def summary_columns(scores: dict) -> list[tuple[str, list[str]]]:
    """The table of means: a row for each method, as texts."""
    keys = list(scores["methods"])
    return [
        (METHOD, [scores["methods"][key]["label"] for key in keys]),
        ("specimens", [str(scores[key]["n"]) for key in keys]),
        *((title, [_mean(scores[key], name) for key in keys]) for name, title in _MEANS.items()),
        ("BA/TA bias", [_with_interval(scores[key]["ba_ta"], "bias", "bias_ci") for key in keys]),
        ("BA/TA limits of agreement", [_range(scores[key]["ba_ta"]["limits"]) for key in keys]),
        ("limits of", [scores[key]["ba_ta"]["level"] or "" for key in keys]),
    ]


_MEANS = {"psnr_db": "PSNR (dB)", "psnr_bone_db": "PSNR near bone (dB)", "ssim": "SSIM"}


def _mean(values: dict, name: str) -> str:
    return _with_interval(values, name, f"{name}_ci95")


def _with_interval(values: dict, name: str, interval: str) -> str:
    if values[name] is None:
        return "\N{EM DASH}"
    return f"{values[name]:.4g}" + (f" {_range(values[interval], ', ', '[', ']')}" if values[interval] else "")


def _range(interval: Sequence[float] | None, between: str = " to ", before: str = "", after: str = "") -> str:
    if interval is None:
        return "\N{EM DASH}"
    return f"{before}{interval[0]:.4g}{between}{interval[1]:.4g}{after}"
