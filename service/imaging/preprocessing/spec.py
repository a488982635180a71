"""How a model wants its pictures, as its package says it, and the last step there: pixels to numbers.

model.json -> PreprocessSpec
uint8 [n, H, W] -> float32 [n, C, H, W]
"""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field, ValidationInfo

from service.imaging.pixels import Pixels
from service.imaging.preprocessing.background import Polarity

Recipe = Literal["digit", "garment", "garment_photo", "resize"]


def _within_sides(box: int, info: ValidationInfo) -> int:
    """Raises ValueError where the longest side of a digit would not fit into the picture."""
    known = info.data
    if known.get("recipe") == "digit" and box > min(known.get("width", box), known.get("height", box)):
        raise ValueError("a digit cannot be longer than the picture's shorter side")
    return box


_Side = Annotated[int, Field(ge=1, le=4096)]
_Factor = Annotated[float, Field(ge=1e-6, le=1e6)]  # of a float32, so that nothing is divided by 0 or beyond


@dataclass(frozen=True, slots=True)
class PreprocessSpec:
    """How a model wants its pictures. Stands in `model.json`, so that it travels with the weights.

    `tensor = (pixels / divisor - mean) / std`, float32, shape [channels, height, width]. Sides are in pixels. pydantic
    holds a document against the bounds; who makes a spec in Python answers for them.
    """

    recipe: Recipe = "resize"
    width: _Side = 28
    height: _Side = 28
    channels: Annotated[int, Field(ge=1, le=64)] = 1
    divisor: _Factor = 255.0
    mean: Annotated[float, Field(ge=-1e6, le=1e6)] = 0.0
    std: _Factor = 1.0
    polarity: Polarity = "light_on_dark"  # of the training pictures
    box: Annotated[_Side, AfterValidator(_within_sides)] = 20  # digit: of the object, its centre of mass in the middle
    min_contrast: Annotated[float, Field(ge=0, le=1)] = 0.1  # ink that stands out less from its background is no ink


def to_tensor(pixels: Pixels, spec: PreprocessSpec) -> NDArray[np.float32]:
    """uint8 [n, H, W] to float32 [n, C, H, W]: (pixels / divisor - mean) / std, C equal channels."""
    tensor = pixels[:, None].astype(np.float32) / np.float32(spec.divisor)
    if spec.mean:
        tensor -= np.float32(spec.mean)
    if spec.std != 1:
        tensor /= np.float32(spec.std)
    return tensor if spec.channels == 1 else tensor.repeat(spec.channels, axis=1)
