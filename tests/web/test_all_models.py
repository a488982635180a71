"""All models on the same picture: who agrees, who leads, who cannot answer. Run with every published model."""

import re

from playwright.sync_api import Browser, Request, expect

from tests.web.visitor import PHONE, Visitor, expect_address, focus

DIGITS = ["mnist_robust", "mnist_cnn", "mnist_gru", "mnist_lstm", "mnist_rnn"]
PARITY = ["mnist_deep", "mnist_shallow", "mnist_neuron"]
GRU_DISSENTS = "#/classify?sample=mnist/61"  # an 8 that mnist_gru takes for a 2
NEURON_UNSURE = "#/classify?sample=mnist/42"


def test_every_model_reads_the_same_picture(browser: Browser, everything: str) -> None:
    with Visitor.open(browser, everything) as visitor:
        visitor.reads("4")
        tables = visitor.page.locator("#models-body table")
        expect(tables.nth(0).locator("tbody button")).to_have_text(DIGITS)
        expect(tables.nth(1).locator("tbody button")).to_have_text(PARITY)
        expect(tables.nth(0).locator(".says")).to_have_text(["4", "4", "4", "4", "9"])
        expect(tables.nth(1).locator(".says")).to_have_text(["even"] * 3)
        expect(visitor.page.locator("#agreement")).to_have_text("4 of 5 agree")  # disagreement is what one sees first
        expect(visitor.row("mnist_rnn")).to_have_attribute("data-tone", "dissent")
        expect(visitor.page.locator("#subtitle")).to_have_text("Eight networks read it while you draw.")


def test_who_disagrees_is_named_by_colour_and_count(browser: Browser, everything: str) -> None:
    with Visitor.open(browser, everything, GRU_DISSENTS) as visitor:
        expect(visitor.page.locator("#agreement")).to_have_text("4 of 5 agree")
        expect(visitor.row("mnist_gru")).to_have_attribute("data-tone", "dissent")
        expect(visitor.row("mnist_gru").locator(".says")).to_have_text("2")
        expect(visitor.row("mnist_robust")).to_have_attribute("data-tone", "agree")
        warn, accent = (
            visitor.page.evaluate(
                "(name) => getComputedStyle([...document.querySelectorAll('#models-body tr')]"
                ".find((row) => row.textContent.includes(name)).querySelector('.fill')).backgroundColor",
                name,
            )
            for name in ("mnist_gru", "mnist_robust")
        )
        assert (warn, accent) == ("rgb(116, 71, 0)", "rgb(27, 90, 158)")
        expect(visitor.page.locator("#live")).to_contain_text("sure. 4 of 5 agree.")


def test_half_sure_of_two_classes_is_no_opinion(browser: Browser, everything: str) -> None:
    with Visitor.open(browser, everything, NEURON_UNSURE) as visitor:
        expect(visitor.row("mnist_neuron").locator(".says")).to_have_text("unsure")
        visitor.page.get_by_role("button", name="mnist_neuron", exact=True).click()
        expect(visitor.verdict.locator("strong")).to_have_text("unsure")
        expect(visitor.page.locator("#bars .label")).to_have_text(["even", "odd"])


def test_how_far_the_percentages_may_be_believed(browser: Browser, everything: str) -> None:
    """Calibrated is said only of what was calibrated; of the others what their test found. Without an
    answer it says nothing."""
    with Visitor.open(browser, everything, "#/classify?sample=mnist/61") as visitor:
        visitor.reads("8")
        told = visitor.page.locator("#about-answer")
        expect(told).to_contain_text("Percentages are calibrated: of answers given at 90")
        visitor.page.get_by_role("button", name="mnist_deep", exact=True).click()
        visitor.reads("even")
        expect(told).to_contain_text("not calibrated: 0.9\u00a0points too sure on its test pictures")
        expect(told).to_contain_text(re.compile("At temperature 1.63, with 0.2\u00a0points left, this .* be 9"))
        visitor.page.get_by_role("button", name="Draw instead").click()
        visitor.page.locator("#clear").click()
        expect(told).to_have_text("")


def test_a_row_makes_its_model_the_leading_one(browser: Browser, everything: str) -> None:
    with Visitor.open(browser, everything, GRU_DISSENTS) as visitor:
        visitor.reads("8")
        focus(visitor.page.get_by_role("button", name="mnist_gru", exact=True))
        visitor.press("Enter")
        visitor.reads("2")
        expect(visitor.page.locator("#model")).to_have_value("mnist_gru")
        expect_address(visitor.page, "#/classify?model=mnist_gru&sample=mnist/61", ends=True)
        expect(visitor.row("mnist_gru").get_by_role("button")).to_have_attribute("aria-pressed", "true")


def test_a_model_that_is_not_ready_says_why(visitor: Visitor) -> None:
    visitor.reads("4")
    row = visitor.row("broken_bands")
    expect(row).to_contain_text("not ready:")
    expect(row).to_contain_text("model.onnx")
    expect(row.get_by_role("button")).to_be_disabled()


def test_a_refused_scribble_shows_no_verdict_anywhere(browser: Browser, everything: str) -> None:
    with Visitor.open(browser, everything) as visitor:
        visitor.reads("4")
        visitor.draw([(40, 40), (240, 40), (240, 240), (40, 240), (40, 60), (220, 60), (220, 220), (60, 220), (60, 80)])
        expect(visitor.note).to_contain_text("This does not look like a digit.")
        expect(visitor.note).to_have_attribute("data-kind", "refusal")
        expect(visitor.verdict.locator("strong.number")).to_have_count(0)
        accent = "rgb(27, 90, 158)"
        blue = visitor.page.evaluate(
            "(accent) => [...document.querySelectorAll('.bars .fill, .roll .fill')]"
            ".filter((fill) => getComputedStyle(fill).backgroundColor === accent).length",
            accent,
        )
        assert blue == 0
        expect(visitor.row("mnist_robust")).to_contain_text("no digit")


def test_clothes_have_their_own_models_and_sample(browser: Browser, everything: str) -> None:
    with Visitor.open(browser, everything) as visitor:
        visitor.reads("4")
        visitor.page.get_by_role("radio", name="Clothes").check()
        visitor.reads("Ankle boot")
        expect(visitor.page.locator("#title")).to_have_text("Choose clothes")
        expect(visitor.page.locator("#subtitle")).to_have_text("Three networks name the garment.")
        expect(visitor.page.locator("#file-name")).to_have_text("Test picture fashion_mnist 0, truly an ankle boot")
        expect_address(visitor.page, "#/classify?kind=clothes&sample=fashion_mnist/0", ends=True)
        visitor.page.get_by_role("radio", name="Digits").check()
        visitor.reads("4")
        expect(visitor.page.locator("#pad")).to_be_visible()


def test_a_round_is_one_call_of_all_and_one_of_the_leading_model(browser: Browser, everything: str) -> None:
    with Visitor.open(browser, everything) as visitor:
        visitor.reads("4")
        visitor.settle()
        asked: list[Request] = []
        visitor.page.on("request", lambda request: asked.append(request))
        with visitor.page.expect_request_finished(lambda request: "explain=true" in request.url):
            visitor.page.get_by_role("button", name="Sample").click()
        visitor.reads("5")
        visitor.settle()
        paths = [request.url.split("/api/v1/")[1] for request in asked if "/api/v1/" in request.url]
        assert paths == [
            f"predict?models={','.join(DIGITS + PARITY)}&top_k=10",
            "models/mnist_robust/predict?top_k=10&explain=true",
        ]


def test_a_phone_lists_models_before_the_sources(browser: Browser, everything: str) -> None:
    with Visitor.open(browser, everything, viewport=PHONE, has_touch=True, is_mobile=True) as visitor:
        visitor.reads("4")
        order = visitor.page.evaluate("[...document.querySelectorAll('#classify > .card')].map((card) => card.id)")
        assert order == ["pad-card", "answer-card", "models-card", "sources-card", "steps-card", "why-card"]
        assert visitor.spills() == []
