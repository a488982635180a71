"""Temperature and likeness are fitted so that confidence means what it says."""

from dataclasses import replace

import pytest

from tests.paths import MODELS
from training.data.sets import Dataset
from training.recipes import RECIPES
from training.robust import calibration

MODEL = MODELS / "mnist_robust" / "3" / "model.onnx"


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "OWN", 60)
    monkeypatch.setattr(calibration, "UNKNOWN", 2)


@pytest.mark.usefixtures("few")
def test_both_numbers_follow_from_rendered_pictures(mnist: Dataset) -> None:
    recipe = RECIPES["mnist_robust"]
    (fitted, again) = calibration.calibrate(recipe, mnist, [MODEL, MODEL])
    assert 0.4 <= fitted.temperature <= 3
    assert 0 < fitted.rejection.min_likeness <= 0.6
    figures = fitted.figures["rendered"]
    assert figures["accuracy"] > 0.9
    assert sum(row["count"] for row in figures["bins"]) == figures["pictures"] > 50
    assert fitted.figures["strangers"]["below_half"] > 0.8
    assert again == fitted
    with pytest.raises(ValueError, match="without the other data set"):
        calibration.calibrate(recipe, replace(mnist, others=None), [MODEL])
