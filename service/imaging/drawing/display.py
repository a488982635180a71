"""Numbers of any sign and size as a picture: float32 [H, W, C] -> uint8 [H, W, C].

Rows are done in blocks, so that no second copy of a large picture is held.
"""

import numpy as np
from numpy.typing import NDArray

from service.imaging.convolution.convolve import FloatArray
from service.imaging.drawing.scaling import Scale

_ROWS = 64


def to_pixels(values: FloatArray, scale: Scale) -> NDArray[np.uint8]:
    """`clip` cuts to 0..255, `abs` drops the sign, `centre` makes zero middle grey and the largest size black or
    white, `minmax` spreads least to greatest over 0..255. Rounded, a half to the even number."""
    gain, shift = _line(values, scale)
    pixels = np.empty(values.shape, np.uint8)
    for first in range(0, len(values), _ROWS):
        block = values[first : first + _ROWS]
        shown = np.abs(block) if scale == "abs" else (block - np.float32(shift[0])) * np.float32(gain)
        shown += np.float32(shift[1])
        np.rint(shown, out=shown)
        np.clip(shown, 0, 255, out=shown)
        pixels[first : first + _ROWS] = shown
    return pixels


def _line(values: FloatArray, scale: Scale) -> tuple[float, tuple[float, float]]:
    """Gain, and what is taken away before it and added after it."""
    if scale in ("clip", "abs"):
        return 1.0, (0.0, 0.0)
    low, high = float(values.min()), float(values.max())
    if scale == "minmax":
        return 255 / ((high - low) or 1.0), (low, 0.0)
    return 127 / (max(-low, high) or 1.0), (0.0, 128.0)
