"""The published packages in a folder: which there are, and the newest version of each."""

import json
from pathlib import Path
from typing import Any

from service.errors import ConfigurationError
from service.inference.package.manifest import MANIFEST_NAME, read_manifest, sha256
from training import files


def newest_version(home: Path) -> Path | None:
    """The folder of a package's newest version; None where there is none."""
    versions = [p for p in home.iterdir() if p.name.isdigit()] if home.is_dir() else []
    return max(versions, key=lambda p: int(p.name), default=None)


def package_names(models: Path) -> list[str]:
    """The folders in `models` that have a version, in the order of their names."""
    homes = sorted(models.iterdir()) if models.is_dir() else []
    return [home.name for home in homes if not home.name.startswith(".") and newest_version(home)]


def find_package(models: Path, name: str) -> Path:
    """The newest version of a package; raises ConfigurationError that lists those that there are."""
    folder = newest_version(models / name)
    if folder is None:
        known = ", ".join(package_names(models))
        raise ConfigurationError(f"{models} holds no package {name!r}. It holds: {known or 'none'}.")
    return folder


def read_json(path: Path) -> Any:
    """The JSON value in a file."""
    return json.loads(path.read_text())


def relist(folder: Path, *names: str, **changed: Any) -> None:
    """Writes model.json of the version in `folder` anew: with these files as they are now, and with what has `changed`
    of its members. All else stays."""
    manifest = read_manifest(folder)
    listed = dict(sorted({**manifest.files, **{name: sha256(folder / name) for name in names}}.items()))
    fresh = manifest.model_copy(update={"files": listed, **changed})
    files.write_text(folder / MANIFEST_NAME, fresh.model_dump_json(indent=1) + "\n")
