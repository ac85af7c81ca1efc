"""Tables of measurements in the scene: a row for each specimen, method and slice, as evaluations give them."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import vtk
from MicroCTSuperResLib.scene.lineage import SCENE_PREFIX
from MicroCTSuperResLib.scene.tables import column_of, fill_table, show_read_only

from ..agreement.measurements import REFERENCE, SLICE, STUDY_METHODS, STUDY_VALUE
from ..agreement.table import MISSING, read_table

if TYPE_CHECKING:
    from pathlib import Path

    import slicer

SPECIMEN, METHOD, POSITION = "specimen", "method", "z_mm"
_SIMULATED = SCENE_PREFIX + "simulated"
# Numbers that say where or with what was measured.
_NOT_VALUES = (SLICE, POSITION, "row", "data_range", "threshold", "bone", "sigma_voxels", "support_voxels")


def open_table(scene: slicer.vtkMRMLScene, path: Path) -> slicer.vtkMRMLTableNode:
    """Read a CSV file into a new table node; columns of numbers become numbers, empty cells of them NaN.

    :raises FormatError: if the file cannot be read as a table.
    """
    table = read_table(path)
    columns = [
        (name, _as_numbers([row.cells[place] for row in table.rows])) for place, name in enumerate(table.columns)
    ]
    return table_from_columns(scene, columns, path.stem)


def table_from_columns(
    scene: slicer.vtkMRMLScene, columns: list[tuple[str, np.ndarray | list[str]]], name: str
) -> slicer.vtkMRMLTableNode:
    """A new table node, whose cells are for reading."""
    node = scene.AddNewNodeByClass("vtkMRMLTableNode", scene.GenerateUniqueName(name))
    fill_table(node, columns)
    show_read_only(node)
    return node


def columns_from_rows(rows: list[dict], names: list[str]) -> list[tuple[str, np.ndarray | list[str]]]:
    """The columns of rows of texts, as a CSV file gives them.

    :param names: of the columns that are wanted.
    """
    return [(name, _as_numbers([row.get(name) or "" for row in rows])) for name in names]


def columns_in(node: slicer.vtkMRMLTableNode) -> list[str]:
    """The names of all columns."""
    return [node.GetColumnName(number) for number in range(node.GetNumberOfColumns())]


def values_in(node: slicer.vtkMRMLTableNode) -> list[str]:
    """The columns that hold measured values, BA/TA first where there is one."""
    table = node.GetTable()
    names = [
        name
        for name in columns_in(node)
        if isinstance(table.GetColumnByName(name), vtk.vtkDataArray) and name.casefold() not in _NOT_VALUES
    ]
    return sorted(names, key=lambda name: name.casefold() != STUDY_VALUE)


def methods_in(node: slicer.vtkMRMLTableNode) -> list[str]:
    """The methods that a table tells of: the values of its column `method`, or its columns of values."""
    column = next((name for name in columns_in(node) if name.casefold() == METHOD), None)
    return values_in(node) if column is None else list(dict.fromkeys(filter(None, column_of(node, column))))


def is_long(node: slicer.vtkMRMLTableNode) -> bool:
    """Whether a column tells the method of each row; else each method has a column."""
    return any(name.casefold() == METHOD for name in columns_in(node))


def usual_reference(methods: list[str]) -> str:
    """The method that is taken as true: HR where there is one, else the first; "" without methods."""
    return next((name for name in methods if name.casefold() == REFERENCE.casefold()), methods[0] if methods else "")


def usual_methods(methods: list[str], reference: str) -> list[str]:
    """Those compared with the reference: LR and DL (of whichever models) where there are some, else all others."""
    others = [name for name in methods if name != reference]
    lr, dl = (name.casefold() for name in STUDY_METHODS)
    known = [name for name in others if name.casefold() == lr or name.casefold().split(" ")[0] == dl]
    return known or others


def mark_simulated(node: slicer.vtkMRMLTableNode) -> None:
    """Remember that the measurements are of phantoms."""
    node.SetAttribute(_SIMULATED, "yes")


def is_simulated(node: slicer.vtkMRMLTableNode) -> bool:
    """Whether the measurements, or some of them, are of phantoms: it was marked, or a column says so."""
    return node.GetAttribute(_SIMULATED) == "yes" or "yes" in column_of(node, "simulated")


def write_measurements(node: slicer.vtkMRMLTableNode, path: Path) -> None:
    """Write a table as CSV with all digits; NaN as an empty cell."""
    names = columns_in(node)
    columns = [column_of(node, name) for name in names]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows(
            ["" if isinstance(cell, float) and np.isnan(cell) else cell for cell in row]
            for row in zip(*columns, strict=True)
        )


def position_of(node: slicer.vtkMRMLTableNode, specimen: str, number: int) -> float | None:
    """The position of a slice along z in mm, as the table tells it; None where it does not."""
    columns = [column_of(node, name) for name in (SPECIMEN, SLICE, POSITION)]
    if not all(columns):
        return None
    for name, row_number, position in zip(*columns, strict=True):
        if name == specimen and row_number == number and np.isfinite(position):
            return float(position)
    return None


def _as_numbers(cells: list[str]) -> np.ndarray | list[str]:
    """An array where every cell is a number or empty, and one at least is a number; else the texts."""
    numbers = np.full(len(cells), np.nan)
    for row, cell in enumerate(cells):
        if cell.casefold() in MISSING:
            continue
        try:
            numbers[row] = float(cell.replace(",", ".") if cell.count(",") == 1 and "." not in cell else cell)
        except ValueError:
            return cells
    return numbers if np.isfinite(numbers).any() else cells
