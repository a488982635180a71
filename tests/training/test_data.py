"""Finding, downloading and checking the data sets, with a mirror that is a folder."""

import gzip
import hashlib
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from service.errors import DatasetError
from training import data

FILES = {stem: f"content of {stem}".encode() for stem in data.CHECKSUMS["mnist"]}


@pytest.fixture(name="cache")
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and checksums of small files in place of the real ones."""
    monkeypatch.delenv("FEATUREMAP_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    sums = {stem: hashlib.md5(content, usedforsecurity=False).hexdigest() for stem, content in FILES.items()}
    monkeypatch.setitem(data.CHECKSUMS, "mnist", sums)
    return tmp_path


def good_mirror(_: str, path: Path) -> None:
    path.write_bytes(gzip.compress(FILES[path.name.removesuffix(".gz")]))


def test_downloads_once_into_the_cache(cache: Path) -> None:
    asked: list[str] = []

    def download(url: str, path: Path) -> None:
        asked.append(url)
        good_mirror(url, path)

    folder, sums = data.ensure("mnist", download=download)
    data.ensure("mnist", download=download)
    assert len(asked) == 4
    assert cache in folder.parents
    assert sums == {stem: hashlib.sha256(content).hexdigest() for stem, content in FILES.items()}


@pytest.mark.usefixtures("cache")
def test_the_second_mirror_serves_when_the_first_is_broken() -> None:
    def download(url: str, path: Path) -> None:
        if url.startswith(data.MIRRORS["mnist"][0]):
            raise ConnectionError("no route")
        good_mirror(url, path)

    folder, _ = data.ensure("mnist", download=download)
    assert sorted(p.name for p in folder.iterdir()) == sorted(f"{stem}.gz" for stem in FILES)


@pytest.mark.parametrize("broken", [b"", b"<html>", gzip.compress(b"another file"), gzip.compress(b"x" * 99)[:-9]])
def test_a_broken_download_is_refused_and_nothing_of_it_kept(cache: Path, broken: bytes) -> None:
    with pytest.raises(DatasetError, match=r"train-images-idx3-ubyte\.gz could not be downloaded"):
        data.ensure("mnist", download=lambda _, path: path.write_bytes(broken) and None)
    assert [p for p in cache.rglob("*") if p.is_file()] == []


def test_a_named_folder_is_checked_and_never_written(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = cache / "named"
    (named / "mnist").mkdir(parents=True)
    for stem in FILES:
        good_mirror(stem, named / "mnist" / f"{stem}.gz")
    monkeypatch.setenv("FEATUREMAP_DATA", str(named))
    folder, _ = data.ensure("mnist")
    assert folder == named / "mnist"

    altered = named / "mnist" / "t10k-labels-idx1-ubyte.gz"
    altered.write_bytes(gzip.compress(b"altered"))
    with pytest.raises(DatasetError, match=r"t10k-labels-idx1-ubyte\.gz does not match its checksum"):
        data.ensure("mnist")
    altered.unlink()
    with pytest.raises(DatasetError, match=r"t10k-labels-idx1-ubyte\.gz is missing.*FEATUREMAP_DATA"):
        data.ensure("mnist")
    assert not altered.exists()


def test_the_split_is_scikit_learns() -> None:
    """The first indices that `train_test_split(range(60000), test_size=0.2, random_state=13)` gave."""
    train, held_out = data.split(60_000, "holdout")
    assert (len(train), len(held_out)) == (48_000, 12_000)
    assert held_out[:5].tolist() == [26308, 52512, 50061, 45393, 17259]
    assert np.array_equal(np.sort(np.concatenate([train, held_out])), np.arange(60_000))
    assert len(data.split(60_000, "test")[1]) == 0


@pytest.mark.full_data
@pytest.mark.parametrize("name", data.CHECKSUMS)
def test_the_full_sets(name: str) -> None:
    folder = os.environ.get("FEATUREMAP_DATA")
    if not folder:
        pytest.skip("FEATUREMAP_DATA does not name the full data sets")
    dataset = data.load(name)
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
        data.load("mnist", tmp_path)
