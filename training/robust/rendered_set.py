"""Rendered pictures in the form in which the service hands them to a network: for training and calibration.

    pictures -> decode -> the recipe's preparation -> those in which an object was found, uint8 [n, 28, 28]

Rendering takes minutes, so those of a training are kept in a file whose name follows from all that decides them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np
import PIL
from numpy.typing import NDArray

import service.imaging
import training.rendering
from service.imaging.codec.files import ImageLimits, decode
from service.imaging.pixels import Pixels
from service.imaging.preprocessing.recipes import WORKING_SIDE, prepare
from service.imaging.preprocessing.spec import PreprocessSpec
from training import files
from training.rendering import FAMILIES, Rendered, render
from training.rendering.sources import Source, fonts_digest

SEED = 100  # of the renderer, for training alone
_IMAGING = Path(service.imaging.__file__).parent
# The code that decides the pictures: how they are rendered, and how the service reads them.
CODE = (
    _IMAGING / "codec",
    _IMAGING / "preprocessing",
    _IMAGING / "pixels.py",
    Path(training.rendering.__file__).parent,
    Path(__file__),
    Path(__file__).with_name("hands.py"),
    Path(__file__).with_name("clothing_set.py"),
    Path(__file__).with_name("cliparts_set.py"),
)
LIBRARIES = (PIL.__version__, np.__version__)  # which draw, resize and encode
_PAIRS = 6  # one of so many pictures of the family `worn` is a pair of shoes
_LARGEST = 320  # pixels: enough for 28 x 28, and six times as quickly made as photographs of full size


@dataclass(frozen=True)
class RenderedSet:
    """Pictures as a network sees them, uint8 [n, 28, 28], labels int64 [n], and the second view of each, uint8
    [n, 28, 28]: the same picture again where there is only one.

    A label of -1: what is shown is none of the classes, or several.
    """

    pictures: Pixels
    labels: NDArray[np.int64]
    views: Pixels

    def of(self, which: NDArray[np.bool_]) -> "RenderedSet":
        """Those of them that are chosen by [n]."""
        return RenderedSet(self.pictures[which], self.labels[which], self.views[which])

    @property
    def seen_twice(self) -> "RenderedSet":
        """The second views alone, of those that have one."""
        two = (self.pictures != self.views).any(axis=(1, 2))
        return RenderedSet(self.views[two], self.labels[two], self.views[two])


def collect(pictures: Iterable[Rendered], spec: PreprocessSpec) -> RenderedSet:
    """What a network sees of the pictures in which an object was found, in their order."""
    seen: list[Pixels] = []
    views: list[Pixels] = []
    labels: list[int] = []
    for picture in pictures:
        prepared = prepare(decode(picture.data, ImageLimits(), working_side=WORKING_SIDE), spec)
        if prepared.reason is None:
            seen.append(prepared.pixels)
            views.append(prepared.views[0] if prepared.views else prepared.pixels)
            labels.append(picture.labels[0] if len(picture.labels) == 1 else -1)
    none = np.zeros((0, spec.height, spec.width), np.uint8)
    pixels, others = (np.stack(each) if each else none for each in (seen, views))
    return RenderedSet(pixels, np.array(labels, np.int64), others)


def keep(path: Path, draw: Callable[[], Iterable[Rendered]], spec: PreprocessSpec) -> RenderedSet:
    """What the file holds, made by `draw` if it is not there yet."""
    if not path.exists():
        made = collect(draw(), spec)
        path.parent.mkdir(parents=True, exist_ok=True)
        write = partial(np.savez_compressed, pictures=made.pictures, labels=made.labels, views=made.views)
        files.write_with(path, write)
    with np.load(path) as kept:
        return RenderedSet(kept["pictures"], kept["labels"], kept["views"])


def training_set(own: str, count: int, source: Source, spec: PreprocessSpec, folder: Path) -> RenderedSet:
    """About `count` photographs of the model's classes and half as many outliers, from `folder` if they are there.

    `own` is the renderer's family of the model's classes. `source` must hold nothing of what is held out. What is of
    the other family has the label -1 too.
    """
    return kept_set(f"rendered-{own}", (own, count), lambda: _draw(own, count, source), source, spec, folder)


def kept_set(
    name: str, what: object, draw: Callable[[], Iterable[Rendered]], source: Source, spec: PreprocessSpec, folder: Path
) -> RenderedSet:
    """What `draw` gives, as a network sees it: from `folder` if it is there, else drawn and kept.

    `what` is all that decides the pictures beside `source`, `spec`, code, libraries and fonts.
    """
    return keep(folder / f"{name}-{cache_key(what, source, spec)}.npz", draw, spec)


def worn_set(count: int, source: Source, spec: PreprocessSpec, folder: Path) -> RenderedSet:
    """About `count` pictures of clothes on people, and of shoes in pairs, from `folder` if they are there."""
    kinds = [kind.__name__ for kind in FAMILIES["worn"]]

    def draw() -> Iterator[Rendered]:
        for index in range(count):
            yield render(kinds[0] if index % _PAIRS else kinds[1], source, SEED, index, _LARGEST)

    return kept_set("worn", count, draw, source, spec, folder)


def things_set(count: int, source: Source, spec: PreprocessSpec, folder: Path) -> RenderedSet:
    """About `count` pictures of things that are no clothes, of each kind alike, from `folder` if they are there."""
    kinds = [kind.__name__ for kind in FAMILIES["things"]]

    def draw() -> Iterator[Rendered]:
        return (render(kinds[i % len(kinds)], source, SEED, i // len(kinds), _LARGEST) for i in range(count))

    return kept_set("things", count, draw, source, spec, folder)


def _draw(own: str, count: int, source: Source) -> Iterator[Rendered]:
    kinds = [kind.__name__ for kind in FAMILIES[own]]
    for kind in kinds:
        for index in range(-(-count // len(kinds))):
            yield render(kind, source, SEED, index, _LARGEST)
    foreign = FAMILIES["clothes" if own == "digits" else "digits"][0].__name__
    strange = [kind.__name__ for kind in FAMILIES["negatives"]] + [foreign]
    for kind in strange:
        for index in range(-(-count // (2 * len(strange)))):
            picture = render(kind, source, SEED, index, _LARGEST)
            yield Rendered(picture.data, kind, picture.family, (), None)


def cache_key(what: object, source: Source, spec: PreprocessSpec) -> str:
    """Twelve signs that differ where the pictures may: other data, numbers, settings, code, libraries or fonts."""
    key = sha256(repr((what, SEED, _LARGEST, spec, LIBRARIES, code_digest(CODE), fonts_digest())).encode())
    for part in (source.digits, source.digit_labels, source.garments, source.garment_labels):
        key.update(np.ascontiguousarray(part).tobytes())
    return key.hexdigest()[:12]


def code_digest(parts: Sequence[Path]) -> str:
    """SHA-256, in hexadecimal, of all Python files in these folders and files: of what they are called, from the part
    on, and of what they hold."""
    digest = sha256()
    for part in parts:
        for file in sorted(part.rglob("*.py")) if part.is_dir() else [part]:
            name, content = file.relative_to(part.parent).as_posix().encode(), file.read_bytes()
            digest.update(b"%d %s %d " % (len(name), name, len(content)) + content)
    return digest.hexdigest()
