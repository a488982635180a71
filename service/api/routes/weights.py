"""A model's network as its file, for who computes it elsewhere: the page does, while one draws.

repository -> Model -> model.onnx of its version -> 200 with ETag, or 304

A file never changes once it is written, but another package may come under the same name and version. Who names the
file by its checksum (the card's `sha256`) may therefore keep it for ever; who does not asks again each time.
"""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse

from service.api.deps import ServicesDep
from service.api.openapi import errors
from service.api.requests.queries import CardQuery
from service.errors import NotFound

MEDIA_TYPE = "application/octet-stream"
_FOR_EVER = "max-age=31536000, immutable"
_FILE = {"description": "The ONNX file.", "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}

router = APIRouter(prefix="/api/v1/models/{model}", tags=["models"])


class WeightsQuery(CardQuery):
    sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$", description="as on the card: a file for ever")


@router.get(
    "/model.onnx",
    summary="The network, as ONNX",
    response_class=Response,
    responses={200: _FILE, 304: {"description": "The file that the caller has."}, **errors(404, 422, 503)},
)
def weights(model: str, query: Annotated[WeightsQuery, Query()], services: ServicesDep, request: Request) -> Response:
    """What Triton and onnxruntime load; its output is not calibrated yet (`temperature` on the card)."""
    if not services.settings.serve_weights:
        raise NotFound("This service does not give its networks away.")
    found = services.repository.get(model, query.version)
    if query.sha256 not in (None, found.sha256):
        raise NotFound(f"{model} has other weights by now: their sha256 is {found.sha256}.")
    headers = {"etag": f'"{found.sha256}"', "cache-control": "no-cache" if query.sha256 is None else _FOR_EVER}
    if _has(request.headers, headers["etag"]):
        return NotModifiedResponse(Headers(headers))
    return FileResponse(found.evidence.path("model.onnx"), media_type=MEDIA_TYPE, headers=headers)


def _has(asked: Headers, etag: str) -> bool:
    """Whether the caller holds the file, strongly or weakly compared (RFC 9110, 13.1.2)."""
    known = [tag.strip().removeprefix("W/") for tag in asked.get("if-none-match", "").split(",")]
    return etag in known or "*" in known
