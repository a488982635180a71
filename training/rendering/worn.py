"""Clothes as they are shown on people, and shoes in pairs: a function a kind, from a Draw to a file.

    garments of the training set, cut out -> a body of skin and hair, what else is worn -> on white, or anywhere -> file

The label is of the garment that is shown in whole: a shirt over the top of trousers, trousers under the end of a shirt.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from service.imaging.pixels import Pixels
from training.rendering.draw import Draw, jpeg
from training.rendering.glyphs import Photo
from training.rendering.grounds import Size, board, clutter, paper, plain, table
from training.rendering.optics import light as lit
from training.rendering.others import cut_out
from training.rendering.photographs import shoot

_TROUSER, _DRESS = 1, 3
_TOPS, _UNDER = (0, 2, 4, 6), (0, 2, 6)  # T-shirt, pullover, coat, shirt; what is worn over the top of trousers
_SHOES = (5, 7, 9)
_SKIN, _HAIR, _JEANS = (226, 176, 144), (60, 42, 32), (0.55, 0.65, 0.95)
_STUDIO = 0.6  # of the pictures: on an even ground

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class _Cloth:
    """A garment cut out of its ground: RGB, and where it is, of one size."""

    image: Image.Image
    cover: Image.Image

    @property
    def size(self) -> Size:
        return self.image.size

    def onto(self, photo: Image.Image, left: float, top: float) -> None:
        photo.paste(self.image, (round(left), round(top)), self.cover)

    def turned(self, degrees: float) -> "_Cloth":
        parts = (part.rotate(degrees, Image.Resampling.BILINEAR, expand=True) for part in (self.image, self.cover))
        return _Cloth(*parts)


def worn(draw: Draw) -> bytes:
    """Someone in a garment, from the head to the knees or less."""
    kind = draw.rng.random()
    if kind < 0.12:
        return photograph(draw, _in_trousers(draw))
    classes = (_DRESS,) if kind < 0.24 else _TOPS
    return photograph(draw, _in_top(draw, _pick(draw, classes), with_trousers=kind >= 0.24))


def pair(draw: Draw) -> bytes:
    """Two shoes of one kind, side by side, crossed, or one behind the other."""
    height = _height(draw)
    picture = _pick(draw, _SHOES)
    first = second = _cloth(draw, picture, height * draw.between(0.4, 0.65), "width")
    if draw.rng.random() < 0.5:
        second = _Cloth(*(part.transpose(Image.Transpose.FLIP_LEFT_RIGHT) for part in (first.image, first.cover)))
    first, second = first.turned(draw.between(-25, 25)), second.turned(draw.between(-60, 25))
    size = round(height * draw.between(1, 1.5)), height
    photo = ground_for(draw, size)
    x, y = draw.between(0, 0.3) * height, draw.between(0.05, 0.4) * height
    second.onto(photo, x, y)
    first.onto(photo, x + draw.between(0.05, 0.55) * height, y + draw.between(-0.1, 0.3) * height)
    return photograph(draw, photo)


WORN = (worn, pair)


def _in_top(draw: Draw, picture: Pixels, *, with_trousers: bool) -> Image.Image:
    """A shirt, coat or dress with a head above it, arms beside it, and legs below."""
    height = _height(draw)
    tall = height * draw.between(0.45, 0.8)
    cloth = _cloth(draw, picture, tall, "height")
    wide = cloth.size[0]
    size = round(max(wide * draw.between(1.1, 1.7), height * draw.between(0.6, 1))), height
    photo = ground_for(draw, size)
    middle, top = size[0] / 2, draw.between(0.02, 0.4) * tall
    skin, hair = _shade(draw, _SKIN, 0.45, 1.08), _shade(draw, _HAIR, 0.4, 2.5)
    if with_trousers:
        legs = _cloth(draw, _any(draw, (_TROUSER,)), tall * draw.between(1.3, 1.6), "height", _JEANS)
        legs.onto(photo, middle - legs.size[0] / 2, top + tall * draw.between(0.85, 0.95))
    else:
        _legs(photo, skin, middle, top + 0.9 * tall, wide)
    _arms(draw, photo, skin, (middle, top), (wide, tall))
    _head(draw, photo, (skin, hair), (middle, top), tall)
    cloth.onto(photo, middle - wide / 2, top)
    return photo


def _in_trousers(draw: Draw) -> Image.Image:
    """Trousers under the end of a shirt, with hands beside them and feet."""
    height = _height(draw)
    picture = _pick(draw, (_TROUSER,))
    tall = height * draw.between(0.65, 0.85)
    cloth = _cloth(draw, picture, tall, "height")
    wide = cloth.size[0]
    size = round(max(wide * draw.between(1.4, 2.2), height * draw.between(0.5, 0.8))), height
    photo = ground_for(draw, size)
    middle, top = size[0] / 2, height - tall * draw.between(0.95, 1.05)
    skin, dark = _shade(draw, _SKIN, 0.45, 1.08), _shade(draw, _HAIR, 0.3, 2)
    pen = ImageDraw.Draw(photo)
    for side in (-1, 1):
        x, y = middle + side * 0.3 * wide, top + 0.97 * tall
        pen.ellipse((x - 0.16 * wide, y, x + 0.16 * wide, y + 0.1 * wide), fill=dark)
    shirt = _cloth(draw, _any(draw, _UNDER), tall * draw.between(0.6, 0.75), "height")
    _arms(draw, photo, skin, (middle, top + 0.15 * tall - shirt.size[1]), shirt.size)
    cloth.onto(photo, middle - wide / 2, top)
    shirt.onto(photo, middle - shirt.size[0] / 2, top + tall * draw.between(0.02, 0.14) - shirt.size[1])
    return photo


def _legs(photo: Image.Image, skin: Colour, middle: float, top: float, wide: int) -> None:
    pen = ImageDraw.Draw(photo)
    for side in (-1, 1):
        x = middle + side * 0.16 * wide
        pen.line(((x, top), (x, photo.height)), fill=skin, width=max(2, round(0.18 * wide)))


def _arms(draw: Draw, photo: Image.Image, skin: Colour, at: tuple[float, float], size: tuple[float, float]) -> None:
    """Two arms behind a garment whose top is in the middle `at`: down, or bent to the hip."""
    (middle, top), (wide, tall) = at, size
    pen, width = ImageDraw.Draw(photo), max(2, round(draw.between(0.09, 0.13) * tall))
    for side in (-1, 1):
        shoulder = middle + side * 0.34 * wide, top + 0.16 * tall
        elbow = middle + side * draw.between(0.42, 0.55) * wide, top + draw.between(0.5, 0.65) * tall
        hand = middle + side * draw.between(0.3, 0.55) * wide, top + draw.between(0.8, 1.08) * tall
        pen.line((shoulder, elbow, hand), fill=skin, width=width, joint="curve")
        pen.ellipse((hand[0] - width / 2, hand[1] - width / 2, hand[0] + width / 2, hand[1] + width), fill=skin)


def _head(draw: Draw, photo: Image.Image, colours: tuple[Colour, Colour], at: tuple[float, float], tall: float) -> None:
    """A head, its neck behind the collar whose middle is `at`; the hair short or long."""
    skin, hair = colours
    pen, high = ImageDraw.Draw(photo), tall * draw.between(0.28, 0.38)
    x, wide = at[0] + draw.between(-0.02, 0.02) * tall, 0.36 * high
    chin = at[1] - draw.between(-0.02, 0.12) * high
    crown = chin - high
    long = draw.rng.random() < 0.4
    if long:
        pen.ellipse((x - 1.4 * wide, crown - 0.12 * high, x + 1.4 * wide, chin + 0.5 * high), fill=hair)
    pen.rectangle((x - 0.5 * wide, chin - 0.2 * high, x + 0.5 * wide, at[1] + 0.25 * high), fill=skin)
    pen.ellipse((x - 1.05 * wide, crown - 0.1 * high, x + 1.05 * wide, chin - 0.3 * high), fill=hair)
    pen.ellipse((x - 0.95 * wide, crown + 0.1 * high, x + 0.95 * wide, chin), fill=skin)


def photograph(draw: Draw, photo: Image.Image) -> bytes:
    """The file, half of them with a lens' and a sensor's faults."""
    pixels: Photo = np.asarray(photo, np.float32)
    return jpeg(shoot(draw, pixels, 3.0, 0.8) if draw.rng.random() < 0.5 else pixels, draw)


def ground_for(draw: Draw, size: Size) -> Image.Image:
    """A studio's even ground, or any."""
    if draw.rng.random() < _STUDIO:
        level = 255.0 if draw.rng.random() < 0.7 else draw.between(190, 250)
        ground = plain(size, (level,) * 3)
    else:
        anywhere = (table, board, paper)[draw.rng.integers(3)]
        ground = lit(clutter(anywhere(size, draw.rng), draw.rng, int(draw.rng.integers(8))), draw.rng, 0.3)
    return Image.fromarray(ground.clip(0, 255).astype(np.uint8))


def _cloth(
    draw: Draw, picture: Pixels, length: float, along: str, tint: tuple[float, float, float] | None = None
) -> _Cloth:
    """A garment in some colour, so many pixels high or wide."""
    rows, columns = (np.flatnonzero(picture.any(axis=axis)) for axis in (1, 0))
    high, wide = int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1
    side = max(8, round(length * 28 / (wide if along == "width" else high)))
    grey, cover = cut_out(picture, side)
    zoom = side / 28
    left, top = round(columns[0] * zoom), round(rows[0] * zoom)
    box = left, top, left + max(4, round(wide * zoom)), top + max(4, round(high * zoom))
    spread = 0.5 if draw.rng.random() < 0.6 else 0.08
    colour = np.asarray(tint or 1 - draw.rng.uniform(0, spread, 3))
    light = 1 - (1 - grey[..., None]) * draw.between(0.3, 1)  # the same cut in a lighter cloth
    image = Image.fromarray((light * colour * 255).clip(0, 255).astype(np.uint8))
    mask = Image.fromarray((cover * 255).astype(np.uint8)).filter(ImageFilter.MinFilter(3))
    return _Cloth(image.crop(box), mask.crop(box))


def _pick(draw: Draw, classes: tuple[int, ...]) -> Pixels:
    """A garment of one of the classes, which is what the picture shows."""
    picture, label = _chosen(draw, classes)
    draw.labels.append(label)
    return picture


def _any(draw: Draw, classes: tuple[int, ...]) -> Pixels:
    """A garment of one of the classes, which is only there too."""
    return _chosen(draw, classes)[0]


def _chosen(draw: Draw, classes: tuple[int, ...]) -> tuple[Pixels, int]:
    wanted = int(draw.rng.choice(classes))
    among = np.flatnonzero(draw.source.garment_labels == wanted)
    return draw.source.garments[draw.rng.choice(among)], wanted


def _height(draw: Draw) -> int:
    return int(draw.rng.integers(80, min(700, draw.largest)))


def _shade(draw: Draw, colour: Colour, low: float, high: float) -> Colour:
    level = draw.between(low, high)
    red, green, blue = (min(255, round(each * level)) for each in colour)
    return red, green, blue
