"""Real scans that are not part of the project: read where they are at hand."""

import os
from pathlib import Path

import numpy as np
import pytest
from MicroCTSuperResLib.imaging.formats import inspect, read_volume

DEFAULT_PLACE = Path(__file__).resolve().parents[3] / "shared" / "data"
DATA = Path(os.environ.get("MICROCT_SHARED_DATA", DEFAULT_PLACE))
# Size and voxel size in mm as the notes beside the data state them.
SCANS = [
    ("shrew_trabecular/Shrew.nrrd", (114, 114, 115), 0.0041),
    ("qbi_mouse_cortex/bone_7H3A_B1_binary_1p4um.nrrd", (350, 250, 600), 0.0014),
    ("lhdl_trabecular_cylinder/LHDL_Ti_2923_D_1_257x257x495_19p5um.nrrd", (257, 257, 495), 0.0195),
]


@pytest.fixture(params=SCANS, ids=lambda scan: Path(scan[0]).stem)
def scan(request):
    name, size, spacing = request.param
    if not (DATA / name).is_file():
        pytest.skip(f"{name} is not at hand; set MICROCT_SHARED_DATA to the folder that holds it")
    return DATA / name, size, spacing


def test_the_header_of_a_real_scan_is_read(scan):
    path, size, spacing = scan
    header = inspect(path)
    assert (header.size, header.voxel_type, header.units) == (size, "uint8", "native")
    np.testing.assert_allclose(header.spacing, spacing, rtol=1e-6)


def test_the_voxels_of_a_real_scan_survive_every_three_dimensional_format(scan, tmp_path):
    path, size, _ = scan
    volume = read_volume(path)
    assert volume.size == size
    assert volume.voxels.min() < volume.voxels.max()
    small = volume.with_voxels(volume.voxels[::8])
    for name in ("v.nrrd", "v.mha", "v.nii.gz", "v.tif", "folder/*.png"):
        np.testing.assert_array_equal(read_volume(small.write(tmp_path / name)).voxels, small.voxels)
