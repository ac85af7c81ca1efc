"""What a model card tells of the specimens that a training used, and how many of them stood on which side."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..cohort.simulated import row_is_simulated
from ..cohort.specimen import SPLITS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..cohort.specimen import Specimen
    from .store import SliceStore


@dataclass(frozen=True)
class SideFacts:
    """One side of the split.

    :param specimens: how many; `animals` likewise.
    :param sites: specimens and animals of each bone.
    """

    specimens: int
    animals: int
    sites: Mapping[str, tuple[int, int]]

    def to_json(self) -> dict:
        """As an object that JSON can hold."""
        sites = {site: {"specimens": count, "animals": animals} for site, (count, animals) in self.sites.items()}
        return {"specimens": self.specimens, "animals": self.animals, "sites": sites}


@dataclass(frozen=True)
class CohortFacts:
    """The specimens of a training.

    :param sides: "train", "validation" and "test".
    :param voxel_size_um: smallest and largest edge of an LR voxel among the training specimens, in micrometres.
    :param units: of the grey values.
    :param simulated: whether any specimen is: its row says so in a column "simulated".
    :param largest_shift_um: the longest residual shift between LR and HR that was measured, before any refinement.
    :param fingerprint: SHA-256 of the slice store.
    """

    sides: Mapping[str, SideFacts]
    voxel_size_um: tuple[float, float]
    units: str
    simulated: bool
    largest_shift_um: float
    fingerprint: str

    @property
    def sites(self) -> tuple[str, ...]:
        """The bones that were trained on; "bone" where the table names none."""
        return tuple(self.sides["train"].sites)


def cohort_facts(specimens: Sequence[Specimen], store: SliceStore) -> CohortFacts:
    """The facts of specimens that are in a store; those without a side do not count.

    :param specimens: with their `split`; at least one of them is trained on.
    :raises InputError: if the store lacks one.
    """
    used = [specimen for specimen in specimens if specimen.split in SPLITS]
    stored = store.of([specimen.specimen for specimen in used])
    trained = [pair for pair, specimen in zip(stored, used, strict=True) if specimen.split == "train"]
    edges_um = [1000 * edge for pair in trained for edge in pair.facts["spacing_mm"]]
    return CohortFacts(
        sides={split: _side([each for each in used if each.split == split]) for split in SPLITS},
        voxel_size_um=(round(min(edges_um), 4), round(max(edges_um), 4)),
        units=stored[0].units,
        simulated=any(row_is_simulated(specimen.further) for specimen in used),
        largest_shift_um=round(max(float(np.linalg.norm(pair.facts["shift_um"])) for pair in stored), 2),
        fingerprint=store.fingerprint,
    )


def _side(specimens: Sequence[Specimen]) -> SideFacts:
    counts = Counter(_site(specimen) for specimen in specimens)
    sites = {site: (counts[site], _animals(each for each in specimens if _site(each) == site)) for site in counts}
    return SideFacts(len(specimens), _animals(specimens), dict(sorted(sites.items())))


def _animals(specimens: Sequence[Specimen]) -> int:
    return len({specimen.animal for specimen in specimens})


def _site(specimen: Specimen) -> str:
    return specimen.site or "bone"
