"""How long a cancelled enhancement takes to end, with all its processes.

    MICROCT_SUPERRES_PYTHON=PYTHON_WITH_TORCH python Testing/benchmarks/cancel.py [--runs 10] [--pixels 240]

The panel's Cancel is pressed while the network works; the time goes on until the panel knows that the run has ended and
no process of the worker's group is left. Run it with the Python of the panel's tests (Testing/slicer_host/README.md
tells what that needs), on POSIX.
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

MODULE = Path(__file__).resolve().parents[2] / "MicroCTSuperRes/MicroCTSuperRes.py"
SECONDS_OF_WORKER = 120


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--pixels", type=int, default=240, help="LR pixels along x and y")
    parser.add_argument("--slices", type=int, default=300)
    options = parser.parse_args()
    os.environ.setdefault("MICROCT_SUPERRES_PYTHON", sys.executable)
    with tempfile.TemporaryDirectory() as folder:
        host = Host(Path(folder))
        host.start_test()
        try:
            times = measure(host, options)
        finally:
            host.end_test()
    told = f"{len(times)} runs, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    print(f"Cancel to the end of all processes, {told}:")
    print(f"  median {statistics.median(times):.2f} s, from {min(times):.2f} to {max(times):.2f} s")


def measure(host: Host, options: argparse.Namespace) -> list[float]:
    """Seconds of each run."""
    import slicer
    from MicroCTSuperResLib.panel.worker_process import stop_all
    from MicroCTSuperResLib.scene.volume_nodes import node_from_volume

    loaded = host.module_manager.load(MODULE)
    host.module_manager.select(loaded.name)
    panel = loaded.widgetRepresentation().self()
    panel.runSection.devices.was_asked = True  # looking for devices takes a worker of its own
    voxels = np.random.default_rng(0).integers(0, 1000, (options.slices, options.pixels, options.pixels), np.int16)
    panel.parameters.lr = node_from_volume(slicer.mrmlScene, Volume(voxels, (0.02,) * 3), "scan")
    times = [seconds_to_end(panel) for _ in range(options.runs)]
    stop_all()
    return times


def seconds_to_end(panel) -> float:
    """Enhance, and cancel when the first slices are done."""
    from MicroCTSuperResLib.panel import worker_process
    from slicer_host.actions import click, process_events, wait_until

    ui, runner = panel.runSection.ui, panel.runSection.runner
    click(ui.enhanceButton)
    bar = ui.progressBar
    wait_until(lambda: bar.maximum > 0 and bar.value > 0, SECONDS_OF_WORKER, "progress")
    (worker,) = worker_process._running
    group = os.getpgid(worker._process.processId())
    if group == os.getpgid(0):
        raise SystemExit("The worker is in the group of this process.")
    began = time.perf_counter()
    click(ui.cancelButton)
    while runner.is_running or is_there(group):
        process_events(0.002)
    return time.perf_counter() - began


def is_there(group: int) -> bool:
    """Whether any process of a process group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main()
