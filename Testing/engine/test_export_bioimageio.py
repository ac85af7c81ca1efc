"""A bioimage.io package passes the checks of bioimageio.core offline, and runs as the engine runs the model."""

import json
import socket
import zipfile

import numpy as np
import pytest
import torch
from MicroCTSuperResLib.enhancement.engine import enhance
from MicroCTSuperResLib.errors import ModelError, OutputError
from MicroCTSuperResLib.imaging.sampling import interpolate
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.networks.card import GreyScaling
from MicroCTSuperResLib.networks.export import bioimageio_package, export_model
from MicroCTSuperResLib.networks.loading import load_model
from MicroCTSuperResLib.networks.store import ModelStore
from sample_models import save_small_abstract, save_small_model

DENSITY = GreyScaling("bounds", -200.0, 1500.0, "mg HA/cm3")
MODELS = {
    "subpixel": lambda folder: save_small_model(folder / "small"),
    "abstract": lambda folder: save_small_abstract(folder / "abstract", scaling=GreyScaling("image-minmax")),
}


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Any attempt to reach another machine fails the test."""

    def refuse(*arguments):
        raise AssertionError(f"tried to connect to {arguments[1:]}")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(scope="module", params=MODELS)
def packed(request, tmp_path_factory):
    """A model and its package."""
    folder = tmp_path_factory.mktemp("packages")
    model = load_model(MODELS[request.param](folder))
    return model, export_model(model, folder / "model.bioimageio.zip", "bioimageio")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return load_model(save_small_model(tmp_path_factory.mktemp("models") / "small"))


def description(path):
    """The package as bioimageio.core reads it; a package that is not valid fails the test."""
    from bioimageio.core import load_description
    from bioimageio.spec.model.v0_5 import ModelDescr

    found = load_description(path)
    assert isinstance(found, ModelDescr), found.validation_summary.format()
    return found


def predicted(path, slices, weights):
    """What bioimageio.core makes of slices (batch, context slices, y, x), without padding."""
    from bioimageio.core import Sample, Tensor, create_prediction_pipeline

    model = description(path)
    axes = [axis.id for axis in model.inputs[0].axes]
    sample = Sample(members={model.inputs[0].id: Tensor.from_numpy(slices, dims=axes)}, stat={}, id="slices")
    with create_prediction_pipeline(model, weight_format=weights) as pipeline:
        result = pipeline.predict_sample_without_blocking(sample, skip_input_padding=True, skip_output_cropping=True)
    return result.members[model.outputs[0].id].data.to_numpy()


def scan(side):
    """An LR scan in mg HA/cm3 of `side` x `side` pixels and six slices."""
    voxels = np.random.default_rng(0).normal(500, 300, (6, side, side)).astype(np.float32)
    return Volume(voxels, (0.02, 0.02, 0.02), units="mg HA/cm3")


def test_a_package_passes_all_tests_of_bioimageio_core(packed):
    from bioimageio.core import test_model

    summary = test_model(description(packed[1]))
    assert summary.status == "passed", summary.format()


@pytest.mark.parametrize("weights", ["onnx", "torchscript"])
def test_bioimageio_core_gives_the_slices_of_the_engine_in_the_same_grey_values(small, tmp_path, weights):
    path = export_model(small, tmp_path / "small.bioimageio.zip", "bioimageio")
    lr = scan(2 * small.network.halo + 6 * small.network.multiple)
    windows = np.stack([lr.voxels[first : first + 5] for first in range(2)])
    slices = predicted(path, windows, weights)
    # Windows 0 and 1 enhance LR slices 2 and 3, which are HR slices 4 to 7.
    expected = enhance(lr, small, device="cpu").voxels[4:8]
    # The engine scales grey values and back, by 1/1000 or so, which rounds its float32 a few times.
    np.testing.assert_allclose(slices.reshape(expected.shape), expected, rtol=0, atol=0.05)


@pytest.mark.parametrize("weights", ["onnx", "torchscript"])
def test_fixed_bounds_are_applied_before_and_undone_after_the_network(tmp_path, weights):
    model = load_model(save_small_abstract(tmp_path / "abstract", scaling=DENSITY))
    path = export_model(model, tmp_path / "model.bioimageio.zip", "bioimageio")
    lr = scan((2 * model.network.halo + 2 * model.network.multiple) // 2)
    upsampled = interpolate(lr, grid="in-plane").voxels[:, np.newaxis]
    slices = predicted(path, upsampled, weights)
    expected = enhance(lr, model, device="cpu", grid="in-plane").voxels
    assert slices.shape == (6, 1, *expected.shape[1:])
    # torch interpolates before, the package after scaling: float32 rounds differently, by 1e-4 of the 1700 in between.
    np.testing.assert_allclose(slices[:, 0], expected, rtol=0, atol=0.17)


def test_a_model_of_percentiles_gives_scaled_values_as_there_is_no_step_to_undo_them(tmp_path):
    model = load_model(save_small_abstract(tmp_path / "abstract"))
    path = export_model(model, tmp_path / "model.bioimageio.zip", "bioimageio")
    found = description(path)
    kwargs = found.inputs[0].preprocessing[1].kwargs
    assert (kwargs.min_percentile, kwargs.max_percentile) == (0.1, 99.9)
    assert [step.id for step in found.outputs[0].postprocessing] == ["sigmoid", "ensure_dtype"]
    assert "scaled to 0 ... 1" in found.outputs[0].description


def test_a_network_that_commutes_with_scaling_does_so(small):
    slices = torch.rand(1, 5, 16, 16, generator=torch.Generator().manual_seed(0))
    assert small.network.commutes_with_scaling
    with torch.inference_mode():
        torch.testing.assert_close(small.network(3 * slices + 2), 3 * small.network(slices) + 2)


def test_sizes_follow_the_networks_steps_and_halo(small, tmp_path):
    found = description(export_model(small, tmp_path / "small.bioimageio.zip", "bioimageio"))
    for axis, enlarged in zip(found.inputs[0].axes[2:], found.outputs[0].axes[2:], strict=True):
        assert axis.size.step == small.network.multiple
        assert axis.size.min == 2 * small.network.halo + small.network.multiple
        assert enlarged.halo == 2 * small.network.halo
        assert enlarged.size.get_size(enlarged, axis, n=1) == 2 * (axis.size.min + axis.size.step)


def test_the_package_tells_licence_authors_version_and_card(small, tmp_path):
    people = ("Ada Lovelace", "Emmy Noether")
    found = description(export_model(small, tmp_path / "a.bioimageio.zip", "bioimageio", authors=people))
    assert str(found.license) == "Apache-2.0"
    assert tuple(author.name for author in found.authors) == people
    assert str(found.version) == small.card.version
    assert found.config.microct_superres["card"] == small.card.to_dict()


def test_nobody_is_named_as_author_unasked_but_the_developers_for_a_bundled_model(small, tmp_path, monkeypatch):
    assert description(export_model(small, tmp_path / "own.bioimageio.zip", "bioimageio")).authors == []
    monkeypatch.setattr(bioimageio_package, "BUNDLED_FOLDER", small.folder.parent)
    bundled = description(export_model(small, tmp_path / "bundled.bioimageio.zip", "bioimageio"))
    assert [author.name for author in bundled.authors] == [bioimageio_package.DEVELOPERS]


def test_a_licence_without_spdx_identifier_stands_in_the_readme_alone(tmp_path):
    model = load_model(save_small_model(tmp_path / "own", licence="LicenseRef-not-stated"))
    path = export_model(model, tmp_path / "own.bioimageio.zip", "bioimageio")
    assert description(path).license is None
    with zipfile.ZipFile(path) as archive:
        readme = archive.read("README.md").decode()
    assert "Licence of the weights: LicenseRef-not-stated." in readme
    assert "## Validation" in readme
    assert "random phantoms (simulated)" in readme
    assert "| phantom, seed 1 | psnr | 31.5 dB |" in readme


@pytest.mark.parametrize(
    ("citation", "dois"),
    [
        ("Our paper, Bone 2026 (doi:10.1016/j.bone.2026.117001).", ["10.1016/j.bone.2026.117001"]),
        ("Our institute, 2026.", []),
    ],
)
def test_a_citation_with_a_doi_is_cited_beside_the_u_net(tmp_path, citation, dois):
    model = load_model(save_small_model(tmp_path / "cited", citation=citation))
    found = description(export_model(model, tmp_path / "cited.bioimageio.zip", "bioimageio"))
    assert [str(entry.doi) for entry in found.cite] == [*dois, "10.1007/978-3-319-24574-4_28"]


def test_the_same_archive_is_taken_by_the_model_store(small, tmp_path):
    path = export_model(small, tmp_path / "small.bioimageio.zip", "bioimageio")
    added = ModelStore(tmp_path / "store").add(path)
    assert json.loads((added.path / "card.json").read_text()) == small.card.to_dict()
    assert load_model(added.path).card == small.card


def test_an_existing_package_is_replaced_only_when_asked(small, tmp_path):
    path = tmp_path / "small.bioimageio.zip"
    path.write_text("precious")
    with pytest.raises(OutputError, match="exists already"):
        export_model(small, path, "bioimageio")
    assert path.read_text() == "precious"
    export_model(small, path, "bioimageio", overwrite=True)
    assert [each.name for each in tmp_path.iterdir()] == ["small.bioimageio.zip"]


def test_what_bioimageio_spec_refuses_is_told(small, tmp_path):
    with pytest.raises(ModelError, match="refuses a package of model 'small'"):
        export_model(small, tmp_path / "small.bioimageio.zip", "bioimageio", authors=("and/or",))
    assert list(tmp_path.iterdir()) == []
