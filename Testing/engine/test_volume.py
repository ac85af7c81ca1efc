"""What a Volume accepts and keeps."""

import numpy as np
import pytest
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.volume import IDENTITY, Volume
from sample_volumes import sample_volume


def test_size_is_in_x_y_z_order_and_voxels_are_in_z_y_x_order():
    assert sample_volume(size=(7, 4, 5)).voxels.shape == (5, 4, 7)
    assert sample_volume(size=(7, 4, 5)).size == (7, 4, 5)


def test_defaults_are_an_identity_direction_at_the_origin_in_native_units():
    volume = Volume(np.zeros((1, 1, 1)), (1, 1, 1))
    assert (volume.origin, volume.direction, volume.units) == ((0, 0, 0), IDENTITY, "native")


@pytest.mark.parametrize("shape", [(4, 4), (2, 2, 2, 2), (4,)])
def test_other_than_three_dimensions_are_refused(shape):
    with pytest.raises(InputError, match="3 dimensions"):
        Volume(np.zeros(shape), (1, 1, 1))


def test_an_empty_volume_is_refused():
    with pytest.raises(InputError, match="empty"):
        Volume(np.zeros((0, 4, 4)), (1, 1, 1))


@pytest.mark.parametrize("voxel_type", ["bool", "complex64", "U1", "object"])
def test_voxels_that_are_no_real_numbers_are_refused(voxel_type):
    with pytest.raises(InputError, match="real number"):
        Volume(np.zeros((2, 2, 2), voxel_type), (1, 1, 1))


@pytest.mark.parametrize("spacing", [(1, 1), (1, 1, 0), (1, -1, 1), (1, float("nan"), 1), (1, float("inf"), 1), None])
def test_a_spacing_that_is_not_three_positive_numbers_is_refused(spacing):
    with pytest.raises(InputError, match="spacing"):
        Volume(np.zeros((2, 2, 2)), spacing)


@pytest.mark.parametrize("direction", [(1, 0, 0, 0, 1, 0), (1, 0, 0, 1, 0, 0, 0, 0, 1), (float("nan"),) * 9])
def test_a_direction_that_is_no_invertible_matrix_is_refused(direction):
    with pytest.raises(InputError, match="direction"):
        Volume(np.zeros((2, 2, 2)), (1, 1, 1), direction=direction)


def test_with_voxels_keeps_the_place_and_takes_the_changes():
    volume = sample_volume()
    other = volume.with_voxels(volume.voxels.astype("float32"), units="HU")
    assert (other.spacing, other.origin, other.direction) == (volume.spacing, volume.origin, volume.direction)
    assert (other.units, other.voxels.dtype) == ("HU", np.float32)


def test_metadata_cannot_be_changed_in_place():
    fields = {"a": "b"}
    volume = sample_volume(metadata=fields)
    fields["a"] = "changed"
    assert volume.metadata["a"] == "b"
    with pytest.raises(TypeError):
        volume.metadata["a"] = "changed"
