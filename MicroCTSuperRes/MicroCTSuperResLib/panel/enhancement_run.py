"""One enhancement: from an LR node through a worker process to a DL node. The scene changes only when all went well.

The engine's and the scene's files that load SimpleITK are imported inside functions: the panel has to open at once.
"""

import math
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from ..errors import InputError
from .busy import wait_cursor
from .failed_outcome import failed_outcome
from .outcome import Outcome
from .steps import Steps
from .worker_process import WorkerProcess


@dataclass(frozen=True)
class Settings:
    """How to enhance.

    :param model: name of a model in the store.
    :param device: "auto" or a device's name.
    :param grid: "isotropic" or "in-plane".
    """

    model: str
    device: str
    grid: str


class EnhancementRun:
    """Enhances one volume node.

    :param lr: the node to enhance; it is copied when the run starts and may change or go afterwards.
    :param output: the node whose voxels the result replaces; None makes a new one beside LR.
    :param on_event: gets the worker's events, see `jobs/events.py`.
    :param on_end: gets the worker's Outcome and the DL node (None unless it was made), exactly once.
    """

    def __init__(self, lr, output, settings, on_event, on_end):
        self._lr_id = lr.GetID()
        self._lr_name = lr.GetName()
        self._output_id = output.GetID() if output else None
        self._settings = settings
        self._on_event, self._on_end = on_event, on_end
        self._placement = None
        self._source = {}
        self._folder = None
        self._worker = self._steps = None
        self._cancelled = False

    @property
    def lr_id(self):
        return self._lr_id

    def start(self):
        """Write LR for the worker and start it.

        :raises MicroCTError: if LR cannot be enhanced or written; nothing was started then.
        """
        self._folder = Path(tempfile.mkdtemp(prefix="MicroCTSuperRes-", dir=slicer.app.temporaryPath))
        try:
            with wait_cursor():
                self._write_lr()
            self._worker = WorkerProcess(self._job(), self._on_event, self._worker_ended)
            self._worker.start()
        except BaseException:
            self._remove_files()
            raise

    def cancel(self):
        """End the worker; `on_end` is told."""
        self._cancelled = True
        if self._worker is not None:
            self._worker.cancel()

    def stop(self):
        """End the worker and return when it has ended."""
        self._cancelled = True
        if self._worker is not None:
            self._worker.stop()
        if self._steps is not None:
            self._steps.finish()

    def _write_lr(self):
        from ..imaging.formats import write_volume
        from ..scene.volume_nodes import volume_and_placement

        node = slicer.mrmlScene.GetNodeByID(self._lr_id)
        volume, self._placement = volume_and_placement(node)
        self._source = _source_fields(volume, node.GetName())
        write_volume(volume, self._lr_file)

    @property
    def _lr_file(self):
        return self._folder / "lr.nrrd"

    @property
    def _dl_file(self):
        return self._folder / "dl.nrrd"

    def _job(self):
        settings = self._settings
        return {
            "job": "enhance",
            "arguments": {
                "inputs": [str(self._lr_file)],
                "output": str(self._dl_file),
                "model": settings.model,
                "device": settings.device,
                "grid": settings.grid,
            },
        }

    def _worker_ended(self, outcome):
        self._steps = Steps(self._end(outcome))

    def _end(self, outcome):
        """The steps after the worker: read the result, take it into the scene, clean up, tell."""
        dl = None
        try:
            if outcome.kind == "done":
                with wait_cursor():
                    volume = self._read_result()
                yield  # to read and to take a large result hold Slicer for some tenths of a second each
                if self._cancelled:
                    outcome = Outcome("cancelled", None, _("Cancelled."), "", outcome.log)
                else:
                    with wait_cursor():
                        dl = self._take(volume)
            elif outcome.kind == "failed":
                # The worker knows the volume by the name of a file that the user has never seen.
                outcome = replace(outcome, message=outcome.message.replace(str(self._lr_file), self._lr_name))
        except Exception as error:
            outcome = failed_outcome(error, outcome.log)
        finally:
            self._remove_files()
        self._on_end(outcome, dl)

    def _read_result(self):
        from ..imaging.formats import read_volume

        volume = read_volume(self._dl_file)
        return volume.with_voxels(volume.voxels, metadata={**_without_source(volume.metadata), **self._source})

    def _take(self, volume):
        """Put the result into the scene; returns its node."""
        from ..scene.display import copy_display
        from ..scene.geometry import Placement
        from ..scene.lineage import mark_enhanced
        from ..scene.subject_hierarchy import place_beside
        from ..scene.volume_nodes import node_from_volume, update_node

        scene = slicer.mrmlScene
        lr = scene.GetNodeByID(self._lr_id)
        placement = self._placement
        if placement.transform_id and scene.GetNodeByID(placement.transform_id) is None:
            placement = Placement()  # the transform was removed meanwhile: the result stays where LR was
        dl = scene.GetNodeByID(self._output_id) if self._output_id else None
        if dl is None:
            dl = node_from_volume(scene, volume, f"{self._lr_name} DL", placement)
        else:
            update_node(dl, volume, placement)
        if lr is not None:
            mark_enhanced(dl, lr)
            place_beside(dl, lr)
            copy_display(lr, dl)
        return dl

    def _remove_files(self):
        shutil.rmtree(self._folder, ignore_errors=True)


def check_pair(lr, output, hr):
    """Refuse to put a result where it would destroy what it is made from or compared with.

    :raises InputError: if `output` is the LR or the HR node.
    """
    for node, name in ((lr, "low-resolution volume"), (hr, "high-resolution reference")):
        if output is not None and output is node:
            raise InputError(
                f"The result would replace {node.GetName()}, which is the {name}.",
                "Choose another volume for the result, or a new one.",
            )


def is_filled(node):
    """Whether a volume node holds voxels that a result would replace."""
    image = node.GetImageData() if node is not None else None
    return image is not None and math.prod(image.GetDimensions()) > 0


def _source_fields(volume, node_name):
    """What leads back from the result to the volume in the scene; the worker sees only a copy of it in a file."""
    from ..imaging.source import PREFIX, sha256_of_voxels

    fields = {
        "source_node": node_name,
        "source_voxel_type": volume.voxel_type,
        "source_voxels_sha256": sha256_of_voxels(volume.voxels),
    }
    if volume.source is not None:
        fields["source_file"] = volume.source.name
    return {PREFIX + name: text for name, text in fields.items()}


def _without_source(metadata):
    from ..imaging.source import PREFIX

    kept = (f"{PREFIX}source_spacing_mm",)
    return {name: text for name, text in metadata.items() if name in kept or not name.startswith(f"{PREFIX}source_")}
