"""The sheet on a table: found, and everything around it made sheet, so that only what is written on it stands out.

pixels -> a small copy without ink -> the largest light part -> sharp edges, few at the rim, ink on it?
       -> its surroundings painted over with its own light
"""

import numpy as np

from service.imaging.components import components
from service.imaging.objects import otsu
from service.imaging.pixels import Mask, Pixels, highest, lowest, resize, rim, shrink, to_grey

_SIDE = 80  # pixels: a sheet is large
_INK = 9  # pixels of the small copy: a closing of this width takes strokes away
_AREA = (0.2, 0.92)  # of the picture
_FILLED = 0.68  # of its box: a square turned by 15 degrees fills 0.67
_AT_RIM = 0.4  # of the picture's rim at most
_STEP = 36  # grey levels from the sheet to the table, within a few pixels
_DRAWN = 12  # grey levels: so black is no table, but the ground of a drawing
_WRITTEN = 28  # grey levels that ink is darker than its sheet
_COVERED = 0.15  # of the sheet at most is ink: a light glyph has its own dark ground in its bays
_OTHER = 25  # grey levels: tried beside the threshold that Otsu's method gives
_SMOOTH = 11  # pixels of the small copy: what is narrower and sticks out is no part of the sheet
_CELLS = (3, 6, 12, 24)  # a side, of the sheet's light


def only_page(pixels: Pixels) -> Pixels | None:
    """The picture with what is around its sheet painted over, or None where no sheet lies in it."""
    small, _ = shrink(pixels, _SIDE)
    grey = to_grey(small)
    bare = lowest(highest(grey, _INK), _INK)
    # There the closing would take a strip of the table for ink.
    near_rim = np.ones(grey.shape, bool)
    near_rim[_INK:-_INK, _INK:-_INK] = False
    middle = 255 * otsu(bare[::2, ::2].ravel().astype(np.float32) / np.float32(255))
    for level in (middle, middle - _OTHER, middle + _OTHER):
        light = bare > level
        light[near_rim] = grey[near_rim] > level
        if np.count_nonzero(rim(light)) > _AT_RIM * len(rim(light)):
            continue  # most pictures end here: their rim is paper
        mask = _page(light)
        if mask is None or not _lies_on_something(bare, mask):
            continue
        inner = lowest(mask.view(np.uint8), 5).astype(bool)
        written = np.count_nonzero(bare[inner].astype(int) - grey[inner] > _WRITTEN)
        if 0 < written < _COVERED * np.count_nonzero(inner):
            return _painted(pixels, small, bare, inner)
    return None


def _page(light: Mask) -> Mask | None:
    """The largest light part without what sticks out of it, if it has the size and shape of a sheet."""
    core = highest(lowest(light.view(np.uint8), _SMOOTH), _SMOOTH).astype(bool)
    largest = max(components(core), key=lambda part: part.area, default=None)
    if largest is None:
        return None
    left, top, right, bottom = largest.box
    share = largest.area / light.size
    if not _AREA[0] <= share <= _AREA[1] or largest.area < _FILLED * (right - left) * (bottom - top):
        return None
    mask = np.zeros(light.shape, bool)
    largest.draw(mask)
    return mask


def _lies_on_something(bare: Pixels, mask: Mask) -> bool:
    """Whether the sheet ends at sharp edges: light falls off slowly."""
    grown = mask.view(np.uint8)
    inside = mask & ~lowest(grown, 5).astype(bool)
    outside = highest(grown, 5).astype(bool) & ~mask
    around = float(bare[outside].mean())
    return around > _DRAWN and float(bare[inside].mean()) - around >= _STEP


def _painted(pixels: Pixels, small: Pixels, bare: Pixels, inner: Mask) -> Pixels:
    """Outside `inner` the sheet goes on, in the light that it has near there."""
    bare = bare[..., None] if small.ndim == 2 else lowest(highest(small, _INK), _INK)
    ground = np.empty(bare.shape, np.float32)
    ground[:] = np.median(bare[inner], axis=0)
    size = (inner.shape[1], inner.shape[0])
    for cells in _CELLS:  # from coarse to fine: the nearest part of the sheet has the last word
        weight = resize(inner.view(np.uint8) * np.uint8(255), (cells, cells)).astype(np.float32)
        known = weight > 32
        near = resize(known.view(np.uint8) * np.uint8(255), size) == 255
        for channel in range(bare.shape[2]):
            light = resize(np.where(inner, bare[..., channel], 0).astype(np.uint8), (cells, cells))
            level = np.where(known, light * 255.0 / np.maximum(weight, 1), 0).clip(0, 255).astype(np.uint8)
            ground[..., channel] = np.where(near, resize(level, size), ground[..., channel])
    full = (pixels.shape[1], pixels.shape[0])
    painted = resize(ground.astype(np.uint8) if pixels.ndim == 3 else ground[..., 0].astype(np.uint8), full)
    keep = resize(inner.view(np.uint8) * np.uint8(255), full) > 127
    return np.where(keep if pixels.ndim == 2 else keep[..., None], pixels, painted)
