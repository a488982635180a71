"""The single neuron and the shallow net as objectives: many runs over the same samples in one tensor.

    x [..., B, p], y [..., B] and weights [..., R, p] (R runs) -> scores [..., R, B] -> loss, gradient, implicit step

A sample's first p - 1 numbers are pixels, its last is 1 and carries the bias.
"""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from training.lecture import proximal
from training.lecture.optimizer_study.losses import Loss, SquaredLoss
from training.lecture.optimizers import Objective, Rate


@dataclass(frozen=True)
class Samples(Objective):
    """J is the mean of the samples' losses."""

    x: Tensor
    y: Tensor
    loss: Loss

    @abstractmethod
    def scores(self, w: Tensor) -> Tensor:
        """z of each run and sample, [..., R, B]."""

    def value(self, w: Tensor) -> Tensor:
        return self.loss.value(self.scores(w), self.y[..., None, :]).mean(-1)

    def accuracy(self, w: Tensor) -> Tensor:
        """Share of samples whose class is right, [..., R]."""
        return (self.loss.decide(self.scores(w)) == (self.y[..., None, :] > 0.5)).float().mean(-1)


@dataclass(frozen=True)
class Neuron(Samples):
    """`z = w . x`: p weights."""

    def scores(self, w: Tensor) -> Tensor:
        return w @ self.x.mT

    def gradient(self, w: Tensor) -> Tensor:
        slope = self.loss.slope(self.scores(w), self.y[..., None, :])
        return slope @ self.x / self.x.shape[-2]

    def proximal(self, w: Tensor, eta: Rate) -> Tensor:
        """Exact for one sample (a root) and for the squared loss (a linear system)."""
        count = self.x.shape[-2]
        if count == 1:
            return proximal.linear_score(w, eta, self.x, self.y, self.loss)
        if isinstance(self.loss, SquaredLoss):
            matrix = (self.x.mT @ self.x / count)[..., None, :, :]
            vector = (self.y[..., None, :] @ self.x / count)[..., 0, :]
            return proximal.quadratic(w, eta, matrix, vector[..., None, :])
        return super().proximal(w, eta)


@dataclass(frozen=True)
class Shallow(Samples):
    """`z = v . [tanh(W x), 1]`: weights W [hidden, p] row by row, then v [hidden + 1]."""

    hidden: int

    def _parts(self, w: Tensor) -> tuple[Tensor, Tensor]:
        split = self.hidden * self.x.shape[-1]
        return w[..., :split].unflatten(-1, (self.hidden, -1)), w[..., split:]

    def _activations(self, first: Tensor) -> Tensor:
        """tanh(W x), [..., R, hidden, B]."""
        rows = first.flatten(-3, -2) @ self.x.mT
        return torch.tanh(rows.unflatten(-2, (-1, self.hidden)))

    def scores(self, w: Tensor) -> Tensor:
        first, last = self._parts(w)
        return (last[..., None, :-1] @ self._activations(first))[..., 0, :] + last[..., -1:]

    def gradient(self, w: Tensor) -> Tensor:
        first, last = self._parts(w)
        active = self._activations(first)
        z = (last[..., None, :-1] @ active)[..., 0, :] + last[..., -1:]
        slope = self.loss.slope(z, self.y[..., None, :])[..., None, :] / self.x.shape[-2]
        by_last = torch.cat(((active * slope).sum(-1), slope.sum(-1)), dim=-1)
        back = last[..., :-1, None] * (1 - active * active) * slope
        by_first = back.flatten(-3, -2) @ self.x
        return torch.cat((by_first.unflatten(-2, (-1, self.hidden)).flatten(-2), by_last), dim=-1)

    def proximal(self, w: Tensor, eta: Rate) -> Tensor:
        """For one sample in `2 hidden + 1` unknowns, exactly: every step of W is an outer product with x.

        The unknowns are `W x / |x|` and v. Moving the first by d moves W by `d x' / |x|`, which is as long.
        """
        if self.x.shape[-2] != 1:
            return super().proximal(w, eta)
        first, last = self._parts(w)
        length = self.x.norm(dim=-1, keepdim=True)
        unit = self.x / length
        along = (first.flatten(-3, -2) @ unit.mT).unflatten(-2, (-1, self.hidden))[..., 0]
        # The few unknowns are solved for in double: the line search compares nearly equal heights.
        start = torch.cat((along, last), dim=-1).double()
        expand = partial(_expand, length.double())
        end = proximal.network_score(start, eta, expand, self.y.double(), self.loss)
        moved = (end - start).to(w.dtype)[..., : self.hidden, None] * unit[..., None, :, :]
        return torch.cat(((first + moved).flatten(-2), end[..., self.hidden :].to(w.dtype)), dim=-1)


def _expand(length: Tensor, r: Tensor) -> tuple[Tensor, Tensor, Callable[[Tensor, Tensor], Tensor]]:
    """Around `r`, the unknowns [..., R, 2 hidden + 1]: the score, its gradient, and `proximal`'s `solve`.

    The second derivative of the score couples `W_h x` only with `v_h`: blocks of two by two.
    """
    hidden = r.shape[-1] // 2
    active, v = torch.tanh(r[..., :hidden] * length), r[..., hidden:-1]
    steep = (1 - active * active) * length
    z = (v * active).sum(-1) + r[..., -1]

    def solve(s: Tensor, right: Tensor) -> Tensor:
        scale = s[..., None]
        corner = scale * steep
        diagonal = 1 - 2 * scale * v * active * steep * length
        # Where a block is not positive definite it is made so: a way down is all that is needed there.
        across = corner * corner
        determinant = torch.maximum(diagonal - across, (1 + across) / 10)
        one = (right[..., :hidden] - corner * right[..., hidden:-1]) / determinant
        two = right[..., hidden:-1] - corner * one
        return torch.cat((one, two, right[..., -1:]), dim=-1)

    return z, torch.cat((v * steep, active, torch.ones_like(z)[..., None]), dim=-1), solve
