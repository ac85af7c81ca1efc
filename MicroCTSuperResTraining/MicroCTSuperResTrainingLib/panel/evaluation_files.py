"""The files of an evaluation, as the panel reads them: nothing but JSON and CSV."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from MicroCTSuperResLib.errors import FormatError

from ..scene.score_tables import EvaluationFiles

SCORES = "scores.json"


def read_evaluation(folder: str | Path) -> EvaluationFiles:
    """Read what the job `evaluate` has written.

    :raises FormatError: if the folder holds no evaluation, or it is damaged.
    """
    path = Path(folder)
    try:
        scores = json.loads((path / SCORES).read_text(encoding="utf-8"))
        names = scores["files"]
        specimens, slices = (_rows(path / names[name]) for name in ("specimens", "slices"))
        cross_site = _rows(path / names["cross_site"]) if names["cross_site"] else []
        return EvaluationFiles(str(path), scores, specimens, slices, cross_site)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FormatError(
            f"{path} holds no whole evaluation ({type(error).__name__}: {error}).",
            "Choose the folder with scores.json, or evaluate again.",
        ) from error


def is_finished(folder: str | Path) -> bool:
    """Whether an evaluation was written to its end there."""
    return (Path(folder) / SCORES).is_file()


def _rows(path: Path) -> list[dict]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
