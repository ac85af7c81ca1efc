"""A model in TorchScript, for programs that run networks with PyTorch but without this software (C++, Fiji ...)."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from ...files import atomic_path
from .traced_network import example_slices, metadata_of, network_to_trace

if TYPE_CHECKING:
    from ..loading import Model


def export_torchscript(model: Model, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write a model as a TorchScript file (float32, weights inside), to be read with `torch.jit.load`.

    Input and output are those of the network: (batch, context slices, y, x), grey values already scaled, to (batch, HR
    slices, y, x). Batch, y and x are free, y and x multiples of `multiple`. The entries of `metadata_of` lie in the
    file as extra files of these names: `torch.jit.load(path, _extra_files={"card": "", "multiple": ""})`.

    :param model: a loaded model.
    :param path: the file to write.
    :param overwrite: replace the file if it exists.
    :return: the path.
    :raises OutputError: if the file exists and `overwrite` is false, or it cannot be written.
    """
    content = torchscript_bytes(model)
    with atomic_path(Path(path), overwrite=overwrite) as partial:
        partial.write_bytes(content)
    return Path(path)


def torchscript_bytes(model: Model) -> bytes:
    """The content of the file that `export_torchscript` writes."""
    import torch

    network = network_to_trace(model)
    written = io.BytesIO()
    with warnings.catch_warnings():
        # What replaces it, torch.export, makes files that need the very version of PyTorch that wrote them.
        warnings.simplefilter("ignore", DeprecationWarning)
        with torch.inference_mode():
            traced = torch.jit.trace(network, example_slices(network))
        torch.jit.save(traced, written, _extra_files={k: v.encode() for k, v in metadata_of(model).items()})
    return written.getvalue()
