"""Upload-like pictures of training digits and garments, with the truth known: for calibration and for scoring.

    28 x 28 picture -> ink, large and soft -> ground, light, camera -> encoded file

Drawn with numpy and Pillow, deterministic by seed. What people send varies more than this: the kinds differ in
everything that is known to matter (docs/real-pictures.md), widely, so that nothing is fitted to one renderer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from training import outliers

Plane = NDArray[np.float64]  # [H, W] or [H, W, 3], 0..1
Small = NDArray[np.uint8]  # [28, 28], light on dark


@dataclass(frozen=True, slots=True)
class Rendered:
    """An encoded picture, and the class of what it shows; None where it shows none of the classes."""

    kind: str
    data: bytes
    label: int | None


def ink_of(small: Small, size: int, rng: Generator, stroke: int = 0, turn: float = 9.0) -> Plane:
    """The shape of the ink, 0..1, about `size` pixels long; `stroke` widens or narrows it by so many pixels."""
    image = Image.fromarray(small).resize((size, size), Image.Resampling.BICUBIC)
    image = image.rotate(float(rng.uniform(-turn, turn)), Image.Resampling.BICUBIC)
    image = image.filter(ImageFilter.GaussianBlur(size / 90))
    shape = np.clip((np.asarray(image, np.float64) / 255 - 0.38) / 0.24, 0, 1)
    if stroke:
        solid = Image.fromarray((shape * 255).astype(np.uint8))
        how = ImageFilter.MaxFilter if stroke > 0 else ImageFilter.MinFilter
        changed = np.asarray(solid.filter(how(2 * abs(stroke) + 1)), np.float64) / 255
        shape = changed if changed.max() > 0.8 and changed.sum() > 0.25 * shape.sum() else shape
    return shape


def smooth(height: int, width: int, cells: int, rng: Generator) -> Plane:
    """A soft random surface, 0..1."""
    coarse = Image.fromarray((rng.random((cells, cells)) * 255).astype(np.uint8))
    return np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), np.float64) / 255


def paper(height: int, width: int, rng: Generator) -> Plane:
    """A sheet under uneven light: [H, W, 3]."""
    tone = rng.uniform(0.72, 0.98) * np.array([1, rng.uniform(0.95, 1), rng.uniform(0.86, 1)])
    light = 1 - rng.uniform(0.02, 0.35) * smooth(height, width, 3, rng)
    grain = 1 + rng.normal(0, rng.uniform(0.002, 0.02), (height, width))
    return tone * (light * grain)[..., None]


def lay(ground: Plane, shape: Plane, colour: Plane, rng: Generator, place: tuple[int, int] | None = None) -> Plane:
    """Ink of a colour on the ground, multiplied by its light, at (x, y) or anywhere that it fits."""
    h, w = shape.shape
    x = int(rng.integers(0, max(ground.shape[1] - w, 0) + 1)) if place is None else place[0]
    y = int(rng.integers(0, max(ground.shape[0] - h, 0) + 1)) if place is None else place[1]
    result = ground.copy()
    area = result[y : y + h, x : x + w]
    alpha = shape[: area.shape[0], : area.shape[1], None]
    light = area.mean(axis=2, keepdims=True) / max(float(ground.mean()), 1e-6)
    area[:] = area * (1 - alpha) + np.clip(colour * light, 0, 1) * alpha
    return result


def lines(ground: Plane, rng: Generator, squared: bool) -> Plane:
    """Printed rules, across and perhaps down."""
    result = ground.copy()
    gap, width = int(rng.integers(14, 44)), int(rng.integers(1, 3))
    colour = np.array([rng.uniform(0.3, 0.7), rng.uniform(0.45, 0.75), rng.uniform(0.65, 0.95)])
    strength = rng.uniform(0.35, 0.8)
    for k in range(int(rng.integers(0, gap)), max(ground.shape[:2]), gap):
        for area in [result[k : k + width], *([result[:, k : k + width]] if squared else [])]:
            area[:] = area * (1 - strength) + colour * (strength * ground.mean())
    return result


def shadow(plane: Plane, rng: Generator) -> Plane:
    """A half plane in shade with a soft or a hard edge."""
    h, w = plane.shape[:2]
    y, x = np.mgrid[0:h, 0:w]
    angle = rng.uniform(0, 2 * np.pi)
    depth = (x - w * rng.uniform(0.3, 0.7)) * np.cos(angle) + (y - h * rng.uniform(0.3, 0.7)) * np.sin(angle)
    shade = 1 / (1 + np.exp(np.clip(-depth / rng.uniform(2, 40), -30, 30)))
    return plane * (1 - rng.uniform(0.3, 0.6) * shade)[..., None]


def camera(plane: Plane, rng: Generator, form: str = "JPEG", turned: bool = False) -> bytes:
    """Blur, noise and a file."""
    image = Image.fromarray((np.clip(plane, 0, 1) * 255).astype(np.uint8))
    image = image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0, 1.2))))
    noisy = np.asarray(image, np.float64) + rng.normal(0, rng.uniform(0.5, 7), np.asarray(image).shape)
    image = Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))
    options: dict[str, object] = {"quality": int(rng.integers(45, 96))} if form != "PNG" else {}
    if turned:
        orientation = int(rng.choice([3, 6, 8]))
        back = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
        image = image.transpose(back[orientation])
        exif = Image.Exif()
        exif[0x0112] = orientation
        options["exif"] = exif
    buffer = BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def _png(pixels: NDArray[np.generic], mode: str | None = None) -> bytes:
    buffer = BytesIO()
    image = Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(buffer, "PNG")
    return buffer.getvalue()


def _dark(rng: Generator) -> Plane:
    return rng.uniform(0.02, 0.28) * np.ones(3)


def _page(rng: Generator) -> tuple[int, int]:
    longest = int(rng.integers(240, 900))
    return longest, int(longest * rng.uniform(0.6, 1.0))


def _side(height: int, width: int, rng: Generator, low: float = 0.35, high: float = 0.9) -> int:
    return max(24, int(min(height, width) * rng.uniform(low, high)))


def _on_paper(
    small: Small,
    rng: Generator,
    *,
    colour: Plane | None = None,
    before: Callable[[Plane], Plane] | None = None,
    after: Callable[[Plane], Plane] | None = None,
    stroke: float = 0.0,
    share: tuple[float, float] = (0.35, 0.9),
    form: str = "JPEG",
    turned: bool = False,
) -> bytes:
    """The common way: a page, what is printed on it, the ink, what light does, the camera."""
    height, width = _page(rng)
    ground = paper(height, width, rng)
    ground = before(ground) if before else ground
    side = _side(height, width, rng, *share)
    shape = ink_of(small, side, rng, round(stroke * side))
    plane = lay(ground, shape, _dark(rng) if colour is None else colour, rng)
    return camera(after(plane) if after else plane, rng, form, turned)


def _table(small: Small, rng: Generator) -> bytes:
    """A sheet on a table, with other things about it."""
    height, width = 600, 800
    wood = np.array([rng.uniform(0.2, 0.6), rng.uniform(0.15, 0.45), rng.uniform(0.1, 0.35)])
    grain = 0.8 + 0.4 * smooth(height, width, 24, rng)
    plane = wood * grain[..., None]
    canvas = Image.fromarray((np.clip(plane, 0, 1) * 255).astype(np.uint8))
    draw = ImageDraw.Draw(canvas)
    for _ in range(int(rng.integers(1, 5))):
        x, y, w, h = rng.uniform(0, 800), rng.uniform(0, 600), rng.uniform(30, 220), rng.uniform(10, 120)
        draw.rectangle((x, y, x + w, y + h), fill=tuple(int(c) for c in rng.integers(20, 230, 3)))
    plane = np.asarray(canvas, np.float64) / 255
    h, w = int(rng.uniform(0.55, 0.85) * height), int(rng.uniform(0.5, 0.8) * width)
    sheet = paper(h, w, rng)
    side = _side(h, w, rng, 0.4, 0.75)
    sheet = lay(sheet, ink_of(small, side, rng), _dark(rng), rng)
    y, x = int(rng.integers(0, height - h)), int(rng.integers(0, width - w))
    mask = Image.new("L", (width, height))
    mask.paste(255, (x, y, x + w, y + h))
    full = np.zeros((height, width, 3))
    full[y : y + h, x : x + w] = sheet
    angle = float(rng.uniform(-7, 7))
    turned = [Image.fromarray((np.clip(a, 0, 1) * 255).astype(np.uint8)).rotate(angle) for a in (full,)]
    alpha = np.asarray(mask.rotate(angle), np.float64)[..., None] / 255
    return camera(plane * (1 - alpha) + np.asarray(turned[0], np.float64) / 255 * alpha, rng)


def _alpha(small: Small, rng: Generator, level: int) -> bytes:
    shape = ink_of(small, int(rng.integers(60, 400)), rng)
    pixels = np.full((*shape.shape, 4), level, np.uint8)
    pixels[..., 3] = (shape * 255).astype(np.uint8)
    return _png(pixels)


def _chalk(small: Small, rng: Generator) -> bytes:
    height, width = _page(rng)
    board = np.array([0.12, rng.uniform(0.14, 0.3), rng.uniform(0.12, 0.25)]) * rng.uniform(0.6, 1.2)
    ground = board * (1 + 0.5 * smooth(height, width, 9, rng))[..., None]
    shape = ink_of(small, _side(height, width, rng), rng)
    chalk = shape * (0.55 + 0.45 * (rng.random(shape.shape) < rng.uniform(0.6, 0.95)))
    return camera(lay(ground, chalk, np.full(3, 0.9), rng), rng)


def _deep(small: Small, rng: Generator) -> bytes:
    height, width = _page(rng)
    plane = lay(paper(height, width, rng), ink_of(small, _side(height, width, rng), rng), _dark(rng), rng)
    return _png((np.clip(plane.mean(2), 0, 1) * 65535).astype(np.uint16))


def _palette(small: Small, rng: Generator) -> bytes:
    height, width = _page(rng)
    plane = lay(paper(height, width, rng), ink_of(small, _side(height, width, rng), rng), _dark(rng), rng)
    image = Image.fromarray((np.clip(plane, 0, 1) * 255).astype(np.uint8)).quantize(int(rng.choice([8, 16, 64])))
    buffer = BytesIO()
    image.save(buffer, str(rng.choice(["GIF", "PNG"])))
    return buffer.getvalue()


def _odd(small: Small, rng: Generator) -> bytes:
    height, width = int(rng.integers(31, 130)), int(rng.integers(31, 130))
    plane = paper(height, width, rng)
    shape = ink_of(small, int(min(height, width) * rng.uniform(0.75, 1)), rng)
    buffer = BytesIO()
    pixels = (np.clip(lay(plane, shape, _dark(rng), rng), 0, 1) * 255).astype(np.uint8)
    Image.fromarray(pixels).save(buffer, str(rng.choice(["BMP", "PNG", "JPEG", "WEBP"])), quality=90)
    return buffer.getvalue()


def _canvas(small: Small, rng: Generator, stroke: float, size: tuple[float, float]) -> bytes:
    """A drawing of a page: even ground, even ink, no camera."""
    side = int(rng.choice([200, 280, 400]))
    shape = ink_of(small, int(side * rng.uniform(*size)), rng, round(stroke * side))
    ground = np.ones((side, side, 3))
    plane = lay(ground, shape, np.zeros(3), rng)
    return _png(((1 - plane if rng.random() < 0.5 else plane) * 255).astype(np.uint8))


DIGITS: dict[str, Callable[[Small, Generator], bytes]] = {
    "paper": lambda s, r: _on_paper(s, r),
    "ruled": lambda s, r: _on_paper(s, r, before=lambda p: lines(p, r, squared=False)),
    "squared": lambda s, r: _on_paper(s, r, before=lambda p: lines(p, r, squared=True)),
    "shadow": lambda s, r: _on_paper(s, r, after=lambda p: shadow(p, r)),
    "colour_cast": lambda s, r: _on_paper(
        s, r, after=lambda p: p * np.array([1, r.uniform(0.6, 1), r.uniform(0.4, 1)])
    ),
    "exif_rotated": lambda s, r: _on_paper(s, r, turned=True),
    "small": lambda s, r: _on_paper(s, r, share=(0.12, 0.25)),
    "thin": lambda s, r: _on_paper(s, r, stroke=-0.012),
    "pencil": lambda s, r: _on_paper(s, r, stroke=-0.01, colour=r.uniform(0.5, 0.68) * np.ones(3)),
    "marker": lambda s, r: _on_paper(s, r, stroke=0.03),
    "coloured_ink": lambda s, r: _on_paper(s, r, colour=r.permutation([r.uniform(0.6, 0.9), r.uniform(0, 0.3), 0.1])),
    "table": _table,
    "chalkboard": _chalk,
    "alpha_dark": lambda s, r: _alpha(s, r, 10),
    "alpha_light": lambda s, r: _alpha(s, r, 245),
    "deep": _deep,
    "palette": _palette,
    "webp": lambda s, r: _on_paper(s, r, form="WEBP"),
    "odd_size": _odd,
    "original": lambda s, r: _png(s),
    "original_inverted": lambda s, r: _png(255 - s),
    "canvas_thick": lambda s, r: _canvas(s, r, 0.025, (0.5, 0.95)),
    "canvas_thin": lambda s, r: _canvas(s, r, -0.01, (0.5, 0.95)),
    "canvas_small": lambda s, r: _canvas(s, r, 0.0, (0.2, 0.35)),
}


def _garment(small: Small, rng: Generator, ground: Plane | None) -> bytes:
    """A product photograph: the garment is what differs from black in the training picture."""
    side = int(rng.integers(120, 500))
    grey = np.asarray(Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC), np.float64) / 255
    if ground is None:
        alpha = np.clip(grey / 0.06, 0, 1)
        pixels = np.dstack([np.repeat((255 - 255 * grey)[..., None], 3, axis=2), alpha * 255])
        return _png(pixels.astype(np.uint8))
    margin = int(side * rng.uniform(0, 0.25))
    plane = np.ones((side + 2 * margin, side + 2 * margin, 3)) * ground
    plane[margin : margin + side, margin : margin + side] *= (1 - grey)[..., None]
    return camera(plane, rng)


CLOTHES: dict[str, Callable[[Small, Generator], bytes]] = {
    "white": lambda s, r: _garment(s, r, np.ones(3)),
    "studio": lambda s, r: _garment(s, r, r.uniform(0.75, 0.95) * np.ones(3)),
    "garment_alpha": lambda s, r: _garment(s, r, None),
}


def _negative(drawing: Image.Image, rng: Generator) -> bytes:
    """A drawing of `outliers` on a page of its own size, dark on light or light on dark."""
    height, width = _page(rng)
    plane = np.asarray(drawing.resize((width, height)), np.float64)[..., None] / 255 * np.ones(3)
    return camera(1 - 0.85 * plane if rng.random() < 0.7 else 0.1 + 0.85 * plane, rng)


def _blank(rng: Generator) -> bytes:
    height, width = _page(rng)
    return camera(paper(height, width, rng), rng)


def _text(rng: Generator) -> bytes:
    height, width = _page(rng)
    image = Image.fromarray((paper(height, width, rng) * 255).astype(np.uint8))
    draw, size = ImageDraw.Draw(image), float(rng.integers(12, 40))
    for y in range(10, height - int(size), int(size * 1.4)):
        words = " ".join("".join(rng.choice(list("aeiounrtslhdmpkwy"), size=rng.integers(2, 9))) for _ in range(9))
        draw.text((10, y), words, (40, 40, 45), ImageFont.load_default(size))
    return camera(np.asarray(image, np.float64) / 255, rng)


NEGATIVES: dict[str, Callable[[Generator], bytes]] = {
    "blank": _blank,
    "noise": lambda r: _negative(outliers.noise(r), r),
    "text": _text,
    "pattern": lambda r: _negative(outliers.pattern(r), r),
    "scene": lambda r: _negative(outliers.scene(r), r),
    "blobs": lambda r: _negative(outliers.blobs(r), r),
    "scribble": lambda r: _negative(outliers.scribble(r), r),
    "shape": lambda r: _negative(outliers.shape(r), r),
    "letter": lambda r: _negative(outliers.letter(r), r),
}


def several(smalls: NDArray[np.uint8], rng: Generator) -> bytes:
    """Two to five digits in a row on paper, of like size, with gaps."""
    side = int(rng.integers(70, 160))
    gap = int(side * rng.uniform(0.0, 0.5))
    count = len(smalls)
    height, width = int(side * rng.uniform(1.3, 2.2)), count * (side + gap) + side // 2
    plane, colour = paper(height, width, rng), _dark(rng)
    for i, small in enumerate(smalls):
        y = int(rng.integers(0, max(height - side, 1)))
        plane = lay(plane, ink_of(small, side, rng, turn=5), colour, rng, (side // 4 + i * (side + gap), y))
    return camera(plane, rng)
