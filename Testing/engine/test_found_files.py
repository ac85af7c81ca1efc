"""Rows for a cohort's table from the names of files."""

import pytest
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResTrainingLib.cohort.found_files import rows_in_folder


def touch(folder, *paths):
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(b"")


def told(rows, *columns):
    return [tuple(row[column] for column in columns) for row in rows]


def test_each_specimen_gets_a_row_with_its_scans(tmp_path):
    touch(tmp_path, "M2-LR.isq", "M2-hr.isq", "M1-lr.nrrd", "M1-hr.nrrd", "M1-mask.nrrd", "notes.txt")
    rows = rows_in_folder(tmp_path, "{specimen}-{scan}.*")
    assert told(rows, "specimen", "lr", "hr", "mask", "animal") == [
        ("M1", "M1-lr.nrrd", "M1-hr.nrrd", "M1-mask.nrrd", ""),
        ("M2", "M2-LR.isq", "M2-hr.isq", "", ""),
    ]


def test_a_pattern_of_folders_tells_animal_site_and_group(tmp_path):
    touch(tmp_path, "control/m7/femur_lr.nrrd", "control/m7/femur_hr.nrrd", "treated/m8/spine_lr.nrrd")
    rows = rows_in_folder(tmp_path, "{group}/{animal}/{site}_{scan}.nrrd")
    assert told(rows, "specimen", "animal", "site", "group", "lr", "hr") == [
        ("m7-femur", "m7", "femur", "control", "control/m7/femur_lr.nrrd", "control/m7/femur_hr.nrrd"),
        ("m8-spine", "m8", "spine", "treated", "treated/m8/spine_lr.nrrd", ""),
    ]


def test_folders_of_slices_are_scans_too(tmp_path):
    touch(tmp_path, "M1_lr/0001.tif", "M1_hr/0001.tif")
    assert told(rows_in_folder(tmp_path, "{specimen}_{scan}"), "specimen", "lr", "hr") == [("M1", "M1_lr", "M1_hr")]


def test_signs_of_regular_expressions_mean_themselves(tmp_path):
    touch(tmp_path, "a+b (1) lr.nrrd", "a+b (1) hr.nrrd", "a+b 11 hr.nrrd")
    rows = rows_in_folder(tmp_path, "{specimen} (1) {scan}.nrrd")
    assert told(rows, "specimen", "lr") == [("a+b", "a+b (1) lr.nrrd")]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("{specimen}.nrrd", "does not tell scans and specimens apart"),
        ("{scan}.nrrd", "does not tell scans and specimens apart"),
        ("{mouse}-{specimen}-{scan}.nrrd", r"names \{mouse\}"),
        ("{specimen}_{scan}.isq", "is named like"),
        ("{specimen}-{scan}.*", "are both LR of M1"),
    ],
)
def test_what_cannot_be_understood_is_told(tmp_path, pattern, message):
    touch(tmp_path, "M1-lr.nrrd", "M1-lr.mha")
    with pytest.raises(InputError, match=message):
        rows_in_folder(tmp_path, pattern)


def test_a_file_is_no_folder(tmp_path):
    touch(tmp_path, "a.csv")
    with pytest.raises(InputError, match="is no folder"):
        rows_in_folder(tmp_path / "a.csv", "{specimen}-{scan}.*")
