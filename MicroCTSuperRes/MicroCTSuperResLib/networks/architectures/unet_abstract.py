"""The study's network: a 2-D U-Net on slices that were upsampled to the HR size beforehand."""

from __future__ import annotations

import torch
from torch import nn


class AbstractUNet(nn.Module):
    """U-Net of Ronneberger et al. 2015 (doi:10.1007/978-3-319-24574-4_28) as the study uses it.

    Four poolings, two 3x3 convolutions with ReLU at each level, 2x2 up-convolutions, skip connections by concatenation.
    Convolutions are padded so that a 400x400 slice stays 400x400. The output is a logit: the study trains with
    cross-entropy, and the sigmoid of the logit is the grey value between the scaling bounds.

    Input and output: (batch, 1, y, x), the slice bilinearly upsampled to the HR grid and scaled to 0..1.

    :param channels: channels of the first level, doubled at each of the four poolings (64 in the study).
    """

    context_slices = 1
    input_grid = "hr"
    output = "logit"
    commutes_with_scaling = False
    levels = 4

    def __init__(self, channels: int = 64) -> None:
        super().__init__()
        if channels < 1:
            raise ValueError("channels must be at least 1")
        widths = [channels * 2**level for level in range(self.levels + 1)]
        self.down = nn.ModuleList(
            _two_convolutions(before, width) for before, width in zip([1, *widths], widths, strict=False)
        )
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(2 * width, width, kernel_size=2, stride=2) for width in reversed(widths[:-1])
        )
        self.merge = nn.ModuleList(_two_convolutions(2 * width, width) for width in reversed(widths[:-1]))
        self.head = nn.Conv2d(channels, 1, kernel_size=1)
        self.pool = nn.MaxPool2d(2)

    @property
    def multiple(self) -> int:
        """Height and width of the input must be multiples of this."""
        return 2**self.levels

    @property
    def halo(self) -> int:
        """Input pixels on each side that one output pixel can depend on, rounded up to `multiple`."""
        # Two 3x3 convolutions down and two up at each level reach 4 pixels of that level, the lowest one only 2;
        # a pooling and an up-convolution may shift the reach by up to a pixel of the level below.
        reach = sum(4 * 2**level + 2 ** (level + 1) for level in range(self.levels)) + 2 * 2**self.levels
        return -(-reach // self.multiple) * self.multiple

    def forward(self, slices: torch.Tensor) -> torch.Tensor:
        features = slices
        skips = []
        for level, block in enumerate(self.down):
            features = block(features if level == 0 else self.pool(features))
            skips.append(features)
        skips.pop()
        for up, merge in zip(self.up, self.merge, strict=True):
            features = merge(torch.cat([skips.pop(), up(features)], dim=1))
        return self.head(features)


def _two_convolutions(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, kernel_size=3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(after, after, kernel_size=3, padding=1),
        nn.ReLU(inplace=True),
    )
