"""Ruled lines as dark as the ink: found in a survey, and painted over in the picture but for where ink crosses them.

ink -> long level runs -> thin ones from rim to rim -> a straight line through each -> filled from above and below

A sheet's rules go through the digits of a row and make one object of them. A digit's own strokes are shorter, or
thicker.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.imaging.pixels import Mask, Pixels, resize
from service.imaging.preprocessing.background import Survey, contrast
from service.imaging.preprocessing.components import Component, components
from service.imaging.preprocessing.ink import find_ink

_RUN = 0.08  # of the side along it: a rule's run is at least so long, wherever it begins
_SPAN = 0.9  # of that side: from rim to rim
_THIN = (3.5, 0.04)  # pixels of the survey, or of the side across if that is more
_LONG = 1.3  # times the side across: so long a stroke is no digit's
_MANY, _AS_LONG = 3, 0.9  # so many in all are rules where they are so long; more level ones are rules anywhere
_OFF = 1.0  # pixels of the survey: how far a rule is from straight, on the whole
_CROSSES = 0.5  # of a rule's contrast: ink that touches it has as much
_BESIDE = 2  # pixels of the picture on each side of a rule, whose edges are soft


@dataclass(frozen=True, slots=True)
class Rule:
    """A line in a survey: y = `slope` x + `start`, so many pixels `thick`; `upright` ones have x and y exchanged."""

    slope: float
    start: float
    thick: float
    upright: bool


def find_rules(seen: Survey, min_contrast: float) -> list[Rule]:
    """The level and the upright rules of a survey."""
    found = find_ink(seen.contrast, min_contrast)
    if found is None:
        return []
    ink = found.sure() | found.strokes()  # where a rule lies between two rows it is fainter
    level, upright = _level(ink, upright=False), _level(ink.T, upright=True)
    rows, columns = ink.shape
    # In a row that was cut at its ink the stems of 1, 4, 7 and 9 go from rim to rim too.
    many = len(level) + len(upright) >= _MANY
    two = len(level) > 1 and columns >= rows
    if columns < _LONG * rows and not two and not (many and columns >= _AS_LONG * rows) and len(level) <= _MANY:
        level = []
    if rows < _LONG * columns and not (many and rows >= _AS_LONG * columns):
        upright = []
    return [*level, *upright]


def without_rules(pixels: Pixels, seen: Survey, rules: list[Rule]) -> Pixels:
    """The picture [H, W] or [H, W, 3] that was surveyed, its rules painted over."""
    background = resize(seen.background, (pixels.shape[1], pixels.shape[0]))
    clear = pixels.copy()
    for rule in rules:
        if rule.upright:
            _paint(clear.swapaxes(0, 1), background.swapaxes(0, 1), seen, rule)
        else:
            _paint(clear, background, seen, rule)
    return clear


def _level(ink: Mask, upright: bool) -> list[Rule]:
    """The level rules of an ink [H, W]."""
    rows, columns = ink.shape
    length = max(9, round(_RUN * columns))
    # A rule that leans goes on in the row above or below.
    tall = np.pad(ink, ((1, 1), (0, 0)))
    tall = tall[:-2] | tall[1:-1] | tall[2:]
    counts = np.pad(np.cumsum(tall, axis=1, dtype=np.int32), ((0, 0), (1, 0)))
    begins = counts[:, length:] - counts[:, :-length] == length
    before = np.pad(np.cumsum(begins, axis=1, dtype=np.int32), ((0, 0), (1, 0)))
    across = np.arange(columns)
    runs = before[:, np.minimum(across + 1, begins.shape[1])] > before[:, np.maximum(across - length + 1, 0)]
    found = [_fitted(part, ink, upright) for part in components(runs) if part.box[2] - part.box[0] >= _SPAN * columns]
    return [rule for rule in found if rule is not None and rule.thick <= max(_THIN[0], _THIN[1] * rows)]


def _fitted(part: Component, ink: Mask, upright: bool) -> Rule | None:
    """The straight line through most of a part's ink; None where it is not straight."""
    mask = np.zeros(ink.shape, bool)
    part.draw(mask)
    mask &= ink
    thick = mask.sum(axis=0)
    columns = np.flatnonzero(thick)
    usual = float(np.median(thick[columns]))
    columns = columns[thick[columns] <= usual + 1]  # elsewhere ink crosses
    middle = (np.arange(len(mask)) @ mask)[columns] / thick[columns]
    slope, start = np.polyfit(columns, middle, 1)
    off = np.abs(middle - slope * columns - start)
    near = off <= max(2 * float(np.median(off)), 1.0)
    slope, start = np.polyfit(columns[near], middle[near], 1)
    if float(np.median(np.abs(middle - slope * columns - start))) > _OFF:
        return None
    return Rule(float(slope), float(start), usual, upright)


def _paint(pixels: Pixels, background: Pixels, seen: Survey, rule: Rule) -> None:
    """Fills a level rule in pixels [H, W, ...] with what is above and below it, where that is no ink."""
    rows, columns = pixels.shape[:2]
    across = np.arange(columns)
    middle = rule.slope * (across + 0.5) + (rule.start + 0.5 - rule.slope * 0.5) * seen.factor
    half = rule.thick * seen.factor / 2 + _BESIDE
    top = np.clip(np.floor(middle - half).astype(int), 0, rows - 1)
    bottom = np.clip(np.ceil(middle + half).astype(int), 0, rows - 1)
    on_rule = np.clip(middle.astype(int), 0, rows - 1)

    def stands_out(row: NDArray[np.int64]) -> NDArray[np.float32]:
        picked, ground = (np.ascontiguousarray(each[row, across][None]) for each in (pixels, background))
        return contrast(picked, ground, seen.polarity).ravel()

    least = _CROSSES * float(np.median(stands_out(on_rule)))
    free = (stands_out(top) < least) & (stands_out(bottom) < least)
    ends = pixels[top, across].astype(np.float32), pixels[bottom, across].astype(np.float32)
    for step in range(int(np.max(bottom - top)) + 1):
        row = np.minimum(top + step, bottom)
        share = ((row - top) / np.maximum(bottom - top, 1)).reshape(-1, *[1] * (pixels.ndim - 2))
        filled = np.rint(ends[0] * (1 - share) + ends[1] * share).astype(np.uint8)
        pixels[row[free], across[free]] = filled[free]
