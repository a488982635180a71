"""The Lessons view as a person uses it. Every number that it says is held against the service's own answer."""

import re
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Route, expect

from tests.ci import ON_CI, sampled
from tests.web.lessons_view import ask, chart, lesson, share
from tests.web.server import ROOT
from tests.web.test_accessibility import RULES
from tests.web.visitor import DESKTOP, PHONE, Visitor, expect_address, focus

# Themes and screens: the widest and the narrowest, and on CI each with each.
NARROW = {"width": 320, "height": 700}
SIGHTS = {"light-1280": ("light", DESKTOP), "dark-320": ("dark", NARROW)}
if ON_CI:
    SIGHTS |= {"dark-1280": ("dark", DESKTOP), "light-320": ("light", NARROW)}
    SIGHTS |= {"light-390": ("light", PHONE), "dark-390": ("dark", PHONE)}
LESSONS = ("curves", "dropout", "depth", "recurrent", "optimizers")
_OVERLAPS = """() => [...document.querySelectorAll("#view-lessons .plot")].map((plot) => {
  const names = [...plot.querySelectorAll(".line-name")].map((name) => name.getBoundingClientRect());
  const card = plot.getBoundingClientRect();
  const touching = names.filter((a, index) => names.slice(index + 1).some((b) =>
    a.left < b.right && b.left < a.right && a.top < b.bottom - 1 && b.top < a.bottom - 1));
  const outside = names.filter((name) => name.right > card.right || name.top < card.top || name.bottom > card.bottom);
  return [names.length, touching.length, outside.length];
})"""


def test_curves_say_what_the_history_holds(browser: Browser, taught: str) -> None:
    history = ask(taught, "models/fashion_cnn/history")
    last = history["epochs"][-1]
    with Visitor.open(browser, taught, "#/lessons") as visitor:
        page = visitor.page
        expect(page).to_have_title("Curves - Lessons - Featuremap")
        expect(lesson(page)).to_contain_text(f"reads {share(last['accuracy'], 2)} of the training pictures right")
        expect(lesson(page)).to_contain_text(share(last["val_accuracy"], 2))
        accuracy = chart(page, "Accuracy")
        accuracy.get_by_text("Show as table").click()
        expect(accuracy.locator("tbody tr")).to_have_count(len(history["epochs"]))
        expect(accuracy.locator("tbody tr").nth(2)).to_have_text(
            f"3{share(history['epochs'][2]['accuracy'], 2)}{share(history['epochs'][2]['val_accuracy'], 2)}"
        )
        page.get_by_label("Model", exact=True).select_option("mnist_cnn")
        expect(lesson(page)).to_contain_text("mnist_cnn reads")
        expect_address(page, "#/lessons/curves?model=mnist_cnn", ends=True)
        expect(accuracy.locator("tbody tr")).to_have_count(10)


def test_a_model_that_is_not_here_is_said(browser: Browser, taught: str) -> None:
    with Visitor.open(browser, taught, "#/lessons/curves?model=nobody") as visitor:
        expect(lesson(visitor.page)).to_contain_text('There is no model "nobody" here.')
        expect(lesson(visitor.page)).to_contain_text("mnist_cnn reads")


def test_values_are_read_by_pointer_and_by_keys(browser: Browser, taught: str) -> None:
    epochs = ask(taught, "models/mnist_cnn/history")["epochs"]

    def said(epoch: int) -> str:
        values = epochs[epoch - 1]
        return f"Epoch {epoch}: training {share(values['accuracy'], 2)}, validation {share(values['val_accuracy'], 2)}"

    with Visitor.open(browser, taught, "#/lessons/curves?model=mnist_cnn") as visitor:
        page = visitor.page
        plot, readout = chart(page, "Accuracy").locator(".plot"), chart(page, "Accuracy").locator(".readout")
        expect(plot.locator("canvas")).to_be_visible()
        focus(plot)
        page.keyboard.press("ArrowRight")
        expect(readout).to_have_text(said(1))
        page.keyboard.press("ArrowRight")
        expect(readout).to_have_text(said(2))
        expect(page.locator("#live")).to_have_text(said(2))
        page.keyboard.press("End")
        expect(readout).to_have_text(said(len(epochs)))
        box = plot.locator(".u-over").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 2, box["y"] + 50)
        expect(readout).to_have_text(said(1))


def test_dropout_stands_beside_what_it_is_compared_with(browser: Browser, taught: str) -> None:
    study = ask(taught, "comparisons/dropout")
    without, with_ = study["table"]
    with Visitor.open(browser, taught, "#/lessons/dropout") as visitor:
        page = visitor.page
        expect(lesson(page)).to_contain_text(f"training accuracy climbs to {share(without['accuracy'])}")
        for title, entry in (("Without dropout", without), ("With dropout", with_)):
            expect(chart(page, title).locator(".chip")).to_have_text(f"gap {100 * entry['gap']:.1f}\u00a0points")
        left, right = (chart(page, title).bounding_box() for title in ("Without dropout", "With dropout"))
        assert left is not None
        assert right is not None
        assert left["y"] == right["y"]
        assert left["x"] < right["x"]
        numbers = page.locator(".numbers tbody tr")
        expect(numbers.nth(1)).to_contain_text(share(with_["test_accuracy"], 2))
        expect(lesson(page)).to_contain_text("Validation: a fifth of the training set, kept aside.")
        gap = chart(page, "The gap")
        gap.get_by_text("Show as table").click()
        mean = study["models"][0]["curves"]["gap"]["mean"][-1]
        expect(gap.locator("tbody tr").last).to_contain_text(f"{100 * mean:.1f}\u00a0points")


def test_depth_counts_parameters_and_mistakes(browser: Browser, taught: str) -> None:
    table = ask(taught, "comparisons/depth")["table"]
    with Visitor.open(browser, taught, "#/lessons/depth") as visitor:
        rows = visitor.page.locator(".numbers tbody tr")
        for index, entry in enumerate(table):
            wrong = round((1 - entry["test_accuracy"]) * entry["n"])
            expect(rows.nth(index)).to_contain_text(f"{entry['parameters']:,}")
            expect(rows.nth(index).locator("td").last).to_have_text(f"{wrong:,}")
        names = chart(visitor.page, "Parameters and accuracy").locator(".line-name")
        expect(names).to_have_text(["neuron", "shallow", "deep"])
        boxes = [name.bounding_box() for name in names.all()]
        assert all(a and b and a["x"] < b["x"] for a, b in pairwise(boxes)), "more parameters stand further right"


def test_belief_forms_row_by_row(browser: Browser, taught: str) -> None:
    study = ask(taught, "comparisons/recurrent")

    def said(after: int) -> str:
        classes = study["models"][0]["rows"][after - 1]
        return f"After {after} of 28 rows SimpleRNN says {classes.index(max(classes))}"

    with Visitor.open(browser, taught, "#/lessons/recurrent?row=20") as visitor:
        page = visitor.page
        words = page.locator(".forming-words")
        expect(words).to_contain_text(said(20))
        page.get_by_role("button", name="Step").click()
        expect(words).to_contain_text(said(21))
        expect_address(page, "recurrent?row=21", ends=True)
        page.get_by_role("slider", name="Row").press("End")
        expect(words).to_contain_text(said(28))
        page.get_by_role("slider", name="Row").press("Home")
        expect(words).to_have_text("No row is read yet.")
        visitor.expect_complaint("willReadFrequently")  # the test reads the canvas, the page does not
        painted = """() => { const canvas = document.querySelector("canvas.forming");
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return data.filter((value, index) => index % 4 === 3 && value > 100).length; }"""
        assert page.evaluate(painted) == 0
        page.get_by_role("button", name="Play").click()
        expect(words).to_contain_text(re.compile(r"After [1-9] of 28 rows"))
        page.get_by_role("button", name="Pause").click()
        page.get_by_role("slider", name="Row").press("End")
        assert page.evaluate(painted) > 0


@pytest.mark.parametrize(("theme", "viewport"), SIGHTS.values(), ids=SIGHTS)
def test_every_lesson_fits_and_axe_finds_nothing(
    browser: Browser, taught: str, theme: str, viewport: dict[str, int]
) -> None:
    with Visitor.open(browser, taught, "#/lessons", color_scheme=theme, viewport=viewport) as visitor:
        for name in sampled(LESSONS, 3):
            visitor.page.goto(f"{taught}#/lessons/{name}")
            expect(lesson(visitor.page).locator(".sentences p").first).to_be_visible()
            visitor.settle()
            assert not visitor.has_sideways_scroll(), name
            assert visitor.spills() == [], name
            overlaps = visitor.page.evaluate(_OVERLAPS)
            assert overlaps, name
            assert all(touching == outside == 0 for _, touching, outside in overlaps), (name, overlaps)
            results = Axe().run(visitor.page, options=RULES)
            assert results.violations_count == 0, f"{name}: {results.generate_report()}"


def test_each_lesson_is_an_entry_of_the_history(browser: Browser, taught: str) -> None:
    with Visitor.open(browser, taught, "#/lessons") as visitor:
        page = visitor.page
        page.get_by_role("link", name="Depth").click()
        expect(page).to_have_title("Depth - Lessons - Featuremap")
        page.get_by_role("link", name="Recurrent").click()
        expect(page).to_have_title("Recurrent - Lessons - Featuremap")
        page.go_back()
        expect(page).to_have_title("Depth - Lessons - Featuremap")
        expect(page.get_by_role("link", name="Depth")).to_have_attribute("aria-current", "page")
        page.go_back()
        expect(page).to_have_title("Curves - Lessons - Featuremap")


def test_the_numbers_and_the_picture_can_be_had(browser: Browser, taught: str, tmp_path: Path) -> None:
    with Visitor.open(browser, taught, "#/lessons/depth") as visitor:
        page = visitor.page
        expect(lesson(page)).to_contain_text("parameters")
        link = page.get_by_role("link", name="Numbers (JSON)").get_attribute("href")
        assert link == "api/v1/comparisons/depth"
        page.locator("#view-lessons").get_by_role("button", name="Show the call").click()
        code = page.locator("#view-lessons .call code")
        expect(code).to_have_text(f"curl '{taught}api/v1/comparisons/depth'")
        with page.expect_download() as download:
            page.get_by_role("button", name="Picture (PNG)").click()
        saved = tmp_path / "picture.png"
        download.value.save_as(saved)
        assert saved.read_bytes() == (ROOT / "models" / "depth.study.png").read_bytes()
        expect(code).to_contain_text("Accept: image/png")


def test_a_study_that_is_not_there_is_said(browser: Browser, address: str) -> None:
    with Visitor.open(browser, address, "#/lessons/dropout") as visitor:
        visitor.expect_complaint("comparisons/dropout")
        expect(visitor.page.locator(".lesson-note .note")).to_contain_text("Dropout is not measured here.")
        visitor.page.get_by_role("link", name="Curves").click()
        expect(lesson(visitor.page)).to_contain_text("mnist_cnn reads")
        expect(visitor.page.locator(".lesson-note .note")).to_have_count(0)


def test_a_lesson_comes_once_the_service_answers(browser: Browser, taught: str) -> None:
    with Visitor.open(browser, taught, "#/lessons") as visitor:
        page = visitor.page
        expect(lesson(page)).to_contain_text("fashion_cnn reads")
        visitor.expect_complaint("ERR_FAILED|ERR_INTERNET")
        everything = "**/{api,health}/**"
        page.route(everything, lambda route: route.abort())
        page.get_by_role("link", name="Depth").click()
        expect(page.locator(".lesson-note .note")).to_contain_text("No connection to the service.")
        page.unroute(everything)
        expect(lesson(page)).to_contain_text("A single neuron")
        expect(page.locator(".lesson-note .note")).to_have_count(0)


def test_charts_load_with_the_lessons_alone(browser: Browser, taught: str) -> None:
    with Visitor.open(browser, taught, "#/service") as visitor:
        paths: list[str] = []
        visitor.page.on("request", lambda request: paths.append(urlsplit(request.url).path))
        visitor.settle()
        assert not [path for path in paths if "uplot" in path.lower()]
        visitor.page.get_by_role("link", name="Lessons").click()
        expect(lesson(visitor.page)).to_contain_text("fashion_cnn reads")
        names = sorted(path.rsplit("/", 1)[1] for path in paths if "/vendor/" in path)
        assert names == ["uPlot.esm.min.js", "uPlot.min.css"]


def test_curves_are_named_at_their_ends_however_late_the_charts_style_comes(browser: Browser, taught: str) -> None:
    with Visitor.open(browser, "about:blank") as visitor:
        page = visitor.page

        def late(route: Route) -> None:
            page.wait_for_timeout(1500)
            route.continue_()

        page.route("**/uPlot.min.css", late)
        visitor.visit(f"{taught}#/lessons")
        name = page.locator("#view-lessons .line-name").first
        expect(name).to_be_visible()
        visitor.settle()
        plot, place = (part.bounding_box() for part in (page.locator("#view-lessons .u-over").first, name))
        assert plot is not None
        assert place is not None
        assert place["x"] == pytest.approx(plot["x"] + plot["width"] + 10, abs=2)
        assert plot["y"] - 16 < place["y"] < plot["y"] + plot["height"]


def test_colours_follow_the_theme(browser: Browser, taught: str) -> None:
    ink = """() => { const canvas = document.querySelector("#view-lessons .plot canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const seen = new Set();
      for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 255) seen.add([...data.slice(i, i + 3)].join());
      return [...seen]; }"""
    with Visitor.open(browser, taught, "#/lessons/depth") as visitor:
        page = visitor.page
        visitor.expect_complaint("willReadFrequently")  # the test reads the canvas, the page does not
        expect(page.locator("#view-lessons .line-name").first).to_be_visible()
        assert "27,90,158" in page.evaluate(ink)  # --accent, light
        page.emulate_media(color_scheme="dark")
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        page.wait_for_function(f"() => ({ink})().includes('128,182,240')")  # --accent, dark
