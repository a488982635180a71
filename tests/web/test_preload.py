"""The page names the modules of its first view, so that the browser fetches them side by side."""

import re

from service.api.routes.pages import FOLDER
from tests.web.sources import graph, reached, read_all


def test_just_the_modules_of_the_first_view_are_named() -> None:
    page = (FOLDER / "index.html").read_text()
    named = set(re.findall(r'rel="modulepreload" href="([^"]+)"', page))
    arrows = graph(read_all(FOLDER, (FOLDER / "js").rglob("*.js")), dynamic=False)
    assert named == reached(arrows, "js/main.js", "js/classify/view.js") - {"js/main.js"}
