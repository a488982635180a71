"""Drawings of things as outliers: some held out, each on several grounds, kept."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from service.imaging.preprocessing.spec import PreprocessSpec
from training.data.cliparts import drawings
from training.rendering.draw import Draw
from training.rendering.sources import Source
from training.robust import cliparts_set
from training.robust.cliparts_set import held_out_cliparts, photographed

PHOTO = PreprocessSpec(recipe="garment_photo")


def test_a_run_of_eight_is_held_out(cliparts: Path, source: Source, tmp_path: Path) -> None:
    made = cliparts_set.cliparts_set(cliparts, source, PHOTO, tmp_path)
    apart = held_out_cliparts(cliparts, source, PHOTO, 10)
    assert 0.8 * 64 * 5 <= len(made.labels) <= 64 * 5
    assert 5 <= len(apart.labels) <= 8
    assert {*made.labels.tolist(), *apart.labels.tolist()} == {-1}
    assert len({picture.tobytes() for picture in made.pictures}) > 0.95 * len(made.labels)
    (path,) = tmp_path.iterdir()
    written = path.stat().st_mtime_ns
    again = cliparts_set.cliparts_set(cliparts, source, PHOTO, tmp_path)
    assert np.array_equal(again.pictures, made.pictures)
    assert path.stat().st_mtime_ns == written


def test_there_must_be_drawings(source: Source, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="without the drawings of things"):
        cliparts_set.cliparts_set(None, source, PHOTO, tmp_path)


@pytest.mark.parametrize("seed", range(5))
def test_a_photographed_drawing_shows_its_colour_on_a_ground(cliparts: Path, source: Source, seed: int) -> None:
    content = drawings(cliparts)["tools/00.png"]
    with Image.open(BytesIO(content)) as opened:
        levels, cover = np.asarray(opened.convert("RGB"), float), np.asarray(opened)[..., 3] > 0
    colour = levels[cover].mean(axis=0)
    draw = Draw(np.random.default_rng([seed]), source)
    with Image.open(BytesIO(photographed(draw, content))) as photo:
        assert max(photo.size) <= 320 * 1.8
        seen = np.asarray(photo.convert("RGB"), float)
    near = np.abs(seen - colour).max(axis=2) < 70  # light, and a lens' faults
    assert 0.02 < near.mean() < 0.95
