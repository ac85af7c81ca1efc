"""The model card: sound by construction, and read back as it was written."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import ModelError
from MicroCTSuperResLib.networks.card import GreyScaling, Score, card_from_text, read_card
from MicroCTSuperResLib.networks.card_checks import is_model_name
from sample_models import small_card

SAVED = {"sha256": "0" * 64, "software": "MicroCTSuperRes 0.1.0", "created": "2026-01-31"}


def saved_values(**changes):
    return {**small_card(**SAVED).to_dict(), **changes}


def read_values(values):
    return card_from_text(json.dumps(values), "card.json")


def test_a_card_is_read_back_as_it_was_written(tmp_path):
    scaling = GreyScaling("bounds", -200, 1500, "mg HA/cm3", GreyScaling("percentiles", 0.1, 99.9))
    card = small_card(**SAVED, scaling=scaling, summary="Knochen, Poren ≥ 20 µm")
    (tmp_path / "card.json").write_text(card.to_json(), encoding="utf-8")
    assert read_card(tmp_path) == read_card(tmp_path / "card.json") == card


def test_every_wrong_field_is_named_in_one_line():
    wrong = saved_values(
        name="My Model",
        version="1",
        summary=" ",
        arguments=[],
        scale=2.0,
        context_slices=4,
        scaling={"kind": "guess"},
        voxel_size_um=[30, 15],
        sites=[],
        data=[{"name": "a", "source": "b", "licence": "c", "simulated": "yes"}],
        training={},
        scores=[{"dataset": "d", "metric": "psnr", "value": "high", "unit": "dB", "settings": {}}],
        sha256="abc",
        created="yesterday",
    )
    del wrong["licence"]
    with pytest.raises(ModelError) as refusal:
        read_values(wrong)
    message = refusal.value.message
    assert "15 problems" in message
    assert "\n" not in message
    for field in ("name:", "version:", "summary:", "arguments:", "scale:", "context_slices:", "scaling.kind:",
                  "voxel_size_um:", "sites:", "data[0].simulated:", "training:", "scores[0].value:", "sha256:",
                  "created:", "licence: is missing"):  # fmt: skip
        assert field in message, field


@pytest.mark.parametrize("name", [*small_card().to_dict(), "sha256", "software", "created"])
def test_a_saved_card_without_any_one_field_is_refused(name):
    values = saved_values()
    del values[name]
    with pytest.raises(ModelError, match=f"{name}: is missing"):
        read_values(values)


def test_a_misspelt_field_is_guessed():
    values = saved_values()
    values["voxel_size"] = values.pop("voxel_size_um")
    with pytest.raises(ModelError, match=r"voxel_size_um: is missing \(is 'voxel_size' meant\?\)"):
        read_values(values)


def test_fields_of_a_later_minor_schema_are_kept_but_not_used():
    card = read_values(saved_values(schema="1.7", energy_kvp=70))
    assert card.extra == {"energy_kvp": 70}
    assert card_from_text(card.to_json(), "again") == card


def test_a_later_major_schema_is_refused_with_the_versions():
    with pytest.raises(ModelError, match=r"schema 2\.0, this version reads 1\.x") as refusal:
        read_values({"schema": "2.0", "everything": "else"})
    assert "Update" in refusal.value.hint


def test_a_card_is_checked_when_it_is_made_in_a_program():
    with pytest.raises(ModelError, match="context_slices: must be an odd number"):
        small_card(context_slices=2)
    with pytest.raises(ModelError, match=r"scores\[0\]\.value: must be a finite number"):
        small_card(scores=(Score("phantom", "psnr", float("nan"), "dB"),))
    with pytest.raises(ModelError, match="scaling: must be a GreyScaling"):
        small_card(scaling={"kind": "percentiles", "lower": 0, "upper": 100})
    with pytest.raises(ModelError, match="extra: must be an object without the card's own fields"):
        small_card(extra={"scale": 4})


def test_a_card_in_a_program_cannot_be_altered():
    card = small_card()
    with pytest.raises(TypeError):
        card.arguments["channels"] = 64
    with pytest.raises(AttributeError):
        card.scale = 4


@pytest.mark.parametrize(
    ("scaling", "problem"),
    [
        ({"kind": "percentiles", "lower": 99, "upper": 1}, "lower must be below upper"),
        ({"kind": "percentiles", "lower": -1, "upper": 99}, "percentiles must lie in 0 to 100"),
        ({"kind": "bounds", "lower": 0, "upper": 1}, r"scaling\.units: must be text"),
        ({"kind": "bounds", "lower": 0, "units": "HU"}, r"scaling\.upper: must be a finite number"),
        ({"kind": "image-minmax", "lower": 0}, r"scaling\.lower: is not a field"),
        ({"kind": "percentiles", "lower": 1, "upper": 99, "units": "HU"}, r"scaling\.units: is not a field"),
        ({"kind": "image-minmax", "otherwise": {"kind": "image-minmax"}}, r"scaling\.otherwise: is not a field"),
        (
            {"kind": "bounds", "lower": 0, "upper": 1, "units": "HU", "otherwise": {"kind": "bounds"}},
            "must not be bounds again",
        ),
    ],
)
def test_a_scaling_that_makes_no_sense_is_refused(scaling, problem):
    with pytest.raises(ModelError, match=problem):
        read_values(saved_values(scaling=scaling))


def test_fixed_bounds_apply_in_their_units_and_the_fallback_in_others():
    percentiles = GreyScaling("percentiles", 0.1, 99.9)
    bounds = GreyScaling("bounds", -200, 1500, "mg HA/cm3", percentiles)
    assert bounds.for_units("mg HA/cm3") is bounds
    assert bounds.for_units("native") is percentiles
    assert percentiles.for_units("native") is percentiles
    with pytest.raises(ModelError, match="takes grey values in mg HA/cm3, these are in native"):
        replace(bounds, otherwise=None).for_units("native")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not valid JSON"),
        ("{", "not valid JSON"),
        ("[]", "holds no JSON object but a list"),
        ("null", "holds no JSON object"),
        ('{"scale": NaN}', "NaN is no JSON number"),
        ('{"summary": "\\ud800"}', "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
    ],
)
def test_a_text_that_is_no_card_is_refused(text, problem):
    with pytest.raises(ModelError, match=problem):
        card_from_text(text, "card.json")


def test_numbers_that_no_float_can_hold_are_refused():
    text = json.dumps(saved_values()).replace("31.5", "1" + "0" * 400)
    with pytest.raises(ModelError, match=r"scores\[0\]\.value: must be a finite number"):
        card_from_text(text, "card.json")
    with pytest.raises(ModelError, match=r"scores\[0\]\.value: must be a finite number"):
        card_from_text(text.replace("1" + "0" * 400, "1e400"), "card.json")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(sorted(saved_values())), value=JSON_VALUES)
def test_any_value_in_any_field_is_either_refused_clearly_or_survives(name, value):
    text = json.dumps(saved_values(**{name: value}))
    try:
        card = card_from_text(text, "card.json")
    except ModelError:
        return
    assert card_from_text(card.to_json(), "again") == card


@pytest.mark.parametrize("name", ["default", "abstract", "femur-2.1_b", "a", "7"])
def test_names_that_work_on_every_system_are_allowed(name):
    assert is_model_name(name)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "a/b", "a\\b", "../a", "A", "a b", "-a", "a.", ".a", "a\n", "con", "com1.x", "x" * 65, "ä", 3],
)
def test_names_that_could_leave_the_store_or_fail_somewhere_are_not(name):
    assert not is_model_name(name)


def test_a_model_for_another_scale_is_refused():
    small_card().check_supported()
    with pytest.raises(ModelError, match="enhances 4 times, this version works 2 times only"):
        small_card(scale=4).check_supported()


@pytest.mark.parametrize("spacing_mm", [(0.02, 0.02, 0.02), (0.015, 0.02, 0.03), (0.0149, 0.03, 0.0305)])
def test_a_volume_in_the_trained_range_gives_no_warning(spacing_mm):
    assert small_card().range_warnings(spacing_mm, "native") == []


def test_a_voxel_size_outside_the_trained_range_is_told_in_micrometres():
    (warning,) = small_card().range_warnings((0.02, 0.02, 0.1), "native")
    assert "20 x 20 x 100 um lies outside the 15 to 30 um" in warning
    assert small_card().range_warnings((0.01, 0.01, 0.01), "native")


def test_grey_values_in_other_units_than_the_trained_bounds_are_told():
    card = small_card(scaling=GreyScaling("bounds", -200, 1500, "mg HA/cm3", GreyScaling("percentiles", 0.1, 99.9)))
    assert card.range_warnings((0.02, 0.02, 0.02), "mg HA/cm3") == []
    (warning,) = card.range_warnings((0.02, 0.02, 0.02), "native")
    assert "Grey values are in native" in warning


def test_a_missing_or_unreadable_card_is_refused_with_its_place(tmp_path):
    with pytest.raises(ModelError, match=r"holds no card\.json"):
        read_card(tmp_path)
    (tmp_path / "card.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError, match="not UTF-8"):
        read_card(tmp_path)
    (tmp_path / "card.json").write_bytes(b" " * ((1 << 20) + 1))
    with pytest.raises(ModelError, match="larger than 1 MiB"):
        read_card(tmp_path)


def test_cards_and_the_store_are_read_without_torch():
    program = (
        "import sys; from MicroCTSuperResLib.networks.store import ModelStore; ModelStore().list(); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def guide():
    return (Path(__file__).parents[2] / "docs" / "model-card.md").read_text(encoding="utf-8")


def test_the_guide_tells_of_every_field():
    for name in saved_values():
        assert f"| `{name}` |" in guide(), name


def test_the_guides_example_is_a_sound_card():
    example = guide().split("```json")[1].split("```")[0]
    assert card_from_text(example, "the example").scaling.otherwise == GreyScaling("percentiles", 0.1, 99.9)
