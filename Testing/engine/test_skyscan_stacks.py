"""Stacks of slices with the log of a SkyScan (Bruker) reconstruction."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import FormatError, MicroCTError
from MicroCTSuperResLib.imaging.formats import inspect, open_scan, read_volume, write_volume
from MicroCTSuperResLib.imaging.formats.stacks.skyscan_log import parsed
from sample_skyscan import ACQUISITION_LOG, GREYS, LOG, PIXEL_MM, changed, write_scan, write_slices

SPACING = (0.01, 0.01, 0.02)


def refused(path, match, **wanted):
    with pytest.raises(FormatError, match=match) as caught:
        inspect(path, **wanted)
    assert "\n" not in str(caught.value)
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("ending", [".bmp", ".tif", ".png", ".jp2"])
def test_the_pixel_size_of_the_log_is_the_spacing_of_all_axes(tmp_path, ending):
    folder = write_scan(tmp_path / "rec", ending=ending)
    volume = read_volume(folder)
    np.testing.assert_allclose(volume.spacing, (PIXEL_MM,) * 3, rtol=1e-12)
    np.testing.assert_array_equal(volume.voxels, GREYS)
    assert inspect(folder).warnings == ()


def test_scanner_and_reconstruction_are_kept_and_names_of_people_only_when_asked(tmp_path):
    folder = write_scan(tmp_path / "rec")
    header, volume = inspect(folder), read_volume(folder)
    expected = {
        "SkyScan.scanner": "SkyScan1275",
        "SkyScan.energy_kVp": "65",
        "SkyScan.intensity_uA": "124",
        "SkyScan.filter": "Al 1mm",
        "SkyScan.exposure_ms": "57",
        "SkyScan.rotation_step_deg": "0.600",
        "SkyScan.frame_averaging": "ON (4)",
        "SkyScan.projections": "601",
        "SkyScan.reconstruction_program": "NRecon",
        "SkyScan.reconstruction_version": "Version: 1.7.1.2",
        "SkyScan.smoothing": "1",
        "SkyScan.ring_artefact_correction": "6",
        "SkyScan.beam_hardening_correction_percent": "30",
        "SkyScan.grey_scale_minimum": "0.000000",
        "SkyScan.grey_scale_maximum": "0.080000",
        "SkyScan.study_date": "22 Sep 2017  06h:56m:05s",
    }
    assert expected.items() <= dict(volume.metadata).items()
    assert header.personal["SkyScan.user_name"] == "Ada"
    assert header.personal["SkyScan.data_directory"] == "D:\\Results\\Ada\\mouse 12"
    assert not any("Ada" in text or "SCAN1275_001" in text or "m12" in text for text in volume.metadata.values())
    assert read_volume(folder, keep_personal=True).metadata["SkyScan.user_name"] == "Ada"


def test_what_the_log_told_survives_in_another_file(tmp_path):
    volume = read_volume(write_scan(tmp_path / "rec"))
    back = read_volume(write_volume(volume, tmp_path / "scan.nrrd"))
    assert back.metadata["SkyScan.energy_kVp"] == "65"
    np.testing.assert_allclose(back.spacing, volume.spacing, rtol=1e-12)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig", "utf-16"])
def test_logs_in_any_usual_encoding_are_read(tmp_path, encoding):
    log = changed(Dataset_Directory="C:\\Núria\\µCT").replace("[Reconstruction]", "[RECONSTRUCTION]")
    log = log.replace("\nPixel Size (um)", "\nPixel  Size (µm) ")
    header = inspect(write_scan(tmp_path / "rec", log, encoding))
    np.testing.assert_allclose(header.spacing, (PIXEL_MM,) * 3, rtol=1e-12)
    assert header.personal["SkyScan.dataset_directory"] == "C:\\Núria\\µCT"


def test_a_decimal_comma_is_a_decimal_point(tmp_path):
    folder = write_scan(tmp_path / "rec", changed(Section_to_Section_Step="1").replace("7.00082", "7,00082"))
    np.testing.assert_allclose(inspect(folder).spacing, (PIXEL_MM,) * 3, rtol=1e-12)


def test_without_a_pixel_size_of_the_slices_that_of_the_projections_is_used_unless_they_were_undersampled(tmp_path):
    log = LOG.replace("Pixel Size (um)=7.00082", "")
    spacing = inspect(write_scan(tmp_path / "rec", log)).spacing
    np.testing.assert_allclose(spacing, (0.007000817,) * 3, rtol=1e-12)
    undersampled = log.replace("Undersampling factor=1", "Undersampling factor=2")
    refused(write_scan(tmp_path / "rec", undersampled), "tells no pixel size")


@pytest.mark.parametrize("value", ["0", "-7", "nan", "inf", "1e999", "seven", "", "7,000,82", "7\nPixel Size (um)=8"])
def test_a_pixel_size_that_is_none_is_refused_unless_the_spacing_is_given(tmp_path, value):
    log = LOG.replace("\nPixel Size (um)=7.00082", f"\nPixel Size (um)={value}").replace("Image Pixel", "Other Pixel")
    folder = write_scan(tmp_path / "rec", log)
    refused(folder, "tells no pixel size")
    header = inspect(folder, spacing=SPACING)
    assert header.spacing == SPACING
    assert "pixel size" in header.warnings[0]


def test_slices_of_another_size_than_the_log_tells_may_be_resized_and_are_refused(tmp_path):
    folder = write_scan(tmp_path / "rec", greys=GREYS[:, :3, :4])
    error = refused(folder, r"tells of slices of 9 x 7 pixels, these have 4 x 3")
    assert "0.00700082 mm" in error.hint
    header = inspect(folder, spacing=SPACING)
    assert header.spacing == SPACING
    assert "9 x 7" in header.warnings[0]


def test_missing_sections_are_told(tmp_path):
    header = inspect(write_scan(tmp_path / "rec", greys=GREYS[:4]))
    assert header.warnings == ("m12__rec.log tells of 6 sections, 4 slices are there.",)


@pytest.mark.parametrize("names_step", [1, 3])
def test_reconstructing_every_third_line_makes_the_slices_three_times_as_far_apart(tmp_path, names_step):
    folder = write_scan(tmp_path / "rec", changed(Section_to_Section_Step="3"), step=names_step)
    np.testing.assert_allclose(inspect(folder).spacing, (PIXEL_MM, PIXEL_MM, 3 * PIXEL_MM), rtol=1e-12)


def test_taking_away_every_second_slice_makes_the_others_twice_as_far_apart(tmp_path):
    header = inspect(write_scan(tmp_path / "rec", greys=GREYS[::2], step=2))
    np.testing.assert_allclose(header.spacing, (PIXEL_MM, PIXEL_MM, 2 * PIXEL_MM), rtol=1e-12)
    assert "one of 2 sections is there" in header.warnings[0]


@pytest.mark.parametrize(("log_step", "names_step", "slices"), [(2, 4, 6), (3, 2, 6), (2, 2, 3)])
def test_a_slice_distance_that_is_not_certain_is_refused(tmp_path, log_step, names_step, slices):
    log = changed(Section_to_Section_Step=str(log_step))
    folder = write_scan(tmp_path / "rec", log, greys=GREYS[:slices], step=names_step)
    refused(folder, "their distance is not certain")
    assert inspect(folder, spacing=SPACING).spacing == SPACING


def test_other_files_of_the_scan_are_left_out_and_other_images_told(tmp_path):
    folder = write_scan(tmp_path / "rec")
    for name in ("m12__rec_tra.bmp", "m12__rec_voi.png", "results.csv", "model.stl", "m12__rec.txt"):
        (folder / name).write_bytes(b"other")
    assert inspect(folder).warnings == ()
    write_slices(folder, GREYS[:2], prefix="picture", ending=".png")
    header = inspect(folder)
    assert header.warnings == ("2 other images in rec are left out (picture00000421.png ...).",)
    assert header.size == (9, 7, 6)


def test_a_preview_without_log_is_left_out_too(tmp_path):
    folder = write_scan(tmp_path / "rec")
    (folder / "m12__rec.log").unlink()
    refused(folder, "no voxel spacing")
    np.testing.assert_array_equal(read_volume(folder, spacing=SPACING).voxels, GREYS)


def test_of_several_reconstructions_one_is_chosen_by_its_log_or_a_pattern(tmp_path):
    folder = write_scan(tmp_path / "rec")
    other = changed(Filename_Prefix="m13__rec").replace("7.00082", "14")
    write_scan(folder, other, prefix="m13__rec", greys=255 - GREYS)
    error = refused(folder, r"several reconstructions: m12__rec \(6, m12__rec.log\), m13__rec \(6, m13__rec.log\)")
    assert str(folder / "m12__rec.log") in error.hint
    for chosen in (folder / "m13__rec.log", folder / "m13__rec*.bmp"):
        volume = read_volume(chosen)
        np.testing.assert_array_equal(volume.voxels, 255 - GREYS)
        np.testing.assert_allclose(volume.spacing, (0.014,) * 3, rtol=1e-12)
        assert volume.source == folder


def test_a_log_that_was_copied_under_the_name_of_a_part_of_the_slices_is_used_for_them(tmp_path):
    folder = write_scan(tmp_path / "rec", prefix="m12__rec_voi_")  # its text still tells of m12__rec
    np.testing.assert_allclose(inspect(folder).spacing, (PIXEL_MM,) * 3, rtol=1e-12)
    (folder / "m12__rec.log").write_text(LOG)
    assert inspect(folder).spacing == inspect(folder / "m12__rec_voi_.log").spacing


def test_a_log_of_other_slices_is_named_but_not_used(tmp_path):
    folder = write_scan(tmp_path / "rec")
    (folder / "m12__rec.log").rename(folder / "other.log")
    folder = write_slices(tmp_path / "renamed", prefix="slice")
    (folder / "m12__rec.log").write_text(LOG)
    refused(folder, "no voxel spacing: .bmp slices cannot hold it, and m12__rec.log belongs to slices of other names")
    refused(folder / "m12__rec.log", "has no slices")


def test_projections_are_told_from_slices(tmp_path):
    folder = write_slices(tmp_path / "scan", prefix="m12_", ending=".tif")
    (folder / "m12_.log").write_text(ACQUISITION_LOG)
    assert "Reconstruct them" in refused(folder, "holds projections", spacing=SPACING).hint
    refused(folder / "m12_.log", "holds projections")
    write_scan(folder)  # the slices reconstructed into the same folder
    header = inspect(folder)
    assert header.files[0].name == "m12__rec00000421.bmp"
    assert "6 other images" in header.warnings[0]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"no log at all", b"[Reconstruction", bytes(range(256)) * 10])
def test_other_programs_logs_are_ignored(tmp_path, content):
    folder = write_slices(tmp_path / "rec")
    (folder / "m12__rec.log").write_bytes(content)
    refused(folder, "no voxel spacing")
    refused(folder / "m12__rec.log", "is no log of a SkyScan scan|is empty")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_log_gives_an_error_of_ours_or_a_sound_header(tmp_path, data):
    content = bytearray(LOG.encode())
    for _ in range(data.draw(st.integers(1, 30))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    folder = write_slices(tmp_path / "rec")
    (folder / "m12__rec.log").write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        header = inspect(folder)
    except MicroCTError:
        return
    assert header.size == (9, 7, 6)
    assert all(0 < value < np.inf for value in header.spacing)


def test_a_log_is_read_with_doubled_names_and_comments(tmp_path):
    path = tmp_path / "x.log"
    path.write_text("; a comment\n# another=1\n[Acquisition]\nFilter=Al\nFilter=Cu\nno value\n")
    log = parsed(path)
    assert log.text("acquisition", "filter") == "Cu"
    assert set(log.sections["acquisition"]) == {"filter"}


def test_a_part_of_a_scan_opens_only_its_slices(tmp_path):
    folder = write_scan(tmp_path / "rec")
    scan = open_scan(folder, crop="2:6,1:5,2:4")
    for file in scan.stored.files[:2] + scan.stored.files[4:]:
        file.unlink()
    assert scan.reads_parts
    np.testing.assert_array_equal(scan.volume().voxels, GREYS[2:4, 1:5, 2:6])


def test_a_log_without_the_pixel_size_of_the_reconstruction_is_told(tmp_path):
    write_scan(tmp_path / "scan", log=LOG.replace("\nPixel Size (um)=7.00082", ""))
    header = inspect(tmp_path / "scan")

    assert header.spacing[0] == pytest.approx(0.007000817)
    assert any("that of the projections was taken" in warning for warning in header.warnings)


def test_a_log_that_ends_within_a_number_is_told(tmp_path):
    write_scan(tmp_path / "scan", log=LOG[: LOG.index("\nSmoothing") - 1])
    header = inspect(tmp_path / "scan")

    assert header.spacing[0] == pytest.approx(0.0070008)
    assert any("ends within a number" in warning for warning in header.warnings)


def test_a_step_that_is_no_number_is_refused(tmp_path):
    write_scan(tmp_path / "scan", log=changed(Section_to_Section_Step="1e309"))
    with pytest.raises(FormatError, match="no whole step"):
        inspect(tmp_path / "scan")
