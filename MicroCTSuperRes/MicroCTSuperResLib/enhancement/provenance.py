"""What was done to a volume, written into the volume itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .. import __version__
from ..imaging.source import PREFIX, kept_fields, source_fields

if TYPE_CHECKING:
    from ..imaging.scaling import Scaling
    from ..imaging.volume import Volume
    from ..networks.card import ModelCard


def provenance_of(
    lr: Volume, card: ModelCard, *, scaling: Scaling, device: str, grid: str, warnings: list[str]
) -> dict[str, str]:
    """Metadata fields of an enhanced volume: those of the LR volume and what was done with which model.

    A result that was itself made from an enhanced volume keeps only the last step's fields; the source's checksum leads
    back.
    """
    fields = {
        "image_kind": "AI-enhanced",
        "software": f"MicroCTSuperRes {__version__}",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "model": f"{card.name} {card.version}",
        "model_sha256": card.sha256,
        "scale": str(card.scale),
        "grid": grid,
        "device": device,
        "scaling_low": repr(scaling.low),
        "scaling_high": repr(scaling.high),
        "scaling_units": lr.units,
        "source_spacing_mm": " ".join(repr(value) for value in lr.spacing),
    }
    fields |= source_fields(lr)
    if warnings:
        fields["warnings"] = " | ".join(warnings)
    kept = kept_fields(lr.metadata, "source_", "warnings")
    return {**kept, **{PREFIX + name: value for name, value in fields.items()}}
