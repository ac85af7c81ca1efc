"""Scores of LR and DL against HR, computed by a worker so that Slicer goes on meanwhile."""

import shutil
import tempfile
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from .comparison import Compared
from .steps import Steps


class ScoreRun:
    """Computes the scores of one comparison, once.

    :param onProgress: called with the fraction that is done, 0 to 1.
    :param onScores: called with the scores (`quality.slice_scores.SliceScores`).
    :param onTrouble: called with a sentence.
    """

    def __init__(self, onProgress, onScores, onTrouble):  # noqa: N803
        self._on_progress, self._on_scores, self._on_trouble = onProgress, onScores, onTrouble
        self._steps = self._worker = None
        self._folder = None

    def start(self, volumes: Compared) -> None:
        """Write the volumes for the worker, one after the other, and start it. Any trouble is told to `onTrouble`."""
        self._steps = Steps(self._begin(volumes))

    def cancel(self) -> None:
        """End the worker; nothing is called any more."""
        self._on_progress = self._on_scores = self._on_trouble = _silent
        if self._worker is not None:
            self._worker.cancel()
        elif self._steps is not None:
            self._steps.stop()
            self._remove_files()

    def _begin(self, volumes: Compared):
        """The steps until the worker runs."""
        from ..errors import MicroCTError
        from .worker_process import WorkerProcess

        try:
            self._folder = Path(tempfile.mkdtemp(prefix="MicroCTSuperRes-scores-", dir=slicer.app.temporaryPath))
            arguments = yield from self._written(volumes)
            self._worker = WorkerProcess({"job": "compare", "arguments": arguments}, self._event, self._ended)
            self._worker.start()
        except (MicroCTError, OSError) as error:
            self._give_up(str(error))
        except MemoryError:
            self._give_up(_("There is not enough memory to compare these volumes."))

    def _written(self, volumes: Compared):
        """Steps that write the volumes at their place in the world, in their own units; gives the job's arguments."""
        from ..imaging.formats import write_volume
        from ..scene.volume_nodes import volume_from_node

        arguments = {}
        for name, volume in {name: volume_from_node(node) for name, node in volumes.named.items()}.items():
            path = self._folder / f"{name}.nrrd"
            write_volume(volume, path)
            arguments[name.lower()] = str(path)
            yield
        return arguments

    def _give_up(self, trouble: str) -> None:
        self._remove_files()
        self._on_trouble(trouble)

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
