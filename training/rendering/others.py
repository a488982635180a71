"""Garments, several digits in a picture, and pictures of neither: a function a kind, from a Draw to a file."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from service.imaging.pixels import Pixels
from training.rendering.draw import Draw, as_image, jpeg, save
from training.rendering.glyphs import Ink, Photo, draw_lines, print_text
from training.rendering.grounds import Size, clouds, clutter, lay, paper, plain, table
from training.rendering.optics import grid, light
from training.rendering.photographs import shoot

_LETTERS = "ACEFHJKMNPRTUVWXYadehkmnpruvwxy"  # those that no one could take for a digit
_WORDS = ("the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "while", "seven", "wise", "owls", "keep")


def _product(draw: Draw) -> tuple[Ink, Ink]:
    """A garment, cut out of its ground and enlarged."""
    picture = draw.garment()
    return cut_out(picture, int(draw.rng.integers(160, min(700, draw.largest))))


def cut_out(picture: Pixels, side: int) -> tuple[Ink, Ink]:
    """A garment's grey, 0 dark to 1 white, and where it is, both [side, side]; photographed on white, enlarged."""
    padded = Image.fromarray(np.pad(picture, 1))
    outside = padded.point([0 if level <= 4 else 1 for level in range(256)])
    ImageDraw.floodfill(outside, (0, 0), 2)
    cover = Image.fromarray(((np.asarray(outside)[1:-1, 1:-1] != 2) * 255).astype(np.uint8))
    large = [
        np.asarray(image.resize((side, side), Image.Resampling.BICUBIC), np.float32) / 255
        for image in (Image.fromarray(255 - picture), cover.filter(ImageFilter.GaussianBlur(0.3)))
    ]
    return large[0], np.clip(2 * large[1] - 1, 0, 1)  # the outermost half pixel is mixed with the white around it


def _stage(draw: Draw, level: float) -> tuple[Photo, Ink, Ink]:
    """A studio's ground, and a garment's grey and cover in it, [H, W]."""
    grey, cover = _product(draw)
    side = grey.shape[0]
    width, height = side + int(side * draw.between(0, 0.6)), side + int(side * draw.between(0, 0.6))
    left, top = int(draw.rng.integers(width - side + 1)), int(draw.rng.integers(height - side + 1))
    around = ((top, height - side - top), (left, width - side - left))
    ground = light(plain((width, height), (level,) * 3), draw.rng, draw.between(0, 0.15) if level < 250 else 0)
    return ground, np.pad(grey, around, constant_values=1), np.pad(cover, around)


def product_on_white(draw: Draw) -> bytes:
    ground, grey, cover = _stage(draw, 255)
    tint = 1 - draw.rng.uniform(0, 0.06, 3)
    return jpeg(lay(cover, ground, (0, 0, 0)) + (grey * cover * 255)[..., None] * tint, draw)


def product_on_grey(draw: Draw) -> bytes:
    ground, grey, cover = _stage(draw, draw.between(170, 235))
    photo = lay(cover, ground, (0, 0, 0)) + (grey * cover * 250)[..., None]
    return jpeg(photo + draw.rng.normal(0, draw.between(0, 2), photo.shape), draw)


def product_with_alpha(draw: Draw) -> bytes:
    _, grey, cover = _stage(draw, 255)
    return save(as_image(np.dstack((*[grey * 255] * 3, cover * 255))), "PNG")


def _row(draw: Draw, size: Size, digit: Callable[[int], Ink]) -> Ink:
    """Two to five digits side by side, of nearly one height, never touching."""
    count = int(draw.rng.integers(2, 6))
    tall = int(min(draw.between(0.3, 0.55) * size[1], 0.8 * size[0] / count))
    inks = [digit(int(tall * draw.between(0.8, 1.1))) for _ in range(count)]
    gap = int(tall * draw.between(0.15, 0.45))
    high, line = max(ink.shape[0] for ink in inks), []
    for ink in inks:
        above = int(draw.rng.integers(high - ink.shape[0] + 1))
        line += [np.pad(ink, ((above, high - ink.shape[0] - above), (0, 0))), np.zeros((high, gap), np.float32)]
    whole = np.concatenate(line[:-1], axis=1)
    while whole.shape[1] > 0.94 * size[0] or whole.shape[0] > 0.94 * size[1]:
        whole = whole[::2, ::2]
    return draw.put(whole, size, margin=0.02)


def row_on_paper(draw: Draw) -> bytes:
    size = draw.frame(500)
    return jpeg(shoot(draw, lay(_row(draw, size, draw.digit), paper(size, draw.rng), (30, 30, 45))), draw)


def row_drawn(draw: Draw) -> bytes:
    ink = _row(draw, (600, 280), lambda side: draw.pen_digit(side, max(3, side // 12)))
    return save(as_image(ink * 255 if draw.rng.random() < 0.5 else 255 - ink * 255), "PNG")


def row_printed(draw: Draw) -> bytes:
    size = draw.frame(400)
    ink = _row(draw, size, draw.printed_digit)
    return jpeg(shoot(draw, lay(ink, paper(size, draw.rng), (20, 20, 20))), draw)


def scattered(draw: Draw) -> bytes:
    """Digits of different sizes, each anywhere in a cell of its own."""
    size = draw.frame(600)
    count = int(draw.rng.integers(2, 6))
    cell = (size[0] // 3, size[1] // 2)
    whole = np.zeros(size[::-1], np.float32)
    for place in sorted(draw.rng.choice(6, count, replace=False).tolist()):
        ink = draw.digit(int(draw.between(0.35, 0.72) * min(cell)))
        x, y = place % 3 * cell[0], place // 3 * cell[1]
        whole[y : y + cell[1], x : x + cell[0]] = draw.put(ink, cell, margin=0.1)
    return jpeg(shoot(draw, lay(whole, paper(size, draw.rng), (30, 30, 45))), draw)


def noise_grey(draw: Draw) -> bytes:
    size = draw.frame(60, 600)
    return save(as_image(draw.rng.normal(128, draw.between(15, 80), size[::-1])), "PNG")


def noise_coloured(draw: Draw) -> bytes:
    return jpeg(draw.rng.integers(0, 256, (*draw.frame(60, 600)[::-1], 3)), draw)


def noise_smooth(draw: Draw) -> bytes:
    size = draw.frame(100, 600)
    return jpeg(128 + 50 * clouds(size, draw.rng, int(draw.rng.integers(4, 40))), draw)


def blank(draw: Draw) -> bytes:
    return save(as_image(plain(draw.frame(28, 600), (draw.between(0, 255),) * 3)), "PNG")


def blank_paper(draw: Draw) -> bytes:
    return jpeg(shoot(draw, paper(draw.frame(), draw.rng)), draw)


def gradient(draw: Draw) -> bytes:
    size = draw.frame(60, 800)
    y, x = grid(size[::-1])
    angle = draw.between(0, 2 * np.pi)
    way = np.hypot(x - 0.5, y - 0.5) if draw.rng.random() < 0.3 else x * np.cos(angle) + y * np.sin(angle)
    colours = draw.rng.uniform(0, 255, (2, 3)).astype(np.float32)
    share = ((way - way.min()) / np.ptp(way))[..., None]
    return jpeg(colours[0] * (1 - share) + colours[1] * share, draw)


def text(draw: Draw) -> bytes:
    size = draw.frame(400)
    high = int(draw.between(0.03, 0.09) * min(size))
    font, sheet = draw.font(high), Image.new("L", size)
    for y in range(high, size[1] - high, int(1.5 * high)):
        line = " ".join(draw.rng.choice(_WORDS, 12))
        ImageDraw.Draw(sheet).text((high, y), line, fill=255, font=font)
    return jpeg(shoot(draw, lay(np.asarray(sheet, np.float32) / 255, paper(size, draw.rng), (30, 30, 30))), draw)


def checkerboard(draw: Draw) -> bytes:
    size, cell = draw.frame(100, 700), int(draw.rng.integers(8, 80))
    y, x = np.indices(size[::-1])
    return save(as_image((y // cell + x // cell) % 2 * draw.between(120, 255)), "PNG")


def stripes(draw: Draw) -> bytes:
    size = draw.frame(100, 700)
    y, x = np.indices(size[::-1])
    angle, period = draw.between(0, np.pi), draw.between(8, 90)
    wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / period)
    return jpeg(128 + draw.between(50, 125) * (np.sign(wave) if draw.rng.random() < 0.5 else wave), draw)


def dots(draw: Draw) -> bytes:
    size, step = draw.frame(150, 700), int(draw.rng.integers(16, 70))
    y, x = np.indices(size[::-1])
    near = np.hypot(y % step - step / 2, x % step - step / 2) < step * draw.between(0.15, 0.4)
    return jpeg(np.where(near, draw.between(0, 100), draw.between(160, 255)), draw)


def scene_shapes(draw: Draw) -> bytes:
    size = draw.frame()
    return jpeg(shoot(draw, clutter(plain(size, tuple(draw.rng.uniform(30, 230, 3))), draw.rng, 15)), draw)


def scene_horizon(draw: Draw) -> bytes:
    size = draw.frame()
    y, x = grid(size[::-1])
    hills = draw.between(0.35, 0.7) + 0.05 * np.sin(x * draw.between(3, 20)) + 0.03 * clouds(size, draw.rng, 8)[:1]
    sky, land = draw.rng.uniform(130, 255, 3), draw.rng.uniform(20, 130, 3)
    photo = np.where((y > hills)[..., None], land + 12 * clouds(size, draw.rng, 50)[..., None], sky - 40 * y[..., None])
    return jpeg(shoot(draw, clutter(photo.astype(np.float32), draw.rng, int(draw.rng.integers(0, 5)))), draw)


def scene_table(draw: Draw) -> bytes:
    size = draw.frame()
    return jpeg(shoot(draw, clutter(table(size, draw.rng), draw.rng, 8)), draw)


def texture(draw: Draw) -> bytes:
    size = draw.frame()
    level = sum(clouds(size, draw.rng, cells) * 60 / cells**0.5 for cells in (3, 9, 27, 81))
    return jpeg(np.multiply.outer(128 + np.asarray(level), draw.rng.uniform(0.6, 1, 3)), draw)


def letter(draw: Draw) -> bytes:
    size = draw.frame()
    sign = _LETTERS[draw.rng.integers(len(_LETTERS))]
    ink = print_text(sign, draw.font(int(draw.between(0.35, 0.7) * min(size))))
    return jpeg(shoot(draw, lay(draw.put(ink, size), paper(size, draw.rng), (30, 30, 40))), draw)


def scribble(draw: Draw) -> bytes:
    size = draw.frame(200, 700)
    side = int(draw.between(0.4, 0.75) * min(size))
    points = [(float(x), float(y)) for x, y in draw.rng.random((int(draw.rng.integers(9, 25)), 2))]
    ink = draw_lines([points], (side, side), max(2, int(side * draw.between(0.01, 0.04))))
    while max(ink.shape) > 0.95 * min(size):
        ink = ink[::2, ::2]
    return save(as_image(255 - 255 * draw.put(ink, size)), "PNG")


CLOTHES = (product_on_white, product_on_grey, product_with_alpha)
SEVERAL = (row_on_paper, row_drawn, row_printed, scattered)
NEGATIVES = (
    noise_grey, noise_coloured, noise_smooth, blank, blank_paper, gradient, text, checkerboard, stripes, dots,
    scene_shapes, scene_horizon, scene_table, texture, letter, scribble,
)  # fmt: skip
