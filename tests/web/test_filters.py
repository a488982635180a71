"""Filters: a kernel slides over a picture, and whatever one changes is seen at once."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.web.filter_lab import SOBEL_X, Lab, convolved, cut, grey, middle
from tests.web.pictures import sample_digit, text_file
from tests.web.visitor import PHONE, Visitor

pytestmark = pytest.mark.browser
AT = "#/filters"


@pytest.fixture
def lab(browser: Browser, address: str) -> Iterator[Lab]:
    with Visitor.open(browser, address, AT) as visitor:
        lab = Lab(visitor)
        lab.wait()
        yield lab


def test_the_first_sight_is_a_slope_of_the_still_life(lab: Lab) -> None:
    expect(lab.size_in).to_have_text("400 × 300, grey")
    np.testing.assert_array_equal(lab.pixels(lab.card_in)[..., 0], grey())
    lab.shows(middle(convolved(grey(), SOBEL_X)))
    expect(lab.kernel.locator(".formula")).to_have_text(
        "width ⌊(400 \u2212 3 + 2) / 1⌋ + 1 = 400height ⌊(300 \u2212 3 + 2) / 1⌋ + 1 = 300"
    )
    expect(lab.card_out.locator(".range-words")).to_have_text("Numbers from \u2212558 to 788")
    assert lab.page.title() == "Filters - Featuremap"


def test_window_products_and_sum_of_a_pixel(lab: Lab) -> None:
    lab.page.goto(f"{lab.page.url.split('#')[0]}{AT}?filter=sobel_x&at=191,180")
    expect(lab.window_words).to_contain_text("Nine pixels around column 191, row 180.")
    window = grey()[179:182, 190:193].astype(int)
    assert lab.cells(lab.card_in) == [[str(number) for number in row] for row in window]
    products = window * np.array(SOBEL_X)
    assert lab.cells(lab.card_out) == [[_text(number) for number in row] for row in products]
    expect(lab.sum).to_have_text(_text(products.sum()))


def test_a_pixel_is_chosen_by_pointer_and_by_arrow_keys(lab: Lab) -> None:
    box = lab.picture(lab.card_out).bounding_box()
    assert box is not None
    lab.page.mouse.move(box["x"] + box["width"] * 100.5 / 400, box["y"] + box["height"] * 50.5 / 300)
    expect(lab.window_words).to_contain_text("column 100, row 50.")
    lab.page.mouse.move(0, 0)
    lab.picture(lab.card_in).focus()
    lab.visitor.press("ArrowRight", 3)
    lab.visitor.press("Shift+ArrowDown", 2)
    expect(lab.window_words).to_contain_text("column 103, row 70.")
    value = int(convolved(grey(), SOBEL_X)[70, 103])
    expect(lab.sum).to_have_text(_text(value))
    expect(lab.page.locator("#live")).to_have_text(f"Column 103, row 70: {_text(value)}")
    expect(lab.page).to_have_url(re.compile("at=103,70"))
    lab.visitor.press("End")
    expect(lab.window_words).to_contain_text("column 399, row 70.")
    assert [row[2] for row in lab.cells(lab.card_in)] == ["0", "0", "0"], "beyond the picture there are zeros"


def test_a_typed_number_changes_the_result_at_once(lab: Lab) -> None:
    lab.cell(2, 3).focus()
    lab.page.keyboard.type("5")
    expect(lab.preset()).to_have_value("")
    lab.shows(middle(convolved(grey(), ((-1, 0, 1), (-2, 0, 5), (-1, 0, 1)))))
    expect(lab.page).to_have_url(re.compile(r"kernel=-1,0,1;-2,0,5;-1,0,1"))
    lab.page.keyboard.press("Control+a")
    lab.page.keyboard.type("2")
    expect(lab.preset()).to_have_value("sobel_x")


def test_the_kernel_by_keyboard_alone(lab: Lab) -> None:
    lab.cell(1, 1).focus()
    lab.visitor.press("ArrowRight")
    lab.visitor.press("ArrowDown")
    lab.page.keyboard.type("7")
    lab.visitor.press("Enter")
    expect(lab.cell(3, 2)).to_be_focused()
    lab.visitor.press("Home")
    expect(lab.cell(3, 1)).to_be_focused()
    lab.visitor.press("ArrowUp")
    lab.visitor.press("End")
    expect(lab.cell(2, 3)).to_be_focused()
    expect(lab.cell(2, 2)).to_have_value("7")
    tab_stops = lab.kernel.locator(".kernel-grid input[tabindex='0']")
    expect(tab_stops).to_have_count(1)
    lab.page.mouse.wheel(0, 100)
    expect(lab.cell(2, 3)).to_have_value("2")


def test_a_cell_without_a_number_keeps_the_last_result(lab: Lab) -> None:
    lab.visitor.expect_complaint("422")
    before = lab.pixels(lab.card_out)
    lab.cell(2, 2).focus()
    lab.page.keyboard.type("x")
    expect(lab.cell(2, 2)).to_have_attribute("aria-invalid", "true")
    expect(lab.note).to_have_count(0)
    lab.visitor.press("Enter")
    expect(lab.kernel.locator(".note")).to_contain_text("row 1, column 1 of the kernel is no number.")
    np.testing.assert_array_equal(lab.pixels(lab.card_out), before)
    lab.cell(2, 2).fill("\u22121,5")
    lab.shows(middle(convolved(grey(), ((-1, 0, 1), (-2, -1.5, 2), (-1, 0, 1)))))
    expect(lab.note).to_have_count(0)
    assert len([error for error in lab.visitor.errors if "422" in error]) == 1, "asked once"


def test_a_divisor_of_zero_is_refused_in_a_sentence(lab: Lab) -> None:
    lab.visitor.expect_complaint("422")
    field = lab.kernel.get_by_label("Divide by", exact=True)
    field.fill("0")
    expect(lab.kernel.locator(".note")).to_contain_text("The divisor must not be 0")
    lab.preset().select_option("gaussian_blur")
    expect(field).to_have_value("16")
    expect(lab.note).to_have_count(0)


def test_size_divisor_stride_and_padding(lab: Lab) -> None:
    lab.preset().select_option("box_blur")
    lab.shows(cut(convolved(grey(), np.ones((3, 3)), 9)))
    lab.kernel.get_by_label("Columns").select_option("5")
    expect(lab.cell(2, 1)).to_have_value("0")
    expect(lab.cell(2, 2)).to_have_value("1")
    lab.cell(2, 1).fill("1")
    lab.kernel.get_by_role("button", name="Divide by the sum").click()
    expect(lab.kernel.get_by_label("Divide by", exact=True)).to_have_value("10")
    lab.kernel.get_by_role("group", name="Padding").get_by_label("valid").check()
    lab.kernel.get_by_role("group", name="Stride").get_by_label("3").check()
    expect(lab.size_out).to_contain_text("132 × 100")
    expect(lab.kernel.locator(".formula")).to_contain_text("width ⌊(400 \u2212 5 + 0) / 3⌋ + 1 = 132")
    expect(lab.kernel.get_by_label("Border")).to_be_disabled()


@pytest.mark.parametrize(
    ("words", "sentence", "ends"),
    [
        ("cut", "Cut: what is below 0 is shown as 0", ("0", "255")),
        ("abs", "Abs: the sign is dropped", ("0", "255")),
        ("mid", "Mid: zero is shown as middle grey", ("\u2212788", "+788")),
    ],
)
def test_negatives_are_shown_by_choice(lab: Lab, words: str, sentence: str, ends: tuple[str, str]) -> None:
    values = convolved(grey(), SOBEL_X)
    shown = {"cut": cut(values), "abs": cut(np.abs(values)), "mid": middle(values)}
    lab.kernel.get_by_role("group", name="Negatives").get_by_label(words).check()
    expect(lab.kernel.locator(".scale-words")).to_contain_text(sentence)
    lab.shows(shown[words])
    assert tuple(lab.card_out.locator(".tone-bar .number").all_inner_texts()) == ends


def test_a_large_kernel_is_text_and_told_by_its_largest_products(lab: Lab) -> None:
    lab.kernel.get_by_label("Rows").select_option("9")
    area = lab.kernel.get_by_label("Kernel, a line a row")
    expect(area).to_be_visible()
    area.fill("\n".join("1 " * 11 for _ in range(9)))
    lab.kernel.get_by_label("Divide by", exact=True).fill("99")
    expect(lab.kernel.get_by_label("Columns")).to_have_value("11")
    expect(lab.card_out.locator(".largest li")).to_have_count(5)
    expect(lab.card_out.locator(".cells")).to_be_hidden()
    expect(lab.window_words).to_contain_text("99 pixels around column 191, row 180.")
    window = grey()[176:185, 186:197]
    largest = [f"1 × {int(number)} = {int(number)}" for number in np.sort(window.ravel())[::-1][:5]]
    assert lab.card_out.locator(".largest li").all_inner_texts() == largest
    assert float(lab.sum.inner_text()) == pytest.approx(window.mean(), abs=0.06)


def test_a_kernel_that_a_network_learned(lab: Lab) -> None:
    option = lab.preset().locator("option", has_text=re.compile("^mnist_cnn, kernel 10$"))
    expect(option).to_have_count(1)
    lab.preset().select_option("mnist_cnn, kernel 10")
    expect(lab.kernel.locator(".about-kernel")).to_have_text("Learned by mnist_cnn: filter 10 of its first 28.")
    answer = lab.page.request.get("/api/v1/models/mnist_cnn/kernels?map=10").json()
    lab.shows(middle(convolved(grey(), answer["values"][0][0])))
    lab.page.reload()
    expect(lab.preset()).to_have_value("mnist_cnn, kernel 10")


def test_steps_are_added_edited_moved_and_removed(lab: Lab) -> None:
    assert lab.tiles() == ["1 convolve sobel_x 400 × 300"]
    for op in ("relu", "max_pool"):
        lab.steps.get_by_role("button", name="Add a step").click()
        lab.steps.get_by_role("button", name=op, exact=True).click()
    expect(lab.size_out).to_contain_text("200 × 150")
    lab.visitor.settle()
    assert lab.tiles()[1:] == ["2 relu 400 × 300", "3 max_pool 2, stride 2 200 × 150"]
    above_zero = np.maximum(convolved(grey(), SOBEL_X), 0)
    lab.shows(middle(above_zero.reshape(150, 2, 200, 2).max((1, 3))))
    lab.steps.get_by_role("group", name="Stride of the step").get_by_label("4").check()
    expect(lab.size_out).to_contain_text("100 × 75")
    lab.steps.get_by_role("button", name="3 max_pool").focus()
    lab.visitor.press("Alt+ArrowLeft", 2)
    expect(lab.steps.get_by_role("button", name="1 max_pool")).to_be_focused()
    expect(lab.kernel.locator("h2")).to_have_text("Kernel, step 2")
    expect(lab.window_words).to_contain_text("In the result of step 1.")
    expect(lab.page).to_have_url(re.compile(r"steps=max_pool:2:4:valid/kernel/relu"))
    lab.page.reload()
    lab.wait()
    assert [tile.rsplit(" ", 3)[0] for tile in lab.tiles()] == ["1 max_pool 2, stride 4", "2 convolve sobel_x", "3 relu"]
    lab.steps.get_by_role("button", name="1 max_pool").focus()
    lab.visitor.press("Delete")
    expect(lab.size_out).to_contain_text("400 × 300")
    lab.steps.get_by_role("button", name="1 convolve").click()
    expect(lab.steps.get_by_role("button", name="Remove")).to_be_disabled()


def test_each_convolution_of_a_sequence_is_edited_in_the_kernel_card(lab: Lab) -> None:
    lab.steps.get_by_role("button", name="Add a step").click()
    lab.steps.get_by_role("button", name="convolve", exact=True).click()
    expect(lab.kernel.locator("h2")).to_have_text("Kernel, step 2")
    lab.preset().select_option("box_blur")
    lab.shows(cut(convolved(convolved(grey(), SOBEL_X), np.ones((3, 3)), 9)))
    lab.steps.get_by_role("button", name="1 convolve").click()
    expect(lab.preset()).to_have_value("sobel_x")


def test_a_step_that_gives_nothing_is_told_beside_the_steps(browser: Browser, address: str) -> None:
    steps = "kernel/max_pool:4:4/max_pool:4:4/max_pool:4:4"
    with Visitor.open(browser, address, f"{AT}?sample=mnist/0&filter=identity&steps={steps}") as visitor:
        visitor.expect_complaint("422")
        lab = Lab(visitor)
        expect(lab.steps.locator(".note")).to_contain_text("This step gives no output. Step 4: width 1, window 4")


def test_six_filters_choose_theirs(lab: Lab) -> None:
    names = ["identity", "box_blur", "edge_detection", "sharpen", "sobel_x", "emboss"]
    assert lab.sheet.locator(".tile").all_inner_texts() == names
    lab.sheet.scroll_into_view_if_needed()
    lab.visitor.settle()
    identity = lab.sheet.get_by_role("button", name="identity").locator("canvas")
    shown = identity.evaluate("(c) => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)")
    small = np.array(shown, float).reshape(-1, 384, 4)[..., :3]
    colours = np.asarray(Image.open(Path("service/web/still_life.jpg")).resize((384, len(small))), float)
    assert np.abs(small - colours).mean() < 4, "the whole picture, cut where it lies on the sheet"
    lab.sheet.get_by_role("button", name="sharpen").click()
    expect(lab.preset()).to_have_value("sharpen")
    expect(lab.sheet.get_by_role("button", name="sharpen")).to_have_attribute("aria-pressed", "true")
    lab.shows(cut(convolved(grey(), ((0, -1, 0), (-1, 5, -1), (0, -1, 0)))))


def test_colour_goes_channel_by_channel(lab: Lab) -> None:
    lab.card_in.get_by_role("group", name="Colour or grey").get_by_label("Colour").check()
    expect(lab.size_in).to_have_text("400 × 300, colour")
    lab.card_in.get_by_role("group", name="Channel").get_by_label("blue").check()
    blue = np.asarray(Image.open(Path("service/web/still_life.jpg")))[179:182, 190:193, 2]
    expect(lab.card_in.locator(".cells td").first).to_have_text(str(blue[0, 0]))
    assert lab.cells(lab.card_in) == [[str(number) for number in row] for row in blue]


def test_a_test_digit_is_ink_on_paper_with_all_its_numbers(lab: Lab) -> None:
    lab.card_in.get_by_label("Sample").select_option("mnist/0")
    expect(lab.size_out).to_contain_text("28 × 28")
    digit = sample_digit(0)[0].astype(float)
    lab.shows(middle(convolved(digit, SOBEL_X)))
    expect(lab.card_in.locator(".picture canvas")).to_have_css("filter", "invert(1)")
    lab.page.get_by_text("Show all numbers").click()
    expect(lab.card_out.locator(".data-table tbody tr")).to_have_count(28)
    expect(lab.page).to_have_url(re.compile("sample=mnist/0"))
    lab.page.goto(f"{lab.page.url.split('#')[0]}#/inside")
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
    lab.visitor.drag_over(text_file(tmp_path), stage="#view-filters .frame").evaluate("drop => drop()")
    expect(lab.card_in.locator(".note")).to_contain_text("notes.png was not read.")
    assert lab.pixels(lab.card_out).shape[:2] == (60, 80), "the last result stays"


def test_a_large_picture_is_shrunk_for_trying_and_saved_whole(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    large = np.asarray(Image.open(Path("service/web/still_life.jpg")).convert("L").resize((1600, 1200)))
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
        expect(lab.sum).to_have_text(_text(convolved(grey(), SOBEL_X, 2)[81, 97]))
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
        expect(lab.window_words).to_contain_text("column 200, row 150.")


@pytest.mark.parametrize("width", [320, 390, 721, 1120, 1280])
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
              const part = element.parentElement?.closest(".shot, .side, .kernel, .steps-card, .sheet");
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


def _text(number: float) -> str:
    """As the page writes it."""
    return f"{number:.4g}".replace("-", "\u2212")
