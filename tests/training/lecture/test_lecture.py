"""docs/lecture.md and docs/training.md tell the truth: files, commands, addresses and results are there."""

import re
import shlex
from functools import cache
from typing import Any

import pytest

from service.app import create_app
from service.settings import Settings
from tests.paths import ROOT
from training.__main__ import main
from training.cli.compare import STUDIES
from training.cli.parser import build_parser
from training.lecture.recipes import RECIPES as LECTURE_RECIPES
from training.recipes import RECIPES

LECTURE = (ROOT / "docs" / "lecture.md").read_text()
SPANS = sorted(set(re.findall(r"`([^`]+)`", LECTURE)))


@pytest.mark.parametrize("path", [s for s in SPANS if re.match(r"(training|service|models|tests)/", s)])
def test_files_exist(path: str) -> None:
    assert (ROOT / path).is_file()


@pytest.mark.parametrize("command", [s for s in SPANS if s.startswith("python -m training")])
def test_commands_are_understood(command: str) -> None:
    arguments = shlex.split(command)[3:]
    options = build_parser(arguments).parse_args(arguments)
    names = [getattr(options, "recipe", None) or getattr(options, "model", None), *getattr(options, "recipes", [])]
    assert set(names) - {None} <= set(RECIPES)
    assert set(getattr(options, "studies", [])) <= set(STUDIES)


@cache
def served() -> dict[str, Any]:
    """Paths of the service's own description."""
    paths: dict[str, Any] = create_app(Settings(_env_file=None)).openapi()["paths"]
    return paths


@pytest.mark.parametrize("address", [s for s in SPANS if re.match(r"(POST )?(M|/api/v1)/", s)])
def test_addresses_are_served(address: str) -> None:
    method = "post" if address.startswith("POST ") else "get"
    address = address.removeprefix("POST ").replace("M/", "/api/v1/models/", 1)
    patterns = [re.sub(r"\{[^}]+\}", "[^/]+", path) for path, verbs in served().items() if method in verbs]
    assert any(re.fullmatch(pattern, address) for pattern in patterns)


@pytest.mark.parametrize("name", [recipe.name for recipe in LECTURE_RECIPES])
def test_every_model_and_study_has_its_place_in_the_lecture(name: str) -> None:
    assert f"{name}" in LECTURE
    assert all(f"python -m training compare {study}" in LECTURE for study in STUDIES)


def test_the_results_are_those_of_the_published_packages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--models", str(ROOT / "models")]) == 0
    report = capsys.readouterr().out.strip()
    assert report in (ROOT / "docs" / "training.md").read_text()
    assert report.count("| `") == len(RECIPES)
