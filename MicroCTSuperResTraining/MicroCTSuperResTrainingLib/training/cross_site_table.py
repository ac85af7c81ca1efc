"""The table of a cross-site test: how well the network of each site does on the test specimens of each site.

All numbers come from the scores.csv of the runs, one value a specimen. What another site costs is a paired
difference: both networks enhanced the same specimens.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from MicroCTSuperResLib.errors import FormatError
from MicroCTSuperResLib.files import atomic_path
from MicroCTSuperResLib.quality.cohort_quality import Estimate, estimate
from MicroCTSuperResLib.quality.gains import gain

from .model_scores import METHODS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from .cross_site_folder import CrossSiteFolder

TABLE_MEASURES = ("psnr_db", "ssim", "ba_ta_error")


@dataclass(frozen=True)
class Cell:
    """The network of one site on the test specimens of one site.

    :param values: for each method and measure, one value a specimen, infinite where it is identical to HR.
    :param specimens: their names, in the order of the values; none where no specimen could be scored.
    :param animals: that they came from.
    """

    trained_on: str
    tested_on: str
    values: Mapping[tuple[str, str], tuple[float, ...]]
    specimens: tuple[str, ...]
    animals: int

    def mean(self, method: str, measure: str) -> Estimate:
        """The mean of a measure over the specimens, of which there is at least one."""
        return estimate(self.values[method, measure])

    def gain(self, measure: str) -> Estimate:
        """The mean paired difference, DL less cubic interpolation."""
        pairs = zip(self.values["dl", measure], self.values["bicubic", measure], strict=True)
        return estimate([gain(dl, cubic).difference for dl, cubic in pairs])

    def less(self, own: Cell, measure: str) -> Estimate | None:
        """The mean paired difference of DL, this network less another one; None without a specimen in common."""
        before = dict(zip(own.specimens, own.values["dl", measure], strict=True))
        mine = zip(self.specimens, self.values["dl", measure], strict=True)
        differences = [gain(value, before[name]).difference for name, value in mine if name in before]
        return estimate(differences) if differences else None


def read_cells(folder: CrossSiteFolder, sites: Sequence[str]) -> list[Cell]:
    """The cells, row by row.

    :raises FormatError: if the scores of a run cannot be read.
    """
    tables = {site: _rows(folder.run_of(site).scores_table) for site in sites}
    return [_cell(trained_on, tested_on, tables[trained_on]) for trained_on in sites for tested_on in sites]


def table_to_json(cells: Sequence[Cell]) -> dict:
    """As an object that JSON can hold: `cells`, and under `other_less_own` what training on another site changes."""
    return {"cells": [_cell_to_json(cell) for cell in cells], "other_less_own": _costs(cells)}


def write_table(table: dict, stem: Path) -> None:
    """Write the table as JSON and CSV, in place of those that are there.

    :param table: of :func:`table_to_json`; more keys may stand in it.
    :param stem: path without suffix.
    :raises OutputError: if a file cannot be written.
    """
    with atomic_path(stem.with_suffix(".json"), overwrite=True) as partial:
        partial.write_text(json.dumps(table, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    rows = [_flat(cell) for cell in table["cells"]]
    with (
        atomic_path(stem.with_suffix(".csv"), overwrite=True) as partial,
        partial.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.DictWriter(file, max(rows, key=len), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise FormatError(f"{path} cannot be read ({error.strerror}).", "Resume the cross-site test.") from error


def _cell(trained_on: str, tested_on: str, rows: Iterable[Mapping[str, str]]) -> Cell:
    of_site = [row for row in rows if row["site"] == tested_on]
    values = {
        (method, measure): tuple(float(row[measure] or "inf") for row in of_site if row["method"] == method)
        for method in METHODS
        for measure in TABLE_MEASURES
    }
    names = tuple(row["specimen"] for row in of_site if row["method"] == "dl")
    return Cell(trained_on, tested_on, values, names, len({row["animal"] for row in of_site}))


def _cell_to_json(cell: Cell) -> dict:
    told = {
        "trained_on": cell.trained_on,
        "tested_on": cell.tested_on,
        "specimens": len(cell.specimens),
        "animals": cell.animals,
    }
    if not cell.specimens:
        return told
    methods = {
        method: {measure: cell.mean(method, measure).to_json() for measure in TABLE_MEASURES} for method in METHODS
    }
    return {**told, **methods, "dl_minus_bicubic": {name: cell.gain(name).to_json() for name in TABLE_MEASURES}}


def _costs(cells: Sequence[Cell]) -> list[dict]:
    """For each network and each other site: its DL less that of the site's own network, on the same specimens."""
    own = {cell.tested_on: cell for cell in cells if cell.trained_on == cell.tested_on}
    costs = []
    for cell in cells:
        if cell.trained_on == cell.tested_on:
            continue
        told = {name: cell.less(own[cell.tested_on], name) for name in TABLE_MEASURES}
        known = {name: each.to_json() for name, each in told.items() if each is not None}
        if known:
            costs.append({"trained_on": cell.trained_on, "tested_on": cell.tested_on, **known})
    return costs


def _flat(cell: dict) -> dict[str, object]:
    """A cell as one row: means, and the confidence intervals of DL and of what it gained over cubic interpolation."""
    flat = {name: cell[name] for name in ("trained_on", "tested_on", "specimens", "animals")}
    for part, name in (*((method, method) for method in METHODS), ("dl_minus_bicubic", "gain")):
        for measure, told in cell.get(part, {}).items():
            flat[f"{name}_{measure}"] = told["mean"]
            if name in ("dl", "gain"):
                low, high = told["ci95"] or (None, None)
                flat |= {f"{name}_{measure}_low": low, f"{name}_{measure}_high": high}
    return flat
