"""How sure a network may be: temperature and the threshold of likeness, fitted on rendered pictures.

    rendered pictures of held-out training pictures -> the service's preparation -> probabilities
    -> temperature (least loss) -> likeness that few of the own kind lack -> reliability

A temperature that is fitted on clean pictures does not carry over to photographs (issue 6), so rendered ones
are asked. Nothing here sees a test picture.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.imaging.preprocessing.spec import PreprocessSpec, to_tensor
from service.inference.answers import calibrate, likeness
from service.inference.package.manifest import Rejection
from service.inference.runtime.session import Session
from training.evaluate import CALIBRATION_BINS, Probabilities, confidence_error
from training.prepared import prepare_all
from training.rendering import FAMILIES, Rendered, render, render_all
from training.rendering.sources import Source

SEED = 10  # of the renderer
OWN, STRANGE = 1400, 40  # pictures of the model's own classes in all; of each kind of others
_TEMPERATURES = np.round(np.geomspace(0.4, 3.0, 60), 3)
_LIKENESS = np.round(np.arange(0.0, 0.61, 0.01), 2)
_MOST_REFUSED = 0.01  # of the pictures that are read right, by likeness alone


@dataclass(frozen=True)
class Calibration:
    """What the manifest and metrics.json get."""

    temperature: float
    rejection: Rejection
    figures: dict[str, Any]


def fit(session: Session, spec: PreprocessSpec, own: str, source: Source) -> Calibration:
    """Fits both numbers. `own` is the renderer's family of the model's classes: digits or clothes."""
    probabilities, labels = _answers(session, spec, list(render_all(own, source, SEED, -(-OWN // len(FAMILIES[own])))))
    temperature = float(min(_TEMPERATURES, key=lambda t: _loss(calibrate(probabilities, float(t)), labels)))
    calibrated = calibrate(probabilities, temperature)
    foreign = FAMILIES["clothes" if own == "digits" else "digits"][0].__name__
    others = list(render_all("negatives", source, SEED, STRANGE))
    others += [render(foreign, source, SEED, index) for index in range(STRANGE)]
    strange = calibrate(_answers(session, spec, others)[0], temperature)
    right = calibrated[calibrated.argmax(axis=1) == labels]  # a wrong answer may well be refused
    lowest = float(max(t for t in _LIKENESS if (likeness(right) < t).mean() <= _MOST_REFUSED))
    figures = {
        "rendered": {"seed": SEED, "pictures": len(labels), **reliability(calibrated, labels)},
        "temperature": temperature,
        "min_likeness": lowest,
        "strangers": {
            "pictures": len(strange),
            "unlike_training": round(float((likeness(strange) < lowest).mean()), 4),
            "below_half": round(float((strange.max(1) < 0.5).mean()), 4),
        },
    }
    return Calibration(temperature, Rejection(min_likeness=lowest), figures)


def reliability(probabilities: Probabilities, labels: NDArray[np.int64]) -> dict[str, Any]:
    """Accuracy, expected calibration error, and for each bin of confidence its mean, accuracy and count."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    rows = [
        {
            "confidence": round(float(confidence[bins == b].mean()), 4),
            "accuracy": round(float(right[bins == b].mean()), 4),
            "count": int((bins == b).sum()),
        }
        for b in range(CALIBRATION_BINS)
        if (bins == b).any()
    ]
    error = round(confidence_error(confidence, right), 6)
    return {"accuracy": round(float(right.mean()), 6), "calibration_error": error, "bins": rows}


def _answers(
    session: Session, spec: PreprocessSpec, pictures: list[Rendered]
) -> tuple[Probabilities, NDArray[np.int64]]:
    """Probabilities [n, classes] and labels [n] (-1: none) of the pictures in which an object was found."""
    found = prepare_all(pictures, spec)
    return session.run(to_tensor(found.pictures, spec)), found.labels


def _loss(probabilities: Probabilities, labels: NDArray[np.int64]) -> float:
    truth = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.clip(truth, 1e-7, 1)).mean())
