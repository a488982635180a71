"""Each package's model card tells what its model.json and metrics.json say, and names all data with its licence."""

import json
import shutil
from pathlib import Path

import pytest

from service.inference.package.manifest import read_manifest, verify_files
from tests.paths import MODELS
from training.__main__ import main
from training.data.other_hands import ORIGINS
from training.packaging.model_card import FILE, sources
from training.packaging.packages import newest_version
from training.recipes import RECIPES


def test_all_data_of_a_recipe_are_named_with_licence_and_citation() -> None:
    names = {name: [source.name for source in sources(recipe)] for name, recipe in RECIPES.items()}
    assert names["mnist_cnn"] == ["MNIST"]
    assert names["mnist_robust"] == ["MNIST", "Fashion-MNIST", *ORIGINS, "clothing"]
    assert names["fashion_robust"] == ["Fashion-MNIST", "MNIST", "clothing", "cliparts"]
    for recipe in RECIPES.values():
        assert all(source.licence and source.citation for source in sources(recipe))


def test_the_command_adds_to_a_package_and_leaves_the_rest(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    home = shutil.copytree(MODELS / "mnist_neuron", tmp_path / "mnist_neuron")
    published = read_manifest(home / "1")
    (home / "1" / FILE).write_text("of before")
    assert main(["describe", "--models", str(tmp_path)]) == 0
    assert FILE in capsys.readouterr().out
    assert read_manifest(home / "1") == published
    verify_files(home / "1", published)


@pytest.mark.parametrize("name", RECIPES)
def test_every_published_package_has_one(name: str) -> None:
    folder = newest_version(MODELS / name)
    assert folder is not None
    manifest, text = read_manifest(folder), (folder / FILE).read_text()
    assert FILE in manifest.files
    scores = json.loads((folder / "metrics.json").read_text())
    for told in (manifest.title, f"{manifest.parameters:,}", f"{scores['test_accuracy']:.4f}", "## Where it ends"):
        assert told in text
    assert ("right; one seed." in text) == (scores["seeds"]["n"] == 1)
    assert ("Pictures of none of its classes" in text) == ("strangers" in scores.get("calibration", {}))
