"""Drawings of things that are no clothes, by many hands: found in a folder or downloaded once, checked.

    FEATUREMAP_DATA or --data, where it holds them, else the cache <- Debian's package of Open Clip Art
    -> SHA-256 over names and contents -> PNG files with alpha

Of 8,121 drawings those are taken that show animals, food, plants, houses, tools, vehicles, devices and diagrams.
"""

import io
import lzma
import os
import re
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pooch

from service.errors import DatasetError
from training import files
from training.data.clothing import digest
from training.data.download import Download, download_file, first_good

NAME = "cliparts"
PACKAGE = "openclipart-png_0.18+dfsg-19_all.deb"
_PLACE = f"pool/main/o/openclipart/{PACKAGE}"
ADDRESSES = (
    f"http://deb.debian.org/debian/{_PLACE}",
    f"https://snapshot.debian.org/archive/debian/20230601T000000Z/{_PLACE}",
)
SHA256 = "80f2c685c98af4868f03e6ed11b45097f327aad1387c193b9a3df897432c0c89"
LICENCE = "public domain"
CITATION = "Open Clip Art Library 0.18, by its contributors; Debian package openclipart-png 0.18+dfsg-19"
_WITHIN = "./usr/share/openclipart/png/"
_TAKEN = (
    "animals/", "buildings/", "computer/diagrams/", "computer/games/", "computer/hardware/", "computer/network/",
    "electronics/", "food/", "office/", "plants/", "recreation/", "science/", "shapes/flowchart/", "tools/",
    "transportation/",
)  # fmt: skip
# What is worn or carried, who wears it, and what comes in dozens: playing cards, road signs, pictograms.
_LEFT = re.compile(
    r"shoe|boot|hat_|_hat|tophat|shirt|coat|bag|glove|sandal|sock|trouser|dress|valig|clothes|jacket|skirt|suit|costume"
    r"|people|girl|boy|woman|man_|santa|king|queen|cards|roadsigns|aiga|border|frame|pattern"
)
_LARGEST = 100_000  # bytes of a drawing; larger ones have up to 169 megapixels
_AR, _HEADER = b"!<arch>\n", 60  # a .deb is an ar archive: a line, then members behind headers of so many bytes


def ensure_cliparts(folder: Path | None = None, download: Download = download_file) -> tuple[Path, str]:
    """The folder with the drawings, and the SHA-256 of all of them.

    A folder that was named (`folder`, else FEATUREMAP_DATA) may hold them, or Debian's package, as `cliparts`, and is
    never written to: if it does not, they come from the cache, and from Debian where the cache lacks them. Raises
    DatasetError that says what to do.
    """
    named = folder or os.environ.get("FEATUREMAP_DATA")
    cache = Path(pooch.os_cache("featuremap")) / NAME
    places = [Path(named) / NAME, cache] if named else [cache]
    for place in places:
        if digest(drawings(place)) == SHA256:
            return place, SHA256
    packages = [place / PACKAGE for place in places if (place / PACKAGE).is_file()]
    found = _found([*packages, *ADDRESSES], download, cache)
    for name in drawings(cache).keys() - found.keys():  # of another choice, or by somebody else: it would be trained on
        (cache / name).unlink()
    for name, content in found.items():
        (cache / name).parent.mkdir(parents=True, exist_ok=True)
        files.write_bytes(cache / name, content)
    return cache, SHA256


def drawings(place: Path) -> dict[str, bytes]:
    """Name and content of each drawing, in the order of their names; none where there is no such folder."""
    paths = {path.relative_to(place).as_posix(): path for path in place.rglob("*.png")}
    return {name: paths[name].read_bytes() for name in sorted(paths)}


def unpack(package: bytes) -> dict[str, bytes]:
    """Name and content of each drawing that is taken from Debian's package. Raises DatasetError for what is none."""
    try:
        data = next(content for name, content in _members(package) if name.startswith("data.tar"))
        with tarfile.open(fileobj=io.BytesIO(data)) as opened:
            chosen = [member for member in opened if member.isfile() and _is_taken(member)]
            found = {member.name.removeprefix(_WITHIN): opened.extractfile(member) for member in chosen}
            return {name: file.read() for name, file in found.items() if file is not None}
    except (StopIteration, ValueError, EOFError, tarfile.TarError, lzma.LZMAError):
        raise DatasetError("is no Debian package") from None


def _is_taken(member: tarfile.TarInfo) -> bool:
    name = member.name.removeprefix(_WITHIN)
    known = member.name.startswith(_WITHIN) and name.endswith(".png") and ".." not in name
    return known and name.startswith(_TAKEN) and not _LEFT.search(name.lower()) and member.size < _LARGEST


def _members(archive: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and content of each member of an ar archive. Raises ValueError for what is none."""
    if not archive.startswith(_AR):
        raise ValueError("no ar archive")
    at = len(_AR)
    while at < len(archive):
        header = archive[at : at + _HEADER].decode("ascii")
        size, at = int(header[48:58]), at + _HEADER
        yield header[:16].strip().rstrip("/"), archive[at : at + size]
        at += size + size % 2


def _checked(package: bytes) -> dict[str, bytes]:
    found = unpack(package)
    if digest(found) != SHA256:
        raise DatasetError("does not match its checksum")
    return found


def _found(sources: Sequence[Path | str], download: Download, cache: Path) -> dict[str, bytes]:
    """The drawings, from the first file or address that gives them as they were published."""
    try:
        return first_good(sources, _checked, download)
    except DatasetError as error:
        raise DatasetError(
            f"{NAME} could not be had: {error}. Put {PACKAGE} into {cache}, or set FEATUREMAP_DATA to a "
            f"folder that holds {NAME}/{PACKAGE}."
        ) from None
