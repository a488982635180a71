"""What a picture file says about itself, read without decoding a pixel.

    bytes -> signature -> walk over the format's own blocks -> Header

The walk also leaves out what no decoder needs (comments, profiles, thumbnails, further frames), so that
Pillow only meets the blocks that make the first frame: its readers of the others are slow on hostile files
and warn about harmless ones. Every walk is bounded, whatever the bytes are.
"""

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from service.errors import InvalidImage, UnsupportedMedia
from service.imaging.codec.exif import exif_orientation
from service.imaging.codec.foreign import known_format
from service.imaging.codec.jpeg import walk_jpeg

Format = Literal["PNG", "JPEG", "GIF", "BMP", "WEBP"]
FORMATS: tuple[Format, ...] = ("PNG", "JPEG", "GIF", "BMP", "WEBP")

_SMALL, _FEW_BLOCKS = 2**18, 16  # bytes of a file, and its IDAT chunks
MAX_BLOCKS = 50_000  # of a file: the 10 MiB of any real PNG or GIF have fewer

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_START = bytes.fromhex("0000000d49484452")  # the length and name of IHDR
_PNG_END = bytes.fromhex("0000000049454e44ae426082")
_PNG_PLAIN = b"\0\0\0"  # compression, filters and interlacing as nearly all have them
_PNG_SIZE = struct.Struct(">II")
_PNG_KEPT = frozenset((b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"))
_PALETTE = 3  # the colour type
_BMP_HEADERS = frozenset((12, 40, 52, 56, 64, 108, 124))


@dataclass(slots=True)
class Header:
    """A file's format and size. `width` and `height` are in pixels as stored, before the EXIF orientation.

    `data` is the file without the blocks that no decoder needs. `complete` is False where the file ends
    before its own structure does; `unended` marks a JPEG of those that may lack nothing but its end marker.
    `intact` is False where a needed part of a PNG is missing or does not have the checksum that it names.
    `packed` is what a PNG's IDAT chunks hold, where it is small and has nothing unusual, else None.
    `depth` is the bits of a sample (PNG) or of a pixel (BMP), elsewhere 8. `run_length` marks a BMP that is packed.
    """

    format: Format
    width: int
    height: int
    data: bytes
    complete: bool
    orientation: int = 1
    depth: int = 8
    scans: int = 1
    run_length: bool = False
    unended: bool = False
    intact: bool = True
    packed: bytes | None = None

    @property
    def pixels(self) -> int:
        return self.width * self.height

    @property
    def upright(self) -> tuple[int, int]:
        """Width and height after the EXIF orientation."""
        return (self.height, self.width) if self.orientation >= 5 else (self.width, self.height)


def read_header(data: bytes) -> Header:
    """The header of a picture file, its format told by content alone.

    Raises UnsupportedMedia where the content is none of FORMATS, InvalidImage where its structure is broken.
    """
    reader = _reader(data)
    if reader is None:
        foreign = known_format(data)
        what = f"{foreign}, none" if foreign else "none"
        raise UnsupportedMedia(f"The content is {what} of the served picture formats: PNG, JPEG, GIF, BMP, WebP.")
    header = reader(data)
    if header.width < 1 or header.height < 1:
        raise InvalidImage(f"The {header.format} picture has no pixels: {header.width} x {header.height}.")
    return header


def _reader(data: bytes) -> Callable[[bytes], Header] | None:
    if data.startswith(_PNG):
        return _read_png
    if data.startswith(b"\xff\xd8\xff"):
        return _read_jpeg
    if data.startswith((b"GIF87a", b"GIF89a")):
        return _read_gif
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _read_webp
    if data.startswith(b"BM") and int.from_bytes(data[14:18], "little") in _BMP_HEADERS:
        return _read_bmp
    return None


def _too_short(name: str) -> InvalidImage:
    return InvalidImage(f"The picture ends too early: the {name} header is not whole.")


def _broken(name: str, what: str) -> InvalidImage:
    return InvalidImage(f"The {name} picture is damaged: {what}.")


def _read_plain_png(data: bytes) -> Header | None:
    """What `_read_png` gives for a small file of IHDR, IDAT and IEND alone, 8 bits a sample and not interlaced, at a
    third of the price. None for another."""
    if data[8:16] != _PNG_START or data[24] != 8 or data[25] == _PALETTE or data[26:29] != _PNG_PLAIN:
        return None
    if len(data) > _SMALL:
        return None
    intact, at, packed = zlib.crc32(data[12:29]) == int.from_bytes(data[29:33], "big"), 33, b""
    for _ in range(_FEW_BLOCKS):
        if data[at + 4 : at + 8] != b"IDAT":
            break
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        intact = intact and zlib.crc32(data[at + 4 : end]) == int.from_bytes(data[end : end + 4], "big")
        packed += data[at + 8 : end]
        at = end + 4
    if data[at:] != _PNG_END:
        return None
    width, height = _PNG_SIZE.unpack_from(data, 16)
    return Header("PNG", width, height, data, True, intact=intact, packed=packed)


def _read_png(data: bytes) -> Header:
    if len(data) < 33:
        raise _too_short("PNG")
    plain = _read_plain_png(data)
    if plain is not None:
        return plain
    if data[12:16] != b"IHDR":
        raise _broken("PNG", "it does not begin with its header")
    exif, position, complete, intact = None, len(_PNG), False, True
    kept, blocks = [_PNG], 0
    while not complete:
        length = int.from_bytes(data[position : position + 4], "big")
        name, end = data[position + 4 : position + 8], position + 12 + length
        blocks += 1
        if blocks > MAX_BLOCKS:
            raise _broken("PNG", f"it has more than {MAX_BLOCKS} chunks")
        if name in _PNG_KEPT:
            kept.append(data[position:end])
            # Pillow does not look at those of pixels, and would show whatever became of them.
            if end <= len(data) and zlib.crc32(data[position + 4 : end - 4]) != int.from_bytes(
                data[end - 4 : end], "big"
            ):
                intact = False
        elif name == b"eXIf" and exif is None:
            exif = data[position + 8 : end - 4]
        if end > len(data):
            break
        complete, position = name == b"IEND", end
    return Header(
        format="PNG",
        width=int.from_bytes(data[16:20], "big"),
        height=int.from_bytes(data[20:24], "big"),
        data=data if len(kept) == blocks + 1 and position == len(data) else b"".join(kept),
        complete=complete,
        orientation=exif_orientation(exif or b""),
        depth=data[24],
        intact=intact and (data[25] != _PALETTE or any(part[4:8] == b"PLTE" for part in kept)),
    )


def _read_jpeg(data: bytes) -> Header:
    found = walk_jpeg(data)
    return Header(
        format="JPEG",
        width=found.width,
        height=found.height,
        data=found.data,
        complete=found.complete,
        orientation=found.orientation,
        scans=found.scans,
        unended=found.covered and not found.complete,
    )


def _read_gif(data: bytes) -> Header:
    if len(data) < 13:
        raise _too_short("GIF")
    start, budget = 13 + _gif_palette(data[10]), MAX_BLOCKS
    kept = [data[:start]]
    while data[start : start + 1] == b"!":  # an extension; only the graphic control says something on pixels
        end, budget = _gif_blocks(data, start + 2, budget)
        if data[start + 1 : start + 2] == b"\xf9":
            kept.append(data[start:end])
        start = end
    place = data[start + 1 : start + 10]
    if data[start : start + 1] not in (b",", b""):
        raise _broken("GIF", "no frame follows its header")
    if len(place) < 9:
        raise _too_short("GIF")
    end, _ = _gif_blocks(data, start + 11 + _gif_palette(place[8]), budget)
    complete = data[end - 1 : end] == b"\0"
    kept += [data[start:end], b";"] if complete else [data[start:end]]
    left, top, width, height = (int.from_bytes(place[i : i + 2], "little") for i in (0, 2, 4, 6))
    return Header(
        format="GIF",  # a first frame may reach over the screen; the picture then grows with it
        width=max(int.from_bytes(data[6:8], "little"), left + width),
        height=max(int.from_bytes(data[8:10], "little"), top + height),
        data=b"".join(kept),
        complete=complete,
    )


def _gif_palette(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _gif_blocks(data: bytes, position: int, budget: int) -> tuple[int, int]:
    """The position after a chain of sub-blocks (over the end of `data` where it is cut), and the budget left."""
    while position < len(data) and budget:
        length = data[position]
        position, budget = position + 1 + length, budget - 1
        if not length:
            return position, budget
    if not budget:
        raise _broken("GIF", f"it has more than {MAX_BLOCKS} blocks before its second frame")
    return len(data) + 1, budget


def _read_webp(data: bytes) -> Header:
    if len(data) < 30:
        raise _too_short("WebP")
    kind, orientation = data[12:16], 1
    if kind == b"VP8 ":
        width, height = (int.from_bytes(data[i : i + 2], "little") & 0x3FFF for i in (26, 28))
    elif kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8X":
        width, height = (int.from_bytes(data[i : i + 3], "little") + 1 for i in (24, 27))
        orientation = _webp_orientation(data) if data[20] & 0x08 else 1
    else:
        raise _broken("WebP", "it does not begin with its header")
    complete = len(data) >= 8 + int.from_bytes(data[4:8], "little")
    return Header("WEBP", width, height, data, complete, orientation)


def _webp_orientation(data: bytes) -> int:
    position = 12
    for _ in range(MAX_BLOCKS):
        name, length = (
            data[position : position + 4],
            int.from_bytes(data[position + 4 : position + 8], "little"),
        )
        body = position + 8
        if name == b"EXIF":
            return exif_orientation(data[body : body + length])
        if not name:
            return 1
        position = body + length + length % 2
    raise _broken("WebP", f"it has more than {MAX_BLOCKS} chunks")


def _read_bmp(data: bytes) -> Header:
    offset, size = (int.from_bytes(data[i : i + 4], "little") for i in (10, 14))
    if len(data) < 14 + size:
        raise _too_short("BMP")
    if size == 12:
        width, height, depth = (int.from_bytes(data[i : i + 2], "little") for i in (18, 20, 24))
        packing = 0
    else:
        width = int.from_bytes(data[18:22], "little")
        height = abs(int.from_bytes(data[22:26], "little", signed=True))  # negative: stored from the top
        depth = int.from_bytes(data[28:30], "little")
        packing = int.from_bytes(data[30:34], "little")
    run_length = packing in (1, 2)
    rows = 0 if run_length else (width * depth + 31) // 32 * 4 * height
    return Header("BMP", width, height, data, len(data) >= offset + rows, depth=depth, run_length=run_length)
