"""A view within another page, and what a link to the page shows."""

import re

from PIL import Image
from playwright.sync_api import Browser, expect

from service.api.routes.pages import FOLDER
from tests.web.visitor import PHONE, Visitor


def test_a_view_stands_alone_and_leads_to_the_whole_page(browser: Browser, address: str) -> None:
    with Visitor.open(browser, address, "?embed=1#/classify?model=mnist_cnn", viewport=PHONE) as visitor:
        page = visitor.page
        visitor.reads("4")
        expect(page.locator(".head")).to_be_hidden()
        expect(page.locator(".call-button").first).to_be_hidden()
        assert not visitor.has_sideways_scroll()
        visitor.page.get_by_role("button", name="Clear").click()
        visitor.draw([(70, 70), (200, 66), (130, 230)])
        visitor.reads("7")
        with page.context.expect_page() as opened:
            page.get_by_role("link", name="Open in Featuremap").click()
        whole = opened.value
        expect(whole.locator(".head")).to_be_visible()
        assert "embed" not in whole.url
        assert "d=" in whole.url
        expect(whole.locator("#verdict strong")).to_have_text("7")


def test_without_the_word_it_is_the_whole_page(browser: Browser, address: str) -> None:
    for query in ("", "?embed=0"):
        with Visitor.open(browser, f"{address}{query}") as visitor:
            expect(visitor.page.locator(".head")).to_be_visible()
            expect(visitor.page.locator("#embed-link")).to_be_hidden()


def test_a_link_has_its_picture_in_the_size_that_it_says() -> None:
    page = (FOLDER / "index.html").read_text()
    said = dict(re.findall(r'property="og:(image[\w:]*)" content="([^"]+)"', page))
    picture = FOLDER / said["image"]
    with Image.open(picture) as image:
        assert image.size == (int(said["image:width"]), int(said["image:height"])) == (1200, 630)
    assert picture.stat().st_size < 100_000
