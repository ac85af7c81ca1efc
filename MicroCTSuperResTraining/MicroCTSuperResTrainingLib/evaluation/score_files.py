"""Scores as files and as a table to read."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from MicroCTSuperResLib.files import atomic_path

COLUMNS = ("method", "psnr_db", "psnr_bone_db", "ssim", "ba_ta", "ba_ta_bias", "data_range", "units")
METHOD_NAMES = {"bilinear": "LR, linear", "bicubic": "LR, cubic", "dl": "DL"}
_NOT_METHODS = ("settings", "hr")


def write_scores_json(scores: dict, path: str | Path, *, overwrite: bool = False) -> None:
    """Write :meth:`Comparison.to_json` as JSON.

    :raises OutputError: where the file exists and `overwrite` is false, or cannot be written.
    """
    with atomic_path(path, overwrite=overwrite) as temporary:
        temporary.write_text(json.dumps(scores, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def write_scores_csv(scores: dict, path: str | Path, *, overwrite: bool = False) -> None:
    """Write one line for each method, and one for HR with its BA/TA, as CSV; what does not apply is left empty.

    :raises OutputError: as :func:`write_scores_json`.
    """
    data_range = scores["settings"]["data_range"]
    with (
        atomic_path(path, overwrite=overwrite) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as stream,
    ):
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        for method in _methods(scores):
            row = scores[method]
            measured = {name: row[name] for name in ("psnr_db", "psnr_bone_db", "ssim")}
            areas = {"ba_ta": row["ba_ta"]["mean"], "ba_ta_bias": row["ba_ta"]["bias"]}
            where = {"data_range": data_range["value"], "units": data_range["units"]}
            writer.writerow({"method": method, **measured, **areas, **where})
        writer.writerow({"method": "hr", "ba_ta": scores["hr"]["ba_ta"]["mean"], "units": data_range["units"]})


def scores_as_text(scores: dict, *, colour: bool, width: int = 100) -> str:
    """The scores as a table for a terminal, settings beneath.

    :param scores: :meth:`Comparison.to_json`, perhaps read back from its file.
    :param colour: with the control characters of a terminal; without, plain text.
    :param width: letters in a line.
    """
    import io

    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("against HR", style="bold")
    for heading in ("PSNR, dB", "PSNR near bone, dB", "SSIM", "BA/TA", "BA/TA - HR"):
        table.add_column(heading, justify="right")
    for method in _methods(scores):
        row = scores[method]
        table.add_row(
            escape(METHOD_NAMES.get(method, method)),
            _decibels(row["psnr_db"]),
            _decibels(row["psnr_bone_db"]),
            f"{row['ssim']:.4f}",
            f"{row['ba_ta']['mean']:.4f}",
            f"{row['ba_ta']['bias']:+.4f}",
            style="green" if method == "dl" else None,
        )
    table.add_row("HR", "", "", "", f"{scores['hr']['ba_ta']['mean']:.4f}", "")
    text = io.StringIO()
    console = Console(file=text, force_terminal=colour, no_color=not colour, width=width)
    console.print(table)
    settings = scores["settings"]
    data_range, segmentation = settings["data_range"], settings["segmentation"]
    console.print(
        f"Means over {settings['slices']} slices. Data range {data_range['value']:.5g} {data_range['units']} "
        f"({data_range['rule']}). Bone: Gaussian of {segmentation['sigma_voxels']:g} voxels, "
        f"{segmentation['threshold']:g} {data_range['units']} or more, inside the contour of HR.",
        highlight=False,
        markup=False,
    )
    return text.getvalue().rstrip()


def _methods(scores: dict) -> list[str]:
    return [name for name in scores if name not in _NOT_METHODS]


def _decibels(value: float | None) -> str:
    return "identical" if value is None else f"{value:.2f}"
