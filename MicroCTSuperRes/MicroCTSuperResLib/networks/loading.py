"""From a model's folder to a network that is ready to use, and back."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from .. import __version__
from ..errors import MicroCTError, ModelError
from ..files import atomic_path
from .architectures import build_network
from .card import CARD_FILE, ModelCard
from .package import refuse_other_files
from .store import ModelStore
from .weights import WEIGHTS_FILE, read_weights

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

_NAMED_AT_MOST = 3
_FOREIGN = "The weights belong to another network; get the model again from its source."


@dataclass(frozen=True, eq=False)
class Model:
    """A network with its card.

    :param card: what the network is and for what it may be used.
    :param network: in evaluation mode, float32, on the CPU; not changed by anything in the engine but moved.
    :param folder: where it was read from.
    """

    card: ModelCard
    network: torch.nn.Module
    folder: Path


def load_model(name_or_path: str | Path, store: ModelStore | None = None) -> Model:
    """Load a model's network with its weights.

    :param name_or_path: a model's name in the store, or the path of its folder.
    :param store: where names are looked up; by default the bundled and the user's models.
    :raises ModelError: if there is no such model, it is for another scale, its file is a pickle, broken or altered, or
        its weights do not fit its architecture or hold NaN or infinite values.
    """
    _require_torch()
    import safetensors.torch

    found = (store or ModelStore()).find(name_or_path)
    found.card.check_supported()
    tensors = safetensors.torch.load(read_weights(found.weights_path, found.card.sha256))
    _check_fit(found.card, tensors, str(found.weights_path))
    network = build_network(found.card.architecture, dict(found.card.arguments))
    network.load_state_dict(tensors)  # copies into the network's own float32 tensors
    return Model(found.card, network.eval(), found.path)


def save_model(
    folder: str | Path, network: torch.nn.Module, card: ModelCard, *, overwrite: bool = False, half: bool = True
) -> ModelCard:
    """Write a network and its card as a model folder, which appears whole or not at all.

    :param folder: the folder to make; for the store to find it by name it is called like the model.
    :param network: the network, on any device.
    :param card: its card; `sha256`, `software` and `created` are set here.
    :param overwrite: replace the folder if it exists.
    :param half: store floating-point weights as float16 (half the size, relative rounding of at most 2**-11).
    :return: the card as written.
    :raises ModelError: if the network is not the one that the card describes, or a weight is NaN, infinite, or, with
        `half`, beyond float16 (65504); or if a folder to be replaced holds more than a model.
    :raises OutputError: if the folder exists and `overwrite` is false, or it cannot be written.
    """
    _require_torch()
    import safetensors.torch

    tensors = {name: _as_stored(tensor, half) for name, tensor in network.state_dict().items()}
    _check_fit(card, tensors, f"The network to be saved as {card.name!r}")
    content = safetensors.torch.save(tensors)
    written = replace(
        card,
        sha256=hashlib.sha256(content).hexdigest(),
        software=f"MicroCTSuperRes {__version__}",
        created=datetime.now(UTC).date().isoformat(),
    )
    folder = Path(folder)
    if overwrite and folder.is_dir():
        refuse_other_files(folder)
    with atomic_path(folder, overwrite=overwrite) as partial:
        partial.mkdir()
        (partial / WEIGHTS_FILE).write_bytes(content)
        (partial / CARD_FILE).write_text(written.to_json(), encoding="utf-8")
    return written


def _as_stored(tensor: torch.Tensor, half: bool) -> torch.Tensor:
    stored = tensor.detach().cpu().contiguous().clone()
    return stored.half() if half and stored.is_floating_point() else stored


def _check_fit(card: ModelCard, tensors: Mapping[str, torch.Tensor], name: str) -> None:
    """Refuse weights, called `name` in messages, that are not those of the network that the card describes."""
    expected = _layout(card)
    problems = [
        *_listed("missing", [key for key in expected if key not in tensors]),
        *_listed("not of this network", sorted(tensors.keys() - expected.keys())),
        *_listed("of another shape or type", _unlike(expected, tensors)),
    ]
    if problems:
        raise ModelError(
            f"{name} does not fit the architecture {card.architecture!r}: {'; '.join(problems)}.", _FOREIGN
        )
    # Looked at as float32, in which they are computed with.
    broken = [key for key, tensor in tensors.items() if not bool(tensor.float().isfinite().all())]
    if broken:
        raise ModelError(
            f"{name} has weights that are NaN, infinite or too large for their precision: {_first(broken)}.",
            "The training went astray, or the weights must be saved in full precision.",
        )


def _layout(card: ModelCard) -> dict[str, torch.Tensor]:
    """The tensors that the card's network has, without content ("meta"): a card that asks for more memory than any
    machine has does no harm.
    """
    import torch

    try:
        with torch.device("meta"):
            network = build_network(card.architecture, dict(card.arguments))
    except (RuntimeError, OverflowError) as problem:
        first_line = str(problem).partition("\n")[0]
        raise ModelError(f"Model {card.name!r} cannot be laid out: {first_line}.", _FOREIGN) from None
    if network.context_slices != card.context_slices:
        raise ModelError(
            f"The card of {card.name!r} says {card.context_slices} context slices, its architecture "
            f"{card.architecture!r} takes {network.context_slices}.",
            "Correct the card.",
        )
    return network.state_dict()


def _unlike(expected: Mapping[str, torch.Tensor], tensors: Mapping[str, torch.Tensor]) -> list[str]:
    return [
        f"{name} {_kind(tensors[name])} instead of {_kind(wanted)}"
        for name, wanted in expected.items()
        if name in tensors and _kind(tensors[name]) != _kind(wanted)
    ]


def _kind(tensor: torch.Tensor) -> str:
    """Shape and type of a tensor in words, the same for all precisions that can become float32 without surprise."""
    import torch

    usual = tensor.dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64)
    return f"{list(tensor.shape)} {'float' if usual else str(tensor.dtype).removeprefix('torch.')}"


def _listed(what: str, names: list[str]) -> list[str]:
    return [f"{len(names)} {what} ({_first(names)})"] if names else []


def _first(names: list[str]) -> str:
    return ", ".join(names[:_NAMED_AT_MOST]) + (", ..." if len(names) > _NAMED_AT_MOST else "")


def _require_torch() -> None:
    from importlib.util import find_spec

    if find_spec("torch") is None:
        raise MicroCTError(
            "Models need PyTorch, which is not installed.",
            "Install it with pip install torch, or in Slicer with the PyTorch extension.",
        )
