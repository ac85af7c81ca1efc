"""Headers of DICOM slices: what is read without GDCM equals what GDCM reads."""

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import MicroCTError
from MicroCTSuperResLib.imaging.formats import inspect
from MicroCTSuperResLib.imaging.formats.dicom import regular_slices
from MicroCTSuperResLib.imaging.formats.dicom.geometry import PLACE_TAGS
from MicroCTSuperResLib.imaging.formats.dicom.pixels import checked_information
from MicroCTSuperResLib.imaging.formats.dicom.regular_slices import SliceReader
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
    generate_uid,
)
from sample_volumes import sample_volume
from test_formats_dicom import GREYS, ct_slice

SYNTAXES = (
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
    RLELossless,
)
PLAIN = SYNTAXES[:2]
SERIES = "1.2.3.4"
thorough = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def write_slice(path, syntax, z_mm=0.0, greys=GREYS[0], **tags):
    """A slice in a transfer syntax; a tag of None is left out."""
    slice_ = ct_slice(greys, SERIES, z_mm)
    for name, value in tags.items():
        if value is None:
            delattr(slice_, name)
        else:
            setattr(slice_, name, value)
    little, implicit = syntax != ExplicitVRBigEndian, syntax == ImplicitVRLittleEndian
    if syntax == RLELossless:
        slice_.compress(RLELossless)
    elif not little:
        slice_.PixelData = greys.astype(">i2").tobytes()
    slice_.file_meta.TransferSyntaxUID = syntax
    pydicom.dcmwrite(path, slice_, implicit_vr=implicit, little_endian=little, enforce_file_format=True)
    return path


def sequence(undefined=False):
    item = Dataset()
    item.CodeValue, item.CodeMeaning = "T-11300", "Femur"
    items = pydicom.Sequence([item])
    items.is_undefined_length = item.is_undefined_length_sequence_item = undefined
    return items


optional = {
    "RescaleSlope": st.sampled_from([1, 2, 0.5, "0.0012345678901"]),
    "RescaleIntercept": st.sampled_from([0, -1000, 0.25]),
    "RescaleType": st.sampled_from(["HU", "US", "mg HA/ccm"]),
    "BitsStored": st.sampled_from([16, 12]),
    "PixelRepresentation": st.sampled_from([0, 1]),
    "SliceThickness": st.sampled_from(["0.02", "0.020 ", 0.05]),
    "SpacingBetweenSlices": st.sampled_from([0.02, "2e-2"]),
    "ImagePositionPatient": st.sampled_from([[1, 2, 0.04], ["1.5", " -2", "+3.0e-2"], None]),
    "ImageOrientationPatient": st.sampled_from([[0, 1, 0, 0, 0, 1], None]),
    "PixelSpacing": st.sampled_from([[0.01, 0.01], None]),
    "WindowCenter": st.integers(-500, 500),
    "SmallestImagePixelValue": st.integers(0, 500),
    "ProcedureCodeSequence": st.sampled_from([sequence(), sequence(undefined=True)]),
    "PatientComments": st.text("abc\\ äß", max_size=9),
    "Modality": st.sampled_from(["CT", "OT"]),
    "SpecificCharacterSet": st.just("ISO_IR 100"),
    "SeriesInstanceUID": st.sampled_from(["1.2.3.4", "1.2.3.45"]),
}
some_tags = st.lists(st.sampled_from(list(optional)), max_size=4, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: optional[name] for name in names})
)
some_slices = st.lists(st.tuples(st.sampled_from(SYNTAXES), some_tags), min_size=2, max_size=6)


def outcome(read, path):
    """What is told of a path, or why it is refused."""
    try:
        return read(path)
    except MicroCTError as error:
        return str(error)


def needed(told):
    """What a series is made of."""
    tags = {tag: told.metadata.get(tag, "").strip() for tag in (*PLACE_TAGS, "0020|000e", "0028|0100", "0028|1053")}
    return told.size, told.voxel_type, tags


@thorough
@given(slices=some_slices)
def test_any_slice_after_any_other_is_told_as_gdcm_tells_it(slices, tmp_path_factory):
    folder, reader = tmp_path_factory.mktemp("slices"), SliceReader()
    for number, (syntax, tags) in enumerate(slices):
        if syntax == RLELossless:
            tags = {name: value for name, value in tags.items() if name not in ("BitsStored", "PixelRepresentation")}
        file = write_slice(folder / f"{number}.dcm", syntax, **tags)
        assert needed(reader.information(file)) == needed(checked_information(file))


@thorough
@given(syntax=st.sampled_from(SYNTAXES), tags=some_tags, odd=some_tags, place=st.integers(0, 4))
def test_a_series_has_the_same_header_as_if_gdcm_had_read_every_slice(syntax, tags, odd, place, tmp_path_factory):
    folder = tmp_path_factory.mktemp("series")
    tags = {name: value for name, value in tags.items() if name != "ImagePositionPatient"}
    for number, greys in enumerate(GREYS):
        of_slice = tags | odd if number == place else tags
        if syntax == RLELossless:
            of_slice = {name: value for name, value in of_slice.items() if name not in ("BitsStored",)}
        write_slice(folder / f"{number}.dcm", syntax, 0.02 * number, greys, **of_slice)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(regular_slices, "_plain_tags", lambda file: None)
        by_gdcm = outcome(inspect, folder)
    assert outcome(inspect, folder) == by_gdcm


@pytest.fixture
def read_by_gdcm(monkeypatch):
    """The names of the files that GDCM was asked for."""
    names = []

    def told(file):
        names.append(file.name)
        return checked_information(file)

    monkeypatch.setattr(regular_slices, "checked_information", told)
    return names


@pytest.mark.parametrize("syntax", PLAIN)
def test_gdcm_reads_one_slice_of_a_plain_series(tmp_path, read_by_gdcm, syntax):
    for number in range(5):
        write_slice(tmp_path / f"{number}.dcm", syntax, 0.02 * number, ProcedureCodeSequence=sequence())
    assert inspect(tmp_path).size == (8, 6, 5)
    assert read_by_gdcm == ["0.dcm"]


def test_gdcm_reads_one_slice_of_a_series_that_was_written_here(tmp_path, read_by_gdcm):
    assert inspect(sample_volume().write(tmp_path / "series" / "*.dcm")).size == (7, 4, 5)
    assert read_by_gdcm == ["slice_0000.dcm"]


def damaged_end(file):
    file.write_bytes(file.read_bytes()[:-2])


def trailing_bytes(file):
    file.write_bytes(file.read_bytes() + bytes(10))


def long_header(file):
    slice_ = pydicom.dcmread(file)
    slice_.add_new((0x0009, 0x0010), "LO", "A maker")
    slice_.add_new((0x0009, 0x1001), "OB", bytes(70000))
    slice_.save_as(file)


def functional_groups(file):
    slice_ = pydicom.dcmread(file)
    slice_.SharedFunctionalGroupsSequence = sequence()
    slice_.save_as(file)


def wrong_order(file):
    content = file.read_bytes()
    modality = content.index(b"\x08\x00\x60\x00CS")
    file.write_bytes(content[:modality] + content[modality + 10 :] + content[modality : modality + 10])


def kind_that_is_none(file):
    file.write_bytes(file.read_bytes().replace(b"\x08\x00\x60\x00CS", b"\x08\x00\x60\x00c\x00", 1))


@pytest.mark.parametrize(
    "change", [damaged_end, trailing_bytes, long_header, functional_groups, wrong_order, kind_that_is_none]
)
def test_slices_that_are_stored_unusually_are_left_to_gdcm(tmp_path, read_by_gdcm, change):
    reader = SliceReader()
    reader.information(write_slice(tmp_path / "first.dcm", ExplicitVRLittleEndian))
    other = write_slice(tmp_path / "other.dcm", ExplicitVRLittleEndian, 0.02)
    change(other)
    outcome(reader.information, other)
    assert read_by_gdcm == ["first.dcm", "other.dcm"]


def test_slices_of_other_pixels_are_read_by_gdcm_again(tmp_path, read_by_gdcm):
    reader = SliceReader()
    write_slice(tmp_path / "a.dcm", ExplicitVRLittleEndian)
    write_slice(tmp_path / "b.dcm", ExplicitVRLittleEndian, RescaleSlope=0.5)
    write_slice(tmp_path / "c.dcm", ExplicitVRLittleEndian, SeriesInstanceUID=generate_uid())
    write_slice(tmp_path / "d.dcm", ExplicitVRLittleEndian, greys=np.vstack([GREYS[0], GREYS[1]]))
    sizes = [reader.information(tmp_path / f"{name}.dcm").size[:2] for name in "abcdabcd"]
    assert sizes == [(8, 6), (8, 6), (8, 6), (8, 12)] * 2
    assert read_by_gdcm == ["a.dcm", "b.dcm", "c.dcm", "d.dcm"]
