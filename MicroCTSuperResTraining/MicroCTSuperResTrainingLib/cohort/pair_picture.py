"""One picture a specimen for a quick look: LR, HR, and both in two colours, in two sections through the middle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from MicroCTSuperResLib.files import atomic_path
from MicroCTSuperResLib.imaging.sampling import SCALE

from ..evaluation.picture_layout import scale_bar
from .pairing import in_um

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .pairing import SpecimenPair

DPI = 80
# Orange and azure are seen as two colours with any colour vision, and add up to white: grey is where both agree.
LR_COLOUR, HR_COLOUR = (1.0, 0.5, 0.0), (0.0, 0.5, 1.0)
_COLUMN, _HEADING = 4.0, 1.2  # inch
_LETTERS = 12
_TALLEST = 2.0  # columns; a longer bone shows its middle


def draw_pair(pair: SpecimenPair) -> Figure:
    """Draw LR | HR | both of the transverse slice and of the coronal section in the middle of the pair."""
    # Not pyplot: its figures are global state, and they stay in memory until somebody closes them.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    sections = {"transverse": _transverse(pair), "coronal": _coronal(pair)}
    heights = [_COLUMN * hr.shape[0] / hr.shape[1] for _, hr in sections.values()]
    width, height = 3 * _COLUMN + 0.6, _HEADING + sum(heights) + 0.25
    figure = Figure(figsize=(width, height), facecolor="white")
    FigureCanvasAgg(figure)
    figure.text(0.1 / width, 1 - 0.1 / height, _heading(pair), fontsize=_LETTERS, va="top", linespacing=1.4)
    limits = np.percentile(sections["transverse"][1], (0.5, 99.5))
    top = _HEADING
    for (name, (lr, hr)), tall in zip(sections.items(), heights, strict=True):
        for column, pixels in enumerate((lr, hr, overlay(lr, hr, limits))):
            place = (0.3 + column * (_COLUMN + 0.1)) / width, 1 - (top + tall) / height, _COLUMN / width, tall / height
            axes = figure.add_axes(place)
            _draw(axes, pixels, hr.shape, 1000 * pair.hr.spacing[0], limits)
            if column == 0:
                axes.set_ylabel(name, fontsize=_LETTERS)
            if name == "transverse":
                axes.set_title(("LR", "HR", "LR orange, HR blue, agreement grey")[column], fontsize=_LETTERS)
        if name == "transverse":
            scale_bar(axes)
        top += tall + 0.1
    return figure


def write_picture(pair: SpecimenPair, path: str | Path, *, overwrite: bool = False) -> Path:
    """Draw a pair into a file, some 100 kB as .png.

    :raises OutputError: where the file exists and `overwrite` is false, or cannot be written.
    """
    figure = draw_pair(pair)
    with atomic_path(path, overwrite=overwrite) as temporary:
        figure.savefig(temporary, dpi=DPI)
    return Path(path)


def overlay(lr: np.ndarray, hr: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    """Two images in two colours that add up to white.

    :param lr: (rows, columns); each of its pixels covers two by two of `hr`.
    :param hr: (2 rows, 2 columns).
    :param limits: the grey values that are black and full colour.
    :returns: (2 rows, 2 columns, 3) of 0 to 1.
    """
    spread = np.repeat(np.repeat(lr, SCALE, axis=0), SCALE, axis=1)
    low, high = limits
    shares = [np.clip((image - low) / max(high - low, 1e-30), 0, 1)[..., None] for image in (spread, hr)]
    return shares[0] * LR_COLOUR + shares[1] * HR_COLOUR


def _transverse(pair: SpecimenPair) -> tuple[np.ndarray, np.ndarray]:
    middle = pair.lr.voxels.shape[0] // 2
    return pair.lr.voxels[middle], pair.hr.voxels[SCALE * middle]


def _coronal(pair: SpecimenPair) -> tuple[np.ndarray, np.ndarray]:
    """The section of x and z, at most twice as tall as it is wide."""
    slices, rows, columns = pair.lr.voxels.shape
    tall = min(slices, int(_TALLEST * columns))
    first, row = (slices - tall) // 2, rows // 2
    kept = slice(SCALE * first, SCALE * (first + tall))
    return pair.lr.voxels[first : first + tall, row], pair.hr.voxels[kept, SCALE * row]


def _draw(axes: Axes, pixels: np.ndarray, shape: tuple[int, int], pixel_um: float, limits: tuple[float, float]) -> None:
    """Draw pixels over the area of HR pixels of `shape`; both axes in mm, y down."""
    edges = (0, shape[1] * pixel_um / 1000, shape[0] * pixel_um / 1000, 0)
    axes.imshow(pixels, cmap="gray", vmin=limits[0], vmax=limits[1], extent=edges, interpolation="nearest")
    axes.set(xticks=[], yticks=[])


def _heading(pair: SpecimenPair) -> str:
    specimen = pair.specimen
    belongs = ", ".join(text for text in (specimen.site, specimen.group, f"animal {specimen.animal}") if text)
    sizes = [f"{1000 * volume.spacing[0]:.3g} um" for volume in (pair.lr, pair.hr)]
    moved = f"shift of LR against HR along x, y, z: {in_um(pair.shift_um)}"
    if pair.rotation_deg is not None:
        moved += f", rotation {pair.rotation_deg:.2f} degrees"
    if pair.left_um is not None:
        moved += f"\nshown as refined, left are {in_um(pair.left_um)}"
    units = pair.hr.units.replace("cm3", "cm³")
    first = f"{specimen.specimen} ({belongs}), LR {sizes[0]}, HR {sizes[1]}, grey values in {units}"
    return f"{first}\n{moved}; agreement of detail {pair.likeness:.2f}".replace(" um", " µm")
