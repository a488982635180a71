"""Several digits, or one in pieces? All likely ways to read the ink are made; the network's answers decide.

objects of a survey -> lines -> the ink again at full detail -> pieces from left to right, thin places cut
                    -> candidates: runs of neighbouring pieces, each as the model sees it
candidates, the network's confidence in each -> the best way through each line

So digits were read from cheques (LeCun et al., 1998, section VII): cut too often, recognise every run of pieces,
take the path with the best sum. A candidate's cost grows with -log of its confidence and with what is unlikely: ink cut
through, a wide gap joined, a digit much lower than its line.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from service.imaging.boxes import Box, around, gap, grown, height, width
from service.imaging.pixels import Mask, Pixels, highest, resize, shrink, tight
from service.imaging.preprocessing.background import Survey, contrast, shrink_ink
from service.imaging.preprocessing.components import Component, components, row_sums
from service.imaging.preprocessing.ink import find_ink, followed
from service.imaging.preprocessing.objects import Found, text_lines, touches

_TALL = 32  # pixels at least of the tallest object, at which its ink is looked at again
_MARGIN = 3  # pixels of the survey around the objects
_SPECK = 0.08  # of the line's height
_SAME_COLUMN = 0.5  # of the narrower part's width lies above or below the other: one digit
_WIDE = 0.95  # of the line's height: a part that is wider may be two digits
_TWO = 1.15  # of its height: a single part that is wider may be two digits
_THIN = 2.5  # times the stroke's width: no cut goes through more ink
_SIDE = 0.22  # of the line's height is left on each side of a cut
_CUTS = 1.6  # more of them for each height of the line that a part is wider
_MOST_CUTS = 6  # of a part at most
_MOST_RUNS = (6, 3, 2, 1)  # pieces to a digit: fewer where there would be too many candidates
_MOST_CANDIDATES = 128  # of a picture: each costs one to two milliseconds with the network
_MOST_WIDE = 1.4  # of its height: so wide is no digit
_MOST_GAP = 0.4  # of the line's height between pieces of one digit
_MOST_PIECES = 120  # of a picture: more is a text or a pattern
_LOW = 0.6  # of the line's height: what is lower is hardly a digit of its own
_EACH, _CUT = 0.3, 1.0  # costs: of a digit, of a cut through ink
_GAP, _FLAT = 4.0, 4.0  # of joining over a gap as wide as the line is high, of a digit without any height
_LINES = 2.0  # of joining what seems to be several lines: what the network takes for digits alone is not joined
_DOUBT, _LEAST = 3.0, 1e-4  # what a confidence of 1 / e costs; the least one that counts


@dataclass(frozen=True, slots=True)
class Span:
    """Where a candidate stands: the pieces `start` to `end` of a line, and what it costs beside its confidence."""

    line: int
    start: int
    end: int
    cost: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A run of pieces as an object of `Closer.survey`."""

    span: Span
    found: Found


@dataclass(frozen=True, slots=True)
class Closer:
    """The part of a picture that holds the objects, at full detail. `left` and `top` are its place, in pixels of the
    picture; a pixel of the survey is `survey.factor` of these wide. `tall`: the height of the tallest object there."""

    pixels: Pixels
    survey: Survey
    left: int
    top: int
    tall: float
    candidates: list[Candidate]


@dataclass(frozen=True, slots=True)
class _Piece:
    mask: Mask
    box: Box
    cut: bool  # its left side is a cut through ink


def candidates(pixels: Pixels, seen: Survey, found: Sequence[Found], min_contrast: float) -> Closer | None:
    """All likely readings of some objects; None where there is but one way: a single object in one piece."""
    if len(found) == 1 and found[0].parts == 1 and width(found[0].box) <= _TWO * height(found[0].box):
        return None
    lines = text_lines([each.box for each in found])
    closer = _closer(pixels, seen, found)
    closer.candidates.extend(_likely(closer, seen, found, lines, min_contrast))
    if len(closer.candidates) > 1:
        return closer
    if len(found) == 1:
        return None
    each_alone = [
        Candidate(Span(number, i, i + 1, 0.0), found[place])
        for number, line in enumerate(lines)
        for i, place in enumerate(line)
    ]
    return Closer(pixels, seen, 0, 0, 0.0, each_alone)


def _likely(
    closer: Closer, seen: Survey, found: Sequence[Found], lines: Sequence[Sequence[int]], min_contrast: float
) -> list[Candidate]:
    """The runs of pieces in each line, and perhaps the whole; none where there are no pieces, or too many."""
    owner, inside = _owners(closer, seen, found, lines)
    found_ink = find_ink(closer.survey.contrast, min_contrast)
    if found_ink is None:
        return []
    ink = found_ink.sure()
    pale = any(each.pale for each in found)
    if pale:
        ink = followed(ink, found_ink.strokes() & inside)
    parts = [part for part in components(ink) if part.longest >= _SPECK * closer.tall]
    if closer.survey.beyond is not None:
        parts = [part for part in parts if not touches(part, closer.survey.beyond)]
    sums = [row_sums(owner == number) for number in range(-1, int(owner.max()) + 1)]
    owners = [max(range(len(sums)), key=lambda i: part.sum(sums[i])) - 1 for part in parts]
    in_lines = [
        _pieces([part for part, line in zip(parts, owners, strict=True) if line == number], ink.shape)
        for number in range(len(sums) - 1)
    ]
    if not all(in_lines) or sum(map(len, in_lines)) > _MOST_PIECES:
        return []
    for most in _MOST_RUNS:
        runs = [_runs(pieces, number, most) for number, pieces in enumerate(in_lines)]
        together = [run for line in runs for run in line]
        if len(together) <= _MOST_CANDIDATES:
            break
    if pale:
        runs = [[replace(run, found=replace(run.found, pale=True)) for run in line] for line in runs]
        together = [run for line in runs for run in line]
    read_whole = any(run.span.start == 0 and run.span.end == together[-1].span.end for run in together)
    return together if len(in_lines) == 1 and read_whole else together + _whole(runs)


def best_reading(spans: Sequence[Span], confidence: Sequence[float]) -> list[int]:
    """Which candidates together read every piece once at the least cost, in reading order."""
    costs = [_EACH + span.cost - _DOUBT * math.log(max(p, _LEAST)) for span, p in zip(spans, confidence, strict=True)]
    lines = sorted({span.line for span in spans if span.line >= 0})
    ways = [_best_way([(i, spans[i], costs[i]) for i in range(len(spans)) if spans[i].line == line]) for line in lines]
    total, path = sum(cost for cost, _ in ways), [i for _, way in ways for i in way]
    whole = next((i for i, span in enumerate(spans) if span.line < 0), None)
    return [whole] if whole is not None and costs[whole] < total else path


def _best_way(steps: Sequence[tuple[int, Span, float]]) -> tuple[float, list[int]]:
    """The cheapest way through a line, and its cost (dynamic programming over the places between pieces)."""
    best: dict[int, tuple[float, list[int]]] = {0: (0.0, [])}
    last = max(span.end for _, span, _ in steps)
    for end in range(1, last + 1):
        ways = [(best[s.start][0] + cost, [*best[s.start][1], i]) for i, s, cost in steps
                if s.end == end and s.start in best]  # fmt: skip
        if ways:
            best[end] = min(ways)
    return best[last]


def _closer(pixels: Pixels, seen: Survey, found: Sequence[Found]) -> Closer:
    box = found[0].box
    for each in found[1:]:
        box = around(box, each.box)
    box = grown(box, _MARGIN, seen.contrast.shape)
    left, top, right, bottom = (side * seen.factor for side in box)
    tallest = max(height(each.box) for each in found) * seen.factor
    part = np.ascontiguousarray(pixels[top:bottom, left:right])
    side = max(1, max(part.shape[:2]) // max(1, tallest // _TALL))
    pale = any(each.pale for each in found)
    small, factor = shrink_ink(part, side, seen.polarity) if pale else shrink(part, side)
    background = resize(seen.background, (small.shape[1], small.shape[0]), box)
    fine = Survey(
        background,
        contrast(small, background, seen.polarity),
        seen.polarity,
        factor,
        _part(seen.beyond, box, background),
    )
    return Closer(part, fine, left, top, tallest / factor, [])


def _part(mask: Mask | None, box: Box, like: Pixels) -> Mask | None:
    if mask is None:
        return None
    return resize(mask.view(np.uint8) * np.uint8(255), (like.shape[1], like.shape[0]), box) > 127


def _owners(
    closer: Closer, seen: Survey, found: Sequence[Found], lines: Sequence[Sequence[int]]
) -> tuple[NDArray[np.int8], Mask]:
    """For each pixel of the closer look the line that it belongs to, or -1; and whether it is in an object's mask."""
    shape = closer.survey.contrast.shape
    owner, inside = np.full(shape, -1, np.int8), np.zeros(shape, bool)
    left, top = closer.left // seen.factor, closer.top // seen.factor
    zoom = closer.survey.factor / seen.factor
    rows = np.minimum(((np.arange(shape[0]) + 0.5) * zoom).astype(int) + top, seen.contrast.shape[0] - 1)
    columns = np.minimum(((np.arange(shape[1]) + 0.5) * zoom).astype(int) + left, seen.contrast.shape[1] - 1)
    for number, line in enumerate(lines):
        mask = np.logical_or.reduce([found[place].mask for place in line])
        owner[highest(mask.view(np.uint8), 3).astype(bool)[np.ix_(rows, columns)]] = number
        inside |= mask[np.ix_(rows, columns)]
    return owner, inside


def _pieces(parts: Sequence[Component], shape: tuple[int, ...]) -> list[_Piece]:
    """The parts of a line from left to right: those above each other as one, wide ones cut at thin places."""
    groups: list[tuple[Mask, Box]] = []
    for part in sorted(parts, key=lambda part: part.box[0]):
        mask, box = np.zeros(shape, bool), part.box
        part.draw(mask)
        apart = []
        for other in groups:
            if _above(other[1], box):
                mask, box = mask | other[0], around(box, other[1])
            else:
                apart.append(other)
        groups = [*apart, (mask, box)]
    tall = max((height(box) for _, box in groups), default=0)
    return [piece for mask, box in sorted(groups, key=lambda group: group[1][0]) for piece in _cut(mask, box, tall)]


def _above(a: Box, b: Box) -> bool:
    shared = min(a[2], b[2]) - max(a[0], b[0])
    return shared > _SAME_COLUMN * min(width(a), width(b))


def _cut(mask: Mask, box: Box, tall: int) -> list[_Piece]:
    """A wide part at its thin places; another as it is."""
    if width(box) <= _WIDE * tall:
        return [_Piece(mask, box, cut=False)]
    columns = np.count_nonzero(mask[:, box[0] : box[2]], axis=0)
    least = max(2, round(_SIDE * tall))
    thickest = _THIN * max(float(np.median(columns)) / 2, 1.0)
    places: list[int] = []
    most = min(round(_CUTS * (width(box) / tall - _TWO)) + 1, _MOST_CUTS)
    for x in np.argsort(columns[least:-least], kind="stable").tolist():
        if (
            len(places) < most
            and columns[x + least] <= thickest
            and all(abs(x + least - other) >= least for other in places)
        ):
            places.append(x + least)
    sides = [0, *sorted(places), width(box)]
    pieces = []
    for number, (start, end) in enumerate(pairwise(sides)):
        part = np.zeros_like(mask)
        part[:, box[0] + start : box[0] + end] = mask[:, box[0] + start : box[0] + end]
        pieces.append(_Piece(part, tight(part), cut=number > 0))
    return pieces


def _runs(pieces: Sequence[_Piece], line: int, most: int) -> list[Candidate]:
    tall = max(height(piece.box) for piece in pieces)
    runs = []
    for start in range(len(pieces)):
        mask, box, cost = pieces[start].mask, pieces[start].box, _CUT * pieces[start].cut
        for end in range(start + 1, min(start + most, len(pieces)) + 1):
            if end > start + 1:
                apart = max(pieces[end - 1].box[0] - box[2], 0)
                mask, box = mask | pieces[end - 1].mask, around(box, pieces[end - 1].box)
                wide = width(box) > _MOST_WIDE * max(height(box), 1)
                if apart > _MOST_GAP * tall or (wide and not pieces[end - 1].cut):
                    break
                cost += _GAP * apart / tall
            low = max(_LOW - height(box) / tall, 0)
            runs.append(Candidate(Span(line, start, end, cost + _FLAT * low), Found(mask, box, end - start)))
    return runs


def _whole(lines: Sequence[Sequence[Candidate]]) -> list[Candidate]:
    """All pieces as one digit, if they are close together. It costs as much for each piece as a digit does, so that
    many digits are not taken for one because they are many."""
    mask, box, apart, count = lines[0][0].found.mask, lines[0][0].found.box, 0, 0
    for line in lines:
        own = line[0].found.box
        for each in line:
            own, mask, count = around(own, each.found.box), mask | each.found.mask, count + each.found.parts
        apart, box = max(apart, gap(box, own)), around(box, own)
    if apart > _MOST_GAP * height(box) or width(box) > _MOST_WIDE * height(box):
        return []
    pieces = sum(max(each.span.end for each in line) for line in lines)
    cost = _LINES + _EACH * (pieces - 1) + _GAP * apart / height(box)
    return [Candidate(Span(-1, 0, 1, cost), Found(mask, box, count, pale=lines[0][0].found.pale))]
