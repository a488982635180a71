"""What a model answered on its own test set, as shares: what its answers in service are held against.

metrics.json: confusion, calibration.test -> Shares by class, by bin of confidence, by outcome

The test set's pictures hold one object each, so none of it was refused by the preparation.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from service.drift import BINS, Shares
from service.inference.package.documents import ConfusionMatrix, Reliability
from service.inference.package.manifest import Manifest, Rejection

_Form = TypeVar("_Form", bound=BaseModel)


def expected_shares(manifest: Manifest, metrics: Mapping[str, Any] | None) -> Shares:
    """`metrics` is the package's metrics.json, where it has one. What that does not tell, in the form that training
    writes, is None."""
    calibration = (metrics or {}).get("calibration")
    reliability = _read(Reliability, calibration.get("test") if isinstance(calibration, dict) else None)
    confidence = None if reliability is None else _by_bin(reliability)
    return Shares(
        labels=manifest.labels,
        classes=_by_class(_read(ConfusionMatrix, (metrics or {}).get("confusion")), len(manifest.labels)),
        confidence=confidence,
        outcomes=None if confidence is None else _by_outcome(confidence, manifest.rejection),
    )


def _read(form: type[_Form], document: Any) -> _Form | None:
    try:
        return form.model_validate(document)
    except ValidationError:
        return None


def _by_class(confusion: ConfusionMatrix | None, classes: int) -> list[float] | None:
    """Of the predicted class: a column's sum."""
    if confusion is None or [len(row) for row in confusion.root] != [classes] * classes:
        return None
    counts = [sum(column) for column in zip(*confusion.root, strict=True)]
    total = sum(counts)
    return [count / total for count in counts] if total else None


def _by_bin(reliability: Reliability) -> list[float]:
    counts = [0] * BINS
    for bin_ in reliability.bins:
        counts[min(int(bin_.confidence * BINS), BINS - 1)] += bin_.count
    return [count / sum(counts) for count in counts]


def _by_outcome(confidence: Sequence[float], rejection: Rejection) -> dict[str, float] | None:
    """Refused as unsure are the bins below the threshold, and of the one that it cuts the share that lies below, as if
    its answers were spread evenly. A threshold no greater on the two best together refuses some of these; how many is
    not told, so all count as `low_confidence`. None where more is refused than these."""
    if rejection.min_likeness > rejection.min_confidence or rejection.min_margin is not None:
        return None
    threshold = rejection.min_confidence * BINS
    unsure = sum(share * min(max(threshold - i, 0.0), 1.0) for i, share in enumerate(confidence))
    return {"accepted": 1.0 - unsure, "low_confidence": unsure}
