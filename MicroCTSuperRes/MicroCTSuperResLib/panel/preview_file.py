"""LR as a file for the worker of the live preview."""

import shutil
import tempfile
import time
from pathlib import Path

import slicer


class PreviewFile:
    """Files in a folder of their own, which goes with :meth:`remove`."""

    def __init__(self):
        self._folder = None

    def write(self, lr):
        """Write the volume as it is now.

        :param lr: the volume node.
        :return: the path, always a new one, as the worker may still read the one before; and the volume's Placement.
        :raises MicroCTError: if the node cannot be enhanced or written.
        """
        from ..imaging.formats import write_volume
        from ..scene.volume_nodes import volume_and_placement

        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="MicroCTSuperRes-lr-", dir=slicer.app.temporaryPath))
        volume, placement = volume_and_placement(lr)
        path = self._folder / f"{time.monotonic_ns()}.nrrd"
        write_volume(volume, path)
        return path, placement

    def keep_only(self, path) -> None:
        """Remove the files before this one."""
        for other in self._folder.iterdir():
            if other != path:
                other.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove the folder with all files."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
