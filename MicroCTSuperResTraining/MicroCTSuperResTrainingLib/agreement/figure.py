"""The Bland-Altman figure: difference over mean, one mark a specimen, bias and limits of agreement as lines."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .differences import differences_of
from .result_files import methods_of
from .words import bias_and_limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .pairs import Pairs

SIZE_INCH = (7.2, 6.2)
LETTERS = 10
CAPTION_LETTERS = 122
MINUS = "\N{MINUS SIGN}"
PRETTY_VALUES = {"ba_ta": ("BA/TA", "mm²/mm²")}


@dataclass(frozen=True)
class Look:
    """How a method's marks are drawn; colour and shape both tell it, so that it can be told without colour."""

    colour: str
    marker: str


# The study's colours, in a red and a blue that colour-blind readers tell apart (ColorBrewer RdBu).
LOOKS = {"LR": Look("#0571b0", "^"), "DL": Look("#ca0020", "o")}
# For methods of other names: further colours of Okabe and Ito's palette.
OTHER_LOOKS = (Look("#009e73", "s"), Look("#e69f00", "D"), Look("#cc79a7", "v"), Look("#000000", "P"))


def draw_bland_altman(result: dict, pairs: Mapping[str, Pairs], *, simulated: bool = False) -> Figure:
    """Draw all methods into one Bland-Altman plot, one value a specimen.

    :param result: of :func:`~.analysis.analyse`.
    :param pairs: what it gave beside the result.
    :param simulated: whether the specimens are; the figure then says so.
    """
    # Not pyplot: its figures are global state, and they stay in memory until somebody closes them.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    settings = result["settings"]
    figure = Figure(figsize=SIZE_INCH, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    looks = looks_of(methods_of(result))
    for method, look in looks.items():
        _draw_method(axes, pairs[method], result[method], look)
    axes.axhline(0, color="0.35", linewidth=0.8, zorder=1)
    name, units = _value_and_units(settings)
    in_units = f" ({units})" if units else ""
    methods = " or ".join(looks)
    axes.set_xlabel(f"mean {name} of {settings['reference']} and {methods}{in_units}", fontsize=LETTERS)
    axes.set_ylabel(f"difference of {name} from {settings['reference']}{in_units}", fontsize=LETTERS)
    axes.tick_params(labelsize=LETTERS - 1)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    # Above the plot, where it hides no mark.
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.01), frameon=False, fontsize=LETTERS - 1, borderaxespad=0)
    sloping = any(_slopes(result[method]) for method in looks)
    caption = _caption(settings, sloping=sloping, simulated=simulated)
    figure.supxlabel(caption, fontsize=LETTERS - 2.5, x=0.01, ha="left", linespacing=1.3)
    return figure


def looks_of(methods: list[str]) -> dict[str, Look]:
    """How each method is drawn: LR blue, DL red, others in the order of the palette."""
    others = iter(OTHER_LOOKS * len(methods))
    return {method: LOOKS.get(method.upper()) or next(others) for method in methods}


def _draw_method(axes: Axes, pairs: Pairs, values: dict, look: Look) -> None:
    measured, expected = pairs.means_of_specimens()
    bias, limits = bias_and_limits(values)
    told = f"bias {bias}" if limits is None else f"bias {bias}\nlimits of agreement {limits}"
    label = f"{pairs.method} {MINUS} {pairs.reference}, n = {values['n']}: {told.replace('-', MINUS)}"
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


def _slopes(values: dict) -> bool:
    """Whether the difference depends on the mean."""
    return values["proportional_bias"] is not None and values["proportional_bias"]["present"]


def _draw_regression(axes: Axes, proportional: dict, means: np.ndarray, look: Look) -> None:
    """The bias and the limits by regression as dotted lines."""
    x = np.linspace(means.min(), means.max(), 2)
    middle = proportional["line"]["intercept"] + proportional["line"]["slope"] * x
    half = proportional["half_width"][0] + proportional["half_width"][1] * x
    for y in (middle, middle - half, middle + half):
        axes.plot(x, y, color=look.colour, linewidth=1.4, linestyle=":", zorder=3)


def _value_and_units(settings: dict) -> tuple[str, str]:
    name, units = PRETTY_VALUES.get(settings["value"].casefold(), (settings["value"], ""))
    return name, settings["units"] or units


def _caption(settings: dict, *, sloping: bool, simulated: bool) -> str:
    percent = f"{100 * settings['confidence']:g} %"
    text = (
        "One mark a specimen. Lines: bias (solid) and limits of agreement (dashed, bias \N{PLUS-MINUS SIGN} 1.96 SD); "
        f"bands and brackets: their {percent} confidence intervals (t distribution)."
    )
    if sloping:
        text += " Dotted: bias and limits by regression, as the difference depends on the mean."
    if simulated:
        text += " Simulated specimens: they show that the software works, and say nothing about biology."
    return textwrap.fill(text, CAPTION_LETTERS)
