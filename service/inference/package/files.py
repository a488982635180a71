"""A package's small files as bytes, text and JSON: bounded, regular, and every fault a sentence.

    path -> read_bytes -> read_text, read_json

A package comes from anywhere: a file may be a folder, a pipe that never ends, a link to itself or a gigabyte. Each
is a PackageError that names the file, never its path.
"""

import os
import stat
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from service.errors import PackageError

# A pipe is opened without waiting for a writer, and then refused as no regular file. Windows has no such pipes, but
# text and binary files.
_OPEN = sum(getattr(os, name, 0) for name in ("O_RDONLY", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY", "O_NOINHERIT"))
_MEGABYTE = 1 << 20
LARGEST_TEXT = _MEGABYTE  # bytes of config.pbtxt and labels.txt
LARGEST_JSON = 64 * _MEGABYTE  # bytes of model.json and of each evidence file


def read_bytes(path: Path, most: int) -> bytes:
    """The content of a regular file of at most `most` bytes. Raises PackageError."""
    try:
        descriptor = os.open(path, _OPEN)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise PackageError(f"{path.name} is no regular file")
            content = file.read(most + 1) if status.st_size <= most else b""
    except (FileNotFoundError, NotADirectoryError):
        raise PackageError(f"{path.name} is missing") from None
    except IsADirectoryError:
        raise PackageError(f"{path.name} is a folder, not a file") from None
    except OSError as error:
        raise PackageError(f"{path.name} cannot be read: {error.strerror}") from None
    if max(len(content), status.st_size) > most:
        raise PackageError(f"{path.name} is larger than {most // _MEGABYTE} MB")
    return content


def read_text(path: Path) -> str:
    """UTF-8 text, at most 1 MB of it; a byte order mark is dropped. Raises PackageError."""
    try:
        return read_bytes(path, LARGEST_TEXT).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PackageError(f"{path.name} is no UTF-8 text") from None


def read_json(path: Path) -> Any:
    """A JSON document, at most 64 MB of it, without NaN or infinity. Raises PackageError."""
    try:
        return from_json(read_bytes(path, LARGEST_JSON), allow_inf_nan=False)
    except ValueError as error:
        raise PackageError(f"{path.name} is no JSON: {error}") from None


def first_fault(name: str, error: ValidationError) -> PackageError:
    """The first thing that is wrong with the document of this name: where, and what. It never holds the value."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "the document"
    return PackageError(f"{name}: {place}: {first['msg']}")
