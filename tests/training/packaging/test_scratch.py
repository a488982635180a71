"""Where a package is written before it has its name: inside its target, cleaned up after kills, no model to anyone."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest

from service.errors import ConfigurationError
from service.inference.loader import Runtime
from service.inference.repository import Repository
from tests.paths import ROOT
from training.packaging.scratch import check_target, scratch, target_of

HOLD = """
import sys, time
from pathlib import Path
from training.packaging.scratch import scratch
with scratch(Path(sys.argv[1])) as folder:
    (folder / "mnist_cnn" / "1").mkdir(parents=True)
    (folder / "mnist_cnn" / "config.pbtxt").write_text("")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def models(tmp_path: Path) -> Path:
    (tmp_path / "models" / "mnist_cnn").mkdir(parents=True)
    return tmp_path / "models"


def hidden(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.name.startswith(".")]


@pytest.mark.parametrize("name", ["mnist_cnn", "fresh"])
def test_it_lies_in_the_folder_that_it_is_renamed_into(models: Path, name: str) -> None:
    """So that a rename suffices where `models`, or a model in it, is a mount point."""
    target = target_of(models, name)
    assert target == (models / "mnist_cnn" if name == "mnist_cnn" else models)
    with scratch(target) as folder:
        assert folder.parent == target
        assert folder.stat().st_dev == target.stat().st_dev
    check_target(models, name)
    assert hidden(models) == []


def test_what_a_kill_left_is_removed_and_what_is_in_use_is_not(models: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(models)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        used = Path(process.stdout.readline().strip())
        with scratch(models):
            assert (used / "mnist_cnn" / "1").is_dir()
        process.send_signal(signal.SIGKILL)
    assert used.is_dir()
    with scratch(models) as folder:
        assert hidden(models) == [folder]
    assert hidden(models) == []


def test_the_service_takes_it_for_no_package(models: Path) -> None:
    with scratch(models) as folder:
        (folder / "mnist_rnn" / "1").mkdir(parents=True)
        assert folder in models.iterdir()
        nobody = cast(Runtime, None)  # names are read from the folder alone
        assert Repository(models, nobody).names() == ["mnist_cnn"]


def test_a_target_that_is_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="No package can be written into .*file: "):
        check_target(tmp_path / "file", "mnist_cnn")
    with pytest.raises(ConfigurationError, match="No package can be written into "):
        check_target(tmp_path / "file" / "below", "mnist_cnn")
