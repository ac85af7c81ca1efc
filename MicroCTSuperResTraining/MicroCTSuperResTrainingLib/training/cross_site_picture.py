"""The table of a cross-site test as a picture: one panel a measure, one field a network and a site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LETTERS = 10
_MINUS = "\N{MINUS SIGN}"
# Title, unit, digits of a value and of a gain, and whether more is better.
_PANELS = {
    "psnr_db": ("PSNR [dB], higher is better", "{:.2f}", "{:+.2f}", 1.0),
    "ssim": ("SSIM, higher is better", "{:.4f}", "{:+.4f}", 1.0),
    "ba_ta_error": ("error of BA/TA, lower is better", "{:.4f}", "{:+.4f}", -1.0),
}


def draw_cross_site(cells: Sequence[dict], sites: Sequence[str], *, simulated: bool) -> Figure:
    """Draw the table.

    A field tells DL's mean, its gain over cubic interpolation with the 95 % interval, and the number of specimens. Its
    colour tells the gain: purple where DL is better, orange where it is worse.

    :param cells: as `table_to_json` gives them.
    :param sites: in the order of rows and columns.
    :param simulated: whether the specimens are; the picture then says so.
    """
    # Not pyplot: its figures are global state, and they stay in memory until somebody closes them.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    side = 1.0 + 1.5 * len(sites)
    figure = Figure(figsize=(len(_PANELS) * (side + 0.4), side + 1.2), facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    for axes, measure in zip(figure.subplots(1, len(_PANELS), squeeze=False)[0], _PANELS, strict=True):
        _draw_panel(axes, cells, sites, measure)
    kind = "simulated specimens, they say nothing about biology" if simulated else "specimens not trained on"
    figure.suptitle(
        f"Cross-site test ({kind})\nDL; in brackets its gain over cubic interpolation, 95 % interval below",
        fontsize=_LETTERS + 1,
    )
    return figure


def _draw_panel(axes: Axes, cells: Sequence[dict], sites: Sequence[str], measure: str) -> None:
    title, *_, better = _PANELS[measure]
    gains = np.full((len(sites), len(sites)), np.nan)
    for cell in cells:
        place = sites.index(cell["trained_on"]), sites.index(cell["tested_on"])
        gain = _gain(cell, measure)
        gains[place] = np.nan if gain is None else better * gain
        axes.text(*place[::-1], _in_words(cell, measure), ha="center", va="center", fontsize=_LETTERS - 1)
    limit = np.nanmax(np.abs(gains)) if np.isfinite(gains).any() else 1.0
    # Half of the map's range, so that black letters can be read on its ends.
    axes.imshow(gains, cmap="PuOr", vmin=-2 * (limit or 1.0), vmax=2 * (limit or 1.0))
    axes.set_title(title, fontsize=_LETTERS)
    axes.set_xticks(range(len(sites)), sites, fontsize=_LETTERS)
    axes.set_yticks(range(len(sites)), sites, fontsize=_LETTERS, rotation=90, va="center")
    axes.set_xlabel("tested on", fontsize=_LETTERS)
    axes.set_ylabel("trained on", fontsize=_LETTERS)
    axes.tick_params(length=0)


def _gain(cell: dict, measure: str) -> float | None:
    return cell["dl_minus_bicubic"][measure]["mean"] if "dl" in cell else None


def _in_words(cell: dict, measure: str) -> str:
    if "dl" not in cell:
        return "no scores"
    _, value, change, _ = _PANELS[measure]
    mean, gain = cell["dl"][measure]["mean"], cell["dl_minus_bicubic"][measure]
    lines = ["identical" if mean is None else value.format(mean)]
    if gain["mean"] is not None:
        lines.append(f"({change.format(gain['mean'])})")
    if gain["ci95"] is not None:
        lines.append(" to ".join(change.format(end) for end in gain["ci95"]))
    # Specimens that are identical to HR have no finite PSNR, which the mean is without.
    n = cell["specimens"] if mean is None else cell["dl"][measure]["n"]
    return "\n".join([*lines, f"n = {n}"]).replace("-", _MINUS)
