"""Dropout with masks of our own: how many values stay, what they are scaled by, and that a seed gives its mask."""

import pytest
import torch
from torch import Tensor

from training.networks.dropout import Dropout


def maps(n: int = 32, channels: int = 64) -> Tensor:
    return torch.rand(n, channels, 14, 14).add_(0.5).contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("p", [0.2, 0.25, 0.3, 0.4, 0.5, 1 / 3])
def test_the_rate_and_the_scale_are_right(p: float) -> None:
    torch.manual_seed(0)
    layer = Dropout(p)
    assert layer.keep == pytest.approx(1 - p, abs=1 / 131_072)
    x = maps()
    y = layer(x)
    stays = y != 0
    n = x.numel()
    sd = (p * (1 - p) / n) ** 0.5
    assert float(stays.double().mean()) == pytest.approx(layer.keep, abs=4 * sd)
    torch.testing.assert_close(y[stays], x[stays] / layer.keep)
    assert float(y.double().mean()) == pytest.approx(float(x.double().mean()), rel=0.01)


def test_a_quarter_is_drawn_exactly_from_8_bits() -> None:
    assert (Dropout(0.25).levels, Dropout(0.25).limit) == (256, 192)
    assert (Dropout(0.4).levels, Dropout(0.4).limit) == (65_536, 39_322)


def test_values_fall_alone_not_in_groups() -> None:
    """No correlation between neighbours in memory, maps, places or pictures; none between two calls."""
    torch.manual_seed(1)
    layer, x = Dropout(0.25), torch.ones(64, 32, 14, 14).contiguous(memory_format=torch.channels_last)
    first, second = ((layer(x) != 0).double() - 0.75 for _ in range(2))
    limit = 4 * 0.1875 / x.numel() ** 0.5
    for moved in (*(first.roll(1, dimension) for dimension in range(4)), *(first.roll(2**k, 1) for k in range(5))):
        if not torch.equal(moved, first):
            assert abs(float((first * moved).mean())) < limit
    assert abs(float((first * second).mean())) < limit


def test_the_same_seed_gives_the_same_mask_and_another_call_another() -> None:
    layer, x = Dropout(0.4), maps(2)
    torch.manual_seed(5)
    first, second = layer(x), layer(x)
    torch.manual_seed(5)
    assert torch.equal(layer(x), first)
    assert torch.equal(layer(x), second)
    assert not torch.equal(first, second)


@pytest.mark.parametrize("x", [maps(3, 5), torch.rand(3, 5, 7, 7), torch.rand(7, 9)], ids=["last", "first", "flat"])
def test_the_gradient_passes_where_the_value_did_and_the_layout_stays(x: Tensor) -> None:
    x = x.clone().requires_grad_()
    y = Dropout(0.3)(x)
    assert y.stride() == x.stride()
    y.sum().backward()
    assert x.grad is not None
    torch.testing.assert_close(x.grad * x, y)


def test_outside_training_nothing_changes() -> None:
    x = maps(2)
    assert Dropout(0.4).eval()(x) is x
    assert Dropout(0.0)(x) is x


@pytest.mark.parametrize("p", [-0.1, 1.0])
def test_an_impossible_probability_is_refused(p: float) -> None:
    with pytest.raises(ValueError, match="at least 0 and below 1"):
        Dropout(p)
