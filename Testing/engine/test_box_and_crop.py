"""The part of a volume that is wanted: as a user says it, in voxels, and at its place in the world."""

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from hypothesis import given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.box import Box
from MicroCTSuperResLib.imaging.crop import BoneCrop, BoxCrop, parse_crop
from MicroCTSuperResLib.imaging.formats.itk_files import image_of
from sample_volumes import sample_volume

SIZE, SPACING = (100, 80, 60), (0.01, 0.02, 0.05)  # mm: a volume of 1 x 1.6 x 3 mm
some = settings(max_examples=60, deadline=None)


def box_of(text, size=SIZE, spacing=SPACING):
    return parse_crop(text).box(size, spacing)


@pytest.mark.parametrize(
    ("text", "start", "stop"),
    [
        ("10:30,20:40,0:60", (10, 20, 0), (30, 40, 60)),
        ("10:30, 20:40, 0:60", (10, 20, 0), (30, 40, 60)),
        (":,:,:", (0, 0, 0), SIZE),
        ("10:,:40,5:6", (10, 0, 5), (100, 40, 6)),
        ("1e1:3.0e1,:,:", (10, 0, 0), (30, 80, 60)),
        ("99:100,79:80,59:60", (99, 79, 59), SIZE),
    ],
)
def test_a_crop_in_voxels(text, start, stop):
    assert box_of(text) == Box(start, stop)


@pytest.mark.parametrize(
    ("text", "start", "stop"),
    [
        # Borders on the faces between voxels take exactly the voxels between them, though 0.07 / 0.01 is above 7.
        ("0.07:0.29,0.2:0.6,1:2mm", (7, 10, 20), (29, 30, 40)),
        (":,:,:mm", (0, 0, 0), SIZE),
        ("0:1,0:1.6,0:3mm", (0, 0, 0), SIZE),
        # A voxel is taken if its centre lies between the borders: centres at 0.005, 0.015 ...
        ("0.004:0.016,:,:mm", (0, 0, 0), (2, 80, 60)),
        ("0.006:0.014,:,:mm", None, None),
        ("0.006:0.016,:,:mm", (1, 0, 0), (2, 80, 60)),
    ],
)
def test_a_crop_in_millimetres(text, start, stop):
    if start is None:
        with pytest.raises(InputError):
            box_of(text)
    else:
        assert box_of(text) == Box(start, stop)


@some
@given(
    step=st.sampled_from([0.003, 0.01, 0.0205, 0.1, 1 / 3]),
    start=st.integers(0, 2000),
    count=st.integers(1, 2000),
)
def test_borders_on_faces_take_the_voxels_between_them(step, start, count):
    stop = start + count
    crop = BoxCrop(((start * step, stop * step), (None, None), (None, None)), in_mm=True)
    assert crop.box((4000, 1, 1), (step, step, step)) == Box((start, 0, 0), (stop, 1, 1))


@pytest.mark.parametrize(
    ("text", "crop"),
    [
        ("auto", BoneCrop()),
        ("auto:200", BoneCrop(200.0, in_mm=False)),
        ("auto:4mm", BoneCrop(4.0)),
        ("auto:4mm:2", BoneCrop(4.0, bone=2)),
        ("auto:200:3", BoneCrop(200.0, in_mm=False, bone=3)),
        ("auto::2", BoneCrop(bone=2)),
    ],
)
def test_a_crop_around_a_bone(text, crop):
    assert parse_crop(text) == crop


def test_the_number_of_a_bone_is_not_taken_for_a_field_of_so_many_voxels():
    with pytest.raises(InputError, match="field of 2 voxels") as caught:
        parse_crop("auto:2")
    assert "auto::2" in caught.value.hint
    assert parse_crop("auto:10") == BoneCrop(10.0, in_mm=False)


def test_the_field_around_a_bone_is_4_mm_unless_said_otherwise():
    assert BoneCrop().field_voxels((0.02, 0.02, 0.02)) == (200, 200)  # the study's LR field
    assert BoneCrop().field_voxels((0.01, 0.01, 0.01)) == (400, 400)  # its HR field
    assert BoneCrop(2.0).field_voxels((0.01, 0.02, 0.05)) == (200, 100)
    assert BoneCrop(50, in_mm=False).field_voxels((0.01, 0.02, 0.05)) == (50, 50)
    assert BoneCrop(0.001).field_voxels((0.01, 0.02, 0.05)) == (1, 1)


@pytest.mark.parametrize(
    "text",
    [
        *("", "bone", "1:2", "1:2,3:4", "1:2,3:4,5:6,7:8", "a:b,1:2,3:4", "-1:5,1:2,3:4", "1-2,3-4,5-6"),
        *("1:2,3:4,5:6cm", "1:2,3:4,5:6mmmm", "0.5:3,1:2,1:2", "1:2,1:2,1:1e999", "1:2,1:2,1:1e308mm"),
        *("nan:3,1:2,1:2", "1:2;3:4;5:6", "autos", "auto:", "auto::", "auto:0", "auto:-3", "auto:1.5", "auto:0mm"),
        *("auto:1e999mm", "auto:1e308mm", "auto:4mm:0", "auto:4mm:1.5", "auto:4mm:" + "9" * 5000),
    ],
)
def test_a_text_that_is_no_crop_is_refused_with_examples(text):
    with pytest.raises(InputError) as caught:
        parse_crop(text)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("0:101,:,:", "beyond the volume of 100 x 80 x 60"),
        (":,:,100:101", "holds no voxels|beyond"),
        ("5:5,:,:", "holds no voxels"),
        ("9:5,:,:", "holds no voxels"),
        ("0:1.02,:,:mm", "beyond"),
        ("1.2:,:,:mm", "holds no voxels"),
        ("100:,:,:", "holds no voxels"),
        ("0:1e9,:,:", "beyond"),
    ],
)
def test_a_crop_without_voxels_or_beyond_the_volume_is_refused(text, match):
    with pytest.raises(InputError, match=match) as caught:
        box_of(text)
    assert caught.value.hint


@some
@given(text=st.text(st.sampled_from("0123456789:,.em auto-+"), max_size=20))
def test_any_text_is_a_crop_or_refused(text):
    try:
        crop = parse_crop(text)
        if isinstance(crop, BoxCrop):
            crop.box(SIZE, SPACING).check_inside(SIZE)
        else:
            crop.field_voxels(SPACING)
    except InputError:
        pass


@pytest.mark.parametrize("text", ["10:30,20:40,0:60", "0.07:0.29,:0.6,1:mm", ":,:,:"])
def test_a_crop_is_told_as_it_was_said(text):
    assert str(parse_crop(text)) == text
    assert parse_crop(str(parse_crop(text))) == parse_crop(text)


def test_a_box_tells_its_size_and_index():
    box = Box((1, 2, 3), (5, 7, 9))
    assert (box.size, str(box)) == ((4, 5, 6), "1:5,2:7,3:9")
    assert box.slices == (slice(3, 9), slice(2, 7), slice(1, 5))
    assert Box.whole(SIZE) == Box((0, 0, 0), SIZE)


@pytest.mark.parametrize(("start", "stop"), [((-1, 0, 0), (1, 1, 1)), ((0, 0, 0), (1, 0, 1)), ((5, 0, 0), (4, 1, 1))])
def test_a_box_without_voxels_is_refused(start, stop):
    with pytest.raises(InputError):
        Box(start, stop)


@pytest.mark.parametrize("flipped", [False, True])
def test_a_cropped_oblique_volume_lies_where_simpleitk_puts_it(flipped):
    volume = sample_volume()
    if flipped:
        volume = volume.with_voxels(volume.voxels, direction=tuple((volume.direction_matrix * [1, -1, 1]).ravel()))
    box = Box((2, 1, 3), (6, 4, 5))
    part = volume.cropped(box)
    wanted = sitk.RegionOfInterest(image_of(volume), size=box.size, index=box.start)
    np.testing.assert_array_equal(part.voxels, sitk.GetArrayFromImage(wanted))
    np.testing.assert_allclose(part.origin, wanted.GetOrigin(), rtol=0, atol=1e-14)
    np.testing.assert_allclose(part.direction, wanted.GetDirection(), rtol=0, atol=1e-15)
    assert (part.spacing, part.units, part.calibration) == (volume.spacing, volume.units, volume.calibration)
    assert dict(part.metadata) == dict(volume.metadata)


def test_a_volume_is_not_cropped_beyond_its_border():
    with pytest.raises(InputError, match="beyond"):
        sample_volume(size=(7, 4, 5)).cropped(Box((0, 0, 0), (7, 4, 6)))
