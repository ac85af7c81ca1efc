"""The whole `enhance` command on a 200x200x100 LR volume against the study's network alone, per HR slice, in one run.

    python Testing/benchmarks/command.py [--rounds 3]

The command counts from its start to its end: imports, reading, network, writing. The study's network counts only its
calls on random 400x400 slices.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from MicroCTSuperResLib.simulation.acquisition import simulate_lr
from MicroCTSuperResLib.simulation.phantoms import make_phantom
from speed import one_call

SIZE = (400, 400, 200)


def enhance_seconds(lr: Path, folder: Path) -> float:
    """Seconds of one `enhance` command."""
    out = folder / "dl.nrrd"
    command = [sys.executable, "-m", "MicroCTSuperResLib", "enhance", str(lr), "-o", str(out), "--overwrite"]
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    call, _ = one_call("abstract")
    call()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lr = simulate_lr(make_phantom("femur", SIZE, seed=7))
        lr.with_voxels(lr.voxels.round().astype("int16")).write(folder / "lr.nrrd")
        command_times, network_times = [], []
        for _ in range(options.rounds):
            command_times.append(enhance_seconds(folder / "lr.nrrd", folder) / SIZE[2])
            start = time.perf_counter()
            for _ in range(3):
                call()
            network_times.append((time.perf_counter() - start) / 3)
    command, network = statistics.median(command_times), statistics.median(network_times)
    print(f"threads of the study's network: {torch.get_num_threads()}")
    print(f"enhance command: {command:.4f} s per HR slice ({command * SIZE[2]:.1f} s in all)")
    print(f"the study's network alone: {network:.4f} s per HR slice, {network / command:.1f} times as long")


if __name__ == "__main__":
    main()
