"""What is measured of a network's confidence, and what a published package that lacks it is given."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from service.inference.answers import calibrate
from service.inference.package.manifest import read_manifest, verify_files
from tests.paths import MODELS, newest
from training.__main__ import main
from training.packaging import metrics
from training.packaging.confidence import calibration_figures


def answers(n: int, sure: float) -> tuple[metrics.Probabilities, NDArray[np.int64]]:
    """n answers of three classes at 80 %, of which four of five are right, made surer by dividing by 1 / `sure`."""
    honest = np.tile(np.array([0.8, 0.15, 0.05], np.float32), (n, 1))
    targets = np.repeat([0, 1, 2], [n * 80 // 100, n * 15 // 100, n * 5 // 100])
    return calibrate(honest, 1 / sure), np.random.default_rng(0).permutation(targets)


@pytest.mark.parametrize("sure", [0.5, 2.0, 3.0])
def test_the_temperature_that_undoes_it_is_found(sure: float) -> None:
    raw, targets = answers(4000, sure)
    figures = calibration_figures(raw, targets, None)
    assert figures["temperature"] == pytest.approx(sure, rel=0.06)
    assert figures["calibration_error_before"] == figures["test"]["calibration_error"] > 0.05
    assert figures["calibration_error_held_out"] == figures["tempered"]["calibration_error"] < 0.02
    assert figures["test"]["accuracy"] == figures["tempered"]["accuracy"] == 0.8


def test_the_command_adds_to_a_package_and_leaves_the_rest(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    home = shutil.copytree(MODELS / "mnist_neuron", tmp_path / "mnist_neuron")
    published = read_manifest(home / "1")
    known = json.loads((home / "1" / "metrics.json").read_text())
    (home / "1" / "metrics.json").write_text(json.dumps({k: v for k, v in known.items() if k != "calibration"}))
    (home / "1" / "reliability.png").unlink()
    assert main(["calibrate", "--models", str(tmp_path)]) == 0
    assert "mnist_neuron: 0.0113 off in the mean; 0.0087 at temperature 0.97" in capsys.readouterr().out
    manifest = read_manifest(home / "1")
    verify_files(home / "1", manifest)
    assert manifest.model_dump(exclude={"files"}) == published.model_dump(exclude={"files"})
    assert json.loads((home / "1" / "metrics.json").read_text()) == known
    with Image.open(home / "1" / "reliability.png") as picture:
        assert picture.width > 500
    assert main(["calibrate", "--models", str(tmp_path)]) == 0
    assert "has them already" in capsys.readouterr().out


def test_dropout_makes_a_network_more_honest() -> None:
    """Side by side: without it the clothes' network is far too sure."""
    errors = {
        name: json.loads((MODELS / name / "1" / "metrics.json").read_text())["calibration"]["calibration_error_before"]
        for name in ("fashion_cnn", "fashion_cnn_dropout")
    }
    assert errors["fashion_cnn"] > 2 * errors["fashion_cnn_dropout"]


@pytest.mark.parametrize("home", sorted(p.name for p in MODELS.iterdir() if p.is_dir()))
def test_every_published_package_says_how_far_its_confidence_may_be_believed(home: str) -> None:
    folder = newest(home)
    calibration = json.loads((folder / "metrics.json").read_text())["calibration"]
    assert 0 < calibration["test"]["calibration_error"] < 0.1
    assert {"metrics.json", "reliability.png"} <= set(read_manifest(folder).files)
