"""Train the study's U-Net, EDSR-baseline and the default network on the same samples, for `quality.py`.

    python Testing/benchmarks/train_comparison.py OUT [--data DIR] [--samples 2000]

All see the same stream of pairs, from the same seed, for the same number of samples, in batches of 4, with Adam and a
warm-up and cosine schedule; each has the loss that it was published with. Learning rates: 1e-3 for the study's U-Net
(its own) and the default network, 2e-4 for EDSR (twice the paper's, for so short a training). Weights of `average` are
the running average over about the last fifty steps.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from edsr import EDSRBaseline, edsr_loss
from MicroCTSuperResLib.networks.architectures import build_network
from MicroCTSuperResTrainingLib.training.config import TrainingConfig
from MicroCTSuperResTrainingLib.training.losses import cross_entropy, relative_loss, scaled_by_middle_slice
from MicroCTSuperResTrainingLib.training.scenes.pairs import WINDOWS, PairStream, make_blocks, pair_loader
from MicroCTSuperResTrainingLib.training.scenes.stream_training import train_on_stream
from safetensors.torch import save_file

BLOCKS = 120
REAL_SHARE = 0.3
DRAWS = 2


def contenders() -> dict[str, tuple]:
    """Network, loss and learning rate by name."""
    return {
        "default": (build_network("unet_subpixel", {"channels": 32, "blocks": [1, 1, 2]}), relative_loss, 1e-3),
        "edsr": (EDSRBaseline(), edsr_loss, 2e-4),
        "abstract": (build_network("unet_abstract", {}), abstract_loss, 1e-3),
    }


def abstract_loss(network: torch.nn.Module, lr: torch.Tensor, hr: torch.Tensor) -> torch.Tensor:
    """The study's cross-entropy, each pair scaled by the smallest and largest value of its middle LR slice."""
    return cross_entropy(network, *scaled_by_middle_slice(lr, hr))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, help="folder of the real volumes")
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--only", help="train this one alone")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    blocks = make_blocks(BLOCKS, options.data, REAL_SHARE, seed=11)
    torch.manual_seed(11)
    for name, (network, loss, rate) in contenders().items():
        if options.only not in (None, name):
            continue
        config = TrainingConfig(
            epochs=1,
            samples_per_epoch=options.samples,
            batch=DRAWS * WINDOWS,
            learning_rate=rate,
            average=0.98,
            device="cpu",
        )
        trained = train_on_stream(
            network,
            pair_loader(PairStream(blocks, DRAWS, seed=11), workers=1),
            config,
            report=lambda line, name=name: print(json.dumps({"network": name, **line}), flush=True),
            loss=loss,
        )
        weights = {key: value.contiguous() for key, value in trained.state_dict().items()}
        save_file(
            weights,
            options.out / f"{name}.safetensors",
            {"samples": str(options.samples // config.batch * config.batch)},
        )


if __name__ == "__main__":
    main()
