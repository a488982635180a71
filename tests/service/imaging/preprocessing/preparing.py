"""Pictures through a recipe, from pixels and from files."""

import numpy as np

from service.imaging.codec.files import ImageLimits, decode
from service.imaging.pixels import Picture
from service.imaging.preprocessing.recipes import WORKING_SIDE, Prepared, prepare
from service.imaging.preprocessing.spec import PreprocessSpec

DIGIT, GARMENT, RESIZE = (PreprocessSpec(recipe=recipe) for recipe in ("digit", "garment", "resize"))


def picture(pixels: np.ndarray) -> Picture:
    pixels = np.clip(pixels, 0, 255).astype(np.uint8)
    return Picture(pixels, pixels.shape[1], pixels.shape[0], "PNG", False)


def from_file(data: bytes, spec: PreprocessSpec = DIGIT) -> Prepared:
    return prepare(decode(data, ImageLimits(), working_side=WORKING_SIDE), spec)


def centre_of_mass(pixels: np.ndarray) -> tuple[float, float]:
    weights = pixels.astype(float)
    places = np.arange(28)
    return float(weights.sum(0) @ places / weights.sum()), float(weights.sum(1) @ places / weights.sum())
