"""A model in TorchScript computes what it computes in PyTorch at any size, and carries its card."""

import io
import warnings

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import InputError, ModelError, OutputError
from MicroCTSuperResLib.networks.card import card_from_text
from MicroCTSuperResLib.networks.export import FORMATS, export_model
from MicroCTSuperResLib.networks.export.torchscript_file import export_torchscript
from MicroCTSuperResLib.networks.export.traced_network import example_slices
from MicroCTSuperResLib.networks.loading import load_model
from sample_models import save_small_abstract, save_small_model

METADATA = ("card", "input_grid", "output", "multiple", "halo")


def read(path):
    """The network in a TorchScript file and its metadata."""
    found = dict.fromkeys(METADATA, "")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        network = torch.jit.load(io.BytesIO(path.read_bytes()), _extra_files=found)
    return network, {name: content.decode() for name, content in found.items()}


@pytest.fixture(scope="module", params=["subpixel", "abstract", "default"])
def exported(request, tmp_path_factory):
    """A model and the network and metadata of its exported file."""
    folder = tmp_path_factory.mktemp("models")
    make = {
        "subpixel": lambda: save_small_model(folder / "small"),
        "abstract": lambda: save_small_abstract(folder / "abstract"),
        "default": lambda: "default",
    }
    model = load_model(make[request.param]())
    return model, *read(export_torchscript(model, folder / "model.pt"))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batch=st.integers(1, 3), rows=st.integers(1, 5), columns=st.integers(1, 5), seed=st.integers(0, 2**31))
def test_the_file_agrees_with_the_network_at_any_size(exported, batch, rows, columns, seed):
    model, network, _ = exported
    shape = (batch, model.card.context_slices, rows * model.network.multiple, columns * model.network.multiple)
    assert shape[-1] != example_slices(model.network).shape[-1]  # another size than it was traced with
    slices = torch.from_numpy(np.random.default_rng(seed).random(shape, dtype=np.float32))
    with torch.inference_mode():
        torch.testing.assert_close(network(slices), model.network(slices), rtol=0, atol=1e-5)


def test_the_file_carries_the_card_and_what_a_program_needs_to_run_it(exported):
    model, _, metadata = exported
    assert card_from_text(metadata["card"], "card") == model.card
    assert metadata["input_grid"] == model.network.input_grid
    assert metadata["output"] == model.network.output
    assert int(metadata["multiple"]) == model.network.multiple
    assert int(metadata["halo"]) == model.network.halo


def test_an_existing_file_is_replaced_only_when_asked(tmp_path):
    model = load_model(save_small_model(tmp_path / "small"))
    path = tmp_path / "model.pt"
    path.write_text("precious")
    with pytest.raises(OutputError, match="exists already"):
        export_model(model, path, "torchscript")
    assert path.read_text() == "precious"
    export_model(model, path, "torchscript", overwrite=True)
    assert read(path)[1]["multiple"] == "4"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["model.pt", "small"]


def test_a_torchscript_file_is_not_taken_for_a_model(tmp_path):
    model = load_model(save_small_model(tmp_path / "small"))
    path = export_model(model, tmp_path / "small.pt", "torchscript")
    with pytest.raises(ModelError, match="which is a pickle"):
        load_model(path)


def test_an_unknown_format_is_refused_with_the_known_ones(tmp_path):
    model = load_model(save_small_model(tmp_path / "small"))
    with pytest.raises(InputError, match="onnx, torchscript, bioimageio"):
        export_model(model, tmp_path / "small.h5", "keras")
    assert list(FORMATS) == ["onnx", "torchscript", "bioimageio"]
