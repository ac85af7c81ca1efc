"""CSV files as spreadsheets write them: read with the separator that is theirs, and written back in the same form."""

from __future__ import annotations

import codecs
import csv
import io
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from MicroCTSuperResLib.errors import FormatError
from MicroCTSuperResLib.files import atomic_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_SEPARATORS = ",;\t"
_BYTE_ORDER_MARK = "\ufeff"
# Larger files are no table of specimens: a scan was given by mistake.
_LARGEST_BYTES = 64 * 10**6


@dataclass(frozen=True)
class CsvForm:
    """How a CSV file is written.

    :param separator: between two cells.
    :param marked: whether the file begins with a byte order mark, by which Excel knows UTF-8.
    :param line_end: of each row.
    """

    separator: str = ","
    marked: bool = False
    line_end: str = "\n"


def read_csv(path: Path) -> tuple[list[list[str]], CsvForm]:
    """All rows of a CSV file, blank ones as well, so that the row at index i is row i + 1 of a spreadsheet.

    :returns: the cells without surplus blanks, and the form of the file.
    :raises FormatError: if the file is absent, is no text, or has an open quote.
    """
    text = _text(path)
    form = CsvForm(_separator(text), text.startswith(_BYTE_ORDER_MARK), "\r\n" if "\r\n" in text else "\n")
    # Python's csv takes blanks before a quote, but none after it.
    bare = re.sub(rf'(?<!")" +(?=[{form.separator}\r\n]|$)', '"', text.removeprefix(_BYTE_ORDER_MARK))
    lines = io.StringIO(bare, newline="")
    try:
        reader = csv.reader(lines, delimiter=form.separator, skipinitialspace=True, strict=True)
        return [[cell.strip() for cell in row] for row in reader], form
    except csv.Error as error:
        raise FormatError(
            f"{path} cannot be read as a CSV file (line {reader.line_num}: {error}).",
            "Correct its quotes, or save it as CSV from a spreadsheet.",
        ) from error


def write_csv(rows: Iterable[Sequence[str]], path: Path, form: CsvForm, *, overwrite: bool = False) -> None:
    """Write rows, whole or not at all.

    :raises OutputError: if the file exists and `overwrite` is false, or it cannot be written.
    """
    text = _BYTE_ORDER_MARK * form.marked + "".join(_line(row, form) for row in rows)
    with atomic_path(path, overwrite=overwrite) as temporary:
        temporary.write_bytes(text.encode("utf-8"))


def _line(row: Sequence[str], form: CsvForm) -> str:
    """A row with its end. Python's csv quotes a cell's line ends only if they are in those of its rows."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=form.separator, lineterminator="\r\n").writerow(row)
    return text.getvalue().removesuffix("\r\n") + form.line_end


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise FormatError(f"{path} is larger than any table (64 MB).", "Give a CSV file of specimens or values.")
        content = path.read_bytes()
    except OSError as error:
        raise FormatError(
            f"{path} cannot be read ({error.strerror}).", "Check the path and its permissions."
        ) from error
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _BYTE_ORDER_MARK + _decoded(content, "utf-16", path)
    try:
        return _decoded(content, "utf-8", path)
    except FormatError:
        # What Windows calls ANSI; written back as UTF-8 with the mark, so that Excel shows it rightly.
        return _BYTE_ORDER_MARK + _decoded(content, "cp1252", path)


def _decoded(content: bytes, encoding: str, path: Path) -> str:
    with suppress(UnicodeDecodeError):
        text = content.decode(encoding)
        if "\0" not in text:
            return text
    raise FormatError(f"{path} is no table of text.", 'Save it from the spreadsheet as "CSV UTF-8".')


def _separator(text: str) -> str:
    """The one that the first row with text has most of, outside of quotes."""
    header = next((line for line in text.splitlines() if line.strip(_BYTE_ORDER_MARK + _SEPARATORS + ' "')), text)
    bare = "".join(header.split('"')[::2])
    return max(_SEPARATORS, key=bare.count)
