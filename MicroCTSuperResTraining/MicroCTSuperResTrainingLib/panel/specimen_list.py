"""The table of specimens in the panel: rows with problems or warnings are coloured, cells can be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import qt
from MicroCTSuperResLib.panel.messages import in_panel_words
from slicer.i18n import tr as _

from ..scene.specimen_table import columns_of, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..scene.specimen_table import SpecimenRow

_BAD, _DOUBTFUL, _GOOD = "#f6c9c4", "#fbe7b2", "#d5ecd4"
_TEXT = "#202020"  # readable on both, also where Slicer's style is dark
_FOUND_TITLES = (_("State"), _("Shift (µm)"), _("Likeness"))


class SpecimenList:
    """Shows a table node in a QTableWidget. What was found out about a row stands right after the specimen's name.

    :param widget: the QTableWidget.
    :param on_edit: called with row, column name and text when the user changed a cell.
    """

    def __init__(self, widget: object, on_edit: Callable[[int, str, str], None]) -> None:
        self._widget = widget
        self._on_edit = on_edit
        self._shown: object = None
        self._columns: list[str] = []
        self._filling = False
        widget.verticalHeader().hide()
        widget.connect("cellChanged(int,int)", self._cell_changed)

    @property
    def row(self) -> int:
        """The chosen row; -1 for none."""
        return self._widget.currentRow()

    def show(self, node: object) -> None:
        """Show the rows of a table node; None empties the table."""
        rows = rows_of(node)
        columns = _ordered(columns_of(node)) if node is not None else []
        shown = (columns, rows)
        if shown == self._shown:
            return
        self._shown, self._columns = shown, columns
        self._filling = True
        try:
            self._fill(columns, rows)
        finally:
            self._filling = False

    def choose(self, row: int) -> None:
        """Choose a row."""
        self._widget.setCurrentCell(row, 0)

    def _fill(self, columns: list[str], rows: list) -> None:
        widget = self._widget
        chosen = widget.currentRow()
        titles = [*columns[:1], *_FOUND_TITLES, *columns[1:]] if columns else []
        widget.setColumnCount(len(titles))
        widget.setHorizontalHeaderLabels(titles)
        widget.setRowCount(len(rows))
        for number, row in enumerate(rows):
            cells = [row.cells[name] for name in columns]
            found = [_state_in_words(row), row.shift_um, row.likeness]
            for position, text in enumerate([*cells[:1], *found, *cells[1:]]):
                widget.setItem(number, position, _item(row, text, is_found=1 <= position <= len(_FOUND_TITLES)))
        widget.resizeColumnsToContents()
        if columns:
            widget.setColumnWidth(1, min(widget.columnWidth(1), 160))
        if 0 <= chosen < len(rows) and widget.currentRow() != chosen:  # who types goes on from the same cell
            self.choose(chosen)

    def _cell_changed(self, row: int, position: int) -> None:
        if self._filling:
            return
        column = self._columns[position if position == 0 else position - len(_FOUND_TITLES)]
        self._on_edit(row, column, self._widget.item(row, position).text().strip())


def specimen_of(row: SpecimenRow) -> str:
    """The name of a row's specimen; "" where the table has no such column."""
    from ..cohort.cells import column_named

    return next((cell for column, cell in row.cells.items() if column_named(column) == "specimen"), "")


def _ordered(columns: list[str]) -> list[str]:
    """What tells specimens apart and the split come first, long paths after them."""
    from ..cohort.cells import column_named

    first = ("specimen", "split", "animal", "site", "group")
    place = {name: number for number, name in enumerate(first)}
    return sorted(columns, key=lambda column: place.get(column_named(column), len(first)))


def _state_in_words(row: SpecimenRow) -> str:
    """On one line; the colour alone would not do for everybody."""
    if row.problems:
        return in_panel_words(" ".join(row.problems)).replace("\n", " ")
    if row.warnings:
        return _("warning")
    return _("ok") if row.is_checked else ""


def _item(row: SpecimenRow, text: str, *, is_found: bool) -> qt.QTableWidgetItem:
    item = qt.QTableWidgetItem(text)
    item.setToolTip(in_panel_words("\n".join([*row.problems, *row.warnings])) or text)
    if is_found:
        item.setFlags(qt.Qt.ItemIsSelectable | qt.Qt.ItemIsEnabled)
    if row.is_checked:
        colour = _BAD if row.problems else _DOUBTFUL if row.warnings else _GOOD
        item.setBackground(qt.QBrush(qt.QColor(colour)))
        item.setForeground(qt.QBrush(qt.QColor(_TEXT)))
    return item
