"""Every format gives back what was written: voxels, geometry, units and metadata."""

import subprocess
import sys

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import InputError, OutputError
from MicroCTSuperResLib.imaging.formats import check_output_format, inspect, output_target, read_volume, write_volume
from MicroCTSuperResLib.imaging.volume import Volume
from sample_volumes import METADATA, assert_same, rotation, sample_volume

EVERY_TYPE = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64")
UP_TO_32_BITS = tuple(name for name in EVERY_TYPE if "64" not in name)
WHOLE_NUMBERS = tuple(name for name in UP_TO_32_BITS if "float" not in name)
HELD_TYPES = {
    "v.nrrd": EVERY_TYPE,
    "v.nhdr": EVERY_TYPE,
    "v.mha": EVERY_TYPE,
    "v.mhd": EVERY_TYPE,
    "v.nii": EVERY_TYPE,
    "v.nii.gz": EVERY_TYPE,
    "v.tif": UP_TO_32_BITS,
    "folder/*.tif": UP_TO_32_BITS,
    "folder/*.png": ("uint8", "uint16"),
    "folder/*.bmp": ("uint8",),
    "folder/*.dcm": WHOLE_NUMBERS,
}
# NRRD stores spacing times direction, with 17 digits: the division back costs a few units of the last digit, and
# numbers near the smallest that a double holds are printed as zero.
# NIfTI stores geometry in 32-bit numbers: 24 bits of mantissa, origins of up to 100 mm and quaternions of order one.
# DICOM stores decimals of 16 characters and takes the slice distance from the difference of two positions.
ROUNDING = 1e-14
TOLERANCE = {"v.nii": 1e-5, "v.nii.gz": 1e-5, "folder/*.dcm": 1e-9}
lengths = st.floats(0.001, 5, allow_nan=False)
places = st.floats(-100, 100, allow_nan=False)
angles = st.floats(-3.1, 3.1)
few = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def volumes(draw, types):
    """Volumes of 1 to 6 voxels along each axis of any type that holds, anisotropic, turned anyhow."""
    voxel_type = np.dtype(draw(st.sampled_from(types)))
    shape = draw(st.tuples(*[st.integers(1, 6)] * 3))
    seed = draw(st.integers(0, 2**16))
    random = np.random.default_rng(seed)
    if voxel_type.kind == "f":
        voxels = random.normal(0, 1000, shape).astype(voxel_type)
    else:
        limits = np.iinfo(voxel_type)
        voxels = random.integers(limits.min, limits.max, shape, voxel_type, endpoint=True)
    return Volume(
        voxels,
        spacing=draw(st.tuples(lengths, lengths, lengths)),
        origin=draw(st.tuples(places, places, places)),
        direction=tuple(rotation(draw(angles), draw(angles)).ravel()),
        units=draw(st.sampled_from(["native", "HU", "mg HA/cm3", "1/cm"])),
        metadata=METADATA,
    )


@pytest.mark.parametrize("name", HELD_TYPES)
@few
@given(data=st.data())
def test_a_volume_comes_back_as_it_was_written(name, data, tmp_path_factory):
    volume = data.draw(volumes(HELD_TYPES[name]))
    written = write_volume(volume, tmp_path_factory.mktemp("volume") / name, compress=data.draw(st.booleans()))
    header, back = inspect(written), read_volume(written)
    assert_same(back, volume, TOLERANCE.get(name, ROUNDING))
    assert (header.size, header.voxel_type) == (volume.size, volume.voxels.dtype.name)
    assert (header.spacing, header.origin, header.direction) == (back.spacing, back.origin, back.direction)
    assert header.voxel_bytes == volume.voxels.nbytes
    assert back.source == written


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


@pytest.mark.parametrize("name", ["v.nrrd", "v.mha", "v.nii", "v.tif"])
@few
@given(metadata=st.dictionaries(texts, texts, max_size=4))
def test_any_text_survives_as_metadata(name, metadata, tmp_path_factory):
    written = write_volume(sample_volume(metadata=metadata), tmp_path_factory.mktemp("volume") / name)
    assert dict(read_volume(written).metadata) == metadata


@pytest.mark.parametrize("name", ["v.nrrd", "v.mha"])
@pytest.mark.parametrize("key", ["DimSize", "Modality", "ElementDataFile", "space", "type", "NRRD_space", "a = b", "#"])
def test_metadata_with_a_name_that_the_format_uses_harms_nothing(tmp_path, name, key):
    volume = sample_volume(metadata={key: "1 2 3"})
    assert_same(read_volume(volume.write(tmp_path / name)), volume, ROUNDING)


@pytest.mark.parametrize("name", HELD_TYPES)
def test_a_left_handed_direction_survives_or_describes_the_same_places(tmp_path, name):
    flipped = rotation(0.3, -0.5) @ np.diag([1, 1, -1])
    volume = sample_volume("uint8", direction=tuple(flipped.ravel()))
    back = read_volume(volume.write(tmp_path / name))
    if name == "folder/*.dcm":  # DICOM's third axis is the cross product of the others: the slices come in reverse
        last = np.asarray(volume.origin) + flipped[:, 2] * volume.spacing[2] * (volume.size[2] - 1)
        np.testing.assert_array_equal(back.voxels, volume.voxels[::-1])
        np.testing.assert_allclose(back.origin, last, atol=1e-9)
        np.testing.assert_allclose(back.direction_matrix, flipped @ np.diag([1, 1, -1]), atol=1e-9)
        return
    assert_same(back, volume, TOLERANCE.get(name, ROUNDING))


@pytest.mark.parametrize("name", ["v.nrrd", "v.mha", "v.nii", "v.tif", "folder/*.tif"])
def test_half_precision_voxels_are_written_as_single_precision(tmp_path, name):
    volume = sample_volume("float16")
    back = read_volume(volume.write(tmp_path / name))
    assert_same(back, volume.with_voxels(volume.voxels.astype(np.float32)), TOLERANCE.get(name, ROUNDING))


@pytest.mark.parametrize(
    ("name", "voxel_type"),
    [("v.tif", "float64"), ("f/*.tif", "int64"), ("f/*.png", "float32"), ("f/*.bmp", "int16"), ("f/*.dcm", "float32")],
)
def test_a_voxel_type_that_the_format_lacks_is_refused_and_nothing_is_left(tmp_path, name, voxel_type):
    with pytest.raises(OutputError, match=voxel_type):
        sample_volume(voxel_type).write(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["v.nrrd", "v.mha", "v.nii", "v.nii.gz", "v.tif"])
def test_another_program_reads_the_same_voxels_and_spacing(tmp_path, name):
    volume = sample_volume()
    image = sitk.ReadImage(str(volume.write(tmp_path / name)))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), volume.voxels)
    in_plane = 2 if name == "v.tif" else 3  # TIFF's own tags hold x and y only
    np.testing.assert_allclose(image.GetSpacing()[:in_plane], volume.spacing[:in_plane], rtol=1e-6)


def test_units_stand_under_their_own_name_in_the_header_of_a_nrrd_file(tmp_path):
    text = sample_volume(metadata={}).write(tmp_path / "v.nrrd").read_bytes().split(b"\n\n")[0].decode()
    assert "MicroCTSuperRes.units:=mg HA/cm3" in text


@pytest.mark.parametrize("name", ["scän µm.nrrd", "スキャン.mha", "scän.nii.gz", "scän.tif", "scän/*.tif", "ö/*.dcm"])
def test_names_in_other_alphabets_work(tmp_path, name):
    (tmp_path / "Knochen ü").mkdir()
    volume = sample_volume()
    back = read_volume(volume.write(tmp_path / "Knochen ü" / name))
    np.testing.assert_array_equal(back.voxels, volume.voxels)


@pytest.mark.parametrize("name", HELD_TYPES)
def test_an_existing_result_is_replaced_only_when_asked(tmp_path, name):
    first, second = sample_volume("uint8"), sample_volume("uint8", size=(3, 3, 2))
    written = first.write(tmp_path / name)
    with pytest.raises(OutputError, match="exists already"):
        second.write(tmp_path / name)
    np.testing.assert_array_equal(read_volume(written).voxels, first.voxels)
    second.write(tmp_path / name, overwrite=True)
    np.testing.assert_array_equal(read_volume(written).voxels, second.voxels)
    assert not list(tmp_path.glob(".*"))


def test_a_folder_with_other_files_is_never_replaced_by_slices(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    with pytest.raises(OutputError, match="holds other files"):
        sample_volume("uint8").write(tmp_path / "thesis" / "*.png", overwrite=True)
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "years of work"


@pytest.mark.parametrize("name", ["v.nrrd", "v.nhdr", "v.mha", "v.mhd", "v.nii", "v.nii.gz", "v.tif", "folder/*.tif"])
def test_a_disk_that_fills_up_leaves_the_old_result_and_no_half_written_one(tmp_path, name):
    resource = pytest.importorskip("resource", reason="Windows has no limit on the size of files")
    old = sample_volume("uint8")
    old.write(tmp_path / name)
    noise = np.random.default_rng(0).integers(0, 2**31, (5, 200, 200)).astype("uint32")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))  # stands for a full disk: writing more fails
    try:
        with pytest.raises(OutputError) as caught:
            old.with_voxels(noise).write(tmp_path / name, overwrite=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "\n" not in str(caught.value)
    np.testing.assert_array_equal(read_volume(output_target(tmp_path / name)).voxels, old.voxels)
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("name", ["v", "v.jpg", "v.png", "v.dcm", "v.nii.bz2", "folder/a*.tif"])
def test_an_ending_that_cannot_be_written_is_refused_with_those_that_can(tmp_path, name):
    with pytest.raises(OutputError, match=r"\.nrrd"):
        check_output_format(tmp_path / name)


@pytest.mark.parametrize(
    "spacing", [(0.01, 0.01), (0.01, 0, 0.01), (0.01, -1, 0.01), ("a", 1, 1), (float("nan"), 1, 1)]
)
def test_a_spacing_of_the_user_that_makes_no_sense_is_refused(tmp_path, spacing):
    written = sample_volume().write(tmp_path / "v.nrrd")
    with pytest.raises(InputError, match="--spacing"):
        read_volume(written, spacing=spacing)


@pytest.mark.parametrize("name", HELD_TYPES)
def test_a_spacing_of_the_user_replaces_that_of_the_file(tmp_path, name):
    written = sample_volume("uint8").write(tmp_path / name)
    assert read_volume(written, spacing=(0.1, 0.2, 0.3)).spacing == (0.1, 0.2, 0.3)
    assert inspect(written, spacing=(0.1, 0.2, 0.3)).spacing == (0.1, 0.2, 0.3)


def test_reading_and_writing_print_nothing(tmp_path, capfd):
    for number, name in enumerate(HELD_TYPES):
        (tmp_path / str(number)).mkdir()
        read_volume(sample_volume("uint8").write(tmp_path / str(number) / name))
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")


def test_importing_the_package_loads_no_image_library():
    code = "import sys, MicroCTSuperResLib, MicroCTSuperResLib.files; print({'SimpleITK', 'numpy'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"


@pytest.mark.parametrize("suffix", [".mhd", ".nhdr"])
def test_a_header_names_the_file_that_its_voxels_are_in(tmp_path, suffix):
    header = write_volume(sample_volume(), tmp_path / f"scan{suffix}")
    (voxels,) = (path for path in tmp_path.iterdir() if path != header)
    renamed = voxels.rename(tmp_path / "detector output.bin")
    header.write_bytes(header.read_bytes().replace(voxels.name.encode(), renamed.name.encode()))
    assert inspect(header).files == (header, renamed)


@pytest.mark.parametrize("name", ["scan.nii", "scan.nii.gz", "scan.nrrd", "scan.mha", "scan.tif"])
@pytest.mark.parametrize("voxel_type", ["float32", "float64"])
def test_voxels_that_are_no_numbers_are_read_as_they_are(tmp_path, name, voxel_type):
    if (name, voxel_type) == ("scan.tif", "float64"):
        pytest.skip("TIFF holds no 64-bit floating point")
    voxels = sample_volume(voxel_type).voxels.copy()
    voxels[0, 1, 2], voxels[3, 2, 1], voxels[4, 3, 6] = np.nan, np.inf, -np.inf
    read = read_volume(Volume(voxels, (0.01, 0.01, 0.01)).write(tmp_path / name))
    np.testing.assert_array_equal(read.voxels, voxels)
