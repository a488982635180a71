"""Rendered pictures for training: small, as the service sees them, the same again, and kept."""

from pathlib import Path

import numpy as np
import pytest

from service.imaging.codec.files import ImageLimits, decode
from service.imaging.preprocessing.spec import PreprocessSpec
from training import prepared
from training.data import Dataset
from training.rendering import render
from training.rendering.sources import Source

GARMENT = PreprocessSpec(recipe="garment")


@pytest.fixture(scope="module")
def source(mnist: Dataset, fashion: Dataset) -> Source:
    return Source(mnist.train_images, mnist.train_labels, fashion.train_images, fashion.train_labels)


def test_they_are_labelled_and_look_like_what_they_were_made_from(source: Source, tmp_path: Path) -> None:
    made = prepared.training_pictures("clothes", 24, source, GARMENT, tmp_path)
    assert made.pictures.shape[1:] == (28, 28)
    assert (made.labels >= 0).sum() >= 22  # of 24 garments
    assert (made.labels == -1).sum() >= 8  # of 17 strangers: a blank sheet has no object
    assert set(made.labels[made.labels >= 0]) <= set(range(10))
    first = render("product_on_white", source, prepared.SEED, 0, prepared._LARGEST)
    assert made.labels[0] == first.labels[0]
    assert first.original is not None
    assert np.corrcoef(made.pictures[0].ravel(), first.original.ravel())[0, 1] > 0.5


def test_they_are_rendered_once_and_again_the_same(source: Source, tmp_path: Path) -> None:
    made = prepared.training_pictures("clothes", 6, source, GARMENT, tmp_path / "a")
    (path,) = (tmp_path / "a").iterdir()
    written = path.stat().st_mtime_ns
    again = prepared.training_pictures("clothes", 6, source, GARMENT, tmp_path / "a")
    elsewhere = prepared.training_pictures("clothes", 6, source, GARMENT, tmp_path / "b")
    assert path.stat().st_mtime_ns == written
    assert [p.name for p in (tmp_path / "b").iterdir()] == [path.name]
    for other in (again, elsewhere):
        assert np.array_equal(made.pictures, other.pictures)
        assert np.array_equal(made.labels, other.labels)


def test_other_settings_or_data_are_another_file(source: Source) -> None:
    halved = Source(*(part[:300] for part in (source.digits, source.digit_labels)), *(
        part[:300] for part in (source.garments, source.garment_labels)
    ))  # fmt: skip
    names = {
        prepared._key("clothes", 6, source, GARMENT),
        prepared._key("clothes", 7, source, GARMENT),
        prepared._key("clothes", 6, halved, GARMENT),
        prepared._key("clothes", 6, source, PreprocessSpec(recipe="garment", min_contrast=0.2)),
    }
    assert len(names) == 4


@pytest.mark.parametrize("kind", ["product_on_grey", "paper_plain", "text", "scribble", "gradient"])
def test_small_photographs_are_small_and_others_stay_as_they_are(kind: str, source: Source) -> None:
    limits = ImageLimits()
    small = [decode(render(kind, source, 2, i, 320).data, limits) for i in range(3)]
    assert max(max(p.width, p.height) for p in small) <= 512  # a garment of 320 pixels and the ground around it
    assert render(kind, source, 2, 0).data == render(kind, source, 2, 0, 1400).data
