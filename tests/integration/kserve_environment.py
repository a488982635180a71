"""An environment with KServe's client, whose versions are not ours: `.venv-kserve` beside `.venv`, made once by CI."""

import fcntl
import os
import subprocess
import venv
from pathlib import Path

import pytest

from tests.integration.server import ROOT

FOLDER = ROOT / ".venv-kserve"
_PINS = Path(__file__).with_name("kserve.txt")
_STAMP = FOLDER / ".installed"
_INSTALL_S = 540


@pytest.fixture(scope="session")
def kserve_python() -> Path:
    """Its interpreter. Skips where it would have to be installed and CI is not set."""
    python = FOLDER / "bin" / "python"
    if _is_installed():
        return python
    if os.environ.get("CI") != "true":
        pytest.skip("installs from the package index; set CI=true")
    with FOLDER.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run in several processes
        if not _is_installed():
            _install(python)
    return python


def _is_installed() -> bool:
    return _STAMP.exists() and _STAMP.read_text() == _PINS.read_text()


def _install(python: Path) -> None:
    venv.create(FOLDER, clear=True, with_pip=True, symlinks=True)
    line = [python, "-m", "pip", "install", "--disable-pip-version-check", "--quiet", "--no-compile", "--no-deps"]
    subprocess.run([*line, "--requirement", _PINS], check=True, timeout=_INSTALL_S)
    _STAMP.write_text(_PINS.read_text())


def run(python: Path, code: str, *arguments: str, folder: Path = ROOT) -> str:
    """What a script prints there. It reads no settings of ours, and nothing of this project."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONWARNINGS")}
    done = subprocess.run(
        [python, "-c", code, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
