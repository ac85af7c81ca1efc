"""All specimens of a cohort paired, to see before training how far each moved: a table, and a picture of each."""

from __future__ import annotations

import csv
import json
import math
import time
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from MicroCTSuperResLib.errors import Cancelled, MicroCTError, OutputError
from MicroCTSuperResLib.files import atomic_path
from MicroCTSuperResLib.progress import Progress

from .pair_settings import PairingSettings
from .pairing import pair_specimen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .pairing import SpecimenPair
    from .specimen import Specimen
    from .table import Cohort

TABLE, SETTINGS, PICTURES = "pairing.csv", "pairing.json", "pictures"


@dataclass(frozen=True)
class PairedRow:
    """What the table tells of a specimen; None where it could not be paired.

    :param row: of the cohort's table.
    :param state: "paired", or "refused".
    :param shift_x_um: with y and z, see :class:`~.pairing.SpecimenPair`; `shift_um` is the length of the three.
    :param shift_hr_voxels: that length in HR voxels.
    :param left_um: the length of what is left after refinement.
    :param lr_voxels: of the part that was taken, as "x x y x z".
    :param message: the warnings, or why it was refused and what to do.
    """

    row: int
    specimen: str
    animal: str
    site: str
    group: str
    state: str
    shift_x_um: float | None = None
    shift_y_um: float | None = None
    shift_z_um: float | None = None
    shift_um: float | None = None
    shift_hr_voxels: float | None = None
    rotation_deg: float | None = None
    left_um: float | None = None
    likeness: float | None = None
    placement: str = ""
    resampled: bool | None = None
    lr_voxels: str = ""
    message: str = ""


@dataclass(frozen=True)
class CohortPairing:
    """What became of the specimens, in the order of the cohort.

    :param folder: holds the table, the settings and the pictures.
    """

    folder: Path
    rows: tuple[PairedRow, ...]

    @property
    def refused(self) -> tuple[PairedRow, ...]:
        """The specimens that could not be paired."""
        return tuple(row for row in self.rows if row.state == "refused")

    def as_dict(self) -> dict[str, object]:
        """What JSON tells of it."""
        return {"folder": str(self.folder), "specimens": [asdict(row) for row in self.rows]}


def pair_cohort(
    cohort: Cohort,
    settings: PairingSettings,
    folder: Path,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
) -> CohortPairing:
    """Pair each specimen, and write `pairing.csv`, `pairing.json` (the settings) and a picture of each into a folder.

    A specimen that cannot be paired does not stop the others: its row tells why. The table is written anew after each
    specimen, so that what was found stays if the work ends before its time.

    :param folder: is made; must be empty if there is one.
    :param on_progress: told after each specimen.
    :param should_cancel: asked between the steps.
    :raises OutputError: if the folder holds something already, or cannot be written.
    :raises Cancelled: when `should_cancel` says so.
    """
    _make(folder)
    started = time.monotonic()
    _write_settings(settings, folder / SETTINGS)
    rows: list[PairedRow] = []
    for specimen in cohort.specimens:
        rows.append(_paired(specimen, settings, folder / PICTURES, should_cancel))
        write_rows(rows, folder / TABLE)
        if on_progress is not None:
            on_progress(Progress(len(rows), len(cohort.specimens), "specimens", time.monotonic() - started))
    return CohortPairing(folder, tuple(rows))


def row_of(pair: SpecimenPair) -> PairedRow:
    """What the table tells of a pair."""
    length = math.hypot(*pair.shift_um)
    return PairedRow(
        *_names(pair.specimen),
        "paired",
        *(round(part, 3) for part in pair.shift_um),
        shift_um=round(length, 3),
        shift_hr_voxels=round(
            math.hypot(*(s / d / 1000 for s, d in zip(pair.shift_um, pair.hr.spacing, strict=True))), 4
        ),
        rotation_deg=None if pair.rotation_deg is None else round(pair.rotation_deg, 4),
        left_um=None if pair.left_um is None else round(math.hypot(*pair.left_um), 3),
        likeness=round(pair.likeness, 4),
        placement=pair.placement,
        resampled=pair.resampled,
        lr_voxels=" x ".join(str(count) for count in pair.lr.size),
        message=" ".join(pair.warnings),
    )


def write_rows(rows: list[PairedRow], path: Path) -> None:
    """Write the table, in place of an earlier one; what is not known is left empty."""
    with atomic_path(path, overwrite=True) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, [field.name for field in fields(PairedRow)])
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def _paired(
    specimen: Specimen, settings: PairingSettings, pictures: Path, should_cancel: Callable[[], bool] | None
) -> PairedRow:
    from .pair_picture import write_picture

    try:
        pair = pair_specimen(specimen, settings, should_cancel=should_cancel)
    except Cancelled:
        raise
    except MicroCTError as error:
        return PairedRow(*_names(specimen), "refused", message=str(error))
    write_picture(pair, pictures / f"{specimen.specimen}.png")
    return row_of(pair)


def _names(specimen: Specimen) -> tuple[int, str, str, str, str]:
    return (specimen.row, specimen.specimen, specimen.animal, specimen.site, specimen.group)


def _make(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(f"{folder} exists already.", "Name a folder that does not exist yet, or is empty.")
    try:
        (folder / PICTURES).mkdir(parents=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made ({error.strerror}).", "Choose another place.") from error


def _write_settings(settings: PairingSettings, path: Path) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(asdict(settings), indent=2, allow_nan=False) + "\n", encoding="utf-8")
