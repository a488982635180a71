"""Pictures of one's own in front of a data set, as the service would read them."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from service.errors import ConfigurationError
from training.data.pictures import with_pictures
from training.data.sets import Dataset
from training.data.splits import split
from training.recipes import RECIPES

SPEC = RECIPES["mnist_cnn"].preprocessing


def write(folder: Path, label: str, pixels: np.ndarray, name: str = "1.png") -> None:
    (folder / label).mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(folder / label / name)


def test_they_come_first_and_are_named_among_the_data(mnist: Dataset, tmp_path: Path) -> None:
    write(tmp_path, "3", mnist.test_images[0])
    write(tmp_path, "7", np.kron(255 - mnist.test_images[1], np.ones((9, 9), np.uint8)))
    write(tmp_path, ".none", mnist.test_images[2])
    added, skipped = with_pictures(mnist, tmp_path, SPEC)
    assert skipped == []
    assert added.train_labels[:2].tolist() == [3, 7]
    assert np.array_equal(added.train_images[0], mnist.test_images[0])
    assert added.train_images[1].shape == (28, 28)
    assert added.train_images[1][0, 0] == 0  # ink is light, as the network knows it
    assert np.array_equal(added.train_images[2:], mnist.train_images)
    assert np.array_equal(added.train_labels[2:], mnist.train_labels)
    assert set(added.sha256) - set(mnist.sha256) == {"pictures"}
    assert with_pictures(mnist, tmp_path, SPEC)[0].sha256 == added.sha256
    train, held_out = split(len(added.train_labels), "last_5000")
    assert {0, 1} <= set(train.tolist())
    assert not {0, 1} & set(held_out.tolist())


def test_what_is_of_no_use_is_left_out_with_a_reason(mnist: Dataset, tmp_path: Path) -> None:
    write(tmp_path, "3", mnist.test_images[0])
    write(tmp_path, "4", np.zeros((28, 28), np.uint8), "blank.png")
    (tmp_path / "4" / "notes.txt").write_text("a note")
    added, skipped = with_pictures(mnist, tmp_path, SPEC)
    assert len(added.train_images) == len(mnist.train_images) + 1
    assert [sentence.partition(" is left out: ")[0] for sentence in skipped] == ["4/blank.png", "4/notes.txt"]
    assert "it is not one object (empty)" in skipped[0]


def test_a_folder_that_cannot_be_used(mnist: Dataset, tmp_path: Path) -> None:
    write(tmp_path / "blank", "4", np.zeros((28, 28), np.uint8))
    with pytest.raises(ConfigurationError, match=r"blank can be used: 4/1\.png is left out"):
        with_pictures(mnist, tmp_path / "blank", SPEC)
    write(tmp_path / "other", "even", mnist.test_images[0])
    with pytest.raises(ConfigurationError, match="'even' is named after no class"):
        with_pictures(mnist, tmp_path / "other", SPEC)
    with pytest.raises(ConfigurationError, match=re.escape(f"{tmp_path / 'away'} cannot be read")):
        with_pictures(mnist, tmp_path / "away", SPEC)
