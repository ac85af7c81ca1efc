"""Table nodes filled from columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import vtk
from vtk.util import numpy_support

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import slicer


def fill_table(node: slicer.vtkMRMLTableNode, columns: Iterable[tuple[str, np.ndarray | Sequence[str]]]) -> None:
    """Replace a table's content in one step, so that no chart sees it half-filled.

    :param columns: name and values of each: an array of numbers, or texts.
    """
    table = vtk.vtkTable()
    for name, values in columns:
        if isinstance(values, np.ndarray):
            column = numpy_support.numpy_to_vtk(np.ascontiguousarray(values), deep=True)
        else:
            column = vtk.vtkStringArray()
            for text in values:
                column.InsertNextValue(text)
        column.SetName(name)
        table.AddColumn(column)
    node.SetAndObserveTable(table)


def column_of(node: slicer.vtkMRMLTableNode, name: str) -> list:
    """The values of a column: texts, or numbers; empty where there is no such column."""
    column = node.GetTable().GetColumnByName(name)
    if column is None:
        return []
    if isinstance(column, vtk.vtkDataArray):
        return numpy_support.vtk_to_numpy(column).tolist()
    return [column.GetVariantValue(row).ToString() for row in range(column.GetNumberOfValues())]


def show_read_only(node: slicer.vtkMRMLTableNode) -> None:
    """Let table views show the names of the columns as headers, and change no cell."""
    node.SetUseColumnTitleAsColumnHeader(True)
    node.SetLocked(True)
