"""What is compared with HR: two interpolations of LR, and DL as a model or a file gives it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from MicroCTSuperResLib.quality.baselines import BICUBIC, BILINEAR, ORDERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

DL = "dl"
REFERENCE = "HR"
LR_LABEL, CUBIC_LABEL = "LR", "LR cubic"


@dataclass(frozen=True)
class Method:
    """One of the volumes that are compared with HR.

    :param key: its name in scores.json and the tables: "bilinear", "bicubic", "dl", and "dl2" ... for further models.
    :param label: its name in figures and in the agreement analysis.
    :param model: folder of the model that makes it; None for interpolations and where a file holds it.
    :param facts: of the model's card, as JSON can hold them.
    """

    key: str
    label: str
    model: Path | None = None
    facts: Mapping[str, object] = field(default_factory=dict, hash=False)

    @property
    def is_dl(self) -> bool:
        """Whether it is more than an interpolation of LR."""
        return self.key not in ORDERS

    def to_json(self) -> dict:
        """As an object that JSON can hold."""
        return {"label": self.label, "model": dict(self.facts) or None}


def all_methods(models: Sequence[tuple[Path, Mapping[str, object]]]) -> tuple[Method, ...]:
    """The methods of an evaluation.

    :param models: folder and facts (:func:`facts_of_model`) of each; empty where a file holds DL.
    """
    names = [str(facts["name"]) for _, facts in models]
    baselines = (Method(BILINEAR, LR_LABEL), Method(BICUBIC, CUBIC_LABEL))
    if len(models) < 2:
        folder, facts = models[0] if models else (None, {})
        return (*baselines, Method(DL, "DL", folder, facts))
    labels = [f"DL {name}" if names.count(name) == 1 else f"DL {name} {place}" for place, name in enumerate(names, 1)]
    return (
        *baselines,
        *(
            Method(DL if place == 1 else f"{DL}{place}", label, folder, facts)
            for place, (label, (folder, facts)) in enumerate(zip(labels, models, strict=True), 1)
        ),
    )


def facts_of_model(name_or_path: str) -> tuple[Path, dict[str, object]]:
    """Folder of a model and what a report tells of it.

    :raises ModelError: if there is no such model.
    """
    from MicroCTSuperResLib.networks.store import ModelStore

    found = ModelStore().find(name_or_path)
    card = found.card
    return found.path.absolute(), {
        "name": card.name,
        "version": card.version,
        "summary": card.summary,
        "architecture": card.architecture,
        "sites": list(card.sites),
        "voxel_size_um": list(card.voxel_size_um),
        "data": [{"name": each.name, "simulated": each.simulated} for each in card.data],
        "licence": card.licence,
        "citation": card.citation,
        "sha256": card.sha256,
    }
