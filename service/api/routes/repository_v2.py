"""Triton's model repository extension: which models there are and in what state, loading and unloading.

repository entries -> index
"""

from fastapi import APIRouter, Request
from pydantic_core import from_json, to_json
from starlette.responses import Response

from service.api.deps import services_of
from service.api.protocol_openapi import answers
from service.api.protocol_schemas import IndexEntry
from service.api.raw_route import RawRoute
from service.api.triton_documents import CONTROL_REFUSED, repository_index
from service.errors import InvalidInput

router = APIRouter(prefix="/v2/repository", tags=["Open Inference Protocol V2"], route_class=RawRoute)


@router.post("/index", summary="Every model with its state", responses=answers(list[IndexEntry], 400))
async def index(request: Request) -> Response:
    ready_alone = _ready_alone(await request.body())
    entries = (await services_of(request)).repository.entries()
    return Response(to_json(repository_index(entries, ready_alone)), media_type="application/json")


@router.post("/models/{model}/load", summary="Load a model again: not switched on", responses=answers(dict, 400))
async def load(_request: Request, model: str) -> Response:  # noqa: ARG001
    raise InvalidInput(CONTROL_REFUSED)


@router.post("/models/{model}/unload", summary="Stop serving a model: not switched on", responses=answers(dict, 400))
async def unload(_request: Request, model: str) -> Response:  # noqa: ARG001
    raise InvalidInput(CONTROL_REFUSED)


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
