"""`info` of scanners' files: calibration in words, fields of the scan, bones, and large files without reading them."""

import json

import numpy as np
import pytest
from MicroCTSuperResLib.imaging.calibration import Calibration
from sample_scanco import DENSITY, aim_bytes, calibration_blocks, isq_bytes
from sample_scans import ball, write_native_scan, write_scan


@pytest.fixture
def isq(tmp_path):
    """A calibrated ISQ file."""
    path = tmp_path / "bone.isq"
    path.write_bytes(isq_bytes(ball(), blocks=calibration_blocks(DENSITY)))
    return path


@pytest.fixture
def told(command, small_model):
    """A function that gives what `info` tells of a scan, in words and as JSON."""

    def run(scan, *options):
        words = ("info", scan, "--model", small_model, *options)
        status, out, err = command(*words)
        assert status == 0, err
        return out, json.loads(command(*words, "--json")[1])

    return run


KEYS = {
    "file",
    "format",
    "size",
    "spacing_mm",
    "origin_mm",
    "direction",
    "voxel_type",
    "voxel_bytes",
    "stored_type",
    "rescale",
    "crop_voxels",
    "whole_size",
    "units",
    "calibration",
    "study_threshold",
    "bones",
    "bones_note",
    "metadata",
    "personal",
    "warnings",
    "enhancement",
}


def test_the_keys_of_the_json_are_fixed(told, isq, scan):
    for file in (isq, scan):
        assert set(told(file)[1]) == KEYS


def test_an_isq_file_is_told_with_its_calibration_and_fields(told, isq):
    words, result = told(isq)
    assert (result["format"], result["stored_type"], result["units"]) == ("Scanco ISQ", "int16", "native")
    calibration = result["calibration"]
    assert (calibration["mu_scaling"], calibration["slope"]) == (4096.0, DENSITY["slope"])
    assert result["metadata"]["Scanco.projections"] == "1000"
    # 500 = 369.154 * mu - 191.56 at mu = 1.87336 1/cm, which is 4096 times that in native units.
    mu = (500 + 191.56) / 369.154
    assert result["study_threshold"]["1/cm"] == pytest.approx(mu)
    assert result["study_threshold"]["native"] == pytest.approx(4096 * mu)
    for line in (
        "mu_scaling 4096       native grey values per 1/cm (header of bone.isq)",
        "slope      369.154    mg HA/cm3 per 1/cm (header of bone.isq)",
        "intercept  -191.56    mg HA/cm3 (header of bone.isq)",
        "500 mg HA/cm3 (the study's threshold) is 7673.3 native",
        "Scanco.projections: 1000",
    ):
        assert line in words


def test_a_scan_without_density_says_what_to_give(told, tmp_path):
    half = Calibration(mu_scaling=4096.0, origins={"mu_scaling": "header"})
    words, result = told(write_native_scan(tmp_path / "lr.nrrd", calibration=half))
    assert (result["study_threshold"], "mu_scaling 4096" in words) == (None, True)
    assert "density in mg HA/cm3 is not known; give --slope and --intercept" in words


def test_a_part_is_told_with_the_whole_it_is_of(told, isq):
    words, result = told(isq, "--crop", "2:10,4:,:3", "--units", "density")
    assert (result["size"], result["crop_voxels"], result["whole_size"]) == ([8, 8, 3], "2:10,4:12,0:3", [14, 12, 6])
    assert "2:10,4:12,0:3 of 14 x 12 x 6 voxels" in words
    # density = 369.154 / 4096 * native - 191.56
    assert result["rescale"] == pytest.approx({"slope": 369.154 / 4096, "intercept": -191.56})


def test_bones_are_listed_with_the_boxes_that_crop_takes(command, told, tmp_path, folder):
    voxels = np.zeros((20, 60, 120), np.int16)
    voxels[2:18, 20:40, 10:30] = 900
    voxels[4:14, 20:36, 90:106] = 900  # 60 voxels of 20 um apart
    scan = write_scan(tmp_path / "two.nrrd", voxels)
    words, result = told(scan)
    assert [bone["number"] for bone in result["bones"]] == [1, 2]
    for number, bone in enumerate(result["bones"], start=1):
        assert f"{number}: --crop {bone['box']}" in words
        assert command("convert", scan, "-o", folder / f"{number}.nrrd", "--crop", bone["box"])[0] == 0
    first, second = result["bones"]
    assert first["start"][0] < 30 < second["start"][0]


def test_a_large_file_that_has_to_be_read_whole_is_read_for_bones_only_when_asked(told, tmp_path, monkeypatch):
    monkeypatch.setattr("MicroCTSuperResLib.jobs.info_job._SMALL_BYTES", 1000)
    scan = write_native_scan(tmp_path / "lr.nii.gz")
    words, result = told(scan)
    assert result["bones"] is None
    assert "info --bones looks for them" in result["bones_note"]
    assert result["bones_note"] in words
    assert told(scan, "--bones")[1]["bones"] is not None
    assert told(scan, "--no-bones")[1]["bones_note"] == "not looked for"


def test_a_small_scan_in_many_files_is_read_for_bones_only_when_asked(told, tmp_path, monkeypatch):
    monkeypatch.setattr("MicroCTSuperResLib.jobs.info_job._FEW_FILES", 5)
    scan = write_scan(tmp_path / "slices" / "*.dcm")  # six slices
    assert "info --bones looks for them" in told(scan)[1]["bones_note"]
    assert told(scan, "--bones")[1]["bones"] is not None


def test_bones_that_do_not_fit_into_memory_are_not_looked_for(command, told, tmp_path, monkeypatch):
    scan = tmp_path / "a.aim"
    scan.write_bytes(aim_bytes((ball() > 500).astype(np.int8), "runs"))
    monkeypatch.setattr("MicroCTSuperResLib.enhancement.memory.free_memory", lambda: 1000)
    result = told(scan)[1]
    assert (result["bones"], "Looking for bones in this scan needs about" in result["bones_note"]) == (None, True)
    status, _, err = command("info", scan, "--bones")
    assert (status, "Looking for bones in this scan needs about" in err) == (1, True)


def test_a_file_of_ten_gigabytes_is_not_read_as_a_whole(told, tmp_path, monkeypatch):
    scan = tmp_path / "large.isq"
    size = (2048, 2048, 1280)
    head = isq_bytes(np.zeros((1, 1, 1), np.int16), size=size, padded=False, blocks=calibration_blocks(DENSITY))
    with scan.open("wb") as file:
        file.write(head)
        file.truncate(len(head) - 2 + 2 * 2048 * 2048 * 1280)  # sparse: a size, no content
    taken = []
    from MicroCTSuperResLib.imaging.formats.reading import OpenScan

    read = OpenScan.read
    monkeypatch.setattr(OpenScan, "read", lambda scan, region: taken.append(read(scan, region)) or taken[-1])
    _, result = told(scan)
    assert (result["size"], result["bones"]) == (list(size), [])
    assert sum(voxels.size for voxels in taken) < 0.05 * 2048 * 2048 * 1280


def test_warnings_about_the_scan_are_told(told, tmp_path):
    wrong = Calibration(1000.0, 0.5, 1000.0, 0.0)
    words, result = told(write_native_scan(tmp_path / "lr.nrrd", calibration=wrong))
    assert result["warnings"][0].startswith("Water would have 500 mg HA/cm3")
    assert result["warnings"][0] in words


def test_a_request_for_a_calibration_is_gone_once_one_is_given(told, tmp_path):
    scan = tmp_path / "bare.isq"
    scan.write_bytes(isq_bytes(ball()))
    assert any("Density in bare.isq is not known" in warning for warning in told(scan)[1]["warnings"])
    assert told(scan, "--slope", 369, "--intercept", -190)[1]["warnings"] == []
