"""Image quality: the figures and tables of PSNR, SSIM and resolution."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .figures import figure
from .html import Markup, element, escaped, table
from .words import MISSING_NOTE, count, each, method_names, number, units, with_interval

_QUALITY = {
    "psnr_db": ("PSNR, whole slice [dB]", ".2f"),
    "psnr_bone_db": ("PSNR, bone region [dB]", ".2f"),
    "ssim": ("SSIM, whole slice", ".4f"),
    "ssim_bone": ("SSIM, bone region", ".4f"),
}
_SHARPNESS = {
    "resolution_um": ("Resolution in the slices [µm]", ".1f"),
    "resolution_3d_um": ("Resolution in 3-D [µm]", ".1f"),
    "edge_width_um": ("Edge width, 10-90 % [µm]", ".1f"),
}
_RESOLUTIONS = ("resolution", "resolution_3d")
_PERCENT = {"psnr_db_percent": ("PSNR [%]", ".1f"), "ssim_percent": ("SSIM [%]", ".1f")}
_BA_TA = {"ba_ta_error": ("Size of the BA/TA error", ".4f")}


def quality_section(scores: Mapping, folder: Path) -> list[Markup | None]:
    """Figures A and B, means of each method, gains of DL, resolution."""
    return [
        _figure_a(scores, folder),
        figure(
            "B_quality",
            scores,
            folder,
            f"Figure B. SSIM and PSNR of LR and DL against HR, means over the slices of each of "
            f"{count(scores['specimens_n'], 'specimen')}. Data range {data_range(scores)}.",
            "SSIM and PSNR of LR and DL against HR for every specimen; the numbers stand in the table of specimens",
        ),
        quality_table(
            scores, scores, "Image quality against HR: means over specimens, 95 % confidence intervals below"
        ),
        gains_table(scores),
        figure(
            "D_resolution",
            scores,
            folder,
            "Figure D. Fourier ring correlation with HR (above) and mean profile across the periosteal edge of HR "
            "(below), one line a specimen.",
            "Curves of the correlation of LR and DL with HR over frequency, and of their grey values across the edge",
        ),
        _resolution_table(scores),
    ]


def _figure_a(scores: Mapping, folder: Path) -> Markup | None:
    shown = scores["files"].get("figure_a_shows")
    label = scores["methods"].get("dl", {}).get("label", "DL")
    which = "" if label == "DL" else f" (here {label})"
    return figure(
        "A_comparison",
        scores,
        folder,
        f"Figure A. LR, DL{which} and HR of the middle slice with tissue of {shown}, the specimen with the median gain "
        "of SSIM. Below: a detail, and the differences from HR.",
        f"A slice of {shown} in LR, DL and HR with a detail and the differences from HR",
    )


def data_range(scores: Mapping) -> str:
    """The data range of PSNR and SSIM, in words."""
    told = each(scores["settings"]["data_range"])
    return "; ".join(f"{number(one['value'], '.6g')} {units(one['units'])} ({units(one['rule'])})" for one in told)


def quality_table(scores: Mapping, means: Mapping, title: str) -> Markup:
    """PSNR and SSIM of every method.

    :param means: the keys of the methods, of all specimens or of one site.
    """
    rows = [
        [name, str(means[key]["n"]), *(_mean(means[key], measure, form) for measure, (_, form) in _QUALITY.items())]
        for key, name in method_names(scores).items()
    ]
    return table(title, ["Method", "n", *(name for name, _ in _QUALITY.values())], rows, _note(scores))


def _note(scores: Mapping) -> str:
    margin = scores["settings"]["bone_region_margin_voxels"]
    return (
        f"n: specimens. Bone region: bone of HR and {margin} pixels around it. SSIM: {scores['settings']['ssim']}. "
        f"PSNR: {scores['settings']['psnr']}. Data range: {data_range(scores)}. {MISSING_NOTE}"
    )


def gains_table(scores: Mapping) -> Markup:
    """What DL gains over each interpolation, specimen by specimen."""
    measures = {**_QUALITY, **_PERCENT, **_SHARPNESS, **_BA_TA}
    names = method_names(scores)
    compared = {key: key.split("_minus_") for key in scores["gains"]}
    rows = [
        [title, *(_gain(scores["gains"][key].get(measure), form) for key in compared)]
        for measure, (title, form) in measures.items()
    ]
    header = ["Measure", *(f"{names[one]} − {names[other]}" for one, other in compared.values())]
    note = (
        "Means of the differences of each specimen. For resolution, edge width and the BA/TA error less than 0 is "
        "better. The percentages are those that the study told: a percentage of a PSNR depends on the data range and "
        "has no meaning of its own."
    )
    return table("Gains of DL: means over specimens, 95 % confidence intervals below", header, rows, note)


def _gain(told: Mapping | None, form: str) -> Markup | str:
    return number(None) if told is None else with_interval(told["mean"], told["ci95"], f"+{form}")


def _resolution_table(scores: Mapping) -> Markup:
    rows = [
        [
            name,
            *(_mean(scores[key], measure, form) for measure, (_, form) in _SHARPNESS.items()),
            *(number(scores[key].get(f"{name}_at_nyquist"), "d") for name in _RESOLUTIONS),
        ]
        for key, name in method_names(scores).items()
    ]
    width = scores["hr"].get("edge_width_um", {}).get("mean")
    rows.append(["HR", number(None), number(None), number(width, ".1f"), number(None), number(None)])
    reached = ("Specimens that reach two voxels in the slices", "in 3-D")
    header = ["Volume", *(name for name, _ in _SHARPNESS.values()), *reached]
    settings = scores["settings"]
    note = (
        f"Resolution in the slices: {settings.get('resolution')}; in 3-D: {settings.get('resolution_3d')}. Edge width: "
        f"{settings.get('edge_width')}. The resolution is that "
        f"of the detail that agrees with HR. {MISSING_NOTE}"
    )
    return table("Resolution: means over specimens, 95 % confidence intervals below", header, rows, note)


def _mean(means: Mapping, measure: str, form: str) -> Markup:
    """A mean with its interval, and its own n where some specimens have no value."""
    told = with_interval(means.get(measure), means.get(f"{measure}_ci95"), form)
    n = means.get(f"{measure}_n", means["n"])
    return told if n in (0, means["n"]) else escaped([told, element("span", f"n = {n}", class_="ci")])
