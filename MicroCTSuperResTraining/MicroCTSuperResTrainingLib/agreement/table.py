"""A table of measurements: its columns by name, and their numbers as spreadsheets write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from MicroCTSuperResLib.errors import InputError

from ..cohort.csv_file import read_csv

# What programs write for a value that is not there.
MISSING = {"", "na", "n/a", "nan", "#n/a", "null", "none", "-", "."}
# Fourth powers of numbers between this and its inverse can be computed; nobody measures others.
LARGEST = 1e50
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_COMMA_NUMBER = re.compile(r"[+-]?(\d+,?\d*|,\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True)
class Row:
    """One row of a table.

    :param number: of the row in a spreadsheet, from 1.
    :param cells: texts without surplus blanks, in the order of the columns.
    """

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table of texts.

    :param path: the file.
    :param columns: names as the file has them.
    :param rows: those that are not blank.
    :param separator: between two cells.
    """

    path: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    separator: str = ","

    @property
    def duplicates(self) -> int:
        """How many rows equal an earlier one in every cell."""
        return len(self.rows) - len({row.cells for row in self.rows})

    def has(self, name: str) -> bool:
        """Whether there is a column of this name, in upper or lower case."""
        return name.strip().casefold() in {column.casefold() for column in self.columns}

    def place_of(self, name: str, option: str) -> int:
        """Which column has this name, in upper or lower case.

        :param option: of the command line that names the column.
        :raises InputError: if there is none.
        """
        for place, column in enumerate(self.columns):
            if column.casefold() == name.strip().casefold():
                return place
        raise InputError(
            f"{self.path} has no column {name!r}; its columns are {', '.join(self.columns)}.",
            f"Name another one with {option}.",
        )

    def numbers(self, name: str, option: str) -> list[float | None]:
        """The values of a column, one a row; None where a value is missing.

        A decimal comma is understood ("0,52") where semicolons or tabs part the cells and the column has no decimal
        points: "1,234" of a table with commas is a thousand as likely.

        :raises InputError: for a text that is no number, naming its row, or a number beyond 1e50.
        """
        place = self.place_of(name, option)
        texts = [row.cells[place] for row in self.rows]
        with_comma = self.separator != "," and not any("." in text for text in texts if text.casefold() not in MISSING)
        return [self._number(row, text, name, with_comma) for row, text in zip(self.rows, texts, strict=True)]

    def _number(self, row: Row, text: str, name: str, with_comma: bool) -> float | None:
        if text.casefold() in MISSING:
            return None
        value = None
        if _NUMBER.fullmatch(text):
            value = float(text)
        elif with_comma and _COMMA_NUMBER.fullmatch(text):
            value = float(text.replace(",", "."))
        if value is None or abs(value) > LARGEST:
            raise InputError(
                f"Row {row.number} of {self.path} has {text!r} in the column {name!r}, which is not a number.",
                "Correct it (0.52, or 0,52 in a table with semicolons), or leave the cell empty.",
            )
        return value if abs(value) >= 1 / LARGEST else 0.0


def read_table(path: str | Path) -> Table:
    """Read a table whose first row names its columns, in any of the forms that :func:`read_csv` understands.

    :raises FormatError: if the file is absent, unreadable or no text.
    :raises InputError: if it has no columns or rows, two columns of one name, or a row with other than its cells.
    """
    path = Path(path)
    cells, form = read_csv(path)
    rows = [Row(place + 1, tuple(of_row)) for place, of_row in enumerate(cells) if any(of_row)]
    if not rows:
        raise InputError(f"{path} is empty.", "Its first row has to name its columns.")
    columns = rows[0].cells
    rows = [_without_surplus(row, len(columns)) for row in rows[1:]]
    folded = [column.casefold() for column in columns]
    twice = next((name for place, name in enumerate(columns) if name and folded.index(name.casefold()) < place), None)
    if twice is not None:
        raise InputError(f"{path} has two columns of the name {twice!r}.", "Rename one of them.")
    for row in rows:
        if len(row.cells) != len(columns):
            cells = "cell" if len(row.cells) == 1 else "cells"
            raise InputError(
                f"Row {row.number} of {path} has {len(row.cells)} {cells}, its first row names {len(columns)} columns.",
                "Cells with the column separator in them have to stand in quotes.",
            )
    if not rows:
        raise InputError(f"{path} names columns and has no rows.", "Give a table with measurements.")
    return Table(path, columns, tuple(rows), form.separator)


def _without_surplus(row: Row, wanted: int) -> Row:
    """The row without the empty cells that spreadsheets leave behind the last column."""
    cells = row.cells
    while len(cells) > wanted and not cells[-1]:
        cells = cells[:-1]
    return Row(row.number, cells)
