"""Temperature and rejection are fitted so that confidence means what it says."""

from dataclasses import replace

import numpy as np
import pytest

from service.inference.answers import calibrate
from service.inference.package.manifest import Rejection
from service.inference.runtime.session import Session
from tests.paths import newest
from training.data.sets import Dataset
from training.recipes import RECIPES
from training.robust import calibration, clothing_set
from training.robust.rendered_set import RenderedSet

MODEL = newest("mnist_robust") / "model.onnx"


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "OWN", 30)
    monkeypatch.setattr(calibration, "UNKNOWN", 1)
    monkeypatch.setattr(calibration, "HANDS", 6)


@pytest.mark.usefixtures("few")
def test_both_follow_from_pictures_that_are_held_out(mnist: Dataset) -> None:
    recipe = RECIPES["mnist_robust"]
    (fitted, again) = calibration.calibrate(recipe, mnist, [MODEL, MODEL])
    assert 0.4 <= fitted.temperature <= 3
    risks = fitted.figures["risk_over_coverage"]
    best = min(risks, key=risks.get)
    assert set(risks) == set(calibration.CRITERIA)
    assert getattr(fitted.rejection, best) >= fitted.figures[best] > 0
    figures = fitted.figures["rendered"]
    assert figures["accuracy"] > 0.9
    assert sum(row["count"] for row in figures["bins"]) == figures["pictures"] > 30
    assert fitted.figures["strangers"]["below_half"] > 0.8
    assert again == fitted
    with pytest.raises(ValueError, match="without the other data set"):
        calibration.calibrate(recipe, replace(mnist, others=None), [MODEL])


def test_a_criterion_that_tells_right_from_wrong_has_less_risk() -> None:
    known = np.full((8, 4), 0.02, np.float32)
    known[:, 0] = [0.94, 0.9, 0.88, 0.86, 0.6, 0.55, 0.5, 0.45]
    right = np.array([True] * 4 + [False] * 4)
    strange = np.full((4, 4), 0.25, np.float32)
    good = calibration._risk(calibration.CRITERIA["min_confidence"], known, right, strange)
    bad = calibration._risk(lambda p: -p.max(axis=1).astype(np.float64), known, right, strange)
    assert good < bad
    assert calibration._risk(calibration.CRITERIA["min_confidence"], known[:4], right[:4], strange[:0]) == 0


def test_few_of_the_right_answers_lie_under_the_threshold() -> None:
    scores = np.linspace(0, 1, 1000)
    least = calibration._threshold(scores)
    assert 0.005 < (scores < least).mean() <= 0.01


def test_no_more_than_a_few_photographs_pass_with_a_wrong_class() -> None:
    rng = np.random.default_rng(0)
    for count in (40, 100, 321):
        wrong = rng.random(count // 5)
        most = calibration._MOST_WRONG * count
        least = calibration._threshold_of_wrong(wrong, most)
        assert (wrong >= least).sum() <= most
        assert (wrong >= least - 0.002).sum() >= int(most)
        assert calibration._threshold_of_wrong(wrong[: int(most)], most) == 0


def test_few_pictures_of_no_class_may_be_accepted(fashion: Dataset) -> None:
    session, rng = Session(newest("fashion_robust") / "model.onnx"), np.random.default_rng(0)
    spec = RECIPES["fashion_robust"].preprocessing
    known = RenderedSet(fashion.test_images[:80], fashion.test_labels[:80].astype(np.int64), fashion.test_images[:80])
    mixed = np.maximum(fashion.test_images[:40], rng.permutation(fashion.test_images[40:80]))  # two garments in one
    strange = RenderedSet(mixed, np.full(40, -1), mixed)
    free = calibration.fit(session, spec, calibration.Asked(known, strange)).rejection
    bound = calibration.fit(session, spec, calibration.Asked(known, strange, strange))
    (criterion,) = set(calibration.CRITERIA) & set(bound.figures)
    probabilities = calibrate(calibration.seen_by(session, spec, strange), bound.temperature)
    scores = calibration.CRITERIA[criterion](probabilities)
    assert (scores >= getattr(bound.rejection, criterion)).sum() <= 2 < (scores >= getattr(free, criterion)).sum()


def test_the_second_view_counts_as_much_as_the_first(fashion: Dataset) -> None:
    session = Session(newest("fashion_robust") / "model.onnx")
    spec, labels = RECIPES["fashion_robust"].preprocessing, fashion.test_labels[:6].astype(np.int64)
    first, second = fashion.test_images[:6], fashion.test_images[6:12]
    both = calibration.seen_by(session, spec, RenderedSet(first, labels, second))
    alone = [calibration.seen_by(session, spec, RenderedSet(p, labels, p)) for p in (first, second)]
    np.testing.assert_allclose(both, (alone[0] + alone[1]) / 2, atol=1e-6)


@pytest.mark.usefixtures("few")
def test_clothes_are_judged_on_photographs_too(fashion: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "WORN", 4)
    monkeypatch.setattr(clothing_set, "_HELD_OUT", 2)
    (fitted,) = calibration.calibrate(RECIPES["fashion_robust"], fashion, [newest("fashion_robust") / "model.onnx"])
    told = fitted.figures["photographs"]
    assert told["pictures"] >= 5
    assert told["wrong_and_accepted"] <= clothing_set.VIEWS * calibration._MOST_WRONG  # its views are the more
    assert told["right_and_accepted"] <= told["accuracy"]


def test_refused_by_confidence_is_unlike_the_training_or_unsure() -> None:
    """No more is refused than by confidence alone: the two largest together are no less than the largest."""
    assert calibration._rejection("min_confidence", 0.3) == Rejection(min_confidence=0.5, min_likeness=0.5)
    assert calibration._rejection("min_confidence", 0.6) == Rejection(min_confidence=0.6, min_likeness=0.6)
    assert calibration._rejection("min_margin", 0.7) == Rejection(min_margin=0.7)
