"""Behind proxies, under a prefix, by HEAD, with a slash more: the same service."""

from collections.abc import Iterator
from urllib.parse import urljoin

import httpx
import pytest
from starlette.routing import Mount, Route

from service.api.addressing import OWN
from service.app import create_app
from service.settings import Settings
from tests.paths import MODELS
from tests.service.api.conftest import MakeClient, png

PREDICT = "/api/v1/models/bands/predict"
GETS = ("/health/live", "/health/ready", "/metrics", "/api/v1/models", "/api/v1/models/bands", "/api/v1/limits",
        "/api/v1/filters", "/v1/models/bands", "/v2", "/v2/health/live", "/v2/models/bands", "/v2/models/bands/config",
        "/api/v1/datasets/mnist/test/7")  # fmt: skip


@pytest.fixture(scope="module")
def placed(make_client: MakeClient) -> Iterator[httpx.Client]:
    with make_client(root_path="/digits", models=MODELS) as running:
        yield running


@pytest.mark.parametrize(
    "path", [*GETS, "/", "/docs", "/openapi.json", "/js/main.js", "/api/v1/datasets/mnist/test/7.png"]
)
def test_head_is_get_without_its_body(client: httpx.Client, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "etag", "vary"):
        assert head.headers.get(name) == got.headers.get(name)
    if path not in ("/metrics",):  # it counts meanwhile
        assert head.headers.get("content-length") == got.headers.get("content-length")
    assert client.get("/health/live").json() == {"live": True}  # the connection is not confused


def test_head_is_counted_and_logged_as_head(client: httpx.Client) -> None:
    client.head("/v2/models/bands/config")
    line = 'featuremap_requests_total{method="HEAD",route="/v2/models/{model}/config",status="200"}'
    assert line in client.get("/metrics").text


def test_head_of_what_takes_no_get_says_what_it_takes(client: httpx.Client) -> None:
    assert client.head(PREDICT).status_code == 405
    assert client.head(PREDICT).headers["allow"] == "POST"
    assert client.head("/nowhere").status_code == 404
    assert client.delete("/health/live").headers["allow"] == "GET, HEAD"
    assert client.delete("/v2/health/live").headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", GETS)
def test_a_slash_at_the_end_changes_nothing(client: httpx.Client, path: str) -> None:
    plain, slashed = client.get(path), client.get(f"{path}/")
    assert (slashed.status_code, slashed.headers["content-type"]) == (200, plain.headers["content-type"])
    if path not in ("/metrics", "/api/v1/datasets/mnist/test/7"):
        assert slashed.json() == plain.json()


def test_a_slash_at_the_end_of_a_post_changes_nothing(client: httpx.Client) -> None:
    answer = client.post(f"{PREDICT}/", content=png(4))
    assert answer.status_code == 200
    assert answer.json()["predictions"][0]["index"] == 4
    assert client.post("/v2/models/bands/infer/", content=b"{").json().keys() == {"error"}


def test_docs_with_a_slash_lead_to_where_its_files_lie(client: httpx.Client) -> None:
    answer = client.get("/docs/")
    assert answer.status_code == 308
    assert urljoin("http://x.org/digits/docs/", answer.headers["location"]) == "http://x.org/digits/docs"
    for path in ("/health/live//", "/js/", "/nowhere/"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("under", ["", "/digits"])
def test_addresses_in_answers_are_relative_to_what_was_asked(placed: httpx.Client, under: str, slash: str) -> None:
    """Whether the proxy takes the prefix off or leaves it."""
    for path, rows in (
        ("/api/v1/models/mnist_cnn/failures", lambda answer: answer["failures"]),
        ("/api/v1/models/mnist_cnn/excitations", lambda answer: answer["maps"][0]["pictures"]),
        ("/api/v1/datasets/mnist/test/4444", lambda answer: [answer]),
    ):
        asked = placed.get(f"{under}{path}{slash}")
        for row in rows(asked.json()):
            place = urljoin(str(asked.url), row["image_url"])
            assert place.startswith(f"{str(placed.base_url).rstrip('/')}{under}/api/v1/")
            assert placed.get(place).headers["content-type"] == "image/png"


def test_the_version_asked_for_stays_in_the_address(placed: httpx.Client) -> None:
    (row, *_) = placed.get("/api/v1/models/mnist_cnn/failures?version=1").json()["failures"]
    assert row["image_url"].startswith("failures/")
    assert row["image_url"].endswith(".png?version=1")


def test_the_prefix_may_be_left_on_or_taken_off(placed: httpx.Client) -> None:
    for under in ("", "/digits"):
        assert placed.get(f"{under}/health/live").json() == {"live": True}
        assert placed.get(f"{under}/").headers["content-type"].startswith("text/html")
        assert placed.get(f"{under}/js/main.js").status_code == 200
        assert placed.get(f"{under}/v2/models/none").json().keys() == {"error"}
        assert placed.get(f"{under}/openapi.json").json()["servers"] == [{"url": "/digits"}]
    bare = placed.get("/digits")
    assert bare.status_code == 308
    assert urljoin("http://x.org/digits", bare.headers["location"]) == "http://x.org/digits/"
    assert placed.get("/digitsx/health/live").status_code == 404
    unknown = placed.get("/digits/digits/health/live")
    assert unknown.status_code == 404
    assert "/digits/docs lists what there is" in unknown.json()["detail"]


def test_a_prefix_named_like_an_address_of_the_service(make_client: MakeClient) -> None:
    """The proxy has taken it off, so what begins like it is the service's own."""
    with make_client(root_path="/api") as client:
        assert client.get("/api/v1/models").status_code == 200
        assert client.get("/openapi.json").json()["servers"] == [{"url": "/api"}]


def test_those_names_are_all_that_the_service_has() -> None:
    app = create_app(Settings(_env_file=None, models=MODELS))
    paths = [*app.openapi()["paths"], *(route.path for route in app.router.routes if isinstance(route, Route | Mount))]
    files = {
        "favicon.svg",
        "first_fashion_mnist.png",
        "first_mnist.png",
        "icons.svg",
        "og.png",
        "still_life.jpg",
        "vendored.json",
        "",
    }  # a prefix of these names is nobody's
    assert {path.split("/")[1] for path in paths} - files == OWN


@pytest.mark.parametrize(
    ("told", "believed"),
    [
        ("/digits", "/digits"),
        ("/a/b/", "/a/b"),
        ("digits", "/digits"),
        ("//evil.example", None),
        ("/../x", None),
        ("https://evil.example", None),
        ('/"><script>', None),
        ("/a, /b", None),
        ("/" + "a" * 300, None),
        ("", None),
    ],
)
def test_a_prefix_that_a_trusted_proxy_names(client: httpx.Client, told: str, believed: str | None) -> None:
    document = client.get("/openapi.json", headers={"X-Forwarded-Prefix": told}).json()
    assert document.get("servers") == (None if believed is None else [{"url": believed}])


def test_nobody_else_is_believed(make_client: MakeClient, caplog: pytest.LogCaptureFixture) -> None:
    headers = {"X-Forwarded-Prefix": "/digits", "X-Forwarded-For": "203.0.113.9"}
    seen = []
    for proxies in ("10.0.0.0/8", "127.0.0.0/8"):
        with make_client(trusted_proxies=proxies) as client, caplog.at_level("INFO", "service.access"):
            seen.append("servers" in client.get("/openapi.json", headers=headers).json())
    assert seen == [False, True]
    clients = [record.fields["client"] for record in caplog.records if record.getMessage() == "GET /openapi.json"]  # type: ignore[attr-defined]
    assert clients == ["127.0.0.1", "203.0.113.9"]
