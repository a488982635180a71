"""Routes that read the raw request, for the calls whose cost is felt.

    scope -> path parameters, one query model -> endpoint(request, query, **path) -> Response

FastAPI describes such a route in OpenAPI like any other, from the endpoint's signature. But at each call it would
resolve that signature anew, at about the price of the prediction itself.
"""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, get_args

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from service.api.requests.query_values import query_values


class RawRoute(APIRoute):
    """A route whose endpoint takes the request, a parameter `query` that is a pydantic model (as
    `Annotated[Model, Query()]`) and its path parameters as text, and gives a Response. No dependencies. Without the
    parameter a query is of no concern to it, and is ignored."""

    def __init__(self, path: str, endpoint: Callable[..., Awaitable[Response]], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        query = inspect.signature(endpoint).parameters.get("query")
        self._query: type[BaseModel] | None = get_args(query.annotation)[0] if query else None

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.methods and scope["method"] not in self.methods:
            await super().handle(scope, receive, send)  # 405
            return
        request = Request(scope, receive, send)
        query = {"query": _read_query(request, self._query)} if self._query else {}
        response = await self.endpoint(request, **query, **request.path_params)
        await response(scope, receive, send)


def _read_query(request: Request, query: type[BaseModel]) -> BaseModel:
    try:
        return query.model_validate(query_values(query, request.query_params.multi_items()))
    except ValidationError as error:
        # Of a parameter that is a list, which of its values it is tells nobody anything.
        faults = [{**fault, "loc": ("query", *fault["loc"][:1])} for fault in error.errors(include_url=False)]
        raise RequestValidationError(faults) from None
