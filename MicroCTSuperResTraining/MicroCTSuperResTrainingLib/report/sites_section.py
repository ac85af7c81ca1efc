"""Every site by itself, and every model on every site."""

from __future__ import annotations

from collections.abc import Mapping

from .agreement_section import bias_table
from .html import Markup, element, table
from .quality_section import quality_table
from .words import with_interval


def sites_section(scores: Mapping) -> list[Markup | None]:
    """Every model on every site, and the image quality and BA/TA of each site.

    The specimens of a site are of different animals, those of all sites together may not be.
    """
    rows = scores["cross_site"]
    if not rows:
        return []
    return [
        element("p", "What a model gains on bones of another site than those that it was trained on."),
        _cross_site_table(rows),
        *(part for site, means in scores["sites"].items() for part in _of_site(scores, means, site)),
    ]


def _of_site(scores: Mapping, means: Mapping, site: str) -> list[Markup]:
    name = site or "specimens without a site"
    return [
        quality_table(scores, means, f"Image quality of {name} (means, 95 % CI below)"),
        bias_table({**scores, **means}, "ba_ta", f"BA/TA of {name} against HR, inside the tissue area of HR"),
    ]


def _cross_site_table(rows: list) -> Markup:
    header = ["Model", "Trained on", "Tested on", "n", "PSNR [dB]", "over LR, linear", "SSIM", "over LR, linear"]
    body = [
        [
            row["model"],
            row["trained_on"] or "not known",
            row["tested_on"],
            f"{row['specimens']} ({row['animals']})",
            with_interval(row["psnr_db"], row["psnr_db_ci95"], ".2f"),
            with_interval(row["psnr_db_over_bilinear"], row["psnr_db_over_bilinear_ci95"], "+.2f"),
            with_interval(row["ssim"], row["ssim_ci95"], ".4f"),
            with_interval(row["ssim_over_bilinear"], row["ssim_over_bilinear_ci95"], "+.4f"),
            with_interval(row["ba_ta_bias"], row["ba_ta_bias_ci"], "+.4f"),
        ]
        for row in rows
    ]
    note = "n: specimens (animals). 95 % confidence intervals below the means. BA/TA bias: mean of DL − HR."
    return table("Cross-site test: every model on every site", [*header, "BA/TA bias"], body, note)
