"""The page's modules, run by Node: no browser is needed for what touches no document."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from service.api.routes.pages import FOLDER
from tests.ci import ON_CI

_TIMEOUT_S = 300


def run_in_node(script: str, *files: Path) -> Any:
    """Runs a module whose imports "./js/..." are the page's; gives what it hands to `print` as JSON.

    `files` are the script's `files`, by their paths. Without Node the test is skipped, but on CI that is a failure.
    """
    node = shutil.which("node")
    if node is None:
        reason = "no node on the PATH (Debian: apt-get install nodejs)"
        if ON_CI:
            pytest.fail(reason)
        pytest.skip(reason)
    head = (
        'import { readFileSync } from "node:fs";\n'
        f"const files = {json.dumps([str(path) for path in files])};\n"
        "const print = (value) => console.log(JSON.stringify(value));\n"
    )
    module = head + script.replace('"./js/', f'"{FOLDER.as_uri()}/js/')
    command = [node, "--input-type=module", "-"]
    done = subprocess.run(command, input=module, capture_output=True, text=True, timeout=_TIMEOUT_S)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)
