"""A decoded picture to the tensor that a model was trained on, by the recipe in its package."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.imaging.codec import Picture

Recipe = Literal["digit", "garment", "resize"]
Polarity = Literal["light_on_dark", "dark_on_light"]


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
    polarity: Polarity = "light_on_dark"  # of the training pictures
    box: int = 20  # digit: longest side of the object in pixels, its centre of mass in the middle
    min_contrast: float = 0.1  # 0..1: ink that stands out less from its ground is no ink


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture as the model sees it.

    `pixels` is uint8 [height, width] of the spec. `polarity` is what was found, None where nothing was asked.
    `box` is (x, y, w, h) of the object in the upright picture's own pixels. `reason` says why there is none.
    """

    pixels: NDArray[np.uint8]
    polarity: Polarity | None = None
    box: tuple[int, int, int, int] | None = None
    reason: Literal["empty", "no_object"] | None = None


def prepare(picture: Picture, spec: PreprocessSpec, mode: Literal["auto", "none"] = "auto") -> Prepared:
    """The picture by its model's recipe (`auto`), or only grey and resized (`none`)."""
    grey = to_grey(picture.pixels)
    image = Image.fromarray(grey)
    if image.size != (spec.width, spec.height):
        image = image.resize((spec.width, spec.height), Image.Resampling.BOX)
    pixels = np.asarray(image)
    if mode == "none":
        return Prepared(pixels)
    light = np.count_nonzero(pixels >= 224) > np.count_nonzero(pixels < 32)
    polarity: Polarity = "dark_on_light" if light else "light_on_dark"
    return Prepared(pixels if polarity == spec.polarity else 255 - pixels, polarity)


def to_grey(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey [H, W] of a picture's pixels, transparent ones laid on the ground that shows the ink."""
    if pixels.ndim == 2:
        return pixels
    if pixels.shape[2] in (2, 4):
        ink = Image.fromarray(pixels).convert("LA")
        grey, alpha = (np.asarray(band, dtype=np.float32) for band in ink.split())
        weight = alpha / 255
        total = float(weight.sum())
        ground = 255.0 if total == 0 or float((grey * weight).sum()) / total < 160 else 0.0
        return np.rint(grey * weight + ground * (1 - weight)).astype(np.uint8)
    return np.asarray(Image.fromarray(pixels).convert("L"))


def to_tensor(pixels: NDArray[np.uint8], spec: PreprocessSpec) -> NDArray[np.float32]:
    """uint8 [n, H, W] to float32 [n, C, H, W]: (pixels / divisor - mean) / std, C equal channels."""
    tensor = pixels[:, None].astype(np.float32) / np.float32(spec.divisor)
    if spec.mean:
        tensor -= np.float32(spec.mean)
    if spec.std != 1:
        tensor /= np.float32(spec.std)
    return tensor if spec.channels == 1 else tensor.repeat(spec.channels, axis=1)
