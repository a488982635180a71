"""Evidence of another shape than ours: refused with the file's name and what is wrong, and nothing else is."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.errors import NotFound, UnusableEvidence
from service.inference.package.evidence import Evidence
from service.inference.package.manifest import read_manifest
from tests.paths import MODELS


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return shutil.copytree(MODELS / "mnist_cnn" / "1", tmp_path / "1")


def evidence(package: Path, **manifest: Any) -> Evidence:
    return Evidence(package, read_manifest(package).model_copy(update=manifest))


def use(found: Evidence, name: str) -> object:
    return found.pictures(found.failures) if name == "pictures" else getattr(found, name)


USES = {
    "metrics": "metrics.json",
    "confusion": "metrics.json",
    "history": "history.json",
    "summary": "summary.json",
    "failures": "failures.json",
    "pictures": "failures.json",
    "excitations": "excitations.json",
}


@pytest.mark.parametrize("path", sorted(MODELS.glob("*/*/model.json")), ids=lambda path: "/".join(path.parts[-3:-1]))
def test_what_is_published_is_as_it_should_be(path: Path) -> None:
    manifest = read_manifest(path.parent)
    for name, file in USES.items():
        if file in manifest.files:
            assert use(Evidence(path.parent, manifest), name)


@pytest.mark.parametrize("name", USES)
@pytest.mark.parametrize("content", ["null", "[]", "{}", '"x"', "3", "[1]", '{"layers": 3}', "{", "[NaN]", "[" * 9999])
def test_a_document_of_another_shape(package: Path, name: str, content: str) -> None:
    """Whatever it is, it is told; never another exception. Metrics may hold anything, and failures nothing."""
    file = USES[name]
    (package / file).write_text(content)
    is_object, is_good = content in ("{}", '{"layers": 3}'), content == "[]" and file == "failures.json"
    if is_good or (is_object and name == "metrics"):
        assert len(use(evidence(package), name)) < 2  # type: ignore[arg-type]
        return
    with pytest.raises(NotFound) as caught:
        use(evidence(package), name)
    assert file in caught.value.message
    assert type(caught.value) is (NotFound if is_object and name == "confusion" else UnusableEvidence)
    assert str(package) not in caught.value.message


def change(*path: Any, to: Any = None) -> Callable[[Any], None]:
    """Sets, or without a value deletes, what stands at this place of a document."""

    def apply(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        if to is None:
            del document[path[-1]]
        else:
            document[path[-1]] = to

    return apply


@pytest.mark.parametrize(
    ("name", "damage", "told"),
    [
        ("metrics", change("test_accuracy", to="98 %"), "metrics.json: test_accuracy: Input should be a valid number"),
        ("metrics", change("test_accuracy", to=98.5), "metrics.json: test_accuracy: Input should be less than"),
        ("confusion", change("confusion", 3), "confusion must have 10 rows of 10 numbers"),
        ("confusion", change("confusion", 3, 9), "confusion must have 10 rows of 10 numbers"),
        ("confusion", change("confusion", 3, 9, to=-1), "metrics.json: confusion: 3.9: Input should be greater than"),
        ("confusion", change("confusion", to="none"), "metrics.json: confusion: the document: Input should be a"),
        ("history", change("epochs", 0, "loss"), "history.json: epochs.0.loss: Field required"),
        ("history", change("epochs", 1, "epoch", to="one"), "history.json: epochs.1.epoch: Input should be"),
        ("history", change("seeds"), "history.json: seeds: Field required"),
        ("summary", change("layers", 0, "kind"), "summary.json: layers.0.kind: Field required"),
        ("summary", change("total_parameters", to=1.5), "summary.json: total_parameters: Input should be"),
        ("failures", change(0, "probabilities", 3), "failures.json: row 0 has 9 probabilities for 10"),
        ("failures", change(0, "probabilities", 3, to=1.5), "failures.json: 0.probabilities.3: Input should be less"),
        ("failures", change(1, "predicted", to=10), "failures.json: row 1 names a class that is none of the 10"),
        ("failures", change(1, "true", to=10), "failures.json: row 1 names a class that is none of the 10"),
        ("failures", change(2, "index", to=-1), "failures.json: 2.index: Input should be greater"),
        ("pictures", change(2, "index", to=10_000), "failures.json names picture 10000; the test set has 0 to 9999"),
        ("excitations", change("layers", to=[]), "excitations.json: layers: List should have at least 1 item"),
        ("excitations", change("layers", 0, "filters", to=[]), "excitations.json: layers.0.filters: List should have"),
        ("excitations", change("layers", 0, "filters", 0, to=[]), "layers.0.filters.0: List should have at least 1"),
        ("excitations", change("layers", 0, "filters", 0, 0, 3), "excitations.json: layers.0.filters.0.0"),
        ("excitations", change("layers", 0, "size", to=0), "excitations.json: layers.0.size: Input should be greater"),
        ("excitations", change("layers", 0, "size", to=10**6), "conv1 sees 1000000 pixels of a side of 28"),
        ("excitations", change("layers", 0, "start", to=-100), "conv1 names a place in its map that sees nothing"),
        ("excitations", change("layers", 0, "filters", 0, 0, 2, to=40), "conv1 names a place in its map that sees"),
        (
            "excitations",
            change("layers", 0, "filters", 0, 0, 0, to=10_000),
            "picture 10000; the test set has 0 to 9999",
        ),
    ],
)
def test_a_fault_is_told_with_its_place(package: Path, name: str, damage: Callable[[Any], None], told: str) -> None:
    file = package / USES[name]
    document = json.loads(file.read_text())
    damage(document)
    file.write_text(json.dumps(document))
    found = evidence(package)
    with pytest.raises(UnusableEvidence) as caught:
        use(found, name)
    assert told in caught.value.message
    for other in USES:
        if USES[other] != USES[name]:
            assert use(found, other)


def test_a_test_set_that_is_not_here_takes_only_what_needs_it(package: Path) -> None:
    found = evidence(package, dataset="mine")
    assert found.failures
    for name in ("pictures", "excitations", "test_classes"):
        with pytest.raises(UnusableEvidence, match=r"the data set of its model\.json is none of those here, mnist"):
            use(found, name)


@pytest.mark.parametrize("classes", [{"labels": ("a", "b")}, {"label_map": (0, 1, 0)}])
def test_classes_that_are_not_those_of_the_test_set(package: Path, classes: dict[str, Any]) -> None:
    with pytest.raises(UnusableEvidence, match=r"model\.json names [23] classes; the data set has 10"):
        _ = evidence(package, **classes).test_classes


@pytest.mark.parametrize("name", ["history.png", "confusion.png", "diagram.svg", "predictions.dat", "summary.json"])
def test_a_file_that_is_listed_and_gone(package: Path, name: str) -> None:
    (package / name).unlink()
    with pytest.raises(UnusableEvidence, match=f"{name} is missing"):
        evidence(package).path(name)
