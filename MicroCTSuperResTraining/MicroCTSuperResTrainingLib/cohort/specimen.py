"""One specimen of a cohort: its scans, where it belongs, and how its scans are to be read."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How the scans of one specimen are read, by the names of the options of `enhance`.

    What is not told twice holds for LR and HR alike: both were made by one scanner.

    :param lr_crop: the part of the LR file that is wanted, as :func:`~MicroCTSuperResLib.imaging.crop.parse_crop`
        reads it; None for all of it. `hr_crop` is that of the HR file.
    :param lr_spacing: voxel size of the LR file along x, y, z in mm, instead of the file's; `hr_spacing` of HR.
    :param units: what grey values are turned into; None for density where it is known, else as in the files.
    :param slope: calibration constants as in :class:`~MicroCTSuperResLib.imaging.calibration.Calibration`, instead of
        those of the file; so are `intercept`, `density_of`, `mu_scaling` and `mu_water`.
    :param phantom: grey value and density in mg HA/cm3 of one rod, then of another.
    :param calibration: absolute path of a calibration file.
    """

    lr_crop: str | None = None
    hr_crop: str | None = None
    lr_spacing: tuple[float, float, float] | None = None
    hr_spacing: tuple[float, float, float] | None = None
    units: str | None = None
    slope: float | None = None
    intercept: float | None = None
    density_of: str | None = None
    mu_scaling: float | None = None
    mu_water: float | None = None
    phantom: tuple[float, float, float, float] | None = None
    calibration: str | None = None

    def or_else(self, others: Reading) -> Reading:
        """This reading, with what it leaves open taken from another one."""
        open_ones = [each.name for each in fields(self) if getattr(self, each.name) is None]
        return replace(self, **{name: getattr(others, name) for name in open_ones})


@dataclass(frozen=True)
class Specimen:
    """A row of a cohort's table.

    :param specimen: its name, unlike that of any other row; files can be named by it.
    :param animal: the animal it came from; all specimens of one animal belong on one side of a split.
    :param site: the bone ("femur", "spine"); may be empty.
    :param group: the group of the study (treatment, sex, frame averages ...); may be empty.
    :param lr: absolute path of the LR scan.
    :param hr: absolute path of the HR scan.
    :param mask: absolute path of a mask of the bone's contour, on the grid of the HR file; None if there is none.
    :param split: "train", "validation" or "test"; empty as long as the cohort is not split.
    :param reading: how the scans are read.
    :param row: the row of the table, as a spreadsheet numbers it (1 is the header).
    :param further: the other columns of the row by their names, kept as they are.
    :param cells: the columns above as the table has them, by their names in this class and in `Reading`.
    """

    specimen: str
    animal: str
    site: str
    group: str
    lr: Path
    hr: Path
    mask: Path | None = None
    split: str = ""
    reading: Reading = Reading()
    row: int = 0
    further: Mapping[str, str] = field(default_factory=dict, hash=False)
    cells: Mapping[str, str] = field(default_factory=dict, hash=False, compare=False, repr=False)
