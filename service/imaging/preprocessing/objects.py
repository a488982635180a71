"""Which of the ink in a survey are objects: threshold -> components -> the best one and the parts near it, then
the next, as long as it is like the first."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from service.imaging.boxes import Box, around, gap, grown, height, longest, width
from service.imaging.pixels import Mask, Pixels, highest, quantile, tight, to_grey
from service.imaging.preprocessing.background import Survey
from service.imaging.preprocessing.components import Component, components, row_sums
from service.imaging.preprocessing.ink import REACH, find_ink, followed
from service.imaging.preprocessing.strokes import stroke_width

Reason = Literal["empty", "no_object", "multiple"]

_SPECK = 0.05  # of the shorter side: what is not even that long is dirt
_NEAR = 0.2  # of the object's longest side: a part that is not farther away belongs to it
_MOST_PARTS = 12  # of an object: more is a texture
_MOST_OBJECTS = 64  # of a picture: more are a text or a pattern
_LIKE = 0.4  # of the first object's longest side and mean contrast: what has less is no further object
_THICK = 0.4  # of the first object's longest side: what the rim cuts and is thicker has no strokes
_RULE = 0.25, 4.0  # what is lower than this part of another object, and so many times as long as high, is a line
_ROW = 1.5  # times its height: what is wider may be a row of digits
_TALL = 0.6  # of the taller one's height: parts that both are stand side by side as two digits do
_PAGE = 4  # parts that are like each other are the digits of a page
_TWO_LINES = 1.5  # times the usual height: what is taller is of two lines
_AROUND, _LIGHT, _DARK = 3, 0.5, 64  # pixels of the survey; of the light there, or of so many grey levels
_GROWN = 1.25  # times the longest: so much longer faint strokes make an object; longer ones are lines and folds
_END = 0.06, 3  # of an object, and pixels of the survey at most: a soft end of a stroke is no longer
_BESIDE_GAP = 0.05  # of the taller one's height: nearer ones are strokes of one digit
_SHARED = 0.3  # of the lower one's height: two boxes are in one line
_BESIDE = 0.2  # of the object's mean contrast: ink has 0.05 at most two pixels beside it, shadows 0.3
_GROUND = 0.3  # of a picture at least is neither ink nor shadow
_ROUGH = 0.08  # of contrast there: more than a camera's noise and paper have
_EVEN = 0.62  # of what the darkest twentieth of an object has, its lightest fifth has at least
_AT_RIM = 0.25  # of its weight is left to a part for each side of the rim that cuts it


@dataclass(frozen=True, slots=True)
class Found:
    """The object's mask in the survey, bool [H, W], the box around it, of how many parts it is, whether it is so
    unevenly dark that a shadow may be a part of it, and whether it has strokes that are paler than the others."""

    mask: Mask
    box: Box
    parts: int = 1
    shaded: bool = False
    pale: bool = False


def find_objects(seen: Survey, min_contrast: float, rough: bool = False, faint: bool = True) -> list[Found] | Reason:
    """The objects of a survey, the best one first, or why there is none: no ink at all, or none that hangs together.

    On a `rough` ground there is some contrast everywhere. Where only such a ground would leave out an object there is
    none: no ink is left out in silence. `faint` strokes that go on from an object are parts of it.
    """
    ink = find_ink(seen.contrast, min_contrast)
    if ink is None:
        return "empty"
    mask = ink.sure()
    least = max(2, round(_SPECK * min(mask.shape)))
    parts = [part for part in components(mask) if part.longest >= least]
    cut = [part for part in parts if seen.beyond is not None and touches(part, seen.beyond)]
    usual = _usual_height(parts)
    found = _join(parts, seen.contrast, usual, cut) if parts else None
    ground = quantile(seen.contrast[::2, ::2], _GROUND)
    if found is None or not _has_edges(found.mask, seen.contrast, ground * rough):
        return "no_object"
    whole = [part for part in parts if not any(part is other for other in cut)]
    others = _others(found, whole, seen, usual)
    clear = [one for one in others if _has_edges(one.mask, seen.contrast, ground * rough)]
    if ground > _ROUGH and any(
        not any(one is each for each in clear) and _has_edges(one.mask, seen.contrast, ground) for one in others
    ):
        return "no_object"
    drawn = [found, *clear]
    drawn[0] = replace(drawn[0], shaded=_is_shaded(drawn[0].mask, seen.contrast))
    if faint:
        drawn = _with_faint(drawn, ink.strokes())
    objects = [one for one in drawn if not any(_is_rule(one.box, digit.box) for digit in drawn)]
    return objects if len(objects) <= _MOST_OBJECTS else "no_object"


def _usual_height(parts: Sequence[Component]) -> float:
    """The height of most digits of a page by its parts; infinite where too few are like each other."""
    heights = sorted(height(part.box) for part in parts)
    alike = [each for each in heights if each >= _LIKE * heights[-1]]
    return alike[len(alike) // 2] if len(alike) >= _PAGE else math.inf


def _others(first: Found, parts: list[Component], seen: Survey, usual: float) -> list[Found]:
    """What is like the first object: whole, not much smaller, not much fainter."""
    contrast = seen.contrast
    least = _LIKE * _tall(first.box)
    faintest = _LIKE * float(contrast[first.mask].mean())
    thickest = _THICK * _tall(first.box)
    left = [part for part in parts if not _drawn(part, first.mask)]
    objects: list[Found] = []
    while left and len(objects) < _MOST_OBJECTS:
        found = _join(left, contrast, usual)
        if found is None:
            break
        left = [part for part in left if not _drawn(part, found.mask)]
        alike = longest(found.box) >= least and float(contrast[found.mask].mean()) >= faintest
        if not is_whole(found.box, contrast.shape):
            # What the rim cuts may be a digit, or a thing on the table, its edge, a line.
            alike = alike and _tall(found.box) >= least and stroke_width(found.mask) <= thickest
            alike = alike and _same_light(found.box, seen.background)
        if alike:
            objects.append(found)
    return objects


def _with_faint(objects: list[Found], faint: Mask) -> list[Found]:
    """The objects with the faint strokes that go on from them; those that such strokes join as one."""
    owner = np.zeros(faint.shape, np.uint8)
    for number, one in enumerate(objects, 1):
        owner[one.mask] = number
    begun = (highest(owner, 3) > 0) & faint & (owner == 0)
    if not begun.any():
        return objects
    longest_digit = max(_tall(one.box) for one in objects)
    if len(objects) < _PAGE:  # they may be the strokes of one
        longest_digit = longest(reduce(around, (one.box for one in objects)))
    grown_masks, group = [one.mask for one in objects], list(range(len(objects)))
    for number, one in enumerate(objects):
        left, top, right, bottom = grown(one.box, REACH, faint.shape)
        near = np.s_[top:bottom, left:right]
        if not begun[near].any():
            continue
        whole = followed(one.mask[near], faint[near])
        end = min(round(_END[0] * longest(one.box)), _END[1])
        if not (whole & (highest(one.mask[near].view(np.uint8), 2 * end + 1) == 0)).any():
            continue
        mask = np.zeros(faint.shape, bool)
        mask[near] = whole
        box = tight(mask)
        met = set(owner[mask].tolist()) - {0, number + 1}
        to_rim = is_whole(one.box, mask.shape) and not is_whole(box, mask.shape)
        too_long = longest(box) > _GROWN * max(longest_digit, longest(one.box))
        if to_rim or too_long or any(_abreast(one.box, objects[other - 1].box) for other in met):
            continue
        grown_masks[number] = mask
        joined = {group[number], *(group[other - 1] for other in met)}
        group = [min(joined) if each in joined else each for each in group]
    return [_together(objects, grown_masks, group, first) for first in sorted(set(group))]


def _together(objects: list[Found], masks: list[Mask], group: list[int], first: int) -> Found:
    """One of a group's members, that with the number `first`, with the masks of all."""
    members = [number for number, each in enumerate(group) if each == first]
    if len(members) == 1 and masks[first] is objects[first].mask:
        return objects[first]
    mask = np.logical_or.reduce([masks[number] for number in members])
    parts = sum(objects[number].parts for number in members)
    return replace(objects[first], mask=mask, box=tight(mask), parts=parts, pale=True)


def _abreast(a: Box, b: Box) -> bool:
    """Whether two boxes are as high as each other, and hardly above each other."""
    shared = min(a[2], b[2]) - max(a[0], b[0])
    return min(height(a), height(b)) >= _TALL * max(height(a), height(b)) and 2 * shared < min(width(a), width(b))


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


def _same_light(box: Box, background: Pixels) -> bool:
    """Whether the ground is of one light around a box: beside the edge of a dark thing it is not."""
    left, top, right, bottom = grown(box, _AROUND, background.shape)
    levels = to_grey(np.ascontiguousarray(background[top:bottom, left:right]))
    lightest = int(levels.max())
    return lightest - int(levels.min()) <= _LIGHT * max(lightest, _DARK)


def _join(
    parts: list[Component], contrast: NDArray[np.float32], usual: float, cut: Sequence[Component] = ()
) -> Found | None:
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
        if near and part.area <= first.area and not _beside(box, part.box) and not _stacked(box, part.box, usual):
            part.draw(mask)
            box = around(box, part.box)
            count += 1
    return Found(mask, box, count) if count <= _MOST_PARTS else None


def _beside(a: Box, b: Box) -> bool:
    """Whether two boxes stand side by side as two digits do, not as the strokes of one."""
    heights = height(a), height(b)
    apart = max(b[0] - a[2], a[0] - b[2])
    return min(heights) >= _TALL * max(heights) and apart > max(1, _BESIDE_GAP * max(heights))


def _stacked(a: Box, b: Box, usual: float) -> bool:
    """Whether two boxes stand above each other as digits of two lines do, where digits are of a `usual` height."""
    lower = min(height(a), height(b))
    return lower >= _TALL * usual and height(around(a, b)) > _TWO_LINES * usual


def _has_edges(mask: Mask, contrast: NDArray[np.float32], ground: float) -> bool:
    """Whether the contrast falls off right beside the mask: that of a shadow or a bent page falls off slowly. `ground`
    is what contrast there is without ink: that of noise and of a rough ground."""
    ink = mask.view(np.uint8)
    beside = highest(ink, 7) > highest(ink, 3)
    if not beside.any():
        return True
    return float(contrast[beside].mean()) - ground < _BESIDE * (float(contrast[mask].mean()) - ground)


def is_whole(box: Box, shape: tuple[int, ...]) -> bool:
    """Whether a box lies off the rim of what is [H, W]."""
    return box[0] > 0 and box[1] > 0 and box[2] < shape[1] and box[3] < shape[0]


def _is_shaded(mask: Mask, contrast: NDArray[np.float32]) -> bool:
    ink = contrast[mask]
    return quantile(ink, 0.2) < _EVEN * quantile(ink, 0.95)
