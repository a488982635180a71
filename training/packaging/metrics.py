"""Scores an exported model on its test set, by the very code that serves it.

test pictures -> PNG -> service.imaging -> onnxruntime session -> calibrated probabilities [n, classes]
-> metrics, failures, predictions.dat
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.imaging.codec.files import ImageLimits, decode, encode_png
from service.imaging.preprocessing.recipes import prepare
from service.imaging.preprocessing.spec import PreprocessSpec, to_tensor
from service.inference.answers import calibrate
from service.inference.runtime.session import Session

Probabilities = NDArray[np.float32]  # [n, classes]
BATCH = 32


def predict(
    session: Session, images: NDArray[np.uint8], spec: PreprocessSpec, temperature: float = 1.0
) -> Probabilities:
    """Probabilities [n, classes] of pictures [n, H, W], each sent as the PNG file that a client would send."""
    seen = as_seen(images, spec)
    batches = [session.run(to_tensor(seen[i : i + BATCH], spec)) for i in range(0, len(seen), BATCH)]
    return calibrate(np.concatenate(batches), temperature)


def as_seen(images: NDArray[np.uint8], spec: PreprocessSpec) -> NDArray[np.uint8]:
    """The pictures [n, H, W] as the service prepares them when they come as PNG files."""
    limits = ImageLimits()
    return np.stack([prepare(decode(encode_png(image), limits), spec).pixels for image in images])


def spread(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The seeds' scores with mean and sample standard deviation of what all of them have."""
    keys = [k for k in ("test_accuracy", "test_loss", "calibrated_test_loss") if all(k in row for row in rows)]
    table = {key: np.array([row[key] for row in rows]) for key in keys}
    return {
        "n": len(rows),
        "values": list(rows),
        "mean": {key: round(float(x.mean()), 6) for key, x in table.items()},
        "sd": {key: round(float(x.std(ddof=1)), 6) if len(x) > 1 else None for key, x in table.items()},
    }


def failures(probabilities: Probabilities, targets: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Every wrong test sample in the order of the test set: index, true, predicted, probabilities."""
    predicted = probabilities.argmax(axis=1)
    return [
        {
            "index": int(i),
            "true": int(targets[i]),
            "predicted": int(predicted[i]),
            "probabilities": [round(float(p), 6) for p in probabilities[i]],
        }
        for i in np.flatnonzero(predicted != targets)
    ]
