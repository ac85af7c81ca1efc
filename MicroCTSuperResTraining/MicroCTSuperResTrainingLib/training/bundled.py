"""Train the bundled model: `python -m MicroCTSuperResTrainingLib.training.bundled OUT`.

It learns from simulated scenes and, where the folder of real data is given, from the structure of real volumes; LR and
HR scans of all of them are simulated by `degradation`. Weights, card and curve (`training.jsonl`) are written to OUT.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import replace
from pathlib import Path

import torch
from MicroCTSuperResLib.networks.architectures import build_network
from MicroCTSuperResLib.networks.card import GreyScaling, ModelCard, TrainingData
from MicroCTSuperResLib.networks.loading import save_model

from .blocks import REAL_VOLUMES
from .loop import Schedule, relative_loss, train
from .pairs import CONTEXT, WINDOWS, make_blocks, pair_loader

ARGUMENTS = {"channels": 32, "blocks": [1, 1, 2]}
BLOCKS = 600
REAL_SHARE = 0.3
DRAWS = 8

# The network commutes with linear changes of grey values, so these bounds only set the range that it computes in.
SCALING = GreyScaling("percentiles", 0.1, 99.9)


def model_card(settings: dict[str, object], real_data: bool) -> ModelCard:
    """The card of the bundled model, without scores: they are measured on the finished model."""
    data = [
        TrainingData(
            "random bone-like scenes",
            "MicroCTSuperResTrainingLib.training.blocks: spinodoid trabeculae, porous cortex, bone surfaces, grains",
            "Apache-2.0",
            True,
        )
    ]
    if real_data:
        data += [
            TrainingData(Path(real.path).stem, f"{real.source}; scans simulated", real.licence, False)
            for real in REAL_VOLUMES
        ]
    return ModelCard(
        name="default",
        version="1.0.0",
        summary="Residual 2.5-D U-Net on the LR grid with a sub-pixel head, trained for generality on simulated scans",
        architecture="unet_subpixel",
        arguments=ARGUMENTS,
        scale=2,
        context_slices=CONTEXT,
        scaling=SCALING,
        # Training knows lengths in voxels only. The structures it draws are those of mouse bone at these LR voxel
        # sizes.
        voxel_size_um=(5.0, 80.0),
        sites=("femur", "spine"),
        data=tuple(data),
        loss="log of the mean absolute error relative to cubic interpolation, threefold where worse than it",
        training=settings,
        scores=(),
        licence="Apache-2.0",
        citation="MicroCTSuperRes, model default 1.0.0; method: David et al., ORS, Deep Learning Models Improve "
        "Spatial Resolution of MicroCT Images Across Murine Femur and Spine",
    )


def main(arguments: list[str] | None = None) -> None:
    """Entry of the command."""
    options = _parser().parse_args(arguments)
    torch.manual_seed(options.seed)
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    settings = {
        "optimizer": "Adam",
        "learning_rate": options.learning_rate,
        "batch": DRAWS * WINDOWS,
        "weights": "running average, 0.999",
        "seed": options.seed,
        "blocks": BLOCKS,
        "real_share": REAL_SHARE if options.data else 0,
    }
    print(f"Drawing {BLOCKS} scenes ...", flush=True)
    blocks = make_blocks(BLOCKS, options.data, REAL_SHARE, options.seed)
    card = model_card(settings, options.data is not None)

    def keep(network: torch.nn.Module, samples: int) -> None:
        trained = replace(card, training={**settings, "samples": samples})
        save_model(out / card.name, network, trained, overwrite=True)

    with (out / "training.jsonl").open("w") as curve:

        def report(line: dict) -> None:
            curve.write(json.dumps(line) + "\n")
            curve.flush()
            print(" ".join(f"{name} {value:.6g}" for name, value in line.items()), flush=True)

        network, samples = train(
            build_network(card.architecture, dict(card.arguments)),
            pair_loader(blocks, DRAWS, options.seed, options.workers),
            relative_loss,
            Schedule(options.samples, options.learning_rate, minutes=options.minutes),
            device=options.device,
            report=report,
            keep=keep,
        )
    keep(network, samples)
    print(f"Wrote {out / card.name} after {samples} samples.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m MicroCTSuperResTrainingLib.training.bundled", description=__doc__)
    parser.add_argument("out", help="folder for the model and the training curve")
    parser.add_argument("--data", type=Path, help="folder of the real volumes named in blocks.py")
    parser.add_argument("--samples", type=int, default=400_000)
    parser.add_argument(
        "--minutes", type=float, default=math.inf, help="end the schedule after this time at the latest"
    )
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--workers", type=int, default=1, help="processes that make training pairs")
    parser.add_argument("--seed", type=int, default=0)
    return parser


if __name__ == "__main__":
    main()
