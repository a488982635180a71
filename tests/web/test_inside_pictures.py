"""Which picture the Look inside view shows: a sample, a drawing, one that was turned."""

import re

from playwright.sync_api import Browser, expect

from tests.web.inside_view import CNN, ask, map_of
from tests.web.visitor import Visitor, expect_address


def test_a_sample_follows_the_model_to_its_own_test_set(browser: Browser, studied: str) -> None:
    label = ask(studied, "datasets/fashion_mnist/test/9")["label"]
    with Visitor.open(browser, studied, CNN) as visitor:
        page = visitor.page
        caption = page.locator(".inside-caption")
        expect(caption).to_contain_text("Test picture 4444 of mnist: a 9. mnist_cnn says 9")
        page.get_by_role("spinbutton", name="Test picture").fill("9")
        page.keyboard.press("Enter")
        expect(caption).to_contain_text("Test picture 9 of mnist")
        page.get_by_role("combobox", name="Model", exact=True).select_option("fashion_cnn")
        expect(caption).to_contain_text(f"Test picture 9 of fashion_mnist: a {label}. fashion_cnn says")
        expect_address(page, "sample=fashion_mnist/9")


def test_a_drawing_comes_along(browser: Browser, studied: str) -> None:
    """From Classify: bytes that no address can name."""
    with Visitor.open(browser, studied, "#/classify?model=mnist_cnn") as visitor:
        visitor.draw([(140, 50), (140, 90), (140, 140), (140, 190), (140, 230)])
        visitor.reads("1")
        page = visitor.page
        page.get_by_role("link", name="Look inside").last.click()
        caption = page.locator(".inside-caption")
        expect(caption).to_contain_text("Your drawing. mnist_cnn says 1")
        expect(map_of(page, 0)).to_be_visible()
        assert "sample" not in page.url
        page.get_by_role("button", name="Show", exact=True).click()
        expect(caption).to_contain_text("Test picture 4444 of mnist")
        page.get_by_role("button", name="From Classify").click()
        expect(caption).to_contain_text("Your drawing. mnist_cnn says 1")


def test_a_drawing_is_looked_at_as_it_was_turned(browser: Browser, studied: str) -> None:
    with Visitor.open(browser, studied, "#/classify?model=mnist_cnn") as visitor:
        visitor.draw([(60, 140), (140, 140), (220, 140)])
        visitor.settle()
        visitor.step(1).get_by_role("button", name="Turn").click()
        visitor.reads("1")
        with visitor.page.expect_request(re.compile("feature-maps.*rotate=90")):
            visitor.page.get_by_role("link", name="Look inside").last.click()
        expect(visitor.page.locator(".inside-caption")).to_contain_text("Your drawing. mnist_cnn says 1")
