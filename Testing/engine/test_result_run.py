"""The last step of a training: model, scores and curves in the run's folder."""

import csv
import json
import math
from dataclasses import replace

import pytest
from MicroCTSuperResLib.errors import Cancelled
from MicroCTSuperResLib.networks.card import read_card
from MicroCTSuperResLib.networks.loading import load_model
from MicroCTSuperResTrainingLib.training.card_scores import score_entries
from MicroCTSuperResTrainingLib.training.config import TrainingConfig
from MicroCTSuperResTrainingLib.training.listener import Listener
from MicroCTSuperResTrainingLib.training.model_scores import HeldOutPair, score_on_specimens
from MicroCTSuperResTrainingLib.training.result import ResultWords
from MicroCTSuperResTrainingLib.training.run_result import finish_run, write_scores
from sample_models import SMALL_CARD, small_network
from sample_runs import SPECIMENS, history, small_store

CONFIG = TrainingConfig(arguments=dict(SMALL_CARD.arguments), epochs=6, device="cpu")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return small_store(tmp_path_factory.mktemp("stores") / "store")


def finish(run, store, specimens=SPECIMENS, config=CONFIG, **listening):
    return finish_run(
        run, small_network(), config, specimens, store, history(), ResultWords(), baselines={},
        listener=Listener(**listening),
    )  # fmt: skip


def test_a_finished_run_holds_model_scores_and_curves(store, tmp_path):
    run = tmp_path / "Femurs of May"
    run.mkdir()
    scores = finish(run, store)
    assert sorted(path.name for path in run.iterdir()) == [
        "curves.png",
        "curves.svg",
        "model",
        "scores.csv",
        "scores.json",
    ]
    assert read_card(run / "model").name == "femurs-of-may"
    assert read_card(run / "model").scores == score_entries(scores)
    assert json.loads((run / "scores.json").read_text()) == scores.to_json()


def test_the_scores_are_those_of_the_model_as_it_was_stored(store, tmp_path):
    scores = finish(tmp_path, store)
    stored = [HeldOutPair.of_stored(pair) for pair in store.of(["A4-femur", "A5-femur", "A4-spine"])]
    assert score_on_specimens(load_model(tmp_path / "model"), stored, device="cpu") == scores


def test_the_table_of_scores_has_one_row_a_specimen_and_method(store, tmp_path):
    scores = finish(tmp_path, store)
    with (tmp_path / "scores.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["specimen"], row["method"]) for row in rows[:4]] == [
        ("A4-femur", "bilinear"),
        ("A4-femur", "bicubic"),
        ("A4-femur", "dl"),
        ("A5-femur", "bilinear"),
    ]
    assert len(rows) == 9
    assert float(rows[2]["psnr_db"]) == scores.rows[0].value("dl", "psnr_db")
    assert (rows[8]["animal"], rows[8]["site"]) == ("A4", "spine")


def test_the_infinite_psnr_of_identical_volumes_is_an_empty_cell(store, tmp_path):
    scores = finish(tmp_path, store)
    row = scores.rows[0]
    identical = [replace(of, psnr_db=math.inf) if of.method == "dl" else of for of in row.comparison.rows]
    changed = replace(row, comparison=replace(row.comparison, rows=tuple(identical)))
    write_scores(replace(scores, rows=(changed,)), tmp_path)
    with (tmp_path / "scores.csv").open(newline="") as file:
        cells = {one["method"]: one["psnr_db"] for one in csv.DictReader(file)}
    assert cells["dl"] == ""
    assert float(cells["bicubic"]) == row.value("bicubic", "psnr_db")


def test_a_finished_run_can_be_finished_again(store, tmp_path):
    first = finish(tmp_path, store)
    assert finish(tmp_path, store) == first


def test_a_run_whose_scoring_is_cancelled_has_its_model(store, tmp_path):
    with pytest.raises(Cancelled):
        finish(tmp_path, store, should_cancel=lambda: True)
    assert read_card(tmp_path / "model").scores == ()
    assert not (tmp_path / "scores.json").exists()


def test_a_cohort_without_test_specimens_gives_a_model_without_scores_and_says_so(store, tmp_path):
    specimens = [replace(specimen, split=specimen.split.replace("test", "")) for specimen in SPECIMENS]
    told = []
    scores = finish(tmp_path, store, specimens, on_warning=told.append)
    assert scores.rows == ()
    assert read_card(tmp_path / "model").scores == ()
    assert told == ["The cohort has no test specimens, so the model has no scores."]
    assert json.loads((tmp_path / "scores.json").read_text())["means"] == {}


def test_a_fine_tuned_models_card_tells_its_parents_data(store, tmp_path):
    finish(tmp_path, store, config=replace(CONFIG, from_model="default"))
    names = [data.name for data in read_card(tmp_path / "model").data]
    assert names[:2] == ["2 femur specimens of 2 animals", "1 spine specimen of 1 animal"]
    assert "random bone-like scenes" in names


def test_a_parent_that_is_gone_does_not_stop_the_result(store, tmp_path):
    finish(tmp_path, store, config=replace(CONFIG, from_model=str(tmp_path / "gone")))
    card = read_card(tmp_path / "model")
    assert len(card.data) == 2
    assert card.training["from_model"] == "gone"
