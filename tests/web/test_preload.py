"""The page names the modules of its first view, so that the browser fetches them side by side."""

import re

from service.api.routes.pages import FOLDER

_STATIC = re.compile(r'^(?:import|export)\b[^;]*?from "(\.[^"]+)"', re.MULTILINE)


def imported(*entries: str) -> set[str]:
    """What these modules import, and what that imports, without what is loaded later."""
    found: set[str] = set()
    waiting = [FOLDER / entry for entry in entries]
    while waiting:
        module = waiting.pop().resolve()
        name = module.relative_to(FOLDER.resolve()).as_posix()
        if name not in found:
            found.add(name)
            waiting += [module.parent / other for other in _STATIC.findall(module.read_text())]
    return found


def test_just_the_modules_of_the_first_view_are_named() -> None:
    page = (FOLDER / "index.html").read_text()
    named = set(re.findall(r'rel="modulepreload" href="([^"]+)"', page))
    assert named == imported("js/main.js", "js/classify/view.js") - {"js/main.js"}
