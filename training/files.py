"""Files that are whole or not there: written under another name, flushed to the disk, renamed.

    content -> .<name>.<pid>.part -> fsync -> <name>

A full disk or a kill leaves the file of before, or none: never half a file under its name.
"""

import json
import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import IO, Any


def write_bytes(path: Path, content: bytes) -> None:
    """Writes `content` to `path`, whose folder must be there.

    Raises OSError that names `path`, where the disk is full or the folder may not be written; what was there
    before stays.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        part.unlink(missing_ok=True)
    sync_folder(path.parent)


def write_text(path: Path, text: str) -> None:
    """The same of text, as UTF-8."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any, rows: bool = False) -> None:
    """The same of a JSON value, indented; `rows` puts each element of a list on a line of its own."""
    if rows:
        write_text(path, "[\n" + ",\n".join(json.dumps(row) for row in value) + "\n]\n")
    else:
        write_text(path, json.dumps(value, indent=1) + "\n")


def write_with(path: Path, save: Callable[[IO[bytes]], object]) -> None:
    """The same of what `save` writes into a buffer: for libraries that tell of a full disk in words of their own."""
    buffer = BytesIO()
    save(buffer)
    write_bytes(path, buffer.getvalue())


def sync_folder(folder: Path) -> None:
    """Flushes the names in a folder to the disk, so that a rename outlives a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
