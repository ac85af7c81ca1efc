"""`info`: what a file is, from its header alone."""

import json

import pytest
from sample_scans import DIRECTION, ORIGIN, SIZE, SPACING
from workers import run_command_line


@pytest.fixture
def told(command, scan, small_model):
    status, out, _ = command("info", scan, "--model", small_model, "--json")
    assert status == 0
    return json.loads(out.splitlines()[-1])


def test_json_tells_format_geometry_type_units_and_calibration(told):
    assert told["format"] == "NRRD"
    assert told["size"] == list(SIZE)
    assert told["spacing_mm"] == pytest.approx(SPACING)
    assert told["origin_mm"] == pytest.approx(ORIGIN)
    assert told["direction"] == pytest.approx(DIRECTION)
    assert (told["voxel_type"], told["units"], told["calibration"]) == ("int16", "mg HA/cm3", None)
    assert told["voxel_bytes"] == 2 * SIZE[0] * SIZE[1] * SIZE[2]


def test_json_tells_what_enhancing_would_take(told):
    enhancement = told["enhancement"]
    assert enhancement["output_bytes"] == 8 * told["voxel_bytes"]  # twice as many voxels along three axes
    assert enhancement["memory_bytes"] > enhancement["output_bytes"]
    assert enhancement["seconds"] > 0


def test_words_tell_the_same(command, scan, small_model):
    _, out, _ = command("info", scan, "--model", small_model)
    for words in ("14 x 12 x 6 voxels", "0.02 x 0.02 x 0.02 mm", "int16", "mg HA/cm3", "none needed", "memory"):
        assert words in out


def test_a_missing_model_does_not_keep_the_file_secret(command, scan):
    status, out, _ = command("info", scan, "--model", "absent", "--json")
    result = json.loads(out.splitlines()[-1])
    assert (status, result["size"]) == (0, list(SIZE))
    assert "no model 'absent'" in result["enhancement"]["obstacle"]


def test_voxels_are_read_for_bones_alone(command, scan, small_model, monkeypatch):
    def must_not_run(*arguments, **options):
        raise AssertionError("voxels were read")

    monkeypatch.setattr("MicroCTSuperResLib.imaging.formats.reading.OpenScan.read", must_not_run)
    monkeypatch.setattr("SimpleITK.ReadImage", must_not_run)
    assert command("info", scan, "--model", small_model, "--no-bones")[0] == 0


def test_an_absent_file_is_one_line_and_status_1(command, tmp_path):
    status, out, err = command("info", tmp_path / "absent.nrrd")
    assert (status, out) == (1, "")
    assert "absent.nrrd" in err
    assert err.count("\n") == 1


def test_torch_is_not_needed(scan, small_model, tmp_path):
    (tmp_path / "without" / "torch").mkdir(parents=True)
    (tmp_path / "without" / "torch" / "__init__.py").write_text("raise ImportError('there is no torch')")
    import os

    environment = {**os.environ, "PYTHONPATH": f"{tmp_path / 'without'}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    done = run_command_line("info", scan, "--model", small_model, "--json", environment=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["size"] == list(SIZE)


def test_a_model_that_does_not_fit_is_told_instead_of_an_estimate(command, scan, tmp_path):
    from MicroCTSuperResLib.networks.card import GreyScaling
    from sample_models import save_small_model

    for_hu = save_small_model(tmp_path / "hu", scaling=GreyScaling("bounds", -1000.0, 3000.0, "HU"))
    threefold = save_small_model(tmp_path / "threefold", scale=3)
    for model, word in ((for_hu, "in HU"), (threefold, "3 times")):
        _, out, _ = command("info", scan, "--model", model, "--json")
        assert word in json.loads(out.splitlines()[-1])["enhancement"]["obstacle"]


def test_an_enhanced_file_is_told_to_be_one(command, scan, small_model, folder):
    command("enhance", scan, "-o", folder / "dl.nrrd", "--model", small_model, "--device", "cpu")
    _, out, _ = command("info", folder / "dl.nrrd", "--model", small_model)
    assert "AI-enhanced by model small 1.0.0 from lr.nrrd" in out
    _, out, _ = command("info", scan, "--model", small_model)
    assert "AI-enhanced" not in out
