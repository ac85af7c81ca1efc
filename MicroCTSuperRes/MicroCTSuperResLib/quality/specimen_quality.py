"""All measures of image quality of one specimen: scores, gains, resolution and edges of every method against HR."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from ..errors import Cancelled, InputError
from .baselines import BILINEAR
from .edge_response import HR_NAME, MOST_SLICES, EdgeResponse, EdgeResponses, edge_responses
from .fourier_correlation import (
    BLOCK_TAPER,
    BLOCK_VOXELS,
    SLICE_TAPER,
    FourierCorrelation,
    RingCorrelations,
    ring_correlations,
    shell_correlation,
)
from .gains import gains
from .regions import MARGIN_VOXELS, bone_region
from .resolution import CRITERIA, resolution
from .similarity import SETTINGS
from .slice_scores import SliceScores, finite, score_slices

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from ..progress import Progress
    from .pairing import Paired

PERCENT = "100 (method - baseline) / baseline, of the means over the slices of the specimen"


@dataclass(frozen=True, eq=False)
class SpecimenQuality:
    """Image quality of one specimen.

    :param baseline: the method that gains refer to.
    :param scores: PSNR and SSIM by slice.
    :param rings: Fourier ring correlations by method; empty where the volume is too small.
    :param shells: Fourier shell correlations by method, likewise.
    :param edges: None where HR has too little clean periosteal edge.
    :param notes: what could not be measured, and why.
    """

    baseline: str
    scores: SliceScores
    rings: dict[str, RingCorrelations]
    shells: dict[str, FourierCorrelation]
    edges: EdgeResponses | None
    notes: tuple[str, ...]

    @property
    def means(self) -> dict[str, dict[str, float]]:
        """By method the means over slices by measure, as :func:`~.cohort_quality.cohort_quality` takes them."""
        return {method: scores.means for method, scores in self.scores.of.items()}

    def to_json(self) -> dict:
        """As an object that JSON can hold: `settings`, `methods`, `hr` and `notes`; without curves and single slices.

        What does not exist (the PSNR of identical volumes, a resolution that nothing agrees to) is null.
        """
        return {
            "settings": self._settings(),
            "methods": {method: self._method(method) for method in self.scores.of},
            "hr": {"edge": self._edge(HR_NAME)},
            "notes": list(self.notes),
        }

    def _settings(self) -> dict:
        return {
            "data_range": asdict(self.scores.data_range),
            "ssim": SETTINGS,
            "bone_region": f"bone of HR dilated in the plane by {MARGIN_VOXELS} voxels",
            "baseline": self.baseline,
            "percent": PERCENT,
            "ring_correlation": {"window": "Tukey", "taper": SLICE_TAPER},
            "shell_correlation": {"window": "Tukey", "taper": BLOCK_TAPER, "block_voxels": BLOCK_VOXELS},
            "edge": {"most_slices": MOST_SLICES, **self._edge_settings()},
        }

    def _edge_settings(self) -> dict:
        if self.edges is None:
            return {}
        distances = self.edges.distances_um
        reach = {"inside_um": -float(distances[0]), "outside_um": float(distances[-1])}
        return {**reach, "profiles": self.edges.profiles, "slices": self.edges.slices}

    def _method(self, method: str) -> dict:
        found = {measure: finite(value) for measure, value in self.means[method].items()}
        if method in self.gains:
            found["gain"] = {measure: asdict(gain) for measure, gain in self.gains[method].items()}
        if method in self.rings:
            found["ring_resolution"] = _resolutions(self.rings[method].pooled)
        if method in self.shells:
            found["shell_resolution"] = _resolutions(self.shells[method])
        return {**found, "edge": self._edge(method)}

    @property
    def gains(self) -> dict:
        """See :func:`~.gains.gains`."""
        return gains(self.means, self.baseline)

    def _edge(self, name: str) -> dict | None:
        return None if self.edges is None else _edge_to_json(self.edges.of[name])


def specimen_quality(
    paired: Paired,
    bone: np.ndarray,
    tissue: np.ndarray,
    *,
    baseline: str = BILINEAR,
    on_progress: Callable[[Progress], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
    threads: int | None = None,
) -> SpecimenQuality:
    """Measure the image quality of every volume of a specimen.

    :param paired: HR, and by name the volumes on its grid: the baselines (see :func:`~.baselines.baselines`) and DL.
    :param bone: bone of HR, shape of `paired.reference`; the region of :func:`~.regions.bone_region` is made of it.
    :param tissue: what the periosteal contour of HR encloses, same shape.
    :param on_progress: told of the slices scored.
    :param should_cancel: asked before each slice, and before each volume of what comes after.
    :raises InputError: for volumes that cannot be scored, and a baseline that is not among them.
    :raises Cancelled: when `should_cancel` says so.
    """
    if baseline not in paired.images:
        raise InputError(
            f"The baseline {baseline} is not among the volumes.", f"Give one of {', '.join(paired.images)}."
        )
    scores = score_slices(
        paired, bone=bone_region(bone), on_progress=on_progress, should_cancel=should_cancel, threads=threads
    )
    notes: list[str] = []

    def measured(measure: Callable, *arguments: object) -> object | None:
        """What a measure finds; None, and a note, where the volumes do not allow it."""
        if should_cancel is not None and should_cancel():
            raise Cancelled("The comparison was cancelled.")
        try:
            return measure(paired.reference, *arguments, threads=threads)
        except InputError as error:
            if error.message not in notes:
                notes.append(error.message)
            return None

    rings = {name: measured(ring_correlations, image) for name, image in paired.images.items()}
    shells = {name: measured(shell_correlation, image) for name, image in paired.images.items()}
    edges = measured(edge_responses, paired.images, tissue)
    return SpecimenQuality(baseline, scores, _known(rings), _known(shells), edges, tuple(notes))


def _known(found: dict) -> dict:
    return {name: value for name, value in found.items() if value is not None}


def _resolutions(curve: FourierCorrelation) -> dict:
    """By criterion the resolution in micrometres, and how far the correlation reaches."""
    found = (resolution(curve, criterion) for criterion in CRITERIA)
    return {one.criterion: {"um": one.um, "reach": str(one.reach)} for one in found}


def _edge_to_json(edge: EdgeResponse) -> dict:
    return {name: getattr(edge, name) for name in ("width_um", "fwhm_um", "offset_um", "contrast", "misfit")}
