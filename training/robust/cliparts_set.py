"""Drawings of things that are no clothes, by many hands, as a network sees them behind the service's preparation.

    PNG with alpha -> mirrored, turned, of some size -> before some ground, several times -> decode -> prepare
    -> uint8 [n, 28, 28], labels -1

Of eight runs of eight drawings, by their names, one is held out of training: neighbours are often variants of one.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from service.imaging.preprocessing.spec import PreprocessSpec
from training.data.cliparts import drawings
from training.rendering import Rendered
from training.rendering.draw import Draw
from training.rendering.sources import Source
from training.rendering.things import on_some_ground
from training.robust.rendered_set import SEED, RenderedSet, collect, kept_set

_TIMES = 5  # that each drawing is photographed for training
_RUN = 8
_LARGEST = 300  # pixels of a drawing's longer side


def cliparts_set(place: Path | None, source: Source, spec: PreprocessSpec, folder: Path) -> RenderedSet:
    """The drawings that are for training, from `folder` if they are there. Raises ValueError without a place."""
    if place is None:
        raise ValueError("the data set comes without the drawings of things, which this recipe needs")
    chosen = _chosen(place, held_out=False)
    made = [(number, content) for content in chosen.values() for number in range(_TIMES)]
    return kept_set("cliparts", sorted(chosen), lambda: _photographed(made, source, SEED), source, spec, folder)


def held_out_cliparts(place: Path, source: Source, spec: PreprocessSpec, seed: int) -> RenderedSet:
    """Those that are held out, each once."""
    made = [(0, content) for content in _chosen(place, held_out=True).values()]
    return collect(_photographed(made, source, seed), spec)


def _chosen(place: Path, held_out: bool) -> dict[str, bytes]:
    found = drawings(place).items()
    return {name: content for i, (name, content) in enumerate(found) if (i // _RUN % _RUN == _RUN - 1) == held_out}


def _photographed(made: list[tuple[int, bytes]], source: Source, seed: int) -> Iterator[Rendered]:
    for index, (number, content) in enumerate(made):
        draw = Draw(np.random.default_rng([seed, index, number]), source)
        yield Rendered(photographed(draw, content), "cliparts", "things", (), None)


def photographed(draw: Draw, content: bytes) -> bytes:
    """A drawing as somebody's photograph or shop picture."""
    with Image.open(BytesIO(content)) as opened:
        thing = opened.convert("RGBA")
    if draw.rng.random() < 0.5:
        thing = thing.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    side = int(draw.rng.integers(80, _LARGEST))
    zoom = side / max(thing.size)
    thing = thing.resize((max(4, round(thing.width * zoom)), max(4, round(thing.height * zoom))))
    degrees = draw.between(-15, 15) if draw.rng.random() < 0.5 else 0.0
    thing = thing.rotate(degrees, Image.Resampling.BILINEAR, expand=True)
    return on_some_ground(draw, thing.convert("RGB"), thing.getchannel("A"))
