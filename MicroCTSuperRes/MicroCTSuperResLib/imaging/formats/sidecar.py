"""A JSON file beside a volume whose format has no place for units, metadata or geometry.

The sidecar of `scan.tif` is `scan.tif.json`; that of a folder of slices is `volume.json` in the folder.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import FormatError
from .meaning import NOT_AS_WRITTEN, NOTHING_TOLD, Meaning

if TYPE_CHECKING:
    from pathlib import Path

    from ..calibration import Line
    from ..volume import Volume

FOLDER_SIDECAR = "volume.json"
SLICE_PREFIX = "slice_"
_KIND = "MicroCTSuperRes volume"
_VERSION = 1


@dataclass(frozen=True)
class Sidecar:
    """What a sidecar says; spacing, origin (mm, x, y, z) and direction are None where it holds no geometry."""

    meaning: Meaning = NOTHING_TOLD
    spacing: tuple[float, ...] | None = None
    origin: tuple[float, ...] | None = None
    direction: tuple[float, ...] | None = None


def sidecar_of(path: Path) -> Path:
    """Where the sidecar of a file is."""
    return path.with_name(path.name + ".json")


def foreign_file(folder: Path) -> Path | None:
    """A file in a folder of slices that writing it did not put there; None if the folder may be replaced.

    Names of slices are common, so only a folder with our sidecar counts as written by us.
    """
    files = sorted(folder.iterdir())
    if not (folder / FOLDER_SIDECAR).is_file():
        return files[0] if files else None
    return next((file for file in files if not _is_own(file)), None)


def _is_own(file: Path) -> bool:
    return file.is_file() and (file.name == FOLDER_SIDECAR or file.name.startswith(SLICE_PREFIX))


def read_sidecar(path: Path, size: tuple[int, int, int]) -> Sidecar | None:
    """The sidecar at `path`; None if there is none or the file is not one of ours.

    :param size: the size (x, y, z) of the volume that it stands beside.
    :raises FormatError: if it is broken, or belongs to a volume of another size.
    """
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text("utf-8"))
        if not isinstance(content, dict) or content.get("kind") != _KIND:
            return None
        sidecar = Sidecar(
            meaning=Meaning.from_dict(content),
            spacing=_numbers(content.get("spacing_mm"), 3),
            origin=_numbers(content.get("origin_mm"), 3),
            direction=_numbers(content.get("direction"), 9),
        )
        described = tuple(content["size"])
    except (OSError, *NOT_AS_WRITTEN) as error:
        raise FormatError(f"{path} cannot be read as a sidecar ({error}).", "Restore it or move it away.") from error
    if described != tuple(size):
        raise FormatError(
            f"{path} describes a volume of size {described}, the one beside it has size {tuple(size)}.",
            "Restore the file that it belongs to or move it away.",
        )
    return sidecar


def write_sidecar(volume: Volume, path: Path, line: Line, *, geometry: bool) -> None:
    """Write the sidecar of a volume; it stands in a temporary place, so this need not be atomic.

    :param line: turns the voxels, as they are stored, into grey values in the volume's units; the line y = x for
        formats that tell it themselves.
    :param geometry: whether the format itself cannot hold spacing, origin and direction.
    """
    content = {
        "kind": _KIND,
        "version": _VERSION,
        "size": volume.size,
        **Meaning.of(volume, line).as_dict(),
    }
    if geometry:
        content |= {"spacing_mm": volume.spacing, "origin_mm": volume.origin, "direction": volume.direction}
    path.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def _numbers(values: object, count: int) -> tuple[float, ...] | None:
    if values is None:
        return None
    numbers = tuple(float(value) for value in values)  # type: ignore[attr-defined]
    if len(numbers) != count:
        raise ValueError(f"{count} numbers expected, {len(numbers)} found")
    return numbers
