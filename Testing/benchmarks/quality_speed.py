"""PSNR and SSIM of all slices of a specimen, beside a loop over scikit-image: time, memory and the largest difference.

    python Testing/benchmarks/quality_speed.py [--slices 541] [--width 400] [--threads N] [--least 3]

Both score the same two float32 volumes in mg HA/cm3 with the same settings (Gaussian window, sigma 1.5, population
covariance, data range 1200), one after the other in one run. The exit status is 1 where a score differs by more than
1e-6 or the ratio of the times is less than `--least`. scikit-image is given float64, in which its own rounding is
small; its time is that of the float32 slices, the faster of the two. Where other programs run beside it, the seconds of
cores tell more than the clock.
"""

from __future__ import annotations

import argparse
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
from MicroCTSuperResLib.imaging.box import Box
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.quality.pairing import Paired
from MicroCTSuperResLib.quality.slice_scores import score_slices
from scipy.ndimage import gaussian_filter
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

RANGE = 1200
TOLERANCE = 1e-6
# Slices in which scikit-image's scores are made in float64, too.
COMPARED = 40


def a_pair(slices: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """A bone-like volume, and the same blurred and with noise; each slice another one, made from a few."""
    rng = np.random.default_rng(0)
    field = gaussian_filter(rng.standard_normal((16, width, width)), (0, 3, 3))
    bone = np.where(field > 0, 1000, 50).astype(np.float32)
    blurred = gaussian_filter(bone, (0, 1, 1))
    reference, image = (np.empty((slices, width, width), np.float32) for _ in range(2))
    for number in range(slices):
        reference[number] = bone[number % 16] + rng.normal(0, 40, (width, width))
        image[number] = blurred[number % 16] + rng.normal(0, 20, (width, width))
    return reference, image


def scikit_image(reference: np.ndarray, image: np.ndarray) -> np.ndarray:
    """PSNR and SSIM of each slice, shape (2, z)."""
    scores = [
        (
            peak_signal_noise_ratio(expected, got, data_range=RANGE),
            structural_similarity(
                expected, got, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=RANGE
            ),
        )
        for expected, got in zip(reference, image, strict=True)
    ]
    return np.transpose(scores)


def timed(work: Callable[[], Any]) -> tuple[tuple[float, float], Any]:
    """Seconds by the clock and seconds of all cores, and what the work returns."""
    began, used = time.perf_counter(), time.process_time()
    found = work()
    return (time.perf_counter() - began, time.process_time() - used), found


def main() -> int:
    """:returns: the exit status."""
    options = _options()
    reference, image = a_pair(options.slices, options.width)
    hr = Volume(reference, (0.01,) * 3, units="mg HA/cm3")
    paired = Paired(hr, {"DL": hr.with_voxels(image)}, Box.whole(hr.size))
    print(f"{options.slices} slices of {options.width} x {options.width} voxels, float32")
    (own_seconds, own_work), scores = timed(lambda: score_slices(paired, threads=options.threads))
    (their_seconds, their_work), _ = timed(lambda: scikit_image(reference, image))
    own = scores.of["DL"]
    part = slice(0, COMPARED)
    theirs = scikit_image(reference[part].astype(np.float64), image[part].astype(np.float64))
    apart = np.abs(np.stack([own.psnr_db[part], own.ssim[part]]) - theirs).max(axis=1)
    ratio = their_seconds / own_seconds
    memory = _peak_mib(paired, options.threads)
    print(f"score_slices: {own_seconds:.2f} s ({own_work:.2f} s of cores), {memory:.0f} MiB beside the volumes")
    print(f"loop over scikit-image: {their_seconds:.2f} s ({their_work:.2f} s of cores)")
    print(f"{ratio:.1f} times faster, {their_work / own_work:.1f} times less work")
    print(f"largest difference: PSNR {apart[0]:.1e} dB, SSIM {apart[1]:.1e}")
    return int(apart.max() > TOLERANCE or ratio < options.least)


def _peak_mib(paired: Paired, threads: int | None) -> float:
    """The most memory that the scoring takes beside the volumes, by a run of its own: watching takes time."""
    tracemalloc.start()
    score_slices(paired, threads=threads)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slices", type=int, default=541)
    parser.add_argument("--width", type=int, default=400)
    parser.add_argument("--threads", type=int, help="by default one for each core")
    parser.add_argument("--least", type=float, default=3, help="the ratio below which the exit status is 1")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
