"""The options that say how a scan is to be read: what they mean, what wins over what, and what does not go together."""

import json
from dataclasses import replace

import numpy as np
import pytest
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.calibration import KNOWN_UNITS, Calibration
from MicroCTSuperResLib.imaging.formats.calibration_file import write_calibration
from MicroCTSuperResLib.imaging.formats.options import NGFF_VERSIONS
from MicroCTSuperResLib.imaging.formats.storing import STORED_TYPES
from MicroCTSuperResLib.jobs import result_options, scan_options
from MicroCTSuperResLib.jobs.convert_job import CONVERT
from MicroCTSuperResLib.jobs.scan_options import ScanArguments, bytes_to_read, open_wanted
from PIL import Image
from sample_scanco import aim_bytes
from sample_scans import ball, write_native_scan, write_scan


@pytest.fixture
def info(command, small_model):
    """A function that gives what `info --json` tells of a scan."""

    def run(scan, *options):
        status, out, err = command("info", scan, "--model", small_model, "--json", *options)
        assert status == 0, err
        return json.loads(out.splitlines()[-1])

    return run


def density_line(slope):
    """A calibration whose water (0.5 1/cm) has no density."""
    return Calibration(slope=slope, intercept=-slope / 2)


def test_the_words_of_the_options_are_those_of_the_engine():
    assert scan_options.UNITS == KNOWN_UNITS
    assert result_options.STORED_TYPES == STORED_TYPES
    assert result_options.NGFF_VERSIONS == NGFF_VERSIONS


def test_options_win_over_the_given_file_over_the_file_beside_the_scan_over_its_header(info, tmp_path):
    scan = write_native_scan(tmp_path / "lr.nrrd")
    steps = [(info(scan)["calibration"], 1000.0, "header")]
    write_calibration(density_line(2000.0), tmp_path / "lr.nrrd.calibration.json")
    steps += [(info(scan)["calibration"], 2000.0, "file lr.nrrd.calibration.json")]
    given = ("--calibration", write_calibration(density_line(3000.0), tmp_path / "lab.json"))
    steps += [(info(scan, *given)["calibration"], 3000.0, "file lab.json")]
    options = (*given, "--slope", 4000, "--intercept", -2000, "--density-of", "1/cm")
    steps += [(info(scan, *options)["calibration"], 4000.0, "--slope")]
    for calibration, slope, origin in steps:
        assert (calibration["slope"], calibration["origins"]["slope"]) == (slope, origin)
        # What the files and options do not tell stays as the header has it.
        assert (calibration["mu_scaling"], calibration["origins"]["mu_scaling"]) == (1000.0, "header")


def test_the_calibration_that_info_tells_can_be_given_as_a_file(info, tmp_path):
    told = info(write_native_scan(tmp_path / "lr.nrrd"))["calibration"]
    (tmp_path / "lab.json").write_text(json.dumps(told))
    other = write_scan(tmp_path / "other.nrrd", units="native")
    assert info(other, "--calibration", tmp_path / "lab.json")["calibration"] == told


@pytest.mark.parametrize(
    ("scan", "options", "density_of"),
    [
        ({"units": "native", "calibration": Calibration(mu_scaling=1000.0)}, (), "1/cm"),
        ({"units": "native"}, ("--mu-scaling", 1000), "1/cm"),
        ({"units": "native"}, (), "native"),
        ({"units": "HU"}, (), "HU"),
        ({"units": "native"}, ("--density-of", "HU"), "HU"),
    ],
)
def test_the_slope_multiplies_attenuation_where_it_is_known_else_the_units_of_the_file(
    info, tmp_path, scan, options, density_of
):
    told = info(write_scan(tmp_path / "lr.nrrd", **scan), "--slope", 400, "--intercept", -200.5, *options)
    calibration = told["calibration"]
    assert (calibration["slope"], calibration["intercept"]) == (400.0, -200.5)
    assert calibration["density_of"] == density_of
    chosen = "" if "--density-of" in options else f", taken as of {density_of}"
    assert calibration["origins"]["slope"] == f"--slope{chosen}"


def test_numbers_can_be_copied_from_a_processing_log(info, tmp_path):
    scan = write_scan(tmp_path / "lr.nrrd", units="native")
    told = info(scan, "--slope", "3.69154000e+02", "--intercept", "-1.91560000e+02")["calibration"]
    assert (told["slope"], told["intercept"]) == (369.154, -191.56)


def test_two_rods_of_a_phantom_make_the_line_through_them(info, tmp_path):
    # (200, 0) and (600, 800): 2 mg HA/cm3 for each grey value, 0 at 200.
    told = info(write_native_scan(tmp_path / "lr.nrrd"), "--phantom", 200, 0, 600, 800)["calibration"]
    assert (told["slope"], told["intercept"], told["density_of"]) == (2.0, -400.0, "native")
    assert told["origins"]["slope"] == "--phantom"


def test_constants_of_attenuation_have_options_of_their_own(info, tmp_path):
    told = info(write_scan(tmp_path / "lr.nrrd", units="native"), "--mu-scaling", 4096, "--mu-water", 0.25)
    assert (told["calibration"]["mu_scaling"], told["calibration"]["mu_water"]) == (4096.0, 0.25)
    assert told["calibration"]["origins"] == {"mu_scaling": "--mu-scaling", "mu_water": "--mu-water"}


@pytest.mark.parametrize("word", ["density", "mg HA/cm3"])
def test_density_has_a_short_name(info, tmp_path, word):
    told = info(write_native_scan(tmp_path / "lr.nrrd"), "--units", word)
    assert (told["units"], told["voxel_type"], told["stored_type"]) == ("mg HA/cm3", "float32", "int16")
    assert told["rescale"] == pytest.approx({"slope": 1.0, "intercept": -500.0})  # density = native - 500


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--slope", 1), "--slope and --intercept need each other"),
        (("--intercept", 1), "--slope and --intercept need each other"),
        (("--phantom", 1, 2, 3, 4, "--slope", 1, "--intercept", 0), "--phantom takes the place of --slope"),
        (("--density-of", "native"), "--density-of says what --slope multiplies"),
        (("--units", "mg/cm3"), "invalid choice"),
        (("--voxel-type", "int64"), "invalid choice"),
        (("--rescale", 2, 0), "--rescale needs a --voxel-type of whole numbers"),
        (("--rescale", 2, 0, "--voxel-type", "float32"), "--rescale needs a --voxel-type of whole numbers"),
        (("--ngff", "0.3"), "invalid choice"),
    ],
)
@pytest.mark.parametrize("name", ["convert", "enhance", "simulate"])
def test_options_that_do_not_go_together_are_wrong_usage(command, capfd, scan, folder, name, options, told):
    with pytest.raises(SystemExit) as stop:
        command(name, scan, "-o", folder / "out.nrrd", *options)
    assert stop.value.code == 2
    assert told in capfd.readouterr().err
    assert list(folder.iterdir()) == []


def test_a_job_description_with_arguments_that_do_not_go_together_is_refused(scan, folder):
    arguments = {"input": str(scan), "output": str(folder / "out.nrrd"), "slope": 1.0}
    with pytest.raises(InputError, match="--slope and --intercept need each other"):
        CONVERT.run(arguments, None)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--slope", 0, "--intercept", 1), "slope is zero"),
        (("--slope", "nan", "--intercept", 1), "slope must be a finite number"),
        (("--mu-scaling", 0), "mu_scaling is zero"),
        (("--mu-water", "inf"), "mu_water must be a finite number"),
        (("--phantom", 5, 0, 5, 800), "make no line"),
        (("--calibration", "absent.json"), "absent.json cannot be read as a calibration"),
        (("--crop", "0:5"), "'0:5' is not understood"),
        (("--crop", "0:5,0:5,0:99"), "reaches beyond the volume of 14 x 12 x 6 voxels"),
        (("--crop", "5:5,0:5,0:5"), "holds no voxels"),
        (("--spacing", 0, 1, 1), "three positive numbers"),
        (("--voxel-type", "int16", "--rescale", 0, 1), "leads to no grey values"),
        (("--voxel-type", "int16", "--rescale", "nan", 1), "leads to no grey values"),
    ],
)
def test_values_that_make_no_sense_are_one_line_and_status_1(command, tmp_path, folder, options, told):
    scan = write_native_scan(tmp_path / "lr.nrrd")
    status, out, err = command("convert", scan, "-o", folder / "out.nrrd", *options)
    assert (status, out) == (1, "")
    assert told in err
    assert err.count("\n") == 1
    assert list(folder.iterdir()) == []


def test_units_that_the_calibration_does_not_lead_to_are_refused_with_what_is_missing(command, tmp_path, folder):
    bare = write_scan(tmp_path / "bare.nrrd", units="native")
    half = write_scan(tmp_path / "half.nrrd", units="native", calibration=Calibration(mu_scaling=1000.0))
    for scan, missing in ((bare, "the scan is not calibrated"), (half, ": slope, intercept not known")):
        status, _, err = command("convert", scan, "-o", folder / "out.nrrd", "--units", "density")
        assert status == 1
        assert (scan.name in err, missing in err, "--phantom" in err) == (True, True, True)
        assert err.count("\n") == 1


def test_a_line_is_not_guessed_for_grey_values_that_are_densities_already(command, scan, folder):
    words = ("convert", scan, "-o", folder / "out.nrrd")
    for options in (("--slope", 1, "--intercept", 0), ("--phantom", 1, 2, 3, 4)):
        status, _, err = command(*words, *options)
        assert (status, "grey values in mg HA/cm3, from which no density is told" in err) == (1, True)
    assert command(*words, "--slope", 1, "--intercept", 0, "--density-of", "1/cm")[0] == 0


FREE = "MicroCTSuperResLib.enhancement.memory.free_memory"


@pytest.mark.parametrize("name", ["lr.nrrd", "lr.mha", "lr.nii.gz", "lr.zarr", "slices/*.tif"])
def test_a_part_of_a_file_needs_the_memory_of_that_part(tmp_path, name):
    scan = write_native_scan(tmp_path / name)
    part = ScanArguments(crop="0:2,0:3,0:4")
    assert bytes_to_read(open_wanted(scan, part)) == 2 * 3 * 4 * 2  # bytes of int16
    # Turned into 32-bit densities, beside the numbers that they are made of.
    assert bytes_to_read(open_wanted(scan, replace(part, units="density"))) == 2 * 3 * 4 * (2 + 4)


def packed_aim(path):
    path.write_bytes(aim_bytes((ball() > 500).astype(np.int8), "runs"))
    return path


def test_a_part_of_a_file_that_is_read_whole_needs_the_memory_of_the_whole(tmp_path):
    wanted = ScanArguments(crop="0:2,0:3,0:4")
    assert bytes_to_read(open_wanted(packed_aim(tmp_path / "a.aim"), wanted)) == 2 * ball().size
    first, *others = [Image.fromarray(pixels.astype(np.uint16)) for pixels in ball()]
    first.save(tmp_path / "a.tif", save_all=True, append_images=others, compression="tiff_lzw")
    with_spacing = replace(wanted, spacing=(0.02,) * 3)
    assert bytes_to_read(open_wanted(tmp_path / "a.tif", with_spacing)) == 2 * ball().nbytes


def test_a_compressed_file_larger_than_memory_can_be_cropped(command, tmp_path, folder, monkeypatch):
    scan = write_native_scan(tmp_path / "lr.nii.gz")
    monkeypatch.setattr(FREE, lambda: 200)
    status, _, err = command("convert", scan, "-o", folder / "out.nrrd", "--crop", "0:2,0:3,0:4")
    assert (status, err) == (0, "")


def test_bones_are_looked_for_only_where_what_has_to_be_read_fits(command, tmp_path, folder, monkeypatch):
    scan = packed_aim(tmp_path / "a.aim")
    monkeypatch.setattr(FREE, lambda: 2 * ball().size - 1)
    status, _, err = command("convert", scan, "-o", folder / "out.nrrd", "--crop", "auto:10")
    assert (status, err.count("\n")) == (1, 1)
    assert "Looking for bones in this scan needs about" in err
    assert list(folder.iterdir()) == []


def test_a_calibration_that_gives_water_a_density_is_warned_of(command, tmp_path, folder):
    scan = write_native_scan(tmp_path / "lr.nrrd")
    # 1000 mg HA/cm3 in 1/cm and water at 0.5 1/cm: 500 mg HA/cm3 with an intercept of 0.
    status, out, err = command("convert", scan, "-o", folder / "out.nrrd", "--slope", 1000, "--intercept", 0, "--json")
    assert (status, err.startswith("microct-superres: warning: ")) == (0, True)
    assert "Water would have 500 mg HA/cm3" in err
    (warning,) = json.loads(out.splitlines()[-1])["warnings"]
    assert "Water would have 500 mg HA/cm3" in warning
