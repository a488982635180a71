"""Runs what docs/why.md tells a reader to run, and compares what it shows.

docs/why.md -> fenced blocks -> a server with the published models -> each curl -> a picture, or the JSON shown
"""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from PIL import Image

from tests.doc_pages import ADDRESS, blocks, shown
from tests.integration.server import ROOT, serving
from tests.service.inference.why.sums import OPERATIONS

PAGE = (ROOT / "docs" / "why.md").read_text()
BLOCKS = blocks("docs/why.md")
COMMANDS = [text.strip() for language, text in BLOCKS if language == "bash"]
SHOWN = [(command.strip(), json.loads(text)) for command, text in shown("docs/why.md", "json")]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(ROOT / "models", tmp_path_factory.mktemp("serve") / "log") as running:
        yield running.address


def run(command: str, address: str, folder: Path) -> bytes:
    assert ADDRESS in command
    line = shlex.split(command.replace(ADDRESS, address))
    return subprocess.run(line, cwd=folder, capture_output=True, check=True, timeout=60).stdout


def agrees(shown: Any, answer: Any) -> bool:
    """Whether all that is shown is in the answer, numbers to five digits."""
    if isinstance(shown, dict):
        return all(agrees(value, answer[key]) for key, value in shown.items())
    if isinstance(shown, list):
        return len(shown) == len(answer) and all(map(agrees, shown, answer))
    return bool(shown == pytest.approx(answer, abs=1e-5) if isinstance(shown, float) else shown == answer)


@pytest.mark.parametrize(("command", "shown"), SHOWN, ids=["occlusion", "flip", "trace"])
def test_the_answer_has_what_is_shown(command: str, shown: dict[str, Any], address: str, tmp_path: Path) -> None:
    answer = json.loads(run(command, address, tmp_path))
    assert agrees(shown, answer), answer


def test_the_picture_is_written(address: str, tmp_path: Path) -> None:
    (command,) = (line for line in COMMANDS if "--output" in line)
    assert run(command, address, tmp_path) == b""
    with Image.open(tmp_path / "looked.png") as image:
        assert (image.format, image.size) == ("PNG", (448, 448))


def test_the_limits_are_those_that_are_told(address: str) -> None:
    with urlopen(f"{address}/api/v1/limits") as answer:
        limits = json.load(answer)
    told = dict(re.findall(r"^\| `(max_\w+)` \| (\d+) \|$", PAGE, re.MULTILINE))
    assert {name: str(limits[name]) for name in told} == told
    assert len(told) == 4


def test_every_operation_stands_in_the_table() -> None:
    rows = re.findall(r"^\| (`[a-z_`, ]+`) \| ", PAGE[PAGE.index("| operation |") :], re.MULTILINE)
    named = set(re.findall(r"`(\w+)`", " ".join(rows)))
    assert named >= OPERATIONS
