"""Which of a survey's contrast is ink: what is sure to be, and the fainter strokes that hang on it.

contrast -> noise's floor -> threshold between ink and ground -> and what is fainter, narrow, and joined to it

A pen that runs dry, a hairline, a lighter press: half of a digit may be a third as dark as its other half. One
threshold for a picture loses that half, and reads another digit; two (hysteresis, after Canny, 1986) keep it.
"""

import numpy as np
from numpy.typing import NDArray

from service.imaging.pixels import Mask, highest, quantile

_NOISE = 8.0  # times what parts the 10th from the 2nd percentile: 6 standard deviations of normal noise
_SURE, _FAINT = 0.7, 0.25  # of the threshold: the thin ends of strokes are fainter; what hangs on a stroke may be
_RIDGE = 0.8  # of what is on both sides together: the soft edge of a darker stroke has half of it
_BESIDE = 2, 4  # pixels of the survey to these sides, for thin and thick strokes
REACH = 24  # pixels of the survey that a faint stroke is followed
_BINS = 64  # of the contrast's histogram


def ink_mask(contrast: NDArray[np.float32], min_contrast: float) -> Mask | None:
    """What is ink of a contrast, float32 [H, W] in 0..1: bool [H, W]; None where nothing is."""
    level = _level(contrast, min_contrast)
    return None if level is None else contrast > max(level[0], _SURE * level[1])


def faint_strokes(contrast: NDArray[np.float32], min_contrast: float) -> Mask:
    """Strokes of a contrast, those among them that are fainter than `ink_mask` takes: bool [H, W]."""
    faint = np.zeros(contrast.shape, bool)
    level = _level(contrast, min_contrast)
    if level is None:
        return faint
    least = max(level[0], _FAINT * level[1])
    rows, columns = np.nonzero(contrast > least)
    own, ridge = contrast[rows, columns], np.zeros(len(rows), bool)
    margin = max(_BESIDE)
    padded = np.pad(contrast, margin, mode="edge")
    for reach in _BESIDE:
        for down, across in ((0, reach), (reach, 0), (reach, reach), (reach, -reach)):
            before = padded[rows + (margin - down), columns + (margin - across)]
            ridge |= own > _RIDGE * (before + padded[rows + (margin + down), columns + (margin + across)])
    faint[rows[ridge], columns[ridge]] = True
    return faint


def followed(sure: Mask, faint: Mask) -> Mask:
    """What is sure, bool [H, W], with the faint strokes that begin there."""
    reached, stroke = sure.view(np.uint8), sure | faint
    for _ in range(REACH):
        further = highest(reached, 3) & stroke
        if np.array_equal(further, reached):
            break
        reached = further
    return reached.astype(bool)


def _level(contrast: NDArray[np.float32], min_contrast: float) -> tuple[float, float] | None:
    """The noise's floor, and the threshold between ink and ground; None where no ink is."""
    some = contrast[::2, ::2]
    low, background = quantile(some, 0.02), quantile(some, 0.1)  # the ink may cover nearly all the rest
    floor = max(min_contrast, background + _NOISE * (background - low))
    ink = contrast[contrast > floor]
    return (floor, otsu(ink)) if ink.size else None


def otsu(values: NDArray[np.float32]) -> float:
    """The threshold that parts values in 0..1 into two classes with the greatest variance between them."""
    counts = np.bincount((values * _BINS).astype(np.intp), minlength=_BINS + 1)
    below, mass = np.cumsum(counts), np.cumsum(counts * np.arange(len(counts)))
    above = below[-1] - below
    means = mass / np.maximum(below, 1) - (mass[-1] - mass) / np.maximum(above, 1)
    return (int((below * above * means**2).argmax()) + 1) / _BINS
