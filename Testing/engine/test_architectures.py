"""The networks: what the default one guarantees by construction, and that the study's one is the study's."""

import numpy as np
import pytest
import torch
from MicroCTSuperResLib.errors import ModelError
from MicroCTSuperResLib.networks.architectures import build_network
from MicroCTSuperResLib.networks.architectures.unet_subpixel import cubic_kernel


@pytest.fixture
def network():
    torch.manual_seed(0)
    network = build_network("unet_subpixel", {"channels": 8, "blocks": [1, 1, 2]})
    torch.nn.init.normal_(network.tail.weight, std=0.1)
    return network.eval()


@torch.no_grad()
def test_the_default_network_commutes_with_linear_changes_of_grey_values(network):
    slices = torch.rand(2, 5, 24, 32)
    torch.testing.assert_close(network(3.7 * slices - 2), 3.7 * network(slices) - 2, atol=2e-4, rtol=1e-4)


@torch.no_grad()
def test_the_default_network_leaves_a_flat_region_flat(network):
    flat = torch.full((1, 5, 16, 16), 0.37)
    torch.testing.assert_close(network(flat), torch.full((1, 2, 32, 32), 0.37), atol=1e-5, rtol=0)


@torch.no_grad()
def test_a_fresh_default_network_is_cubic_interpolation():
    slices = torch.rand(1, 5, 16, 16)
    fresh = build_network("unet_subpixel", {"channels": 4})(slices)
    padded = torch.nn.functional.pad(slices, (2, 2, 2, 2), mode="replicate")
    expected = torch.nn.functional.pixel_shuffle(torch.nn.functional.conv2d(padded, cubic_kernel()), 2)
    torch.testing.assert_close(fresh, expected)


def test_the_cubic_kernel_sums_to_one_and_looks_a_quarter_voxel_aside():
    kernel = cubic_kernel().numpy()
    np.testing.assert_allclose(kernel.sum(axis=(1, 2, 3)), 1, atol=1e-6)
    taps = np.arange(-2, 3)
    for phase in range(8):
        z, y, x = phase // 4, phase // 2 % 2, phase % 2
        centre = [
            (kernel[phase].sum(axis=others) * taps).sum() for others in ((1, 2), (0, 2), (0, 1))
        ]  # first moments along z, y, x
        np.testing.assert_allclose(centre, [-0.25 + 0.5 * side for side in (z, y, x)], atol=1e-6)


@pytest.mark.parametrize(
    ("name", "arguments", "context", "scale"),
    [("unet_subpixel", {"channels": 3, "blocks": [1, 1, 2]}, 5, 2), ("unet_abstract", {"channels": 2}, 1, 1)],
)
def test_no_output_depends_on_pixels_beyond_the_halo(name, arguments, context, scale):
    torch.manual_seed(1)
    network = build_network(name, arguments).double()
    for parameter in network.parameters():
        torch.nn.init.uniform_(parameter, 0.1, 0.5)  # positive, so that no path ends in a ReLU
    size = -(-(4 * network.halo + 8) // network.multiple) * network.multiple
    reached = 0
    for offset in range(0, network.multiple, 3):  # poolings group pixels, so the reach depends on the place
        slices = torch.rand(1, context, size, size, dtype=torch.double, requires_grad=True)
        at = size // 2 + offset
        output = network(slices)[0, :, scale * at : scale * at + scale, scale * at].sum()
        (gradient,) = torch.autograd.grad(output, slices)
        _, rows, columns = torch.nonzero(gradient[0], as_tuple=True)
        reached = max(
            reached, *(abs(int(index) - at) for index in (rows.min(), rows.max(), columns.min(), columns.max()))
        )
    assert 0 < reached <= network.halo


def test_the_study_network_has_31_million_weights():
    # Ronneberger's U-Net with 64 channels, one channel in and one out, summed here from the sizes of its 23
    # convolutions.
    widths = [64, 128, 256, 512, 1024]
    down = sum(9 * a * b + b + 9 * b * b + b for a, b in zip([1, *widths], widths, strict=False))
    up = sum(4 * 2 * w * w + w + 9 * 2 * w * w + w + 9 * w * w + w for w in widths[:-1])
    network = build_network("unet_abstract", {})
    assert sum(p.numel() for p in network.parameters()) == down + up + 64 + 1 == 31_030_593


@torch.no_grad()
def test_the_study_network_keeps_the_size_of_a_slice():
    assert build_network("unet_abstract", {"channels": 2})(torch.rand(1, 1, 48, 64)).shape == (1, 1, 48, 64)


def test_an_unknown_architecture_or_argument_is_refused():
    with pytest.raises(ModelError, match="'transformer' is not known"):
        build_network("transformer", {})
    with pytest.raises(ModelError, match="depth"):
        build_network("unet_subpixel", {"depth": 3})
    with pytest.raises(ModelError, match="at least 1"):
        build_network("unet_subpixel", {"channels": 0})
