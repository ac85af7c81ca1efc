"""Headers whose voxels are in other files: where these may be, and what is told of them."""

import os

import numpy as np
import pytest
from MicroCTSuperResLib.errors import FormatError
from MicroCTSuperResLib.imaging.formats import inspect, open_scan, read_volume
from test_formats_refusals import VOXELS, write_meta, write_nrrd

NRRD, META = "a.nhdr", "a.mhd"


def write_header(folder, name, data_file):
    """A header of 4 x 3 x 2 voxels of 16 bits that names a file."""
    folder.mkdir(exist_ok=True)
    if name == NRRD:
        return write_nrrd(folder / name, b"", data_file=data_file)
    return write_meta(folder / name, b"", ElementDataFile=data_file)


def content():
    return VOXELS.astype("<i2").tobytes()


@pytest.mark.parametrize("name", [NRRD, META])
def test_voxels_in_the_folder_of_the_header_or_below_it_are_not_worth_a_word(tmp_path, name):
    (tmp_path / "below").mkdir()
    for place in ("voxels.raw", "below/voxels.raw", "below/../voxels.raw", str(tmp_path / "voxels.raw")):
        (tmp_path / place).write_bytes(content())
        header = inspect(write_header(tmp_path, name, place))
        assert header.warnings == ()


@pytest.mark.parametrize("name", [NRRD, META])
def test_voxels_elsewhere_are_read_and_told(tmp_path, name):
    (tmp_path / "scanner").mkdir()
    voxels = tmp_path / "scanner" / "voxels.raw"
    voxels.write_bytes(content())
    for place in (str(voxels), "../scanner/voxels.raw"):
        path = write_header(tmp_path / "notes", name, place)
        (warning,) = inspect(path).warnings
        assert warning.startswith("Its voxels are in ")
        assert "voxels.raw, outside its folder" in warning
        np.testing.assert_array_equal(read_volume(path).voxels.ravel(), VOXELS)


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="there are no links here")
@pytest.mark.parametrize("name", [NRRD, META])
def test_a_link_in_the_folder_is_the_users_own(tmp_path, name):
    (tmp_path / "voxels.raw").write_bytes(content())
    path = write_header(tmp_path / "notes", name, "link.raw")
    (tmp_path / "notes" / "link.raw").symlink_to(tmp_path / "voxels.raw")
    assert inspect(path).warnings == ()


@pytest.mark.parametrize("place", ["absent.raw", "/", "x" * 5000])
@pytest.mark.parametrize("name", [NRRD, META])
def test_a_file_that_is_not_there_is_refused(tmp_path, name, place):
    with pytest.raises(FormatError, match="does not exist"):
        inspect(write_header(tmp_path, name, place))


@pytest.mark.parametrize("name", [NRRD, META])
def test_voxels_in_a_file_for_each_slice_are_read_through_itk(tmp_path, name):
    half = len(content()) // 2
    for number in range(2):
        (tmp_path / f"slice{number}.raw").write_bytes(content()[number * half :][:half])
    path = write_header(tmp_path, name, "LIST 2" if name == NRRD else "LIST")
    path.write_bytes(path.read_bytes().rstrip(b"\n") + b"\nslice0.raw\nslice1.raw\n")
    scan = open_scan(path)
    assert (scan.reads_parts, scan.keeps_parts, scan.header.warnings) == (False, False, ())
    np.testing.assert_array_equal(scan.volume().voxels.ravel(), VOXELS)
    pattern = write_header(tmp_path, name, "slice%d.raw 0 1 1" + (" 2" if name == NRRD else ""))
    np.testing.assert_array_equal(read_volume(pattern).voxels.ravel(), VOXELS)
