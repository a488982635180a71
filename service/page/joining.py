"""The page's scripts, joined into one for what is always asked for together.

    text of every module -> who imports whom -> one script for the start of the page, one for each later import()

A module becomes a block of its own and leaves what it exports in one register, so there is one of each whichever script
brings it; a worker has a register of its own. Of the language only what our scripts use is known; all else is refused
by name, so that a test tells before a browser does.

Order and meaning as in the standard's modules (ECMAScript, "Source Text Module Records"): each runs once, after those
that it imports. There are no circles among them, and nothing exported is assigned anew, so a copy stands for a binding.
"""

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

_IMPORT = re.compile(r'^import\s*(?:\{([^}]*)\}|(\w+))\s*from\s*"([^"]+)";|^import\s*"([^"]+)";', re.MULTILINE)
_FORWARD = re.compile(r'^export\s*\{([^}]*)\}\s*from\s*"([^"]+)";', re.MULTILINE)
_EXPORT = re.compile(r"^export (default )?(?=(?:async )?(?:function\*?|class|const) (\w+))", re.MULTILINE)
_NAMES = re.compile(r"^export\s*\{([^}]*)\};", re.MULTILINE)
_LATER = re.compile(r'\bimport\("(\.[^"]+)"\)(?!\.[A-Z])')  # import("./types.js").Card is a type, in a comment
_WORKER = re.compile(r'new Worker\(new URL\("(\.[^"]+)", import\.meta\.url\)')
_LEFT = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
_REGISTER = "$modules"


def joined(scripts: Mapping[str, str], start: str, *more: str) -> dict[str, str]:
    """Path -> text of the joined scripts, each under the path of the module that it is asked for by.

    `scripts` has every module by its path; `start` is the module that the page names, `more` those that join it
    although they are imported later. Raises ValueError for a statement that is not understood."""
    arrows = {path: set(_imports(path, text)) for path, text in scripts.items()}
    later = {entry for path, text in scripts.items() for entry in _named(_LATER, path, text)} & set(scripts)
    workers = {entry for path, text in scripts.items() for entry in _named(_WORKER, path, text)}
    first = _reached(arrows, [start, *more])
    behind = {entry: _reached(arrows, [entry]) for entry in sorted(later)}
    often = Counter(path for found in behind.values() for path in found)
    first |= {path for path, count in often.items() if count > 1}  # what several need is there from the start
    made = {start: _script(scripts, arrows, start, [*more, *sorted(first - {start}), start], first, None)}
    for entry, found in behind.items():
        if entry not in first:
            made[entry] = _script(scripts, arrows, entry, [entry], found - first, start)
    for entry in workers:
        made[entry] = _script(scripts, arrows, entry, [entry], _reached(arrows, [entry]), None)
    return made


def _script(
    scripts: Mapping[str, str],
    arrows: Mapping[str, set[str]],
    entry: str,
    order: Iterable[str],
    members: set[str],
    register: str | None,
) -> str:
    """The modules `members`, each after those that it imports. `register` is the script that keeps the register; None
    where this one does."""
    head = [f"export const {_REGISTER} = {{}};"]
    if register is not None:
        head = [f'import {{ {_REGISTER} }} from "{_relative(register, entry)}";']
    blocks = []
    for path in _in_order(arrows, order, members):
        outside, block = _block(path, scripts, entry, members)
        head += [line for line in outside if line not in head]
        blocks.append(block)
    return "\n".join([*head, *blocks, *_handed_on(scripts[entry], entry)]) + "\n"


def _block(path: str, scripts: Mapping[str, str], entry: str, members: set[str]) -> tuple[list[str], str]:
    """A module as a block, and the imports of what is none of our modules."""
    outside: list[str] = []

    def brought(match: re.Match[str]) -> str:
        names, default, module, bare = match.groups()
        target = _resolved(path, module or bare)
        if target not in scripts:
            what = f"{{{names}}}" if names is not None else default
            outside.append(f'import {what} from "{_relative(target, entry)}";')
            return ""
        if bare:
            return ""
        taken = _renamed(names) if names is not None else f"default: {default}"
        return f"const {{ {taken} }} = {_REGISTER}[{target!r}];"

    def later(match: re.Match[str]) -> str:
        target = _resolved(path, match[1])
        if target in members:
            return f"Promise.resolve({_REGISTER}[{target!r}])"
        return f'import("{_relative(target, entry)}")'

    text, exports = _IMPORT.sub(brought, scripts[path]), [f"{name}: {own}" for name, own in _exports(scripts[path])]
    forwarded = [
        f"{name}: {_REGISTER}[{_resolved(path, module)!r}].{own}"
        for names, module in _FORWARD.findall(text)
        for own, name in _pairs(names)
    ]
    text = _EXPORT.sub("", _NAMES.sub("", _FORWARD.sub("", text)))
    if left := _LEFT.search(text):
        raise ValueError(f"{path}: '{left[0]}' is no import or export that the page's scripts are joined by")
    text = _LATER.sub(later, text)
    if path != entry:
        text = text.replace("import.meta.url", f'new URL("{_relative(path, entry)}", import.meta.url).href')
    kept = ", ".join(exports + forwarded)
    return outside, f"{{ // {path}\n{text}\n{_REGISTER}[{path!r}] = {{ {kept} }};\n}}"


def _exports(text: str) -> Iterator[tuple[str, str]]:
    """Name outside, name inside."""
    for default, name in _EXPORT.findall(text):
        yield ("default" if default else name), name
    for names in _NAMES.findall(text):
        yield from ((outside, inside) for inside, outside in _pairs(names))


def _handed_on(text: str, entry: str) -> Iterator[str]:
    """What who imports this script asks it for."""
    for name, _ in _exports(text):
        form = "export default " if name == "default" else f"export const {name} = "
        yield f"{form}{_REGISTER}[{entry!r}].{name};"


def _pairs(names: str) -> Iterator[tuple[str, str]]:
    """`a, b as c` -> (a, a), (b, c)."""
    for each in filter(None, (part.strip() for part in names.split(","))):
        own, _, other = each.partition(" as ")
        yield own, other or own


def _renamed(names: str) -> str:
    return ", ".join(own if own == name else f"{own}: {name}" for own, name in _pairs(names))


def _imports(path: str, text: str) -> Iterator[str]:
    for _, _, module, bare in _IMPORT.findall(text):
        yield _resolved(path, module or bare)
    for _, module in _FORWARD.findall(text):
        yield _resolved(path, module)


def _named(pattern: re.Pattern[str], path: str, text: str) -> Iterator[str]:
    return (_resolved(path, module) for module in pattern.findall(text))


def _reached(arrows: Mapping[str, set[str]], entries: Iterable[str]) -> set[str]:
    found: set[str] = set()
    waiting = [*entries]
    while waiting:
        path = waiting.pop()
        if path not in found and path in arrows:
            found.add(path)
            waiting += arrows[path]
    return found


def _in_order(arrows: Mapping[str, set[str]], entries: Iterable[str], members: set[str]) -> list[str]:
    """`members`, each after those of them that it imports."""
    order: list[str] = []

    def visit(path: str) -> None:
        if path in members and path not in order:
            for other in sorted(arrows[path]):
                visit(other)
            order.append(path)

    for entry in entries:
        visit(entry)
    return order


def _resolved(path: str, module: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), module))


def _relative(target: str, entry: str) -> str:
    way = posixpath.relpath(target, posixpath.dirname(entry) or ".")
    return way if way.startswith(".") else f"./{way}"
