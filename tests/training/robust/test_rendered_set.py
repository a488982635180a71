"""Rendered pictures for training: small, as the service sees them, the same again, and kept."""

import shutil
from pathlib import Path

import numpy as np
import pytest

import service.imaging
from service.imaging.codec.files import ImageLimits, decode
from service.imaging.preprocessing.spec import PreprocessSpec
from tests.paths import ROOT
from training.rendering import render, sources
from training.rendering.sources import Source
from training.robust import rendered_set

GARMENT = PreprocessSpec(recipe="garment")


def test_they_are_labelled_and_look_like_what_they_were_made_from(source: Source, tmp_path: Path) -> None:
    made = rendered_set.training_set("clothes", 24, source, GARMENT, tmp_path)
    assert made.pictures.shape[1:] == (28, 28)
    assert (made.labels >= 0).sum() >= 22  # of 24 garments
    assert (made.labels == -1).sum() >= 8  # of 17 outliers: a blank sheet has no object
    assert set(made.labels[made.labels >= 0]) <= set(range(10))
    first = render("product_on_white", source, rendered_set.SEED, 0, rendered_set._LARGEST)
    assert made.labels[0] == first.labels[0]
    assert first.original is not None
    assert np.corrcoef(made.pictures[0].ravel(), first.original.ravel())[0, 1] > 0.5


def test_they_are_rendered_once_and_again_the_same(source: Source, tmp_path: Path) -> None:
    made = rendered_set.training_set("clothes", 6, source, GARMENT, tmp_path / "a")
    (path,) = (tmp_path / "a").iterdir()
    written = path.stat().st_mtime_ns
    again = rendered_set.training_set("clothes", 6, source, GARMENT, tmp_path / "a")
    elsewhere = rendered_set.training_set("clothes", 6, source, GARMENT, tmp_path / "b")
    assert path.stat().st_mtime_ns == written
    assert [p.name for p in (tmp_path / "b").iterdir()] == [path.name]
    for other in (again, elsewhere):
        assert np.array_equal(made.pictures, other.pictures)
        assert np.array_equal(made.labels, other.labels)


def test_what_is_seen_twice_keeps_both_views(source: Source, tmp_path: Path) -> None:
    twice = PreprocessSpec(recipe="garment_photo", whole_view=True)
    made = rendered_set.worn_set(18, source, twice, tmp_path)
    assert len(made.labels) >= 16
    assert made.pictures.shape == made.views.shape
    second = made.seen_twice
    assert 3 <= len(second.labels) < len(made.labels)  # on even grounds there is one view
    two = (made.pictures != made.views).any(axis=(1, 2))
    assert np.array_equal(second.pictures, made.views[two])
    assert np.array_equal(second.labels, made.labels[two])
    again = rendered_set.worn_set(18, source, twice, tmp_path)
    assert np.array_equal(again.views, made.views)
    once = rendered_set.worn_set(18, source, PreprocessSpec(recipe="garment_photo"), tmp_path)
    assert np.array_equal(once.pictures, once.views)
    assert np.array_equal(once.pictures, made.pictures)


def test_things_are_of_no_class_and_of_each_kind_alike(source: Source, tmp_path: Path) -> None:
    made = rendered_set.things_set(21, source, GARMENT, tmp_path)
    assert 18 <= len(made.labels) <= 21
    assert (made.labels == -1).all()
    filled = (made.pictures > 0).mean(axis=(1, 2))
    assert 0.1 < np.median(filled) < 0.8  # cut out of their grounds, as garments are
    again = rendered_set.things_set(21, source, GARMENT, tmp_path / "again")
    assert np.array_equal(again.pictures, made.pictures)


def test_other_settings_or_data_are_another_file(source: Source) -> None:
    halved = Source(*(part[:300] for part in (source.digits, source.digit_labels)), *(
        part[:300] for part in (source.garments, source.garment_labels)
    ))  # fmt: skip
    names = {
        rendered_set.cache_key(("clothes", 6), source, GARMENT),
        rendered_set.cache_key(("clothes", 7), source, GARMENT),
        rendered_set.cache_key(("clothes", 6), halved, GARMENT),
        rendered_set.cache_key(("clothes", 6), source, PreprocessSpec(recipe="garment", min_contrast=0.2)),
    }
    assert len(names) == 4


def test_code_in_any_folder_is_part_of_the_key(tmp_path: Path) -> None:
    """A change, another name and another place of the same code, in a folder or below it; all of what decides."""
    part = tmp_path / "imaging"
    shutil.copytree(Path(service.imaging.__file__).parent, part)
    changed = part / "codec" / "headers.py"
    digests = [rendered_set.code_digest([part])]
    changed.write_text(changed.read_text() + "# changed\n")
    digests.append(rendered_set.code_digest([part]))
    changed = changed.rename(part / "codec" / "heads.py")
    digests.append(rendered_set.code_digest([part]))
    changed = changed.rename(part / "preprocessing" / "heads.py")
    digests.append(rendered_set.code_digest([part]))
    (part / "codec" / "deeper").mkdir()
    (part / "codec" / "deeper" / "new.py").write_text("")
    digests.append(rendered_set.code_digest([part]))
    assert len(set(digests)) == 5
    (part / "codec" / "notes.txt").write_text("no code")
    assert rendered_set.code_digest([part]) == digests[-1]


def test_the_key_covers_what_decides_the_pictures_and_no_more() -> None:
    root = ROOT / "service" / "imaging"
    covered = {file for part in rendered_set.CODE for file in ([part] if part.is_file() else part.rglob("*.py"))}
    assert {root / "pixels.py", *(root / "codec").rglob("*.py"), *(root / "preprocessing").rglob("*.py")} <= covered
    assert set((ROOT / "training" / "rendering").rglob("*.py")) <= covered
    assert not covered & {*(root / "convolution").rglob("*.py"), *(root / "drawing").rglob("*.py")}


def test_libraries_and_fonts_are_part_of_the_key(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {rendered_set.cache_key(("clothes", 6), source, GARMENT)}
    with monkeypatch.context() as patched:
        patched.setattr(rendered_set, "LIBRARIES", ("0.1", "2.0"))
        names.add(rendered_set.cache_key(("clothes", 6), source, GARMENT))
    with monkeypatch.context() as patched:
        patched.setattr(sources, "font_files", lambda: (Path(__file__),))
        sources.fonts_digest.cache_clear()
        names.add(rendered_set.cache_key(("clothes", 6), source, GARMENT))
    sources.fonts_digest.cache_clear()
    assert len(names) == 3


@pytest.mark.parametrize("kind", ["product_on_grey", "paper_plain", "text", "scribble", "gradient"])
def test_small_photographs_are_small_and_others_stay_as_they_are(kind: str, source: Source) -> None:
    limits = ImageLimits()
    small = [decode(render(kind, source, 2, i, 320).data, limits) for i in range(3)]
    assert max(max(p.width, p.height) for p in small) <= 512  # a garment of 320 pixels and the ground around it
    assert render(kind, source, 2, 0).data == render(kind, source, 2, 0, 1400).data
