"""Digits of other hands, from UCI's archive: found in a folder or downloaded once, checked, read.

    FEATUREMAP_DATA or --data, else the cache <- UCI -> table of whole numbers -> SHA-256 of the table -> rows

Each set is one table: a digit a row, its class last. UCI's own files and gzipped CSV of the same numbers both read,
plain, gzipped or in UCI's zip: spaces or commas between the numbers, and Semeion's class as ten columns of which one
is 1. The checksum is that of the table as uint8, row by row, so that it holds for all of these forms.
"""

import gzip
import hashlib
import io
import os
import zipfile
import zlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pooch
from numpy.typing import NDArray

from service.errors import DatasetError
from training import files
from training.data.download import Download, download_file, first_good

Table = NDArray[np.uint8]  # [n, values + 1], the class last
FOLDER = "other_hands"
_CLASSES = 10
_LARGEST = 64 * 2**20  # bytes of a decompressed file; the largest has less than one MiB


@dataclass(frozen=True)
class Origin:
    """A set's file as UCI names it, how many values a row has before the class, where it is at home, what may be done
    with it, and whom to name."""

    file: str
    packed: str  # the same numbers as gzipped CSV, in a folder that is named
    values: int
    addresses: tuple[str, ...]
    sha256: str
    licence: str
    citation: str


_UCI = "https://archive.ics.uci.edu"
ORIGINS: dict[str, Origin] = {
    "pendigits": Origin(
        "pendigits.tra",
        "pendigits_train.csv.gz",
        16,  # eight points x, y of a pen, 0..100, y upwards, in drawing order
        (
            f"{_UCI}/static/public/81/pen+based+recognition+of+handwritten+digits.zip",
            f"{_UCI}/ml/machine-learning-databases/pendigits/pendigits.tra",
        ),
        "cbc52923bac9f4b90a33acb326ca5fe2147eee4ab0ad272cc6bf195f58aefbc9",
        "CC BY 4.0",
        "E. Alpaydin, F. Alimoglu (1996): Pen-Based Recognition of Handwritten Digits. UCI Machine Learning "
        "Repository, doi:10.24432/C5MG6K",
    ),
    "optdigits": Origin(
        "optdigits.tra",
        "optdigits_train.csv.gz",
        64,  # 8 x 8, 0..16
        (
            f"{_UCI}/static/public/80/optical+recognition+of+handwritten+digits.zip",
            f"{_UCI}/ml/machine-learning-databases/optdigits/optdigits.tra",
        ),
        "028f5e244ee9135dbe3d8c684583e6518709a7b05293a4c5ecd652eafb9f4689",
        "CC BY 4.0",
        "E. Alpaydin, C. Kaynak (1998): Optical Recognition of Handwritten Digits. UCI Machine Learning Repository, "
        "doi:10.24432/C50P49",
    ),
    "semeion": Origin(
        "semeion.data",
        "semeion.csv.gz",
        256,  # 16 x 16 bits
        (
            f"{_UCI}/static/public/178/semeion+handwritten+digit.zip",
            f"{_UCI}/ml/machine-learning-databases/semeion/semeion.data",
        ),
        "2f90d55faa675b887eb18071cfb441cd4f2e9a635e056f32a3657eb3b73e57db",
        "CC BY 4.0",
        "M. Buscema, S. Terzi (1998): Semeion Handwritten Digit. UCI Machine Learning Repository, doi:10.24432/C5SC8V",
    ),
}


def load_hands(folder: Path | None = None, download: Download = download_file) -> dict[str, Table]:
    """The table of each set, by its name. Raises DatasetError that says how to get it."""
    return {name: load_table(name, folder, download) for name in ORIGINS}


def load_table(name: str, folder: Path | None = None, download: Download = download_file) -> Table:
    """A set's rows, checked: uint8 [n, values + 1], the class last.

    A folder that was named (`folder`, else FEATUREMAP_DATA) is never written to. Raises DatasetError that names the
    file and says what to do.
    """
    origin, named = ORIGINS[name], folder or os.environ.get("FEATUREMAP_DATA")
    place = Path(named or pooch.os_cache("featuremap")) / FOLDER
    for path in (place / origin.packed, place / origin.file):
        if path.is_file():
            try:
                return _checked(name, path.read_bytes())
            except DatasetError as error:
                if named:
                    raise DatasetError(f"{name}: {path} {error}. Put the right file there.") from None
    if named:
        raise DatasetError(
            f"{name}: {place} holds neither {origin.packed} nor {origin.file}. Put one of them there, or unset "
            f"FEATUREMAP_DATA and run `python -m training data` to download it."
        )
    return _fetch(name, place, download)


def read_table(content: bytes, file: str, values: int) -> Table:
    """The table in UCI's file, in gzipped CSV of the same numbers, or in a zip that holds UCI's file.

    Raises DatasetError that says what is wrong with it.
    """
    text = _unpack(content, file)
    try:
        rows = np.loadtxt(io.StringIO(text.decode("ascii").replace(",", " ")), ndmin=2)
    except ValueError:  # of another encoding, too, and of rows of unequal length
        raise DatasetError("is no table of numbers") from None
    if rows.shape[1] == values + _CLASSES and (rows[:, values:].sum(axis=1) == 1).all():
        rows = np.column_stack((rows[:, :values], rows[:, values:].argmax(axis=1)))
    if rows.shape[1] != values + 1:
        raise DatasetError(f"has {rows.shape[1]} numbers a row; it should have {values + 1}")
    if not ((rows >= 0) & (rows <= 255) & (rows == np.rint(rows))).all():
        raise DatasetError("holds numbers that are not whole or not within 0..255")
    return rows.astype(np.uint8)


def table_digest(table: Table) -> str:
    """SHA-256, in hexadecimal, of the table's numbers row by row."""
    return hashlib.sha256(np.ascontiguousarray(table).tobytes()).hexdigest()


def _unpack(content: bytes, file: str) -> bytes:
    try:
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(file) as member:
                content = member.read(_LARGEST + 1)
        elif content.startswith(b"\x1f\x8b"):
            with gzip.open(io.BytesIO(content)) as packed:
                content = packed.read(_LARGEST + 1)
    except (OSError, EOFError, KeyError, zipfile.BadZipFile, zlib.error):
        raise DatasetError(f"is damaged, or an archive without {file}") from None
    if len(content) > _LARGEST:
        raise DatasetError("is far larger than it should be")
    return content


def _checked(name: str, content: bytes) -> Table:
    origin = ORIGINS[name]
    table = read_table(content, origin.file, origin.values)
    actual = table_digest(table)
    if actual != origin.sha256:
        raise DatasetError(f"does not match its checksum: the SHA-256 of its numbers is {actual}, "
                           f"it should be {origin.sha256}")  # fmt: skip
    return table


def _fetch(name: str, place: Path, download: Download) -> Table:
    origin = ORIGINS[name]
    try:
        table = first_good(origin.addresses, partial(_checked, name), download)
    except DatasetError as error:
        raise DatasetError(
            f"{name} could not be downloaded: {error}. Put {origin.file} into {place}, or set FEATUREMAP_DATA "
            f"to a folder that holds {FOLDER}/{origin.file}."
        ) from None
    place.mkdir(parents=True, exist_ok=True)
    lines = "".join(",".join(map(str, row)) + "\n" for row in table.tolist())
    files.write_bytes(place / origin.packed, gzip.compress(lines.encode(), mtime=0))
    return table
