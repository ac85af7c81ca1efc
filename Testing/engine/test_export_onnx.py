"""A model in ONNX computes what it computes in PyTorch, and carries its card."""

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import OutputError
from MicroCTSuperResLib.networks.card import card_from_text
from MicroCTSuperResLib.networks.export.onnx_file import OPSET, export_onnx
from MicroCTSuperResLib.networks.loading import load_model
from sample_models import save_small_abstract, save_small_model

# Grey values are scaled to 0 ... 1, so this is a ten-thousandth of the range.
TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def subpixel(tmp_path_factory):
    return load_model(save_small_model(tmp_path_factory.mktemp("models") / "small"))


@pytest.fixture(scope="module")
def abstract(tmp_path_factory):
    return load_model(save_small_abstract(tmp_path_factory.mktemp("models") / "abstract"))


@pytest.fixture(scope="module")
def default():
    return load_model("default")


@pytest.fixture(scope="module", params=["subpixel", "abstract", "default"])
def exported(request, tmp_path_factory):
    """A model and an ONNX Runtime session of its exported file."""
    model = request.getfixturevalue(request.param)
    path = export_onnx(model, tmp_path_factory.mktemp("onnx") / "model.onnx")
    return model, onnxruntime.InferenceSession(path)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batch=st.integers(1, 3), rows=st.integers(1, 5), columns=st.integers(1, 5), seed=st.integers(0, 2**31))
def test_onnx_runtime_agrees_with_torch_at_any_size(exported, batch, rows, columns, seed):
    model, session = exported
    shape = (batch, model.card.context_slices, rows * model.network.multiple, columns * model.network.multiple)
    slices = np.random.default_rng(seed).random(shape, dtype=np.float32)
    (output,) = session.run(["hr"], {"lr": slices})
    with torch.inference_mode():
        expected = model.network(torch.from_numpy(slices)).numpy()
    assert output.shape == expected.shape
    np.testing.assert_allclose(output, expected, rtol=0, atol=TOLERANCE)


def test_batch_and_slice_size_are_free_and_the_channels_fixed(exported):
    model, session = exported
    assert session.get_inputs()[0].shape == ["batch", model.card.context_slices, "y", "x"]
    assert session.get_outputs()[0].shape[0] == "batch"


def test_the_file_carries_the_card_and_what_a_program_needs_to_run_it(exported):
    model, session = exported
    metadata = session.get_modelmeta().custom_metadata_map
    assert card_from_text(metadata["card"], "card") == model.card
    assert metadata["input_grid"] == model.network.input_grid
    assert metadata["output"] == model.network.output
    assert int(metadata["multiple"]) == model.network.multiple
    assert int(metadata["halo"]) == model.network.halo


def test_the_file_is_sound_and_of_the_stated_opset(subpixel, tmp_path):
    exported = onnx.load(export_onnx(subpixel, tmp_path / "model.onnx"))
    onnx.checker.check_model(exported, full_check=True)
    assert {each.version for each in exported.opset_import if each.domain == ""} == {OPSET}


def test_exporting_leaves_the_model_as_it_was(subpixel, tmp_path):
    before = {name: tensor.clone() for name, tensor in subpixel.network.state_dict().items()}
    export_onnx(subpixel, tmp_path / "model.onnx")
    assert not subpixel.network.training
    assert all(torch.equal(tensor, before[name]) for name, tensor in subpixel.network.state_dict().items())


def test_an_existing_file_is_replaced_only_when_asked(subpixel, tmp_path):
    path = tmp_path / "model.onnx"
    path.write_text("precious")
    with pytest.raises(OutputError, match="exists already"):
        export_onnx(subpixel, path)
    assert path.read_text() == "precious"
    export_onnx(subpixel, path, overwrite=True)
    assert onnx.load(path).graph.name
    assert [each.name for each in tmp_path.iterdir()] == ["model.onnx"]
