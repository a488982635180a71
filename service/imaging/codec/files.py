"""Picture files to arrays and back, under limits.

    bytes -> probe (size, format, dimensions, scans) -> Pillow -> plain mode -> smaller -> upright -> Picture
    array -> PNG, JPEG or WebP bytes, or a data URL

Nothing is decoded before every limit was held against the file's header. Whatever the bytes are, what comes
out is a Picture or a FeaturemapError.
"""

import base64
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.errors import FeaturemapError, InvalidImage, InvalidInput, PayloadTooLarge
from service.imaging.codec.headers import Header, read_header
from service.imaging.codec.jpeg import FILLINGS, endings
from service.imaging.codec.pillow_limit import lift_limit
from service.imaging.codec.plain_png import plain_pixels
from service.imaging.codec.png import fast_png
from service.imaging.pixels import Picture, Pixels

PIXELS_PER_MS = 100_000  # of `decode_cost`, on one 2024 server core

# Pillow unpacks this BMP variant in a Python loop that holds the interpreter for about a microsecond a pixel.
_MAX_RUN_LENGTH_PIXELS = 2**18

_MAX_SIDES = {"WEBP": 16_383, "JPEG": 65_500}  # what the format, or its library, can hold

_PLAIN = {"1": "L", "P": "RGB", "CMYK": "RGB", "YCbCr": "RGB"}
_WITH_ALPHA = {"1": "LA", "L": "LA", "P": "RGBA", "RGB": "RGBA"}
_TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """What a picture file may be at most. Sides and pixels are those of its header, before decoding.

    A JPEG of one scan may have `max_jpeg_pixels` where a smaller copy is asked for: it is shrunk while it is decoded,
    so that no more than `max_pixels` are ever held. Those are the photographs of today's phones.
    """

    max_bytes: int = 10 * 2**20
    max_pixels: int = 16_800_000
    max_side: int = 8192
    max_jpeg_scans: int = 64
    max_jpeg_pixels: int = 51_000_000
    max_jpeg_side: int = 16_384


def probe(data: bytes, limits: ImageLimits) -> Header:
    """The header of a picture file that passes every check that needs no decoding.

    Raises InvalidInput (no bytes), PayloadTooLarge (bytes, side, pixels or JPEG scans), UnsupportedMedia,
    InvalidImage.
    """
    if not data:
        raise InvalidInput("The picture is empty: it has no bytes.")
    _within(len(data), limits.max_bytes, "bytes")
    header = read_header(data)
    large = header.format == "JPEG" and header.scans == 1 and not header.unended
    most_side = max(limits.max_side, limits.max_jpeg_side) if large else limits.max_side
    most = max(limits.max_pixels, limits.max_jpeg_pixels) if large else limits.max_pixels
    longest = max(header.width, header.height)
    if longest > most_side or header.pixels > most:
        _within(longest, most_side, f"pixels on a side ({_size(header)})")
        _within(header.pixels, most, f"pixels ({_size(header)})")
    _within(header.scans, limits.max_jpeg_scans, "JPEG scans")
    if header.run_length:
        _within(header.pixels, _MAX_RUN_LENGTH_PIXELS, f"run-length encoded pixels ({_size(header)})")
        _within(len(data), 4 * _MAX_RUN_LENGTH_PIXELS, "run-length encoded bytes")
    return header


def _check_decoded(header: Header, limits: ImageLimits, shrink: int) -> None:
    """Raises PayloadTooLarge where the pixels that come out of the decoder are too many."""
    if max(header.width, header.height) > limits.max_side * shrink:
        _within(max(header.width, header.height), limits.max_side, f"pixels on a side ({_size(header)})")
    if header.pixels > limits.max_pixels * shrink**2:
        _within(header.pixels, limits.max_pixels, f"pixels ({_size(header)})")


def _size(header: Header) -> str:
    return f"{header.width} x {header.height}"


def _within(actual: int, limit: int, what: str) -> None:
    if actual > limit:
        sentence = f"The picture has {actual:,} {what}; at most {limit:,} are accepted."
        raise PayloadTooLarge(sentence, limit=limit, actual=actual)


def decode_cost(header: Header, working_side: int | None = None) -> int:
    """What decoding costs, in pixels of a PNG; PIXELS_PER_MS of them take about a millisecond.

    A JPEG costs its entropy-coded bytes and the pixels that are left after shrinking; one of several scans
    also the coefficients of each scan; one without an end all this for each ending that is tried.
    """
    if header.format != "JPEG":
        return header.pixels
    passes = header.scans * header.pixels // 20 if header.scans > 1 else 0
    once = len(header.data) + header.pixels // (2 * _draft_scale(header, working_side) ** 2) + passes
    return once * (1 + FILLINGS) if header.unended else once


def decode(
    data: bytes,
    limits: ImageLimits,
    *,
    working_side: int | None = None,
    header: Header | None = None,
    grey: bool = False,
) -> Picture:
    """The first frame of a PNG, JPEG, GIF, BMP or WebP file.

    With `working_side` the pixels of a larger picture are a smaller copy, its longest side at least that and
    at most twice that, which is much cheaper to make. `header` is what `probe` gave for the same bytes, if the
    caller has it. `grey`: colour is not needed, and a JPEG's is not decoded. Raises what `probe` raises, and
    InvalidImage where the pixels cannot be decoded.
    """
    header = header or probe(data, limits)
    if not header.intact:
        raise InvalidImage("The PNG picture is damaged: a part is missing, or has another checksum than it names.")
    if header.packed is not None and _factor(header, working_side) == 1:
        plain = plain_pixels(header)
        if plain is not None:
            return Picture(plain, header.width, header.height, "PNG", False)
    _check_decoded(header, limits, _draft_scale(header, working_side))
    try:
        with lift_limit(header.pixels):
            pixels = (_unended if header.unended else _pixels)(header.data, header, working_side, grey)
    except FeaturemapError:
        raise
    except Exception:  # Pillow's readers raise whatever damaged bytes make them raise
        raise _damaged(header) from None
    width, height = header.upright
    return Picture(pixels, width, height, header.format, header.orientation != 1)


def _unended(data: bytes, header: Header, working_side: int | None, grey: bool) -> Pixels:
    """The pixels of a JPEG without its end marker. Raises InvalidImage where some of them are missing too.

    libjpeg makes pixels up of whatever follows a scan that is not whole, so different endings give different ones.
    """
    first, *others = endings(data)
    pixels = _pixels(first, header, working_side, grey)
    if not others or not all(np.array_equal(pixels, _pixels(other, header, working_side, grey)) for other in others):
        raise _damaged(header)
    return pixels


def _pixels(data: bytes, header: Header, working_side: int | None, grey: bool) -> Pixels:
    """The file's pixels, upright, and smaller where `working_side` allows it."""
    with Image.open(BytesIO(data), formats=(header.format,)) as image:
        if image.size != (header.width, header.height):
            raise InvalidImage(f"The {header.format} picture is damaged: it names two sizes.")
        shrink = _draft_scale(header, working_side)
        if shrink > 1 or (grey and header.format == "JPEG"):
            image.draft("L" if grey else image.mode, (header.width // shrink, header.height // shrink))
        plain = _plain(image, header)
    factor = _factor(header, working_side) // shrink
    if factor > 1:
        plain = plain.reduce(factor)
    if header.orientation != 1:
        plain = plain.transpose(_TRANSPOSE[header.orientation])
    return np.asarray(plain)


def _factor(header: Header, working_side: int | None) -> int:
    """How much smaller the copy is: a power of 2, as a JPEG can be shrunk while it is decoded, so that the same picture
    has the same size whatever its container."""
    times = max(header.width, header.height) // working_side if working_side else 1
    return 1 << (max(times, 1).bit_length() - 1)


def _draft_scale(header: Header, working_side: int | None) -> int:
    """By how much a JPEG may be shrunk while it is decoded, and still be `working_side` long."""
    if header.format != "JPEG" or not working_side:
        return 1
    longest, shortest = max(header.width, header.height), min(header.width, header.height)
    return next((s for s in (8, 4, 2) if longest // s >= working_side and shortest >= s), 1)


def _plain(image: Image.Image, header: Header) -> Image.Image:
    """The image in mode L, LA, RGB or RGBA."""
    image.load()
    transparency: Any = image.info.get("transparency")
    if image.mode == "I;16":
        return _from_16_bit(image, transparency)
    if transparency is None or image.mode not in _WITH_ALPHA:
        mode = _PLAIN.get(image.mode, image.mode)
    else:
        mode = _WITH_ALPHA[image.mode]
        if image.mode == "L" and header.depth < 8 and header.format == "PNG":
            # The file names the transparent grey in its own depth; Pillow has spread the pixels over 0..255.
            image.info["transparency"] = transparency * 255 // (2**header.depth - 1)
        elif header.depth == 16:
            image.info["transparency"] = tuple(value >> 8 for value in transparency)
    return image if mode == image.mode else image.convert(mode)


def _from_16_bit(image: Image.Image, transparency: int | None) -> Image.Image:
    """16-bit grey by its upper byte, as Pillow does for 16-bit colour; its `convert` would clip to white."""
    values = np.asarray(image)
    grey = (values >> 8).astype(np.uint8)
    if transparency is None:
        return Image.fromarray(grey)
    alpha = np.where(values == transparency, 0, 255).astype(np.uint8)
    return Image.fromarray(np.dstack((grey, alpha)), mode="LA")


def _damaged(header: Header) -> InvalidImage:
    if not header.complete:
        return InvalidImage(f"The picture ends too early: a part of the {header.format} file is missing.")
    return InvalidImage(f"The {header.format} picture is damaged: its pixels cannot be decoded.")


def encode_png(pixels: NDArray[np.uint8], scale: int = 1, threads: int = 1) -> bytes:
    """A PNG of uint8 pixels, [H, W], [H, W, 2], [H, W, 3] or [H, W, 4], each pixel `scale` wide."""
    if scale > 1:
        pixels = pixels.repeat(scale, axis=0).repeat(scale, axis=1)
    return fast_png(pixels, threads)


def encode(pixels: NDArray[np.uint8], media_type: str, threads: int = 1) -> bytes:
    """uint8 pixels as image/png, image/jpeg or image/webp, each at a fast level. A JPEG has no alpha: it gets white.

    Raises PayloadTooLarge where a side is beyond what the format can hold.
    """
    if media_type == "image/png":
        return encode_png(pixels, threads=threads)
    image = Image.fromarray(pixels)
    buffer = BytesIO()
    if media_type == "image/webp":
        _fits("WEBP", max(image.size))
        image.save(buffer, format="WEBP", quality=90, method=0)
        return buffer.getvalue()
    _fits("JPEG", max(image.size))
    if image.mode in ("LA", "RGBA"):
        white = Image.new(image.mode[:-1], image.size, (255,) * (len(image.mode) - 1))
        white.paste(image.convert(white.mode), mask=image.getchannel("A"))
        image = white
    image.save(buffer, format="JPEG", quality=90)
    return buffer.getvalue()


def _fits(kind: str, side: int) -> None:
    most = _MAX_SIDES[kind]
    if side > most:
        sentence = f"The output is {side:,} pixels long; {kind} holds at most {most:,}. Ask for image/png."
        raise PayloadTooLarge(sentence, limit=most, actual=side)


def png_data_url(pixels: NDArray[np.uint8], scale: int = 1, threads: int = 1) -> str:
    """The PNG as a URL that a page can show."""
    return "data:image/png;base64," + base64.b64encode(encode_png(pixels, scale, threads)).decode("ascii")
