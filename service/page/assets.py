"""What the page names, under an address that changes with it: a browser may keep it for ever.

    service/web -> scripts joined -> a hash of it all -> assets/<hash>/js/main.js, ..., which the pages name

Below that address everything lies as in the folder, so what names each other by relative addresses goes on to do so.
"""

import hashlib
import re
import time
from pathlib import Path
from typing import NamedTuple

from service.page.joining import joined

KEPT_FOR_EVER = "public, max-age=31536000, immutable"
PAGES = ("index.html", "docs.html")
_START = "js/main.js"
_FIRST_VIEW = "js/classify/view.js"
_NAMED = re.compile(r'\b(href|src)="((?:css|js|vendor)/|favicon\.svg|icons\.svg)')
_LOOK_EVERY_S = 1.0
_DIGITS = 16  # of the hash


class Assets(NamedTuple):
    """`files` are the scripts that differ from those of the folder, by their path there; `pages` the pages' text."""

    version: str
    files: dict[str, bytes]
    pages: dict[str, bytes]

    @property
    def prefix(self) -> str:
        """What stands before a path, relative to the page."""
        return f"assets/{self.version}/"


class AssetFolder:
    """The assets of a folder, made anew where one of its files has changed, which is looked for once a second at most.
    Its methods read files and are to be called in a thread: a look takes 4 ms, making them 90 ms of CPU time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: tuple[object, Assets] | None = None
        self._looked = 0.0

    def current(self) -> Assets:
        """For a page that is asked for: it names what there is now."""
        now = time.monotonic()
        if self._made is not None and now - self._looked < _LOOK_EVERY_S:
            return self._made[1]
        self._looked, stamps = now, _stamps(self._folder)
        if self._made is None or self._made[0] != stamps:
            self._made = stamps, made(self._folder)
        return self._made[1]

    def last(self) -> Assets:
        """For what a page has named: no file is looked at again."""
        return self.current() if self._made is None else self._made[1]


def made(folder: Path) -> Assets:
    """The assets of `folder` as it is now. Raises ValueError for a script that cannot be joined."""
    contents = {path.relative_to(folder).as_posix(): path.read_bytes() for path in _files(folder)}
    scripts = {path: content.decode() for path, content in contents.items() if _is_module(path)}
    files = {path: text.encode() for path, text in joined(scripts, _START, _FIRST_VIEW).items()} if scripts else {}
    total = hashlib.sha256()
    for path, content in {**contents, **files}.items():
        total.update(f"{path}\0{len(content)}\0".encode() + content)
    version = total.hexdigest()[:_DIGITS]
    pages = {
        name: _NAMED.sub(rf'\1="assets/{version}/\2', contents[name].decode()).encode()
        for name in PAGES
        if name in contents
    }
    return Assets(version, files, pages)


def _is_module(path: str) -> bool:
    return path.startswith("js/") and path.endswith(".js") and path not in ("js/theme.js", "js/docs.js")


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _stamps(folder: Path) -> list[tuple[Path, int, int]]:
    return [(path, status.st_mtime_ns, status.st_size) for path in _files(folder) if (status := path.stat())]
