"""What the trades share: the types of arrays and pictures, and small operations on pixels that every recipe needs.

Pixels are uint8, [H, W] grey or [H, W, 3] RGB. No operation changes what it is given.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.imaging.boxes import Box

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
FloatArray = NDArray[np.float32]


@dataclass(slots=True)
class Picture:
    """A decoded picture, upright (EXIF applied).

    `pixels` is uint8, [H, W] grey, [H, W, 2] grey and alpha, [H, W, 3] RGB or [H, W, 4] RGBA. `width` and
    `height` are those of the whole upright picture; `pixels` may be a smaller copy of it.
    """

    pixels: Pixels
    width: int
    height: int
    format: str
    exif_rotated: bool


def flatten(pixels: Pixels, light: int, on_black: bool | None = None) -> Pixels:
    """Grey or RGB of pixels that may have alpha: laid on black where their mean is over `light`, else on white.

    `on_black` decides instead, where it is given. Colour that is grey everywhere becomes grey: a third of the work.
    """
    if pixels.ndim == 2:
        return pixels
    if pixels.shape[2] == 3:
        return _as_grey(pixels)
    image = Image.fromarray(pixels)
    if image.getchannel("A").getextrema()[0] == 255:  # opaque, as what a browser's canvas gives
        return _as_grey(pixels[..., :-1])
    if on_black is None:
        grey, alpha = (np.asarray(band, dtype=np.float32) for band in image.convert("LA").split())
        on_black = float((grey * alpha).sum()) / max(float(alpha.sum()), 1) > light
    ground = 0 if on_black else 255
    flat = Image.new("L" if pixels.shape[2] == 2 else "RGB", image.size, (ground,) * (pixels.shape[2] - 1))
    flat.paste(image.convert(flat.mode), mask=image.getchannel("A"))
    return _as_grey(np.atleast_3d(np.asarray(flat)))


def _as_grey(pixels: Pixels) -> Pixels:
    """Grey [H, W] where all channels [H, W, n] are the same, else what was given."""
    for step in (16, 1):  # most pictures in colour show it after a few pixels
        few = pixels[::step, ::step]
        if any(not np.array_equal(few[..., 0], few[..., channel]) for channel in range(1, pixels.shape[2])):
            return np.ascontiguousarray(pixels)
    return np.ascontiguousarray(pixels[..., 0])


def to_grey(pixels: Pixels) -> Pixels:
    """Grey [H, W] of grey or RGB pixels."""
    return pixels if pixels.ndim == 2 else np.asarray(Image.fromarray(pixels).convert("L"))


def shrink(pixels: Pixels, side: int) -> tuple[Pixels, int]:
    """A copy by a whole factor, its longest side at most `side`, and that factor."""
    factor = -(-max(pixels.shape[:2]) // side)
    return (np.asarray(Image.fromarray(pixels).reduce(factor)), factor) if factor > 1 else (pixels, 1)


def resize(pixels: Pixels, size: tuple[int, int], box: Box | None = None) -> Pixels:
    """The pixels, or those in `box` as far as it lies on them, at `size` (width, height).

    Averaged where they shrink, else smooth (bilinear).
    """
    if box:
        pixels = pixels[box[1] : box[3], box[0] : box[2]]
    shrinks = max(size) < max(pixels.shape[:2])
    how = Image.Resampling.BOX if shrinks else Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(pixels).resize(size, how))


def fit(width: int, height: int, side: int) -> tuple[int, int]:
    """The size with the same aspect whose longest side is `side`."""
    longest = max(width, height)
    return max(1, round(width * side / longest)), max(1, round(height * side / longest))


def quantile(values: NDArray[Any], share: float) -> float:
    """The value that `share` of the values stay below; np.percentile takes ten times as long on few values."""
    place = int(share * (values.size - 1))
    return float(np.partition(values, place, axis=None)[place])


def rim(pixels: NDArray[Any]) -> NDArray[Any]:
    """The outermost pixels: [n, ...], n = 2 W + 2 H - 4 where both sides are over 1."""
    return np.concatenate((pixels[0], pixels[-1], pixels[1:-1, 0], pixels[1:-1, -1]))


def has_black_rim(grey: Pixels) -> bool:
    """Whether all of the rim of uint8 [H, W] is 0, as it is of nearly every picture of MNIST: told in a microsecond."""
    data, width = grey.tobytes(), grey.shape[1]
    return not (data[:width] + data[-width:] + data[::width] + data[width - 1 :: width]).strip(b"\0")


def tight(mask: Mask) -> Box:
    """The box around what is set; raises IndexError where nothing is."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def highest(pixels: Pixels, window: int) -> Pixels:
    """The greatest value in a square of `window` (odd) around each pixel, each channel on its own."""
    return _running(np.maximum, pixels, window)


def lowest(pixels: Pixels, window: int) -> Pixels:
    """The least value in a square of `window` (odd) around each pixel, each channel on its own."""
    return _running(np.minimum, pixels, window)


def _running(combine: np.ufunc, pixels: Pixels, window: int) -> Pixels:
    half, outside = window // 2, 0 if combine is np.maximum else 255
    for axis in (0, 1):
        shape = list(pixels.shape)
        shape[axis] += 2 * half
        padded = np.full(shape, outside, np.uint8)
        padded[(slice(None),) * axis + (slice(half, shape[axis] - half),)] = pixels
        pixels, size = padded, 1
        while size < window:  # each round takes in as much again: the cost grows with log(window)
            step = min(size, window - size)
            ahead, behind = (slice(None),) * axis + (slice(step, None),), (slice(None),) * axis + (slice(-step),)
            pixels = combine(pixels[ahead], pixels[behind])
            size += step
    return pixels
