"""`render` and `read`: the contact sheets and the table."""

from pathlib import Path

import pytest

from tests.paths import MODELS
from training.__main__ import main
from training.rendering.sources import Source


def test_the_verbs_write_sheets_and_a_table(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for verb in ("render", "read"):
        monkeypatch.setattr(f"training.cli.{verb}.load_source", lambda _: source)
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
