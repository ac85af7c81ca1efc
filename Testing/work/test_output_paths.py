"""Where results go: a file, or a folder with one result for each scan."""

from pathlib import Path

import pytest
from MicroCTSuperResLib.errors import InputError, OutputError
from MicroCTSuperResLib.jobs.output_paths import make_folder, plan_tasks, stem_of


def targets(inputs, output):
    return [task.target for task in plan_tasks(tuple(map(str, inputs)), str(output))]


def test_one_scan_goes_to_the_file_that_is_named(tmp_path):
    assert targets([tmp_path / "lr.nrrd"], tmp_path / "dl.nii.gz") == [tmp_path / "dl.nii.gz"]


def test_one_scan_goes_into_a_folder_that_exists(tmp_path):
    assert targets(["lr.nrrd"], tmp_path) == [tmp_path / "lr_DL.nrrd"]


@pytest.mark.parametrize("output", ["out", "out/", "out.d/"])
def test_a_name_without_extension_or_with_a_slash_is_a_folder(output):
    assert targets(["lr.nrrd"], output) == [Path(output) / "lr_DL.nrrd"]


@pytest.mark.parametrize("output", ["out", "study_1.5"])
def test_several_scans_go_into_a_folder(output):
    assert targets(["a.nrrd", "b.mha"], output) == [Path(output) / "a_DL.nrrd", Path(output) / "b_DL.nrrd"]


@pytest.mark.parametrize("output", ["out.zarr", "out.ome.zarr", "OUT.ZARR", "out.zarr/"])
@pytest.mark.parametrize("exists", [False, True])
def test_a_folder_named_zarr_is_one_result(tmp_path, output, exists):
    if exists:
        (tmp_path / output).mkdir()
    assert targets(["lr.nrrd"], f"{tmp_path}/{output}") == [tmp_path / output]


@pytest.mark.parametrize("exists", [False, True])
def test_several_scans_do_not_go_into_one_zarr(tmp_path, exists):
    if exists:
        (tmp_path / "out.zarr").mkdir()
    with pytest.raises(OutputError, match="2 volumes"):
        targets(["a.nrrd", "b.nrrd"], tmp_path / "out.zarr")


@pytest.mark.parametrize("output", ["out.nrrd", "out.nii.gz"])
def test_several_scans_do_not_go_into_one_file(output):
    with pytest.raises(OutputError, match="2 volumes"):
        targets(["a.nrrd", "b.nrrd"], output)


def test_planning_writes_nothing(tmp_path):
    targets(["a.nrrd", "b.nrrd"], tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_scans_of_one_name_are_told_apart_by_their_folder():
    assert targets(["m1/lr.nrrd", "m2/lr.nrrd", "m3/other.nrrd"], "out") == [
        Path("out/m1_lr_DL.nrrd"),
        Path("out/m2_lr_DL.nrrd"),
        Path("out/other_DL.nrrd"),
    ]


@pytest.mark.parametrize(
    "inputs",
    [
        ["m1/lr.nrrd", "m1/lr.mha"],
        ["lr.nrrd", "lr.nrrd"],
        ["a/m1/lr.nrrd", "b/m1/lr.nrrd"],
        ["m1/lr.nrrd", "m1/LR.mha"],  # the same file where case does not count
        ["m1/lr.nrrd", "m2/lr.nrrd", "m1_lr.nrrd"],
    ],
)
def test_scans_that_cannot_be_told_apart_are_refused(inputs):
    with pytest.raises(InputError, match="would both be written to"):
        targets(inputs, "out")


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("a.nrrd", "a"),
        ("a.nii.gz", "a"),
        ("a.b.mha", "a.b"),
        ("C0001.ISQ;1", "C0001"),
        ("a", "a"),
        ("m1/rec_*.bmp", "rec"),
        ("m1/*.bmp", "m1"),
        ("m1/lr.zarr", "lr"),
        ("m1/lr.ome.zarr", "lr"),
    ],
)
def test_the_stem_is_the_name_without_its_extension(name, stem):
    assert stem_of(Path(name)) == stem


def test_a_folder_of_slices_keeps_its_whole_name(tmp_path):
    (tmp_path / "m1.rec").mkdir()
    assert stem_of(tmp_path / "m1.rec") == "m1.rec"


def test_the_folder_of_results_is_made_with_those_above_it(tmp_path):
    make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be made"):
        make_folder(tmp_path / "file" / "folder")
