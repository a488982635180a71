"""How a picture was read, step by step, and what a caller wants decided otherwise.

Steps are only made where they are asked for: the recipes append to a list if they are given one.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from service.errors import InvalidInput
from service.imaging.boxes import Box
from service.imaging.pixels import Picture, Pixels, quantile, tight, to_grey
from service.imaging.preprocessing.background import Polarity, roomy

Fact = bool | int | float | str | list[int]
Rotation = Literal[0, 90, 180, 270]
Area = tuple[int, int, int, int]  # x, y, width, height

_EVEN = 0.2  # of the light: a background that differs by less has no shadow on it worth telling


@dataclass(frozen=True, slots=True)
class Stage:
    """A picture on the way to the model's input, uint8 [H, W] or with channels, and what was found out there."""

    name: str
    pixels: Pixels
    facts: dict[str, Fact]


Stages = list[Stage]


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the caller decides. `rotate` is clockwise, of the upright picture; `box` says where to look, in pixels
    of the picture after that, which are also those of the answer's box. None: the recipe decides."""

    polarity: Polarity | None = None
    rotate: Rotation = 0
    box: Area | None = None


def working_side(side: int, width: int, height: int, box: Area | None) -> int:
    """The side at which a picture of `width` x `height` must be decoded so that it, or its part in `box`, has `side`
    pixels, and more where it is wide or tall (`roomy`)."""
    longest = max(width, height)
    if box is None:
        return roomy(side, width, height)
    needed = roomy(side, max(box[2], 1), max(box[3], 1))
    return min(longest, -(-needed * longest // max(box[2], box[3], 1)))


def turn(picture: Picture, rotate: Rotation) -> Picture:
    """The picture turned clockwise."""
    if not rotate:
        return picture
    pixels = np.ascontiguousarray(np.rot90(picture.pixels, -rotate // 90))
    width, height = (picture.height, picture.width) if rotate % 180 else (picture.width, picture.height)
    return replace(picture, pixels=pixels, width=width, height=height)


def cut(picture: Picture, box: Area) -> Picture:
    """The part of a picture in `box`. Raises InvalidInput where the box is not all in the picture."""
    x, y, width, height = box
    if width < 1 or height < 1 or x < 0 or y < 0 or x + width > picture.width or y + height > picture.height:
        raise InvalidInput(
            f"box must lie in the picture, {picture.width} x {picture.height} pixels once upright and rotated."
        )
    rows, columns = picture.pixels.shape[:2]  # of what may be a smaller copy
    left, top = x * columns // picture.width, y * rows // picture.height
    right = max(left + 1, round((x + width) * columns / picture.width))
    bottom = max(top + 1, round((y + height) * rows / picture.height))
    part = np.ascontiguousarray(picture.pixels[top:bottom, left:right])
    return replace(picture, pixels=part, width=width, height=height)


def picture_step(picture: Picture, overrides: Overrides) -> Stage:
    """The picture as it was decoded and turned."""
    facts: dict[str, Fact] = {
        "format": picture.format,
        "exif_rotated": picture.exif_rotated,
        "rotated": overrides.rotate,
        "alpha": picture.pixels.ndim == 3 and picture.pixels.shape[2] in (2, 4),
        "size": [picture.width, picture.height],
    }
    return Stage("picture", picture.pixels, facts)


def light_differs(background: Pixels) -> bool:
    """Whether a background without its ink still holds much lighter and darker places: a shadow, a lamp."""
    grey = to_grey(background)
    light = quantile(grey, 0.95)
    return light - quantile(grey, 0.05) > _EVEN * max(light, 64)


def crop(pixels: Pixels, box: Box) -> Pixels:
    """The part in a box, for showing."""
    return np.ascontiguousarray(pixels[box[1] : box[3], box[0] : box[2]])


def rejoined(steps: Stages, pixels: Pixels, area: Area) -> Stages:
    """The steps of a picture whose pieces were read as one object, `pixels` in the end, in place of the single piece
    that was fitted. `area` is that of all pieces, in pixels of the picture."""
    whole, ink = steps[:2]
    zoom = whole.pixels.shape[1] / whole.facts["size"][0]  # type: ignore[index]
    x, y, width, height = (round(side * zoom) for side in area)
    where: dict[str, Fact] = {"box": list(area), "rejoined": True}
    fitted = crop(pixels, tight(pixels != pixels[0, 0]))
    return [
        whole,
        ink,
        Stage("box", crop(whole.pixels, (x, y, x + max(width, 1), y + max(height, 1))), where),
        Stage("fit", fitted, {"rejoined": True}),
        Stage("input", pixels, where),
    ]
