"""A training does not depend on when it was interrupted, keeps what was reached whatever happens, and tells it."""

import errno
import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from MicroCTSuperResLib.errors import Cancelled, FormatError, OutOfMemory, OutputError
from MicroCTSuperResTrainingLib.training import checkpoints, module
from MicroCTSuperResTrainingLib.training.callbacks import epoch_in_words
from MicroCTSuperResTrainingLib.training.checkpoints import WholeCheckpoints, read_checkpoint, weights_in
from MicroCTSuperResTrainingLib.training.fit import FitPlan, first_network, fit
from MicroCTSuperResTrainingLib.training.history import EpochRow, History, read_history
from MicroCTSuperResTrainingLib.training.listener import Listener
from MicroCTSuperResTrainingLib.training.module import TrainingDiverged
from sample_training import make_store, small_config


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return make_store(tmp_path_factory.mktemp("fit") / "store")


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    """Networks as small as these only lose time with more."""
    former = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(former)


@pytest.fixture
def plan(store, tmp_path):
    def make(name="run", preset="fast", **settings):
        (tmp_path / name / "checkpoints").mkdir(parents=True)
        config = small_config(preset, **settings)
        return FitPlan(str(tmp_path / name), str(store.folder), ("f0", "f1"), ("f2",), config)

    return make


def stop_after(steps):
    """A listener that cancels so many steps or validated slices later, and keeps what it was told."""
    asked = []
    return Listener(should_cancel=lambda: asked.append(1) or len(asked) > steps)


def checkpoint(plan, name="last.ckpt"):
    return read_checkpoint(Path(plan.run) / "checkpoints" / name)


def same(first, second):
    """Whether two parts of checkpoints are equal to the last bit."""
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same(first[key], second[key]) for key in first)
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(same, first, second))
    return torch.equal(first, second) if isinstance(first, torch.Tensor) else first == second


@pytest.mark.parametrize("preset", ["fast", "abstract"])
@pytest.mark.parametrize("steps", [3, 7, 13])
def test_an_interrupted_training_ends_like_an_uninterrupted_one(plan, preset, steps):
    whole, parted = plan("whole", preset), plan("parted", preset)
    fit(whole, Listener())
    with pytest.raises(Cancelled):
        fit(parted, stop_after(steps))
    begun = (Path(parted.run) / "checkpoints" / "last.ckpt").exists()
    assert begun == (steps > 6)  # an epoch has four steps and two validated slices
    fit(replace(parted, resume=begun), Listener())
    for name in ("last.ckpt", "best.ckpt"):
        assert same(checkpoint(whole, name)["state_dict"], checkpoint(parted, name)["state_dict"])
    assert same(checkpoint(whole)["optimizer_states"], checkpoint(parted)["optimizer_states"])
    histories = [(Path(each.run) / "history.csv").read_bytes() for each in (whole, parted)]
    assert histories[0] == histories[1]


def test_processes_that_prepare_samples_go_on_with_those_of_the_right_epoch(plan):
    # They begin before Lightning tells the epoch, which is the first one only where nothing was resumed.
    whole, parted = plan("whole"), plan("parted")
    fit(whole, Listener())
    with pytest.raises(Cancelled):
        fit(parted, stop_after(7))
    fit(replace(parted, resume=True, config=replace(parted.config, workers=1)), Listener())
    assert same(checkpoint(whole)["state_dict"], checkpoint(parted)["state_dict"])


def test_a_run_that_is_moved_while_it_trains_says_so(plan):
    moved = plan()
    folder = Path(moved.run)

    def move(event):
        folder.rename(folder.with_name("elsewhere"))

    with pytest.raises(OutputError, match="was moved or deleted"):
        fit(moved, Listener(on_epoch=move))
    assert not folder.exists()
    there = replace(moved, run=str(folder.with_name("elsewhere")), resume=True)
    fit(there, Listener())
    assert len(read_history(Path(there.run) / "history.csv").rows) == moved.config.epochs


def test_the_same_seed_gives_the_same_network_and_another_seed_another():
    first, again, other = (first_network(small_config(seed=seed)).state_dict() for seed in (1, 1, 2))
    assert same(first, again)
    assert not same(first, other)


def test_a_plan_goes_through_json_unchanged(plan):
    made = plan(preset="abstract")
    assert FitPlan.from_dict(json.loads(json.dumps(made.to_dict()))) == made


@pytest.mark.parametrize("preset", ["fast", "abstract"])
def test_a_deterministic_training_leaves_torchs_settings_as_they_were(plan, preset):
    fit(plan(preset=preset, deterministic=True, epochs=1), Listener())
    assert not torch.are_deterministic_algorithms_enabled()


def test_each_epoch_is_told_and_stands_in_the_history(plan):
    told, progress = [], []
    made = plan()
    fit(made, Listener(on_epoch=told.append, on_progress=progress.append))
    history = read_history(Path(made.run) / "history.csv")
    assert [row.epoch for row in history.rows] == [event["epoch"] for event in told] == [1, 2, 3]
    assert [row.samples for row in history.rows] == [32, 64, 96]
    assert all(math.isfinite(row.psnr_db) and 0 < row.ssim < 1 for row in history.rows)
    assert (progress[-1].done, progress[-1].total, progress[-1].unit) == (96, 96, "samples")
    assert told[0]["is_best"]
    assert epoch_in_words(told[-1]).startswith("Epoch 3 of 3: loss ")


def test_a_training_improves_on_the_interpolation_that_it_starts_from(plan):
    made = plan(epochs=4, samples_per_epoch=128, learning_rate=3e-3, average=0.9)
    fit(made, Listener())
    rows = read_history(Path(made.run) / "history.csv").rows
    assert rows[-1].validation_loss < -0.03  # 0 is the loss of cubic interpolation


def test_the_best_checkpoint_holds_the_averaged_weights_of_the_best_epoch(plan):
    made = plan()
    fit(made, Listener())
    best = read_history(Path(made.run) / "history.csv").best("psnr_db")
    kept = checkpoint(made, "best.ckpt")
    assert kept["epoch"] + 1 == best.epoch
    assert same(
        weights_in(Path(made.run) / "checkpoints" / "best.ckpt"),
        {name.removeprefix("averaged."): v for name, v in kept["state_dict"].items() if name.startswith("averaged.")},
    )


def test_a_loss_that_is_no_number_ends_the_training_and_keeps_the_last_good_checkpoint(plan, monkeypatch):
    made = plan()
    fit(replace(made, config=made.config.with_settings({"epochs": 1})), Listener())
    before = (Path(made.run) / "checkpoints" / "last.ckpt").read_bytes()
    monkeypatch.setattr(module, "loss_named", lambda *_: lambda network, lr, hr: network(lr).mean() * math.nan)
    with pytest.raises(TrainingDiverged, match="epoch 2") as raised:
        fit(replace(made, resume=True), Listener())
    assert "learning rate" in raised.value.hint
    assert (Path(made.run) / "checkpoints" / "last.ckpt").read_bytes() == before


def test_memory_that_ends_is_told_with_a_batch_that_may_fit(plan, monkeypatch):
    def too_much(network, lr, hr):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

    monkeypatch.setattr(module, "loss_named", lambda *_: too_much)
    with pytest.raises(OutOfMemory, match="batch of 8") as raised:
        fit(plan(), Listener())
    assert "--batch 4" in raised.value.hint


def test_a_disk_that_fills_leaves_the_checkpoint_before(tmp_path, monkeypatch):
    path = tmp_path / "last.ckpt"
    io = WholeCheckpoints()
    io.save_checkpoint({"state_dict": {"network.w": torch.ones(3)}}, path)

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoints.os, "fsync", full)
    with pytest.raises(OutputError, match="disk is full"):
        io.save_checkpoint({"state_dict": {"network.w": torch.zeros(3)}}, path)
    assert torch.equal(io.load_checkpoint(path)["state_dict"]["network.w"], torch.ones(3))
    assert [each.name for each in tmp_path.iterdir()] == ["last.ckpt"]


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path):
    class Evil:
        def __reduce__(self):
            return (print, ("code was run",))

    torch.save({"state_dict": Evil()}, tmp_path / "last.ckpt")
    with pytest.raises(FormatError, match="no checkpoint"):
        WholeCheckpoints().load_checkpoint(tmp_path / "last.ckpt", weights_only=False)


@pytest.mark.parametrize("kept", [0, 10, 300, -20])
def test_a_truncated_checkpoint_is_refused(tmp_path, kept):
    path = tmp_path / "last.ckpt"
    WholeCheckpoints().save_checkpoint({"state_dict": {"network.w": torch.ones(300)}}, path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(FormatError, match=r"last\.ckpt"):
        read_checkpoint(path)


def test_patience_ends_a_training_that_gets_no_better(plan):
    # With a rate this low nothing changes, so no epoch after the first is better by a digit that counts.
    made = plan(epochs=30, patience=2, learning_rate=1e-30, warm_up=0.0, average=None)
    fit(made, Listener())
    assert len(read_history(Path(made.run) / "history.csv").rows) == 3


def row(epoch, psnr_db, loss=0.0):
    return EpochRow(epoch, epoch, epoch, 1e-3, loss, loss, psnr_db, 0.5, math.nan)


def test_the_best_epoch_is_the_first_of_the_best_and_none_without_a_value(tmp_path):
    history = History([row(1, math.nan, 3.0), row(2, 20.0, 1.0), row(3, 21.5, 2.0), row(4, 21.5, 1.0)])
    assert history.best("psnr_db").epoch == 3
    assert history.best("validation_loss").epoch == 2
    assert History().best("psnr_db") is None
    history.write(tmp_path / "history.csv")
    again = read_history(tmp_path / "history.csv")
    assert [(each.epoch, each.psnr_db) for each in again.rows[1:]] == [(2, 20.0), (3, 21.5), (4, 21.5)]
    assert math.isnan(again.rows[0].psnr_db)
