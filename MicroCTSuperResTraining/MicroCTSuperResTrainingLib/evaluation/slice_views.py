"""One slice of HR and what other volumes show at its place, in common coordinates in mm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.volume import Volume
from scipy.ndimage import uniform_filter


@dataclass(frozen=True)
class SliceView:
    """A slice as it is drawn: voxels as they are, at their place.

    :param pixels: grey values, axes (y, x).
    :param edges_mm: left, right, bottom and top edge in mm along the axes of HR from the corner of its first voxel;
        y points down.
    :param voxel_mm: size of a voxel along x.
    """

    pixels: np.ndarray
    edges_mm: tuple[float, float, float, float]
    voxel_mm: float


@dataclass(frozen=True)
class Window:
    """A rectangle of pixels of an HR slice: first column and row, and the side length."""

    x: int
    y: int
    side: int

    def cut(self, pixels: np.ndarray) -> np.ndarray:
        """The part of an HR slice inside the window."""
        return pixels[self.y : self.y + self.side, self.x : self.x + self.side]


def view_of_slice(volume: Volume, hr: Volume, slice_number: int) -> SliceView:
    """The slice of `volume` that contains the centre of a slice of HR.

    :param volume: HR itself, LR on its own grid, or DL.
    :param slice_number: of HR, from 0.
    :raises InputError: where the axes are not those of HR, or the volume does not reach that slice.
    """
    if not 0 <= slice_number < hr.size[2]:
        raise InputError(f"HR has no slice {slice_number}.", f"Its slices are 0 to {hr.size[2] - 1}.")
    if not np.allclose(volume.direction, hr.direction, atol=1e-3):
        raise InputError("The volumes' axes point in different directions.", "Resample one onto the axes of the other.")
    # Both corners in index coordinates of HR; its first voxel's outer corner is at -0.5.
    corner = _hr_index(volume, hr, (-0.5, -0.5, -0.5))
    far_corner = _hr_index(volume, hr, np.asarray(volume.size) - 0.5)
    number = int(np.floor((slice_number - corner[2]) * hr.spacing[2] / volume.spacing[2]))
    if not 0 <= number < volume.size[2]:
        raise InputError(f"The volume does not reach slice {slice_number} of HR.", "Show a slice that both have.")
    left, top = (corner[:2] + 0.5) * hr.spacing[:2]
    right, bottom = (far_corner[:2] + 0.5) * hr.spacing[:2]
    return SliceView(
        volume.voxels[number], (float(left), float(right), float(bottom), float(top)), float(volume.spacing[0])
    )


def most_detailed_window(pixels: np.ndarray, side: int) -> Window:
    """The square of an HR slice with the most edges: the mean squared gradient is largest in it.

    :param pixels: axes (y, x).
    :param side: in pixels; shortened to the slice where that is smaller.
    """
    side = min(side, *pixels.shape)
    slopes = np.gradient(pixels.astype(np.float64))
    energy = uniform_filter(slopes[0] ** 2 + slopes[1] ** 2, size=side)
    # The mean of the window that starts at (y, x) is found at its centre.
    half = side // 2
    starts = energy[half : half + pixels.shape[0] - side + 1, half : half + pixels.shape[1] - side + 1]
    y, x = np.unravel_index(np.argmax(starts), starts.shape)
    return Window(int(x), int(y), side)


def _hr_index(volume: Volume, hr: Volume, index: object) -> np.ndarray:
    """Where an index (x, y, z) of `volume` lies in continuous index coordinates of HR."""
    point = np.asarray(volume.origin) + volume.direction_matrix @ (np.asarray(volume.spacing) * np.asarray(index))
    return np.linalg.solve(hr.direction_matrix, point - np.asarray(hr.origin)) / np.asarray(hr.spacing)
