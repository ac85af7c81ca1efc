"""Train the bundled model: `python -m MicroCTSuperResTrainingLib.training.scenes.bundled OUT [--data DIR]`.

Three phases follow each other: a long, careful one; one that deblurs more boldly; and one that keeps this boldness for
scans whose HR scan is sharp and teaches caution for oversampled ones. The network learns from simulated scenes and,
where the folder of real data is given, from the structure of real volumes; LR and HR scans of all of them are simulated
by `degradation`. The model folder and the curves are written to OUT.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from MicroCTSuperResLib.networks.architectures import build_network
from MicroCTSuperResLib.networks.card import GreyScaling, ModelCard, TrainingData
from MicroCTSuperResLib.networks.loading import load_model, save_model

from ..config import TrainingConfig
from .blocks import REAL_VOLUMES
from .degradation import UnblurredShares
from .pairs import CONTEXT, WINDOWS, PairStream, make_blocks, pair_loader
from .stream_training import train_on_stream

ARGUMENTS = {"channels": 32, "blocks": [1, 1, 2]}
BLOCKS = 600
REAL_SHARE = 0.3
DRAWS = 8


@dataclass(frozen=True)
class Phase:
    """A part of the training.

    :param samples: pairs seen in it.
    :param learning_rate: its highest.
    :param worse_weight: see `relative_loss`.
    :param unblurred: how many LR scans have no blur of their own.
    """

    samples: int
    learning_rate: float
    worse_weight: float
    unblurred: UnblurredShares


PHASES = (
    Phase(122_880, 1e-3, 3.0, UnblurredShares(0.3, 0.3)),
    Phase(44_800, 3e-4, 2.0, UnblurredShares(0.2, 0.2)),
    Phase(22_400, 3e-4, 3.0, UnblurredShares(0.15, 0.6)),
)

# The network commutes with linear changes of grey values, so these bounds only set the range that it computes in.
SCALING = GreyScaling("percentiles", 0.1, 99.9)


def model_card(settings: dict[str, object], real_data: bool) -> ModelCard:
    """The card of the bundled model, without scores: they are measured on the finished model."""
    data = [
        TrainingData(
            "random bone-like scenes",
            "MicroCTSuperResTrainingLib.training.scenes.blocks: spinodoid trabeculae, porous cortex, bone surfaces, "
            "grains",
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
        # Training knows lengths in voxels only: it draws structures as mouse bone shows them at these LR voxel sizes.
        voxel_size_um=(5.0, 80.0),
        sites=_sites(real_data),
        data=tuple(data),
        loss="log of the mean absolute error relative to cubic interpolation, weighted higher where worse than it",
        training=settings,
        scores=(),
        licence="Apache-2.0",
        citation="MicroCTSuperRes, model default 1.0.0; method: David et al., ORS, Deep Learning Models Improve "
        "Spatial Resolution of MicroCT Images Across Murine Femur and Spine",
    )


def _sites(real_data: bool) -> tuple[str, ...]:
    simulated = ("simulated trabecular bone", "simulated cortical bone")
    return (*simulated, "human trabecular bone", "mouse femur cortex") if real_data else simulated


def main(arguments: list[str] | None = None) -> None:
    """Entry of the command."""
    options = _parser().parse_args(arguments)
    torch.manual_seed(options.seed)
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    print(f"Drawing {BLOCKS} scenes ...", flush=True)
    blocks = make_blocks(BLOCKS, options.data, REAL_SHARE, options.seed)
    network = load_model(options.go_on).network if options.go_on else build_network("unet_subpixel", ARGUMENTS)
    for number in range(options.first_phase - 1, len(PHASES)):
        card = model_card(_settings(options, PHASES[: number + 1]), options.data is not None)
        network = _train_phase(network, PHASES[number], blocks, options, out / f"training-{number + 1}.jsonl")
        save_model(out / card.name, network, card, overwrite=True)
        print(f"Wrote {out / card.name} after phase {number + 1}.", flush=True)


def _settings(options: argparse.Namespace, phases: tuple[Phase, ...]) -> dict[str, object]:
    return {
        "optimizer": "Adam, warm-up and cosine in each phase",
        "batch": DRAWS * WINDOWS,
        "weights": "running average, 0.999",
        "seed": options.seed,
        "blocks": BLOCKS,
        "real_share": REAL_SHARE if options.data else 0,
        "phases": [asdict(phase) for phase in phases],
    }


def _train_phase(
    network: torch.nn.Module, phase: Phase, blocks: np.ndarray, options: argparse.Namespace, curve: Path
) -> torch.nn.Module:
    stream = PairStream(blocks, DRAWS, options.seed + PHASES.index(phase), phase.unblurred)
    with curve.open("w") as file:

        def report(line: dict) -> None:
            file.write(json.dumps(line) + "\n")
            file.flush()
            print(" ".join(f"{name} {value:.6g}" for name, value in line.items()), flush=True)

        config = TrainingConfig(
            arguments=ARGUMENTS,
            worse_weight=phase.worse_weight,
            epochs=1,
            samples_per_epoch=phase.samples,
            batch=DRAWS * WINDOWS,
            learning_rate=phase.learning_rate,
            seed=options.seed,
            device=options.device,
        )
        return train_on_stream(network, pair_loader(stream, options.workers), config, report)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m MicroCTSuperResTrainingLib.training.scenes.bundled", description=__doc__
    )
    parser.add_argument("out", help="folder for the model and the training curves")
    parser.add_argument("--data", type=Path, help="folder of the real volumes named in blocks.py")
    parser.add_argument("--go-on", type=Path, metavar="MODEL", help="start with the weights of this model folder")
    parser.add_argument("--first-phase", type=int, choices=range(1, len(PHASES) + 1), default=1)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--workers", type=int, default=1, help="processes that make training pairs")
    parser.add_argument("--seed", type=int, default=0)
    return parser


if __name__ == "__main__":
    main()
