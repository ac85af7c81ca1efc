"""Names of persons in a scan's header are not copied into results unless that is asked for: looked for in the bytes."""

import json
from pathlib import Path

import numpy as np
import pytest
from sample_scanco import LOG, aim_bytes, isq_bytes
from sample_scans import ball, write_scan

NAME = "PLANTED_NAME"
OUTPUTS = ("out.nrrd", "out.nhdr", "out.mha", "out.nii", "out.tif", "out.zarr", "dir/*.tif", "dir/*.png", "dir/*.dcm")


def write_isq(folder):
    path = folder / "named.isq"
    path.write_bytes(isq_bytes(ball(), name=NAME.encode()))
    return path


def write_aim(folder):
    path = folder / "named.aim"
    path.write_bytes(aim_bytes(ball(), log=LOG.replace("DO_MOUSE_17", NAME)))
    return path


def write_dicom(folder):
    import pydicom

    write_scan(folder / "named" / "*.dcm", ball(), units="HU")
    for file in (folder / "named").glob("*.dcm"):
        slice_ = pydicom.dcmread(file)
        slice_.PatientName, slice_.OperatorsName = NAME, NAME
        slice_.save_as(file)
    return folder / "named"


SCANS = {"ISQ": write_isq, "AIM": write_aim, "DICOM": write_dicom}


def holding(folder, text):
    """The files below a folder that hold a text, in any of the two usual encodings."""
    files = [path for path in Path(folder).rglob("*") if path.is_file()]
    assert files
    return [path for path in files if any(text.encode(code) in path.read_bytes() for code in ("ascii", "utf-16-le"))]


@pytest.mark.parametrize("kind", SCANS)
@pytest.mark.parametrize("output", OUTPUTS)
def test_no_written_format_holds_a_name_of_the_scan(command, tmp_path, folder, kind, output):
    scan = SCANS[kind](tmp_path)
    assert holding(tmp_path, NAME)
    status, out, err = command("convert", scan, "-o", folder / output, "--voxel-type", "uint16", "--json")
    assert status == 0, err
    assert holding(folder, NAME) == []
    assert NAME not in out + err


@pytest.mark.parametrize("kind", SCANS)
def test_a_name_is_kept_when_that_is_asked_for(command, tmp_path, folder, kind):
    command("convert", SCANS[kind](tmp_path), "-o", folder / "out.nrrd", "--keep-personal")
    assert holding(folder, NAME) == [folder / "out.nrrd"]


@pytest.mark.parametrize("kept", ["kept.nrrd", "kept.mha", "kept.nii.gz", "kept.tif", "kept.zarr", "kept/*.dcm"])
def test_a_name_that_was_kept_once_is_not_copied_again_unless_that_is_asked_for(command, tmp_path, folder, kept):
    command("convert", write_isq(tmp_path), "-o", tmp_path / kept, "--keep-personal", "--voxel-type", "uint16")
    scan = (tmp_path / kept).parent if "*" in kept else tmp_path / kept
    _, out, _ = command("info", scan, "--json")
    told = json.loads(out)
    assert told["personal"]["Scanco.patient_name"] is None
    assert "Scanco.patient_name" not in told["metadata"]
    command("convert", scan, "-o", folder / "without.nrrd")
    assert holding(folder, NAME) == []
    command("convert", scan, "-o", folder / "with.nrrd", "--keep-personal")
    assert holding(folder, NAME) == [folder / "with.nrrd"]


@pytest.mark.parametrize(
    "field", ["0010|0010", "DICOM_0010_0010_PatientName", "(0008,1070)", "Operator", "SkyScan.user_name", "StudyID"]
)
def test_names_among_the_fields_of_another_program_are_not_copied(command, tmp_path, folder, field):
    from MicroCTSuperResLib.imaging.volume import Volume

    Volume(ball(), (0.02, 0.02, 0.02), metadata={field: NAME, "Modality": "CT"}).write(tmp_path / "theirs.nrrd")
    command("convert", tmp_path / "theirs.nrrd", "-o", folder / "out.nrrd")
    assert holding(folder, NAME) == []
    assert len(holding(folder, "Modality")) == 1


@pytest.mark.parametrize("name", ["enhance", "simulate"])
def test_results_of_work_hold_no_name_either(command, tmp_path, small_model, folder, name):
    options = ("--model", small_model, "--device", "cpu") if name == "enhance" else ()
    status, out, err = command(name, write_isq(tmp_path), "-o", folder / "out.nrrd", "--json", *options)
    assert status == 0, err
    assert holding(folder, NAME) == []
    assert NAME not in out + err
    command(name, tmp_path / "named.isq", "-o", folder / "kept.nrrd", "--keep-personal", *options)
    assert holding(folder, NAME) == [folder / "kept.nrrd"]


def test_info_names_the_fields_and_shows_them_only_when_asked(command, tmp_path, small_model):
    scan = write_isq(tmp_path)
    _, out, _ = command("info", scan, "--model", small_model)
    assert (NAME in out, "Scanco.patient_name" in out, "--keep-personal" in out) == (False, True, True)
    _, out, _ = command("info", scan, "--model", small_model, "--json")
    assert json.loads(out)["personal"]["Scanco.patient_name"] is None
    _, out, _ = command("info", scan, "--model", small_model, "--personal")
    assert f"Scanco.patient_name: {NAME}" in out
    _, out, _ = command("info", scan, "--model", small_model, "--json", "--personal")
    assert json.loads(out)["personal"]["Scanco.patient_name"] == NAME


def test_the_part_and_the_whole_of_an_isq_file_are_the_voxels_written(command, tmp_path, folder):
    from MicroCTSuperResLib import read_volume

    scan = write_isq(tmp_path)
    command("convert", scan, "-o", folder / "part.nrrd", "--crop", "1:9,2:11,3:5")
    np.testing.assert_array_equal(read_volume(folder / "part.nrrd").voxels, ball()[3:5, 2:11, 1:9])
