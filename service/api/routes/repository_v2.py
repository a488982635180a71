"""Triton's model repository extension: which models there are and in what state, loading and unloading.

repository entries -> index
admin key, body -> model control -> load, unload: switched on by a setting
"""

from typing import Any

from fastapi import APIRouter, Request
from pydantic_core import to_json
from starlette.responses import Response

from service.api.deps import services_of
from service.api.model_control import check_allowed, check_load, check_unload, given_key
from service.api.protocol_openapi import answers
from service.api.protocol_schemas import IndexEntry
from service.api.raw_route import RawRoute
from service.api.requests.json_text import read_json
from service.api.services import Services
from service.api.triton_documents import repository_index
from service.errors import InvalidInput

router = APIRouter(prefix="/v2/repository", tags=["Open Inference Protocol V2"], route_class=RawRoute)


@router.post("/index", summary="Every model with its state", responses=answers(list[IndexEntry], 400))
async def index(request: Request) -> Response:
    ready_alone = _ready_alone(await request.body())
    entries = (await services_of(request)).repository.entries()
    return Response(to_json(repository_index(entries, ready_alone)), media_type="application/json")


@router.post(
    "/models/{model}/load",
    summary="Load a model as it lies on disk now, beside the one that serves, and swap it in",
    responses=answers(dict, 400, 401, 404, 503),
)
async def load(request: Request, model: str) -> Response:
    services = await _allowed(request)
    check_load(_parameters(await request.body()))
    await services.control.load(model)
    return Response(b"{}", media_type="application/json")


@router.post("/models/{model}/unload", summary="Stop serving a model", responses=answers(dict, 400, 401, 404, 503))
async def unload(request: Request, model: str) -> Response:
    services = await _allowed(request)
    check_unload(_parameters(await request.body()))
    await services.control.unload(model)
    return Response(b"{}", media_type="application/json")


async def _allowed(request: Request) -> Services:
    services = await services_of(request)
    check_allowed(services, given_key(request.headers.get("authorization"), request.headers.get("x-api-key")))
    return services


def _parameters(body: bytes) -> dict[str, Any]:
    """What stands in `parameters`. Raises InvalidInput where the body is neither empty nor such an object."""
    if not body.strip():
        return {}
    try:
        document = read_json(body)
    except ValueError:
        document = None
    parameters = document.get("parameters", {}) if isinstance(document, dict) else None
    if not isinstance(parameters, dict):
        raise InvalidInput('The body must be empty, or an object such as {"parameters": {}}.')
    return parameters


def _ready_alone(body: bytes) -> bool:
    if not body.strip():
        return False
    try:
        document = read_json(body)
    except ValueError:
        document = None
    ready = document.get("ready", False) if isinstance(document, dict) else None
    if not isinstance(ready, bool):
        raise InvalidInput('The body must be empty, or an object such as {"ready": true}.')
    return ready
