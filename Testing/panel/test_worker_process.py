"""Workers started from a panel: real processes that are done, fail, crash and are cancelled."""

import os
import signal
import sys
import time

import numpy as np
import psutil
import pytest
from MicroCTSuperResLib import Volume
from sample_workers import Heard, write_python
from slicer_host.actions import process_events, wait_until

SECONDS_OF_CANCEL = 2  # the panel promises this; the processes are looked for after it


@pytest.fixture
def python(tmp_path, monkeypatch):
    program = write_python(tmp_path)
    monkeypatch.setenv("MICROCT_SUPERRES_PYTHON", str(program))
    return program


@pytest.fixture
def start(slicer_scene, python):
    """`start(job, **arguments)` starts a worker; all have ended after the test."""
    yield lambda job, **arguments: Heard({"job": job, "arguments": arguments})
    from MicroCTSuperResLib.panel.worker_process import stop_all

    stop_all()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "results").mkdir()
    return tmp_path / "results"


def squares(folder, **arguments):
    return {"output": str(folder / "squares.txt"), **arguments}


def alive(pids):
    """Those of the processes that run; zombies do not."""
    found = []
    for pid in pids:
        try:
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.append(pid)
        except psutil.NoSuchProcess:
            continue
    return found


def wait_for_end(pids):
    """Processes that were killed take a moment."""
    wait_until(lambda: alive(pids) == [], what="the end of the processes")


def family_of(heard):
    """The process numbers of a worker of the job `family` and of its children."""
    return [heard.wait_for("started")["pid"], *map(int, heard.wait_for("log")["message"].split())]


def test_a_job_is_done_and_tells_its_events_and_result(start, folder):
    heard = start("squares", **squares(folder, count=3))
    assert heard.worker.isRunning
    assert heard.events == []
    outcome = heard.end()
    assert (outcome.kind, outcome.message) == ("done", "")
    assert outcome.result == {"output": str(folder / "squares.txt"), "count": 3}
    assert (heard.names()[0], heard.names()[-1]) == ("started", "result")
    assert "progress" in heard.names()


def test_many_lines_all_come_in_order(start):
    heard = start("tell-much", count=3000)
    outcome = heard.end()
    assert outcome.result == {"count": 3000}
    assert outcome.log == [f"line {number}" for number in range(3000)]


def test_two_workers_run_at_once_and_one_is_cancelled_without_the_other(start, folder):
    first = start("squares", **squares(folder, hold_at=5))
    second = start("squares", output=str(folder / "other.txt"), hold_at=5)
    first.wait_for("log")
    second.wait_for("log")
    first.worker.cancel()
    assert first.end().kind == "cancelled"
    assert second.worker.isRunning
    assert not (folder / "squares.txt").exists()
    second.worker.cancel()
    assert second.end().kind == "cancelled"
    assert list(folder.iterdir()) == []


def test_a_failure_comes_with_message_and_hint(start, folder):
    scan = folder / "lr.nrrd"
    scan.write_bytes(b"NRRD0004\n")
    outcome = start("enhance", inputs=[str(scan)], output=str(folder / "dl.nrrd"), model="no such model").end()
    assert (outcome.kind, outcome.code) == ("failed", "bad-model")
    assert "no such model" in outcome.message
    assert outcome.hint
    assert outcome.result is None


def test_cancel_ends_the_worker_and_leaves_no_file(start, folder):
    heard = start("family", output=str(folder / "half.txt"))
    processes = family_of(heard)
    assert len(alive(processes)) == 4
    assert [path.name.startswith(".half.txt.") for path in folder.iterdir()] == [True]
    heard.worker.cancel()
    assert heard.worker.isRunning  # until it has ended: cancel does not wait
    assert heard.end().kind == "cancelled"
    wait_for_end(processes)
    assert list(folder.iterdir()) == []


def test_a_real_enhancement_is_cancelled_halfway(start, folder, tmp_path):
    voxels = np.random.default_rng(0).normal(500, 100, (60, 200, 200)).astype(np.int16)
    lr = Volume(voxels, (0.02,) * 3, units="mg HA/cm3").write(tmp_path / "lr.nrrd")
    heard = start("enhance", inputs=[str(lr)], output=str(folder / "dl.nrrd"), device="cpu")
    worker = heard.wait_for("started")["pid"]
    assert heard.wait_for("progress")["done"] < 60
    heard.worker.cancel()
    process_events(SECONDS_OF_CANCEL)
    assert alive([worker]) == []
    assert heard.end().kind == "cancelled"
    assert list(folder.iterdir()) == []


def test_a_worker_that_does_not_listen_is_killed_with_its_children_in_time(start, folder):
    heard = start("family", output=str(folder / "half.txt"), deaf=True)
    processes = family_of(heard)
    heard.worker.cancel()
    process_events(SECONDS_OF_CANCEL)
    assert alive(processes) == []
    assert heard.end().kind == "cancelled"
    assert not (folder / "half.txt").exists()


def test_cancel_ends_the_workers_group_where_slicer_has_no_psutil(start, folder, monkeypatch):
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "psutil", None)
        heard = start("family", output=str(folder / "half.txt"))
        processes = family_of(heard)
        heard.worker.cancel()
        assert heard.end().kind == "cancelled"
    wait_for_end(processes[:3])
    assert list(folder.iterdir()) == []
    os.kill(processes[3], signal.SIGKILL)  # it has left the group


def test_cancel_right_after_start_ends_a_worker_that_cannot_hear_signals_yet(start, folder):
    heard = start("squares", **squares(folder, hold_at=5))
    heard.worker.cancel()
    heard.worker.cancel()
    assert heard.end().kind == "cancelled"
    assert list(folder.iterdir()) == []


def test_cancel_after_the_end_changes_nothing(start, folder):
    heard = start("squares", **squares(folder))
    assert heard.end().kind == "done"
    heard.worker.cancel()
    heard.worker.stop()
    assert heard.end().kind == "done"


@pytest.mark.parametrize("name", ["python", "PythonSlicer"])
def test_cancel_ends_a_worker_that_a_launcher_runs(start, folder, tmp_path, monkeypatch, name):
    program = write_python(tmp_path, name, launcher=True)
    monkeypatch.setenv("MICROCT_SUPERRES_PYTHON", str(program))
    heard = start("family", output=str(folder / "half.txt"))
    processes = family_of(heard)
    heard.worker.cancel()
    assert heard.end().kind == "cancelled"
    wait_for_end(processes)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "told"), [("SIGKILL", "killed"), ("SIGSEGV", "Segmentation fault"), ("SIGABRT", "Aborted")]
)
def test_a_worker_that_dies_is_told_as_crashed_with_its_reason(start, name, told):
    outcome = start("die", signal=name).end()
    assert outcome.kind == "crashed"
    assert told in outcome.message
    assert outcome.hint
    assert outcome.log[0] == "now"


def test_a_worker_ended_by_another_program_is_told_as_crashed(start, folder):
    heard = start("squares", **squares(folder, hold_at=5))
    heard.wait_for("log")
    os.kill(heard.events[0]["pid"], signal.SIGTERM)
    outcome = heard.end()
    assert outcome.kind == "crashed"
    assert "Another program" in outcome.message


def test_children_of_a_killed_worker_do_not_stay(start, folder):
    heard = start("family", output=str(folder / "half.txt"))
    worker, *children = family_of(heard)
    os.kill(worker, signal.SIGKILL)
    assert heard.end().kind == "crashed"
    wait_for_end(children[:2])
    os.kill(children[2], signal.SIGKILL)  # it has left the group, and its parent is gone


def test_a_worker_out_of_memory_says_so(start):
    outcome = start("fill-memory").end()
    assert (outcome.kind, outcome.code) == ("failed", "out-of-memory")
    assert "not enough memory" in outcome.message


def test_a_volume_that_cannot_fit_is_refused_before_the_work(start, folder):
    shape = (20000, 20000, 20000)  # 8 TB of uint8, more than any computer's memory
    header = f"NRRD0004\ntype: uint8\ndimension: 3\nsizes: {' '.join(map(str, shape))}\nspacings: 0.02 0.02 0.02\n"
    (folder / "lr.nhdr").write_text(f"{header}encoding: raw\ndata file: lr.raw\n")
    with (folder / "lr.raw").open("wb") as file:
        try:
            file.truncate(int(np.prod(shape, dtype=np.int64)))  # a sparse file
        except OSError:
            pytest.skip("this file system holds no file of 8 TB")
    outcome = start("enhance", inputs=[str(folder / "lr.nhdr")], output=str(folder / "dl.nrrd")).end()
    assert (outcome.kind, outcome.code) == ("failed", "out-of-memory")
    assert "GiB" in outcome.message


def test_what_is_no_event_goes_to_the_log(start):
    heard = start("rubbish")
    outcome = heard.end()
    assert outcome.kind == "done"
    assert outcome.result == {"said": "much"}
    assert heard.names() == ["started", "started", "result"]
    for line in ("plain words", "[1, 2]", '{"event": 3}', '{"ev', "on stderr, without an end"):
        assert line in outcome.log
    assert outcome.log[-1] in ("after the end, without an end", "on stderr, without an end")


def test_a_missing_interpreter_is_told_after_start(start, folder, monkeypatch):
    monkeypatch.setenv("MICROCT_SUPERRES_PYTHON", str(folder / "no python"))
    heard = start("squares", **squares(folder))
    assert heard.outcomes == []
    outcome = heard.end()
    assert (outcome.kind, outcome.code) == ("failed", "not-started")
    assert outcome.hint


def test_an_interpreter_that_cannot_be_run_is_told(start, folder, monkeypatch):
    program = folder / "python"
    program.write_text("#!/no/such/program\n")
    program.chmod(0o755)
    monkeypatch.setenv("MICROCT_SUPERRES_PYTHON", str(program))
    heard = start("squares", **squares(folder))
    assert heard.end().code == "not-started"


def test_an_interpreter_without_the_packages_is_told_with_its_last_words(start, folder, monkeypatch):
    program = folder / "python"
    program.write_text("#!/bin/sh\necho 'No module named numpy' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("MICROCT_SUPERRES_PYTHON", str(program))
    outcome = start("squares", **squares(folder)).end()
    assert outcome.kind == "crashed"
    assert "No module named numpy" in outcome.message
    assert outcome.log == ["No module named numpy"]


@pytest.mark.parametrize("deaf", [False, True], ids=["worker that listens", "worker that does not"])
def test_no_worker_survives_the_end_of_slicer(start, host, folder, deaf):
    heard = [start("family", output=str(folder / f"{number}.txt"), deaf=deaf) for number in range(2)]
    processes = [pid for each in heard for pid in family_of(each)]
    host.tell_about_to_quit()
    wait_for_end(processes)
    assert [[outcome.kind for outcome in each.outcomes] for each in heard] == [["cancelled"], ["cancelled"]]


def test_stop_returns_when_the_worker_has_ended(start, folder):
    heard = start("squares", **squares(folder, hold_at=5))
    heard.wait_for("log")
    heard.worker.stop()
    assert [outcome.kind for outcome in heard.outcomes] == ["cancelled"]
    assert alive([heard.events[0]["pid"]]) == []


@pytest.mark.parametrize("busy", [False, True], ids=["lines come one by one", "all lines come at the end"])
def test_an_error_in_the_panel_loses_no_event_and_not_the_end(start, host, busy):
    from MicroCTSuperResLib.panel.worker_process import WorkerProcess

    heard, ends = [], []

    def on_event(event):
        heard.append(event["event"])
        raise RuntimeError("the panel's own fault")

    worker = WorkerProcess({"job": "tell-much", "arguments": {"count": 5}}, on_event, ends.append)
    worker.start()
    if busy:
        worker._process.waitForBytesWritten(1000)
        time.sleep(2)  # Slicer does something else until the worker has ended
    end = time.monotonic() + 30
    while not ends and time.monotonic() < end:
        process_events(0.01)
    assert heard == ["started", *["log"] * 5, "result"]
    assert [outcome.kind for outcome in ends] == ["done"]
    assert "the panel's own fault" in str(host.problems.take())


def test_a_worker_that_nobody_holds_runs_to_its_end(start, folder):
    from MicroCTSuperResLib.panel.worker_process import WorkerProcess

    ends = []
    WorkerProcess({"job": "squares", "arguments": squares(folder)}, lambda event: None, ends.append).start()
    import gc

    gc.collect()
    wait_until(lambda: ends, 30, "the worker's end")
    assert ends[0].kind == "done"


def test_another_python_gets_none_of_slicers_own_paths(slicer_scene, monkeypatch):
    from MicroCTSuperResLib.panel import interpreter

    for name in ("PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH", "QT_PLUGIN_PATH", "PYTHONNOUSERSITE"):
        monkeypatch.setenv(name, "/slicer")
    other = interpreter.worker_environment("/usr/bin/python3")
    assert not {"PYTHONHOME", "LD_LIBRARY_PATH", "QT_PLUGIN_PATH", "PYTHONNOUSERSITE"} & set(other)
    folders = other["PYTHONPATH"].split(os.pathsep)
    assert "/slicer" not in folders
    assert all(os.path.isdir(path) for path in folders)  # noqa: PTH112
    own = interpreter.worker_environment("/opt/Slicer/bin/PythonSlicer")
    assert own["PYTHONHOME"] == own["LD_LIBRARY_PATH"] == "/slicer"
    assert own["PYTHONPATH"].split(os.pathsep) == [*folders, "/slicer"]


def test_the_interpreter_is_that_of_the_variable_of_the_setting_or_pythonslicer(slicer_scene, python, monkeypatch):
    import slicer
    from MicroCTSuperResLib.panel import interpreter

    assert interpreter.worker_interpreter() == str(python)
    monkeypatch.delenv("MICROCT_SUPERRES_PYTHON")
    assert interpreter.worker_interpreter().endswith("PythonSlicer")
    slicer.app.userSettings().setValue(interpreter.SETTING, str(python))
    assert interpreter.worker_interpreter() == str(python)
