"""Picture files by name: every format and mode, and those that are damaged, mislabelled or beyond a limit."""

import struct
import zlib
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.recorded.pictures import Pixels, digit, encoded, enlarged, scenes

_ROOT = Path(__file__).parents[2]


@cache
def good() -> dict[str, bytes]:
    """Files that are served, or refused for what they show alone."""
    grey, colour = Image.fromarray(scenes()["digit-large"]), Image.fromarray(scenes()["blue-on-yellow"])
    clear = np.dstack([scenes()["blue-on-yellow"], scenes()["digit-large"]])
    deep = scenes()["digit-large"].astype(np.uint16) * 257
    palette = colour.quantize(16)
    return {
        "png-grey": encoded(grey),
        "png-colour": encoded(colour),
        "png-palette": encoded(palette),
        "png-palette-clear": encoded(palette, transparency=0),
        "png-grey-clear": encoded(grey, transparency=0),
        "png-colour-clear": encoded(colour, transparency=(250, 220, 40)),
        "png-grey-alpha": encoded(grey.convert("LA")),
        "png-colour-alpha": encoded(clear),
        "png-all-clear": encoded(np.zeros((40, 40, 4), np.uint8)),
        "png-16-bit": encoded(Image.fromarray(deep)),
        "png-16-bit-clear": encoded(Image.fromarray(deep), transparency=0),
        "png-1-bit": encoded(grey.convert("1")),
        "png-2-bit": encoded(grey.quantize(4), bits=2),
        "png-comment": encoded(grey, pnginfo=_comment()),
        "png-no-end": encoded(grey)[:-12],
        "png-rest-behind": encoded(grey) + b"rest" * 20,
        "png-of-another-encoder": (_ROOT / "docs/digit.png").read_bytes(),
        "jpeg-of-another-encoder": (_ROOT / "service/web/still_life.jpg").read_bytes(),
        "jpeg-grey": encoded(grey, "JPEG"),
        "jpeg-colour": encoded(colour, "JPEG", quality=95),
        "jpeg-subsampled": encoded(colour, "JPEG", subsampling=2),
        "jpeg-progressive": encoded(colour, "JPEG", progressive=True),
        "jpeg-cmyk": encoded(colour.convert("CMYK"), "JPEG"),
        "jpeg-comment": encoded(colour, "JPEG", comment=b"made by hand"),
        "jpeg-no-end": encoded(colour, "JPEG")[:-2],
        "jpeg-rest-behind": encoded(colour, "JPEG") + b"rest" * 20,
        "jpeg-large": encoded(enlarged(scenes()["paper"], 2400, 1800), "JPEG"),
        "gif": encoded(grey, "GIF"),
        "gif-clear": encoded(palette, "GIF", transparency=0),
        "gif-frames": encoded(grey, "GIF", save_all=True, append_images=[Image.fromarray(255 - np.asarray(grey))]),
        "bmp-grey": encoded(grey, "BMP"),
        "bmp-colour": encoded(colour, "BMP"),
        "bmp-1-bit": encoded(grey.convert("1"), "BMP"),
        "bmp-32-bit": encoded(clear, "BMP"),
        "webp": encoded(colour, "WEBP", quality=90),
        "webp-lossless": encoded(colour, "WEBP", lossless=True),
        "webp-alpha": encoded(clear, "WEBP", lossless=True),
        "webp-frames": encoded(colour, "WEBP", save_all=True, append_images=[grey.convert("RGB")]),
    }


@cache
def turned() -> dict[str, bytes]:
    """A digit with each EXIF orientation, as phones write them and as others do."""
    image = Image.fromarray(scenes()["paper"])
    plain, drawn = encoded(image, "JPEG"), encoded(image)
    files = {f"jpeg-{n}": encoded(image, "JPEG", exif=_exif(n)) for n in range(10)}
    files |= {f"{kind.lower()}-6": encoded(image, kind, exif=_exif(6)) for kind in ("PNG", "WEBP")}
    blocks = {
        "one-then-garbage": (_tiff(6), bytes(100)),
        "six-then-one": (_tiff(6), _tiff(1)),
        "one-then-six": (_tiff(1), _tiff(6)),
        "long": (_tiff(6, 4),),
        "truncated": (_tiff(6)[:12],),
        "empty": (b"",),
    }
    files |= {f"blocks-{name}": plain[:2] + b"".join(map(_app1, bodies)) + plain[2:] for name, bodies in blocks.items()}
    headed = _chunk(b"eXIf", b"Exif\0\0" + _tiff(6))
    return files | {"png-headed": drawn[:33] + headed + drawn[33:]}


@cache
def bad() -> dict[str, bytes]:
    """Files that are refused."""
    image = Image.fromarray(scenes()["blue-on-yellow"])
    files = {"text": b"just text", "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>", "zeros": bytes(64)}
    files |= {"tiff": encoded(image, "TIFF"), "ico": encoded(image, "ICO"), "pdf": b"%PDF-1.4\n%%EOF\n"}
    for kind in ("PNG", "JPEG", "GIF", "BMP", "WEBP"):
        whole = encoded(image, kind)
        name = kind.lower()
        files[f"{name}-signature"] = whole[:16]
        files[f"{name}-header"] = whole[:30]
        files[f"{name}-half"] = whole[: len(whole) // 2]
        files[f"{name}-damaged"] = _damaged(whole)
    drawn = encoded(image)
    sizes = {"huge": (60_000, 60_000), "long": (8193, 8), "many": (8000, 8000), "flat": (0, 10), "most": (2**31, 1)}
    files |= {f"png-{name}": _with_png_size(drawn, *size) for name, size in sizes.items()}
    files["png-wrong-depth"] = _with_png_header(drawn, drawn[16:24] + b"\x03" + drawn[25:29])
    files["png-no-pixels"] = drawn[:33] + _chunk(b"IEND", b"")
    files["png-chunks"] = drawn[:33] + _chunk(b"tEXt", b"") * 50_001 + drawn[33:]
    files["jpeg-scans"] = _many_scans(encoded(digit(3), "JPEG"), 70)
    files["jpeg-huge"] = _with_jpeg_size(encoded(image, "JPEG"), 60_000, 60_000)
    files["gif-huge"] = encoded(image, "GIF")[:6] + struct.pack("<HH", 65_000, 65_000) + encoded(image, "GIF")[10:]
    files["bmp-huge"] = encoded(image, "BMP")[:18] + struct.pack("<ii", 30_000, 30_000) + encoded(image, "BMP")[26:]
    files["bmp-backwards"] = encoded(image, "BMP")[:18] + struct.pack("<ii", -5, 7) + encoded(image, "BMP")[26:]
    files["too-many-bytes"] = drawn + bytes(10 * 2**20)
    return files


def large(side: int) -> Pixels:
    """A colour gradient, [side, side, 3]."""
    ramp = np.linspace(0, 255, side).astype(np.uint8)
    across = np.broadcast_to(ramp, (side, side))
    return np.dstack([across, across.T, across[:, ::-1]])


def _damaged(whole: bytes) -> bytes:
    """The same file with 40 bytes about its middle overwritten."""
    middle = len(whole) * 9 // 20
    return whole[:middle] + b"\xff\x00\xa5\x5a" * 10 + whole[middle + 40 :]


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _with_png_header(file: bytes, header: bytes) -> bytes:
    return file[:8] + _chunk(b"IHDR", header) + file[33:]


def _with_png_size(file: bytes, width: int, height: int) -> bytes:
    return _with_png_header(file, struct.pack(">II", width, height) + file[24:29])


def _with_jpeg_size(file: bytes, width: int, height: int) -> bytes:
    frame = file.index(b"\xff\xc0") + 5
    return file[:frame] + struct.pack(">HH", height, width) + file[frame + 4 :]


def _many_scans(file: bytes, count: int) -> bytes:
    scan = file[file.index(b"\xff\xda") : -2]
    return file[:-2] + scan * (count - 1) + file[-2:]


def _comment() -> PngInfo:
    info = PngInfo()
    info.add_text("Title", "a four")
    return info


def _exif(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x112] = orientation
    return exif.tobytes()


def _tiff(orientation: int, kind: int = 3) -> bytes:
    """Big-endian EXIF with one entry, as SHORT (3) or LONG (4)."""
    value = struct.pack(">HH", orientation, 0) if kind == 3 else struct.pack(">I", orientation)
    entry = struct.pack(">HHI", 0x112, kind, 1) + value
    return b"MM\0*" + struct.pack(">IH", 8, 1) + entry + bytes(4)


def _app1(body: bytes) -> bytes:
    return b"\xff\xe1" + struct.pack(">H", len(body) + 8) + b"Exif\0\0" + body
