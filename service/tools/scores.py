"""How good answers are: accuracy, confusion, calibration, and the temperature that makes it best.

probabilities [n, classes] + true classes [n] -> figures for metrics.json, rows of failures
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.drift import BINS
from service.imaging.pixels import FloatArray
from service.inference.answers import calibrate

Classes = NDArray[np.int64]
CALIBRATION_BINS = BINS  # Guo et al. (2017)
LEAST_FOR_TEMPERATURE = 50  # pictures: of fewer a temperature is an accident
_TEMPERATURES = np.round(np.geomspace(0.25, 8.0, 121), 4)


def figures(probabilities: FloatArray, targets: Classes, labels: tuple[str, ...]) -> dict[str, Any]:
    """Accuracy, loss (mean cross-entropy, natural logarithm), per class, confusion (row: true), calibration."""
    predicted = probabilities.argmax(axis=1)
    confusion = np.zeros((len(labels), len(labels)), int)
    np.add.at(confusion, (targets, predicted), 1)
    return {
        "n": len(targets),
        "test_accuracy": float((predicted == targets).mean()),
        "test_loss": round(loss(probabilities, targets), 6),
        "per_class": [_class_scores(label, i, confusion) for i, label in enumerate(labels)],
        "confusion": confusion.tolist(),
        "calibration_error": round(calibration_error(probabilities, targets), 6),
    }


def calibration_error(probabilities: FloatArray, targets: Classes) -> float:
    """Expected calibration error: `confidence_error` of the most probable classes."""
    return confidence_error(probabilities.max(axis=1), probabilities.argmax(axis=1) == targets)


def confidence_error(confidence: FloatArray, correct: NDArray[np.bool_]) -> float:
    """Mean over 15 equal bins of |accuracy - confidence|, weighted by their counts: of confidences [n] in 0..1 and
    whether each answer was right [n]."""
    gaps = np.bincount(bins(confidence), weights=correct - confidence.astype(float), minlength=CALIBRATION_BINS)
    return float(np.abs(gaps).sum() / len(correct))


def reliability(probabilities: FloatArray, targets: Classes) -> dict[str, Any]:
    """Accuracy, expected calibration error, and for each bin of confidence that has answers their mean confidence,
    accuracy and count, of probabilities [n, classes] and class indices [n]."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == targets
    own = bins(confidence)
    rows = [
        {
            "confidence": round(float(confidence[own == b].mean()), 4),
            "accuracy": round(float(right[own == b].mean()), 4),
            "count": int((own == b).sum()),
        }
        for b in np.unique(own)
    ]
    error = round(confidence_error(confidence, right), 6)
    return {"accuracy": round(float(right.mean()), 6), "calibration_error": error, "bins": rows}


def bins(confidence: FloatArray) -> Classes:
    """The bin of each confidence 0..1: equal ones, the last with 1 in it."""
    return np.minimum((confidence * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)


def fit_temperature(probabilities: FloatArray, targets: Classes, least: int = LEAST_FOR_TEMPERATURE) -> float:
    """The temperature of the least loss. 1 where there are fewer than `least` pictures, or no failure to learn from."""
    right = probabilities.argmax(axis=1) == targets
    if len(targets) < least or right.all():
        return 1.0
    return float(min(_TEMPERATURES, key=lambda t: loss(calibrate(probabilities, float(t)), targets)))


def calibration(probabilities: FloatArray, targets: Classes, temperature: float) -> dict[str, Any]:
    """What the temperature does: the error without it, and that of `held_out_answers`."""
    held_out = held_out_answers(probabilities, targets)
    return {
        "temperature": temperature,
        "calibration_error_before": round(calibration_error(probabilities, targets), 6),
        "calibration_error_held_out": round(calibration_error(held_out, targets), 6),
    }


def held_out_answers(probabilities: FloatArray, targets: Classes) -> FloatArray:
    """The probabilities [n, classes] at a temperature that was fitted on the other half of the pictures, so that none
    speaks for itself."""
    halves = np.arange(len(targets)) % 2
    held_out = probabilities.copy()
    for half in (0, 1):
        own, other = halves == half, halves != half
        fitted = fit_temperature(probabilities[other], targets[other], LEAST_FOR_TEMPERATURE // 2)
        held_out[own] = calibrate(probabilities[own], fitted)
    return held_out


def predictions_dat(probabilities: FloatArray, targets: Classes) -> str:
    """A row a picture, predicted and observed class, `%6.3f %6.3f`."""
    rows = zip(probabilities.argmax(axis=1), targets, strict=True)
    return "".join(f"{predicted:6.3f} {observed:6.3f}\n" for predicted, observed in rows)


def loss(probabilities: FloatArray, targets: Classes) -> float:
    """Mean cross-entropy, natural logarithm, of probabilities [n, classes]."""
    truth = probabilities[np.arange(len(targets)), targets]
    return float(-np.log(np.clip(truth, 1e-7, 1)).mean())


def _class_scores(label: str, i: int, confusion: NDArray[Any]) -> dict[str, Any]:
    hits, said, true = int(confusion[i, i]), int(confusion[:, i].sum()), int(confusion[i].sum())
    return {
        "label": label,
        "precision": round(hits / said, 6) if said else None,
        "recall": round(hits / true, 6) if true else None,
        "support": true,
    }
