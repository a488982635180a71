"""Picture files of any size as tiles of one size, for a contact sheet."""

import numpy as np
from PIL import Image

from service.imaging.codec.files import ImageLimits, decode
from service.imaging.pixels import Pixels, fit

_TILE = 128  # pixels
_HIDDEN = (128, 160, 128)  # behind what is transparent


def as_tile(data: bytes) -> Pixels:
    """A picture file as grey pixels, uint8 [128, 128], upright and whole, on grey."""
    picture = decode(data, ImageLimits(), working_side=_TILE)
    image = Image.fromarray(picture.pixels).convert("RGBA")
    ground = Image.new("RGBA", image.size, (*_HIDDEN, 255))
    ground.alpha_composite(image)
    small = ground.convert("L").resize(fit(*image.size, _TILE), Image.Resampling.BOX)
    tile = Image.new("L", (_TILE, _TILE), _HIDDEN[1])
    tile.paste(small, ((_TILE - small.width) // 2, (_TILE - small.height) // 2))
    return np.asarray(tile)


def ending(data: bytes) -> str:
    """The usual ending of a picture file's name, by its first bytes."""
    signs = {b"\x89PNG": ".png", b"\xff\xd8": ".jpg", b"GIF": ".gif", b"BM": ".bmp"}
    return next((ending for sign, ending in signs.items() if data.startswith(sign)), ".webp")
