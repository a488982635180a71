"""The bounds of a preprocessing: a package with a value that cannot be is refused when it is read."""

import json
import math
from dataclasses import asdict
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from service.errors import PackageError
from service.imaging.preprocessing.spec import PreprocessSpec
from service.inference.package.manifest import read_manifest
from tests.paths import ROOT

SPEC = TypeAdapter(PreprocessSpec)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((side, value) for side in ("width", "height", "box", "channels") for value in (0, -1, 10**6, 1.5, None)),
        *((factor, value) for factor in ("divisor", "std") for value in (0, -1.0, 1e-300, 1e300, math.nan, math.inf)),
        *(("mean", value) for value in (1e300, -math.inf, math.nan)),
        *(("min_contrast", value) for value in (-0.1, 1.1, math.nan)),
        ("box", 29),
        ("recipe", "picture"),
        ("polarity", "grey"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(name: str, value: object) -> None:
    document = json.dumps({"recipe": "digit"} | {name: value})
    with pytest.raises(ValidationError) as caught:
        SPEC.validate_json(document)
    assert [error["loc"] for error in caught.value.errors()] == [(name,)]


@pytest.mark.parametrize("recipe", ["digit", "garment", "resize"])
@pytest.mark.parametrize("field", [{}, {"width": 4096}, {"mean": -0.5}, {"min_contrast": 0}, {"min_contrast": 1}])
def test_what_can_be_is_read(recipe: str, field: dict[str, float]) -> None:
    spec = SPEC.validate_python({"recipe": recipe} | field)
    assert asdict(spec) == asdict(PreprocessSpec()) | {"recipe": recipe} | field
    assert hash(spec) == hash(SPEC.validate_json(SPEC.dump_json(spec)))


def test_only_a_garment_anywhere_is_seen_in_two_views() -> None:
    assert SPEC.validate_python({"recipe": "garment_photo", "whole_view": True}).whole_view
    assert "whole_view" not in json.loads(SPEC.dump_json(PreprocessSpec(recipe="garment_photo")))
    assert json.loads(SPEC.dump_json(PreprocessSpec(recipe="garment_photo", whole_view=True)))["whole_view"] is True
    for recipe in ("digit", "garment", "resize"):
        with pytest.raises(ValidationError, match="whole_view is for the recipe garment_photo"):
            SPEC.validate_python({"recipe": recipe, "whole_view": True})


def test_the_length_of_a_digit_is_held_against_the_picture_alone() -> None:
    assert SPEC.validate_python({"recipe": "garment", "width": 16, "height": 16, "box": 20}).box == 20


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        ({"box": 0}, "preprocessing.box: Input should be greater than or equal to 1"),
        ({"box": 40}, "preprocessing.box: Value error, a digit cannot be longer than the picture's shorter side"),
        ({"std": 0}, "preprocessing.std: Input should be greater than"),
        ({"divisor": -255}, "preprocessing.divisor: Input should be greater than"),
        ({"min_contrast": 2}, "preprocessing.min_contrast: Input should be less than or equal to 1"),
        ({"min_contrst": 0.5}, "preprocessing.min_contrst: "),
    ],
)
def test_a_package_with_it_is_refused_and_told_why(field: dict[str, float], sentence: str, tmp_path: Path) -> None:
    document = json.loads((ROOT / "models/mnist_neuron/1/model.json").read_text())
    document["preprocessing"] |= field
    (tmp_path / "model.json").write_text(json.dumps(document))
    with pytest.raises(PackageError) as caught:
        read_manifest(tmp_path)
    assert caught.value.message.startswith(f"model.json: {sentence}")
