"""However a worker ends, no half-written result is left."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

SECONDS_TO_END = 60


def holding_job(folder, **arguments):
    """A job that has written half of its result and waits."""
    return {"job": "squares", "arguments": {"output": str(folder / "squares.txt"), "hold_at": 5, **arguments}}


def hold(start_worker, folder, *options, **arguments):
    worker = start_worker(holding_job(folder, **arguments), *options)
    worker.read_until("log")
    assert list(folder.rglob("*.txt")), "the result is being written under another name"
    return worker


def assert_ended(pid):
    """Wait for the end of a process that is nobody's child here; it may stay as a zombie until it is reaped."""
    try:
        psutil.Process(pid).wait(SECONDS_TO_END)
    except psutil.NoSuchProcess:
        return
    except psutil.TimeoutExpired:
        assert psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("deaf", [False, True], ids=["work that asks", "work that never asks"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_cancelled_worker_says_so_and_leaves_nothing(start_worker, folder, number, deaf):
    worker = hold(start_worker, folder, deaf=deaf)
    worker.signal(number)
    events, status, errors = worker.finish()
    assert status == 1
    assert (events[-1]["event"], events[-1]["code"]) == ("error", "cancelled")
    assert "Traceback" not in errors
    assert list(folder.iterdir()) == []


def test_a_second_signal_does_not_cut_cleaning_up_short(start_worker, folder):
    worker = hold(start_worker, folder)
    for _ in range(20):
        worker.signal(signal.SIGTERM)
    events, status, _ = worker.finish()
    assert (events[-1]["code"], status) == ("cancelled", 1)
    assert list(folder.iterdir()) == []


def test_a_killed_worker_leaves_no_file_of_the_results_name(start_worker, folder):
    worker = hold(start_worker, folder)
    worker.signal(signal.SIGKILL)
    _, status, _ = worker.finish()
    assert status == -signal.SIGKILL
    assert not (folder / "squares.txt").exists()
    assert all(path.name.startswith(".squares.txt.") for path in folder.iterdir())


def test_a_job_works_after_a_killed_one_of_the_same_output(start_worker, folder):
    worker = hold(start_worker, folder)
    worker.signal(signal.SIGKILL)
    worker.finish()
    job = {"job": "squares", "arguments": {"output": str(folder / "squares.txt"), "count": 2}}
    assert start_worker(job).finish()[1] == 0
    assert (folder / "squares.txt").read_text() == "0\n1\n"


def test_the_worker_ends_when_its_stdin_is_closed(start_worker, folder):
    worker = hold(start_worker, folder, "--end-with-stdin")
    worker.close_stdin()
    events, status, _ = worker.finish()
    assert (events[-1]["code"], status) == ("cancelled", 1)
    assert list(folder.iterdir()) == []


def test_a_job_that_ends_before_its_stdin_does_ends_well(start_worker, folder):
    job = {"job": "squares", "arguments": {"output": str(folder / "squares.txt")}}
    worker = start_worker(job, "--end-with-stdin")
    events, status, errors = worker.finish()
    assert (events[-1]["event"], status, errors) == ("result", 0, "")


def test_the_worker_ends_when_nobody_reads_its_events(start_worker, folder):
    worker = start_worker(holding_job(folder, count=10**9, hold_at=None))
    worker.read_until("progress")
    worker.close_stdout()
    assert worker.finish()[1] == 1
    assert list(folder.iterdir()) == []


def test_the_worker_ends_when_its_parent_is_killed(sample_commands, folder):
    job = folder.parent / "job.json"
    job.write_text(json.dumps(holding_job(folder)))
    started = folder.parent / "events"
    parent = subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "parent_of_worker.py"), str(job), str(started)],
        stdout=subprocess.PIPE,
        env=dict(os.environ),
        text=True,
    )
    worker = int(parent.stdout.readline())  # printed once the worker holds
    assert list(folder.iterdir())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert_ended(worker)
    assert list(folder.iterdir()) == []
