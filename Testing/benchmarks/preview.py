"""Time from a request to its answer in the live preview, as Slicer's process sees it, whole LR slices of 200x200.

    MICROCT_SUPERRES_PYTHON=PYTHON_WITH_TORCH python Testing/benchmarks/preview.py [--requests 40] [--pixels 200]

Run it with the Python of the panel's tests (Testing/slicer_host/README.md tells what that needs). Only the requests
after the first count: the first one waits for the worker's start, which is printed apart.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from MicroCTSuperResLib import Volume
from slicer_host.host import Host


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=40)
    parser.add_argument("--pixels", type=int, default=200, help="LR pixels along x and y")
    parser.add_argument("--slices", type=int, default=100)
    options = parser.parse_args()
    os.environ.setdefault("MICROCT_SUPERRES_PYTHON", sys.executable)
    with tempfile.TemporaryDirectory() as folder:
        host = Host(Path(folder))
        host.start_test()
        try:
            start, times, in_worker = measure(Path(folder), options)
        finally:
            host.end_test()
    print(f"start of the worker to its first answer: {start:.1f} s")
    size = f"{2 * options.pixels}x{2 * options.pixels}"
    print(f"request to answer, two HR slices of {size}, {len(times)} requests, milliseconds:")
    for name, seconds in (("in Slicer's process", times), ("of these in the worker", in_worker)):
        low, high = min(seconds), max(seconds)
        print(f"  {name}: median {1e3 * statistics.median(seconds):.0f}, from {1e3 * low:.0f} to {1e3 * high:.0f}")


def measure(folder: Path, options: argparse.Namespace) -> tuple[float, list[float], list[float]]:
    """Seconds to the first answer, then of each request, and of its part in the worker."""
    from MicroCTSuperResLib.panel.preview_process import PreviewProcess
    from MicroCTSuperResLib.panel.worker_process import stop_all
    from slicer_host.actions import wait_until

    voxels = np.random.default_rng(0).normal(500, 200, (options.slices, options.pixels, options.pixels))
    path = Volume(voxels.astype(np.int16), (0.02,) * 3, units="mg HA/cm3").write(folder / "lr.nrrd")
    answers, troubles = [], []
    preview = PreviewProcess(
        lambda answer: answers.append((time.perf_counter(), answer)), lambda *told: troubles.append(told)
    )

    def seconds_to_answer(index: int) -> float:
        began, count = time.perf_counter(), len(answers)
        preview.request(index)
        wait_until(lambda: len(answers) > count or troubles, 120, "an answer")
        if troubles:
            raise SystemExit(" ".join(troubles[0]))
        return answers[-1][0] - began

    preview.setVolume(str(path), "default", "cpu")
    first = seconds_to_answer(0)
    times = [seconds_to_answer((7 * number) % options.slices) for number in range(1, options.requests + 1)]
    stop_all()
    return first, times, [answer.event["seconds"] for _, answer in answers[1:]]


if __name__ == "__main__":
    main()
