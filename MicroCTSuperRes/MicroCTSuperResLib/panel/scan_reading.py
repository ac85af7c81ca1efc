"""A scan read by a worker into a volume node, so that Slicer goes on meanwhile."""

import shutil
import tempfile
from pathlib import Path

import slicer

from .failed_outcome import failed_outcome
from .worker_process import WorkerProcess


class ScanReading:
    """Reads one scan.

    :param path: file, folder of slices or pattern.
    :param options: how to read it, by the names of `jobs/scan_options.py:ScanArguments`.
    :param on_end: gets the worker's Outcome and the new node (None unless it was made), exactly once.
    """

    def __init__(self, path, options, on_end):
        self._path = path
        self._on_end = on_end
        self._folder = Path(tempfile.mkdtemp(prefix="MicroCTSuperRes-", dir=slicer.app.temporaryPath))
        self._file = self._folder / "scan.nrrd"
        arguments = {"input": path, "output": str(self._file), **options}
        self._worker = WorkerProcess({"job": "convert", "arguments": arguments}, lambda event: None, self._worker_ended)

    def start(self):
        """Start the worker."""
        self._worker.start()

    def cancel(self):
        """End the worker; `on_end` is told."""
        self._worker.cancel()

    def stop(self):
        """End the worker and return when it has ended."""
        self._worker.stop()

    def _worker_ended(self, outcome):
        node = None
        try:
            if outcome.kind == "done":
                node = self._take_scan()
        except Exception as error:
            outcome = failed_outcome(error, outcome.log)
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._on_end(outcome, node)

    def _take_scan(self):
        from ..imaging.formats import read_volume
        from ..scene.display import show_bone
        from ..scene.volume_nodes import node_from_volume

        volume = read_volume(self._file)
        node = node_from_volume(slicer.mrmlScene, volume, scan_name(self._path))
        show_bone(node, volume.units)
        return node


def scan_name(path):
    """What to call the volume of a scan: its file without ending, the folder of a pattern."""
    place = Path(path)
    if any(sign in place.name for sign in "*?["):
        place = place.parent
    return place.name.split(".")[0] or place.name or "scan"
