"""The Lessons view as a person uses it. Every number that it says is held against the service's own answer."""

import json
import re
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.web.server import ROOT, serving
from tests.web.test_accessibility import RULES
from tests.web.visitor import DESKTOP, PHONE, Visitor, expect_address

pytestmark = pytest.mark.browser

LESSONS = ("curves", "dropout", "depth", "recurrent", "optimizers")
_OVERLAPS = """() => [...document.querySelectorAll("#view-lessons .plot")].map((plot) => {
  const names = [...plot.querySelectorAll(".line-name")].map((name) => name.getBoundingClientRect());
  const card = plot.getBoundingClientRect();
  const touching = names.filter((a, index) => names.slice(index + 1).some((b) =>
    a.left < b.right && b.left < a.right && a.top < b.bottom - 1 && b.top < a.bottom - 1));
  const outside = names.filter((name) => name.right > card.right || name.top < card.top || name.bottom > card.bottom);
  return [names.length, touching.length, outside.length];
})"""


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service of the published studies and of two published networks."""
    folder = tmp_path_factory.mktemp("taught")
    for name in ("mnist_cnn", "fashion_cnn"):
        shutil.copytree(ROOT / "models" / name, folder / name)
    for study in (ROOT / "models").glob("*.study.*"):
        shutil.copy(study, folder)
    with serving(folder, tmp_path_factory.mktemp("log") / "taught.log") as address:
        yield address


def ask(address: str, path: str) -> Any:
    with urlopen(f"{address}api/v1/{path}") as answer:
        return json.load(answer)


def share(value: float, digits: int = 1) -> str:
    return f"{100 * value:.{digits}f}\u00a0%"


def lesson(page: Page) -> Locator:
    return page.locator("#view-lessons .lesson")


def chart(page: Page, title: str) -> Locator:
    heading = page.get_by_role("heading", name=title, exact=True)
    return page.locator("#view-lessons .card").filter(has=heading)


def path_of(surface: Any, method: str, rate: float) -> Any:
    (path,) = [each for each in surface["paths"] if each["method"] == method and each["learning_rate"] == rate]
    return path


def row(page: Page, method: str) -> Locator:
    return page.locator(".path-table tbody tr").filter(has=page.get_by_role("checkbox", name=method, exact=True))


def test_curves_say_what_the_history_holds(browser: Browser, taught: str) -> None:
    history = ask(taught, "models/mnist_cnn/history")
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
        page.get_by_label("Model", exact=True).select_option("fashion_cnn")
        expect(lesson(page)).to_contain_text("fashion_cnn reads")
        expect_address(page, "#/lessons/curves?model=fashion_cnn", ends=True)
        expect(accuracy.locator("tbody tr")).to_have_count(20)


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
        plot.focus()
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


def test_paths_follow_the_step_and_the_served_rates(browser: Browser, taught: str) -> None:
    study = ask(taught, "comparisons/optimizers")
    ravine = next(surface for surface in study["surfaces"] if surface["name"] == "ravine")
    with Visitor.open(browser, taught, "#/lessons/optimizers?surface=ravine&lr=0.26&step=18") as visitor:
        page = visitor.page
        rate = page.get_by_role("slider", name="Learning rate")
        expect(page.locator(".path-card output")).to_have_text("0.2")  # the nearest that is served
        assert int(rate.get_attribute("max") or 0) + 1 == len(ravine["learning_rates"]) >= 12
        height = path_of(ravine, "adam", 0.2)["heights"][18]
        expect(row(page, "Adam").locator("td").first).to_have_text(f"{height:.3f}")
        page.get_by_role("button", name="Step").click()
        expect(page.get_by_role("heading", name="After 19 steps")).to_be_visible()
        height = path_of(ravine, "adam", 0.2)["heights"][19]
        expect(row(page, "Adam").locator("td").first).to_have_text(f"{height:.3f}")
        x, y = path_of(ravine, "adam", 0.2)["points"][19]
        expect(row(page, "Adam").locator("td").last).to_have_text(f"{(x * x + y * y) ** 0.5:.3f}")
        expect_address(page, "surface=ravine&lr=0.2&step=19", ends=True)
        page.get_by_role("slider", name="Step").press("Home")
        expect(page.get_by_role("heading", name="After 0 steps")).to_be_visible()
        page.reload()
        expect(page.get_by_role("heading", name="After 0 steps")).to_be_visible()


def test_a_path_that_leaves_is_pointed_at(browser: Browser, taught: str) -> None:
    study = ask(taught, "comparisons/optimizers")
    ravine = study["surfaces"][0]
    diverged_at = path_of(ravine, "batch", 0.5)["diverged_at"]
    assert diverged_at > 1
    with Visitor.open(browser, taught, "#/lessons/optimizers?surface=ravine&step=1") as visitor:
        page = visitor.page
        expect(page.locator(".exit")).to_have_count(0)
        page.get_by_role("slider", name="Learning rate").press("ArrowRight")
        expect(page.locator(".path-card output")).to_have_text("0.5")
        expect(page.locator(".exit").first).to_have_text("Gradient descent left the picture at step 1")
        expect(row(page, "Gradient descent").locator(".left")).to_have_text("left the picture at step 1")
        expect(page.locator(".exit", has_text="Implicit SGD")).to_have_count(0)
        for _ in range(diverged_at - 1):
            page.get_by_role("button", name="Step").click()
        expect(row(page, "Gradient descent").locator(".left")).to_have_text(f"diverged at step {diverged_at}")
        row(page, "Gradient descent").get_by_role("checkbox").uncheck()
        expect(page.locator(".exit", has_text="Gradient descent")).to_have_count(0)
        expect_address(page, "methods=")
        page.reload()
        expect(row(page, "Gradient descent").get_by_role("checkbox")).not_to_be_checked()
        expect(row(page, "Momentum").get_by_role("checkbox")).to_be_checked()


def test_the_player_waits_to_be_asked(browser: Browser, taught: str) -> None:
    at = "#/lessons/optimizers?surface=saddle&step=57"
    with Visitor.open(browser, taught, at, reduced_motion="no-preference") as visitor:
        page = visitor.page
        expect(page.get_by_role("heading", name="After 57 steps")).to_be_visible()
        visitor.settle()
        expect(page.get_by_role("heading", name="After 57 steps")).to_be_visible()
        page.get_by_role("button", name="Play").focus()
        page.keyboard.press("Space")
        expect(page.get_by_role("heading", name="After 60 steps")).to_be_visible()
        expect(page.get_by_role("button", name="Play")).to_be_focused()  # it ended by itself
        page.keyboard.press("Space")
        under_way = re.compile(r"^After [1-5]?\d steps?$")  # where exactly depends on the machine
        expect(page.get_by_role("heading", name=under_way)).to_be_visible()
        page.get_by_role("link", name="Dropout").click()
        expect(page.get_by_role("heading", name="Without dropout")).to_be_visible()
        page.go_back()
        stopped = page.get_by_role("button", name="Play")
        expect(stopped).to_be_visible()


def test_contours_run_through_their_height(browser: Browser, taught: str) -> None:
    with Visitor.open(browser, taught, "#/lessons/optimizers") as visitor:
        heights = visitor.page.evaluate(
            """async () => {
            const { contour } = await import("./js/lessons/contour.js");
            const { surfaces } = await (await fetch("api/v1/comparisons/optimizers")).json();
            const ravine = surfaces.find(({ name }) => name === "ravine");
            return ravine.grid.levels.slice(3).map((level) => [level,
              contour(ravine.grid, level).flat().map(([x, y]) => x * x / 8 + 4.5 * y * y)]); }"""
        )
    for level, found in heights:
        assert len(found) > 50
        assert max(abs(height - level) for height in found) < 0.03, "the grid's own step allows less than that"


def test_loss_by_rate_says_who_diverges(browser: Browser, taught: str) -> None:
    training = ask(taught, "comparisons/optimizers")["training"]
    with Visitor.open(browser, taught, "#/lessons/optimizers") as visitor:
        page = visitor.page
        card = chart(page, "Loss by learning rate")
        card.get_by_text("Show as table").click()
        for index in (0, 3):
            page.get_by_label("Network").select_option(training[index]["network"])
            expect(card.locator("tbody tr")).to_have_count(len(training[index]["learning_rates"]))
            methods = {entry["method"]: entry["runs"] for entry in training[index]["methods"]}
            last = card.locator("tbody tr").last
            assert methods["momentum"][-1]["diverged"]
            expect(last).to_contain_text("(diverged)")
            expect(last.locator("td").last).to_have_text(f"{methods['implicit'][-1]['loss']['mean']:.3f}")
            count = sum(run["diverged"] for run in methods["momentum"])
            expect(card).to_contain_text(re.compile(rf"Momentum (diverges )?at {count}\b"))
        expect_address(page, f"net={training[3]['network']}")


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE, {"width": 320, "height": 700}], ids=["1280", "390", "320"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_lesson_fits_and_axe_finds_nothing(
    browser: Browser, taught: str, theme: str, viewport: dict[str, int]
) -> None:
    with Visitor.open(browser, taught, "#/lessons", color_scheme=theme, viewport=viewport) as visitor:
        for name in LESSONS:
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
        expect(visitor.page.locator(".lesson-note")).to_contain_text("Dropout is not measured here.")
        visitor.page.get_by_role("link", name="Curves").click()
        expect(lesson(visitor.page)).to_contain_text("mnist_cnn reads")
        expect(visitor.page.locator(".lesson-note .note")).to_have_count(0)


def test_a_lesson_comes_once_the_service_answers(browser: Browser, taught: str) -> None:
    with Visitor.open(browser, taught, "#/lessons") as visitor:
        page = visitor.page
        expect(lesson(page)).to_contain_text("mnist_cnn reads")
        visitor.expect_complaint("ERR_FAILED|ERR_INTERNET")
        everything = "**/{api,health}/**"
        page.route(everything, lambda route: route.abort())
        page.get_by_role("link", name="Depth").click()
        expect(page.locator(".lesson-note")).to_contain_text("No connection to the service.")
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
        expect(lesson(visitor.page)).to_contain_text("mnist_cnn reads")
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


def test_the_optimisers_are_asked_for_once(browser: Browser, taught: str) -> None:
    with Visitor.open(browser, taught, "#/lessons/optimizers") as visitor:
        page = visitor.page
        expect(page.get_by_role("heading", name="After 18 steps")).to_be_visible()
        asked: list[str] = []

        def forbid(route: Route) -> None:
            asked.append(route.request.url)
            route.continue_()

        page.route("**/comparisons/optimizers", forbid)
        page.get_by_role("radio", name="Beale").check()
        expect(page.get_by_role("heading", name="Paths on Beale")).to_be_visible()
        page.get_by_role("link", name="Depth").click()
        expect(page.get_by_role("heading", name="Why more layers")).to_be_visible()
        page.go_back()
        expect(page.get_by_role("heading", name="Paths on Beale")).to_be_visible()
        assert not asked
