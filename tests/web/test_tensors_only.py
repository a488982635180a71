"""A model in Triton's own layout beside one that reads pictures: listed, and never asked about a picture."""

import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.graphs import sum_graph
from tests.service.api.tensor_models import bare_model
from tests.web.server import ROOT, serving
from tests.web.visitor import Visitor


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("models")
    shutil.copytree(ROOT / "models" / "mnist_cnn", folder / "mnist_cnn")
    sum_graph(bare_model(folder, "adder", max_batch_size=8))
    with serving(folder, tmp_path_factory.mktemp("log") / "server.log") as address:
        yield address


def test_it_is_not_among_those_that_read_a_picture(browser: Browser, address: str) -> None:
    with Visitor.open(browser, address) as visitor:
        visitor.reads("4")
        options = "[...document.querySelectorAll('#model option')].map((option) => option.text)"
        assert visitor.page.evaluate(options) == ["mnist_cnn"]
        expect(visitor.page.locator("#status")).to_have_text("Ready · 2 models · CPU")


@pytest.mark.parametrize("view", ["inside", "failures"])
def test_a_view_of_pictures_says_why_it_is_not_shown(browser: Browser, address: str, view: str) -> None:
    with Visitor.open(browser, address, f"#/{view}?model=adder") as visitor:
        place = visitor.page.locator(f"#view-{view}")
        expect(place.locator("option", has_text="adder")).to_have_text("adder: tensors only")
        expect(place.locator("option", has_text="adder")).to_be_disabled()
        expect(place.locator("select").first).to_have_value("mnist_cnn")
        expect(place).to_contain_text("adder takes tensors only.")


def test_the_service_lists_it_with_what_it_lacks(browser: Browser, address: str) -> None:
    with Visitor.open(browser, address, "#/service") as visitor:
        row = visitor.page.locator(".models-table tbody tr", has_text="adder")
        expect(row.locator(".state")).to_have_text("tensors only")
        expect(row.locator(".state .chip")).to_have_attribute("title", re.compile("python -m service package"))
