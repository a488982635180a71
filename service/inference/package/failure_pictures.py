"""The pictures of a model's failures, where they are of no test set that ships with the service: a file of the package.

failures.zip, `<index>.png` or `.jpg` each -> read_pictures -> uint8 [H, W] or [H, W, C]
original picture -> thumbnail -> failures.zip

A package comes from anywhere: an entry is read up to a bound, and decoded under limits as any upload is.
"""

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.errors import FeaturemapError, PackageError
from service.imaging.codec.files import ImageLimits, decode, encode, encode_png
from service.imaging.pixels import Picture, fit

FILE = "failures.zip"
LONGEST_SIDE = 128  # pixels of a kept picture; what is larger is kept smaller
_EXACT_SIDE = 64  # up to it pictures are kept as they are
_LIMITS = ImageLimits(max_bytes=1 << 18, max_pixels=LONGEST_SIDE**2, max_side=LONGEST_SIDE)
_MOST_BYTES = 1 << 28  # of the whole file


def thumbnail(picture: Picture) -> tuple[str, bytes]:
    """The suffix and the content of what is kept of a picture."""
    pixels = picture.pixels
    height, width = pixels.shape[:2]
    if max(height, width) <= _EXACT_SIDE:
        return "png", encode_png(pixels)
    size = fit(width, height, min(LONGEST_SIDE, max(width, height)))
    small = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR))
    return "jpg", encode(small, "image/jpeg")


def write_pictures(file: Path, pictures: Mapping[int, tuple[str, bytes]]) -> None:
    """Writes them by the index of their failure; the same pictures make the same bytes."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for index, (suffix, content) in sorted(pictures.items()):
            archive.writestr(zipfile.ZipInfo(f"{index}.{suffix}"), content)


def read_pictures(file: Path, indices: Sequence[int]) -> list[NDArray[np.uint8]]:
    """The pictures of the failures with these indices. Raises PackageError."""
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise PackageError(f"{file.name} is larger than {_MOST_BYTES >> 20} MB")
        with zipfile.ZipFile(file) as archive:
            names = {Path(name).stem: name for name in archive.namelist()}
            return [_picture(archive, names, index) for index in indices]
    except (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError):
        raise PackageError(f"{file.name} is no intact archive of pictures") from None


def _picture(archive: zipfile.ZipFile, names: Mapping[str, str], index: int) -> NDArray[np.uint8]:
    if str(index) not in names:
        raise PackageError(f"{FILE} holds no picture {index}")
    with archive.open(names[str(index)]) as entry:
        content = entry.read(_LIMITS.max_bytes + 1)
    try:
        return decode(content, _LIMITS).pixels
    except FeaturemapError as error:
        raise PackageError(f"{FILE}: picture {index}: {error.message}") from None
