"""Temperature and likeness are fitted so that confidence means what it says."""

import numpy as np
import pytest

from service.imaging.preprocessing.spec import PreprocessSpec
from service.inference.runtime.session import CPU, Session
from tests.paths import MODELS
from training import calibration
from training.data import Dataset
from training.rendering.sources import held_out_source

MODEL = MODELS / "mnist_robust" / "3" / "model.onnx"


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "OWN", 60)
    monkeypatch.setattr(calibration, "STRANGE", 2)


@pytest.mark.usefixtures("few")
def test_both_numbers_follow_from_rendered_pictures(mnist: Dataset, fashion: Dataset) -> None:
    source = held_out_source((mnist.train_images, mnist.train_labels), (fashion.train_images, fashion.train_labels))
    session, spec = Session(MODEL, CPU, 1), PreprocessSpec(recipe="digit")
    fitted = calibration.fit(session, spec, "digits", source)
    assert 0.4 <= fitted.temperature <= 3
    assert 0 < fitted.rejection.min_likeness <= 0.6
    figures = fitted.figures["rendered"]
    assert figures["accuracy"] > 0.9
    assert sum(row["count"] for row in figures["bins"]) == figures["pictures"] > 50
    assert fitted.figures["strangers"]["below_half"] > 0.8
    assert calibration.fit(session, spec, "digits", source) == fitted


def test_reliability_counts_what_is_right_at_each_confidence() -> None:
    rows = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.2, 0.8]], np.float32)
    told = calibration.reliability(rows, np.array([0, 1, 1, 1]))
    assert told["accuracy"] == 0.75
    assert [(row["confidence"], row["accuracy"], row["count"]) for row in told["bins"]] == [
        (0.6, 1.0, 1), (0.8, 1.0, 1), (0.9, 0.5, 2)
    ]  # fmt: skip
    assert told["calibration_error"] == pytest.approx((0.4 + 0.2 + 2 * 0.4) / 4, abs=1e-5)
