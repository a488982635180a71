"""The page's own modules, run in the browser: what a person cannot easily bring about."""

import pytest
from playwright.sync_api import Page

from tests.web.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def page(visitor: Visitor) -> Page:
    return visitor.page


def test_latest_runs_the_first_and_the_newest(page: Page) -> None:
    ran = page.evaluate(
        """async () => {
        const { latest } = await import("./js/latest.js");
        const ran = [];
        let release;
        const live = latest(async (input) => { ran.push(input); await new Promise((done) => (release = done)); });
        for (const input of [1, 2, 3, 4]) live.send(input);
        release();
        await new Promise((done) => setTimeout(done, 20));
        release();
        await new Promise((done) => setTimeout(done, 20));
        live.send(5);
        return ran; }"""
    )
    assert ran == [1, 4, 5]


def test_latest_gives_up_a_slow_round_only_for_a_newer_input(page: Page) -> None:
    slow, waited = page.evaluate(
        """async () => {
        const { latest } = await import("./js/latest.js");
        const ran = [];
        const started = performance.now();
        const live = latest((input, signal) => new Promise((done) => {
          if (input === "newer") { ran.push("newer"); done(); }
          signal.addEventListener("abort", () => { ran.push("given up"); done(); });
        }));
        live.send("slow");
        await new Promise((done) => setTimeout(done, 300));
        live.send("newer");
        while (ran.length < 2) await new Promise((done) => setTimeout(done, 10));
        return [ran, performance.now() - started]; }"""
    )
    assert slow == ["given up", "newer"]
    assert 1900 < waited < 4000


def test_latest_cancel_drops_what_waits(page: Page) -> None:
    ran = page.evaluate(
        """async () => {
        const { latest } = await import("./js/latest.js");
        const ran = [];
        const live = latest((input, signal) => new Promise((done) => {
          ran.push(input);
          signal.addEventListener("abort", () => done());
        }));
        live.send("a"); live.send("b"); live.cancel();
        await new Promise((done) => setTimeout(done, 20));
        live.send("c");
        await new Promise((done) => setTimeout(done, 20));
        return ran; }"""
    )
    assert ran == ["a", "c"]


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (0, "< 0.1 %"),
        (0.0009, "< 0.1 %"),
        (0.001, "0.1 %"),
        (0.5, "50.0 %"),
        (0.999, "99.9 %"),
        (0.9991, "> 99.9 %"),
        (1, "> 99.9 %"),
    ],
)
def test_percentages_end_in_bounds(page: Page, probability: float, text: str) -> None:
    script = "async (p) => (await import('./js/format.js')).percent(p)"
    assert page.evaluate(script, probability) == text.replace(" ", "\u00a0")


@pytest.mark.parametrize(
    ("reason", "title", "kind"),
    [
        ("empty", "The picture is empty.", "refusal"),
        ("no_object", "Nothing stands out in this picture.", "refusal"),
        ("multiple", "Several digits in one picture.", "refusal"),
        ("unlike_training", "This does not look like a digit.", "refusal"),
        ("low_confidence", "Could be an 8 or a 3.", "info"),
    ],
)
def test_every_reason_has_its_sentence(page: Page, reason: str, title: str, kind: str) -> None:
    note = page.evaluate(
        """async (reason) => {
        const { refusalNote } = await import("./js/words.js");
        const card = { group: "digits", rejection: { min_confidence: 0.5 } };
        return refusalNote({ reason, top: [{ label: "8" }, { label: "3" }] }, card); }""",
        reason,
    )
    assert (note["title"], note["kind"]) == (title, kind)


def test_several_digits_are_told_one_by_one(page: Page) -> None:
    note = page.evaluate(
        """async () => {
        const { refusalNote } = await import("./js/words.js");
        const regions = [{ label: "3", confidence: 0.98 }, { label: "7", confidence: 0.8 }];
        return refusalNote({ reason: "multiple", regions, top: [] }, { group: "digits" }); }"""
    )
    assert note["title"] == "2 digits in one picture."
    assert note["text"].replace("\u00a0", " ") == "Read one by one: 3 (98.0 %), 7 (80.0 %)."


def test_the_network_for_real_pictures_leads_its_group(page: Page) -> None:
    names = page.evaluate(
        """async () => {
        const { Models } = await import("./js/models.js");
        const select = new Models(() => {});
        const card = (name) => ({ name, group: "digits", state: "READY" });
        select.show([card("mnist_cnn"), card("mnist_gru"), card("mnist_robust")]);
        return [...document.querySelectorAll("#model option")].map((option) => option.value); }"""
    )
    assert names == ["mnist_robust", "mnist_cnn", "mnist_gru"]


def test_foreign_storage_is_no_drawing(page: Page) -> None:
    page.evaluate("sessionStorage.drawing = JSON.stringify([{ width: 'wide', points: 3 }])")
    page.reload()
    page.wait_for_selector("#verdict strong")
    assert page.locator("#hint").inner_text() == "A sample. Draw, and it makes way."
