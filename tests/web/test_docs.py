"""/docs: the API's description, readable without any other server."""

import json
import urllib.request
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Request, expect

from tests.web.visitor import Visitor


def test_docs_lists_every_operation_and_asks_nobody_else(browser: Browser, address: str) -> None:
    with urllib.request.urlopen(f"{address}openapi.json") as answer:
        paths = json.load(answer)["paths"]
    operations = sum(len(methods) for methods in paths.values())
    assert operations > 3
    with Visitor.open(browser, "about:blank") as visitor:
        asked: list[Request] = []
        visitor.page.on("request", lambda request: asked.append(request))
        visitor.visit(f"{address}docs")
        expect(visitor.page.locator(".opblock")).to_have_count(operations)
        assert {urlsplit(request.url).netloc for request in asked if request.url.startswith("http")} == {
            urlsplit(address).netloc
        }


def test_the_page_leads_to_docs(visitor: Visitor) -> None:
    visitor.page.get_by_role("link", name="API").click()
    expect(visitor.page.locator(".opblock").first).to_be_visible(timeout=60_000)
    assert urlsplit(visitor.page.url).path == "/docs"


def test_an_operation_opens(browser: Browser, address: str) -> None:
    with Visitor.open(browser, address, "docs", color_scheme="dark") as visitor:
        expect(visitor.page.locator("html")).to_have_class("dark-mode")
        visitor.page.locator(".opblock-get .opblock-summary-control").first.click()
        expect(visitor.page.get_by_text("Responses").first).to_be_visible()
