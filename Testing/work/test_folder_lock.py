"""Two processes in one folder of results: the second one is told who works there, and a dead one keeps nobody out."""

import json
import os
import platform
import subprocess
import sys
from datetime import datetime

import pytest
from MicroCTSuperResLib.errors import InUse
from MicroCTSuperResLib.folder_lock import HOLDER, LOCK, alone_in, holder_of
from sample_train import SMALL, make_small_cohort

HOLD = """
import os, sys, time
from MicroCTSuperResLib.folder_lock import alone_in
with alone_in(sys.argv[1]):
    exec(sys.argv[2])
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def hold():
    """A function that starts a process which holds a folder until its stdin ends."""
    processes = []

    def start(folder, further=""):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(folder), further], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        processes.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    return make_small_cohort(tmp_path_factory.mktemp("lock") / "phantoms")


def files_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_second_process_is_told_who_works_in_the_folder(hold, folder):
    first = hold(folder)
    with pytest.raises(InUse) as raised, alone_in(folder):
        pytest.fail("the block must not begin")
    assert f"process {first.pid} on {platform.node()}, since {datetime.now():%Y-%m-%d}" in raised.value.message
    assert holder_of(folder).process == first.pid
    first.communicate()
    with alone_in(folder):
        assert holder_of(folder).process == os.getpid()
    assert files_in(folder) == []


def test_a_process_that_was_killed_keeps_nobody_out(hold, folder):
    first = hold(folder)
    first.kill()
    first.wait()
    assert files_in(folder) == [HOLDER, LOCK]
    assert holder_of(folder) is None
    with alone_in(folder):
        (folder / "result.txt").write_text("done")
    assert files_in(folder) == ["result.txt"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only a forked process has the open files of its parent")
def test_processes_that_a_killed_one_has_started_keep_nobody_out(hold, folder):
    # Those of torch that prepare samples go on for some seconds.
    first = hold(folder, "os.fork() or (time.sleep(1), os._exit(0))")
    first.kill()
    first.wait()
    with alone_in(folder):
        assert holder_of(folder).process == os.getpid()


@pytest.mark.skipif(os.name != "posix", reason="a file that is locked can only be moved on POSIX")
def test_a_folder_that_is_moved_takes_its_lock_with_it(hold, tmp_path):
    hold(tmp_path / "run")
    (tmp_path / "run").rename(tmp_path / "moved")
    with pytest.raises(InUse), alone_in(tmp_path / "moved"):
        pytest.fail("the block must not begin")
    with alone_in(tmp_path / "run"):
        pass


def test_a_folder_that_was_made_for_nothing_is_removed_again(folder):
    new = folder / "new"
    with alone_in(new):
        assert new.is_dir()
    with alone_in(folder):
        pass
    assert files_in(folder) == []


def test_a_killed_process_of_another_computer_is_named_with_what_to_do(hold, folder):
    hold(folder)
    there = {"host": "node-7", "process": 42, "since": "2026-11-22T23:30:00+00:00"}
    (folder / HOLDER).write_text(json.dumps(there))
    with pytest.raises(InUse, match="process 42 on node-7") as raised, alone_in(folder):
        pytest.fail("the block must not begin")
    assert f"delete {folder / LOCK}" in raised.value.hint


def test_a_number_that_another_process_has_by_now_is_no_holder(folder):
    # This process began long after that.
    old = {"host": platform.node(), "process": os.getpid(), "since": "2001-01-01T00:00:00+00:00"}
    (folder / HOLDER).write_text(json.dumps(old))
    assert holder_of(folder) is None


@pytest.mark.parametrize("text", ["", "[]", '{"host": 1}', '{"host": "node-7", "process": 1, "since": "yesterday"}'])
def test_a_damaged_note_of_the_holder_keeps_nobody_out(folder, text):
    (folder / HOLDER).write_text(text)
    with alone_in(folder):
        pass
    assert files_in(folder) == []


def test_a_file_system_without_locks_is_told_and_the_work_goes_on(folder):
    (folder / LOCK).mkdir()  # what cannot be opened cannot be locked, whatever the reason
    told = []
    with alone_in(folder, told.append):
        (folder / "result.txt").write_text("done")
    assert len(told) == 1
    assert "cannot be locked" in told[0]
    assert (folder / "result.txt").exists()


@pytest.mark.parametrize(
    "words", [("train", "--resume"), ("train",), ("cross-site", "--resume"), ("cross-site",), ("evaluate", "--resume")]
)
def test_each_command_that_goes_on_in_a_folder_asks_whether_it_is_free(hold, folder, cohort, command, words):
    first = hold(folder)
    name, *options = words
    table = (cohort,) if name != "evaluate" else ("--cohort", cohort, "--model", "default")
    status, _, err = command(name, *table, "-o", folder, *options)
    assert status == 1
    assert f"Another process works in {folder}: process {first.pid}" in err.splitlines()[-1]
    assert files_in(folder) == [HOLDER, LOCK]


def test_the_run_of_one_site_is_in_use_while_the_cross_site_test_is(hold, folder, command):
    (folder / "settings.json").write_text("{}")
    hold(folder)
    status, _, err = command("train", "-o", folder / "femur", "--resume")
    assert (status, f"Another process works in {folder}:" in err) == (1, True)


def test_a_slice_store_that_several_runs_share_is_made_by_one_of_them(hold, folder, cohort, command):
    store = folder / "store"
    hold(store)
    status, _, err = command("train", cohort, "-o", folder / "run", "--store", store, *SMALL)
    assert (status, f"Another process works in {store}:" in err) == (1, True)


def test_a_training_worker_keeps_others_out_of_its_run(folder, cohort, start_worker, command):
    run = folder / "run"
    settings = (
        *("epochs=2000", "batch=8", "samples_per_epoch=32", "patch=16", "device=cpu", "validation_slices=2"),
        'arguments={"channels": 4, "blocks": [1, 1, 1]}',
    )
    job = {"job": "train", "arguments": {"cohort": str(cohort), "output": str(run), "settings": settings}}
    worker = start_worker(job)
    worker.read_until("milestone")
    status, _, err = command("train", "-o", run, "--resume")
    assert (status, f"process {worker.pid} on {platform.node()}" in err) == (1, True)
