"""How the reports differ from the pictures of the model's own test.

Counts, Evidence -> Drift: classes, answers, confidence where it was wrong, brightness; each beside the test's

People report what went wrong, so the reports are no fair sample: how many of them are wrong says nothing about the
model's accuracy. Which classes they are, and how they look, does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from service.datasets import LABELS, read_test_set
from service.errors import NotFound
from service.feedback.reports import Counts
from service.inference.loader import Model


@dataclass(frozen=True, slots=True)
class Shares:
    """Of each class, 0..1; None where there is nothing to share out. `distance` is the total variation distance, half
    the sum of the differences: 0 where they are the same, 1 where they have nothing in common."""

    reported: list[float] | None
    test: list[float] | None
    distance: float | None


@dataclass(frozen=True, slots=True)
class Figure:
    """The same number of the reports and of the test; None where it is not known."""

    reported: float | None
    test: float | None


@dataclass(frozen=True, slots=True)
class Drift:
    """`classes`: what the pictures are, of those that are one of the classes; `said`: what was said of all;
    `confidence`: the mean where the answer was wrong; `brightness`: the mean, 0..1, of what the model saw."""

    classes: Shares
    said: Shares
    confidence: Figure
    brightness: Figure


def drift(counts: Counts, model: Model) -> Drift:
    """The reports that were counted, of this model, beside its test. Where the package does not tell, it is None."""
    test = _confusion(model) or []
    said = [sum(column) for column in zip(*counts.classes.matrix, counts.classes.none, strict=True)]
    return Drift(
        classes=_shares([sum(row) for row in counts.classes.matrix], [sum(row) for row in test]),
        said=_shares(said, [sum(column) for column in zip(*test, strict=True)]),
        confidence=Figure(_rounded(counts.confidence), _rounded(_confidence(model))),
        brightness=Figure(_rounded(counts.brightness), _rounded(_brightness(model))),
    )


def _shares(reported: Sequence[int], test: Sequence[int]) -> Shares:
    ours, theirs = _normalised(reported), _normalised(test)
    distance = None
    if ours is not None and theirs is not None:
        distance = _rounded(sum(abs(one - other) for one, other in zip(ours, theirs, strict=True)) / 2)
    return Shares(ours, theirs, distance)


def _normalised(counts: Sequence[int]) -> list[float] | None:
    total = sum(counts)
    return [round(count / total, 6) for count in counts] if total else None


def _confusion(model: Model) -> list[list[int]] | None:
    try:
        return model.evidence.confusion
    except NotFound:
        return None


def _confidence(model: Model) -> float | None:
    try:
        failures = model.evidence.failures
    except NotFound:
        return None
    return sum(failure.confidence for failure in failures) / len(failures) if failures else None


def _brightness(model: Model) -> float | None:
    """Of test pictures that a model sees as they lie in the data set: those of a recipe that takes no photographs."""
    manifest = model.manifest
    if manifest.dataset not in LABELS or manifest.preprocessing.photo is not None:
        return None
    mean = _mean_of_test(manifest.dataset)
    return mean if manifest.preprocessing.polarity == "light_on_dark" else 1 - mean


@lru_cache(maxsize=len(LABELS))
def _mean_of_test(dataset: str) -> float:
    return float(read_test_set(dataset)[0].mean() / 255)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
