"""The lesson about optimisers: paths down a surface, and the loss by learning rate."""

import re
from typing import Any

from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.web.lessons_view import ask, chart
from tests.web.visitor import Visitor, expect_address, focus


def path_of(surface: Any, method: str, rate: float) -> Any:
    (path,) = [each for each in surface["paths"] if each["method"] == method and each["learning_rate"] == rate]
    return path


def row(page: Page, method: str) -> Locator:
    return page.locator(".path-table tbody tr").filter(has=page.get_by_role("checkbox", name=method, exact=True))


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
        focus(page.get_by_role("button", name="Play"))
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


def test_the_rules_are_shown_as_they_are_served(browser: Browser, taught: str) -> None:
    methods = ask(taught, "comparisons/optimizers")["methods"]
    with Visitor.open(browser, taught, "#/lessons/optimizers") as visitor:
        visitor.page.get_by_text("The rules", exact=True).click()
        for method in methods:
            expect(visitor.page.get_by_text(method["formula"])).to_be_visible()
