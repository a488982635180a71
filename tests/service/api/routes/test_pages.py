"""The web client's files and the pages for people."""

import asyncio
import re
import time
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from service.api.routes.pages import page_routes
from service.app import create_app
from service.datasets import read_test_set
from service.settings import Settings
from tests.paths import MODELS


def test_the_client_and_the_api_page_are_served_with_their_files(client: httpx.Client) -> None:
    for address, kind in (
        ("/", "text/html"),
        ("/docs", "text/html"),
        ("/css/base.css", "text/css"),
        ("/js/main.js", "text/javascript"),
        ("/vendor/swagger-ui/swagger-ui-bundle.js", "text/javascript"),
        ("/vendor/swagger-ui/swagger-ui.css", "text/css"),
        ("/vendor/uplot/uPlot.esm.min.js", "text/javascript"),
        ("/vendor/uplot/uPlot.min.css", "text/css"),
        ("/favicon.svg", "image/svg+xml"),
    ):
        response = client.get(address)
        assert response.status_code == 200, address
        assert response.headers["content-type"].partition(";")[0] == kind


def test_a_file_that_is_known_is_not_sent_again(client: httpx.Client) -> None:
    etag = client.get("/css/base.css").headers["etag"]
    assert client.get("/css/base.css", headers={"if-none-match": etag}).status_code == 304
    etag = client.get("/").headers["etag"]
    assert client.get("/", headers={"if-none-match": etag}).status_code == 304


def test_text_is_compressed_where_the_browser_takes_it(client: httpx.Client) -> None:
    plain = client.get("/css/base.css", headers={"accept-encoding": "identity"})
    packed = client.get("/css/base.css", headers={"accept-encoding": "gzip"})
    assert plain.text == packed.text
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    assert packed.headers["vary"] == "Accept-Encoding"
    assert packed.headers["etag"] != plain.headers["etag"]


def test_pages_run_nothing_but_the_service_s_own_files(client: httpx.Client) -> None:
    policy = client.get("/").headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert "script-src" not in client.get("/docs").headers["content-security-policy"]
    assert client.get("/js/main.js").headers["x-content-type-options"] == "nosniff"


async def _second_visit(folder: Path) -> httpx.Response:
    transport = httpx.ASGITransport(Starlette(routes=page_routes(folder)))
    async with httpx.AsyncClient(transport=transport, base_url="http://featuremap") as client:
        (folder / "a.svg").write_text("<svg/>")
        first = await client.get("/a.svg")
        (folder / "a.svg").write_text("<svg> </svg>")
        return await client.get("/a.svg", headers={"if-none-match": first.headers["etag"]})


def test_a_file_that_changed_is_sent_anew(tmp_path: Path) -> None:
    (tmp_path / "a.svg").touch()
    second = asyncio.run(_second_visit(tmp_path))
    assert (second.status_code, second.text) == (200, "<svg> </svg>")


@pytest.mark.parametrize(
    "address",
    [
        "/css/",
        "/css",
        "/js/",
        "/vendor/",
        "/nope.html",
        "/css/..%2findex.html",
        "/..%2f..%2fpyproject.toml",
        "/assets",
        "/assets/",
        "/assets/x",
        "/assets/x/",
        "/assets/x/css",
        "/assets/x/nope.js",
        "/assets/x/..%2f..%2fapp.py",
    ],
)
def test_nothing_else_is_served(client: httpx.Client, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_a_page_takes_no_post(client: httpx.Client) -> None:
    assert client.post("/").status_code == 405
    assert client.post("/css/base.css").status_code == 405


def test_every_file_of_a_folder_gets_its_address(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("x")
    (tmp_path / "a.svg").write_text("x")
    (tmp_path / "js").mkdir()
    paths = [route.path for route in page_routes(tmp_path)]  # type: ignore[attr-defined]
    assert paths == ["/assets/{version}/{path:path}", "/a.svg", "/", "/js"]


def test_what_the_page_names_is_kept_for_ever(client: httpx.Client) -> None:
    """And what has the same name in each version is asked again."""
    page = client.get("/")
    assert page.headers["cache-control"] == "no-cache"
    named = re.findall(r'(?:href|src)="(assets/[^"#]+)', page.text)
    assert len(named) > 10
    for address in named:
        answer = client.get(f"/{address}")
        assert answer.status_code == 200, address
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-security-policy"] == page.headers["content-security-policy"]
        plain = client.get(f"/{address.split('/', 2)[2]}")
        assert (plain.status_code, plain.headers["cache-control"]) == (200, "no-cache")
        if not address.endswith("main.js"):
            assert plain.content == answer.content
    etag = client.get(f"/{named[0]}").headers["etag"]
    again = client.get(f"/{named[0]}", headers={"if-none-match": etag})
    assert (again.status_code, again.headers["cache-control"]) == (304, "public, max-age=31536000, immutable")


@pytest.mark.parametrize("path", ["css/base.css", "js/main.js", "js/network/worker.js"])
def test_a_page_of_another_version_gets_what_there_is_and_keeps_it_not(client: httpx.Client, path: str) -> None:
    answer = client.get(f"/assets/0123456789abcdef/{path}")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")


async def _seconds_of_the_loop(app: Starlette, address: str) -> float:
    """CPU time that the event loop's own thread spends on a request; what others do at that time does not count."""
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": address, "raw_path": address.encode(), "query_string": b"", "root_path": "",
        "headers": [(b"accept-encoding", b"gzip")], "client": ("127.0.0.1", 1), "server": ("featuremap", 80),
    }  # fmt: skip
    status: list[int] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            status.append(message["status"])

    begun = time.thread_time()
    await app(scope, receive, send)
    took = time.thread_time() - begun
    assert status == [200]
    return took


def test_the_first_request_for_a_large_file_does_not_hold_the_event_loop() -> None:
    """Compressing swagger-ui takes 150 ms, describing the API 250 ms, unpacking a test set 30 ms."""
    read_test_set.cache_clear()
    app = create_app(Settings(_env_file=None, models=MODELS, execution_provider="cpu", access_log=False))

    async def test() -> dict[str, float]:
        async with app.router.lifespan_context(app):
            await _seconds_of_the_loop(app, "/health/live")  # builds the middleware, as a server's start does
            return {
                address: await _seconds_of_the_loop(app, address)
                for address in (
                    "/vendor/swagger-ui/swagger-ui-bundle.js",
                    "/openapi.json",
                    "/metrics",
                    "/api/v1/datasets/fashion_mnist/test/0",
                    "/api/v1/models/mnist_cnn/excitations",
                    "/api/v1/models/fashion_cnn/failures",
                )
            }

    held = asyncio.run(test())
    assert max(held.values()) < 0.02, held
