"""`make` on a machine that has nothing of ours: what it installs, what it leaves where it cannot, and what it says."""

import io
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from service.datasets import read_pair
from tests.ci import ON_CI, sampled
from tests.ports import free_port
from tests.test_readme import wait_until_ready
from tests.web.server import ROOT

PYTHON = Path(sys.base_prefix) / "bin" / "python3"
MOST_MB = 250
# Without what the `make` that runs these tests was told, which one inside would take for its own: TORCH=, WORKERS=.
OURS = {"MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "TORCH", "WORKERS", "PYTEST", "PYTHON"}
PLAIN = {name: value for name, value in os.environ.items() if name not in OURS}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the files that an install reads, and no code."""
    python = ("pyproject.toml", "constraints.txt", "README.md", "LICENSE")
    for name in ("Makefile", *python, "package.json", "package-lock.json", ".npmrc"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def make(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *arguments], cwd=folder, env={**PLAIN, **variables}, capture_output=True, text=True, timeout=240
    )


def test_an_install_that_fails_is_tried_again(checkout: Path) -> None:
    for _ in range(2):
        done = make(checkout, "serve", f"PYTHON={PYTHON}", PIP_NO_INDEX="1", PIP_CONFIG_FILE=os.devnull)
        assert done.returncode != 0
        assert "Installing .[cpu] into .venv-serve" in done.stdout
        assert not (checkout / ".venv-serve" / ".installed").exists()


def test_pytorchs_own_index_is_tried_first_and_is_not_needed(checkout: Path) -> None:
    """An install goes on without it; here it then fails for want of any index."""
    asked = make(checkout, "test", "--dry-run")
    assert asked.returncode == 0
    assert "--torch-backend=cpu" in asked.stdout
    nowhere = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": ""}
    for torch, said in sampled((("cpu", sys.platform == "linux"), ("", False)), 2):
        done = make(checkout, "test", f"PYTHON={PYTHON}", f"TORCH={torch}", **nowhere)
        assert done.returncode != 0
        assert ("taking the build that the package index has" in done.stdout) == said
        assert "-m pip install --disable-pip-version-check --quiet --no-compile" in done.stdout


def test_a_python_that_is_too_old_is_told_in_words(checkout: Path) -> None:
    old = checkout / "python3.8"
    old.write_text("#!/bin/sh\nexit 1\n")  # what 3.8 answers to the question whether it is 3.11 or newer
    old.chmod(0o755)
    done = make(checkout, "serve", f"PYTHON={old}")
    assert done.returncode != 0
    assert "needs Python 3.11 or newer; name one, as in: make serve PYTHON=python3.12" in done.stderr


def test_a_missing_npm_is_told_in_a_sentence(checkout: Path) -> None:
    """Before anything is installed: who wants to check the code shall not wait for it."""
    path, empty = shutil.which("make"), checkout / "empty"
    assert path is not None
    empty.mkdir()
    done = subprocess.run([path, "check"], cwd=checkout, env={"PATH": str(empty)}, capture_output=True, text=True)
    assert done.returncode != 0
    first, _ = done.stderr.split("\n", 1)
    assert first == "make check needs npm, which checks the page's scripts; on Debian: apt-get install nodejs npm"
    assert done.stdout == ""
    assert not (checkout / "node_modules").exists()
    assert not (checkout / ".venv").exists()


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A clone, and the address at which `make serve` serves it: empty home, so no cache and no settings of pip."""
    clone, home, log, port = tmp_path / "clone", tmp_path / "home", tmp_path / "log", free_port()
    home.mkdir()
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    command = ["make", "serve", f"PORT={port}", f"PYTHON={PYTHON}"]
    environment = {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command, cwd=clone, env=environment, stdout=output, stderr=output, start_new_session=True
        ) as process,
    ):
        try:
            wait_until_ready(f"http://127.0.0.1:{port}", process, log, patience_s=280)
            yield clone, f"http://127.0.0.1:{port}"
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


@pytest.mark.install
@pytest.mark.skipif(not ON_CI, reason="installs from the package index; set CI=true")
def test_a_fresh_clone_serves_without_torch_in_little_space(stranger: tuple[Path, str]) -> None:
    clone, address = stranger
    images, labels = read_pair(ROOT / "tests" / "data" / "mnist", "t10k")
    buffer = io.BytesIO()
    Image.fromarray(images[0]).save(buffer, "PNG")
    answer = httpx.post(f"{address}/api/v1/models/mnist_cnn/predict", files={"file": ("digit.png", buffer.getvalue())})
    assert answer.json()["predictions"][0]["label"] == str(labels[0])
    usage = subprocess.run(["du", "-sm", clone / ".venv-serve"], capture_output=True, text=True, check=True).stdout
    assert int(usage.split()[0]) < MOST_MB
    assert list((clone / ".venv-serve").glob("lib/python*/site-packages/torch")) == []
