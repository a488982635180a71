"""The `garment_photo` recipe: a garment photographed by anyone, on any ground, in the form of Fashion-MNIST.

    pixels -> is the rim even, or is it of Fashion-MNIST, enlarged? -> as the `garment` recipe has it
                       else    -> mask by colours (garment_mask) -> its main parts -> trim -> 28 pixels -> negate
                               -> levels from a floor -> middle

On an even ground a plane through the rim tells the garment best (`garment.py`); on a bed or a floor there is none. The
floor keeps cloth of the ground's own grey visible: its outline says most about it.
"""

import numpy as np
from numpy.typing import NDArray

from service.imaging import boxes
from service.imaging.pixels import FloatArray, Mask, Pixels, fit, highest, quantile, resize, rim, shrink, to_grey
from service.imaging.preprocessing.background import SURVEY_SIDE, Polarity
from service.imaging.preprocessing.components import components
from service.imaging.preprocessing.explain import Stage, Stages
from service.imaging.preprocessing.garment import Garment, between, find_garment, find_ground, render_garment
from service.imaging.preprocessing.garment_mask import garment_mask
from service.imaging.preprocessing.native import has_extreme_ground
from service.imaging.preprocessing.objects import Reason

_EVEN = 0.9  # of the rim near its median colour: a studio's ground
_NEAR = 24  # levels of each channel that are near
_ALL_EVEN, _SMOOTH = 0.95, 10  # the same of a plane, which cloth on a bed is near too
_PART = 0.2  # of the largest part's area: smaller ones are other things
_LEAST = 0.01  # of the picture's area: less is no garment
_FLOOR = 50  # of 255: the darkest of what is garment
_RANGE = 64  # levels of grey that are stretched at least: an even cloth's noise stays small


def find_anywhere(pixels: Pixels, min_contrast: float, polarity: Polarity | None = None) -> Garment | Reason:
    """The garment in grey or RGB pixels, uint8; `polarity` where it is known. Where the ground is not even, its
    `background` is NaN."""
    small, factor = shrink(pixels, SURVEY_SIDE)
    if _is_even(small) or _is_enlarged(small):
        return find_garment(pixels, min_contrast, polarity)
    if int(np.ptp(small)) < 255 * min_contrast:
        return "empty"
    mask = _main_parts(garment_mask(pixels))
    mask |= between(mask)  # prints of the ground's colour
    if not mask.any():
        return "no_object"
    whole = resize(mask.astype(np.uint8) * np.uint8(255), (small.shape[1], small.shape[0])) >= 128
    if not whole.any():
        return "no_object"
    rows, columns = np.flatnonzero(whole.any(axis=1)), np.flatnonzero(whole.any(axis=0))
    box = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    return Garment(whole, box, factor, polarity or "dark_on_light", float("nan"))


def render_anywhere(pixels: Pixels, found: Garment, width: int, height: int, steps: Stages | None = None) -> Pixels:
    """The garment, light on dark, as large as uint8 [height, width] holds it."""
    if not np.isnan(found.background):
        return render_garment(pixels, found, width, height, steps)
    size = fit(boxes.width(found.box), boxes.height(found.box), min(width, height))
    small = resize(to_grey(pixels), size, boxes.scaled(found.box, found.factor))
    inside = resize(highest(found.mask.view(np.uint8) * np.uint8(255), 3), size, found.box) >= 128
    grey = 255.0 - small if found.polarity == "dark_on_light" else small.astype(np.float64)
    dark, light = (quantile(grey[inside], share) for share in (0.02, 0.98))
    levels = 255 - (light - grey) * ((255 - _FLOOR) / max(light - dark, _RANGE))
    result = np.zeros((height, width), np.uint8)
    x, y = (width - size[0] + 1) // 2, (height - size[1]) // 2
    result[y : y + size[1], x : x + size[0]] = np.where(inside, np.rint(levels.clip(_FLOOR, 255)), 0)
    if steps is not None:
        steps.append(Stage("trim", small, {"width": size[0], "height": size[1]}))
        steps.append(Stage("input", result, {"negated": found.polarity == "dark_on_light", "shift": [0, 0]}))
    return result


def _is_even(small: Pixels) -> bool:
    """Whether most of the rim is of one colour, or all but all of it of light that falls off."""
    values = np.atleast_3d(small).astype(np.float32)
    edge = rim(values)
    if _share_near(edge, np.median(edge, axis=0), _NEAR) >= _EVEN:
        return True
    return _share_near(edge, find_ground(values).at_rim, _SMOOTH) >= _ALL_EVEN


def _share_near(edge: FloatArray, ground: NDArray[np.floating], levels: float) -> float:
    return float((np.abs(edge - ground) < levels).all(axis=1).mean())


def _is_enlarged(small: Pixels) -> bool:
    """Whether it may be one of Fashion-MNIST's at another size: grey, and black or white where its garment leaves the
    rim. In colour that may be a shop's banner under a shirt, or a night behind a dog."""
    return small.ndim == 2 and has_extreme_ground(small)


def _main_parts(mask: Mask) -> Mask:
    """The largest part of a mask, and those that are hardly smaller: the other shoe of a pair."""
    parts = components(mask)
    largest = max((part.area for part in parts), default=0)
    kept = np.zeros(mask.shape, bool)
    for part in parts:
        if part.area >= max(_PART * largest, _LEAST * mask.size):
            part.draw(kept)
    return kept
