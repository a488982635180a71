"""Things that are no clothes, drawn by their shapes: a function a kind, from a Draw to a file.

    parts (a body, legs, wheels, a handle) -> what they cover, and how light each is -> light, fur, a pattern
    -> on white, or anywhere -> file

They are what a person sends to a model of clothes to see what it says: animals, bottles, cars, fruit, tools, faces.
They lie near the classes on purpose: cut out of their grounds as garments are, and of any cloth.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from training.rendering.draw import Draw
from training.rendering.glyphs import Ink, Photo, Point
from training.rendering.grounds import clouds
from training.rendering.optics import grid
from training.rendering.worn import ground_for, photograph

_SIDE = 320  # pixels of a drawing, in the middle of which is the thing


class _Shape:
    """What is drawn part by part, in units of the frame: x to the right and y down, 0..1."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self.cover = Image.new("L", (_SIDE, _SIDE))
        self.tone = Image.new("L", (_SIDE, _SIDE))
        self._pens = ImageDraw.Draw(self.cover), ImageDraw.Draw(self.tone)

    def level(self, low: float = 0.25, high: float = 1.0) -> int:
        """How light a part is, 0..255."""
        return round(255 * self._draw.between(low, high))

    def oval(self, middle: Point, radii: Point, tone: int, degrees: float = 0.0) -> None:
        turn, t = np.deg2rad(degrees), np.linspace(0, 2 * np.pi, 48)
        x, y = radii[0] * np.cos(t), radii[1] * np.sin(t)
        across, down = middle[0] + x * np.cos(turn) - y * np.sin(turn), middle[1] + x * np.sin(turn) + y * np.cos(turn)
        self.area(list(zip(across.tolist(), down.tolist(), strict=True)), tone)

    def area(self, points: Sequence[Point], tone: int) -> None:
        placed = [(x * _SIDE, y * _SIDE) for x, y in points]
        for pen, fill in zip(self._pens, (255, tone), strict=True):
            pen.polygon(placed, fill=fill)

    def line(self, points: Sequence[Point], width: float, tone: int) -> None:
        placed, wide = [(x * _SIDE, y * _SIDE) for x, y in points], max(2, round(width * _SIDE))
        for pen, fill in zip(self._pens, (255, tone), strict=True):
            pen.line(placed, fill=fill, width=wide, joint="curve")
            for x, y in (placed[0], placed[-1]):
                pen.ellipse((x - wide / 2, y - wide / 2, x + wide / 2, y + wide / 2), fill=fill)


def creature(draw: Draw) -> bytes:
    """A body with a head, a tail, and legs: of two feet to eight, standing, sitting or lying."""
    shape, between = _Shape(draw), draw.between
    tone = shape.level()
    tilt, long, high = between(-70, 25), between(0.16, 0.28), between(0.08, 0.17)
    along, down = np.cos(np.deg2rad(tilt)), np.sin(np.deg2rad(tilt))
    legs, reach = int(draw.rng.choice([0, 2, 2, 3, 4, 4, 4, 6, 8])), between(0.06, 0.3)
    for place in np.linspace(-0.75, 0.75, legs).tolist():
        x, y = 0.5 + place * long * along, 0.5 + place * long * down
        foot = (x + between(-0.06, 0.06), y + high + reach)
        shape.line(((x, y), (x + between(-0.03, 0.03), y + high), foot), between(0.012, 0.05), tone)
    tail = (0.5 - long * along, 0.5 - long * down)
    end = (tail[0] - between(-0.03, 0.2), tail[1] + between(-0.2, 0.2))
    shape.line((tail, ((tail[0] + end[0]) / 2, end[1]), end), between(0.01, 0.08), tone)
    shape.oval((0.5, 0.5), (long, high), tone, tilt)
    if draw.rng.random() < 0.5:
        shape.oval((0.5 - 0.1 * long, 0.5), (0.6 * long, 0.5 * high), shape.level(), tilt + between(-30, 30))
    x, y = 0.5 + long * along, 0.5 + long * down
    head, size = (x + between(0, 0.12), y - between(-0.03, 0.2)), between(0.04, 0.12)
    shape.line(((x - 0.05 * along, y), head), between(0.03, 0.14), tone)
    if draw.rng.random() < 0.7:
        for side in (-1, 1):
            ear = (head[0] + side * between(0.3, 1) * size, head[1] - between(0.9, 2.2) * size)
            shape.area(((head[0] - 0.7 * size, head[1]), ear, (head[0] + 0.7 * size, head[1])), tone)
    shape.oval(head, (size * between(0.9, 1.3), size), tone)
    nose = (head[0] + size * between(0.8, 2.2), head[1] + size * between(-0.1, 0.6))
    shape.line((head, nose), size * between(0.3, 0.9), shape.level())
    return _photographed(draw, shape)


def turned(draw: Draw) -> bytes:
    """What a lathe or a potter makes, with a handle or without: bottles, vases, cups, lamps."""
    shape, between = _Shape(draw), draw.between
    high, t = between(0.2, 0.42), np.linspace(0, 1, 40)
    knots = draw.rng.uniform(0.15, 1, int(draw.rng.integers(4, 9)))
    wide = np.interp(t, np.linspace(0, 1, len(knots)), knots)
    wide = np.convolve(np.pad(wide, 2, "edge"), np.ones(5) / 5, "valid") if draw.rng.random() < 0.7 else wide
    wide = wide * between(0.08, 0.3)
    tone, y = shape.level(), 0.5 + (2 * t - 1) * high
    if draw.rng.random() < 0.4:
        middle, radii = (0.5 + float(wide.mean()), 0.5 + between(-0.1, 0.1)), (between(0.06, 0.14), between(0.08, 0.18))
        round_ = np.linspace(-np.pi / 2, np.pi / 2, 12)
        points = (middle[0] + radii[0] * np.cos(round_), middle[1] + radii[1] * np.sin(round_))
        shape.line(list(zip(points[0].tolist(), points[1].tolist(), strict=True)), between(0.015, 0.04), tone)
    sides = [*zip(0.5 - wide, y, strict=True), *zip(0.5 + wide[::-1], y[::-1], strict=True)]
    shape.area([(float(x), float(y)) for x, y in sides], tone)
    if draw.rng.random() < 0.6:  # a label, a lid, what is in it
        first, last = sorted(draw.rng.integers(0, 40, 2).tolist())
        band = [*zip(0.5 - wide[first : last + 1], y[first : last + 1], strict=True)]
        band += [(1 - x, y) for x, y in band[::-1]]
        if len(band) > 2:
            shape.area([(float(x), float(y)) for x, y in band], shape.level())
    return _photographed(draw, shape)


def vehicle(draw: Draw) -> bytes:
    """A car, a van, a lorry, a train or a boat, from its side."""
    shape, between = _Shape(draw), draw.between
    long, high, floor = between(0.25, 0.42), between(0.06, 0.16), between(0.52, 0.62)
    tone, slope = shape.level(), between(0, 0.08)
    corners = [(0.5 - long + slope, floor - high), (0.5 + long - between(0, 0.1), floor - high)]
    shape.area([*corners, (0.5 + long, floor), (0.5 - long + between(0, 0.06), floor)], tone)
    first, last = sorted((between(-0.9, 0.2), between(-0.2, 0.9)))
    roof, lean = floor - high - between(0.05, 0.2), between(0, 0.1)
    cabin = [(0.5 + first * long, floor - high), (0.5 + first * long + lean, roof)]
    cabin += [(0.5 + last * long - lean, roof), (0.5 + last * long, floor - high)]
    shape.area(cabin, tone)
    for place in draw.rng.uniform(first, last, int(draw.rng.integers(0, 5))).tolist():
        x, glass = 0.5 + 0.8 * place * long, shape.level()
        shape.area([(x, roof + 0.02), (x + 0.06, roof + 0.02), (x + 0.06, floor - high), (x, floor - high)], glass)
    wheel, dark = between(0.03, 0.09), shape.level(0, 0.35)
    for place in np.linspace(-0.75, 0.75, int(draw.rng.choice([0, 2, 2, 2, 3, 4, 6]))).tolist():
        shape.oval((0.5 + place * long, floor), (wheel, wheel), dark)
        shape.oval((0.5 + place * long, floor), (0.5 * wheel, 0.5 * wheel), shape.level())
    return _photographed(draw, shape)


def fruit(draw: Draw) -> bytes:
    """One to four round things, smooth, lobed or with petals, on stalks with leaves or without."""
    shape, between = _Shape(draw), draw.between
    t = np.linspace(0, 2 * np.pi, 120)
    lobes, depth = int(draw.rng.integers(1, 13)), between(0, 0.5)
    sizes = 1 + depth * np.cos(lobes * t + between(0, 6)) + 0.12 * np.cos(2 * t + between(0, 6))
    for _ in range(int(draw.rng.choice([1, 1, 1, 2, 3, 4]))):
        x, y, size = between(0.38, 0.62), between(0.38, 0.62), between(0.1, 0.24)
        if draw.rng.random() < 0.5:
            stalk = (x + between(-0.1, 0.1), y + draw.rng.choice([-1, 1]) * between(0.2, 0.42))
            shape.line(((x, y), stalk), between(0.008, 0.04), shape.level())
            leaf = ((x + stalk[0]) / 2, (y + stalk[1]) / 2)
            shape.oval(leaf, (between(0.02, 0.12), between(0.01, 0.05)), shape.level(), between(-90, 90))
        wide, tone = size * between(0.6, 1.3), shape.level()
        outline = zip((x + wide * sizes * np.cos(t)).tolist(), (y + size * sizes * np.sin(t)).tolist(), strict=True)
        shape.area(list(outline), tone)
        if draw.rng.random() < 0.5:
            shape.oval((x, y), (0.4 * wide, 0.4 * size), shape.level())
    return _photographed(draw, shape)


def tool(draw: Draw) -> bytes:
    """A handle with a head at one end or both: hammers, spoons, guitars, lamps, plants in pots."""
    shape, between = _Shape(draw), draw.between
    ends = ((between(0.4, 0.6), between(0.12, 0.25)), (between(0.4, 0.6), between(0.75, 0.88)))
    shape.line(ends, between(0.015, 0.09), shape.level())
    for x, y in ends[: int(draw.rng.integers(1, 3))]:
        wide, high = between(0.04, 0.22), between(0.04, 0.2)
        if draw.rng.random() < 0.5:
            shape.oval((x, y), (wide, high), shape.level(), between(-45, 45))
        else:
            corners = np.sort(draw.rng.uniform(0, 2 * np.pi, int(draw.rng.integers(3, 8))))
            around = zip((x + wide * np.cos(corners)).tolist(), (y + high * np.sin(corners)).tolist(), strict=True)
            shape.area(list(around), shape.level())
    return _photographed(draw, shape)


def boxes(draw: Draw) -> bytes:
    """Upright blocks beside and above each other, with lighter or darker fields: houses, furniture, devices."""
    shape, between = _Shape(draw), draw.between
    for _ in range(int(draw.rng.integers(2, 6))):
        x, y, wide, high = between(0.3, 0.6), between(0.25, 0.6), between(0.08, 0.3), between(0.08, 0.35)
        lean, tone = between(-0.06, 0.06), shape.level()
        shape.area(((x + lean, y), (x + wide + lean, y), (x + wide, y + high), (x, y + high)), tone)
        if draw.rng.random() < 0.3:
            roof = (x + between(0, 1) * wide, y - between(0.03, 0.2))
            shape.area(((x - 0.02, y), roof, (x + wide + 0.02, y)), shape.level())
        for _ in range(int(draw.rng.integers(0, 5))):
            left, top = x + between(0, 0.7) * wide, y + between(0, 0.7) * high
            right, low = left + 0.25 * wide, top + 0.25 * high
            shape.area(((left, top), (right, top), (right, low), (left, low)), shape.level(0, 1))
    return _photographed(draw, shape)


def face(draw: Draw) -> bytes:
    """A face with eyes, nose and mouth, of a human, a doll or an animal."""
    shape, between = _Shape(draw), draw.between
    wide, high, skin = between(0.16, 0.28), between(0.18, 0.32), shape.level(0.35, 1)
    hair, crown = shape.level(0, 0.9), between(0.02, 0.16)
    if draw.rng.random() < 0.7:
        shape.oval((0.5, 0.5 - crown), (wide * between(1, 1.35), high * between(0.9, 1.25)), hair)
    if draw.rng.random() < 0.5:
        for side in (-1, 1):
            ear = (0.5 + side * between(0.6, 1.1) * wide, 0.5 - between(0, 1.1) * high)
            shape.oval(ear, (between(0.03, 0.1), between(0.04, 0.16)), hair, side * between(0, 45))
    shape.oval((0.5, 0.5), (wide, high), skin)
    eye, dark, apart = between(0.01, 0.05), shape.level(0, 0.4), between(0.3, 0.55) * wide
    for side in (-1, 1):
        shape.oval((0.5 + side * apart, 0.5 - 0.15 * high), (eye, eye * between(0.5, 1)), dark)
    shape.oval((0.5, 0.5 + 0.2 * high), (between(0.01, 0.06), between(0.01, 0.06)), shape.level(0, 0.8))
    shape.line(((0.5 - 0.7 * apart, 0.5 + 0.55 * high), (0.5 + 0.7 * apart, 0.5 + 0.55 * high)), 0.015, dark)
    return _photographed(draw, shape)


THINGS = (creature, turned, vehicle, fruit, tool, boxes, face)


def _photographed(draw: Draw, shape: _Shape) -> bytes:
    """The thing in a pattern, a colour and a light, mirrored and turned, on some ground."""
    cover, tone = shape.cover, shape.tone
    if draw.rng.random() < 0.5:
        cover, tone = (part.transpose(Image.Transpose.FLIP_LEFT_RIGHT) for part in (cover, tone))
    degrees = draw.between(-15, 15) if draw.rng.random() < 0.8 else draw.between(-180, 180)
    cover, tone = (part.rotate(degrees, Image.Resampling.BILINEAR) for part in (cover, tone))
    box = cover.getbbox()
    assert box is not None
    side = int(draw.rng.integers(80, min(300, draw.largest)))
    zoom = side / max(box[2] - box[0], box[3] - box[1])
    inner = max(4, round((box[2] - box[0]) * zoom)), max(4, round((box[3] - box[1]) * zoom))
    mask, level = (np.asarray(part.crop(box).resize(inner), np.float32) / 255 for part in (cover, tone))
    image = (_surface(draw, level, mask) * 255).clip(0, 255).astype(np.uint8)
    return on_some_ground(draw, Image.fromarray(image), Image.fromarray((mask * 255).astype(np.uint8)))


def on_some_ground(draw: Draw, thing: Image.Image, mask: Image.Image) -> bytes:
    """The file of a picture of a thing, pasted by `mask` anywhere before some ground that is a little larger."""
    size = round(thing.width * draw.between(1.05, 1.8)), round(thing.height * draw.between(1.05, 1.8))
    photo = ground_for(draw, size)
    place = int(draw.rng.integers(size[0] - thing.width + 1)), int(draw.rng.integers(size[1] - thing.height + 1))
    photo.paste(thing, place, mask)
    return photograph(draw, photo)


def _surface(draw: Draw, level: Ink, mask: Ink) -> Photo:
    """What the thing looks like, RGB 0..1 [h, w, 3]: its parts' levels in a pattern, darker to the rim or to a side."""
    size, rng = (mask.shape[1], mask.shape[0]), draw.rng
    sort = rng.integers(4)
    if sort == 0:  # fur, rind, rust
        hills = clouds(size, rng, int(rng.integers(4, 12))) + clouds(size, rng, int(rng.integers(15, 70)))
        level = level * (1 + draw.between(0.05, 0.25) * hills)
    elif sort == 1:  # a print, as cloth has it
        cloth = draw.source.garments[int(rng.integers(len(draw.source.garments)))][8:20, 8:20]
        level = level * (0.4 + 0.6 * np.asarray(Image.fromarray(cloth).resize(size), np.float32) / 255)
    elif sort == 2:  # stripes or spots
        wave = clouds(size, rng, int(rng.integers(5, 14)))
        level = np.where(wave > draw.between(-0.5, 0.5), level, level * draw.between(0.2, 0.8))
    if rng.random() < 0.6:
        soft = Image.fromarray((mask * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(max(size) / 8))
        level = level * (0.4 + 0.6 * np.asarray(soft, np.float32) / 255)
    y, x = grid(mask.shape)
    angle = draw.between(0, 2 * np.pi)
    level = level * (1 + draw.between(0, 0.4) * ((x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle)))
    colour = 1 - rng.uniform(0, 0.5 if rng.random() < 0.6 else 0.08, 3)
    return level[..., None] * colour.astype(np.float32)
