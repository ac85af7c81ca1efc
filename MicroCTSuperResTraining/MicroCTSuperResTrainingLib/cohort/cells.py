"""What the cells of a cohort's table mean, each way: from text to a value and back."""

from __future__ import annotations

import os
import re
from dataclasses import fields
from pathlib import Path

from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.calibration import ATTENUATION_UNITS, DENSITY_UNITS, HU_UNITS, KNOWN_UNITS, NATIVE_UNITS
from MicroCTSuperResLib.imaging.crop import parse_crop

from .specimen import SPLITS, Reading

REQUIRED = ("specimen", "animal", "lr", "hr")
READING = tuple(each.name for each in fields(Reading))
COLUMNS = ("specimen", "animal", "site", "group", "lr", "hr", "mask", "split", *READING)
PATHS = ("lr", "hr", "mask", "calibration")

_SPLIT_NAMES = {
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "testing": "test",
    **{name: name for name in SPLITS},
}
_UNIT_NAMES = {"density": DENSITY_UNITS, **{units.lower(): units for units in KNOWN_UNITS}}
# A specimen's name is that of its files in results, on every system.
_NO_FILE_NAME = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]|^\.|\.$')
_LONGEST_NAME = 100

Value = str | float | Path | tuple[float, ...] | None


def column_named(header: str) -> str:
    """The column of `COLUMNS` that a header means, in any case, with blanks, hyphens or "path"; "" if it is none."""
    name = re.sub(r"[\s_-]+", "_", header.strip().lower()).removesuffix("_path").removesuffix("_file")
    return name if name in COLUMNS else ""


def value_of(column: str, cell: str, folder: Path) -> Value:
    """What a cell means.

    :param column: one of `COLUMNS`.
    :param cell: its text, without surplus blanks.
    :param folder: what paths are relative to.
    :returns: for an empty cell "" where a text is meant, else None.
    :raises InputError: for a text that is no such value.
    """
    if not cell:
        return "" if column in ("specimen", "animal", "site", "group", "split") else None
    if column in PATHS:
        path = path_of(cell, folder)
        return str(path) if column == "calibration" else path
    return _READERS.get(column, str)(cell)


def path_of(cell: str, folder: Path) -> Path:
    """The absolute path that a cell means; backslashes, as Windows writes them, are slashes elsewhere."""
    path = folder / cell
    if os.sep == "/" and "\\" in cell and not os.path.exists(path):  # noqa: PTH110 - False also for names that no file can have
        path = folder / cell.replace("\\", "/")
    return Path(os.path.abspath(path))  # noqa: PTH100 - Path.resolve would follow links, which name scans in results


def cell_of(value: Value, folder: Path) -> str:
    """The text of a value; a path below the table's folder is told relative to it."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return " ".join(repr(number) for number in value)
    if isinstance(value, Path):
        return value.relative_to(folder).as_posix() if value.is_relative_to(folder) else str(value)
    return str(value)


def _name(cell: str) -> str:
    if _NO_FILE_NAME.search(cell) or len(cell) > _LONGEST_NAME:
        raise InputError(
            f"{cell[:_LONGEST_NAME]!r} cannot name files.",
            f'Leave out \\ / : * ? " < > | and dots at the ends, {_LONGEST_NAME} letters at most.',
        )
    return cell


def _split(cell: str) -> str:
    known = _SPLIT_NAMES.get(cell.lower())
    if known is None:
        raise InputError(f"{cell!r} is no part of a split.", f"Write {', '.join(SPLITS)}, or leave the cell empty.")
    return known


def _crop(cell: str) -> str:
    parse_crop(cell)
    return cell


def _units(cell: str) -> str:
    known = _UNIT_NAMES.get(cell.lower())
    if known is None:
        raise InputError(f"{cell!r} are no known units.", f"Known are {', '.join(KNOWN_UNITS)} and density.")
    return known


def _density_of(cell: str) -> str:
    known = _units(cell)
    if known == DENSITY_UNITS:
        raise InputError(
            f"Density is not told from {cell!r}.", f"Write {NATIVE_UNITS}, {ATTENUATION_UNITS} or {HU_UNITS}."
        )
    return known


def _numbers(cell: str) -> tuple[float, ...]:
    """Numbers between blanks, semicolons, "x" or commas; a single comma in a number is a decimal one."""
    texts = re.split(r"\s*[x×;]\s*|\s+", cell.strip("()[] "))
    if len(texts) == 1 and texts[0].count(",") > 1:
        texts = texts[0].split(",")
    try:
        return tuple(float(text.removesuffix("," if len(texts) > 1 else "").replace(",", ".")) for text in texts)
    except ValueError:
        raise InputError(
            f"{cell!r} is no number.", "Write numbers as 0.02, several with blanks between them."
        ) from None


def _number(cell: str) -> float:
    numbers = _numbers(cell)
    if len(numbers) != 1:
        raise InputError(f"{cell!r} are {len(numbers)} numbers.", "Write one.")
    return numbers[0]


def _spacing(cell: str) -> tuple[float, ...]:
    numbers = _numbers(cell)
    if len(numbers) not in (1, 3) or not all(0 < number < float("inf") for number in numbers):
        raise InputError(f"{cell!r} is no voxel size.", "Write it in mm, one number or one for each of x, y and z.")
    return numbers * 3 if len(numbers) == 1 else numbers


def _phantom(cell: str) -> tuple[float, ...]:
    numbers = _numbers(cell)
    if len(numbers) != 4:
        raise InputError(f"{cell!r} are no two rods of a phantom.", "Write grey value, density, grey value, density.")
    return numbers


_READERS = {
    "specimen": _name,
    "split": _split,
    "lr_crop": _crop,
    "hr_crop": _crop,
    "lr_spacing": _spacing,
    "hr_spacing": _spacing,
    "units": _units,
    "density_of": _density_of,
    "phantom": _phantom,
    **dict.fromkeys(("slope", "intercept", "mu_scaling", "mu_water"), _number),
}
