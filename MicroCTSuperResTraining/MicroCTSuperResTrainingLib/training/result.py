"""The result of a training: a model folder that `enhance`, `models add` and the panel take as it is."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from MicroCTSuperResLib import __version__
from MicroCTSuperResLib.files import atomic_path
from MicroCTSuperResLib.networks.card import CARD_FILE, SUPPORTED_SCALE, ModelCard, TrainingData, read_card
from MicroCTSuperResLib.networks.card_checks import is_model_name
from MicroCTSuperResLib.networks.loading import save_model
from MicroCTSuperResLib.networks.store import BUNDLED_FOLDER

from .card_scores import score_entries
from .words import counted

if TYPE_CHECKING:
    from torch import nn

    from .cohort_facts import CohortFacts
    from .config import TrainingConfig
    from .history import History
    from .model_scores import ModelScores

# "LicenseRef-" and a name is how an SPDX expression tells a licence that is not on SPDX's list.
NO_LICENCE = "LicenseRef-not-stated"
_STUDY = (
    "David et al., ORS, Deep Learning Models Improve Spatial Resolution of MicroCT Images Across Murine Femur and Spine"
)
_LOSSES = {
    "relative": "log of the mean absolute error relative to cubic interpolation, weighted higher where worse than it",
    "cross-entropy": "binary cross-entropy of the scaled grey values (soft targets, on logits)",
}
# What other fields of the card tell, or what changes no result.
_NOT_TOLD = ("architecture", "arguments", "scaling", "loss", "device", "nodes", "workers", "compile")
_LARGEST_HALF = 65504.0


@dataclass(frozen=True)
class ResultWords:
    """What only people can say of a model.

    :param name: of the model; None for one made from the name of its folder.
    :param licence: of the weights, as an SPDX expression.
    :param citation: how to cite the model; None for a sentence that names it and the software.
    :param data_source: where the scans are from; None for a sentence that tells what they are.
    :param data_licence: of the scans.
    """

    name: str | None = None
    licence: str = NO_LICENCE
    citation: str | None = None
    data_source: str | None = None
    data_licence: str = NO_LICENCE

    def named_after(self, run: Path) -> ResultWords:
        """With a name made from that of a run's folder."""
        return replace(self, name=model_name_from(run.absolute().name))


def write_result(
    network: nn.Module,
    config: TrainingConfig,
    facts: CohortFacts,
    folder: str | Path,
    words: ResultWords,
    *,
    history: History | None = None,
    parent: ModelCard | None = None,
    scores: ModelScores | None = None,
    overwrite: bool = False,
) -> ModelCard:
    """Write a trained network with its card.

    The weights are stored as float16 where that can hold them. Scores are best measured on the model as it was stored,
    and added with :func:`add_scores`.

    :param folder: the model's folder; it need not have the model's name.
    :param history: of the training, from which the card tells how far it went and which epoch is the best.
    :param parent: card of the model that the training started from; what that was trained on counts as data, too.
    :param scores: on specimens that were not trained on.
    :param overwrite: replace a model that is there.
    :return: the card as written.
    :raises ModelError: if the network is not that of the settings, or has weights that are NaN or infinite.
    :raises OutputError: if the folder exists and `overwrite` is false, or it cannot be written.
    """
    name = words.name or model_name_from(Path(folder).absolute().name)
    card = ModelCard(
        name=name,
        version="1.0.0",
        summary=_summary(facts, parent),
        architecture=config.architecture,
        arguments=dict(config.arguments),
        scale=SUPPORTED_SCALE,
        context_slices=network.context_slices,
        scaling=config.scaling,
        voxel_size_um=facts.voxel_size_um,
        sites=facts.sites,
        data=(*_data(facts, words), *(parent.data if parent else ())),
        loss=_LOSSES.get(config.loss, config.loss),
        training={**_settings(config, parent), **_reached(history, config), **_specimens(facts)},
        scores=score_entries(scores) if scores else (),
        licence=words.licence,
        citation=words.citation or _citation(name, facts),
    )
    return save_model(folder, network, card, overwrite=overwrite, half=_fits_half(network))


def add_scores(folder: str | Path, scores: ModelScores) -> ModelCard:
    """Put scores into the card of a model that was written, in place of those that it had.

    :raises ModelError: if there is no model.
    :raises OutputError: if the card cannot be written; the former one stays.
    """
    card = replace(read_card(folder), scores=score_entries(scores))
    with atomic_path(Path(folder) / CARD_FILE, overwrite=True) as partial:
        partial.write_text(card.to_json(), encoding="utf-8")
    return card


def model_name_from(text: str) -> str:
    """A name for a model made from a folder's name, sound and unlike that of a bundled model."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9._-]+", "-", plain)[:56].strip("._-") or "model"
    name = name if is_model_name(name) else f"model-{name}"
    return f"{name}-own" if (BUNDLED_FOLDER / name).is_dir() else name


def _summary(facts: CohortFacts, parent: ModelCard | None) -> str:
    side = facts.sides["train"]
    start = f", fine-tuned from {parent.name} {parent.version}" if parent else ""
    kind = "simulated " if facts.simulated else ""
    return (
        f"Trained on {counted(side.specimens, f'{kind}specimen')} of {counted(side.animals, 'animal')} "
        f"({', '.join(facts.sites)}){start}"
    )


def _data(facts: CohortFacts, words: ResultWords) -> list[TrainingData]:
    source = words.data_source or f"paired LR and HR scans of the user's cohort, store {facts.fingerprint[:12]}"
    return [
        TrainingData(
            f"{counted(specimens, f'{site} specimen')} of {counted(animals, 'animal')}",
            source,
            words.data_licence,
            facts.simulated,
        )
        for site, (specimens, animals) in facts.sides["train"].sites.items()
    ]


def _settings(config: TrainingConfig, parent: ModelCard | None) -> dict[str, object]:
    told = {name: value for name, value in config.to_dict().items() if name not in _NOT_TOLD and value is not None}
    if config.from_model is not None:  # its path means nothing elsewhere
        told["from_model"] = f"{parent.name} {parent.version}" if parent else Path(config.from_model).name
    return {"optimizer": "Adam", **told}


def _reached(history: History | None, config: TrainingConfig) -> dict[str, object]:
    best = history.best(config.best_by) if history else None
    if best is None:
        return {}
    return {"epochs_done": history.rows[-1].epoch, "best_epoch": best.epoch, "samples": best.samples}


def _specimens(facts: CohortFacts) -> dict[str, object]:
    return {
        "specimens": {name: side.to_json() for name, side in facts.sides.items()},
        "units": facts.units,
        "largest_shift_um": facts.largest_shift_um,
        "data_sha256": facts.fingerprint,
    }


def _citation(name: str, facts: CohortFacts) -> str:
    side = facts.sides["train"]
    return (
        f"Model {name} 1.0.0, trained on {counted(side.specimens, 'specimen')} with MicroCTSuperRes {__version__}; "
        f"method: {_STUDY}"
    )


def _fits_half(network: nn.Module) -> bool:
    return all(float(weight.detach().abs().max()) <= _LARGEST_HALF for weight in network.parameters())
