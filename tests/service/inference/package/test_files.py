"""Files that are not what their name says: each refused with its name and without waiting."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from service.errors import PackageError
from service.inference.package.files import LARGEST_TEXT, read_bytes, read_json, read_text


def large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 30)  # takes no room on the disk


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda _: None, "x.json is missing"),
        (lambda path: path.mkdir(), "x.json is a folder, not a file"),
        (lambda path: path.symlink_to(path), "x.json cannot be read: Too many levels of symbolic links"),
        (lambda path: path.symlink_to("nowhere"), "x.json is missing"),
        (lambda path: path.symlink_to("/dev/zero"), "x.json is no regular file"),
        (os.mkfifo, "x.json is no regular file"),
        (large, "x.json is larger than 1 MB"),
        (lambda path: path.write_bytes(bytes(LARGEST_TEXT + 1)), "x.json is larger than 1 MB"),
    ],
)
def test_what_is_no_file_of_ours(tmp_path: Path, make: Callable[[Path], object], sentence: str) -> None:
    make(tmp_path / "x.json")
    with pytest.raises(PackageError) as caught:
        read_bytes(tmp_path / "x.json", LARGEST_TEXT)
    assert caught.value.message == sentence


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "x").touch(0)
    with pytest.raises(PackageError, match="x cannot be read: Permission denied"):
        read_bytes(tmp_path / "x", 10)


def test_the_largest_is_read(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(bytes(LARGEST_TEXT))
    assert len(read_bytes(tmp_path / "x", LARGEST_TEXT)) == LARGEST_TEXT


def test_text_is_utf_8(tmp_path: Path) -> None:
    file = tmp_path / "labels.txt"
    file.write_bytes("\ufeffé\n".encode())
    assert read_text(file) == "é\n"
    file.write_bytes("é".encode("latin-1"))
    with pytest.raises(PackageError, match=r"labels.txt is no UTF-8 text"):
        read_text(file)


@pytest.mark.parametrize("content", [b"", b"{", b"[NaN]", b"[Infinity]", b'"\\ud800"', b"[" * 100_000, b"\xff"])
def test_what_is_no_json(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(PackageError, match=r"^x\.json is no JSON: "):
        read_json(tmp_path / "x.json")
