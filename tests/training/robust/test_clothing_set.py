"""People's photographs for training: our classes or none, some held out, several views of each."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from service.datasets import LABELS
from service.imaging.preprocessing.spec import PreprocessSpec
from training.data.clothing import photographs
from training.data.sets import Dataset
from training.rendering.draw import save
from training.robust import clothing_set
from training.robust.clothing_set import class_of, known_photographs

PHOTO = PreprocessSpec(recipe="garment_photo")


def test_folders_are_classes_of_ours_or_none() -> None:
    names = LABELS["fashion_mnist"]
    told = {kind: class_of(kind, "a.jpg") for kind in ("pants", "outwear", "longsleeve", "hat", "skirt", "shoes")}
    assert [names[told[kind]] for kind in ("pants", "outwear", "longsleeve")] == ["Trouser", "Coat", "Pullover"]  # type: ignore[index]
    assert told["hat"] == told["skirt"] == -1
    assert told["shoes"] is None
    assert names[class_of("shoes", "04fa06fb-x.jpg") or 0] == "Sandal"


def test_every_other_here_is_held_out(fashion: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clothing_set, "_HELD_OUT", 2)
    assert fashion.clothing is not None
    parts = [{path for path, _ in known_photographs(fashion.clothing, held_out)} for held_out in (False, True)]
    assert [len(part) for part in parts] == [10, 10]
    assert not parts[0] & parts[1]
    asked = clothing_set.held_out_set(fashion.clothing, PHOTO)
    assert (asked.labels == -1).sum() >= 2


def test_views_differ_and_are_kept(fashion: Dataset, tmp_path: Path) -> None:
    made = clothing_set.clothing_set(fashion.clothing, PHOTO, tmp_path)
    assert fashion.clothing is not None
    count = len(list(photographs(fashion.clothing))) * clothing_set.VIEWS
    assert 0.9 * count <= len(made.labels) <= count
    assert len({picture.tobytes() for picture in made.pictures}) > 0.95 * len(made.labels)
    (path,) = tmp_path.iterdir()
    written = path.stat().st_mtime_ns
    again = clothing_set.clothing_set(fashion.clothing, PHOTO, tmp_path)
    assert np.array_equal(again.pictures, made.pictures)
    assert path.stat().st_mtime_ns == written
    with pytest.raises(ValueError, match="without the photographs"):
        clothing_set.clothing_set(replace(fashion, clothing=None).clothing, PHOTO, tmp_path)


def test_scraps_show_no_whole_garment(fashion: Dataset, tmp_path: Path) -> None:
    assert fashion.clothing is not None
    count = 2 * len(list(known_photographs(fashion.clothing, False)))
    made = clothing_set.scraps_set(fashion.clothing, PHOTO, tmp_path)
    assert 0.5 * count <= len(made.labels) <= count  # of bare walls nothing is seen
    assert (made.labels == -1).all()
    y, x = np.mgrid[:60, :80]
    content = save(Image.fromarray(np.dstack([x * 3, y * 4, x + y]).astype(np.uint8)), "PNG")
    rng = np.random.default_rng(0)
    corners = [np.asarray(Image.open(BytesIO(clothing_set.corner(content, rng)))) for _ in range(20)]
    assert all(15 <= each.shape[0] <= 27 and 20 <= each.shape[1] <= 36 for each in corners)
    edges = {(round(float(each[..., 0].mean()) / 240), round(float(each[..., 1].mean()) / 240)) for each in corners}
    assert edges == {(0, 0), (0, 1), (1, 0), (1, 1)}
    exchanged = np.asarray(Image.open(BytesIO(clothing_set.halves_exchanged(content, rng)))).astype(int)
    assert exchanged.shape == (60, 80, 3)
    whole = np.dstack([x * 3, y * 4, x + y])
    assert min(np.abs(exchanged - np.roll(whole, whole.shape[axis] // 2, axis)).mean() for axis in (0, 1)) < 8
