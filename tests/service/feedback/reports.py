"""Reports to keep, as the routes make them."""

from typing import Any

import numpy as np

from service.feedback.picture import Kept
from service.feedback.reports import Choice, Report, digest
from service.feedback.store import Limits, Store
from service.imaging.codec.files import encode_png

LABELS = ("a", "b", "c")
EVERYTHING = Choice("m", digest(LABELS))
ROOMY = Limits(2**24, 90, 60)


def report(truth: int | None = 0, said: int = 1, confidence: float = 0.9, **fields: Any) -> Report:
    """One of three classes, answered by `m`."""
    known: dict[str, Any] = {
        "model": "m",
        "version": "1",
        "labels": digest(LABELS),
        "truth": truth,
        "truth_label": None if truth is None else LABELS[truth % 3],
        "said": said,
        "accepted": True,
        "confidence": confidence,
        "brightness": 0.25,
        "probabilities": (0.1, 0.2, 0.7),
    }
    return Report(**known | fields)


def kept(side: int = 4, seed: int = 0) -> Kept:
    """A picture of noise, which does not become smaller in a PNG."""
    content = encode_png(np.random.default_rng(seed).integers(0, 256, (side, side), np.uint8))
    return Kept(content, content)


def wrong(store: Store, choice: Choice = EVERYTHING) -> list[int]:
    """The ids of the gallery."""
    return [each.id for each in store.page(choice, "index", 1000, 0)[1]]
