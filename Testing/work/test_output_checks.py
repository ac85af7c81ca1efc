"""A result that cannot be written is refused before the work, and no result ever replaces its scan."""

import pytest
from MicroCTSuperResLib.errors import OutputError
from MicroCTSuperResLib.imaging.formats import inspect, read_volume
from MicroCTSuperResLib.jobs.output_checks import check_output, refuse_to_replace_input
from sample_scans import ball, write_scan

STRAIGHT = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize("name", ["dl.nrrd", "dl.mhd", "dl.nii.gz", "dl.tif", "slices/*.png", "slices/*.tif"])
@pytest.mark.parametrize("voxel_type", ["uint8", "uint16"])
def test_what_can_be_written_is_let_through_and_nothing_is_written(folder, name, voxel_type):
    check_output(folder / name, voxel_type, overwrite=False)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("name", "voxel_type"), [("slices/*.png", "float32"), ("dl.tif", "float64")])
def test_a_format_that_cannot_hold_the_voxels_is_refused(folder, name, voxel_type):
    with pytest.raises(OutputError):
        check_output(folder / name, voxel_type, overwrite=False)


def test_a_result_that_the_disk_has_no_room_for_is_refused(folder):
    with pytest.raises(OutputError, match="free"):
        check_output(folder / "dl.nrrd", "int16", overwrite=False, needed_bytes=2**62)


def test_the_size_of_a_compressed_result_is_not_known_beforehand(folder):
    check_output(folder / "dl.nrrd", "int16", overwrite=False, compress=True, needed_bytes=2**62)


def refused(scan, target, compress=False):
    with pytest.raises(OutputError, match="would replace the input"):
        refuse_to_replace_input(inspect(scan), target, compress=compress)


def test_a_scan_is_its_file_by_whatever_name(tmp_path, monkeypatch):
    scan = write_scan(tmp_path / "lr.nrrd")
    (tmp_path / "link.nrrd").symlink_to(scan)
    (tmp_path / "twin.nrrd").hardlink_to(scan)
    monkeypatch.chdir(tmp_path)
    for name in ("lr.nrrd", "./lr.nrrd", "link.nrrd", "twin.nrrd"):
        refused(scan, name)


def test_a_header_of_another_format_does_not_take_the_scans_voxels(tmp_path):
    scan = write_scan(tmp_path / "lr.mhd")
    assert (tmp_path / "lr.raw").exists()  # .nhdr would put its voxels into a file of the same name
    refused(scan, tmp_path / "lr.nhdr")


def test_a_stack_is_not_replaced_by_its_result(tmp_path):
    write_scan(tmp_path / "stack" / "*.tif", (ball() // 5).astype("uint8"), direction=STRAIGHT)
    refused(tmp_path / "stack", tmp_path / "stack" / "*.tif")


def test_a_new_file_beside_the_scan_or_its_slices_is_let_through(tmp_path):
    scan = write_scan(tmp_path / "lr.nrrd")
    write_scan(tmp_path / "stack" / "*.tif", (ball() // 5).astype("uint8"), direction=STRAIGHT)
    refuse_to_replace_input(inspect(scan), tmp_path / "dl.nrrd", compress=False)
    refuse_to_replace_input(inspect(tmp_path / "stack"), tmp_path / "stack" / "dl.nrrd", compress=False)


def test_enhance_writes_a_folder_of_slices(command, tmp_path, small_model):
    scan = write_scan(tmp_path / "lr.nrrd", (ball() // 5).astype("uint8"), direction=STRAIGHT)
    status, out, _ = command("enhance", scan, "-o", tmp_path / "dl" / "*.png", "--model", small_model)
    assert status == 0
    assert str(tmp_path / "dl") in out
    assert read_volume(tmp_path / "dl").size == (28, 24, 12)
