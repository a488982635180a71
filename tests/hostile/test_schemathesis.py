"""Schemathesis over `/openapi.json`: what it makes of each operation, good or bad, is answered as the document says.

What the document allows is accepted, or refused as `schemathesis.toml` says: that is every check that it has.
"""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.integration.environments import environment_python
from tests.integration.server import ROOT, serving

pytestmark = [pytest.mark.install, pytest.mark.timeout(600)]
CASES = 2000
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")


def test_the_service_is_as_its_document_says(tmp_path: Path) -> None:
    python = environment_python("schemathesis")
    reports = tmp_path / "reports"
    reports.mkdir()
    with serving(ROOT / "models", tmp_path / "log", feedback=str(reports), feedback_answers_s="5") as running:
        done = subprocess.run(
            [python.with_name("schemathesis"), "--config-file", CONFIGURATION, "run",
             f"{running.address}/openapi.json", "--checks", "all", "--phases", "coverage,fuzzing",
             "--max-examples", "40", "--seed", "1", "--continue-on-failure", "--suppress-health-check", "all",
             "--no-color"],
            cwd=tmp_path, capture_output=True, text=True, timeout=500,
        )  # fmt: skip
        log = running.log
    (generated,) = re.findall(r"([\d,]+) generated", done.stdout)
    assert done.returncode == 0, done.stdout[-20_000:]
    assert int(generated.replace(",", "")) >= CASES
    assert not [line for line in log.splitlines() if json.loads(line)["level"] == "error"]
