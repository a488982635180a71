"""Runs the blocks of docs/feedback.md in their order against a real service, and holds its facts against the code."""

import re
import shutil
from pathlib import Path

import httpx

from service.feedback.picture import _PHOTOGRAPH_SIDE
from service.imaging.preprocessing.recipes import WORKING_SIDE
from service.settings import Settings
from tests.doc_pages import ADDRESS, blocks, run, shown
from tests.integration.server import serving
from tests.paths import MODELS, ROOT

PAGE = (ROOT / "docs" / "feedback.md").read_text()
BLOCKS = blocks("docs/feedback.md")
SHOWN = shown("docs/feedback.md", "text")
UNSHOWN = {
    "FEATUREMAP_FEEDBACK=reports python -m service serve\n",  # what the test does itself
    "python -m training train mnist_cnn --pictures exported\n",  # for hours; tests/training has it on a small set
}


def test_the_page_works_from_top_to_bottom(tmp_path: Path) -> None:
    shutil.copytree(MODELS / "mnist_cnn" / "1", tmp_path / "models" / "mnist_cnn" / "1")
    for name in ("config.pbtxt", "labels.txt"):
        shutil.copy(MODELS / "mnist_cnn" / name, tmp_path / "models" / "mnist_cnn")
    with serving(tmp_path / "models", tmp_path / "log", feedback=str(tmp_path / "reports")) as running:
        for code, text in SHOWN:
            assert run(code.replace(ADDRESS, running.address), tmp_path) == text
        documented = httpx.get(f"{running.address}/openapi.json").json()["paths"]
    calls = re.findall(r"^\| `(GET|POST|DELETE) (/api/v1/[^`?]*)[^`]*` \|", PAGE, re.MULTILINE)
    assert len(calls) == 6
    for method, path in calls:
        assert method.lower() in documented[path], path
    reports = {path for path in documented if "/feedback" in path}
    assert reports <= {path for _, path in calls}


def test_every_block_is_run_but_two() -> None:
    assert {code for language, code in BLOCKS if language == "bash" and code not in dict(SHOWN)} == UNSHOWN


def test_what_is_kept_is_what_the_settings_say() -> None:
    fields = Settings.model_fields
    assert fields["feedback"].default == ""
    for name, told in (("max_days", "90 days"), ("max_bytes", "1 GiB"), ("answers_s", "0 s")):
        (row,) = (line for line in PAGE.splitlines() if line.startswith("|") and f"FEEDBACK_{name.upper()}" in line)
        number, unit = told.split()
        assert told in row
        assert fields[f"feedback_{name}"].default == int(number) * (2**30 if unit == "GiB" else 1)
    assert f"at most {2 * WORKING_SIDE} on the longest side ({2 * _PHOTOGRAPH_SIDE:,} where" in PAGE
