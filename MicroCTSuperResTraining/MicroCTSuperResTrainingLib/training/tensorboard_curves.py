"""The history as TensorBoard shows it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from MicroCTSuperResLib.files import disk_problems_told

from .history import COLUMNS, EpochRow

if TYPE_CHECKING:
    from pathlib import Path

_NOT_CURVES = ("epoch", "step", "samples")


class TensorBoardCurves:
    """Writes one point of every curve after each epoch; nothing where TensorBoard is not installed.

    :param folder: for its files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer = None

    def open(self, *, after_epoch: int) -> None:
        """Go on after that epoch: what a run that was killed wrote beyond it is taken back.

        :raises OutputError: if the folder cannot be written.
        """
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            return
        with disk_problems_told(self._folder):
            self._writer = SummaryWriter(self._folder, purge_step=after_epoch + 1)

    def add(self, row: EpochRow) -> None:
        """The points of one epoch.

        :raises OutputError: if they cannot be written.
        """
        if self._writer is None:
            return
        with disk_problems_told(self._folder):
            for name in COLUMNS:
                if name not in _NOT_CURVES:
                    self._writer.add_scalar(name, getattr(row, name), row.epoch)
            self._writer.flush()

    def close(self) -> None:
        """Close the files. What cannot be written any more was told before: it must not hide why the training ends."""
        if self._writer is not None:
            with suppress(OSError):
                self._writer.close()
            self._writer = None
