"""The methods that the study compares: name, formula, samples a step, and how to make the optimiser."""

from collections.abc import Callable
from dataclasses import dataclass

from training.lecture.optimizers import (
    AdaGrad,
    Adam,
    GradientDescent,
    ImplicitSGD,
    Momentum,
    Optimizer,
    Rate,
    RMSProp,
)


@dataclass(frozen=True)
class Method:
    """`batch` is the samples a step: a number, or None for all. `noisy`: on a surface, the gradient has noise."""

    name: str
    title: str
    formula: str
    make: Callable[[Rate], Optimizer]
    batch: int | None
    on_surfaces: bool = True
    noisy: bool = False


METHODS: tuple[Method, ...] = (
    Method("batch", "Gradient descent (batch)", "w ← w − η ∇J(w), J of all samples", GradientDescent, None),
    Method(
        "minibatch",
        "Gradient descent (mini-batch)",
        "w ← w − η ∇J(w), J of 32 samples",
        GradientDescent,
        batch=32,
        on_surfaces=False,
    ),
    Method(
        "stochastic",
        "Stochastic gradient descent",
        "w ← w − η ∇J(w), J of one sample",
        GradientDescent,
        batch=1,
        noisy=True,
    ),
    Method("momentum", "Momentum", "Δw ← α Δw − η ∇J(w), w ← w + Δw, α = 0.9", Momentum, batch=32),
    Method("adagrad", "AdaGrad", "G ← G + g², w ← w − η g / √G", AdaGrad, batch=32),
    Method(
        "rmsprop",
        "RMSProp",
        "s ← β s + (1 − β) g², ŝ = s / (1 − βᵗ), w ← w − η g / (√ŝ + ε), β = 0.9",
        RMSProp,
        batch=32,
    ),
    Method(
        "adam",
        "Adam",
        "v ← β₁ v + (1 − β₁) g, s ← β₂ s + (1 − β₂) g², w ← w − η v̂ / (√ŝ + ε), β₁ = 0.9, β₂ = 0.999",
        Adam,
        batch=32,
    ),
    Method("implicit", "Implicit SGD", "w′ = w − η ∇J(w′), J of one sample", ImplicitSGD, batch=1),
)
