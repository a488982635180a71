"""Pictures that are none of a model's classes, for it to be unsure of: outlier exposure (Hendrycks et al., 2019).

    kind -> drawn at 112 x 112, white on black -> digits: the object brought to 20 pixels, clothes: the whole frame
         -> uint8 [n, 28, 28], of each sort alike

These are network inputs, drawn at once and by the thousand. `rendering/others.py` draws kinds of the same names as
files of full size, which go through the service's recipe: a training gets some of both (`extras.py`).

Letters that are also digits (O, l, S, Z, ...) are left out: a person would read a digit as well. So are t, f and all
that is an upright stroke (`like_one`): a straight 1 is a digit.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Images = NDArray[np.uint8]  # [n, 28, 28]
_SIDE = 112  # pixels of a drawing
_LETTERS = "ACEFGHJKLMNPQRTUVWXYadehkmnpruvwxy&@?#"
_WORD = "aeiounrtslhdmpkwy"


def outliers(kind: str, others: Images, n: int, seed: int) -> Images:
    """`n` pictures for the models of `digits` or `clothes`. `others` are training pictures of the other data set."""
    generator = np.random.default_rng(seed)
    other = partial(_other, others)
    sorts: list[Callable[[Generator], Image.Image]] = [
        letter, scribble, word, pattern, blobs, noise, scene, shape, other
    ]  # fmt: skip
    if kind == "digits":
        boxed = [_in_box(sorts[i % len(sorts)](generator), generator) for i in range(n)]
        return without_ones(np.stack([*boxed, *(raw(generator) for _ in range(n // 8))]))
    return np.stack([_framed(sorts[i % len(sorts)](generator), generator) for i in range(n)])


def without_ones(pictures: Images) -> Images:
    """Those of [n, 28, 28] that could not be a 1."""
    return pictures[[not like_one(picture) for picture in pictures]]


def like_one(picture: Images) -> bool:
    """Whether the ink of uint8 [28, 28] is one long stroke within 40 degrees of upright: what a 1 may be.

    By the second moments of the ink around its centre: at least three and a half times as long as wide.
    """
    weight = picture.astype(np.float64)
    total = weight.sum()
    if not total:
        return False
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]]
    x, y = x - (weight * x).sum() / total, y - (weight * y).sum() / total
    moments = np.array([[(weight * a * b).sum() / total for a in (x, y)] for b in (x, y)])
    spread, axes = np.linalg.eigh(moments)  # the narrow axis first
    lean = np.degrees(np.arctan2(abs(axes[0, 1]), abs(axes[1, 1])))
    return bool(spread[1] > 12 * max(spread[0], 0.3) and lean < 40)


def raw(generator: Generator) -> Images:
    """A whole frame of ramp, noise or clouds, of any range of greys: uint8 [28, 28]."""
    sort = generator.integers(3)
    if sort == 0:
        y, x = np.mgrid[0:1:28j, 0:1:28j]
        angle = generator.uniform(0, 2 * np.pi)
        plane = x * np.cos(angle) + y * np.sin(angle)
        plane = np.hypot(x - 0.5, y - 0.5) * generator.choice([-1, 1]) if generator.random() < 0.3 else plane
    elif sort == 1:
        plane = generator.random((28, 28)) ** generator.uniform(0.5, 6)
    else:
        plane = np.asarray(Image.fromarray(_smooth(generator, int(generator.integers(3, 9)))).resize((28, 28)))
    low, high = np.sort(generator.uniform(0, 255, 2))
    low = 0.0 if generator.random() < 0.5 else low
    return (low + (high - low) * (plane - plane.min()) / max(np.ptp(plane), 1e-6)).astype(np.uint8)


def pairs(digits: Images, n: int, seed: int) -> Images:
    """`n` pictures of two digits side by side or overlapping, brought to 20 pixels together: not one digit."""
    generator = np.random.default_rng(seed)
    result = []
    for _ in range(n):
        first, second = (Image.fromarray(digits[i]).resize((56, 56)) for i in generator.integers(len(digits), size=2))
        canvas = Image.new("L", (_SIDE, _SIDE))
        canvas.paste(first, (4, int(generator.integers(10, 46))))
        moved = Image.new("L", (_SIDE, _SIDE))
        moved.paste(second, (int(generator.integers(34, 54)), int(generator.integers(10, 46))))
        result.append(_in_box(Image.fromarray(np.maximum(np.asarray(canvas), np.asarray(moved))), generator))
    return np.stack(result)


def _in_box(drawing: Image.Image, generator: Generator) -> Images:
    """What is drawn, its longest side 20 pixels, its centre of mass in the middle of 28 x 28."""
    box = drawing.point(lambda level: 255 * (level > 64)).getbbox()
    if box is None:
        box = (0, 0, _SIDE, _SIDE)
    ink = drawing.crop(box)
    zoom = float(generator.uniform(17, 21)) / max(ink.size)
    small = ink.resize((max(1, round(ink.width * zoom)), max(1, round(ink.height * zoom))), Image.Resampling.BOX)
    pixels = np.asarray(small, np.float64)
    total = max(pixels.sum(), 1)
    left = round(14 - float(pixels.sum(0) @ np.arange(small.width)) / total)
    top = round(14 - float(pixels.sum(1) @ np.arange(small.height)) / total)
    result = Image.new("L", (28, 28))
    result.paste(small, (min(max(left, 0), 28 - small.width), min(max(top, 0), 28 - small.height)))
    return np.asarray(result)


def _framed(drawing: Image.Image, generator: Generator) -> Images:
    """The drawing at any size in the frame, of any grey, sometimes inverted."""
    side = int(generator.integers(14, 29))
    small = drawing.resize((side, side), Image.Resampling.BOX)
    result = Image.new("L", (28, 28))
    result.paste(small, ((28 - side) // 2, (28 - side) // 2))
    pixels = np.asarray(result, np.float64) * generator.uniform(0.4, 1)
    return (255 - pixels if generator.random() < 0.15 else pixels).astype(np.uint8)


def _canvas() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("L", (_SIDE, _SIDE))
    return image, ImageDraw.Draw(image)


def letter(generator: Generator) -> Image.Image:
    """A letter or sign, upright or turned by up to 12 degrees, thin or bold."""
    image, draw = _canvas()
    font = ImageFont.load_default(float(generator.integers(56, 84)))
    text = str(generator.choice(list(_LETTERS)))
    draw.text((56, 56), text, 255, font, anchor="mm", stroke_width=int(generator.integers(0, 5)))
    return image.rotate(float(generator.uniform(-12, 12)))


def word(generator: Generator) -> Image.Image:
    """One to four lines of small letters."""
    image, draw = _canvas()
    size = float(generator.integers(14, 34))
    for row in range(int(generator.integers(1, 5))):
        letters = "".join(generator.choice(list(_WORD), size=int(generator.integers(3, 9))))
        draw.text((4, 4 + row * size), letters, 255, ImageFont.load_default(size))
    return image


def _curve(generator: Generator, points: int) -> list[tuple[float, float]]:
    """A smooth closed or open line through random points."""
    t = np.linspace(0, 1, 40)
    phases, sizes = generator.uniform(0, 2 * np.pi, (2, points)), generator.uniform(0.2, 1, (2, points))
    waves = [sum(sizes[k, i] * np.sin((i + 1) * np.pi * t + phases[k, i]) for i in range(points)) for k in range(2)]
    x, y = (56 + 50 * wave / max(np.abs(wave).max(), 1e-6) for wave in waves)
    return list(zip(x.tolist(), y.tolist(), strict=True))


def scribble(generator: Generator) -> Image.Image:
    """One to three smooth curves."""
    image, draw = _canvas()
    for _ in range(int(generator.integers(1, 4))):
        line = _curve(generator, int(generator.integers(5, 12)))
        draw.line(line, 255, int(generator.integers(3, 11)), joint="curve")
    return image


def pattern(generator: Generator) -> Image.Image:
    """Stripes, squares of a board, or a ramp."""
    y, x = np.mgrid[0:_SIDE, 0:_SIDE]
    angle, period = generator.uniform(0, np.pi), generator.uniform(8, 50)
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    sort = generator.integers(4)
    if sort == 0:
        plane = np.sin(2 * np.pi * u / period) > generator.uniform(-0.6, 0.6)
    elif sort == 1:
        plane = (np.sin(2 * np.pi * u / period) > 0) ^ (np.sin(2 * np.pi * v / period) > 0)
    elif sort == 2:
        plane = (u - u.min()) / (u.max() - u.min())
    else:
        plane = np.hypot(x - generator.uniform(0, _SIDE), y - generator.uniform(0, _SIDE)) / _SIDE
    return Image.fromarray((np.clip(plane, 0, 1) * 255).astype(np.uint8))


def _smooth(generator: Generator, side: int) -> NDArray[np.float64]:
    coarse = Image.fromarray((generator.random((side, side)) * 255).astype(np.uint8))
    return np.asarray(coarse.resize((_SIDE, _SIDE), Image.Resampling.BICUBIC), np.float64) / 255


def blobs(generator: Generator) -> Image.Image:
    """Smooth spots that cover a twentieth to a half of the frame."""
    plane = _smooth(generator, int(generator.integers(3, 12)))
    return Image.fromarray(((plane > np.quantile(plane, generator.uniform(0.5, 0.95))) * 255).astype(np.uint8))


def noise(generator: Generator) -> Image.Image:
    """Grain of any size, even or sparse."""
    side = int(generator.integers(14, _SIDE))
    grain = generator.random((side, side)) ** generator.uniform(0.5, 6)
    return Image.fromarray((grain * 255).astype(np.uint8)).resize((_SIDE, _SIDE), Image.Resampling.BILINEAR)


def scene(generator: Generator) -> Image.Image:
    """Grey shapes before one another."""
    image = Image.fromarray((_smooth(generator, 3) * generator.uniform(30, 200)).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(int(generator.integers(2, 9))):
        x, y, w, h = generator.uniform(0, _SIDE, 4)
        box, grey = (x - w / 2, y - h / 2, x + w / 2, y + h / 2), int(generator.integers(256))
        (draw.rectangle if generator.random() < 0.5 else draw.ellipse)(box, fill=grey)
    return image.filter(ImageFilter.GaussianBlur(float(generator.uniform(0, 3))))


def shape(generator: Generator) -> Image.Image:
    """The outline of a star-shaped polygon, sometimes with a line across."""
    image, draw = _canvas()
    corners = int(generator.integers(3, 11))
    angles = np.sort(generator.uniform(0, 2 * np.pi, corners))
    reach = generator.uniform(15, 54, corners)
    points = [(56 + r * np.cos(a), 56 + r * np.sin(a)) for a, r in zip(angles, reach, strict=True)]
    draw.line([*points, points[0]], 255, int(generator.integers(4, 12)), joint="curve")
    if generator.random() < 0.5:
        draw.line([points[0], points[corners // 2]], 255, int(generator.integers(4, 12)))
    return image


def _other(others: Images, generator: Generator) -> Image.Image:
    return Image.fromarray(others[int(generator.integers(len(others)))]).resize((_SIDE, _SIDE))
