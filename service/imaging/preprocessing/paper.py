"""The paper on a table: found, and everything around it made paper, so that only what is written on it stands out.

pixels -> a small copy without ink -> thresholds between table and paper -> the largest light part -> its convex hull
       -> sharp edges, few at the rim, ink on it? -> its surroundings painted over with its own light

A sheet of paper is convex: its hull takes in what is written close to its edge, and hardly more.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from service.imaging.pixels import Mask, Pixels, highest, lowest, quantile, resize, rim, shrink, to_grey
from service.imaging.preprocessing.components import components, row_sums
from service.imaging.preprocessing.hull import convex_hull, fill_polygon, least_rectangle
from service.imaging.preprocessing.ink import otsu

_SIDE = 96  # pixels: a sheet of paper is large
_INK = 11  # pixels of the small copy: a closing of this width takes strokes away
_AREA = (0.1, 0.92)  # of the picture
_FULL = 0.9  # of its hull: a sheet of paper has no bays
_SQUARE = 0.84  # of the least rectangle around it: a disc fills 0.785
_AT_RIM = 0.45  # of the picture's rim at most
_STEP = 14  # grey levels at least from the paper to the table, within a few pixels
_EDGES = 0.03  # of the picture at least is close to one
_SHARP = 0.8  # of the outline
_FADES = (3, 9)  # pixels of the small copy around the outline, within which the light changes
_AT_ONCE = 0.45  # of the change in the wider window is in the narrow one: 0.64 to 0.96 for sheets, 0.3 for lamps
_SURE = 40  # grey levels: no better step need be looked for
_DRAWN = 12  # grey levels: so black is no table, but the background of a drawing
_EVEN = 0.75  # of what lies around is of one level: a drawing's background, or a plain table
_SAME = 12  # grey levels from the background to the ink
_WRITTEN = 28  # grey levels that ink is darker than its paper
_COVERED = 0.2  # of the paper at most is ink: a light glyph has its own dark background in its bays
_BEYOND = 0.15  # of what is written, on both sides of an edge
_BESIDE = 9  # pixels of the small copy: four beside its edge lies what the paper throws its own shadow on
_SMOOTH = (5, 11)  # pixels of the small copy: what is narrower and sticks out is no part of the paper
_CELLS = (3, 6, 12, 24)  # a side, of the paper's light
_KNOWN = 32  # of 255: so much of a cell must be paper
_HALF = [255 * (level > 127) for level in range(256)]


@dataclass(frozen=True, slots=True)
class Paper:
    """A picture with what is around its paper painted over, and where it is not: uint8 0 or 255 in a small copy."""

    pixels: Pixels
    mask: Pixels


def find_paper(pixels: Pixels) -> Paper | None:
    """The paper that lies in a picture, or None."""
    small, _ = shrink(pixels, _SIDE)
    grey = to_grey(small)
    bare = lowest(highest(grey, _INK), _INK)
    if int(bare.max()) - quantile(rim(bare), 0.5) < _STEP:
        return None  # nothing is lighter than the rim, as in most drawings: no paper
    # There the closing would take a strip of the table for ink.
    near_rim = np.ones(grey.shape, bool)
    near_rim[_INK:-_INK, _INK:-_INK] = False
    bare = np.where(near_rim, lowest(highest(grey, 3), 3), bare)
    edges = highest(bare, 5) - lowest(bare, 5) >= _STEP
    if np.count_nonzero(edges) < _EDGES * edges.size:
        return None  # most pictures end here: paper alone has no edges
    best, paper = 0.0, None
    for level in _levels(bare):
        light = bare > level
        if np.count_nonzero(rim(light)) > _AT_RIM * len(rim(light)) or not _is_sharp(light, edges, _SHARP / 2):
            continue
        mask = _paper_mask(light)
        step = 0.0 if mask is None or not _is_sharp(mask, edges) else _step(bare, mask)
        if mask is not None and step > best:
            best, paper = step, mask
        if best > _SURE:
            break
    if paper is None or not _ends_at_once(bare, paper):
        return None
    inner = lowest(paper.view(np.uint8), 3).astype(bool)
    ink = bare.astype(int) - grey > _WRITTEN
    if not 0 < np.count_nonzero(ink & inner) < _COVERED * np.count_nonzero(inner):
        return None
    if _is_glyph(grey, paper, ink & inner) or _goes_on(grey, paper):
        return None
    return Paper(_painted(pixels, small, inner), inner.view(np.uint8) * np.uint8(255))


def _ends_at_once(bare: Pixels, paper: Mask) -> bool:
    """Whether the light changes within two pixels of the outline, as at a sheet's edge: a lamp's circle fades."""
    grown = paper.view(np.uint8)
    outline = paper & ~lowest(grown, 3).astype(bool)
    outline[[0, -1]] = outline[:, [0, -1]] = False
    if not outline.any():
        return True
    near, far = (highest(bare, window)[outline] - lowest(bare, window)[outline] for window in _FADES)
    return quantile(near / np.maximum(far, 1), 0.5) >= _AT_ONCE


def _is_glyph(grey: Pixels, paper: Mask, ink: Mask) -> bool:
    """Whether the ink is but the even background that shows through a light stroke's bays."""
    table = grey[~highest(paper.view(np.uint8), 7).astype(bool)]
    level = quantile(table, 0.5) if table.size else 0.0
    even = np.count_nonzero(np.abs(table - level) < 1.5) >= _EVEN * table.size
    return even and abs(quantile(grey[ink], 0.1) - level) < _SAME


def _goes_on(grey: Pixels, paper: Mask) -> bool:
    """Whether what is written goes on beyond the edge: then it is that of a shadow, and all is one sheet."""
    bare = lowest(highest(grey, _INK), _INK)
    ink = bare - grey > np.maximum(bare // 4, _WRITTEN // 2)
    on_sheet = row_sums(paper)
    inside = [(part.sum(on_sheet), part) for part in components(ink)]
    most, written = max(inside, key=lambda pair: pair[0], default=(0.0, None))
    if written is None or most < _BEYOND * written.area:
        return False
    beyond = ~highest(paper.view(np.uint8), _BESIDE).astype(bool)
    return written.sum(row_sums(beyond)) > _BEYOND * written.area


def _levels(bare: Pixels) -> Iterator[float]:
    """Grey levels that may lie between table and paper: the table is most of the rim, the paper is lighter."""
    table = quantile(rim(bare), 0.5)
    tried: list[float] = []
    for share in (0.97, 0.85, 0.7, 0.5, 0.35):
        paper = quantile(bare[::2, ::2], share)
        level = (table + paper) / 2
        if paper - table >= _STEP and all(abs(level - other) >= 4 for other in tried):
            tried.append(level)
    middle = 255 * otsu(bare[::2, ::2].ravel().astype(np.float32) / np.float32(255))
    yield from (*tried, middle)


def _is_sharp(mask: Mask, edges: Mask, share: float = _SHARP) -> bool:
    """Whether so much of a mask's outline lies on edges: a spot of light ends slowly, but for thick strokes there."""
    outline = mask & ~lowest(mask.view(np.uint8), 3).astype(bool)
    outline[[0, -1]] = outline[:, [0, -1]] = False
    return int(np.count_nonzero(outline & edges)) >= share * int(np.count_nonzero(outline))


def _paper_mask(light: Mask) -> Mask | None:
    """The hull of the largest light part without what sticks out, if it is as large and square as a sheet of paper."""
    for width in _SMOOTH:
        core = highest(lowest(light.view(np.uint8), width), width).astype(bool)
        largest = max(components(core), key=lambda part: part.area, default=None)
        if largest is None:
            return None
        if not _AREA[0] <= largest.area / light.size <= _AREA[1]:
            continue
        corners = convex_hull(largest)
        hull = fill_polygon(corners, light.shape)
        area = np.count_nonzero(hull)
        if largest.area >= _FULL * area and area >= _SQUARE * least_rectangle(corners):
            return hull
    return None


def _step(bare: Pixels, mask: Mask) -> float:
    """By how many grey levels the paper is lighter than what is close around it; 0 where that is no table."""
    grown = mask.view(np.uint8)
    inside = lowest(grown, 3).astype(bool) & ~lowest(grown, 7).astype(bool)
    outside = highest(grown, 7).astype(bool) & ~highest(grown, 3).astype(bool)
    around = float(bare[outside].mean()) if outside.any() else 0.0
    step = float(bare[inside].mean()) - around
    return step if around > _DRAWN and step >= _STEP else 0.0


def _painted(pixels: Pixels, small: Pixels, inner: Mask) -> Pixels:
    """Outside `inner` the paper goes on, in the light that it has near there."""
    bare = lowest(highest(small, _INK), _INK)
    mask = inner.view(np.uint8) * np.uint8(255)
    lit = np.where(inner if bare.ndim == 2 else inner[..., None], bare, np.uint8(0))
    background = np.asarray(np.median(bare[inner], axis=0), np.uint8)
    for cells in _CELLS:  # from coarse to fine: the nearest part of the paper has the last word
        size = (cells, cells)
        weight = resize(mask, size).reshape(cells, cells, *[1] * (bare.ndim - 2))
        light = np.minimum(resize(lit, size) * (255.0 / np.maximum(weight, 1)), 255).astype(np.uint8)
        background = np.where(weight > _KNOWN, light, resize(background, size) if background.ndim > 1 else background)
    full = (pixels.shape[1], pixels.shape[0])
    painted, keep = Image.fromarray(resize(background, full)), Image.fromarray(resize(mask, full)).point(_HALF)
    return np.asarray(Image.composite(Image.fromarray(pixels), painted, keep))
