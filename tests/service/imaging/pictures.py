"""Pictures for tests: files of every served format, and upload-like pictures rendered from sample digits."""

from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from service.datasets.idx import read_idx
from tests.paths import DATA

ORIENTATION = 0x0112


@cache
def sample(dataset: str, part: str = "t10k") -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images [n, 28, 28] and labels [n] of the committed sample."""
    folder = DATA / dataset
    return (
        read_idx(folder / f"{part}-images-idx3-ubyte.gz"),
        read_idx(folder / f"{part}-labels-idx1-ubyte.gz"),
    )


def encode(image: Image.Image | NDArray[Any], format: str, **options: Any) -> bytes:  # noqa: A002
    """The file of an image, or of pixels, as Pillow writes it."""
    if not isinstance(image, Image.Image):
        image = Image.fromarray(np.clip(image, 0, 255).astype(np.uint8))
    buffer = BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def oriented(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return exif


def files() -> dict[str, bytes]:
    """A file of each kind that a client may send, 52 x 40 pixels of noise and a frame."""
    pixels = np.random.default_rng(7).integers(0, 256, (40, 52, 3), dtype=np.uint8)
    pixels[5:35, 5:47] //= 4
    rgb = Image.fromarray(pixels)
    grey, turned = rgb.convert("L"), rgb.rotate(180)
    wide = Image.fromarray(np.asarray(grey, dtype=np.uint16) * 257)
    return {
        **{f"png {mode}": encode(rgb.convert(mode), "PNG") for mode in ("1", "L", "LA", "P", "RGB", "RGBA")},
        "png 16 bit": encode(wide, "PNG"),
        "png palette with alpha": encode(rgb.convert("P"), "PNG", transparency=bytes(range(256))),
        "png palette with a transparent colour": encode(rgb.convert("P"), "PNG", transparency=3),
        "png with a transparent colour": encode(rgb, "PNG", transparency=(1, 2, 3)),
        "png animated": encode(rgb, "PNG", save_all=True, append_images=[turned]),
        "png rotated": encode(rgb, "PNG", exif=oriented(6)),
        "jpeg": encode(rgb, "JPEG"),
        "jpeg grey": encode(grey, "JPEG"),
        "jpeg progressive": encode(rgb, "JPEG", progressive=True),
        "jpeg cmyk": encode(rgb.convert("CMYK"), "JPEG"),
        "jpeg rotated": encode(rgb, "JPEG", exif=oriented(6), comment=b"made by a test"),
        "gif": encode(rgb.quantize(16), "GIF"),
        "gif animated": encode(rgb, "GIF", save_all=True, append_images=[turned], transparency=0),
        **{f"bmp {mode}": encode(rgb.convert(mode), "BMP") for mode in ("1", "L", "P", "RGB", "RGBA")},
        "webp": encode(rgb, "WEBP"),
        "webp lossless": encode(rgb.convert("RGBA"), "WEBP", lossless=True),
        "webp animated": encode(rgb, "WEBP", save_all=True, append_images=[turned]),
        "webp rotated": encode(rgb, "WEBP", exif=oriented(6)),
    }


def stroke_mask(digit: NDArray[np.uint8], side: int) -> NDArray[np.float32]:
    """A digit of the sample as smooth ink 0..1, about `side` high, cut to its box."""
    size = (side * 28 // 20,) * 2
    large = Image.fromarray(digit).resize(size, Image.Resampling.BICUBIC)
    soft = np.asarray(large.filter(ImageFilter.GaussianBlur(side / 60)), dtype=np.float32) / 255
    ink = np.clip((soft - 0.35) / 0.3, 0, 1)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return np.asarray(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def place(mask: NDArray[np.float32], width: int, height: int, left: int, top: int) -> NDArray[np.float32]:
    """The ink in an empty sheet [height, width], its box at (left, top)."""
    sheet = np.zeros((height, width), np.float32)
    sheet[top : top + mask.shape[0], left : left + mask.shape[1]] = mask
    return sheet


def paper(
    ink: NDArray[np.float32],
    rng: np.random.Generator,
    *,
    background: tuple[int, int, int] = (235, 232, 225),
    pen: tuple[int, int, int] = (40, 40, 50),
    shadow: float = 0.0,
    noise: float = 4.0,
) -> NDArray[np.float32]:
    """A photograph of ink on a sheet: light that falls off to one corner, a shadow across, sensor noise."""
    height, width = ink.shape
    y, x = np.mgrid[: 1 : height * 1j, : 1 : width * 1j]
    light = 1 - 0.3 * (x + y) / 2
    light *= 1 - shadow / (1 + np.exp((x + 0.4 * y - 0.6) * 60))
    colour = np.array(background) * (1 - ink[..., None]) + np.array(pen) * ink[..., None]
    return np.asarray(colour * light[..., None] + rng.normal(0, noise, (height, width, 1)), np.float32)
