"""What OpenAPI cannot take from a signature: bodies that are read raw, and the errors that a route gives."""

from typing import Any

from starlette.responses import Response

from service.api.answers import ModelAnswer
from service.api.problems import MEDIA_TYPE
from service.api.schemas import FeatureMaps, PredictSeveralAnswer

_MEANINGS = {
    400: "Malformed: no JSON, no multipart boundary, no file.",
    403: "Not switched on here; the problem says how.",
    404: "No such model or version; the problem lists the known ones.",
    405: "The address does not take this method.",
    406: "The answer is not served in a form that Accept allows.",
    408: "The body came too slowly.",
    413: "A limit was passed: body, file, pixels, instances or files. `limit` and `actual` say by how much.",
    415: "No served picture format (decided by content), or an unknown body type.",
    422: "Understood but wrong: damaged picture, wrong shape, NaN, empty batch, unknown query value.",
    431: "The address and the headers are too long.",
    500: "The service failed; `request_id` leads to the cause in its log.",
    503: "The queue is full, the service stops, or the model is not ready. `Retry-After` is in seconds.",
    504: "The request's deadline passed.",
    507: "The disk does not take it.",
}


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route for these statuses, each a problem document."""
    return {
        status: {
            "description": _MEANINGS[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in sorted({*statuses, 431})  # the protocol itself says that one, whatever is asked
    }


def json_or_png(model: Any, *statuses: int) -> dict[str, Any]:
    """Arguments of a route that answers PNG where Accept prefers it; without a model it answers PNG alone."""
    png = {"image/png": {"schema": {"type": "string", "format": "binary"}}}
    success: dict[str, Any] = {"description": "The answer, in the form that Accept prefers.", "content": png}
    if model is None:
        success["description"] = "The picture."
    else:
        success["model"] = model
    return {"response_class": Response, "responses": {200: success, **errors(*statuses)}}


# Of a route that takes pictures and runs a model.
STATUSES = (400, 404, 406, 408, 413, 415, 422, 500, 503, 504)
_PREDICT_ERRORS = errors(*STATUSES, 403, 507)

PREDICT_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"model": ModelAnswer, "description": "A prediction for each picture, in their order."},
    **_PREDICT_ERRORS,
}
PREDICT_SEVERAL_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "model": PredictSeveralAnswer,
        "description": "For each model, in the order asked, its answer or a problem with the model's name.",
    },
    **_PREDICT_ERRORS,
}

FEATURE_MAPS: dict[str, Any] = json_or_png(FeatureMaps, *STATUSES)

PICTURE = {"type": "string", "format": "binary", "description": "PNG, JPEG, GIF, BMP or WebP."}
_PIXEL = {"type": "number", "minimum": 0, "maximum": 1}
_ROWS = {"type": "array", "items": {"type": "array", "items": _PIXEL}}
_PLANES = {"type": "array", "items": _ROWS}
_BASE64 = {
    "type": "string",
    "contentEncoding": "base64",
    "description": "A picture file: the plain or the URL-safe alphabet, with padding or without, with line breaks or "
    "without, or as a data URL.",
}
_BASE64_OBJECT = {
    "type": "object",
    "required": ["b64"],
    "additionalProperties": False,
    "properties": {"b64": _BASE64},
    "description": "The same, as clients of TensorFlow Serving write it.",
}
_INSTANCES = {
    "type": "object",
    "required": ["instances"],
    "additionalProperties": False,
    "properties": {
        "instances": {
            "type": "array",
            "minItems": 1,
            "description": "Pictures in the model's own form, as numbers from 0 to 1: H x W x C, C x H x W, or H x W "
            "where there is one channel (28x28x1, 1x28x28 or 28x28). Or files in base64.",
            "items": {"anyOf": [_ROWS, _PLANES, _BASE64, _BASE64_OBJECT]},
        }
    },
}
_FORM = {
    "type": "object",
    "required": ["file"],
    "additionalProperties": False,
    "properties": {"file": {"type": "array", "minItems": 1, "items": PICTURE}},
}

PREDICT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "Picture files in a form, one picture as the body, or JSON instances.",
        "content": {
            "multipart/form-data": {"schema": _FORM},
            "image/*": {"schema": PICTURE},
            "application/octet-stream": {"schema": PICTURE},
            "application/json": {"schema": _INSTANCES},
        },
    }
}

PICTURE_BODY: dict[str, Any] = {
    "requestBody": {
        **PREDICT_BODY["requestBody"],
        "required": False,
        "description": "One picture as predict takes it; none where `sample` names one.",
    }
}
