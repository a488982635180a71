"""How it fits: screens, themes, a strict content security policy, and the weight of the page."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.web.pictures import blank, digit_file
from tests.web.visitor import DESKTOP, PHONE, Visitor

pytestmark = pytest.mark.browser
VIEWS = ("classify", "inside", "filters", "failures", "lessons", "service")
# Only what no picture and no number changes: how the frame of the view that stands is laid out, and its type.
_FRAME = """() => {
  const wanted = ["display", "flex-flow", "place-content", "align-items", "gap", "padding", "margin-bottom",
    "min-height", "border-top-width", "text-align", "font", "color", "background-color"];
  const view = document.querySelector(".view:not([hidden])");
  const parts = [...view.querySelectorAll(".view-head, .card, .card-head, .card-head *, h1, h2, h3")];
  return [...new Set(parts.filter((part) => part.checkVisibility()).map((part) => {
    const style = getComputedStyle(part);
    return [part.tagName, part.className, ...wanted.map((name) => style.getPropertyValue(name))].join(" | ");
  }))].sort();
}"""


@pytest.mark.parametrize("width", [320, 390, 721, 820, 1120, 1280])
def test_nothing_scrolls_sideways(browser: Browser, address: str, tmp_path: Path, width: int) -> None:
    with Visitor.open(browser, address, viewport={"width": width, "height": 800}) as visitor:
        visitor.reads("4")
        assert not visitor.has_sideways_scroll()
        assert visitor.spills() == []
        path = digit_file(tmp_path, 0)[0].rename(tmp_path / f"{'long-name-' * 12}.png")
        visitor.choose(path, blank(tmp_path), *(digit_file(tmp_path, index)[0] for index in range(1, 9)))
        expect(visitor.tiles.nth(9)).not_to_have_text("…")
        assert not visitor.has_sideways_scroll()
        assert visitor.spills() == []


def test_a_desktop_shows_everything_at_once(browser: Browser, address: str) -> None:
    with Visitor.open(browser, address, viewport=DESKTOP) as visitor:
        visitor.reads("4")
        assert visitor.page.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_a_phone_shows_pad_and_bars_together(browser: Browser, address: str) -> None:
    with Visitor.open(browser, address, viewport=PHONE, has_touch=True, is_mobile=True) as visitor:
        visitor.reads("4")
        for part in ("#pad", "#bars", "#podium"):
            box = visitor.page.locator(part).bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= PHONE["height"]


def test_a_finger_draws(browser: Browser, address: str) -> None:
    with Visitor.open(browser, address, viewport=PHONE, has_touch=True, is_mobile=True) as visitor:
        visitor.reads("4")
        box = visitor.page.locator("#pad").bounding_box()
        assert box is not None
        x, top = box["x"] + box["width"] / 2, box["y"]
        session = visitor.page.context.new_cdp_session(visitor.page)
        for kind, y in [("touchStart", 50), *(("touchMove", y) for y in range(60, 240, 10))]:
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": top + y}]})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        visitor.reads("1")
        assert visitor.page.evaluate("scrollY") == 0, "the pad does not scroll the page"


def test_nothing_jumps_while_the_page_loads(browser: Browser, address: str) -> None:
    with Visitor.open(browser, "about:blank", reduced_motion="no-preference") as visitor:
        visitor.page.add_init_script(
            """window.shift = 0;
            new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.shift += entry.value; })
              .observe({ type: "layout-shift", buffered: true });"""
        )
        visitor.visit(address)
        visitor.reads("4")
        visitor.settle()
        assert visitor.page.evaluate("window.shift") < 0.01  # a tenth of what the field calls good


def test_a_view_looks_the_same_whichever_was_seen_before(browser: Browser, everything: str) -> None:
    """A view's style sheets stay when it is left: their rules may hold in that view alone."""
    alone = {}
    for view in VIEWS:
        with Visitor.open(browser, everything, f"#/{view}") as visitor:
            visitor.settle()
            alone[view] = visitor.page.evaluate(_FRAME)
            assert len(alone[view]) > 3
    with Visitor.open(browser, everything) as visitor:
        for view in VIEWS:
            visitor.visit(f"{everything}#/{view}")
        for view in VIEWS:
            visitor.visit(f"{everything}#/{view}")
            visitor.settle()
            seen = visitor.page.evaluate(_FRAME)
            assert seen == alone[view], view


def test_the_theme_follows_the_system_and_the_button(browser: Browser, address: str) -> None:
    with Visitor.open(browser, address, color_scheme="dark") as visitor:
        html = visitor.page.locator("html")
        expect(html).to_have_attribute("data-theme", "dark")
        button = visitor.page.get_by_role("button", name="Theme: system")
        button.click()
        expect(html).to_have_attribute("data-theme", "light")
        visitor.page.reload()
        expect(html).to_have_attribute("data-theme", "light")
        visitor.page.get_by_role("button", name="Theme: light").click()
        expect(html).to_have_attribute("data-theme", "dark")
        visitor.page.get_by_role("button", name="Theme: dark").click()
        visitor.page.emulate_media(color_scheme="light")
        expect(html).to_have_attribute("data-theme", "light")


def test_works_under_a_strict_content_security_policy(browser: Browser, address: str, tmp_path: Path) -> None:
    with Visitor.open(browser, "about:blank") as visitor:
        visitor.page.route(address, _with_policy)
        visitor.visit(address)
        visitor.reads("4")
        expect(visitor.step(5)).to_contain_text("Centred by mass")
        assert max(visitor.seen_pixels()) > 200, "the picture that the network saw is drawn"
        assert visitor.page.evaluate("getComputedStyle(document.querySelector('.top .fill')).width") != "0px"
        path, label = digit_file(tmp_path, 0)
        visitor.choose(path)
        visitor.reads(label)


def _with_policy(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, headers={**answer.headers, "content-security-policy": "default-src 'self'"})
