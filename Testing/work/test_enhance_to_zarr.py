"""`enhance` from and to OME-Zarr, which is a folder named as a file."""

import numpy as np
import pytest
from MicroCTSuperResLib import read_volume
from sample_scans import ball, write_scan


@pytest.fixture
def enhanced(command, small_model):
    """A function that enhances a scan and gives back the result's volume."""

    def run(scan, output, *more):
        status, out, err = command("enhance", scan, "-o", output, "--model", small_model, "--device", "cpu", *more)
        assert (status, err) == (0, "")
        assert str(output).rstrip("/") in out
        return read_volume(str(output).rstrip("/"))

    return run


@pytest.mark.parametrize("name", ["dl.zarr", "dl.ome.zarr", "dl.zarr/"])
def test_a_result_in_ome_zarr_is_the_one_in_nrrd(enhanced, scan, folder, name):
    zarr, nrrd = enhanced(scan, f"{folder}/{name}"), enhanced(scan, folder / "dl.nrrd")
    np.testing.assert_array_equal(zarr.voxels, nrrd.voxels)
    np.testing.assert_allclose(zarr.spacing + zarr.origin, nrrd.spacing + nrrd.origin, rtol=0, atol=1e-14)
    # They were made at different times.
    fields = [{**volume.metadata, "MicroCTSuperRes.date": ""} for volume in (zarr, nrrd)]
    assert (zarr.units, fields[0]) == (nrrd.units, fields[1])
    assert len(list(folder.iterdir())) == 2


def test_a_scan_in_ome_zarr_is_enhanced_like_one_in_nrrd(enhanced, scan, folder, tmp_path):
    from_zarr = enhanced(write_scan(tmp_path / "a.zarr"), folder / "a.nrrd")
    np.testing.assert_array_equal(from_zarr.voxels, enhanced(scan, folder / "b.nrrd").voxels)


def test_an_earlier_result_is_replaced_when_asked(enhanced, scan, folder, tmp_path):
    enhanced(scan, folder / "dl.zarr")
    other = enhanced(write_scan(tmp_path / "other.nrrd", ball() + 50), folder / "dl.zarr", "--overwrite")
    np.testing.assert_array_equal(other.voxels, enhanced(tmp_path / "other.nrrd", folder / "dl.nrrd").voxels)


def test_results_of_zarr_scans_in_a_folder_are_named_without_their_ending(command, small_model, tmp_path):
    scans = [write_scan(tmp_path / "a.zarr"), write_scan(tmp_path / "b.ome.zarr")]
    status, _, err = command("enhance", *scans, "-o", tmp_path / "out", "--model", small_model, "--device", "cpu")
    assert (status, err) == (0, "")
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["a_DL.nrrd", "b_DL.nrrd"]


@pytest.mark.parametrize("name", ["dl.zarr", "dl.zarr/"])
def test_several_scans_are_not_written_into_one_zarr(command, small_model, scan, folder, tmp_path, name):
    other = write_scan(tmp_path / "other.nrrd")
    status, out, err = command("enhance", scan, other, "-o", f"{folder}/{name}", "--model", small_model)
    assert (status, out) == (1, "")
    assert "2 volumes do not fit into the one file" in err
    assert list(folder.iterdir()) == []
