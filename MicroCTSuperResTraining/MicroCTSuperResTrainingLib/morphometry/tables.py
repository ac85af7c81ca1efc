"""The two tables of morphometry, one row a slice and one row a bone; `note` says why a value is missing."""

from __future__ import annotations

import csv
import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from MicroCTSuperResLib.files import atomic_path

if TYPE_CHECKING:
    from .cortex import CorticalSlice
    from .results import BoneResult, SliceResult
    from .trabeculae import Diameters

_CORTEX = ("tt_ar_mm2", "ma_ar_mm2", "ct_ar_mm2", "ct_po", "ct_th_mm")


def slice_rows(result: BoneResult, first_slice: int = 0) -> list[dict]:
    """The rows of the slices of one bone.

    :param first_slice: number of its first slice, where a part of a volume was measured.
    """
    return [_slice_row(row, result.bone, first_slice) for row in result.slices]


def bone_row(result: BoneResult) -> dict:
    """One bone, or all of a volume together; means over slices are those of the slices with tissue."""
    areas = [row.area for row in result.slices if row.area.t_ar_mm2 > 0]
    row = {
        "bone": result.bone,
        "slices": len(result.slices),
        "slices_with_tissue": len(areas),
        "ba_ta": float(np.mean([area.ba_ta for area in areas])) if areas else None,
        "region": result.region,
        "tv_mm3": result.volume and result.volume.tv_mm3,
        "bv_mm3": result.volume and result.volume.bv_mm3,
        "bv_tv": result.volume and result.volume.bv_tv,
        **_diameters("tb_th", result.thickness),
        **_diameters("tb_sp", result.separation),
        **_number_of_trabeculae(result),
        **(asdict(result.plates) if result.plates else {}),
        **_cortex_of_all([row.cortex for row in result.slices if row.cortex is not None]),
    }
    return {**row, "note": result.note}


def write_table(rows: list[dict], first_columns: tuple[str, ...], path: str | Path, *, overwrite: bool = False) -> None:
    """Write rows as CSV: the given columns first, then all others as they come, `note` last.

    :raises OutputError: where the file exists and `overwrite` is false, or cannot be written.
    """
    others = dict.fromkeys(name for row in rows for name in row if name not in (*first_columns, "note"))
    with atomic_path(path, overwrite=overwrite) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, [*first_columns, *others, "note"])
        table.writeheader()
        table.writerows({name: _cell(value) for name, value in row.items()} for row in rows)


def _slice_row(row: SliceResult, bone: str, first_slice: int) -> dict:
    area = row.area
    return {
        "slice": first_slice + area.slice,
        "z_mm": round(area.z_mm, 6),
        "b_ar_mm2": area.b_ar_mm2,
        "t_ar_mm2": area.t_ar_mm2,
        "ba_ta": area.ba_ta,
        "bone": bone,
        **({**asdict(row.cortex), "ct_ar_tt_ar": row.cortex.ct_ar_tt_ar} if row.cortex else {}),
        "note": row.note,
    }


def _diameters(name: str, found: Diameters | None) -> dict:
    if found is None:
        return {}
    return {f"{name}_mm": found.mean_mm, f"{name}_sd_mm": found.sd_mm, f"{name}_max_mm": found.largest_mm}


def _number_of_trabeculae(result: BoneResult) -> dict:
    """Tb.N = (BV/TV) / Tb.Th, which for plates is the inverse of the distance from one to the next."""
    if result.volume is None or result.thickness is None:
        return {}
    return {"tb_n_per_mm": result.volume.bv_tv / result.thickness.mean_mm}


def _cortex_of_all(slices: list[CorticalSlice]) -> dict:
    """Areas are means over the slices with tissue; all others count every voxel alike."""
    slices = [one for one in slices if one.tt_ar_mm2 > 0]
    if not slices:
        return {}
    values = {name: np.array([getattr(one, name) for one in slices]) for name in _CORTEX}
    means = {name: float(values[name].mean()) for name in ("tt_ar_mm2", "ma_ar_mm2", "ct_ar_mm2")}
    for name in ("ct_po", "ct_th_mm"):
        known = np.isfinite(values[name])
        weights = values["ct_ar_mm2"][known]
        means[name] = float(np.average(values[name][known], weights=weights)) if known.any() else None
    return {**means, "ct_ar_tt_ar": means["ct_ar_mm2"] / means["tt_ar_mm2"]}


def _cell(value: object) -> object:
    """Twelve digits: the last ones of a double are rounding errors of sums."""
    if not isinstance(value, float):
        return "" if value is None else value
    return f"{value:.12g}" if math.isfinite(value) else ""
