"""The lecture's optimisers against torch.optim, and implicit steps against independent solutions."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from training.lecture import proximal
from training.lecture.optimizer_study.losses import LogLoss, Loss, SigmoidSquaredLoss, SquaredLoss
from training.lecture.optimizer_study.objectives import Neuron, Samples, Shallow
from training.lecture.optimizers import (
    AdaGrad,
    Adam,
    GradientDescent,
    ImplicitSGD,
    Momentum,
    Objective,
    Optimizer,
    RMSProp,
)
from training.lecture.surfaces import SURFACES, Surface

RATES = torch.tensor([1e-3, 0.01, 0.1, 0.3, 1.0, 10.0], dtype=torch.float64)[:, None]
LOSSES: tuple[Loss, ...] = (SquaredLoss(), LogLoss(), SigmoidSquaredLoss())
BEALE = SURFACES[2]
TorchMaker = Callable[[list[Tensor]], torch.optim.Optimizer]


class Bowl(Objective):
    """`u'Au / 2 - b'u` with A full, by autograd alone."""

    def __init__(self) -> None:
        root = torch.randn(4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
        self.matrix = root @ root.T
        self.vector = torch.tensor([1.0, -2.0, 0.5, 0.0], dtype=torch.float64)

    def value(self, w: Tensor) -> Tensor:
        return (w * (w @ self.matrix)).sum(-1) / 2 - w @ self.vector


def descend(optimizer: Optimizer, objective: Objective, start: Tensor, steps: int) -> Tensor:
    w, visited = start, []
    for _ in range(steps):
        w = optimizer.step(w, objective)
        visited.append(w)
    return torch.stack(visited)


def descend_torch(make: TorchMaker, objective: Objective, start: Tensor, steps: int) -> Tensor:
    w = start.clone().requires_grad_()
    optimizer, visited = make([w]), []
    for _ in range(steps):
        optimizer.zero_grad()
        objective.value(w).sum().backward()
        optimizer.step()
        visited.append(w.detach().clone())
    return torch.stack(visited)


def newton(objective: Objective, w: Tensor, eta: float) -> Tensor:
    """The minimum of `|u - w|^2 / 2 + eta J(u)` by dense Newton with halving, written anew; `w` [p]."""

    def height(u: Tensor) -> Tensor:
        return (u - w).square().sum() / 2 + eta * objective.value(u[None]).sum()

    u = w.clone()
    for _ in range(200):
        point = u.clone().requires_grad_()
        slope = torch.autograd.grad(height(point), point)[0]
        if slope.norm() < 1e-12:
            break
        values, axes = torch.linalg.eigh(torch.autograd.functional.hessian(height, u))
        move = -axes @ ((axes.T @ slope) / values.abs().clamp(min=1e-6))
        while height(u + move) > height(u) and move.norm() > 1e-15:
            move = move / 2
        u = u + move
    return u


def samples(count: int, loss: Loss, hidden: int = 0, pixels: int = 6, dtype: torch.dtype = torch.float64) -> Samples:
    generator = torch.Generator().manual_seed(count + hidden)
    x = torch.cat((torch.rand(count, pixels, generator=generator) * 3, torch.ones(count, 1)), dim=1).to(dtype)
    y = (torch.rand(count, generator=generator) < 0.5).to(dtype)
    return Shallow(x, y, loss, hidden) if hidden else Neuron(x, y, loss)


def weights(objective: Samples, runs: int) -> Tensor:
    inputs = objective.x.shape[-1]
    hidden = objective.hidden if isinstance(objective, Shallow) else 0
    size = hidden * inputs + hidden + 1 if hidden else inputs
    return torch.randn(runs, size, generator=torch.Generator().manual_seed(7), dtype=objective.x.dtype)


def residual(objective: Objective, w: Tensor, u: Tensor, eta: Tensor) -> float:
    """How far `u` is from `w - eta grad J(u)`, by autograd, against the explicit step."""
    point = u.clone().requires_grad_()
    slope = torch.autograd.grad(objective.value(point).sum(), point)[0]
    start = w.clone().requires_grad_()
    explicit = eta * torch.autograd.grad(objective.value(start).sum(), start)[0]
    return ((u - w + eta * slope).norm(dim=-1) / (1e-9 + explicit.norm(dim=-1))).max().item()


@pytest.mark.parametrize(
    ("make", "reference"),
    [
        (lambda: GradientDescent(0.003), lambda w: torch.optim.SGD(w, lr=0.003)),
        (lambda: Momentum(0.001, 0.8), lambda w: torch.optim.SGD(w, lr=0.001, momentum=0.8)),
        (lambda: AdaGrad(0.3), lambda w: torch.optim.Adagrad(w, lr=0.3, eps=1e-10)),
        (lambda: Adam(0.1), lambda w: torch.optim.Adam(w, lr=0.1)),
        (lambda: Adam(0.1, 0.7, 0.9, 1e-3), lambda w: torch.optim.Adam(w, lr=0.1, betas=(0.7, 0.9), eps=1e-3)),
        # torch's RMSprop corrects no bias; Adam without its first moment is the same formula as ours.
        (lambda: RMSProp(0.05), lambda w: torch.optim.Adam(w, lr=0.05, betas=(0.0, 0.9))),
    ],
    ids=["gradient descent", "momentum", "adagrad", "adam", "adam with other constants", "rmsprop"],
)
def test_each_step_is_that_of_torch(make: Callable[[], Optimizer], reference: TorchMaker) -> None:
    start = torch.tensor(BEALE.start, dtype=torch.float64)
    ours = descend(make(), BEALE, start, 80)
    torch.testing.assert_close(ours, descend_torch(reference, BEALE, start, 80), rtol=1e-10, atol=1e-12)
    assert (ours[-1] - start).norm() > 0.1


def test_rmsprop_begins_without_torchs_long_first_step() -> None:
    start = torch.tensor(BEALE.start, dtype=torch.float64)
    ours = descend(RMSProp(0.01), BEALE, start, 1)[0] - start
    torchs = descend_torch(lambda w: torch.optim.RMSprop(w, lr=0.01, alpha=0.9), BEALE, start, 1)[0] - start
    torch.testing.assert_close(torchs / ours, torch.full((2,), 10**0.5, dtype=torch.float64), rtol=1e-6, atol=0)


def test_momentum_keeps_the_old_rate_in_its_memory_and_torch_does_not() -> None:
    ravine = SURFACES[0]
    start = torch.tensor(ravine.start, dtype=torch.float64)
    ours = Momentum(0.01, 0.9)
    w = ours.step(start, ravine)
    ours.learning_rate = 0.001
    expected = w + 0.9 * (w - start) - 0.001 * ravine.gradient(w)
    torch.testing.assert_close(ours.step(w, ravine), expected, rtol=1e-12, atol=0)
    torchs = w - 0.001 * (0.9 * ravine.gradient(start) + ravine.gradient(w))
    assert (expected - torchs).norm() > 0.01


def test_a_weight_without_gradient_stays_where_it_is() -> None:
    objective = Neuron(torch.tensor([[0.0, 1.0]]), torch.tensor([1.0]), LogLoss())
    for make in (GradientDescent, Momentum, AdaGrad, RMSProp, Adam, ImplicitSGD):
        w = descend(make(0.1), objective, torch.tensor([[0.5, 0.0]]), 3)[-1]
        assert w[0, 0] == 0.5
        assert w[0, 1] > 0


@pytest.mark.parametrize("rate", [0.0, -0.1, float("nan"), torch.tensor([[0.1], [-1.0]])])
def test_a_learning_rate_that_is_not_above_zero_is_refused(rate: float | Tensor) -> None:
    with pytest.raises(ValueError, match="learning rate"):
        Adam(rate)


@pytest.mark.parametrize("make", [GradientDescent, Momentum, AdaGrad, RMSProp, Adam, ImplicitSGD])
def test_runs_side_by_side_do_not_know_of_each_other(make: type[Optimizer]) -> None:
    rates = torch.tensor([5e-4, 1e-3, 4e-3], dtype=torch.float64)[:, None]
    start = torch.tensor(BEALE.start, dtype=torch.float64)
    together = descend(make(rates), BEALE, start.expand(3, 2), 20)
    for index, rate in enumerate(rates[:, 0].tolist()):
        alone = descend(make(rate), BEALE, start, 20)
        torch.testing.assert_close(together[:, index], alone, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.name)
def test_surfaces_have_their_gradient_their_minima_and_their_grid(surface: Surface) -> None:
    points = torch.randn(50, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 2
    torch.testing.assert_close(surface.gradient(points), Objective.gradient(surface, points))
    minima = torch.tensor(surface.minima, dtype=torch.float64)
    assert surface.gradient(minima).abs().max() < 1e-12
    assert surface.value(minima).abs().max() < 1e-12
    x, y, heights = surface.grid(31)
    assert heights.min() >= 0
    assert heights[4, 20] == surface.value(torch.stack((x[20], y[4])))
    assert heights.min() < surface.levels[-1] < heights.max() * 1.01
    assert not surface.left(torch.tensor(surface.start, dtype=torch.float64))
    assert surface.left(torch.tensor([[1e3, 0.0], [float("nan"), 0.0]], dtype=torch.float64)).all()


def test_the_closed_form_of_a_quadratic_is_the_minimum_that_newton_finds() -> None:
    bowl = Bowl()
    w = torch.tensor([2.0, -1.0, 3.0, 0.5], dtype=torch.float64)
    for eta in (0.01, 1.0, 100.0):
        exact = proximal.quadratic(w, eta, bowl.matrix, bowl.vector)
        torch.testing.assert_close(exact, newton(bowl, w, eta), rtol=1e-8, atol=1e-8)
        torch.testing.assert_close(exact, bowl.proximal(w, eta), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.name)
def test_an_implicit_path_solves_its_equation_and_never_rises(surface: Surface) -> None:
    w = torch.tensor(surface.start, dtype=torch.float64).expand(len(RATES), 2)
    optimizer = ImplicitSGD(RATES)
    for _ in range(15):
        u = optimizer.step(w, surface)
        assert residual(surface, w, u, RATES) < 1e-5
        assert (surface.value(u) <= surface.value(w) + 1e-12).all()
        w = u
    assert surface.value(w)[-1] < 0.02


def test_an_implicit_step_off_a_ridge_goes_down_not_to_the_saddle() -> None:
    saddle = SURFACES[1]
    w = torch.tensor([0.0, 1e-3], dtype=torch.float64)
    u = saddle.proximal(w, 10.0)
    torch.testing.assert_close(u, newton(saddle, w, 10.0), rtol=1e-6, atol=1e-9)
    assert saddle.value(u) < 0.01


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
@given(z=st.floats(-60, 60), c=st.floats(0, 1e4), y=st.sampled_from([0.0, 1.0]), near=st.floats(-60, 60))
def test_the_root_of_each_loss(loss: Loss, z: float, c: float, y: float, near: float) -> None:
    at, weight, label, first = (torch.tensor([v], dtype=torch.float64) for v in (z, c, y, near))
    u = loss.proximal(at, weight, label, first)
    rest = (u - at + weight * loss.slope(u, label)).item()
    assert abs(rest) < 1e-9 * (1 + abs(z) + c)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_the_slope_of_each_loss_is_its_derivative(loss: Loss) -> None:
    z = torch.linspace(-9, 9, 41, dtype=torch.float64).requires_grad_()
    for label in (0.0, 1.0):
        y = torch.full_like(z, label).detach()
        derivative = torch.autograd.grad(loss.value(z, y).sum(), z)[0]
        torch.testing.assert_close(loss.slope(z.detach(), y), derivative)
    assert loss.decide(torch.tensor([-3.0, 3.0])).tolist() == [False, True]


def bisected(objective: Neuron, w: Tensor, eta: float) -> Tensor:
    """The step of the log-loss neuron for one sample: `w - eta a x`, `a` by 200 bisections in plain Python."""
    x, y = objective.x[0], objective.y.item()
    z, square = float(w @ x), float(x @ x)

    def excess(a: float) -> float:
        return a - (torch.sigmoid(torch.tensor(z - eta * square * a, dtype=torch.float64)).item() - y)

    low, high = -1.0, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) < 0 else (low, middle)
    return w - eta * low * x


def test_the_neurons_step_is_the_one_that_bisection_finds() -> None:
    objective = samples(1, LogLoss())
    assert isinstance(objective, Neuron)
    w = weights(objective, len(RATES))
    u = objective.proximal(w, RATES)
    for run, eta in enumerate(RATES[:, 0].tolist()):
        torch.testing.assert_close(u[run], bisected(objective, w[run], eta), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
@pytest.mark.parametrize(("count", "hidden"), [(1, 0), (5, 0), (1, 4), (5, 4)])
def test_implicit_steps_of_neuron_and_net(loss: Loss, count: int, hidden: int) -> None:
    """One sample or several; closed form, root, reduced unknowns or inner iterations: all solve the equation."""
    objective = samples(count, loss, hidden)
    w = weights(objective, len(RATES))
    u = objective.proximal(w, RATES)
    assert residual(objective, w, u, RATES) < 1e-5
    assert (objective.value(u) <= objective.value(w)).all()
    for run, eta in enumerate(RATES[:3, 0].tolist()):  # where the problem has one minimum
        torch.testing.assert_close(u[run], newton(objective, w[run], eta), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("hidden", [0, 4])
@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_gradients_of_neuron_and_net_are_autograds(loss: Loss, hidden: int) -> None:
    objective = samples(9, loss, hidden)
    w = weights(objective, 3)
    torch.testing.assert_close(objective.gradient(w), Objective.gradient(objective, w))


@pytest.mark.parametrize("hidden", [0, 4])
def test_single_precision_is_enough_for_the_sweep(hidden: int) -> None:
    objective = samples(1, LogLoss(), hidden, pixels=784, dtype=torch.float32)
    w = weights(objective, len(RATES)) / 10
    u = objective.proximal(w, RATES.float())
    assert u.dtype == torch.float32
    assert residual(objective, w, u, RATES.float()) < 1e-2


def test_implicit_sgd_stays_where_gradient_descent_blows_up() -> None:
    objective = samples(1, SquaredLoss())
    w = weights(objective, 1)
    explicit = descend(GradientDescent(1.0), objective, w, 30)[-1]
    implicit = descend(ImplicitSGD(1.0), objective, w, 30)[-1]
    assert objective.value(explicit) > 1e20
    assert objective.value(implicit) < 1e-20
