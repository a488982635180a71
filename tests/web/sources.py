"""The page's own scripts as they import each other, read without a browser.

    service/web/js -> comments away -> import, export ... from, import() -> {module: modules}

What a comment names is no import: `@typedef {import("./types.js").Card}` is for the type checker alone.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

# Strings and patterns first: what looks like a comment in them is none. A pattern stands where no value has ended.
_TOKENS = re.compile(
    r"""(?P<kept>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|(?<=[=(,:;!&|?{}\[])\s*/(?![/*])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/)"""
    r"|//[^\n]*|/\*.*?\*/",
    re.DOTALL,
)
_STATIC = re.compile(r"""^\s*(?:import|export)\b(?!\s*\()[^;="'`]*?["'](\.[^"']+)["']""", re.MULTILINE)
_DYNAMIC = re.compile(r"""\bimport\(\s*["'](\.[^"']+)["']""")


class Imports(NamedTuple):
    """What a module imports, as it is written there: at once, and when it is asked for."""

    static: set[str]
    dynamic: set[str]


def imports(text: str) -> Imports:
    """The relative imports of a module's text."""
    code = _TOKENS.sub(lambda match: match["kept"] or " ", text)
    return Imports(set(_STATIC.findall(code)), set(_DYNAMIC.findall(code)))


def graph(modules: Mapping[str, str], *, dynamic: bool = True) -> dict[str, set[str]]:
    """Path -> paths that it imports. `modules` is path -> text; paths are relative to the same folder."""
    found = {}
    for path, text in modules.items():
        read = imports(text)
        named = read.static | read.dynamic if dynamic else read.static
        found[path] = {_resolved(path, name) for name in named}
    return found


def _resolved(path: str, name: str) -> str:
    root = Path("/").resolve()
    return (root / path).parent.joinpath(name).resolve().relative_to(root).as_posix()


def reached(arrows: Mapping[str, set[str]], *entries: str) -> set[str]:
    """These modules and all that they lead to."""
    found: set[str] = set()
    waiting = [*entries]
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting += arrows.get(module, ())
    return found


def circles(arrows: Mapping[str, set[str]]) -> list[list[str]]:
    """Groups of modules that lead to each other, and modules that import themselves, each sorted."""
    behind = {module: reached(arrows, *arrows[module]) for module in arrows}
    groups = {frozenset(other for other in behind[module] if module in behind.get(other, ())) for module in arrows}
    return sorted(sorted(group) for group in groups if group)


def read_all(folder: Path, files: Iterable[Path]) -> dict[str, str]:
    """Path relative to `folder` -> text."""
    return {file.relative_to(folder).as_posix(): file.read_text() for file in sorted(files)}
