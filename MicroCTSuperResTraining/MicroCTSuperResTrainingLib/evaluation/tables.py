"""The tidy tables of an evaluation: one row for each specimen and method, and for each slice of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from MicroCTSuperResLib.quality.baselines import BILINEAR

from ..morphometry.tables import write_table
from .against_hr import HR
from .summary import PERCENT, QUALITY, SHARPNESS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .methods import Method

NAMES = ("specimen", "animal", "site", "group", "split")
SPECIMEN_COLUMNS = (*NAMES, "method", "model", *QUALITY, *SHARPNESS, "ba_ta", "ba_ta_bias")
SLICE_COLUMNS = (*NAMES, "method", "model", "slice", "z_mm", *QUALITY, "b_ar_mm2", "t_ar_mm2", "ba_ta")


def write_specimens(results: Sequence[dict], methods: Sequence[Method], path: Path) -> None:
    """Write specimens.csv; a row with method "hr" tells the BA/TA of HR. What does not exist is left empty."""
    rows = [row for result in results for row in _specimen_rows(result, methods)]
    write_table(rows, SPECIMEN_COLUMNS, path, overwrite=True)


def write_slices(results: Sequence[dict], methods: Sequence[Method], path: Path) -> None:
    """Write slices.csv; `note` says why a value is missing or to be doubted."""
    models = {method.key: method.facts.get("name", "") for method in methods}
    rows = [
        {**_names(result), "method": key, "model": models.get(key, ""), **row, "simulated": _yes(result["simulated"])}
        for result in results
        for key, of_method in result["slices"].items()
        for row in of_method
    ]
    write_table(rows, SLICE_COLUMNS, path, overwrite=True)


def write_cross_site(rows: Sequence[dict], path: Path) -> None:
    """Write cross_site.csv, intervals and limits as two columns each."""
    flat = [_flat(row) for row in rows]
    write_table(flat, tuple(dict.fromkeys(name for row in flat for name in row)), path, overwrite=True)


def _specimen_rows(result: dict, methods: Sequence[Method]) -> list[dict]:
    of_lr = result["methods"][BILINEAR]
    facts = {
        "units": result["units"],
        "data_range": result["data_range"]["value"],
        "threshold": result["segmentation"]["threshold"],
        "shift_x_um": result["shift_um"][0],
        "shift_y_um": result["shift_um"][1],
        "shift_z_um": result["shift_um"][2],
        "shift_um": math.hypot(*result["shift_um"]),
        "shift_taken_back": _yes(result["left_um"] is not None),
        "shift_left_um": math.hypot(*(result["left_um"] or result["shift_um"])),
        "hr_resampled": _yes(result["resampled"]),
        "simulated": _yes(result["simulated"]),
        "note": " ".join(result["warnings"]),
    }
    rows = [{**_names(result), "method": HR, "model": "", **result[HR], **facts}]
    for method in methods:
        values = result["methods"][method.key]
        gains = _gains(values, of_lr) if method.is_dl else {}
        rows.append(
            {**_names(result), "method": method.key, "model": method.facts.get("name", ""), **values, **gains, **facts}
        )
    return rows


def _gains(values: dict, of_lr: dict) -> dict:
    """What DL gains over LR, as the study tells it: the difference, and in percent of LR."""
    told = {}
    for name in PERCENT:
        if values[name] is not None and of_lr[name]:
            gain = values[name] - of_lr[name]
            told |= {f"{name}_over_lr": gain, f"{name}_percent_over_lr": 100 * gain / of_lr[name]}
    return told


def _names(result: dict) -> dict:
    return {name: result[name] for name in NAMES}


def _yes(told: object) -> str:
    return "yes" if told else "no"


def _flat(row: dict) -> dict:
    flat = {}
    for name, value in row.items():
        if name.endswith(("_ci95", "_ci", "_limits")):
            lower, upper = value or (None, None)
            flat |= {f"{name}_lower": lower, f"{name}_upper": upper}
        else:
            flat[name] = value
    return flat
