"""Time per 400x400 HR slice and peak memory of the default network, the study's U-Net and EDSR-baseline, in one run.

    python Testing/benchmarks/speed.py [--threads 2] [--rounds 5]

The networks take turns, so that a machine that gets slower for a while is slower for all of them; the median of each is
printed with its ratio. Peak memory is that of a fresh process that runs the one network on one slice (Linux).
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from edsr import EDSRBaseline
from MicroCTSuperResLib.networks.architectures import build_network
from MicroCTSuperResLib.networks.store import ModelStore

LR_PIXELS = 200
# HR slices that one call makes: the study's network takes an upsampled slice and gives one; EDSR's slice serves for one
# too.
NETWORKS = ("default", "abstract", "edsr")


def one_call(name: str) -> tuple[Callable[[], object], int]:
    """A function that runs the network once on random input, and how many HR slices that makes."""
    if name == "default":
        card = ModelStore().find("default").card
        network = build_network(card.architecture, dict(card.arguments))
        slices, made = torch.rand(1, card.context_slices, LR_PIXELS, LR_PIXELS), 2
    elif name == "abstract":
        network, slices, made = build_network("unet_abstract", {}), torch.rand(1, 1, 2 * LR_PIXELS, 2 * LR_PIXELS), 1
    else:
        network, slices, made = EDSRBaseline(), torch.rand(1, 1, LR_PIXELS, LR_PIXELS), 1
    network = network.eval().to(memory_format=torch.channels_last)
    slices = slices.contiguous(memory_format=torch.channels_last)

    def call() -> object:
        with torch.inference_mode():
            return network(slices)

    return call, made


def seconds_per_slice(rounds: int) -> dict[str, float]:
    """Median seconds per HR slice of each network."""
    calls = {name: one_call(name) for name in NETWORKS}
    for call, _ in calls.values():
        call()
    times = {name: [] for name in NETWORKS}
    for _ in range(rounds):
        for name, (call, made) in calls.items():
            repeats = 5 if name == "default" else 1
            start = time.perf_counter()
            for _ in range(repeats):
                call()
            times[name].append((time.perf_counter() - start) / repeats / made)
    return {name: statistics.median(values) for name, values in times.items()}


def peak_mib(name: str, threads: int) -> float:
    """Peak memory of a process that only runs this network."""
    command = [sys.executable, __file__, "--alone", name, "--threads", str(threads)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--alone", choices=NETWORKS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.alone:
        one_call(options.alone)[0]()
        # Linux hands the peak of `getrusage` down from the parent, which has all networks loaded; this one is our own.
        status = Path("/proc/self/status").read_text()
        print(int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024)
        return
    seconds = seconds_per_slice(options.rounds)
    memory = {name: peak_mib(name, options.threads) for name in NETWORKS}
    print(f"{'network':10s} {'s per HR slice':>14s} {'times slower':>13s} {'peak MiB':>9s} {'times':>6s}")
    for name in NETWORKS:
        print(
            f"{name:10s} {seconds[name]:14.4f} {seconds[name] / seconds['default']:13.1f} "
            f"{memory[name]:9.0f} {memory[name] / memory['default']:6.2f}"
        )


if __name__ == "__main__":
    main()
