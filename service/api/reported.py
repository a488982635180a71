"""The gallery of reported pictures, in the forms in which that of the test set is told.

Store, Model, what is asked for -> a page of wrong reports: rows, or a sheet -> Response
                                -> the confusion matrix, with a row more for what is none of the classes
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request

from service.api.addressing import relative_address
from service.api.gallery_schemas import FailureItem
from service.api.requests.feedback_form import true_class
from service.feedback.reports import NONE, Choice, Classes, Report, digest
from service.feedback.store import Store
from service.imaging.codec.files import ImageLimits, decode
from service.inference.loader import Model
from service.inference.package.evidence import class_index


def chosen(model: Model, version: str | None, true: str | None = None, predicted: str | None = None) -> Choice:
    """The reports of a model: of the version that was asked for, else of all; by class. Raises InvalidInput."""
    labels = model.manifest.labels
    return Choice(
        model.name,
        digest(labels),
        version,
        () if true is None else (true_class(labels, true),),
        None if predicted is None else class_index(labels, predicted, "predicted class"),
    )


def row(model: Model, report: Report, request: Request) -> dict[str, Any]:
    """A report as a failure is told; `index` is its id."""
    labels = model.manifest.labels
    picture = f"/api/v1/models/{model.name}/failures/{report.id}.png?source=reported"
    return FailureItem(
        index=report.id,
        true_class=report.truth,
        true_label=NONE if report.truth is None else labels[report.truth],
        predicted_class=report.said,
        predicted_label=labels[report.said],
        confidence=report.confidence,
        probabilities=list(report.probabilities),
        image_url=relative_address(request, picture),
        version=report.version,
        reported=datetime.fromtimestamp(report.at, UTC).isoformat(timespec="seconds"),
    ).model_dump()


def titles(model: Model, reports: Sequence[Report]) -> list[str]:
    """`predicted (true)` of each."""
    labels = model.manifest.labels
    return [f"{labels[r.said]} ({NONE if r.truth is None else labels[r.truth]})" for r in reports]


def pictures(store: Store, reports: Sequence[Report]) -> list[NDArray[np.uint8]]:
    """The small picture of each, uint8 [H, W] or [H, W, C]; a grey pixel for one that was deleted meanwhile."""
    found = store.thumbnails([report.id for report in reports])
    gone = np.full((1, 1), 128, np.uint8)
    return [decode(found[r.id], ImageLimits()).pixels if r.id in found else gone for r in reports]


def confusion(model: Model, counts: Classes) -> dict[str, Any]:
    """As that of the test, and `none`: how often each class was said, and accepted, of what is none of them."""
    return {"labels": model.manifest.labels, "matrix": counts.matrix, NONE: counts.none}
