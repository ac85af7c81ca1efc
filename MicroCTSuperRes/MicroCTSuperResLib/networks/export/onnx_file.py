"""A model in ONNX, for programs that run networks without PyTorch."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import MicroCTError
from ...files import atomic_path
from .traced_network import example_slices, metadata_of, network_to_trace

if TYPE_CHECKING:
    from ..loading import Model

OPSET = 18


def export_onnx(model: Model, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write a model as an ONNX file (opset 18, float32, weights inside).

    The input is called "lr", shape (batch, context slices, y, x), grey values already scaled; the output is called
    "hr", shape (batch, HR slices, y, x). Batch, y and x are free, y and x multiples of the metadata's `multiple`. The
    file's metadata are those of `metadata_of`.

    :param model: a loaded model.
    :param path: the file to write.
    :param overwrite: replace the file if it exists.
    :return: the path.
    :raises MicroCTError: if the package onnx is not installed.
    :raises OutputError: if the file exists and `overwrite` is false, or it cannot be written.
    """
    content = onnx_bytes(model)
    with atomic_path(Path(path), overwrite=overwrite) as partial:
        partial.write_bytes(content)
    return Path(path)


def onnx_bytes(model: Model) -> bytes:
    """The content of the file that `export_onnx` writes, checked by the package onnx.

    :raises MicroCTError: if the package onnx is not installed.
    """
    try:
        import onnx
    except ImportError:
        raise MicroCTError(
            "Exporting to ONNX needs the Python package onnx.", "Install it: pip install microct-superres[export]"
        ) from None
    exported = onnx.load_from_string(_traced(model))
    exported.doc_string = f"{model.card.summary} {model.card.citation}"
    onnx.helper.set_model_props(exported, metadata_of(model))
    onnx.checker.check_model(exported, full_check=True)
    return exported.SerializeToString()


def _traced(model: Model) -> bytes:
    """The network as ONNX makes it, without metadata."""
    import torch

    network = network_to_trace(model)
    written = io.BytesIO()
    with warnings.catch_warnings():
        # The exporter that replaces this one needs a further package (onnxscript) and gains nothing for these networks.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.filterwarnings("ignore", "Constant folding", UserWarning)
        torch.onnx.export(
            network,
            (example_slices(network),),
            written,
            dynamo=False,
            opset_version=OPSET,
            input_names=["lr"],
            output_names=["hr"],
            dynamic_axes={"lr": {0: "batch", 2: "y", 3: "x"}, "hr": {0: "batch", 2: "y_out", 3: "x_out"}},
        )
    return written.getvalue()
