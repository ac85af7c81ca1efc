"""Scores of LR and DL against HR, computed by a worker so that Slicer goes on meanwhile."""

import shutil
import tempfile
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from .comparison import Compared


class ScoreRun:
    """Computes the scores of one comparison, once.

    :param onProgress: called with the fraction that is done, 0 to 1.
    :param onScores: called with the scores (`quality.slice_scores.SliceScores`).
    :param onTrouble: called with a sentence.
    """

    def __init__(self, onProgress, onScores, onTrouble):  # noqa: N803
        self._on_progress, self._on_scores, self._on_trouble = onProgress, onScores, onTrouble
        self._worker = None
        self._folder = None

    def start(self, volumes: Compared) -> None:
        """Write the volumes for the worker and start it.

        :raises MicroCTError: if they cannot be compared or written; nothing was started then.
        """
        from .worker_process import WorkerProcess

        self._folder = Path(tempfile.mkdtemp(prefix="MicroCTSuperRes-scores-", dir=slicer.app.temporaryPath))
        try:
            job = {"job": "compare", "arguments": self._write(volumes)}
            self._worker = WorkerProcess(job, self._event, self._ended)
            self._worker.start()
        except BaseException:
            self._remove_files()
            raise

    def cancel(self) -> None:
        """End the worker; nothing is called any more."""
        self._on_progress = self._on_scores = self._on_trouble = _silent
        if self._worker is not None:
            self._worker.cancel()

    def _write(self, volumes: Compared) -> dict:
        """The job's arguments. The volumes are written at their place in the world, in their own units."""
        from ..imaging.formats import write_volume
        from ..scene.volume_nodes import volume_from_node

        arguments = {}
        for name, node in volumes.named.items():
            path = self._folder / f"{name}.nrrd"
            write_volume(volume_from_node(node), path)
            arguments[name.lower()] = str(path)
        return arguments

    def _event(self, event: dict) -> None:
        if event["event"] == "progress" and event.get("total"):
            self._on_progress(event["done"] / event["total"])

    def _ended(self, outcome) -> None:
        self._worker = None
        self._remove_files()
        if outcome.kind == "done":
            from ..quality.slice_scores import SliceScores

            self._on_scores(SliceScores.from_json(outcome.result))
        elif outcome.kind != "cancelled":
            self._on_trouble(f"{outcome.message} {outcome.hint}".strip() or _("The worker ended without a reason."))

    def _remove_files(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def _silent(*_arguments) -> None:
    """Takes the place of who was told before."""
