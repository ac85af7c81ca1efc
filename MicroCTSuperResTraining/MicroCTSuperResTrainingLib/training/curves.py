"""The picture of a training: loss and validation scores by epoch, with interpolation and the best epoch beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from MicroCTSuperResLib.files import atomic_path

from ..agreement.looks import ENHANCED, INTERPOLATED, LOOKS, OTHER_LOOKS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .history import EpochRow, History

SUFFIXES = (".png", ".svg")
DPI = 150
_SIZE_INCH = (9.6, 6.6)
_LETTERS = 10
_MOST_MARKS = 30  # beyond that marks hide the line


@dataclass(frozen=True)
class _Line:
    """How a line is drawn; its dashes tell it where colours cannot."""

    label: str
    colour: str
    dashes: str | tuple[int, tuple[int, ...]] = "-"
    marker: str = ""


_TRAINING = _Line("training", OTHER_LOOKS[1].colour, "--", "s")
_VALIDATION = _Line("validation", LOOKS[ENHANCED].colour, "-", "o")
_BASELINES = {
    "bilinear": _Line("LR, linear", LOOKS[INTERPOLATED].colour, ":"),
    "bicubic": _Line("LR, cubic", OTHER_LOOKS[0].colour, (0, (6, 2, 1, 2))),
}
_SCORES = {
    "psnr_db": "PSNR [dB], higher is better",
    "ssim": "SSIM, higher is better",
    "ba_ta_error": "error of BA/TA, lower is better",
}
_NAMES = {"psnr_db": "PSNR", "ssim": "SSIM", "validation_loss": "validation loss"}


def draw_curves(history: History, best_by: str, baselines: Mapping[str, Mapping[str, float]], title: str) -> Figure:
    """Draw the curves of a training.

    :param history: with at least one epoch.
    :param best_by: the column of the history that the best epoch is chosen by.
    :param baselines: for "bilinear" and "bicubic", the mean `psnr_db`, `ssim` and `ba_ta_error` of interpolation on the
        validation slices; empty where they are not known.
    :param title: above the picture.
    """
    # Not pyplot: its figures are global state, and they stay in memory until somebody closes them.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE_INCH, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(2, 2, sharex=True).ravel()
    best = history.best(best_by)
    _draw(panels[0], history, {"train_loss": _TRAINING, "validation_loss": _VALIDATION}, "loss")
    for axes, (column, label) in zip(panels[1:], _SCORES.items(), strict=True):
        _draw(axes, history, {column: _VALIDATION}, label)
        _draw_baselines(axes, {name: known[column] for name, known in baselines.items() if column in known})
    for axes in panels:
        _mark(axes, best)
        axes.legend(fontsize=_LETTERS - 1, framealpha=0.9)
    for axes in panels[2:]:
        axes.set_xlabel("epoch", fontsize=_LETTERS)
    figure.suptitle(f"{title}: best epoch {best.epoch} by {_NAMES.get(best_by, best_by)}", fontsize=_LETTERS + 2)
    return figure


def save_curves(figure: Figure, stem: str | Path) -> list[Path]:
    """Write the picture as PNG and SVG in place of those that are there.

    :param stem: path without suffix, such as RUN/curves.
    :raises OutputError: if a file cannot be written.
    """
    paths = [Path(f"{stem}{suffix}") for suffix in SUFFIXES]
    for path in paths:
        with atomic_path(path, overwrite=True) as partial:
            figure.savefig(partial, dpi=DPI)
    return paths


def _draw(axes: Axes, history: History, lines: Mapping[str, _Line], label: str) -> None:
    from matplotlib.ticker import MaxNLocator

    epochs = [row.epoch for row in history.rows]
    marked = len(epochs) <= _MOST_MARKS
    for column, line in lines.items():
        values = [getattr(row, column) for row in history.rows]
        axes.plot(
            epochs, values, color=line.colour, linestyle=line.dashes, marker=line.marker if marked else "",
            markersize=4, label=line.label,
        )  # fmt: skip
    axes.set_ylabel(label, fontsize=_LETTERS)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.tick_params(labelsize=_LETTERS - 1)
    axes.grid(color="#dddddd", linewidth=0.6)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _draw_baselines(axes: Axes, values: Mapping[str, float]) -> None:
    for name, value in values.items():
        line = _BASELINES[name]
        axes.axhline(value, color=line.colour, linestyle=line.dashes, linewidth=1.6, label=line.label)


def _mark(axes: Axes, best: EpochRow) -> None:
    axes.axvline(best.epoch, color="black", linewidth=0.9, alpha=0.6, zorder=0, label=f"best epoch ({best.epoch})")
