"""What a cohort holds, as numbers for a result and in words."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..cohort.table import Cohort


def summary_of(cohort: Cohort) -> dict:
    """The numbers of specimens and animals, by site and part of the split, as JSON can hold them."""
    from ..cohort.specimen import SPLITS

    counts = Counter((each.site, each.split) for each in cohort.specimens)
    sites = sorted({each.site for each in cohort.specimens})
    return {
        "table": str(cohort.path),
        "specimens": len(cohort.specimens),
        "animals": len({each.animal for each in cohort.specimens}),
        "sites": {site: {part: counts[site, part] for part in (*SPLITS, "") if counts[site, part]} for site in sites},
        "animals_of": {
            part: len({each.animal for each in cohort.specimens if each.split == part})
            for part in SPLITS
            if any(each.split == part for each in cohort.specimens)
        },
    }


def tell_summary(summary: dict) -> str:
    """The numbers in words, one line a site."""
    lines = [f"{_counted(summary['specimens'], 'specimen')} of {_counted(summary['animals'], 'animal')}."]
    for site, parts in summary["sites"].items():
        told = ", ".join(f"{count} {part or 'not divided yet'}" for part, count in parts.items())
        lines.append(f"{site or 'site not told'}: {told}")
    if summary["animals_of"]:
        lines.append("animals: " + ", ".join(f"{count} {part}" for part, count in summary["animals_of"].items()))
    return "\n".join(lines)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
