"""The page's own modules, run in the browser: what a person cannot easily bring about."""

import base64
import io
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.web.visitor import Visitor


@pytest.fixture(scope="module")
def page(browser: Browser, address: str) -> Iterator[Page]:
    """One for all: they import its modules, and leave it as it is."""
    with Visitor.open(browser, address) as visitor:
        yield visitor.page


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
        ("no_object", "No digit can be told from the rest of this picture.", "refusal"),
        ("multiple", "Several digits in one picture.", "info"),
        ("perhaps_multiple", "One digit or several? As one it would be an 8.", "info"),
        ("unlike_training", "This does not look like a digit.", "refusal"),
        ("low_confidence", "Could be an 8 or a 3.", "info"),
    ],
)
def test_every_reason_has_its_sentence(page: Page, reason: str, title: str, kind: str) -> None:
    note = page.evaluate(
        """async (reason) => {
        const { refusalNote } = await import("./js/classify/words.js");
        const card = { group: "digits", rejection: { min_confidence: 0.5 } };
        return refusalNote({ reason, top: [{ label: "8" }, { label: "3" }] }, card); }""",
        reason,
    )
    assert (note["title"], note["kind"]) == (title, kind)


def test_the_word_of_most_is_what_models_agree_on(page: Page) -> None:
    """Between equals the leading model decides; who refuses the picture has no word."""
    found = page.evaluate(
        """async () => {
        const { consensus } = await import("./js/classify/agreement.js");
        const { agreementText } = await import("./js/classify/words.js");
        const yes = (label) => ({ label, accepted: true, reason: null });
        const no = { label: "1", accepted: false, reason: "unlike_training" };
        const of = (lead, ...answers) => {
          const one = consensus(new Map(answers.map((answer, index) => [`m${index}`, answer])), lead);
          return [one.label, agreementText(one)]; };
        return [of("m0", yes("4"), yes("4"), yes("9")), of("m2", yes("4"), yes("4"), yes("9"), yes("9")),
          of("m0", yes("1"), yes("2"), yes("3")), of("m0", no, yes("2"), yes("2")), of("m0", no, no),
          of("m0", yes("4"))]; }"""
    )
    assert found == [
        ["4", "2 of 3 agree"],
        ["9", "2 of 4 agree"],
        ["1", "No two agree"],
        ["2", "2 of 2 agree, 1 refuses"],
        [None, "2 of 2 refuse"],
        ["4", ""],
    ]


def test_a_box_gets_room_but_not_its_neighbours_ink(page: Page) -> None:
    boxes = page.evaluate(
        """async () => {
        const { roomy, unturned } = await import("./js/classify/decisions.js");
        return [roomy([50, 50, 10, 100], [280, 280], [[70, 60, 20, 90]]), roomy([0, 0, 50, 50], [60, 60], []),
          unturned([10, 20, 30, 40], 90, 280, 280), unturned(unturned([1, 2, 3, 4], 90, 280, 280), 270, 280, 280)]; }"""
    )
    assert boxes == [[30, 30, 40, 140], [0, 0, 60, 60], [20, 240, 40, 30], [1, 2, 3, 4]]


def test_every_fact_has_its_words(page: Page) -> None:
    said = page.evaluate(
        """async () => {
        const { factText } = await import("./js/classify/step-words.js");
        const step = (name, facts) => factText({ name, facts }, { from: "file" }, [640, 480], null);
        return [
          step("picture", { exif_rotated: true, rotated: 0, alpha: false }),
          step("ink", { polarity: "dark_on_light", shadow_removed: true, ruled_lines_removed: true }),
          step("box", { box: [262, 142, 172, 181], objects: 1 }),
          step("fit", { stroke_width: 4, stroke_width_fit: 3.4 }),
          step("input", { shift: [1, -2] }),
          step("input", { resized: true, reason: "empty" }),
          step("box", { box: [1, 2, 3, 4], rejoined: true }),
          step("fit", { rejoined: true }),
          step("input", { box: [1, 2, 3, 4], rejoined: true }),
          step("sharpen", { radius: 1, percent: 45 }),
          step("ground", { polarity: "dark_on_light", level: 59 }),
          step("ground", { polarity: "dark_on_light", level: 250 })]; }"""
    )
    assert said == [
        "640 × 480, turned upright by its EXIF tag",
        "Dark on light. Shadow and ruled lines removed.",
        "172 × 181 at 262, 142",
        "Shrunk by area averaging, longest side 20. Strokes thinned.",
        "Centred by mass, moved +1, \u22122.",
        "No ink found: the whole picture, shrunk.",
        "3 × 4 at 1, 2, of all parts.",
        "Shrunk by area averaging, longest side 20.",
        "All parts together, read as one digit.",
        "Radius 1, by 45\u00a0%.",
        "Dark, 59 of 255.",
        "Light, 250 of 255.",
    ]


def test_the_network_for_real_pictures_leads_its_group(page: Page) -> None:
    names = page.evaluate(
        """async () => {
        const { ModelSelect } = await import("./js/models.js");
        const select = new ModelSelect(() => {});
        const card = (name) => ({ name, group: "digits", state: "READY" });
        select.show([card("mnist_cnn"), card("mnist_gru"), card("mnist_robust")], "");
        return [...select.select.options].map((option) => option.value); }"""
    )
    assert names == ["mnist_robust", "mnist_cnn", "mnist_gru"]


def test_a_drawing_becomes_the_same_pixels_as_a_png(page: Page) -> None:
    encoded = page.evaluate(
        """async () => {
        const { greyPng } = await import("./js/classify/grey-png.js");
        const pixels = new ImageData(37, 23);
        for (let i = 0; i < 37 * 23; i += 1) pixels.data.fill((i * i) % 256, 4 * i, 4 * i + 4);
        const bytes = new Uint8Array(await (await greyPng(pixels)).arrayBuffer());
        return btoa(String.fromCharCode(...bytes)); }"""
    )
    image = Image.open(io.BytesIO(base64.b64decode(encoded)))
    image.verify()  # the checksums
    image = Image.open(io.BytesIO(base64.b64decode(encoded)))
    assert (image.mode, image.size) == ("L", (37, 23))
    assert list(image.tobytes()) == [i * i % 256 for i in range(37 * 23)]


def test_ticks_of_a_chart_never_read_alike(page: Page) -> None:
    ticks: list[str] = page.evaluate(
        """async () => {
          const { axisShare } = await import("/js/lessons/curves.js");
          const ticks = [0.9955, 0.996, 0.9965, 0.997];
          return ticks.map(axisShare(ticks));
        }"""
    )
    assert ticks == ["99.55\u00a0%", "99.60\u00a0%", "99.65\u00a0%", "99.70\u00a0%"]


def test_a_view_about_the_lecture_begins_with_its_networks(page: Page) -> None:
    names = page.evaluate(
        """async () => {
          const { lecturesOwn } = await import("/js/models.js");
          const card = (name) => ({ name, group: "digits", state: "READY" });
          const cards = [card("mnist_robust"), card("mnist_rnn"), card("mnist_cnn")];
          const found = [["mnist_rnn", cards], ["fashion_cnn", cards], ["", [cards[0]]], ["mnist_cnn", []]];
          return found.map(([name, of]) => lecturesOwn(of, name));
        }"""
    )
    assert names == ["mnist_rnn", "mnist_cnn", "mnist_robust", ""]


def test_marks_that_are_no_digits_are_no_number(page: Page) -> None:
    said = page.evaluate(
        """async () => {
          const { isNumber, refusalNote } = await import("/js/classify/words.js");
          const region = (accepted) => ({ accepted, label: "6", line: 0, confidence: 0.5, box: [0, 0, 1, 1] });
          return [[true, false, false], [true, true, false]].map((accepted) => {
            const regions = accepted.map(region);
            const note = refusalNote({ reason: "multiple", regions, top: [] }, { group: "digits" });
            return [isNumber(regions), note.title];
          });
        }"""
    )
    assert said == [
        [False, "1 digit in one picture, and 2 marks that look like none."],
        [True, "2 digits in one picture, and 1 mark that looks like none."],
    ]


def test_a_long_reading_is_counted_where_it_has_no_room(page: Page) -> None:
    said = page.evaluate(
        """async () => {
          const { rowReason } = await import("/js/classify/words.js");
          const region = (label) => ({ accepted: true, label, line: 0 });
          const of = (labels) => ({ reason: "multiple", regions: labels.map(region), top: [] });
          return [["4", "2"], ["odd", "even"], ["odd", "even", "even", "odd"], Array(12).fill("1")].map(
            (labels) => rowReason(of(labels), "digits"));
        }"""
    )
    assert said == ["reads 42", "reads odd even", "4 marks", "12 marks"]


def test_ink_wider_than_high_is_offered_a_turn(page: Page) -> None:
    texts: list[str] = page.evaluate(
        """async () => {
          const { refusalNote } = await import("/js/classify/words.js");
          const of = (box) => ({ reason: "unlike_training", top: [], preprocessing: { box } });
          return [[0, 0, 80, 30], [0, 0, 30, 80]].map((box) => refusalNote(of(box), { group: "digits" }).text);
        }"""
    )
    assert ["try Turn" in text for text in texts] == [True, False]


def test_signs_are_spoken_as_words(page: Page) -> None:
    spoken = page.evaluate(
        """async () => {
          const { spokenPercent } = await import("/js/format.js");
          return [0.00001, 0.5, 0.99999].map(spokenPercent);
        }"""
    )
    assert [text.replace("\u00a0", " ") for text in spoken] == ["less than 0.1 %", "50.0 %", "more than 99.9 %"]


def test_sizes_are_said_in_megabytes(page: Page) -> None:
    text = page.evaluate(
        """async () => {
          const { failureNote } = await import("/js/words.js");
          const { Problem } = await import("/js/api.js");
          const detail = "The body has 15,537,228 bytes or more; at most 10,485,760 bytes are read.";
          return failureNote(new Problem({ detail }, 413), "photo.jpg", "").text;
        }"""
    )
    assert text.replace("\u00a0", " ") == "The body has 15.5 MB or more; at most 10.5 MB are read."
