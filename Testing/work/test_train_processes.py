"""A training as processes: killed and resumed, cancelled, and on two devices."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest
import torch
from MicroCTSuperResTrainingLib.jobs.ranks import RankFailed, fit_on_devices
from MicroCTSuperResTrainingLib.training.config import TrainingConfig
from MicroCTSuperResTrainingLib.training.fit import FitPlan
from MicroCTSuperResTrainingLib.training.listener import Listener
from sample_train import SMALL, make_small_cohort

# Long enough to be killed amid its epochs; each epoch takes some hundredths of a second.
EPOCHS = 25


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    return make_small_cohort(tmp_path_factory.mktemp("train") / "phantoms")


@pytest.fixture(scope="module")
def store(cohort):
    return cohort.parent.parent / "store"


@pytest.fixture(scope="module")
def whole(cohort, store):
    """A run of one process that nobody disturbed."""
    run = cohort.parent.parent / "whole"
    process = start("train", cohort, "-o", run, "--store", store, *SMALL, "--epochs", EPOCHS)
    assert process.wait() == 0, process.stderr.read()
    return run


def start(*words):
    return subprocess.Popen(
        [sys.executable, "-m", "MicroCTSuperResLib", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def epochs_of(run):
    history = run / "history.csv"
    return list(csv.DictReader(history.open())) if history.exists() else []


def wait_for_epoch(process, run, epoch):
    while process.poll() is None and len(epochs_of(run)) < epoch:
        time.sleep(0.01)


def weights(run):
    return torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]


def test_a_training_that_is_killed_again_and_again_ends_like_one_that_is_not(cohort, store, whole, tmp_path):
    run = tmp_path / "killed"
    words = ("train", cohort, "-o", run, "--store", store, *SMALL, "--epochs", EPOCHS)
    for epoch in (2, 9, 17):
        process = start(*words)
        wait_for_epoch(process, run, epoch)
        time.sleep(0.003 * epoch)  # at another moment of an epoch each time
        process.kill()
        process.communicate()
        assert len(epochs_of(run)) >= epoch
        words = ("train", "-o", run, "--resume")
    process = start(*words)
    _, err = process.communicate()
    assert process.returncode == 0, err
    expected, got = weights(whole), weights(run)
    assert expected.keys() == got.keys()
    assert all(torch.equal(expected[name], got[name]) for name in expected)
    assert (run / "history.csv").read_bytes() == (whole / "history.csv").read_bytes()
    assert (run / "model" / "model.safetensors").read_bytes() == (whole / "model" / "model.safetensors").read_bytes()
    assert list(run.rglob("*.part")) == []


@pytest.mark.skipif(sys.platform != "linux", reason="the limits of another process can be changed on Linux")
def test_a_training_whose_disk_fills_in_between_ends_like_one_that_had_room(cohort, store, whole, tmp_path):
    import resource

    run = tmp_path / "full"
    process = start("train", cohort, "-o", run, "--store", store, *SMALL, "--epochs", EPOCHS)
    wait_for_epoch(process, run, 3)
    # A checkpoint is larger; on a full disk it is the same call that fails. TensorBoard's file may be larger by then.
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    _, err = process.communicate()
    assert process.returncode == 1
    assert "cannot be written" in err.splitlines()[-1]
    done = len(epochs_of(run))
    assert 3 <= done < EPOCHS
    assert list(run.rglob("*.part")) == []
    process = start("train", "-o", run, "--resume")
    _, err = process.communicate()
    assert process.returncode == 0, err
    assert f"Epoch {done + 1} of {EPOCHS}" in err
    assert (run / "history.csv").read_bytes() == (whole / "history.csv").read_bytes()
    assert (run / "model" / "model.safetensors").read_bytes() == (whole / "model" / "model.safetensors").read_bytes()


POINTS_WITHOUT_ROOM = """
import resource, sys
from dataclasses import fields
from pathlib import Path
from MicroCTSuperResLib.errors import OutputError
from MicroCTSuperResTrainingLib.training.history import EpochRow
from MicroCTSuperResTrainingLib.training.tensorboard_curves import TensorBoardCurves

curves = TensorBoardCurves(Path(sys.argv[1]))
curves.open(after_epoch=0)
resource.setrlimit(resource.RLIMIT_FSIZE, (512, resource.RLIM_INFINITY))
try:
    for epoch in range(1, 50):
        curves.add(EpochRow(**dict.fromkeys((each.name for each in fields(EpochRow)), epoch)))
except OutputError as error:
    print(error.message)
curves.close()
print("closed")
"""


@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
def test_curves_for_tensorboard_that_find_no_room_are_told_as_other_files_are(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-c", POINTS_WITHOUT_ROOM, tmp_path / "points"], capture_output=True, text=True, check=True
    )
    told, end = ended.stdout.splitlines()
    assert f"{tmp_path / 'points'} cannot be written" in told
    assert end == "closed"


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_ctrl_c_ends_a_training_that_can_be_resumed(cohort, store, whole, tmp_path):
    run = tmp_path / "cancelled"
    process = start("train", cohort, "-o", run, "--store", store, *SMALL, "--epochs", 2000)
    wait_for_epoch(process, run, 2)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130
    assert err.splitlines()[-1].startswith("microct-superres: error: Cancelled")
    assert list(run.rglob("*.part")) == []
    assert torch.isfinite(torch.cat([weight.flatten() for weight in weights(run).values()])).all()


def test_two_processes_see_the_batches_of_one_and_come_to_its_result(cohort, store, whole, tmp_path):
    run = tmp_path / "two"
    process = start("train", cohort, "-o", run, "--store", store, *SMALL, "--epochs", EPOCHS, "--devices", 2)
    _, err = process.communicate()
    assert process.returncode == 0, err
    rows = list(zip(epochs_of(whole), epochs_of(run), strict=True))
    assert len(rows) == EPOCHS
    for alone, together in rows:
        assert together["samples"] == alone["samples"]
        for name in ("train_loss", "validation_loss", "psnr_db", "ssim"):
            assert float(together[name]) == pytest.approx(float(alone[name]), rel=1e-4, abs=1e-6)


def test_a_worker_trains_on_two_devices_and_tells_each_epoch(start_worker, cohort, store, tmp_path):
    settings = [f"{name}={value}" for name, value in {
        "epochs": 2, "batch": 8, "samples_per_epoch": 16, "patch": 16, "device": "cpu", "devices": 2,
        "validation_slices": 2, "arguments": json.dumps({"channels": 4}),
    }.items()]  # fmt: skip
    arguments = {"cohort": str(cohort), "output": str(tmp_path / "run"), "store": str(store), "settings": settings}
    worker = start_worker({"job": "train", "arguments": arguments})
    events, status, errors = worker.finish()
    assert status == 0, errors
    epochs = [event["numbers"] for event in events if event["event"] == "milestone"]
    assert [(each["epoch"], each["epochs"], each["samples"]) for each in epochs] == [(1, 2, 16), (2, 2, 32)]
    assert events[-1]["result"]["epochs"] == 2


def test_a_failing_process_of_several_is_told(tmp_path):
    config = TrainingConfig(device="cpu", devices=2)
    plan = FitPlan(str(tmp_path), str(tmp_path / "no store"), ("f0",), ("f1",), config)
    with pytest.raises(RankFailed, match=r"index\.json cannot be read") as raised:
        fit_on_devices(plan, Listener())
    assert raised.value.code == "bad-file"
