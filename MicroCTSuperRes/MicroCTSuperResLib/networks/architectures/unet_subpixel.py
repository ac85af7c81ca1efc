"""The default network: a residual 2.5-D U-Net on the LR grid with a sub-pixel head."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

CONTEXT_SLICES = 5
SCALE = 2


class SubpixelUNet(nn.Module):
    """Adds what is missing to the cubic interpolation of five neighbouring LR slices.

    Input: (batch, 5, y, x), LR slices around the middle one. Output: (batch, 2, 2y, 2x), the two HR slices inside the
    middle LR slice (the lower z first).

    The network has no additive constants and sees the slices without their local mean, so it commutes with any linear
    change of grey values: enhance(a*x + b) = a*enhance(x) + b for a > 0. Density calibration therefore passes through
    it unharmed, a flat region stays exactly flat, and its behaviour for one noise level is the same at any contrast
    (Mohan et al. 2020, "Robust and interpretable blind image denoising via bias-free convolutional neural networks").

    :param channels: channels on the LR grid, doubled at each of the two coarser levels.
    :param blocks: residual blocks (two 3x3 convolutions each) at the three levels on the way down.
    """

    context_slices = CONTEXT_SLICES
    input_grid = "lr"
    output = "grey"
    commutes_with_scaling = True
    mean_radius = 8

    def __init__(self, channels: int = 32, blocks: tuple[int, int, int] = (1, 1, 2)) -> None:
        super().__init__()
        if channels < 1 or len(blocks) != 3 or min(blocks) < 1:
            raise ValueError("channels must be at least 1 and blocks three numbers of at least 1")
        fine, middle, coarse = channels, 2 * channels, 4 * channels
        self.blocks_per_level = tuple(blocks)
        self.head = _convolution(CONTEXT_SLICES, fine)
        self.down_fine = _blocks(fine, blocks[0])
        self.to_middle = nn.Conv2d(fine, middle, kernel_size=2, stride=2, bias=False)
        self.down_middle = _blocks(middle, blocks[1])
        self.to_coarse = nn.Conv2d(middle, coarse, kernel_size=2, stride=2, bias=False)
        self.coarse = _blocks(coarse, blocks[2])
        self.from_coarse = nn.ConvTranspose2d(coarse, middle, kernel_size=2, stride=2, bias=False)
        self.up_middle = _blocks(middle, blocks[1])
        self.from_middle = nn.ConvTranspose2d(middle, fine, kernel_size=2, stride=2, bias=False)
        self.up_fine = _blocks(fine, blocks[0])
        self.tail = _convolution(fine, SCALE**3)
        nn.init.zeros_(self.tail.weight)  # training starts at the cubic interpolation
        self.register_buffer("cubic", cubic_kernel(), persistent=False)

    @property
    def multiple(self) -> int:
        """Height and width of the input must be multiples of this."""
        return 4

    @property
    def halo(self) -> int:
        """LR pixels on each side that one output pixel can depend on, rounded up to `multiple`."""
        fine, middle, coarse = self.blocks_per_level
        # Two 3x3 convolutions a block, the level's pixel size as step; head and tail reach one pixel each, a strided
        # convolution and its transpose up to one pixel of the coarser level together.
        reach = 2 * 2 * fine + 2 + 2 * (2 * 2 * middle + 1) + 4 * (2 * coarse + 1) + self.mean_radius
        return -(-reach // self.multiple) * self.multiple

    def forward(self, slices: torch.Tensor) -> torch.Tensor:
        interpolated = cubic_phases(slices, self.cubic)
        fine = self.down_fine(self.head(slices - _local_mean(slices, self.mean_radius)))
        middle = self.down_middle(self.to_middle(fine))
        coarse = self.coarse(self.to_coarse(middle))
        middle = self.up_middle(middle + self.from_coarse(coarse))
        fine = self.up_fine(fine + self.from_middle(middle))
        return functional.pixel_shuffle(interpolated + self.tail(fine), SCALE)


class _ResidualBlock(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _convolution(channels, channels)
        self.second = _convolution(channels, channels)
        self.second.weight.data *= 0.1  # without normalisation layers a calm start keeps deep sums in range

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return features + self.second(functional.relu_(self.first(functional.relu(features))))


def cubic_kernel() -> torch.Tensor:
    """Weights of a 2-D convolution that interpolates: (8, 5, 5, 5), HR phases (z, y, x) by LR taps (z, y, x).

    Keys' cubic convolution (1981, doi:10.1109/TASSP.1981.1163711, a = -1/2) at the places of the two HR voxels of an LR
    voxel, a quarter of an LR voxel to either side of its centre.
    """
    phases = torch.tensor([_keys_weights(-0.25), _keys_weights(0.25)])
    kernel = torch.einsum("ai,bj,ck->abcijk", phases, phases, phases)
    return kernel.reshape(SCALE**3, CONTEXT_SLICES, CONTEXT_SLICES, CONTEXT_SLICES).contiguous()


def cubic_phases(slices: torch.Tensor, kernel: torch.Tensor) -> torch.Tensor:
    """Cubic interpolation of the middle slice, (batch, 8, y, x): each LR voxel's HR voxels before the pixel shuffle.

    :param slices: (batch, 5, y, x).
    :param kernel: of `cubic_kernel`.
    """
    return functional.conv2d(functional.pad(slices, (2, 2, 2, 2), mode="replicate"), kernel)


def _keys_weights(position: float) -> list[float]:
    return [_keys(tap - position) for tap in range(-2, 3)]


def _keys(distance: float) -> float:
    d = abs(distance)
    if d <= 1:
        return 1.5 * d**3 - 2.5 * d**2 + 1
    if d < 2:
        return -0.5 * d**3 + 2.5 * d**2 - 4 * d + 2
    return 0.0


def _local_mean(slices: torch.Tensor, radius: int) -> torch.Tensor:
    """Mean of the middle slice over a square window, (batch, 1, y, x); the border counts only pixels that exist."""
    middle = slices[:, CONTEXT_SLICES // 2 : CONTEXT_SLICES // 2 + 1]
    # Rows, then columns: the same mean as a square window in an eighth of the time.
    rows = functional.avg_pool2d(middle, (2 * radius + 1, 1), 1, (radius, 0), count_include_pad=False)
    return functional.avg_pool2d(rows, (1, 2 * radius + 1), 1, (0, radius), count_include_pad=False)


def _convolution(before: int, after: int) -> nn.Conv2d:
    return nn.Conv2d(before, after, kernel_size=3, padding=1, bias=False)


def _blocks(channels: int, count: int) -> nn.Sequential:
    return nn.Sequential(*(_ResidualBlock(channels) for _ in range(count)))
