"""Digits of other hands, and signs that are none, as a network sees them behind the service's preparation.

    Pendigits, Optdigits, Semeion, straight 1s, changed files of 28 x 28; signs -> files -> decode -> prepare
    -> uint8 [n, 28, 28] and labels, -1: no digit

All of them are drawn anew from their data, and kept as rendered photographs are (`rendered_set.py`).
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from service.imaging.pixels import Pixels
from training.data.other_hands import Table
from training.rendering import Rendered
from training.rendering.draw import Draw, as_image, save
from training.rendering.glyphs import Ink, cut, print_text
from training.rendering.sources import Source, greek_fonts, open_font
from training.rendering.strokes import SIGNS, lay_out, pen_lines, ruled_one, sign, straight_one, write

Make = Callable[[Draw, int], tuple[bytes, tuple[int, ...]]]  # what is drawn, its number -> file, labels
SEED = 100  # of what is drawn for training
# Letters and operators of fonts; none that a person could read as a digit, and nothing upright alone.
LETTERS = "ACEFGHJKLMNPQRTUVWXYadehkmnpruvwxyΓΔΘΛΞΠΣΦΨΩαγδεηθκλμνξπρφχψω+×÷=±√∑∞≈≠≤≥%&@#?*<>←→✓✗♥★"
ONES, FILES, DRAWN, PRINTED = 3000, 4000, 4000, 4000  # pictures of straight 1s, changed files, signs
_TENTH = 10
_TALL = 96  # pixels of a coarse grid's digit, enlarged


def for_training(hands: Mapping[str, Table]) -> dict[str, Table]:
    """The tables without their last tenth, which is held out: the sets come by writers."""
    return {name: table[: len(table) - len(table) // _TENTH] for name, table in hands.items()}


def held_out(hands: Mapping[str, Table]) -> dict[str, Table]:
    """Their last tenth."""
    return {name: table[len(table) - len(table) // _TENTH :] for name, table in hands.items()}


def strokes(hands: Mapping[str, Table], source: Source, seed: int = SEED) -> Iterator[Rendered]:
    """Pendigits with any pen on any ground."""
    rows = hands["pendigits"]
    return _drawn("strokes", partial(_stroke, rows), len(rows), source, seed)


def shapes(hands: Mapping[str, Table], source: Source, largest: int, seed: int = SEED) -> Iterator[Rendered]:
    """Optdigits, Semeion, straight 1s, and MNIST's digits in files of 28 x 28 unlike its own; of the last two at
    most `largest` each."""
    for name, side in (("optdigits", 8), ("semeion", 16)):
        yield from _drawn(name, partial(_grid, hands[name], side), len(hands[name]), source, seed)
    yield from _drawn("ones", _one, min(ONES, largest), source, seed)
    yield from _drawn("files", _file, min(FILES, largest), source, seed)


def signs(source: Source, largest: int, seed: int = SEED) -> Iterator[Rendered]:
    """Letters, Greek, operators and drawings, of pens and of fonts; at most `largest` each."""
    yield from _drawn("signs", _sign, min(DRAWN, largest), source, seed)
    yield from _drawn("letters", _letter, min(PRINTED, largest), source, seed)


def _drawn(kind: str, make: Make, count: int, source: Source, seed: int) -> Iterator[Rendered]:
    for index in range(count):
        draw = Draw(np.random.default_rng([seed, *kind.encode(), index]), source)
        data, labels = make(draw, index)
        yield Rendered(data, kind, "digits" if labels else "negatives", labels, None)


def _stroke(rows: Table, draw: Draw, index: int) -> tuple[bytes, tuple[int, ...]]:
    return lay_out(write(pen_lines(rows[index]), draw), draw), (int(rows[index, -1]),)


def _grid(rows: Table, side: int, draw: Draw, index: int) -> tuple[bytes, tuple[int, ...]]:
    """A digit of a coarse grid with smooth edges. Semeion's were stretched to squares: they become narrow again."""
    values = rows[index, :-1].reshape(side, side).astype(np.float32)
    label = int(rows[index, -1])
    narrow = draw.between(0.6, 0.85) if side == 16 else draw.between(0.85, 1)
    narrow = min(narrow, draw.between(0.25, 0.5)) if side == 16 and label == 1 else narrow
    levels = Image.fromarray((values * (255 / values.max())).astype(np.uint8))
    large = levels.resize((int(_TALL * narrow), _TALL), Image.Resampling.BICUBIC)
    large = large.filter(ImageFilter.GaussianBlur(_TALL / side / 2.5)) if side == 16 else large
    soft = np.asarray(large, np.float32) / 255
    level = draw.between(0.35, 0.5)
    ink = cut(np.clip((soft - level) / 0.2 + 0.5, 0, 1))
    return lay_out(ink, draw), (label,)


def _one(draw: Draw, index: int) -> tuple[bytes, tuple[int, ...]]:
    ruled = index % 2 == 0
    ink = ruled_one(draw) if ruled else write(straight_one(draw.rng), draw, upright=True)
    return lay_out(ink, draw), (1,)


def _sign(draw: Draw, index: int) -> tuple[bytes, tuple[int, ...]]:
    return lay_out(write(sign(SIGNS[index % len(SIGNS)], draw.rng), draw), draw), ()


def _letter(draw: Draw, index: int) -> tuple[bytes, tuple[int, ...]]:
    fonts = greek_fonts()
    font = open_font(fonts[int(draw.rng.integers(len(fonts)))], int(draw.rng.integers(60, 160)))
    return lay_out(print_text(LETTERS[index % len(LETTERS)], font), draw), ()


def _file(draw: Draw, index: int) -> tuple[bytes, tuple[int, ...]]:  # noqa: ARG001
    """A file of 28 x 28 as people's programs make them, four times enlarged, so that it goes through the recipe."""
    digit = draw.training_digit()
    ink = _changed(digit, draw) if draw.rng.random() < 0.75 else _thin(digit, draw)
    ground, pen = draw.between(0, 110), draw.between(150, 255)
    if draw.rng.random() < 0.25:  # faint
        pen = ground + draw.between(35, 70)
    grey = ground + (pen - ground) * ink
    grey = 255 - grey if draw.rng.random() < 0.5 else grey
    grey = grey + draw.rng.normal(0, draw.between(0, 3), grey.shape)
    large = as_image(grey).resize((112, 112), Image.Resampling.BICUBIC)
    return save(large, "PNG"), (draw.labels[0],)


def _changed(digit: Pixels, draw: Draw) -> Ink:
    """Larger or smaller, out of the middle, of a thick brush or not."""
    ink = cut(digit.astype(np.float32) / 255)
    zoom = draw.between(10, 26) / max(ink.shape)
    size = max(1, round(ink.shape[1] * zoom)), max(1, round(ink.shape[0] * zoom))
    small = Image.fromarray((ink * 255).astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)
    if zoom >= 0.8 and draw.rng.random() < 0.25:
        small = small.filter(ImageFilter.MaxFilter(3))
    whole = Image.new("L", (28, 28))
    whole.paste(small, (int(draw.rng.integers(1, 28 - size[0])), int(draw.rng.integers(1, 28 - size[1]))))
    return np.asarray(whole, np.float32) / 255


def _thin(digit: Pixels, draw: Draw) -> Ink:
    """A brush of one pixel along the middle of the strokes."""
    large = Image.fromarray(digit).resize((112, 112), Image.Resampling.BICUBIC)
    solid = np.asarray(large) > 110
    line = _middle(solid)
    whole = Image.new("L", (28, 28))
    pen = ImageDraw.Draw(whole)
    level = int(draw.between(150, 255))
    for y, x in np.argwhere(line).tolist():
        pen.point((x // 4, y // 4), level)
    return np.asarray(whole, np.float32) / 255


def _middle(solid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The ridge of a mask: what is as far from its outside as anything beside it."""
    depth, left = np.zeros(solid.shape, np.int32), np.pad(solid, 1)
    while left.any():
        depth += left[1:-1, 1:-1]
        core = left[:-2, 1:-1] & left[2:, 1:-1] & left[1:-1, :-2] & left[1:-1, 2:]
        left[1:-1, 1:-1] &= core
    around = np.pad(depth, 2)
    most = np.max([around[i : i + 112, j : j + 112] for i in range(5) for j in range(5)], axis=0)
    return (depth > 0) & (depth >= most - 1) & (depth >= most * 0.8)
