"""A real server, a real Chromium, and a visitor in front of it.

    models/mnist_cnn + two small packages -> `python -m service serve` -> Chromium -> Visitor

Every test fails on an error in the browser's console that it did not name beforehand. Without a Chromium the
tests are skipped, but on CI (`CI=true`) that is a failure.
"""

import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.ci import ON_CI
from tests.packages import write_package
from tests.web.filter_lab import Lab
from tests.web.loopback import is_allowed, own_loopback
from tests.web.server import ROOT, serving
from tests.web.visitor import Visitor

# The same Chromium without what only a window needs: the tests take it half the time of the processors.
CHROMIUMS = ("chromium-headless-shell", "chromium")
GARMENTS = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")


@pytest.fixture(scope="package", autouse=True)
def network() -> Iterator[None]:
    """Where it is allowed, of their own: else these tests and those of containers come one after the other."""
    with own_loopback() if is_allowed() else nullcontext():
        yield


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Package scope: while Playwright's synchronous API is open, no other test could run an event loop."""
    chromium = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if chromium is None:
        reason = "no chromium on the PATH (Debian: apt-get install chromium-headless-shell)"
        if ON_CI:
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published network, one with words as labels, and one that cannot be loaded."""
    folder = tmp_path_factory.mktemp("models")
    shutil.copytree(ROOT / "models" / "mnist_cnn", folder / "mnist_cnn")
    write_package(folder, "garment_bands", labels=GARMENTS, group="clothes")
    broken = write_package(folder, "broken_bands", group="digits")
    (broken / "model.onnx").write_bytes(b"not the file that was packed")
    return folder


@pytest.fixture(scope="package")
def address(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(models, tmp_path_factory.mktemp("log") / "server.log") as address:
        yield address


@pytest.fixture(scope="package")
def studied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service of published networks of each kind, and of one package that brings no evidence of its test."""
    folder = tmp_path_factory.mktemp("studied")
    for name in ("mnist_cnn", "mnist_rnn", "mnist_neuron", "fashion_cnn"):
        shutil.copytree(ROOT / "models" / name, folder / name)
    write_package(folder, "untested_bands", group="digits")
    with serving(folder, tmp_path_factory.mktemp("log") / "studied.log") as address:
        yield address


@pytest.fixture(scope="package")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service of the published studies and of two published networks."""
    folder = tmp_path_factory.mktemp("taught")
    for name in ("mnist_cnn", "fashion_cnn"):
        shutil.copytree(ROOT / "models" / name, folder / name)
    for study in (ROOT / "models").glob("*.study.*"):
        shutil.copy(study, folder)
    with serving(folder, tmp_path_factory.mktemp("log") / "taught.log") as address:
        yield address


@pytest.fixture
def visitor(browser: Browser, address: str) -> Iterator[Visitor]:
    """Somebody with a desktop who wants no motion; `Visitor.open` brings others."""
    with Visitor.open(browser, address) as visitor:
        yield visitor


@pytest.fixture
def lab(browser: Browser, address: str) -> Iterator[Lab]:
    """Somebody at the Filters view, whose first result stands."""
    with Visitor.open(browser, address, "#/filters") as visitor:
        lab = Lab(visitor)
        lab.wait()
        yield lab


@pytest.fixture(scope="package")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with every published model, for what several of them say about the same picture."""
    with serving(ROOT / "models", tmp_path_factory.mktemp("log") / "everything.log") as address:
        yield address
