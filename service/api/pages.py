"""The web client's files, beside the API: `/`, `/docs` and whatever lies in service/web.

Each file and folder gets its own route and there is no catch-all, so an unknown address stays a 404 for every
method.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

FOLDER = Path(__file__).parent.parent / "web"
_ADDRESSES = {"index.html": "/", "docs.html": "/docs"}


def page_routes(folder: Path = FOLDER) -> list[BaseRoute]:
    """Routes for all that is in `folder`; answers carry ETag and Last-Modified, no directory is listed."""
    files = StaticFiles(directory=folder)
    routes: list[BaseRoute] = []
    for child in sorted(folder.iterdir()):
        if child.is_dir():
            routes.append(Mount(f"/{child.name}", StaticFiles(directory=child), name=child.name))
        else:
            address = _ADDRESSES.get(child.name, f"/{child.name}")
            routes.append(Route(address, _file(files, child.name), include_in_schema=False))
    return routes


def _file(files: StaticFiles, name: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await files.get_response(name, request.scope)

    return endpoint
