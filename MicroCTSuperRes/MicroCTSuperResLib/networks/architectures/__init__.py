"""The networks, by the name that a model card gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import ModelError

if TYPE_CHECKING:
    from torch import nn

ARCHITECTURES = ("unet_subpixel", "unet_abstract")


def build_network(architecture: str, arguments: dict) -> nn.Module:
    """Make a network with fresh weights.

    :param architecture: a name of `ARCHITECTURES`.
    :param arguments: the keyword arguments of its class, as in the model card.
    :raises ModelError: for a name or arguments that are not known.
    """
    if architecture not in ARCHITECTURES:
        raise ModelError(
            f"The network architecture {architecture!r} is not known.",
            f"Known are {', '.join(ARCHITECTURES)}; a newer version of MicroCTSuperRes may know it.",
        )
    # torch is imported by the architecture's own file, so only a network that is really built loads it.
    if architecture == "unet_subpixel":
        from .unet_subpixel import SubpixelUNet as Network
    else:
        from .unet_abstract import AbstractUNet as Network
    try:
        return Network(**arguments)
    except (TypeError, ValueError) as error:
        raise ModelError(
            f"The architecture {architecture!r} does not take the arguments {arguments}: {error}.",
            "Check `arguments` in the model's card.json.",
        ) from error
