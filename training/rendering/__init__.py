"""Upload-like pictures with the truth known, rendered from the training sets: for development and calibration.

    kind, seed, index -> its own random numbers -> ink or garment -> scene -> photograph or drawing -> file

The same kind, seed and index give the same picture, whatever else is rendered. Seeds 1 to 9 are for
development, 10 for calibration (`training.robust.calibration`), 100 for training (`training.robust.rendered_set`);
2026 is for the figures that are published, and nothing may be chosen by it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from service.imaging.pixels import Pixels
from training.rendering.draw import Draw
from training.rendering.drawings import DRAWINGS
from training.rendering.others import CLOTHES, NEGATIVES, SEVERAL
from training.rendering.photographs import PHOTOGRAPHS
from training.rendering.sources import Source
from training.rendering.things import THINGS
from training.rendering.worn import WORN

Render = Callable[[Draw], bytes]

FAMILIES: dict[str, tuple[Render, ...]] = {
    "digits": PHOTOGRAPHS + DRAWINGS, "clothes": CLOTHES, "several": SEVERAL, "negatives": NEGATIVES,
    "worn": WORN, "things": THINGS,
}  # fmt: skip
KINDS: dict[str, tuple[str, Render]] = {r.__name__: (family, r) for family, all_ in FAMILIES.items() for r in all_}


@dataclass(frozen=True)
class Rendered:
    """A picture file and what it shows: `labels` in reading order, none in a negative.

    `original` is the 28x28 picture that it was made from, where there was one alone.
    """

    data: bytes
    kind: str
    family: str
    labels: tuple[int, ...]
    original: Pixels | None


def render(kind: str, source: Source, seed: int, index: int, largest: int | None = None) -> Rendered:
    """The picture number `index` of a kind; with `largest` another one, no longer than so many pixels."""
    family, draw_picture = KINDS[kind]
    draw = Draw(np.random.default_rng([seed, crc32(kind.encode()), index]), source)
    draw.largest = largest or draw.largest
    data = draw_picture(draw)
    alone = draw.original if len(draw.labels) == 1 else None
    return Rendered(data, kind, family, tuple(draw.labels), alone)


def render_all(family: str, source: Source, seed: int, count: int) -> Iterator[Rendered]:
    """`count` pictures of each kind of a family."""
    for draw_picture in FAMILIES[family]:
        for index in range(count):
            yield render(draw_picture.__name__, source, seed, index)
