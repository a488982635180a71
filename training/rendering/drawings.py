"""Clean pictures of one digit, drawn or scanned, in every file format: a function a kind, from a Draw to a file."""

import numpy as np
from PIL import Image

from training.rendering.draw import Draw, as_image, save
from training.rendering.glyphs import Photo
from training.rendering.grounds import Size, lay, plain
from training.rendering.photographs import place_digit


def _alpha(draw: Draw, light_ink: bool) -> bytes:
    size = draw.frame(120, 800)
    ink = place_digit(draw, size, 0.3, 0.8)
    level = draw.between(215, 255) if light_ink else draw.between(0, 70)
    colour = np.clip(level + draw.rng.normal(0, 8, 3), 0, 255)
    hidden = draw.rng.integers(0, 256) if draw.rng.random() < 0.5 else 0  # the colour where nothing is seen
    rgb = np.where(ink[..., None] > 0, colour, hidden)
    return save(as_image(np.dstack((rgb, ink * 255))), "PNG")


def png_alpha_dark(draw: Draw) -> bytes:
    return _alpha(draw, light_ink=False)


def png_alpha_light(draw: Draw) -> bytes:
    return _alpha(draw, light_ink=True)


def _drawn(draw: Draw, size: Size) -> Photo:
    """A clean drawing, dark on light or light on dark."""
    pen, ground = draw.between(0, 60), draw.between(215, 255)
    pair = (ground, pen) if draw.rng.random() < 0.35 else (pen, ground)
    return lay(place_digit(draw, size, 0.35, 0.8), plain(size, (pair[1],) * 3), (pair[0],) * 3)


def png_16_bit(draw: Draw) -> bytes:
    grey = _drawn(draw, draw.frame(100, 700))[..., 0]
    noisy = grey * 257 + draw.rng.normal(0, 257 * draw.between(0, 4), grey.shape)
    return save(Image.fromarray(np.clip(noisy, 0, 65535).astype(np.uint16)), "PNG")


def png_palette(draw: Draw) -> bytes:
    image = as_image(_drawn(draw, draw.frame(100, 700)))
    return save(image.quantize(int(draw.rng.choice([2, 4, 16, 64, 256]))), "PNG")


def odd_format(draw: Draw) -> bytes:
    image = as_image(_drawn(draw, draw.frame(80, 500)))
    kind = draw.rng.integers(6)
    if kind == 0:
        return save(image, "BMP")
    if kind == 1:
        return save(image.quantize(32), "GIF")
    if kind == 2:
        return save(image.convert("1", dither=Image.Dither.NONE), "PNG")
    if kind == 3:
        return save(image.convert("LA"), "PNG")
    if kind == 4:
        return save(image.convert("CMYK"), "JPEG", quality=85)
    return save(image, "JPEG", quality=70, progressive=True)


def odd_size(draw: Draw) -> bytes:
    short, ratio = int(draw.rng.integers(36, 200)), draw.between(2, 6)
    size = (int(short * ratio), short) if draw.rng.random() < 0.5 else (short, int(short * ratio))
    return save(as_image(_drawn(draw, size)), "PNG")


def tiny(draw: Draw) -> bytes:
    size = (int(draw.rng.integers(30, 64)), int(draw.rng.integers(30, 64)))
    return save(as_image(_drawn(draw, size)), "PNG")


def original_light_on_dark(draw: Draw) -> bytes:
    return save(as_image(draw.training_digit()), "PNG")


def original_dark_on_light(draw: Draw) -> bytes:
    return save(as_image(255 - draw.training_digit()), "PNG")


def _canvas(draw: Draw, share: tuple[float, float], stroke: tuple[float, float]) -> bytes:
    """A drawing on a web page's canvas: white on black or black on white, round pen, clean."""
    side = int(draw.rng.choice([200, 280, 300, 400, 512]))
    tall = int(side * draw.between(*share))
    ink = draw.put(draw.pen_digit(tall, max(2, int(tall * draw.between(*stroke)))), (side, side), margin=0.02)
    grey = ink * 255 if draw.rng.random() < 0.5 else 255 - ink * 255
    return save(as_image(grey).convert("RGB"), "PNG")


def canvas_thick(draw: Draw) -> bytes:
    return _canvas(draw, (0.4, 0.6), (0.12, 0.18))


def canvas_thin(draw: Draw) -> bytes:
    return _canvas(draw, (0.4, 0.7), (0.01, 0.03))


def canvas_small(draw: Draw) -> bytes:
    return _canvas(draw, (0.1, 0.22), (0.06, 0.14))


DRAWINGS = (
    png_alpha_dark, png_alpha_light, png_16_bit, png_palette, odd_format, odd_size, tiny, original_light_on_dark,
    original_dark_on_light, canvas_thick, canvas_thin, canvas_small,
)  # fmt: skip
