"""POST predict: pictures in, labelled and calibrated answers out, by one model or several.

    query + body -> models, items -> data plane -> ModelResult -> ModelAnswer -> JSON, `Server-Timing`

The body is read from the raw request, since what it is follows from its Content-Type.
"""

import asyncio
import math
import time
from collections.abc import Sequence
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from service.api.answers import ModelAnswer, is_quick, model_answer
from service.api.deadline import Deadline
from service.api.deps import answers_json, services_of
from service.api.feedback import check_keeps, keep_answer
from service.api.openapi import PREDICT_BODY, PREDICT_RESPONSES, PREDICT_SEVERAL_RESPONSES
from service.api.problems import problem_document
from service.api.raw_route import RawRoute
from service.api.request_bodies import body_size, read_items
from service.api.requests.queries import PredictQuery, PredictSeveralQuery
from service.api.server_timing import slowest_timing
from service.api.services import Services
from service.errors import FeaturemapError, Overloaded
from service.inference.answers import ModelResult, Options
from service.inference.loader import Model

_NUMBERS = 2**20  # of an instance, where no model says how many it takes
router = APIRouter(prefix="/api/v1", tags=["predict"], route_class=RawRoute)


@router.post(
    "/models/{model}/predict",
    summary="Classify pictures with one model",
    response_model=None,
    responses=PREDICT_RESPONSES,
    openapi_extra=PREDICT_BODY,
)
async def predict(request: Request, model: str, query: Annotated[PredictQuery, Query()]) -> Response:
    started = time.perf_counter()
    services = await services_of(request)
    await answers_json(request)
    chosen = services.repository.get(model, query.version)
    (answer,) = await _answers(request, services, [chosen], query, started)
    if isinstance(answer, FeaturemapError):
        raise answer
    return _json(services, answer, [answer])


@router.post(
    "/predict",
    summary="Classify pictures with several models",
    response_model=None,
    responses=PREDICT_SEVERAL_RESPONSES,
    openapi_extra=PREDICT_BODY,
)
async def predict_several(request: Request, query: Annotated[PredictSeveralQuery, Query()]) -> Response:
    started = time.perf_counter()
    services = await services_of(request)
    await answers_json(request)
    names = query.names()
    chosen = [_find(services, name, query.version) for name in names]
    answers = await _answers(request, services, chosen, query, started)
    results = [
        {"model": name, **problem_document(answer)} if isinstance(answer, FeaturemapError) else answer
        for name, answer in zip(names, answers, strict=True)
    ]
    return _json(
        services, {"results": results}, [answer for answer in answers if not isinstance(answer, FeaturemapError)]
    )


async def _answers(
    request: Request,
    services: Services,
    models: Sequence[Model | FeaturemapError],
    query: PredictQuery,
    started: float,
) -> Sequence[ModelAnswer | FeaturemapError]:
    """An answer or an error for each of `models`; raises where the body is at fault for all of them."""
    models = [services.dataplane.admit(model, body_size(request)) for model in models]
    shapes = [model.manifest.input.shape[1:] for model in models if isinstance(model, Model)]
    errors = [model for model in models if isinstance(model, FeaturemapError)]
    if not shapes and any(isinstance(error, Overloaded) for error in errors):
        return errors
    numbers = max(map(math.prod, shapes), default=_NUMBERS)
    if query.keep:
        check_keeps(services)
    items = await read_items(request, services.settings, services.executor, numbers)
    if query.keep:
        check_keeps(services, items)
    if not shapes:
        return errors
    async with Deadline(request.receive, services.settings.deadline_ms / 1e3) as deadline:
        options = Options(query.top_k, query.input, deadline.at, query.preprocess_options(query.explain))
        found = await services.dataplane.predict(models, items, options, started)
        if query.keep:
            await keep_answer(services, models, items[0], query)
        results = [deadline.own(each) if isinstance(each, FeaturemapError) else each for each in found]
        if is_quick(options, len(items)):
            return _told(results)
        return await asyncio.get_running_loop().run_in_executor(services.executor, _told, results)


def _told(results: Sequence[ModelResult | FeaturemapError]) -> list[ModelAnswer | FeaturemapError]:
    return [result if isinstance(result, FeaturemapError) else model_answer(result) for result in results]


def _find(services: Services, name: str, version: str | None) -> Model | FeaturemapError:
    try:
        return services.repository.get(name, version)
    except FeaturemapError as error:
        return error


def _json(services: Services, body: object, answers: Sequence[ModelAnswer]) -> Response:
    """`Server-Timing` is of the slowest model."""
    begun = time.perf_counter()
    content = orjson.dumps(body)
    encoded = time.perf_counter() - begun
    for answer in answers:
        services.metrics.stage(answer["model"], "encode", encoded)
    timing = slowest_timing(answers)
    headers = None if timing is None else {"Server-Timing": timing}
    return Response(content, headers=headers, media_type="application/json")
