"""The keyboard alone: draw, move about, leave the pad."""

from playwright.sync_api import expect

from tests.web.visitor import Visitor, focus

_HEAR = """() => {
  window.heard = [];
  const live = document.getElementById("live");
  new MutationObserver(() => window.heard.push(live.textContent)).observe(live, { childList: true });
}"""


def test_draws_a_one_with_the_arrow_keys(visitor: Visitor) -> None:
    page = visitor.page
    page.evaluate(_HEAR)  # the answer is told as well, perhaps at once
    page.focus("#pad")
    visitor.press("ArrowUp", 22)
    visitor.press(" ")
    page.wait_for_function("() => window.heard.includes('Pen down')")
    visitor.press("ArrowDown", 44)
    visitor.press("Escape")
    page.wait_for_function("() => window.heard.includes('Pen up')")
    visitor.reads("1")


def test_shift_moves_in_larger_steps_and_enter_dots(visitor: Visitor) -> None:
    page = visitor.page
    page.focus("#pad")
    visitor.press("Delete")
    visitor.press("Enter")
    visitor.press("Shift+ArrowRight", 4)
    visitor.press("Enter")
    page.wait_for_function("() => JSON.parse(sessionStorage.drawing).length === 2")
    dots = page.evaluate("JSON.parse(sessionStorage.drawing).map(({ points }) => points[0].x)")
    assert dots == [140, 140 + 4 * 16]


def test_undo_clear_and_width_keys(visitor: Visitor) -> None:
    page = visitor.page
    page.focus("#pad")
    visitor.press("Enter")
    visitor.press("+", 3)
    expect(page.locator("#pen-width")).to_have_text("26\u00a0px")
    visitor.press("-")
    expect(page.locator("#pen-width")).to_have_text("24\u00a0px")
    visitor.press("Control+z")
    expect(visitor.verdict).to_contain_text("Nothing to read yet")
    visitor.press("7")
    visitor.reads("7")
    visitor.press("Delete")
    expect(visitor.verdict).to_contain_text("Nothing to read yet")


def test_keys_act_only_on_the_focused_pad(visitor: Visitor) -> None:
    visitor.reads("4")
    focus(visitor.page.locator("#choose"))
    visitor.press("7")
    visitor.press("Delete")
    visitor.settle()
    visitor.reads("4")


def test_tab_reaches_every_control_in_reading_order(visitor: Visitor) -> None:
    visitor.draw([(140, 50), (140, 230)])
    visitor.reads("1")
    visitor.page.reload()
    visitor.reads("1")
    visitor.settle()
    order = []
    for _ in range(25):
        visitor.press("Tab")
        order.append(visitor.page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
    head = [
        "skip",
        "Featuremap",
        "Classify",
        "Look inside",
        "Filters",
        "Failures",
        "Lessons",
        "Service",
        "API",
        "theme",
    ]
    tools = ["digits", "copy-link", "Show the call"]
    pad = ["pad", "clear", "pen", "choose", "paste", "camera", "sample"]
    answer = ["model", "Why?", "mnist_cnn", "Turn", "Invert"]
    order = [name.replace("\u00a0", " ").replace("Look insideInside", "Look inside") for name in order]
    order[10] = visitor.page.evaluate("document.querySelector('.segmented input:checked').value")
    assert order == [*head, *tools, *pad, *answer]


def test_the_skip_link_leads_to_the_pad(visitor: Visitor) -> None:
    visitor.press("Tab")
    expect(visitor.page.locator("#skip")).to_be_in_viewport()
    visitor.press("Enter")
    expect(visitor.page.locator("#pad")).to_be_focused()
    assert "#pad" not in visitor.page.url


def test_the_answer_is_announced_once_it_stands(visitor: Visitor) -> None:
    focus(visitor.page.locator("#pad"))
    visitor.press("7")
    expect(visitor.page.locator("#live")).to_contain_text("7, ")
    expect(visitor.page.locator("#live")).to_contain_text("% sure.")
