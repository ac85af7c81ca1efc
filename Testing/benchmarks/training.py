"""Training throughput: images a second of both presets with the real loader, against the network alone.

    python Testing/benchmarks/training.py [--store FOLDER] [--device cuda] [--seconds 30] [--preset fast] [--json FILE]

The network alone takes the same optimizer steps on batches that lie ready in the device's memory; then Lightning and
the loader do the whole work of an epoch without validation. The overhead is what the second takes longer than the
first. Both are timed after a warm-up, in turns, and the median of the rounds is told. Without a store one of the
study's sizes (LR 200 x 200) is made of noise. An image is one LR slice or patch with its HR slices, as the preset takes
them. Needs no SimpleITK.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from lightning.pytorch.callbacks import Callback
from MicroCTSuperResTrainingLib.training.config import TrainingConfig
from MicroCTSuperResTrainingLib.training.data_module import slice_loader, workers_for
from MicroCTSuperResTrainingLib.training.dataset import SliceSamples, sample_shape
from MicroCTSuperResTrainingLib.training.fit import device_type, first_network, run_trainer, trainer_for
from MicroCTSuperResTrainingLib.training.module import TrainingModule
from MicroCTSuperResTrainingLib.training.presets import PRESETS
from MicroCTSuperResTrainingLib.training.sampling import GlobalBatches
from MicroCTSuperResTrainingLib.training.store import SliceStore, open_store

ROUNDS = 3


def synthetic_store(folder: Path, specimens: int, lr_shape: tuple[int, int, int]) -> SliceStore:
    """A store of noise; what is in the slices changes no speed."""
    from MicroCTSuperResLib.imaging.volume import Volume
    from MicroCTSuperResTrainingLib.cohort.specimen import Specimen
    from MicroCTSuperResTrainingLib.training.store_building import build_store

    rng = np.random.default_rng(0)

    def pair(specimen: Specimen) -> object:
        from types import SimpleNamespace

        lr = Volume(rng.standard_normal(lr_shape, np.float32), spacing=(0.02, 0.02, 0.02))
        hr = Volume(rng.standard_normal([2 * n for n in lr_shape], np.float32), spacing=(0.01, 0.01, 0.01))
        return SimpleNamespace(
            specimen=specimen, lr=lr, hr=hr, mask=None, shift_um=(0, 0, 0), left_um=None, rotation_deg=None,
            likeness=1.0, placement="files", resampled=False, warnings=(),
        )  # fmt: skip

    names = [f"noise {number}" for number in range(specimens)]
    return build_store(folder, [Specimen(name, name, "", "", Path(name), Path(name)) for name in names], pair, {})


class Clock(Callback):
    """Times the steps after a warm-up; on CUDA the clock stops when the device has done them."""

    def __init__(self, warm_up: int) -> None:
        self._warm_up = warm_up
        self._began = 0.0
        self.seconds_per_step = 0.0

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx) -> None:
        """Begin after the warm-up, and look at every step after it."""
        if trainer.global_step == self._warm_up:
            finish(pl_module.device)
            self._began = time.perf_counter()

    def on_train_end(self, trainer, pl_module) -> None:
        """Stop."""
        finish(pl_module.device)
        self.seconds_per_step = (time.perf_counter() - self._began) / (trainer.global_step - self._warm_up)


def finish(device: torch.device) -> None:
    """Wait until the device has done all it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def network_alone(samples: SliceSamples, config: TrainingConfig, device: str, steps: int, warm_up: int) -> float:
    """Seconds of an optimizer step on batches that lie ready."""
    module = TrainingModule(first_network(config), config, steps + warm_up).to(device)
    batches = [
        tuple(part.to(device) for part in batch)
        for batch, _ in zip(
            slice_loader(samples, GlobalBatches(4, config.batch), 0, pin_memory=False), range(4), strict=False
        )
    ]
    optimizer = module.configure_optimizers()
    autocast = {"bf16": torch.bfloat16, "16": torch.float16}.get(config.precision)
    scaler = torch.amp.GradScaler(device, enabled=config.precision == "16")
    began = 0.0
    for step in range(warm_up + steps):
        if step == warm_up:
            finish(torch.device(device))
            began = time.perf_counter()
        with torch.autocast(device, dtype=autocast, enabled=autocast is not None):
            loss = module.training_step(batches[step % len(batches)], step)
        optimizer.zero_grad(set_to_none=True)
        scaler.scale(loss).backward()
        if config.clip is not None:
            scaler.unscale_(optimizer)
            torch.nn.utils.clip_grad_norm_(module.network.parameters(), config.clip)
        scaler.step(optimizer)
        scaler.update()
        if module.averaged is not None:
            with torch.no_grad():
                for mean, weight in zip(module.averaged.parameters(), module.network.parameters(), strict=True):
                    mean.lerp_(weight, 0.001)
    finish(torch.device(device))
    return (time.perf_counter() - began) / steps


def with_loader(samples: SliceSamples, config: TrainingConfig, device: str, steps: int, warm_up: int) -> float:
    """Seconds of a step as `train` makes it."""
    total = steps + warm_up
    module = TrainingModule(first_network(config), config, total)
    clock = Clock(warm_up)
    batches = GlobalBatches(total, config.batch)
    workers = workers_for(config.workers, device, 1)
    loader = slice_loader(samples, batches, workers, pin_memory=device == "cuda")
    with trainer_for(config, device, [clock], steps=total) as trainer:
        run_trainer(trainer, module, config, train_dataloaders=loader)
    return clock.seconds_per_step


def measure(store: SliceStore, config: TrainingConfig, seconds: float) -> dict:
    """One preset."""
    device = device_type(config)
    network = first_network(config)
    samples = SliceSamples(store.pairs, sample_shape(network, store.pairs, config.patch), config)
    trial = network_alone(samples, config, device, steps=2, warm_up=1)
    steps = max(3, min(2000, int(seconds / ROUNDS / 2 / trial)))
    warm_up = max(1, min(20, steps // 4))
    alone, whole = [], []
    for _ in range(ROUNDS):
        alone.append(network_alone(samples, config, device, steps, warm_up))
        whole.append(with_loader(samples, config, device, steps, warm_up))
    alone_s, whole_s = statistics.median(alone), statistics.median(whole)
    return {
        "preset": config.preset,
        "device": torch.cuda.get_device_name() if device == "cuda" else f"CPU, {torch.get_num_threads()} threads",
        "precision": config.precision,
        "compile": config.compile,
        "batch": config.batch,
        "lr_pixels": list(samples.shape.patch),
        "workers": workers_for(config.workers, device, 1),
        "steps": steps,
        "network_alone_images_per_s": config.batch / alone_s,
        "with_loader_images_per_s": config.batch / whole_s,
        "overhead_percent": 100 * (whole_s / alone_s - 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, help="slice store of a run")
    parser.add_argument("--specimens", type=int, default=4, help="of the store that is made of noise")
    parser.add_argument("--slices", type=int, default=40, help="LR slices of each of them")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--seconds", type=float, default=60, help="about so long for each preset")
    parser.add_argument("--preset", action="append", choices=tuple(PRESETS), help="default: both")
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    options = parser.parse_args()
    from MicroCTSuperResTrainingLib.training.choosing import read_settings

    settings = {"device": options.device, "epochs": 1, **read_settings(options.settings)}
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        store = (
            synthetic_store(Path(folder) / "store", options.specimens, (options.slices, 200, 200))
            if options.store is None
            else open_store(options.store)
        )
        for preset in options.preset or PRESETS:
            figures.append(measure(store, PRESETS[preset].with_settings(settings), options.seconds))
            print(json.dumps(figures[-1]), flush=True)
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
