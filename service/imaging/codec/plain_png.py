"""The usual PNG, read without Pillow's reader of files, which takes three times as long as the pixels of a small one.

`packed` of a header  ->  Pillow's decoder of pixels  ->  uint8
any other, and any that is damaged  ->  None: the way of all files

Pillow's decoder and encoder are called as `Image.frombytes` and `tobytes` call them: what these do besides takes twice
as long as the pixels of a 28 x 28 picture. A Pillow that has them no more sends every file the way of all files.
"""

from typing import Any

import numpy as np
from PIL import Image

from service.imaging.codec.headers import Header
from service.imaging.pixels import Pixels

_MODES = {0: ("L", 1), 2: ("RGB", 3), 4: ("LA", 2), 6: ("RGBA", 4)}  # by the colour type; with the channels
_MOST_PIXELS = 2**16  # the decoder is given all at once, and holds the interpreter for so long


def plain_pixels(header: Header) -> Pixels | None:
    """uint8 [H, W], [H, W, 2], [H, W, 3] or [H, W, 4] of a PNG that is intact and `packed`, where Pillow would read it
    to the same, else None."""
    packed, known = header.packed, _MODES.get(header.data[25])
    if packed is None or known is None or header.width * header.height > _MOST_PIXELS:
        return None
    mode, channels = known
    try:
        pixels = _unpacked(packed, mode, header.width, header.height, channels)
    except Exception:  # whatever damaged bytes make the decoder raise
        return None
    if pixels is None:
        return None
    shape = (header.height, header.width) if channels == 1 else (header.height, header.width, channels)
    return np.frombuffer(pixels, np.uint8).reshape(shape)


def _unpacked(packed: bytes, mode: str, width: int, height: int, channels: int) -> bytes | None:
    """The samples, row by row; None where they are damaged or not all there."""
    core: Any = Image.core  # type: ignore[attr-defined]
    image, place = core.new(mode, (width, height)), (0, 0, width, height)
    decoder = core.zip_decoder(mode, mode)
    decoder.setimage(image, place)
    rest, error = decoder.decode(packed)
    if rest >= 0 or error:  # it waits for more, or has met what is none
        return None
    encoder = core.raw_encoder(mode, mode)
    encoder.setimage(image, place)
    size = width * height * channels
    _, _, pixels = encoder.encode(size)
    return pixels if len(pixels) == size else None
