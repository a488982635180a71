"""Finding, downloading and checking the data sets, with a mirror that is a folder."""

import gzip
import hashlib
import os
import shutil
from pathlib import Path

import pytest

from service.errors import DatasetError
from training.data import checksums, sets

# Without the time of day: each of several workers has to find the same tests.
OTHER, CUT_OFF = gzip.compress(b"another file", mtime=0), gzip.compress(b"x" * 99, mtime=0)[:-9]
FILES = {stem: f"content of {stem}".encode() for stem in checksums.CHECKSUMS["mnist"]}


@pytest.fixture(name="cache")
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and checksums of small files in place of the real ones."""
    monkeypatch.delenv("FEATUREMAP_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    sums = {stem: hashlib.md5(content, usedforsecurity=False).hexdigest() for stem, content in FILES.items()}
    monkeypatch.setitem(checksums.CHECKSUMS, "mnist", sums)
    return tmp_path


def good_mirror(url: str) -> bytes:
    return gzip.compress(FILES[url.rpartition("/")[2].removesuffix(".gz")])


def test_downloads_once_into_the_cache(cache: Path) -> None:
    asked: list[str] = []

    def download(url: str) -> bytes:
        asked.append(url)
        return good_mirror(url)

    folder, sums = sets.ensure("mnist", download=download)
    sets.ensure("mnist", download=download)
    assert len(asked) == 4
    assert cache in folder.parents
    assert sums == {stem: hashlib.sha256(content).hexdigest() for stem, content in FILES.items()}


@pytest.mark.usefixtures("cache")
def test_the_second_mirror_serves_when_the_first_is_broken() -> None:
    def download(url: str) -> bytes:
        if url.startswith(checksums.MIRRORS["mnist"][0]):
            raise ConnectionError("no route")
        return good_mirror(url)

    folder, _ = sets.ensure("mnist", download=download)
    assert sorted(p.name for p in folder.iterdir()) == sorted(f"{stem}.gz" for stem in FILES)


@pytest.mark.parametrize("broken", [b"", b"<html>", OTHER, CUT_OFF])
def test_a_broken_download_is_refused_and_nothing_of_it_kept(cache: Path, broken: bytes) -> None:
    with pytest.raises(DatasetError, match=r"train-images-idx3-ubyte\.gz could not be downloaded"):
        sets.ensure("mnist", download=lambda _: broken)
    assert [p for p in cache.rglob("*") if p.is_file()] == []


@pytest.mark.parametrize("damaged", [b"", b"no gzip", OTHER, CUT_OFF])
def test_a_damaged_file_in_the_cache_is_fetched_again(cache: Path, damaged: bytes) -> None:
    folder, _ = sets.ensure("mnist", download=good_mirror)
    asked: list[str] = []

    def download(url: str) -> bytes:
        asked.append(url.rpartition("/")[2])
        return good_mirror(url)

    name = "train-labels-idx1-ubyte.gz"
    (folder / name).write_bytes(damaged)
    _, sums = sets.ensure("mnist", download=download)
    assert asked == [name]
    assert sums == {stem: hashlib.sha256(content).hexdigest() for stem, content in FILES.items()}
    assert sets.ensure("mnist", download=download)[1] == sums
    assert asked == [name]
    (folder / name).write_bytes(damaged)
    with pytest.raises(
        DatasetError, match=r"train-labels-idx1-ubyte\.gz is damaged in the cache and could not be down"
    ):
        sets.ensure("mnist", download=no_network)
    assert cache in folder.parents


def no_network(_: str) -> bytes:
    raise ConnectionError("no route")


def test_a_full_disk_is_not_taken_for_a_mirror_that_is_away(cache: Path) -> None:
    def download(_: str) -> bytes:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        sets.ensure("mnist", download=download)
    assert [p for p in cache.rglob("*") if p.is_file()] == []


def test_a_named_folder_is_checked_and_never_written(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = cache / "named"
    (named / "mnist").mkdir(parents=True)
    for stem in FILES:
        (named / "mnist" / f"{stem}.gz").write_bytes(good_mirror(f"{stem}.gz"))
    monkeypatch.setenv("FEATUREMAP_DATA", str(named))
    folder, _ = sets.ensure("mnist")
    assert folder == named / "mnist"

    altered = named / "mnist" / "t10k-labels-idx1-ubyte.gz"
    altered.write_bytes(gzip.compress(b"altered"))
    with pytest.raises(DatasetError, match=r"t10k-labels-idx1-ubyte\.gz does not match its checksum: ") as told:
        sets.ensure("mnist")
    actual, expected = (hashlib.md5(c, usedforsecurity=False).hexdigest() for c in (b"altered", FILES[altered.stem]))
    for part in (actual, expected, str(altered.parent), "FEATUREMAP_DATA", "python -m training data"):
        assert part in str(told.value)
    altered.unlink()
    with pytest.raises(DatasetError, match=r"t10k-labels-idx1-ubyte\.gz is missing.*FEATUREMAP_DATA"):
        sets.ensure("mnist")
    assert not altered.exists()


@pytest.mark.full_data
@pytest.mark.parametrize("name", checksums.CHECKSUMS)
def test_the_full_sets(name: str) -> None:
    folder = os.environ.get("FEATUREMAP_DATA")
    if not folder:
        pytest.skip("FEATUREMAP_DATA does not name the full data sets")
    dataset = sets.load(name)
    assert dataset.train_images.shape == (60_000, 28, 28)
    assert dataset.test_labels.shape == (10_000,)


@pytest.mark.full_data
def test_a_truncated_copy_of_the_full_set_is_refused(tmp_path: Path) -> None:
    folder = os.environ.get("FEATUREMAP_DATA")
    if not folder:
        pytest.skip("FEATUREMAP_DATA does not name the full data sets")
    shutil.copytree(Path(folder) / "mnist", tmp_path / "mnist")
    path = tmp_path / "mnist" / "train-images-idx3-ubyte.gz"
    content = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(DatasetError, match=r"train-images-idx3-ubyte\.gz ends too early"):
        sets.load("mnist", tmp_path)
