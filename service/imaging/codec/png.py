"""A fast PNG of a photograph or of what a filter made of it.

    pixels -> strips of rows, on several threads: minus the row above -> runs and Huffman codes -> an IDAT chunk each

Pillow tries five filters on each row and then looks for repetitions; such pictures have hardly any. That costs more and
makes larger files (benchmarks/filters.md).
"""

import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

_STRIP = 2**20  # bytes of pixels
_COLOURS = {1: 0, 2: 4, 3: 2, 4: 6}  # channels: the format's colour type
_UP = 2  # the filter that takes the row above away
_ADLER = 65_521


def fast_png(pixels: NDArray[np.uint8], threads: int = 1) -> bytes:
    """The file of uint8 pixels [H, W] or [H, W, C], C up to 4 (grey, grey and alpha, RGB, RGBA)."""
    height, width = pixels.shape[:2]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    rows = np.ascontiguousarray(pixels).reshape(height, width * channels)
    step = max(1, _STRIP // rows.shape[1])
    starts = range(0, height, step)

    def strip(first: int) -> tuple[bytes, int, int]:
        return _strip(rows, first, min(first + step, height))

    if threads > 1 and len(starts) > 1:
        with ThreadPoolExecutor(threads) as pool:
            strips = list(pool.map(strip, starts))
    else:
        strips = [strip(first) for first in starts]
    check = 1
    for _, own, length in strips:
        check = _joined(check, own, length)
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOURS[channels], 0, 0, 0)
    end = _chunk(b"IDAT", struct.pack(">I", check)) + _chunk(b"IEND", b"")
    return b"".join((b"\x89PNG\r\n\x1a\n", _chunk(b"IHDR", header), *(data for data, _, _ in strips), end))


def _strip(rows: NDArray[np.uint8], first: int, last: int) -> tuple[bytes, int, int]:
    """The chunk of some rows, and the Adler-32 and length of what it unpacks to."""
    filtered = np.empty((last - first, rows.shape[1] + 1), np.uint8)
    filtered[:, 0] = _UP
    filtered[0, 1:] = rows[first] - rows[first - 1] if first else rows[first]
    np.subtract(rows[first + 1 : last], rows[first : last - 1], out=filtered[1:, 1:])
    raw = filtered.data.cast("B")
    # Each strip has a compressor of its own; a full flush lets the next one begin on a whole byte.
    packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS, 9, zlib.Z_RLE)
    packed = packer.compress(raw) + packer.flush(zlib.Z_FINISH if last == len(rows) else zlib.Z_FULL_FLUSH)
    head = b"" if first else b"\x78\x01"  # the head of a zlib stream: deflate, the fastest level
    return _chunk(b"IDAT", head + packed), zlib.adler32(raw), len(raw)


def _joined(one: int, other: int, length: int) -> int:
    """The Adler-32 of two pieces, of which the other has this length (zlib's adler32_combine)."""
    low = ((one & 0xFFFF) + (other & 0xFFFF) - 1) % _ADLER
    high = ((one >> 16) + (other >> 16) + length * ((one & 0xFFFF) - 1)) % _ADLER
    return high << 16 | low


def _chunk(name: bytes, data: bytes) -> bytes:
    return b"".join((struct.pack(">I", len(data)), name, data, struct.pack(">I", zlib.crc32(data, zlib.crc32(name)))))
