"""The web client's files, beside the API: `/`, `/docs`, whatever lies in service/web, and `/openapi.json`.

    path -> file -> kept in memory, also compressed -> 200 with ETag and content security policy, or 304
    /assets/<hash>/path -> the same, or the script that it is joined to -> kept by the browser for ever
    /, for who prefers JSON (a V1 client asks it whether the service is up) -> {"status": "alive"}

Each file and folder gets its own route and there is no catch-all, so an unknown address stays a 404 for every
method.
"""

import gzip
import hashlib
import mimetypes
import os
import stat
from collections.abc import Awaitable, Callable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from anyio import to_thread
from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

from service.api.deps import prefers
from service.page.assets import KEPT_FOR_EVER, PAGES, AssetFolder

FOLDER = Path(__file__).parents[2] / "web"
_ADDRESSES = {"index.html": "/", "docs.html": "/docs"}
POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'"
# swagger-ui writes styles into the page and has its icons in its style sheet.
_DOCS_MORE = "; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
# Of Python's own table alone: Windows' registry may call a script text/plain, which no browser runs as a module.
_TYPES = mimetypes.MimeTypes()
_TYPES.add_type("text/javascript", ".js")
_COMPRESSIBLE = ("text/", "image/svg+xml", "application/json", "application/javascript")
_GZIP_LEVEL = 9  # done once a file
_Endpoint = Callable[[Request], Awaitable[Response]]


class _Content(NamedTuple):
    plain: bytes
    compressed: bytes | None
    media_type: str
    etag: str


class _Files(StaticFiles):
    """StaticFiles whose answers come from memory, compressed where the browser takes it."""

    def __init__(self, directory: Path, frame_ancestors: str) -> None:
        super().__init__(directory=directory)
        self._policy = f"{POLICY}; frame-ancestors {frame_ancestors}"

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """Starlette calls this in a thread, so the file is read and compressed here: the largest takes 150 ms."""
        full_path, status = super().lookup_path(path)
        if status is not None and stat.S_ISREG(status.st_mode):
            _read(full_path, status.st_mtime_ns, status.st_size)
        return full_path, status

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        content = _read(os.fspath(full_path), stat_result.st_mtime_ns, stat_result.st_size)
        return self.answer(content, os.fspath(full_path), scope, status_code)

    def answer(self, content: _Content, name: str, scope: Scope, status_code: int = 200) -> Response:
        """`content` as the file `name` is answered; 304 where the browser has it."""
        asked = Headers(scope=scope)
        takes_gzip = "gzip" in asked.get("accept-encoding", "")
        body = content.compressed if takes_gzip and content.compressed is not None else content.plain
        headers = {
            "cache-control": "no-cache",  # asked again each time, and answered by 304
            "content-security-policy": self._policy + (_DOCS_MORE if name.endswith("docs.html") else ""),
            "etag": f'"{content.etag}{"-gzip" if body is content.compressed else ""}"',
            "referrer-policy": "no-referrer",
            "vary": "Accept-Encoding",
            "x-content-type-options": "nosniff",
        }
        if body is content.compressed:
            headers["content-encoding"] = "gzip"
        response = Response(body, status_code, headers, content.media_type)
        return NotModifiedResponse(response.headers) if self.is_not_modified(response.headers, asked) else response


@lru_cache(maxsize=512)
def _read(path: str, mtime_ns: int, size: int) -> _Content:  # noqa: ARG001 - a file that changed is read again
    return _content(path, Path(path).read_bytes())


def _content(name: str, plain: bytes) -> _Content:
    media_type = _TYPES.guess_type(name)[0] or "application/octet-stream"
    compressed = gzip.compress(plain, _GZIP_LEVEL, mtime=0) if media_type.startswith(_COMPRESSIBLE) else None
    return _Content(plain, compressed, media_type, hashlib.sha256(plain).hexdigest()[:20])


_made = lru_cache(maxsize=64)(_content)  # of what lies in no file: pages and joined scripts


def page_routes(folder: Path = FOLDER, frame_ancestors: str = "'self'") -> list[BaseRoute]:
    """Routes for all that is in `folder`; no directory is listed. `frame_ancestors` may show a page in a frame."""
    files, assets = _Files(folder, frame_ancestors), AssetFolder(folder)
    routes: list[BaseRoute] = [Route("/assets/{version}/{path:path}", _asset(files, assets), include_in_schema=False)]
    for child in sorted(folder.iterdir()):
        if child.is_dir():
            routes.append(Mount(f"/{child.name}", _Files(child, frame_ancestors), name=child.name))
        else:
            address = _ADDRESSES.get(child.name, f"/{child.name}")
            endpoint = _page(files, assets, child.name) if child.name in PAGES else _file(files, child.name)
            routes.append(Route(address, endpoint, include_in_schema=False))
    return routes


def openapi_route(app: FastAPI) -> Route:
    """/openapi.json, made at the first call. That takes 0.3 s: a plain function runs in a thread. Under a prefix
    it says so in `servers`; without one that is the root of where it was read."""

    def openapi(request: Request) -> Response:
        prefix = getattr(request.state, "prefix", "")
        return JSONResponse({**app.openapi(), "servers": [{"url": prefix}]} if prefix else app.openapi())

    return Route("/openapi.json", openapi, include_in_schema=False)


def _file(files: _Files, name: str) -> _Endpoint:
    async def endpoint(request: Request) -> Response:
        return await files.get_response(name, request.scope)

    return endpoint


def _page(files: _Files, assets: AssetFolder, name: str) -> _Endpoint:
    def page() -> _Content:
        return _made(name, assets.current().pages[name])

    async def endpoint(request: Request) -> Response:
        if getattr(request.state, "slash", False):  # what the page names lies beside it, not below
            return RedirectResponse(f"../{name.removesuffix('.html')}", 308)
        if name == "index.html" and prefers(request.headers.get("accept", ""), "application/json", "text/html"):
            headers = {"Cache-Control": "no-store", "Vary": "Accept"}
            return Response(b'{"status":"alive"}', headers=headers, media_type="application/json")
        return files.answer(await to_thread.run_sync(page), name, request.scope)

    return endpoint


def _asset(files: _Files, assets: AssetFolder) -> _Endpoint:
    """A page of another version, as while a newer one comes to several services one after the other, gets what there is
    here, and keeps it for this visit alone."""

    def script(path: str) -> tuple[str, _Content | None]:
        last = assets.last()
        return last.version, _made(path, last.files[path]) if path in last.files else None

    async def endpoint(request: Request) -> Response:
        path: str = request.path_params["path"]
        version, content = await to_thread.run_sync(script, path)
        if content is not None:
            response = files.answer(content, path, request.scope)
        else:
            response = await files.get_response(path, request.scope)
        if request.path_params["version"] == version:
            response.headers["cache-control"] = KEPT_FOR_EVER
        return response

    return endpoint
