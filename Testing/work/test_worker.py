"""The worker: a real process that does one job and tells it in events."""

import json
import os
import signal
import subprocess
import sys

import MicroCTSuperResLib
import pytest


def squares(folder, **arguments):
    return {"job": "squares", "arguments": {"output": str(folder / "squares.txt"), **arguments}}


def test_a_job_starts_tells_its_progress_and_ends_with_its_result(start_worker, folder):
    worker = start_worker(squares(folder, count=3))
    events, status, errors = worker.finish()
    assert status == 0
    assert errors == ""
    assert events[0] == {
        "event": "started",
        "job": "squares",
        "version": MicroCTSuperResLib.__version__,
        "pid": worker.pid,
    }
    assert events[-1] == {"event": "result", "result": {"output": str(folder / "squares.txt"), "count": 3}}
    assert (folder / "squares.txt").read_text() == "0\n1\n4\n"


def test_the_last_progress_is_told_before_the_result(start_worker, folder):
    events, _, _ = start_worker(squares(folder, count=5000)).finish()
    progress = [event for event in events if event["event"] == "progress"]
    assert events[-2] == {"event": "progress", "done": 5000, "total": 5000, "unit": "squares", "eta_s": 0.0}
    assert len(progress) < 5000


def test_a_job_is_read_from_a_file(start_worker, folder):
    (folder / "job.json").write_text(json.dumps(squares(folder), indent=2))
    command = [sys.executable, "-m", "MicroCTSuperResLib.jobs.worker", str(folder / "job.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert json.loads(done.stdout.splitlines()[-1])["event"] == "result"


def test_a_job_from_stdin_may_span_several_lines(start_worker, folder):
    events, status, _ = start_worker(json.dumps(squares(folder), indent=2)).finish()
    assert (events[-1]["event"], status) == ("result", 0)


def test_the_worker_leads_its_own_process_group(start_worker, folder):
    worker = start_worker(squares(folder, hold_at=1))
    worker.read_until("progress")
    assert os.getpgid(worker.pid) == worker.pid
    os.killpg(worker.pid, signal.SIGTERM)
    assert worker.finish()[1] == 1


def test_what_libraries_print_does_not_reach_the_events(start_worker):
    events, status, errors = start_worker({"job": "chatty"}).finish()
    assert [event["event"] for event in events] == ["started", "result"]
    assert status == 0
    for said in ("from print", "from the descriptor", "from C", "from a child"):
        assert said in errors


@pytest.mark.parametrize(
    ("job", "code", "told"),
    [
        ("", "bad-input", "not JSON"),
        ("{", "bad-input", "not JSON"),
        ("[1]", "bad-input", "names no job"),
        ({"arguments": {}}, "bad-input", "names no job"),
        ({"job": "squares", "argument": {}}, "bad-input", "unknown key 'argument'"),
        ({"job": "squares", "arguments": []}, "bad-input", "must be an object"),
        ({"job": "sqares"}, "bad-input", "no job 'sqares'"),
        ({"job": "squares"}, "bad-input", "'output' is missing"),
        ({"job": "squares", "arguments": {"output": "a", "cuont": 1}}, "bad-input", "no argument 'cuont'"),
        ({"job": "squares", "arguments": {"output": "a", "count": "1"}}, "bad-input", "a whole number, this is '1'"),
    ],
)
def test_a_wrong_job_is_refused_in_one_line_that_names_the_fault(start_worker, job, code, told):
    events, status, _ = start_worker(job).finish()
    assert status == 1
    assert (events[-1]["event"], events[-1]["code"]) == ("error", code)
    assert told in events[-1]["message"]
    assert events[-1]["hint"]


def test_an_absent_job_file_is_told_as_an_event(folder):
    command = [sys.executable, "-m", "MicroCTSuperResLib.jobs.worker", str(folder / "absent.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    event = json.loads(done.stdout)
    assert (done.returncode, event["event"], event["code"]) == (1, "error", "bad-file")
    assert "absent.json" in event["message"]


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("foreseen", "bad-file"),
        ("memory", "out-of-memory"),
        ("system", "failed"),
        ("package", "not-installed"),
        ("unforeseen", "unexpected"),
    ],
)
def test_every_failure_ends_as_one_error_event_of_single_lines(start_worker, how, code):
    events, status, _ = start_worker({"job": "fail", "arguments": {"how": how}}).finish()
    assert status == 1
    assert [event["event"] for event in events] == ["started", "error"]
    assert events[-1]["code"] == code
    assert "\n" not in events[-1]["message"] + events[-1]["hint"]


def test_only_a_failure_that_nobody_foresaw_leaves_a_traceback_on_stderr(start_worker):
    _, _, unforeseen = start_worker({"job": "fail", "arguments": {"how": "unforeseen"}}).finish()
    _, _, foreseen = start_worker({"job": "fail", "arguments": {"how": "foreseen"}}).finish()
    assert "ZeroDivisionError" in unforeseen
    assert foreseen == ""


def test_a_crash_of_the_interpreter_is_seen_by_its_signal_and_place(start_worker):
    events, status, errors = start_worker({"job": "abort"}).finish()
    assert status == -signal.SIGABRT
    assert [event["event"] for event in events] == ["started", "log"]
    assert "_abort" in errors  # faulthandler names the Python function that was running
