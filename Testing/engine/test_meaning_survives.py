"""Calibration and rescale come back from every format exactly, together or alone, and are applied once."""

import json

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import FormatError, OutputError
from MicroCTSuperResLib.imaging.calibration import SAME, Calibration, Line
from MicroCTSuperResLib.imaging.formats import inspect, open_scan, read_volume, write_volume
from sample_volumes import sample_volume
from test_formats_dicom import write_series
from test_formats_refusals import SLOPE, floats

NAMES = ("v.nrrd", "v.nhdr", "v.mha", "v.mhd", "v.nii", "v.nii.gz", "series/*.dcm")
HEADERS_WITH_LINE = NAMES[:-1]  # of DICOM the rescale is applied by its reader
CALIBRATION = Calibration(
    8192.0,
    0.2409,
    1603.51904,
    -391.209015,
    origins={"mu_scaling": "header of µ.isq", "slope": "two\nlines", "mu_water": "--mu-water"},
)
few = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
digits = st.floats(1e-6, 1e6)


def grey_volume(**changes):
    volume = sample_volume("float32", **({"units": "HU", "calibration": CALIBRATION} | changes))
    return volume.with_voxels(np.float32(volume.voxels * 3.3 - 80))


@pytest.mark.parametrize("name", NAMES)
def test_a_calibration_comes_back_with_its_origins(tmp_path, name):
    volume = sample_volume("int16", units="native", calibration=CALIBRATION)
    path = write_volume(volume, tmp_path / name, compress=True)
    header, back = inspect(path), read_volume(path)
    assert header.calibration == back.calibration == CALIBRATION
    assert (header.units, header.line) == ("native", SAME)
    density = read_volume(path, units="mg HA/cm3")
    np.testing.assert_array_equal(density.in_units("native", "int16").voxels, volume.voxels)
    np.testing.assert_allclose(density.voxels, 1603.51904 * volume.voxels / 8192 - 391.209015, rtol=1e-6)


@pytest.mark.parametrize("name", NAMES)
@few
@given(
    constants=st.tuples(st.none() | digits, st.none() | digits, st.none() | st.tuples(digits, digits)),
    density_of=st.sampled_from(["native", "1/cm", "HU"]),
)
def test_any_calibration_comes_back_to_the_last_digit(name, constants, density_of, tmp_path_factory):
    scaling, water, line = constants
    calibration = Calibration(scaling, water, *(line or (None, None)), density_of if line else "1/cm")
    path = sample_volume(calibration=calibration).write(tmp_path_factory.mktemp("volume") / name)
    assert inspect(path).calibration == calibration


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("voxel_type", ["uint8", "int16", "uint16", "int32"])
def test_whole_numbers_come_back_as_the_grey_values_meant(tmp_path, name, voxel_type):
    volume = grey_volume()
    path = write_volume(volume, tmp_path / name, voxel_type=voxel_type)
    header, back = inspect(path), read_volume(path)
    # 327 grey values in 255 or 65535 steps: 2 and 0.005. In 2^32 steps it is 1e-7, finer than float32 itself.
    step = {"uint8": 2.0, "int16": 0.005, "uint16": 0.005, "int32": 1e-7}[voxel_type]
    np.testing.assert_allclose(back.voxels, volume.voxels, rtol=0, atol=step / 2 + 2e-5)
    assert back.voxel_type == header.voxel_type
    assert (back.units, back.calibration) == ("HU", CALIBRATION)
    assert back.metadata["MicroCTSuperRes.stored_step"] == f"{step:g} HU"
    if name in HEADERS_WITH_LINE:
        assert header.stored_type == voxel_type
        assert header.line.factor == step


@pytest.mark.parametrize("name", HEADERS_WITH_LINE)
@few
@given(factor=st.floats(1e-20, 1e20), negative=st.booleans(), offset=st.floats(-1e20, 1e20))
def test_a_rescale_comes_back_to_the_last_digit(name, factor, negative, offset, tmp_path_factory):
    line = Line(-factor if negative else factor, offset)
    path = tmp_path_factory.mktemp("volume") / name
    write_volume(sample_volume("int16"), path, voxel_type="int16", rescale=line)
    assert inspect(path).line == line


@pytest.mark.parametrize("name", NAMES)
def test_a_part_and_other_units_of_rescaled_numbers(tmp_path, name):
    volume = grey_volume()
    path = write_volume(volume, tmp_path / name, voxel_type="uint16")
    part = open_scan(path, crop="2:6,1:3,0:2", units="mg HA/cm3").volume()
    wanted = volume.in_units("mg HA/cm3").voxels[0:2, 1:3, 2:6]
    density_of_a_step = 0.005 * 0.2409 / 1000 * 1603.51904
    np.testing.assert_allclose(part.voxels, wanted, rtol=0, atol=density_of_a_step)


@pytest.mark.parametrize("name", ["v.nii", "v.nii.gz"])
def test_a_nifti_file_that_lost_its_sidecar_still_tells_grey_values(tmp_path, name):
    path = write_volume(grey_volume(), tmp_path / name, voxel_type="int16")
    with_sidecar = read_volume(path).voxels
    (tmp_path / f"{name}.json").unlink()
    assert inspect(path).line == pytest.approx(Line(0.005, 83.84), rel=1e-7)  # -80 at -32768; 32-bit numbers
    np.testing.assert_allclose(read_volume(path).voxels, with_sidecar, rtol=0, atol=1e-4)


def test_a_nifti_file_whose_rescale_was_changed_by_another_program_is_believed(tmp_path):
    path = write_volume(grey_volume(), tmp_path / "v.nii", voxel_type="int16")
    content = bytearray(path.read_bytes())
    content[SLOPE : SLOPE + 8] = floats(2.0, 1.0)
    path.write_bytes(content)
    assert inspect(path).line == Line(2.0, 1.0)


def test_a_nifti_file_that_another_program_turned_into_grey_values_is_not_rescaled_again(tmp_path):
    path = write_volume(grey_volume(), tmp_path / "v.nii", voxel_type="int16")
    grey = sitk.ReadImage(str(path))
    sitk.WriteImage(grey, str(path))  # the sidecar stays and still tells of the rescale
    np.testing.assert_array_equal(read_volume(path).voxels, sitk.GetArrayFromImage(grey))


@pytest.mark.parametrize("line", [Line(1e-50, 0.0), Line(1e39, 0.0), Line(1.0, 1e39)])
def test_a_rescale_beyond_32_bits_is_refused_by_nifti(tmp_path, line):
    with pytest.raises(OutputError, match="32 bits"):
        write_volume(sample_volume("int16"), tmp_path / "v.nii", voxel_type="int16", rescale=line)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["v.nrrd", "v.mha"])
@pytest.mark.parametrize(
    ("field", "damage"),
    [
        ("calibration", "{ half"),
        ("calibration", '{"mu": 3}'),
        ("calibration", "[" * 5000),
        ("rescale", "1"),
        ("rescale", "0 1"),
        ("rescale", "nan 1"),
        ("rescale", "a b"),
    ],
)
def test_a_damaged_calibration_or_rescale_is_refused_rather_than_ignored(tmp_path, name, field, damage):
    image = sitk.GetImageFromArray(sample_volume().voxels)
    image.SetMetaData(f"MicroCTSuperRes.{field}", damage)
    sitk.WriteImage(image, str(tmp_path / name))
    with pytest.raises(FormatError, match="damaged calibration or rescale") as caught:
        inspect(tmp_path / name)
    assert name in caught.value.message
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("change", [{"calibration": {"mu": 1}}, {"rescale": [0, 1]}, {"rescale": [1]}])
def test_a_sidecar_with_a_damaged_calibration_or_rescale_is_refused(tmp_path, change):
    path = write_volume(grey_volume(), tmp_path / "v.nii", voxel_type="int16")
    sidecar = tmp_path / "v.nii.json"
    sidecar.write_text(json.dumps(json.loads(sidecar.read_text()) | change))
    with pytest.raises(FormatError, match="cannot be read as a sidecar"):
        inspect(path)


def test_what_names_a_person_in_dicom_is_kept_apart(tmp_path):
    folder = write_series(
        tmp_path / "series",
        PatientID="M-17",
        PatientBirthDate="20200102",
        OperatorsName="Doe^Jane",
        InstitutionName="Institute of Bones",
        SeriesDescription="Jane's mouse",
        ReferringPhysicianName="",
        KVP=70,
    )
    header = inspect(folder)
    assert dict(header.metadata) == {"Modality": "CT", "Manufacturer": "SCANCO Medical", "KVP": "70.0"}
    assert dict(header.personal) == {
        "PatientName": "Mouse^Secret",
        "PatientID": "M-17",
        "PatientBirthDate": "20200102",
        "OperatorsName": "Doe^Jane",
        "InstitutionName": "Institute of Bones",
        "SeriesDescription": "Jane's mouse",
    }
    result = read_volume(folder).write(tmp_path / "result.nrrd")
    assert not any(name in result.read_bytes() for name in (b"Secret", b"M-17", b"Jane", b"Institute", b"20200102"))
    assert read_volume(folder, keep_personal=True).metadata["PatientID"] == "M-17"


@pytest.mark.parametrize("name", ["v.nrrd", "v.mha"])
@pytest.mark.parametrize("length", [15_000, 40_000, 300_000])
def test_a_long_text_comes_back_as_it_was(name, length, tmp_path):
    text = ("words and words é\n" * (length // 18))[:length]
    volume = sample_volume(metadata={"Log": text, "Short": "one line"})
    volume.write(tmp_path / name)

    assert dict(read_volume(tmp_path / name).metadata) == {"Log": text, "Short": "one line"}


@pytest.mark.parametrize("name", ["v.nrrd", "v.mha"])
def test_a_text_beyond_what_a_header_holds_is_refused(name, tmp_path):
    with pytest.raises(OutputError, match="more than a header can hold"):
        sample_volume(metadata={"Log": "x" * 2_000_000}).write(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("told", "units"), [("mg HA/ccm", "mg HA/cm3"), ("hu", "HU"), ("counts", "counts")])
def test_the_sample_units_of_a_nrrd_file_are_those_of_its_grey_values(tmp_path, told, units):
    path = tmp_path / "scan.nrrd"
    head = (
        f'NRRD0004\ntype: uint8\ndimension: 3\nsizes: 2 2 2\nspacings: 1 1 1\nencoding: raw\nsample units: "{told}"\n\n'
    )
    path.write_bytes(head.encode() + bytes(8))
    assert inspect(path).units == units
