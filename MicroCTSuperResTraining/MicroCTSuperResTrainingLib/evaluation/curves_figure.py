"""Fourier ring correlation and edge profiles of LR and DL, one line a specimen: where resolution and width are from."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from ..agreement.figure import Look, looks_of
from .against_hr import HR
from .methods import CUBIC_LABEL
from .quality_figure import LETTERS, SIMULATED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .methods import Method

_SIZE_INCH, _LETTERS_IN_CAPTION = (7.2, 8.0), 118
_THRESHOLD = 0.5
_OF_HR = Look("#000000", "")
_CAPTION = (
    "One line a specimen. Above: Fourier ring correlation with HR; the resolution is the inverse of the frequency "
    "where it first falls below 0.5 (dotted). Below: mean profile across the periosteal edge of HR, from inside (left) "
    "to outside."
)


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
    told = f"{_CAPTION} {SIMULATED}" if any(result["simulated"] for result in results) else _CAPTION
    wrapped = textwrap.fill(told, _LETTERS_IN_CAPTION)
    figure.supxlabel(wrapped, fontsize=LETTERS - 2, x=0.01, ha="left", linespacing=1.3)
    return figure


def _draw_rings(axes: Axes, results: Sequence[dict], looks: dict[str, Look]) -> None:
    for result in results:
        for key, curve in result["curves"].get("fourier_rings", {}).items():
            if key in looks:
                known = [(x, y) for x, y in zip(*curve.values(), strict=True) if y is not None]
                _line(axes, known, looks[key], len(results))
    axes.axhline(_THRESHOLD, color="0.4", linewidth=0.9, linestyle=":")
    axes.set_ylim(top=1.02)
    axes.set_xlabel("spatial frequency (1/mm)", fontsize=LETTERS)
    axes.set_ylabel("correlation with HR", fontsize=LETTERS)


def _draw_edges(axes: Axes, results: Sequence[dict], looks: dict[str, Look]) -> None:
    for result in results:
        edges = result["curves"].get("edges") or {"distance_um": [], "profiles": {}}
        for key, profile in edges["profiles"].items():
            if key in looks:
                _line(axes, list(zip(edges["distance_um"], profile, strict=True)), looks[key], len(results))
    units = {result["units"] for result in results}
    told = next(iter(units)).replace("cm3", "cm³") if len(units) == 1 else "units of each"
    axes.set_xlabel("distance from the edge of HR (µm)", fontsize=LETTERS)
    axes.set_ylabel(f"grey value ({told})", fontsize=LETTERS)


def _line(axes: Axes, points: list[tuple[float, float]], look: Look, specimens: int) -> None:
    if points:
        axes.plot(*zip(*points, strict=True), color=look.colour, linewidth=1.0, alpha=1.0 if specimens < 3 else 0.6)


def _finish(rings: Axes, edges: Axes, looks: dict[str, Look]) -> None:
    for axes in (rings, edges):
        axes.tick_params(labelsize=LETTERS - 1)
        axes.grid(color="0.92", linewidth=0.8)
        axes.set_axisbelow(True)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    for label, look in looks.items():
        rings.plot([], [], color=look.colour, label=label)
    rings.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=len(looks), frameon=False, fontsize=LETTERS - 1)
