"""Tiles cover every pixel once and start where the network's poolings start."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from MicroCTSuperResLib.enhancement.tiles import spans


@given(st.integers(1, 2000), st.integers(0, 60), st.sampled_from([1, 4, 8, 16]), st.integers(1, 300))
def test_tiles_cover_an_axis_once_with_the_whole_halo(length, halo, multiple, inside):
    rounded = -(-halo // multiple) * multiple
    largest = 2 * rounded + multiple + inside
    covered = 0
    for span in spans(length, largest, halo, multiple):
        assert span.keep.start == covered
        covered = span.keep.stop
        assert span.read.start == 0 or span.keep.start - span.read.start >= halo
        assert span.read.stop == length or span.read.stop - span.keep.stop >= halo
        assert span.read.start % multiple == 0
        assert span.read.stop - span.read.start <= largest
    assert covered == length


def test_a_tile_without_an_inside_is_refused():
    with pytest.raises(ValueError, match="nothing inside"):
        list(spans(100, 16, 8, 4))
