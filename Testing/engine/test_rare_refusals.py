"""What seldom happens on reading: memory that is short, libraries that disagree, fields that are no numbers."""

import gzip
from dataclasses import replace

import numpy as np
import pytest
import tifffile
from MicroCTSuperResLib.errors import FormatError, OutOfMemory, OutputError
from MicroCTSuperResLib.imaging.formats import inspect, itk_files, open_scan, read_volume
from MicroCTSuperResLib.imaging.formats.compressed_voxels import read_compressed
from MicroCTSuperResLib.imaging.formats.tiff import volume_file
from MicroCTSuperResLib.imaging.volume import Volume
from PIL import Image
from sample_volumes import sample_volume

WHOLE = (slice(0, 2, 1), slice(0, 3, 1), slice(0, 4, 1))


def failing(error):
    def fail(*_):
        raise error

    return fail


@pytest.mark.parametrize("name", ["v.nrrd", "v.mha", "v.nii", "v.tif", "p/*.png", "v.zarr", "d/*.dcm"])
def test_voxels_that_do_not_fit_into_memory_are_told_with_a_way_out(tmp_path, name):
    scan = open_scan(sample_volume("uint8").write(tmp_path / name))
    scan = replace(scan, form=replace(scan.form, read=failing(MemoryError())))
    with pytest.raises(OutOfMemory, match=r"needs 0 MiB, which this computer has not.* --crop"):
        scan.volume()


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("sitk::ERROR: Failed to allocate memory for image.")], ids=["python", "itk"]
)
def test_memory_that_itk_does_not_get_is_no_fault_of_the_file(tmp_path, monkeypatch, error):
    folder = sample_volume().write(tmp_path / "series" / "*.dcm")
    monkeypatch.setattr(itk_files.sitk, "GetArrayFromImage", failing(error))
    with pytest.raises(OutOfMemory, match="does not fit into memory"):
        read_volume(folder)


@pytest.mark.parametrize("name", ["v.nrrd", "v.mha"])
def test_a_copy_that_itk_has_no_memory_for_is_told_on_writing(tmp_path, monkeypatch, name):
    error = RuntimeError("Failed to allocate memory for image.")
    monkeypatch.setattr(itk_files.sitk, "GetImageFromArray", failing(error))
    with pytest.raises(OutOfMemory, match="copy of the volume to be written"):
        sample_volume().write(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_nifti_has_no_more_than_32767_voxels_along_an_axis(tmp_path):
    long = Volume(np.zeros((1, 1, 32768), np.uint8), (0.01, 0.01, 0.01))
    with pytest.raises(OutputError, match="at most 32767 voxels"):
        long.write(tmp_path / "v.nii")


def test_a_compressed_stream_that_ends_well_but_early_is_refused(tmp_path):
    (tmp_path / "v.gz").write_bytes(gzip.compress(bytes(23)))
    with pytest.raises(FormatError, match="fewer compressed voxels"):
        read_compressed(tmp_path / "v.gz", offset=0, lead=0, dtype="u1", size=(4, 3, 2), region=WHOLE)


def test_what_follows_the_voxels_in_a_compressed_stream_is_checked_too(tmp_path):
    packed = bytearray(gzip.compress(bytes(24) + np.random.default_rng(0).bytes(3 * 2**20)))  # several pieces
    (tmp_path / "v.gz").write_bytes(packed)
    options = {"offset": 0, "lead": 0, "dtype": "u1", "size": (4, 3, 2), "region": WHOLE}
    np.testing.assert_array_equal(read_compressed(tmp_path / "v.gz", **options), np.zeros((2, 3, 4)))
    packed[-5] ^= 1  # of the checksum
    (tmp_path / "v.gz").write_bytes(packed)
    with pytest.raises(FormatError, match="damaged compressed voxels"):
        read_compressed(tmp_path / "v.gz", **options)


def test_pages_that_itk_does_not_see_are_missed(tmp_path, monkeypatch):
    first, *others = [Image.fromarray(pixels) for pixels in sample_volume("uint8").voxels]
    first.save(tmp_path / "v.tif", save_all=True, append_images=others, compression="tiff_lzw")
    told = volume_file.information(tmp_path / "v.tif", volume_file.IMAGE_IO)
    monkeypatch.setattr(volume_file, "information", lambda *_: replace(told, size=(*told.size[:2], 4)))
    with pytest.raises(FormatError, match="has 5 pages, only 4 can be read"):
        read_volume(tmp_path / "v.tif", spacing=(0.01, 0.01, 0.01))


@pytest.mark.parametrize("size", ["", "wide", "1e", "0.02.1"])
def test_a_physical_size_of_ome_that_is_no_number_is_unknown(tmp_path, size):
    told = (
        f'<OME><Image><Pixels PhysicalSizeX="0.02" PhysicalSizeY="{size or "x"}" PhysicalSizeXUnit="mm"/></Image></OME>'
    )
    tifffile.imwrite(tmp_path / "v.tif", np.zeros((3, 4), np.uint8), description=told, metadata=None)
    with pytest.raises(FormatError, match=r"some axes only \(0\.02 x \? x \?"):
        inspect(tmp_path / "v.tif")
