"""What a training minimises. A loss takes the network, LR and HR slices of a batch, and gives one number.

LR is (n, context, y, x), HR (n, 2, 2y, 2x) or, where each HR slice is a sample of its own, (n, 1, 2y, 2x); both are
float32 and scaled by the same bounds, which LR alone determines.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch
from MicroCTSuperResLib.networks.architectures.unet_subpixel import cubic_phases
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable

# Grey values in parts of the bone-marrow contrast below which an error is not worth chasing (about half a mg HA/cm3).
_ERROR_FLOOR = 5e-4

RELATIVE, CROSS_ENTROPY = "relative", "cross-entropy"
LOSSES = (RELATIVE, CROSS_ENTROPY)


def loss_named(name: str, worse_weight: float) -> Callable[[nn.Module, torch.Tensor, torch.Tensor], torch.Tensor]:
    """The loss of that name.

    :param name: "relative" or "cross-entropy".
    :param worse_weight: of `relative_loss`.
    """
    return partial(relative_loss, worse_weight=worse_weight) if name == RELATIVE else cross_entropy


def relative_loss(network: nn.Module, lr: torch.Tensor, hr: torch.Tensor, worse_weight: float = 2.0) -> torch.Tensor:
    """Mean over the pairs of r = log(error of the network / error of its own cubic interpolation), errors as mean |.|.

    0 is as good as interpolation, -0.35 about 3 dB better. Every pair counts the same in decibels, the sharp one with
    large errors and the blurred one with tiny errors.

    :param network: a sub-pixel network, which starts from cubic interpolation.
    :param worse_weight: what a pair counts on which the network is worse than interpolation (r > 0): the higher, the
        more readily it falls back to interpolation where it cannot know.
    """
    with torch.no_grad():
        reference = _error_of(interpolated(network, lr), hr)
    ratio = (_error_of(network(lr), hr) + _ERROR_FLOOR).log() - (reference + _ERROR_FLOOR).log()
    return (ratio + (worse_weight - 1) * functional.relu(ratio)).mean()


def interpolated(network: nn.Module, lr: torch.Tensor) -> torch.Tensor:
    """What a sub-pixel network starts from: cubic interpolation of the middle slice, (n, 2, 2y, 2x)."""
    return functional.pixel_shuffle(cubic_phases(lr, network.cubic), 2)


def cross_entropy(network: nn.Module, lr: torch.Tensor, hr: torch.Tensor) -> torch.Tensor:
    """Binary cross-entropy of the study with soft targets, on the middle LR slice upsampled bilinearly.

    Targets are limited to 0 ... 1. The entropy of the target itself is part of the value, which therefore never comes
    to zero. Where LR stands for two HR slices, their mean is the target: cross-entropy is linear in it, so that the
    gradient is that of two samples.

    :param network: gives logits on the HR grid, (n, 1, 2y, 2x).
    """
    middle = lr[:, lr.shape[1] // 2 : lr.shape[1] // 2 + 1]
    upsampled = functional.interpolate(middle, scale_factor=2, mode="bilinear", align_corners=False)
    target = hr.clamp(0, 1).mean(1, keepdim=True)
    return functional.binary_cross_entropy_with_logits(network(upsampled), target)


def scaled_by_middle_slice(lr: torch.Tensor, hr: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The middle LR slice (n, 1, y, x) and the HR slices, scaled by the smallest and largest value of that LR slice.

    The study's min-max scaling, with bounds that are also known when the network is used.
    """
    middle = lr[:, lr.shape[1] // 2 : lr.shape[1] // 2 + 1]
    low = middle.amin((1, 2, 3), keepdim=True)
    scale = (middle.amax((1, 2, 3), keepdim=True) - low).clamp_min(1e-6)
    return (middle - low) / scale, (hr - low) / scale


def _error_of(image: torch.Tensor, hr: torch.Tensor) -> torch.Tensor:
    return (image - hr).abs().mean((1, 2, 3))
