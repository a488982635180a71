"""The Failures view as a person uses it: matrix, gallery, addresses. The service's own answers say what is right."""

import json
import re
from collections import Counter
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.ci import sampled
from tests.web.visitor import PHONE, Visitor, expect_address, focus

CNN = "#/failures?model=mnist_cnn"
SHIRTS = "#/failures?model=fashion_cnn&true=6&said=0"


def _ask(address: str, path: str) -> Any:
    with urlopen(f"{address}api/v1/models/{path}") as answer:
        return json.load(answer)


def _tiles(page: Page) -> Locator:
    return page.locator("#view-failures .tile")


def _heading(page: Page) -> Locator:
    return page.locator(".gallery-title")


def _worst_pair(address: str, model: str) -> tuple[str, str, int]:
    failures = _ask(address, f"{model}/failures?limit=1000")["failures"]
    pairs = Counter((failure["true_label"], failure["predicted_label"]) for failure in failures)
    ((truth, said), count), *_ = pairs.most_common(1)
    return truth, said, count


def test_the_title_counts_the_mistakes(browser: Browser, studied: str) -> None:
    failures = _ask(studied, "mnist_cnn/failures?limit=0")["total"]
    with Visitor.open(browser, studied, CNN) as visitor:
        sentence = (
            f"mnist_cnn reads {failures} of 10,000 test pictures wrong ({failures / 100:.2f}\u00a0%). Here they are."
        )
        expect(visitor.page.locator("#view-failures .view-words p")).to_have_text(sentence)
        expect(visitor.page).to_have_title("Failures of mnist_cnn - Featuremap")


def test_the_predictions_of_the_test_are_a_link(browser: Browser, studied: str) -> None:
    with Visitor.open(browser, studied, CNN) as visitor:
        visitor.expect_complaint("favicon.ico")  # Chromium may ask for one beside a file
        visitor.page.get_by_role("link", name="Predictions (.dat)").click()
        expect(visitor.page).to_have_url(re.compile(r"/api/v1/models/mnist_cnn/predictions\.dat$"))
        rows = visitor.page.locator("body").inner_text().splitlines()
        assert len(rows) == 10_000
        assert rows[0].split() == ["7.000", "7.000"]


def test_every_mistake_stands_in_the_matrix(browser: Browser, studied: str) -> None:
    failures = _ask(studied, "mnist_cnn/failures?limit=1000")["failures"]
    pairs = Counter((failure["true_label"], failure["predicted_label"]) for failure in failures)
    with Visitor.open(browser, studied, CNN) as visitor:
        table = visitor.page.get_by_role("table", name="Confusion matrix")
        expect(table.get_by_role("button")).to_have_count(len(pairs))
        names = {button.get_attribute("aria-label") for button in table.get_by_role("button").all()}
        assert names == {f"{t} read as {s}: {n} picture{'s' if n > 1 else ''}" for (t, s), n in pairs.items()}
        expect(table.locator("th[scope=row]")).to_have_count(10)
        expect(table.locator("th[scope=col]")).to_have_count(10)


def test_the_most_frequent_mistakes_are_links(browser: Browser, studied: str) -> None:
    truth, said, count = _worst_pair(studied, "fashion_cnn")
    with Visitor.open(browser, studied, "#/failures?model=fashion_cnn") as visitor:
        links = visitor.page.locator(".worst a")
        expect(links).to_have_count(6)
        expect(visitor.page.locator(".worst li").first).to_have_text(f"{truth} read as {said}{count}")
        links.first.click()
        expect(_heading(visitor.page)).to_have_text(f"{truth} read as {said} · {count} pictures")


def test_a_cell_opens_its_gallery_and_back_returns(browser: Browser, studied: str) -> None:
    total = _ask(studied, "mnist_cnn/failures?limit=0")["total"]
    count = _ask(studied, "mnist_cnn/failures?true_class=4&predicted_class=9&limit=0")["total"]
    with Visitor.open(browser, studied, CNN) as visitor:
        page = visitor.page
        cell = page.get_by_role("button", name="4 read as 9")
        cell.click()
        expect(_heading(page)).to_have_text(f"4 read as 9 · {count} pictures")
        expect(_tiles(page)).to_have_count(count)
        expect(cell).to_be_focused()
        expect(cell).to_have_attribute("aria-current", "true")
        expect_address(page, "#/failures?model=mnist_cnn&true=4&said=9", ends=True)
        expect(page.get_by_label("True class")).to_have_value("4")
        page.go_back()
        expect(_heading(page)).to_have_text(f"All mistakes · {total} pictures")
        expect(cell).not_to_have_attribute("aria-current", "true")


def test_arrows_move_by_cell(browser: Browser, studied: str) -> None:
    """Past the diagonal and past cells without a mistake; one tab stop for the whole table."""
    matrix = _ask(studied, "mnist_cnn/confusion")["matrix"]
    right_of_4_6 = next(said for said in range(7, 10) if matrix[4][said])
    below = next(truth for truth in range(5, 10) if truth != right_of_4_6 and matrix[truth][right_of_4_6])
    with Visitor.open(browser, studied, CNN) as visitor:
        page = visitor.page
        table = page.get_by_role("table", name="Confusion matrix")
        focus(table.get_by_role("button", name="4 read as 6"))
        page.keyboard.press("ArrowRight")
        expect(table.get_by_role("button", name=f"4 read as {right_of_4_6}")).to_be_focused()
        page.keyboard.press("ArrowDown")
        expect(table.get_by_role("button", name=f"{below} read as {right_of_4_6}")).to_be_focused()
        assert table.locator("button[tabindex='0']").count() == 1
        page.keyboard.press("Enter")
        expect(_heading(page)).to_contain_text(f"{below} read as {right_of_4_6}")


def test_the_surest_mistakes_come_first(browser: Browser, studied: str) -> None:
    first, *_ = _ask(studied, "fashion_cnn/failures?order=confidence&limit=1&true_class=6&predicted_class=0")[
        "failures"
    ]
    with Visitor.open(browser, studied, SHIRTS) as visitor:
        page = visitor.page
        tile = _tiles(page).first
        expect(tile).to_have_attribute("href", f"#/classify?model=fashion_cnn&sample=fashion_mnist/{first['index']}")
        expect(tile).to_have_attribute("aria-label", re.compile("^Said T-shirt/top, truly Shirt, .* percent sure$"))
        page.get_by_label("Order").select_option("In test order")
        indices = sorted(
            failure["index"]
            for failure in _ask(studied, "fashion_cnn/failures?limit=1000&true_class=6&predicted_class=0")["failures"]
        )
        expect(tile).to_have_attribute("href", re.compile(f"/{indices[0]}$"))
        expect_address(page, "order=index")


def test_the_pictures_are_those_of_the_test(browser: Browser, studied: str) -> None:
    with Visitor.open(browser, studied, SHIRTS) as visitor:
        picture = _tiles(visitor.page).first.locator("img")
        expect(picture).to_have_attribute("loading", "lazy")
        visitor.page.wait_for_function("() => document.querySelector('#view-failures .tile img').naturalWidth === 28")


def test_show_more_goes_on_and_the_address_keeps_it(browser: Browser, studied: str) -> None:
    with Visitor.open(browser, studied, CNN) as visitor:
        page = visitor.page
        expect(_tiles(page)).to_have_count(24)
        page.get_by_role("button", name="Show 24 more").click()
        expect(_tiles(page)).to_have_count(48)
        expect(_tiles(page).nth(24)).to_be_focused()
        expect_address(page, "n=48", ends=True)
        hrefs = [tile.get_attribute("href") for tile in _tiles(page).all()]
        assert len(set(hrefs)) == 48
        page.reload()
        expect(_tiles(page)).to_have_count(48)
        assert [tile.get_attribute("href") for tile in _tiles(page).all()] == hrefs


def test_selects_narrow_the_gallery(browser: Browser, studied: str) -> None:
    count = _ask(studied, "mnist_cnn/failures?true_class=3&limit=0")["total"]
    with Visitor.open(browser, studied, CNN) as visitor:
        page = visitor.page
        page.get_by_label("True class").select_option("True: 3")
        expect(_heading(page)).to_have_text(f"3 read as another · {count} pictures")
        page.get_by_label("Said class").select_option("Said: 3")
        expect(page.locator(".gallery-none")).to_have_text("That is no mistake. Choose two different classes.")
        page.get_by_role("combobox", name="Model", exact=True).select_option("fashion_cnn")
        expect(page.locator("#view-failures .view-words p")).to_contain_text("fashion_cnn reads")
        expect(page).to_have_title("Failures of fashion_cnn - Featuremap")
        expect(page.get_by_label("True class")).to_have_value("")


def test_a_model_without_evidence_says_so(browser: Browser, studied: str) -> None:
    with Visitor.open(browser, studied, "#/failures?model=untested_bands") as visitor:
        visitor.expect_complaint("404")
        expect(visitor.page.locator(".gallery-note")).to_contain_text("untested_bands does not say where it fails.")
        expect(visitor.page.get_by_role("table", name="Confusion matrix")).to_be_hidden()
        visitor.page.get_by_role("combobox", name="Model", exact=True).select_option("mnist_cnn")
        expect(_tiles(visitor.page)).to_have_count(24)
        expect(visitor.page.get_by_role("table", name="Confusion matrix")).to_be_visible()


def test_an_unknown_model_or_class_is_no_dead_end(browser: Browser, studied: str) -> None:
    with Visitor.open(browser, studied, "#/failures?model=mnist_x&true=99") as visitor:
        expect(visitor.page.locator(".failures-note")).to_contain_text('There is no model "mnist_x" here.')
        expect(_heading(visitor.page)).to_contain_text("All mistakes ·")


@pytest.mark.parametrize("width", sampled([320, 390, 820, 1280], 2))
def test_clothes_fit(browser: Browser, studied: str, width: int) -> None:
    with Visitor.open(browser, studied, SHIRTS, viewport={"width": width, "height": 844}) as visitor:
        expect(_tiles(visitor.page)).to_have_count(24)
        assert not visitor.has_sideways_scroll()


def test_a_finger_opens_a_cell(browser: Browser, studied: str) -> None:
    with Visitor.open(browser, studied, CNN, viewport=PHONE, has_touch=True, is_mobile=True) as visitor:
        visitor.page.get_by_role("button", name="4 read as 9").tap()
        expect(_heading(visitor.page)).to_contain_text("4 read as 9")


def test_a_lost_connection_keeps_what_stands(browser: Browser, studied: str) -> None:
    with Visitor.open(browser, studied, CNN) as visitor:
        visitor.expect_complaint("ERR_FAILED|ERR_INTERNET")
        page = visitor.page
        expect(_tiles(page)).to_have_count(24)
        page.context.set_offline(True)
        page.get_by_role("button", name="4 read as 9").click()
        expect(page.locator(".gallery-note")).to_contain_text("No connection to the service.")
        expect(_tiles(page)).to_have_count(24)
        page.context.set_offline(False)
        expect(_heading(page)).to_contain_text("4 read as 9 ·")
        expect(page.locator(".gallery-note")).to_be_empty()
