"""Where the service stands, and what it is called there: behind proxies, under a prefix, by HEAD, with a slash more.

    peer, X-Forwarded-*  ->  who called, by which scheme, under which prefix     (of proxies that are trusted alone)
    /digits/v2/health/live/  ->  /v2/health/live                                 (prefix and last slash off)
    HEAD  ->  GET, without its body

All that comes after sees a plain address. What an answer points to is relative to the address that was asked, so that
it stays inside any prefix, also one that nobody told.
"""

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from service.setting_texts import clean_prefix

# First parts of the service's own addresses. A prefix named like one cannot be told from it: a proxy takes it off.
OWN = frozenset({"api", "v1", "v2", "health", "metrics", "docs", "openapi.json", "assets", "css", "js", "vendor"})
_UNIX = "unix"  # who calls through a Unix socket has no address
_LONGEST_PREFIX = 256


class Addressing:
    """Gives a request the address that the routes know. `state` then has `prefix` and `slash`, and what was told of the
    caller stands in `client` and `scheme`."""

    def __init__(self, app: ASGIApp, root_path: str, trusted_proxies: str) -> None:
        self.app = app
        self.root_path = root_path
        self._forwarded = ProxyHeadersMiddleware(self._plain, trusted_proxies)  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["client"] = scope.get("client") or (_UNIX, 0)
        state, path = scope.setdefault("state", {}), scope["path"]
        prefix = self.root_path or self._told(scope)
        if prefix and prefix.split("/")[1] not in OWN and (path == prefix or path.startswith(f"{prefix}/")):
            path = path[len(prefix) :]
        slash = len(path) > 1 and path.endswith("/")
        scope["path"] = path[:-1] if slash else path
        state["prefix"], state["slash"] = prefix, slash
        await self._forwarded(scope, receive, send)  # type: ignore[arg-type]

    def _told(self, scope: Scope) -> str:
        """The prefix that a trusted proxy names; empty where there is none or it is no prefix."""
        told = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-prefix")
        if not told or len(told) > _LONGEST_PREFIX or scope["client"][0] not in self._forwarded.trusted_hosts:
            return ""
        return clean_prefix(told.decode("latin1").strip()) or ""

    async def _plain(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"]:  # the prefix alone: the page's own addresses would lead out of it
            await _redirect(f"{scope['state']['prefix'].rpartition('/')[2]}/", send)
        elif scope["method"] != "HEAD":
            await self.app(scope, receive, send)
        else:
            await self._head(scope, receive, send)

    async def _head(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The server below sees HEAD, and the routes see GET."""

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
            elif not message.get("more_body", False):
                await send({"type": "http.response.body", "body": b""})

        inner = {**scope, "method": "GET"}
        try:
            await self.app(inner, receive, send_head)
        finally:
            scope.update({key: inner[key] for key in ("route", "endpoint") if key in inner})  # for log and metrics


async def _redirect(place: str, send: Send) -> None:
    headers = [(b"location", place.encode()), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 308, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def relative_address(request: Request, target: str) -> str:
    """`target`, an address of this service (`/api/...`, perhaps with a query), as it is written in the answer to this
    request: relative to what was asked, as RFC 3986 resolves it."""
    asked = request.scope["path"].split("/")[:-1]
    if request.scope["state"].get("slash"):
        asked = request.scope["path"].split("/")
    path, mark, query = target.partition("?")
    parts = path.split("/")
    shared = 0
    while shared < min(len(asked), len(parts) - 1) and asked[shared] == parts[shared]:
        shared += 1
    return "../" * (len(asked) - shared) + "/".join(parts[shared:]) + mark + query
