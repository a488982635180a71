"""A decoded picture to the tensor that a model was trained on, by the recipe in its package."""

from dataclasses import dataclass
from typing import Literal

Recipe = Literal["digit", "garment", "resize"]


@dataclass(frozen=True, slots=True)
class PreprocessSpec:
    """How a model wants its pictures. Stands in `model.json`, so that it travels with the weights.

    `tensor = (pixels / divisor - mean) / std`, float32, shape [channels, height, width].
    """

    recipe: Recipe = "resize"
    width: int = 28
    height: int = 28
    channels: int = 1
    divisor: float = 255.0
    mean: float = 0.0
    std: float = 1.0
    polarity: Literal["light_on_dark", "dark_on_light"] = "light_on_dark"  # of the training pictures
    box: int = 20  # digit: longest side of the object in pixels, its centre of mass in the middle
    min_contrast: float = 0.1  # 0..1: ink that stands out less from its ground is no ink
