"""Whether a picture is in the form that a model was trained on, so that its recipe has nothing left to do; and what
is made of a small picture that is not.

MNIST and Fashion-MNIST lie on a background of exactly 0; people send them as they are, inverted, and as JPEG. They also
send their own pictures in that size: paper ground, faint ink, another pen, off the middle.
"""

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from service.imaging.pixels import Pixels, has_black_rim, resize, rim, to_grey

SMALL_SIDE = 40  # pixels: a picture whose longest side is no longer is small
_ENLARGED = 4  # times: there the recipe's windows and margins, whole pixels all of them, are finer than a stroke
_SPREAD = 5  # grey levels that count as one: what a JPEG of quality 75 makes of an even background
_INK = 40  # grey level over which a pixel of a digit counts: a JPEG's noise around it stays below
_SIDES = (0.85, 1.05)  # of the side that a digit is fitted to: faint ends, and what a JPEG makes of a sharp one
_OFF_MIDDLE = 1.0  # pixels at most from the middle to the centre of mass
_THICK = 0.14  # of its pixels are the corner of a square of ink: of all of MNIST, and hardly of a hairline of one pixel
_HALF = (64, 192)  # grey levels between which cloth has many pixels, and a stroke only its outline
_SHADED = 0.3  # of what is lighter is between these: cloth
_IS_INK = bytes([level > _INK for level in range(256)])
_BRIGHT = 230  # grey level that the brightest pixel has at least
_RANGE = 12  # grey levels: what has fewer is not stretched, it is noise


def is_native(grey: Pixels, min_contrast: float, black_rim: bool | None = None) -> bool:
    """Whether a grey picture [H, W] of the model's own size has a black or a white background, and something on it.
    `black_rim` is what `has_black_rim` says of it, if the caller has asked.

    The background is the commonest level of the rim: whatever a garment covers of it, it does so in many levels. So
    it is for all 20,000 test pictures of both data sets, as PNG and as JPEG of quality 75 and 90, inverted or not.
    A photograph's paper is hardly ever all black or white, and its recipe makes it so.
    """
    if has_black_rim(grey) if black_rim is None else black_rim:
        return _reaches(grey.tobytes(), max(math.ceil(255 * min_contrast), 1))
    return has_extreme_ground(grey) and has_contrast(grey, min_contrast)


def has_extreme_ground(grey: Pixels) -> bool:
    """Whether the commonest level of the rim of a grey picture [H, W] is black or white."""
    counts = np.bincount(rim(grey), minlength=256).cumsum()
    within = counts[_SPREAD - 1 :].copy()  # how many of the rim are at most so many levels over each
    within[1:] -= counts[:-_SPREAD]
    return max(int(within[0]), int(within[-1])) >= int(within.max())


def is_native_digit(grey: Pixels, side: int) -> bool:
    """Whether a picture [H, W], light on dark, is a digit in the form of MNIST, whose longest side is `side` there.

    MNIST's are 20 pixels long, bright, no hairlines, and have their centre of mass in the middle: all 10,000
    test pictures are found to be so, inverted or not, as JPEG too. A person's own 28 x 28 picture seldom is.
    """
    data, (height, width) = grey.tobytes(), grey.shape
    if not _reaches(data, _BRIGHT):
        return False
    ink = data.translate(_IS_INK)
    down = ink.rfind(1) // width - ink.find(1) // width + 1
    all_of_it = int.from_bytes(ink, "big")  # numpy would take ten calls for each of the next two
    columns = _columns(all_of_it, height, width)
    longest = max(down, columns.rfind(1) - columns.find(1) + 1)
    if not _SIDES[0] * side <= longest <= _SIDES[1] * side:
        return False
    if _squares(all_of_it, width) < _THICK * ink.count(1):
        return False
    mass, to_right, to_bottom = grey.ravel().astype(np.float32).dot(_moments(height, width)).tolist()
    return bool(abs(to_right) <= _OFF_MIDDLE * mass and abs(to_bottom) <= _OFF_MIDDLE * mass)


def _columns(ink: int, height: int, width: int) -> bytes:
    """Which columns have a pixel that is 1, a byte each: half of the rows laid upon the other half, again and again."""
    rows = 1 << (height - 1).bit_length()
    while rows > 1:
        rows >>= 1
        ink |= ink >> 8 * width * rows
    return (ink & ((1 << 8 * width) - 1)).to_bytes(width, "big")


def _squares(ink: int, width: int) -> int:
    """How many pixels are the corner of a square of four that are all 1."""
    pairs = ink & ink >> 8
    return (pairs & pairs >> 8 * width).bit_count()


def _reaches(data: bytes, level: int) -> bool:
    """Whether any of the pixels has so much: told in a microsecond, where numpy takes three."""
    return bool(data.translate(None, _below(level)))


@cache
def _below(level: int) -> bytes:
    return bytes(range(level))


@cache
def _moments(height: int, width: int) -> NDArray[np.float32]:
    """What sums the mass of a picture, and its moments about the middle, to the right and down: [H x W, 3]."""
    down, right = np.mgrid[:height, :width]
    columns = np.ones_like(down), right - width // 2, down - height // 2
    return np.stack(columns, axis=-1).reshape(-1, 3).astype(np.float32)


def is_shaded_object(grey: Pixels) -> bool:
    """Whether a picture [H, W], light on dark, is filled from edge to edge by what has many levels, as Fashion-MNIST's
    are: no strokes, so that a digit's recipe would make of it what it is not."""
    ink = grey > _INK
    if not (ink[0].any() and ink[-1].any()) and not (ink[:, 0].any() and ink[:, -1].any()):
        return False
    lighter, bright = int(np.count_nonzero(grey > _HALF[0])), int(np.count_nonzero(grey >= _HALF[1]))
    return bool(lighter - bright > _SHADED * lighter)


def is_small(pixels: Pixels) -> bool:
    """Whether a picture [H, W] or [H, W, 3] is too small for the recipe's windows as it is."""
    return bool(max(pixels.shape[:2]) <= SMALL_SIDE)


def enlarge(pixels: Pixels) -> Pixels:
    """A small picture in grey, its levels stretched over the whole range, and large enough for a recipe: [4 H, 4 W]."""
    grey = to_grey(pixels)
    low, high = int(grey.min()), int(grey.max())
    if high - low >= _RANGE:
        grey = ((grey - np.float32(low)) * (255 / np.float32(high - low)) + 0.5).astype(np.uint8)
    return resize(grey, (_ENLARGED * grey.shape[1], _ENLARGED * grey.shape[0]))


def has_contrast(grey: Pixels, min_contrast: float) -> bool:
    """Whether light and dark of a picture [H, W] are at least `min_contrast` of the whole range apart, or at all."""
    return int(grey.max()) - int(grey.min()) >= max(255 * min_contrast, 1)


def are_native_digits(pictures: Pixels, side: int) -> NDArray[np.bool_]:
    """Which of [n, H, W] have a black rim and are what `is_native_digit` says: [n]. Of sixty, each for a third of what
    it costs alone."""
    n, height, width = pictures.shape
    flat = pictures.reshape(n, -1)
    on_black = np.maximum(pictures[:, (0, -1)].max(axis=(1, 2)), pictures[:, :, (0, -1)].max(axis=(1, 2))) == 0
    ink: NDArray[np.bool_] = pictures > _INK
    longest = np.maximum(_reach(ink, 2), _reach(ink, 1))
    pairs = ink[:, :, :-1] & ink[:, :, 1:]
    squares = np.count_nonzero(pairs[:, :-1] & pairs[:, 1:], axis=(1, 2))
    thick = squares >= _THICK * np.count_nonzero(ink, axis=(1, 2))
    mass, to_right, to_bottom = (flat.astype(np.float32) @ _moments(height, width)).T
    amid = np.maximum(np.abs(to_right), np.abs(to_bottom)) <= _OFF_MIDDLE * mass
    long_enough = (_SIDES[0] * side <= longest) & (longest <= _SIDES[1] * side)
    digits: NDArray[np.bool_] = on_black & (flat.max(axis=1) >= _BRIGHT) & long_enough & thick & amid
    return digits


def _reach(ink: NDArray[np.bool_], axis: int) -> NDArray[np.int64]:
    """From the first to the last row that has ink, or column, where all along `axis` counts as one: [n]."""
    found = np.asarray(ink.any(axis=axis))
    reach: NDArray[np.int64] = found.shape[1] - found.argmax(axis=1) - found[:, ::-1].argmax(axis=1)
    return reach
