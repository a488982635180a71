"""The picture's way step by step, what a person decides otherwise, and several digits in one picture."""

from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Request, expect

from tests.ci import ON_CI
from tests.web.pictures import blank, photograph, sample_digit
from tests.web.test_accessibility import RULES
from tests.web.visitor import Visitor


def several_digits(folder: Path, *indices: int) -> tuple[Path, str]:
    """Test digits side by side on light paper, a PNG of 640 x 360, and what is to be read."""
    paper = Image.new("L", (640, 360), 235)
    labels = ""
    for place, index in enumerate(indices):
        pixels, label = sample_digit(index)
        ink = Image.fromarray(pixels).resize((110, 110), Image.Resampling.BICUBIC)
        paper.paste(30, (60 + 140 * place, 120 + 10 * (place % 2)), ink)
        labels += label
    path = folder / "several.png"
    paper.save(path)
    return path, labels


def queries(visitor: Visitor) -> list[str]:
    """The query of each prediction from now on."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/predict" in request.url:
            asked.append(request.url.split("?", 1)[1])

    visitor.page.on("request", note)
    return asked


def test_each_step_has_its_picture_and_its_fact(visitor: Visitor, tmp_path: Path) -> None:
    path, label = photograph(tmp_path, 0)
    visitor.choose(path)
    visitor.reads(label)
    facts = visitor.page.locator("#steps .fact")
    expect(facts.nth(0)).to_have_text("640 × 480")
    expect(facts.nth(1)).to_contain_text("Dark on light.")
    expect(facts.nth(2)).to_have_text("116 × 144 at 372, 200")
    expect(facts.nth(3)).to_contain_text("longest side 20")
    expect(facts.nth(4)).to_contain_text("Centred by mass, moved ")
    sizes = visitor.page.evaluate("[...document.querySelectorAll('#steps canvas')].map((c) => [c.width, c.height])")
    assert sizes[3][1] == 20
    assert sizes[4] == [28, 28]
    assert max(visitor.seen_pixels()) > 200


def test_turning_four_times_is_back_where_it_was(visitor: Visitor, tmp_path: Path) -> None:
    path, label = photograph(tmp_path, 0)
    visitor.choose(path)
    visitor.reads(label)
    first = visitor.step(1)
    visitor.settle()
    asked = queries(visitor)
    first.get_by_role("button", name="Turn").click()
    expect(first.locator(".fact")).to_have_text("480 × 640, turned 90°")
    expect(first.locator(".chip")).to_have_text("yours")
    assert all("rotate=90" in query for query in asked)
    for _ in range(3):
        first.get_by_role("button", name="Turn").click()
    expect(first.locator(".fact")).to_have_text("640 × 480")
    expect(first.locator(".chip")).to_be_hidden()
    visitor.reads(label)


def test_invert_and_back_to_automatic(visitor: Visitor, tmp_path: Path) -> None:
    path, label = photograph(tmp_path, 0)
    visitor.choose(path)
    visitor.reads(label)
    ink = visitor.step(2)
    ink.get_by_role("button", name="Invert").click()
    expect(ink).to_contain_text("Light on dark.")
    ink.get_by_role("button", name="Ink: back to automatic").click()
    expect(ink).to_contain_text("Dark on light.")
    expect(ink.get_by_role("button", name="Invert")).to_be_focused()
    visitor.reads(label)


def test_the_keyboard_changes_the_box(visitor: Visitor, tmp_path: Path) -> None:
    path, label = photograph(tmp_path, 0)
    visitor.choose(path)
    visitor.reads(label)
    change = visitor.step(3).get_by_role("button", name="Change box")
    change.press("Enter")
    frame = visitor.page.locator("#box-editor")
    expect(frame).to_be_focused()
    before = frame.get_attribute("aria-label")
    visitor.press("ArrowLeft", 5)
    visitor.press("Shift+ArrowRight", 5)
    assert frame.get_attribute("aria-label") != before
    asked = queries(visitor)
    visitor.press("Enter")
    expect(frame).to_be_hidden()
    expect(change).to_be_focused()
    expect(visitor.step(3).locator(".chip")).to_be_visible()
    visitor.reads(label)
    assert all("box=" in query for query in asked)
    change.press("Enter")
    visitor.press("Escape")
    expect(frame).to_be_hidden()
    expect(change).to_be_focused()


def test_a_box_dragged_over_nothing_holds_no_digit(visitor: Visitor, tmp_path: Path) -> None:
    path, label = photograph(tmp_path, 0)
    visitor.choose(path)
    visitor.reads(label)
    visitor.step(3).get_by_role("button", name="Change box").click()
    box, stage = (visitor.page.locator(name).bounding_box() for name in ("#box-editor", "#stage"))
    assert box is not None
    assert stage is not None
    visitor.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visitor.page.mouse.down()
    visitor.page.mouse.move(stage["x"] + 50, stage["y"] + 80, steps=4)
    visitor.page.mouse.up()
    visitor.page.get_by_role("button", name="Apply").click()
    expect(visitor.note).to_contain_text("The picture is empty.")
    visitor.step(3).get_by_role("button", name="Box: back to automatic").click()
    visitor.reads(label)


def test_a_drawing_is_turned_with_its_box(visitor: Visitor) -> None:
    """The pad shows the drawing as it was drawn, so the box of the turned picture is turned back."""
    visitor.reads("4")
    visitor.draw([(60, 140), (220, 140)])
    visitor.settle()
    visitor.step(1).get_by_role("button", name="Turn").click()
    visitor.reads("1")
    visitor.step(3).get_by_role("button", name="Change box").click()
    frame, pad = (visitor.page.locator(name).bounding_box() for name in ("#box-editor", "#pad"))
    assert frame is not None
    assert pad is not None
    assert frame["width"] > 2 * frame["height"], "it lies along the stroke"
    visitor.press("Enter")
    expect(visitor.step(3).locator(".chip")).to_be_visible()
    visitor.reads("1")


def test_several_digits_are_read_one_by_one(browser: Browser, everything: str, tmp_path: Path) -> None:
    path, labels = several_digits(tmp_path, 0, 1, 2, 3)
    with Visitor.open(browser, everything) as visitor:
        visitor.choose(path)
        expect(visitor.note).to_contain_text("4 digits in one picture.")
        expect(visitor.page.locator("#several-number")).to_have_text(labels)
        tags = visitor.page.locator("#boxes button")
        expect(tags).to_have_text(list(labels))
        expect(visitor.page.locator("#models-title")).to_have_text("All models on the first digit")
        expect(visitor.row("mnist_cnn").locator(".says")).to_have_text(labels[0])

        tags.nth(1).click()
        expect(visitor.page.locator("#models-title")).to_have_text("All models on the second digit")
        expect(visitor.row("mnist_cnn").locator(".says")).to_have_text(labels[1])
        visitor.page.get_by_role("button", name="Digit 4 of 4:").press("Enter")
        expect(visitor.row("mnist_cnn").locator(".says")).to_have_text(labels[3])
        expect(tags.nth(3)).to_have_attribute("aria-pressed", "true")
        expect(visitor.page.locator("#several-number")).to_have_text(labels)


def test_two_digits_on_the_pad_leave_it_free_to_draw(browser: Browser, everything: str) -> None:
    """A straight stroke fills its box: it is read with the ground around it."""
    with Visitor.open(browser, everything) as visitor:
        visitor.reads("4")
        visitor.draw([(60, 50), (60, 230)], [(130, 60), (230, 60), (170, 230)])
        expect(visitor.page.locator("#several-number")).to_have_text("17")
        expect(visitor.row("mnist_robust").locator(".says")).to_have_text("1")
        expect(visitor.row("mnist_robust")).to_have_attribute("data-tone", "agree")
        visitor.draw([(140, 120), (220, 120)])
        visitor.page.wait_for_function("() => JSON.parse(sessionStorage.drawing).length === 3")


def test_a_sample_needs_no_steps(browser: Browser, everything: str) -> None:
    with Visitor.open(browser, everything, "#/classify?model=mnist_cnn&sample=mnist/4444") as visitor:
        visitor.reads("9")
        expect(visitor.page.locator("#file-name")).to_have_text("Test picture mnist 4444, truly a 9")
        expect(visitor.step(3)).to_contain_text("Not needed: it has the size already.")
        expect(visitor.step(5)).to_contain_text("Taken as it is.")
        pixels = np.array(visitor.seen_pixels())
        assert pixels.shape == (784,)
        assert pixels.max() > 200


def test_a_garment_on_a_floor_is_told_by_its_colours(browser: Browser, everything: str, tmp_path: Path) -> None:
    boards = np.repeat(np.random.default_rng(0).uniform(40, 200, (16, 1)), 15, axis=0) * np.ones((1, 200))
    floor = np.stack((boards, 0.7 * boards, 0.4 * boards), axis=2).astype(np.uint8)
    floor[40:200, 60:140] = floor[40:90, 30:170] = (30, 50, 160)
    path = tmp_path / "shirt.png"
    Image.fromarray(floor).save(path)
    with Visitor.open(browser, everything, "#/classify?model=fashion_robust") as visitor:
        visitor.choose(path)
        expect(visitor.step(2)).to_contain_text("Uneven: the garment is told by its colours.")
        expect(visitor.step(4)).to_contain_text("there the whole picture is read as well.")
        assert max(visitor.seen_pixels()) > 200


@pytest.mark.parametrize("theme", ["light", "dark"] if ON_CI else ["dark"])
def test_axe_finds_nothing_in_a_batch_and_its_editor(
    browser: Browser, everything: str, tmp_path: Path, theme: str
) -> None:
    path, labels = several_digits(tmp_path, 0, 1)
    with Visitor.open(browser, everything, color_scheme=theme) as visitor:
        visitor.choose(path, blank(tmp_path))
        expect(visitor.page.locator("#several-number")).to_have_text(labels)
        expect(visitor.tiles).to_have_text([labels, "empty"])
        several = Axe().run(visitor.page, options=RULES)
        visitor.step(3).get_by_role("button", name="Change box").click()
        editor = Axe().run(visitor.page, options=RULES)
        visitor.press("Escape")
        visitor.tiles.nth(1).click()
        expect(visitor.note).to_contain_text("The picture is empty.")
        refused = Axe().run(visitor.page, options=RULES)
        found = [each.generate_report() for each in (several, editor, refused) if each.violations_count]
        assert not found, "\n".join(found)
