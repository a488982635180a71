"""Where a package is written before it has its name: inside its target, cleaned up after kills, no model to anyone."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from service.errors import ConfigurationError
from service.inference.package.layout import package_names
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

MOUNTED = """
import sys
from pathlib import Path
from training import files
from training.packaging.scratch import check_target, scratch, target_of
models = Path(sys.argv[1])
(models / "mnist_cnn").mkdir(exist_ok=True)  # a file system over `models` hides it
for name in ("mnist_cnn", "fresh"):
    check_target(models, name)
    target = target_of(models, name)
    with scratch(target) as folder:
        (folder / "made").mkdir()
        files.write_bytes(folder / "made" / "model.onnx", b"weights")
        (folder / "made").replace(target / ("1" if target.name == name else name))
full = (models / "mnist_cnn" if models.stat().st_dev != (models / "mnist_cnn").stat().st_dev else models) / "full"
try:
    files.write_bytes(full, bytes(300_000))
except OSError as error:
    print(f"{error.strerror}: {Path(error.filename).name}")
assert not [path for path in models.rglob("*") if path.name.startswith(".") or path.name == "full"]
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


@pytest.mark.parametrize("mounted", ["models", "models/mnist_cnn"])
def test_a_mount_point_is_written_and_a_full_one_told(models: Path, mounted: str) -> None:
    """A file system of its own, of 200 kB: what was written beside it could not be renamed into it."""
    mount = 'mount -t tmpfs -o size=200k none "$1" && shift && "$@"'
    inside = ["unshare", "--map-root-user", "--mount", "sh", "-c", mount, "sh", str(models.parent / mounted)]
    if subprocess.run([*inside, "true"], capture_output=True).returncode:
        pytest.skip("no file system may be mounted here")
    command = [*inside, sys.executable, "-c", MOUNTED, str(models)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "No space left on device: full\n"


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
        assert package_names(models) == ["mnist_cnn"]


def test_a_target_that_is_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match=r"No package can be written into .*file: "):
        check_target(tmp_path / "file", "mnist_cnn")
    with pytest.raises(ConfigurationError, match="No package can be written into "):
        check_target(tmp_path / "file" / "below", "mnist_cnn")
