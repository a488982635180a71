"""The style sheets: each is asked for by somebody, and those of the first view by the page itself, side by side."""

import re

from service.api.routes.pages import FOLDER

SHEETS = {path.relative_to(FOLDER / "css").with_suffix("").as_posix() for path in (FOLDER / "css").rglob("*.css")}
_VIEW = re.compile(r'load: \(\) => import\("\./(\w+)/view\.js"\),\s*styles: \[([^\]]+)\]')


def of_page(name: str) -> list[str]:
    """The sheets that a page names itself, in their order."""
    return re.findall(r'rel="stylesheet" href="css/([^"]+)\.css"', (FOLDER / name).read_text())


def of_views() -> dict[str, list[str]]:
    """View -> the sheets that it is loaded with, in their order, from views.js."""
    text = (FOLDER / "js" / "views.js").read_text()
    return {view: re.findall(r'"([^"]+)"', sheets) for view, sheets in _VIEW.findall(text)}


def test_every_view_names_its_sheets() -> None:
    assert set(of_views()) == {path.parent.name for path in (FOLDER / "js").glob("*/view.js")}
    assert all(of_views().values())


def test_every_sheet_is_there_and_asked_for() -> None:
    asked = {*of_page("index.html"), *of_page("docs.html"), *(name for names in of_views().values() for name in names)}
    assert asked == SHEETS


def test_the_page_names_just_the_sheets_of_the_first_view() -> None:
    """In the order of views.js, so that rules win over each other as they do there."""
    shared = ["tokens", "base", "controls", "alone"]
    assert of_page("index.html") == shared + of_views()["classify"]
