"""A decoded picture to the tensor that a model was trained on, by the recipe in its package.

Picture -> flat -> (its size already: as it is) or recipe: digit, garment, resize -> Prepared
uint8 [n, H, W] -> float32 [n, C, H, W]
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from service.imaging.codec import Picture
from service.imaging.digit import render_digit
from service.imaging.garment import find_garment, render_garment
from service.imaging.ground import Polarity, rim_polarity, survey
from service.imaging.objects import Reason, find_object
from service.imaging.page import only_page
from service.imaging.pixels import Box, Pixels, flatten, resize, to_grey

Recipe = Literal["digit", "garment", "resize"]
# Mean grey over which a transparent picture counts as light ink, so that it is laid on black. Garments were
# photographed on white: all but the whitest belong there.
_LIGHT_INK: dict[Recipe, int] = {"digit": 160, "garment": 240, "resize": 160}

WORKING_SIDE = 256  # pixels: the longest side that a recipe needs of a larger picture


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

    pixels: Pixels
    polarity: Polarity | None = None
    box: tuple[int, int, int, int] | None = None
    reason: Reason | None = None


def prepare(picture: Picture, spec: PreprocessSpec, mode: Literal["auto", "none"] = "auto") -> Prepared:
    """The picture by its model's recipe (`auto`), or only grey and resized (`none`).

    A picture that has the model's size already is taken as it is, but for its polarity: it may well be one of
    the training set's own.
    """
    pixels = flatten(picture.pixels, _LIGHT_INK[spec.recipe])
    if mode == "none":
        return Prepared(_resized(pixels, spec))
    if spec.recipe == "resize" or (picture.width, picture.height) == (spec.width, spec.height):
        grey = _resized(pixels, spec)
        polarity = rim_polarity(grey) or spec.polarity
        return Prepared(_turned(grey, polarity, spec), polarity)
    if spec.recipe == "garment":
        return _garment(picture, pixels, spec)
    return _digit(picture, pixels, spec)


def _digit(picture: Picture, pixels: Pixels, spec: PreprocessSpec) -> Prepared:
    page = only_page(pixels)
    pixels = pixels if page is None else page
    seen = survey(pixels)
    found = find_object(seen, spec.min_contrast)
    if isinstance(found, str):
        return _objectless(pixels, seen.polarity, found, spec)
    side = min(spec.box, spec.width, spec.height)
    ink = render_digit(pixels, seen, found, spec.width, spec.height, side)
    if ink is None:
        return _objectless(pixels, seen.polarity, "no_object", spec)
    where = _original(found.box, seen.factor, picture)
    return Prepared(_turned(ink, "light_on_dark", spec), seen.polarity, where)


def _garment(picture: Picture, pixels: Pixels, spec: PreprocessSpec) -> Prepared:
    found = find_garment(pixels, spec.min_contrast)
    if isinstance(found, str):
        return _objectless(pixels, rim_polarity(to_grey(pixels)) or spec.polarity, found, spec)
    ink = render_garment(pixels, found, spec.width, spec.height)
    where = _original(found.box, found.factor, picture)
    return Prepared(_turned(ink, "light_on_dark", spec), found.polarity, where)


def _objectless(pixels: Pixels, polarity: Polarity, reason: Reason, spec: PreprocessSpec) -> Prepared:
    """The whole picture: the model's guess is asked for all the same."""
    return Prepared(_turned(_resized(pixels, spec), polarity, spec), polarity, None, reason)


def _resized(pixels: Pixels, spec: PreprocessSpec) -> Pixels:
    grey, size = to_grey(pixels), (spec.width, spec.height)
    return grey if grey.shape == size[::-1] else resize(grey, size)


def _turned(grey: Pixels, polarity: Polarity, spec: PreprocessSpec) -> Pixels:
    return grey if polarity == spec.polarity else 255 - grey


def _original(box: Box, factor: int, picture: Picture) -> tuple[int, int, int, int]:
    """A box of the survey as x, y, w, h in the upright picture's own pixels."""
    zoom = factor * picture.width / picture.pixels.shape[1]
    left, top, right, bottom = (round(side * zoom) for side in box)
    return left, top, min(right, picture.width) - left, min(bottom, picture.height) - top


def to_tensor(pixels: Pixels, spec: PreprocessSpec) -> NDArray[np.float32]:
    """uint8 [n, H, W] to float32 [n, C, H, W]: (pixels / divisor - mean) / std, C equal channels."""
    tensor = pixels[:, None].astype(np.float32) / np.float32(spec.divisor)
    if spec.mean:
        tensor -= np.float32(spec.mean)
    if spec.std != 1:
        tensor /= np.float32(spec.std)
    return tensor if spec.channels == 1 else tensor.repeat(spec.channels, axis=1)
