"""The convolution lab: the named kernels, and any kernel or sequence of layers on a picture.

form -> FilterJob -> data plane: filter -> PNG, JPEG, WebP or JSON by Accept, `Server-Timing`
"""

import time
from dataclasses import asdict, dataclass, replace
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Request
from pydantic_core import to_json
from starlette.responses import Response

from service.api.deadline import Deadline
from service.api.deps import JSON_ONLY, ServicesDep, negotiate
from service.api.filter_openapi import FILTER_BODY, FILTER_RESPONSES
from service.api.filter_schemas import (
    FilterCard,
    FilterCards,
    Filtered,
    FilteredSheet,
    GeometryStep,
    PixelTrace,
    SheetFilter,
)
from service.api.openapi import errors
from service.api.request_bodies import read_filter_form
from service.api.requests.filter_form import FilterForm
from service.api.requests.queries import NoQuery
from service.api.server_timing import server_timing
from service.imaging.codec.files import encode, png_data_url
from service.imaging.convolution.filters import FILTERS
from service.imaging.convolution.pipeline import Done, Result
from service.imaging.convolution.trace import plain
from service.inference.filtering import FilteredPicture

_MAX_VALUES = 4096
_PICTURES = ("image/png", "image/jpeg", "image/webp")

router = APIRouter(prefix="/api/v1/filters", tags=["filters"])


@dataclass(frozen=True, slots=True)
class _Answer:
    picture: FilteredPicture
    body: bytes
    encode_s: float


@router.get("", summary="The named filters", responses=errors(406, 422), dependencies=[JSON_ONLY])
async def filters(_query: Annotated[NoQuery, Query()]) -> FilterCards:
    return FilterCards(
        filters=[
            FilterCard(
                name=item.name,
                title=item.title,
                kernel=[list(row) for row in item.kernel],
                divisor=item.divisor,
                description=item.description,
                signed=item.signed,
            )
            for item in FILTERS.values()
        ]
    )


@router.post(
    "/apply",
    summary="Filter a picture",
    response_model=None,
    responses=FILTER_RESPONSES,
    openapi_extra=FILTER_BODY,
)
async def apply(request: Request, _query: Annotated[NoQuery, Query()], services: ServicesDep) -> Response:
    started = time.perf_counter()
    part, form = await read_filter_form(request, services.executor)
    # Who asks for one pixel's trace wants to read it; a picture cannot tell it.
    offers = ("application/json", *_PICTURES) if form.at else (*_PICTURES, "application/json")
    kind = negotiate(request, *offers)
    job = replace(form.job(), numbers=kind == "application/json")

    def encoded(picture: FilteredPicture, threads: int) -> _Answer:
        return _encode(picture, form, kind, threads)

    async with Deadline(request.receive, services.settings.deadline_ms / 1e3) as deadline:
        answer = await services.dataplane.filter(part.data, job, deadline.at, encoded)
    stages = {"decode": answer.picture.decode_s, "filter": answer.picture.filter_s, "encode": answer.encode_s,
              "total": time.perf_counter() - started}  # fmt: skip
    height, width = answer.picture.pixels.shape[:2]
    headers = {"X-Output-Width": str(width), "X-Output-Height": str(height), "Server-Timing": server_timing(stages)}
    return Response(answer.body, headers=headers, media_type=kind)


def _encode(picture: FilteredPicture, form: FilterForm, kind: str, threads: int) -> _Answer:
    """The body in the form of the media type `kind`; in the thread that filtered."""
    begun = time.perf_counter()
    if kind != "application/json":
        body = encode(picture.pixels, kind, threads)
    else:
        image = png_data_url(picture.pixels, threads=threads)
        body = to_json(_json(picture, image) if form.filters is None else _sheet_json(picture, form.filters, image))
    return _Answer(picture, body, time.perf_counter() - begun)


def _json(picture: FilteredPicture, image: str) -> Filtered:
    (result,) = picture.results
    height, width, channels = result.values.shape
    values = plain(result.values) if result.values.size <= _MAX_VALUES else None
    return Filtered(
        width=width,
        height=height,
        channels=channels,
        range=_range(result),
        geometry=[_geometry(done) for done in result.done],
        at=None if result.trace is None else PixelTrace.model_validate(asdict(result.trace)),
        image_png=image,
        values=values,
    )


def _sheet_json(picture: FilteredPicture, names: list[str], image: str) -> FilteredSheet:
    return FilteredSheet(
        width=picture.pixels.shape[1],
        height=picture.pixels.shape[0],
        filters=[
            SheetFilter(name=name, range=_range(result), geometry=[_geometry(done) for done in result.done])
            for name, result in zip(names, picture.results, strict=True)
        ],
        image_png=image,
    )


def _range(result: Result) -> list[float]:
    numbers: list[float] = plain(np.array([result.values.min(), result.values.max()]))
    return numbers


def _geometry(done: Done) -> GeometryStep:
    x, y = done.x, done.y
    return GeometryStep(
        op=done.step.op,
        input=[x.size, y.size],
        kernel=[x.window, y.window],
        stride=[x.stride, y.stride],
        padding=[x.padding, y.padding],
        output=[x.output, y.output],
    )
