"""PSNR, SSIM and bone area fraction of interpolation and networks on fixed volumes that no network was trained on.

    python Testing/benchmarks/quality.py [--data DIR] [--compared DIR] [--model default] [--csv FILE] [--card FOLDER]
                                         [--oversampled]

`--compared` is a folder of `train_comparison.py`. `--card` writes the scores of the "usual" degradation into the card
of the model in this folder, beside those of linear and cubic interpolation. `--oversampled` scores the scans instead in
which there is nothing to restore. PSNR and SSIM use a data range of 1 (the bone-marrow contrast), SSIM Gaussian weights
of sigma 1.5. "bone" is the share of voxels at or above Otsu's threshold of the HR volume, minus HR's own. Results on
phantoms test software, not biology.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from edsr import EDSRBaseline
from MicroCTSuperResLib.enhancement.slices import SliceRunner
from MicroCTSuperResLib.files import atomic_path
from MicroCTSuperResLib.imaging.sampling import interpolate
from MicroCTSuperResLib.imaging.scaling import scaling_of
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.networks.architectures import build_network
from MicroCTSuperResLib.networks.card import CARD_FILE, GreyScaling, Score, read_card
from MicroCTSuperResLib.networks.loading import load_model
from MicroCTSuperResLib.quality import psnr, ssim
from safetensors.torch import load_file
from skimage.filters import threshold_otsu
from volumes import DEGRADATIONS, OVERSAMPLED, Degradation, degrade, hr_volumes

CARD_DEGRADATION = "usual"


class Contender:
    """A network with the scaling that it was trained with."""

    def __init__(self, network: torch.nn.Module, scaling: GreyScaling) -> None:
        self.network = network.eval()
        self.scaling = scaling
        self.runner = SliceRunner(self, "cpu")

    def enhance(self, lr: Volume) -> np.ndarray:
        """The enhanced voxels."""
        scaling = scaling_of(lr, self.scaling)
        margin = self.runner.margin
        padded = np.pad(scaling.apply(lr.voxels), [(margin, margin), (0, 0), (0, 0)], mode="edge")
        blocks = [self.runner.run(torch.from_numpy(padded[z : z + 2 * margin + 1])) for z in range(lr.voxels.shape[0])]
        enhanced = torch.cat(blocks).numpy()
        return scaling.invert(enhanced.reshape(-1, *enhanced.shape[-2:]))


def contenders(model: str, compared: Path | None) -> dict[str, Contender]:
    """All networks to compare, by name."""
    bundled = load_model(model)
    found = {f"{model} (bundled)": Contender(bundled.network, bundled.card.scaling)}
    if compared is None:
        return found
    limits = GreyScaling("image-minmax")
    for name, network, scaling in (
        ("default", build_network(bundled.card.architecture, dict(bundled.card.arguments)), bundled.card.scaling),
        ("edsr", EDSRBaseline(), limits),
        ("abstract", build_network("unet_abstract", {}), limits),
    ):
        network.load_state_dict(load_file(compared / f"{name}.safetensors"))
        found[f"{name} (same samples)"] = Contender(network, scaling)
    return found


def rows(
    networks: dict[str, Contender], data: Path | None, degradations: dict[str, Degradation] = DEGRADATIONS
) -> Iterator[dict]:
    """One row for each volume, degradation and method."""
    for volume, sharp in hr_volumes(data):
        for degradation, how in degradations.items():
            hr, lr_voxels = degrade(sharp, how)
            lr = Volume(lr_voxels, (0.02, 0.02, 0.02))
            images = {"linear": interpolate(lr, order=1).voxels, "cubic": interpolate(lr, order=3).voxels}
            images |= {name: network.enhance(lr) for name, network in networks.items()}
            threshold = threshold_otsu(hr)
            bone = float((hr >= threshold).mean())
            for method, image in images.items():
                yield {
                    "volume": volume,
                    "degradation": degradation,
                    "method": method,
                    "psnr_db": psnr(hr, image, 1.0),
                    "ssim": ssim(hr, image, 1.0),
                    "bone_bias": float((image >= threshold).mean()) - bone,
                    "hr_bone": bone,
                }


def tell(group: list[dict]) -> None:
    """Print the methods of one volume and degradation, with the gain over interpolation."""
    by_method = {row["method"]: row for row in group}
    best = max(by_method["linear"]["psnr_db"], by_method["cubic"]["psnr_db"])
    print(f"\n{group[0]['volume']}, {group[0]['degradation']} (HR bone {group[0]['hr_bone']:.3f})")
    for method, row in by_method.items():
        print(
            f"  {method:26s} PSNR {row['psnr_db']:6.2f} ({row['psnr_db'] - best:+5.2f})  SSIM {row['ssim']:.4f} "
            f"({100 * (row['ssim'] / by_method['linear']['ssim'] - 1):+6.1f} %)  bone {row['bone_bias']:+.4f}",
            flush=True,
        )


def summary(table: list[dict]) -> None:
    """Print each method's means over all volumes and degradations, and its worst gain over interpolation."""
    cases: dict[tuple, dict] = {}
    for row in table:
        cases.setdefault((row["volume"], row["degradation"]), {})[row["method"]] = row
    print("\nmethod                      mean dB over best interpolation   worst   mean SSIM   mean |bone bias|")
    for method in dict.fromkeys(row["method"] for row in table):
        gains = [c[method]["psnr_db"] - max(c["linear"]["psnr_db"], c["cubic"]["psnr_db"]) for c in cases.values()]
        similar = np.mean([c[method]["ssim"] for c in cases.values()])
        bias = np.mean([abs(c[method]["bone_bias"]) for c in cases.values()])
        print(f"{method:26s} {np.mean(gains):+33.2f} {min(gains):+7.2f} {similar:11.4f} {bias:18.5f}")


def write_card(folder: Path, table: list[dict], method: str) -> None:
    """Put the scores of one method into its model's card."""
    units = {"psnr_db": ("psnr", "dB"), "ssim": ("ssim", "1"), "bone_bias": ("bone area fraction bias", "1")}
    how = DEGRADATIONS[CARD_DEGRADATION]
    scores = []
    for row in table:
        if (row["method"], row["degradation"]) != (method, CARD_DEGRADATION):
            continue
        others = {
            other["method"]: other
            for other in table
            if (other["volume"], other["degradation"]) == (row["volume"], CARD_DEGRADATION)
        }
        for key, (metric, unit) in units.items():
            settings = {
                "linear": round(others["linear"][key], 5),
                "cubic": round(others["cubic"][key], 5),
                "data_range": "bone-marrow contrast",
                "lr": f"simulated: PSF {how.psf} HR voxels, mean of 2x2x2, white noise {how.noise} of the contrast",
            }
            scores.append(Score(row["volume"], metric, round(row[key], 5), unit, settings))
    card = replace(read_card(folder), scores=tuple(scores))
    with atomic_path(folder / CARD_FILE, overwrite=True) as temporary:
        temporary.write_text(card.to_json())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the real volumes")
    parser.add_argument("--compared", type=Path, help="folder of train_comparison.py")
    parser.add_argument("--model", default="default")
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--card", type=Path, help="model folder whose card gets the scores")
    parser.add_argument("--oversampled", action="store_true", help="score oversampled scans instead, not for a card")
    options = parser.parse_args()
    if options.oversampled and options.card:
        parser.error("--card takes the scores of the usual degradations, without --oversampled")
    networks = contenders(options.model, options.compared)
    table: list[dict] = []
    group: list[dict] = []
    for row in rows(networks, options.data, OVERSAMPLED if options.oversampled else DEGRADATIONS):
        if group and (group[0]["volume"], group[0]["degradation"]) != (row["volume"], row["degradation"]):
            tell(group)
            group = []
        group.append(row)
        table.append(row)
    tell(group)
    summary(table)
    if options.card:
        write_card(options.card, table, f"{options.model} (bundled)")
    if options.csv:
        with options.csv.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(table[0]))
            writer.writeheader()
            writer.writerows(table)


if __name__ == "__main__":
    main()
