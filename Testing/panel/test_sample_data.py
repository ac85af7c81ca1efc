"""The simulated bones in the module Sample Data."""

import sys
from pathlib import Path

import numpy as np
import pytest
from sample_thumbnails import ICONS, thumbnail

CATEGORY = "MicroCT Super-Resolution"


@pytest.fixture
def sources(open_module):
    open_module("MicroCTSuperRes")
    import slicer

    return {source.sampleName: source for source in slicer.modules.sampleDataSources[CATEGORY]}


@pytest.fixture
def sample(slicer_scene):
    """A specimen that is made in no time."""
    from MicroCTSuperResLib.panel.sample_data import Sample

    return Sample("femur", (32, 32, 16))


def test_both_bones_are_offered_with_a_picture(sources):
    assert sorted(sources) == ["MicroCT femur phantom", "MicroCT spine phantom"]
    for source in sources.values():
        assert (
            Path(source.thumbnailFileName).read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
        )  # the signature of PNG files


@pytest.mark.parametrize("site", ["femur", "spine"])
def test_one_click_loads_a_pair(sources, site):
    import slicer
    from MicroCTSuperResLib.scene.volume_nodes import volume_from_node

    source = sources[f"MicroCT {site} phantom"]
    lr, hr = source.customDownloader(source)
    assert (lr.GetName(), hr.GetName()) == (
        f"{site.capitalize()} LR (simulated)",
        f"{site.capitalize()} HR (simulated)",
    )
    np.testing.assert_allclose(lr.GetSpacing(), 0.02)
    np.testing.assert_allclose(hr.GetSpacing(), 0.01)
    for node in (lr, hr):
        volume = volume_from_node(node)
        assert volume.units == "mg HA/cm3"
        assert "phantom" in volume.metadata["MicroCTSuperRes.simulated"]
    bounds = np.zeros((2, 6))
    lr.GetRASBounds(bounds[0])
    hr.GetRASBounds(bounds[1])
    np.testing.assert_allclose(bounds[0], bounds[1], atol=1e-6)  # the same field: their voxels' edges align
    assert slicer.app.applicationLogic().GetSelectionNode().GetActiveVolumeID() == lr.GetID()


def test_samples_of_other_sizes_are_kept_apart(sample, tmp_path):
    from MicroCTSuperResLib.panel import sample_data

    smaller = sample_data.Sample(sample.site, (24, 24, 8))
    for one in (sample, smaller):
        assert sample_data.scans_of(one, tmp_path)["HR"].size == one.size


@pytest.mark.parametrize("site", ["femur", "spine"])
def test_the_pictures_are_those_of_the_samples(slicer_scene, site):
    import slicer
    from MicroCTSuperResLib.panel import sample_data
    from PIL import Image

    sample = {"femur": sample_data.FEMUR, "spine": sample_data.SPINE}[site]
    scans = sample_data.scans_of(sample, Path(slicer.app.cachePath) / "MicroCTSuperRes")
    made = np.asarray(thumbnail(scans["LR"].voxels, scans["HR"].voxels), dtype=float)
    kept = np.asarray(Image.open(ICONS / f"MicroCTSuperRes-{site}.png"), dtype=float)
    assert np.abs(made - kept).mean() < 1  # grey values of 255: libraries round differently


def test_the_scans_are_made_once(sample, tmp_path, monkeypatch):
    from MicroCTSuperResLib.panel import sample_data

    first = sample_data.scans_of(sample, tmp_path)
    monkeypatch.setattr(sample_data, "_made", lambda sample: pytest.fail("made again"))
    again = sample_data.scans_of(sample, tmp_path)
    for kind in ("LR", "HR"):
        np.testing.assert_array_equal(again[kind].voxels, first[kind].voxels)


def test_a_damaged_file_is_made_again(sample, tmp_path):
    from MicroCTSuperResLib.panel import sample_data

    first = sample_data.scans_of(sample, tmp_path)
    (damaged,) = tmp_path.glob("*LR*.nrrd")
    damaged.write_bytes(damaged.read_bytes()[:-100])
    again = sample_data.scans_of(sample, tmp_path)
    np.testing.assert_array_equal(again["LR"].voxels, first["LR"].voxels)
    assert sample_data.scans_of(sample, tmp_path)["LR"].voxels.shape == first["LR"].voxels.shape


def test_the_scans_come_where_nothing_can_be_kept(sample, tmp_path, caplog):
    from MicroCTSuperResLib.panel import sample_data

    (tmp_path / "file").write_text("not a folder")
    assert sample_data.scans_of(sample, tmp_path / "file")["LR"].size == (16, 16, 8)
    assert "not kept" in caplog.text


def test_samples_lie_in_slicers_own_cache(sources, slicer_scene):
    import slicer

    sources["MicroCT femur phantom"].customDownloader(None)
    assert len(list((Path(slicer.app.cachePath) / "MicroCTSuperRes").glob("femur-288x240x120-*.nrrd"))) == 2


def test_samples_are_made_before_any_package_is_installed(slicer_scene, sample, monkeypatch):
    from MicroCTSuperResLib.panel import sample_data

    for name in ("torch", "safetensors", "psutil", "platformdirs"):  # Slicer brings none of these
        monkeypatch.setitem(sys.modules, name, None)
    assert len(sample_data.load(sample)) == 2
