"""People's photographs of clothes as a network sees them behind the service's preparation.

    clothing/train/<class>/ -> our classes, or none -> each photograph in several views -> decode -> prepare
    -> uint8 [n, 28, 28] and labels, -1: hats, shorts, skirts
    -> two scraps of each, labels -1: a corner, and its halves exchanged

Every eighth photograph of a class is held out of training: for choices and calibration.
"""

from collections.abc import Callable, Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from service.datasets import LABELS
from service.imaging.preprocessing.spec import PreprocessSpec
from training.data.clothing import photographs
from training.data.shoes import kind_of_shoe
from training.rendering import Rendered
from training.rendering.draw import save
from training.robust.rendered_set import CODE, LIBRARIES, RenderedSet, code_digest, collect, keep

VIEWS = 4  # of each photograph in training: itself, and cut and turned otherwise
_HELD_OUT = 8  # one of so many
_CLASSES = {
    "t-shirt": "T-shirt/top", "longsleeve": "Pullover", "outwear": "Coat", "pants": "Trouser", "shirt": "Shirt",
    "dress": "Dress",
}  # fmt: skip
_FOREIGN = ("hat", "shorts", "skirt")


def class_of(kind: str, name: str) -> int | None:
    """Our class of a photograph, by its folder and file name; -1 where it is none of them, None where it is not told
    which: shoes that show no one kind."""
    if kind in _FOREIGN:
        return -1
    label = kind_of_shoe(name) if kind == "shoes" else _CLASSES[kind]
    return None if label is None else LABELS["fashion_mnist"].index(label)


def known_photographs(place: Path, held_out: bool) -> Iterator[tuple[Path, int]]:
    """Path and class of each photograph that is for training, or of each that is held out."""
    counts: dict[str, int] = {}
    for kind, name, path in photographs(place):
        label = class_of(kind, name)
        counts[kind] = counts.get(kind, 0) + 1
        if label is not None and (counts[kind] % _HELD_OUT == 0) == held_out:
            yield path, label


def clothing_set(place: Path | None, spec: PreprocessSpec, folder: Path) -> RenderedSet:
    """The photographs that are for training in all their views, from `folder` if they are there.

    Raises ValueError without a place.
    """
    return _kept("clothing", _views, place, spec, folder)


def scraps_set(place: Path | None, spec: PreprocessSpec, folder: Path) -> RenderedSet:
    """What the photographs that are for training show, but no whole garment: rooms, cloth, parts. From `folder` if they
    are there.

    Raises ValueError without a place.
    """
    return _kept("scraps", _scraps, place, spec, folder)


def _kept(
    name: str, made_of: Callable[[Path], Iterator[Rendered]], place: Path | None, spec: PreprocessSpec, folder: Path
) -> RenderedSet:
    if place is None:
        raise ValueError("the data set comes without the photographs of clothes, which this recipe needs")
    what = sorted((path.relative_to(place).as_posix(), label) for path, label in known_photographs(place, False))
    key = sha256(repr((what, VIEWS, spec, LIBRARIES, code_digest(CODE))).encode()).hexdigest()[:12]
    return keep(folder / f"{name}-{key}.npz", lambda: made_of(place), spec)


def held_out_set(place: Path, spec: PreprocessSpec, views: int = 1) -> RenderedSet:
    """The photographs that are held out, as they are, or in so many views, the first of which is that."""
    return collect(_views(place, held_out=True, count=views), spec)


def _views(place: Path, held_out: bool = False, count: int = VIEWS) -> Iterator[Rendered]:
    for index, (path, label) in enumerate(known_photographs(place, held_out)):
        content = path.read_bytes()
        yield _shown(content, label)
        for number in range(1, count):
            yield _shown(another_view(content, np.random.default_rng([index, number])), label)


def _scraps(place: Path) -> Iterator[Rendered]:
    for index, (path, _) in enumerate(known_photographs(place, False)):
        content, rng = path.read_bytes(), np.random.default_rng([index, VIEWS])
        yield from (_shown(scrap(content, rng), -1) for scrap in (corner, halves_exchanged))


def _shown(content: bytes, label: int) -> Rendered:
    return Rendered(content, "clothing", "clothes", () if label < 0 else (label,), None)


def another_view(content: bytes, rng: np.random.Generator) -> bytes:
    """The photograph turned by up to 10 degrees, up to a twelfth of each side cut off, in another light."""
    image = _opened(content)
    fill = tuple(int(level) for level in np.asarray(image.resize((1, 1), Image.Resampling.BOX))[0, 0])
    image = image.rotate(float(rng.uniform(-10, 10)), Image.Resampling.BILINEAR, fillcolor=fill)
    left, top, right, bottom = (rng.uniform(0, 1 / 12, 4) * (image.size * 2)).astype(int).tolist()
    image = image.crop((left, top, image.width - right, image.height - bottom))
    levels = np.asarray(image, np.float32) * rng.uniform(0.75, 1.15) * rng.uniform(0.94, 1.06, 3).astype(np.float32)
    return save(Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8)), "JPEG", quality=90)


def corner(content: bytes, rng: np.random.Generator) -> bytes:
    """One of the photograph's corners, of 25 to 45 % of each side: a room, or a part of a garment."""
    image = _opened(content)
    width, height = (int(side * rng.uniform(0.25, 0.45)) for side in image.size)
    left, top = (int(rng.integers(2)) * (whole - part) for whole, part in zip(image.size, (width, height), strict=True))
    return save(image.crop((left, top, left + width, top + height)), "JPEG", quality=90)


def halves_exchanged(content: bytes, rng: np.random.Generator) -> bytes:
    """The photograph with its halves exchanged, beside or above each other: all of a garment, and not its shape."""
    shown = np.asarray(_opened(content))
    axis = int(rng.integers(2))
    return save(Image.fromarray(np.roll(shown, shown.shape[axis] // 2, axis)), "JPEG", quality=90)


def _opened(content: bytes) -> Image.Image:
    with Image.open(BytesIO(content)) as opened:
        return opened.convert("RGB")
