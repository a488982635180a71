"""Writes a version of a package so that nobody ever sees half of it, and none that the service would refuse.

models/.package-*/<name>/{<n>/, labels.txt, config.pbtxt} -> loaded as the service loads it -> models/<name>

A version is never changed once written: what is new is the next number.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from service.errors import ConfigurationError
from service.inference.loader import Runtime, load_model
from service.inference.package.layout import read_config
from service.inference.package.manifest import MANIFEST_NAME, Manifest, sha256
from service.inference.runtime.providers import CPU
from service.metrics import Metrics

_SHARED = ("labels.txt", "config.pbtxt")


@contextmanager
def next_version(models: Path, name: str) -> Iterator[Path]:
    """A folder for the next version of a package, which may be filled, together with its parent's shared files.

    Where the block ends well the version is loaded as the service would load it, and appears in `models` at once;
    otherwise nothing has changed. Raises ConfigurationError where `models` cannot be written, PackageError where the
    version is a bad one.
    """
    home = models / name
    try:
        models.mkdir(parents=True, exist_ok=True)
        number = max(_numbers(home), default=0) + 1
        scratch = tempfile.TemporaryDirectory(dir=models, prefix=".package-")  # of the same file system, and hidden
    except OSError as error:
        raise ConfigurationError(f"the models folder {models} cannot be written: {error.strerror}") from None
    with scratch as folder:
        version = Path(folder) / name / str(number)
        version.mkdir(parents=True)
        for shared in _SHARED:
            if (home / shared).is_file():
                shutil.copyfile(home / shared, version.parent / shared)
        yield version
        _check(version)
        _appear(version, home)


def _numbers(home: Path) -> list[int]:
    return [int(child.name) for child in home.iterdir() if child.name.isdigit()] if home.is_dir() else []


def _check(version: Path) -> None:
    with ThreadPoolExecutor(1) as unused:
        load_model(version, read_config(version.parent), Runtime(CPU, unused, Metrics()))


def _appear(version: Path, home: Path) -> None:
    try:
        if not home.exists():
            version.parent.rename(home)  # the whole package at once
            return
        version.rename(home / version.name)
    except OSError:
        raise ConfigurationError(f"{home} was changed by somebody else meanwhile; try again") from None
    for shared in _SHARED:
        fresh = version.parent / shared
        if not (home / shared).is_file() or fresh.read_bytes() != (home / shared).read_bytes():
            fresh.replace(home / shared)


def write_manifest(version: Path, manifest: Manifest) -> None:
    """Writes model.json with the checksum of every file that lies in the version's folder."""
    files = {path.name: sha256(path) for path in sorted(version.iterdir())}
    document = manifest.model_copy(update={"files": files})
    (version / MANIFEST_NAME).write_text(document.model_dump_json(indent=1) + "\n", encoding="utf-8")


def link_or_copy(source: Path, target: Path) -> None:
    """The same bytes under another name: of a version that is never changed they need not lie there twice."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
