"""Documents on their way to a browser are compressed: the models' cards shrink to a fifth, the studies to a third.

Answers of predict are not: a client beside the service would pay for it with every request. Nor are weights, which
hardly shrink.
"""

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

_LEAST = 2000  # bytes: less fits into a packet or two as it is
_LEVEL = 3  # of 9, which saves 3 % more of the largest study and holds the event loop seven times as long


class CompressedDocuments:
    """JSON that is asked for by GET under /api goes out in gzip, where the client takes it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._compressing = GZipMiddleware(app, minimum_size=_LEAST, compresslevel=_LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._compressing if _is_document(scope) else self.app
        await app(scope, receive, send)


def _is_document(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith("/api/"):
        return False
    return not scope["path"].endswith((".png", ".onnx")) and "image/png" not in Headers(scope=scope).get("accept", "")
