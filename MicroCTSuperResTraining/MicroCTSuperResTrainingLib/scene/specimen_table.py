"""The specimens of a cohort as a table node: the cells as the CSV file has them, and what was found out about each row.

The node is what the user edits and what is saved with the scene; the file on the disk is what jobs take. Behind the
columns of the file stand four of the scene's own (:data:`FOUND`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from MicroCTSuperResLib.scene.lineage import SCENE_PREFIX, set_purpose
from MicroCTSuperResLib.scene.tables import fill_table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import slicer

TABLE_CLASS = "vtkMRMLTableNode"
PURPOSE = "cohort: specimens"
STATE, PAIRING, SHIFT, LIKENESS = "state of the row", "pairing of LR and HR", "shift (um)", "likeness of LR and HR"
FOUND = (STATE, PAIRING, SHIFT, LIKENESS)
UNCHECKED, GOOD, WARNING = "", "ok", "warning: "
# Signs that would tear a table apart when Slicer saves it, and what stands for them in the node.
_IN_NODE = str.maketrans({"\n": "\u2424", "\r": "\u240d", "\t": "\u2409", '"': "\uff02"})
_TOLD = {ord(stands): chr(sign) for sign, stands in _IN_NODE.items()}
_NAMELESS = "\u2423"
_ROWS, _CHANGED = SCENE_PREFIX + "rows", SCENE_PREFIX + "changed"


@dataclass(frozen=True)
class SpecimenRow:
    """One row.

    :param number: of the row in the file, as a spreadsheet counts; 0 for one that was not saved yet.
    :param cells: by the names of the file's columns.
    :param state: what the check of the table told: "" before it, "ok", what is wrong, or "warning: " and what to know.
    :param pairing: the same of the check of the pairs.
    :param shift_um: how far the specimen moved between LR and HR; "" while not known, as is `likeness`.
    """

    number: int
    cells: Mapping[str, str]
    state: str = UNCHECKED
    pairing: str = UNCHECKED
    shift_um: str = ""
    likeness: str = ""

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with it."""
        return tuple(told for told in self._told if not told.startswith(WARNING))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know of it; the check of the pairs may tell again what that of the table told."""
        warned = (told.removeprefix(WARNING) for told in self._told if told.startswith(WARNING))
        lines = [line for told in warned for line in told.splitlines()]
        return tuple(line for line in lines if not any(line in other for other in lines if other != line))

    @property
    def is_checked(self) -> bool:
        """Whether one of the checks has looked at it."""
        return (self.state, self.pairing) != (UNCHECKED, UNCHECKED)

    @property
    def _told(self) -> list[str]:
        return [told for told in dict.fromkeys((self.state, self.pairing)) if told not in (UNCHECKED, GOOD)]


def fill(
    node: slicer.vtkMRMLTableNode, columns: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int]
) -> None:
    """Replace a table's content in one step by that of a file; nothing is known of the rows then.

    :param columns: names of the file's columns, each of its own.
    :param rows: their cells; short rows are filled up.
    :param numbers: of the rows in the file.
    """
    filled = [[*row, *[""] * (len(columns) - len(row))] for row in rows]
    cells = [
        (_stored(name) or _NAMELESS, [_stored(row[position]) for row in filled])
        for position, name in enumerate(columns)
    ]
    blocked = node.StartModify()
    set_purpose(node, PURPOSE)
    node.SetLocked(True)  # edited in the panel, which knows what a cell means
    node.SetUseColumnTitleAsColumnHeader(True)
    fill_table(node, [*cells, *((name, [""] * len(filled)) for name in FOUND)])
    _write_numbers(node, numbers)
    mark_changed(node, False)
    node.EndModify(blocked)


def columns_of(node: slicer.vtkMRMLTableNode) -> list[str]:
    """The names of the file's columns."""
    names = [node.GetColumnName(index) for index in range(node.GetNumberOfColumns() - len(FOUND))]
    return ["" if name == _NAMELESS else _told(name) for name in names]


def rows_of(node: slicer.vtkMRMLTableNode | None) -> list[SpecimenRow]:
    """The rows in their order; none of no node."""
    if node is None:
        return []
    columns = columns_of(node)
    rows = []
    for index, number in enumerate(_numbers(node)):
        cells = {name: _told(node.GetCellText(index, column)) for column, name in enumerate(columns)}
        found = (_told(node.GetCellText(index, len(columns) + place)) for place in range(len(FOUND)))
        rows.append(SpecimenRow(number, cells, *found))
    return rows


def set_cell(node: slicer.vtkMRMLTableNode, row: int, column: str, text: str) -> None:
    """Change a cell of the file; what was found out about its row does not hold any more.

    :param column: name of one of the file's columns.
    """
    blocked = node.StartModify()
    node.SetCellText(row, columns_of(node).index(column), _stored(text))
    for name in FOUND:
        _set_found(node, row, name, "")
    mark_changed(node, True)
    node.EndModify(blocked)


def add_row(node: slicer.vtkMRMLTableNode, cells: Mapping[str, str]) -> None:
    """Add a row that is not in the file yet.

    :param cells: by the names of columns; those that the table does not have are left out.
    """
    blocked = node.StartModify()
    columns = columns_of(node)
    for index, name in enumerate((*columns, *FOUND)):
        text = cells.get(name, "") if index < len(columns) else ""
        node.GetTable().GetColumn(index).InsertNextValue(_stored(text))
    _write_numbers(node, [*_numbers(node), 0])
    mark_changed(node, True)
    node.GetTable().Modified()
    node.EndModify(blocked)


def remove_row(node: slicer.vtkMRMLTableNode, row: int) -> None:
    """Take a row out."""
    blocked = node.StartModify()
    numbers = _numbers(node)
    node.RemoveRow(row)
    _write_numbers(node, [*numbers[:row], *numbers[row + 1 :]])
    mark_changed(node, True)
    node.EndModify(blocked)


def set_states(
    node: slicer.vtkMRMLTableNode,
    problems: Mapping[int, str],
    warnings: Mapping[int, str] | None = None,
    *,
    otherwise: str,
) -> None:
    """Tell of each row what is wrong with it, or what to know of it where nothing is wrong.

    :param problems: and `warnings`, by the row's number in the file.
    :param otherwise: the state of all others.
    """
    told = {number: WARNING + text for number, text in (warnings or {}).items()} | dict(problems)
    blocked = node.StartModify()
    for row, number in enumerate(_numbers(node)):
        _set_found(node, row, STATE, told.get(number, otherwise))
    node.EndModify(blocked)


def set_pairing(node: slicer.vtkMRMLTableNode, rows: Iterable[Mapping[str, object]]) -> None:
    """Tell of each row how far the specimen moved between its scans, and what to know of the pair.

    :param rows: what the job `cohort pair` tells of each specimen: `row`, `state`, `shift_um`, `likeness`, `message`.
    """
    told = {row["row"]: row for row in rows}
    blocked = node.StartModify()
    for index, number in enumerate(_numbers(node)):
        if number not in told:
            continue
        found = told[number]
        refused, message = found["state"] == "refused", str(found["message"])
        _set_found(node, index, PAIRING, message if refused else WARNING + message if message else GOOD)
        _set_found(node, index, SHIFT, "" if refused else f"{found['shift_um']:.1f}")
        _set_found(node, index, LIKENESS, "" if refused else f"{found['likeness']:.2f}")
    node.EndModify(blocked)


def keep_pairing(node: slicer.vtkMRMLTableNode, before: Iterable[SpecimenRow], columns: Collection[str]) -> None:
    """Tell again of the rows of a table that was read anew what was known of their pairs.

    :param before: the rows as they were.
    :param columns: those that a pair depends on; rows that differ in one are other pairs.
    """

    def key(row: SpecimenRow) -> tuple[str, ...]:
        return tuple(row.cells.get(name, "") for name in columns)

    known = {key(row): row for row in before if row.pairing != UNCHECKED}
    blocked = node.StartModify()
    for index, row in enumerate(rows_of(node)):
        if key(row) in known:
            was = known[key(row)]
            for name, text in ((PAIRING, was.pairing), (SHIFT, was.shift_um), (LIKENESS, was.likeness)):
                _set_found(node, index, name, text)
    node.EndModify(blocked)


def is_changed(node: slicer.vtkMRMLTableNode) -> bool:
    """Whether the table holds something that is not in its file yet."""
    return node.GetAttribute(_CHANGED) == "yes"


def mark_changed(node: slicer.vtkMRMLTableNode, changed: bool) -> None:
    """Say whether the table holds something that is not in its file yet; saved with the scene."""
    if changed:
        node.SetAttribute(_CHANGED, "yes")
    else:
        node.RemoveAttribute(_CHANGED)


def _set_found(node: slicer.vtkMRMLTableNode, row: int, name: str, text: str) -> None:
    node.SetCellText(row, len(columns_of(node)) + FOUND.index(name), _stored(text))


def _stored(text: str) -> str:
    return text.translate(_IN_NODE)


def _told(text: str) -> str:
    return text.translate(_TOLD)


def _numbers(node: slicer.vtkMRMLTableNode) -> list[int]:
    told = [int(number) for number in (node.GetAttribute(_ROWS) or "").split()]
    count = node.GetNumberOfRows()
    return [*told, *[0] * count][:count]


def _write_numbers(node: slicer.vtkMRMLTableNode, numbers: Iterable[int]) -> None:
    node.SetAttribute(_ROWS, " ".join(map(str, numbers)))
