"""What the Dockerfile says; needs no engine."""

import re

from tests.containers.engine import DOCKERFILE


def test_build_needs_nothing_but_the_base_image() -> None:
    text = DOCKERFILE.read_text()
    stages = re.findall(r"^FROM (\S+) AS (\S+)$", text, re.MULTILINE)
    assert stages
    assert {base for base, _ in stages} <= {"${PYTHON_IMAGE}", "scratch", *(name for _, name in stages)}
    assert "# syntax" not in text, "a frontend would be pulled"
