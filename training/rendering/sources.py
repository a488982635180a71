"""What is rendered: digits and garments of the training sets, and the fonts of this machine.

Never a test picture: what is tuned on rendered pictures must not have seen what it is judged by.
"""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ImageFont

from service.datasets import read_pair
from service.imaging.pixels import Pixels
from training.data.sets import Labels, ensure

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

HELD_OUT = 5000  # pictures: `last_5000` of training.data.splits
_FONTS = Path("/usr/share/fonts")  # where Debian's packages put theirs


@dataclass(frozen=True)
class Source:
    """Pictures uint8 [n, 28, 28] and labels [n], of digits and of garments."""

    digits: Pixels
    digit_labels: NDArray[np.uint8]
    garments: Pixels
    garment_labels: NDArray[np.uint8]


def load_source(folder: Path | None = None) -> Source:
    """The end of the two training sets. Raises DatasetError as `training.data.ensure` does."""
    digits, garments = (read_pair(ensure(name, folder)[0], "train") for name in ("mnist", "fashion_mnist"))
    return held_out_source(digits, garments)


def held_out_source(digits: tuple[Pixels, Labels], garments: tuple[Pixels, Labels]) -> Source:
    """What our own networks do not learn from, of whole training sets: their end."""
    return Source(*(part[-HELD_OUT:] for pair in (digits, garments) for part in pair))


@cache
def font_files() -> tuple[Path, ...]:
    """The installed Latin fonts, sorted; none where Debian's packages are not there."""
    found = sorted([*_FONTS.rglob("*.ttf"), *_FONTS.rglob("*.otf")])
    return tuple(path for path in found if not any(word in path.name for word in ("Emoji", "Math", "Symbol")))


@cache
def fonts_digest() -> str:
    """SHA-256, in hexadecimal, of the fonts that `font_files` gives: the same digest, the same letters."""
    digest = sha256()
    for path in font_files():
        digest.update(f"{path.name} ".encode() + sha256(path.read_bytes()).digest())
    return digest.hexdigest()


@cache
def open_font(path: Path | None, size: int) -> Font:
    """A font; without a path Pillow's own."""
    return ImageFont.load_default(size) if path is None else ImageFont.truetype(str(path), size)
