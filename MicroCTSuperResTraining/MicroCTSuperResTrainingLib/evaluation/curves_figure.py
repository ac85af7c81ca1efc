"""Fourier ring correlation and edge profiles of LR and DL, one line a specimen: where resolution and width are from."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from ..agreement.looks import Look, looks_of
from .against_hr import HR
from .methods import CUBIC_LABEL
from .quality_figure import LETTERS, SIMULATED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .methods import Method

_SIZE_INCH, _LETTERS_IN_CAPTION, _LETTERS_IN_LEGEND = (7.2, 8.0), 118, 60
_THRESHOLD = 0.5
_OF_HR = Look("#000000", "")
_CAPTION = (
    "{lines} Above: Fourier ring correlation with HR; the resolution is the inverse of the frequency where it first "
    "falls below 0.5 (dotted). Below: mean profile across the periosteal edge of HR, from inside (left) to outside."
)
_ONE_EACH = "One line a specimen."
_WITH_MEDIAN = "Thin: one line a specimen; thick: their median."
# Fewer specimens have no median worth a line of its own.
_LEAST_FOR_MEDIAN = 3
_PLACES = 200


def draw_curves(results: Sequence[dict], methods: Sequence[Method]) -> Figure | None:
    """Draw both curves of every specimen; None where no specimen has any.

    :param results: of :func:`~.specimen_evaluation.evaluate_specimen`.
    """
    if not any(result["curves"].get(name) for result in results for name in ("fourier_rings", "edges")):
        return None
    # Not pyplot: its figures are global state, and they stay in memory until somebody closes them.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = {method.key: method.label for method in methods if method.label != CUBIC_LABEL}
    looks = looks_of(list(shown.values()))
    figure = Figure(figsize=_SIZE_INCH, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    rings, edges = figure.subplots(2, 1)
    _draw_rings(rings, results, {key: looks[label] for key, label in shown.items()})
    _draw_edges(edges, results, {HR: _OF_HR, **{key: looks[label] for key, label in shown.items()}})
    _finish(rings, edges, {**{label: looks[label] for label in shown.values()}, "HR (below)": _OF_HR})
    told = _CAPTION.format(lines=_ONE_EACH if len(results) < _LEAST_FOR_MEDIAN else _WITH_MEDIAN)
    if any(result["simulated"] for result in results):
        told = f"{told} {SIMULATED}"
    wrapped = textwrap.fill(told, _LETTERS_IN_CAPTION)
    figure.supxlabel(wrapped, fontsize=LETTERS - 2, x=0.01, ha="left", linespacing=1.3)
    return figure


def _draw_rings(axes: Axes, results: Sequence[dict], looks: dict[str, Look]) -> None:
    for key, look in looks.items():
        curves = [result["curves"].get("fourier_rings", {}).get(key) for result in results]
        _draw_lines(axes, [_known(*curve.values()) for curve in curves if curve], look)
    axes.axhline(_THRESHOLD, color="0.4", linewidth=0.9, linestyle=":")
    axes.set_ylim(top=1.02)
    axes.set_xlabel("spatial frequency (1/mm)", fontsize=LETTERS)
    axes.set_ylabel("correlation with HR", fontsize=LETTERS)


def _draw_edges(axes: Axes, results: Sequence[dict], looks: dict[str, Look]) -> None:
    edges = [each for result in results if (each := result["curves"].get("edges"))]
    for key, look in looks.items():
        lines = [_known(each["distance_um"], each["profiles"][key]) for each in edges if key in each["profiles"]]
        _draw_lines(axes, lines, look)
    units = {result["units"] for result in results}
    told = next(iter(units)).replace("cm3", "cm³") if len(units) == 1 else "units of each"
    axes.set_xlabel("distance from the edge of HR (µm)", fontsize=LETTERS)
    axes.set_ylabel(f"grey value ({told})", fontsize=LETTERS)


def _known(x: Sequence[float], y: Sequence[float | None]) -> np.ndarray:
    """The points that have a value, shape (2, n)."""
    return np.array([(one, other) for one, other in zip(x, y, strict=True) if other is not None]).reshape(-1, 2).T


def _draw_lines(axes: Axes, lines: list[np.ndarray], look: Look) -> None:
    """One line a specimen; of several they are faint, with their median on top."""
    lines = [line for line in lines if line.size]
    many = len(lines) >= _LEAST_FOR_MEDIAN
    for line in lines:
        axes.plot(*line, color=look.colour, linewidth=0.6 if many else 1.2, alpha=0.3 if many else 1.0, zorder=2)
    if not many:
        return
    # Specimens of other sizes have their points elsewhere.
    places = np.linspace(max(line[0].min() for line in lines), min(line[0].max() for line in lines), _PLACES)
    median = np.median([np.interp(places, *line) for line in lines], axis=0)
    axes.plot(places, median, color=look.colour, linewidth=2.2, zorder=3)


def _finish(rings: Axes, edges: Axes, looks: dict[str, Look]) -> None:
    for axes in (rings, edges):
        axes.tick_params(labelsize=LETTERS - 1)
        axes.grid(color="0.92", linewidth=0.8)
        axes.set_axisbelow(True)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    for label, look in looks.items():
        rings.plot([], [], color=look.colour, linewidth=2, label=label)
    columns = len(looks) if sum(map(len, looks)) <= _LETTERS_IN_LEGEND else 2
    rings.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=columns, frameon=False, fontsize=LETTERS - 1)
