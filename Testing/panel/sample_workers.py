"""Workers as a panel has them, for tests: what one tells, and the Python programs that run them."""

import os
import shlex
import sys
from pathlib import Path

from slicer_host.actions import process_events, wait_until

HERE = Path(__file__).resolve().parent
SECONDS_TO_END = 60
# The Python of the tests may lack torch: then this variable names one that has it.
PYTHON = os.environ.get("MICROCT_SUPERRES_PYTHON", sys.executable)


class Heard:
    """What a panel hears of one worker, which it starts."""

    def __init__(self, job):
        from MicroCTSuperResLib.panel.worker_process import WorkerProcess

        self.events = []
        self.outcomes = []
        self.worker = WorkerProcess(job, self.events.append, self.outcomes.append)
        self.worker.start()

    def names(self):
        return [event["event"] for event in self.events]

    def wait_for(self, name):
        """The first event of that name."""
        wait_until(lambda: name in self.names() or self.outcomes, SECONDS_TO_END, f"the event {name}")
        assert name in self.names(), self.outcomes
        return self.events[self.names().index(name)]

    def end(self):
        """The outcome, which must be told once."""
        wait_until(lambda: self.outcomes, SECONDS_TO_END, "the worker's end")
        process_events(0.05)
        assert len(self.outcomes) == 1
        assert not self.worker.isRunning
        return self.outcomes[0]


def write_python(folder, name="python", *, launcher=False):
    """Write a program that runs PYTHON with the sample jobs of the tests.

    :param launcher: whether it stays and waits for Python, as PythonSlicer does, instead of becoming it.
    """
    about = folder / "installed/sample_jobs-1.0.dist-info"
    about.mkdir(parents=True, exist_ok=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: sample-jobs\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[microct_superres.commands]\nwork = sample_commands\npanel = sample_worker_jobs\n"
    )
    paths = os.pathsep.join(map(str, (about.parent, HERE, HERE.parent / "work")))
    program = folder / name
    program.write_text(
        f"#!/bin/sh\nexport PYTHONPATH={shlex.quote(paths)}:$PYTHONPATH\n"
        f'{"" if launcher else "exec "}{shlex.quote(PYTHON)} "$@"\n'
    )
    program.chmod(0o755)
    return program
