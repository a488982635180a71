"""A service that is busy, gone, or without a model: said where it happened, and nothing is lost."""

import shutil
import socket
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, expect

from tests.ports import free_port
from tests.web.server import serving
from tests.web.visitor import Visitor, focus


def test_a_busy_service_is_asked_again_by_itself(browser: Browser, models: Path, tmp_path: Path) -> None:
    """Bodies in flight may fill 60 kB. A slow caller holds 59 kB of them, until he gives up."""
    limit = 60_000
    with (
        serving(models, tmp_path / "log", max_body_bytes_in_flight=str(limit)) as address,
        Visitor.open(browser, address) as visitor,
        socket.create_connection(_place(address)) as slow,
    ):
        visitor.expect_complaint("503")
        visitor.reads("4")
        slow.sendall(b"POST /api/v1/models/mnist_cnn/predict HTTP/1.1\r\nHost: x\r\n")
        slow.sendall(b"Content-Type: image/png\r\nContent-Length: 65000\r\n\r\n" + bytes(limit - 1000))
        visitor.page.wait_for_timeout(300)
        focus(visitor.page.locator("#pad"))
        visitor.press("7")
        expect(visitor.note).to_contain_text("The service is busy. Trying again in 1 second.")
        expect(visitor.note).to_have_attribute("data-kind", "info")
        slow.close()
        visitor.reads("7")


def test_after_three_tries_the_person_decides(browser: Browser, models: Path, tmp_path: Path) -> None:
    with (
        serving(models, tmp_path / "log", max_body_bytes_in_flight="500") as address,
        Visitor.open(browser, address) as visitor,
    ):
        visitor.expect_complaint("503")
        expect(visitor.page.get_by_role("button", name="Try now")).to_be_visible()
        visitor.page.get_by_role("button", name="Try now").click()
        expect(visitor.note).to_contain_text("Trying again in 1 second.")


def test_a_lost_connection_keeps_the_drawing_and_comes_back(browser: Browser, models: Path, tmp_path: Path) -> None:
    port = free_port()
    bar = "No connection to the service. Your drawing is kept and is read as soon as the service answers."
    with ExitStack() as afterwards:
        with serving(models, tmp_path / "log", port) as address:
            visitor = afterwards.enter_context(Visitor.open(browser, address))
            visitor.expect_complaint("net::ERR_")
            visitor.reads("4")
        focus(visitor.page.locator("#pad"))
        visitor.press("7")
        expect(visitor.page.locator("#page-bar")).to_contain_text(bar)
        expect(visitor.page.locator("#status")).to_have_text("No connection")
        assert visitor.probabilities()["4"].endswith("%"), "the last answer stays"
        with serving(models, tmp_path / "log", port):
            visitor.reads("7")
            expect(visitor.page.locator("#page-bar")).to_be_hidden()
            expect(visitor.page.locator("#status")).to_contain_text("Ready")


def test_a_view_that_did_not_come_comes_once_the_service_answers(
    browser: Browser, models: Path, tmp_path: Path
) -> None:
    port = free_port()
    with ExitStack() as afterwards:
        with serving(models, tmp_path / "log", port) as address:
            visitor = afterwards.enter_context(Visitor.open(browser, address))
            visitor.expect_complaint("net::ERR_")
            visitor.reads("4")
            expect(visitor.page.locator("#icons")).to_have_count(1)
        page = visitor.page
        page.get_by_role("link", name="Failures").click()
        expect(page.locator("#route-note")).to_contain_text("This view could not be loaded.")
        expect(page.locator("#status")).to_have_text("No connection")
        expect(page).to_have_title("Failures, not loaded - Featuremap")
        bar = page.locator("#page-bar")
        expect(bar).to_contain_text("What stands is kept")
        drawn = "(use) => use.ownerSVGElement.querySelector('use').getBBox().width"
        assert bar.locator("use").evaluate(drawn) > 0, "the icon is seen while nobody answers"
        with serving(models, tmp_path / "log", port):
            expect(page.locator("#view-failures h1")).to_be_visible()
            expect(page.locator("#route-note")).to_be_empty()
            expect(page).to_have_title("Failures of mnist_cnn - Featuremap")


def test_without_a_ready_model_the_page_says_so(browser: Browser, models: Path, tmp_path: Path) -> None:
    shutil.copytree(models / "broken_bands", tmp_path / "models" / "broken_bands")
    with serving(tmp_path / "models", tmp_path / "log") as address, Visitor.open(browser, address) as visitor:
        expect(visitor.note).to_contain_text("No model is ready.")
        expect(visitor.page.locator("#model")).to_be_disabled()
        expect(visitor.page.locator("#status")).to_contain_text("No model ready")


def _place(address: str) -> tuple[str, int]:
    parts = urlsplit(address)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port
