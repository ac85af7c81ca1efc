"""The figures, held in the page itself."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

from .html import Markup, element
from .words import at, count

# B and C are drawings; A and the overlays are made of voxels, which SVG would hold as PNG all the same.
_KINDS = {
    "A_comparison": "png",
    "B_quality": "svg",
    "C_agreement": "svg",
    "C_agreement_own": "svg",
    "D_resolution": "svg",
}
_TYPES = {".png": "image/png", ".svg": "image/svg+xml"}
MOST_OVERLAYS = 4


def figure(name: str, scores: Mapping, folder: Path, caption: str, alternative: str) -> Markup | None:
    """One of the evaluation's figures; None where the evaluation has none of this name.

    :param alternative: what those read who cannot see it.
    """
    file = at(scores, "files", "figures", name, _KINDS[name])
    return None if file is None else picture(str(file), folder, caption, alternative)


def picture(file: str, folder: Path, caption: str, alternative: str) -> Markup:
    """A picture with its caption; where its file is not there, the caption says so.

    :param file: relative to the folder, and inside it.
    """
    path = (folder / file).resolve()
    kind = _TYPES.get(path.suffix)
    image = None
    if kind is not None and path.is_relative_to(folder.resolve()) and path.is_file():
        data = b64encode(path.read_bytes()).decode("ascii")
        drawn = element("img", src=f"data:{kind};base64,{data}", alt=alternative)
        # A drawing has letters, which a telephone would make too small: it scrolls in a box of its own.
        boxed = {"class_": "drawing", "role": "region", "aria_label": "Figure", "tabindex": "0"}
        image = element("div", drawn, **boxed) if kind == _TYPES[".svg"] else drawn
    missing = "" if image is not None else f" The file {file} is not in the folder of the evaluation."
    return element("figure", image, element("figcaption", caption + missing))


def overlays(scores: Mapping, folder: Path) -> list[Markup]:
    """Pictures of the tissue areas: specimens with warnings first, as many as a page can hold."""
    files = scores["files"]["overlays"]
    ordered = sorted(scores["specimens"], key=lambda one: -len(one["warnings"]))
    names = [one["specimen"] for one in ordered if one["specimen"] in files]
    shown = [
        picture(
            files[name],
            folder,
            f"{name}: contours of the tissue area on slices of HR.",
            f"Slices of {name} with the contours of the tissue area",
        )
        for name in names[:MOST_OVERLAYS]
    ]
    more = len(names) - len(shown)
    if more > 0:
        lies = "lies" if more == 1 else "lie"
        text = f"{count(more, 'further picture')} of this kind {lies} in the folder overlays beside this report."
        shown.append(element("p", text, class_="note"))
    return shown
