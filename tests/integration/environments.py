"""Environments with what others made, whose versions are not ours: `.venv-<name>` beside `.venv`, made once by CI.

<name>.txt -> .venv-<name>/ -> its interpreter -> what a script prints there
"""

import fcntl
import os
import subprocess
import venv
from pathlib import Path

import pytest

from tests.ci import ON_CI
from tests.integration.server import ROOT

_INSTALL_S = 540


def environment_python(name: str) -> Path:
    """The interpreter of the environment with the pins of `<name>.txt`. Skips where it would have to be installed and
    CI is not set."""
    folder, pins = ROOT / f".venv-{name}", Path(__file__).with_name(f"{name}.txt")
    python, stamp = folder / "bin" / "python", folder / ".installed"

    def is_installed() -> bool:
        return stamp.exists() and stamp.read_text() == pins.read_text()

    if is_installed():
        return python
    if not ON_CI:
        pytest.skip("installs from the package index; set CI=true")
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run in several processes
        if not is_installed():
            _install(folder, python, pins)
            stamp.write_text(pins.read_text())
    return python


def _install(folder: Path, python: Path, pins: Path) -> None:
    venv.create(folder, clear=True, with_pip=True, symlinks=True)
    quietly = ["--disable-pip-version-check", "--quiet", "--no-compile", "--no-deps"]
    subprocess.run([python, "-m", "pip", "install", *quietly, "--requirement", pins], check=True, timeout=_INSTALL_S)


def run(python: Path, code: str, *arguments: str, folder: Path = ROOT) -> str:
    """What a script prints there. It reads no settings of ours, and nothing of this project."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONWARNINGS")}
    done = subprocess.run(
        [python, "-c", code, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
