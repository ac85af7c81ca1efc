"""NRRD, MetaImage, NIfTI and DICOM: what is read without ITK equals what ITK reads, and a part costs a part."""

import gzip
import zlib

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import FormatError
from MicroCTSuperResLib.imaging.formats import inspect, itk_files, open_scan, plain_voxels, read_volume
from MicroCTSuperResLib.imaging.formats.compressed_voxels import read_compressed
from sample_volumes import sample_volume
from test_formats_refusals import SLOPE, floats, write_meta, write_nifti, write_nrrd
from test_raw_parts import sizes_and_regions, stored

EVERY_TYPE = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64")
NRRD_TYPES = ("uchar", "signed char", "ushort", "short", "uint", "int", "ulonglong", "longlong", "float", "double")
META_TYPES = ("UCHAR", "CHAR", "USHORT", "SHORT", "UINT", "INT", "ULONG_LONG", "LONG_LONG", "FLOAT", "DOUBLE")
ONE_PART = "1:3,1:3,1:2"
PART = (slice(1, 2), slice(1, 3), slice(1, 3))
few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def values_of(voxel_type, order="<"):
    """24 values with every byte in use, size 4 x 3 x 2, and their bytes."""
    kind = np.dtype(voxel_type)
    values = np.random.default_rng(3).integers(-(2**62), 2**62, 24).astype(kind).reshape(2, 3, 4)
    return values, values.astype(kind.newbyteorder(order)).tobytes()


def assert_equal_to_itk(path, values, *, parts=True, keeps=True):
    """All of it and a part of it, read here and by ITK."""
    np.testing.assert_array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(path))), values)
    whole, part = read_volume(path), open_scan(path, crop=ONE_PART).volume()
    np.testing.assert_array_equal(whole.voxels, values)
    np.testing.assert_array_equal(part.voxels, values[PART])
    assert whole.voxels.dtype == part.voxels.dtype == values.dtype
    assert (open_scan(path).reads_parts, open_scan(path).keeps_parts) == (parts, keeps)


@pytest.fixture
def no_itk_voxels(monkeypatch):
    """Reading voxels through ITK fails, so that what is read was read without it."""

    def refuse(*_):
        raise AssertionError("read through ITK")

    monkeypatch.setattr(plain_voxels, "read_voxels", refuse)
    monkeypatch.setattr(itk_files, "read_voxels", refuse)


@pytest.mark.usefixtures("no_itk_voxels")
@pytest.mark.parametrize("voxel_type", EVERY_TYPE)
@pytest.mark.parametrize("order", ["<", ">"])
class TestEveryTypeAndByteOrder:
    def test_of_nrrd(self, tmp_path, voxel_type, order):
        values, content = values_of(voxel_type, order)
        told = {"type": NRRD_TYPES[EVERY_TYPE.index(voxel_type)], "endian": "little" if order == "<" else "big"}
        assert_equal_to_itk(write_nrrd(tmp_path / "a.nrrd", content, **told), values)
        packed = write_nrrd(tmp_path / "b.nrrd", gzip.compress(content), encoding="gzip", **told)
        assert_equal_to_itk(packed, values, parts=False)
        (tmp_path / "c.raw").write_bytes(content)
        assert_equal_to_itk(write_nrrd(tmp_path / "c.nhdr", b"", data_file="c.raw", **told), values)

    def test_of_metaimage(self, tmp_path, voxel_type, order):
        values, content = values_of(voxel_type, order)
        told = {
            "ElementType": f"MET_{META_TYPES[EVERY_TYPE.index(voxel_type)]}",
            "BinaryDataByteOrderMSB": str(order == ">"),
        }
        assert_equal_to_itk(write_meta(tmp_path / "a.mha", content, **told), values)
        packed = zlib.compress(content)
        told_of_packed = told | {"CompressedData": "True", "CompressedDataSize": str(len(packed))}
        assert_equal_to_itk(write_meta(tmp_path / "b.mha", packed, **told_of_packed), values, parts=False)
        (tmp_path / "c.raw").write_bytes(content)
        assert_equal_to_itk(write_meta(tmp_path / "c.mhd", b"", ElementDataFile="c.raw", **told), values)

    def test_of_nifti(self, tmp_path, voxel_type, order):
        values, _ = values_of(voxel_type)
        image = sitk.GetImageFromArray(values)
        image.SetSpacing((0.01, 0.02, 0.03))
        sitk.WriteImage(image, str(tmp_path / "a.nii"))
        if order == ">":
            (tmp_path / "a.nii").write_bytes(swapped_nifti((tmp_path / "a.nii").read_bytes(), values))
        (tmp_path / "b.nii.gz").write_bytes(gzip.compress((tmp_path / "a.nii").read_bytes()))
        assert_equal_to_itk(tmp_path / "a.nii", values)
        assert_equal_to_itk(tmp_path / "b.nii.gz", values, parts=False)


def swapped_nifti(content, values):
    """A little-endian NIfTI file as a big-endian machine writes it; fields of nifti1.h."""
    swapped = bytearray(content[:352])
    fields = [(0, "i4", 1), (32, "i4", 1), (36, "i2", 1), (40, "i2", 8), (56, "f4", 3), (68, "i2", 4), (76, "f4", 11)]
    fields += [(120, "i2", 1), (124, "f4", 4), (140, "i4", 2), (252, "i2", 2), (256, "f4", 18)]
    for place, kind, count in fields:
        numbers = np.frombuffer(content, "<" + kind, count, place)
        swapped[place : place + numbers.nbytes] = numbers.astype(">" + kind).tobytes()
    return bytes(swapped) + values.astype(values.dtype.newbyteorder(">")).tobytes()


@pytest.mark.usefixtures("no_itk_voxels")
def test_bytes_before_the_voxels_are_left_out_as_the_header_says(tmp_path):
    values, content = values_of("int16")
    assert_equal_to_itk(write_nrrd(tmp_path / "a.nrrd", b"12345" + content, byte_skip="5"), values)
    assert_equal_to_itk(write_nrrd(tmp_path / "b.nrrd", b"12345" + content, byte_skip="-1"), values)
    assert_equal_to_itk(write_meta(tmp_path / "c.mha", b"12345" + content, HeaderSize="-1"), values)
    (tmp_path / "scan.isq").write_bytes(b"12345" + content)
    told = {"ElementDataFile": "scan.isq", "HeaderSize": "5"}
    assert_equal_to_itk(write_meta(tmp_path / "d.mhd", b"", **told), values)


def test_a_header_size_beyond_the_file_is_refused(tmp_path):
    _, content = values_of("int16")
    (tmp_path / "scan.raw").write_bytes(content)
    path = write_meta(tmp_path / "d.mhd", b"", ElementDataFile="scan.raw", HeaderSize="5")
    with pytest.raises(FormatError, match="holds 43 bytes of voxels, its header claims 48"):
        inspect(path)


def test_voxels_at_the_end_of_a_file_that_is_too_short_are_refused_before_memory_is_taken(tmp_path):
    huge = {"sizes": "40000 30000 2000", "byte_skip": "-1"}
    with pytest.raises(FormatError, match="4800000000000"):
        inspect(write_nrrd(tmp_path / "a.nrrd", **huge))
    with pytest.raises(FormatError, match="holds 48 bytes of voxels, its header claims 4800000000000"):
        inspect(write_meta(tmp_path / "a.mha", DimSize="40000 30000 2000", HeaderSize="-1"))


@pytest.mark.parametrize(
    "changes",
    [{"encoding": "ascii"}, {"encoding": "hex"}, {"line_skip": "1"}, {"encoding": "gzip", "byte_skip": "3"}],
)
def test_a_nrrd_file_with_other_encodings_is_read_through_itk(tmp_path, changes):
    values = np.arange(24).reshape(2, 3, 4).astype("int16")
    content = {"ascii": " ".join(map(str, range(24))).encode(), "hex": values.tobytes().hex().encode()}.get(
        changes.get("encoding"), b"a comment\n" + values.tobytes()
    )
    if "byte_skip" in changes:
        content = gzip.compress(b"123" + values.tobytes())
    assert_equal_to_itk(write_nrrd(tmp_path / "a.nrrd", content, **changes), values, parts=False, keeps=False)


@pytest.mark.parametrize(
    ("without", "changes"),
    [
        (("BinaryDataByteOrderMSB",), {}),
        (("BinaryDataByteOrderMSB",), {"ElementByteOrderMSB": "False"}),
        ((), {"ElementByteOrderMSB": "True"}),
    ],
)
def test_a_metaimage_file_that_tells_its_byte_order_otherwise_is_read_as_itk_reads_it(tmp_path, without, changes):
    values, content = values_of("int16")
    path = write_meta(tmp_path / "a.mha", content, without=without, **changes)
    np.testing.assert_array_equal(read_volume(path).voxels, sitk.GetArrayFromImage(sitk.ReadImage(str(path))))
    np.testing.assert_array_equal(read_volume(path).voxels, values)


@pytest.mark.usefixtures("no_itk_voxels")
@pytest.mark.parametrize("sizes", ["1 4 6", "4 1 6", "4 6 1", "4 3 2 1", "1 24 1", "24 1 1 1"])
def test_axes_of_one_voxel_do_not_disturb_the_order(tmp_path, sizes):
    values, content = values_of("int16")
    dimension = str(len(sizes.split()))
    spacings = " ".join("1" for _ in sizes.split())
    path = write_nrrd(tmp_path / "a.nrrd", content, dimension=dimension, sizes=sizes, spacings=spacings)
    volume = read_volume(path)
    assert volume.size == tuple(int(size) for size in sizes.split()[:3])
    np.testing.assert_array_equal(volume.voxels.ravel(), values.ravel())
    np.testing.assert_array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(path))).ravel(), values.ravel())


def test_a_rescale_of_metaimage_that_itk_ignores_is_told(tmp_path):
    path = write_meta(tmp_path / "a.mha", ElementToIntensityFunctionSlope="0.5")
    (warning,) = inspect(path).warnings
    assert "Slope 0.5" in warning
    same = write_meta(tmp_path / "b.mha", ElementToIntensityFunctionSlope="1", ElementToIntensityFunctionOffset="0")
    assert inspect(same).warnings == ()


@pytest.mark.parametrize(("slope", "intercept"), [(0.5, -1000), (2, 0), (1, 3), (-0.25, 7), (1e-4, 0)])
def test_a_nifti_rescale_gives_the_grey_values_that_itk_gives(tmp_path, slope, intercept):
    path = write_nifti(tmp_path / "a.nii", {SLOPE: floats(slope, intercept)})
    of_itk = sitk.GetArrayFromImage(sitk.ReadImage(str(path)))
    header, volume = inspect(path), read_volume(path)
    assert header.stored_type == "int16"
    assert header.voxel_type == volume.voxel_type == "float32"
    assert header.line == (np.float32(slope), np.float32(intercept))
    np.testing.assert_allclose(volume.voxels, of_itk, rtol=1e-6)
    np.testing.assert_array_equal(open_scan(path, crop=ONE_PART).volume().voxels, volume.voxels[PART])


@pytest.mark.parametrize(("slope", "intercept"), [(0, 0), (0, 5), (np.nan, 0), (1, 0), (1, np.nan)])
def test_a_nifti_file_without_a_rescale_keeps_its_whole_numbers(tmp_path, slope, intercept):
    path = write_nifti(tmp_path / "a.nii", {SLOPE: floats(slope, intercept)})  # nifti1.h: a slope of 0 is none
    assert inspect(path).voxel_type == read_volume(path).voxel_type == "int16"


@pytest.mark.parametrize("offset", [0, 348, 352, 360])
def test_nifti_voxels_begin_where_the_header_says_and_never_within_it(tmp_path, offset):
    path = write_nifti(tmp_path / "a.nii", {108: floats(offset)})
    path.write_bytes(path.read_bytes() + bytes(8))
    np.testing.assert_array_equal(read_volume(path).voxels, sitk.GetArrayFromImage(sitk.ReadImage(str(path))))


def test_a_pair_of_nifti_files_is_refused(tmp_path):
    with pytest.raises(FormatError, match="no NIfTI-1 header"):
        inspect(write_nifti(tmp_path / "a.nii", {344: b"ni1\0"}))


@few
@given(asked=sizes_and_regions(), dtype=st.sampled_from(["u1", "<i2", ">i2", ">f8"]), lead=st.integers(0, 500))
def test_a_region_of_a_compressed_file_is_that_region_of_the_whole(tmp_path, asked, dtype, lead):
    size, region = asked
    values = stored(tmp_path / "voxels.raw", size, dtype, lead)
    (tmp_path / "voxels.gz").write_bytes(b"head" + gzip.compress((tmp_path / "voxels.raw").read_bytes()) + b"tail")
    read = read_compressed(tmp_path / "voxels.gz", offset=4, lead=lead, dtype=dtype, size=size, region=region)
    np.testing.assert_array_equal(read, values[region])
    assert read.dtype.isnative


def test_large_compressed_voxels_of_several_streams_are_read(tmp_path):
    values = np.random.default_rng(0).integers(0, 50, (40, 100, 300)).astype("<i2")  # 2.4 MB: many pieces
    content = values.tobytes()
    streams = b"".join(gzip.compress(content[start : start + 700_001]) for start in range(0, len(content), 700_001))
    (tmp_path / "v.gz").write_bytes(streams)
    whole = (slice(0, 40, 1), slice(0, 100, 1), slice(0, 300, 1))
    read = read_compressed(tmp_path / "v.gz", offset=0, lead=0, dtype="<i2", size=(300, 100, 40), region=whole)
    np.testing.assert_array_equal(read, values)


def test_a_damaged_end_of_a_compressed_file_is_found_though_only_its_beginning_is_wanted(tmp_path):
    path = sample_volume(size=(60, 50, 9)).write(tmp_path / "v.nrrd", compress=True)
    content = bytearray(path.read_bytes())
    content[-9] ^= 0x55
    path.write_bytes(content)
    with pytest.raises(FormatError):
        open_scan(path, crop="0:2,0:2,0:1").volume()


@pytest.mark.parametrize("name", ["v.nrrd", "v.mha", "v.nii", "series/*.dcm"])
def test_a_part_is_read_without_the_rest_of_the_file(tmp_path, name):
    volume = sample_volume("uint8", size=(7, 4, 5))
    path = volume.write(tmp_path / name)
    scan = open_scan(path, crop="2:6,1:3,0:2")
    if path.is_dir():
        (path / "slice_0004.dcm").unlink()
    else:  # the last slices are cut off after the header was read
        path.write_bytes(path.read_bytes()[: -2 * 4 * 7])
    assert scan.reads_parts
    np.testing.assert_array_equal(scan.volume().voxels, volume.voxels[0:2, 1:3, 2:6])
    with pytest.raises(FormatError):
        read_volume(path)


@pytest.mark.parametrize("name", ["v.nrrd", "v.mha", "v.nii", "v.nii.gz", "series/*.dcm"])
def test_every_second_voxel_of_a_file(tmp_path, name):
    volume = sample_volume("uint8", size=(7, 4, 5))
    scan = open_scan(volume.write(tmp_path / name))
    steps = (slice(0, 5, 2), slice(1, 4, 2), slice(0, 7, 3))
    np.testing.assert_array_equal(scan.read(steps), volume.voxels[steps])


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"NDims": "-3"}, "NDims -3"),  # ITK would end the process
        ({"NDims": "2"}, "NDims 2 and DimSize 4 3 2"),
        ({"DimSize": "4 3"}, "NDims 3 and DimSize 4 3"),
        ({"ElementSize": "1 1 1\nNDims = 3"}, "tells NDims twice"),
    ],
)
def test_a_metaimage_header_whose_dimensions_do_not_agree_is_refused(tmp_path, changes, match):
    with pytest.raises(FormatError, match=match):
        inspect(write_meta(tmp_path / "a.mha", **changes))


def test_a_carriage_return_within_a_line_of_a_nrrd_header_is_refused(tmp_path):
    with pytest.raises(FormatError, match="carriage return"):
        inspect(write_nrrd(tmp_path / "a.nrrd", content="a\rb"))


@pytest.mark.usefixtures("no_itk_voxels")
def test_lines_that_end_as_on_windows_are_read(tmp_path):
    values, content = values_of("int16")
    path = write_nrrd(tmp_path / "a.nrrd", b"")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n") + content)
    assert_equal_to_itk(path, values)
    path = write_meta(tmp_path / "b.mha", b"")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n") + content)
    assert_equal_to_itk(path, values)
