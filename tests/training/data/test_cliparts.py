"""Drawings of things: those that are taken from Debian's package, checked, downloaded once."""

import io
import os
import tarfile
from pathlib import Path

import pytest

from service.errors import DatasetError
from training.data import cliparts
from training.data.cliparts import ADDRESSES, NAME, PACKAGE, drawings, ensure_cliparts, unpack
from training.data.clothing import digest

WITHIN = "./usr/share/openclipart/png/"
TAKEN = {"animals/birds/owl.png": b"owl", "tools/saw.png": b"odd"}
LEFT = {
    "people/anna.png": b"of a kind that is not taken",
    "recreation/sports/tennis_shoe_01.png": b"is worn",
    "animals/owl.txt": b"no drawing",
    "tools/../../evil.png": b"evil",
    "tools/large.png": b"x" * 100_000,
}


def package(contents: dict[str, bytes]) -> bytes:
    """As Debian packs it: an ar archive of a version, what the package says of itself, and its files."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:xz") as opened:
        for name, content in contents.items():
            member = tarfile.TarInfo(WITHIN + name)
            member.size = len(content)
            opened.addfile(member, io.BytesIO(content))
        link = tarfile.TarInfo(WITHIN + "tools/link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "saw.png"
        opened.addfile(link)
    archive = b"!<arch>\n"
    for name, content in (("debian-binary", b"2.0\n"), ("control.tar.xz", b"odd"), ("data.tar.xz", data.getvalue())):
        archive += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode()
        archive += content + b"\n" * (len(content) % 2)
    return archive


def never(address: str) -> bytes:
    raise AssertionError(address)


def test_only_what_is_taken_is_unpacked() -> None:
    assert unpack(package(TAKEN | LEFT)) == TAKEN


@pytest.mark.parametrize(
    "content", [b"<html>", b"", b"!<arch>\n", b"!<arch>\nshort", package(TAKEN)[:240], b"!<arch>\n" + b"\xff" * 90]
)
def test_what_is_no_package_is_an_error(content: bytes) -> None:
    with pytest.raises(DatasetError, match="no Debian package"):
        unpack(content)


def test_they_are_downloaded_once_from_whoever_has_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FEATUREMAP_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(cliparts, "SHA256", digest(TAKEN))
    given: dict[str, bytes] = {}
    asked: list[str] = []

    def download(address: str) -> bytes:
        asked.append(address)
        if address not in given:
            raise ConnectionError("no route")
        return given[address]

    given[ADDRESSES[0]] = package({"tools/saw.png": b"another"})
    with pytest.raises(DatasetError, match=r"does not match its checksum.*did not answer.*Put openclip"):
        ensure_cliparts(None, download)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    given[ADDRESSES[1]] = package(TAKEN | LEFT)
    for _ in range(2):
        place, actual = ensure_cliparts(None, download)
        assert actual == digest(TAKEN)
        assert drawings(place) == TAKEN
    assert asked == [*ADDRESSES, *ADDRESSES]
    (place / "tools" / "saw.png").unlink()
    (place / "tools" / "another.png").write_bytes(b"of an earlier choice")
    assert drawings(ensure_cliparts(None, download)[0]) == TAKEN
    assert len(asked) == 6


def test_a_named_folder_that_holds_them_is_enough_and_never_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = tmp_path / "data"
    monkeypatch.setenv("FEATUREMAP_DATA", str(named))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(cliparts, "SHA256", digest(TAKEN))
    ensure_cliparts(None, lambda _: package(TAKEN))
    assert not named.exists()
    (named / NAME).mkdir(parents=True)
    (named / NAME / PACKAGE).write_bytes(package(TAKEN | LEFT))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another"))
    place, _ = ensure_cliparts(None, never)
    assert tmp_path / "another" in place.parents
    assert drawings(place) == TAKEN
    for name, content in TAKEN.items():
        path = named / NAME / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    assert ensure_cliparts(None, never)[0] == named / NAME


@pytest.mark.full_data
def test_the_full_set() -> None:
    if not os.environ.get("FEATUREMAP_DATA"):
        pytest.skip("FEATUREMAP_DATA does not name the full data sets")
    place, _ = ensure_cliparts()
    assert len(drawings(place)) == 1381
