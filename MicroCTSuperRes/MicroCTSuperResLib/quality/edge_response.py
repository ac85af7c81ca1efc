"""How sharp the periosteal edge is: the edge response of HR, and of LR and DL at the same places."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import erfc

from ..errors import InputError
from .edge_profiles import ProfileReach, edge_lines, profile_distances, sample_along
from .pairs import check_finite, check_shapes
from .slice_threads import each_slice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..imaging.volume import Volume

HR_NAME = "HR"
# At 10 um this is 60 um into the cortex, of which mice have 100 to 200 um, and 100 um of what surrounds the bone.
INSIDE_VOXELS, OUTSIDE_VOXELS = 6, 10
# Neighbouring slices show the same edge: some, spread over the specimen, tell as much as all of them.
MOST_SLICES = 50
_LEAST_PROFILES = 50
# Full width at half maximum of a Gaussian, 2 sqrt(2 ln 2) of its standard deviation.
FWHM = 2.3548200
UM_PER_MM = 1000
# A step between two samples: the fit would go to 0 and divide by it.
_LEAST_SIGMA_MM = 1e-6


@dataclass(frozen=True, eq=False)
class EdgeResponse:
    """The mean profile across the edge, and what it says.

    :param profile: mean grey value at each distance, shape (k,).
    :param width_um: the 10-90 % edge width, read off the mean profile; None where it does not reach both levels.
    :param fwhm_um: full width at half maximum of the line spread function, the derivative of the error function that
        is fitted to the mean profile. For a Gaussian blur of standard deviation s the two are 2.563 s and 2.355 s.
    :param offset_um: how far outside HR's edge the fitted one lies.
    :param contrast: level of the bone less that of its surroundings, in grey values.
    :param misfit: root mean square distance of the mean profile from the fit, as part of the contrast: beyond some
        hundredths the edge is no blurred step (ringing, a second edge within reach).
    """

    profile: np.ndarray
    width_um: float | None
    fwhm_um: float
    offset_um: float
    contrast: float
    misfit: float


@dataclass(frozen=True, eq=False)
class EdgeResponses:
    """Edge responses at the same places of one specimen.

    :param of: by name of the volume, "HR" among them.
    :param distances_um: along the normal of HR's contour, 0 at HR's edge, negative in the bone; shape (k,).
    :param profiles: number of profiles, which are those that cross a clean edge of HR.
    :param slices: number of slices that they lie in.
    """

    of: dict[str, EdgeResponse]
    distances_um: np.ndarray
    profiles: int
    slices: int


def edge_responses(
    hr: Volume,
    images: Mapping[str, Volume],
    tissue: np.ndarray,
    *,
    reach: ProfileReach | None = None,
    most_slices: int = MOST_SLICES,
    threads: int | None = None,
) -> EdgeResponses:
    """Sharpness at the periosteal edge, in the plane of the slices.

    Profiles run along the normals of the contour, from where HR's grey value is halfway between the bone and its
    surroundings, the same for all volumes; the mean of all profiles has hardly any noise left. An edge of LR or DL that
    wanders around that of HR widens its mean profile, as blur does. HR's own edge is what its scanner shows, and wider
    than a surface: a surface tilted against the slice, for example, looks wider by 1 / cos(tilt) in all volumes.

    :param images: by name, each on the grid of HR.
    :param tissue: what the periosteal contour of HR encloses (T.Ar), shape of HR.
    :param reach: of the profiles, by default 6 voxels into the bone and 10 out of it.
    :param most_slices: so many slices are looked at, spread evenly over those with tissue.
    :raises InputError: for volumes of different sizes, NaN, or fewer than 50 profiles across a clean edge.
    """
    volumes = {HR_NAME: hr, **images}
    for voxels in (tissue, *(image.voxels for image in images.values())):
        check_shapes(hr.voxels, voxels)
    pixel_mm = hr.spacing[1::-1]
    if reach is None:
        reach = ProfileReach(INSIDE_VOXELS * max(pixel_mm), OUTSIDE_VOXELS * max(pixel_mm))
    distances = profile_distances(pixel_mm, reach)
    numbers = _spread(np.flatnonzero(tissue.any(axis=(1, 2))), most_slices)

    def profiles(index: int) -> tuple[int, np.ndarray]:
        """Number of profiles in a slice, and their sum by volume, shape (volumes, k)."""
        number = numbers[index]
        slices = [volume.voxels[number] for volume in volumes.values()]
        for got in slices:
            check_finite(slices[0], got, f"Slice {number}")
        lines = edge_lines(slices[0], tissue[number], pixel_mm, reach)
        return lines.normals.shape[1], np.array(
            [sample_along(s, lines, pixel_mm, distances).sum(axis=0) for s in slices]
        )

    each = list(each_slice(profiles, len(numbers), threads))
    count = sum(n for n, _ in each)
    if count < _LEAST_PROFILES:
        raise InputError(
            f"HR has {count} places with a clean periosteal edge, {_LEAST_PROFILES} are needed: bone for "
            f"{UM_PER_MM * reach.inside_mm:.0f} um inside and none for {UM_PER_MM * reach.outside_mm:.0f} um outside.",
            "Check the mask of the tissue, or let the profiles reach less far.",
        )
    means = sum(sums for _, sums in each) / count
    return EdgeResponses(
        {name: edge_response(mean, distances) for name, mean in zip(volumes, means, strict=True)},
        UM_PER_MM * distances,
        count,
        sum(n > 0 for n, _ in each),
    )


def edge_response(profile: np.ndarray, distances: np.ndarray) -> EdgeResponse:
    """What one mean profile says.

    A step blurred by a Gaussian is fitted by least squares: outer + (inner - outer) erfc((x - c) / (s sqrt 2)) / 2.

    :param profile: grey values from bone to surroundings, shape (k,).
    :param distances: in mm, rising, same shape.
    :raises InputError: for a profile that does not fall, or falls in a way that no blurred step can be fitted to.
    """
    quarter = len(profile) // 4
    start = (profile[:quarter].mean(), profile[-quarter:].mean(), 0.0, (distances[-1] - distances[0]) / 8)
    if not start[0] > start[1]:
        raise InputError(
            "The bone is not brighter than its surroundings at the periosteal edge.", "Check the mask of the tissue."
        )
    inner, outer, centre, sigma = _fitted(profile, distances, start)
    misfit = np.sqrt(np.mean((profile - _blurred_step(distances, inner, outer, centre, sigma)) ** 2))
    width = _width((profile - outer) / (inner - outer), distances, centre)
    return EdgeResponse(
        profile,
        None if width is None else UM_PER_MM * width,
        UM_PER_MM * FWHM * abs(sigma),
        UM_PER_MM * centre,
        inner - outer,
        float(misfit / abs(inner - outer)),
    )


def _fitted(profile: np.ndarray, distances: np.ndarray, start: tuple[float, ...]) -> tuple[float, ...]:
    """Inner and outer level, centre and sigma."""
    from scipy.optimize import OptimizeWarning, curve_fit

    try:
        with warnings.catch_warnings():
            # Of a step between two samples the width is only known to be small: that is no fault of the fit.
            warnings.simplefilter("ignore", OptimizeWarning)
            found, _ = curve_fit(_blurred_step, distances, profile, start)
    except RuntimeError as error:
        raise InputError(
            "The mean profile across the periosteal edge is no blurred step.", "Check the mask of the tissue."
        ) from error
    return tuple(float(value) for value in found)


def _blurred_step(x: np.ndarray, inner: float, outer: float, centre: float, sigma: float) -> np.ndarray:
    return outer + (inner - outer) * erfc((x - centre) / (max(abs(sigma), _LEAST_SIGMA_MM) * np.sqrt(2))) / 2


def _width(part: np.ndarray, distances: np.ndarray, centre: float) -> float | None:
    """From the last place at 90 % of the step before the edge to the first one at 10 % behind it.

    :param part: 1 in the bone, 0 in its surroundings.
    """
    low = np.flatnonzero((part <= 0.1) & (distances > centre))
    if not low.size:
        return None
    high = np.flatnonzero(part[: low[0]] >= 0.9)
    if not high.size:
        return None
    return _place(part, distances, low[0] - 1, 0.1) - _place(part, distances, high[-1], 0.9)


def _place(part: np.ndarray, distances: np.ndarray, before: int, level: float) -> float:
    """Where the line from one sample to the next one passes a level."""
    share = (part[before] - level) / (part[before] - part[before + 1])
    return float(distances[before] + share * (distances[before + 1] - distances[before]))


def _spread(numbers: np.ndarray, most: int) -> np.ndarray:
    """At most so many of the numbers, evenly spread, the first and the last among them."""
    if len(numbers) <= most:
        return numbers
    return numbers[np.linspace(0, len(numbers) - 1, most).round().astype(int)]
