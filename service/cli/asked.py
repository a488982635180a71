"""The service asked from inside its own process: no port, no connection.

application -> its lifespan, until every model is loaded -> Service.ask(method, address) -> content
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

from fastapi import FastAPI

from service.errors import ConfigurationError

_LOOK_EVERY_S = 0.02


class Service:
    """The application while it runs."""

    def __init__(self, app: FastAPI, state: Any) -> None:
        self._app, self._state = app, state

    async def ask(self, address: str, method: str = "GET", accept: str = "*/*", picture: bytes = b"") -> bytes | None:
        """The content of a good answer; None where it is none. `picture` is a PNG that goes along."""
        parts = urlsplit(address)
        headers = [(b"host", b"localhost"), (b"accept", accept.encode())]
        if picture:
            headers += [(b"content-type", b"image/png"), (b"content-length", str(len(picture)).encode())]
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": unquote(parts.path), "raw_path": parts.path.encode(), "query_string": parts.query.encode(),
            "root_path": "", "headers": headers,
            "client": ("127.0.0.1", 0), "server": ("localhost", 80), "state": dict(self._state),
        }  # fmt: skip
        status, content, received = 0, bytearray(), False

        async def receive() -> dict[str, Any]:
            nonlocal received
            if received:
                await asyncio.sleep(3600)
            received = True
            return {"type": "http.request", "body": picture, "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            content.extend(message.get("body", b""))

        await self._app(scope, receive, send)
        return bytes(content) if status == 200 else None


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[Service]:
    """The service with its models loaded. Raises ConfigurationError where it has none that is ready."""
    async with app.router.lifespan_context(app) as state:
        repository = app.state.services.repository
        while any(entry.state == "LOADING" for entry in repository.entries()) or not repository.entries():
            if not repository.folder.is_dir():
                raise ConfigurationError(f"there is no folder {repository.folder}")
            await asyncio.sleep(_LOOK_EVERY_S)
        yield Service(app, state or {})
