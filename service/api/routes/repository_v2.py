"""Triton's model repository extension: which models there are and in what state, loading and unloading.

repository entries -> index
admin key, body -> model control -> load, unload: switched on by a setting
"""

import hmac
from typing import Any

from fastapi import APIRouter, Request
from pydantic_core import from_json, to_json
from starlette.responses import Response

from service.api.deps import Services, services_of
from service.api.protocol_openapi import answers
from service.api.protocol_schemas import IndexEntry
from service.api.raw_route import RawRoute
from service.errors import InvalidInput, Unauthorized
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


@router.post(
    "/models/{model}/load",
    summary="Load a model as it lies on disk now, beside the one that serves, and swap it in",
    responses=answers(dict, 400, 401, 404, 503),
)
async def load(request: Request, model: str) -> Response:
    services = await _allowed(request)
    if _parameters(await request.body()):
        raise InvalidInput(
            "A load takes no parameters: a config or a file: in a request is not supported here. Change the "
            "package's files on the server, then load the model."
        )
    await services.control.load(model)
    return Response(b"{}", media_type="application/json")


@router.post("/models/{model}/unload", summary="Stop serving a model", responses=answers(dict, 400, 401, 404, 503))
async def unload(request: Request, model: str) -> Response:
    services = await _allowed(request)
    # No model here depends on another, so either value of the only one asks for the same.
    if set(_parameters(await request.body())) - {"unload_dependents"}:
        raise InvalidInput("An unload takes the parameter unload_dependents and no other.")
    await services.control.unload(model)
    return Response(b"{}", media_type="application/json")


async def _allowed(request: Request) -> Services:
    """Raises InvalidInput where no request loads models, Unauthorized where this one lacks the admin key."""
    services = await services_of(request)
    if services.admin_key is None:
        raise InvalidInput(_REFUSED)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    bearer = token.strip() if scheme.lower() == "bearer" else ""
    given = bearer or request.headers.get("x-api-key", "")
    # In a time that tells nothing of where they differ.
    if not hmac.compare_digest(given.encode(), services.admin_key.encode()):
        raise Unauthorized("This call needs the admin key, as Authorization: Bearer or as X-API-Key.")
    return services


def _parameters(body: bytes) -> dict[str, Any]:
    """What stands in `parameters`. Raises InvalidInput where the body is neither empty nor such an object."""
    if not body.strip():
        return {}
    try:
        document = from_json(body)
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
