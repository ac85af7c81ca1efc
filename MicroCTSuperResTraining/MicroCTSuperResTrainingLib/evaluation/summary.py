"""Means over specimens, gains of DL over interpolation, and every model on every site.

A specimen counts once, by its mean over slices; intervals are those of the mean over specimens by Student's t.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from MicroCTSuperResLib.quality.baselines import BICUBIC, BILINEAR
from MicroCTSuperResLib.quality.cohort_quality import estimate
from MicroCTSuperResLib.quality.gains import gain
from MicroCTSuperResLib.quality.resolution import Reach

from .area_agreement import OWN, SHARED, area_agreement
from .methods import Method

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .area_agreement import AreaAgreement

QUALITY = ("psnr_db", "psnr_bone_db", "ssim", "ssim_bone")
SHARPNESS = ("resolution_um", "resolution_3d_um", "edge_width_um")
PERCENT = ("psnr_db", "ssim")


def summary_of(
    results: Sequence[dict],
    methods: Sequence[Method],
    shared: AreaAgreement | None = None,
    own: AreaAgreement | None = None,
) -> dict:
    """Everything that is told of a set of specimens: one key for each method, and `gains`.

    :param results: of :func:`~.specimen_evaluation.evaluate_specimen`, at least one.
    :param shared: the agreement of these specimens; computed if it is not given. `own` likewise.
    """
    shared = shared or area_agreement(results, methods, SHARED)
    own = own or area_agreement(results, methods, OWN)
    of_hr = {name: [result["hr"][name] for result in results] for name in (SHARED, OWN, "edge_width_um")}
    return {
        "specimens": len(results),
        "animals": len({result["animal"] for result in results}),
        "hr": {name: {"mean": mean_of(values)["mean"]} for name, values in of_hr.items()},
        **{method.key: _of_method(results, method, shared, own) for method in methods},
        "gains": {
            f"{method.key}_minus_{over}": gain_of(results, method.key, over)
            for method in methods
            if method.is_dl
            for over in (BILINEAR, BICUBIC)
        },
    }


def mean_of(values: Sequence[float | None]) -> dict:
    """Mean, 95 % interval and number of the values that exist, as JSON can hold them."""
    return estimate(values).to_json()


def gain_of(results: Sequence[dict], key: str, over: str) -> dict:
    """The paired difference of a method from another one: mean, interval and n of each measure.

    `psnr_db_percent` and `ssim_percent` are the study's: 100 times the difference by the other method's value, the mean
    over specimens. Of `ba_ta_error`, the absolute value of a specimen's bias, less than 0 is better.
    """
    pairs = [(result["methods"][key], result["methods"][over]) for result in results]
    told = {}
    for name in QUALITY:
        gains = [gain(*(_or_infinite(values[name]) for values in pair)) for pair in pairs]
        told[name] = mean_of([one.difference for one in gains])
        if name in PERCENT:
            told[f"{name}_percent"] = mean_of([one.percent for one in gains])
    for name in SHARPNESS:
        told[name] = mean_of([_less(one[name], other[name]) for one, other in pairs])
    told["ba_ta_error"] = mean_of([_less(*(_size(each["ba_ta_bias"]) for each in pair)) for pair in pairs])
    return told


def cross_site(results: Sequence[dict], methods: Sequence[Method]) -> list[dict]:
    """Every model on every site: a row each, as a table and JSON can hold it; empty for one model on one site."""
    sites = sorted({result["site"] for result in results})
    models = [method for method in methods if method.is_dl]
    if len(sites) < 2 and len(models) < 2:
        return []
    return [
        _site_row([result for result in results if result["site"] == site], method, site, methods)
        for method in models
        for site in sites
    ]


def _site_row(results: list[dict], method: Method, site: str, methods: Sequence[Method]) -> dict:
    told = summary_of(results, methods)
    area = told[method.key]["ba_ta"]
    gains = {over: told["gains"][f"{method.key}_minus_{over}"] for over in (BILINEAR, BICUBIC)}
    row = {
        "method": method.key,
        "model": method.facts.get("name", method.label),
        "trained_on": ", ".join(method.facts.get("sites", ())),
        "tested_on": site,
        "specimens": told["specimens"],
        "animals": told["animals"],
        **{name: told[method.key][name] for name in ("psnr_db", "psnr_db_ci95", "ssim", "ssim_ci95")},
        **{f"lr_{name}": told[BILINEAR][name] for name in PERCENT},
    }
    for over, gained in gains.items():
        for name in PERCENT:
            row |= {f"{name}_over_{over}": gained[name]["mean"], f"{name}_over_{over}_ci95": gained[name]["ci95"]}
    row |= {f"{name}_percent_over_lr": gains[BILINEAR][f"{name}_percent"]["mean"] for name in PERCENT}
    return row | {f"ba_ta_{name}": area[name] for name in ("bias", "bias_ci", "limits", "level")}


def _of_method(
    results: Sequence[dict], method: Method, shared: AreaAgreement | None, own: AreaAgreement | None
) -> dict:
    told: dict = {"n": len(results)}
    for name in (*QUALITY, *SHARPNESS):
        mean = mean_of([result["methods"][method.key][name] for result in results])
        told |= {name: mean["mean"], f"{name}_ci95": mean["ci95"], f"{name}_n": mean["n"]}
    for name in ("resolution", "resolution_3d"):
        reaches = [result["methods"][method.key][f"{name}_reach"] for result in results]
        told[f"{name}_at_nyquist"] = reaches.count(Reach.NYQUIST.value)
    for name, agreement in ((SHARED, shared), (OWN, own)):
        mean = mean_of([result["methods"][method.key][name] for result in results])["mean"]
        told[name] = {"mean": mean, **(_NO_AGREEMENT if agreement is None else agreement.of(method))}
    return told


_NO_AGREEMENT = dict.fromkeys(("n", "bias", "bias_ci", "sd", "limits", "limits_ci", "limits_ci_exact", "level"))


def _less(value: float | None, other: float | None) -> float | None:
    return None if value is None or other is None else value - other


def _or_infinite(value: float | None) -> float:
    return math.inf if value is None else value


def _size(value: float | None) -> float | None:
    return None if value is None else abs(value)
