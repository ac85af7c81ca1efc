"""What resolution LR and DL have beside HR: Fourier ring correlation, and the width of the periosteal edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.quality.edge_response import edge_responses
from MicroCTSuperResLib.quality.fourier_correlation import ring_correlations
from MicroCTSuperResLib.quality.resolution import HALF, Reach, resolution

from .against_hr import HR

if TYPE_CHECKING:
    from MicroCTSuperResLib.quality.edge_response import EdgeResponses
    from MicroCTSuperResLib.quality.fourier_correlation import FourierCorrelation
    from MicroCTSuperResLib.quality.pairing import Paired

SHARPNESS_SETTINGS = {
    "resolution": f"Fourier ring correlation with HR over all slices, threshold {HALF}; at least two voxels",
    "edge_width": "10-90 % width of the mean profile across the periosteal edge of HR, in the plane of the slices",
}
_HR_NAME = "HR"


@dataclass(frozen=True, eq=False)
class Sharpness:
    """Of one specimen.

    :param of: by method and "hr": `resolution_um`, `resolution_reach` (not of HR) and `edge_width_um`; None for what
        does not exist.
    :param curves: for figures, as JSON can hold them: `fourier_rings` by method, `edges` by method and "hr".
    :param warnings: what could not be measured, and why.
    """

    of: dict[str, dict]
    curves: dict[str, dict]
    warnings: list[str]


def sharpness_of(paired: Paired, tissue: np.ndarray, *, threads: int | None = None) -> Sharpness:
    """Measure the volumes of a specimen; what cannot be measured is told as a warning.

    :param tissue: T.Ar of HR, whose border is the periosteal edge.
    """
    warnings: list[str] = []
    edges = _edges(paired, tissue, threads, warnings)
    names = {HR: _HR_NAME, **{name: name for name in paired.images}}
    of = {key: {"edge_width_um": None if edges is None else edges.of[name].width_um} for key, name in names.items()}
    rings = _rings(paired, threads, warnings)
    for name, ring in rings.items():
        found = resolution(ring)
        of[name] |= {"resolution_um": found.um, "resolution_reach": found.reach.value}
        if found.reach is Reach.NOTHING:
            warnings.append(f"{name}: no frequency agrees with HR by {HALF}: there is no resolution to tell.")
    for name in paired.images.keys() - rings.keys():
        of[name] |= {"resolution_um": None, "resolution_reach": None}
    curves = {
        "fourier_rings": {name: _curve(ring) for name, ring in rings.items()},
        "edges": {} if edges is None else _profiles(edges, names),
    }
    return Sharpness(of, curves, warnings)


def _edges(paired: Paired, tissue: np.ndarray, threads: int | None, warnings: list[str]) -> EdgeResponses | None:
    try:
        return edge_responses(paired.reference, paired.images, tissue, threads=threads)
    except InputError as error:
        warnings.append(f"The width of the periosteal edge is not told: {error.message}")
        return None


def _rings(paired: Paired, threads: int | None, warnings: list[str]) -> dict[str, FourierCorrelation]:
    try:
        return {
            name: ring_correlations(paired.reference, image, threads=threads).pooled
            for name, image in paired.images.items()
        }
    except InputError as error:
        warnings.append(f"The Fourier ring correlation is not told: {error.message}")
        return {}


def _curve(ring: FourierCorrelation) -> dict:
    correlation = [round(float(value), 5) if np.isfinite(value) else None for value in ring.correlation]
    return {
        "frequency_per_mm": [round(float(value), 5) for value in ring.frequency_per_mm],
        "correlation": correlation,
    }


def _profiles(edges: EdgeResponses, names: dict[str, str]) -> dict:
    distances = [round(float(value), 4) for value in edges.distances_um]
    profiles = {key: [round(float(value), 3) for value in edges.of[name].profile] for key, name in names.items()}
    return {"distance_um": distances, "profiles": profiles}
