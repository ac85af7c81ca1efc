"""Where the panels of the comparison picture are, and its scale bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

# All lengths in inches. Letters of 14 points stay readable when a web page shows the picture at half its width.
PANEL_INCH = 4.0
GAP = 0.14
MARGIN = 0.2
TITLE = 0.66
HEADING = 0.38
LETTERS = 14
CAPTION_LETTERS = 38  # that fit into a line beneath the colour bar
CAPTION_LINES = 12  # that fit into the cell
CAPTION_CELL = 4.0
COLUMNS = 3


class PictureLayout:
    """Three columns of equal panels in three rows: slices, zooms, differences; colour bar and caption in the last cell.

    :param height_per_width: of the panels with slices; zooms are square.
    """

    def __init__(self, height_per_width: float) -> None:
        # Not pyplot: its figures are global state, and they stay in memory until somebody closes them.
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        slice_height = PANEL_INCH * height_per_width
        self.height_of = {"slices": slice_height, "zooms": PANEL_INCH, "differences": slice_height}
        # Distance from the upper edge of the picture to the upper edge of each row's panels.
        slices = MARGIN + HEADING + TITLE
        zooms = slices + slice_height + GAP
        differences = zooms + PANEL_INCH + GAP + TITLE
        self.top_of = {"slices": slices, "zooms": zooms, "differences": differences}
        self.width = 2 * MARGIN + COLUMNS * PANEL_INCH + (COLUMNS - 1) * GAP
        self.height = differences + max(slice_height, CAPTION_CELL) + MARGIN
        self.figure = Figure(figsize=(self.width, self.height), facecolor="white")
        FigureCanvasAgg(self.figure)

    def heading(self, text: str) -> None:
        """Write the picture's heading at its upper left."""
        self.figure.text(
            MARGIN / self.width, 1 - MARGIN / self.height, text, fontsize=LETTERS + 5, fontweight="bold", va="top"
        )

    def panel(self, row: str, column: int) -> Axes:
        """New axes without ticks, in row "slices", "zooms" or "differences"."""
        axes = self._axes(self._left_of(column), self.top_of[row], PANEL_INCH, self.height_of[row])
        axes.set(xticks=[], yticks=[])
        axes.title.set(fontsize=LETTERS, linespacing=1.25)
        for spine in axes.spines.values():
            spine.set_visible(False)
        return axes

    def colour_bar(self, drawn: AxesImage, label: str) -> None:
        """Draw the colour bar of the difference maps beside them."""
        axes = self._axes(self._left_of(2) + 0.15, self.top_of["differences"] + 0.1, PANEL_INCH - 0.3, 0.22)
        ticks = _symmetric_ticks(drawn.get_clim()[1])
        bar = self.figure.colorbar(drawn, cax=axes, orientation="horizontal", extend="both", ticks=ticks)
        bar.set_label(label, fontsize=LETTERS)
        bar.ax.tick_params(labelsize=LETTERS - 1)

    def caption(self, text: str) -> None:
        """Write what the reader has to know beneath the colour bar."""
        left, top = self._left_of(2) + 0.15, self.top_of["differences"] + 1.15
        self.figure.text(
            left / self.width, 1 - top / self.height, text, fontsize=LETTERS - 1, va="top", linespacing=1.3
        )

    def _left_of(self, column: int) -> float:
        return MARGIN + column * (PANEL_INCH + GAP)

    def _axes(self, left: float, top: float, width: float, height: float) -> Axes:
        return self.figure.add_axes(
            (left / self.width, 1 - (top + height) / self.height, width / self.width, height / self.height)
        )


def scale_bar(axes: Axes) -> None:
    """Draw a bar of a round length, about a quarter of the panel's width, at its lower left; axes in mm, y down."""
    from matplotlib.patches import Rectangle
    from matplotlib.patheffects import withStroke

    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    length = round_length((right - left) / 4)
    thickness, inset = 0.016 * (bottom - top), 0.05 * (right - left)
    axes.add_patch(
        Rectangle(
            (left + inset, bottom - inset - thickness),
            length,
            thickness,
            facecolor="white",
            edgecolor="black",
            linewidth=0.8,
        )
    )
    axes.text(
        left + inset + length / 2,
        bottom - inset - 1.8 * thickness,
        f"{length:g} mm" if length >= 0.5 else f"{1000 * length:g} µm",
        color="white",
        fontsize=LETTERS,
        ha="center",
        va="bottom",
        path_effects=[withStroke(linewidth=2.5, foreground="black")],
    )


def round_length(longest: float) -> float:
    """The largest of 1, 2 or 5 times a power of ten that is not larger than `longest` (positive)."""
    power = 10.0 ** np.floor(np.log10(longest))
    return float(power * max(step for step in (1, 2, 5) if step * power <= longest * (1 + 1e-9)))


def _symmetric_ticks(limit: float) -> np.ndarray:
    """Five evenly spaced ticks about zero, the last a round number inside `limit`."""
    step = round_length(limit / 2)
    return np.linspace(-1, 1, 5) * np.floor(limit / step) * step
