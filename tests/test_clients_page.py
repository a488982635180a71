"""Runs every block of docs/clients.md, and compares what it prints with what stands below it.

docs/clients.md -> fenced blocks -> a server with the published models -> bash, Python, Node -> the text block after it
"""

import itertools
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ci import ON_CI
from tests.integration.kserve_environment import kserve_python, run
from tests.integration.server import ROOT, serving
from tests.paths import MODELS
from tests.ports import free_port

__all__ = ["kserve_python"]
ADDRESS = "127.0.0.1:8000"
GRPC_ADDRESS = "127.0.0.1:8001"
PAGE = (ROOT / "docs" / "clients.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SHOWN = [
    (language, code, text)
    for (language, code), (kind, text) in itertools.pairwise(BLOCKS)
    if language != "text" and kind == "text"
]


def blocks(language: str, kserve: bool = False) -> list[tuple[str, str]]:
    return [(code, text) for kind, code, text in SHOWN if kind == language and ("from kserve" in code) == kserve]


@pytest.fixture(scope="module")
def pointed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """A block of code, asking the server of the test."""
    port = free_port()
    log = tmp_path_factory.mktemp("clients") / "log"
    control = {"model_control": "explicit", "admin_key": "an-admin-key-of-mine"}
    with serving(MODELS, log, "--grpc-port", str(port), **control) as running:
        address = running.address.removeprefix("http://")
        yield lambda code: code.replace(ADDRESS, address).replace(GRPC_ADDRESS, f"127.0.0.1:{port}")


def printed(*command: str | Path) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_block_shows_what_it_prints_and_is_of_a_language_that_is_run() -> None:
    assert len(SHOWN) * 2 == len(BLOCKS)
    assert {language for language, _, _ in SHOWN} == {"bash", "python", "javascript"}
    assert all(ADDRESS in code or GRPC_ADDRESS in code for _, code, _ in SHOWN)


@pytest.mark.parametrize(("code", "shown"), blocks("bash"))
def test_curl(code: str, shown: str, pointed: Callable[[str], str]) -> None:
    assert printed("bash", "-c", pointed(code)).rstrip("\n") == shown.rstrip("\n")


@pytest.mark.parametrize(("code", "shown"), blocks("python"))
def test_python(code: str, shown: str, pointed: Callable[[str], str]) -> None:
    assert printed(sys.executable, "-c", pointed(code)) == shown


@pytest.mark.parametrize(("code", "shown"), blocks("javascript"))
def test_javascript(code: str, shown: str, pointed: Callable[[str], str]) -> None:
    node = shutil.which("node")
    if node is None and not ON_CI:
        pytest.skip("needs Node 18 or newer on the PATH")
    assert node is not None
    assert printed(node, "--input-type=module", "--eval", pointed(code)) == shown


@pytest.mark.install
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("code", "shown"), blocks("python", kserve=True))
def test_kserve(code: str, shown: str, pointed: Callable[[str], str], kserve_python: Path) -> None:
    assert run(kserve_python, pointed(code)) == shown
