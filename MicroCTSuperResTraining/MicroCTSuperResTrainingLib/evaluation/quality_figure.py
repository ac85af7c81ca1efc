"""SSIM and PSNR of LR and DL for every specimen, the study's figure 2 B."""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import TYPE_CHECKING

from MicroCTSuperResLib.quality.baselines import BILINEAR

from ..agreement.looks import looks_of
from .methods import CUBIC_LABEL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .methods import Method

LETTERS = 10
_INCH_PER_SPECIMEN, _LEAST_INCH, _MOST_INCH, _HEIGHT = 0.32, 7.2, 24.0, 7.0
_NAMED = 70  # of more specimens the names would hide one another
_LETTERS_PER_INCH = 15
# Of several methods that enhance: how far their marks stand beside the specimen's place, so that none hides another.
_STEP, _REACH = 0.3, 0.3
# What a legend needs beside its words, in letters.
_MARK_LETTERS = 8
SIMULATED = "Simulated specimens: they show that the software works, and say nothing about biology."
MEASURES = {"ssim": "SSIM", "psnr_db": "PSNR (dB)"}


def draw_quality(results: Sequence[dict], methods: Sequence[Method]) -> Figure:
    """Draw a mark for each specimen and method, specimens by site and then by the SSIM of LR.

    :param results: of :func:`~.specimen_evaluation.evaluate_specimen`, at least one.
    """
    # Not pyplot: its figures are global state, and they stay in memory until somebody closes them.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = [method for method in methods if method.label != CUBIC_LABEL]
    ordered = sorted(results, key=lambda result: (result["site"], result["methods"]["bilinear"]["ssim"] or 0.0))
    width = min(max(_LEAST_INCH, 1.2 + _INCH_PER_SPECIMEN * len(ordered)), _MOST_INCH)
    figure = Figure(figsize=(width, _HEIGHT), facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, 1, sharex=True)
    for one, (measure, title) in zip(axes, MEASURES.items(), strict=True):
        _draw_measure(one, ordered, shown, measure)
        one.set_ylabel(f"{title} against HR", fontsize=LETTERS)
    _name_sites(axes[0], ordered)
    _legend(axes[0], width)
    _name_specimens(axes[-1], ordered)
    figure.supxlabel(
        textwrap.fill(_caption(ordered), int(width * _LETTERS_PER_INCH)),
        fontsize=LETTERS - 2,
        x=0.01,
        ha="left",
        linespacing=1.3,
    )
    return figure


def _legend(axes: Axes, width: float) -> None:
    """Above the plot: in one line where it fits, else one below the other."""
    handles, labels = axes.get_legend_handles_labels()
    in_line = sum(len(label) + _MARK_LETTERS for label in labels) <= _LETTERS_PER_INCH * (width - 1)
    axes.legend(
        handles,
        labels,
        loc="lower left",
        bbox_to_anchor=(0, 1.09),
        ncols=len(labels) if in_line else 1,
        frameon=False,
        fontsize=LETTERS - 1,
        borderaxespad=0,
    )


def _beside(methods: list[Method]) -> dict[str, float]:
    """How far the mark of each method stands beside its specimen's place, by its key."""
    enhanced = [method.key for method in methods if method.is_dl]
    last = len(enhanced) - 1
    step = min(_STEP, 2 * _REACH / last) if last else 0.0
    return {method.key: 0.0 for method in methods} | {
        key: (place - last / 2) * step for place, key in enumerate(enhanced)
    }


def _draw_measure(axes: Axes, results: list[dict], methods: list[Method], measure: str) -> None:
    looks, beside = looks_of([method.label for method in methods]), _beside(methods)
    for place, result in enumerate(results):
        of_lr = result["methods"][BILINEAR][measure]
        for method in methods:
            value = result["methods"][method.key][measure]
            if of_lr is not None and value is not None:
                axes.plot([place, place + beside[method.key]], [of_lr, value], color="0.8", linewidth=1, zorder=1)
    for method in methods:
        look = looks[method.label]
        known = [
            (place + beside[method.key], value)
            for place, result in enumerate(results)
            if (value := result["methods"][method.key][measure]) is not None
        ]
        places, values = zip(*known, strict=True) if known else ((), ())
        axes.scatter(
            places,
            values,
            s=38,
            c=look.colour,
            marker=look.marker,
            edgecolors="white",
            linewidths=0.6,
            label=f"{method.label} \N{MINUS SIGN} HR, n = {len(known)}",
            zorder=3,
        )
    axes.grid(axis="y", color="0.9", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=LETTERS - 1)
    for place in _borders(results):
        axes.axvline(place, color="0.5", linewidth=0.8, linestyle=":")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _name_sites(axes: Axes, results: list[dict]) -> None:
    for site, count in Counter(result["site"] for result in results).items():
        places = [place for place, result in enumerate(results) if result["site"] == site]
        middle = (places[0] + places[-1]) / 2
        text = f"{site}, n = {count}" if site else f"n = {count}"
        across = axes.get_xaxis_transform()
        axes.text(middle, 1.01, text, transform=across, ha="center", va="bottom", fontsize=LETTERS)


def _borders(results: list[dict]) -> list[float]:
    """Where one site ends and the next begins."""
    sites = [result["site"] for result in results]
    return [place - 0.5 for place in range(1, len(sites)) if sites[place] != sites[place - 1]]


def _name_specimens(axes: Axes, results: list[dict]) -> None:
    axes.set_xlim(-0.6, len(results) - 0.4)
    if len(results) > _NAMED:
        axes.set_xticks([])
        axes.set_xlabel("specimens, by site and the SSIM of LR", fontsize=LETTERS)
        return
    names = [result["specimen"] for result in results]
    rotation = 0 if max(map(len, names)) * len(names) < _NAMED else 90
    axes.set_xticks(range(len(names)), names, rotation=rotation, fontsize=LETTERS - 2)


def _caption(results: list[dict]) -> str:
    sites = Counter(result["site"] for result in results)
    counts = ", ".join(f"{site or 'specimens'} n = {count}" for site, count in sites.items())
    ranges = {f"{result['data_range']['value']:.4g} {result['data_range']['units']}" for result in results}
    told = next(iter(ranges)).replace("cm3", "cm³") if len(ranges) == 1 else "the percentile range of each HR"
    text = f"Means over the slices of each specimen ({counts}); LR interpolated linearly; data range {told}."
    return f"{text} {SIMULATED}" if any(result["simulated"] for result in results) else text
