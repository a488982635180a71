"""Queries to values: lists and single values, and the box."""

import pytest
from pydantic import ValidationError

from service.api.requests.queries import PredictQuery, PredictSeveralQuery, PreprocessingQuery
from service.api.requests.query_values import query_values, wrong_parameters
from service.errors import InvalidInput


def test_a_parameter_that_is_a_list_is_taken_as_often_as_it_is_given() -> None:
    pairs = [("models", "a,b"), ("top_k", "2"), ("models", "c"), ("unknown", "x"), ("unknown", "y")]
    assert query_values(PredictSeveralQuery, pairs) == {"models": ["a,b", "c"], "top_k": "2", "unknown": "y"}


@pytest.mark.parametrize("name", sorted(PredictQuery.model_fields))
@pytest.mark.parametrize("count", [2, 3])
def test_a_parameter_of_one_value_is_taken_once(name: str, count: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        query_values(PredictSeveralQuery, [("models", "a"), *[(name, "1")] * count])
    assert caught.value.message == f"The query parameter {name} is given {count} times; it takes one value."


@pytest.mark.parametrize(
    ("models", "names"),
    [(["a"], ["a"]), (["a,b"], ["a", "b"]), (["a", "b"], ["a", "b"]), (["b, a,", "", "c ,a"], ["b", "a", "c"])],
)
def test_models_are_named_by_commas_or_by_repetition(models: list[str], names: list[str]) -> None:
    assert PredictSeveralQuery.model_validate({"models": models}).names() == names


@pytest.mark.parametrize("models", [[""], [" , ", ","], [f"m{i}" for i in range(65)]])
def test_there_are_1_to_64_names(models: list[str]) -> None:
    with pytest.raises(InvalidInput, match="must hold 1 to 64 names"):
        PredictSeveralQuery.model_validate({"models": models}).names()


def test_a_box_is_four_numbers() -> None:
    assert PreprocessingQuery.model_validate({"box": "1,20,300,99999"}).preprocess_options().overrides.box == (
        1,
        20,
        300,
        99999,
    )
    assert PreprocessingQuery.model_validate({"box": None}).preprocess_options().overrides.box is None


@pytest.mark.parametrize(
    "box", ["", "1,2,3", "1,2,3,4,5", "1, 2,3,4", "-1,2,3,4", "1,2,3,100000", "1.5,2,3,4", "1,2,3,4\n"]
)
def test_what_is_no_box_is_told_in_words(box: str) -> None:
    with pytest.raises(ValidationError) as caught:
        PreprocessingQuery.model_validate({"box": box})
    faults = [{**fault, "loc": ("query", *fault["loc"])} for fault in caught.value.errors()]
    message = wrong_parameters(faults, []).message
    assert message == (
        "The query parameter box is wrong: it must be x,y,w,h, four whole numbers of at most five digits."
    )
