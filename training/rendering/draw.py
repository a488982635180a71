"""One picture in the making: its random numbers, what it is drawn from, what it truly shows, its file."""

from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ImageFont import FreeTypeFont

from service.imaging.pixels import Pixels
from service.imaging.preprocessing.strokes import stroke_width
from training.rendering.glyphs import Ink, Rng, bend, enlarge, print_text, thicken, turn, write_digit
from training.rendering.grounds import Size
from training.rendering.sources import Source, font_files, open_font

_UPRIGHT_TO_STORED = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
_ORIENTATION = 0x0112


@dataclass
class Draw:
    """`labels` are what was drawn, in reading order; `original` the 28x28 picture of the last one, if it had one.

    `largest` bounds the longer side in pixels: small photographs are quickly made, for where many are needed.
    """

    rng: Rng
    source: Source
    labels: list[int] = field(default_factory=list)
    original: Pixels | None = None
    largest: int = 1400

    def digit(self, side: int) -> Ink:
        """A digit of the training set, its longest side about `side`, turned by up to 12 degrees."""
        ink = enlarge(self.training_digit(), side)
        return turn(ink, self.between(-12, 12)) if self.rng.random() < 0.6 else ink

    def training_digit(self) -> Pixels:
        """A 28x28 picture of the training set as it is."""
        index = int(self.rng.integers(len(self.source.digits)))
        self.labels.append(int(self.source.digit_labels[index]))
        self.original = self.source.digits[index]
        return self.original

    def garment(self) -> Pixels:
        """A 28x28 picture of the training set as it is."""
        index = int(self.rng.integers(len(self.source.garments)))
        self.labels.append(int(self.source.garment_labels[index]))
        self.original = self.source.garments[index]
        return self.original

    def pen_digit(self, side: int, width: int) -> Ink:
        """A digit in strokes of a pen, not of the training set."""
        digit = int(self.rng.integers(10))
        self.labels.append(digit)
        return bend(turn(write_digit(digit, side, width, self.rng), self.between(-10, 10)), self.rng, 0.015)

    def printed_digit(self, side: int, hand: bool = False) -> Ink:
        """A digit in a font; `hand`: slanted and bent as if written."""
        digit = int(self.rng.integers(10))
        self.labels.append(digit)
        ink = print_text(str(digit), self.font(round(side * 1.35)))
        if hand:
            ink = bend(turn(ink, self.between(-8, 8), self.between(-0.05, 0.3)), self.rng, 0.02)
        return ink

    def font(self, size: int) -> FreeTypeFont:
        """Any of the fonts."""
        files = font_files()
        return open_font(files[int(self.rng.integers(len(files)))], size)

    def between(self, low: float, high: float) -> float:
        """A number, uniform."""
        return float(self.rng.uniform(low, high))

    def frame(self, least: int = 320, most: int = 1100) -> Size:
        """Width and height of a photograph, lying or standing."""
        most = min(most, self.largest)
        long = int(self.rng.integers(min(least, most), most + 1))
        short = int(long / (1, 1.25, 4 / 3, 1.5, 16 / 9)[self.rng.integers(5)])
        return (long, short) if self.rng.random() < 0.6 else (short, long)

    def stroked(self, ink: Ink, low: float, high: float) -> Ink:
        """The ink with strokes `low` to `high` of its longest side wide."""
        wanted = self.between(low, high) * max(ink.shape)
        return thicken(ink, round(wanted - stroke_width(ink > 0.5)))

    def put(self, ink: Ink, size: Size, margin: float = 0.04) -> Ink:
        """The ink anywhere in a frame [H, W], at least `margin` of the shorter side away from the rim."""
        width, height = size
        h, w = ink.shape
        room = min(int(margin * min(size)), (width - w) // 2, (height - h) // 2)
        if room < 0:
            raise ValueError(f"ink of {w} x {h} does not fit into {width} x {height}")
        left = int(self.rng.integers(room, width - w - room + 1))
        top = int(self.rng.integers(room, height - h - room + 1))
        return np.pad(ink, ((top, height - h - top), (left, width - w - left)))


def jpeg(pixels: NDArray[Any], draw: Draw, exif: int = 1) -> bytes:
    """A JPEG of a random quality; `exif` is the orientation to be undone by who reads it."""
    image = as_image(pixels)
    options: dict[str, Any] = {"quality": int(draw.rng.integers(40, 96)), "subsampling": int(draw.rng.choice([0, 2]))}
    if exif != 1:
        image = image.transpose(_UPRIGHT_TO_STORED[exif])
        tags = Image.Exif()
        tags[_ORIENTATION] = exif
        options["exif"] = tags
    return save(image, "JPEG", **options)


def as_image(pixels: NDArray[Any]) -> Image.Image:
    """Pixels 0..255 of any number type as an image."""
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def save(image: Image.Image, file_format: str, **options: Any) -> bytes:
    """The file of an image, as Pillow writes it."""
    buffer = BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()
