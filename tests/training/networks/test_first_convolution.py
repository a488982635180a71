"""The first convolution as matrix products: torch's convolution and pooling, values and gradients."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.data.sets import Dataset
from training.networks.first_convolution import can_join, convolve_and_pool
from training.recipes import RECIPES


def weights(maps: int) -> tuple[Tensor, Tensor]:
    torch.manual_seed(0)
    return torch.randn(maps, 1, 3, 3).requires_grad_(), torch.randn(maps).requires_grad_()


@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("maps", [28, 32])
def test_values_and_gradients_are_those_of_torch(padding: int, maps: int, mnist: Dataset) -> None:
    """On real digits: their empty ground makes the four places under a pooling equal, and the first of them counts."""
    pictures = torch.tensor(mnist.train_images[:40]).unsqueeze(1) / 255
    kernel, bias = weights(maps)
    ours = convolve_and_pool(pictures, kernel, bias, padding)
    theirs = F.max_pool2d(F.conv2d(pictures, kernel, bias, padding=padding), 2)
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)
    assert ours.is_contiguous(memory_format=torch.channels_last)
    gradient = torch.randn_like(theirs)
    for mine, expected in zip(
        torch.autograd.grad(ours, (kernel, bias), gradient),
        torch.autograd.grad(theirs, (kernel, bias), gradient),
        strict=True,
    ):
        torch.testing.assert_close(mine, expected, rtol=1e-4, atol=1e-3)


def test_of_equal_places_one_gets_the_gradient() -> None:
    kernel, bias = weights(3)
    pooled = convolve_and_pool(torch.ones(1, 1, 6, 6), kernel, bias, 0)
    (kernel_gradient, bias_gradient) = torch.autograd.grad(pooled.sum(), (kernel, bias))
    assert torch.equal(bias_gradient, torch.full((3,), 4.0))
    assert torch.equal(kernel_gradient, torch.full((3, 1, 3, 3), 4.0))


def test_the_lectures_networks_begin_with_it_and_other_layers_do_not() -> None:
    for name in ("mnist_cnn", "fashion_cnn", "fashion_cnn_dropout"):
        (_, first), (_, second), *_ = RECIPES[name].build().plan()
        assert can_join(first, second)
    assert not can_join(nn.Conv2d(3, 8, 3), nn.MaxPool2d(2))
    assert not can_join(nn.Conv2d(1, 8, 5), nn.MaxPool2d(2))
    assert not can_join(nn.Conv2d(1, 8, 3), nn.MaxPool2d(3))
    assert not can_join(nn.Conv2d(1, 8, 3), nn.ReLU())
