"""Rendered pictures: files that the service takes, the same for the same seed, and truly what they say."""

from pathlib import Path

import numpy as np
import pytest

from service.datasets import read_pair
from service.imaging.codec.files import ImageLimits, decode
from service.inference.package.manifest import read_manifest
from service.inference.runtime.session import Session
from tests.paths import DATA, MODELS
from training import reading
from training.__main__ import main
from training.rendering import FAMILIES, KINDS, render, render_all, sources
from training.rendering.sources import Source


@pytest.fixture(scope="module")
def source() -> Source:
    return Source(*read_pair(DATA / "mnist", "train"), *read_pair(DATA / "fashion_mnist", "train"))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_a_file_that_the_service_takes_and_the_same_again(kind: str, source: Source) -> None:
    for index in range(3):
        first, again = render(kind, source, 7, index), render(kind, source, 7, index)
        assert first.data == again.data
        assert first.labels == again.labels
        assert decode(first.data, ImageLimits()).width > 0
        assert len(first.labels) in {"negatives": (0,), "several": (2, 3, 4, 5)}.get(first.family, (1,))
    assert render(kind, source, 8, 0).data != render(kind, source, 7, 0).data


def test_a_picture_does_not_hang_on_what_else_is_rendered(source: Source) -> None:
    several = list(render_all("several", source, 3, 2))
    assert [p.kind for p in several] == [k.__name__ for k in FAMILIES["several"] for _ in range(2)]
    assert several[3].data == render("row_drawn", source, 3, 1).data


def test_digits_are_of_at_least_24_kinds() -> None:
    assert len(FAMILIES["digits"]) >= 24


def test_rotated_files_are_upright_once_decoded(source: Source) -> None:
    assert all(decode(render("exif_rotated", source, 1, i).data, ImageLimits()).exif_rotated for i in range(4))


def test_no_font_is_needed(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.rendering.draw.font_files", lambda: ())
    assert decode(render("printed", source, 1, 0).data, ImageLimits()).width > 0
    assert isinstance(sources.font_files(), tuple)


def test_reading_tells_right_from_wrong(source: Source) -> None:
    folder = MODELS / "mnist_cnn" / "1"
    manifest, session = read_manifest(folder), Session(folder / "model.onnx")
    answers = [reading.read(p, manifest, session) for p in render_all("digits", source, 2, 2)]
    score = reading.score(answers)
    assert score.raw is not None
    assert score.raw >= score.right >= 0.85
    assert 0 <= reading.calibration(answers, manifest) < 0.15
    assert all(a.right == (a.prediction.index == a.picture.labels[0]) for a in answers)
    blanks = [reading.read(render("blank", source, 2, i), manifest, session) for i in range(3)]
    assert reading.score(blanks).refused == 1
    assert np.count_nonzero([a.right for a in blanks]) == 3


def test_the_verbs_write_sheets_and_a_table(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("training.rendered.load_source", lambda _: source)
    assert main(["render", str(tmp_path / "out"), "blank", "webp", "--count", "2", "--files"]) == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["blank-0.png", "blank-1.png", "blank.png", "webp-0.webp", "webp-1.webp", "webp.png"]
    assert main(["render", str(tmp_path), "cats"]) == 2
    assert "There is no kind 'cats'" in capsys.readouterr().err
    arguments = [
        "read",
        "fashion_cnn_dropout",
        "--models",
        str(MODELS),
        "--count",
        "1",
        "--sheets",
        str(tmp_path / "f"),
    ]
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert "product_on_white" in out
    assert "all negatives" in out
    assert "calibration error of single objects" in out
