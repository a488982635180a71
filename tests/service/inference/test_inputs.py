"""Decoding once, preparing once per preprocessing, and saying which file was bad."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from service.errors import InvalidInput, PayloadTooLarge, UnsupportedMedia
from service.imaging.codec.files import ImageLimits, decode, encode_png
from service.imaging.pixels import Picture
from service.imaging.preprocessing.spec import PreprocessSpec
from service.inference.inputs import (
    DEFAULT_OPTIONS,
    Inputs,
    Numbers,
    PreprocessOptions,
    Upload,
    is_quick,
    prepare_inputs,
    probe_quick,
)
from tests.packages import band_picture
from tests.service.imaging.pictures import encode

LIMITS = ImageLimits()
SPEC = PreprocessSpec(recipe="resize")


def inputs_of(items: list[Upload | Numbers], spec: PreprocessSpec = SPEC) -> Inputs:
    inputs = prepare_inputs(items, [spec], DEFAULT_OPTIONS, LIMITS).inputs[spec]
    assert isinstance(inputs, Inputs)
    return inputs


def test_files_and_numbers_may_be_mixed_and_keep_their_order() -> None:
    inputs = inputs_of([Upload(encode_png(band_picture(2)), "a.png"), Numbers((band_picture(7) / 255).tolist())])
    tensor = inputs.tensor()
    assert tensor.shape == (2, 1, 28, 28)
    for i, band in enumerate((2, 7)):
        np.testing.assert_allclose(tensor[i, 0], band_picture(band) / 255, atol=1e-6)
        np.testing.assert_array_equal(inputs.picture(i, SPEC), band_picture(band))
    assert inputs.prepared[0] is not None
    assert inputs.prepared[1] is None


def test_each_preprocessing_gets_its_own_inputs() -> None:
    other = replace(SPEC, polarity="dark_on_light", mean=0.5)
    items = [Upload(encode_png(band_picture(2)))]
    result = prepare_inputs(items, [SPEC, other], DEFAULT_OPTIONS, LIMITS)
    one, two = result.inputs[SPEC], result.inputs[other]
    assert isinstance(one, Inputs)
    assert isinstance(two, Inputs)
    np.testing.assert_allclose(two.tensor(), 1 - one.tensor() - 0.5, atol=1e-6)
    assert result.decode_s > 0
    assert result.preprocess_s > 0


def test_numbers_may_suit_one_model_and_not_another() -> None:
    wide = replace(SPEC, width=56)
    result = prepare_inputs([Numbers(np.zeros((28, 28)).tolist())], [SPEC, wide], DEFAULT_OPTIONS, LIMITS)
    assert isinstance(result.inputs[SPEC], Inputs)
    error = result.inputs[wide]
    assert isinstance(error, InvalidInput)
    assert error.message.startswith("instance 0: row 0 has 28 elements, not 56")


def test_a_bad_file_is_named() -> None:
    items = [Upload(encode_png(band_picture(2)), "good.png"), Upload(b"text", "bad.png")]
    for attempt in (lambda: probe_quick(items, LIMITS), lambda: prepare_inputs(items, [SPEC], DEFAULT_OPTIONS, LIMITS)):
        with pytest.raises(UnsupportedMedia) as caught:
            attempt()
        assert caught.value.details["file"] == {"index": 1, "name": "bad.png"}


def test_a_bad_file_in_json_is_named_by_its_instance() -> None:
    with pytest.raises(UnsupportedMedia) as caught:
        prepare_inputs([Upload(b"text", where="instance 4: ")], [SPEC], DEFAULT_OPTIONS, LIMITS)
    assert caught.value.message.startswith("instance 4: The content")


def test_a_file_over_a_limit_keeps_the_limits_numbers() -> None:
    limits = replace(LIMITS, max_side=20)
    with pytest.raises(PayloadTooLarge) as caught:
        probe_quick([Upload(encode_png(band_picture(2)), "a.png")], limits)
    assert caught.value.details == {"limit": 20, "actual": 28, "file": {"index": 0, "name": "a.png"}}


def quick(items: list[Upload | Numbers]) -> bool:
    headers = probe_quick(items, LIMITS)
    return headers is not None and is_quick(headers, [SPEC])


def test_only_small_work_is_done_in_place() -> None:
    small = Upload(encode_png(band_picture(2)))
    photograph = Upload(encode_png(np.zeros((768, 1024), np.uint8)))  # few bytes, many pixels
    assert quick([small])
    assert quick([Numbers([])] * 4)
    assert not quick([photograph])
    assert not quick([small] * 64)
    assert not quick([Upload(bytes(2**20))])  # not even probed


@pytest.mark.parametrize("level", [0, 0.3, 1])
def test_blank_numbers_are_empty_unless_nothing_is_asked(level: float) -> None:
    items: list[Upload | Numbers] = [Numbers((band_picture(2) / 255).tolist()), Numbers([[level] * 28] * 28)]
    assert inputs_of(items).empty == [False, True]
    asked = prepare_inputs(items, [SPEC], PreprocessOptions(mode="none"), LIMITS).inputs[SPEC]
    assert isinstance(asked, Inputs)
    assert asked.empty == [False, False]


def test_what_is_only_resized_is_shrunk_while_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """To a quarter of the pixels that a recipe would look at, and looks the same."""
    y, x = np.mgrid[:768, :1024]
    smooth = (128 + 100 * np.sin(x / 90) * np.cos(y / 70)).astype(np.uint8)
    seen = []
    for enough in (4, 100):
        monkeypatch.setattr("service.inference.inputs._ENOUGH", enough)
        steps = prepare_inputs(
            [Upload(encode(smooth, "JPEG"))], [SPEC], PreprocessOptions("none", explain=True), LIMITS
        )
        inputs = steps.inputs[SPEC]
        assert isinstance(inputs, Inputs)
        assert inputs.steps[0] is not None
        seen.append((inputs.steps[0][0].pixels.shape[:2], inputs.picture(0, SPEC).astype(int)))
    (small, near), (large, exact) = seen
    assert (small, large) == ((96, 128), (192, 256))
    assert np.abs(near - exact).max() <= 6


def test_what_is_only_resized_is_decoded_without_its_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no step shows them."""
    colours = np.dstack([band_picture(2), 255 - band_picture(2), band_picture(4)]).repeat(8, axis=0).repeat(8, axis=1)
    asked: list[bool] = []

    def told(*arguments: Any, grey: bool, **named: Any) -> Picture:
        asked.append(grey)
        return decode(*arguments, grey=grey, **named)

    monkeypatch.setattr("service.inference.inputs.decode", told)
    ways = PreprocessOptions("none"), PreprocessOptions("none", explain=True), DEFAULT_OPTIONS
    found = [prepare_inputs([Upload(encode(colours, "JPEG"))], [SPEC], way, LIMITS).inputs[SPEC] for way in ways]
    assert asked == [True, False, False]
    quick, shown = (each.tensor() for each in found[:2] if isinstance(each, Inputs))
    assert np.abs(quick - shown).max() <= 3 / 255
