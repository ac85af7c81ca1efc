"""The training loop of the bundled models: a stream of pairs in, a trained network out.

All networks of a comparison go through this one loop, on the same stream of samples; the loss of each brings a pair to
what its architecture takes and gives.
"""

from __future__ import annotations

import copy
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from MicroCTSuperResLib.networks.architectures.unet_subpixel import cubic_phases
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# Grey values in parts of the bone-marrow contrast below which an error is not worth chasing (about half a mg HA/cm3).
_ERROR_FLOOR = 5e-4


@dataclass(frozen=True)
class Schedule:
    """How long and how fast.

    :param samples: pairs to be seen.
    :param learning_rate: highest rate, reached after `warm_up` of the way and then lowered along half a cosine.
    """

    samples: int
    learning_rate: float = 1e-3
    warm_up: float = 0.02

    def rate_at(self, part: float) -> float:
        """The learning rate when `part` (0..1) of the way is done."""
        if part < self.warm_up:
            return self.learning_rate * (part + 1e-3) / self.warm_up
        return self.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, part))))


def train(
    network: nn.Module,
    pairs: Iterable[tuple[torch.Tensor, torch.Tensor]],
    loss: Callable[[nn.Module, torch.Tensor, torch.Tensor], torch.Tensor],
    schedule: Schedule,
    *,
    device: str = "cpu",
    report: Callable[[dict], None] = lambda line: None,
    average: float = 0.999,
) -> tuple[nn.Module, int]:
    """Train with Adam and return the running average of the weights, and the number of samples seen.

    :param pairs: batches (lr, hr) as `PairStream` yields them.
    :param loss: takes the network, lr and hr; gives the mean loss of the batch.
    :param report: gets step, samples, loss (mean since the last report), rate and seconds every 100 steps.
    :param average: part of the running average that stays at each step.
    """
    network = network.to(device, memory_format=torch.channels_last).train()
    averaged = copy.deepcopy(network)
    optimizer = torch.optim.Adam(network.parameters(), lr=schedule.learning_rate)
    start, seen, losses = time.monotonic(), 0, []
    for step, (lr, hr) in enumerate(pairs, 1):
        done = seen / schedule.samples
        if done >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate_at(done)
        value = loss(network, lr.to(device), hr.to(device))
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        # A young average would remember the random start for a long time, so it begins by following closely.
        _follow(averaged, network, min(average, step / (step + 10)))
        seen += len(lr)
        losses.append(float(value.detach()))
        if step % 100 == 0:
            seconds = time.monotonic() - start
            mean = sum(losses) / len(losses)
            report({"step": step, "samples": seen, "loss": mean, "rate": schedule.rate_at(done), "seconds": seconds})
            losses.clear()
    return averaged.eval(), seen


def relative_loss(network: nn.Module, lr: torch.Tensor, hr: torch.Tensor, worse_weight: float = 2.0) -> torch.Tensor:
    """Mean over the pairs of r = log(error of the network / error of its own cubic interpolation), errors as mean |.|.

    0 is as good as interpolation, -0.35 about 3 dB better. Every pair counts the same in decibels, the sharp one with
    large errors and the blurred one with tiny errors.

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


def _error_of(image: torch.Tensor, hr: torch.Tensor) -> torch.Tensor:
    return (image - hr).abs().mean((1, 2, 3))


def abstract_loss(network: nn.Module, lr: torch.Tensor, hr: torch.Tensor) -> torch.Tensor:
    """Binary cross-entropy of the study, on the middle LR slice upsampled bilinearly against both HR slices in it.

    The constant entropy of the target itself is part of the value.
    """
    middle, target = scaled_by_middle_slice(lr, hr)
    upsampled = functional.interpolate(middle, scale_factor=2, mode="bilinear", align_corners=False)
    return functional.binary_cross_entropy_with_logits(network(upsampled), target.clamp(0, 1).mean(1, keepdim=True))


def scaled_by_middle_slice(lr: torch.Tensor, hr: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The middle LR slice (n, 1, y, x) and the HR slices, scaled by the smallest and largest value of that LR slice.

    The study's min-max scaling, with bounds that are also known when the network is used.
    """
    middle = lr[:, lr.shape[1] // 2 : lr.shape[1] // 2 + 1]
    low = middle.amin((1, 2, 3), keepdim=True)
    scale = (middle.amax((1, 2, 3), keepdim=True) - low).clamp_min(1e-6)
    return (middle - low) / scale, (hr - low) / scale


def _follow(averaged: nn.Module, network: nn.Module, stay: float) -> None:
    with torch.no_grad():
        for mean, weight in zip(averaged.parameters(), network.parameters(), strict=True):
            mean.lerp_(weight, 1 - stay)
