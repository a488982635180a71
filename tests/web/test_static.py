"""The page as a folder of files behind a plain file server, with no service and no internet."""

import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.ci import sampled
from tests.ports import free_port
from tests.web.server import ROOT
from tests.web.visitor import DESKTOP, PHONE, Visitor

SITE = "https://course.example/page/"
SEVEN = [(70, 70), (200, 66), (130, 230)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `python -m service static` makes of three networks and the studies."""
    models, out = tmp_path_factory.mktemp("models"), tmp_path_factory.mktemp("static") / "page"
    for name in ("mnist_cnn", "mnist_rnn", "mnist_neuron", "fashion_cnn"):
        shutil.copytree(ROOT / "models" / name, models / name)
    for study in (ROOT / "models").glob("*.study.*"):
        shutil.copy(study, models)
    command = [sys.executable, "-m", "service", "static", str(out), "--models", str(models), "--address", SITE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "python -m http.server" in done.stdout
    assert 'content="https://course.example/page/og.png"' in (out / "index.html").read_text()
    return out


@pytest.fixture(scope="module")
def files(folder: Path) -> Iterator[str]:
    """Python's own file server, below a folder as a course site has it."""
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(folder.parent)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            address = f"http://127.0.0.1:{port}/page/"
            for _ in range(200):
                try:
                    urllib.request.urlopen(address, timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.05)
            yield address
        finally:
            process.terminate()


def test_a_drawing_is_read_in_the_page(browser: Browser, files: str) -> None:
    """By every network of digits; what is several digits, or a picture, is told to need the service."""
    with Visitor.open(browser, files) as visitor:
        expect(visitor.page.locator("#status-text")).to_contain_text("no service")
        visitor.reads("4")  # the sample
        visitor.draw(SEVEN)
        visitor.reads("7")
        expect(visitor.page.locator("#timing")).to_contain_text("read in the page")
        rows = visitor.page.locator("#models-body tbody tr")
        assert rows.count() == 3
        expect(visitor.row("mnist_rnn")).to_contain_text("7")
        expect(visitor.row("mnist_neuron")).to_contain_text("odd")
        visitor.choose(ROOT / "service" / "web" / "still_life.jpg")
        expect(visitor.note).to_contain_text("This needs the service.")


TWO = [(60, 60), (60, 220)], [(140, 66), (230, 62), (170, 220)]
STACKED = [(110, 20), (150, 15), (110, 110), (160, 110)], [(110, 150), (170, 146), (130, 250)]


@pytest.mark.parametrize("viewport", sampled([PHONE, DESKTOP], 2), ids=sampled(["phone", "desktop"], 2))
def test_several_digits_are_never_one(browser: Browser, files: str, viewport: dict[str, int]) -> None:
    """Apart, or so near that they may be the strokes of one."""
    with Visitor.open(browser, files, viewport=viewport) as visitor:
        visitor.reads("4")
        clear = visitor.page.get_by_role("button", name="Clear")
        for strokes, said in ((TWO, "Several digits in one picture."), (STACKED, "One digit or several?")):
            clear.click()
            visitor.draw(*strokes)
            expect(visitor.note).to_contain_text(said)
            expect(visitor.note).to_contain_text("To part them needs the service.")
            expect(visitor.verdict.locator(".said")).to_have_count(0)
            expect(visitor.page.locator("#bars")).to_have_attribute("data-tone", "none")
        clear.click()
        visitor.draw(TWO[1])
        visitor.reads("7")


def test_clothes_are_shown_by_test_pictures(browser: Browser, files: str) -> None:
    """What the networks say of them is in the folder; a drawing of clothes needs the service, of a digit does not."""
    with Visitor.open(browser, files) as visitor:
        visitor.reads("4")
        visitor.page.get_by_role("radio", name="Clothes").check()
        visitor.reads("Ankle boot")
        expect(visitor.page.locator("#timing")).to_have_text("answered beforehand")
        visitor.page.get_by_role("button", name="Sample", exact=True).click()
        visitor.reads("Pullover")
        expect(visitor.row("fashion_cnn")).to_contain_text("Pullover")
        visitor.page.get_by_role("button", name="Draw instead").click()
        visitor.draw(SEVEN)
        expect(visitor.note).to_contain_text("This needs the service.")
        visitor.page.get_by_role("radio", name="Digits").check()
        visitor.reads("7")
        visitor.visit(f"{files}#/inside?model=fashion_cnn")
        inside = visitor.page.locator("#view-inside")
        expect(inside).to_contain_text("Test picture 4444 of fashion_mnist: a Dress. fashion_cnn says Dress")
        expect(inside).to_contain_text("In this folder: 0, 1, 2, 4444.")
        expect(inside.locator(".maps button").nth(31)).to_be_visible()
        expect(inside.locator(".excitations img").first).to_be_attached()
        expect(inside.locator(".note")).to_have_count(0)
        diagram = inside.get_by_role("link", name="Diagram").get_attribute("href")
        visitor.visit(f"{files}#/failures?model=fashion_cnn&true=6&said=0")
        failures = visitor.page.locator("#view-failures")
        expect(failures).to_contain_text("fashion_cnn reads 842 of 10,000 test pictures wrong")
        visitor.page.wait_for_function("() => document.querySelector('#view-failures img').naturalWidth === 28")
        predictions = failures.get_by_role("link", name="Predictions").get_attribute("href")
        for link in (diagram, predictions):
            with urllib.request.urlopen(f"{files}{link}") as answer:
                assert answer.status == 200
        visitor.visit(f"{files}#/lessons/curves?model=fashion_cnn")
        expect(visitor.page.locator("#view-lessons")).to_contain_text("fashion_cnn reads")


def test_lessons_failures_and_the_lectures_sample_are_files(browser: Browser, files: str) -> None:
    with Visitor.open(browser, files, "#/lessons/dropout") as visitor:
        expect(visitor.page.locator("#view-lessons")).to_contain_text("dropout", ignore_case=True)
        expect(visitor.page.locator("#view-lessons canvas").first).to_be_visible()
        visitor.visit(f"{files}#/lessons/optimizers")
        expect(visitor.page.locator("#view-lessons canvas").first).to_be_visible()
        visitor.visit(f"{files}#/failures?model=mnist_cnn&true=6&said=0&order=confidence")
        pictures = visitor.page.locator("#view-failures img")
        expect(pictures.first).to_be_visible()
        visitor.page.wait_for_function("() => document.querySelector('#view-failures img').naturalWidth === 28")
        visitor.visit(f"{files}#/inside?model=mnist_cnn&sample=mnist/4444")
        expect(visitor.page.locator("#view-inside")).to_contain_text("mnist_cnn says 9")
        expect(visitor.page.locator("#view-inside canvas").nth(3)).to_be_visible()
        expect(visitor.page.locator("#view-inside .note")).to_have_count(0)


def test_one_test_picture_of_each_digit_can_be_looked_into(browser: Browser, files: str) -> None:
    with Visitor.open(browser, files, "#/inside?model=mnist_cnn&sample=mnist/0") as visitor:
        inside = visitor.page.locator("#view-inside")
        expect(inside).to_contain_text("mnist_cnn says 7")
        expect(inside).to_contain_text("In this folder: 0, 1, 2, 3, 4, 7, 8, 11, 18, 61, 4444.")
        visitor.page.get_by_role("spinbutton", name="Test picture").fill("61")
        visitor.page.get_by_role("button", name="Show", exact=True).click()
        expect(inside).to_contain_text("mnist_cnn says 8")


@pytest.mark.parametrize("viewport", sampled([PHONE, DESKTOP], 2), ids=sampled(["phone", "desktop"], 2))
def test_pictures_are_filtered_in_the_page(browser: Browser, files: str, viewport: dict[str, int]) -> None:
    """The still life, a file of one's own, a typed kernel, a sequence of steps, the numbers of a pixel, Save."""
    with Visitor.open(browser, files, "#/filters?filter=sobel_x&at=96,80", viewport=viewport) as visitor:
        page = visitor.page
        out = page.locator(".lab-out")
        expect(out.locator(".range-words")).to_contain_text("from")
        expect(out.locator(".trace table")).to_be_visible()
        page.locator(".lab-tile").first.scroll_into_view_if_needed()
        expect(page.locator(".lab-tile canvas").nth(5)).to_have_attribute("data-fit", re.compile("wide|tall"))
        with page.expect_download() as saved:
            out.get_by_role("button", name="Save").click()
        with Image.open(saved.value.path()) as file:
            assert file.size == (400, 300)
        visitor.visit(f"{files}#/filters?sample=mnist/4444&filter=sobel_x&steps=kernel/relu/max_pool:2:2:valid")
        expect(out.locator(".caption").first).to_contain_text("14 × 14")
        assert not visitor.has_sideways_scroll()
        expect(page.locator("#view-filters .note")).to_have_count(0)


def test_what_needs_the_service_says_so(browser: Browser, files: str) -> None:
    with Visitor.open(browser, files, "#/filters?sample=mnist/17", viewport=PHONE) as visitor:
        expect(visitor.page.locator("#view-filters")).to_contain_text("This needs the service.")
        visitor.visit(f"{files}#/inside?model=mnist_cnn&sample=mnist/17")
        expect(visitor.page.locator("#view-inside")).to_contain_text("This needs the service.")
        visitor.visit(f"{files}#/inside?model=mnist_cnn")
        expect(visitor.page.locator("#view-inside .note")).to_have_count(0)
        visitor.visit(f"{files}#/service")
        expect(visitor.page.locator("#view-service")).to_contain_text("This needs the service.")
        assert not visitor.has_sideways_scroll()


def test_a_folder_that_holds_something_is_left_alone(folder: Path) -> None:
    command = [sys.executable, "-m", "service", "static", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (2, "")
    assert "holds something already" in done.stderr
