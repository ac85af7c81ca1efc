"""What an enhancement needs is known beforehand, and limits of containers count."""

from pathlib import Path

import numpy as np
import psutil
import pytest
from MicroCTSuperResLib.enhancement.memory import check_memory, estimate, free_memory
from MicroCTSuperResLib.errors import OutOfMemory
from MicroCTSuperResLib.imaging.volume import Volume
from sample_models import small_card


def lr(shape, dtype):
    return Volume(np.zeros(shape, dtype), (0.02, 0.02, 0.02))


def test_the_output_is_eight_or_four_times_the_input():
    volume = lr((10, 20, 30), np.int16)
    assert estimate(volume, small_card(), "cpu", "isotropic").output_bytes == 8 * volume.voxels.nbytes
    assert estimate(volume, small_card(), "cpu", "in-plane").output_bytes == 4 * volume.voxels.nbytes


def test_double_precision_input_gives_a_single_precision_output():
    assert estimate(lr((2, 2, 2), np.float64), small_card(), "cpu", "isotropic").output_bytes == 8 * 8 * 4


def test_time_grows_with_the_voxels_and_is_told_for_the_cpu_only():
    slices = (0, 10, 40)
    times = [estimate(lr((n + 1, 50, 50), np.int16), small_card(), "cpu", "isotropic").seconds for n in slices]
    assert times[2] - times[0] == pytest.approx(4 * (times[1] - times[0]))
    assert estimate(lr((2, 2, 2), np.int16), small_card(), "cuda:0", "isotropic").seconds is None


def test_the_study_network_is_told_to_take_much_longer():
    volume = lr((400, 200, 200), np.int8)
    default = small_card(arguments={"channels": 32, "blocks": [1, 1, 2]})
    study = small_card(architecture="unet_abstract", arguments={"channels": 64}, context_slices=1)
    assert (
        estimate(volume, study, "cpu", "isotropic").seconds > 10 * estimate(volume, default, "cpu", "isotropic").seconds
    )


def test_work_beyond_the_limit_is_refused_with_both_numbers():
    needed = estimate(lr((10, 20, 30), np.int16), small_card(), "cpu", "isotropic")
    check_memory(needed, limit_bytes=needed.memory_bytes)
    with pytest.raises(OutOfMemory, match=r"needs about 0\.. GiB of memory, 0\.0 GiB are free"):
        check_memory(needed, limit_bytes=1000)


@pytest.mark.skipif(not Path("/proc/self/cgroup").exists(), reason="control groups are Linux's")
def test_the_limit_of_a_control_group_counts_and_no_limit_does_not(tmp_path):
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("5\n")
    assert free_memory(tmp_path) > 0.5 * psutil.virtual_memory().available
    (tmp_path / "memory.max").write_text("3000000\n")
    (tmp_path / "memory.current").write_text("1000000\n")
    assert free_memory(tmp_path) == 2000000
