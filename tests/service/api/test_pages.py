"""The web client's files and the pages for people."""

from pathlib import Path

import httpx
import pytest

from service.api.pages import page_routes


def test_the_client_and_the_api_page_are_served_with_their_files(client: httpx.Client) -> None:
    for address, kind in (
        ("/", "text/html"),
        ("/docs", "text/html"),
        ("/css/base.css", "text/css"),
        ("/js/main.js", "text/javascript"),
        ("/vendor/swagger-ui/swagger-ui-bundle.js", "text/javascript"),
        ("/vendor/swagger-ui/swagger-ui.css", "text/css"),
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
