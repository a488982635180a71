"""The IDX format of MNIST and its kin: a checked reader for gzipped files.

Layout, big-endian: two zero bytes, a type code (8: unsigned byte), the number of dimensions, each dimension as
uint32, then the bytes in C order. Source: http://yann.lecun.com/exdb/mnist/, "The IDX file format".
"""

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from service.errors import DatasetError

UNSIGNED_BYTE = 8
MAX_CONTENT = 1 << 28  # bytes; the largest file of MNIST unpacks to 47 MB


def read_idx(path: Path) -> NDArray[np.uint8]:
    """The array in a gzipped IDX file, C-ordered. Raises DatasetError that names the file."""
    return parse_idx(decompress(path, path.name), path.name)


def decompress(packed: Path | IO[bytes], name: str) -> bytes:
    """The content of a gzip file, at most 256 MB of it. `name` stands in the message of a DatasetError."""
    try:
        with gzip.open(packed) as file:
            content = file.read(MAX_CONTENT + 1)
    except FileNotFoundError:
        raise DatasetError(f"{name} is missing") from None
    except (EOFError, OSError, zlib.error) as error:
        reason = "ends too early" if isinstance(error, EOFError) else "is no intact gzip file"
        raise DatasetError(f"{name} {reason}") from None
    if len(content) > MAX_CONTENT:
        raise DatasetError(f"{name} unpacks to more than {MAX_CONTENT:,} bytes")
    return content


def parse_idx(content: bytes, name: str) -> NDArray[np.uint8]:
    """The array in decompressed IDX bytes, read-only. `name` stands in the message of a DatasetError."""
    if len(content) < 4 or content[:2] != b"\0\0":
        raise DatasetError(f"{name} is no IDX file: it does not begin with two zero bytes")
    kind, dimensions = content[2], content[3]
    if kind != UNSIGNED_BYTE:
        raise DatasetError(f"{name} holds IDX type {kind:#04x}; only unsigned bytes (0x08) are read")
    offset = 4 + 4 * dimensions
    if not dimensions or len(content) < offset:
        raise DatasetError(f"{name} ends within its header of {dimensions} dimensions")
    shape = struct.unpack_from(f">{dimensions}I", content, 4)
    expected = math.prod(shape)
    if len(content) - offset != expected:
        sizes = " x ".join(map(str, shape))
        raise DatasetError(f"{name} holds {len(content) - offset:,} values; its header says {sizes}")
    return np.frombuffer(content, np.uint8, offset=offset).reshape(shape)
