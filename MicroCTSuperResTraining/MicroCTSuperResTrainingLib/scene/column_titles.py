"""What table views write above the columns of results: the field's words and units in the place of the files' names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from MicroCTSuperResLib.scene.tables import show_read_only

if TYPE_CHECKING:
    import slicer

# Parts of the names of the files' columns.
_WORDS = {
    "slices_with_tissue": "slices with tissue",
    "ba_ta": "BA/TA",
    "bv_tv": "BV/TV",
    "bs_bv": "BS/BV",
    "b_ar": "B.Ar",
    "t_ar": "T.Ar",
    "tt_ar": "Tt.Ar",
    "ma_ar": "Ma.Ar",
    "ct_ar_tt_ar": "Ct.Ar/Tt.Ar",
    "ct_ar": "Ct.Ar",
    "ct_po": "Ct.Po",
    "ct_th": "Ct.Th",
    "tb_th": "Tb.Th",
    "tb_sp": "Tb.Sp",
    "tb_n": "Tb.N",
    "tv": "TV",
    "bv": "BV",
    "sd": "SD",
    "psnr_bone": "PSNR near bone",
    "ssim_bone": "SSIM near bone",
    "psnr": "PSNR",
    "ssim": "SSIM",
    "own": "in own contours",
    "plate": "(plate model)",
    "bilinear": "LR",
    "bicubic": "LR cubic",
    "lr": "LR",
    "ci95": "95 % interval",
    "ci": "95 % interval",
}
_UNITS = {"per_mm": "1/mm", "mm2": "mm2", "mm3": "mm3", "mm": "mm", "um": "µm", "db": "dB", "percent": "%"}
_UNIT = re.compile("_(" + "|".join(_UNITS) + ")(?=_|$)")
_NAMES_IN_NOTES = re.compile(r"\b(ba_ta_own|ba_ta|proportional_bias)\b")
_WORD = re.compile("(?<![a-z0-9])(" + "|".join(_WORDS) + ")(?![a-z0-9])")


def title_of(column: str) -> str:
    """A column's name in words, such as "PSNR over LR cubic (dB)" for "psnr_db_over_bicubic"."""
    units = [_UNITS[found] for found in _UNIT.findall(column)]
    # An improvement in percent of a value has the units of the percentage.
    told = f" ({units[-1]})" if units else ""
    words = _WORD.sub(lambda found: _WORDS[found[1]], _UNIT.sub("", column))
    return words.replace("_", " ") + told


def in_words(note: str) -> str:
    """A note of the engine with titles in the place of the names of values and results in its files."""
    return _NAMES_IN_NOTES.sub(lambda found: title_of(found[0]), note)


def show_with_titles(node: slicer.vtkMRMLTableNode) -> None:
    """Let table views show a table of results with titles, and change no cell; its columns keep their names."""
    blocked = node.StartModify()
    for number in range(node.GetNumberOfColumns()):
        name = node.GetColumnName(number)
        node.SetColumnTitle(name, title_of(name))
    show_read_only(node)
    node.EndModify(blocked)
