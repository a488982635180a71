"""A place to write a package before it takes its name: inside the folder it goes to, so that a rename suffices.

    check_target (before any training) ... scratch -> <target>/.publish-<random>/ -> renamed into <target>

A folder beside `models` would be another file system where `models` is a mount point. Names that begin with a dot are
no model to the service, nor a version to Triton. Who writes holds a lock on its folder, which a kill takes away: an
unlocked one is left over.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.errors import ConfigurationError

PREFIX = ".publish-"


def check_target(models: Path, name: str) -> None:
    """Raises ConfigurationError unless the package `name` can be written into `models` and renamed into its place."""
    try:
        models.mkdir(parents=True, exist_ok=True)
        target = target_of(models, name)
        with scratch(target) as folder:
            (folder / "written").mkdir()
            (folder / "written" / "file").write_bytes(b"x")
            renamed = target / f"{folder.name}-renamed"
            (folder / "written").rename(renamed)
            shutil.rmtree(renamed, ignore_errors=True)
    except OSError as error:
        raise ConfigurationError(f"No package can be written into {models}: {error.strerror}.") from None


def target_of(models: Path, name: str) -> Path:
    """The folder that something is renamed into: the model's own, or `models` where there is no such model yet."""
    home = models / name
    return home if home.is_dir() else models


@contextmanager
def scratch(target: Path) -> Iterator[Path]:
    """A folder of its own within `target`, gone afterwards, as are those that a killed process left there."""
    remove_stale(target)
    folder = Path(tempfile.mkdtemp(dir=target, prefix=PREFIX))
    lock = _locked(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def remove_stale(target: Path) -> None:
    """Removes the scratch folders in `target` that nobody holds."""
    for folder in target.glob(f"{PREFIX}*"):
        lock = _locked(folder)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _locked(folder: Path) -> int | None:
    """A descriptor that holds the folder until it is closed; None where another process holds it, or it is gone."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
