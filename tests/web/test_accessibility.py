"""Every view under axe-core: WCAG 2.2 AA, light and dark, desktop and phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.ci import ON_CI, sampled
from tests.web.visitor import DESKTOP, PHONE, Visitor, focus

# Themes and screens: on CI each with each. Elsewhere the views in the one way, and what is opened in the other.
VIEWED, OPENED = {"light-desktop": ("light", DESKTOP)}, {"dark-phone": ("dark", PHONE)}
if ON_CI:
    VIEWED = OPENED = VIEWED | OPENED | {"dark-desktop": ("dark", DESKTOP), "light-phone": ("light", PHONE)}
VIEWS = sampled(("classify", "inside", "failures", "filters", "service", "lessons", "path"), 2)
RULES = {
    "resultTypes": ["violations"],  # of the rest one example each: nobody reads it, and it takes seconds to bring over
    "preload": False,  # axe would write style elements, which the policy forbids
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}


@pytest.mark.parametrize(("theme", "viewport"), VIEWED.values(), ids=VIEWED)
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


@pytest.mark.parametrize(("theme", "viewport"), OPENED.values(), ids=OPENED)
def test_axe_finds_nothing_in_what_is_opened(
    browser: Browser, everything: str, theme: str, viewport: dict[str, int]
) -> None:
    """What stands once somebody asks for it: Why in each of its ways, a number of a map, a trained spiral, steps."""
    found: dict[str, str] = {}
    with Visitor.open(
        browser, everything, "#/classify?sample=mnist/4444", color_scheme=theme, viewport=viewport
    ) as visitor:
        page = visitor.page

        def look(name: str) -> None:
            assert not visitor.has_sideways_scroll(), name
            page.evaluate("scrollTo(0, 0)")  # what lies half under the head is no target for the moment
            results = Axe().run(page, options=RULES)
            if results.violations_count:
                found[name] = results.generate_report()

        page.locator(".why-shortcut").click()
        expect(page.locator(".why-tile[data-state=told]")).to_have_count(8)
        for way in sampled(("Where it looked", "Fewest pixels", "Activation"), 3):
            page.get_by_role("radio", name=way).check()
            look(f"why, {way}")
        visitor.visit(f"{everything}#/inside?model=mnist_cnn&layer=conv1&map=10&sample=mnist/4444")
        frame = page.locator("#view-inside .panel .value-frame").first
        expect(frame).to_be_visible()
        focus(frame)
        page.wait_for_load_state("networkidle")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        expect(page.locator(".how-line")).not_to_be_empty()
        look("a number of a map")
        visitor.visit(f"{everything}#/lessons/depth")
        page.get_by_role("button", name="Train", exact=True).click()
        expect(page.locator(".spiral-words")).not_to_contain_text("step 0 of")
        page.get_by_role("button", name="Pause").click()
        look("spirals")
        visitor.visit(f"{everything}#/filters?filter=sobel_x&steps=kernel/relu/max_pool:2:2:valid&told=3")
        expect(page.locator(".lab-out .trace table")).to_be_visible()
        visitor.settle()  # its heading has words once the answer is there
        look("filters' steps")
        visitor.visit(f"{everything}?embed=1#/classify?sample=mnist/4444")
        visitor.reads("9")
        look("embedded")
    assert not found, "\n".join(f"{name}:\n{report}" for name, report in found.items())
