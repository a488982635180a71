"""Filters: pooling's own window, the colours added up, and what a person types as a number."""

import re

import numpy as np
from playwright.sync_api import Browser, expect

from tests.web.filter_lab import Lab, convolved, grey, middle
from tests.web.visitor import Visitor

AT = "#/filters"


def test_the_window_of_pooling_is_poolings_own(browser: Browser, address: str) -> None:
    """The last step's, whose output Out shows: four numbers of the result before it, the largest framed."""
    query = "filter=identity&steps=kernel/max_pool:2:2:valid&at=95,90"
    with Visitor.open(browser, address, f"{AT}?{query}") as visitor:
        lab = Lab(visitor)
        lab.wait()
        window = grey()[180:182, 190:192].astype(int)
        expect(lab.window_words).to_contain_text("In the result of step 1.")
        assert lab.cells(lab.card_in) == [[str(number) for number in row] for row in window]
        expect(lab.sum).to_have_text(str(window.max()))
        expect(lab.card_out.locator("td[data-largest]")).to_have_text(str(window.max()))
        lab.steps.get_by_role("button", name="1 convolve").click()
        expect(lab.card_out.locator(".trace h3")).to_have_text("Products, summed")
        expect(lab.page).to_have_url(re.compile("told=1"))
        lab.page.reload()
        lab.wait()
        expect(lab.card_out.locator(".trace h3")).to_have_text("Products, summed")


def test_the_lectures_padding_is_a_number(lab: Lab) -> None:
    total = lab.kernel.get_by_label("P, the padding of both sides together")
    expect(total).to_have_value("2")  # what "same" comes to
    total.fill("6")
    expect(lab.kernel.locator(".formula")).to_contain_text("(400 \u2212 3 + 6) / 1⌋ + 1 = 404")
    expect(lab.size_out).to_contain_text("404 × 304")
    expect(lab.page).to_have_url(re.compile("padding=6"))
    lab.kernel.get_by_label("valid").check()
    expect(total).to_have_value("0")


def test_a_ninth_is_typed_as_a_fraction(lab: Lab) -> None:
    for row in (1, 2, 3):
        for column in (1, 2, 3):
            lab.cell(row, column).fill("1/9")
            lab.cell(row, column).press("Enter")
    expect(lab.cell(1, 1)).to_have_value("0.11")
    lab.shows(middle(convolved(grey(), np.ones((3, 3)), 9)), within=1)


def test_three_colours_make_one_map(browser: Browser, address: str) -> None:
    with Visitor.open(browser, address, f"{AT}?filter=identity&color=keep&at=191,180") as visitor:
        lab = Lab(visitor)
        lab.wait()
        colours = lab.pixels(lab.card_in)[180, 191].astype(int)
        lab.kernel.get_by_label("summed").check()
        expect(lab.sum).to_have_text(str(colours.sum()))
        red, green, blue = colours
        expect(lab.card_out).to_contain_text(f"then all three together: {red} + {green} + {blue} = {colours.sum()}.")
        expect(lab.page).to_have_url(re.compile("channels=sum"))
