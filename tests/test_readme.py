"""Runs what README.md tells a reader to run, and compares the answers that it shows.

    README.md -> fenced blocks -> make serve on a free port -> each curl, against the JSON block after it

A bash block that no test here or in tests/containers knows fails, so that none is added unchecked.
"""

import itertools
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.doc_pages import blocks
from tests.ports import free_port
from tests.web.server import ROOT
from training.cli.parser import build_parser as training_parser
from training.recipes import find_recipe

README = (ROOT / "README.md").read_text()
ADDRESS = "http://127.0.0.1:8000"
BLOCKS = blocks("README.md")
COMMANDS = [line for language, text in BLOCKS if language == "bash" for line in text.strip().splitlines()]
# A curl block, and the answer that stands after it.
ASKED = [
    (text.strip(), json.loads(following))
    for (language, text), (kind, following) in itertools.pairwise(BLOCKS)
    if language == "bash" and text.startswith("curl") and kind == "json"
]
PICTURES = [command for command in COMMANDS if command.startswith("curl") and "--output" in command]
VARIES = {"timing_ms", "request_id"}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`make serve` as the README has it, but on a free port and in the environment of these tests."""
    port, log = free_port(), tmp_path_factory.mktemp("serve") / "log"
    environment = Path(sys.prefix)
    assert "make serve" in COMMANDS
    command = ["make", "serve", f"PORT={port}", f"SERVE_VENV={environment}", f"--old-file={environment}/.installed"]
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output, start_new_session=True) as process,
    ):
        try:
            wait_until_ready(f"http://127.0.0.1:{port}", process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def wait_until_ready(address: str, process: subprocess.Popen[bytes], log: Path, patience_s: float = 120) -> None:
    deadline = time.monotonic() + patience_s
    while process.poll() is None and time.monotonic() < deadline:
        try:
            httpx.get(f"{address}/health/ready", timeout=5).raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise AssertionError(f"the service did not become ready:\n{log.read_text()}")


@pytest.mark.parametrize(("command", "shown"), ASKED, ids=["a picture", "no picture"])
def test_the_answer_is_the_one_shown(command: str, shown: dict[str, Any], address: str) -> None:
    assert ADDRESS in command
    arguments = shlex.split(command.replace(ADDRESS, address))
    answer = json.loads(subprocess.run(arguments, cwd=ROOT, capture_output=True, check=True, timeout=30).stdout)
    assert list(answer) == list(shown)
    assert _constant(answer) == _constant(shown)


def _constant(document: Any) -> Any:
    """The document without what differs from call to call; probabilities to two digits."""
    if isinstance(document, dict):
        return {key: _kind(value) if key in VARIES else _constant(value) for key, value in document.items()}
    if isinstance(document, list):
        return [_constant(value) for value in document]
    return round(document, 2) if isinstance(document, float) else document


def _kind(value: Any) -> Any:
    return list(value) if isinstance(value, dict) else type(value)


def test_both_kinds_of_answer_are_shown() -> None:
    assert PICTURES
    assert [shown.get("status", 200) for _, shown in ASKED] == [200, 415]


@pytest.mark.parametrize("command", PICTURES, ids=lambda command: shlex.split(command)[-1].rpartition("/")[2])
def test_a_picture_that_is_asked_for_is_written(command: str, address: str, tmp_path: Path) -> None:
    command = command.replace(ADDRESS, address).replace("file=@", f"file=@{ROOT}/")
    subprocess.run(shlex.split(command), cwd=tmp_path, check=True, timeout=30)
    (written,) = tmp_path.iterdir()
    with Image.open(written) as image:
        assert image.format == "PNG"
        assert min(image.size) > 28


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_the_pages_that_it_links_are_there(path: str, address: str) -> None:
    assert f"<{ADDRESS}{path}>" in README or f"<{ADDRESS}>" in README
    assert httpx.get(address + path).headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("command", [line for line in COMMANDS if "-m training" in line])
def test_training_commands_are_understood(command: str) -> None:
    arguments = shlex.split(command)[3:]
    options = training_parser(arguments).parse_args(arguments)
    for name in [*getattr(options, "recipes", []), *filter(None, [getattr(options, "recipe", None)])]:
        find_recipe(name)


@pytest.mark.parametrize("command", [line for line in COMMANDS if line.startswith("make ")])
def test_make_knows_its_targets(command: str) -> None:
    done = subprocess.run([*shlex.split(command), "--dry-run"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "-m " in done.stdout


def test_every_command_is_one_that_a_test_runs() -> None:
    known = re.compile(r"make (serve|test)$|curl |\.venv/bin/python -m training |docker compose up --build$")
    assert [command for command in COMMANDS if not known.match(command)] == []
