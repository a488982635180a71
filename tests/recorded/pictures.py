"""Pictures as people upload them, made from the test sets with a fixed seed: on paper, dark, coloured, in a row.

Arrays are uint8, [H, W] grey or [H, W, 3] RGB. The test sets are read here and not by the service.
"""

import gzip
import math
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
_DATASETS = Path(__file__).parents[2] / "service" / "datasets"
_SEED = 13


@cache
def _test_images(dataset: str) -> Pixels:
    """uint8 [10000, 28, 28]."""
    content = gzip.decompress((_DATASETS / dataset / "t10k-images-idx3-ubyte.gz").read_bytes())
    return np.frombuffer(content, np.uint8, offset=16).reshape(-1, 28, 28)


def digit(index: int) -> Pixels:
    """A test sample of MNIST, [28, 28], light on dark."""
    pixels: Pixels = _test_images("mnist")[index]
    return pixels


def garment(index: int) -> Pixels:
    """A test sample of Fashion-MNIST, [28, 28], light on dark."""
    pixels: Pixels = _test_images("fashion_mnist")[index]
    return pixels


def enlarged(pixels: Pixels, width: int, height: int | None = None) -> Pixels:
    return np.asarray(Image.fromarray(pixels).resize((width, height or width), Image.Resampling.BICUBIC))


def on_paper(pixels: Pixels, width: int, height: int, side: int, at: tuple[int, int]) -> Pixels:
    """Light-on-dark `pixels` as ink of `side` pixels on paper, with a shadow and the noise of a camera: RGB."""
    noise = np.random.default_rng(_SEED).integers(-5, 6, (height, width))
    shadow = np.linspace(245, 190, width)[None, :] - np.linspace(0, 20, height)[:, None]
    ink = np.zeros((height, width))
    x, y = at
    ink[y : y + side, x : x + side] = enlarged(pixels, side) / 255
    grey = np.clip(shadow + noise - ink * 150, 0, 255)
    return np.stack([grey, grey * 0.97, grey * 0.9], axis=-1).astype(np.uint8)


def in_a_row(indices: list[int], gap: int = 8) -> Pixels:
    """Several digits beside each other, light on dark, [44, ...]; with a negative gap they overlap."""
    row = np.zeros((44, 16 + len(indices) * (28 + gap) - gap), np.uint8)
    for place, index in enumerate(indices):
        x = 8 + place * (28 + gap)
        row[8:36, x : x + 28] = np.maximum(row[8:36, x : x + 28], digit(index))
    return row


def coloured(pixels: Pixels, ink: tuple[int, int, int], ground: tuple[int, int, int]) -> Pixels:
    """Light-on-dark `pixels` in two colours: RGB."""
    share = pixels[..., None] / 255
    mixed: Pixels = (share * np.array(ink) + (1 - share) * np.array(ground)).astype(np.uint8)
    return mixed


def _scattered() -> Pixels:
    """Digits of three sizes about a light picture, [240, 320]."""
    grey = np.full((240, 320), 240, np.uint8)
    for index, side, x, y in ((0, 60, 20, 20), (1, 90, 120, 90), (2, 40, 250, 30), (3, 50, 240, 160)):
        grey[y : y + side, x : x + side] -= (enlarged(digit(index), side) * 0.8).astype(np.uint8)
    return grey


def _zigzags() -> Pixels:
    """Three broken lines, which can be read in several ways, [120, 240]."""
    grey = np.full((120, 240), 255, np.uint8)
    for line in range(3):
        for t in range(60):
            x, y = 10 + line * 75 + t, 60 + round(30 * math.sin(t / 5))
            grey[y : y + 5, x : x + 5] = 20
    return grey


@cache
def scenes() -> dict[str, Pixels]:
    """The pictures by name."""
    own, large = digit(7), enlarged(digit(4), 112)
    noise = np.random.default_rng(_SEED).integers(0, 256, (64, 64), np.uint8)
    return {
        "digit": own,
        "garment": garment(2),
        "digit-dark-ink": 255 - own,
        "garment-dark-ink": 255 - garment(2),
        "digit-29": np.pad(255 - own, ((0, 1), (0, 1)), constant_values=255),
        "digit-grey-ground": np.maximum(own, 90),
        "digit-light-ground": np.minimum(255 - own, 220),
        "digit-large": large,
        "digit-wide": np.pad(large, ((10, 10), (200, 60))),
        "digit-at-the-edge": np.pad(large, ((0, 90), (0, 90)))[20:, 15:],
        "digit-faint": (enlarged(digit(0), 80) // 12 + 100).astype(np.uint8),
        "garment-large": enlarged(garment(0), 140),
        "garment-white-ground": 255 - enlarged(garment(1), 120) // 2,
        "paper": on_paper(digit(35), 320, 240, 110, (90, 60)),
        "paper-upright": on_paper(digit(8), 240, 400, 90, (30, 250)),
        "garment-photo": on_paper(garment(5), 300, 300, 200, (50, 50)),
        "blue-on-yellow": coloured(large, (20, 30, 160), (250, 212, 40)),
        "red-on-green": coloured(large, (200, 40, 30), (60, 110, 50)),
        "row-of-three": in_a_row([0, 1, 2]),
        "row-of-six": in_a_row([3, 4, 5, 6, 7, 8], 4),
        "row-touching": in_a_row([10, 11], -6),
        "row-dark-ink": 255 - in_a_row([15, 20, 25]),
        "scattered": _scattered(),
        "zigzags": _zigzags(),
        "blank-black": np.zeros((28, 28), np.uint8),
        "blank-white": np.full((28, 28), 255, np.uint8),
        "blank-large": np.full((100, 100), 128, np.uint8),
        "one-pixel": np.full((1, 1), 255, np.uint8),
        "line": np.pad(np.full((8, 60), 255, np.uint8), 30),
        "strip": np.pad(np.full((2, 900), 200, np.uint8), 3),
        "noise": noise,
    }


def encoded(pixels: Pixels | Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """A picture file, by Pillow."""
    image = Image.fromarray(pixels) if isinstance(pixels, np.ndarray) else pixels
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@cache
def png(name: str) -> bytes:
    """The scene of this name as a PNG file."""
    return encoded(scenes()[name])
