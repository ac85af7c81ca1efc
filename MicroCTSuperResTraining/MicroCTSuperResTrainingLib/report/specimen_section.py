"""Every specimen with its numbers, what was warned of, and the files that the numbers came from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath

from .figures import overlays
from .html import Markup, element, table
from .words import MISSING_NOTE, interval, listed, method_names, model_name, number

_MOST_NAMED = 6
_VOLUMES = ("lr", "hr", "dl")


def specimens_section(scores: Mapping, folder: Path) -> list[Markup]:
    """The table of specimens, and pictures of their tissue areas."""
    names = method_names(scores)
    shown = [key for key in names if key != "bicubic"]
    header = ["Specimen", "Animal", "Site"]
    for title in ("PSNR [dB]", "SSIM"):
        header += [f"{title} {names[key]}" for key in shown]
    header += [f"BA/TA {name}" for name in ("HR", *(names[key] for key in shown))]
    rows = [_row(one, shown) for one in scores["specimens"]]
    note = f"Means over slices. The CSV tables hold also LR, cubic, and every slice. {MISSING_NOTE}"
    return [
        table("Every specimen", header, rows, note),
        _places(scores),
        element("h3", "Tissue areas, for checking"),
        *overlays(scores, folder),
    ]


def _row(one: Mapping, shown: list[str]) -> list[str]:
    methods = one["methods"]
    return [
        one["specimen"],
        one["animal"],
        one["site"],
        *(number(methods[key]["psnr_db"], ".2f") for key in shown),
        *(number(methods[key]["ssim"], ".4f") for key in shown),
        number(one["hr"]["ba_ta"], ".4f"),
        *(number(methods[key]["ba_ta"], ".4f") for key in shown),
    ]


def _places(scores: Mapping) -> Markup:
    rows = [
        [
            one["specimen"],
            _size(one["hr_spacing_mm"]),
            _size(one["lr_spacing_mm"]),
            f"{one['slices_with_tissue']} of {one['hr_voxels'][2]}",
            *(number(part, "+.1f") for part in one["shift_um"]),
            number(one.get("likeness"), ".3f"),
            one["tissue"],
        ]
        for one in scores["specimens"]
    ]
    shift = [f"Shift {axis} [µm]" for axis in "xyz"]
    header = ["Specimen", "HR [µm]", "LR [µm]", "Slices with tissue", *shift, "Likeness", "T.Ar of"]
    note = (
        "Voxel sizes; the shift of the specimen from HR to LR; the correlation of the detail of LR and HR (likeness), "
        "which is low for scans of two specimens."
    )
    return table("Voxel sizes and pairing", header, rows, note)


def _size(spacing_mm: list) -> str:
    edges = [number(1000 * edge) for edge in spacing_mm]
    return edges[0] if len(set(edges)) == 1 else " × ".join(edges)


def warnings_of(scores: Mapping) -> list[str]:
    """Each warning once, those of specimens with the specimens that they are about."""
    about: dict[str, list[str]] = {}
    for one in scores["specimens"]:
        for text in one["warnings"]:
            about.setdefault(text, []).append(one["specimen"])
    of_specimens = {f"{name}: {text}" for text, names in about.items() for name in names}
    return [
        *(text for text in scores["warnings"] if text not in of_specimens),
        *(f"{_named(names)}: {text}" for text, names in about.items()),
    ]


def _named(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return listed(names) if more <= 0 else f"{', '.join(names[:_MOST_NAMED])} and {more} more"


def provenance_section(scores: Mapping) -> list[Markup | None]:
    """Models, and files with their checksums."""
    models = [method["model"] for method in scores["methods"].values() if method["model"] is not None]
    cohort = scores["cohort"]
    return [
        element("p", f"Made by {scores['software']} on {scores['created']}."),
        None
        if cohort is None
        else element(
            "p", f"Cohort: {_file(cohort['table'])}, part {cohort['split']}, SHA-256 ", _hash(cohort["sha256"]), "."
        ),
        _models(models) if models else None,
        _files(scores),
        table("All settings", ["Setting", "Value"], _settings(scores["settings"])),
    ]


def _models(models: list[Mapping]) -> Markup:
    rows = [
        [
            model_name(model),
            model.get("architecture", ""),
            ", ".join(model.get("sites", ())) or "not told",
            _voxel_sizes(model.get("voxel_size_um")),
            ", ".join(_data(data) for data in model.get("data", ())) or "not told",
            _hash(model["sha256"]),
        ]
        for model in models
    ]
    header = ["Model", "Network", "Sites", "Voxel size [µm]", "Trained with", "SHA-256"]
    return table("Models", header, rows)


def _voxel_sizes(told: Sequence[float] | None) -> str:
    """Those that a model is for: from the least to the largest."""
    return interval(told) or number(None) if told is None or len(set(told)) > 1 else number(told[0])


def _data(data: Mapping) -> str:
    return f"{data['name']} (simulated)" if data["simulated"] else data["name"]


def _files(scores: Mapping) -> Markup:
    rows = [
        [one["specimen"], kind.upper() if kind in _VOLUMES else kind, _file(file["path"]), _hash(file["sha256"])]
        for one in scores["specimens"]
        for kind, file in one["files"].items()
    ]
    note = "The folders of the files stand in scores.json."
    return table("Files", ["Specimen", "What", "File", "SHA-256"], rows, note)


def _settings(told: Mapping, before: str = "") -> list[tuple[str, str]]:
    """Names as in scores.json, those of parts after a dot."""
    rows = []
    for name, value in told.items():
        if isinstance(value, Mapping):
            rows += _settings(value, f"{before}{name}.")
        else:
            rows.append((before + name, _plain(value)))
    return rows


def _plain(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "not set", True: "yes", False: "no"}[value]
    return value if isinstance(value, str) else json.dumps(value)


def _hash(text: str) -> Markup:
    return element("span", text, class_="hash")


def _file(path: str) -> str:
    """The name without its folders, which tell more of a computer than of a bone."""
    return PureWindowsPath(path).name if "\\" in path else PurePosixPath(path).name
