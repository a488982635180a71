"""A page of another origin: who is named may call from a browser, and nobody else."""

from collections.abc import Iterator

import httpx
import pytest

from tests.service.api.conftest import MakeClient, png

PAGE = "http://localhost:3000"
ROUTES = ("/api/v1/models/bands/predict", "/api/v1/models", "/v1/models/bands:predict", "/v2/models/bands/infer",
          "/v2/repository/index", "/health/live", "/metrics", "/", "/docs", "/openapi.json", "/nowhere")  # fmt: skip


@pytest.fixture(scope="module")
def open_client(make_client: MakeClient) -> Iterator[httpx.Client]:
    with make_client(cors_origins=f"https://example.org, {PAGE}") as running:
        yield running


def preflight(client: httpx.Client, path: str, origin: str, method: str = "POST") -> httpx.Response:
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    return client.options(path, headers={**asked, "Access-Control-Request-Headers": "content-type,x-api-key"})


@pytest.mark.parametrize("path", ROUTES)
def test_a_preflight_of_any_address_gives_leave(open_client: httpx.Client, path: str) -> None:
    answer = preflight(open_client, path, PAGE)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert answer.headers["access-control-allow-headers"] == "content-type,x-api-key"
    assert {"GET", "POST"} <= set(answer.headers["access-control-allow-methods"].split(", "))
    assert "origin" in answer.headers["vary"].lower()
    assert "access-control-allow-credentials" not in answer.headers


def test_answers_and_errors_alike_may_be_read(open_client: httpx.Client) -> None:
    for content, status in ((png(1), 200), (b"no picture", 415), (b"x" * 12_000_000, 413)):
        answer = open_client.post(ROUTES[0], content=content, headers={"Origin": PAGE})
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert "X-Request-ID" in answer.headers["access-control-expose-headers"]


def test_another_origin_gets_no_leave(open_client: httpx.Client) -> None:
    for origin in ("https://evil.example", "http://localhost:3001", "null", "http://example.org"):
        refused = preflight(open_client, ROUTES[0], origin)
        answer = open_client.get("/api/v1/limits", headers={"Origin": origin})
        for each in (refused, answer):
            assert "access-control-allow-origin" not in each.headers
        assert answer.status_code == 200  # without leave the browser keeps it from the page


def test_every_origin(make_client: MakeClient) -> None:
    with make_client(cors_origins="*") as client:
        assert preflight(client, ROUTES[0], PAGE).headers["access-control-allow-origin"] == "*"
        assert client.get("/v2", headers={"Origin": PAGE}).headers["access-control-allow-origin"] == "*"


def test_it_is_off_by_default(client: httpx.Client) -> None:
    assert preflight(client, ROUTES[0], PAGE).status_code == 405
    answer = client.get("/api/v1/limits", headers={"Origin": PAGE})
    assert not [name for name in answer.headers if name.startswith("access-control")]
