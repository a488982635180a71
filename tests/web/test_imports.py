"""No circle among the page's scripts.

Imports that run later (`import()`) count as the others do: views.js loads each view that way, and a view that imports
views.js again makes a circle in which neither can be read, moved or tested without the other. Those that only the
type checker sees, in comments, do not count: types may know each other.
"""

import pytest

from service.api.routes.pages import FOLDER
from tests.web.sources import circles, graph, imports, reached, read_all

SCRIPTS = read_all(FOLDER, (FOLDER / "js").rglob("*.js"))
ENTRIES = ("js/main.js", "js/theme.js", "js/docs.js", "js/network/worker.js")  # pages name them; reader.js the worker


def test_no_scripts_import_each_other_in_a_circle() -> None:
    assert circles(graph(SCRIPTS)) == []


def test_every_script_is_reached_from_a_page_and_every_import_is_there() -> None:
    """Otherwise an import was not seen, and a circle might not be either."""
    ours = {module for module in reached(graph(SCRIPTS), *ENTRIES) if not module.startswith("vendor/")}
    types = {path for path in SCRIPTS if path.endswith("types.js")}  # hold no code
    assert ours == set(SCRIPTS) - types


@pytest.mark.parametrize(
    ("modules", "found"),
    [
        ({"a.js": 'import { b } from "./b.js";', "b.js": 'import "./a.js";'}, [["a.js", "b.js"]]),
        ({"a.js": 'export { b } from "./b.js";', "b.js": 'const a = () => import("./a.js");'}, [["a.js", "b.js"]]),
        (
            {
                "views.js": 'import {\n  one,\n  two,\n} from "./x/one.js";',
                "x/one.js": "import '../x/two.js';",
                "x/two.js": 'export const load = () => import(\n  "../views.js"\n);',
                "x/three.js": 'import "../views.js";',
            },
            [["views.js", "x/one.js", "x/two.js"]],
        ),
        ({"a.js": 'import "./a.js";'}, [["a.js"]]),
        ({"a.js": 'import "./b.js";', "b.js": 'import "./c.js";', "c.js": ""}, []),
        ({"a.js": 'import "./b.js";', "b.js": '/** @typedef {import("./a.js").A} A */\n// import "./a.js";'}, []),
    ],
    ids=["two", "one of them later", "three, over lines", "itself", "a row", "in comments"],
)
def test_a_circle_is_found_where_there_is_one(modules: dict[str, str], found: list[list[str]]) -> None:
    assert circles(graph(modules)) == found


def test_what_looks_like_a_comment_in_a_string_or_a_pattern_is_none() -> None:
    text = 'const a = "http://x/*"; const b = text.replace(/"\\/*/g, "");\nimport "./c.js"; // */ import "./d.js"\n'
    assert imports(text).static == {"./c.js"}
