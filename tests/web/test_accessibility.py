"""Every view under axe-core: WCAG 2.2 AA, light and dark, desktop and phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.web.visitor import DESKTOP, PHONE, Visitor

VIEWS = ("classify", "inside", "filters", "failures", "lessons", "service", "path")
RULES = {
    "resultTypes": ["violations"],  # of the rest one example each: nobody reads it, and it takes seconds to bring over
    "preload": False,  # axe would write style elements, which the policy forbids
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}


@pytest.mark.parametrize(
    ("theme", "viewport"),
    [("light", DESKTOP), ("dark", DESKTOP), ("light", PHONE), ("dark", PHONE)],
    ids=["light-desktop", "dark-desktop", "light-phone", "dark-phone"],
)
def test_axe_finds_nothing(browser: Browser, address: str, theme: str, viewport: dict[str, int]) -> None:
    found = {}
    with Visitor.open(browser, address, color_scheme=theme, viewport=viewport) as visitor:
        visitor.expect_complaint("garment_bands")  # it came without evidence, and the views say so
        for view in VIEWS:
            visitor.page.goto(f"{address}#/{view}")
            expect(visitor.page.locator(f"#view-{view} h1")).to_be_visible()
            visitor.settle()
            assert not visitor.has_sideways_scroll(), view
            results = Axe().run(visitor.page, options=RULES)
            if results.violations_count:
                found[view] = results.generate_report()
    assert not found, "\n".join(f"{view}:\n{report}" for view, report in found.items())
