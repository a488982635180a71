"""Why a model answers as it does for a picture: where it looked, and how little would change its mind.

query + body, or ?sample= -> one item -> data plane: explain -> Explanation -> JSON, or the occlusion map as PNG
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from service.api.answers import prediction
from service.api.deadline import Deadline
from service.api.deps import ServicesDep, answers_json, negotiate
from service.api.map_answers import number, numbers
from service.api.one_picture import read_one_item
from service.api.openapi import PICTURE_BODY, STATUSES, json_or_png
from service.api.requests.queries import CardQuery, PictureQuery
from service.api.server_timing import server_timing
from service.api.services import Services
from service.api.why_schemas import (
    ClassActivationMap,
    ClassShare,
    ExplanationAnswer,
    FlipAnswer,
    FlippedPixel,
    ModelFlip,
    OcclusionAnswer,
    OcclusionMap,
)
from service.imaging.codec.files import encode_png
from service.imaging.drawing.heat import draw_heat
from service.imaging.pixels import FloatArray
from service.inference.loader import Model
from service.inference.why.covering import MAX_PATCHES
from service.inference.why.explainer import Explanation, Occlusion, Wish
from service.inference.why.flipping import MAX_PIXELS, Flip

router = APIRouter(prefix="/api/v1/models/{model}", tags=["why"])
_MOST_SIDE = 4096


class OcclusionQuery(PictureQuery, CardQuery):
    patch: int | None = Field(
        None, ge=1, le=_MOST_SIDE, description="side of a patch in pixels; without it a seventh of the shorter side"
    )
    stride: int | None = Field(
        None,
        ge=1,
        le=_MOST_SIDE,
        description=f"pixels from patch to patch; without it half a patch. {MAX_PATCHES} patches at most",
    )
    class_name: str | None = Field(
        None, alias="class", max_length=100, description="a class by index or label; without it the answer"
    )


class FlipQuery(PictureQuery, CardQuery):
    pixels: int = Field(MAX_PIXELS, ge=1, le=MAX_PIXELS, description="changed at most")


class ExplanationQuery(OcclusionQuery, FlipQuery):
    pass


@router.post(
    "/occlusion",
    summary="How the answer falls where a patch is covered",
    openapi_extra=PICTURE_BODY,
    **json_or_png(OcclusionAnswer, *STATUSES),
)
async def occlusion(
    model: str, query: Annotated[OcclusionQuery, Query()], services: ServicesDep, request: Request
) -> Response:
    """After Zeiler and Fergus (2014). PNG: what the model saw, coloured where the answer hangs on it; blue where it
    gains. Costs a row of the model for each patch."""
    found = services.repository.get(model, query.version)
    as_png = negotiate(request, "application/json", "image/png") == "image/png"
    wish = Wish(flip=False, class_activation=False, class_name=query.class_name, patch=query.patch, stride=query.stride)
    told = await _explain(request, services, found, query, wish)
    assert told.occlusion is not None
    if as_png:
        seen, windows = told.classification.seen, told.occlusion.windows
        assert seen is not None
        drawn = draw_heat(seen, told.occlusion.falls, windows.patch, windows.stride)
        return Response(encode_png(drawn), media_type="image/png", headers=_timing(told))
    described = _occlusion(found, told.occlusion)
    return _json(OcclusionAnswer(model=found.name, version=found.version, **described.model_dump()), told)


@router.post(
    "/flip",
    summary="How few pixels change the answer",
    openapi_extra=PICTURE_BODY,
    **json_or_png(ModelFlip, *STATUSES),
)
async def flip(model: str, query: Annotated[FlipQuery, Query()], services: ServicesDep, request: Request) -> Response:
    """Greedy: each round makes that pixel black or white which costs the answer most. Ends within its budget, which
    `GET /api/v1/limits` has, and says so where it found none."""
    await answers_json(request)
    found = services.repository.get(model, query.version)
    wish = Wish(occlusion=False, class_activation=False, pixels=query.pixels)
    told = await _explain(request, services, found, query, wish)
    assert told.flip is not None
    described = _flip(found, told, told.flip)
    return _json(ModelFlip(model=found.name, version=found.version, **described.model_dump()), told)


@router.post(
    "/explain-prediction",
    summary="Why the model answers as it does",
    openapi_extra=PICTURE_BODY,
    **json_or_png(ExplanationAnswer, *STATUSES),
)
async def explain_prediction(
    model: str, query: Annotated[ExplanationQuery, Query()], services: ServicesDep, request: Request
) -> Response:
    """The occlusion map, the fewest pixels found, and a class activation map (Zhou et al., 2016) where the network ends
    in a global average and one dense layer; with what the model saw as a PNG data URL in the prediction."""
    await answers_json(request)
    found = services.repository.get(model, query.version)
    wish = Wish(class_name=query.class_name, patch=query.patch, stride=query.stride, pixels=query.pixels)
    told = await _explain(request, services, found, query, wish)
    assert told.occlusion is not None
    assert told.flip is not None
    answer = ExplanationAnswer(
        model=found.name,
        version=found.version,
        prediction=prediction(told.classification),
        occlusion=_occlusion(found, told.occlusion),
        flip=_flip(found, told, told.flip),
        class_activation=_activation(found, told),
    )
    return _json(answer, told)


async def _explain(
    request: Request, services: Services, model: Model, query: OcclusionQuery | FlipQuery, wish: Wish
) -> Explanation:
    item = await read_one_item(request, services, model, query.sample, "an answer is explained for")
    async with Deadline(request.receive, services.settings.deadline_ms / 1e3) as deadline:
        return await services.dataplane.explain(model, item, query.preprocess_options(), wish, deadline.at)


def _occlusion(model: Model, found: Occlusion) -> OcclusionMap:
    return OcclusionMap(
        index=found.index,
        label=model.manifest.labels[found.index],
        probability=number(found.probability),
        patch=found.windows.patch,
        stride=found.windows.stride,
        cover=number(found.cover),
        map=numbers(found.falls),
    )


def _flip(model: Model, told: Explanation, found: Flip) -> FlipAnswer:
    answer = int(told.row.argmax())
    nearest = int(found.after.argmax())
    return FlipAnswer(
        found=found.found,
        pixels=[
            FlippedPixel(x=pixel.x, y=pixel.y, before=number(pixel.before), after=number(pixel.after))
            for pixel in found.pixels
        ],
        before=_share(model, told.row, answer),
        after=_share(model, found.after, nearest),
        tried=found.tried,
        ended=found.ended,
    )


def _share(model: Model, row: FloatArray, index: int) -> ClassShare:
    return ClassShare(index=index, label=model.manifest.labels[index], probability=number(row[index]))


def _activation(model: Model, told: Explanation) -> ClassActivationMap | None:
    found = told.class_activation
    if found is None:
        return None
    return ClassActivationMap(
        layer=found.layer,
        index=told.index,
        label=model.manifest.labels[told.index],
        map=numbers(found.map),
        bias=number(found.bias),
        logit=number(found.logit),
    )


def _json(answer: OcclusionAnswer | ModelFlip | ExplanationAnswer, told: Explanation) -> Response:
    content = answer.model_dump_json(by_alias=True)
    return Response(content, media_type="application/json", headers=_timing(told))


def _timing(told: Explanation) -> dict[str, str]:
    times = told.times
    stages = {
        "decode": times.decode,
        "preprocess": times.preprocess,
        "queue": times.queue,
        "inference": times.inference,
    }
    return {"Server-Timing": server_timing({**stages, "total": times.total})}
