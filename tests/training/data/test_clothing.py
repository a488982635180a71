"""Photographs of clothes: only the archive's training part, checked, downloaded once; shoes by hand."""

import io
import os
import zipfile
from pathlib import Path

import pytest

from service.datasets import LABELS
from service.errors import DatasetError
from tests.paths import DATA
from training.data import clothing
from training.data.clothing import CLASSES, digest, ensure_clothing, photographs, unpack
from training.data.shoes import SHOES, kind_of_shoe

SAMPLE = DATA / "clothing" / "train"


def archive(top: str = "clothing-dataset-small-1196151") -> bytes:
    """As GitHub packs a commit: all under one folder, with parts that are for judging."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        opened.writestr(f"{top}/README.md", "words")
        opened.writestr(f"{top}/train/../../evil.jpg", b"evil")
        opened.writestr(f"{top}/train/unknown/a.jpg", b"of no class")
        for part in ("train", "test", "validation"):
            for kind, name, path in photographs(SAMPLE):
                opened.writestr(f"{top}/{part}/{kind}/{name}", path.read_bytes())
    return buffer.getvalue()


def test_only_the_training_part_is_unpacked() -> None:
    found = unpack(archive())
    assert found == {f"{kind}/{name}": path.read_bytes() for kind, name, path in photographs(SAMPLE)}
    assert {name.partition("/")[0] for name in found} == set(CLASSES)
    with pytest.raises(DatasetError, match="no zip archive"):
        unpack(b"<html>")


def test_the_digest_is_of_names_and_contents() -> None:
    photos = {"dress/a.jpg": b"1", "hat/b.jpg": b"2"}
    others = [{"dress/a.jpg": b"1"}, {"dress/a.jpg": b"2", "hat/b.jpg": b"1"}, {"dress/c.jpg": b"1", "hat/b.jpg": b"2"}]
    assert digest(dict(reversed(photos.items()))) == digest(photos)
    assert digest(photos) not in [digest(other) for other in others]


def test_they_are_downloaded_once_and_only_as_they_were_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FEATUREMAP_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    asked: list[str] = []

    def download(address: str) -> bytes:
        asked.append(address)
        return archive()

    with pytest.raises(DatasetError, match="does not match its checksum"):
        ensure_clothing(None, download)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    expected = digest(unpack(archive()))
    monkeypatch.setattr(clothing, "SHA256", expected)
    for _ in range(2):
        place, actual = ensure_clothing(None, download)
        assert actual == expected
        assert len(list(photographs(place))) == 20
    assert asked == [clothing.ADDRESS] * 2
    assert clothing.COMMIT in clothing.ADDRESS
    next(place.rglob("*.jpg")).unlink()
    ensure_clothing(None, download)
    assert len(asked) == 3


def test_a_named_folder_is_checked_and_never_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEATUREMAP_DATA", str(tmp_path))
    with pytest.raises(DatasetError, match=r"does not hold the photographs as they were published.*training data"):
        ensure_clothing()
    assert list(tmp_path.iterdir()) == []

    def away(_: str) -> bytes:
        raise ConnectionError("no route")

    monkeypatch.delenv("FEATUREMAP_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(DatasetError, match="did not answer"):
        ensure_clothing(None, away)


def test_shoes_are_of_classes_of_ours() -> None:
    assert set(SHOES.values()) == {"Sandal", "Sneaker", "Ankle boot"} <= set(LABELS["fashion_mnist"])
    assert kind_of_shoe("04fa06fb-and-so-on.jpg") == "Sandal"
    assert kind_of_shoe("unknown.jpg") is None


@pytest.mark.full_data
def test_the_full_set_with_its_shoes() -> None:
    if not os.environ.get("FEATUREMAP_DATA"):
        pytest.skip("FEATUREMAP_DATA does not name the full data sets")
    place, _ = ensure_clothing()
    found = list(photographs(place))
    assert len(found) == 3068
    shoes = [name for kind, name, _ in found if kind == "shoes"]
    assert len(shoes) == 198
    assert sum(kind_of_shoe(name) is not None for name in shoes) == len(SHOES) == 145
