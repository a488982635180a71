"""The lecture's optimisers, each written from its formula, behind one interface.

    w, Objective (J of the samples of this step) -> Optimizer.step -> the next w

Weights are one flat vector per run, `w` [..., p]; the leading axes hold independent runs, so that a sweep
over learning rates and seeds is one tensor. `learning_rate` is a number, or a tensor that broadcasts
against `w` (shape [..., 1]). An optimiser keeps its state between steps: make a new one for each path.

Batch, mini-batch and stochastic gradient descent are one update, `GradientDescent`; they differ only in
how many samples stand behind `Objective.gradient`.
"""

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from training.lecture import proximal

Rate = float | Tensor


class Objective(ABC):
    """What is minimised: J(w) of the samples at hand."""

    @abstractmethod
    def value(self, w: Tensor) -> Tensor:
        """J of each run: [..., p] -> [...]."""

    def gradient(self, w: Tensor) -> Tensor:
        """The gradient of J, [..., p] -> [..., p]."""
        with torch.enable_grad():
            point = w.detach().requires_grad_()
            return torch.autograd.grad(self.value(point).sum(), point)[0]

    def proximal(self, w: Tensor, eta: Rate) -> Tensor:
        """The `u` with `u = w - eta * gradient(u)`; here by inner iterations, exact where a class knows how."""
        return proximal.inner_iterations(self.value, w, eta)


class Optimizer(ABC):
    """One way down. `step` gives the next weights and changes nothing but the optimiser's own state."""

    def __init__(self, learning_rate: Rate) -> None:
        if not bool((torch.as_tensor(learning_rate) > 0).all()):
            raise ValueError("the learning rate is not above zero")
        self.learning_rate = learning_rate

    @abstractmethod
    def step(self, w: Tensor, objective: Objective) -> Tensor:
        """The weights after `w`, of the same shape and dtype."""


class GradientDescent(Optimizer):
    """`dw = -eta grad J(w)`: batch, mini-batch or stochastic, by the samples behind `objective`."""

    def step(self, w: Tensor, objective: Objective) -> Tensor:
        return w - self.learning_rate * objective.gradient(w)


class Momentum(Optimizer):
    """`dw_t = alpha dw_(t-1) - eta grad J(w)`.

    torch keeps `b_t = alpha b_(t-1) + grad J` and moves by `-eta b_t`: the same path while eta is constant
    (`dw = -eta b`); after a change of eta the lecture's form goes on with the old, torch's with the new.
    """

    def __init__(self, learning_rate: Rate, alpha: float = 0.9) -> None:
        super().__init__(learning_rate)
        self.alpha = alpha
        self._move: Tensor | None = None

    def step(self, w: Tensor, objective: Objective) -> Tensor:
        move = -self.learning_rate * objective.gradient(w)
        if self._move is not None:
            move = move + self.alpha * self._move
        self._move = move
        return w + move


class AdaGrad(Optimizer):
    """`w_j = w_j - eta / sqrt(G_jj) g_j`, `G_jj` the sum of `g_j^2` over the steps so far.

    The slide has no `eps`; without it a weight that never had a gradient (a pixel that is always black)
    would be 0 / 0.
    """

    def __init__(self, learning_rate: Rate, eps: float = 1e-10) -> None:
        super().__init__(learning_rate)
        self.eps = eps
        self._sum: Tensor | None = None

    def step(self, w: Tensor, objective: Objective) -> Tensor:
        g = objective.gradient(w)
        self._sum = g * g if self._sum is None else self._sum + g * g
        return w - self.learning_rate * g / (self._sum.sqrt() + self.eps)


class RMSProp(Optimizer):
    """`s = beta s + (1 - beta) g^2`, `s_hat = s / (1 - beta^(t+1))`, `w = w - eta g / (sqrt(s_hat) + eps)`.

    With the lecture's bias correction, which torch's RMSprop has not: there the first steps are
    `1 / sqrt(1 - beta)` times as long.
    """

    def __init__(self, learning_rate: Rate, beta: float = 0.9, eps: float = 1e-8) -> None:
        super().__init__(learning_rate)
        self.beta, self.eps = beta, eps
        self._mean: Tensor | None = None
        self._steps = 0

    def step(self, w: Tensor, objective: Objective) -> Tensor:
        g = objective.gradient(w)
        mean = (1 - self.beta) * g * g
        self._mean = mean if self._mean is None else mean + self.beta * self._mean
        self._steps += 1
        corrected = self._mean / (1 - self.beta**self._steps)
        return w - self.learning_rate * g / (corrected.sqrt() + self.eps)


class Adam(Optimizer):
    """`v = beta1 v + (1 - beta1) g`, `s = beta2 s + (1 - beta2) g^2`, `w = w - eta v_hat / (sqrt(s_hat) + eps)`.

    `v_hat = v / (1 - beta1^(t+1))`, `s_hat = s / (1 - beta2^(t+1))`. The slide computes both and then prints
    `s` without its hat in the denominator, a misprint: the paper (Kingma and Ba, 2015) divides by
    `sqrt(s_hat)`, and so does this class.
    """

    def __init__(self, learning_rate: Rate, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8) -> None:
        super().__init__(learning_rate)
        self.beta1, self.beta2, self.eps = beta1, beta2, eps
        self._first: Tensor | None = None
        self._second: Tensor | None = None
        self._steps = 0

    def step(self, w: Tensor, objective: Objective) -> Tensor:
        g = objective.gradient(w)
        first, second = (1 - self.beta1) * g, (1 - self.beta2) * g * g
        self._first = first if self._first is None else first + self.beta1 * self._first
        self._second = second if self._second is None else second + self.beta2 * self._second
        self._steps += 1
        v_hat = self._first / (1 - self.beta1**self._steps)
        s_hat = self._second / (1 - self.beta2**self._steps)
        return w - self.learning_rate * v_hat / (s_hat.sqrt() + self.eps)


class ImplicitSGD(Optimizer):
    """`w_new = w_old - eta grad J(w_new)`: the gradient is taken where the step lands.

    That `w_new` is a minimum of `|w - w_old|^2 / (2 eta) + J(w)`, so a step never raises J of its own
    samples, however large eta is. How it is found is the objective's affair (`Objective.proximal`).
    """

    def step(self, w: Tensor, objective: Objective) -> Tensor:
        return objective.proximal(w, self.learning_rate)
