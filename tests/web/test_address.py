"""What the address holds, what is copied of it, and the picture that crosses the views."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.web.pictures import digit_file
from tests.web.visitor import Visitor

ONE = [(140, 50), (140, 230)]


def drawing_of(page: Page) -> str:
    """The strokes in the address, "" where there are none."""
    query = parse_qs(urlsplit(page.url).fragment.partition("?")[2])
    return query.get("d", [""])[0]


def test_a_drawing_stands_in_the_address_and_another_browser_reads_it(browser: Browser, address: str) -> None:
    with Visitor.open(browser, address) as one:
        one.reads("4")
        assert drawing_of(one.page) == "", "the sample that the page itself draws is nobody's drawing"
        one.draw(ONE)
        one.reads("1")
        one.page.wait_for_function("() => location.hash.includes('d=')")
        link = one.page.url
    with Visitor.open(browser, link) as other:
        other.reads("1")
        expect(other.page.locator("#hint")).to_have_text("")
        expect(other.page).to_have_url(link)


@pytest.mark.parametrize("query", ["", "kind=clothes&", "model=mnist_cnn&"])
def test_an_address_stays_as_it_is_until_the_models_are_known(browser: Browser, address: str, query: str) -> None:
    with Visitor.open(browser, "about:blank") as visitor:
        page = visitor.page
        held: list[Route] = []
        page.route("**/api/v1/models", lambda route: held.append(route))
        link = f"{address}#/classify?{query}d=FAaALoBOgG-AkICxgNE"
        page.goto(link)
        page.wait_for_function("() => document.querySelector('#pad')")
        page.wait_for_timeout(500)  # what a wrong address would take to appear
        assert held
        assert page.url == link
        for route in held:
            route.continue_()
        expect(visitor.verdict.locator("strong")).not_to_have_text("")
        expect(page).to_have_url(link)


def test_strokes_survive_the_address(visitor: Visitor) -> None:
    """Within a point's rounding, with each stroke's width, longer strokes than one count can hold, and no more."""
    found = visitor.page.evaluate(
        """async () => {
        const { encodeStrokes, decodeStrokes } = await import("./js/classify/stroke-link.js");
        const line = (n, y) => Array.from({ length: n }, (_, i) => ({ x: (i * 7) % 280, y, press: 1 }));
        const strokes = [{ width: 20, points: line(30, 50) }, { width: 8, points: line(300, 90) }];
        const back = decodeStrokes(encodeStrokes(strokes));
        const far = Math.max(...back[0].points.map((p, i) => Math.hypot(p.x - strokes[0].points[i].x, p.y - 50)));
        const long = encodeStrokes([{ width: 20, points: line(900, 10) }]);
        return { widths: back.map(({ width }) => width), far, long, counts: back.map(({ points }) => points.length),
          foreign: ["", "%", "AAAA", "_w", "x".repeat(2000)].map((text) => decodeStrokes(text)) }; }"""
    )
    assert found["widths"] == [20, 8, 8]
    assert found["counts"] == [30, 255, 46]
    assert found["far"] < 1
    assert found["long"] is None
    assert found["foreign"] == [None] * 5


def test_copy_link_copies_the_address(visitor: Visitor) -> None:
    page = visitor.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.bring_to_front()
    visitor.draw(ONE)
    visitor.reads("1")
    button = page.locator("#copy-link")
    button.click()
    expect(button).to_have_text("Copied")
    expect(page.locator("#live")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    assert drawing_of(page)
    expect(button).to_have_text("Copy link")


def test_copy_link_says_that_a_file_stays_here(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.bring_to_front()
    path, label = digit_file(tmp_path, 0)
    visitor.choose(path)
    visitor.reads(label)
    page.locator("#copy-link").click()
    expect(page.locator("#source-note")).to_contain_text(f"{path.name} cannot go into an address.")
    assert drawing_of(page) == ""


def test_a_failures_tile_leads_here(visitor: Visitor) -> None:
    """The link changes the address alone, as a link of another view does."""
    visitor.reads("4")
    visitor.page.evaluate("location.hash = '#/classify?model=mnist_cnn&sample=mnist/4444'")
    visitor.reads("9")
    expect(visitor.page.locator("#file-name")).to_have_text("Test picture mnist 4444, truly a 9")
    visitor.page.go_back()
    visitor.page.get_by_role("button", name="Draw instead").click()
    visitor.reads("4")


@pytest.mark.parametrize("sample", ["mnist/99999", "mnist/x"])
def test_a_sample_that_is_none_is_named(browser: Browser, address: str, sample: str) -> None:
    with Visitor.open(browser, address, f"#/classify?sample={sample}") as visitor:
        visitor.expect_complaint("404")
        visitor.reads("4")
        expect(visitor.page.locator("#source-note")).to_contain_text(f"There is no test picture {sample} here.")


def test_what_was_wrong_with_an_address_goes_with_it(browser: Browser, address: str) -> None:
    with Visitor.open(browser, address, "#/classify?sample=mnist/10000000") as visitor:
        visitor.expect_complaint("404")
        expect(visitor.page.locator("#source-note")).to_contain_text("There is no test picture")
        visitor.page.goto(f"{address}#/classify?sample=mnist/4444")
        visitor.reads("9")
        expect(visitor.page.locator("#source-note")).to_be_hidden()


def test_a_damaged_drawing_in_an_address_is_named(browser: Browser, address: str) -> None:
    with Visitor.open(browser, address, "#/classify?d=FAMAAAAA") as visitor:
        expect(visitor.page.locator("#source-note")).to_contain_text("The drawing in this address is damaged.")
        visitor.page.goto(f"{address}#/classify?d=FAIUFBTI")
        expect(visitor.page.locator("#source-note")).to_be_hidden()


def test_the_picture_crosses_the_views_and_stays(visitor: Visitor, tmp_path: Path) -> None:
    path, label = digit_file(tmp_path, 0)
    visitor.choose(path)
    visitor.reads(label)
    visitor.page.get_by_role("link", name="Filters").click()
    expect(visitor.page.locator("#view-classify")).to_be_hidden()
    visitor.page.get_by_role("link", name="Classify").click()
    visitor.reads(label)
    expect(visitor.page.locator("#file-name")).to_have_text(path.name)


def test_look_inside_takes_model_and_sample_along(browser: Browser, address: str) -> None:
    with Visitor.open(browser, address, "#/classify?model=mnist_cnn&sample=mnist/4444") as visitor:
        visitor.reads("9")
        link = visitor.step(5).get_by_role("link", name="Look inside")
        expect(link).to_have_attribute("href", "#/inside?model=mnist_cnn&sample=mnist/4444")


def test_the_camera_is_asked_for_a_photograph(visitor: Visitor, tmp_path: Path) -> None:
    path, label = digit_file(tmp_path, 1)
    expect(visitor.page.locator("#photo")).to_have_attribute("capture", "environment")
    with visitor.page.expect_file_chooser() as dialogue:
        visitor.page.get_by_role("button", name="Camera").click()
    dialogue.value.set_files(path)
    visitor.reads(label)
