"""A wrong answer told its label in two presses, found among the reports, exported, judged on, and gone when deleted."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.ci import sampled
from tests.integration.server import command
from tests.packages import write_package
from tests.web.server import ROOT, serving
from tests.web.test_accessibility import RULES
from tests.web.visitor import DESKTOP, PHONE, Visitor, expect_address, focus

SETTLE_MS = 700  # as in live.js: an answer is spoken once it has stood so long
PHONE_WITH_FINGER: dict[str, Any] = {"viewport": PHONE, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for name in ("mnist_cnn", "fashion_cnn"):
        shutil.copytree(ROOT / "models" / name, folder / name)
    write_package(folder, "many_bands", labels=tuple(f"band {i}" for i in range(24)), group="digits")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def service(models: Path, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(models, tmp_path_factory.mktemp("log") / "server.log", feedback=str(folder)) as address:
        yield address


@pytest.fixture
def asking(service: str, folder: Path) -> Iterator[str]:
    """A service that takes reports, and has none yet."""
    yield service
    assert command("feedback", "purge", feedback=str(folder)).returncode == 0


def ask(address: str, path: str) -> Any:
    with urlopen(f"{address}api/v1/models/{path}") as answer:
        return json.load(answer)


def wrong_sample(address: str, model: str = "mnist_cnn") -> dict[str, Any]:
    failure: dict[str, Any] = ask(address, f"{model}/failures?limit=1")["failures"][0]
    return failure


def classify(sample: dict[str, Any], model: str = "mnist_cnn") -> str:
    kind, dataset = ("digits", "mnist") if model == "mnist_cnn" else ("clothes", "fashion_mnist")
    return f"#/classify?kind={kind}&model={model}&sample={dataset}/{sample['index']}"


def wrong_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Wrong? Tell it what it is")


def labels(page: Page) -> Locator:
    return page.get_by_role("group", name="What is it?").get_by_role("button")


@pytest.mark.parametrize("context", [{}, PHONE_WITH_FINGER], ids=["desktop", "phone"])
def test_from_two_presses_to_a_better_test_and_gone(
    browser: Browser, asking: str, models: Path, folder: Path, tmp_path: Path, context: dict[str, Any]
) -> None:
    sample = wrong_sample(asking)
    truth, said = sample["true_label"], sample["predicted_label"]
    with Visitor.open(browser, asking, classify(sample), **context) as visitor:
        page = visitor.page
        visitor.reads(said)
        wrong_button(page).click()
        expect(page.locator(".report .caption")).to_contain_text("for 90 days at most")
        assert ask(asking, "mnist_cnn/feedback")["total"] == 0  # nothing is kept before the second press
        labels(page).filter(has_text=truth).click()
        expect(page.locator(".report-title")).to_have_text(f"Kept: {truth} read as {said}.")
        page.wait_for_timeout(SETTLE_MS + 300)  # the answer's words do not follow
        expect(page.locator("#live")).to_have_text(f"Kept: {truth} read as {said}.")
        assert not visitor.has_sideways_scroll()
        page.get_by_role("link", name="See it in Failures").click()
        expect_address(page, f"#/failures?model=mnist_cnn&source=reported&true={truth}&said={said}", ends=True)
        expect(page.locator(".gallery-title")).to_have_text(f"{truth} read as {said} · 1 picture")
        expect(page.get_by_role("button", name=f"{truth} read as {said}: 1 picture")).to_have_attribute(
            "aria-current", "true"
        )
        expect(page.locator("#view-failures .view-words p")).to_have_text(
            "mnist_cnn read 1 of 1 reported picture wrong, as people have told it."
        )
        expect(page.locator(".report-table tbody tr")).to_have_count(1)
        expect(page.locator(".report-drift li")).to_have_count(4)
        assert not visitor.has_sideways_scroll()
        assert visitor.spills() == []

        exported = str(tmp_path / "exported")
        assert command("feedback", "export", "mnist_cnn", exported, feedback=str(folder)).returncode == 0
        shutil.copytree(models, tmp_path / "judged")
        judged = command("evaluate", "mnist_cnn", exported, "--models", str(tmp_path / "judged"))
        assert "judged on 1 pictures\n  accuracy           0.0000, 1 wrong" in judged.stdout

        remove = page.locator(".reported").get_by_role("button")
        remove.click()
        expect(remove).to_have_text("Really delete?")
        remove.click()
        expect(page.locator(".gallery-none")).to_have_text("Nobody has reported such a picture.")
        expect(page.locator(".gallery-title h2")).to_be_focused()
        expect(page.get_by_role("button", name="1 picture")).to_have_count(0)
        assert ask(asking, "mnist_cnn/feedback")["total"] == 0
        assert list((folder / "pictures").iterdir()) == []


def test_by_the_keyboard_alone(browser: Browser, asking: str) -> None:
    sample = wrong_sample(asking)
    truth, said = sample["true_class"], sample["predicted_class"]
    with Visitor.open(browser, asking, classify(sample)) as visitor:
        page = visitor.page
        visitor.reads(str(said))
        expect(wrong_button(page)).to_be_visible()
        focus(page.get_by_label("Model").first)
        for _ in range(40):
            if wrong_button(page).evaluate("(button) => button === document.activeElement"):
                break
            visitor.press("Tab")
        expect(wrong_button(page)).to_be_focused()
        visitor.press("Enter")
        expect(labels(page).first).to_be_focused()
        visitor.press("Escape")
        expect(wrong_button(page)).to_be_focused()
        expect(labels(page)).to_have_count(0)
        visitor.press("Enter")
        offered = [digit for digit in range(10) if digit != said]
        visitor.press("ArrowRight", offered.index(truth))
        expect(labels(page).nth(offered.index(truth))).to_be_focused()
        visitor.press("Enter")
        remove = page.get_by_role("button", name="Delete it again")
        expect(remove).to_be_focused()
        expect(page.locator("#live")).to_have_text(f"Kept: {truth} read as {said}.")
        visitor.press("Tab")
        visitor.press("Enter")
        expect(page.locator(".reported")).to_have_count(1)
        page.go_back()
        expect(remove).to_be_visible()
        focus(remove)
        visitor.press("Enter")
        expect(page.locator(".report-title")).to_have_text("The report is deleted.")
        expect(page.locator(".report-title")).to_be_focused()
        assert ask(asking, "mnist_cnn/feedback")["total"] == 0


def test_none_of_these_has_a_row_of_its_own(browser: Browser, asking: str) -> None:
    sample = wrong_sample(asking)
    with Visitor.open(browser, asking, classify(sample)) as visitor:
        page = visitor.page
        wrong_button(page).click()
        labels(page).filter(has_text="None of these").click()
        page.get_by_role("link", name="See it in Failures").click()
        expect_address(page, f"&true=none&said={sample['predicted_class']}", ends=True)
        name = f"none of them read as {sample['predicted_label']}"
        expect(page.locator(".gallery-title")).to_have_text(f"{name} · 1 picture")
        expect(page.get_by_role("button", name=f"{name}: 1 picture")).to_have_attribute("aria-current", "true")
        expect(page.get_by_label("True class")).to_have_value("-1")
        expect(page.locator(".reported .said-true")).to_have_text(f"{sample['predicted_label']} (none)")
        expect(page.locator(".matrix tbody tr")).to_have_count(11)
        page.get_by_role("radio", name="Test set").check()
        expect(page.locator(".matrix tbody tr")).to_have_count(10)
        expect(page.get_by_label("True class")).to_have_value("")


def test_a_drawing_is_told_as_it_stands(browser: Browser, asking: str) -> None:
    """A newer picture closes what an older one had opened."""
    with Visitor.open(browser, asking, "#/classify?kind=digits&model=mnist_cnn") as visitor:
        page = visitor.page
        visitor.draw([(140, 40), (140, 240)])
        visitor.reads("1")
        visitor.settle()  # while the pen was down there were answers too
        wrong_button(page).click()
        expect(labels(page).first).to_be_visible()
        page.get_by_role("button", name="Clear").click()
        expect(page.locator(".report")).to_be_hidden()
        visitor.draw([(140, 40), (140, 240)])
        visitor.reads("1")
        visitor.settle()
        expect(labels(page)).to_have_count(0)
        wrong_button(page).click()
        labels(page).filter(has_text="7").click()
        expect(page.locator(".report-title")).to_have_text("Kept: 7 read as 1.")
        assert ask(asking, "mnist_cnn/failures?source=reported")["failures"][0]["true_label"] == "7"


def test_words_and_many_classes_have_room(browser: Browser, asking: str) -> None:
    sample = wrong_sample(asking, "fashion_cnn")
    with Visitor.open(browser, asking, classify(sample, "fashion_cnn"), **PHONE_WITH_FINGER) as visitor:
        page = visitor.page
        wrong_button(page).click()
        expect(labels(page)).to_have_count(10)
        assert not visitor.has_sideways_scroll()
        assert visitor.spills() == []
        page.goto(f"{asking}#/classify?kind=digits&model=many_bands")
        wrong_button(page).click()
        page.get_by_label("Another class").select_option("band 17")
        expect(page.locator(".report-title")).to_contain_text("Kept: band 17 read as")


def test_a_report_that_is_not_kept_says_why(browser: Browser, asking: str, folder: Path) -> None:
    sample = wrong_sample(asking)
    with Visitor.open(browser, asking, classify(sample)) as visitor:
        visitor.expect_complaint("507")
        page = visitor.page
        wrong_button(page).click()
        (folder / "pictures").rename(folder / "away")
        label = labels(page).filter(has_text=sample["true_label"])
        label.click()
        note = page.locator(".report .note")
        expect(note).to_contain_text("The report was not kept. The service cannot keep or read reports now:")
        visitor.reads(sample["predicted_label"])
        (folder / "away").rename(folder / "pictures")
        label.click()
        expect(page.locator(".report-title")).to_contain_text("Kept:")


def test_a_service_that_takes_no_reports_does_not_ask_for_them(browser: Browser, studied: str) -> None:
    sample = wrong_sample(studied)
    with Visitor.open(browser, studied, classify(sample)) as visitor:
        visitor.expect_complaint("403")
        page = visitor.page
        visitor.reads(sample["predicted_label"])
        visitor.settle()
        expect(wrong_button(page)).to_have_count(0)
        page.goto(f"{studied}#/failures?model=mnist_cnn")
        expect(page.locator("#view-failures .tile")).to_have_count(24)
        expect(page.get_by_role("group", name="Source")).to_be_hidden()
        page.goto(f"{studied}#/failures?model=mnist_cnn&source=reported")
        expect(page.locator(".gallery-note")).to_contain_text("There are no reports here.")
        expect(page.locator(".gallery-note")).to_contain_text("FEATUREMAP_FEEDBACK")
        page.get_by_role("radio", name="Test set").check()
        expect(page.locator("#view-failures .tile")).to_have_count(24)


@pytest.mark.parametrize(
    ("theme", "viewport"),
    sampled([("light", DESKTOP), ("dark", DESKTOP), ("light", PHONE), ("dark", PHONE)], 3),
    ids=sampled(["light-desktop", "dark-desktop", "light-phone", "dark-phone"], 3),
)
def test_axe_finds_nothing_in_what_is_told(browser: Browser, asking: str, theme: str, viewport: dict[str, int]) -> None:
    sample = wrong_sample(asking)
    with Visitor.open(browser, asking, classify(sample), color_scheme=theme, viewport=viewport) as visitor:
        page = visitor.page
        wrong_button(page).click()
        found = [Axe().run(page, options=RULES)]
        labels(page).filter(has_text=sample["true_label"]).click()
        page.get_by_role("link", name="See it in Failures").click()
        expect(page.locator(".reported")).to_have_count(1)
        found.append(Axe().run(page, options=RULES))
        assert [each.generate_report() for each in found if each.violations_count] == []
