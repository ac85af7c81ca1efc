"""The methods in words, from the settings that were used.

What a report of bone morphometry has to tell: Bouxsein et al., Journal of Bone and Mineral Research 25(7), 2010,
https://doi.org/10.1002/jbmr.141.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..morphometry.contour import CLOSING_MM, LEAST_AREA_MM2
from .html import Markup, bullets, element, paragraphs
from .quality_section import data_range
from .words import count, each, listed, model_name, number, units

_SHOWN_OF_HASH = 12
# What files of volumes do not tell.
_TO_ADD = (
    "the species, strain, sex and age of the animals, and how the bones were stored and mounted;",
    "scanner, tube voltage and current, filter, projections, integration time and frames averaged, of LR and of HR;",
    "reconstruction, correction of beam hardening and of rings, and how the scanner's density was calibrated;",
    "where along the bone the scanned region lies, and how it was found.",
)
# As CITATION.cff asks.
_STUDY = (
    "David et al., Deep Learning Models Improve Spatial Resolution of MicroCT Images Across Murine Femur and Spine, "
    "abstract, Orthopaedic Research Society (ORS)."
)
_SOURCES = (
    ("Bouxsein et al. 2010", "10.1002/jbmr.141", "assessment of bone microstructure in rodents by microCT"),
    ("Dempster et al. 2013", "10.1002/jbmr.1805", "nomenclature of bone histomorphometry"),
    ("Wang et al. 2004", "10.1109/TIP.2003.819861", "structural similarity"),
    ("Bland and Altman 1986", "10.1016/S0140-6736(86)90837-8", "limits of agreement"),
    ("Bland and Altman 1999", "10.1177/096228029900800204", "their confidence intervals, limits by regression"),
    ("Bland and Altman 2007", "10.1080/10543400701329422", "repeated measures"),
    ("Carkeet 2015", "10.1097/OPX.0000000000000513", "exact confidence intervals of the limits"),
    ("Lin 1989", "10.2307/2532051", "concordance correlation coefficient"),
    ("McGraw and Wong 1996", "10.1037/1082-989X.1.1.30", "intraclass correlation ICC(A,1)"),
    ("Pitman 1939", "10.1093/biomet/31.1-2.9", "comparison of two spreads"),
    ("Saxton and Baumeister 1982", "10.1111/j.1365-2818.1982.tb00405.x", "Fourier ring correlation"),
)
_SOURCE_OF_EQUIVALENCE = ("Schuirmann 1987", "10.1007/BF01068419", "test of equivalence")
_PLACES = {
    "files": "by the places that their files tell",
    "corners": "by their outer corners",
    "auto": "by the places that their files tell, or by their corners where no file tells a place",
}
_REFINED = {
    "none": "The motion of the specimen between them was measured and left as it was.",
    "translation": "The shift of the specimen between them was taken back by resampling HR.",
    "rigid": "Shift and rotation of the specimen between them were taken back by resampling HR.",
}


def methods_section(scores: Mapping) -> list[Markup]:
    """Paragraphs to take over, what is to be added to them, and sources."""
    return [
        element("p", "These paragraphs tell the settings that were used, and may be taken over.", class_="note"),
        paragraphs(
            [
                f"{_specimens(scores)} {_volumes(scores)}",
                _bone(scores),
                _quality(scores),
                _statistics(scores),
            ]
        ),
        element("h3", "To be added by the authors"),
        element("p", "Files of volumes do not tell what else a reader needs (Bouxsein et al. 2010):"),
        bullets(_TO_ADD),
        element("h3", "Sources"),
        bullets(
            [
                f"The software: {scores['software']}. The study: {_STUDY}",
                *(
                    [name, ", ", element("a", f"doi:{doi}", href=f"https://doi.org/{doi}"), f": {about}"]
                    for name, doi, about in _sources(scores)
                ),
            ]
        ),
    ]


def _sources(scores: Mapping) -> tuple[tuple[str, str, str], ...]:
    return _SOURCES if scores["settings"]["evaluation"]["margin"] is None else (*_SOURCES, _SOURCE_OF_EQUIVALENCE)


def _specimens(scores: Mapping) -> str:
    sites: dict[str, int] = {}
    for one in scores["specimens"]:
        sites[one["site"]] = sites.get(one["site"], 0) + 1
    named = ", ".join(f"{site or 'site unknown'} n = {n}" for site, n in sites.items())
    told = "" if list(sites) == [""] else f" ({named})"
    kind = {"all": "simulated ", "some": "", "none": ""}[scores["simulated"]]
    return (
        f"{count(scores['specimens_n'], f'{kind}specimen')} of {count(scores['animals_n'], 'animal')}{told} "
        f"{'was' if scores['specimens_n'] == 1 else 'were'} compared."
    )


def _volumes(scores: Mapping) -> str:
    sizes = scores["voxel_sizes"]
    pairing = scores["settings"]["pairing"]
    return (
        f"Voxel size: HR {_sizes(sizes['hr_um'])}, LR {_sizes(sizes['lr_um'])}. LR was interpolated to the grid of HR, "
        f"linearly and by cubic convolution. {_enhanced(scores)} The scans were paired "
        f"{_PLACES[pairing['placement']]}. "
        f"{_REFINED[pairing['refine']]}{_shifts(scores)}"
    )


def _sizes(sizes: list) -> str:
    return listed(
        [f"{number(size[0])} µm" if len(set(size)) == 1 else f"{_three(size)} µm (x, y, z)" for size in sizes]
    )


def _three(size: list) -> str:
    return " × ".join(number(edge) for edge in size)


def _enhanced(scores: Mapping) -> str:
    told = []
    for key, method in scores["methods"].items():
        if method["model"] is not None:
            told.append(
                f"{method['label']} is LR enhanced by the model {model_name(method['model'])} (SHA-256 "
                f"{method['model']['sha256'][:_SHOWN_OF_HASH]}...) with {scores['software']}."
            )
        elif key not in ("bilinear", "bicubic"):
            told.append(f"{method['label']} is the enhanced volume that was given as a file.")
    return " ".join(told)


def _shifts(scores: Mapping) -> str:
    sizes = [sum(part * part for part in one["shift_um"]) ** 0.5 for one in scores["specimens"]]
    middle = sorted(sizes)[len(sizes) // 2] if len(sizes) % 2 else sum(sorted(sizes)[len(sizes) // 2 - 1 :][:2]) / 2
    if len(sizes) == 1:
        return f" It was {number(middle, '.1f')} µm."
    return f" Its median was {number(middle, '.1f')} µm, its largest {number(max(sizes), '.1f')} µm."


def _bone(scores: Mapping) -> str:
    settings = scores["settings"]
    told = listed([_segmentation(one) for one in each(settings["segmentation"])])
    text = (
        f"Bone was segmented on the grid of HR, in all volumes alike, with {told}. {_tissue(scores)} Bone area B.Ar is "
        "the area of bone inside T.Ar, and BA/TA = B.Ar/T.Ar in every transverse slice; a specimen's value is the mean "
        f"over its slices ({settings['slices_with_tissue']} slices with tissue of {settings['slices']} in all)."
    )
    if settings["masks"]["secondary"]:
        text += " In a secondary analysis each volume was measured inside its own contours, found in the same way."
    return text


def _segmentation(one: Mapping) -> str:
    threshold = f"a lower threshold of {number(one['threshold'], '.5g')} {units(one['units'])} (inclusive)"
    if not one["sigma_voxels"]:
        return f"{threshold}, without smoothing"
    wide = f", {number(one['sigma_um'])} µm" if one.get("sigma_um") else ""
    effective = one.get("effective_sigma_um")
    cut = f", which leaves {number(effective)} µm" if effective else ""
    return (
        f"a Gaussian filter ({one.get('smoothing', '3-D')}, sigma {number(one['sigma_voxels'])} voxels{wide}, cut off "
        f"beyond {one.get('support_voxels')} voxels{cut}) and {threshold}"
    )


def _tissue(scores: Mapping) -> str:
    sources = {one["tissue"] for one in scores["specimens"]}
    if sources == {"given mask"}:
        return "The tissue area T.Ar is that of masks that were given, the same for LR, DL and HR."
    found = (
        "The tissue area T.Ar is what the periosteal contour encloses. It was found automatically in every slice of HR "
        f"(closing with a disk of {number(CLOSING_MM)} mm radius, filling of holes, pieces below "
        f"{number(LEAST_AREA_MM2)} mm² left out{_foramen(scores)}) and used for LR, DL and HR alike."
    )
    return f"{found} Where a mask was given, it was used instead." if "given mask" in sources else found


def _foramen(scores: Mapping) -> str:
    return ", the vertebral foramen left out" if scores["settings"]["evaluation"]["without_foramen"] else ""


def _quality(scores: Mapping) -> str:
    settings = scores["settings"]
    return (
        "Image quality was told by the peak signal-to-noise ratio (PSNR) and the structural similarity (SSIM) of each "
        f"transverse slice with HR, averaged over slices and then over specimens. PSNR: {settings['psnr']}. SSIM: "
        f"{settings['ssim']}. Data range: {data_range(scores)}. Both were also taken over the bone region, bone of HR "
        f"and {settings['bone_region_margin_voxels']} pixels around it. Resolution in the slices: "
        f"{settings.get('resolution')}; in three dimensions: {settings.get('resolution_3d')}. Edge width: "
        f"{settings.get('edge_width')}."
    )


def _statistics(scores: Mapping) -> str:
    settings = scores["settings"]
    margin = settings["evaluation"]["margin"]
    text = (
        "The specimen is the unit of analysis, because slices of a specimen are not independent; means over specimens "
        "have confidence intervals by Student's t. Agreement of BA/TA with HR was told by the bias and the 95 % limits "
        f"of agreement (bias ∓ 1.96 SD) with {100 * settings['confidence']:g} % confidence intervals, those of the "
        "limits exact, beside a paired t-test, the regression of the difference on the mean, Lin's concordance "
        "coefficient and the intraclass correlation ICC(A,1). Spreads of two methods were compared by the test of "
        "Pitman and Morgan. Limits for single slices are those for repeated measures."
    )
    if margin is not None:
        text += f" Equivalence of the means was tested by two one-sided t-tests with a margin of {number(margin)}."
    return text
