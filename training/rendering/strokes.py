"""Pen strokes: digits of other hands, straight 1s, and signs that are no digits, as lines in a unit square.

    Pendigits' rows, or skeletons of our own -> lines (x to the right, y down) -> ink of any pen -> a file on any ground

Digits and signs go through the same hands and pens, so that neither is told by its pen.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.rendering.draw import Draw, as_image, jpeg, save
from training.rendering.glyphs import Ink, Point, Rng, bend, draw_lines, thicken, turn
from training.rendering.grounds import board, lay, paper, plain, rule
from training.rendering.photographs import shoot

Lines = list[list[Point]]
_LIFTED = (5, 7)  # digits whose bar is a second stroke: the set joins the strokes
_RISE = 0.25  # of the height, at least, for the leg up to the bar

# Signs by the lines of a pen. None that a person could read as a digit: no O, I, l, Z, S, b, q, g, no t and f, whose
# bar may be lost, no square (a 0 of seven segments), and nothing upright alone.
_SIGNS: dict[str, Lines] = {
    "A": [[(0, 1), (0.5, 0)], [(0.5, 0), (1, 1)], [(0.2, 0.62), (0.8, 0.62)]],
    "C": [[(0.95, 0.15), (0.5, 0), (0.1, 0.3), (0.1, 0.7), (0.5, 1), (0.95, 0.85)]],
    "E": [[(0.9, 0), (0.1, 0)], [(0.1, 0), (0.1, 1)], [(0.1, 1), (0.9, 1)], [(0.1, 0.5), (0.75, 0.5)]],
    "F": [[(0.9, 0), (0.1, 0)], [(0.1, 0), (0.1, 1)], [(0.1, 0.5), (0.75, 0.5)]],
    "H": [[(0.1, 0), (0.1, 1)], [(0.9, 0), (0.9, 1)], [(0.1, 0.5), (0.9, 0.5)]],
    "K": [[(0.1, 0), (0.1, 1)], [(0.9, 0), (0.1, 0.55)], [(0.35, 0.4), (0.9, 1)]],
    "M": [[(0, 1), (0.1, 0)], [(0.1, 0), (0.5, 0.7)], [(0.5, 0.7), (0.9, 0)], [(0.9, 0), (1, 1)]],
    "N": [[(0.1, 1), (0.1, 0)], [(0.1, 0), (0.9, 1)], [(0.9, 1), (0.9, 0)]],
    "P": [[(0.15, 0), (0.15, 1)], [(0.15, 0.05), (0.7, 0), (0.9, 0.25), (0.7, 0.5), (0.15, 0.52)]],
    "R": [[(0.15, 0), (0.15, 1)], [(0.15, 0.05), (0.7, 0), (0.85, 0.25), (0.6, 0.5), (0.15, 0.52)],
          [(0.4, 0.52), (0.9, 1)]],
    "V": [[(0, 0), (0.5, 1)], [(0.5, 1), (1, 0)]],
    "W": [[(0, 0), (0.25, 1)], [(0.25, 1), (0.5, 0.3)], [(0.5, 0.3), (0.75, 1)], [(0.75, 1), (1, 0)]],
    "X": [[(0, 0), (1, 1)], [(1, 0), (0, 1)]],
    "Y": [[(0, 0), (0.5, 0.5)], [(1, 0), (0.5, 0.5)], [(0.5, 0.5), (0.5, 1)]],
    "a": [[(0.85, 0.2), (0.4, 0), (0.05, 0.4), (0.1, 0.85), (0.5, 0.95), (0.85, 0.5)],
          [(0.88, 0.05), (0.85, 0.75), (1, 1)]],
    "d": [[(0.8, 0.5), (0.4, 0.4), (0.05, 0.7), (0.4, 1), (0.8, 0.8)], [(0.82, 0), (0.82, 1)]],
    "e": [[(0.1, 0.5), (0.9, 0.5), (0.75, 0.1), (0.35, 0.05), (0.05, 0.5), (0.3, 0.95), (0.9, 0.85)]],
    "h": [[(0.1, 0), (0.1, 1)], [(0.1, 0.65), (0.5, 0.42), (0.85, 0.6), (0.85, 1)]],
    "k": [[(0.1, 0), (0.1, 1)], [(0.8, 0.4), (0.1, 0.7)], [(0.35, 0.62), (0.85, 1)]],
    "m": [[(0.05, 0.1), (0.05, 1)], [(0.05, 0.4), (0.3, 0.1), (0.5, 0.4), (0.5, 1)],
          [(0.5, 0.4), (0.75, 0.1), (0.95, 0.4), (0.95, 1)]],
    "n": [[(0.1, 0.05), (0.1, 1)], [(0.1, 0.4), (0.5, 0.05), (0.85, 0.35), (0.85, 1)]],
    "r": [[(0.2, 0.05), (0.2, 1)], [(0.2, 0.45), (0.45, 0.12), (0.9, 0.1)]],
    "u": [[(0.1, 0), (0.1, 0.7), (0.45, 1), (0.85, 0.7), (0.85, 0)], [(0.85, 0), (0.88, 1)]],
    "w": [[(0, 0.1), (0.2, 0.9), (0.5, 0.4), (0.75, 0.9), (1, 0.1)]],
    "y": [[(0.1, 0), (0.5, 0.55)], [(0.95, 0), (0.3, 1)]],
    "alpha": [[(1, 0.05), (0.6, 0.8), (0.25, 1), (0, 0.6), (0.25, 0.15), (0.6, 0.3), (0.75, 0.8), (1, 1)]],
    "gamma": [[(0, 0.1), (0.3, 0.1), (0.55, 0.7), (0.5, 1), (0.4, 0.8), (0.95, 0)]],
    "lambda": [[(0.1, 0), (0.35, 0.1), (0.9, 1)], [(0.5, 0.45), (0.05, 1)]],
    "pi": [[(0, 0.15), (1, 0.1)], [(0.3, 0.13), (0.2, 1)], [(0.7, 0.11), (0.75, 1)]],
    "theta": [[(0.5, 0), (0.1, 0.3), (0.1, 0.7), (0.5, 1), (0.9, 0.7), (0.9, 0.3), (0.5, 0)], [(0.1, 0.5), (0.9, 0.5)]],
    "Sigma": [[(0.95, 0), (0.1, 0)], [(0.1, 0), (0.6, 0.5)], [(0.6, 0.5), (0.1, 1)], [(0.1, 1), (0.95, 1)]],
    "omega": [[(0.2, 0.1), (0, 0.6), (0.25, 0.95), (0.5, 0.5), (0.75, 0.95), (1, 0.6), (0.8, 0.1)]],
    "plus": [[(0.5, 0), (0.5, 1)], [(0, 0.5), (1, 0.5)]],
    "equals": [[(0, 0.35), (1, 0.35)], [(0, 0.65), (1, 0.65)]],
    "minus": [[(0, 0.5), (0.5, 0.5), (1, 0.5)]],
    "tick": [[(0, 0.55), (0.35, 1)], [(0.35, 1), (1, 0)]],
    "root": [[(0, 0.6), (0.15, 0.5)], [(0.15, 0.5), (0.35, 1)], [(0.35, 1), (0.55, 0)], [(0.55, 0), (1, 0)]],
    "hash": [[(0.3, 0), (0.2, 1)], [(0.75, 0), (0.65, 1)], [(0, 0.32), (1, 0.32)], [(0, 0.68), (1, 0.68)]],
    "arrow": [[(0, 0.5), (1, 0.5)], [(0.65, 0.15), (1, 0.5)], [(1, 0.5), (0.65, 0.85)]],
    "triangle": [[(0.5, 0), (1, 1)], [(1, 1), (0, 1)], [(0, 1), (0.5, 0)]],
    "heart": [[(0.5, 1), (0, 0.4), (0.2, 0.02), (0.5, 0.3), (0.8, 0.02), (1, 0.4), (0.5, 1)]],
    "star": [[(0.5, 0), (0.8, 1)], [(0.8, 1), (0, 0.38)], [(0, 0.38), (1, 0.38)], [(1, 0.38), (0.2, 1)],
             [(0.2, 1), (0.5, 0)]],
}  # fmt: skip
SIGNS = tuple(_SIGNS)


def pen_lines(row: NDArray[np.uint8]) -> Lines:
    """The strokes of a row of Pendigits, uint8 [17]: x, y of eight points from 0 to 100, y upwards, and the class.

    The set joins strokes: the leg that rises to the bar of a 5 or a 7 was in the air, and is cut.
    """
    points = row[:16].astype(float).reshape(8, 2) / 100
    line = [(float(x), float(1 - y)) for x, y in points]
    return _lifted(line) if int(row[16]) in _LIFTED else [line]


def _lifted(line: list[Point]) -> Lines:
    """The line without its longest rise behind its lowest point, where it rises far enough to be the leg to a bar."""
    y = [point[1] for point in line]
    start = int(np.argmax(y))
    best, first = (0.0, 0, 0), start
    for i in range(start, len(line) - 1):
        if y[i] - y[i + 1] < 0.06:  # rises no more
            first = i + 1
        elif y[first] - y[i + 1] > best[0]:
            best = (y[first] - y[i + 1], first, i + 1)
    rise, leaves, lands = best
    if rise < _RISE:
        return [line]
    return [part for part in (line[: leaves + 1], line[lands:]) if len(part) > 1]


def straight_one(rng: Rng) -> Lines:
    """A 1 without a flag: a stroke within 12 degrees of upright, hardly bent."""
    lean, bow = np.tan(np.deg2rad(rng.uniform(-12, 12))), rng.normal(0, 0.015)
    return [[(0.5 + lean / 2, 0.0), (0.5 + bow, 0.5), (0.5 - lean / 2, 1.0)]]


def ruled_one(draw: Draw) -> Ink:
    """A 1 as a program's line or a ruler makes it: exactly upright, 3.5 to 25 times as long as wide, with round or
    square ends. Behind the preparation its edges are as sharp as no hand's."""
    side = int(draw.rng.integers(50, 130))
    width = max(3, round(side / draw.rng.choice([draw.between(3.5, 8), draw.between(5, 25)])))
    ink = np.ones((side, width), np.float32)
    if draw.rng.random() < 0.6:
        y, x = np.mgrid[:side, :width].astype(np.float32)
        radius = width / 2
        beyond = np.maximum(np.abs(y + 0.5 - side / 2) - (side / 2 - radius), 0)
        ink = np.clip(radius - np.hypot(beyond, x + 0.5 - radius) + 0.5, 0, 1)
    return ink


def sign(name: str, rng: Rng) -> Lines:
    """A sign that is no digit, each time a little different."""
    lines = _SIGNS[name]
    moved = {p: (p[0] + rng.normal(0, 0.03), p[1] + rng.normal(0, 0.03)) for p in _points(lines)}
    return [[moved[p] for p in line] for line in lines]


def _points(lines: Sequence[Sequence[Point]]) -> list[Point]:
    return sorted({point for line in lines for point in line})


def write(lines: Lines, draw: Draw, upright: bool = False) -> Ink:
    """The lines in ink: any pen or brush, any size and width, a hand of its own; `upright`: not turned."""
    side = int(draw.rng.integers(50, 130))
    width = max(
        2, int(side * draw.rng.choice([draw.between(0.02, 0.06), draw.between(0.05, 0.12), draw.between(0.1, 0.2)]))
    )
    aspect = draw.between(0.55, 0.95)
    ink = draw_lines(lines, (max(1, int(side * aspect)), side), width)
    if not upright:
        ink = turn(ink, draw.between(-9, 9), draw.between(-0.1, 0.2))
    ink = bend(ink, draw.rng, draw.between(0, 0.018))
    return thicken(ink, 2) if draw.rng.random() < 0.1 else ink


def lay_out(ink: Ink, draw: Draw) -> bytes:
    """The ink as a file: a clean drawing, or photographed on paper, ruled paper or a board."""
    margin = int(max(ink.shape) * draw.between(0.12, 0.6)) + 4
    ink = np.pad(ink, margin)
    size = (ink.shape[1], ink.shape[0])
    kind = draw.rng.random()
    if kind < 0.5:
        pen, ground = draw.between(0, 60), draw.between(200, 255)
        pair = (ground, pen) if draw.rng.random() < 0.5 else (pen, ground)
        return save(as_image(lay(ink, plain(size, (pair[1],) * 3), (pair[0],) * 3)), "PNG")
    if kind < 0.9:
        sheet = paper(size, draw.rng)
        sheet = rule(sheet, draw.rng, squared=draw.rng.random() < 0.5) if kind < 0.58 else sheet
        colour = tuple(draw.rng.uniform(0, 110, 3).tolist())
        return jpeg(shoot(draw, lay(ink, sheet, colour, draw.between(0.55, 1))), draw)
    return jpeg(shoot(draw, lay(ink, board(size, draw.rng), (235, 235, 230), draw.between(0.7, 1))), draw)
