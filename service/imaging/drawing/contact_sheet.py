"""Pictures side by side with a title each, as one: galleries of failures, feature maps, kernels.

pictures uint8 [H, W] or [H, W, C] + titles -> uint8 [rows, columns], grey; RGB where one is coloured
maps uint8 [n, H, W]           -> the same without titles, laid out by `Tiling`, so that a client can cut it
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from service.imaging.drawing.text import fitted
from service.imaging.drawing.text import font as font_of

GROUND, MARGIN = 255, 8
MIN_FONT, MAX_FONT = 9, 14  # pixels
MAPS_A_ROW = 16
_TILE, _LARGE_TILE, _FEW = 56, 448, 4  # pixels of a map's longest side; up to four maps have room for the large one


@dataclass(frozen=True, slots=True)
class Tiling:
    """How a sheet of maps is laid out, in pixels. Map i begins at x = gap + (i % columns) * (width + gap) and
    y = gap + (i // columns) * (height + gap), and is `width` x `height`; each value is `zoom` wide and high."""

    width: int
    height: int
    gap: int
    columns: int
    zoom: int


def tile_maps(count: int, height: int, width: int) -> Tiling:
    """The layout of `count` maps of `height` x `width` values."""
    zoom = max(1, (_LARGE_TILE if count <= _FEW else _TILE) // max(height, width))
    return Tiling(width * zoom, height * zoom, MARGIN, min(count, MAPS_A_ROW), zoom)


def draw_maps(maps: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """One grey picture of maps [n, H, W], as `tile_maps` lays them out."""
    tiling = tile_maps(*maps.shape)
    return draw_contact_sheet(list(maps), scale=tiling.zoom, columns=tiling.columns)


def draw_contact_sheet(
    pictures: Sequence[NDArray[np.uint8]], titles: Sequence[str] | None = None, *, scale: int = 3, columns: int = 10
) -> NDArray[np.uint8]:
    """One picture of all, `columns` a row, each pixel `scale` wide, its title above it. Alpha shows the sheet.

    Without pictures it is an empty strip: a sheet of nothing is a picture too.
    """
    if not pictures:
        return np.full((MARGIN * 2, MARGIN * 2), GROUND, np.uint8)
    height, width = (side * scale for side in np.max([p.shape[:2] for p in pictures], axis=0).tolist())
    font = font_of(max(MIN_FONT, min(MAX_FONT, width // 5)))
    head = font.size + 6 if titles else 0  # type: ignore[union-attr]
    columns = min(columns, len(pictures))
    rows = math.ceil(len(pictures) / columns)
    size = (columns * (width + MARGIN) + MARGIN, rows * (height + head + MARGIN) + MARGIN)
    coloured = any(p.ndim == 3 and p.shape[2] > 2 for p in pictures)
    sheet = Image.new("RGB", size, (GROUND,) * 3) if coloured else Image.new("L", size, GROUND)
    draw = ImageDraw.Draw(sheet)
    for i, picture in enumerate(pictures):
        x = MARGIN + i % columns * (width + MARGIN)
        y = MARGIN + i // columns * (height + head + MARGIN)
        if titles:
            draw.text((x + width / 2, y), fitted(titles[i], width + MARGIN, font), "black", font, anchor="mt")
        enlarged = picture.repeat(scale, axis=0).repeat(scale, axis=1)
        tile = Image.fromarray(enlarged)
        sheet.paste(tile, (x, y + head), tile.getchannel("A") if tile.mode in ("LA", "RGBA") else None)
    return np.asarray(sheet)
