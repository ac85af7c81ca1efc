"""Grey values across the periosteal edge: profiles along the normals of HR's contour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_erosion, gaussian_filter, map_coordinates, spline_filter

# Distance between two samples of a profile, in voxels: finer than what a voxel can show.
STEP_VOXELS = 0.25
# The mask's steps of a voxel are smoothed away before its normals are taken.
_NORMAL_SIGMA_VOXELS = 2.0
# A mask's border and the edge of HR lie so near each other, or it is no border of bone.
_NEAR_VOXELS = 3.0
# A profile counts where its contrast is at least this part of the median one of its slice.
_LEAST_CONTRAST = 0.5
# Cubic splines pass the grey values on without a blur that would count as one of the image.
_SPLINE_ORDER = 3


@dataclass(frozen=True)
class ProfileReach:
    """How far profiles go from the edge.

    :param inside_mm: into the bone: less than the thickness of the cortex.
    :param outside_mm: into what lies around it.
    """

    inside_mm: float
    outside_mm: float


@dataclass(frozen=True, eq=False)
class EdgeLines:
    """Where the profiles of one slice run.

    :param crossings: y and x in voxels of the points where HR's grey value is halfway between bone and surroundings,
        shape (2, n).
    :param normals: unit vectors y and x in mm from there outwards, shape (2, n).
    """

    crossings: np.ndarray
    normals: np.ndarray


def edge_lines(hr: np.ndarray, tissue: np.ndarray, pixel_mm: tuple[float, float], reach: ProfileReach) -> EdgeLines:
    """The profiles of one slice that cross a clean edge of HR: bone inside, and nothing else outside.

    :param hr: grey values, axes (y, x).
    :param tissue: what the periosteal contour of HR encloses, same shape.
    :param pixel_mm: side of a pixel along y and x.
    """
    near = _NEAR_VOXELS * min(pixel_mm)
    border = EdgeLines(*_border(tissue, pixel_mm))
    distances = profile_distances(pixel_mm, ProfileReach(reach.inside_mm + near, reach.outside_mm + near))
    crossing, contrast = _crossings(sample_along(hr, border, pixel_mm, distances), distances)
    found = np.abs(crossing) <= near
    found &= contrast >= _LEAST_CONTRAST * np.median(contrast[found] if found.any() else 0)
    moved = border.normals[:, found] * crossing[found] / np.array(pixel_mm)[:, None]
    lines = EdgeLines(border.crossings[:, found] + moved, border.normals[:, found])
    distances = profile_distances(pixel_mm, reach)
    clean = _is_clean(sample_along(hr, lines, pixel_mm, distances), distances, min(pixel_mm))
    return EdgeLines(lines.crossings[:, clean], lines.normals[:, clean])


def profile_distances(pixel_mm: tuple[float, float], reach: ProfileReach) -> np.ndarray:
    """Places along a profile in mm from the crossing, negative inside, 0 among them; shape (k,)."""
    step = STEP_VOXELS * min(pixel_mm)
    return np.arange(-round(reach.inside_mm / step), round(reach.outside_mm / step) + 1) * step


def sample_along(
    image: np.ndarray, lines: EdgeLines, pixel_mm: tuple[float, float], distances: np.ndarray
) -> np.ndarray:
    """Grey values of one slice at some distances (mm) along its lines, shape (n, k); NaN beyond the slice."""
    per_pixel = lines.normals / np.array(pixel_mm)[:, None]
    places = lines.crossings[:, :, None] + per_pixel[:, :, None] * distances
    spline = spline_filter(image.astype(np.float64), _SPLINE_ORDER, mode="mirror")
    values = map_coordinates(spline, places, order=_SPLINE_ORDER, prefilter=False, mode="mirror")
    last = np.array(image.shape)[:, None, None] - 1
    values[((places < 0) | (places > last)).any(axis=0)] = np.nan
    return values


def _border(tissue: np.ndarray, pixel_mm: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """The outermost pixels of a mask, and the directions outwards (unit vectors in mm) there; both (2, n)."""
    pixels = np.array(np.nonzero(tissue & ~binary_erosion(tissue, border_value=True)))
    smooth = gaussian_filter(tissue.astype(np.float64), _NORMAL_SIGMA_VOXELS, mode="nearest")
    slopes = np.stack([slope[tuple(pixels)] for slope in np.gradient(smooth, *pixel_mm)])
    length = np.hypot(*slopes)
    steep = length > 0
    return pixels[:, steep].astype(np.float64), -slopes[:, steep] / length[steep]


def _crossings(profiles: np.ndarray, distances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each profile the place nearest 0 where it falls through the middle of bone and surroundings (NaN or infinite
    without one), and how far it falls.

    The levels are the medians of the outer halves of the profile on either side.
    """
    inner = np.median(profiles[:, distances <= distances[0] / 2], axis=1)
    outer = np.median(profiles[:, distances >= distances[-1] / 2], axis=1)
    over = profiles - ((inner + outer) / 2)[:, None]
    falls = (over[:, :-1] >= 0) & (over[:, 1:] < 0)
    drop = np.where(falls, over[:, :-1] - over[:, 1:], 1.0)
    places = np.where(falls, distances[:-1] + np.diff(distances) * over[:, :-1] / drop, np.inf)
    nearest = np.take_along_axis(places, np.abs(places).argmin(axis=1)[:, None], axis=1)[:, 0]
    return nearest, inner - outer


def _is_clean(profiles: np.ndarray, distances: np.ndarray, aside: float) -> np.ndarray:
    """Whether each profile lies in the slice, is bone all the way inside, and never bone outside.

    :param aside: so near to the crossing, where noise may decide, the profile is not looked at; in mm.
    """
    half = profiles[:, distances == 0]
    bone = (profiles[:, distances <= -aside] >= half).all(axis=1)
    free = (profiles[:, distances >= aside] < half).all(axis=1)
    return bone & free
