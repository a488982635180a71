"""The convolution lab: the named kernels, and any kernel or sequence of layers on a picture.

form -> picture, decoded at full size -> steps -> numbers -> PNG, JPEG, WebP or JSON by Accept, `Server-Timing`
"""

import asyncio
import time
from dataclasses import asdict, dataclass
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Request
from numpy.typing import NDArray
from pydantic_core import to_json
from starlette.responses import Response

from service.api.deadline import Deadline
from service.api.deps import JSON_ONLY, Services, ServicesDep, negotiate
from service.api.filter_openapi import FILTER_BODY, FILTER_RESPONSES
from service.api.openapi import errors
from service.api.requests.body import check_encoding
from service.api.requests.filter_form import FilterForm, read_form
from service.api.requests.multipart import parse_multipart
from service.api.routes.models import NoQuery
from service.api.schemas import FilterCard, FilterCards, Filtered, FilteredSheet, GeometryStep, PixelTrace, SheetFilter
from service.errors import MalformedRequest, UnsupportedMedia
from service.imaging.codec.files import decode, encode, png_data_url
from service.imaging.convolution.budget import Budget
from service.imaging.convolution.filters import FILTERS
from service.imaging.convolution.pipeline import Done, Result, run_steps
from service.imaging.convolution.trace import plain
from service.imaging.drawing.contact_sheet import draw_contact_sheet
from service.imaging.drawing.scaling import to_pixels
from service.imaging.pixels import Picture, shrink, to_grey
from service.inference.runtime.cpus import available_cpus

_MAX_PARTS = 16
_MAX_VALUES = 4096
_WHITE = 255  # a filter's numbers are grey levels
_SHEET_SIDE = 512  # pixels: pictures on a sheet are shrunk to this
_PICTURES = ("image/png", "image/jpeg", "image/webp")

router = APIRouter(prefix="/api/v1/filters", tags=["filters"])


@dataclass(frozen=True, slots=True)
class _Answer:
    body: bytes
    width: int
    height: int
    decode_ms: float
    filter_ms: float
    encode_ms: float


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
    declared = request.headers.get("content-type", "")
    if declared.partition(";")[0].strip().lower() != "multipart/form-data":
        raise UnsupportedMedia("The body must be multipart/form-data, as `curl -F file=@picture.png` sends it.")
    check_encoding(request)
    body = await request.body()
    if not body:
        raise MalformedRequest("The body is empty. Send a form, as `curl -F file=@picture.png -F filter=sharpen` does.")
    part, form = read_form(parse_multipart(declared, body, _MAX_PARTS))
    # Who asks for one pixel's trace wants to read it; a picture cannot tell it.
    offers = ("application/json", *_PICTURES) if form.at else (*_PICTURES, "application/json")
    kind = negotiate(request, *offers)
    async with Deadline(request.receive, services.settings.deadline_ms / 1e3) as deadline, services.filter_limiter:
        threads = max(1, available_cpus() // services.settings.workers)
        budget = Budget(threads, deadline.deadline)  # the event loop's time is time.monotonic()
        try:
            answer = await asyncio.get_running_loop().run_in_executor(
                services.executor, _work, part.data, form, kind, services, budget
            )
        finally:
            budget.stop.set()  # a caller who left is not worked for
    total = (time.perf_counter() - started) * 1e3
    stages = {"decode": answer.decode_ms, "filter": answer.filter_ms, "encode": answer.encode_ms, "total": total}
    headers = {
        "X-Output-Width": str(answer.width),
        "X-Output-Height": str(answer.height),
        "Server-Timing": ", ".join(f"{stage};dur={ms:.3f}" for stage, ms in stages.items()),
    }
    return Response(answer.body, headers=headers, media_type=kind)


def _work(data: bytes, form: FilterForm, kind: str, services: Services, budget: Budget) -> _Answer:
    """Decodes, filters and encodes; in a thread."""
    budget.check()
    begun = time.perf_counter()
    most = services.settings.max_pixels
    sheet = form.sheet()
    steps = [] if sheet else form.plan()  # before the picture: an unknown filter needs no decoding
    picture = decode(data, services.predictor.limits, working_side=_SHEET_SIDE if sheet else None)
    pixels = _coloured(picture, form)
    decoded = time.perf_counter()
    if sheet:
        results = [run_steps(shrink(pixels, _SHEET_SIDE)[0], [step], most, budget) for _, step in sheet]
        shown = draw_contact_sheet(
            [_shown(r, form) for r in results], [title for title, _ in sheet], scale=1, columns=3
        )
    else:
        results = [run_steps(pixels, steps, most, budget, form.at)]
        shown = _shown(results[0], form)
    filtered = time.perf_counter()
    if kind == "application/json":
        image = png_data_url(shown, threads=budget.threads)
        body = to_json(_sheet_json(shown, results, form, image) if sheet else _json(results[0], image))
    else:
        body = encode(shown, kind, budget.threads)
    ended = time.perf_counter()
    ms = [(b - a) * 1e3 for a, b in ((begun, decoded), (decoded, filtered), (filtered, ended))]
    return _Answer(body, shown.shape[1], shown.shape[0], *ms)


def _coloured(picture: Picture, form: FilterForm) -> NDArray[np.uint8]:
    pixels = picture.pixels
    if form.color == "keep" or pixels.ndim == 2 or pixels.shape[2] == 2:
        return pixels
    if pixels.shape[2] == 3:
        return to_grey(pixels)
    return np.dstack((to_grey(np.ascontiguousarray(pixels[..., :3])), pixels[..., 3]))


def _shown(result: Result, form: FilterForm) -> NDArray[np.uint8]:
    """uint8 as the codec has it: [H, W], [H, W, 2], [H, W, 3] or [H, W, 4]."""
    pixels = to_pixels(result.values, form.scale, _WHITE).pixels
    if result.alpha is not None:
        return np.dstack((pixels, result.alpha))
    return pixels[..., 0] if pixels.shape[2] == 1 else pixels


def _json(result: Result, image: str) -> Filtered:
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


def _sheet_json(shown: NDArray[np.uint8], results: list[Result], form: FilterForm, image: str) -> FilteredSheet:
    assert form.filters is not None
    return FilteredSheet(
        width=shown.shape[1],
        height=shown.shape[0],
        filters=[
            SheetFilter(name=name, range=_range(result), geometry=[_geometry(done) for done in result.done])
            for name, result in zip(form.filters, results, strict=True)
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
