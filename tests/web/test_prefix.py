"""Behind nginx under a path prefix: every view, Swagger's Execute, and every address in an answer."""

import json
import re
import urllib.request
from collections.abc import Iterator
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, expect

from tests.ci import sampled
from tests.web.proxy import LEFT_ON, STRIPPED, TOLD, asked_beside, proxied
from tests.web.server import ROOT, serving
from tests.web.visitor import Visitor

# Of Swagger's page; without a slash the browser is sent on to it.
DOCS = sampled(("docs", "docs/"), 2)
# How nginx stands before the service: it says which prefix it takes off, does not say so, or leaves it on.
WAYS = sampled(("told", "untold", "left on"), 3)
VIEWS = ("classify", "inside", "filters", "failures", "lessons", "service")


@pytest.fixture(scope="module", params=WAYS)
def prefixed(request: pytest.FixtureRequest, taught: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the service in front of which nginx stands."""
    up, tmp_path = taught.rstrip("/"), tmp_path_factory.mktemp("nginx")
    if request.param != "left on":
        told = TOLD if request.param == "told" else ""
        with proxied(STRIPPED.format(up=f"{up}/", told=told), tmp_path) as address:
            yield address
    else:
        with (
            serving(ROOT / "models", tmp_path / "log", root_path="/digits") as own,
            proxied(LEFT_ON.format(up=own.rstrip("/")), tmp_path) as address,
        ):
            yield address
    assert asked_beside(tmp_path) == []


def test_every_view_stays_under_the_prefix(browser: Browser, prefixed: str) -> None:
    with Visitor.open(browser, prefixed) as visitor:
        visitor.reads("4")
        beside: list[str] = []
        visitor.page.on("request", lambda request: beside.append(request.url))
        for view in VIEWS:
            visitor.visit(f"{prefixed}#/{view}")
            visitor.settle()
            expect(visitor.page.locator("nav.tabs a[aria-current=page]")).to_have_attribute("href", re.compile(view))
        asked = [url for url in beside if url.startswith("http")]
        assert len(asked) > 10
        assert [url for url in asked if not url.startswith(prefixed)] == []


def test_swagger_executes_under_the_prefix(browser: Browser, prefixed: str) -> None:
    """`/docs/` with a slash leads there too."""
    for path in DOCS:
        with Visitor.open(browser, prefixed, path) as visitor:
            operation = visitor.page.locator('.opblock:has([data-path="/health/live"])')
            operation.locator(".opblock-summary-control").click()
            operation.get_by_role("button", name="Try it out").click()
            operation.get_by_role("button", name="Execute").click()
            expect(operation.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
            expect(operation.locator(".request-url").last).to_contain_text(f"{prefixed}health/live")


def test_every_address_in_an_answer_leads_somewhere(prefixed: str) -> None:
    for path in (
        "api/v1/models/mnist_cnn/failures?limit=2",
        "api/v1/models/mnist_cnn/excitations",
        "api/v1/datasets/mnist/test/4444",
        "api/v1/datasets/mnist/test/4444/",
    ):
        with urllib.request.urlopen(prefixed + path) as answer:
            text = answer.read().decode()
        places = re.findall(r'"image_url": ?"([^"]+)"', text)
        assert places
        for place in places[:3]:
            with urllib.request.urlopen(urljoin(prefixed + path, place)) as picture:
                assert picture.headers["Content-Type"] == "image/png"


def test_the_description_names_the_prefix_that_was_told(prefixed: str, request: pytest.FixtureRequest) -> None:
    with urllib.request.urlopen(f"{prefixed}openapi.json") as answer:
        servers = json.load(answer).get("servers")
    told = "untold" not in request.node.name
    assert servers == ([{"url": "/digits"}] if told else None)
