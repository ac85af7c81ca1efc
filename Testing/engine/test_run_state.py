"""What is told of a run from its folder, without loading torch."""

import json
import os
import subprocess
import sys

import pytest
from MicroCTSuperResLib.folder_lock import alone_in
from MicroCTSuperResTrainingLib.training.run_state import RunStage, baselines_of, history_of, run_state, runs_in
from sample_runs import history


def make_run(folder, epochs, done, *, finished=False, **config):
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"epochs": epochs, "preset": "fast", **config}))
    if done:
        history(done).write(folder / "history.csv")
    if finished:
        (folder / "scores.json").write_text("{}")
        (folder / "model").mkdir()
        (folder / "model" / "card.json").write_text("{}")
    return folder


def test_a_run_tells_how_far_it_is_and_how_good(tmp_path):
    state = run_state(make_run(tmp_path / "a", 6, 5))
    assert (state.stage, state.epochs_done, state.epochs) == (RunStage.STOPPED, 5, 6)
    # The history of sample_runs.py is best in its fourth epoch, with 24 dB.
    assert state.best_psnr_db == pytest.approx(24.0)
    assert (state.name, state.preset, state.model) == ("a", "fast", None)


def test_a_run_before_its_first_epoch_has_no_score(tmp_path):
    state = run_state(make_run(tmp_path / "a", 6, 0, from_model="default"))
    assert (state.epochs_done, state.best_psnr_db, state.from_model) == (0, None, "default")
    assert history_of(tmp_path / "a").rows == []
    assert baselines_of(tmp_path / "a") == {}


@pytest.mark.parametrize(
    ("epochs", "done", "patience", "stage"),
    [
        (6, 6, None, RunStage.FINISHED),
        (9, 6, 2, RunStage.FINISHED),  # it ended by its patience
        (9, 6, None, RunStage.STOPPED),  # it was finished once, and goes on to more epochs
    ],
)
def test_a_run_with_scores_is_finished_unless_more_epochs_are_asked_for(tmp_path, epochs, done, patience, stage):
    state = run_state(make_run(tmp_path / "a", epochs, done, finished=True, patience=patience))
    assert state.stage is stage
    assert state.model == tmp_path / "a" / "model"


def test_damaged_files_are_told_and_no_folder_of_runs_holds_none(tmp_path):
    make_run(tmp_path / "a", 6, 2)
    (make_run(tmp_path / "b", 6, 2) / "history.csv").write_text("epoch\nx\n")
    (make_run(tmp_path / "c", 6, 2) / "config.json").write_text("no JSON")
    (make_run(tmp_path / "d", 6, 2) / "config.json").write_text('{"model_type": "of another program"}')
    (tmp_path / "other").mkdir()
    assert [(run.name, run.stage) for run in runs_in(tmp_path)] == [
        ("a", RunStage.STOPPED),
        ("b", RunStage.DAMAGED),
        ("c", RunStage.DAMAGED),
        ("d", RunStage.DAMAGED),
    ]
    assert runs_in(tmp_path / "nowhere") == []


def test_who_trains_in_a_run_now_is_told(tmp_path):
    folder = make_run(tmp_path / "a", 6, 2)
    assert run_state(folder).holder is None
    with alone_in(folder):
        assert run_state(folder).holder.process == os.getpid()
    assert run_state(folder).holder is None


def test_interpolations_scores_are_those_of_the_run(tmp_path):
    folder = make_run(tmp_path / "a", 6, 2)
    told = {"bilinear": {"psnr_db": 20.0, "ssim": 0.5}}
    (folder / "validation.json").write_text(json.dumps({"slices": 3, "baselines": told}))
    assert baselines_of(folder) == told


def test_it_imports_nothing_heavy():
    program = (
        "import sys\n"
        "import MicroCTSuperResTrainingLib.training.run_state\n"
        "print([name for name in ('torch', 'lightning', 'SimpleITK') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
