"""The `photo` recipe: a photograph as the field's libraries feed it to their classifiers.

picture -> on white, grey or RGB -> resized (shorter side, stretched, letterboxed, as a line) -> the middle cropped
-> uint8 [H, W] or [H, W, 3]

Of a picture of extreme sides only what is seen in the end is computed, as a window of the resized picture: a line of
8,192 x 1 pixels would become millions.
"""

import math
from io import BytesIO

import numpy as np
from PIL import Image

from service.imaging.boxes import Box
from service.imaging.pixels import Pixels, flatten, to_grey
from service.imaging.preprocessing.opencv import resize_opencv
from service.imaging.preprocessing.spec import Photo, PreprocessSpec

_KNOBS = Photo()
_STRETCHED = Photo(resize="stretch")
_PILLOW = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
_WHOLE = 16  # times the frame: up to it all is resized and then cropped, as libraries do; a window rounds otherwise
_NO_LIGHT = 255  # of a mean grey: none is lighter, so that what is transparent lies on white


def render_photo(pixels: Pixels, spec: PreprocessSpec, *, plain: bool = False, on_black: bool | None = None) -> Pixels:
    """Pixels of any mode to what the model sees, uint8 of `spec.picture_shape`.

    What is transparent lies on white, or on black where that is asked for. `plain`: only stretched to the input's size.
    """
    knobs = _STRETCHED if plain else spec.photo or _KNOBS
    flat = flatten(pixels, _NO_LIGHT, on_black)
    if spec.channels == 1:
        flat = to_grey(flat)
    seen = _framed(flat, knobs, spec.width, spec.height)
    if seen.ndim < len(spec.picture_shape):
        seen = np.repeat(seen[..., None], spec.channels, axis=2)
    return seen if knobs.jpeg_quality is None else _as_jpeg(seen, knobs.jpeg_quality)


def contrast(pixels: Pixels) -> int:
    """How far the least and the greatest value of some channel of [H, W] or [H, W, C] are apart."""
    return int(np.ptp(pixels, axis=(0, 1)).max())


def _framed(pixels: Pixels, knobs: Photo, width: int, height: int) -> Pixels:
    """The resized picture as far as the frame of `width` x `height` shows it, the rest of the frame filled."""
    size = resized_size(pixels.shape[1], pixels.shape[0], knobs, width, height)
    left, top = (_offset(side, frame, knobs) for side, frame in zip(size, (width, height), strict=True))
    window = max(left, 0), max(top, 0), min(left + width, size[0]), min(top + height, size[1])
    seen = _resized(pixels, size, window, knobs)
    if seen.shape[:2] == (height, width):
        return seen
    frame = np.full((height, width, *seen.shape[2:]), knobs.fill, np.uint8)
    x, y = max(-left, 0), max(-top, 0)
    frame[y : y + seen.shape[0], x : x + seen.shape[1]] = seen
    return frame


def resized_size(width: int, height: int, knobs: Photo, to_width: int, to_height: int) -> tuple[int, int]:
    """The size (width, height) of the whole picture once resized, before the crop or the filling."""
    if knobs.resize == "stretch":
        return (knobs.side or to_width), (knobs.side or to_height)
    if knobs.resize == "line":
        return min(to_width, max(1, math.ceil(to_height * width / height))), to_height
    if knobs.resize == "letterbox":
        scale = min(to_width / width, to_height / height)
        return min(to_width, max(1, round(width * scale))), min(to_height, max(1, round(height * scale)))
    if knobs.side is None:
        scale = max(to_width / width, to_height / height)
        return max(to_width, round(width * scale)), max(to_height, round(height * scale))
    shorter = min(width, height)
    if knobs.arithmetic == "opencv":
        scale = knobs.side / shorter
        return round(width * scale), round(height * scale)
    return knobs.side * width // shorter, knobs.side * height // shorter  # torchvision cuts the fraction off


def _offset(side: int, frame: int, knobs: Photo) -> int:
    """Where the frame begins in the resized picture; below 0 where it is the larger."""
    apart = side - frame
    if apart < 0:
        return 0 if knobs.align == "start" else -(-apart // 2)
    return apart // 2 if knobs.arithmetic == "opencv" else round(apart / 2)  # torchvision rounds halves to even


def _resized(pixels: Pixels, size: tuple[int, int], window: Box, knobs: Photo) -> Pixels:
    rows, columns = pixels.shape[:2]
    if size == (columns, rows):
        return np.ascontiguousarray(pixels[window[1] : window[3], window[0] : window[2]])
    if knobs.arithmetic == "opencv":
        return resize_opencv(pixels, size, window, knobs.interpolation)
    shown = window[2] - window[0], window[3] - window[1]
    if size[0] * size[1] <= _WHOLE * shown[0] * shown[1]:
        whole = np.asarray(Image.fromarray(pixels).resize(size, _PILLOW[knobs.interpolation]))
        return whole[window[1] : window[3], window[0] : window[2]]
    x, y = columns / size[0], rows / size[1]
    box = window[0] * x, window[1] * y, min(window[2] * x, columns), min(window[3] * y, rows)
    return np.asarray(Image.fromarray(pixels).resize(shown, _PILLOW[knobs.interpolation], box))


def _as_jpeg(pixels: Pixels, quality: int) -> Pixels:
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    with Image.open(buffer) as image:
        return np.asarray(image)
