"""docs/architecture.md names what there is: every room of both packages, and no path that is gone."""

import re

import pytest

from tests.paths import ROOT

TEXT = (ROOT / "docs" / "architecture.md").read_text()
TREE = TEXT.split("```")[1]


def rooms(tree: str) -> set[str]:
    """The folders and modules that the drawn tree names, as paths from the project's root."""
    found, above = set(), list[str]()
    for line in tree.strip("\n").splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        for name in re.split(r"\s{2,}", line.strip())[0].split():
            if name != "...":
                found.add("/".join([*above[:depth], name.rstrip("/")]))
            if name.endswith("/"):
                above[depth:] = [name.rstrip("/")]
    return found


def test_each_path_of_the_tree_exists() -> None:
    named = rooms(TREE)
    assert len(named) > 25
    assert {path for path in named if not (ROOT / path).exists()} == set()


@pytest.mark.parametrize("package", ["service", "training"])
def test_each_room_stands_in_the_tree(package: str) -> None:
    folders = {str(path.parent.relative_to(ROOT)) for path in (ROOT / package).rglob("__init__.py")}
    # A study with a folder of its own belongs to the room around it.
    named = rooms(TREE) | {"training/lecture/optimizer_study"}
    assert folders - named == set()


def test_each_file_of_the_journeys_exists() -> None:
    paths = {path for path in re.findall(r"`([\w/]+\.py|[\w/]+/)`", TEXT) if "/" in path.rstrip("/")}
    assert len(paths) > 15
    for path in paths:
        homes = [ROOT / path, ROOT / "service" / path]
        assert any(home.exists() for home in homes), path
