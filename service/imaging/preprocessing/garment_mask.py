"""Where a garment lies in a photograph on any ground, by its colours.

    small copy -> a class of colour for each pixel -> histograms of what is likely garment and likely ground
    -> likelihood ratio, smoothed -> likely garment, five times over -> mask

Who photographs a garment puts it in the middle, and ground along the rim: that is the first guess, and stays a prior.
The colours then say what of the middle is ground and how far the garment reaches, as in Bayesian classification of
pixels by colour histograms (Jones and Rehg, 2002), repeated as GrabCut does (Rother et al., 2004) but without its cut.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.imaging.pixels import FloatArray, Mask, Pixels, fit

MASK_SIDE = 96  # pixels of the small copy's longest side
_BINS = 16  # of each channel
_CHROMA = 112  # levels of Cb and of Cr that the bins span; cloth is seldom more colourful
_ROUNDS = 5
_SMALLEST = 8  # pixels of the small copy's shorter side
_CLIP = 4.0  # greatest log likelihood ratio of one pixel
_OWN, _AROUND = 0.35, 0.78  # weights of a pixel's own ratio and of the mean around it
_FEW = 1e-3  # pixels that each colour is thought to have been seen in, so that none is impossible


def garment_mask(pixels: Pixels) -> Mask:
    """Which pixels of a small copy of uint8 [H, W] or [H, W, 3] show the garment: bool [h, w], the longest side
    MASK_SIDE."""
    height, width = pixels.shape[:2]
    size = fit(width, height, MASK_SIDE)
    size = max(size[0], _SMALLEST), max(size[1], _SMALLEST)
    small = Image.fromarray(pixels).convert("RGB").resize(size, Image.Resampling.BOX)
    colours = _classes(np.asarray(small.convert("YCbCr")))
    reach = _reach(size)
    prior = _log_odds(_prior(reach, size))
    likely = np.where(reach < 0.62, 0.8, 0.1).astype(np.float32)
    for turn in range(_ROUNDS):
        ratio = np.clip(_ratio(colours, likely), -_CLIP, _CLIP)
        evidence = _OWN * ratio + _AROUND * smooth(ratio, 2 if turn < 2 else 1) + prior
        likely = (1 / (1 + np.exp(-np.clip(evidence, -12, 12)))).astype(np.float32)
    return smooth(likely, 1) > 0.5


def smooth(values: FloatArray, radius: int) -> FloatArray:
    """The mean of float32 [h, w] over a square of 2 `radius` + 1 around each, the rim repeated beyond itself."""
    side = 2 * radius + 1
    for axis in (0, 1):
        around = [(radius + 1, radius) if axis == k else (0, 0) for k in (0, 1)]
        sums = np.cumsum(np.pad(values, around, mode="edge"), axis=axis, dtype=np.float64)
        first, last = (slice(None),) * axis + (slice(None, -side),), (slice(None),) * axis + (slice(side, None),)
        values = ((sums[last] - sums[first]) / side).astype(np.float32)
    return values


def _classes(ycc: Pixels) -> NDArray[np.intp]:
    """The bin of each pixel's colour, of _BINS cubed: [h, w]."""
    levels = ycc.astype(np.int32)
    luma = levels[..., 0] * _BINS // 256
    chroma = np.clip((levels[..., 1:] - 128) * _BINS // _CHROMA + _BINS // 2, 0, _BINS - 1)
    return ((luma * _BINS + chroma[..., 0]) * _BINS + chroma[..., 1]).astype(np.intp)


def _reach(size: tuple[int, int]) -> FloatArray:
    """How far out each pixel lies: 0 in the middle, 1 at the rim. float32 [h, w]."""
    y, x = np.abs(np.linspace(-1, 1, size[1])), np.abs(np.linspace(-1, 1, size[0]))
    return np.maximum(y[:, None], x[None]).astype(np.float32)


def _prior(reach: FloatArray, size: tuple[int, int]) -> FloatArray:
    """How likely each pixel is garment by its place alone: even odds in the middle, .02 in the outermost rows.

    More in the middle (.7, .87) keeps the floor between a garment's parts; seen on photographs held out of training.
    """
    prior = 0.01 + 0.5 / (1 + np.exp((reach - 0.8) * 9))
    edge = MASK_SIDE // 32
    inside = np.zeros((size[1], size[0]), bool)
    inside[edge:-edge, edge:-edge] = True
    return np.where(inside, prior, 0.02).astype(np.float32)


def _log_odds(share: FloatArray) -> FloatArray:
    odds: FloatArray = np.log(share / (1 - share))
    return odds


def _ratio(colours: NDArray[np.intp], likely: FloatArray) -> FloatArray:
    """Log of how much more often each pixel's colour is seen in garment than in ground: float32 [h, w]."""
    garment, ground = (_histogram(colours, weight) for weight in (likely, 1 - likely))
    table = np.log(garment / garment.sum()) - np.log(ground / ground.sum())
    ratio: FloatArray = table[colours].astype(np.float32)
    return ratio


def _histogram(colours: NDArray[np.intp], weight: FloatArray) -> NDArray[np.float64]:
    """How much of each colour there is, mixed a little with its neighbours: [_BINS cubed]."""
    counts = np.bincount(colours.ravel(), weight.ravel(), _BINS**3).reshape((_BINS,) * 3)
    for axis in range(3):
        padded = np.pad(counts, [(1, 1) if axis == k else (0, 0) for k in range(3)])
        before, after = (np.take(padded, range(first, first + _BINS), axis) for first in (0, 2))
        counts = 0.5 * counts + 0.25 * (before + after)
    return (counts.ravel() + _FEW).astype(np.float64, copy=False)
