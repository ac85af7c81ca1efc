"""The small filters give what scipy's give."""

import numpy as np
import pytest
from MicroCTSuperResLib.imaging.neighbours import closed, combined
from scipy import ndimage


@pytest.fixture
def values():
    return np.random.default_rng(seed=3).normal(size=(6, 7, 8)).astype(np.float32)


def test_the_minimum_of_neighbours_repeats_the_border(values):
    np.testing.assert_array_equal(combined(values, np.minimum), ndimage.minimum_filter(values, 3, mode="nearest"))


def test_the_sum_of_neighbours_counts_nothing_beyond_the_border(values):
    mask = (values > 0).view(np.uint8)
    expected = ndimage.convolve(mask, np.ones((3, 3, 3), np.uint8), mode="constant")
    np.testing.assert_array_equal(combined(mask, np.add, outside=0), expected)


@pytest.mark.parametrize("reach", [(0, 0, 0), (1, 1, 1), (2, 0, 1)])
def test_a_closed_mask_may_go_on_beyond_the_border(values, reach):
    mask = values > 1
    box = np.ones([2 * steps + 1 for steps in reach])
    expected = ndimage.binary_erosion(ndimage.binary_dilation(mask, box), box, border_value=1)
    np.testing.assert_array_equal(closed(mask, reach), expected)
