"""The model folder that a training leaves behind, and what its card tells."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.enhancement.engine import enhance
from MicroCTSuperResLib.errors import ModelError, OutputError
from MicroCTSuperResLib.networks.card import read_card
from MicroCTSuperResLib.networks.card_checks import is_model_name
from MicroCTSuperResLib.networks.loading import load_model
from MicroCTSuperResLib.networks.store import ModelStore
from MicroCTSuperResTrainingLib.training.card_scores import score_entries
from MicroCTSuperResTrainingLib.training.cohort_facts import cohort_facts
from MicroCTSuperResTrainingLib.training.config import TrainingConfig
from MicroCTSuperResTrainingLib.training.model_scores import score_on_specimens
from MicroCTSuperResTrainingLib.training.result import (
    NO_LICENCE,
    ResultWords,
    add_scores,
    model_name_from,
    write_result,
)
from sample_models import SMALL_CARD, small_card, small_network
from sample_runs import SPECIMENS, held_out, history, small_store

CONFIG = TrainingConfig(arguments=dict(SMALL_CARD.arguments), epochs=6, seed=7)
NAMED = ResultWords(name="our-femurs")


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    return cohort_facts(SPECIMENS, small_store(tmp_path_factory.mktemp("stores") / "store"))


@pytest.fixture(scope="module")
def folder(facts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "model"
    write_result(small_network(), CONFIG, facts, folder, NAMED, history=history())
    return folder


@pytest.fixture(scope="module")
def scores(folder):
    pairs = [held_out(name) for name in ("A4-femur", "A5-femur", "A4-spine")]
    return score_on_specimens(load_model(folder), pairs, device="cpu")


def test_the_facts_count_specimens_and_animals_of_each_side_and_site(facts):
    assert {name: side.to_json() for name, side in facts.sides.items()} == {
        "train": {
            "specimens": 3,
            "animals": 2,
            "sites": {"femur": {"specimens": 2, "animals": 2}, "spine": {"specimens": 1, "animals": 1}},
        },
        "validation": {"specimens": 1, "animals": 1, "sites": {"femur": {"specimens": 1, "animals": 1}}},
        "test": {
            "specimens": 3,
            "animals": 2,
            "sites": {"femur": {"specimens": 2, "animals": 2}, "spine": {"specimens": 1, "animals": 1}},
        },
    }
    assert facts.voxel_size_um == (60, 60)
    assert facts.units == "mg HA/cm3"
    assert facts.simulated
    assert facts.largest_shift_um == 5  # of (3, 0, 4)


def test_specimens_are_measured_where_no_row_says_that_they_are_simulated(tmp_path):
    specimens = [replace(specimen, further={"Simulated": "no"}) for specimen in SPECIMENS]
    assert not cohort_facts(specimens, small_store(tmp_path / "store")).simulated


def test_the_card_tells_data_splits_settings_and_where_the_training_stopped(folder, facts):
    card = read_card(folder)
    assert card.name == "our-femurs"
    assert card.sites == ("femur", "spine")
    assert card.voxel_size_um == (60, 60)
    assert card.scaling == CONFIG.scaling
    assert [(data.name, data.simulated) for data in card.data] == [
        ("2 femur specimens of 2 animals", True),
        ("1 spine specimen of 1 animal", True),
    ]
    told = card.training
    assert told["specimens"]["train"]["specimens"] == 3
    assert told["specimens"]["test"]["sites"]["spine"] == {"specimens": 1, "animals": 1}
    assert told["data_sha256"] == facts.fingerprint
    assert told["largest_shift_um"] == 5
    assert (told["seed"], told["epochs"], told["epochs_done"], told["best_epoch"]) == (7, 6, 6, 4)
    assert "MicroCTSuperRes" in card.citation
    assert "our-femurs" in card.citation


def test_what_nobody_stated_is_told_as_not_stated(folder):
    card = read_card(folder)
    assert card.licence == NO_LICENCE == "LicenseRef-not-stated"
    assert {data.licence for data in card.data} == {NO_LICENCE}


def test_words_of_people_stand_in_the_card_as_they_are(facts, tmp_path):
    words = ResultWords("mine", "CC-BY-4.0", "Our paper, 2026.", "our institute", "CC0-1.0")
    card = write_result(small_network(), CONFIG, facts, tmp_path / "model", words)
    assert (card.name, card.licence, card.citation) == ("mine", "CC-BY-4.0", "Our paper, 2026.")
    assert {(data.source, data.licence) for data in card.data} == {("our institute", "CC0-1.0")}


def test_the_model_is_used_by_its_folder_and_added_under_its_name(folder, tmp_path):
    lr = held_out("A4-femur").lr
    assert enhance(lr, str(folder), device="cpu").size == (96, 96, 12)
    added = ModelStore(tmp_path / "store").add(folder)
    assert added.path.name == "our-femurs"
    assert load_model(added.path).card == read_card(folder)


def test_scores_are_added_to_the_card_and_nothing_else_changes(folder, scores, tmp_path, facts):
    model = tmp_path / "model"
    before = write_result(small_network(), CONFIG, facts, model, NAMED, history=history())
    after = add_scores(model, scores)
    assert read_card(model) == after == replace(before, scores=score_entries(scores))
    assert load_model(model).card == after


def test_each_score_tells_interpolation_the_gain_and_its_interval(scores):
    entries = score_entries(scores)
    datasets = list(dict.fromkeys(entry.dataset for entry in entries))
    assert datasets == [
        "3 specimens of 2 animals, not trained on",
        "2 femur specimens of 2 animals, not trained on",
        "1 spine specimen of 1 animal, not trained on",
    ]
    psnr = entries[0]
    assert (psnr.metric, psnr.unit) == ("psnr", "dB")
    assert psnr.value == pytest.approx(scores.mean("dl", "psnr_db").mean, rel=1e-5)
    assert psnr.settings["bicubic"] == pytest.approx(scores.mean("bicubic", "psnr_db").mean, rel=1e-5)
    assert psnr.settings["gain_over_bicubic"] == pytest.approx(scores.gain("psnr_db").mean, rel=1e-4)
    assert psnr.settings["gain_ci95"] == pytest.approx(scores.gain("psnr_db").ci, rel=1e-4)
    assert psnr.settings["data_range"] == "1200 mg HA/cm3"
    errors = next(entry for entry in entries if entry.metric == "BA/TA error")
    assert errors.settings["threshold"] == "500 mg HA/cm3"
    assert json.dumps([entry.settings for entry in entries], default=dict)


def test_a_score_of_one_specimen_says_that_it_has_no_interval(scores):
    alone = [entry for entry in score_entries(scores) if entry.dataset.startswith("1 spine")]
    assert alone
    for entry in alone:
        assert entry.settings["interval"] == "none: one specimen"
        assert not {"ci95", "gain_ci95"} & entry.settings.keys()


def test_the_data_of_a_model_that_was_fine_tuned_are_told_too(facts, tmp_path):
    parent = small_card(name="parent", version="2.1.0")
    config = replace(CONFIG, from_model="models/parent")
    card = write_result(small_network(), config, facts, tmp_path / "model", NAMED, parent=parent)
    assert card.data[-1] == parent.data[0]
    assert card.training["from_model"] == "parent 2.1.0"
    assert "fine-tuned from parent 2.1.0" in card.summary


def test_weights_beyond_half_precision_are_stored_in_full(facts, tmp_path):
    network = small_network()
    with torch.no_grad():
        network.head.weight.mul_(1e6)
    write_result(network, CONFIG, facts, tmp_path / "model", NAMED)
    stored = load_model(tmp_path / "model").network.head.weight
    assert torch.equal(stored, network.head.weight)


def test_a_network_that_went_astray_is_refused_and_nothing_is_written(facts, tmp_path):
    network = small_network()
    with torch.no_grad():
        network.head.weight[0] = np.nan
    with pytest.raises(ModelError, match="NaN"):
        write_result(network, CONFIG, facts, tmp_path / "model", NAMED)
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_is_there_is_replaced_only_when_asked(facts, tmp_path):
    write_result(small_network(), CONFIG, facts, tmp_path / "model", NAMED)
    with pytest.raises(OutputError, match="exists already"):
        write_result(small_network(1), CONFIG, facts, tmp_path / "model", NAMED)
    write_result(small_network(1), CONFIG, facts, tmp_path / "model", NAMED, overwrite=True)
    assert load_model(tmp_path / "model").card.name == "our-femurs"


@pytest.mark.parametrize(
    ("folder_name", "model_name"),
    [
        ("Femurs 2026", "femurs-2026"),
        ("Müller_rück", "muller_ruck"),
        ("con", "model-con"),
        ("default", "default-own"),
        ("---", "model"),
        ("骨", "model"),
        ("x" * 100, "x" * 56),
    ],
)
def test_a_model_is_named_after_its_folder(folder_name, model_name):
    assert model_name_from(folder_name) == model_name


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_every_folder_name_gives_a_sound_model_name(text):
    assert is_model_name(model_name_from(text))
