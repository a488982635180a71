"""What in each patch excited a filter: the guided gradients that the training made, a picture a layer.

guided.zip, `<layer>.png` each: a row a filter, a column a patch -> read_guided -> uint8 [filters, patches, size, size]

128 is zero; the largest gradient of a patch is 1 or 255. A package comes from anywhere: an entry is read up to a bound,
and decoded under limits as any upload is.
"""

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from service.errors import FeaturemapError, PackageError
from service.imaging.codec.files import ImageLimits, decode, encode_png
from service.imaging.pixels import Pixels

FILE = "guided.zip"
ZERO, LARGEST = 128, 127
_MOST_BYTES = 1 << 23  # of a layer's picture
_LIMITS = ImageLimits(max_bytes=_MOST_BYTES, max_pixels=1 << 24, max_side=1 << 14)


def write_guided(file: Path, layers: Mapping[str, Pixels]) -> None:
    """Writes uint8 [filters, patches, size, size] of each layer; the same gradients make the same bytes."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, patches in layers.items():
            filters, count, size, _ = patches.shape
            picture = patches.transpose(0, 2, 1, 3).reshape(filters * size, count * size)
            archive.writestr(zipfile.ZipInfo(f"{name}.png"), encode_png(picture))


def read_layers(file: Path) -> frozenset[str]:
    """The layers that the file has. Raises PackageError."""
    try:
        with zipfile.ZipFile(file) as archive:
            return frozenset(Path(name).stem for name in archive.namelist())
    except (OSError, zipfile.BadZipFile):
        raise PackageError(f"{FILE} is no intact archive of pictures") from None


def read_guided(file: Path, layer: str, filters: int, size: int) -> Pixels:
    """A layer's patches, uint8 [filters, patches, size, size]. Raises PackageError where they are none of this size."""
    try:
        with zipfile.ZipFile(file) as archive:
            entry = archive.getinfo(f"{layer}.png")
            if entry.file_size > _MOST_BYTES:
                raise PackageError(f"{FILE}: {layer}.png is larger than {_MOST_BYTES >> 20} MB")
            content = archive.read(entry)
        picture = decode(content, _LIMITS).pixels
    except PackageError:
        raise
    except (OSError, KeyError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError):
        raise PackageError(f"{FILE} is no intact archive of pictures") from None
    except FeaturemapError as error:
        raise PackageError(f"{FILE}: {layer}.png: {error.message}") from None
    height, width = picture.shape[:2]
    if picture.ndim != 2 or height != filters * size or not width or width % size:
        raise PackageError(f"{FILE}: {layer}.png must be grey, with {filters} rows of patches of {size} pixels")
    return picture.reshape(filters, size, width // size, size).transpose(0, 2, 1, 3)
