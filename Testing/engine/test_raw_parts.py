"""Of voxels that stand plainly in a file, only the bytes of a region are read, and they are the right ones."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import FormatError
from MicroCTSuperResLib.imaging.formats import raw_voxels
from MicroCTSuperResLib.imaging.formats.raw_voxels import read_raw

TYPES = ("u1", "i1", "<u2", ">u2", "<i2", ">i2", "<i4", ">u4", "<i8", ">i8", "<u8", "<f4", ">f4", "<f8", ">f8")
some = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
WHOLE = (slice(0, 5, 1), slice(0, 6, 1), slice(0, 7, 1))


@st.composite
def parts(draw, length):
    """A slice with at least one voxel of an axis."""
    start = draw(st.integers(0, length - 1))
    stop = draw(st.integers(start + 1, length))
    return slice(start, stop, draw(st.integers(1, 4)))


@st.composite
def sizes_and_regions(draw):
    size = draw(st.tuples(*[st.integers(1, 8)] * 3))
    return size, tuple(draw(st.one_of(st.just(slice(0, n, 1)), parts(n))) for n in size[::-1])


def stored(path, size, dtype, offset=0):
    """A file of random bytes as voxels of a type, and the voxels as numpy reads them."""
    kind = np.dtype(dtype)
    values = np.random.default_rng(0).integers(0, 100, size[::-1]).astype(kind)
    path.write_bytes(b"\xff" * offset + values.tobytes())
    return values


@pytest.mark.parametrize("worth_skipping", [0, 2**14])
@some
@given(asked=sizes_and_regions(), dtype=st.sampled_from(TYPES), offset=st.integers(0, 700))
def test_a_region_of_a_file_is_that_region_of_the_whole(tmp_path, worth_skipping, asked, dtype, offset):
    size, region = asked
    values = stored(tmp_path / "voxels.raw", size, dtype, offset)
    with pytest.MonkeyPatch.context() as patch:  # 0 lets every row be read alone wherever that leaves bytes out
        patch.setattr(raw_voxels, "_WORTH_SKIPPING", worth_skipping)
        read = read_raw(tmp_path / "voxels.raw", offset=offset, dtype=dtype, size=size, region=region)
    np.testing.assert_array_equal(read, values[region])
    assert read.dtype == np.dtype(dtype).newbyteorder("=")
    assert read.dtype.isnative
    assert read.flags.writeable


@pytest.mark.parametrize("region", [WHOLE, (slice(4, 5, 1), slice(1, 6, 2), slice(2, 7, 1))])
def test_a_file_that_ends_too_early_is_refused_with_its_name(tmp_path, region):
    stored(tmp_path / "voxels.raw", (7, 6, 5), "<i2")
    content = (tmp_path / "voxels.raw").read_bytes()
    (tmp_path / "voxels.raw").write_bytes(content[:-1])
    with pytest.raises(FormatError, match=r"voxels\.raw ends before"):
        read_raw(tmp_path / "voxels.raw", offset=0, dtype="<i2", size=(7, 6, 5), region=region)


def test_a_region_before_the_missing_end_is_read(tmp_path):
    values = stored(tmp_path / "voxels.raw", (7, 6, 5), "<i2")
    content = (tmp_path / "voxels.raw").read_bytes()
    (tmp_path / "voxels.raw").write_bytes(content[: 4 * 6 * 7 * 2])
    region = (slice(0, 4, 1), *WHOLE[1:])
    read = read_raw(tmp_path / "voxels.raw", offset=0, dtype="<i2", size=(7, 6, 5), region=region)
    np.testing.assert_array_equal(read, values[:4])
