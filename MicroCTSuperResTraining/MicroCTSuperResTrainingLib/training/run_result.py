"""The last step of a training: everything in the run's folder that is made of the trained network.

RUN/model/            the model's folder, which `enhance --model RUN/model` and `models add RUN/model` take
RUN/scores.json       scores on the test specimens, with intervals; scores.csv: one row a specimen and method
RUN/curves.png, .svg  the curves
"""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

from MicroCTSuperResLib.errors import ModelError
from MicroCTSuperResLib.files import atomic_path
from MicroCTSuperResLib.networks.store import ModelStore

from .cohort_facts import cohort_facts
from .curves import draw_curves, save_curves
from .listener import Listener
from .model_scores import MEASURES, METHODS, HeldOutPair, ModelScores, score_on_specimens
from .result import ResultWords, add_scores, write_result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from MicroCTSuperResLib.networks.card import ModelCard
    from torch import nn

    from ..cohort.specimen import Specimen
    from .config import TrainingConfig
    from .history import History
    from .store import SliceStore

MODEL_FOLDER, SCORES_JSON, SCORES_CSV, CURVES = "model", "scores.json", "scores.csv", "curves"
_WHERE = ("specimen", "animal", "site", "group")


def finish_run(
    run: str | Path,
    network: nn.Module,
    config: TrainingConfig,
    specimens: Sequence[Specimen],
    store: SliceStore,
    history: History,
    words: ResultWords,
    *,
    baselines: Mapping[str, Mapping[str, float]],
    listener: Listener | None = None,
) -> ModelScores:
    """Write model, scores and curves into a run's folder, in place of those that are there.

    The model is written before it is scored, and the scores are those of the weights as they were stored.

    :param network: with the weights that are to be used.
    :param specimens: of the cohort, with the side of the split on which each stands.
    :param store: that holds them.
    :param words: what only people can say of the model; without a name it gets the one of the run's folder.
    :param baselines: see `draw_curves`.
    :return: the scores on the test specimens; without rows where there are none.
    :raises ModelError: if the network has weights that are NaN or infinite.
    :raises OutputError: if a file cannot be written.
    :raises Cancelled: if the listener said so; the model is there then, without scores.
    """
    run, listener = Path(run), listener or Listener()
    folder = run / MODEL_FOLDER
    facts = cohort_facts(specimens, store)
    words = words if words.name else words.named_after(run)
    card = write_result(
        network, config, facts, folder, words, history=history, parent=_parent(config), overwrite=True
    )  # fmt: skip
    save_curves(draw_curves(history, config.best_by, baselines, f"Training of {card.name}"), run / CURVES)
    tested = store.of([specimen.specimen for specimen in specimens if specimen.split == "test"])
    if not tested:
        listener.on_warning("The cohort has no test specimens, so the model has no scores.")
    scores = score_on_specimens(
        folder, [HeldOutPair.of_stored(pair) for pair in tested], device=config.device,
        on_progress=listener.on_progress, on_warning=listener.on_warning, should_cancel=listener.should_cancel,
    )  # fmt: skip
    add_scores(folder, scores)
    write_scores(scores, run)
    return scores


def write_scores(scores: ModelScores, folder: str | Path) -> None:
    """Write scores.json and scores.csv into a folder, in place of those that are there.

    :raises OutputError: if a file cannot be written.
    """
    folder = Path(folder)
    with atomic_path(folder / SCORES_JSON, overwrite=True) as partial:
        partial.write_text(json.dumps(scores.to_json(), indent=2, allow_nan=False) + "\n", encoding="utf-8")
    with (
        atomic_path(folder / SCORES_CSV, overwrite=True) as partial,
        partial.open("w", newline="", encoding="utf-8") as file,
    ):
        table = csv.writer(file, lineterminator="\n")
        table.writerow([*_WHERE, "method", *MEASURES])
        for row in scores.rows:
            told = [getattr(row, name) for name in _WHERE]
            table.writerows(
                [*told, method, *(_finite(row.value(method, measure)) for measure in MEASURES)] for method in METHODS
            )


def _finite(value: float) -> float | None:
    """None, an empty cell, for the infinite PSNR of identical volumes."""
    return value if math.isfinite(value) else None


def _parent(config: TrainingConfig) -> ModelCard | None:
    """The card of the model that the training started from; None if there was none or it is gone since."""
    if config.from_model is None:
        return None
    try:
        return ModelStore().find(config.from_model).card
    except ModelError:
        return None
