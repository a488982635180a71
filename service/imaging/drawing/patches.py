"""Small patches of pictures as one tile, a few a row: what excites a filter, beside each other."""

import numpy as np

from service.imaging.pixels import Pixels

_A_ROW = 3
_SIDE, _LINE, _GREY = 18, 2, 128  # pixels: about the side of a patch there, and the grey line between two


def tile_side(size: int) -> int:
    """The side in pixels of a tile of patches that are `size` pixels wide."""
    return _A_ROW * (size * _zoom(size) + _LINE) - _LINE


def draw_patches(patches: Pixels) -> Pixels:
    """Up to nine patches uint8 [n, size, size] as one tile, three a row: uint8 [side, side]."""
    size, zoom = patches.shape[-1], _zoom(patches.shape[-1])
    large = patches.repeat(zoom, axis=1).repeat(zoom, axis=2)
    side = tile_side(size)
    tile = np.full((side, side), _GREY, np.uint8)
    for i, patch in enumerate(large):
        y, x = (place * (size * zoom + _LINE) for place in divmod(i, _A_ROW))
        tile[y : y + size * zoom, x : x + size * zoom] = patch
    return tile


def _zoom(size: int) -> int:
    return max(1, _SIDE // size)
