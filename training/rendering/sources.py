"""What is rendered: digits and garments of the training sets, and letters of fonts that come with matplotlib.

The fonts are free ones of one package, whose version `constraints.txt` pins, and laid out by Pillow alone: which fonts
and shapers a machine happens to have changes nothing.

Never a test picture: what is tuned on rendered pictures must not have seen what it is judged by.
"""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import ImageFont

from service.datasets import read_pair
from service.imaging.pixels import Pixels
from training.data.sets import Labels, ensure

HELD_OUT = 5000  # pictures: `last_5000` of training.data.splits
_FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
# Sans, monospaced, serifs, Times-like, Computer Modern; not those of formulas alone.
_FAMILIES = ("DejaVuSans", "DejaVuSerif", "STIXGeneral", "cmb10", "cmr10", "cmss10", "cmtt10")
_GREEK = "DejaVu"  # which of them have Greek letters and operators


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
    """The fonts, sorted by name."""
    # The Display fonts hold no letters.
    return tuple(
        path for path in sorted(_FONTS.glob("*.ttf")) if path.name.startswith(_FAMILIES) and "Display" not in path.name
    )


def greek_fonts() -> tuple[Path, ...]:
    """Those of them that have Greek letters and operators."""
    return tuple(path for path in font_files() if path.name.startswith(_GREEK))


@cache
def fonts_digest() -> str:
    """SHA-256, in hexadecimal, of the fonts that `font_files` gives: the same digest, the same letters."""
    digest = sha256()
    for path in font_files():
        digest.update(f"{path.name} ".encode() + sha256(path.read_bytes()).digest())
    return digest.hexdigest()


@cache
def open_font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    """A font, laid out by Pillow itself: another library, where there is one, would place letters otherwise."""
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)
