"""Pictures for checking: slices of a scan with the contours that were used."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from MicroCTSuperResLib.files import atomic_path
from PIL import Image, ImageDraw
from scipy.ndimage import binary_erosion

if TYPE_CHECKING:
    from MicroCTSuperResLib.imaging.volume import Volume

    from .results import Masks

# Orange, sky blue and bluish green of Okabe and Ito's palette, which colour-blind readers can tell apart.
PERIOSTEAL, ENDOSTEAL, BONE = (230, 159, 0), (86, 180, 233), (0, 158, 115)
_COLUMNS, _PANEL, _GAP, _LINE = 3, 420, 8, 18


def overlay_picture(volume: Volume, masks: Masks, slices: int = 6, first_slice: int = 0) -> Image.Image:
    """Slices evenly spread over those with tissue: T.Ar outlined in orange, the endosteal contour in blue, bone tinted.

    :param masks: with tissue in one slice at least.
    :param slices: how many are shown, at most.
    :param first_slice: number of the volume's first slice, for the captions.
    """
    with_tissue = np.flatnonzero(masks.tissue.any(axis=(1, 2)))
    chosen = with_tissue[
        np.unique(np.linspace(0, len(with_tissue) - 1, min(slices, len(with_tissue))).round().astype(int))
    ]
    window = np.percentile(volume.voxels[chosen], (0.5, 99.5))
    panels = [_panel(volume, masks, int(number), window, first_slice) for number in chosen]
    columns = min(_COLUMNS, len(panels))
    width, height = panels[0].size
    rows = math.ceil(len(panels) / columns)
    sheet = Image.new("RGB", (columns * (width + _GAP) + _GAP, rows * (height + _GAP) + _GAP + _LINE), "white")
    for place, panel in enumerate(panels):
        row, column = divmod(place, columns)
        sheet.paste(panel, (_GAP + column * (width + _GAP), _GAP + row * (height + _GAP)))
    legend = "orange: T.Ar; green: bone" + ("" if masks.cavity is None else "; blue: endosteal contour")
    ImageDraw.Draw(sheet).text((_GAP, sheet.height - _LINE), legend, fill="black")
    return sheet


def save_overlay(picture: Image.Image, path: str | Path, *, overwrite: bool = False) -> None:
    """Write a picture as PNG.

    :raises OutputError: where the file exists and `overwrite` is false, or cannot be written.
    """
    with atomic_path(path, overwrite=overwrite) as partial:
        picture.save(partial, format="PNG")


def _panel(volume: Volume, masks: Masks, number: int, window: tuple[float, float], first_slice: int) -> Image.Image:
    low, high = window
    grey = np.clip((volume.voxels[number].astype(np.float32) - low) / max(high - low, 1e-30), 0, 1)
    # Large pixels, so that a contour one pixel wide hides little of the bone.
    times = max(1, round(_PANEL / max(grey.shape)))
    grey, bone, tissue = (_enlarged(plane, times) for plane in (grey, masks.bone[number], masks.tissue[number]))
    pixels = np.repeat((255 * grey)[..., None], 3, axis=2)
    pixels[bone] = 0.8 * pixels[bone] + 0.2 * np.array(BONE)
    if masks.cavity is not None:
        pixels[_outline(_enlarged(masks.cavity[number], times))] = ENDOSTEAL
    pixels[_outline(tissue)] = PERIOSTEAL
    edges = volume.spacing[:2]
    width, height = (round(count * edge / min(edges)) for count, edge in zip(grey.shape[::-1], edges, strict=True))
    image = Image.fromarray(pixels.astype(np.uint8)).resize((width, height), Image.Resampling.NEAREST)
    panel = Image.new("RGB", (width, height + _LINE), "white")
    panel.paste(image, (0, _LINE))
    z_mm = volume.origin[2] + number * volume.spacing[2] * volume.direction_matrix[2, 2]
    ImageDraw.Draw(panel).text((2, 3), f"slice {first_slice + number}, z {z_mm:.3f} mm", fill="black")
    return panel


def _enlarged(plane: np.ndarray, times: int) -> np.ndarray:
    return plane.repeat(times, axis=0).repeat(times, axis=1)


def _outline(mask: np.ndarray) -> np.ndarray:
    return mask & ~binary_erosion(mask, iterations=2)
