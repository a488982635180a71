"""Three surfaces to walk down, J(x, y): a ravine, a saddle, Beale's function.

Surface.value, .gradient, .proximal  for the optimisers, weights [..., 2] float64
Surface.grid                         heights and levels for a contour picture
"""

from abc import abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from training.lecture import proximal
from training.lecture.optimizers import Objective, Rate

Point = tuple[float, float]
BOUND = 10.0  # a path has diverged when it is further than this many half-diagonals from the frame's centre


@dataclass(frozen=True)
class Surface(Objective):
    """A height over the plane, what to draw of it and where to start.

    `frame` is ((left, right), (bottom, top)); `minima` its lowest points; `noise` the standard deviation of
    what the stochastic method's gradient has on top, in the gradient's unit; `levels` contour heights.
    """

    name: str
    title: str
    formula: str
    frame: tuple[Point, Point]
    start: Point
    minima: tuple[Point, ...]
    noise: float
    levels: tuple[float, ...]

    @abstractmethod
    def gradient(self, w: Tensor) -> Tensor:
        """[..., 2] -> [..., 2]."""

    def grid(self, size: int = 61) -> tuple[Tensor, Tensor, Tensor]:
        """x [size], y [size] and heights [size, size], a row for each y, over the frame."""
        x, y = (torch.linspace(low, high, size, dtype=torch.float64) for low, high in self.frame)
        return x, y, self.value(torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1))

    def left(self, w: Tensor) -> Tensor:
        """Whether a point is not finite or out of bounds, [..., 2] -> [...] bool."""
        low, high = torch.tensor(self.frame, dtype=w.dtype).unbind(1)
        distance = (w - (low + high) / 2).norm(dim=-1)
        return ~(distance <= BOUND * (high - low).norm() / 2)


class Ravine(Surface):
    """An ill-conditioned quadratic: `x^2 / 8 + 9 y^2 / 2`, curvatures 1/4 and 9."""

    CURVATURES = (0.25, 9.0)

    def value(self, w: Tensor) -> Tensor:
        return (w * self.gradient(w)).sum(-1) / 2

    def gradient(self, w: Tensor) -> Tensor:
        return w * torch.tensor(self.CURVATURES, dtype=w.dtype)

    def proximal(self, w: Tensor, eta: Rate) -> Tensor:
        matrix = torch.diag(torch.tensor(self.CURVATURES, dtype=w.dtype))
        return proximal.quadratic(w, eta, matrix, torch.zeros(2, dtype=w.dtype))


class Saddle(Surface):
    """`x^2 / 2 - y^2 / 2 + y^4 / 4 + 1 / 4`: a saddle at the origin between two hollows.

    The quartic term gives it a floor: without one there is no lowest point to measure from, and no implicit
    step above a learning rate of one.
    """

    def value(self, w: Tensor) -> Tensor:
        x, y = w.unbind(-1)
        return x**2 / 2 + (y**2 - 1) ** 2 / 4

    def gradient(self, w: Tensor) -> Tensor:
        x, y = w.unbind(-1)
        return torch.stack((x, y**3 - y), dim=-1)


class Beale(Surface):
    """`sum_i (c_i - x + x y^i)^2`, c = 1.5, 2.25, 2.625: a bent valley between steep walls."""

    CONSTANTS = (1.5, 2.25, 2.625)

    def value(self, w: Tensor) -> Tensor:
        x, y = w.unbind(-1)
        total = torch.zeros_like(x)
        for power, constant in enumerate(self.CONSTANTS, start=1):
            total = total + (constant - x + x * y**power) ** 2
        return total

    def gradient(self, w: Tensor) -> Tensor:
        x, y = w.unbind(-1)
        by_x, by_y = torch.zeros_like(x), torch.zeros_like(x)
        for power, constant in enumerate(self.CONSTANTS, start=1):
            rest = constant - x + x * y**power
            by_x = by_x + 2 * rest * (y**power - 1)
            by_y = by_y + 2 * rest * x * power * y ** (power - 1)
        return torch.stack((by_x, by_y), dim=-1)


SURFACES: tuple[Surface, ...] = (
    Ravine(
        name="ravine",
        title="Ravine",
        formula="J = x²/8 + 9y²/2",
        frame=((-5.0, 5.0), (-2.0, 2.0)),
        start=(-4.0, 1.4),
        minima=((0.0, 0.0),),
        noise=1.0,
        levels=(0.02, 0.1, 0.3, 0.7, 1.3, 2.2, 3.5, 5.5, 8.0, 11.0, 15.0, 19.0),
    ),
    Saddle(
        name="saddle",
        title="Saddle",
        formula="J = x²/2 + (y² − 1)²/4",
        frame=((-2.0, 2.0), (-1.8, 1.8)),
        start=(-1.6, 0.01),
        minima=((0.0, 1.0), (0.0, -1.0)),
        noise=0.2,
        levels=(0.01, 0.05, 0.12, 0.2, 0.25, 0.35, 0.5, 0.75, 1.1, 1.6, 2.2, 3.0),
    ),
    Beale(
        name="beale",
        title="Beale",
        formula="J = (1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²",
        frame=((-1.0, 4.5), (-2.0, 2.0)),
        start=(1.0, 1.5),
        minima=((3.0, 0.5),),
        noise=1.0,
        levels=(0.05, 0.2, 0.6, 1.5, 3.5, 7.0, 14.0, 30.0, 80.0, 250.0, 800.0),
    ),
)
