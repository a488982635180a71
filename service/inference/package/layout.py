"""The folders of a models folder: which are packages, and which versions of one are to be served.

models/ -> package_names -> models/<name>/config.pbtxt -> read_config -> served_versions
"""

import os
import re
from pathlib import Path

from service.errors import ConfigurationError, PackageError
from service.inference.package.config_pbtxt import ModelConfig
from service.inference.package.files import read_text
from service.inference.package.manifest import MODEL_NAME

CONFIG_NAME = "config.pbtxt"
LABELS_FILE = "labels.txt"  # beside the versions of a package
RESERVED_NAMES = frozenset({"stats"})  # /v2/models/stats is an address of the Open Inference Protocol
_VERSION = re.compile("[1-9][0-9]{0,8}")


def package_names(models: Path) -> list[str]:
    """The names of the folders that are packages, sorted; those that `name_fault` refuses are among them.

    Hidden folders are passed over, and folders of another name that hold nothing of a package (`lost+found`). Raises
    ConfigurationError where the folder cannot be read.
    """
    try:
        with os.scandir(models) as children:
            folders = sorted(child.name for child in children if not child.name.startswith(".") and _is_folder(child))
    except OSError:
        raise ConfigurationError(f"the models folder {models} is missing or cannot be read; see --models") from None
    return [name for name in folders if re.fullmatch(MODEL_NAME, name) or _holds_package(models / name)]


def name_fault(name: str) -> str | None:
    """Why no model can have this name, or None where it can."""
    if name in RESERVED_NAMES:
        return f"no model can be named {name}, which is an address of the Open Inference Protocol"
    if not re.fullmatch(MODEL_NAME, name):
        return "its name must be 1 to 64 letters, digits, '_', '-' and '.', the first a letter or digit"
    return None


def shown_name(name: str) -> str:
    """A folder's name as text that any log and any answer can hold: the rest is escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


def read_config(package: Path) -> ModelConfig:
    """The config.pbtxt of the package in this folder. Raises PackageError."""
    config = ModelConfig.parse(read_text(package / CONFIG_NAME))
    if config.name not in ("", package.name):
        raise PackageError(f"{CONFIG_NAME} is that of {shown_name(config.name[:64])}, not of {package.name}")
    return config


def version_numbers(package: Path) -> list[int]:
    """The numbers of all versions that lie in the package's folder, ascending. Raises PackageError.

    A plain file is no version, whatever its name; a link that leads nowhere is one, and a bad one.
    """
    try:
        with os.scandir(package) as children:
            names = [child.name for child in children if _VERSION.fullmatch(child.name) and not _is_file(child)]
    except OSError as error:
        raise PackageError(f"its folder cannot be read: {error.strerror}") from None
    return sorted(map(int, names))


def served_versions(package: Path, config: ModelConfig) -> list[int]:
    """The numbers that the version policy picks, ascending; raises PackageError where there are none."""
    numbers = version_numbers(package)
    if config.specific_versions:
        picked = [number for number in numbers if number in config.specific_versions]
    else:
        picked = numbers[-config.num_versions :]
    if not picked:
        raise PackageError("it has no version that its version_policy serves: a folder named 1, 2, ...")
    return picked


def _is_folder(child: "os.DirEntry[str]") -> bool:
    try:
        return child.is_dir()
    except OSError:  # a link to itself
        return False


def _is_file(child: "os.DirEntry[str]") -> bool:
    try:
        return child.is_file()
    except OSError:
        return False


def _holds_package(folder: Path) -> bool:
    try:
        return any(child.name == CONFIG_NAME or _VERSION.fullmatch(child.name) for child in folder.iterdir())
    except OSError:
        return False
