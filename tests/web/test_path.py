"""The guided path: every stop has its formula, its sliders and a question that is answered when asked."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from service.api.routes.pages import FOLDER
from tests.ci import ON_CI, sampled
from tests.paths import newest
from tests.web.server import ROOT
from tests.web.test_accessibility import RULES
from tests.web.visitor import DESKTOP, PHONE, Visitor, expect_address

SIGHTS = {"dark-phone": ("dark", PHONE)} | ({"light-desktop": ("light", DESKTOP)} if ON_CI else {})
STOPS = (
    "neuron",
    "activation",
    "shallow",
    "deep",
    "parameters",
    "convolution",
    "size",
    "pooling",
    "cnn",
    "curves",
    "overfitting",
    "dropout",
    "recurrence",
    "gates",
    "optimisers",
)


def test_the_keyboard_walks_the_path_and_asks(browser: Browser, address: str) -> None:
    with Visitor.open(browser, address, "#/path") as visitor:
        page = visitor.page
        for place, stop in enumerate(STOPS):
            expect(page.locator(".path-ways .caption")).to_have_text(f"{place + 1} of {len(STOPS)}")
            expect(page.locator(".path-list a[aria-current]")).to_have_attribute("href", f"#/path/{stop}")
            expect(page.locator(".path-formula math")).to_have_count(1)
            expect(page.locator(".path-answer")).to_be_hidden()
            page.keyboard.press("ArrowRight")
        expect_address(page, "#/path/optimisers", ends=True)
        page.keyboard.press("ArrowLeft")
        expect_address(page, "#/path/gates", ends=True)
        expect(page).to_have_title("Gates - Path - Featuremap")
        page.get_by_role("button", name="Show the answer").press("Enter")
        expect(page.locator(".path-answer")).to_be_visible()


@pytest.mark.parametrize(
    ("stop", "slider", "key", "result"),
    [
        ("activation", "z", "Home", "σ(\u22126.00) = 0.2\u00a0%, ReLU(\u22126.00) = 0.00"),
        (
            "deep",
            "hidden layers",
            "End",
            "784 → 64 → 32 → 16 → 1: 785 · 64 + 65 · 32 + 33 · 16 + 17 · 1 = 52,865 parameters",
        ),
        (
            "recurrence",
            "steps later",
            "Home",
            "of a message of 1, about U to the power t is left. Unrolled, copy by copy: 1 → 0.800. "
            "128 units: W, U and b have (28 + 128 + 1) · 128 = 20,096 parameters",
        ),
        ("parameters", "hidden units", "ArrowLeft", "(784 + 1) · 56 + (56 + 1) · 1 = 44,017 parameters"),
        ("size", "P", "ArrowRight", "⌊(7 − 3 + 1) / 1⌋ + 1 = 6"),
        ("pooling", "a", "End", "the largest of 9, 1, 7, 4 is 9"),
        ("optimisers", "steps", "Home", "on J = w² / 2 from w = 1: w = 0.500 after 1 step"),
    ],
)
def test_what_is_moved_is_computed(
    browser: Browser, address: str, stop: str, slider: str, key: str, result: str
) -> None:
    with Visitor.open(browser, address, f"#/path/{stop}") as visitor:
        visitor.page.get_by_role("slider", name=slider, exact=True).press(key)
        expect(visitor.page.locator(".path-result")).to_have_text(result)
        expect_address(visitor.page, f"#/path/{stop}", ends=True)


@pytest.mark.parametrize(("theme", "viewport"), SIGHTS.values(), ids=SIGHTS)
def test_every_stop_fits_and_axe_finds_nothing(
    browser: Browser, address: str, theme: str, viewport: dict[str, int]
) -> None:
    found = {}
    with Visitor.open(browser, address, "#/path", color_scheme=theme, viewport=viewport) as visitor:
        for stop in sampled(STOPS, 3):
            visitor.page.evaluate("(stop) => { location.hash = `#/path/${stop}`; }", stop)
            expect(visitor.page.locator(".path-list a[aria-current]")).to_have_attribute("href", f"#/path/{stop}")
            visitor.page.get_by_role("button", name="Show the answer").click()
            assert visitor.spills() == [], stop
            assert not visitor.has_sideways_scroll(), stop
            visitor.page.evaluate("scrollTo(0, 0)")  # what lies half under the head is no target for the moment
            results = Axe().run(visitor.page, options=RULES)
            if results.violations_count:
                found[stop] = results.generate_report()
    assert not found, found


def test_a_stop_that_is_none_leads_to_the_first(browser: Browser, address: str) -> None:
    with Visitor.open(browser, address, "#/path/nowhere") as visitor:
        expect(visitor.page).to_have_url(re.compile("#/path$"))
        expect(visitor.page.get_by_role("heading", name="A single neuron")).to_be_visible()


def test_lessons_lead_to_the_path(browser: Browser, taught: str) -> None:
    with Visitor.open(browser, taught, "#/lessons") as visitor:
        visitor.page.get_by_role("link", name="Guided path").click()
        expect(visitor.page.get_by_role("heading", name="A path through the lecture")).to_be_focused()
        expect(visitor.page.locator(".tabs a[aria-current]")).to_have_text("Lessons")


def test_what_was_measured_is_said_as_it_was_published() -> None:
    """The path's words hold a few results of the published networks: a new version of those asks for new words."""
    told = (FOLDER / "js" / "path" / "first-stops.js").read_text() + (
        FOLDER / "js" / "path" / "later-stops.js"
    ).read_text()

    def study(name: str) -> list[dict[str, float]]:
        rows: list[dict[str, float]] = json.loads((ROOT / "models" / f"{name}.study.json").read_text())["table"]
        return rows

    neuron, shallow, deep = (100 * row["test_accuracy"] for row in study("depth"))
    assert f"{neuron:.1f} % of the test digits right, one hidden layer {shallow:.1f} %, three {deep:.1f} %" in told
    rnn, lstm, gru = (100 * row["test_accuracy"] for row in study("recurrent"))
    assert f"GRU reads {gru:.2f} %, LSTM {lstm:.2f} % and the simple RNN {rnn:.2f} %" in told
    assert f"reads {rnn:.1f} % of the test digits right, with the 50" in told
    epochs = json.loads((newest("fashion_cnn") / "history.json").read_text())["epochs"]
    best = min(epochs, key=lambda epoch: epoch["val_loss"])
    last = epochs[-1]
    assert f"after epoch {best['epoch']} ({best['val_loss']:.3f}) and then rises to {last['val_loss']:.3f}" in told
    assert f"their loss falls to {last['loss']:.2f}," in told
