"""Files that would give wrong voxels, a wrong size or no size at all are refused in one line that names them."""

import gzip
import struct

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import FormatError, MicroCTError
from MicroCTSuperResLib.imaging.formats import inspect, read_volume
from sample_volumes import sample_volume

VOXELS = np.arange(1, 25, dtype="<i2")  # size 4 x 3 x 2
VOXEL_BYTES = VOXELS.tobytes()
NRRD = {"type": "short", "dimension": "3", "sizes": "4 3 2", "endian": "little", "encoding": "raw", "spacings": "1 1 1"}
META = {
    "ObjectType": "Image",
    "NDims": "3",
    "BinaryData": "True",
    "BinaryDataByteOrderMSB": "False",
    "CompressedData": "False",
    "ElementSpacing": "0.01 0.02 0.03",
    "DimSize": "4 3 2",
    "ElementType": "MET_SHORT",
    "ElementDataFile": "LOCAL",
}
PIXDIM_X, PIXDIM_Y, DIM, UNITS, SLOPE, QFORM_CODE, SFORM_CODE, SFORM = 80, 84, 40, 123, 112, 252, 254, 280


def write_nrrd(path, voxels=VOXEL_BYTES, without=(), **changes):
    fields = {name: value for name, value in NRRD.items() if name not in without}
    fields |= {name.replace("_", " "): value for name, value in changes.items()}
    head = "NRRD0004\n" + "".join(f"{name}: {value}\n" for name, value in fields.items()) + "\n"
    path.write_bytes(head.encode() + voxels)
    return path


def write_meta(path, voxels=VOXEL_BYTES, without=(), **changes):
    fields = {name: value for name, value in META.items() if name not in (*without, "ElementDataFile")}
    fields |= {**changes, "ElementDataFile": changes.get("ElementDataFile", "LOCAL")}
    fields["ElementDataFile"] = fields.pop("ElementDataFile")  # it ends the header
    path.write_bytes("".join(f"{name} = {value}\n" for name, value in fields.items()).encode() + voxels)
    return path


def write_nifti(path, changes, spacing=(0.01, 0.02, 0.03)):
    """A NIfTI file of the sample voxels with bytes of its header replaced: {place: bytes}."""
    image = sitk.GetImageFromArray(VOXELS.reshape(2, 3, 4))
    image.SetSpacing(spacing)
    sitk.WriteImage(image, str(path))
    content = bytearray(path.read_bytes())
    for place, values in changes.items():
        content[place : place + len(values)] = values
    path.write_bytes(content)
    return path


def assert_refused(path, match, spacing=None, capfd=None, read=read_volume):
    """One line, naming the file, with a hint; nothing on the terminal."""
    with pytest.raises(FormatError, match=match) as caught:
        read(path, spacing=spacing)
    assert path.name in caught.value.message
    assert caught.value.hint
    assert "\n" not in str(caught.value)
    if capfd is not None:
        printed = capfd.readouterr()
        assert (printed.out, printed.err) == ("", "")


def refusal_of(path):
    """What is told of a file that may be damaged; nothing if it can be read. Any other error fails the test."""
    try:
        read_volume(path, spacing=(0.01, 0.01, 0.01))
    except MicroCTError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("given", [None, (0.01, 0.02, 0.03)])
def test_a_negative_spacing_is_refused_whatever_is_given_because_it_would_mirror(tmp_path, given):
    nrrd = write_nrrd(tmp_path / "a.nrrd", spacings="0.01 -0.02 0.03")
    meta = write_meta(tmp_path / "a.mha", ElementSpacing="0.01 -0.02 0.03")
    nifti = write_nifti(tmp_path / "a.nii", {PIXDIM_Y: floats(-0.02)})
    for path in (nrrd, meta, nifti):
        assert_refused(path, r"negative voxel spacing: 0\.01 x -0\.02 x 0\.03", spacing=given)


def test_a_spacing_of_zero_or_none_is_replaced_by_the_given_one(tmp_path):
    nrrd = write_nrrd(tmp_path / "a.nrrd", spacings="nan nan nan")  # its library reads no file with a spacing of 0
    zero = write_meta(tmp_path / "a.mha", ElementSpacing="0.01 0 0.03")
    unknown = write_meta(tmp_path / "b.mha", ElementSpacing="nan nan nan")
    for path in (nrrd, zero, unknown):
        assert read_volume(path, spacing=(0.01, 0.02, 0.03)).spacing == (0.01, 0.02, 0.03)


def floats(*values):
    return struct.pack(f"<{len(values)}f", *values)


def shorts(*values):
    return struct.pack(f"<{len(values)}h", *values)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"without": ("spacings",)}, "no voxel spacing"),
        ({"spacings": "0.01 nan 0.03"}, "some axes only"),
        ({"spacings": "0.01 0 0.03"}, "impossible voxel spacing: 0.01 x 0 x 0.03"),
        ({"spacings": "0.01 -0.02 0.03"}, "negative voxel spacing"),
        ({"without": ("spacings",), "thicknesses": "1 1 1"}, "no voxel spacing"),
        ({"without": ("spacings",), "axis_mins": "0 0 0", "axis_maxs": "4 3 2"}, "no voxel spacing"),
        (
            {
                "without": ("spacings",),
                "space": "left-posterior-superior",
                "space_directions": "(1,0,0) (0,0,0) (0,0,1)",
            },
            "impossible voxel spacing",
        ),
        ({"units": '"furlong" "furlong" "furlong"'}, "furlong"),
        ({"dimension": "4", "sizes": "4 3 1 2", "spacings": "1 1 1 1"}, "4 dimensions"),
        ({"dimension": "4", "sizes": "2 4 3 1", "spacings": "nan 1 1 1", "kinds": "vector space space space"}, None),
        ({"dimension": "2", "sizes": "4 6", "spacings": "1 1"}, "some axes only"),
        ({"sizes": "4000 3000 20000"}, "claims 480000000000"),
        ({"encoding": "gzip", "sizes": "4000 3000 20000"}, "claims 480000000000"),
        ({"encoding": "ascii", "sizes": "4000 3000 20000"}, "claims"),
        ({"type": "block", "block_size": "2"}, None),
        ({"data_file": "absent.raw"}, r"absent\.raw, which does not exist"),
    ],
)
def test_a_nrrd_file_with_a_wrong_header_is_refused(tmp_path, capfd, changes, match):
    assert_refused(write_nrrd(tmp_path / "wrong.nrrd", **changes), match, capfd=capfd)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"without": ("ElementSpacing",)}, "no voxel spacing"),
        ({"ElementSpacing": "0.01 nan 0.03"}, "some axes only"),
        ({"ElementSpacing": "0.01 0 0.03"}, "impossible voxel spacing: 0.01 x 0 x 0.03"),
        ({"ElementSpacing": "0.01 -0.02 0.03"}, "negative voxel spacing"),
        ({"DistanceUnits": "ell"}, "ell"),
        ({"ElementNumberOfChannels": "2", "DimSize": "4 3 1"}, "2 values a voxel"),
        ({"NDims": "4", "DimSize": "4 3 1 2", "ElementSpacing": "1 1 1 1"}, "4 dimensions"),
        ({"DimSize": "40000 30000 2000"}, "claims 4800000000000"),
        ({"DimSize": "40000 30000 2000", "CompressedData": "True"}, "claims 4800000000000"),
        ({"ElementDataFile": "absent.raw"}, r"absent\.raw, which does not exist"),
        ({"without": ("DimSize",)}, "no MetaImage header"),
    ],
)
def test_a_metaimage_file_with_a_wrong_header_is_refused(tmp_path, capfd, changes, match):
    assert_refused(write_meta(tmp_path / "wrong.mha", **changes), match, capfd=capfd)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({PIXDIM_Y: floats(0)}, "impossible voxel spacing"),
        ({PIXDIM_Y: floats(-0.02)}, "negative voxel spacing"),
        ({PIXDIM_Y: floats(np.nan)}, "some axes only"),
        ({PIXDIM_X: floats(0, 0, 0), QFORM_CODE: shorts(0, 0)}, "impossible voxel spacing"),
        ({SFORM: floats(0.5, 0, 0, 0)}, "two voxel sizes"),
        ({QFORM_CODE: shorts(0), SFORM: floats(0.01, 0.005, 0, 0)}, "two voxel sizes"),
        ({UNITS: b"\x05"}, "unknown length unit"),
        ({DIM: shorts(4, 4, 3, 1, 2)}, "4 dimensions"),
        ({DIM: shorts(2, 4, 6)}, "some axes only"),
        ({DIM: shorts(3, 30000, 30000, 30000)}, "claims 54000000000000"),
        ({DIM: shorts(0)}, "impossible NIfTI header"),
        ({DIM: shorts(3, 4, -3, 2)}, "impossible NIfTI header"),
        ({0: b"\x00\x00\x00\x00"}, "no NIfTI-1 header"),
    ],
)
def test_a_nifti_file_with_a_wrong_header_is_refused(tmp_path, capfd, changes, match):
    assert_refused(write_nifti(tmp_path / "wrong.nii", changes), match, capfd=capfd)


@pytest.mark.parametrize(("name", "write"), [("v.nrrd", write_nrrd), ("v.mha", write_meta)])
def test_a_missing_spacing_can_be_given(tmp_path, name, write):
    path = write(tmp_path / name, without=("spacings", "ElementSpacing"))
    volume = read_volume(path, spacing=(0.01, 0.02, 0.03))
    assert volume.spacing == (0.01, 0.02, 0.03)
    np.testing.assert_array_equal(volume.voxels.ravel(), VOXELS)


def test_a_flat_nrrd_image_with_a_given_spacing_is_a_volume_of_one_slice(tmp_path):
    path = write_nrrd(tmp_path / "flat.nrrd", dimension="2", sizes="4 6", spacings="0.01 0.01")
    assert read_volume(path, spacing=(0.01, 0.01, 0.02)).size == (4, 6, 1)


def test_micrometres_become_millimetres(tmp_path):
    nrrd = write_nrrd(tmp_path / "um.nrrd", spacings="10 20 30", units='"um" "um" "um"')
    spaced = write_nrrd(
        tmp_path / "space.nrrd",
        without=("spacings",),
        space="left-posterior-superior",
        space_units='"um" "um" "um"',
        space_directions="(10,0,0) (0,20,0) (0,0,30)",
        space_origin="(1000,2000,3000)",
    )
    meta = write_meta(tmp_path / "um.mha", ElementSpacing="10 20 30", Offset="1000 2000 3000", DistanceUnits="um")
    nifti = write_nifti(tmp_path / "um.nii", {UNITS: b"\x03"}, spacing=(10, 20, 30))
    for path in (nrrd, spaced, meta, nifti):
        np.testing.assert_allclose(inspect(path).spacing, (0.01, 0.02, 0.03), rtol=1e-6)
    for path in (spaced, meta):
        np.testing.assert_allclose(inspect(path).origin, (1, 2, 3), rtol=1e-12)


def test_a_right_anterior_superior_space_is_turned_into_lps(tmp_path):
    path = write_nrrd(
        tmp_path / "ras.nrrd",
        without=("spacings",),
        space="right-anterior-superior",
        space_directions="(0.01,0,0) (0,0.01,0) (0,0,0.02)",
        space_origin="(1,2,3)",
    )
    assert inspect(path).origin == (-1, -2, 3)
    np.testing.assert_array_equal(inspect(path).direction, np.diag([-1, -1, 1]).ravel())


def test_the_slope_and_intercept_of_a_nifti_file_are_applied(tmp_path):
    volume = read_volume(write_nifti(tmp_path / "scaled.nii", {SLOPE: floats(2.5, -3)}))
    np.testing.assert_array_equal(volume.voxels.ravel(), VOXELS * 2.5 - 3)
    assert inspect(tmp_path / "scaled.nii").voxel_type == volume.voxels.dtype.name == "float32"


@pytest.mark.parametrize("name", ["v.nrrd", "v.mha", "v.nii", "v.nii.gz", "v.tif"])
@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("kept", [0.97, 0.6, 0.3, 0.02])
def test_a_truncated_file_is_refused_with_its_name(tmp_path, capfd, name, compress, kept):
    path = sample_volume(size=(31, 20, 9)).write(tmp_path / name, compress=compress)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    assert_refused(path, None, capfd=capfd)


@pytest.mark.parametrize("name", ["v.nhdr", "v.mhd"])
def test_a_truncated_or_missing_file_of_voxels_is_refused(tmp_path, capfd, name):
    path = sample_volume(size=(31, 20, 9)).write(tmp_path / name)
    raw = tmp_path / "v.raw"
    raw.write_bytes(raw.read_bytes()[:-1])
    assert_refused(path, "its header claims 11160", capfd=capfd)  # 31 x 20 x 9 voxels of 2 bytes
    raw.unlink()
    assert_refused(path, "does not exist", capfd=capfd)


@pytest.mark.parametrize("name", ["v.nrrd", "v.mha", "v.nii.gz"])
@pytest.mark.parametrize("place", [-3000, -2000, -9])
def test_a_damaged_byte_of_compressed_voxels_is_found(tmp_path, capfd, name, place):
    path = sample_volume(size=(60, 50, 9)).write(tmp_path / name, compress=True)
    content = bytearray(path.read_bytes())
    content[place] ^= 0x55
    path.write_bytes(content)
    assert_refused(path, None, capfd=capfd)


def test_gzip_of_several_streams_is_read(tmp_path):
    path = sample_volume().write(tmp_path / "v.nii")
    content = path.read_bytes()
    (tmp_path / "w.nii.gz").write_bytes(gzip.compress(content[:400]) + gzip.compress(content[400:]))
    np.testing.assert_array_equal(read_volume(tmp_path / "w.nii.gz").voxels, sample_volume().voxels)


@pytest.mark.parametrize("name", ["v.nrrd", "v.nhdr", "v.mha", "v.nii", "v.nii.gz", "v.tif", "v.png", "v.bmp", "v.dcm"])
@pytest.mark.parametrize("content", [b"", b"\x00", b"no image at all, " * 40])
def test_a_file_that_is_empty_or_no_image_is_refused(tmp_path, capfd, name, content):
    (tmp_path / name).write_bytes(content)
    assert_refused(tmp_path / name, None, spacing=(1, 1, 1), capfd=capfd)


def test_an_absent_file_is_refused(tmp_path):
    assert_refused(tmp_path / "absent.nrrd", "does not exist")


def test_an_unknown_ending_is_refused_with_the_known_ones(tmp_path):
    (tmp_path / "scan.xyz").write_bytes(b"something")
    assert_refused(tmp_path / "scan.xyz", r"no known format.*\.nrrd")


def test_an_unreadable_file_is_refused(tmp_path, monkeypatch):
    # Permissions do not bind the administrator, under whom tests often run, so opening is made to fail.
    path = sample_volume().write(tmp_path / "v.nrrd")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    assert_refused(path, "Permission denied")


@pytest.mark.parametrize("name", ["v.nrrd", "v.mha", "v.nii"])
@pytest.mark.parametrize("kind", ["complex", "colour"])
def test_images_of_more_than_one_value_a_voxel_are_refused(tmp_path, capfd, name, kind):
    if kind == "complex":
        image = sitk.GetImageFromArray(np.ones((2, 3, 4), "complex64"))
    else:
        image = sitk.GetImageFromArray(np.ones((2, 3, 4, 3), "uint8"), isVector=True)
    image.SetSpacing((0.01, 0.01, 0.01))
    sitk.WriteImage(image, str(tmp_path / name))
    assert_refused(tmp_path / name, "complex|values a voxel", capfd=capfd)
    assert_refused(tmp_path / name, "complex|values a voxel", capfd=capfd, read=inspect)


def test_inspect_finds_truncation_without_reading_voxels(tmp_path):
    for name in ("v.nrrd", "v.mha", "v.nii", "v.tif"):
        path = sample_volume(size=(31, 20, 9)).write(tmp_path / name)
        path.write_bytes(path.read_bytes()[:-2000])
        assert_refused(path, None, read=inspect)


def test_foreign_units_are_native_unless_the_file_says_otherwise(tmp_path):
    assert read_volume(write_nrrd(tmp_path / "plain.nrrd")).units == "native"
    assert read_volume(write_nrrd(tmp_path / "told.nrrd", sample_units='"HU"')).units == "HU"
    assert read_volume(write_meta(tmp_path / "plain.mha")).units == "native"


def test_a_broken_or_foreign_sidecar(tmp_path):
    path = sample_volume().write(tmp_path / "v.nii")
    sidecar = tmp_path / "v.nii.json"
    sidecar.write_text('{"EchoTime": 0.1}')  # another program's file of that name is left alone
    assert read_volume(path).units == "native"
    sidecar.write_text("{ half")
    with pytest.raises(FormatError, match=r"v\.nii\.json cannot be read as a sidecar"):
        read_volume(path)


def test_a_sidecar_of_another_volume_is_refused(tmp_path):
    path = sample_volume(size=(3, 3, 3)).write(tmp_path / "small.tif")
    sample_volume(size=(4, 4, 4)).write(tmp_path / "large.tif")
    (tmp_path / "large.tif.json").replace(tmp_path / "small.tif.json")
    with pytest.raises(FormatError, match="describes a volume of size"):
        read_volume(path)


@pytest.mark.parametrize("name", ["v.nrrd", "v.mha"])
def test_a_field_that_is_not_unicode_does_not_hinder_reading(tmp_path, name):
    path = sample_volume(metadata={"Place": "Zuerich"}).write(tmp_path / name)
    path.write_bytes(path.read_bytes().replace(b"Place", b"Pl\xe4ce").replace(b"Zuerich", b"Z\xfcerich"))
    np.testing.assert_array_equal(read_volume(path).voxels, sample_volume().voxels)


@pytest.mark.parametrize("name", ["v.nrrd", "v.mha", "v.nii", "v.nii.gz", "v.tif", "p/*.png", "b/*.bmp", "d/*.dcm"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255))
def test_a_damaged_byte_anywhere_gives_a_volume_or_a_clear_refusal(name, place, byte, tmp_path_factory):
    written = sample_volume("uint8").write(tmp_path_factory.mktemp("volume") / name)
    file = written if written.is_file() else written / f"slice_0002{name[-4:]}"
    content = bytearray(file.read_bytes())
    content[int(place * min(len(content), 500))] = byte
    file.write_bytes(content)
    assert "\n" not in refusal_of(written)
