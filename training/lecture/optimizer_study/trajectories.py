"""Paths of every method over every surface and learning rate, as JSON values.

surface + method -> all learning rates side by side -> points until the path ends or leaves -> rounded
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from training.lecture.optimizer_study.methods import METHODS, Method
from training.lecture.optimizer_study.rounding import all_rounded
from training.lecture.optimizers import Objective
from training.lecture.surfaces import BOUND, SURFACES, Surface


class _NoisyGradient(Objective):
    """A surface whose gradient has `noise` on top, as a gradient from one sample would."""

    def __init__(self, surface: Surface, noise: Tensor) -> None:
        self.surface, self.noise = surface, noise

    def value(self, w: Tensor) -> Tensor:
        return self.surface.value(w)

    def gradient(self, w: Tensor) -> Tensor:
        return self.surface.gradient(w) + self.noise


def trajectories(learning_rates: Sequence[float], steps: int, seed: int) -> list[dict[str, Any]]:
    """An entry per surface: what to draw of it, and a path per method and learning rate.

    A path has `points` [k, 2] and `heights` [k], the start first. `diverged_at` is the step whose point is not
    finite or further than `bound` half-diagonals from the frame's centre; the path ends there, with that point
    if it is finite. Else it is None and the path has `steps + 1` points.
    """
    return [
        {
            **_description(surface),
            "steps": steps,
            "learning_rates": list(learning_rates),
            "paths": [
                path
                for method in METHODS
                if method.on_surfaces
                for path in _paths(surface, method, learning_rates, steps, seed)
            ],
        }
        for surface in SURFACES
    ]


def _description(surface: Surface) -> dict[str, Any]:
    x, y, heights = surface.grid()
    return {
        "name": surface.name,
        "title": surface.title,
        "formula": surface.formula,
        "frame": {"x": list(surface.frame[0]), "y": list(surface.frame[1])},
        "bound": BOUND,
        "start": list(surface.start),
        "minima": [list(point) for point in surface.minima],
        "noise": surface.noise,
        "grid": {
            "x": all_rounded(x.tolist()),
            "y": all_rounded(y.tolist()),
            "heights": [all_rounded(row) for row in heights.tolist()],
            "levels": list(surface.levels),
        },
    }


def _paths(
    surface: Surface, method: Method, learning_rates: Sequence[float], steps: int, seed: int
) -> list[dict[str, Any]]:
    rates = torch.tensor(learning_rates, dtype=torch.float64)[:, None]
    generator = torch.Generator().manual_seed(seed)
    noise = surface.noise * torch.randn(steps, 2, generator=generator, dtype=torch.float64)
    optimizer = method.make(rates)
    w = torch.tensor(surface.start, dtype=torch.float64).expand(len(learning_rates), 2)
    visited = [w]
    for step in range(steps):
        objective = _NoisyGradient(surface, noise[step]) if method.noisy else surface
        w = optimizer.step(w, objective)
        visited.append(w)
    points = torch.stack(visited, dim=1)
    return [
        {"method": method.name, "learning_rate": rate, **_until_diverged(surface, path)}
        for rate, path in zip(learning_rates, points, strict=True)
    ]


def _until_diverged(surface: Surface, path: Tensor) -> dict[str, Any]:
    outside = surface.left(path)
    diverged_at = int(outside.int().argmax()) if bool(outside.any()) else None
    if diverged_at is not None:
        path = path[: diverged_at + 1]
    heights = surface.value(path)
    finite = torch.isfinite(path).all(-1) & torch.isfinite(heights)
    return {
        "diverged_at": diverged_at,
        "points": [all_rounded(point) for point in path[finite].tolist()],
        "heights": all_rounded(heights[finite].tolist()),
    }
