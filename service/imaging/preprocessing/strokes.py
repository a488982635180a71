"""How wide the strokes of a mask are."""

import numpy as np

from service.imaging.pixels import Mask


def stroke_width(solid: Mask) -> float:
    """About how wide the strokes of a mask are, in its pixels: of a long stroke, its area over half its outline."""
    inner = np.pad(solid, 1)
    core = inner[:-2, 1:-1] & inner[2:, 1:-1] & inner[1:-1, :-2] & inner[1:-1, 2:] & solid
    area = int(np.count_nonzero(solid))
    return 2 * area / max(area - int(np.count_nonzero(core)), 1)
