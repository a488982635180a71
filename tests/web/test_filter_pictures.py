"""Filters: the picture that goes in, six filters on it, the address of it all, and every screen."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.ci import sampled
from tests.web.filter_lab import SOBEL_X, STILL_LIFE, Lab, canvas_pixels, convolved, cut, grey, middle, text
from tests.web.pictures import sample_digit, text_file
from tests.web.visitor import PHONE, Visitor

AT = "#/filters"


def test_six_filters_choose_theirs(lab: Lab) -> None:
    names = ["identity", "box_blur", "edge_detection", "sharpen", "sobel_x", "emboss"]
    assert lab.sheet.locator(".lab-tile").all_inner_texts() == names
    lab.sheet.scroll_into_view_if_needed()
    lab.visitor.settle()
    tile = lab.sheet.get_by_role("button", name="identity").locator("canvas")
    greys = np.asarray(Image.open(STILL_LIFE).convert("L").resize((384, 288)), float)
    shown = canvas_pixels(tile).astype(float)
    assert np.abs(shown - greys[..., None]).mean() < 4, (
        "the whole picture, grey as In is, cut where it lies on the sheet"
    )
    lab.card_in.get_by_role("group", name="Colour or grey").get_by_label("Colour").check()
    lab.visitor.settle()
    colours = np.asarray(Image.open(STILL_LIFE).resize((384, 288)), float)
    assert np.abs(canvas_pixels(tile).astype(float) - colours).mean() < 4
    lab.card_in.get_by_role("group", name="Colour or grey").get_by_label("Grey").check()
    lab.sheet.get_by_role("button", name="sharpen").click()
    expect(lab.preset()).to_have_value("sharpen")
    expect(lab.sheet.get_by_role("button", name="sharpen")).to_have_attribute("aria-pressed", "true")
    lab.shows(cut(convolved(grey(), ((0, -1, 0), (-1, 5, -1), (0, -1, 0)))))


def test_colour_goes_channel_by_channel(lab: Lab) -> None:
    lab.card_in.get_by_role("group", name="Colour or grey").get_by_label("Colour").check()
    expect(lab.size_in).to_have_text("400 × 300, colour")
    lab.card_in.get_by_role("group", name="Channel").get_by_label("blue").check()
    blue = np.asarray(Image.open(STILL_LIFE))[179:182, 190:193, 2]
    expect(lab.card_in.locator(".cells td").first).to_have_text(str(blue[0, 0]))
    assert lab.cells(lab.card_in) == [[str(number) for number in row] for row in blue]


def test_a_test_digit_is_ink_on_paper_with_all_its_numbers(lab: Lab, address: str) -> None:
    lab.card_in.get_by_label("Sample").select_option("mnist/0")
    expect(lab.size_out).to_contain_text("28 × 28")
    digit = sample_digit(0)[0].astype(float)
    lab.shows(middle(convolved(digit, SOBEL_X)))
    expect(lab.card_in.locator(".lab-picture canvas")).to_have_css("filter", "invert(1)")
    lab.page.get_by_text("Show all numbers").click()
    expect(lab.card_out.locator(".data-table tbody tr")).to_have_count(28)
    expect(lab.page).to_have_url(re.compile("sample=mnist/0"))
    lab.page.goto(f"{address}#/service")
    lab.page.go_back()
    expect(lab.size_in).to_have_text("28 × 28, grey")


def test_a_chosen_file_a_drop_and_what_is_no_picture(lab: Lab, tmp_path: Path) -> None:
    lab.visitor.expect_complaint("415")
    path = tmp_path / "stripes.png"
    stripes = np.tile(np.repeat(np.array([0, 255], np.uint8), 10), (60, 4))
    Image.fromarray(stripes).save(path)
    with lab.page.expect_file_chooser() as dialogue:
        lab.card_in.get_by_role("button", name="Choose").click()
    dialogue.value.set_files(path)
    lab.shows(middle(convolved(stripes.astype(float), SOBEL_X)))
    assert "stripes" not in lab.page.url
    lab.visitor.drag_over(text_file(tmp_path), stage="#view-filters .lab-frame").evaluate("drop => drop()")
    expect(lab.card_in.locator(".note")).to_contain_text("notes.png was not read.")
    assert lab.pixels(lab.card_out).shape[:2] == (60, 80), "the last result stays"


def test_a_large_picture_is_shrunk_for_trying_and_saved_whole(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    large = np.asarray(Image.open(STILL_LIFE).convert("L").resize((1600, 1200)))
    Image.fromarray(large).save(path)
    with lab.page.expect_file_chooser() as dialogue:
        lab.card_in.get_by_role("button", name="Choose").click()
    dialogue.value.set_files(path)
    expect(lab.size_in).to_have_text("1024 × 768, grey")
    expect(lab.size_out).to_contain_text("1024 × 768")
    expect(lab.card_in.locator(".shrunk")).to_have_text(
        "Shown at 1024 × 768 while you try. Save filters all 1600 × 1200 pixels."
    )
    with lab.page.expect_download() as download:
        lab.card_out.get_by_role("button", name="Save").click()
    assert download.value.suggested_filename == "large-sobel_x.png"
    saved = np.asarray(Image.open(download.value.path()))
    np.testing.assert_array_equal(saved, middle(convolved(large.astype(float), SOBEL_X)))


def test_a_broken_address_falls_back_with_a_note(browser: Browser, address: str) -> None:
    query = "kernel=1,2;3&stride=9&pad_mode=edge&at=5&steps=nonsense&sample=cats/1"
    with Visitor.open(browser, address, f"{AT}?{query}") as visitor:
        lab = Lab(visitor)
        lab.wait()
        for part in ("kernel=1,2;3", "stride=9", "at=5", "steps=nonsense", "sample=cats/1"):
            expect(lab.note).to_contain_text(part)
        expect(lab.note).not_to_contain_text("pad_mode")
        expect(lab.kernel.get_by_label("Border")).to_have_value("edge")
        expect(lab.preset()).to_have_value("sobel_x")


def test_the_address_of_the_brief(browser: Browser, address: str) -> None:
    query = "kernel=-1,0,1;-2,0,2;-1,0,1&div=2&stride=1&padding=valid&pad_mode=zeros&scale=abs&at=96,80"
    with Visitor.open(browser, address, f"{AT}?{query}") as visitor:
        lab = Lab(visitor)
        expect(lab.size_out).to_contain_text("398 × 298")
        lab.shows(cut(np.abs(convolved(grey(), SOBEL_X, 2)[1:-1, 1:-1])))
        expect(lab.sum).to_have_text(text(convolved(grey(), SOBEL_X, 2)[81, 97]))
        expect(lab.window_words).to_contain_text("column 97, row 81.")


def test_on_a_phone_the_result_stays_in_sight_while_a_cell_is_edited(browser: Browser, address: str) -> None:
    with Visitor.open(browser, address, AT, viewport=PHONE, has_touch=True, is_mobile=True) as visitor:
        lab = Lab(visitor)
        lab.wait()
        lab.cell(3, 3).tap()
        lab.page.keyboard.type("9")
        lab.shows(middle(convolved(grey(), ((-1, 0, 1), (-2, 0, 2), (-1, 0, 9)))))
        for part in (lab.picture(lab.card_in), lab.picture(lab.card_out), lab.cell(3, 3)):
            assert part.evaluate(
                """(element) => { const { left, right, top, bottom } = element.getBoundingClientRect();
                const seen = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
                return top >= 0 && bottom <= innerHeight && element.contains(seen); }"""
            )
        box = lab.picture(lab.card_in).bounding_box()
        assert box is not None
        lab.page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(lab.window_words).to_contain_text(re.compile("column (199|20[01]), row (149|15[01])"))


@pytest.mark.parametrize("width", sampled([320, 390, 721, 1120, 1280], 2))
def test_nothing_scrolls_sideways_whatever_is_shown(browser: Browser, address: str, width: int) -> None:
    query = "filter=unsharp&color=keep&steps=kernel/relu/max_pool:2:2/convolve:sobel_y"
    with Visitor.open(browser, address, f"{AT}?{query}", viewport={"width": width, "height": 800}) as visitor:
        lab = Lab(visitor)
        lab.wait()
        lab.steps.get_by_role("button", name="3 max_pool").click()
        lab.steps.get_by_role("button", name="Add a step").click()
        assert not visitor.has_sideways_scroll()
        spilling = lab.view.locator(".bench").evaluate(
            """(bench) => [...bench.querySelectorAll("*")].filter((element) => {
              const part = element.parentElement?.closest(".shot, .lab-side, .lab-kernel, .lab-sequence, .lab-sheet");
              const { width, right } = element.getBoundingClientRect();
              const isSeen = width > 0 && getComputedStyle(element).clipPath === "none";
              return part && isSeen && right > part.getBoundingClientRect().right + 0.5;
            }).map(({ tagName, className }) => `${tagName}.${className}`)"""
        )
        assert spilling == []


def test_nothing_jumps_while_the_view_loads(browser: Browser, address: str) -> None:
    with Visitor.open(browser, "about:blank", reduced_motion="no-preference") as visitor:
        visitor.page.add_init_script(
            """window.shift = 0;
            new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.shift += entry.value; })
              .observe({ type: "layout-shift", buffered: true });"""
        )
        visitor.visit(address + AT)
        lab = Lab(visitor)
        lab.wait()
        visitor.settle()
        assert visitor.page.evaluate("window.shift") < 0.005
