"""The `digit` recipe: a found object in the form of MNIST.

    pixels, survey, object -> glyph (crop at a fixed size, contrast 0..1) -> stroke width -> 20 pixels, levels
                           -> centre of mass to the middle

MNIST holds digits whose longest side is 20 pixels, with strokes of 2.1 to 4.3 pixels (5th to 95th percentile,
median 2.8), a background of exactly 0, a brightest pixel of 254 or 255, and the centre of mass in the middle of
pixel 14 (counted from 0), or within half a pixel of it.
"""

import numpy as np
from numpy.typing import NDArray

from service.imaging import boxes
from service.imaging.pixels import Pixels, fit, highest, lowest, quantile, resize, tight
from service.imaging.preprocessing.background import Survey, contrast
from service.imaging.preprocessing.explain import Stage, Stages
from service.imaging.preprocessing.objects import Found
from service.imaging.preprocessing.strokes import stroke_width

_FINE = 5  # pixels of the glyph to one of the result: a stroke can change by a fifth of a pixel
_MARGIN = 2  # pixels of the survey around the object
_AREA = 10  # pixels of the glyph: two strokes wide
_FAINTEST = 0.35  # of full ink: what is the most of its surroundings is a stroke from here on
_STROKE = (2.3, 3.6)  # pixels of the result: thinner strokes are widened, thicker ones narrowed


def render_digit(
    pixels: Pixels, seen: Survey, found: Found, width: int, height: int, side: int, steps: Stages | None = None
) -> Pixels | None:
    """The object, light on dark, its longest side `side`, in uint8 [height, width].

    None where nothing is left of it at full detail: then it was a chance of the noise.
    """
    glyph = _glyph(pixels, seen, found, side)
    if not (glyph > 0.5).any():
        return None
    ink = even_strokes(glyph, side)
    box = tight(ink > 0.5)
    small = resize(np.rint(ink * 255).astype(np.uint8), fit(boxes.width(box), boxes.height(box), side), box)
    scaled = small * (255 / max(float(small.max()), 1))
    left, top = _place(scaled, width, height)
    result = np.zeros((height, width), np.uint8)
    result[top : top + scaled.shape[0], left : left + scaled.shape[1]] = np.rint(scaled)
    if steps is not None:
        before, after = (_relative_stroke(levels, side) for levels in (glyph, ink))
        shift = [left - (width - small.shape[1]) // 2, top - (height - small.shape[0]) // 2]
        steps.append(
            Stage("fit", np.rint(scaled).astype(np.uint8), {"stroke_width": before, "stroke_width_fit": after})
        )
        steps.append(Stage("input", result, {"shift": shift}))
    return result


def _relative_stroke(levels: NDArray[np.float32], side: int) -> float:
    """The width of the strokes in pixels once the glyph is `side` long."""
    box = tight(levels > 0.5)
    return round(stroke_width(levels > 0.5) * side / boxes.longest(box), 2)


def _glyph(pixels: Pixels, seen: Survey, found: Found, side: int) -> NDArray[np.float32]:
    """The object's contrast, float32 [h, w] from 0 (background) to 1 (full ink), about _FINE * `side` long."""
    outer = boxes.grown(found.box, _MARGIN, found.mask.shape)
    size = fit(boxes.width(outer), boxes.height(outer), _FINE * side)
    large = resize(pixels, size, boxes.scaled(outer, seen.factor))
    ink = contrast(large, resize(seen.background, size, outer), seen.polarity)
    left, top, right, bottom = boxes.grown(outer, _MARGIN, found.mask.shape)
    part = np.ascontiguousarray(found.mask[top:bottom, left:right])
    near = highest(part.view(np.uint8) * np.uint8(255), 2 * _MARGIN + 1)
    inner = outer[0] - left, outer[1] - top, outer[2] - left, outer[3] - top
    ink *= resize(near, size, inner).astype(np.float32) / 255
    full = quantile(ink[ink >= ink.max() / 2], 0.75) or 1.0
    most = _most_nearby(ink, full) if found.pale else full
    levels: NDArray[np.float32] = np.clip((ink - 0.2 * most) / (0.6 * most), 0, 1)
    return levels


def _most_nearby(ink: NDArray[np.float32], full: float) -> NDArray[np.float32]:
    """How much ink is full ink around each pixel of a contrast [h, w], of which `full` is that of the whole: a pen's
    fainter strokes count as much as its dark ones."""
    rows, columns = ink.shape
    down, across = -(-rows // _AREA), -(-columns // _AREA)
    padded = np.zeros((down * _AREA, across * _AREA), np.float32)
    padded[:rows, :columns] = ink
    most = padded.reshape(down, _AREA, across, _AREA).max(axis=(1, 3))
    levels = np.rint(np.clip(most / full, _FAINTEST, 1) * 255).astype(np.uint8)
    smooth = resize(highest(levels, 3), (across * _AREA, down * _AREA))[:rows, :columns]
    return smooth.astype(np.float32) * np.float32(full / 255)


def even_strokes(ink: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """The glyph with strokes no thinner and no thicker than most of MNIST has once it is `side` long."""
    solid = ink > 0.5
    box = tight(solid)
    pixel = boxes.longest(box) / side
    width = stroke_width(solid)
    change = min(max(width, _STROKE[0] * pixel), _STROKE[1] * pixel) - width
    grow = round(abs(change) / 2)
    if not grow:
        return ink
    padded = np.pad(np.rint(ink * 255).astype(np.uint8), grow)
    changed = (highest if change > 0 else lowest)(padded, 2 * grow + 1)
    return changed.astype(np.float32) / np.float32(255) if changed.max() > 127 else ink


def _place(ink: NDArray[np.floating], width: int, height: int) -> tuple[int, int]:
    """Left and top at which the centre of mass comes to the middle, as far as the ink stays inside."""
    h, w = ink.shape
    total = max(float(ink.sum()), 1)
    left = round(width // 2 - float(ink.sum(axis=0) @ np.arange(w)) / total)
    top = round(height // 2 - float(ink.sum(axis=1) @ np.arange(h)) / total)
    return min(max(left, 0), width - w), min(max(top, 0), height - h)
