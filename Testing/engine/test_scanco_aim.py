"""AIM files of both versions and all types: voxels in their positions, geometry, the processing log and its traps."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.imaging.formats import inspect, open_scan, read_volume
from sample_scanco import AIM_TYPES, LOG, aim_bytes, runs, with_length

some = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
VERSIONS = ("020", "030")
COMPRESSED = ("bits", "runs", "binary runs")
RESULT_TYPES = {kind: "int8" if kind in COMPRESSED else kind.split()[0] for kind in AIM_TYPES}


def sample(kind, shape=(5, 3, 7), seed=0):
    """Voxels over the whole range of a type; of two values where it holds no more."""
    draw = np.random.default_rng(seed)
    dtype = np.dtype(RESULT_TYPES[kind])
    if kind in ("bits", "binary runs"):
        return (draw.integers(0, 2, shape) * 127).astype(dtype)
    if dtype.kind == "f":
        return draw.normal(0, 100, shape).astype(dtype)
    limits = np.iinfo(dtype)
    return draw.integers(limits.min, limits.max, shape, dtype, endpoint=True)


def written(folder, voxels, kind="int16", version="030", name="D0004254.AIM", **fields):
    path = folder / name
    path.write_bytes(aim_bytes(voxels, kind, version, **fields))
    return path


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", AIM_TYPES)
def test_every_voxel_of_every_type_stands_where_it_was_written(tmp_path, kind, version):
    voxels = sample(kind)
    volume = read_volume(written(tmp_path, voxels, kind, version))
    np.testing.assert_array_equal(volume.voxels, voxels)
    assert volume.voxel_type == RESULT_TYPES[kind] == inspect(tmp_path / "D0004254.AIM").voxel_type


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", AIM_TYPES)
def test_a_part_with_steps_is_that_part_of_the_whole(tmp_path, kind, version):
    voxels = sample(kind)
    scan = open_scan(written(tmp_path, voxels, kind, version))
    region = (slice(1, 5, 3), slice(1, 3, 1), slice(0, 6, 2))
    np.testing.assert_array_equal(scan.read(region), voxels[region])
    assert scan.reads_parts == (kind not in COMPRESSED)


@some
@given(
    size=st.tuples(*[st.integers(1, 12)] * 3),
    kind=st.sampled_from(list(AIM_TYPES)),
    version=st.sampled_from(VERSIONS),
    seed=st.integers(0, 2**32 - 1),
)
def test_voxels_of_any_size_and_type_come_back(tmp_path, size, kind, version, seed):
    voxels = sample(kind, size[::-1], seed)
    np.testing.assert_array_equal(read_volume(written(tmp_path, voxels, kind, version)).voxels, voxels)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", ["runs", "binary runs"])
@pytest.mark.parametrize("length", [1, 253, 254, 255, 256, 508, 509, 510, 511])
def test_runs_of_any_length_come_back(tmp_path, kind, version, length):
    voxels = np.array([[[5] * length + [9, 9, 5]]], "int8")
    np.testing.assert_array_equal(read_volume(written(tmp_path, voxels, kind, version)).voxels, voxels)


@pytest.mark.parametrize("kind", COMPRESSED)
@pytest.mark.parametrize("value", [0, 1, 127, -128])
def test_volumes_of_one_value_come_back(tmp_path, kind, value):
    voxels = np.full((3, 3, 3), value, "int8")
    np.testing.assert_array_equal(read_volume(written(tmp_path, voxels, kind)).voxels, voxels)


def test_many_runs_are_expanded_piece_by_piece(tmp_path, monkeypatch):
    from MicroCTSuperResLib.imaging.formats.scanco import compressed

    monkeypatch.setattr(compressed, "_CHUNK", 5)  # so that pieces end within the runs
    for kind in ("runs", "binary runs"):
        voxels = sample(kind)
        np.testing.assert_array_equal(read_volume(written(tmp_path, voxels, kind)).voxels, voxels)


def test_runs_without_voxels_are_passed_over(tmp_path):
    # AimIO writes such a run first wherever the first voxel is not 0.
    voxels = sample("runs")
    data = with_length(b"\0\0" + runs(voxels) + b"\x07\0", "030")
    np.testing.assert_array_equal(read_volume(written(tmp_path, voxels, "runs", data=data)).voxels, voxels)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", ["runs", "binary runs"])
def test_a_frame_that_is_not_in_the_runs_is_filled_with_zeros(tmp_path, kind, version):
    inner = sample(kind, (3, 4, 5)) | 1
    whole = np.pad(inner, ((2, 2), (0, 0), (1, 1)))
    path = written(tmp_path, inner, kind, version, size=(7, 4, 7), frame=(1, 0, 2))
    np.testing.assert_array_equal(read_volume(path).voxels, whole)
    assert any("frame of 1 x 0 x 2" in warning for warning in inspect(path).warnings)
    assert inspect(path).metadata["Scanco.frame_voxels"] == "1 0 2"


@pytest.mark.parametrize("kind", ["int16", "bits", "runs"])
def test_a_frame_that_is_in_the_file_is_read_from_it(tmp_path, kind):
    voxels = sample(kind)
    np.testing.assert_array_equal(read_volume(written(tmp_path, voxels, kind, frame=(1, 1, 1))).voxels, voxels)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_place_in_the_scan_is_kept(tmp_path, version):
    header = inspect(written(tmp_path, sample("int16"), version=version, position=(195, -12, 50)))
    assert header.spacing == (0.02, 0.02, 0.034)
    np.testing.assert_allclose(header.origin, (3.9, -0.24, 1.7))  # position times voxel size
    assert header.metadata["Scanco.position_voxels"] == "195 -12 50"
    assert header.metadata["Scanco.aim_version"] == version


def test_a_given_voxel_size_moves_the_origin_too(tmp_path):
    header = inspect(written(tmp_path, sample("int16")), spacing=(0.01, 0.01, 0.01))
    np.testing.assert_allclose(header.origin, (1.95, 2.12, 0.5))


def test_the_log_describes_the_scan_without_the_person(tmp_path):
    header = inspect(written(tmp_path, sample("int16")))
    told = dict(header.metadata)
    assert told["Scanco.creation_date"] == "2016-02-02 09:28:19.150"
    assert told["Scanco.modification_date"] == "2016-12-12 13:14:15.910"
    assert told["Scanco.energy_kVp"] == "70"
    assert told["Scanco.intensity_uA"] == "200"
    assert told["Scanco.projections"] == "1000"
    assert told["Scanco.integration_time_ms"] == "300"
    assert told["Scanco.default_unit_type"] == "2 (Density)"
    assert not any(word in str(told) for word in ("MOUSE", "815", "d0004254", "microct.data"))
    assert header.personal["Scanco.patient_name"] == "DO_MOUSE_17"
    assert header.personal["Scanco.patient_index"] == "815"
    assert header.personal["Scanco.original_file"].endswith("d0004254.isq")
    assert header.personal["Scanco.processing_log"] == LOG.strip()


@pytest.mark.parametrize("version", VERSIONS)
def test_the_density_of_a_voxel_follows_from_the_log(tmp_path, version):
    voxels = np.full((1, 1, 2), 8192, "int16")
    volume = read_volume(written(tmp_path, voxels, version=version))
    # 8192 / 4096 = 2 per cm; 2 * 369.154 - 191.56 mg HA/cm3; 1000 * 2 / 0.5189 - 1000 HU.
    assert volume.units == "native"
    assert volume.in_units("mg HA/cm3").voxels[0, 0, 0] == pytest.approx(546.748)
    assert volume.in_units("HU").voxels[0, 0, 0] == pytest.approx(2854.307, abs=1e-3)
    assert volume.calibration.origins["mu_scaling"] == "processing log of D0004254.AIM"
    assert inspect(tmp_path / "D0004254.AIM").warnings == ()


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("-1.91560000e+02", "-1000", "Hounsfield"),
        ("mg HA/ccm\nDensity: slope", "HU\nDensity: slope", "Hounsfield"),
        ("Density: slope  ", "Density: none   ", "no density calibration"),
        ("3.69154000e+02", "nan", "no density calibration"),
        ("3.69154000e+02", "1e400", "no density calibration"),
        ("3.69154000e+02", "none", "no density calibration"),
    ],
)
def test_a_line_that_is_not_density_is_not_taken_as_density(tmp_path, old, new, reason):
    assert old in LOG
    header = inspect(written(tmp_path, sample("int16"), log=LOG.replace(old, new)))
    assert header.calibration.slope is None
    assert header.calibration.mu_scaling == 4096
    assert any(reason in warning for warning in header.warnings)


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        (LOG + "Parameter name                Thickness\n", "'Thickness', not attenuation"),
        (LOG + "Scaled by factor              12.19512\n", "scaled by 12.1951, but Mu_Scaling is 4096"),
        (LOG + "Density: slope                1441.1\n", "several values of Density: slope"),
    ],
)
def test_a_calibration_that_is_not_of_these_grey_values_is_not_used(tmp_path, log, reason):
    header = inspect(written(tmp_path, sample("int16"), log=log))
    assert not header.calibration
    assert any("is not used" in warning and reason in warning for warning in header.warnings)


def test_the_last_line_about_the_grey_values_counts(tmp_path):
    log = LOG + "Parameter (before) name       Thickness\nParameter name                Linear Attenuation\n"
    assert inspect(written(tmp_path, sample("int16"), log=log)).calibration.slope == pytest.approx(369.154)


@pytest.mark.parametrize("kind", ["int8", "uint8", *COMPRESSED])
def test_labels_of_8_bits_are_not_calibrated(tmp_path, kind):
    header = inspect(written(tmp_path, sample(kind), kind))
    assert not header.calibration
    assert any("8-bit labels" in warning for warning in header.warnings)


@pytest.mark.parametrize("log", ["", "!\n! nothing\n", "one two  \n\0after the end  Mu_Scaling   4096\n", "\xff\xfe"])
def test_a_file_without_calibration_is_read_and_says_so(tmp_path, log):
    voxels = sample("int16")
    header = inspect(written(tmp_path, voxels, log=log))
    assert not header.calibration
    assert any("no calibration" in warning for warning in header.warnings)
    np.testing.assert_array_equal(read_volume(header.path).voxels, voxels)
