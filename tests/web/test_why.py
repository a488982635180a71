"""Why a network answered so, in the Classify view: eight beside each other, and what the page says is what they say."""

import json
from typing import Any
from urllib.request import Request, urlopen

from playwright.sync_api import Browser, Page, expect

from tests.web.visitor import PHONE, Visitor, focus

SAMPLE = "#/classify?sample=mnist/4444"
NAMES = [
    "mnist_robust",
    "mnist_cnn",
    "mnist_gru",
    "mnist_lstm",
    "mnist_rnn",
    "mnist_deep",
    "mnist_shallow",
    "mnist_neuron",
]


def explained(address: str, model: str) -> Any:
    path = f"{address}api/v1/models/{model}/explain-prediction?sample=4444"
    with urlopen(Request(path, data=b"", method="POST")) as answer:
        return json.load(answer)


def percent(probability: float) -> str:
    return f"{100 * probability:.1f}\u00a0%"


def wait_for_tiles(page: Page, names: list[str]) -> None:
    for name in names:
        expect(page.locator(f".why-tile[data-model={name}]")).to_have_attribute("data-state", "told")


def test_eight_networks_beside_each_other(browser: Browser, everything: str) -> None:
    told = {name: explained(everything, name) for name in NAMES}
    with Visitor.open(browser, everything, SAMPLE) as visitor:
        page = visitor.page
        page.locator(".why-shortcut").click()
        wait_for_tiles(page, NAMES)
        tiles = page.locator(".why-tile")
        expect(tiles.locator("b")).to_have_text(NAMES)
        for tile, name in zip(tiles.all(), NAMES, strict=True):
            occlusion = told[name]["occlusion"]
            worst = max(0, occlusion["probability"] - max(max(row) for row in occlusion["map"]))
            expected = "<\u00a00.1\u00a0%" if worst < 0.001 else percent(worst)
            expect(tile.locator(".why-told")).to_have_text(f"Covered at the worst place: {expected}.")
        page.get_by_role("radio", name="Fewest pixels").check()
        for tile, name in zip(tiles.all(), NAMES, strict=True):
            flip = told[name]["flip"]
            count = f"{len(flip['pixels'])} pixel{'s' if len(flip['pixels']) > 1 else ''}"
            words = f"{count}, and it says {flip['after']['label']} ({percent(flip['after']['probability'])})."
            expect(tile.locator(".why-told")).to_have_text(words)
        page.get_by_role("radio", name="Activation").check()
        logit = told["mnist_robust"]["class_activation"]["logit"]
        expect(tiles.first.locator(".why-told")).to_have_text(f"Adds up to {logit:.1f} for 9.")
        expect(tiles.nth(1).locator(".why-told")).to_have_text("It has none.")
        assert not visitor.spills()


def test_the_changed_pixels_are_painted_where_they_are(browser: Browser, everything: str) -> None:
    (pixel,) = explained(everything, "mnist_rnn")["flip"]["pixels"]
    with Visitor.open(browser, everything, SAMPLE) as visitor:
        page = visitor.page
        page.locator(".why-shortcut").click()
        wait_for_tiles(page, ["mnist_rnn"])
        page.get_by_role("radio", name="Fewest pixels").check()
        red, _, blue = page.evaluate(
            """([x, y]) => [...document.querySelector("[data-model=mnist_rnn] canvas").getContext("2d")
                .getImageData(x, y, 1, 1).data].slice(0, 3)""",
            [pixel["x"], pixel["y"]],
        )
        assert blue > red + 60, "made ink is blue"


def test_another_picture_takes_it_away_and_the_keyboard_brings_it_back(browser: Browser, everything: str) -> None:
    with Visitor.open(browser, everything, SAMPLE, viewport=PHONE) as visitor:
        page = visitor.page
        focus(page.locator(".why-shortcut"))
        page.keyboard.press("Enter")
        wait_for_tiles(page, NAMES)
        page.evaluate("() => { location.hash = '#/classify?sample=mnist/61'; }")
        visitor.reads("8")
        expect(page.locator(".why-tile")).to_have_count(0)
        focus(page.locator(".why-shortcut"))
        page.keyboard.press("Enter")
        wait_for_tiles(page, NAMES)
        expect(page.locator("[data-model=mnist_gru] .why-says")).to_contain_text("says 2")
        assert not visitor.spills()


def test_nothing_to_read_has_no_why(browser: Browser, everything: str) -> None:
    with Visitor.open(browser, everything, SAMPLE) as visitor:
        page = visitor.page
        page.locator(".why-shortcut").click()
        expect(page.locator(".why")).to_be_visible()
        page.locator("#draw-instead").click()
        page.locator("#clear").click()
        expect(page.locator(".why")).to_be_hidden()
        expect(page.locator(".why-shortcut")).to_be_hidden()
