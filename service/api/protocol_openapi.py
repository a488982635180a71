"""What OpenAPI cannot take from the signatures of the protocol's routes: answers, errors, bodies that are read raw."""

from typing import Any

from pydantic import BaseModel

from service.api.protocol_schemas import InferenceRequest, Instances, ProtocolError

_MEANINGS = {
    400: "Something in the request is wrong.",
    401: "The admin key is missing or another.",
    404: "No such model or version.",
    408: "The body came too slowly.",
    413: "A limit was passed: body, rows, pictures.",
    415: "The body is compressed in a way that is not read here.",
    500: "The service failed.",
    503: "The queue is full, the service stops, or the model is not ready. `Retry-After` is in seconds.",
    504: "The request's deadline or timeout passed.",
}
_INFER = (400, 404, 408, 413, 415, 500, 503, 504)
_BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


def answers(model: Any, *statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that gives `model`, or one of these statuses with an `error`."""
    documented: dict[int | str, dict[str, Any]] = {200: {"model": model, "description": "The answer."}}
    for status in statuses:
        documented[status] = {"model": ProtocolError, "description": _MEANINGS[status]}
    # Without it FastAPI promises a 422 of its own, which these routes never give.
    documented["default"] = {"model": ProtocolError, "description": "Any other failure."}
    return documented


def infer_options(summary: str, answer: type[BaseModel]) -> dict[str, Any]:
    """Arguments of a V2 infer route."""
    documented = answers(answer, *_INFER)
    documented[200]["content"] = _BYTES
    return {"summary": summary, "responses": documented, "openapi_extra": _body(InferenceRequest, **_BYTES)}


def predict_options(summary: str, answer: type[BaseModel]) -> dict[str, Any]:
    """Arguments of a V1 predict route."""
    return {"summary": summary, "responses": answers(answer, *_INFER), "openapi_extra": _body(Instances)}


def _body(model: type[BaseModel], **others: Any) -> dict[str, Any]:
    """The schema stands in its place, since FastAPI collects those of signatures alone."""
    schema = model.model_json_schema()
    definitions = schema.pop("$defs", {})
    content = {"application/json": {"schema": _inline(schema, definitions)}, **others}
    return {"requestBody": {"required": True, "content": content}}


def _inline(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, dict):
        if "$ref" in node:
            return _inline(definitions[node["$ref"].rpartition("/")[2]], definitions)
        return {key: _inline(value, definitions) for key, value in node.items()}
    return [_inline(value, definitions) for value in node] if isinstance(node, list) else node
