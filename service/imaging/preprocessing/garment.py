"""The `garment` recipe: a product photograph in the form of Fashion-MNIST.

    pixels -> background (a plane through the rim's colours) -> mask of what differs -> trim -> 28 pixels -> sharpen
           -> negate, unless it is one of Fashion-MNIST's -> levels -> middle

Fashion-MNIST was made from photographs on white just so: trimmed, shrunk, sharpened, negated; its longest side
is 28 pixels, its background exactly 0, its brightest pixel 254 or 255.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from service.imaging import boxes
from service.imaging.boxes import Box
from service.imaging.pixels import Mask, Pixels, fit, highest, quantile, resize, rim, shrink, to_grey
from service.imaging.preprocessing.background import SURVEY_SIDE, Polarity
from service.imaging.preprocessing.components import components
from service.imaging.preprocessing.explain import Stage, Stages
from service.imaging.preprocessing.objects import Reason

_NOISE = 6.0  # times the spread of the rim around its plane
_NEAR_GROUND = 24  # levels: rim pixels farther from the rim's median are no background
_PART = 0.02  # of the largest part's area: smaller ones are dirt
_FAINT, _FAINT_NOISE = (
    0.012,
    2.0,
)  # of the light, times the rim's spread: what cloth differs from its background at least
_BLACK = 16  # grey level up to which a grey picture's background is that of Fashion-MNIST itself, not a photograph's
_DARK = 150  # grey level of a background under which a rim of it around the garment would be its brightest part
_SHARPEN = ImageFilter.UnsharpMask(radius=1, percent=45, threshold=0)


@dataclass(frozen=True, slots=True)
class Garment:
    """The mask of a garment in a copy that is `factor` smaller, its box there, and the background around it."""

    mask: Mask
    box: Box
    factor: int
    polarity: Polarity
    background: float


def find_garment(pixels: Pixels, min_contrast: float, polarity: Polarity | None = None) -> Garment | Reason:
    """What differs from the background of grey or RGB pixels, all its parts together; `polarity` where it is known."""
    small, factor = shrink(pixels, SURVEY_SIDE)
    values = np.atleast_3d(small).astype(np.float32)
    ground = find_ground(values)
    background, spread = ground.levels(*values.shape[:2]), ground.spread
    distance = np.abs(values - background).max(axis=2) / 255
    if float(distance.max()) < min_contrast:
        return "empty"
    parts = components(distance > max(min_contrast / 2, _NOISE * spread))
    largest = max((part.area for part in parts), default=0)
    kept = [part for part in parts if part.area >= max(_PART * largest, 4)]
    if not kept:
        return "no_object"
    mask, box = np.zeros(distance.shape, bool), kept[0].box
    for part in kept:
        part.draw(mask)
        box = boxes.around(box, part.box)
    mask |= between(mask) & (distance > max(_FAINT, _FAINT_NOISE * spread))
    level = float(to_grey(np.clip(background, 0, 255).astype(np.uint8).squeeze()).mean())
    polarity = polarity or ("light_on_dark" if pixels.ndim == 2 and level <= _BLACK else "dark_on_light")
    return Garment(mask, box, factor, polarity, level)


def between(mask: Mask) -> Mask:
    """What has mask on all four sides of it: cloth as light as its background has holes there."""
    above, left = (np.logical_or.accumulate(mask, axis) for axis in (0, 1))
    below, right = (np.flip(np.logical_or.accumulate(np.flip(mask, axis), axis), axis) for axis in (0, 1))
    return above & below & left & right


@dataclass(frozen=True, slots=True)
class Ground:
    """The background of pixels [H, W, C] as a plane through their rim: `plane`, float64 [3, C], is its level in the
    middle and how much it rises to the right and down; `spread` is the rim's around it, in 0..1."""

    plane: NDArray[np.float64]
    at_rim: NDArray[np.float64]  # [n, C], in the order of `rim`
    spread: float

    def levels(self, height: int, width: int) -> NDArray[np.float32]:
        """What it is everywhere, [height, width, C]."""
        x, y = (np.linspace(-1, 1, side, dtype=np.float32)[:, None] for side in (width, height))
        middle, right, down = self.plane.astype(np.float32)
        # Rows as long vectors: numpy is slow where the last axis is that of three colours.
        everywhere: NDArray[np.float32] = np.tile(y * down, width) + (middle + x * right).reshape(-1)
        return everywhere.reshape(height, width, -1)


def find_ground(values: NDArray[np.float32]) -> Ground:
    """The background of pixels [H, W, C] by their rim."""
    y, x = (np.linspace(-1, 1, side) for side in values.shape[:2])
    edge, at = rim(values), np.ones((2 * len(x) + 2 * len(y[1:-1]), 3))
    at[:, 1] = np.concatenate((x, x, np.full(len(y[1:-1]), x[0]), np.full(len(y[1:-1]), x[-1])))
    at[:, 2] = np.concatenate((np.full(len(x), y[0]), np.full(len(x), y[-1]), y[1:-1], y[1:-1]))
    ground: NDArray[np.float64] = np.median(edge.astype(np.float64), axis=0)
    for _ in range(2):  # then what is near the plane: of light that falls off that is more
        even = np.atleast_1d((np.abs(edge - ground) < _NEAR_GROUND).all(axis=1))
        if np.count_nonzero(even) < 8:
            even[:] = True
        plane = np.linalg.lstsq(at[even], edge[even], rcond=None)[0]
        ground = at @ plane
    residual = np.abs(edge[even] - ground[even])
    return Ground(plane, ground, float(np.median(residual)) * 1.5 / 255)


def render_garment(pixels: Pixels, found: Garment, width: int, height: int, steps: Stages | None = None) -> Pixels:
    """The garment, light on dark, as large as uint8 [height, width] holds it."""
    size = fit(boxes.width(found.box), boxes.height(found.box), min(width, height))
    small = resize(to_grey(pixels), size, boxes.scaled(found.box, found.factor))
    grey = np.asarray(Image.fromarray(small).filter(_SHARPEN), dtype=np.float32)
    # White is what the background shows of it, so that a dim picture reads as a bright one; on a grey background
    # cloth may be lighter than that.
    white = max(found.background, quantile(small, 0.99))
    grey = white - grey if found.polarity == "dark_on_light" else grey - found.background
    near = found.mask.view(np.uint8) * np.uint8(255)
    if found.polarity == "light_on_dark" or found.background >= _DARK:
        near = highest(near, 3)
    grey *= resize(near, size, found.box) >= 128
    ink = np.clip(grey * (255 / max(float(grey.max()), 1)), 0, 255)
    result = np.zeros((height, width), np.uint8)
    x, y = (width - size[0] + 1) // 2, (height - size[1]) // 2
    result[y : y + size[1], x : x + size[0]] = np.rint(ink)
    if steps is not None:
        sharp = np.asarray(Image.fromarray(small).filter(_SHARPEN))
        steps.append(Stage("trim", small, {"width": size[0], "height": size[1]}))
        steps.append(Stage("sharpen", sharp, {"radius": 1, "percent": 45}))
        steps.append(Stage("input", result, {"negated": found.polarity == "dark_on_light", "shift": [0, 0]}))
    return result
