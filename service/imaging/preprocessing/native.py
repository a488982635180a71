"""Whether a picture is in the form that a model was trained on, so that its recipe has nothing left to do.

MNIST and Fashion-MNIST lie on a background of exactly 0; people send them as they are, inverted, and as JPEG.
"""

import numpy as np

from service.imaging.pixels import Pixels, rim

_SPREAD = 5  # grey levels that count as one: what a JPEG of quality 75 makes of an even background


def is_native(grey: Pixels, min_contrast: float) -> bool:
    """Whether a grey picture [H, W] of the model's own size has a black or a white background, and something on it.

    The background is the commonest level of the rim: whatever a garment covers of it, it does so in many levels. So
    it is for all 20,000 test pictures of both data sets, as PNG and as JPEG of quality 75 and 90, inverted or not.
    A photograph's paper is hardly ever all black or white, and its recipe makes it so.
    """
    counts = np.bincount(rim(grey), minlength=256).cumsum()
    within = counts[_SPREAD - 1 :].copy()  # how many of the rim are at most so many levels over each
    within[1:] -= counts[:-_SPREAD]
    commonest = max(int(within[0]), int(within[-1]))
    return commonest >= int(within.max()) and has_contrast(grey, min_contrast)


def has_contrast(grey: Pixels, min_contrast: float) -> bool:
    """Whether light and dark of a picture [H, W] are at least `min_contrast` of the whole range apart, or at all."""
    return int(grey.max()) - int(grey.min()) >= max(255 * min_contrast, 1)
