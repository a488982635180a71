"""Which of a survey's contrast is ink: what is sure to be, and the fainter strokes that hang on it.

contrast -> noise's floor -> threshold between ink and ground -> and what is fainter, narrow, and joined to it

A pen that runs dry, a hairline, a lighter press: half of a digit may be a third as dark as its other half. One
threshold for a picture loses that half, and reads another digit; two (hysteresis, after Canny, 1986) keep it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.imaging.pixels import Mask, highest, quantile

_NOISE = 8.0  # times what parts the 10th from the 2nd percentile: 6 standard deviations of normal noise
_SURE, _FAINT = 0.7, 0.25  # of the threshold: the thin ends of strokes are fainter; what hangs on a stroke may be
_RIDGE = 0.8  # of what is on both sides together: the soft edge of a darker stroke has half of it
_BESIDE = 2, 4  # pixels of the survey to these sides, for thin and thick strokes
REACH = 24  # pixels of the survey that a faint stroke is followed
_BINS = 64  # of the contrast's histogram


@dataclass(frozen=True, slots=True)
class Ink:
    """The ink of a contrast, float32 [H, W] in 0..1: the `noise` in it, the `floor` under which nothing is ink by
    itself, the `threshold` between ink and ground."""

    contrast: NDArray[np.float32]
    noise: float
    floor: float
    threshold: float

    def sure(self) -> Mask:
        """What is ink: bool [H, W]."""
        return self.contrast > max(self.floor, _SURE * self.threshold)

    def strokes(self) -> Mask:
        """What is narrow, also where it is fainter than what is sure: bool [H, W]."""
        contrast = self.contrast
        rows, columns = np.nonzero(contrast > max(self.noise, _FAINT * self.threshold))
        own, ridge = contrast[rows, columns], np.zeros(len(rows), bool)
        margin = max(_BESIDE)
        padded = np.pad(contrast, margin, mode="edge")
        for reach in _BESIDE:
            for down, across in ((0, reach), (reach, 0), (reach, reach), (reach, -reach)):
                before = padded[rows + (margin - down), columns + (margin - across)]
                ridge |= own > _RIDGE * (before + padded[rows + (margin + down), columns + (margin + across)])
        found = np.zeros(contrast.shape, bool)
        found[rows[ridge], columns[ridge]] = True
        return found


def find_ink(contrast: NDArray[np.float32], min_contrast: float) -> Ink | None:
    """The ink of a contrast, float32 [H, W] in 0..1; None where nothing is ink."""
    some = contrast[::2, ::2]
    low, background = quantile(some, 0.02), quantile(some, 0.1)  # the ink may cover nearly all the rest
    noise = background + _NOISE * (background - low)
    floor = max(min_contrast, noise)
    above = contrast[contrast > floor]
    return Ink(contrast, noise, floor, otsu(above)) if above.size else None


def followed(sure: Mask, faint: Mask) -> Mask:
    """What is sure, bool [H, W], with the faint strokes that begin there."""
    reached, stroke = sure.view(np.uint8), sure | faint
    for _ in range(REACH):
        further = highest(reached, 3) & stroke
        if np.array_equal(further, reached):
            break
        reached = further
    return reached.astype(bool)


def otsu(values: NDArray[np.float32]) -> float:
    """The threshold that parts values in 0..1 into two classes with the greatest variance between them."""
    counts = np.bincount((values * _BINS).astype(np.intp), minlength=_BINS + 1)
    below, mass = np.cumsum(counts), np.cumsum(counts * np.arange(len(counts)))
    above = below[-1] - below
    means = mass / np.maximum(below, 1) - (mass[-1] - mass) / np.maximum(above, 1)
    return (int((below * above * means**2).argmax()) + 1) / _BINS
