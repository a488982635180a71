"""The networks in the page: bars in the frame of the stroke, and the service as the measure."""

import base64
import io
import re

import httpx
import numpy as np
from PIL import Image
from playwright.sync_api import Browser, expect

from service.imaging.codec.files import encode_png
from tests.web.visitor import Visitor

SEVEN = [(70, 70), (200, 66), (130, 230)]
_HERE = "read in the page"
_THERE = "answered in"
_WATCH = """() => {
  window.told = [];
  const timing = document.getElementById("timing");
  new MutationObserver(() => window.told.push(timing.textContent)).observe(timing, { childList: true });
}"""
_PREPARED = """async (card) => {
  const { sample } = await import("./js/classify/samples.js");
  const { render } = await import("./js/classify/strokes.js");
  const { prepare } = await import("./js/preparation/prepare.js");
  return Array.from({ length: 30 }, (_, i) => {
    const strokes = sample(i % 10).map((stroke) => ({ ...stroke, width: [9, 20, 31][Math.floor(i / 10)] }));
    const { data } = render(strokes);
    const values = Uint8Array.from({ length: 280 * 280 }, (_, at) => data[4 * at]);
    const { pixels } = prepare({ values, width: 280, height: 280 }, card.preprocessing);
    return [btoa(String.fromCharCode(...values)), Array.from(pixels)];
  });
}"""


def press_down(visitor: Visitor, points: list[tuple[int, int]]) -> None:
    """Draws, and leaves the pen down."""
    box = visitor.page.locator("#pad").bounding_box()
    assert box is not None
    scale = box["width"] / 280
    mouse = visitor.page.mouse
    mouse.move(box["x"] + scale * points[0][0], box["y"] + scale * points[0][1])
    mouse.down()
    for x, y in points[1:]:
        mouse.move(box["x"] + scale * x, box["y"] + scale * y, steps=8)


def test_while_one_draws_the_page_reads_and_then_the_service(visitor: Visitor) -> None:
    visitor.draw(SEVEN)  # with the first stroke the networks are fetched
    visitor.settle()
    visitor.page.evaluate(_WATCH)
    visitor.page.get_by_role("button", name="Clear").click()
    press_down(visitor, SEVEN)
    expect(visitor.page.locator("#timing")).to_contain_text(_THERE)
    visitor.page.mouse.up()
    told: list[str] = visitor.page.evaluate("window.told")
    assert any(_HERE in text for text in told)
    visitor.reads("7")
    expect(visitor.page.locator("#timing")).to_contain_text(_THERE)


def test_what_the_page_says_is_what_the_service_says(browser: Browser, everything: str) -> None:
    """With the service cut off each network's answer stands as the page has it."""
    with Visitor.open(browser, everything, "#/classify?model=mnist_cnn") as visitor:
        visitor.expect_complaint("ERR_FAILED|Failed to load")
        visitor.draw(SEVEN)
        visitor.settle()
        rows = visitor.page.locator("#models-body tbody tr")
        said = rows.all_inner_texts()
        assert len(said) == 8
        visitor.page.route("**/predict*", lambda route: route.abort())
        visitor.page.route("**/predict?*", lambda route: route.abort())
        visitor.page.get_by_role("button", name="Undo").click()
        visitor.draw(SEVEN)
        expect(visitor.page.locator("#timing")).to_contain_text(_HERE)
        visitor.reads("7")
        expect(visitor.verdict.locator(".unread")).to_have_text(re.compile("did not arrive whole"))
        visitor.reads("7")
        # The other networks' own answers come after the chosen one's.
        expect(rows).to_have_text(said, use_inner_text=True)


def test_a_canvas_is_prepared_as_the_service_prepares_its_picture(visitor: Visitor, address: str) -> None:
    """The page's ten digits with three pens, from the browser's own canvas."""
    card = httpx.get(f"{address}api/v1/models/mnist_cnn").json()
    for number, (values, seen) in enumerate(visitor.page.evaluate(_PREPARED, card)):
        pixels = np.frombuffer(base64.b64decode(values), np.uint8).reshape(280, 280)
        files = {"file": encode_png(pixels)}
        answer = httpx.post(f"{address}api/v1/models/mnist_cnn/predict?input=true", files=files).json()
        (prediction,) = answer["predictions"]
        if prediction.get("regions") is None:
            png = base64.b64decode(prediction["input_png"].partition(",")[2])
            assert np.asarray(Image.open(io.BytesIO(png))).ravel().tolist() == seen, number
