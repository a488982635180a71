"""The bounds of a preprocessing: a package with a value that cannot be is refused when it is read."""

import json
import math
from dataclasses import asdict

import pytest
from pydantic import TypeAdapter, ValidationError

from service.imaging.preprocessing.spec import PreprocessSpec

SPEC = TypeAdapter(PreprocessSpec)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((side, value) for side in ("width", "height", "box", "channels") for value in (0, -1, 10**6, 1.5, None)),
        *((factor, value) for factor in ("divisor", "std") for value in (0, -1.0, 1e-300, 1e300, math.nan, math.inf)),
        *(("mean", value) for value in (1e300, -math.inf, math.nan)),
        *(("min_contrast", value) for value in (-0.1, 1.1, math.nan)),
        ("box", 29),
        ("recipe", "photo"),
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


def test_the_length_of_a_digit_is_held_against_the_picture_alone() -> None:
    assert SPEC.validate_python({"recipe": "garment", "width": 16, "height": 16, "box": 20}).box == 20
