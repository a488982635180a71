"""Follows the models folder by looking at it: what is new or changed is loaded, what is gone is unloaded.

    step -> signature of each package (its files' sizes, times, inodes) -> the same twice in a row -> load | forget

A copy under way changes from look to look and is waited for. One that stopped half way fails by its checksums; what
served goes on, the index says why, and it is tried again when its files change.
"""

import logging
import os
from pathlib import Path

from service.errors import ConfigurationError, FeaturemapError
from service.inference.package.layout import name_fault, package_names
from service.inference.repository import Repository

_Signature = tuple[tuple[str, int, int, int], ...]  # of each file: its path, bytes, time in ns, inode
_GONE: _Signature = (("", 0, 0, 0),)
_log = logging.getLogger(__name__)


class Watcher:
    """Looks at the folder of `repository`. Used by one thread at a time, that in which models are loaded."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._loaded: dict[str, _Signature] = {}  # when each package was last read
        self._seen: dict[str, _Signature] = {}  # at the last look
        self._blind = False  # the folder could not be read at the last look

    def start(self) -> None:
        """Takes the folder as what is about to be loaded. Raises ConfigurationError where it cannot be read."""
        self._loaded = self._look()

    def step(self) -> None:
        """Looks once, and loads or forgets what has come to rest since the last look. Blocks while it loads."""
        try:
            now = self._look()
        except ConfigurationError as error:  # as where a network's folder is away for a moment: nothing is unloaded
            if not self._blind:
                _log.error("the models folder is not followed: %s", error.message)
            self._blind = True
            return
        self._blind = False
        for name in self._loaded.keys() - now.keys():
            now[name] = _GONE
        for name, signature in sorted(now.items()):
            if signature != self._loaded.get(name) and signature == self._seen.get(name):
                self._follow(name, signature)
        self._seen = now

    def _follow(self, name: str, signature: _Signature) -> None:
        try:
            if signature == _GONE:
                del self._loaded[name]
                self._repository.forget(name)
            else:
                self._loaded[name] = signature
                self._repository.load(name)
        except FeaturemapError as error:  # a GPU that is not used; a folder that went at this very moment
            _log.error("model %s is not followed: %s", name, error.message)

    def _look(self) -> dict[str, _Signature]:
        folder = self._repository.folder
        return {name: _signature(folder / name) for name in package_names(folder) if name_fault(name) is None}


def _signature(package: Path) -> _Signature:
    """Of the package's own files and those of its folders, which hold no others."""
    found: list[tuple[str, int, int, int]] = []
    for folder in ("", *_folders(package)):
        found += _files(package / folder, folder)
    return tuple(sorted(found))


def _folders(package: Path) -> list[str]:
    try:
        with os.scandir(package) as children:
            return [child.name for child in children if child.is_dir()]
    except OSError:  # gone meanwhile: the next look sees it
        return []


def _files(folder: Path, name: str) -> list[tuple[str, int, int, int]]:
    """A file that links lead to counts as what it is, one that cannot be seen by its name alone."""
    found = []
    try:
        with os.scandir(folder) as children:
            for child in children:
                path = f"{name}/{child.name}"
                try:
                    status = child.stat()
                    directory = child.is_dir()
                except OSError:
                    found.append((path, -1, -1, -1))
                    continue
                # A folder's own time changes with what is in it, which is looked at itself.
                found.append((path, 0, 0, status.st_ino) if directory else _fingerprint(path, status))
    except OSError:
        pass
    return found


def _fingerprint(path: str, status: os.stat_result) -> tuple[str, int, int, int]:
    return (path, status.st_size, status.st_mtime_ns, status.st_ino)
