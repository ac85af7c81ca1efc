"""The history as TensorBoard shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
        """Go on after that epoch: what a run that was killed wrote beyond it is taken back."""
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            return
        self._writer = SummaryWriter(self._folder, purge_step=after_epoch + 1)

    def add(self, row: EpochRow) -> None:
        """The points of one epoch."""
        if self._writer is None:
            return
        for name in COLUMNS:
            if name not in _NOT_CURVES:
                self._writer.add_scalar(name, getattr(row, name), row.epoch)
        self._writer.flush()

    def close(self) -> None:
        """Close the files."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
