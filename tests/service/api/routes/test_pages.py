"""The web client's files and the pages for people."""

import asyncio
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from service.api.routes.pages import page_routes


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
    "address", ["/css/", "/css", "/js/", "/vendor/", "/nope.html", "/css/..%2findex.html", "/..%2f..%2fpyproject.toml"]
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
    assert [route.path for route in page_routes(tmp_path)] == ["/a.svg", "/", "/js"]  # type: ignore[attr-defined]
