"""Pages of other origins: which may call from a browser (CORS).

    Origin, and a preflight before most calls  ->  Access-Control-*   for the origins that are named, and no other

Off unless `cors_origins` is set: without these headers a browser keeps the answer from the page.
"""

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp

_METHODS = ("GET", "HEAD", "POST")
# What an answer says in its head, beyond what a browser shows any page.
_EXPOSED = (
    "Inference-Header-Content-Length", "Retry-After", "Server-Timing", "WWW-Authenticate", "X-Output-Height",
    "X-Output-Width", "X-Request-ID",
)  # fmt: skip
_REMEMBERED_S = 600  # a browser asks again after this


class OtherOrigins(CORSMiddleware):
    """Answers every preflight: with leave for an origin of `origins` (`*`: any), without a word of it for another,
    which the browser then takes for a no. Cookies are not sent: the service has none."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=_METHODS,
            allow_headers=["*"],
            expose_headers=_EXPOSED,
            max_age=_REMEMBERED_S,
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        answer = super().preflight_response(request_headers)
        if answer.status_code != 200:
            return Response(status_code=204, headers={"Vary": "Origin"})
        kept = {key: value for key, value in answer.headers.items() if not key.startswith("content-")}
        return Response(status_code=204, headers=kept)
