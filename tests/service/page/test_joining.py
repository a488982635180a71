"""Joined scripts: run by Node they do what their modules do apart."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from service.api.routes.pages import FOLDER
from service.page.joining import joined

# Path -> text; a line that begins with "== " names a module.
WRITTEN = """
== js/main.js
import { Shared, seen } from "./shared.js";
import { view } from "./views.js";
seen.push("main");
export const found = [Shared, seen];
export const load = (name) => view(name);
== js/views.js
const VIEWS = {
  first: () => import("./first/view.js"),
  other: () => import("./other/view.js"),
  third: () => import("./third/view.js"),
};
/** @typedef {import("./types.js").View} View */
export const view = (name) => VIEWS[name]();
== js/shared.js
const own = "shared";
export const seen = [own];
export class Shared {
  count = 0;
}
== js/first/view.js
import { seen } from "../shared.js";
const own = 1;
seen.push("first");
export default class First {
  own = own;
}
== js/other/view.js
import {
  Shared,
  seen as known,
} from "../shared.js";
import { again, part } from "./part.js";
known.push("other");
export default class Other {
  is = [Shared, again(), part];
}
export function named() {
  return known;
}
== js/other/part.js
import outside from "../../vendor/outside.js";
const own = 2;
const where = new URL("./part.txt", import.meta.url).pathname + outside;
export { own as part, where };
export { both as again } from "../both.js";
== js/third/view.js
import { both } from "../both.js";
export default class Third {
  both = both;
}
== js/both.js
import { seen } from "./shared.js";
seen.push("both");
export function both() {
  return "both";
}
== js/types.js
export {};
"""
MODULES = dict(part.split("\n", 1) for part in WRITTEN.removeprefix("\n== ").split("\n== "))
ASK = """
const main = await import("./js/main.js");
const [Shared, seen] = main.found;
const { default: First } = await main.load("first");
const { default: Other, named } = await main.load("other");
const { default: Third } = await main.load("third");
const [shared, ...others] = new Other().is;
console.log(JSON.stringify({
  seen: seen.toSorted(), isOne: shared === Shared && named() === seen, others,
  own: new First().own, both: new Third().both(),
}));
"""


def _run(folder: Path, files: dict[str, str]) -> dict[str, object]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on the PATH")
    for path, text in {**files, "vendor/outside.js": 'export default "!";\n', "ask.mjs": ASK}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    (folder / "package.json").write_text('{"type": "module"}')
    done = subprocess.run([node, "ask.mjs"], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    said: dict[str, object] = json.loads(done.stdout)
    return said


def test_joined_scripts_do_what_their_modules_do(tmp_path: Path) -> None:
    scripts = joined(MODULES, "js/main.js", "js/first/view.js")
    assert set(scripts) == {"js/main.js", "js/other/view.js", "js/third/view.js"}
    assert "function both" in scripts["js/main.js"], "two views need it"
    together, apart = _run(tmp_path / "together", scripts), _run(tmp_path / "apart", MODULES)
    assert together == apart
    assert together["seen"] == ["both", "first", "main", "other", "shared"], "each ran once"
    assert together["isOne"] is True


def test_an_address_beside_a_module_stays_there() -> None:
    """Also where the module stands in a script of another folder."""
    scripts = joined(
        {
            "js/main.js": 'import { place } from "./deep/place.js";\nexport const found = place;\n',
            "js/deep/place.js": 'export const place = new URL("./x.txt", import.meta.url).href;\n',
        },
        "js/main.js",
    )
    assert 'new URL("./x.txt", new URL("./deep/place.js", import.meta.url).href)' in scripts["js/main.js"]


@pytest.mark.parametrize(
    "statement", ['export * from "./other.js";', 'import * as all from "./other.js";', "export let count = 0;"]
)
def test_what_is_not_understood_is_named(statement: str) -> None:
    modules = {"js/main.js": f"{statement}\n", "js/other.js": "export const a = 1;\n"}
    with pytest.raises(ValueError, match=r"js/main\.js: '(export|import)"):
        joined(modules, "js/main.js")


def test_a_worker_has_a_register_of_its_own() -> None:
    scripts = joined(
        {
            "js/main.js": 'import { a } from "./a.js";\nnew Worker(new URL("./far/worker.js", import.meta.url), a);\n',
            "js/far/worker.js": 'import { a } from "../a.js";\nconsole.log(a);\n',
            "js/a.js": "export const a = 1;\n",
        },
        "js/main.js",
    )
    assert "import" not in scripts["js/far/worker.js"].replace("import.meta", "")
    assert "const a = 1" in scripts["js/far/worker.js"]


def test_every_module_of_the_page_is_in_one_of_its_scripts() -> None:
    modules = {path.relative_to(FOLDER).as_posix(): path.read_text() for path in (FOLDER / "js").rglob("*.js")}
    apart = {"js/theme.js", "js/docs.js"}  # no modules
    scripts = joined(
        {path: text for path, text in modules.items() if path not in apart}, "js/main.js", "js/classify/view.js"
    )
    held = [
        {line.removeprefix("{ // ") for line in text.splitlines() if line.startswith("{ // js/")}
        for path, text in scripts.items()
        if path != "js/network/worker.js"
    ]
    assert set.union(*held) == {path for path in modules if not path.endswith("types.js")} - apart - {
        "js/network/worker.js"
    }
    assert sum(map(len, held)) == len(set.union(*held)), "each stands in one alone"
