"""A model in ONNX, for programs that run networks without PyTorch."""

from __future__ import annotations

import copy
import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import MicroCTError
from ..files import atomic_path

if TYPE_CHECKING:
    import onnx

    from .loading import Model

OPSET = 18
_EXAMPLE_BLOCKS = 16


def export_onnx(model: Model, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write a model as an ONNX file (opset 18, float32, weights inside).

    The input is called "lr", shape (batch, context slices, y, x), grey values already scaled; the output is called
    "hr", shape (batch, HR slices, y, x). Batch, y and x are free, y and x multiples of the metadata's `multiple`. The
    file's metadata holds what a program needs to run it:

    - `card`: the model's card as JSON;
    - `input_grid`: "lr", or "hr" where the input is interpolated to the HR grid beforehand;
    - `output`: "grey", or "logit" where a sigmoid follows;
    - `multiple`: what the input's height and width must be multiples of;
    - `halo`: pixels of the input on each side that one output pixel can depend on.

    :param model: a loaded model.
    :param path: the file to write.
    :param overwrite: replace the file if it exists.
    :return: the path.
    :raises MicroCTError: if the package onnx is not installed.
    :raises OutputError: if the file exists and `overwrite` is false, or it cannot be written.
    """
    try:
        import onnx
    except ImportError:
        raise MicroCTError(
            "Exporting to ONNX needs the Python package onnx.", "Install it: pip install microct-superres[export]"
        ) from None
    with atomic_path(Path(path), overwrite=overwrite) as partial:
        exported = onnx.load_from_string(_traced(model))
        _describe(exported, model)
        onnx.checker.check_model(exported, full_check=True)
        partial.write_bytes(exported.SerializeToString())
    return Path(path)


def _traced(model: Model) -> bytes:
    """The network as ONNX makes it, without metadata."""
    import torch

    # A copy, because the network may be on a GPU and in use.
    network = copy.deepcopy(model.network).cpu().float().eval()
    side = _EXAMPLE_BLOCKS * network.multiple
    example = torch.rand(2, network.context_slices, side, side, generator=torch.Generator().manual_seed(0))
    written = io.BytesIO()
    with warnings.catch_warnings():
        # The exporter that replaces this one needs a further package (onnxscript) and gains nothing for these networks.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.filterwarnings("ignore", "Constant folding", UserWarning)
        torch.onnx.export(
            network,
            (example,),
            written,
            dynamo=False,
            opset_version=OPSET,
            input_names=["lr"],
            output_names=["hr"],
            dynamic_axes={"lr": {0: "batch", 2: "y", 3: "x"}, "hr": {0: "batch", 2: "y_out", 3: "x_out"}},
        )
    return written.getvalue()


def _describe(exported: onnx.ModelProto, model: Model) -> None:
    import onnx

    network = model.network
    exported.doc_string = f"{model.card.summary} {model.card.citation}"
    onnx.helper.set_model_props(
        exported,
        {
            "card": model.card.to_json(),
            "input_grid": network.input_grid,
            "output": network.output,
            "multiple": str(network.multiple),
            "halo": str(network.halo),
        },
    )
