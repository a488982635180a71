"""A page of docs/ as a reader follows it: its fenced blocks, and what stands below a command."""

import itertools
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.paths import ROOT

ADDRESS = "http://127.0.0.1:8000"  # of the service, as the pages write it


def blocks(page: str) -> list[tuple[str, str]]:
    """Language and text of each fenced block of a page, as `docs/why.md`."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)


def shown(page: str, kind: str) -> list[tuple[str, str]]:
    """The commands below which a block of this kind says what comes out, and what it says."""
    return [
        (command, text)
        for (language, command), (following, text) in itertools.pairwise(blocks(page))
        if (language, following) == ("bash", kind)
    ]


def run(code: str, folder: Path) -> str:
    """What a block of bash prints in `folder`, with this Python and this service."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FEATUREMAP_")}
    environment |= {"PYTHONPATH": str(ROOT), "PATH": f"{Path(sys.executable).parent}:{environment['PATH']}"}
    done = subprocess.run(
        ["bash", "-ec", code], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
