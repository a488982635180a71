"""The Look inside view of networks that read row by row. The service's own answers say what is right."""

import re

from playwright.sync_api import Browser, expect

from tests.web.inside_view import CNN, RNN, decimal, look, map_of, panel_of
from tests.web.visitor import Visitor, expect_address, focus


def test_belief_forms_row_by_row(browser: Browser, studied: str) -> None:
    rows = look(studied, "mnist_rnn", "sample=4444&layer=input")["rows"]

    def says(row: int) -> str:
        share = max(rows[row - 1])
        return f"{rows[row - 1].index(share)} ({100 * share:.1f}\u00a0%)"

    with Visitor.open(browser, studied, f"{RNN}&row=19") as visitor:
        page = visitor.page
        belief = page.locator("#view-inside .belief")
        sentence = belief.locator(".belief-text")
        expect(sentence).to_have_text(re.compile(rf"^After 19 rows it says {re.escape(says(19))}; at the end it says "))
        expect(sentence).to_contain_text(says(28))
        expect(belief.locator(".belief-cells i")).to_have_count(280)
        belief.get_by_role("button", name="Next row").click()
        expect(sentence).to_contain_text(f"After 20 rows it says {says(20)}")
        expect_address(page, "row=20")
        focus(belief.get_by_label("Rows read"))
        page.keyboard.press("ArrowLeft")
        expect(belief.locator("output")).to_have_text("Row 19 of 28")
        page.keyboard.press("Home")
        expect(sentence).to_contain_text("After 1 row it says")
        belief.get_by_text("Show as table").click()
        cells = belief.locator("tbody tr").nth(18).locator("td")
        expect(cells.nth(rows[18].index(max(rows[18])))).to_have_text(f"{100 * max(rows[18]):.1f}\u00a0%")


def test_belief_plays_to_the_end_and_stops(browser: Browser, studied: str) -> None:
    with Visitor.open(browser, studied, f"{RNN}&row=26") as visitor:
        page = visitor.page
        belief = page.locator("#view-inside .belief")
        expect(belief.locator("output")).to_have_text("Row 26 of 28")
        focus(belief.get_by_role("button", name="Play"))
        page.keyboard.press("Space")
        expect(belief.get_by_role("button", name="Pause")).to_be_focused()
        expect(belief.locator("output")).to_have_text("Row 28 of 28")
        expect(belief.get_by_role("button", name="Play")).to_be_visible()
        expect_address(page, "row=28")


def test_a_network_without_rows_shows_a_recurrent_one_beside_it(browser: Browser, studied: str) -> None:
    rows = look(studied, "mnist_rnn", "sample=mnist/115&layer=input")["rows"]
    with Visitor.open(browser, studied, f"{CNN}&sample=mnist/115") as visitor:
        sentence = visitor.page.locator("#view-inside .belief-text")
        expect(sentence).to_contain_text(f"After all 28 rows it says {rows[27].index(max(rows[27]))} (")
    with Visitor.open(browser, studied, "#/inside?model=fashion_cnn") as visitor:
        expect(map_of(visitor.page, 0)).to_be_visible()
        visitor.page.wait_for_load_state("networkidle")
        expect(visitor.page.locator("#view-inside .belief")).to_be_hidden()


def test_a_recurrent_layer_shows_each_unit_and_its_weights(browser: Browser, studied: str) -> None:
    (layer,) = look(studied, "mnist_rnn", "sample=4444&layer=simplernn&map=0")["layers"]
    values = layer["maps"][0]["values"]
    with Visitor.open(browser, studied, RNN) as visitor:
        page = visitor.page
        steps = page.locator("[data-layer=simplernn] .value-frame")
        expect(panel_of(page).locator("h2")).to_have_text("Unit 0 of simple RNN")
        focus(steps)
        page.keyboard.press("ArrowRight")
        expect(page.locator("[data-layer=simplernn] .value-readout")).to_have_text(
            f"After row 15, unit 64: {decimal(values[14][64])}"
        )
        page.keyboard.press("Enter")
        expect(panel_of(page).locator("h2")).to_have_text("Unit 64 of simple RNN")
        expect(panel_of(page).locator(".kernel-section")).to_contain_text("What it takes from each pixel of a row.")
