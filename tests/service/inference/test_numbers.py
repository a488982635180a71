"""Pictures as numbers: what is taken, and the sentence about what is not."""

from typing import Any

import numpy as np
import pytest

from service.errors import InvalidInput
from service.imaging.preprocessing.spec import PreprocessSpec, to_tensor
from service.inference.numbers import has_contrast, numbers_to_tensor

SMALL = PreprocessSpec(width=3, height=2)
COLOUR = PreprocessSpec(width=2, height=2, channels=3)


def test_both_forms_give_the_same_tensor() -> None:
    flat = numbers_to_tensor([[0, 0.5, 1], [1, 0.25, 0.0]], SMALL)
    nested = numbers_to_tensor([[[0], [0.5], [1]], [[1], [0.25], [0.0]]], SMALL)
    assert flat.shape == nested.shape == (1, 1, 2, 3)
    assert flat.dtype == np.float32
    np.testing.assert_array_equal(flat, nested)
    np.testing.assert_array_equal(flat[0, 0], np.array([[0, 0.5, 1], [1, 0.25, 0]], np.float32))


def test_channels_come_last_in_json_and_first_in_the_tensor() -> None:
    picture = np.arange(12).reshape(2, 2, 3) / 12
    tensor = numbers_to_tensor(picture.tolist(), COLOUR)
    np.testing.assert_allclose(tensor[0], picture.transpose(2, 0, 1), rtol=1e-6)


def test_numbers_and_pixels_of_the_same_picture_give_the_same_tensor() -> None:
    spec = PreprocessSpec(divisor=255, mean=0.1307, std=0.3081)
    pixels = np.arange(784, dtype=np.uint8).reshape(1, 28, 28)
    got = numbers_to_tensor((pixels[0] / 255).tolist(), spec)
    np.testing.assert_allclose(got, to_tensor(pixels, spec), atol=1e-6)
    raw = PreprocessSpec(divisor=1)
    np.testing.assert_allclose(numbers_to_tensor((pixels[0] / 255).tolist(), raw), to_tensor(pixels, raw), atol=1e-4)


def nested(*sizes: int) -> Any:
    return np.zeros(sizes).tolist()


def test_the_models_own_form_has_its_channels_first() -> None:
    grey = np.arange(6).reshape(1, 2, 3) / 6
    np.testing.assert_array_equal(numbers_to_tensor(grey.tolist(), SMALL)[0], grey.astype(np.float32))
    colour = np.arange(12).reshape(3, 2, 2) / 12
    np.testing.assert_array_equal(numbers_to_tensor(colour.tolist(), COLOUR)[0], colour.astype(np.float32))


@pytest.mark.parametrize("spec", [SMALL, COLOUR, PreprocessSpec(), PreprocessSpec(width=5, height=3, channels=3)])
def test_every_form_of_a_picture_gives_the_same_tensor(spec: PreprocessSpec) -> None:
    shape = (spec.height, spec.width, spec.channels)
    picture = np.random.default_rng(1).random(shape)
    forms = [picture, picture.transpose(2, 0, 1), *([picture[..., 0]] if spec.channels == 1 else [])]
    tensors = [numbers_to_tensor(form.tolist(), spec) for form in forms]
    for tensor in tensors:
        np.testing.assert_array_equal(tensor, tensors[0])
        assert tensor.flags.c_contiguous


@pytest.mark.parametrize("size", [1, 3])
def test_where_the_sizes_fit_both_forms_channels_are_last(size: int) -> None:
    spec = PreprocessSpec(width=size, height=size, channels=size)
    picture = np.arange(size**3).reshape(size, size, size) / size**3
    np.testing.assert_array_equal(
        numbers_to_tensor(picture.tolist(), spec)[0], picture.transpose(2, 0, 1).astype(np.float32)
    )


def test_a_fault_in_the_models_own_form_is_told_with_its_place() -> None:
    for spec, channels in ((SMALL, 1), (COLOUR, 3)):
        for wrong, told in ((7, "outside 0..1"), (float("nan"), "not finite"), ("0", "a string"), (None, "null")):
            picture = nested(channels, spec.height, spec.width)
            picture[channels - 1][1][0] = wrong
            with pytest.raises(InvalidInput) as caught:
                numbers_to_tensor(picture, spec)
            assert "row 1, column 0 is " in caught.value.message
            assert told in caught.value.message
    ragged = nested(3, 2, 2)
    ragged[1][1].append(0)
    with pytest.raises(InvalidInput, match=r"row 3 of all channels has 3 elements, not 2"):
        numbers_to_tensor(ragged, COLOUR)


@pytest.mark.parametrize(
    ("spec", "values", "sentence"),
    [
        (SMALL, nested(6), "a flat list of 6 numbers; reshape it to 2 rows of 3"),
        (COLOUR, nested(12), "a flat list of 12 numbers; reshape it to 2 rows of 2 pixels of 3"),
        (SMALL, nested(3), 'a single row. instances is a list of pictures; is this a picture without a list around it? '
         'Send {"instances": [picture]}, each picture 2x3 or 2x3x1 numbers'),
        (SMALL, nested(3, 1), "a picture without a list around it"),
        (COLOUR, nested(2, 3), "a picture without a list around it"),
        (SMALL, nested(2, 2, 3), "a list of pictures; each instance is one picture, 2x3 or 2x3x1 numbers"),
        (SMALL, nested(1, 2, 3, 1), "a list of pictures"),
        (SMALL, nested(1, 1, 2, 3), "a list of pictures"),
        (COLOUR, nested(5, 2, 2, 3), "a list of pictures"),
        (COLOUR, nested(5, 3, 2, 2), "a list of pictures"),
    ],
)  # fmt: skip
def test_a_picture_in_the_wrong_lists_is_told_which_are_right(spec: PreprocessSpec, values: Any, sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        numbers_to_tensor(values, spec)
    assert sentence in caught.value.message


@pytest.mark.parametrize(("greys", "told"), [(255, True), (254.5, True), (2, True), (1.0000001, False), (256, False)])
@pytest.mark.parametrize("least", [0, -1])
def test_greys_are_told_to_be_divided_by_255(greys: float, told: bool, least: float) -> None:
    with pytest.raises(InvalidInput) as caught:
        numbers_to_tensor([[0, greys, 1], [least, 0, 0]], SMALL)
    assert "outside 0..1" in caught.value.message
    assert ("divide each by 255" in caught.value.message) == (told and least == 0)


@pytest.mark.parametrize(
    ("value", "kind"),
    [("0.5", "a string, in quotation marks"), (True, "true or false"), (None, "null"), ({"a": 1}, "an object")],
)
def test_an_element_that_is_no_number_is_told_with_its_place_and_kind(value: Any, kind: str) -> None:
    for picture in ([[0, 0, 0], [0, 0, value]], [[[0], [0], [0]], [[0], [0], [value]]]):
        with pytest.raises(InvalidInput) as caught:
            numbers_to_tensor(picture, SMALL)
        assert caught.value.message == (
            "every element must be a number from 0 to 1, 2x3 or 2x3x1 numbers of them; "
            f"the one at row 1, column 2 is {kind}."
        )


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (None, "the instance must be a list of 2; 2x3 or 2x3x1 numbers are needed"),
        ({"a": 1}, "the instance must be a list of 2"),
        ([], "the instance has 0 elements, not 2"),
        ([[0, 0, 0]], "the instance has 1 elements, not 2"),
        ([[0, 0, 0], [0, 0]], "row 1 has 2 elements, not 3"),
        ([[0, 0, 0], 7], "row 1 must be a list of 3"),
        ([[0, 0, 0], [0, 0, [1]]], "pixel 0 must be a list of 1"),
        ([[[0]] * 3, [[0], [0], [0, 0]]], "pixel 5 has 2 elements, not 1"),
        ([[0, 0, 0], [0, "1", 0]], "every element must be a number"),
        ([[0, 0, 0], [0, True, 0]], "every element must be a number"),
        ([[0, 0, 0], [0, None, 0]], "every element must be a number"),
        ([[[[0]]] * 3, [[[0]]] * 3], "every element must be a number"),
        ([[0, 0, 0], [0, float("nan"), 0]], "row 1, column 1 is not finite"),
        ([[0, 0, float("inf")], [0, 0, 0]], "row 0, column 2 is not finite"),
        ([[0, 0, 0], [1.001, 0, 0]], "row 1, column 0 is outside 0..1"),
        ([[-0.001, 0, 0], [0, 0, 0]], "row 0, column 0 is outside 0..1"),
        ([[255, 0, 0], [0, 0, 0]], "outside 0..1"),
        ([[10**400, 0, 0], [0, 0, 0]], "far outside 0..1"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(values: Any, sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        numbers_to_tensor(values, SMALL)
    assert sentence in caught.value.message


def test_a_colour_model_takes_no_grey_picture() -> None:
    with pytest.raises(InvalidInput, match="2x2x3 numbers are needed"):
        numbers_to_tensor([[0, 0], [0, 0]], COLOUR)


@pytest.mark.parametrize(
    "spec",
    [
        PreprocessSpec(),
        PreprocessSpec(mean=0.1307, std=0.3081),
        PreprocessSpec(divisor=1, mean=-40, std=64),
        PreprocessSpec(channels=3),
    ],
)
@pytest.mark.parametrize(
    ("least", "greatest", "shows"),
    [(0, 0, False), (1, 1, False), (0.4, 0.4, False), (0.4, 0.49, False), (0, 0.1, True), (0.3, 1, True)],
)
def test_numbers_that_hardly_differ_show_nothing(
    spec: PreprocessSpec, least: float, greatest: float, shows: bool
) -> None:
    values = np.full((28, 28, spec.channels), float(least))
    values[10:20, 12:16] = greatest
    assert has_contrast(numbers_to_tensor(values.tolist(), spec), spec) is shows


def test_an_even_colour_shows_nothing() -> None:
    assert not has_contrast(numbers_to_tensor([[[1, 0, 0.5]] * 2] * 2, COLOUR), COLOUR)


def test_without_a_least_contrast_only_what_is_all_the_same_shows_nothing() -> None:
    spec = PreprocessSpec(width=2, height=1, min_contrast=0)
    assert not has_contrast(numbers_to_tensor([[0.5, 0.5]], spec), spec)
    assert has_contrast(numbers_to_tensor([[0.5, 0.501]], spec), spec)
