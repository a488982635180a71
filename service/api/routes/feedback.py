"""Pictures that people report with their right label: taken, counted, shown, deleted. Off unless a setting says so.

form -> the picture of it, or of a kept answer -> data plane -> what is said of it -> Store -> its id
"""

import asyncio
from dataclasses import asdict, replace
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from service.api import reported
from service.api.deadline import Deadline
from service.api.deps import JSON_ONLY, ServicesDep
from service.api.feedback import check_own_page, feedback_store
from service.api.gallery_schemas import Feedback, Reported, ReportedClass
from service.api.openapi import PICTURE, errors
from service.api.request_bodies import body_size, read_feedback_form
from service.api.requests.feedback_form import FeedbackForm, true_class
from service.api.requests.queries import CardQuery, NoQuery, PreprocessingQuery
from service.errors import FeaturemapError
from service.feedback.drift import drift
from service.feedback.picture import expected_s, keep
from service.feedback.reports import NONE, Report, digest
from service.feedback.store import Store
from service.imaging.preprocessing.explain import Overrides
from service.inference.answers import Classification, Options
from service.inference.inputs import PreprocessOptions, Upload
from service.inference.loader import Model

_DECIMALS = 6
_TEXT = {"type": "string", "maxLength": 200}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A picture, or the id of a request that asked about it with keep=true; and what it is.",
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["label"],
                    "additionalProperties": False,
                    "properties": {
                        "file": PICTURE,
                        "request_id": {**_TEXT, "description": "X-Request-ID of that answer"},
                        "label": {**_TEXT, "description": "a class by label or index, or none"},
                    },
                }
            }
        },
    }
}
router = APIRouter(prefix="/api/v1/models/{model}/feedback", tags=["feedback"])


class FeedbackQuery(PreprocessingQuery, CardQuery):
    """How the picture was read when the answer was wrong, as for predict."""


@router.post(
    "",
    summary="Report a picture with its right label",
    status_code=201,
    response_model=Reported,
    responses=errors(400, 403, 404, 406, 408, 413, 415, 422, 500, 503, 504, 507),
    openapi_extra=_BODY,
    dependencies=[JSON_ONLY],
)
async def report(
    model: str, query: Annotated[FeedbackQuery, Query()], services: ServicesDep, request: Request
) -> Response:
    """The picture is kept as the model's recipe looks at it, turned and cut as the query says, with what the model says
    of it; nothing else of the file, and nothing of who sent it."""
    store = feedback_store(services)
    check_own_page(request, services)
    found = services.repository.get(model, query.version)
    if isinstance(full := services.dataplane.admit(found, body_size(request)), FeaturemapError):
        raise full
    form = await read_feedback_form(request, services.executor)
    truth = true_class(found.manifest.labels, form.label)
    async with Deadline(request.receive, services.settings.deadline_ms / 1e3) as deadline:
        data, options = await _picture(store, form, query.preprocess_options())
        classes = len(found.manifest.labels)
        wanted = Options(top_k=classes, keep_input=True, deadline=deadline.at, preprocess=options)
        (result,) = await services.dataplane.predict([found], [Upload(data)], wanted)
        if isinstance(result, FeaturemapError):
            raise deadline.own(result)
        photograph = found.manifest.preprocessing.photo is not None
        limits, overrides = services.dataplane.limits, options.overrides
        kept = await services.dataplane.work(expected_s(data), keep, data, limits, overrides, photograph)
        # A disk that hangs must not hold a thread that pictures are decoded in.
        told = _report(found, result.classifications[0], truth)
        identity = await asyncio.to_thread(store.add, told, kept)
    return JSONResponse({"id": identity}, 201)


async def _picture(store: Store, form: FeedbackForm, options: PreprocessOptions) -> tuple[bytes, PreprocessOptions]:
    """The form's own picture, or that of a kept answer, which was turned and cut already."""
    if form.request_id is None:
        return form.file or b"", options
    data, asked = await asyncio.to_thread(store.answer, form.request_id)
    polarity: Any = asked.get("polarity")
    mode: Any = asked["preprocess"]
    return data, replace(options, mode=mode, overrides=Overrides(polarity))


def _report(model: Model, said: Classification, truth: int | None) -> Report:
    labels = model.manifest.labels
    probabilities = [0.0] * len(labels)
    for each in said.top:
        probabilities[each.index] = round(each.probability, _DECIMALS)
    assert said.seen is not None
    return Report(
        model=model.name,
        version=str(model.version),
        labels=digest(labels),
        truth=truth,
        truth_label=None if truth is None else labels[truth],
        said=said.index,
        accepted=said.accepted,
        confidence=round(said.confidence, _DECIMALS),
        brightness=round(float(np.mean(said.seen)) / 255, _DECIMALS),
        probabilities=tuple(probabilities),
    )


@router.get(
    "",
    summary="Reports by day and class, and how they differ from the test",
    responses=errors(403, 404, 406, 422, 503, 507),
    dependencies=[JSON_ONLY],
)
def counts(model: str, query: Annotated[CardQuery, Query()], services: ServicesDep) -> Feedback:
    store = feedback_store(services)
    found = services.repository.get(model, query.version)
    labels = found.manifest.labels
    counted = store.count(reported.chosen(found, query.version), len(labels))
    classes = [
        ReportedClass(label=label, total=sum(row), wrong=sum(row) - row[i])
        for i, (label, row) in enumerate(zip(labels, counted.classes.matrix, strict=True))
    ]
    if others := counted.classes.others:
        classes.append(ReportedClass(label=NONE, total=others, wrong=sum(counted.classes.none)))
    return Feedback.model_validate(
        {
            "model": model,
            "total": counted.classes.total,
            "wrong": counted.classes.wrong,
            "refused": counted.refused,
            "bytes": store.size(),
            "max_bytes": store.limits.bytes,
            "max_days": store.limits.days,
            "days": [asdict(day) for day in counted.days],
            "classes": classes,
            "drift": drift(counted, found),
        }
    )


@router.get(
    "/{id}.png",
    summary="The kept picture of a report",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}, **errors(403, 404, 422, 507)},
)
def picture(model: str, id: int, _query: Annotated[NoQuery, Query()], services: ServicesDep) -> Response:  # noqa: A002
    return Response(feedback_store(services).picture(model, id), media_type="image/png")


@router.delete("/{id:int}", summary="Delete a report", status_code=204, responses=errors(403, 404, 422, 507))
def delete(model: str, id: int, _query: Annotated[NoQuery, Query()], services: ServicesDep) -> Response:  # noqa: A002
    """For good: its row, its picture, and what the log of writes still holds of them."""
    feedback_store(services).delete(model, id)
    return Response(status_code=204)
