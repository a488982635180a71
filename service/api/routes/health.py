"""For those who run the service: is it up, may it get requests, what does it count?"""

import asyncio

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from service.api.deps import ServicesDep
from service.api.schemas import Live, ModelCount, Ready
from service.inference.entry import State
from service.metrics import CONTENT_TYPE

router = APIRouter(tags=["health"])


@router.get("/health/live", summary="The process answers")
async def live() -> Live:
    return Live(live=True)


@router.get(
    "/health/ready",
    summary="At least one model can answer",
    response_model=Ready,
    responses={503: {"model": Ready, "description": "Models are being loaded, or none is ready."}},
)
async def ready(services: ServicesDep) -> Response:
    entries = services.repository.entries()
    count = sum(entry.state is State.READY for entry in entries)
    answer = Ready(ready=services.repository.loaded and count > 0, models=ModelCount(ready=count, total=len(entries)))
    if answer.ready:
        return JSONResponse(answer.model_dump())
    return JSONResponse(answer.model_dump(), 503, {"Retry-After": "1"})


@router.get("/metrics", summary="Prometheus metrics", response_class=Response)
async def metrics(services: ServicesDep) -> Response:
    """With several workers: of all of them together; `process_*` of each, by its `pid`."""
    services.metrics.flush()
    return Response(await asyncio.to_thread(services.metrics.text), media_type=CONTENT_TYPE)
