"""Models are written, loaded and refused: every way a file can be wrong has its own clear error."""

import hashlib
import io
import json
import math
import pickle
from dataclasses import replace

import pytest
import safetensors.torch
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import ModelError, OutputError
from MicroCTSuperResLib.networks.architectures import build_network
from MicroCTSuperResLib.networks.card import read_card
from MicroCTSuperResLib.networks.loading import load_model, save_model
from MicroCTSuperResLib.networks.weights import check_weights
from sample_models import save_small_model, small_card, small_network

SLICES = torch.rand(2, 5, 16, 12, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def folder(tmp_path):
    return save_small_model(tmp_path / "small")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Content of a sound model.safetensors and its SHA-256."""
    folder = save_small_model(tmp_path_factory.mktemp("models") / "small")
    return (folder / "model.safetensors").read_bytes(), read_card(folder).sha256


def output_of(network):
    with torch.inference_mode():
        return network(SLICES)


def write_weights(folder, tensors):
    """Put other weights into a model's folder, with a card that fits them, as a careless author would."""
    safetensors.torch.save_file(tensors, folder / "model.safetensors")
    content = (folder / "model.safetensors").read_bytes()
    card = replace(read_card(folder), sha256=hashlib.sha256(content).hexdigest())
    (folder / "card.json").write_text(card.to_json(), encoding="utf-8")


def weights_of(folder):
    return safetensors.torch.load_file(folder / "model.safetensors")


def test_a_model_saved_in_full_precision_gives_the_same_output_bit_by_bit(tmp_path):
    network = small_network()
    save_model(tmp_path / "small", network, small_card(), half=False)
    assert torch.equal(output_of(load_model(tmp_path / "small").network), output_of(network))


def test_a_model_saved_in_half_precision_has_half_the_size_and_rounded_weights(tmp_path):
    network = small_network()
    save_model(tmp_path / "half", network, small_card(name="half"))
    save_model(tmp_path / "full", network, small_card(name="full"), half=False)
    sizes = [(tmp_path / name / "model.safetensors").stat().st_size for name in ("half", "full")]
    parameters = sum(tensor.numel() for tensor in network.parameters())
    assert sizes[1] - sizes[0] == pytest.approx(2 * parameters, abs=64)  # the headers may differ by some bytes
    loaded = load_model(tmp_path / "half").network.state_dict()
    for name, tensor in network.state_dict().items():
        assert loaded[name].dtype == torch.float32
        # Rounding to float16's 11 significant bits: relative error at most 2**-11, below 2**-14 absolute 2**-25.
        assert torch.all((loaded[name] - tensor).abs() <= tensor.abs() * 2**-11 + 2**-25), name


def test_a_loaded_model_is_in_evaluation_mode_and_knows_its_card_and_folder(folder):
    model = load_model(folder)
    assert not model.network.training
    assert model.folder == folder
    assert model.card == read_card(folder)


def test_saving_records_hash_software_and_date(tmp_path):
    card = save_model(tmp_path / "small", small_network(), small_card(software="other", sha256="1" * 64))
    assert card == read_card(tmp_path / "small")
    assert card.software.startswith("MicroCTSuperRes ")
    assert card.created
    assert card.sha256 != "1" * 64


def test_the_same_network_gives_the_same_file(tmp_path):
    first, second = (save_small_model(tmp_path / name) / "model.safetensors" for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("architecture", ["unet_subpixel", "unet_abstract"])
def test_every_architecture_survives_saving(tmp_path, architecture):
    network = build_network(architecture, {"channels": 4})
    card = small_card(architecture=architecture, arguments={"channels": 4}, context_slices=network.context_slices)
    save_model(tmp_path / "small", network, card, half=False)
    loaded = load_model(tmp_path / "small").network.state_dict()
    assert all(torch.equal(loaded[name], tensor) for name, tensor in network.state_dict().items())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_flipping_any_byte_of_the_weights_is_caught(saved, data):
    content, sha256 = saved
    at = data.draw(st.integers(0, len(content) - 1) | st.integers(0, 200))
    changed = bytearray(content)
    changed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ModelError):
        check_weights(bytes(changed), sha256, "model.safetensors")


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_cutting_the_weights_anywhere_is_caught(saved, data):
    content, sha256 = saved
    length = data.draw(st.integers(0, len(content) - 1))
    with pytest.raises(ModelError, match=r"empty|truncated|no safetensors"):
        check_weights(content[:length], sha256, "model.safetensors")


def test_sound_weights_pass_the_same_check(saved):
    check_weights(*saved, "model.safetensors")


def test_altered_weights_are_refused_with_both_hashes(folder):
    path = folder / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(ModelError, match="is not the file that its card describes") as refusal:
        load_model(folder)
    assert read_card(folder).sha256[:12] in refusal.value.message


class _RunsWhenOpened:
    """What an attacker would pickle: opening it runs code (here: it raises, so that a test would see it)."""

    def __reduce__(self):
        return (exec, ("raise SystemError('the pickle was opened')",))


def torch_checkpoint():
    buffer = io.BytesIO()
    torch.save({"weights": torch.zeros(3), "attack": _RunsWhenOpened()}, buffer)
    return buffer.getvalue()


def old_torch_checkpoint():
    buffer = io.BytesIO()
    torch.save({"attack": _RunsWhenOpened()}, buffer, _use_new_zipfile_serialization=False)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [torch_checkpoint(), old_torch_checkpoint(), *(pickle.dumps(_RunsWhenOpened(), protocol=n) for n in (2, 3, 4, 5))],
    ids=["torch", "old torch", "pickle 2", "pickle 3", "pickle 4", "pickle 5"],
)
def test_a_pickle_disguised_as_safetensors_is_refused_without_opening_it(folder, content):
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelError, match="pickled checkpoint") as refusal:
        load_model(folder)
    assert "run any code" in refusal.value.hint


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".ckpt", ".PT"])
def test_a_checkpoint_file_is_refused_by_its_name_with_the_reason(tmp_path, suffix):
    path = tmp_path / f"best{suffix}"
    path.write_bytes(torch_checkpoint())
    with pytest.raises(ModelError, match="is a pickle") as refusal:
        load_model(path)
    assert "run any code" in refusal.value.hint


def test_a_file_of_another_kind_is_refused(folder):
    (folder / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(ModelError, match="is no safetensors file"):
        load_model(folder)


def test_missing_and_foreign_tensors_are_named(folder):
    tensors = weights_of(folder)
    foreign = {f"layer{n}.weight": torch.zeros(2) for n in range(5)}
    del tensors["head.weight"]
    write_weights(folder, {**tensors, **foreign})
    with pytest.raises(ModelError, match=r"1 missing \(head\.weight\); 5 not of this network \(layer0\.weight"):
        load_model(folder)


def test_tensors_of_another_shape_are_named_with_both_shapes(folder):
    tensors = weights_of(folder)
    tensors["tail.weight"] = torch.zeros(8, 4, 5, 5)
    write_weights(folder, tensors)
    with pytest.raises(ModelError, match=r"tail\.weight \[8, 4, 5, 5\] float instead of \[8, 4, 3, 3\] float"):
        load_model(folder)


@pytest.mark.parametrize("kind", [torch.int16, torch.bool, torch.complex64, torch.float8_e4m3fn])
def test_weights_of_another_type_are_refused(folder, kind):
    tensors = weights_of(folder)
    tensors["tail.weight"] = tensors["tail.weight"].to(kind)
    write_weights(folder, tensors)
    with pytest.raises(ModelError, match=r"1 of another shape or type \(tail\.weight"):
        load_model(folder)


def test_a_double_precision_weight_beyond_float32_is_refused(folder):
    tensors = weights_of(folder)
    tensors["tail.weight"] = tensors["tail.weight"].double() + 1e39  # float32 ends at 3.4e38
    write_weights(folder, tensors)
    with pytest.raises(ModelError, match="too large for their precision"):
        load_model(folder)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_weight_that_is_no_finite_number_is_refused_on_loading_and_on_saving(folder, tmp_path, value):
    tensors = weights_of(folder)
    tensors["tail.weight"][0, 0, 0, 0] = value
    write_weights(folder, tensors)
    with pytest.raises(ModelError, match=r"NaN, infinite .* tail\.weight"):
        load_model(folder)
    network = small_network()
    network.tail.weight.data[0, 0, 0, 0] = value
    with pytest.raises(ModelError, match="NaN, infinite"):
        save_model(tmp_path / "broken", network, small_card())
    assert not (tmp_path / "broken").exists()


def test_a_weight_too_large_for_half_precision_is_refused_but_saved_in_full(tmp_path):
    network = small_network()
    network.tail.weight.data[0, 0, 0, 0] = 65520.0  # the smallest number that float16 rounds to infinity
    with pytest.raises(ModelError, match="too large for their precision"):
        save_model(tmp_path / "half", network, small_card())
    save_model(tmp_path / "full", network, small_card(), half=False)
    assert load_model(tmp_path / "full").network.tail.weight[0, 0, 0, 0] == 65520.0


def test_a_network_that_is_not_the_cards_is_not_saved(tmp_path):
    with pytest.raises(ModelError, match="does not fit the architecture 'unet_subpixel'"):
        save_model(tmp_path / "a", small_network(), small_card(arguments={"channels": 6, "blocks": [1, 1, 1]}))
    with pytest.raises(ModelError, match="says 3 context slices, its architecture 'unet_subpixel' takes 5"):
        save_model(tmp_path / "a", small_network(), small_card(context_slices=3))
    assert list(tmp_path.iterdir()) == []


def edit_card(folder, **changes):
    path = folder / "card.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **changes}), encoding="utf-8")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"scale": 4}, "enhances 4 times"),
        ({"architecture": "transformer"}, "'transformer' is not known"),
        ({"arguments": {"channels": 4, "colour": 3}}, "does not take the arguments"),
        ({"arguments": {"channels": "many"}}, "does not take the arguments"),
        ({"arguments": {"channels": 10**6, "blocks": [1, 1, 1]}}, "does not fit the architecture"),
        ({"arguments": {"channels": 10**18, "blocks": [1, 1, 1]}}, "cannot be laid out"),
    ],
)
def test_a_card_that_asks_for_another_network_is_refused(folder, changes, problem):
    edit_card(folder, **changes)
    with pytest.raises(ModelError, match=problem):
        load_model(folder)


def test_an_existing_folder_is_replaced_only_when_asked_and_only_if_it_is_a_model(folder):
    with pytest.raises(OutputError, match="exists already"):
        save_model(folder, small_network(seed=1), small_card())
    save_model(folder, small_network(seed=1), small_card(), overwrite=True, half=False)
    assert torch.equal(output_of(load_model(folder).network), output_of(small_network(seed=1)))
    (folder / "thesis.docx").write_text("three years of work")
    with pytest.raises(ModelError, match=r"holds more than a model, such as 'thesis\.docx'"):
        save_model(folder, small_network(), small_card(), overwrite=True)
    assert (folder / "thesis.docx").exists()


def test_a_failed_save_leaves_nothing_behind(tmp_path):
    with pytest.raises(OutputError, match="does not exist"):
        save_model(tmp_path / "absent" / "small", small_network(), small_card())
    assert list(tmp_path.iterdir()) == []
