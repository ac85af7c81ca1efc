"""What morphometry tells of a volume: its masks, and the values of slices and bones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from .bone_area import SliceArea
    from .cortex import CorticalSlice
    from .plate_model import PlateModel
    from .trabeculae import BoneVolume, Diameters

ALL_BONES = "all"


@dataclass(frozen=True, eq=False)
class Masks:
    """Of one volume, all bool, (z, y, x).

    :param cavity: what the endosteal contour encloses, if it was looked for.
    :param around: the tissue, and what the volume's own contours enclose beyond a tissue area that was given: where
        balls that are fitted may have their centres. None for the tissue alone.
    """

    bone: np.ndarray
    tissue: np.ndarray
    cavity: np.ndarray | None
    around: np.ndarray | None = None

    def of_part(self, part: np.ndarray) -> Masks:
        """Those of one bone; `bone` and `around` go on outside its tissue, as in the scan."""
        cavity = None if self.cavity is None else self.cavity & part
        return Masks(self.bone, self.tissue & part, cavity, self.around)

    def centres(self) -> np.ndarray:
        """Where balls may have their centres: not in the air around the bone, and not in the cortex if it is known."""
        around = self.tissue if self.around is None else self.around
        return around if self.cavity is None else around & ~(self.tissue & ~self.cavity)


@dataclass(frozen=True)
class SliceResult:
    """One row of the table of slices.

    :param note: why values are missing or to be doubted; empty for none.
    """

    area: SliceArea
    cortex: CorticalSlice | None
    note: str


@dataclass(frozen=True, eq=False)
class BoneResult:
    """One bone, or all of a volume together.

    :param bone: "all", or its number from 1.
    :param region: where `volume`, `thickness`, `separation` and `plates` were measured, in words.
    :param volume: None where the region is empty.
    :param note: why values are missing; empty for none.
    """

    bone: str
    slices: tuple[SliceResult, ...]
    region: str
    volume: BoneVolume | None
    thickness: Diameters | None
    separation: Diameters | None
    plates: PlateModel | None
    note: str


@dataclass(frozen=True, eq=False)
class Measured:
    """All of one volume.

    :param warnings: what the user should know, a sentence each.
    """

    masks: Masks
    bones: tuple[BoneResult, ...]
    warnings: tuple[str, ...]
