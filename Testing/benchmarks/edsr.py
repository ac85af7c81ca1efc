"""EDSR-baseline, the usual yardstick of single-image super-resolution, for comparison only."""

from __future__ import annotations

import torch
from MicroCTSuperResTrainingLib.training.losses import scaled_by_middle_slice
from torch import nn
from torch.nn import functional


class EDSRBaseline(nn.Module):
    """EDSR-baseline x2 of Lim et al. 2017 (doi:10.1109/CVPRW.2017.151): 16 residual blocks of 64 channels, on LR
    slices.

    Input (batch, 1, y, x), output (batch, 2, 2y, 2x): a 2-D network has one image for both HR slices in an LR slice.
    """

    context_slices = 1
    input_grid = "lr"
    output = "grey"
    multiple = 1
    halo = 36

    def __init__(self, channels: int = 64, blocks: int = 16) -> None:
        super().__init__()
        self.head = _convolution(1, channels)
        self.body = nn.ModuleList(
            nn.Sequential(_convolution(channels, channels), nn.ReLU(inplace=True), _convolution(channels, channels))
            for _ in range(blocks)
        )
        self.join = _convolution(channels, channels)
        self.spread = _convolution(channels, 4 * channels)
        self.tail = _convolution(channels, 1)

    def forward(self, slices: torch.Tensor) -> torch.Tensor:
        first = features = self.head(slices)
        for block in self.body:
            features = features + block(features)
        features = first + self.join(features)
        return self.tail(functional.pixel_shuffle(self.spread(features), 2)).expand(-1, 2, -1, -1)


def edsr_loss(network: nn.Module, lr: torch.Tensor, hr: torch.Tensor) -> torch.Tensor:
    """Mean absolute error as in the paper, grey values scaled by the smallest and largest value of the LR slice."""
    middle, target = scaled_by_middle_slice(lr, hr)
    return (network(middle) - target).abs().mean()


def _convolution(before: int, after: int) -> nn.Conv2d:
    return nn.Conv2d(before, after, kernel_size=3, padding=1)
