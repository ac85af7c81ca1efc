"""OME-Zarr of other programs is read as its metadata say, or refused in one line that says what to do."""

import numpy as np
import pytest
import zarr
from MicroCTSuperResLib.errors import FormatError
from MicroCTSuperResLib.imaging.formats import inspect, read_volume
from MicroCTSuperResLib.imaging.formats.ome_zarr.image import MM_PER_NGFF_UNIT
from MicroCTSuperResLib.imaging.volume import IDENTITY
from sample_ome_zarr import SCALE, TRANSLATION, VOXELS, attributes, multiscale, steps, write_group, write_other

VERSIONS = ("0.4", "0.5")
both = pytest.mark.parametrize("version", VERSIONS)


def refused(path, match, spacing=None):
    for look in (inspect, read_volume):
        with pytest.raises(FormatError, match=match) as told:
            look(path, spacing=spacing)
        assert "\n" not in str(told.value)
        assert told.value.hint


@both
def test_scale_and_translation_are_turned_into_mm_x_y_z(tmp_path, version):
    volume = read_volume(write_other(tmp_path / "v.zarr", version))
    np.testing.assert_array_equal(volume.voxels, VOXELS)
    np.testing.assert_allclose(volume.spacing, (0.0011, 0.002, 0.0035), rtol=1e-12)
    np.testing.assert_allclose(volume.origin, (0.01, 0.02, 0.03), rtol=1e-12)
    assert (volume.direction, volume.units, dict(volume.metadata)) == (IDENTITY, "native", {})
    assert not volume.calibration


@both
@pytest.mark.parametrize("axes", ["czyx", "tczyx", "tzyx"])
def test_an_axis_of_channels_or_times_of_length_one_is_dropped(tmp_path, version, axes):
    voxels = VOXELS.reshape((1,) * (len(axes) - 3) + VOXELS.shape)
    path = write_other(tmp_path / "v.zarr", version, voxels, told=attributes(version, multiscale(axes)))
    volume = read_volume(path)
    np.testing.assert_array_equal(volume.voxels, VOXELS)
    np.testing.assert_allclose(volume.spacing, (0.0011, 0.002, 0.0035), rtol=1e-12)


@both
@pytest.mark.parametrize("axes", ["czyx", "tzyx"])
def test_several_channels_or_times_are_refused(tmp_path, version, axes):
    path = write_other(tmp_path / "v.zarr", version, np.stack([VOXELS] * 2), told=attributes(version, multiscale(axes)))
    refused(path, f"2 images along its axis '{axes[0]}'")


@both
def test_axes_in_another_order_are_turned(tmp_path, version):
    told = attributes(version, multiscale("xyz", transformations=steps(SCALE[::-1], TRANSLATION[::-1])))
    volume = read_volume(write_other(tmp_path / "v.zarr", version, VOXELS.transpose(), told=told))
    np.testing.assert_array_equal(volume.voxels, VOXELS)
    np.testing.assert_allclose(volume.spacing, (0.0011, 0.002, 0.0035), rtol=1e-12)
    np.testing.assert_allclose(volume.origin, (0.01, 0.02, 0.03), rtol=1e-12)
    part = read_volume(tmp_path / "v.zarr", crop="1:5,2:4,3:4")
    np.testing.assert_array_equal(part.voxels, VOXELS[3:4, 2:4, 1:5])


@both
def test_an_image_without_z_is_one_slice_once_its_thickness_is_given(tmp_path, version):
    image = {
        "axes": [{"name": name, "type": "space", "unit": "micrometer"} for name in "yx"],
        "datasets": [{"path": "0", "coordinateTransformations": steps((2.0, 1.1), None)}],
    }
    path = write_other(tmp_path / "v.zarr", version, VOXELS[0], told=attributes(version, image))
    refused(path, "some axes only")
    volume = read_volume(path, spacing=(0.01, 0.02, 0.03))
    np.testing.assert_array_equal(volume.voxels, VOXELS[:1])
    assert volume.spacing == (0.01, 0.02, 0.03)


@both
def test_transformations_of_the_image_come_after_those_of_the_dataset(tmp_path, version):
    image = multiscale(unit="millimeter", transformations=steps((1, 1, 1), (1, 1, 1)))
    image["coordinateTransformations"] = steps((0.5, 0.25, 0.125), (10, 20, 30))
    volume = read_volume(write_other(tmp_path / "v.zarr", version, told=attributes(version, image)))
    assert volume.spacing == (0.125, 0.25, 0.5)
    assert volume.origin == (30.125, 20.25, 10.5)  # place 1 by the scale, then the shift


def test_every_unit_of_length_is_known_in_mm():
    # UDUNITS-2: prefixes of the metre; inch 2.54 cm, foot 12, yard 36, mile 63360 inches; parsec 3.0857e16 m
    prefixes = {"yotta": 24, "zetta": 21, "exa": 18, "peta": 15, "tera": 12, "giga": 9, "mega": 6, "kilo": 3}
    prefixes |= {"hecto": 2, "": 0, "deci": -1, "centi": -2, "milli": -3, "micro": -6, "nano": -9, "pico": -12}
    prefixes |= {"femto": -15, "atto": -18, "zepto": -21, "yocto": -24}
    wanted = {f"{name}meter": 10.0 ** (power + 3) for name, power in prefixes.items()}
    wanted |= {"inch": 25.4, "foot": 12 * 25.4, "yard": 36 * 25.4, "mile": 63360 * 25.4}
    wanted |= {"angstrom": 1e-7, "parsec": 3.0857e19}
    assert MM_PER_NGFF_UNIT.keys() == wanted.keys()
    for name, length in wanted.items():
        assert MM_PER_NGFF_UNIT[name] == pytest.approx(length, rel=1e-4 if name == "parsec" else 1e-12)


@both
@pytest.mark.parametrize("unit", [None, "pixel"])
def test_a_length_without_known_unit_is_never_guessed(tmp_path, version, unit):
    path = write_other(tmp_path / "v.zarr", version, told=attributes(version, multiscale(unit=unit)))
    refused(path, "no voxel spacing" if unit is None else "'pixel'")
    volume = read_volume(path, spacing=(0.01, 0.02, 0.03))
    assert (volume.spacing, volume.origin) == ((0.01, 0.02, 0.03), (0.0, 0.0, 0.0))


@both
def test_an_image_without_scale_has_no_spacing(tmp_path, version):
    image = multiscale(transformations=[{"type": "identity"}])
    refused(write_other(tmp_path / "v.zarr", version, told=attributes(version, image)), "no voxel spacing")


@pytest.mark.parametrize("step", [{"type": "scale", "path": "scale"}, {"type": "affine", "affine": [[1, 0]]}])
def test_transformations_that_are_no_plain_scale_or_translation_are_refused(tmp_path, step):
    path = write_other(tmp_path / "v.zarr", told=attributes("0.4", multiscale(transformations=[step])))
    refused(path, step["type"], spacing=(1, 1, 1))


def test_a_scale_of_zero_is_refused_unless_a_spacing_is_given(tmp_path):
    path = write_other(tmp_path / "v.zarr", told=attributes("0.4", multiscale(transformations=steps((0, 1, 1)))))
    refused(path, "has an impossible voxel spacing")
    assert inspect(path, spacing=(1, 1, 1)).spacing == (1, 1, 1)


@pytest.mark.parametrize("unit", ["micrometer", "pixel", None])
@pytest.mark.parametrize("given", [None, (1, 1, 1)])
def test_a_negative_scale_is_refused_in_any_unit_because_a_given_spacing_would_mirror(tmp_path, unit, given):
    told = attributes("0.4", multiscale(unit=unit, transformations=steps((-1, 1, 1))))
    path = write_other(tmp_path / "v.zarr", told=told)
    refused(path, "'pixel'" if (unit, given) == ("pixel", None) else "has a negative voxel spacing: 1 x 1 x -1", given)


@pytest.mark.parametrize("voxel_type", [">i2", "<u4", "|u1", ">f4", "<f8", "<f2", ">u8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_number_of_zarr_version_2_is_read_in_either_order(tmp_path, voxel_type, order):
    path = write_other(tmp_path / "v.zarr", dtype=voxel_type, order=order)
    volume = read_volume(path)
    np.testing.assert_array_equal(volume.voxels, VOXELS)
    assert volume.voxels.dtype == np.dtype(voxel_type).newbyteorder("=")


@pytest.mark.parametrize("name", ["Blosc", "Zlib", "GZip", "LZ4", "Zstd", None])
def test_every_usual_compressor_is_read(tmp_path, name):
    import numcodecs

    made = None if name is None else getattr(numcodecs, name)()
    np.testing.assert_array_equal(read_volume(write_other(tmp_path / "v.zarr", compressors=made)).voxels, VOXELS)


def test_filters_of_zarr_version_2_are_undone(tmp_path):
    from numcodecs import Delta, FixedScaleOffset

    path = write_other(tmp_path / "d.zarr", filters=[Delta(dtype="<i2")])
    np.testing.assert_array_equal(read_volume(path).voxels, VOXELS)
    scaled = [FixedScaleOffset(offset=0, scale=10, dtype="<f4", astype="<i2")]
    path = write_other(tmp_path / "s.zarr", voxels=VOXELS.astype("<f4") / 10, filters=scaled)
    np.testing.assert_allclose(read_volume(path).voxels, VOXELS / 10, rtol=1e-6)


def test_shards_are_read(tmp_path):
    path = write_other(tmp_path / "v.zarr", "0.5", chunks=(1, 5, 3), shards=(2, 5, 6))
    np.testing.assert_array_equal(read_volume(path).voxels, VOXELS)
    np.testing.assert_array_equal(read_volume(path, crop="1:5,2:4,3:4").voxels, VOXELS[3:4, 2:4, 1:5])


@pytest.mark.parametrize("separator", [".", "/"])
@pytest.mark.parametrize(("version", "name"), [("0.4", "v2"), ("0.5", "v2"), ("0.5", "default")])
def test_chunks_of_any_naming_are_found(tmp_path, version, name, separator):
    path = write_other(tmp_path / "v.zarr", version, chunk_key_encoding={"name": name, "separator": separator})
    assert inspect(path).warnings == ()
    np.testing.assert_array_equal(read_volume(path).voxels, VOXELS)


@both
def test_a_nested_dataset_is_found(tmp_path, version):
    path = write_other(tmp_path / "v.zarr", version, dataset="scan/full")
    np.testing.assert_array_equal(read_volume(path).voxels, VOXELS)


@both
def test_the_name_of_the_folder_does_not_matter(tmp_path, version):
    path = write_other(tmp_path / "scan of today", version)
    np.testing.assert_array_equal(read_volume(path).voxels, VOXELS)


@both
def test_of_a_series_one_image_is_read_by_its_name(tmp_path, version):
    # bioformats2raw: images 0, 1 ... and a group OME with their names in XML
    group = write_group(tmp_path / "v.zarr", version, attributes(version, **{"bioformats2raw.layout": 3}))
    group.create_group("OME", attributes={"series": ["0"]})
    write_other(tmp_path / "v.zarr" / "0", version)
    refused(tmp_path / "v.zarr", r"series of images\. Give one of them, such as .*v\.zarr/0")
    np.testing.assert_array_equal(read_volume(tmp_path / "v.zarr" / "0").voxels, VOXELS)


@both
@pytest.mark.parametrize(
    ("told", "match"),
    [
        ({"plate": {"wells": [{"path": "A/1"}]}}, "plate"),
        ({"well": {"images": [{"path": "0"}]}}, "series"),
        ({"labels": ["bone"]}, "label images"),
        ({}, "without the metadata of an OME-Zarr image"),
    ],
)
def test_other_layouts_of_ngff_are_named(tmp_path, version, told, match):
    write_group(tmp_path / "v.zarr", version, attributes(version, **told))
    refused(tmp_path / "v.zarr", match)


@both
def test_a_label_image_is_refused(tmp_path, version):
    told = attributes(version, multiscale(), **{"image-label": {"colors": []}})
    refused(write_other(tmp_path / "v.zarr", version, told=told), "label image")


@both
def test_several_multiscale_images_in_one_group_are_refused(tmp_path, version):
    refused(
        write_other(tmp_path / "v.zarr", version, told=attributes(version, multiscale(), multiscale(name="b"))), "2 mul"
    )


@pytest.mark.parametrize("version", ["0.1", "0.6", 5])
def test_another_version_of_ngff_is_refused(tmp_path, version):
    told = {"ome": {"version": version, "multiscales": [multiscale()]}}
    refused(write_other(tmp_path / "v.zarr", "0.5", told=told), "version")


@both
def test_one_level_alone_is_refused_as_it_tells_no_voxel_size(tmp_path, version):
    refused(write_other(tmp_path / "v.zarr", version) / "0", "without the metadata")


@both
def test_voxels_that_are_no_real_numbers_are_refused(tmp_path, version):
    for number, voxel_type in enumerate(("bool", "complex64")):
        path = write_other(tmp_path / f"{number}.zarr", version, VOXELS.astype(voxel_type))
        refused(path, "not a real number")


@both
def test_chunks_that_another_program_left_out_have_the_fill_value_and_this_is_told(tmp_path, version):
    # 70 chunks of one slice; zarr leaves out those that hold nothing else than the fill value
    voxels = np.zeros((70, 5, 6), np.int16)
    voxels[:10] = 5
    path = write_other(tmp_path / "v.zarr", version, voxels, chunks=(1, 5, 6), fill_value=0)
    (warning,) = inspect(path).warnings
    assert "10 of 70 chunks" in warning
    np.testing.assert_array_equal(read_volume(path).voxels, voxels)


@both
@pytest.mark.parametrize("fill_value", [np.nan, -np.inf, 7.5])
def test_any_fill_value_is_kept(tmp_path, version, fill_value):
    voxels = np.full((3, 5, 6), fill_value, np.float32)
    voxels[0] = 1
    path = write_other(tmp_path / "v.zarr", version, voxels, chunks=(1, 5, 6), fill_value=fill_value)
    np.testing.assert_array_equal(read_volume(path).voxels, voxels)


def test_what_another_program_writes_by_copying_the_voxels_is_read(tmp_path):
    # a group with all of our metadata copied but for our own attribute
    from MicroCTSuperResLib.imaging.formats import write_volume
    from sample_volumes import sample_volume

    volume = sample_volume()
    source = write_volume(volume, tmp_path / "a.zarr")
    told = {"ome": zarr.open_group(str(source), mode="r").attrs["ome"]}
    back = read_volume(write_other(tmp_path / "b.zarr", "0.5", volume.voxels, told=told))
    np.testing.assert_array_equal(back.voxels, volume.voxels)
    assert (back.spacing, back.origin, back.direction) == (volume.spacing, volume.origin, IDENTITY)
