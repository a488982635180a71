"""People's own photographs of clothes: a folder a class, found in a folder or downloaded once, checked.

    FEATUREMAP_DATA or --data, else the cache <- GitHub's archive of one commit, its `train` folder alone
    -> SHA-256 over names and contents -> files by class

`test` and `validation` of the same archive are for judging, and never unpacked.
"""

import hashlib
import io
import os
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pooch

from service.errors import DatasetError
from training import files
from training.data.download import Download, download_file, first_good

NAME, PART = "clothing", "train"
COMMIT = "11961516512414bf9f6c150a832cfd21b54a6b54"
ADDRESS = f"https://github.com/alexeygrigorev/clothing-dataset-small/archive/{COMMIT}.zip"
SHA256 = "1d4a6986aceb99371be9c90820bcbf9880d59435448d33fc0f97c29d0b21cd48"
LICENCE = "CC0 1.0"
CITATION = (
    "A. Grigorev (2020): Clothing dataset (small), github.com/alexeygrigorev/clothing-dataset-small, "
    f"commit {COMMIT[:7]}"
)
CLASSES = ("dress", "hat", "longsleeve", "outwear", "pants", "shirt", "shoes", "shorts", "skirt", "t-shirt")


def ensure_clothing(folder: Path | None = None, download: Download = download_file) -> tuple[Path, str]:
    """The folder with a folder a class, and the SHA-256 of all that is in it.

    A folder that was named (`folder`, else FEATUREMAP_DATA) is never written to. Raises DatasetError that says what
    to do.
    """
    named = folder or os.environ.get("FEATUREMAP_DATA")
    place = Path(named or pooch.os_cache("featuremap")) / NAME / PART
    actual = digest(dict(_contents(place)))
    if actual == SHA256:
        return place, actual
    if named:
        raise DatasetError(
            f"{NAME}: {place} does not hold the photographs as they were published (SHA-256 {actual}, it should be "
            f"{SHA256}). Put the `{PART}` folder of {ADDRESS} there, or unset FEATUREMAP_DATA and run "
            f"`python -m training data` to download it."
        )
    return _fetch(place, download), SHA256


def photographs(place: Path) -> Iterator[tuple[str, str, Path]]:
    """Class, file name and path of each photograph, in the order of classes and names."""
    for kind in CLASSES:
        for path in sorted((place / kind).glob("*.jpg")):
            yield kind, path.name, path


def digest(contents: Mapping[str, bytes]) -> str:
    """SHA-256 over `class/name` and content of all files, in the order of their names."""
    total = hashlib.sha256()
    for name in sorted(contents):
        total.update(name.encode() + b" " + hashlib.sha256(contents[name]).digest())
    return total.hexdigest()


def _contents(place: Path) -> Iterator[tuple[str, bytes]]:
    for kind, name, path in photographs(place):
        yield f"{kind}/{name}", path.read_bytes()


def _fetch(place: Path, download: Download) -> Path:
    try:
        contents = first_good([ADDRESS], _checked, download)
    except DatasetError as error:
        raise DatasetError(
            f"{NAME} could not be downloaded: {error}. Put its `{PART}` folder to {place}, or set FEATUREMAP_DATA to a "
            f"folder that holds {NAME}/{PART}."
        ) from None
    for name, content in contents.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        files.write_bytes(place / name, content)
    return place


def _checked(archive: bytes) -> dict[str, bytes]:
    contents = unpack(archive)
    if digest(contents) != SHA256:
        raise DatasetError("does not match its checksum")
    return contents


def unpack(archive: bytes) -> dict[str, bytes]:
    """`class/name` and content of each photograph in the `train` folder of GitHub's archive.

    Raises DatasetError for what is no zip.
    """
    found = {}
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            for member in opened.namelist():
                _, _, inside = member.partition("/")
                part, _, name = inside.partition("/")
                kind, _, file = name.partition("/")
                if part == PART and kind in CLASSES and file.endswith(".jpg") and "/" not in file:
                    found[name] = opened.read(member)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, ValueError):
        raise DatasetError("is no zip archive") from None
    return found
