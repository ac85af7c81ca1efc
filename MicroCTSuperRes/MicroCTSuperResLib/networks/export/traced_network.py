"""What every exported file is made of: a copy of the network, an input to trace it with, and the words beside it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from ..loading import Model

_EXAMPLE_BLOCKS = 16


def network_to_trace(model: Model) -> torch.nn.Module:
    """A copy of the network on the CPU in single precision: the model's own may be on a GPU and in use."""
    return copy.deepcopy(model.network).cpu().float().eval()


def example_slices(network: torch.nn.Module) -> torch.Tensor:
    """Slices to trace a network with, (2, context slices, y, x), always the same ones."""
    import torch

    side = _EXAMPLE_BLOCKS * network.multiple
    return torch.rand(2, network.context_slices, side, side, generator=torch.Generator().manual_seed(0))


def metadata_of(model: Model) -> dict[str, str]:
    """What a program needs beside the network to run it.

    - `card`: the model's card as JSON;
    - `input_grid`: "lr", or "hr" where the input is interpolated to the HR grid beforehand;
    - `output`: "grey", or "logit" where a sigmoid follows;
    - `multiple`: what the input's height and width must be multiples of;
    - `halo`: pixels of the input on each side that one output pixel can depend on.
    """
    network = model.network
    return {
        "card": model.card.to_json(),
        "input_grid": network.input_grid,
        "output": network.output,
        "multiple": str(network.multiple),
        "halo": str(network.halo),
    }
