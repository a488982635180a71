"""Resizing as OpenCV does it, which many models were trained with: no averaging of what shrinks.

uint8 [H, W] or [H, W, C] -> taps and weights of each column and row -> uint8 of a window of the resized picture

Each pixel is made of 1, 2, 4 or 8 neighbours a side, weights in whole 2048ths, as `cv2.resize` does it on uint8: the
same numbers, but that some of the bicubic ones differ by 1 (its vector instructions sum in float).
Source: OpenCV, modules/imgproc/src/resize.cpp.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.imaging.boxes import Box
from service.imaging.pixels import Pixels
from service.imaging.preprocessing.spec import Interpolation

_SCALE = 2048  # INTER_RESIZE_COEF_SCALE
_CUBIC = -0.75  # the sharpness of OpenCV's cubic


@dataclass(frozen=True, slots=True)
class _Taps:
    """For each place of the window the neighbours [n, taps] that make it, and their weights [n, taps] in 2048ths."""

    places: NDArray[np.intp]
    weights: NDArray[np.int32]


def resize_opencv(pixels: Pixels, size: tuple[int, int], window: Box, interpolation: Interpolation) -> Pixels:
    """The pixels in `window` of the picture at `size` (width, height), uint8."""
    left, top, right, bottom = window
    columns = _taps(pixels.shape[1], size[0], left, right, interpolation)
    rows = _taps(pixels.shape[0], size[1], top, bottom, interpolation)
    if interpolation == "nearest":
        return np.ascontiguousarray(pixels[rows.places[:, 0]][:, columns.places[:, 0]])
    needed, at = np.unique(rows.places, return_inverse=True)
    across = _across(pixels[needed], columns)
    return _down(across, at.reshape(rows.places.shape), rows.weights, interpolation)


def _taps(source: int, target: int, first: int, last: int, interpolation: Interpolation) -> _Taps:
    ratio = 1 / (target / source)  # as it is rounded there
    if interpolation == "nearest":
        places = np.minimum(np.floor(np.arange(first, last) * ratio).astype(np.intp), source - 1)
        return _Taps(places[:, None], np.full((last - first, 1), _SCALE, np.int32))
    centre = ((np.arange(first, last) + 0.5) * ratio - 0.5).astype(np.float32)
    begin = np.floor(centre).astype(np.intp)
    offset = (centre - begin).astype(np.float64)
    if interpolation == "bilinear":
        steps, weights = np.arange(2), np.stack((1 - offset, offset), axis=1)
    elif interpolation == "bicubic":
        steps = np.arange(-1, 3)
        weights = _cubic(offset[:, None] - steps)
    else:
        steps = np.arange(-3, 5)
        apart = offset[:, None] - steps
        weights = np.sinc(apart) * np.sinc(apart / 4)
        weights /= weights.sum(axis=1, keepdims=True)
    places = (begin[:, None] + steps).clip(0, source - 1)
    return _Taps(places, np.rint(weights.astype(np.float32) * _SCALE).astype(np.int32))


def _cubic(apart: NDArray[np.float64]) -> NDArray[np.float64]:
    """Keys' kernel: the weight of a neighbour so many pixels apart."""
    x = np.abs(apart)
    near = ((_CUBIC + 2) * x - (_CUBIC + 3)) * x * x + 1
    far = ((_CUBIC * x - 5 * _CUBIC) * x + 8 * _CUBIC) * x - 4 * _CUBIC
    return np.where(x <= 1, near, np.where(x < 2, far, 0.0))


def _across(pixels: Pixels, columns: _Taps) -> NDArray[np.int32]:
    """[H, W, ...] to [H, width of the window, ...], in 2048ths."""
    total = np.zeros((len(pixels), len(columns.places), *pixels.shape[2:]), np.int32)
    form = (1, -1) + (1,) * (pixels.ndim - 2)
    for tap in range(columns.places.shape[1]):
        total += pixels[:, columns.places[:, tap]].astype(np.int32) * columns.weights[:, tap].reshape(form)
    return total


def _down(
    across: NDArray[np.int32], at: NDArray[np.intp], weights: NDArray[np.int32], interpolation: Interpolation
) -> Pixels:
    """[rows that are needed, width, ...] in 2048ths to uint8 [height, width, ...]. Each kind has its own rounding."""
    form = (-1,) + (1,) * (across.ndim - 1)
    total = np.zeros((len(at), *across.shape[1:]), np.int64)
    for tap in range(at.shape[1]):
        weight = weights[:, tap].reshape(form).astype(np.int64)
        if interpolation == "bilinear":
            total += (across[at[:, tap]] >> 4) * weight >> 16
        else:
            total += across[at[:, tap]] * weight
    if interpolation == "bilinear":
        rounded = total + 2 >> 2
    elif interpolation == "bicubic":
        rounded = np.rint(total / _SCALE**2).astype(np.int64)  # halves to even
    else:
        rounded = total + _SCALE**2 // 2 >> 22
    return rounded.clip(0, 255).astype(np.uint8)
