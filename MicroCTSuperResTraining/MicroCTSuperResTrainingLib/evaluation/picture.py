"""The comparison picture: LR, DL and HR of one slice, a zoomed window of each, and their differences from HR."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from MicroCTSuperResLib.files import atomic_path
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.quality import DataRange, psnr, ssim

from .picture_layout import CAPTION_LETTERS, CAPTION_LINES, PictureLayout, scale_bar
from .slice_views import SliceView, Window, most_detailed_window, view_of_slice

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

DPI = 150
ZOOM_SIDE = 80  # pixels of HR: a fifth of the study's 400, so the zoom is fivefold
WINDOW_COLOUR = "#e69f00"  # orange of Okabe and Ito's colour-blind-safe palette
SIMULATED = "Simulated specimen: it shows that the software works, and says nothing about biology."


@dataclass(frozen=True)
class Specimen:
    """What the picture shows.

    :param name: for the heading, such as "Femur".
    :param simulated: a phantom and a simulated acquisition; the picture then says so.
    :param dl: what made DL, in words; empty where that is known anyway.
    """

    name: str
    simulated: bool
    dl: str = ""


def draw_comparison(
    specimen: Specimen,
    hr: Volume,
    lr: Volume,
    linear: Volume,
    dl: Volume,
    *,
    slice_number: int,
    data_range: DataRange,
) -> Figure:
    """Draw LR | DL | HR of one transverse slice.

    LR is shown as its own voxels; its scores and its difference map are those of LR after linear interpolation. All
    grey images share one window, both difference maps one colour bar that is symmetric about zero.

    :param lr: on its own grid.
    :param linear: LR interpolated linearly to the grid of HR.
    :param dl: on the grid of HR.
    :param slice_number: of HR, from 0.
    :param data_range: of PSNR and SSIM.
    :raises InputError: for a slice that is not there, or volumes whose axes differ.
    """
    views = {"LR": view_of_slice(lr, hr, slice_number), "DL": view_of_slice(dl, hr, slice_number)}
    reference = views["HR"] = view_of_slice(hr, hr, slice_number)
    judged = {"LR": linear.voxels[slice_number], "DL": dl.voxels[slice_number]}
    window = most_detailed_window(reference.pixels, ZOOM_SIDE)
    limits = _grey_limits(reference.pixels)
    differences = {name: pixels.astype(np.float64) - reference.pixels for name, pixels in judged.items()}

    layout = PictureLayout(height_per_width=reference.pixels.shape[0] / reference.pixels.shape[1])
    kind = " (simulated)" if specimen.simulated else ""
    layout.heading(f"{specimen.name}{kind}, transverse slice {slice_number} (of 0 to {hr.size[2] - 1})")
    for column, (name, view) in enumerate(views.items()):
        axes = layout.panel("slices", column)
        scores = _scores(judged[name], reference.pixels, data_range) if name in judged else "reference"
        axes.set_title(f"$\\bf{{{name}}}$  {1000 * view.voxel_mm:.3g} µm voxels\n{scores}")
        _draw_grey(axes, view, limits, reference.edges_mm)
        _draw_window(axes, window, reference)
        zoom = layout.panel("zooms", column)
        _draw_grey(zoom, view, limits, _edges_of(window, reference))
        _frame(zoom)
        if name == "HR":
            scale_bar(axes)
            scale_bar(zoom)
    maps = _draw_differences(layout, differences, reference, hr.units)
    layout.colour_bar(maps, f"difference from HR [{_pretty(hr.units)}]")
    layout.caption(_caption(specimen, limits, data_range))
    return layout.figure


def save_picture(figure: Figure, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write a figure at 150 dpi; the extension chooses the format (.png, .pdf, .svg).

    :raises OutputError: where the file exists and `overwrite` is false, or cannot be written.
    """
    with atomic_path(path, overwrite=overwrite) as temporary:
        figure.savefig(temporary, dpi=DPI)
    return Path(path)


def _grey_limits(pixels: np.ndarray) -> tuple[float, float]:
    """The grey window: nearly the whole range of the slice of HR, without its rarest voxels."""
    lower, upper = np.percentile(pixels, (0.1, 99.9))
    return float(lower), float(upper) if upper > lower else float(lower) + 1.0


def _scores(pixels: np.ndarray, reference: np.ndarray, data_range: DataRange) -> str:
    noise_ratio = psnr(reference, pixels, data_range.value)
    told = f"PSNR {noise_ratio:.1f} dB" if np.isfinite(noise_ratio) else "identical to HR"
    return f"{told}   SSIM {ssim(reference, pixels, data_range.value):.3f}"


def _draw_grey(
    axes: Axes, view: SliceView, limits: tuple[float, float], shown_mm: tuple[float, float, float, float]
) -> None:
    axes.imshow(view.pixels, cmap="gray", vmin=limits[0], vmax=limits[1], extent=view.edges_mm, interpolation="nearest")
    _show_only(axes, shown_mm)


def _draw_differences(
    layout: PictureLayout, differences: dict[str, np.ndarray], reference: SliceView, units: str
) -> AxesImage:
    """Draw a map for each volume; the limits hold 99.5 % of the pixels of the largest differences."""
    limit = max(float(np.percentile(np.abs(values), 99.5)) for values in differences.values()) or 1.0
    drawn = None
    for column, (name, values) in enumerate(differences.items()):
        axes = layout.panel("differences", column)
        mean = np.mean(np.abs(values))
        axes.set_title(f"$\\bf{{{name} - HR}}$\nmean absolute difference {mean:.3g} {_pretty(units)}")
        drawn = axes.imshow(
            values, cmap="RdBu_r", vmin=-limit, vmax=limit, extent=reference.edges_mm, interpolation="nearest"
        )
        _show_only(axes, reference.edges_mm)
    return drawn


def _show_only(axes: Axes, edges_mm: tuple[float, float, float, float]) -> None:
    left, right, bottom, top = edges_mm
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)


def _edges_of(window: Window, reference: SliceView) -> tuple[float, float, float, float]:
    width, height = reference.voxel_mm, reference.edges_mm[2] / reference.pixels.shape[0]
    return (
        window.x * width,
        (window.x + window.side) * width,
        (window.y + window.side) * height,
        window.y * height,
    )


def _draw_window(axes: Axes, window: Window, reference: SliceView) -> None:
    from matplotlib.patches import Rectangle

    left, right, bottom, top = _edges_of(window, reference)
    axes.add_patch(Rectangle((left, top), right - left, bottom - top, fill=False, edgecolor=WINDOW_COLOUR, linewidth=2))


def _frame(axes: Axes) -> None:
    for spine in axes.spines.values():
        spine.set(visible=True, edgecolor=WINDOW_COLOUR, linewidth=2.5)


def _caption(specimen: Specimen, limits: tuple[float, float], data_range: DataRange) -> str:
    units = _pretty(data_range.units)
    lines = [
        f"Grey window {limits[0]:.3g} to {limits[1]:.4g} {units}.".replace("-", "\N{MINUS SIGN}"),
        f"PSNR and SSIM of this slice, data range {data_range.value:.4g} {units}.",
        "LR is shown as measured; its scores and its difference are those after linear interpolation.",
    ]
    if specimen.dl:
        lines.append(f"DL: {specimen.dl}.")
    if specimen.simulated:
        lines.append(SIMULATED)
    paragraphs = [textwrap.fill(line, CAPTION_LETTERS) for line in lines]
    apart = "\n\n".join(paragraphs)
    return apart if apart.count("\n") < CAPTION_LINES else "\n".join(paragraphs)


def _pretty(units: str) -> str:
    return units.replace("cm3", "cm³")
