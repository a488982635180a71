"""model.json: what it must hold to be believed."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from service.errors import PackageError
from service.inference.package.manifest import Rejection, read_manifest, verify_files


@pytest.fixture
def package(models: Path) -> Path:
    return models / "bands" / "1"


def edited(package: Path, **fields: Any) -> Path:
    document = json.loads((package / "model.json").read_text())
    (package / "model.json").write_text(json.dumps({**document, **fields}))
    return package


def test_what_was_written_is_read(package: Path) -> None:
    manifest = read_manifest(package)
    verify_files(package, manifest)
    assert manifest.name == "bands"
    assert manifest.golden[2].array((28, 28)).sum() == 3 * 20 * 255


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"labels": ["a"]}, "labels: Tuple should have at least 2 items"),
        ({"labels": ["a", "b"]}, "does not match 2 labels"),
        ({"input": {"name": "input", "shape": [-1, 3, 28, 28]}}, "does not match the preprocessing"),
        ({"files": {}}, "files does not list model.onnx"),
        ({"files": {"../x": "0" * 64, "model.onnx": "0" * 64}}, "no plain file name"),
        ({"name": "../x"}, "name: String should match pattern"),
        ({"schema_version": 2}, "schema_version: Input should be 1"),
        ({"surprise": 1}, "surprise: Extra inputs are not permitted"),
    ],
)
def test_a_document_that_contradicts_itself_is_refused(package: Path, fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(PackageError) as caught:
        read_manifest(edited(package, **fields))
    assert sentence in caught.value.message
    assert caught.value.message.startswith("model.json: ")


def test_a_margin_is_told_only_where_there_is_one() -> None:
    assert Rejection().model_dump() == {"min_confidence": 0.5, "min_likeness": 0.0}
    assert Rejection(min_margin=1.5).model_dump()["min_margin"] == 1.5
    with pytest.raises(ValidationError):
        Rejection(min_margin=-1.0)
