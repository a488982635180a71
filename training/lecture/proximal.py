"""Solvers of the implicit step, `u = w - eta grad J(u)`, which is a minimum of `|u - w|^2 / 2 + eta J(u)`.

    J a quadratic form            -> `quadratic`         closed form
    J of one linear score         -> `linear_score`      a one-dimensional root
    J of one score of a network   -> `network_score`     that root, around each new point
    anything else                 -> `inner_iterations`  Newton with conjugate gradients

All take `w` [..., p] with independent runs on the leading axes, and `eta` as a number or [..., 1]. The two
that iterate end where `u - w + eta grad J(u)` has lost half the digits of its dtype against its first size,
where rounding stops them, or after ROUNDS; each round lowers the height, so that any end is a step down.
"""

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

Rate = float | Tensor
Function = Callable[[Tensor], Tensor]
Expand = Callable[[Tensor], tuple[Tensor, Tensor, Callable[[Tensor, Tensor], Tensor]]]

ROUNDS = 60  # of the iterations; they take 3 to 20
HALVINGS = 30  # of a step that does not go down; after them it is only rounding
ARMIJO = 1e-4  # the share of the slope's promise that a step must keep


class ScoreLoss(Protocol):
    """A loss of a scalar score z against y, one number per run. The tensors broadcast."""

    def value(self, z: Tensor, y: Tensor) -> Tensor: ...

    def slope(self, z: Tensor, y: Tensor) -> Tensor:
        """Its derivative by z."""
        ...

    def proximal(self, z: Tensor, c: Tensor, y: Tensor, near: Tensor) -> Tensor:
        """The `u` with `u = z - c slope(u)`, for `c` >= 0; `near` is where to look first."""
        ...


def quadratic(w: Tensor, eta: Rate, matrix: Tensor, vector: Tensor) -> Tensor:
    """For `J = u'Au / 2 - b'u`: `(I + eta A) u = w + eta b`. `matrix` A [..., p, p], `vector` b [..., p]."""
    rate = torch.as_tensor(eta, dtype=w.dtype)
    system = torch.eye(w.shape[-1], dtype=w.dtype) + rate[..., None] * matrix
    return torch.linalg.solve(system, (w + rate * vector)[..., None])[..., 0]


def linear_score(w: Tensor, eta: Rate, rows: Tensor, y: Tensor, loss: ScoreLoss) -> Tensor:
    """For `J = loss(rows . u, y)`, one score a run: `rows` [..., p], `y` [...]; they broadcast.

    Every step lies along `rows`, so the score at its end is a root in one dimension, and the rest follows.
    """
    z = (w * rows).sum(-1)
    squared = (rows * rows).sum(-1)
    root = loss.proximal(z, _per_run(eta, w) * squared, y, torch.zeros_like(z))
    length = torch.where(squared > 0, (root - z) / squared, 0.0)
    return w + length[..., None] * rows


def network_score(w: Tensor, eta: Rate, expand: Expand, y: Tensor, loss: ScoreLoss) -> Tensor:
    """For `J = loss(z(u), y)`, one score z a run. `expand(u)` gives z around u:

    z [...], its gradient [..., p], and a function `solve(s, v)` [...], [..., p] -> `(I + s H)^-1 v` with H the
    second derivative of z, or a positive definite matrix near `I + s H`.

    Each round solves the step with z bent as at u and the loss as it is: a root in one dimension again.
    """
    rate = _per_run(eta, w)

    def height(u: Tensor) -> Tensor:
        z = expand(u)[0]
        return (u - w).square().sum(-1) / 2 + rate * loss.value(z, y)

    def residual(u: Tensor) -> Tensor:
        z, rows, _ = expand(u)
        return u - w + (rate * loss.slope(z, y))[..., None] * rows

    def direction(u: Tensor, _: Tensor) -> Tensor:
        z, rows, solve = expand(u)
        bend = rate * loss.slope(z, y)
        back, across = solve(bend, w - u), solve(bend, rows)
        reached = z + (rows * back).sum(-1)
        root = loss.proximal(reached, rate * (rows * across).sum(-1), y, z)
        return back - (rate * loss.slope(root, y))[..., None] * across

    return _descend(w, height, residual, direction)


def inner_iterations(value: Function, w: Tensor, eta: Rate) -> Tensor:
    """For any J that autograd can differentiate twice: `value` maps [..., p] to [...], runs independent."""

    def height(u: Tensor) -> Tensor:
        return (u - w).square().sum(-1) / 2 + _per_run(eta, w) * value(u)

    def gradient(u: Tensor, *, again: bool = False) -> Tensor:
        return torch.autograd.grad(height(u).sum(), u, create_graph=again)[0]

    def residual(u: Tensor) -> Tensor:
        with torch.enable_grad():
            return gradient(u.detach().requires_grad_())

    def direction(u: Tensor, downhill_from: Tensor) -> Tensor:
        with torch.enable_grad():
            point = u.detach().requires_grad_()
            slope = gradient(point, again=True)

            def curvature(v: Tensor) -> Tensor:
                return torch.autograd.grad(slope, point, v, retain_graph=True)[0]

            return _conjugate_gradients(curvature, -downhill_from)

    return _descend(w.detach(), height, residual, direction)


def _descend(w: Tensor, height: Function, residual: Function, direction: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """From `w` down `height`, whose gradient is `residual`, until that is small or nothing moves any more."""
    eps = torch.finfo(w.dtype).eps
    u, slope = w, residual(w)
    enough = torch.maximum(eps**0.5 * slope.norm(dim=-1), 8 * eps * w.norm(dim=-1))
    for _ in range(ROUNDS):
        active = slope.norm(dim=-1) > enough
        if not bool(active.any()):
            break
        move = torch.where(active[..., None], direction(u, slope), 0.0)
        moved = _line_search(height, u, move, slope)
        if torch.equal(moved, u):
            break
        u, slope = moved, residual(moved)
    return u


def _line_search(height: Function, u: Tensor, move: Tensor, slope: Tensor) -> Tensor:
    """`u + move`, halved per run until the height falls enough; `u` itself where it never does."""
    before, promise = height(u), (slope * move).sum(-1)
    rounding = 4 * torch.finfo(u.dtype).eps * before.abs()
    share = torch.ones_like(before)
    for _ in range(HALVINGS):
        point = u + share[..., None] * move
        falls = height(point) <= before + ARMIJO * share * promise + rounding
        if bool(falls.all()):
            return point
        share = torch.where(falls, share, share / 2)
    return torch.where(falls[..., None], point, u)


def _conjugate_gradients(curvature: Function, right: Tensor) -> Tensor:
    """`x` with `curvature(x) = right`; a run stops where the curvature is not positive (Steihaug)."""
    x, remainder, way = torch.zeros_like(right), right, right
    square = (right * right).sum(-1, keepdim=True)
    enough = torch.finfo(right.dtype).eps ** 1.5 * square
    for round_ in range(2 * right.shape[-1]):
        bent = curvature(way)
        bend = (way * bent).sum(-1, keepdim=True)
        active = (square > enough) & (bend > 0)
        if round_ == 0:
            x = torch.where(bend > 0, x, right)  # concave from the start: straight down
        if not bool(active.any()):
            break
        length = torch.where(active, square / bend, 0.0)
        x, remainder = x + length * way, remainder - length * bent
        new = (remainder * remainder).sum(-1, keepdim=True)
        way = torch.where(active, remainder + new / square * way, torch.zeros_like(way))
        square = torch.where(active, new, torch.zeros_like(new))
    return x


def _per_run(eta: Rate, like: Tensor) -> Tensor:
    """eta without its last axis: it multiplies one number a run."""
    rate = torch.as_tensor(eta, dtype=like.dtype)
    return rate[..., 0] if rate.ndim else rate
