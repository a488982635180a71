"""The usual PNG, read without Pillow's reader of files, which takes three times as long as the pixels of a small one.

file of nothing but IHDR, IDAT, IEND; 8 bits a sample, not interlaced  ->  Pillow's decoder of pixels  ->  uint8
any other, and any that is damaged  ->  None: the way of all files

Pillow's decoder and encoder are called as `Image.frombytes` and `tobytes` call them: what these do besides takes twice
as long as the pixels of a 28 x 28 picture. A Pillow that has them no more sends every file the way of all files.
"""

import struct
from typing import Any

import numpy as np
from PIL import Image

from service.imaging.pixels import Pixels

_HEADER = bytes.fromhex("0000000d49484452")  # the length and name of IHDR
_PLAIN = b"\0\0\0"  # compression, filters and interlacing as nearly all have them
_END = bytes.fromhex("0000000049454e44ae426082")
_MODES = {0: ("L", 1), 2: ("RGB", 3), 4: ("LA", 2), 6: ("RGBA", 4)}  # by the colour type; with the channels
_MOST_CHUNKS = 16
_MOST_PIXELS = 2**16  # the decoder is given all at once, and holds the interpreter for so long


def plain_pixels(data: bytes) -> Pixels | None:
    """uint8 [H, W], [H, W, 2], [H, W, 3] or [H, W, 4] of a PNG that Pillow would read to the same, else None. Its
    checksums are right (`Header.intact`)."""
    packed = _packed(data)
    if packed is None or data[8:16] != _HEADER or data[24] != 8 or data[25] not in _MODES or data[26:29] != _PLAIN:
        return None
    width, height, (mode, channels) = *struct.unpack_from(">II", data, 16), _MODES[data[25]]
    if width * height > _MOST_PIXELS:
        return None
    try:
        pixels = _unpacked(packed, mode, width, height, channels)
    except Exception:  # whatever damaged bytes make the decoder raise
        return None
    if pixels is None:
        return None
    shape = (height, width) if channels == 1 else (height, width, channels)
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


def _packed(data: bytes) -> bytes | None:
    """The content of the IDAT chunks, where nothing else stands between the header and the end of the file."""
    parts, at = [], 33
    for _ in range(_MOST_CHUNKS):
        if data[at + 4 : at + 8] != b"IDAT":
            break
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        parts.append(data[at + 8 : end])
        at = end + 4
    if not parts or data[at:] != _END:
        return None
    return parts[0] if len(parts) == 1 else b"".join(parts)
