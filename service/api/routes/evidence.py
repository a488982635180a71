"""What each model recorded of its own test: curves, confusion, failures, diagram. Of failures and confusion also what
people reported.

repository -> Model -> Evidence (files of the package) -> JSON, or PNG where Accept asks for it
                       Store (source=reported)         -> the same

The routes are plain functions: FastAPI runs them in a thread, so that no file or picture blocks the event loop.
"""

from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Query
from numpy.typing import NDArray
from pydantic import Field
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from service.api import reported
from service.api.addressing import relative_address
from service.api.deps import ServicesDep, negotiate
from service.api.feedback import feedback_store
from service.api.gallery_schemas import Confusion, FailureItem, Failures
from service.api.openapi import errors, json_or_png
from service.api.requests.queries import CardQuery
from service.errors import NotFound
from service.feedback.store import Store
from service.imaging.codec.files import decode, encode_png
from service.imaging.drawing.confusion_matrix import draw_confusion
from service.imaging.drawing.contact_sheet import draw_contact_sheet
from service.inference.loader import Model
from service.inference.package.documents import History, Summary
from service.inference.package.evidence import Failure

_STATUSES = (403, 404, 406, 422, 503, 507)
SHEET_SIDE = 84  # pixels of a small picture on a sheet; larger ones are shown as they are
router = APIRouter(prefix="/api/v1/models/{model}", tags=["evidence"])


class ConfusionQuery(CardQuery):
    source: Literal["test", "reported"] = Field(
        "test", description="the model's own test, or the pictures that people reported: of every version without one"
    )


class FailuresQuery(ConfusionQuery):
    true_class: str | None = Field(None, max_length=100, description="index or label; of reports `none` too")
    predicted_class: str | None = Field(None, max_length=100, description="index or label")
    limit: int = Field(10, ge=0, le=1000)
    offset: int = Field(0, ge=0)
    order: Literal["index", "confidence"] = "index"


class PictureQuery(ConfusionQuery):
    scale: int = Field(1, ge=1, le=32, description="side of a pixel")


Version = Annotated[CardQuery, Query()]


@router.get("/summary", summary="Layers in order", responses=errors(404, 406, 422, 503))
def summary(model: str, query: Version, services: ServicesDep) -> Summary:
    return Summary(**services.repository.get(model, query.version).evidence.summary)


@router.get("/diagram.svg", summary="The model diagram", response_class=Response, responses=errors(404, 422, 503))
def diagram(model: str, query: Version, services: ServicesDep) -> Response:
    path = services.repository.get(model, query.version).evidence.path("diagram.svg")
    return FileResponse(path, media_type="image/svg+xml")


@router.get("/history", summary="Loss and accuracy an epoch", **json_or_png(History, 404, 406, 422, 503))
def history(model: str, query: Version, services: ServicesDep, request: Request) -> Response:
    evidence = services.repository.get(model, query.version).evidence
    if negotiate(request, "application/json", "image/png") == "image/png":
        return FileResponse(evidence.path("history.png"), media_type="image/png")
    return JSONResponse(evidence.history)


@router.get("/confusion", summary="True against predicted class", **json_or_png(Confusion, *_STATUSES))
def confusion(
    model: str, query: Annotated[ConfusionQuery, Query()], services: ServicesDep, request: Request
) -> Response:
    """As a picture it is that of the training, or drawn here where the package holds none; of reports that of those
    which are one of the classes."""
    found = services.repository.get(model, query.version)
    as_png = negotiate(request, "application/json", "image/png") == "image/png"
    if query.source == "reported":
        choice = reported.chosen(found, query.version)
        document = reported.confusion(found, feedback_store(services).classes(choice, len(found.manifest.labels)))
    elif as_png and found.evidence.holds("confusion.png"):
        return FileResponse(found.evidence.path("confusion.png"), media_type="image/png")
    else:
        document = {"labels": found.manifest.labels, "matrix": found.evidence.confusion}
    if not as_png:
        return JSONResponse(document)
    drawn = draw_confusion(document["labels"], document["matrix"])
    return Response(encode_png(drawn), media_type="image/png")


@router.get("/failures", summary="Wrong test samples, or reports, by class", **json_or_png(Failures, *_STATUSES))
def failures(model: str, query: Annotated[FailuresQuery, Query()], services: ServicesDep, request: Request) -> Response:
    found = services.repository.get(model, query.version)
    if query.source == "reported":
        return _reported(found, query, feedback_store(services), request)
    everything = found.evidence.show_failures(query.true_class, query.predicted_class, query.order)
    shown = everything[query.offset : query.offset + query.limit]
    if negotiate(request, "application/json", "image/png") == "image/png":
        titles = [f"{_label(found, f.predicted_class)} ({_label(found, f.true_class)})" for f in shown]
        return _sheet(found.evidence.pictures(shown), titles)
    rows = [_row(found, failure, request) for failure in shown]
    return JSONResponse({"total": len(everything), "count": len(rows), "failures": rows})


@router.get("/failures/{index}.png", summary="A wrong sample or report", **json_or_png(None, 403, 404, 422, 503, 507))
def failure_picture(model: str, index: int, query: Annotated[PictureQuery, Query()], services: ServicesDep) -> Response:
    if query.source == "reported":
        small = decode(feedback_store(services).small(model, index), services.dataplane.limits).pixels
        return Response(encode_png(small, query.scale), media_type="image/png")
    found = services.repository.get(model, query.version)
    failure = next((failure for failure in found.evidence.failures if failure.index == index), None)
    if failure is None:
        raise NotFound(f"Test sample {index} is no failure of {model}. /failures lists them.")
    (picture,) = found.evidence.pictures([failure])
    return Response(encode_png(picture, query.scale), media_type="image/png")


@router.get(
    "/predictions.dat",
    summary="Predicted and observed class of every test sample",
    response_class=Response,
    responses=errors(404, 422, 503),
)
def predictions_dat(model: str, query: Version, services: ServicesDep) -> Response:
    path = services.repository.get(model, query.version).evidence.path("predictions.dat")
    return FileResponse(path, media_type="text/plain; charset=us-ascii")


def _reported(model: Model, query: FailuresQuery, store: Store, request: Request) -> Response:
    """The same of reports."""
    choice = reported.chosen(model, query.version, query.true_class, query.predicted_class)
    total, shown = store.page(choice, query.order, query.limit, query.offset)
    if negotiate(request, "application/json", "image/png") == "image/png":
        return _sheet(reported.pictures(store, shown), reported.titles(model, shown))
    rows = [reported.row(model, report, request) for report in shown]
    return JSONResponse({"total": total, "count": len(rows), "failures": rows})


def _label(model: Model, index: int) -> str:
    return model.manifest.labels[index]


def _row(model: Model, failure: Failure, request: Request) -> dict[str, Any]:
    picture = f"/api/v1/models/{model.name}/failures/{failure.index}.png"
    version = f"?version={given}" if (given := request.query_params.get("version")) else ""
    return FailureItem(
        index=failure.index,
        true_class=failure.true_class,
        true_label=_label(model, failure.true_class),
        predicted_class=failure.predicted_class,
        predicted_label=_label(model, failure.predicted_class),
        confidence=failure.confidence,
        probabilities=list(failure.probabilities),
        image_url=relative_address(request, f"{picture}{version}"),
        file=failure.file,
    ).model_dump()


def _sheet(pictures: list[NDArray[np.uint8]], titles: list[str]) -> Response:
    longest = max((max(picture.shape[:2]) for picture in pictures), default=1)
    sheet = draw_contact_sheet(pictures, titles, scale=max(1, SHEET_SIDE // longest))
    return Response(encode_png(sheet), media_type="image/png")
