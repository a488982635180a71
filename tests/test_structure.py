"""The shape of the code that no linter holds: short modules, short functions, and no circle of imports.

Who may import whom is in pyproject.toml (import-linter); scripts and style sheets of the page are in tests/web.
"""

import ast
from graphlib import CycleError, TopologicalSorter

import grimp
import pytest

from tests.paths import ROOT

PACKAGES = ("service", "training", "tests", "benchmarks")
MODULES = sorted(path for folder in (*PACKAGES, "docs") for path in (ROOT / folder).rglob("*.py"))
MOST_LINES = 300
MOST_LINES_OF_A_FUNCTION = 60


def circle(imports: dict[str, set[str]]) -> list[str]:
    """Modules that import each other in this order, the first again at the end; none where arrows go one way."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def long_functions(source: str) -> list[str]:
    """Those with too many lines, from `def` to the last, with their count."""
    functions = [
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    lengths = [(function.name, (function.end_lineno or 0) - function.lineno + 1) for function in functions]
    return [f"{name}: {lines}" for name, lines in lengths if lines > MOST_LINES_OF_A_FUNCTION]


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, cache_dir=None)


def test_all_modules_are_looked_at(graph: grimp.ImportGraph) -> None:
    """Otherwise the tests below would hold for nothing."""
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in MODULES}
    assert len(names) > 200
    assert {name for name in names if not name.startswith("docs.")} == graph.modules


def test_no_module_is_long() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in MODULES}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_no_function_is_long() -> None:
    found = {str(path.relative_to(ROOT)): long_functions(path.read_text()) for path in MODULES}
    assert {name: functions for name, functions in found.items() if functions} == {}


def test_a_long_function_is_seen_wherever_it_stands() -> None:
    line = "        pass\n"
    long, short = line * MOST_LINES_OF_A_FUNCTION, line * (MOST_LINES_OF_A_FUNCTION - 1)
    source = f"class A:\n    async def run(self):\n{long}\nclass B:\n    def run(self):\n{short}"
    assert long_functions(source) == [f"run: {MOST_LINES_OF_A_FUNCTION + 1}"]


def test_no_modules_import_each_other_in_a_circle(graph: grimp.ImportGraph) -> None:
    assert circle({name: graph.find_modules_directly_imported_by(name) for name in graph.modules}) == []


def test_a_circle_is_seen() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) in (["b", "c", "b"], ["c", "b", "c"])
