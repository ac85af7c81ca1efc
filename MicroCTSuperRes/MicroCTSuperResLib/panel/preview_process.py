"""The live preview's worker: it stays warm and enhances the slice that the user looks at.

    preview = PreviewProcess(self.onSlice, self.onTrouble)
    preview.setVolume(lr_file, "default", "auto")
    preview.request(slice_index, (y0, y1, x0, x1))      whenever the user has moved

Nothing here waits: the answer to the newest request comes to `onSlice`, those to older ones are dropped.
"""
# ruff: noqa: N802, N803 - panels name what they connect in Slicer's style

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import slicer

from .messages import in_panel_words
from .worker_process import WorkerProcess

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from ..imaging.volume import Volume
    from .outcome import Outcome


@dataclass(frozen=True, eq=False)
class PreviewAnswer:
    """An enhanced part of one LR slice.

    :param slice_index: of the LR slice, from 0.
    :param region: y0, y1, x0, x1 in LR voxels, as far as it lies within the slice.
    :param voxels: the two HR slices in it, (2, y, x).
    :param event: the worker's event `preview`, with the place of the voxels.
    """

    slice_index: int
    region: tuple[int, int, int, int]
    voxels: np.ndarray
    event: dict

    def volume(self) -> Volume:
        """The two HR slices at their place in the world."""
        from ..imaging.volume import Volume

        place = (tuple(self.event[key]) for key in ("spacing_mm", "origin_mm", "direction"))
        return Volume(self.voxels, *place, units=self.event["units"])


class PreviewProcess:
    """A warm worker for one LR volume and model at a time.

    :param onSlice: called with a :class:`PreviewAnswer` for the newest request.
    :param onTrouble: called with a message and a hint when there is no preview: the worker could not begin, it died
        twice, or it refused a request.
    """

    def __init__(self, onSlice: Callable[[PreviewAnswer], None], onTrouble: Callable[[str, str], None]) -> None:
        self._on_slice = onSlice
        self._on_trouble = onTrouble
        self._worker: WorkerProcess | None = None
        self._source: tuple | None = None
        self._request: dict | None = None
        self._count = 0
        self._may_restart = False
        self._ready = False

    @property
    def isRunning(self) -> bool:
        """Whether requests will be answered."""
        return self._worker is not None

    @property
    def isReady(self) -> bool:
        """Whether the worker has read the volume and the model."""
        return self._worker is not None and self._ready

    def setVolume(self, path: str, model: str = "default", device: str = "auto") -> None:
        """Begin with a volume; a worker that has just this volume, model and device goes on.

        :param path: file of the LR volume; it must stay until `stop` or the next volume.
        """
        source = (str(path), _state_of(path), model, device)
        if source == self._source and self._worker is not None:
            return
        self.stop()
        self._source = source
        self._may_restart = True
        self._start()

    def request(self, slice_index: int, region: tuple[int, int, int, int] | None = None) -> None:
        """Ask for a slice; returns at once. A request before it is not answered any more.

        :param slice_index: of the LR slice, from 0.
        :param region: y0, y1, x0, x1 in LR voxels, from y0 up to but not including y1; None for the whole slice.
        """
        self._count += 1
        wanted = None if region is None else [int(value) for value in region]
        self._request = {"id": self._count, "slice": int(slice_index), "region": wanted}
        if self._worker is not None:
            self._worker.send(self._request)

    def stop(self) -> None:
        """End the worker; returns at once, and nothing is called any more."""
        worker, self._worker = self._worker, None
        self._source = self._request = None
        if worker is not None:
            worker.cancel()

    def _start(self) -> None:
        path, _, model, device = self._source
        folder = Path(tempfile.mkdtemp(prefix="MicroCTSuperRes-preview-", dir=slicer.app.temporaryPath))
        arguments = {"input": path, "folder": str(folder), "model": model, "device": device}
        worker = WorkerProcess(
            {"job": "preview", "arguments": arguments},
            lambda event: self._take(worker, event),
            lambda outcome: self._ended(worker, folder, outcome),
        )
        self._ready = False
        self._worker = worker
        worker.start()
        if self._request is not None:
            worker.send(self._request)

    def _take(self, worker: WorkerProcess, event: dict) -> None:
        if worker is not self._worker:
            return
        if event["event"] == "ready":
            self._ready = True
        elif event["event"] == "preview":
            self._may_restart = True  # it worked, so what may happen later is another fault
            self._answer(event)
        elif event["event"] == "refused" and event["id"] == self._count:
            self._on_trouble(in_panel_words(event["message"]), in_panel_words(event["hint"]))

    def _answer(self, event: dict) -> None:
        """Take an answer out of its file, and pass it on if it is the one waited for."""
        file = Path(event["file"])
        voxels = _read(file) if event["id"] == self._count else None
        file.unlink(missing_ok=True)
        if voxels is not None:
            self._on_slice(PreviewAnswer(event["slice"], tuple(event["region"]), voxels, event))

    def _ended(self, worker: WorkerProcess, folder: Path, outcome: Outcome) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        if worker is not self._worker:
            return
        self._worker = None
        if outcome.kind == "crashed" and self._may_restart:
            self._may_restart = False
            self._start()
        elif outcome.kind != "cancelled":  # Slicer ends
            self._on_trouble(outcome.message, outcome.hint)


def _state_of(path: str) -> tuple[int, int] | None:
    """What changes when a file is written anew."""
    try:
        state = Path(path).stat()
    except OSError:
        return None  # the worker will say so
    return (state.st_mtime_ns, state.st_size)


def _read(file: Path) -> np.ndarray | None:
    """The voxels; None if the worker's files have gone already, as it ends."""
    import numpy as np

    try:
        return np.load(file, allow_pickle=False)
    except OSError:
        return None
