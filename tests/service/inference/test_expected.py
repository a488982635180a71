"""What packages say of their own test, as shares."""

import json
from typing import Any

import numpy as np
import pytest

from service.datasets import read_test_set
from service.drift import BINS
from service.imaging.preprocessing.spec import to_tensor
from service.inference.answers import calibrate
from service.inference.expected import expected_shares
from service.inference.package.manifest import Manifest, Rejection, read_manifest
from service.inference.runtime.session import Session
from service.tools import scores
from tests.paths import MODELS, newest


def manifest(**rejection: Any) -> Manifest:
    found = read_manifest(MODELS / "mnist_cnn" / "1")
    return found.model_copy(update={"labels": ("a", "b"), "rejection": Rejection(**rejection)})


def bins(*rows: tuple[float, int]) -> dict[str, Any]:
    return {"calibration": {"test": {"bins": [{"confidence": mean, "count": count} for mean, count in rows]}}}


def test_shares_follow_from_the_columns_and_the_bins() -> None:
    shares = expected_shares(manifest(), {"confusion": [[3, 1], [2, 4]]} | bins((0.45, 1), (0.51, 1), (1.0, 2)))
    assert shares.labels == ("a", "b")
    assert shares.classes == [0.5, 0.5]
    assert shares.confidence == [0.0] * 6 + [0.25, 0.25] + [0.0] * 6 + [0.5]
    # The bin 0.467 to 0.533 is cut in its middle by the threshold.
    assert shares.outcomes == pytest.approx({"accepted": 0.625, "low_confidence": 0.375})
    stricter = expected_shares(manifest(min_likeness=0.5), bins((0.45, 1), (0.51, 1), (1.0, 2)))
    assert stricter.outcomes == shares.outcomes, "whoever spreads so far is unsure too"


@pytest.mark.parametrize("rejection", [{"min_likeness": 0.6}, {"min_margin": 1.0}])
def test_no_outcome_is_expected_where_more_than_confidence_refuses(rejection: dict[str, float]) -> None:
    shares = expected_shares(manifest(**rejection), bins((0.9, 5)))
    assert shares.outcomes is None
    assert shares.confidence is not None


@pytest.mark.parametrize(
    "metrics",
    [None, {}, {"confusion": [[1]]}, {"confusion": "none"}, {"confusion": [[0, 0], [0, 0]]}, {"calibration": 3},
     {"calibration": {"test": {"bins": []}}}, {"calibration": {"test": {"bins": [{"confidence": 2, "count": 1}]}}}],
)  # fmt: skip
def test_what_the_file_does_not_tell_is_not_expected(metrics: dict[str, Any] | None) -> None:
    shares = expected_shares(manifest(), metrics)
    assert (shares.classes, shares.confidence, shares.outcomes) == (None, None, None)


@pytest.mark.parametrize("name", ["mnist_cnn", "fashion_robust"])
def test_committed_packages_expect_what_they_answer(name: str) -> None:
    """A fifth of the test set, asked now, has about the shares of the whole that the package recorded."""
    folder = newest(name)
    own = read_manifest(folder)
    shares = expected_shares(own, json.loads((folder / "metrics.json").read_text()))
    pictures = read_test_set(own.dataset)[0][::5]
    session = Session(folder / "model.onnx")
    rows = [session.run(to_tensor(pictures[i : i + 40], own.preprocessing)) for i in range(0, len(pictures), 40)]
    answers = calibrate(np.concatenate(rows), own.temperature)
    confidence = answers.max(axis=1)
    classes = np.bincount(answers.argmax(axis=1), minlength=10) / len(pictures)
    assert np.abs(classes - np.array(shares.classes)).max() < 0.03  # by chance
    counted = np.bincount(scores.bins(confidence), minlength=BINS) / len(pictures)
    assert np.abs(counted - np.array(shares.confidence)).max() < 0.02
    assert shares.outcomes is not None
    assert abs((confidence < own.rejection.min_confidence).mean() - shares.outcomes["low_confidence"]) < 0.015
