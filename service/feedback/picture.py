"""What is kept of a reported picture: its pixels as the recipes look at them, and nothing else of the file.

    file bytes -> decoded, smaller where it is large -> turned and cut as the caller decided -> PNG, thumbnail

No name, no place, no time, no camera: all that stands beside the pixels of a file is left behind. A recipe for drawn
digits or clothes answers the kept picture exactly as it did the file. One for photographs takes all pixels of a file,
so it may answer a larger one a little differently.
"""

from dataclasses import dataclass

import numpy as np

from service.imaging.codec.files import ImageLimits, decode, encode_png, probe
from service.imaging.pixels import Picture
from service.imaging.preprocessing.explain import Overrides, cut, turn, working_side
from service.imaging.preprocessing.recipes import WORKING_SIDE
from service.inference.package.failure_pictures import thumbnail

_PHOTOGRAPH_SIDE = 512  # for recipes that take a photograph whole: its longest side is that, and at most twice that
_LEAST_S, _BYTES_PER_S = 0.002, 2e7  # of a small picture, and of the bytes of a photograph


@dataclass(frozen=True, slots=True)
class Kept:
    """A PNG, and the smaller copy that the gallery shows: PNG or JPEG."""

    picture: bytes
    small: bytes


def expected_s(data: bytes) -> float:
    """About how long `keep` takes."""
    return _LEAST_S + len(data) / _BYTES_PER_S


def keep(data: bytes, limits: ImageLimits, overrides: Overrides, is_photograph: bool) -> Kept:
    """What is kept of a picture file. Raises what `decode` raises, and InvalidInput for a box outside the picture."""
    header = probe(data, limits)
    width, height = header.upright
    if overrides.rotate % 180:
        width, height = height, width
    side = working_side(_PHOTOGRAPH_SIDE if is_photograph else WORKING_SIDE, width, height, overrides.box)
    picture = turn(decode(data, limits, working_side=side, header=header), overrides.rotate)
    if overrides.box is not None:
        picture = cut(picture, overrides.box)
    pixels = np.ascontiguousarray(picture.pixels)
    rows, columns = pixels.shape[:2]
    _, small = thumbnail(Picture(pixels, columns, rows, "PNG", False))
    return Kept(encode_png(pixels), small)
