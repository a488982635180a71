"""What ink stands on and what lies around it: paper, boards, tables, textures. float32 [H, W, 3], 0 to 255."""

import numpy as np
from PIL import Image, ImageDraw

from training.rendering.glyphs import Ink, Photo, Rng

Size = tuple[int, int]  # width, height


def plain(size: Size, colour: tuple[float, ...]) -> Photo:
    """One colour."""
    return np.full((size[1], size[0], 3), colour, np.float32)


def clouds(size: Size, rng: Rng, cells: int) -> Ink:
    """Smooth random levels of about standard deviation 1, [H, W], with so many hills along a side."""
    coarse = rng.standard_normal((cells, cells)).astype(np.float32)
    return np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC), np.float32)


def paper(size: Size, rng: Rng) -> Photo:
    """White to yellowish or greyish paper with a little grain."""
    level = rng.uniform(195, 252)
    sheet = plain(size, (level, level - rng.uniform(0, 8), level - rng.uniform(0, 25)))
    return sheet + clouds(size, rng, int(rng.integers(3, 60)))[..., None] * np.float32(rng.uniform(0, 2.5))


def rule(sheet: Photo, rng: Rng, squared: bool) -> Photo:
    """Lines across the sheet, or squares: blue, grey, violet or red, and perhaps a margin's line."""
    height, width = sheet.shape[:2]
    colour = np.array([(120, 150, 200), (150, 150, 150), (160, 130, 190), (200, 120, 120)][rng.integers(4)], float)
    strength, line = rng.uniform(0.3, 0.95), max(1, round(height * rng.uniform(0.001, 0.005)))
    step = max(8, round(height * (rng.uniform(0.03, 0.1) if squared else rng.uniform(0.06, 0.2))))
    lines = np.zeros((height, width), bool)
    for start in range(int(rng.integers(step)), height, step):
        lines[start : start + line] = True
    for start in range(int(rng.integers(step)), width, step) if squared else ():
        lines[:, start : start + line] = True
    ruled = sheet.copy()
    ruled[lines] += (colour - ruled[lines]) * strength
    if not squared and rng.random() < 0.3:
        x = int(width * rng.uniform(0.03, 0.12))
        ruled[:, x : x + line] = (200, 90, 90)
    return ruled


def board(size: Size, rng: Rng) -> Photo:
    """A chalkboard, green, black or blue, with traces of what was wiped off."""
    colour = np.array([(40, 75, 58), (38, 40, 42), (32, 55, 80)][rng.integers(3)]) * rng.uniform(0.7, 1.4)
    smear = clouds(size, rng, int(rng.integers(3, 9))) * 5 + clouds(size, rng, int(rng.integers(20, 60))) * 3
    return plain(size, tuple(colour)) + smear[..., None] * np.float32(rng.uniform(0.3, 1.2))


def table(size: Size, rng: Rng) -> Photo:
    """A wooden or plain table with things lying on it."""
    colours = [(120, 80, 50), (70, 50, 40), (160, 120, 80), (90, 95, 100), (45, 48, 55), (180, 170, 155)]
    level = np.array(colours[rng.integers(len(colours))]) * rng.uniform(0.7, 1.2)
    ground = plain(size, tuple(level))
    grain = rng.standard_normal((int(rng.integers(30, 120)), 3)).astype(np.float32)
    wood = np.asarray(Image.fromarray(grain).resize(size, Image.Resampling.BICUBIC), np.float32)
    ground += (wood if rng.random() < 0.6 else clouds(size, rng, 50))[..., None] * np.float32(rng.uniform(2, 14))
    return clutter(ground, rng, int(rng.integers(0, 7)))


def clutter(ground: Photo, rng: Rng, things: int) -> Photo:
    """Pens, cups, cards and cables of any colour, anywhere."""
    image = Image.fromarray(np.clip(ground, 0, 255).astype(np.uint8))
    draw, (width, height) = ImageDraw.Draw(image), image.size
    for _ in range(things):
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        long, angle = rng.uniform(0.08, 0.45) * min(image.size), rng.uniform(0, 2 * np.pi)
        colour = tuple(int(level) for level in rng.integers(0, 256, 3))
        kind = rng.integers(3)
        end = (x + long * np.cos(angle), y + long * np.sin(angle))
        if kind == 0:
            draw.line([(x, y), end], fill=colour, width=max(2, int(long * rng.uniform(0.03, 0.12))))
        elif kind == 1:
            draw.ellipse((x - long / 3, y - long / 3, x + long / 3, y + long / 3), fill=colour)
        else:
            side = (long / 3 * np.sin(angle), -long / 3 * np.cos(angle))
            draw.polygon([(x, y), end, (end[0] + side[0], end[1] + side[1]), (x + side[0], y + side[1])], fill=colour)
    return np.asarray(image, np.float32)


def lay(ink: Ink, ground: Photo, colour: tuple[float, ...], strength: float = 1.0) -> Photo:
    """Ink [H, W] of a colour on a ground of the same size."""
    share = (ink * np.float32(strength))[..., None]
    return ground * (1 - share) + np.array(colour, np.float32) * share
