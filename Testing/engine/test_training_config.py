"""The settings of a training: every problem told at once, the presets as they are documented, exact in JSON."""

import json

import pytest
from MicroCTSuperResLib.errors import FormatError, InputError
from MicroCTSuperResLib.networks.card import GreyScaling
from MicroCTSuperResLib.networks.loading import load_model
from MicroCTSuperResTrainingLib.training.choosing import choose_config, config_to_resume, read_settings
from MicroCTSuperResTrainingLib.training.config import TrainingConfig, read_config
from MicroCTSuperResTrainingLib.training.presets import ABSTRACT, FAST, PRESETS


def test_the_preset_abstract_is_the_studys_training():
    told = ABSTRACT.to_dict()
    # David et al.: U-Net (64 channels, Ronneberger 2015), 100 epochs, Adam with 0.001, cross-entropy, min-max scaling.
    wanted = {
        "architecture": "unet_abstract", "arguments": {"channels": 64}, "epochs": 100, "learning_rate": 1e-3,
        "schedule": "constant", "loss": "cross-entropy", "scaling": {"kind": "image-minmax"}, "patch": None,
        "samples_per_epoch": None, "augment": False, "average": None, "clip": None, "warm_up": 0.0,
    }  # fmt: skip
    assert {name: told[name] for name in wanted} == wanted


def test_every_problem_is_told_at_once():
    with pytest.raises(InputError) as raised:
        FAST.with_settings({"epochs": 0, "batch": "many", "loss": "magic", "scaling": {"kind": "bounds"}})
    for name in ("epochs", "batch", "loss", "scaling.lower"):
        assert name in raised.value.message
    assert "4 problems" not in raised.value.message  # a scaling has several
    assert "'many'" in raised.value.message


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"loss": "cross-entropy"}, "for unet_subpixel"),
        ({"devices": 3}, "multiple of the 3 devices"),
        ({"scaling": {"kind": "image-minmax"}}, "patch must be null"),
        ({"precision": 16, "device": "cpu"}, "on a CPU"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(settings, told):
    with pytest.raises(InputError, match=told):
        FAST.with_settings(settings)


def test_an_unknown_setting_is_refused_with_those_that_are_known():
    with pytest.raises(InputError, match="'epoch'") as raised:
        FAST.with_settings({"epoch": 3})
    assert "epochs" in raised.value.hint


@pytest.mark.parametrize("preset", PRESETS)
def test_settings_go_through_json_unchanged(preset, tmp_path):
    config = PRESETS[preset].with_settings({"seed": 5})
    (tmp_path / "config.json").write_text(config.to_json())
    assert TrainingConfig().with_settings(read_config(tmp_path / "config.json")) == config


def test_bounds_with_a_way_out_go_through_json_unchanged():
    scaling = GreyScaling("bounds", 0.0, 1200.0, "mg HA/cm3", GreyScaling("percentiles", 0.1, 99.9))
    config = TrainingConfig(scaling=scaling)
    assert TrainingConfig().with_settings(json.loads(config.to_json())).scaling == scaling


@pytest.mark.parametrize("text", ["[1]", "{", None])
def test_a_file_that_holds_no_settings_is_refused(text, tmp_path):
    path = tmp_path / "config.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(FormatError, match=r"config\.json"):
        read_config(path)


def test_settings_are_read_as_json_or_words():
    assert read_settings(["epochs=3", "device=cpu", "patch=null", 'arguments={"channels": 8}']) == {
        "epochs": 3, "device": "cpu", "patch": None, "arguments": {"channels": 8},
    }  # fmt: skip
    with pytest.raises(InputError, match="no setting"):
        read_settings(["epochs"])


def test_a_training_from_a_model_keeps_its_network_and_scaling_and_takes_fewer_steps():
    config = choose_config(None, {}, "default")
    card = load_model("default").card
    assert (config.architecture, dict(config.arguments)) == (card.architecture, dict(card.arguments))
    assert config.scaling == card.scaling
    assert config.from_sha256 == card.sha256
    assert config.epochs < FAST.epochs
    assert config.learning_rate < FAST.learning_rate
    with pytest.raises(InputError, match="unet_abstract"):
        choose_config("abstract", {}, "default")
    with pytest.raises(InputError, match="arguments"):
        choose_config(None, {"arguments": {"channels": 8}}, "default")


def test_a_run_goes_on_with_its_own_settings_only():
    assert config_to_resume(FAST, {}) == FAST
    assert config_to_resume(FAST, {"epochs": 60, "workers": 2}).epochs == 60
    with pytest.raises(InputError, match=r"batch was 16, is 8; seed was 0, is 1"):
        config_to_resume(FAST, {"batch": 8, "seed": 1})
    with pytest.raises(InputError, match="fewer"):
        config_to_resume(FAST, {"epochs": 10})
