"""Choosing who is asked: groups, words as labels, models that are not ready."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.web.conftest import GARMENTS
from tests.web.pictures import digit_file
from tests.web.visitor import PHONE, Visitor, expect_address


def test_models_are_listed_by_what_they_read(visitor: Visitor) -> None:
    visitor.reads("4")
    model = visitor.page.locator("#model")
    options = "[...document.querySelectorAll('#model option')].map((option) => [option.text, option.disabled])"
    assert visitor.page.evaluate(options) == [["mnist_cnn", False], ["broken_bands: not ready", True]]
    expect(model).to_have_value("mnist_cnn")
    expect(visitor.page.locator("#status")).to_have_text("Ready · 2 models · CPU")
    expect(model.locator("option", has_text="broken")).to_have_attribute("title", re.compile("model.onnx"))
    visitor.page.get_by_role("radio", name="Clothes").check()
    expect(model).to_have_value("garment_bands")
    assert visitor.page.evaluate(options) == [["garment_bands", False]]


def test_a_persons_own_drawing_is_read_as_clothes_too(visitor: Visitor) -> None:
    visitor.reads("4")
    visitor.draw([(140, 50), (140, 230)])
    visitor.reads("1")
    visitor.page.get_by_role("radio", name="Clothes").check()
    expect(visitor.page.locator("#bars .label")).to_have_text(list(GARMENTS))
    expect(visitor.page.locator("#timing")).to_contain_text("answered in")
    expect_address(visitor.page, "#/classify?kind=clothes&d=")
    visitor.page.get_by_role("radio", name="Digits").check()
    visitor.reads("1")


def test_the_address_chooses_the_model(browser: Browser, address: str) -> None:
    with Visitor.open(browser, address, "#/classify?model=garment_bands") as visitor:
        expect(visitor.page.locator("#model")).to_have_value("garment_bands")
        expect(visitor.page.locator("#bars .label").first).to_have_text("T-shirt/top")


@pytest.mark.parametrize("wanted", ["broken_bands", "nobody", "%3Cscript%3E"])
def test_a_model_that_cannot_answer_is_not_chosen(browser: Browser, address: str, wanted: str) -> None:
    with Visitor.open(browser, address, f"#/classify?model={wanted}") as visitor:
        visitor.reads("4")
        expect(visitor.page.locator("#model")).to_have_value("mnist_cnn")


def test_files_are_read_again_by_another_model(visitor: Visitor, tmp_path: Path) -> None:
    paths = [digit_file(tmp_path, index)[0] for index in range(3)]
    visitor.choose(*paths)
    options = visitor.tiles
    expect(options).to_have_count(3)
    expect(options.filter(has_text="…")).to_have_count(0)
    before = options.all_inner_texts()
    visitor.page.get_by_role("radio", name="Clothes").check()
    expect(options.nth(2)).not_to_have_text(before[2])
    expect(visitor.page.locator("#title")).to_have_text("Choose clothes")


def test_words_keep_their_rows_on_a_phone(browser: Browser, address: str) -> None:
    with Visitor.open(browser, address, "#/classify?model=garment_bands", viewport=PHONE) as visitor:
        first, second = (visitor.page.locator("#bars li").nth(index) for index in (0, 1))
        expect(second).to_be_visible()
        above, below = first.bounding_box(), second.bounding_box()
        assert above is not None
        assert below is not None
        assert below["y"] > above["y"]
        assert not visitor.has_sideways_scroll()
