"""Everything that a user can get wrong is one clear line on stderr, status 1, and nothing is written or lost."""

import os
import shutil
from pathlib import Path

import numpy as np
import psutil
import pytest
import SimpleITK
from MicroCTSuperResLib.errors import OutOfMemory
from MicroCTSuperResLib.networks.card import GreyScaling
from sample_models import save_small_model
from sample_scans import ball, write_scan

IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture
def refused(command, small_model, folder):
    """A function that runs `enhance` on a scan, asserts that it is refused cleanly, and gives the line told."""

    def run(scan, *more, output=None, model=small_model):
        before = sorted(folder.iterdir())
        status, out, err = command("enhance", scan, "-o", output or folder / "dl.nrrd", "--model", model, *more)
        assert (status, out) == (1, ""), err
        assert err.startswith("microct-superres: error: ")
        assert err.count("\n") == 1, err
        assert sorted(folder.iterdir()) == before
        return err

    return run


def sitk_file(path, image):
    image.SetSpacing([0.02] * image.GetDimension())
    SimpleITK.WriteImage(image, str(path))
    return path


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_voxels_that_are_no_numbers(refused, tmp_path, value):
    voxels = ball(np.float32)
    voxels[2, 3, 4] = value
    assert "NaN or infinite" in refused(write_scan(tmp_path / "lr.nrrd", voxels))


@pytest.mark.parametrize("name", ["lr.nii", "lr.nii.gz"])
def test_voxels_that_are_no_numbers_in_nifti(refused, tmp_path, name):
    # ITK's reader would turn them into zeros without a word.
    voxels = ball(np.float32)
    voxels[2, 3, 4] = np.nan
    assert name in refused(write_scan(tmp_path / name, voxels, direction=(1, 0, 0, 0, 1, 0, 0, 0, 1)))


@pytest.mark.parametrize("factor", [1e300, 1e-300, 1e35], ids="{:g}".format)
def test_grey_values_beyond_single_precision(refused, tmp_path, factor):
    # 900e35 is below the largest float32, 3.4e38, but leaves no room to compute.
    assert "32-bit" in refused(write_scan(tmp_path / "lr.nrrd", ball(np.float64) * factor))


def test_a_model_for_grey_values_in_other_units_is_one_line(refused, tmp_path, scan, monkeypatch):
    monkeypatch.setattr("MicroCTSuperResLib.imaging.formats.reading.OpenScan.read", pytest.fail)
    hounsfield = save_small_model(tmp_path / "hu", scaling=GreyScaling("bounds", -1000.0, 3000.0, "HU"))
    assert "HU" in refused(scan, model=hounsfield)


def test_an_empty_name(refused, scan):
    assert "empty" in refused("")


def test_a_zarr_folder_with_other_files_is_not_replaced(refused, scan, folder):
    (folder / "dl.zarr").mkdir()
    (folder / "dl.zarr" / "notes.txt").write_text("mine")
    assert "notes.txt" in refused(scan, "--overwrite", output=folder / "dl.zarr")
    assert (folder / "dl.zarr" / "notes.txt").read_text() == "mine"


def test_a_zarr_scan_is_not_replaced_by_its_result(refused, folder):
    scan = write_scan(folder / "lr.zarr")
    assert "replace the input" in refused(scan, "--overwrite", output=scan)


def test_a_colour_image(refused, tmp_path):
    image = SimpleITK.Image([4, 5, 6], SimpleITK.sitkVectorUInt8, 3)
    assert "lr.mha" in refused(sitk_file(tmp_path / "lr.mha", image))


def test_a_4d_image(refused, tmp_path):
    image = SimpleITK.Image([4, 5, 6, 2], SimpleITK.sitkInt16)
    assert "lr.nii" in refused(sitk_file(tmp_path / "lr.nii", image))


def test_complex_voxels(refused, tmp_path):
    image = SimpleITK.Image([4, 5, 6], SimpleITK.sitkComplexFloat32)
    assert "lr.nii" in refused(sitk_file(tmp_path / "lr.nii", image))


def nrrd(path, *header, data=b""):
    path.write_bytes("\n".join(["NRRD0004", *header, "", ""]).encode() + data)
    return path


def test_a_file_without_spacing(refused, tmp_path):
    header = ("type: uchar", "dimension: 3", "sizes: 4 4 4", "encoding: raw")
    assert "--spacing" in refused(nrrd(tmp_path / "lr.nrrd", *header, data=bytes(64)))


def test_a_file_whose_spacing_is_zero(refused, tmp_path):
    header = ("type: uchar", "dimension: 3", "sizes: 4 4 4", "spacings: 0.02 0 0.02", "encoding: raw")
    assert "--spacing" in refused(nrrd(tmp_path / "lr.nrrd", *header, data=bytes(64)))
    header = ("ObjectType = Image", "NDims = 3", "DimSize = 4 4 4", "ElementType = MET_UCHAR")
    header += ("ElementSpacing = 0.02 0 0.02", "ElementDataFile = LOCAL")
    (tmp_path / "lr.mha").write_bytes("\n".join([*header, ""]).encode() + bytes(64))
    assert "--spacing" in refused(tmp_path / "lr.mha")


@pytest.mark.parametrize("spacing", [(0, 0.02, 0.02), (0.02, -0.02, 0.02), ("nan", 0.02, 0.02), ("inf", 1, 1)])
def test_a_given_spacing_that_makes_no_sense(refused, scan, spacing):
    assert "spacing" in refused(scan, "--spacing", *spacing)


def test_a_volume_without_voxels(refused, tmp_path):
    header = ("type: uchar", "dimension: 3", "sizes: 4 0 4", "spacings: 0.02 0.02 0.02", "encoding: raw")
    assert "lr.nrrd" in refused(nrrd(tmp_path / "lr.nrrd", *header))


@pytest.mark.parametrize("name", ["lr.nrrd", "lr.mha", "lr.nii", "lr.nii.gz", "lr.tif"])
def test_a_truncated_file(refused, tmp_path, name):
    path = write_scan(tmp_path / name, ball(np.float32), direction=(1, 0, 0, 0, 1, 0, 0, 0, 1))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert name in refused(path)


@pytest.mark.parametrize("name", ["lr.nrrd", "lr.mha", "lr.nii", "lr.tif", "lr.xyz", "lr"])
@pytest.mark.parametrize("content", [b"", b"no image", bytes(range(256)) * 8], ids=["empty", "text", "noise"])
def test_a_file_that_is_no_scan(refused, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert name in refused(tmp_path / name)


def test_an_absent_file(refused, tmp_path):
    assert "absent.nrrd" in refused(tmp_path / "absent.nrrd")


def test_an_empty_folder(refused, tmp_path):
    (tmp_path / "stack").mkdir()
    assert "stack" in refused(tmp_path / "stack")


@pytest.mark.skipif(IS_ROOT, reason="root may read every file")
def test_an_unreadable_file(refused, scan):
    scan.chmod(0)
    assert "lr.nrrd" in refused(scan)


@pytest.mark.skipif(IS_ROOT, reason="root may write everywhere")
def test_a_read_only_output_folder(refused, scan, folder):
    folder.chmod(0o500)
    assert "not writable" in refused(scan)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="Linux has a folder that nobody, not even root, can write")
def test_an_output_folder_that_takes_no_files(refused, scan):
    refused(scan, output="/proc/self/dl.nrrd")


def test_a_full_output_folder(refused, scan, monkeypatch):
    usage = shutil.disk_usage(scan)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=100))
    assert "free" in refused(scan)


def test_a_disk_that_fills_up_while_writing(refused, scan, monkeypatch):
    def no_space(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("MicroCTSuperResLib.jobs.enhance_job.write_result", no_space)
    assert "No space left on device" in refused(scan)


def test_an_output_folder_that_does_not_exist(refused, scan, folder):
    assert "does not exist" in refused(scan, output=folder / "absent" / "dl.nrrd")


def test_an_unknown_output_format(refused, scan, folder):
    assert ".xyz" in refused(scan, output=folder / "dl.xyz")


def test_voxels_that_the_output_format_cannot_hold(refused, tmp_path, folder, monkeypatch):
    scan = write_scan(tmp_path / "lr.nrrd", ball(np.float32))
    monkeypatch.setattr("MicroCTSuperResLib.enhancement.engine.enhance", pytest.fail)
    assert "float32" in refused(scan, output=folder / "slices" / "*.png")


def test_an_existing_output(refused, scan, folder):
    (folder / "dl.nrrd").write_text("precious")
    assert "--overwrite" in refused(scan)
    assert (folder / "dl.nrrd").read_text() == "precious"


def test_the_input_as_output(refused, scan):
    before = scan.read_bytes()
    assert "would replace the input" in refused(scan, "--overwrite", output=scan)
    assert scan.read_bytes() == before


def test_an_unknown_model(refused, scan):
    assert "no model 'defualt'" in refused(scan, model="defualt")


def test_a_model_for_another_scale(refused, scan, tmp_path, small_model):
    shutil.copytree(small_model, tmp_path / "small")
    card = tmp_path / "small" / "card.json"
    card.write_text(card.read_text().replace('"scale": 2', '"scale": 4'))
    assert "4 times" in refused(scan, model=tmp_path / "small")


def test_a_model_whose_weights_were_altered(refused, scan, tmp_path, small_model):
    shutil.copytree(small_model, tmp_path / "small")
    weights = tmp_path / "small" / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert "model.safetensors" in refused(scan, model=tmp_path / "small")


def test_a_pickled_model(refused, scan, tmp_path):
    import torch

    torch.save({"weight": torch.zeros(3)}, tmp_path / "model.pt")
    assert "model.pt" in refused(scan, model=tmp_path / "model.pt")


def test_a_folder_that_is_no_model(refused, scan, tmp_path):
    (tmp_path / "empty").mkdir()
    assert "card.json" in refused(scan, model=tmp_path / "empty")


@pytest.mark.parametrize("device", ["cuda:99", "tpu", "", "cuda:x"])
def test_an_unknown_device(refused, scan, device):
    assert "Available are" in refused(scan, "--device", device)


def test_a_volume_that_needs_more_memory_than_there_is(refused, scan, monkeypatch):
    memory = psutil.virtual_memory()
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory._replace(available=1000))
    assert "GiB of memory" in refused(scan)


def test_memory_that_ends_in_the_midst(refused, scan, monkeypatch):
    def too_much(*arguments, **options):
        raise MemoryError("Unable to allocate 8.00 TiB")

    monkeypatch.setattr("MicroCTSuperResLib.enhancement.engine.enhance", too_much)
    assert "not enough memory" in refused(scan)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("itkImportImageContainer.hxx:179: Failed to allocate memory for image."),
        RuntimeError("DefaultCPUAllocator: can't allocate memory"),
        ImportError("libtorch_cpu.so: failed to map segment from shared object"),
    ],
    ids=["SimpleITK", "torch", "loader"],
)
def test_memory_that_ends_in_a_library(refused, scan, monkeypatch, error):
    def too_much(*arguments, **options):
        raise error

    monkeypatch.setattr("MicroCTSuperResLib.enhancement.engine.enhance", too_much)
    assert "not enough memory" in refused(scan)


def test_all_of_it_is_found_before_the_network_runs(refused, scan, folder, monkeypatch):
    def must_not_run(*arguments, **options):
        raise AssertionError("the network ran")

    monkeypatch.setattr("MicroCTSuperResLib.enhancement.engine.enhance", must_not_run)
    (folder / "old.nrrd").write_text("precious")
    told = [
        refused(scan, output=folder / "old.nrrd"),
        refused(scan, output=folder / "dl.xyz"),
        refused(scan, output=folder / "absent" / "dl.nrrd"),
        refused(scan, model="absent"),
        refused(scan, "--device", "cuda:99"),
    ]
    assert not any("the network ran" in line for line in told)


def test_too_little_memory_is_found_before_the_volume_is_read(refused, scan, monkeypatch):
    def must_not_run(*arguments, **options):
        raise AssertionError("the volume was read")

    def too_little(*arguments, **options):
        raise OutOfMemory("Too little memory.", "Buy more.")

    monkeypatch.setattr("MicroCTSuperResLib.imaging.formats.reading.OpenScan.read", must_not_run)
    monkeypatch.setattr("MicroCTSuperResLib.enhancement.memory.check_memory", too_little)
    assert "Too little memory." in refused(scan)


@pytest.mark.parametrize(
    "voxels",
    [np.full((6, 12, 14), 700, np.int16), ball(size=(14, 12, 1)), ball(size=(1, 1, 1))],
    ids=["constant", "one slice", "one voxel"],
)
def test_constant_and_tiny_volumes_are_enhanced_like_others(command, tmp_path, small_model, folder, voxels):
    scan = write_scan(tmp_path / "lr.nrrd", voxels)
    status, _, err = command("enhance", scan, "-o", folder / "dl.nrrd", "--model", small_model, "--device", "cpu")
    assert (status, err) == (0, "")


def test_the_models_fixture_is_a_model_that_works(tmp_path):
    from MicroCTSuperResLib.networks.loading import load_model

    assert load_model(save_small_model(tmp_path / "small")).card.scale == 2
