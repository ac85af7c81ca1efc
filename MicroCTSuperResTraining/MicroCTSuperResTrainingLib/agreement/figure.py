"""The Bland-Altman figure: difference over mean, one mark a specimen, bias and limits of agreement as lines."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

import numpy as np

from .differences import differences_of
from .looks import Look, looks_of, plots_of
from .result_files import methods_of
from .words import bias_and_limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .pairs import Pairs

SIZE_INCH = (7.2, 6.2)
LETTERS = 10
LETTERS_AN_INCH = 17  # of the caption
# Of each of several plots, of which two stand side by side.
NARROW_INCH = (4.6, 6.0)
MOST_COLUMNS = 2
LEGEND_LETTERS = {False: 84, True: 44}  # of a line; in a narrow plot
LABEL_LETTERS = {False: 56, True: 44}  # of a line beside an axis
MINUS = "\N{MINUS SIGN}"
PRETTY_VALUES = {"ba_ta": ("BA/TA", "mm²/mm²")}


def draw_bland_altman(result: dict, pairs: Mapping[str, Pairs], *, simulated: bool = False) -> Figure:
    """Draw the Bland-Altman plots of all methods, one value a specimen.

    Two methods share a plot; of more than two each has its own, beside LR, on the same axes.

    :param result: of :func:`~.analysis.analyse`.
    :param pairs: what it gave beside the result.
    :param simulated: whether the specimens are; the figure then says so.
    """
    # Not pyplot: its figures are global state, and they stay in memory until somebody closes them.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    plots = plots_of(methods_of(result))
    columns = min(len(plots), MOST_COLUMNS)
    rows = math.ceil(len(plots) / columns)
    width, height = SIZE_INCH if columns == 1 else (columns * NARROW_INCH[0], NARROW_INCH[1])
    figure = Figure(figsize=(width, rows * height), facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes in grid.flat[len(plots) :]:
        axes.remove()
    for axes, methods in zip(grid.flat, plots, strict=False):
        _draw_plot(axes, methods, result, pairs, narrow=columns > 1)
    sloping = any(_slopes(result[method]) for method in methods_of(result))
    caption = _caption(result, sloping=sloping, simulated=simulated)
    figure.supxlabel(
        textwrap.fill(caption, int(LETTERS_AN_INCH * width)), fontsize=LETTERS - 2.5, x=0.01, ha="left", linespacing=1.3
    )
    return figure


def _draw_plot(axes: Axes, methods: list[str], result: dict, pairs: Mapping[str, Pairs], *, narrow: bool) -> None:
    settings = result["settings"]
    for method, look in looks_of(methods).items():
        _draw_method(axes, pairs[method], result[method], look, narrow=narrow)
    axes.axhline(0, color="0.35", linewidth=0.8, zorder=1)
    name, units = _value_and_units(settings)
    in_units = f" ({units})" if units else ""
    along_x = f"mean {name} of method and {settings['reference']}{in_units}"
    along_y = f"difference of {name} from {settings['reference']}{in_units}"
    axes.set_xlabel(textwrap.fill(along_x, LABEL_LETTERS[narrow]), fontsize=LETTERS)
    axes.set_ylabel(textwrap.fill(along_y, LABEL_LETTERS[narrow]), fontsize=LETTERS)
    axes.tick_params(labelsize=LETTERS - 1, labelbottom=True, labelleft=True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    # Above the plot, where it hides no mark.
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1.01),
        frameon=False,
        fontsize=LETTERS - 1,
        borderaxespad=0,
        title=textwrap.fill(methods[-1], LEGEND_LETTERS[narrow]) if narrow else None,
        title_fontproperties={"size": LETTERS, "weight": "bold"},
        alignment="left",
    )


def _draw_method(axes: Axes, pairs: Pairs, values: dict, look: Look, *, narrow: bool) -> None:
    measured, expected = pairs.means_of_specimens()
    label = f"{pairs.method} {MINUS} {pairs.reference}, n = {values['n']}"
    label += (":\n" if narrow else ": ") + _told(values, narrow=narrow).replace("-", MINUS)
    # A longer line would squeeze the plot.
    label = "\n".join(textwrap.fill(line, LEGEND_LETTERS[narrow]) for line in label.splitlines())
    axes.scatter(
        (measured + expected) / 2,
        differences_of(measured, expected),
        s=34,
        c=look.colour,
        marker=look.marker,
        edgecolors="white",
        linewidths=0.6,
        label=label,
        zorder=4,
    )
    axes.axhline(values["bias"], color=look.colour, linewidth=1.6, zorder=3)
    if values["limits"] is None:
        return
    axes.axhspan(*values["bias_ci"], color=look.colour, alpha=0.22, linewidth=0, zorder=2)
    for limit, interval in zip(values["limits"], values["limits_ci"], strict=True):
        axes.axhline(limit, color=look.colour, linewidth=1.3, linestyle=(0, (6, 3)), zorder=3)
        axes.axhspan(*interval, color=look.colour, alpha=0.08, linewidth=0, zorder=2)
    if _slopes(values):
        _draw_regression(axes, values["proportional_bias"], (measured + expected) / 2, look)


def _told(values: dict, *, narrow: bool) -> str:
    """Bias and limits with their intervals; in a narrow plot each limit has a line of its own."""
    bias, limits = bias_and_limits(values)
    if limits is None:
        return f"bias {bias}, no limits of one specimen"
    if not narrow:
        return f"bias {bias}\nlimits of agreement {limits}"
    lower, upper = limits.split(" to ")
    return f"bias {bias}\nlower limit {lower}\nupper limit {upper}"


def _slopes(values: dict) -> bool:
    """Whether the difference depends on the mean."""
    return values["proportional_bias"] is not None and values["proportional_bias"]["present"]


def _draw_regression(axes: Axes, proportional: dict, means: np.ndarray, look: Look) -> None:
    """The bias and, finer, the limits by regression as dotted lines."""
    x = np.linspace(means.min(), means.max(), 2)
    middle = proportional["line"]["intercept"] + proportional["line"]["slope"] * x
    half = proportional["half_width"][0] + proportional["half_width"][1] * x
    for y, width in ((middle, 1.6), (middle - half, 0.9), (middle + half, 0.9)):
        axes.plot(x, y, color=look.colour, linewidth=width, linestyle=":", zorder=3)


def _value_and_units(settings: dict) -> tuple[str, str]:
    name, units = PRETTY_VALUES.get(settings["value"].casefold(), (settings["value"], ""))
    return name, settings["units"] or units


def _caption(result: dict, *, sloping: bool, simulated: bool) -> str:
    percent = f"{100 * result['settings']['confidence']:g} %"
    text = (
        "One mark a specimen. Lines: bias (solid) and limits of agreement (dashed, bias \N{PLUS-MINUS SIGN} 1.96 SD); "
        f"bands and brackets: their {percent} confidence intervals (t distribution)."
    )
    if sloping:
        text += " Dotted: bias and limits by regression, as the difference depends on the mean."
    if simulated:
        text += " Simulated specimens: they show that the software works, and say nothing about biology."
    return text
