"""Damages scans of every format and reads them: `python Testing/fuzz/run.py --trials 200000`.

Each format is tried in processes of its own, with a limit on their memory and a limit of time for each trial, so that
a crash, a hang or a huge allocation is told with the number of its trial. `--format nrrd --first 1234 --trials 1`
repeats a trial. The limits are those of Linux; elsewhere nothing is tried.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

LONGEST_SECONDS = 20
# Beyond what Python, SimpleITK and zarr take themselves: scans of a few kilobytes need next to nothing.
SPARE_BYTES = 2**30
_TRIALS_OF_A_PROCESS = 5000
_MOST_FAULTS = 20
_NOT_BEGUN = 9
HAS_LIMITS = sys.platform == "linux"


@dataclass
class Report:
    """Of one format: how many trials ended how, and the faults in words."""

    name: str
    counts: Counter = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    @property
    def trials(self) -> int:
        return sum(self.counts.values())


def run(name: str, folder: Path, first: int, trials: int) -> Report:
    """Run the trials `first`, `first` + 1 ... of a format in processes of their own."""
    report = Report(name)
    number, end = first, first + trials
    while number < end and len(report.faults) < _MOST_FAULTS:
        last = min(number + _TRIALS_OF_A_PROCESS, end)
        told = folder / f"{name}.jsonl"
        command = [sys.executable, __file__, "--child", name, "--first", str(number), "--trials", str(last - number)]
        child = subprocess.run([*command, "--folder", str(folder)], capture_output=True, text=True, check=False)
        number = _read(report, told, number)
        if child.returncode == _NOT_BEGUN:
            raise RuntimeError(f"The scan {name} cannot be made or read while it is whole: {child.stderr[-2000:]}")
        if child.returncode != 0:
            trouble = " / ".join(child.stderr.strip().splitlines()[-6:])
            report.faults.append(f"{name} {number}: the process ended with {child.returncode}: {trouble[:1500]}")
            report.counts["fault"] += 1
            number += 1
    return report


def _read(report: Report, told: Path, number: int) -> int:
    """Add what a child told; returns the number of the trial after the last that it finished."""
    for line in told.read_text("utf-8").splitlines() if told.exists() else ():
        entry = json.loads(line)
        number = entry["next"]
        report.counts.update(entry["counts"])
        report.faults += entry["faults"]
    told.unlink(missing_ok=True)
    return number


def _child(name: str, folder: Path, first: int, trials: int) -> None:
    """Run the trials and tell after each handful; a trial that takes too long ends the process with a traceback."""
    import resource

    from seeds import make_seeds
    from trial import Trials

    try:
        tried = Trials(make_seeds(folder, [name])[0])
    except Exception:
        traceback.print_exc()
        sys.exit(_NOT_BEGUN)
    address_space = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (address_space + SPARE_BYTES,) * 2)
    with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as told:
        for number in range(first, first + trials):
            faulthandler.dump_traceback_later(LONGEST_SECONDS, exit=True)
            verdict = tried.run(number)
            faults = [f"{name} {number}: {verdict.reason}"] if verdict.kind == "fault" else []
            told.write(json.dumps({"next": number + 1, "counts": {verdict.kind: 1}, "faults": faults}) + "\n")
            told.flush()
    faulthandler.cancel_dump_traceback_later()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=20_000, help="in all, shared among the formats")
    parser.add_argument("--first", type=int, default=0, help="number of the first trial of each format")
    parser.add_argument("--format", action="append", dest="names", help="only this one; may be repeated")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if not HAS_LIMITS:
        parser.error("the limits of memory need Linux")
    if wanted.child:
        _child(wanted.child, wanted.folder, wanted.first, wanted.trials)
        return
    sys.exit(_told(wanted.names, wanted.first, wanted.trials))


def _told(names: list[str] | None, first: int, trials: int) -> int:
    from seeds import every_name

    names = names or list(every_name())
    reports = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            report = run(name, Path(folder), first, max(1, trials // len(names)))
            reports.append(report)
            counts = ", ".join(f"{kind} {count}" for kind, count in sorted(report.counts.items()))
            print(f"{name:18} {report.trials:7} trials: {counts}", flush=True)
            for fault in report.faults:
                print(f"    {fault}", flush=True)
    total = sum(report.trials for report in reports)
    faults = sum(len(report.faults) for report in reports)
    print(f"{total} trials in {time.monotonic() - began:.0f} s, {faults} faults")
    return int(faults > 0)


if __name__ == "__main__":
    main()
