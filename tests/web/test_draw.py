"""Drawing with the mouse: the answer follows, and what is sent depends on the strokes alone."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Request, expect

from tests.web.visitor import PHONE, Visitor, focus

ONE = [(140, 50), (140, 230)]
SEVEN = [(80, 60), (200, 60), (130, 230)]
SCRIBBLE = [(50, 150), *((60 + 8 * i, 90 if i % 2 else 210) for i in range(20))]


def is_prediction(request: Request) -> bool:
    return "/predict" in request.url


@pytest.fixture
def watched(browser: Browser, address: str) -> Iterator[Visitor]:
    with Visitor.open(browser, "about:blank") as visitor:
        visitor.watch_uploads()
        visitor.visit(address)
        visitor.reads("4")
        yield visitor


def test_first_visit_shows_a_sample_and_its_answer(visitor: Visitor) -> None:
    visitor.reads("4")
    expect(visitor.page.locator("#hint")).to_have_text("A sample. Draw, and it makes way.")
    assert list(visitor.probabilities()) == list("0123456789")
    assert all(number.endswith("%") for number in visitor.probabilities().values())


def test_sample_writes_itself_and_is_read_as_it_grows(browser: Browser, address: str) -> None:
    """The browser's clock stands still and is moved by hand, so that a busy machine sees every part of the writing."""
    with Visitor.open(browser, "about:blank", reduced_motion="no-preference") as visitor:
        visitor.watch_uploads()
        visitor.page.clock.install(time=0)
        visitor.page.clock.pause_at(1000)
        visitor.visit(address)
        expect(visitor.page.locator("#status")).to_contain_text("Ready")
        for count in range(1, 4):
            visitor.page.clock.run_for(300)
            visitor.page.wait_for_function("(count) => window.sent.length >= count", arg=count, polling=50)
        visitor.page.clock.run_for(1500)
        visitor.reads("4")
        ink = [int((picture < 128).sum()) for picture in visitor.sent_pictures()]
        assert ink == sorted(ink)
        assert ink[-1] > 1.5 * ink[0]


def test_a_vertical_stroke_is_a_one(visitor: Visitor) -> None:
    visitor.reads("4")
    visitor.draw(ONE)
    visitor.reads("1")
    expect(visitor.page.locator("#hint")).to_have_text("")
    expect(visitor.page.locator("#bars .top .label")).to_have_text("1")
    expect(visitor.page.locator("#timing")).to_contain_text("answered in")


def test_shows_the_28_by_28_picture_that_the_network_saw(visitor: Visitor) -> None:
    visitor.reads("4")
    visitor.draw(ONE)
    visitor.reads("1")
    expect(visitor.step(3).locator(".fact")).to_have_text(re.compile(r"^\d\d × 20\d at"))  # the whole stroke
    expect(visitor.step(2)).to_contain_text("Dark on light.")
    expect(visitor.step(5)).to_contain_text("28 × 28")
    visitor.settle()  # a picture is painted a moment after its words
    pixels = np.array(visitor.seen_pixels()).reshape(28, 28)
    assert pixels[8:20, 14].min() > 200, "a one's ink is white in the middle"
    assert pixels[:, :8].max() == 0
    assert pixels[:, 20:].max() == 0


def test_the_answer_follows_while_the_pen_is_down(visitor: Visitor) -> None:
    visitor.reads("4")
    box = visitor.page.locator("#pad").bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2
    visitor.page.mouse.move(middle, box["y"] + 50)
    visitor.page.mouse.down()
    visitor.page.mouse.move(middle, box["y"] + 250, steps=10)
    visitor.reads("1")
    visitor.page.mouse.up()


def test_one_round_in_flight_and_the_last_ink_is_sent(watched: Visitor) -> None:
    flying, most = 0, 0

    def on_request(request: Request) -> None:
        nonlocal flying, most
        flying += is_prediction(request)
        most = max(most, flying)

    def on_end(request: Request) -> None:
        nonlocal flying
        flying -= is_prediction(request)

    watched.settle()
    watched.page.on("request", on_request)
    watched.page.on("requestfinished", on_end)
    watched.draw(SEVEN)
    watched.reads("7")
    watched.settle()
    assert most == 1
    sent = watched.sent_pictures()
    assert len(sent) >= 3
    assert sent[-1][225, 132].max() < 50, "the end of the stroke"


def test_a_lifted_pen_alone_asks_nothing(visitor: Visitor) -> None:
    mouse = visitor.page.mouse
    visitor.draw(ONE)
    mouse.down()
    mouse.move(0, 0)
    visitor.settle()
    asked: list[Request] = []
    visitor.page.on("request", lambda request: asked.append(request))
    mouse.up()
    visitor.settle()
    assert [request.url for request in asked if "/api/" in request.url] == []


def test_what_is_sent_never_depends_on_theme_or_screen(browser: Browser, address: str) -> None:
    contexts: list[dict[str, Any]] = [{}, {"color_scheme": "dark"}, {"device_scale_factor": 2}, {"viewport": PHONE}]
    sent = []
    for context in contexts:
        with Visitor.open(browser, "about:blank", **context) as visitor:
            visitor.watch_uploads()
            visitor.visit(address)
            visitor.reads("4")
            focus(visitor.page.locator("#pad"))
            visitor.press("7")
            visitor.reads("7")
            sent.append(visitor.sent_pictures()[-1])
    plain = sent[0]
    assert plain.shape == (280, 280, 3)
    assert plain[0, 0].tolist() == [255, 255, 255]
    assert plain.min() == 0
    assert all(np.array_equal(plain, each) for each in sent)


def test_clear_undo_and_pen(visitor: Visitor) -> None:
    page = visitor.page
    visitor.draw(ONE)
    visitor.reads("1")
    page.get_by_role("button", name="Clear").click()
    expect(visitor.verdict).to_have_text("Nothing to read yet. Draw a digit, or choose a picture.")
    assert set(visitor.probabilities().values()) == {"–"}
    assert max(visitor.seen_pixels()) == 0
    page.get_by_role("button", name="Undo").click()
    visitor.reads("1")
    page.get_by_role("slider", name="Pen").fill("36")
    expect(page.locator("#pen-width")).to_have_text("36\u00a0px")


def test_a_wider_pen_leaves_more_ink(watched: Visitor) -> None:
    ink = []
    for width in ("8", "30"):
        watched.page.get_by_role("slider", name="Pen").fill(width)
        watched.draw([(140, 140), (150, 140)])
        watched.settle()
        ink.append(int((watched.sent_pictures()[-1] < 128).sum()))
        watched.page.get_by_role("button", name="Clear").click()
    assert ink[1] > 5 * ink[0]


def test_a_scribble_is_no_clear_answer(visitor: Visitor) -> None:
    """Whatever the network makes of it, the page shows a verdict or a reason, never both."""
    visitor.draw(SCRIBBLE)
    expect(visitor.page.locator("#timing")).to_contain_text("answered in")
    assert visitor.note.count() + visitor.verdict.locator(".said").count() == 1


def test_the_drawing_survives_a_reload(visitor: Visitor) -> None:
    visitor.draw(ONE)
    visitor.reads("1")
    visitor.page.reload()
    visitor.reads("1")
    expect(visitor.page.locator("#hint")).to_have_text("")


def test_sample_button_shows_the_ten_digits_in_turn(visitor: Visitor) -> None:
    for digit in "5678901234":
        visitor.page.get_by_role("button", name="Sample").click()
        expect(visitor.page.locator("#bars .top .label")).to_have_text(digit)


def test_foreign_storage_is_no_drawing(visitor: Visitor) -> None:
    page = visitor.page
    page.evaluate("sessionStorage.drawing = JSON.stringify([{ width: 'wide', points: 3 }])")
    page.reload()
    page.wait_for_selector("#verdict strong")
    assert page.locator("#hint").inner_text() == "A sample. Draw, and it makes way."
