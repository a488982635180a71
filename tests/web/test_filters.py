"""Filters: a kernel slides over a picture, and whatever one changes is seen at once."""

import re
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from tests.ports import free_port
from tests.web.filter_lab import SOBEL_X, Lab, convolved, cut, grey, middle, text
from tests.web.server import serving
from tests.web.visitor import Visitor, focus

AT = "#/filters"


def test_the_first_sight_is_a_slope_of_the_still_life(lab: Lab) -> None:
    expect(lab.size_in).to_have_text("400 × 300, grey")
    np.testing.assert_array_equal(lab.pixels(lab.card_in)[..., 0], grey())
    lab.shows(middle(convolved(grey(), SOBEL_X)))
    expect(lab.kernel.locator(".formula")).to_have_text(
        "width ⌊(400 \u2212 3 + 2) / 1⌋ + 1 = 400height ⌊(300 \u2212 3 + 2) / 1⌋ + 1 = 300"
    )
    expect(lab.card_out.locator(".range-words")).to_have_text("Numbers from \u2212558 to 788")
    assert lab.page.title() == "Filters - Featuremap"


def test_window_products_and_sum_of_a_pixel(lab: Lab, address: str) -> None:
    lab.page.goto(f"{address}{AT}?filter=sobel_x&at=191,180")
    expect(lab.window_words).to_contain_text("Nine pixels around column 191, row 180.")
    window = grey()[179:182, 190:193].astype(int)
    assert lab.cells(lab.card_in) == [[str(number) for number in row] for row in window]
    products = window * np.array(SOBEL_X)
    assert lab.cells(lab.card_out) == [[text(number) for number in row] for row in products]
    expect(lab.sum).to_have_text(text(products.sum()))


def test_a_pixel_is_chosen_by_pointer_and_by_arrow_keys(lab: Lab) -> None:
    box = lab.picture(lab.card_out).bounding_box()
    assert box is not None
    lab.page.mouse.move(box["x"] + box["width"] * 100.5 / 400, box["y"] + box["height"] * 50.5 / 300)
    expect(lab.window_words).to_contain_text("column 100, row 50.")
    lab.page.mouse.move(0, 0)
    focus(lab.picture(lab.card_in))
    lab.visitor.press("ArrowRight", 3)
    lab.visitor.press("Shift+ArrowDown", 2)
    expect(lab.window_words).to_contain_text("column 103, row 70.")
    value = int(convolved(grey(), SOBEL_X)[70, 103])
    expect(lab.sum).to_have_text(text(value))
    expect(lab.page.locator("#live")).to_have_text(f"Column 103, row 70: {text(value)}")
    expect(lab.page).to_have_url(re.compile("at=103,70"))
    lab.visitor.press("End")
    expect(lab.window_words).to_contain_text("column 399, row 70.")
    assert [row[2] for row in lab.cells(lab.card_in)] == ["0", "0", "0"], "beyond the picture there are zeros"


def test_a_typed_number_changes_the_result_at_once(lab: Lab) -> None:
    focus(lab.cell(2, 3))
    lab.page.keyboard.type("5")
    expect(lab.preset()).to_have_value("")
    lab.shows(middle(convolved(grey(), ((-1, 0, 1), (-2, 0, 5), (-1, 0, 1)))))
    expect(lab.page).to_have_url(re.compile(r"kernel=-1,0,1;-2,0,5;-1,0,1"))
    lab.page.keyboard.press("Control+a")
    lab.page.keyboard.type("2")
    expect(lab.preset()).to_have_value("sobel_x")


def test_the_kernel_by_keyboard_alone(lab: Lab) -> None:
    focus(lab.cell(1, 1))
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
    tab_stops = lab.kernel.locator(".lab-kernel-grid input[tabindex='0']")
    expect(tab_stops).to_have_count(1)
    lab.page.mouse.wheel(0, 100)
    expect(lab.cell(2, 3)).to_have_value("2")


def test_a_cell_without_a_number_keeps_the_last_result(lab: Lab) -> None:
    lab.visitor.expect_complaint("422")
    before = lab.pixels(lab.card_out)
    focus(lab.cell(2, 2))
    lab.page.keyboard.type("x")
    expect(lab.cell(2, 2)).to_have_attribute("aria-invalid", "true")
    expect(lab.note).to_have_count(0)
    lab.visitor.press("Enter")
    expect(lab.kernel.locator(".note")).to_contain_text("row 1, column 1 must be a number.")
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
    lab.visitor.settle()
    window = grey()[176:185, 186:197]
    largest = [f"1 × {int(number)} = {int(number)}" for number in np.sort(window.ravel())[::-1][:5]]
    assert lab.card_out.locator(".largest li").all_inner_texts() == largest
    assert float(lab.sum.inner_text()) == pytest.approx(window.mean(), abs=0.06)


def test_a_kernel_that_a_network_learned(lab: Lab, address: str) -> None:
    option = lab.preset().locator("option", has_text=re.compile("^mnist_cnn, kernel 10$"))
    expect(option).to_have_count(1)
    lab.preset().select_option("mnist_cnn, kernel 10")
    expect(lab.kernel.locator(".about-kernel")).to_have_text("Learned by mnist_cnn: filter 10 of its first 28.")
    answer = lab.page.request.get(f"{address}api/v1/models/mnist_cnn/kernels?map=10").json()
    lab.shows(middle(convolved(grey(), answer["values"][0][0])), within=1)  # halves, in 32 bits
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
    focus(lab.steps.get_by_role("button", name="3 max_pool"))
    lab.visitor.press("Alt+ArrowLeft", 2)
    expect(lab.steps.get_by_role("button", name="1 max_pool")).to_be_focused()
    expect(lab.kernel.locator("h2")).to_have_text("Kernel, step 2")
    expect(lab.window_words).to_contain_text("4 pixels around")
    expect(lab.window_words).not_to_contain_text("In the result of")  # the pooling comes first now
    expect(lab.page).to_have_url(re.compile(r"steps=max_pool:2:4:valid/kernel/relu"))
    lab.page.reload()
    lab.wait()
    assert [tile.rsplit(" ", 3)[0] for tile in lab.tiles()] == [
        "1 max_pool 2, stride 4",
        "2 convolve sobel_x",
        "3 relu",
    ]
    focus(lab.steps.get_by_role("button", name="1 max_pool"))
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


def test_a_lost_connection_keeps_the_result_and_comes_back(browser: Browser, models: Path, tmp_path: Path) -> None:
    port = free_port()
    with ExitStack() as afterwards:
        with serving(models, tmp_path / "log", port) as address:
            visitor = afterwards.enter_context(Visitor.open(browser, address, AT))
            visitor.expect_complaint("net::ERR_")
            lab = Lab(visitor)
            lab.shows(middle(convolved(grey(), SOBEL_X)))
            visitor.settle()
        before = lab.pixels(lab.card_out)
        lab.kernel.get_by_role("group", name="Negatives").get_by_label("abs").check()
        expect(visitor.page.locator("#page-bar")).to_contain_text("No connection to the service.")
        np.testing.assert_array_equal(lab.pixels(lab.card_out), before)
        with serving(models, tmp_path / "log", port):
            expect(visitor.page.locator("#page-bar")).to_be_hidden()
            lab.shows(cut(np.abs(convolved(grey(), SOBEL_X))))


def test_a_digit_is_looked_at_where_it_has_an_edge(browser: Browser, address: str) -> None:
    with Visitor.open(browser, address, f"{AT}?sample=mnist/0") as visitor:
        lab = Lab(visitor)
        lab.wait()
        expect(lab.sum).not_to_have_text("\u2013")
        visitor.settle()
        assert abs(int(lab.sum.inner_text().replace("\u2212", "-"))) > 300


def test_a_fraction_is_a_number(lab: Lab) -> None:
    lab.cell(2, 2).fill("1/4")
    lab.shows(middle(convolved(grey(), ((-1, 0, 1), (-2, 0.25, 2), (-1, 0, 1)))))
    lab.cell(2, 2).fill("1/0")
    expect(lab.cell(2, 2)).to_have_attribute("aria-invalid", "true")


def test_the_mark_of_a_large_window_stays_on_the_picture(browser: Browser, address: str) -> None:
    kernel = ";".join([",".join(["1"] * 31)] * 31)
    with Visitor.open(browser, address, f"{AT}?sample=mnist/0&kernel={kernel}&at=2,2") as visitor:
        lab = Lab(visitor)
        lab.wait()
        mark = lab.card_in.locator(".mark")
        expect(mark).to_be_visible()
        inner, outer = mark.bounding_box(), lab.picture(lab.card_in).bounding_box()
        assert inner is not None
        assert outer is not None
        assert inner["x"] >= outer["x"] - 2
        assert inner["y"] >= outer["y"] - 2
        assert inner["y"] + inner["height"] <= outer["y"] + outer["height"] + 2


def test_what_follows_the_last_sum_is_told(browser: Browser, address: str) -> None:
    with Visitor.open(browser, address, f"{AT}?steps=kernel/max_pool:2:2:valid") as visitor:
        lab = Lab(visitor)
        lab.wait()
        lab.steps.get_by_role("button", name="1 convolve").click()
        expect(lab.card_out).to_contain_text("These are of step 1.")
        expect(lab.card_out).to_contain_text("Step 2 then keeps the largest of each 2 × 2 such sums.")
