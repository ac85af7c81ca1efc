"""The comparison picture: the right voxels at the right place, and text that can be read."""

import itertools

import numpy as np
import pytest
from MicroCTSuperResLib.errors import InputError, OutputError
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.quality import DataRange
from MicroCTSuperResTrainingLib.evaluation.picture import Specimen, draw_comparison, save_picture
from MicroCTSuperResTrainingLib.evaluation.picture_layout import round_length
from MicroCTSuperResTrainingLib.evaluation.slice_views import most_detailed_window, view_of_slice

UNITS = "mg HA/cm3"


def volumes(height=60, width=80):
    """HR, LR, LR interpolated by repeating voxels, DL; LR edges lie on HR edges."""
    rng = np.random.default_rng(0)
    lr = rng.normal(500, 300, (3, height // 2, width // 2)).astype(np.float32)
    repeated = lr.repeat(2, 0).repeat(2, 1).repeat(2, 2)
    hr = Volume(repeated + rng.normal(0, 50, repeated.shape).astype(np.float32), (0.01,) * 3, units=UNITS)
    return (
        hr,
        Volume(lr, (0.02,) * 3, (0.005,) * 3, units=UNITS),
        hr.with_voxels(repeated),
        hr.with_voxels(hr.voxels + 7),
    )


def draw(*, simulated=True, height=60, width=80, slice_number=3, made_by=""):
    hr, lr, linear, dl = volumes(height, width)
    return draw_comparison(
        Specimen("Femur", simulated, made_by),
        hr,
        lr,
        linear,
        dl,
        slice_number=slice_number,
        data_range=DataRange(1200, UNITS, "fixed"),
    )


def words_of(figure):
    from matplotlib.text import Text

    return [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]


def test_lr_is_shown_as_the_slice_that_contains_the_hr_slice():
    hr, lr, *_ = volumes()
    for number in range(6):
        view = view_of_slice(lr, hr, number)
        np.testing.assert_array_equal(view.pixels, lr.voxels[number // 2])
        # 40 LR voxels of 0.02 mm cover what 80 HR voxels of 0.01 mm cover.
        assert view.edges_mm == pytest.approx((0, 0.8, 0.6, 0))


def test_a_volume_that_lies_elsewhere_is_drawn_elsewhere():
    hr, lr, *_ = volumes()
    moved = lr.with_voxels(lr.voxels, origin=(0.025, 0.005, 0.005))
    assert view_of_slice(moved, hr, 0).edges_mm == pytest.approx((0.02, 0.82, 0.6, 0))


def test_flipped_and_oblique_axes_keep_slices_in_place():
    hr, lr, *_ = volumes()
    turn = np.deg2rad(30)
    direction = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, -1]])
    hr = hr.with_voxels(hr.voxels, direction=tuple(direction.ravel()), origin=(1, 2, 3))
    lr = lr.with_voxels(
        lr.voxels, direction=hr.direction, origin=tuple(np.array([1, 2, 3]) + direction @ np.full(3, 0.005))
    )
    view = view_of_slice(lr, hr, 5)
    np.testing.assert_array_equal(view.pixels, lr.voxels[2])
    assert view.edges_mm == pytest.approx((0, 0.8, 0.6, 0))


@pytest.mark.parametrize("number", [-1, 6])
def test_a_slice_that_is_not_there_is_refused(number):
    hr, lr, *_ = volumes()
    with pytest.raises(InputError, match="no slice"):
        view_of_slice(lr, hr, number)


def test_a_volume_that_does_not_reach_the_slice_is_refused():
    hr, lr, *_ = volumes()
    with pytest.raises(InputError, match="does not reach slice 5"):
        view_of_slice(lr.with_voxels(lr.voxels[:2]), hr, 5)


def test_axes_that_differ_are_refused():
    hr, lr, *_ = volumes()
    with pytest.raises(InputError, match="different directions"):
        view_of_slice(lr.with_voxels(lr.voxels, direction=(0, 1, 0, 1, 0, 0, 0, 0, 1)), hr, 0)


def test_the_zoom_is_where_the_edges_are():
    pixels = np.zeros((100, 120))
    pixels[60:80, 30:50] = np.random.default_rng(0).normal(0, 1, (20, 20))
    window = most_detailed_window(pixels, 24)
    assert (window.y <= 60, window.y + window.side >= 80) == (True, True)
    assert (window.x <= 30, window.x + window.side >= 50) == (True, True)
    assert window.cut(pixels).shape == (24, 24)


def test_the_zoom_of_a_small_slice_is_the_slice():
    window = most_detailed_window(np.random.default_rng(0).normal(0, 1, (30, 50)), 80)
    assert (window.y, window.side) == (0, 30)


@pytest.mark.parametrize(("height", "width"), [(60, 80), (120, 60), (24, 96)])
def test_no_text_leaves_the_picture_or_lies_on_other_text(height, width):
    figure = draw(height=height, width=width)
    figure.draw_without_rendering()
    boxes = [(text.get_text(), text.get_window_extent()) for text in words_of(figure)]
    page = figure.bbox
    for words, box in boxes:
        assert page.x0 <= box.x0 <= box.x1 <= page.x1, words
        assert page.y0 <= box.y0 <= box.y1 <= page.y1, words
    for (words, box), (others, other) in itertools.combinations(boxes, 2):
        assert not box.overlaps(other), (words, others)


def test_the_picture_states_slice_scores_and_units():
    words = " ".join(" ".join(text.get_text() for text in words_of(draw())).split())
    for stated in (
        "slice 3 (of",
        "PSNR",
        "SSIM",
        "mg HA/cm³",
        "20 µm voxels",
        "10 µm voxels",
        "data range 1200",
    ):
        assert stated in words
    # DL differs from HR by 7: 20 log10(1200 / 7) = 44.68
    assert "PSNR 44.7 dB" in words


def test_a_simulated_specimen_is_marked_as_one_and_a_real_one_is_not():
    for simulated in (True, False):
        words = " ".join(text.get_text() for text in words_of(draw(simulated=simulated))).lower()
        assert ("simulated" in words) is simulated


def test_both_difference_maps_share_limits_that_are_symmetric_about_zero():
    maps = [image for axes in draw().axes for image in axes.get_images() if image.get_cmap().name == "RdBu_r"]
    lower, upper = maps[0].get_clim()
    assert lower == -upper
    assert maps[1].get_clim() == (lower, upper)
    # DL was made as HR + 7.
    np.testing.assert_allclose(maps[1].get_array(), 7, atol=1e-3)


def test_all_grey_images_share_one_window():
    limits = {
        image.get_clim() for axes in draw().axes for image in axes.get_images() if image.get_cmap().name == "gray"
    }
    assert len(limits) == 1


def test_the_picture_is_saved_with_150_dots_an_inch_and_not_overwritten_unasked(tmp_path):
    from matplotlib.image import imread

    figure = draw()
    path = save_picture(figure, tmp_path / "comparison.png")
    height, width = imread(path).shape[:2]
    assert (width, height) == pytest.approx((figure.get_figwidth() * 150, figure.get_figheight() * 150), abs=1)
    with pytest.raises(OutputError):
        save_picture(figure, path)
    save_picture(figure, path, overwrite=True)


def test_drawing_leaves_no_global_figure_behind():
    from matplotlib import pyplot

    draw()
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize(("longest", "length"), [(1, 1), (1.9, 1), (0.2, 0.2), (0.049, 0.02), (0.7, 0.5), (30, 20)])
def test_scale_bars_have_round_lengths(longest, length):
    assert round_length(longest) == pytest.approx(length)


def test_the_caption_tells_what_made_dl_and_stays_in_the_picture():
    maker = "model femur-of-the-first-cohort, the first of 2 that are compared"
    figure = draw(made_by=maker, height=80)
    figure.draw_without_rendering()
    (caption,) = (text for text in words_of(figure) if "Grey window" in text.get_text())
    assert f"DL: {maker}." in " ".join(caption.get_text().split())
    assert caption.get_window_extent().y0 >= 0


def test_a_dl_that_is_hr_is_called_identical():
    hr, lr, linear, _ = volumes()
    figure = draw_comparison(
        Specimen("Femur", False), hr, lr, linear, hr, slice_number=3, data_range=DataRange(1200, UNITS, "fixed")
    )
    (title,) = (text.get_text() for text in words_of(figure) if "identical" in text.get_text())
    assert "inf" not in title
