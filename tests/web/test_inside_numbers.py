"""How a number came about, in the Look inside view: what the page shows is what the service traced, and adds up."""

import re
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.web.inside_view import CNN, RNN, ask, decimal, panel_of
from tests.web.visitor import PHONE, Visitor, focus


def trace(address: str, model: str, query: str) -> Any:
    return ask(address, f"models/{model}/trace?sample=4444&{query}", b"")


def press(page: Page, x: float, y: float) -> None:
    """Fractions of the pinned map."""
    frame = panel_of(page).locator(".value-frame").first
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    assert box is not None
    frame.click(position={"x": box["width"] * x, "y": box["height"] * y})


def cells(page: Page, name: str) -> list[str]:
    return page.locator(".how-cells", has=page.locator("caption", has_text=name)).first.locator("td").all_inner_texts()


def test_a_pressed_place_shows_window_kernel_products_and_sum(browser: Browser, studied: str) -> None:
    told = trace(studied, "mnist_cnn", "layer=conv1&map=10&at=12,9")
    (patch,) = told["patches"]
    with Visitor.open(browser, studied, f"{CNN}&layer=conv1&map=10") as visitor:
        page = visitor.page
        expect(panel_of(page).locator("h2")).to_have_text("Map 10 of convolution")
        page.wait_for_load_state("networkidle")
        press(page, 12.5 / 26, 9.5 / 26)
        line = page.locator(".how-line")
        expect(line).to_contain_text(f"Row 10, column 13: {decimal(told['value'])}")
        expect(line).to_contain_text("(bias)")
        values, weights = ([number for row in patch[part] for number in row] for part in ("values", "weights"))
        assert cells(page, "Window") == [decimal(value) for value in values]
        assert cells(page, "Kernel") == [decimal(weight) for weight in weights]
        products = [decimal(value * weight) for value, weight in zip(values, weights, strict=True)]
        assert cells(page, "Products") == products
        expect(page.locator(".how-source")).to_be_visible()
        expect(panel_of(page).locator(".value-pin").first).to_be_visible()


def test_pooling_frames_the_largest_of_its_four_and_the_keyboard_is_enough(browser: Browser, studied: str) -> None:
    with Visitor.open(browser, studied, f"{CNN}&layer=pool1&map=3") as visitor:
        page = visitor.page
        expect(panel_of(page).locator("h2")).to_have_text("Map 3 of max pooling")
        page.wait_for_load_state("networkidle")
        focus(panel_of(page).locator(".value-frame").first)
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        told = trace(studied, "mnist_cnn", "layer=pool1&map=3&at=6,6")
        expect(page.locator(".how-line")).to_contain_text(f"The largest of them: {decimal(told['value'])}.")
        expect(page.locator(".how-cells td")).to_have_count(4)
        expect(page.locator(".how-cells td[data-largest]")).to_have_text(decimal(told["value"]))


def test_play_slides_the_window_until_it_is_paused(browser: Browser, studied: str) -> None:
    with Visitor.open(browser, studied, f"{CNN}&layer=conv1&map=10") as visitor:
        page = visitor.page
        expect(panel_of(page).locator("h2")).to_have_text("Map 10 of convolution")
        page.wait_for_load_state("networkidle")
        press(page, 24.5 / 26, 9.5 / 26)
        line = page.locator(".how-line b")
        expect(line).to_contain_text("Row 10, column 25")
        page.get_by_role("button", name="Play the window").click()
        expect(line).to_contain_text(re.compile(r"Row 11, column \d+:"))  # past the end of its row
        page.get_by_role("button", name="Pause the window").click()
        expect(page.get_by_role("button", name="Play the window")).to_be_visible()
        visitor.settle()
        stood = line.inner_text()
        page.wait_for_timeout(1000)
        assert line.inner_text() == stood


def test_a_unit_tells_its_five_largest_products_and_the_answer_its_powers(browser: Browser, studied: str) -> None:
    told = trace(studied, "mnist_cnn", "layer=dense1&at=17")
    with Visitor.open(browser, studied, f"{CNN}&layer=dense1&map=17") as visitor:
        page = visitor.page
        rows = page.locator(".how-terms tbody tr")
        expect(rows).to_have_count(5)
        first = told["terms"][0]
        place = first["place"]
        where = f"map {place['map']} of max pooling, row {place['y'] + 1}, column {place['x'] + 1}"
        expect(rows.first.locator("th")).to_have_text(where)
        expect(rows.first.locator("td").last).to_have_text(decimal(first["product"]))
        expect(page.locator(".how-line")).to_contain_text(f"= {decimal(told['value'])}. ReLU then makes it")
        page.locator(".out-bars").scroll_into_view_if_needed()
        expect(page.locator(".out-bars .top")).to_have_count(1)
        page.locator("button.out-label", has_text="9").click()
        expect(panel_of(page).locator("h2")).to_have_text("Unit 9 of output")
        expect(page.locator(".how-line")).to_contain_text(re.compile(r"e\^\(.*before calibration"))


def test_a_recurrent_step_tells_its_gate(browser: Browser, studied: str) -> None:
    told = trace(studied, "mnist_rnn", "layer=simplernn&at=5,13")
    with Visitor.open(browser, studied, f"{RNN}&layer=simplernn&map=5", viewport=PHONE) as visitor:
        page = visitor.page
        expect(panel_of(page).locator("h2")).to_have_text("Unit 5 of simple RNN")
        page.wait_for_load_state("networkidle")
        press(page, 13.5 / 28, 0.5)
        expect(page.locator(".how-line")).to_contain_text(f"Unit 5 after row 14: {decimal(told['value'])}")
        gate = told["gates"][0]
        row = page.locator(".how-terms").first.locator("tbody tr")
        expect(row.locator("td").nth(3)).to_have_text(decimal(gate["total"]))
        assert not [spilling for spilling in visitor.spills() if "how" in spilling]
