"""Errors as answers, in the form of the family that the path belongs to.

    FeaturemapError | HTTPException | RequestValidationError, path  ->  Response

    /v1, /v2 (the Open Inference Protocol and its elder)  ->  {"error": "..."}, application/json; what is wrong in a
                                                              request is 400, be it understood or not
    every other path                                      ->  application/problem+json, RFC 9457

An error never holds the input, a path of the server or the name of a library's class, and stays under 2 KB.
"""

import http
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import compile_path

from service.api.faults import INTERNAL, LONGEST_DETAIL, protocol_status
from service.api.requests.query_values import wrong_parameters
from service.errors import (
    FeaturemapError,
    RequestTimeout,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    UnsupportedEncoding,
)
from service.logging import request_id

MEDIA_TYPE = "application/problem+json"

_PROTOCOL = re.compile(r"/v[12](/|$)")  # paths whose clients read `error`
_DETAILS = {
    404: "There is nothing at this address. /docs lists what there is.",
    405: "This address does not take that method; Allow lists those it takes.",
}


def problem_document(error: FeaturemapError) -> dict[str, Any]:
    """The members of a problem: type, title, status, detail, request_id, and the error's own details."""
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(error).__name__).lower()
    return _document(f"urn:featuremap:problem:{kind}", error.title, error.status, error.message, error.details)


def error_response(error: FeaturemapError, path: str) -> Response:
    """The answer for what went wrong at `path`."""
    headers = {}
    if isinstance(error, Unavailable | TooManyRequests):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, RequestTimeout):
        headers["Connection"] = "close"  # the rest of the body would be taken for the next request
    if isinstance(error, UnsupportedEncoding):
        headers["Accept-Encoding"] = "gzip, deflate"
    document = problem_document(error)
    if _is_protocol(path):
        document["status"] = protocol_status(error)
    return _response(document, headers, path)


def internal_error(path: str) -> Response:
    """For what nobody foresaw. The log has the rest, under the same request id."""
    return _response(_document("about:blank", "Internal error", 500, INTERNAL, {}), None, path)


def install(app: FastAPI) -> None:
    """Makes the app answer every error in its family's form."""
    app.add_exception_handler(FeaturemapError, _on_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_validation_error)


async def _on_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, FeaturemapError)
    return error_response(error, request.url.path)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    """What the router raises itself: unknown address, wrong method."""
    assert isinstance(error, HTTPException)
    phrase = http.HTTPStatus(error.status_code).phrase
    title = phrase.capitalize()
    # Triton's clients know its own two words; who reads a problem wants to know where to go.
    detail = phrase if _is_protocol(request.url.path) else _DETAILS.get(error.status_code, f"{title}.")
    detail = detail.replace("/docs", f"{getattr(request.state, 'prefix', '')}/docs")
    headers = dict(error.headers or {})
    if "Allow" in headers:
        headers["Allow"] = ", ".join(sorted(_methods(request) or headers["Allow"].split(", ")))
    return _response(_document("about:blank", title, error.status_code, detail, {}), headers, request.url.path)


def _methods(request: Request) -> set[str]:
    """The documented methods of the address, as the router names those of one of its routes alone; with GET comes HEAD.
    Empty where it is not documented. Of several templates that fit the one that says most is meant."""
    paths: dict[str, dict[str, Any]] = request.app.openapi()["paths"]
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    fitting = [template for template in paths if _compiled(template).match(path)]
    if not fitting:
        return set()
    meant = max(fitting, key=lambda template: len(re.sub(r"{\w+}", "", template)))
    methods = {method.upper() for method in paths[meant]}
    return methods | {"HEAD"} if "GET" in methods else methods


@cache
def _compiled(template: str) -> re.Pattern[str]:
    return compile_path(template)[0]


async def _on_validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return error_response(wrong_parameters(error.errors(), _query_names(request)), request.url.path)


def _query_names(request: Request) -> list[str]:
    """The query parameters of the route, from the models that declare them."""
    parameters = getattr(request.scope.get("route"), "dependant", None)
    fields = getattr(parameters, "query_params", [])
    return sorted(
        each.alias or name
        for field in fields
        for name, each in getattr(field.field_info.annotation, "model_fields", {field.alias: field.field_info}).items()
    )


def _document(kind: str, title: str, status: int, detail: str, details: Mapping[str, object]) -> dict[str, Any]:
    return {
        "type": kind,
        "title": title,
        "status": status,
        "detail": detail[:LONGEST_DETAIL],
        "request_id": request_id.get(),
        **{name: value for name, value in details.items() if value is not None},
    }


def _is_protocol(path: str) -> bool:
    return _PROTOCOL.match(path) is not None


def _response(document: Mapping[str, Any], headers: Mapping[str, str] | None, path: str) -> Response:
    status = int(document["status"])
    if _is_protocol(path):
        return Response(to_json({"error": document["detail"]}), status, headers, "application/json")
    return Response(to_json(document), status, headers, MEDIA_TYPE)
