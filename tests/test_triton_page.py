"""Runs every block of docs/triton.md, and compares what it prints with what stands below it."""

import itertools
import re
from pathlib import Path

from tests.doc_pages import ADDRESS, blocks, run
from tests.graphs import sum_graph
from tests.integration.server import ROOT, serving

PAGE = (ROOT / "docs" / "triton.md").read_text()
BLOCKS = blocks("docs/triton.md")


def test_the_page_works_from_top_to_bottom(tmp_path: Path) -> None:
    sum_graph(tmp_path / "adder.onnx")
    (bash, made), (text, told), (curl, asked), (answer, answered) = BLOCKS
    assert (bash, text, curl, answer) == ("bash", "text", "bash", "text")
    assert run(made, tmp_path) == told
    with serving(tmp_path / "served", tmp_path / "log") as running:
        assert run(asked.replace(ADDRESS, running.address), tmp_path).rstrip("\n") == answered.rstrip("\n")
        notes = set(re.findall(r'"message": "model adder: (.*?)"', running.log))
    assert notes == {line.strip() for line in itertools.islice(told.splitlines(), 1, None)}
