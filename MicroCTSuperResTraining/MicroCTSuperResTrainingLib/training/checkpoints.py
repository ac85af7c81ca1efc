"""Checkpoints: written whole or not at all, and read without running any code that they could hold."""

from __future__ import annotations

import io
import os
from pathlib import Path

import torch
from lightning.pytorch.plugins.io import TorchCheckpointIO
from MicroCTSuperResLib.errors import FormatError, OutputError
from MicroCTSuperResLib.files import atomic_path

LAST, BEST = "last.ckpt", "best.ckpt"
_HINT = "Training can begin again in another folder."
# Names of a checkpoint's weights begin with the part of `TrainingModule` that they belong to.
_AVERAGED, _NETWORK = "averaged.", "network."


class WholeCheckpoints(TorchCheckpointIO):
    """How Lightning writes and reads checkpoints here."""

    def save_checkpoint(self, checkpoint: dict, path: str | Path, storage_options: object = None) -> None:
        """Write through a buffer: torch's own writer hides that the disk is full.

        :raises OutputError: if it cannot be written; the checkpoint that was there stays.
        """
        content = io.BytesIO()
        torch.save(checkpoint, content)
        _make_folder_of(Path(path))
        with atomic_path(path, overwrite=True) as partial, partial.open("wb") as file:
            file.write(content.getbuffer())
            file.flush()
            os.fsync(file.fileno())  # renamed before its content is on the disk, a power cut would leave it empty

    def load_checkpoint(
        self, path: str | Path, map_location: object = "cpu", weights_only: bool | None = True
    ) -> dict[str, object]:
        """Tensors and plain values only, whatever was asked for.

        :raises FormatError: if it is absent, truncated or holds anything else.
        """
        return read_checkpoint(Path(path), map_location)

    def remove_checkpoint(self, path: str | Path) -> None:
        """Remove a checkpoint."""
        Path(path).unlink(missing_ok=True)


def _make_folder_of(checkpoint: Path) -> None:
    """:raises OutputError: if the run's folder is not where it was: a run may be moved, but not while it trains."""
    run = checkpoint.parent.parent
    try:
        checkpoint.parent.mkdir(exist_ok=True)
    except FileNotFoundError:
        raise OutputError(
            f"The folder {run} of the run was moved or deleted.", "Put it back, or resume the run where it is now."
        ) from None


def read_checkpoint(path: Path, map_location: object = "cpu") -> dict[str, object]:
    """The content of a checkpoint.

    :raises FormatError: if it is absent, truncated or holds more than tensors and plain values.
    """
    try:
        checkpoint = torch.load(path, map_location=map_location, weights_only=True)
    except OSError as error:
        raise FormatError(f"The checkpoint {path} cannot be read ({error.strerror}).", _HINT) from error
    except Exception as error:  # torch raises RuntimeError, UnpicklingError, EOFError, ValueError ... for damaged files
        raise FormatError(
            f"{path} is no checkpoint of a training, or damaged ({type(error).__name__}).", _HINT
        ) from error
    if not isinstance(checkpoint, dict) or "state_dict" not in checkpoint:
        raise FormatError(f"{path} is no checkpoint of a training.", _HINT)
    return checkpoint


def weights_in(path: Path) -> dict[str, torch.Tensor]:
    """The weights that are used in the end: the averaged ones, where there are any.

    :raises FormatError: as :func:`read_checkpoint`.
    """
    weights = read_checkpoint(path)["state_dict"]
    prefix = _AVERAGED if any(name.startswith(_AVERAGED) for name in weights) else _NETWORK
    return {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}
