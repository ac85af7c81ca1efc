"""How close an image is to its reference: PSNR, SSIM, and the range and region they are computed with."""

from .data_range import DataRange, data_range_of
from .regions import bone_region
from .signal_to_noise import mean_psnr, psnr, psnr_per_slice
from .similarity import ssim, ssim_per_slice

__all__ = [
    "DataRange",
    "bone_region",
    "data_range_of",
    "mean_psnr",
    "psnr",
    "psnr_per_slice",
    "ssim",
    "ssim_per_slice",
]
