"""Which files of a folder are the slices of one volume, and in which order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ....errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_PATTERN_HINT = "Choose one with a pattern, such as {example}."


@dataclass(frozen=True)
class Series:
    """The slices of one volume.

    :param files: in the order of their numbers.
    :param step: by how much the numbers grow from slice to slice.
    """

    files: tuple[Path, ...]
    step: int = 1


def in_slice_order(folder: Path, files: Sequence[Path]) -> Series:
    """The files of one series sorted by the number in their names (slice2 comes before slice10).

    :raises FormatError: if the names belong to several series, or numbers are missing or occur twice.
    """
    series: dict[tuple[str, ...], list[Path]] = {}
    for file in files:
        series.setdefault(_letters(file), []).append(file)
    if len(series) > 1:
        told = sorted(f"{'#'.join(letters)} ({len(members)})" for letters, members in series.items())
        shown = ", ".join(told[:6]) + (" ..." if len(told) > 6 else "")
        example = f"'{folder / '*'.join(max(series, key=lambda letters: len(series[letters])))}'"
        raise FormatError(f"{folder} holds several series of images: {shown}.", _PATTERN_HINT.format(example=example))
    if len(files) == 1:
        return Series(tuple(files))
    column = _varying_column(folder, files)
    ordered = sorted(files, key=lambda file: _numbers(file)[column])
    numbers = [_numbers(file)[column] for file in ordered]
    steps = [after - before for before, after in pairwise(numbers)]
    usual = min(steps)
    for step, file, number in zip(steps, ordered, numbers, strict=False):
        if step != usual or step == 0:
            raise FormatError(
                f"{folder} has a gap or a double in its slices: {file.name} should be followed by "
                f"number {number + max(usual, 1)}.",
                "Complete the series, or choose a part of it with a pattern.",
            )
    return Series(tuple(ordered), usual)


def prefix_of(file: Path) -> str:
    """The part of a slice's name before the number at its end; the whole stem where there is none."""
    return re.sub(r"\d+$", "", file.stem)


def is_numbered(file: Path) -> bool:
    return file.stem[-1:].isdecimal() and file.stem[-1:].isascii()


def _letters(file: Path) -> tuple[str, ...]:
    return tuple(re.split(r"\d+", file.name))


def _numbers(file: Path) -> tuple[int, ...]:
    return tuple(int(digits) for digits in re.findall(r"\d+", file.name))


def _varying_column(folder: Path, files: Sequence[Path]) -> int:
    columns = list(zip(*(_numbers(file) for file in files), strict=True))
    varying = [number for number, column in enumerate(columns) if len(set(column)) > 1]
    if len(varying) != 1:
        raise FormatError(
            f"{folder} holds several series: {len(varying)} numbers vary in names such as {files[0].name}.",
            _PATTERN_HINT.format(example=f"'{folder / '*'}{files[0].suffix}'"),
        )
    return varying[0]
