"""Which of the ink in a survey are objects: threshold -> components -> the best one and the parts near it, then
the next, as long as it is like the first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from service.imaging.boxes import Box, around, gap, height, longest, width
from service.imaging.pixels import Mask, highest, quantile
from service.imaging.preprocessing.background import Survey
from service.imaging.preprocessing.components import Component, components, row_sums
from service.imaging.preprocessing.strokes import stroke_width

Reason = Literal["empty", "no_object", "multiple"]

_NOISE = 8.0  # times what parts the 10th from the 2nd percentile: 6 standard deviations of normal noise
_SPECK = 0.05  # of the shorter side: what is not even that long is dirt
_NEAR = 0.2  # of the object's longest side: a part that is not farther away belongs to it
_BINS = 64  # of the contrast's histogram
_MOST_PARTS = 12  # of an object: more is a texture
_MOST_OBJECTS = 64  # of a picture: more are a text or a pattern
_LIKE = 0.4  # of the first object's longest side and mean contrast: what has less is no further object
_THICK = 0.4  # of the first object's longest side: what the rim cuts and is thicker has no strokes
_RULE = 0.25, 4.0  # what is lower than this part of another object, and so many times as long as high, is a line
_ROW = 1.5  # times its height: what is wider may be a row of digits
_TALL = 0.6  # of the taller one's height: parts that both are stand side by side as two digits do
_BESIDE_GAP = 0.05  # of the taller one's height: nearer ones are strokes of one digit
_SHARED = 0.3  # of the lower one's height: two boxes are in one line
_BESIDE = 0.2  # of the object's mean contrast: ink has 0.05 at most two pixels beside it, shadows 0.3
_EVEN = 0.62  # of what the darkest twentieth of an object has, its lightest fifth has at least
_AT_RIM = 0.25  # of its weight is left to a part for each side of the rim that cuts it


@dataclass(frozen=True, slots=True)
class Found:
    """The object's mask in the survey, bool [H, W], the box around it, and of how many parts it is."""

    mask: Mask
    box: Box
    parts: int = 1


def find_objects(seen: Survey, min_contrast: float) -> list[Found] | Reason:
    """The objects of a survey, the best one first, or why there is none: no ink at all, or none that hangs together."""
    mask = ink_mask(seen.contrast, min_contrast)
    if mask is None:
        return "empty"
    least = max(2, round(_SPECK * min(mask.shape)))
    parts = [part for part in components(mask) if part.longest >= least]
    cut = [part for part in parts if seen.beyond is not None and touches(part, seen.beyond)]
    found = _join(parts, seen.contrast, cut) if parts else None
    if found is None or not _has_edges(found.mask, seen.contrast):
        return "no_object"
    whole = [part for part in parts if not any(part is other for other in cut)]
    drawn = [found, *_others(found, whole, seen.contrast)]
    objects = [one for one in drawn if not any(_is_rule(one.box, digit.box) for digit in drawn)]
    return objects if len(objects) <= _MOST_OBJECTS else "no_object"


def ink_mask(contrast: NDArray[np.float32], min_contrast: float) -> Mask | None:
    """What is ink of a contrast, float32 [H, W] in 0..1: bool [H, W]; None where nothing is."""
    some = contrast[::2, ::2]
    low, background = quantile(some, 0.02), quantile(some, 0.1)  # the ink may cover nearly all the rest
    floor = max(min_contrast, background + _NOISE * (background - low))
    ink = contrast[contrast > floor]
    if not ink.size:
        return None
    return contrast > max(floor, 0.7 * otsu(ink))  # below the middle: the thin ends of strokes are fainter


def _others(first: Found, parts: list[Component], contrast: NDArray[np.float32]) -> list[Found]:
    """Further objects that are like the first: whole, not much smaller, not much fainter."""
    least = _LIKE * _tall(first.box)
    faintest = _LIKE * float(contrast[first.mask].mean())
    thickest = _THICK * _tall(first.box)
    left = [part for part in parts if not _drawn(part, first.mask)]
    objects: list[Found] = []
    while left and len(objects) < _MOST_OBJECTS:
        found = _join(left, contrast)
        if found is None:
            break
        left = [part for part in left if not _drawn(part, found.mask)]
        alike = longest(found.box) >= least and float(contrast[found.mask].mean()) >= faintest
        if not is_whole(found.box, contrast.shape):
            # What the rim cuts may be a digit, or a thing on the table, its edge, a line.
            alike = alike and _tall(found.box) >= least and stroke_width(found.mask) <= thickest
        if alike and _has_edges(found.mask, contrast):
            objects.append(found)
    return objects


def _is_rule(box: Box, digit: Box) -> bool:
    """Whether a box is that of a line under or between digits of the size of `digit`."""
    low, long = _RULE
    return height(box) < low * _tall(digit) and width(box) > long * height(box)


def touches(part: Component, beyond: Mask) -> bool:
    """Whether any of a part lies on what is around the paper."""
    return any(beyond[row, start:end].any() for row, start, end in part.runs.tolist())


def _drawn(part: Component, mask: Mask) -> bool:
    row, start, _ = part.runs[0].tolist()
    return bool(mask[row, start])


def _tall(box: Box) -> int:
    """How long a digit in the box is: of what is wide, perhaps a row that touches, the height."""
    return height(box) if width(box) > _ROW * height(box) else longest(box)


def reading_order(boxes: list[Box]) -> list[int]:
    """The places of boxes line by line, each from the left."""
    return [i for line in text_lines(boxes) for i in line]


def text_lines(boxes: Sequence[Box]) -> list[list[int]]:
    """The places of boxes in lines from the top, each from the left. A line goes on as long as a box shares a part of
    its height with one that is in it."""
    lines: list[list[int]] = []
    for i in sorted(range(len(boxes)), key=lambda i: boxes[i][1] + boxes[i][3]):
        if any(_level(boxes[i], boxes[k]) for k in (lines[-1] if lines else ())):
            lines[-1].append(i)
        else:
            lines.append([i])
    return [sorted(line, key=lambda i: boxes[i][0]) for line in lines]


def _level(a: Box, b: Box) -> bool:
    shared = min(a[3], b[3]) - max(a[1], b[1])
    return shared >= _SHARED * min(height(a), height(b))


def otsu(values: NDArray[np.float32]) -> float:
    """The threshold that parts values in 0..1 into two classes with the greatest variance between them."""
    counts = np.bincount((values * _BINS).astype(np.intp), minlength=_BINS + 1)
    below, mass = np.cumsum(counts), np.cumsum(counts * np.arange(len(counts)))
    above = below[-1] - below
    means = mass / np.maximum(below, 1) - (mass[-1] - mass) / np.maximum(above, 1)
    return (int((below * above * means**2).argmax()) + 1) / _BINS


def _join(parts: list[Component], contrast: NDArray[np.float32], cut: Sequence[Component] = ()) -> Found | None:
    rows, columns = contrast.shape
    before = row_sums(contrast)

    def weight(part: Component) -> float:
        left, top, right, bottom = part.box
        cuts = sum((left == 0, top == 0, right == columns, bottom == rows, any(part is other for other in cut)))
        return part.sum(before) * float(_AT_RIM**cuts)

    first, *others = sorted(parts, key=weight, reverse=True)
    mask, box, count = np.zeros(contrast.shape, bool), first.box, 1
    first.draw(mask)
    from_table = any(first is other for other in cut)
    for part in others:
        if not from_table and any(part is other for other in cut):
            continue
        near = gap(box, part.box) <= _NEAR * longest(box)
        # What is larger and weighs less is what the rim cuts.
        if near and part.area <= first.area and not _beside(box, part.box):
            part.draw(mask)
            box = around(box, part.box)
            count += 1
    return Found(mask, box, count) if count <= _MOST_PARTS else None


def _beside(a: Box, b: Box) -> bool:
    """Whether two boxes stand side by side as two digits do, not as the strokes of one."""
    heights = height(a), height(b)
    apart = max(b[0] - a[2], a[0] - b[2])
    return min(heights) >= _TALL * max(heights) and apart > max(1, _BESIDE_GAP * max(heights))


def _has_edges(mask: Mask, contrast: NDArray[np.float32]) -> bool:
    """Whether the contrast falls off right beside the mask: that of a shadow or a bent page falls off slowly."""
    grown = mask.view(np.uint8)
    beside = highest(grown, 7) > highest(grown, 3)
    return not beside.any() or float(contrast[beside].mean()) < _BESIDE * float(contrast[mask].mean())


def is_whole(box: Box, shape: tuple[int, ...]) -> bool:
    """Whether a box lies off the rim of what is [H, W]."""
    return box[0] > 0 and box[1] > 0 and box[2] < shape[1] and box[3] < shape[0]


def shadowed(seen: Survey, found: Found) -> bool:
    """Whether an object is so unevenly dark that a shadow may be a part of it."""
    ink = seen.contrast[found.mask]
    return quantile(ink, 0.2) < _EVEN * quantile(ink, 0.95)
