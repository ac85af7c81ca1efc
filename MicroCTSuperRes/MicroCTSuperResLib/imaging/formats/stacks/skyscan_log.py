"""The log that SkyScan (Bruker) programs write beside projections and reconstructed slices.

Sections in brackets, then `name=value` lines. There is no public specification: sections and names are those of logs
by NRecon 1.5 to 1.7 that users posted (discourse.slicer.org topics 13374 and 26898) and of the NRecon user manual
(SkyScan, 2011). The text is in the code page of the computer that wrote it.
"""

from __future__ import annotations

import codecs
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

ENDING = ".log"
SYSTEM, ACQUISITION, RECONSTRUCTION, NAMES = "system", "acquisition", "reconstruction", "file name convention"
_PREFIX = "filename prefix"
# Logs have some kilobytes; what is longer is another program's.
_LARGEST_BYTES = 2**20
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


@dataclass(frozen=True)
class SkyscanLog:
    """A log's values by section and name, both in lower case; a name may stand several times.

    :param may_be_cut: whether the file ends within a number, which may then have lost digits.
    """

    path: Path
    sections: Mapping[str, Mapping[str, tuple[str, ...]]]
    may_be_cut: bool = False

    @property
    def is_reconstruction(self) -> bool:
        """Whether it belongs to reconstructed slices; the log of an acquisition belongs to projections."""
        return RECONSTRUCTION in self.sections

    @property
    def prefix_section(self) -> str:
        return NAMES if self.is_reconstruction else ACQUISITION

    def text(self, section: str, *names: str) -> str:
        """The last value of the first of these names that has one; empty if none has."""
        values = self.sections.get(section, {})
        return next((values[name][-1] for name in names if name in values and values[name][-1]), "")

    def number(self, section: str, *names: str) -> float | None:
        """The same as a number, also with a decimal comma; None if there is none, or several that differ."""
        values = self.sections.get(section, {})
        name = next((name for name in names if name in values), None)
        numbers = {_number(value) for value in values.get(name, ())}
        return numbers.pop() if len(numbers) == 1 else None

    def names_file(self, file: Path) -> bool:
        """Whether a file is called as its slices (or projections) are: a prefix, then a number."""
        stem = file.stem.lower()
        return any(stem.startswith(prefix) and _is_digits(stem[len(prefix) :]) for prefix in self._prefixes)

    def goes_with(self, file: Path) -> bool:
        """Whether a file is called like something that belongs to the series, as a preview."""
        return any(file.stem.lower().startswith(prefix) for prefix in self._prefixes)

    def is_named_as(self, file: Path) -> bool:
        """Whether its own name, not only its text, is that of the slice without the number."""
        stem, own = file.stem.lower(), self.path.stem.lower()
        return stem.startswith(own) and _is_digits(stem[len(own) :])

    @property
    def _prefixes(self) -> tuple[str, ...]:
        told = (self.path.stem, self.text(self.prefix_section, _PREFIX))
        return tuple(prefix.lower() for prefix in told if prefix)


def logs_in(files: Iterable[Path]) -> list[SkyscanLog]:
    """The SkyScan logs among files; other programs' logs are left out."""
    named = sorted(file for file in files if file.suffix.lower() == ENDING and not file.name.startswith("."))
    found = [parsed(file) for file in named if file.is_file()]
    return [log for log in found if log is not None]


def parsed(path: Path) -> SkyscanLog | None:
    """A log; None if it is not one of SkyScan's."""
    with path.open("rb") as file:
        content = file.read(_LARGEST_BYTES + 1)
    sections: dict[str, dict[str, list[str]]] = {}
    section = ""
    text = _decoded(content)
    may_be_cut = text[-1:].isdigit() or text.endswith((".", ","))
    for line in text.splitlines():
        entry = line.strip()
        if entry.startswith("[") and entry.endswith("]"):
            section = _name(entry[1:-1])
            sections.setdefault(section, {})
        elif "=" in entry and not entry.startswith((";", "#")):
            name, value = entry.split("=", 1)
            sections.setdefault(section, {}).setdefault(_name(name), []).append(value.strip())
    if len(content) > _LARGEST_BYTES or not (ACQUISITION in sections or RECONSTRUCTION in sections):
        return None
    values_of = {title: {name: tuple(told) for name, told in values.items()} for title, values in sections.items()}
    return SkyscanLog(path, values_of, may_be_cut)


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _name(text: str) -> str:
    """In lower case, micro signs as u, single blanks."""
    return " ".join(text.lower().replace("µ", "u").replace("μ", "u").split())


def _number(text: str) -> float | None:
    plain = text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
    number = float(plain) if _NUMBER.fullmatch(plain) else math.inf
    return number if math.isfinite(number) else None


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdecimal()
