"""Runs what docs/filters.md tells a reader to run, and compares what it shows.

docs/filters.md -> fenced blocks -> a server with the published models -> each curl -> a picture, or the JSON shown
"""

import json
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from service.imaging.convolution.filters import FILTERS
from tests.doc_pages import ADDRESS, blocks, shown
from tests.integration.server import ROOT, serving

PAGE = (ROOT / "docs" / "filters.md").read_text()
BLOCKS = blocks("docs/filters.md")
COMMANDS = [line for language, text in BLOCKS if language == "bash" for line in text.strip().splitlines()]
SHOWN = [(command.strip(), json.loads(text)) for command, text in shown("docs/filters.md", "json")]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(ROOT / "models", tmp_path_factory.mktemp("serve") / "log") as running:
        yield running.address


def run(command: str, address: str, folder: Path) -> bytes:
    assert ADDRESS in command
    line = command.replace(ADDRESS, address).replace("file=@", f"file=@{ROOT}/")
    return subprocess.run(shlex.split(line), cwd=folder, capture_output=True, check=True, timeout=30).stdout


@pytest.mark.parametrize("command", [line for line in COMMANDS if "--output" in line])
def test_a_picture_is_written(command: str, address: str, tmp_path: Path) -> None:
    assert run(command, address, tmp_path) == b""
    (written,) = tmp_path.iterdir()
    with Image.open(written) as image:
        assert image.format == "PNG"
        grey = np.asarray(image.convert("L"))
        assert image.width > 200
        assert grey.min() < 100
        assert grey.max() > 150


@pytest.mark.parametrize(("command", "shown"), SHOWN, ids=["sizes", "story"])
def test_the_answer_has_what_is_shown(command: str, shown: dict[str, Any], address: str, tmp_path: Path) -> None:
    answer = json.loads(run(command, address, tmp_path))
    assert {key: answer[key] for key in shown} == shown
    assert answer["image_png"].startswith("data:image/png;base64,")


def test_every_command_is_run() -> None:
    assert len(SHOWN) == 2
    for command in COMMANDS:
        assert command.startswith("curl ")
        assert ("--output" in command) != any(command == shown for shown, _ in SHOWN)


def test_the_page_names_the_filters() -> None:
    """Four of the lecture and ten more."""
    assert len(FILTERS) == 14
    assert "and ten more" in PAGE
