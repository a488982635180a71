"""Triton's model repository extension: which models there are and in what state, loading and unloading.

repository entries -> index
"""

from typing import Any

from fastapi import APIRouter, Request
from pydantic_core import from_json, to_json
from starlette.responses import Response

from service.api.deps import services_of
from service.api.protocol_openapi import answers
from service.api.protocol_schemas import IndexEntry
from service.api.raw_route import RawRoute
from service.errors import InvalidInput
from service.inference.entry import Entry

_REFUSED = "Models are not loaded or unloaded by request on this server."

router = APIRouter(prefix="/v2/repository", tags=["Open Inference Protocol V2"], route_class=RawRoute)


@router.post("/index", summary="Every model with its state", responses=answers(list[IndexEntry], 400))
async def index(request: Request) -> Response:
    ready_alone = _ready_alone(await request.body())
    entries = (await services_of(request)).repository.entries()
    listed = [version for entry in entries for version in _versions(entry)]
    chosen = [version for version in listed if version["state"] == "READY" or not ready_alone]
    return Response(to_json(chosen), media_type="application/json")


@router.post("/models/{model}/load", summary="Load a model again: not switched on", responses=answers(dict, 400))
async def load(_request: Request, model: str) -> Response:  # noqa: ARG001
    raise InvalidInput(_REFUSED)


@router.post("/models/{model}/unload", summary="Stop serving a model: not switched on", responses=answers(dict, 400))
async def unload(_request: Request, model: str) -> Response:  # noqa: ARG001
    raise InvalidInput(_REFUSED)


def _ready_alone(body: bytes) -> bool:
    if not body.strip():
        return False
    try:
        document = from_json(body)
    except ValueError:
        document = None
    ready = document.get("ready", False) if isinstance(document, dict) else None
    if not isinstance(ready, bool):
        raise InvalidInput('The body must be empty, or an object such as {"ready": true}.')
    return ready


def _versions(entry: Entry) -> list[dict[str, Any]]:
    """A package without a readable version is listed without one."""
    if not entry.versions:
        return [{"name": entry.name, "version": "", "state": entry.state, "reason": entry.reason}]
    return [
        {"name": entry.name, "version": str(version.number), "state": version.state, "reason": version.reason}
        for version in entry.versions
    ]
