"""A laboratory's calibration in a JSON file, given by name or standing beside a scan.

The calibration of `scan.isq` is `scan.isq.calibration.json`, that of a folder of slices `calibration.json` in it (or
`FOLDER.calibration.json` beside it, as for OME-Zarr, in whose folder there is nothing but the image). Its
keys are those of `info --json`: mu_scaling, mu_water, slope, intercept, density_of, origins.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ...errors import CalibrationError, FormatError
from ...files import atomic_path
from ..calibration import UNCALIBRATED, Calibration

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .header import Header

ENDING = "calibration.json"


def read_calibration(path: Path) -> Calibration:
    """The calibration that a file holds.

    :raises FormatError: if it cannot be read or is no calibration.
    """
    try:
        told = json.loads(path.read_text("utf-8"))
        return Calibration.from_dict(told, origin=f"file {path.name}")
    except (OSError, ValueError, RecursionError, CalibrationError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise FormatError(
            f"{path} cannot be read as a calibration ({reason}).", "Correct it or move it away."
        ) from error


def write_calibration(calibration: Calibration, path: Path, *, overwrite: bool = False) -> Path:
    """Write a calibration, whole or not at all.

    :raises OutputError: if the file exists and `overwrite` is false, or it cannot be written.
    """
    with atomic_path(path, overwrite=overwrite) as temporary:
        temporary.write_text(json.dumps(calibration.as_dict(), indent=1) + "\n", "utf-8")
    return path


def calibration_beside(header: Header) -> Calibration:
    """The calibration in the file that stands beside a scan; an empty one if there is none."""
    return next((read_calibration(path) for path in _places(header) if path.is_file()), UNCALIBRATED)


def _places(header: Header) -> Iterator[Path]:
    """Where it may stand. That of slices is the same whether their folder, a pattern or one of them was given."""
    path = header.path
    yield path.with_name(f"{path.name}.{ENDING}")
    if path.is_dir():
        yield path / ENDING
    elif not path.exists() or sum(file.suffix == path.suffix for file in header.files) > 1:
        yield path.parent / ENDING
