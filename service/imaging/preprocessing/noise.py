"""A picture whose ground is noise all over, as many captchas' are: smoothed, and seen along the one line through the
space of colours on which ink and ground differ most.

pixels -> is there noise everywhere? -> blurred -> the ground's colour, and the direction away from it -> grey, ink dark

On such a ground each channel is a different picture, ink lighter than the ground in one and darker in another.
"""

import numpy as np
from PIL import Image, ImageFilter

from service.imaging.pixels import Pixels, quantile, resize, to_grey

_BLUR = 1.2  # pixels: the standard deviation of the Gaussian that takes noise away
_NOISY = 3.0  # grey levels: so much is lost to the blur in all but a tenth of the picture's cells
_CELL = 8  # pixels
_FAR = 0.9  # of the pixels are nearer to the ground's colour than those that say where the ink's lies
_GROUND = 200  # grey level that the ground gets


def without_noise(pixels: Pixels) -> Pixels | None:
    """Grey or RGB pixels as grey [H, W], dark ink on light, without noise; None where there is no noise everywhere."""
    image = Image.fromarray(pixels)
    smooth = np.asarray(image.filter(ImageFilter.GaussianBlur(_BLUR)))
    lost = to_grey(np.abs(pixels.astype(np.int16) - smooth).astype(np.uint8))
    cells = max(lost.shape[1] // _CELL, 1), max(lost.shape[0] // _CELL, 1)
    if quantile(resize(lost, cells), 0.1) < _NOISY:
        return None
    colours = smooth.reshape(-1, 1 if smooth.ndim == 2 else 3).astype(np.float32)
    away = colours - np.median(colours, axis=0)
    distance = np.sqrt(np.square(away).sum(axis=1))
    far = away[distance > quantile(distance, _FAR)]
    if not len(far):
        return None
    _, axes = np.linalg.eigh(far.T @ far)
    along = away @ axes[:, -1]
    if float((along**3).sum()) < 0:  # ink is the smaller part, and farther from the ground
        along = -along
    most = max(quantile(along, 0.99), 1.0)
    grey: Pixels = np.clip(np.rint(_GROUND * (1 - along / most)), 0, 255).astype(np.uint8)
    return grey.reshape(smooth.shape[:2])
