"""Photographs of one digit, as people upload them: a function a kind, each from a Draw to an encoded file."""

import numpy as np
from PIL import Image

from training.rendering.draw import Draw, as_image, jpeg, save
from training.rendering.glyphs import Ink, Photo, thicken
from training.rendering.grounds import Size, board, lay, paper, plain, rule, table
from training.rendering.optics import cast, corners_near, expose, light, shade, tilt

_DARK_PENS = [(25, 25, 30), (40, 40, 55), (20, 30, 90), (60, 60, 60), (15, 15, 15)]
_COLOURS = [(190, 30, 40), (30, 120, 50), (30, 60, 190), (130, 40, 150), (230, 120, 20), (20, 130, 150)]


def place_digit(draw: Draw, size: Size, low: float = 0.25, high: float = 0.75, margin: float = 0.04) -> Ink:
    """A digit of `low` to `high` of the frame's shorter side, placed in it."""
    return draw.put(draw.digit(max(24, int(draw.between(low, high) * min(size)))), size, margin)


def _pen(draw: Draw) -> tuple[int, int, int]:
    return _DARK_PENS[draw.rng.integers(len(_DARK_PENS))]


def shoot(draw: Draw, photo: Photo, noise: float = 5.0, blur: float = 1.2) -> Photo:
    """Light, lens and sensor of a common photograph."""
    lit = light(photo, draw.rng, draw.between(0, 0.35))
    return expose(lit, draw.rng, draw.between(0.5, noise), draw.between(0, blur)).astype(np.float32)


def paper_plain(draw: Draw) -> bytes:
    size = draw.frame()
    return jpeg(
        shoot(draw, lay(place_digit(draw, size), paper(size, draw.rng), _pen(draw), draw.between(0.8, 1))), draw
    )


def paper_ruled(draw: Draw) -> bytes:
    size = draw.frame()
    sheet = rule(paper(size, draw.rng), draw.rng, squared=False)
    return jpeg(shoot(draw, lay(place_digit(draw, size), sheet, _pen(draw))), draw)


def paper_squared(draw: Draw) -> bytes:
    size = draw.frame()
    sheet = rule(paper(size, draw.rng), draw.rng, squared=True)
    return jpeg(shoot(draw, lay(place_digit(draw, size), sheet, _pen(draw))), draw)


def paper_shadow(draw: Draw) -> bytes:
    size = draw.frame()
    sheet = lay(place_digit(draw, size), paper(size, draw.rng), _pen(draw))
    return jpeg(shoot(draw, shade(sheet, draw.rng, draw.between(0.25, 0.65))), draw)


def colour_cast(draw: Draw) -> bytes:
    size = draw.frame()
    sheet = lay(place_digit(draw, size), paper(size, draw.rng), _pen(draw))
    return jpeg(shoot(draw, cast(sheet, draw.rng, draw.between(0.25, 0.6))), draw)


def exif_rotated(draw: Draw) -> bytes:
    size = draw.frame()
    photo = shoot(draw, lay(place_digit(draw, size), paper(size, draw.rng), _pen(draw)))
    return jpeg(photo, draw, exif=int(draw.rng.choice([3, 6, 8])))


def small_in_frame(draw: Draw) -> bytes:
    size = draw.frame(700, 1400)
    ink = place_digit(draw, size, 0.08, 0.16)
    return jpeg(shoot(draw, lay(ink, paper(size, draw.rng), _pen(draw)), blur=0.8), draw)


def thin_pen(draw: Draw) -> bytes:
    size = draw.frame(480)
    side = int(draw.between(0.3, 0.6) * min(size))
    pen = draw.rng.random() < 0.5  # a training picture's strokes break before they are that thin
    ink = draw.pen_digit(side, max(2, int(side * draw.between(0.012, 0.03)))) if pen else draw.digit(side)
    ink = ink if pen else draw.stroked(ink, 0.02, 0.05)
    return jpeg(shoot(draw, lay(draw.put(ink, size), paper(size, draw.rng), _pen(draw)), blur=0.7), draw)


def faint_pencil(draw: Draw) -> bytes:
    size = draw.frame()
    ink = draw.put(draw.stroked(draw.digit(int(draw.between(0.3, 0.7) * min(size))), 0.02, 0.06), size)
    ink = ink * np.clip(draw.rng.normal(0.85, 0.2, ink.shape), 0.2, 1).astype(np.float32)
    return jpeg(shoot(draw, lay(ink, paper(size, draw.rng), (95, 95, 100), draw.between(0.3, 0.7)), 3.5, 0.8), draw)


def marker(draw: Draw) -> bytes:
    size = draw.frame()
    ink = draw.stroked(draw.digit(int(draw.between(0.3, 0.7) * min(size))), 0.14, 0.24)
    return jpeg(shoot(draw, lay(draw.put(ink, size), paper(size, draw.rng), _pen(draw))), draw)


def coloured_ink(draw: Draw) -> bytes:
    size = draw.frame()
    colour = _COLOURS[draw.rng.integers(len(_COLOURS))]
    return jpeg(shoot(draw, lay(place_digit(draw, size), paper(size, draw.rng), colour, draw.between(0.7, 1))), draw)


def sheet_on_table(draw: Draw) -> bytes:
    size = draw.frame(480)
    short = min(size) * draw.between(0.5, 0.85)
    sheet_size = (int(short), int(min(short * draw.between(1, 1.4), max(size) * 0.9)))
    sheet_size = sheet_size if size[1] > size[0] else sheet_size[::-1]
    sheet = lay(place_digit(draw, sheet_size, 0.3, 0.65), paper(sheet_size, draw.rng), _pen(draw))
    if draw.rng.random() < 0.3:
        sheet = rule(sheet, draw.rng, squared=draw.rng.random() < 0.5)
    left, top = draw.between(0, size[0] - sheet_size[0]), draw.between(0, size[1] - sheet_size[1])
    box = (left, top, left + sheet_size[0], top + sheet_size[1])
    corners = corners_near(box, draw.rng, draw.between(-14, 14), 0.04)
    photo, _ = tilt(sheet, table(size, draw.rng), corners)
    return jpeg(shoot(draw, photo), draw)


def perspective(draw: Draw) -> bytes:
    size = draw.frame()
    sheet = lay(place_digit(draw, size, 0.2, 0.4, margin=0.25), paper(size, draw.rng), _pen(draw))
    beyond = (-0.2 * size[0], -0.2 * size[1], 1.2 * size[0], 1.2 * size[1])
    photo, _ = tilt(sheet, sheet, corners_near(beyond, draw.rng, draw.between(-6, 6), 0.1))
    return jpeg(shoot(draw, photo), draw)


def chalkboard(draw: Draw) -> bytes:
    size = draw.frame()
    ink = draw.stroked(draw.digit(int(draw.between(0.3, 0.7) * min(size))), 0.05, 0.13)
    ink = draw.put(ink, size) * np.clip(draw.rng.normal(0.85, 0.25, size[::-1]), 0.1, 1).astype(np.float32)
    chalk = [(235, 235, 230), (240, 225, 150), (235, 190, 200)][draw.rng.integers(3)]
    return jpeg(shoot(draw, lay(ink, board(size, draw.rng), chalk, draw.between(0.7, 1))), draw)


def whiteboard(draw: Draw) -> bytes:
    size = draw.frame()
    ground = light(plain(size, (225, 228, 232)), draw.rng, 0.3)
    glare = 255 * np.exp(-((np.indices(size[::-1]).T / size - draw.rng.random(2)) ** 2).sum(axis=2).T * 25)
    colour = [*_COLOURS, *_DARK_PENS][draw.rng.integers(len(_COLOURS) + len(_DARK_PENS))]
    photo = lay(draw.put(draw.stroked(draw.digit(int(0.5 * min(size))), 0.06, 0.12), size), ground, colour)
    return jpeg(shoot(draw, photo + 0.15 * glare[..., None].astype(np.float32)), draw)


def low_light(draw: Draw) -> bytes:
    size = draw.frame()
    photo = lay(place_digit(draw, size), paper(size, draw.rng), _pen(draw)) * np.float32(draw.between(0.25, 0.5))
    return jpeg(shoot(draw, photo, noise=12), draw)


def tight_crop(draw: Draw) -> bytes:
    ink = draw.digit(int(draw.between(60, 500)))
    margin = max(1, int(max(ink.shape) * draw.between(0.01, 0.08)))
    ink = np.pad(ink, margin)
    return jpeg(shoot(draw, lay(ink, paper((ink.shape[1], ink.shape[0]), draw.rng), _pen(draw))), draw)


def webp(draw: Draw) -> bytes:
    size = draw.frame()
    photo = shoot(draw, lay(place_digit(draw, size), paper(size, draw.rng), _pen(draw)))
    return save(as_image(photo), "WEBP", quality=int(draw.rng.integers(30, 95)))


def printed(draw: Draw) -> bytes:
    size = draw.frame()
    ink = draw.put(draw.printed_digit(int(draw.between(0.25, 0.6) * min(size))), size)
    return jpeg(shoot(draw, lay(ink, paper(size, draw.rng), _pen(draw))), draw)


def hand_font(draw: Draw) -> bytes:
    size = draw.frame()
    ink = draw.put(draw.printed_digit(int(draw.between(0.25, 0.55) * min(size)), hand=True), size)
    return jpeg(shoot(draw, lay(ink, paper(size, draw.rng), _pen(draw))), draw)


def other_hand(draw: Draw) -> bytes:
    size = draw.frame()
    side = int(draw.between(0.25, 0.55) * min(size))
    ink = draw.put(draw.pen_digit(side, max(2, int(side * draw.between(0.04, 0.12)))), size)
    return jpeg(shoot(draw, lay(ink, paper(size, draw.rng), _pen(draw))), draw)


def worn_print(draw: Draw) -> bytes:
    """Ink with gaps, as a dry pen leaves it."""
    size = draw.frame()
    ink = thicken(draw.digit(int(draw.between(0.3, 0.6) * min(size))), 2)
    gaps = draw.rng.standard_normal((max(ink.shape[0] // 8, 2), max(ink.shape[1] // 8, 2)))
    spread = np.asarray(Image.fromarray(gaps.astype(np.float32)).resize(ink.shape[::-1]), np.float32)
    worn = ink * np.clip(1.1 + 0.45 * spread, 0.25, 1)
    return jpeg(shoot(draw, lay(draw.put(worn, size), paper(size, draw.rng), _pen(draw))), draw)


PHOTOGRAPHS = (
    paper_plain, paper_ruled, paper_squared, paper_shadow, colour_cast, exif_rotated, small_in_frame, thin_pen,
    faint_pencil, marker, coloured_ink, sheet_on_table, perspective, chalkboard, whiteboard, low_light,
    tight_crop, webp, printed, hand_font, other_hand, worn_print,
)  # fmt: skip
