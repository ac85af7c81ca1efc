"""A short training is killed with SIGKILL at random moments and resumed; every time it must end as if nothing had been.

    .venv/bin/python Testing/benchmarks/kill_and_resume.py [--moments 10] [--seed 0] [--folder DIR]

A cohort of small phantoms is trained once without interruption. Then the same training is begun again and again, its
process is killed between the appearance of its folder and that of its scores, and `train --resume` ends it. The stages
in between (the slice store, each epoch, model and scores) are divided into as many parts as there are moments, with one
random moment in each. They are counted by what the run has done, as a busy machine is not always equally fast.
Compared byte by byte with the uninterrupted run: history.csv, the weights of last.ckpt, the model's file and
scores.json. The status is 1 if anything differs.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from MicroCTSuperResTrainingLib.cohort.phantom_cohort import PhantomCohortSettings, make_phantom_cohort
from MicroCTSuperResTrainingLib.cohort.split import SplitSettings, split_cohort
from MicroCTSuperResTrainingLib.cohort.table import write_cohort
from MicroCTSuperResTrainingLib.training.checkpoints import read_checkpoint
from MicroCTSuperResTrainingLib.training.history import read_history
from MicroCTSuperResTrainingLib.training.run_folder import RunFolder

SETTINGS = (
    "--epochs", "20", "--batch", "8", "--device", "cpu", "--set", "samples_per_epoch=128", "--set", "patch=16",
    "--set", 'arguments={"channels": 8, "blocks": [1, 1, 1]}', "--set", "validation_slices=4",
    # One name for all runs: by default a model is named after its folder, and its card tells the name.
    "--name", "kill-and-resume",
)  # fmt: skip
# torch splits sums over its threads, so that another number of them changes the last digits.
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}
SECONDS_BETWEEN_LOOKS = 0.01


@dataclass(frozen=True)
class Killed:
    """What a run had reached when it was killed, and how it ended after it was resumed."""

    reached: str
    equal: dict[str, bool]


def main() -> int:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moments", type=int, default=10, help="how often (default: 10)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (default: 0)")
    parser.add_argument("--folder", type=Path, help="a new folder to work in, which is kept (default: a temporary one)")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="kill-and-resume-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return measure(folder, options.moments, random.Random(options.seed))
    finally:
        if options.folder is None:
            shutil.rmtree(folder)


def measure(folder: Path, moments: int, rng: random.Random) -> int:
    """Kill and resume so often; returns the exit status."""
    table = make_cohort(folder / "phantoms")
    whole = RunFolder(folder / "whole")
    process = begin(table, whole)
    stages = stages_of(process, whole)
    if process.wait() != 0:
        raise SystemExit("The uninterrupted training failed.")
    print(f"Uninterrupted: {sum(stages):.1f} s for the slice store, {len(stages) - 1} epochs, model and scores")
    print(f"{'killed in stage':<16}  {'when it had':<34}  {'  '.join(compared(whole, whole))}")
    rows = []
    for number in range(moments):
        moment = (number + rng.random()) / moments * len(stages)
        rows.append(kill_and_resume(table, RunFolder(folder / f"run-{number + 1}"), whole, moment, stages))
        told = "  ".join(f"{'same' if same else 'OTHER':<{len(name)}}" for name, same in rows[-1].equal.items())
        place = f"{moment:.2f} of {len(stages)}"
        print(f"{place:<16}  {rows[-1].reached:<34}  {told}", flush=True)
    good = sum(all(row.equal.values()) for row in rows)
    print(f"{good} of {len(rows)} ended exactly as the uninterrupted training.")
    return 0 if good == len(rows) else 1


def stages_of(process: subprocess.Popen, run: RunFolder) -> list[float]:
    """How long each stage of a training takes, in seconds: up to the first epoch's end, each further epoch, the end."""
    ends = [time.monotonic()]
    while not run.scores_file.exists() and process.poll() is None:
        if epochs_of(run) >= len(ends):
            ends.append(time.monotonic())
        time.sleep(SECONDS_BETWEEN_LOOKS)
    ends.append(time.monotonic())
    return [end - begin for begin, end in pairwise(ends)]


def epochs_of(run: RunFolder) -> int:
    """Epochs that stand in the history."""
    return len(read_history(run.history_file).rows) if run.history_file.exists() else 0


def make_cohort(folder: Path) -> Path:
    """The table of five femurs of 32 x 32 x 16 LR voxels: three to train, one to validate, one to test."""
    settings = PhantomCohortSettings(animals=5, size=(64, 64, 32), spacing_mm=0.04, largest_shift=0.3)
    cohort = split_cohort(make_phantom_cohort(folder, settings), SplitSettings(counts={"femur": (3, 1, 1)}))
    return write_cohort(cohort, cohort.path, overwrite=True)


def begin(table: Path, run: RunFolder) -> subprocess.Popen:
    """Start a training and wait until its folder is there."""
    process = start(str(table), "-o", str(run.path), *SETTINGS)
    while not run.is_begun and process.poll() is None:
        time.sleep(SECONDS_BETWEEN_LOOKS)
    return process


def start(*words: str) -> subprocess.Popen:
    """`microct-superres train` as a process group of its own, so that all of it can be killed."""
    return subprocess.Popen(
        [sys.executable, "-m", "MicroCTSuperResLib", "train", *words],
        env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


def kill_and_resume(table: Path, run: RunFolder, whole: RunFolder, moment: float, stages: list[float]) -> Killed:
    """One training with a sudden end in between.

    :param moment: the stage, and the part of it that has passed.
    :param stages: seconds of each.
    """
    process = begin(table, run)
    while epochs_of(run) < int(moment) and process.poll() is None:
        time.sleep(SECONDS_BETWEEN_LOOKS)
    time.sleep(moment % 1 * stages[int(moment)])
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    reached = state_of(run)
    # The table is named again: a run that is killed in its first moments has no copy of it yet.
    resumed = start(str(table), "-o", str(run.path), "--resume")
    _, errors = resumed.communicate()
    if resumed.returncode != 0:
        print(errors.decode().strip().splitlines()[-1])
        return Killed(reached, dict.fromkeys(compared(whole, whole), False))
    return Killed(reached, compared(run, whole))


def state_of(run: RunFolder) -> str:
    """What stands in the folder of a run that was killed."""
    if run.scores_file.exists():
        return "the scores"
    if run.model.exists():
        return "the model, no scores"
    if run.history_file.exists():
        leftover = " and a half-written file" if any(run.path.rglob("*.part")) else ""
        return f"{epochs_of(run)} epochs{leftover}"
    if (run.path / "store" / "index.json").exists():
        return "the slice store, no epoch"
    return f"{len(list((run.path / 'store').glob('*/facts.json')))} specimens in the slice store"


def compared(run: RunFolder, whole: RunFolder) -> dict[str, bool]:
    """Whether each result of a run is that of another one."""
    files = {"history.csv": "history.csv", "model": "model/model.safetensors", "scores.json": "scores.json"}
    same = {name: (run.path / file).read_bytes() == (whole.path / file).read_bytes() for name, file in files.items()}
    return {**same, "last.ckpt": same_weights(run.last, whole.last)}


def same_weights(one: Path, other: Path) -> bool:
    """Whether two checkpoints hold the same weights, running averages and state of Adam, bit by bit."""
    import torch

    mine, theirs = (read_checkpoint(path) for path in (one, other))
    return all(
        torch.equal(before, after)
        for part in ("state_dict", "optimizer_states")
        for before, after in zip(tensors(mine[part]), tensors(theirs[part]), strict=True)
    )


def tensors(value: object) -> list:
    """All tensors in nested dictionaries and lists, in their order."""
    import torch

    if isinstance(value, torch.Tensor):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [tensor for each in inner for tensor in tensors(each)]


if __name__ == "__main__":
    sys.exit(main())
