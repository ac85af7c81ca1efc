"""The losses are what their descriptions say, and the rate of learning goes its way."""

import math

import pytest
import torch
from MicroCTSuperResLib.networks.architectures import build_network
from MicroCTSuperResTrainingLib.training.losses import (
    cross_entropy,
    interpolated,
    relative_loss,
    scaled_by_middle_slice,
)
from MicroCTSuperResTrainingLib.training.schedule import Schedule


def test_the_relative_loss_is_zero_where_the_network_only_interpolates():
    network = build_network("unet_subpixel", {"channels": 4})  # its last layer starts at zero
    assert relative_loss(network, torch.rand(2, 5, 16, 16), torch.rand(2, 2, 32, 32)).item() == pytest.approx(
        0, abs=1e-5
    )


def test_being_worse_than_interpolation_costs_what_was_asked_for():
    lr, hr = torch.rand(1, 5, 16, 16), torch.rand(1, 2, 32, 32)
    network = build_network("unet_subpixel", {"channels": 4})
    base = (interpolated(network, lr) - hr).abs().mean()

    class Worse(torch.nn.Module):
        cubic = network.cubic

        def forward(self, _):
            return hr + 2 * base  # an error of twice that of interpolation

    assert relative_loss(Worse(), lr, hr, worse_weight=3).item() == pytest.approx(3 * math.log(2), rel=0.01)


def test_the_cross_entropy_of_the_target_itself_is_the_targets_entropy():
    target = torch.tensor([0.25, 0.5]).reshape(1, 2, 1, 1).expand(1, 2, 32, 32)

    class Perfect(torch.nn.Module):
        def forward(self, upsampled):
            assert upsampled.shape == (1, 1, 32, 32)
            return torch.logit(torch.full((1, 1, 32, 32), 0.375))  # the mean of the two HR slices

    entropy = -0.375 * math.log(0.375) - 0.625 * math.log(0.625)
    assert cross_entropy(Perfect(), torch.rand(1, 1, 16, 16), target).item() == pytest.approx(entropy, rel=1e-5)


def test_two_hr_slices_give_the_gradient_of_two_samples():
    torch.manual_seed(0)
    network = build_network("unet_abstract", {"channels": 2})
    lr, hr = torch.rand(1, 1, 16, 16), torch.rand(1, 2, 32, 32)

    def gradient(lr, hr):
        network.zero_grad()
        cross_entropy(network, lr, hr).backward()
        return torch.cat([weight.grad.flatten() for weight in network.parameters()])

    apart = gradient(lr.expand(2, -1, -1, -1), hr.transpose(0, 1))
    torch.testing.assert_close(gradient(lr, hr), apart, rtol=1e-4, atol=1e-7)


def test_min_max_scaling_takes_its_bounds_from_lr_alone():
    lr, hr = torch.rand(2, 1, 8, 8) * 100 + 7, torch.rand(2, 2, 16, 16) * 300
    scaled, target = scaled_by_middle_slice(lr, hr)
    torch.testing.assert_close(scaled.amin((1, 2, 3)), torch.zeros(2))
    torch.testing.assert_close(scaled.amax((1, 2, 3)), torch.ones(2))
    low, high = lr[0].min(), lr[0].max()
    torch.testing.assert_close(target[0], (hr[0] - low) / (high - low))


def test_a_cosine_rises_and_falls_to_a_hundredth():
    schedule = Schedule(learning_rate=1.0, steps=100)
    rates = [schedule.rate_at(step) for step in (0, 2, 50, 100)]
    assert rates[0] < 0.1
    assert rates[1:] == pytest.approx([1, 0.505, 0.01], abs=0.01)


def test_a_constant_rate_stays():
    schedule = Schedule(learning_rate=1e-3, steps=10, shape="constant", warm_up=0)
    assert {schedule.rate_at(step) for step in range(11)} == {1e-3}
