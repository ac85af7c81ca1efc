"""What resolution LR and DL have beside HR: Fourier ring and shell correlation, width of the periosteal edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.quality.edge_response import edge_responses
from MicroCTSuperResLib.quality.fourier_correlation import ring_correlations, shell_correlation
from MicroCTSuperResLib.quality.resolution import HALF, Reach, resolution

from .against_hr import HR

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from MicroCTSuperResLib.imaging.volume import Volume
    from MicroCTSuperResLib.quality.edge_response import EdgeResponse, EdgeResponses
    from MicroCTSuperResLib.quality.fourier_correlation import FourierCorrelation
    from MicroCTSuperResLib.quality.pairing import Paired

SHARPNESS_SETTINGS = {
    "resolution": f"Fourier ring correlation with HR over all slices, threshold {HALF}; at least two voxels",
    "resolution_3d": f"Fourier shell correlation with HR, threshold {HALF}; at least two voxels",
    "edge_width": "10-90 % width of the mean profile across the periosteal edge of HR, in the plane of the slices",
}
_HR_NAME = "HR"


@dataclass(frozen=True, eq=False)
class Sharpness:
    """Of one specimen.

    :param of: by method and "hr": `edge_width_um`; by method `resolution_um` and `resolution_reach` in the plane of the
        slices, `resolution_3d_um` and `resolution_3d_reach` in all directions; None for what does not exist.
    :param curves: for figures, as JSON can hold them: `fourier_rings` and `fourier_shells` by method, `edges` by method
        and "hr".
    :param warnings: what could not be measured, and why.
    """

    of: dict[str, dict]
    curves: dict[str, dict]
    warnings: list[str]


def sharpness_of(
    paired: Paired,
    tissue: np.ndarray,
    *,
    labels: Mapping[str, str] | None = None,
    threads: int | None = None,
) -> Sharpness:
    """Measure the volumes of a specimen; what cannot be measured is told as a warning.

    :param tissue: T.Ar of HR, whose border is the periosteal edge.
    :param labels: what the volumes are called in warnings, by their names.
    """
    called = {name: (labels or {}).get(name, name) for name in paired.images}
    warnings: list[str] = []
    edges = _edges(paired, tissue, called, threads, warnings)
    of: dict[str, dict] = {name: {"edge_width_um": None} for name in (HR, *paired.images)}
    for name, edge in edges.of.items():
        of[name] = {"edge_width_um": edge.width_um}
        if edge.width_um is None:
            warnings.append(f"{called.get(name, _HR_NAME)}: its mean periosteal edge does not reach 10 and 90 %.")
    curves: dict[str, dict] = {}
    for correlation in _CORRELATIONS:
        found = _correlations(correlation, paired, threads, warnings)
        curves[correlation.curves] = {name: _curve(curve) for name, curve in found.items()}
        for name, label in called.items():
            of[name] |= _resolution(correlation, found.get(name), label, warnings)
    return Sharpness(of, curves | {"edges": edges.to_json() if edges.of else {}}, warnings)


@dataclass(frozen=True)
class _Correlation:
    """A Fourier correlation with HR, and what its results are called.

    :param measure: of HR and a volume on its grid, with `threads`.
    """

    title: str
    value: str
    curves: str
    measure: Callable[..., FourierCorrelation]


_CORRELATIONS = (
    _Correlation(
        "Fourier ring correlation",
        "resolution",
        "fourier_rings",
        lambda hr, image, threads: ring_correlations(hr, image, threads=threads).pooled,
    ),
    _Correlation("Fourier shell correlation", "resolution_3d", "fourier_shells", shell_correlation),
)


def _correlations(
    correlation: _Correlation, paired: Paired, threads: int | None, warnings: list[str]
) -> dict[str, FourierCorrelation]:
    """By method; none where the volumes do not allow it, which is told."""
    try:
        return {
            name: correlation.measure(paired.reference, image, threads=threads) for name, image in paired.images.items()
        }
    except InputError as error:
        warnings.append(f"The {correlation.title} is not told: {error.message}")
        return {}


def _resolution(
    correlation: _Correlation, curve: FourierCorrelation | None, label: str, warnings: list[str]
) -> dict[str, float | str | None]:
    """The resolution and how far the correlation reaches, by their names."""
    found = None if curve is None else resolution(curve)
    if found is not None and found.reach is Reach.NOTHING:
        warnings.append(f"{label}: no frequency agrees with HR by {HALF} ({correlation.title}): it has no resolution.")
    return {
        f"{correlation.value}_um": None if found is None else found.um,
        f"{correlation.value}_reach": None if found is None else found.reach.value,
    }


@dataclass(frozen=True, eq=False)
class _Edges:
    """The edges that could be measured, by name and "hr", at the same places."""

    of: dict[str, EdgeResponse]
    distances_um: np.ndarray

    def to_json(self) -> dict:
        distances = [round(float(value), 4) for value in self.distances_um]
        profiles = {name: [round(float(value), 3) for value in edge.profile] for name, edge in self.of.items()}
        return {"distance_um": distances, "profiles": profiles}


def _edges(
    paired: Paired, tissue: np.ndarray, called: Mapping[str, str], threads: int | None, warnings: list[str]
) -> _Edges:
    def measured(images: Mapping[str, Volume]) -> EdgeResponses:
        return edge_responses(paired.reference, images, tissue, threads=threads)

    try:
        found = measured(paired.images)
    except InputError:
        return _single_edges(paired, called, measured, warnings)
    return _Edges({HR: found.of[_HR_NAME], **{name: found.of[name] for name in called}}, found.distances_um)


def _single_edges(
    paired: Paired,
    called: Mapping[str, str],
    measured: Callable[[Mapping[str, Volume]], EdgeResponses],
    warnings: list[str],
) -> _Edges:
    """Volume by volume, so that one without an edge does not hide those of the others."""
    try:
        of_hr = measured({})
    except InputError as error:
        warnings.append(f"The width of the periosteal edge is not told: {error.message}")
        return _Edges({}, np.empty(0))
    of = {HR: of_hr.of[_HR_NAME]}
    for name, label in called.items():
        try:
            of[name] = measured({name: paired.images[name]}).of[name]
        except InputError as error:
            warnings.append(f"{label}: the width of its periosteal edge is not told: {error.message}")
    return _Edges(of, of_hr.distances_um)


def _curve(ring: FourierCorrelation) -> dict:
    correlation = [round(float(value), 5) if np.isfinite(value) else None for value in ring.correlation]
    return {
        "frequency_per_mm": [round(float(value), 5) for value in ring.frequency_per_mm],
        "correlation": correlation,
    }
