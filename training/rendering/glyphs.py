"""Ink as masks: [h, w] from 0 to 1, cut to the box of what is drawn.

training picture, font or pen strokes -> mask -> thicker or thinner -> turned, bent
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from service.imaging.pixels import Pixels, tight
from service.imaging.preprocessing.strokes import stroke_width
from training.rendering.sources import Font

Ink = NDArray[np.floating[Any]]
Photo = NDArray[np.floating[Any]]  # [H, W, 3], 0 to 255
Rng = np.random.Generator
Point = tuple[float, float]

_OVERSIZE = 2  # lines are drawn so much larger, and shrunk: smooth edges
_CURVE = 8  # points of a smoothed line between two of its corners

# Ways to write each digit in a unit square, x to the right, y down: lines through these points.
_PEN: tuple[tuple[tuple[tuple[Point, ...], ...], ...], ...] = (
    ((((0.5, 0), (0.1, 0.25), (0.1, 0.75), (0.5, 1), (0.9, 0.75), (0.9, 0.25), (0.5, 0)),),),
    ((((0.5, 0), (0.5, 0.5), (0.5, 1)),), (((0.25, 0.25), (0.55, 0)), ((0.55, 0), (0.55, 1)))),
    ((((0.1, 0.25), (0.45, 0), (0.85, 0.25), (0.5, 0.65), (0.1, 1)), ((0.1, 1), (0.95, 1))),),
    ((((0.1, 0.1), (0.6, 0), (0.8, 0.22), (0.4, 0.47)), ((0.4, 0.47), (0.9, 0.65), (0.7, 0.95), (0.1, 0.95))),),
    (
        (((0.35, 0), (0.05, 0.6)), ((0.05, 0.6), (0.95, 0.6)), ((0.7, 0.3), (0.65, 1))),
        (((0.65, 0), (0.05, 0.65)), ((0.05, 0.65), (0.95, 0.65)), ((0.65, 0), (0.65, 1))),
    ),
    ((((0.2, 0), (0.15, 0.45)), ((0.15, 0.45), (0.7, 0.4), (0.85, 0.75), (0.1, 0.98)), ((0.2, 0), (0.85, 0))),),
    ((((0.7, 0), (0.25, 0.4), (0.15, 0.8), (0.5, 1), (0.85, 0.75), (0.55, 0.52), (0.17, 0.72)),),),
    (
        (((0.1, 0), (0.9, 0)), ((0.9, 0), (0.35, 1))),
        (((0.1, 0), (0.9, 0)), ((0.9, 0), (0.4, 1)), ((0.35, 0.5), (0.9, 0.5))),
    ),
    ((((0.5, 0.47), (0.1, 0.25), (0.5, 0), (0.9, 0.25), (0.5, 0.47), (0, 0.75), (0.5, 1), (1, 0.75), (0.5, 0.47)),),),
    ((((0.8, 0.25), (0.45, 0.5), (0.15, 0.25), (0.5, 0), (0.8, 0.25)), ((0.8, 0.25), (0.75, 0.65), (0.6, 1))),),
)  # fmt: skip


def cut(ink: Ink) -> Ink:
    """The part within the box of the ink."""
    left, top, right, bottom = tight(ink > 0.1)
    return ink[top:bottom, left:right]


def enlarge(picture: Pixels, side: int) -> Ink:
    """A training picture's strokes with smooth edges, the box about `side` long."""
    size = (side * 28 // 20,) * 2
    soft = Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(side / 60))
    return cut(np.clip((np.asarray(soft, np.float32) / 255 - 0.35) / 0.3, 0, 1))


def print_text(text: str, font: Font, margin: int = 4) -> Ink:
    """Words in a font, as large as the font is."""
    left, top, right, bottom = (int(side) for side in font.getbbox(text))
    image = Image.new("L", (right - left + 2 * margin, bottom - top + 2 * margin))
    ImageDraw.Draw(image).text((margin - left, margin - top), text, fill=255, font=font)
    return cut(np.asarray(image, np.float32) / 255)


def write_digit(digit: int, side: int, width: int, rng: Rng) -> Ink:
    """A digit in pen strokes of `width`, each time a little different."""
    ways = _PEN[digit]
    lines = ways[int(rng.integers(len(ways)))]
    shift = dict.fromkeys({point for line in lines for point in line})
    moved = {p: (p[0] + rng.normal(0, 0.03), p[1] + rng.normal(0, 0.03)) for p in sorted(shift)}
    aspect = rng.uniform(0.5, 0.85)
    return draw_lines([[moved[p] for p in line] for line in lines], (int(side * aspect), side), width)


def draw_lines(lines: Sequence[Sequence[Point]], size: tuple[int, int], width: int) -> Ink:
    """Smooth lines with round ends through points in units of `size` (width, height)."""
    pad, zoom = width, _OVERSIZE
    image = Image.new("L", (zoom * (size[0] + 4 * pad), zoom * (size[1] + 4 * pad)))
    draw = ImageDraw.Draw(image)
    radius = zoom * width / 2
    for line in lines:
        points = np.array(_curve(line)) * size * zoom + zoom * 2 * pad
        draw.line([(float(x), float(y)) for x, y in points], fill=255, width=zoom * width)
        for x, y in points.tolist():
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return cut(np.asarray(image.reduce(zoom), np.float32) / 255)


def _curve(line: Sequence[Point]) -> list[Point]:
    """A Catmull-Rom curve through the points."""
    if len(line) == 2:
        return list(line)
    p = np.array([line[0], *line, line[-1]])
    t = np.linspace(0, 1, _CURVE, endpoint=False)[:, None]
    parts = [
        (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3) / 2
        for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False)
    ]
    return [(float(x), float(y)) for x, y in np.concatenate([*parts, p[-1:]])]


def thicken(ink: Ink, pixels: int) -> Ink:
    """Strokes about `pixels` wider, or narrower where negative, as long as three tenths of the ink are left."""
    image = Image.fromarray(np.rint(np.pad(ink, max(pixels, 0)) * 255).astype(np.uint8))
    least = 0.3 * float(ink.sum()) * 255
    for _ in range(abs(pixels) // 2):
        changed = image.filter(ImageFilter.MaxFilter(3) if pixels > 0 else ImageFilter.MinFilter(3))
        if float(np.asarray(changed, np.float32).sum()) < least:
            break
        image = changed
    return cut(np.asarray(image, np.float32) / 255)


def stroke_of(ink: Ink) -> float:
    """About how wide the strokes are, in pixels."""
    return stroke_width(ink > 0.5)


def turn(ink: Ink, degrees: float, slant: float = 0.0) -> Ink:
    """The mask turned anticlockwise, its upper edge pushed to the right by `slant` of its height."""
    pad = int(max(ink.shape) * 0.4)
    image = Image.fromarray(np.rint(np.pad(ink, pad) * 255).astype(np.uint8))
    image = image.transform(
        image.size, Image.Transform.AFFINE, (1, slant, -slant * image.height / 2, 0, 1, 0), Image.Resampling.BILINEAR
    )
    return cut(np.asarray(image.rotate(degrees, Image.Resampling.BILINEAR), np.float32) / 255)


def bend(ink: Ink, rng: Rng, reach: float) -> Ink:
    """The mask with each place moved by up to about `reach` of its height, neighbours alike: an unsteady hand."""
    pad = int(2 * reach * max(ink.shape)) + 2
    padded = np.pad(ink, pad)
    height, width = padded.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    for axis in (x, y):
        coarse = rng.normal(0, reach * ink.shape[0], (4, 4)).astype(np.float32)
        axis += np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
    rows, columns = np.rint(y).astype(int).clip(0, height - 1), np.rint(x).astype(int).clip(0, width - 1)
    return cut(padded[rows, columns])
