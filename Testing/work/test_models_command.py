"""`models`: list, show, add, remove and export, on a user's folder of its own."""

import json
import zipfile

import pytest
from MicroCTSuperResLib.networks.card import GreyScaling, Score
from MicroCTSuperResLib.networks.export import FORMATS
from sample_models import save_small_model

pytestmark = pytest.mark.usefixtures("own_models")


def names(command):
    _, out, _ = command("models", "list", "--json")
    return [model["name"] for model in json.loads(out.splitlines()[-1])["models"]]


def test_a_model_is_added_listed_shown_and_removed(command, small_model, own_models):
    assert command("models", "add", small_model)[0] == 0
    assert (own_models / "small" / "model.safetensors").exists()
    assert "small" in names(command)
    status, out, _ = command("models", "show", "small")
    assert status == 0
    assert "unet_subpixel" in out
    assert command("models", "remove", "small")[0] == 0
    assert "small" not in names(command)
    assert not (own_models / "small").exists()


def test_show_tells_the_whole_card_as_json(command, small_model):
    _, out, _ = command("models", "show", small_model, "--json")
    result = json.loads(out.splitlines()[-1])
    assert result["card"] == json.loads((small_model / "card.json").read_text())
    assert (result["name"], result["bundled"]) == ("small", False)


def test_show_tells_each_source_of_data_and_each_score_on_lines_of_its_own(command, small_model):
    lines = command("models", "show", small_model)[1].splitlines()
    assert lines[0] == "small 1.0.0 (yours)"
    assert "made for     LR voxels of 15 to 30 um; femur, lumbar spine" in lines
    data = lines.index("- random phantoms (simulated)")
    assert lines[data + 1 : data + 3] == ["  microct-superres phantom", "  licence: Apache-2.0"]
    assert "- phantom, seed 1: psnr 31.5 dB (data range 1000)" in lines


@pytest.mark.parametrize(
    ("scaling", "told"),
    [
        (GreyScaling("image-minmax"), "scaled by the smallest and largest of the scan"),
        (GreyScaling("bounds", 0.0, 1500.0, "mg HA/cm3"), "0 to 1500 mg HA/cm3"),
        (
            GreyScaling("bounds", 0.0, 1500.0, "mg HA/cm3", GreyScaling("percentiles", 0.5, 99.5)),
            "0 to 1500 mg HA/cm3; other units: scaled by the percentiles 0.5 to 99.5 % of the scan, any units",
        ),
    ],
    ids=["minmax", "bounds", "bounds or percentiles"],
)
def test_show_tells_how_grey_values_are_scaled(command, tmp_path, scaling, told):
    model = save_small_model(tmp_path / "scaled", scaling=scaling)
    assert f"grey values  {told}" in command("models", "show", model)[1].splitlines()


def test_a_model_is_replaced_only_when_asked(command, small_model):
    command("models", "add", small_model)
    status, _, err = command("models", "add", small_model)
    assert status == 1
    assert "--overwrite" in err
    assert command("models", "add", small_model, "--overwrite")[0] == 0


def test_a_broken_model_in_the_folder_is_told_but_does_not_hide_the_others(command, small_model, own_models):
    command("models", "add", small_model)
    (own_models / "broken").mkdir()
    (own_models / "broken" / "card.json").write_text("{")
    status, out, err = command("models", "list")
    assert status == 0
    assert "small" in out
    assert "warning" in err
    assert "broken" in err


@pytest.mark.parametrize("words", [("show", "absent"), ("remove", "absent"), ("export", "absent"), ("add", "absent")])
def test_an_absent_model_is_one_line_and_status_1(command, words):
    status, out, err = command("models", *words)
    assert (status, out) == (1, "")
    assert "absent" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [{"action": "burn"}, {"action": "show"}, {"action": "export", "model": "small", "format": "pickle"}]
)
def test_a_job_that_makes_no_sense_is_refused(start_worker, small_model, arguments):
    events, status, _ = start_worker({"job": "models", "arguments": arguments}).finish()
    assert (events[-1]["code"], status) == ("bad-input", 1)


def test_export_writes_an_onnx_file_and_replaces_it_only_when_asked(command, small_model, folder):
    onnx = pytest.importorskip("onnx", reason="exporting needs onnx")
    words = ("models", "export", small_model, "--format", "onnx", "-o", folder / "small.onnx")
    assert command(*words)[0] == 0
    onnx.checker.check_model(onnx.load(folder / "small.onnx"))
    status, _, err = command(*words)
    assert status == 1
    assert "--overwrite" in err
    assert command(*words, "--overwrite")[0] == 0


@pytest.mark.parametrize(
    ("format_name", "file_name"),
    [("onnx", "small.onnx"), ("torchscript", "small.pt"), ("bioimageio", "small.bioimageio.zip")],
)
def test_export_is_named_after_the_model_where_no_file_is_named(
    command, small_model, folder, monkeypatch, format_name, file_name
):
    pytest.importorskip("onnx", reason="exporting needs onnx")
    pytest.importorskip("bioimageio.spec", reason="exporting for bioimage.io needs bioimageio.spec")
    monkeypatch.chdir(folder)
    status, out, err = command("models", "export", small_model, "--format", format_name, "--json")
    assert (status, err) == (0, "")
    assert json.loads(out.splitlines()[-1])["output"] == file_name
    assert (folder / file_name).exists()


def test_a_package_for_bioimageio_names_its_authors_and_is_added_as_a_model(command, small_model, folder, own_models):
    pytest.importorskip("bioimageio.spec", reason="exporting for bioimage.io needs bioimageio.spec")
    package = folder / "small.zip"
    people = ("--author", "Ada Lovelace", "--author", "Emmy Noether")
    assert command("models", "export", small_model, "--format", "bioimageio", "-o", package, *people)[0] == 0
    with zipfile.ZipFile(package) as archive:
        told = archive.read("rdf.yaml").decode()
    assert "name: Ada Lovelace" in told
    assert "name: Emmy Noether" in told
    assert command("models", "add", package)[0] == 0
    assert (own_models / "small" / "model.safetensors").exists()


def test_authors_are_refused_where_the_format_has_no_place_for_them(command, small_model, folder):
    status, _, err = command("models", "export", small_model, "-o", folder / "small.onnx", "--author", "Ada Lovelace")
    assert status == 1
    assert "no place for authors" in err
    assert not (folder / "small.onnx").exists()


def test_every_format_of_the_engine_is_offered(command, capfd):
    with pytest.raises(SystemExit):
        command("models", "export", "--help")
    assert f"--format {{{','.join(FORMATS)}}}" in capfd.readouterr().out


def test_show_tells_groups_in_brackets_one_size_once_and_pure_numbers_without_unit(command, tmp_path):
    training = {"epochs": 3, "specimens": {"train": {"femur": 2}, "test": {"femur": 1}}}
    scores = (Score("one femur", "ssim", 0.5, "", {"specimens": 1}),)
    model = save_small_model(tmp_path / "grouped", training=training, voxel_size_um=(20, 20), scores=scores)
    lines = command("models", "show", model)[1].splitlines()
    assert "training     epochs 3; specimens (train (femur 2); test (femur 1))" in lines
    assert "made for     LR voxels of 20 um; femur, lumbar spine" in lines
    assert "- one femur: ssim 0.5 (specimens 1)" in lines
