"""Losses of a score z against a class y of 0 or 1, with the one-dimensional implicit step of each.

    LogLoss             cross-entropy of sigmoid(z)          slope sigmoid(z) - y
    SquaredLoss         (y - z)^2 / 2, the linear neuron     slope z - y
    SigmoidSquaredLoss  (y - sigmoid(z))^2 / 2               slope (sigmoid(z) - y) sigmoid'(z)

The lecture's update `eta sum_i (y_i - phi(z_i)) x_ij` is the gradient of the first with phi the sigmoid and of
the second with phi the identity; its printed objective with a sigmoid is the third.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor


class Loss(ABC):
    """All tensors broadcast against each other; y is 0 or 1."""

    name: str
    title: str

    @abstractmethod
    def value(self, z: Tensor, y: Tensor) -> Tensor:
        """The loss of each score."""

    @abstractmethod
    def slope(self, z: Tensor, y: Tensor) -> Tensor:
        """Its derivative by z."""

    @abstractmethod
    def proximal(self, z: Tensor, c: Tensor, y: Tensor, near: Tensor) -> Tensor:
        """A `u` with `u = z - c slope(u, y)`, `c` >= 0; `near` is where to look first."""

    def decide(self, z: Tensor) -> Tensor:
        """Whether the class is 1."""
        return z > 0


class SquaredLoss(Loss):
    name = "squared"
    title = "squared error of a linear output"

    def value(self, z: Tensor, y: Tensor) -> Tensor:
        return (z - y).square() / 2

    def slope(self, z: Tensor, y: Tensor) -> Tensor:
        return z - y

    def proximal(self, z: Tensor, c: Tensor, y: Tensor, near: Tensor) -> Tensor:  # noqa: ARG002
        return (z + c * y) / (c + 1)

    def decide(self, z: Tensor) -> Tensor:
        return z > 0.5


class LogLoss(Loss):
    name = "log"
    title = "cross-entropy of a sigmoid output"

    def value(self, z: Tensor, y: Tensor) -> Tensor:
        return -F.logsigmoid(_side(y) * z)

    def slope(self, z: Tensor, y: Tensor) -> Tensor:
        side = _side(y)
        return -side * torch.sigmoid(-side * z)

    def proximal(self, z: Tensor, c: Tensor, y: Tensor, near: Tensor) -> Tensor:
        side = _side(y)
        pull = c * side

        def rest(u: Tensor) -> tuple[Tensor, Tensor]:
            miss = torch.sigmoid(-side * u)
            return u - z - pull * miss, c * (miss - miss * miss) + 1

        # The slope falls towards the root: the first, explicit step is the furthest possible.
        return _root(rest, z, z - c * self.slope(z, y), near)


class SigmoidSquaredLoss(Loss):
    """Not convex: an implicit step may have several solutions, and `proximal` gives one."""

    name = "sigmoid_squared"
    title = "squared error of a sigmoid output"
    STEEPEST = 4 / 27  # of |slope|, at sigmoid(z) = 1/3 or 2/3

    def value(self, z: Tensor, y: Tensor) -> Tensor:
        return torch.sigmoid(-_side(y) * z).square() / 2

    def slope(self, z: Tensor, y: Tensor) -> Tensor:
        side = _side(y)
        miss = torch.sigmoid(-side * z)
        return side * miss * miss * (miss - 1)

    def proximal(self, z: Tensor, c: Tensor, y: Tensor, near: Tensor) -> Tensor:
        side = _side(y)
        pull = c * side

        def rest(u: Tensor) -> tuple[Tensor, Tensor]:
            miss = torch.sigmoid(-side * u)
            weight = miss * miss * (miss - 1)
            return u - z + pull * weight, c * weight * (3 * miss - 2) + 1

        return _root(rest, z, z + pull * self.STEEPEST, near)


def _side(y: Tensor) -> Tensor:
    """1 for class 1, -1 for class 0: `|sigmoid(z) - y|` is `sigmoid(-side z)`, without cancellation."""
    return 2 * y - 1


def _root(rest: Callable[[Tensor], tuple[Tensor, Tensor]], one: Tensor, other: Tensor, near: Tensor) -> Tensor:
    """Where `rest` is zero between two points; it gives the rest, which rises from below zero, and its slope.

    Newton from `near`, and bisection where that leaves the bracket. From zero, the sigmoid's point of
    inflection, Newton on the log loss runs towards the root from one side.
    """
    low, high = torch.minimum(one, other), torch.maximum(one, other)
    u = torch.minimum(torch.maximum(near, low), high)
    tolerance = 4 * torch.finfo(u.dtype).eps
    for round_ in range(120):
        value, slope = rest(u)
        low, high = torch.where(value <= 0, u, low), torch.where(value >= 0, u, high)
        move = value / slope
        newton = u - move
        slack = tolerance * (u.abs() + 1)
        arrived = move.abs() <= slack
        if bool(arrived.all()):
            break
        # Past 20 rounds every other one bisects, in case Newton creeps.
        useful = (newton >= low) & (newton <= high) & (slope > 0)
        if round_ > 20 and round_ % 2:
            useful = torch.zeros_like(useful)
        u = torch.where(arrived, u, torch.where(useful, newton, (low + high) / 2))
        if bool(((high - low <= slack) | arrived | u.isnan()).all()):
            break
    return u
