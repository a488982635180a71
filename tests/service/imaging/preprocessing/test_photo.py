"""The photo recipe: geometry, colours and numbers as the libraries have them, whatever the sides of a picture are."""

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pytest
from PIL import Image
from pydantic import TypeAdapter, ValidationError

from service.imaging.codec.files import ImageLimits, decode, encode_png
from service.imaging.pixels import Pixels
from service.imaging.preprocessing.explain import Overrides
from service.imaging.preprocessing.opencv import resize_opencv
from service.imaging.preprocessing.photo import render_photo, resized_size
from service.imaging.preprocessing.recipes import prepare
from service.imaging.preprocessing.spec import Photo, PreprocessSpec, to_colour, to_tensor

SPEC = PreprocessSpec(recipe="photo", width=224, height=224, channels=3, min_contrast=0.0, photo=Photo(side=256))


def colours(height: int, width: int, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def with_photo(**knobs: Any) -> PreprocessSpec:
    return replace(SPEC, photo=replace(SPEC.photo or Photo(), **knobs))


@pytest.mark.parametrize(("height", "width"), [(300, 400), (401, 333), (256, 256), (230, 900), (37, 53)])
def test_shorter_and_crop_are_those_of_torchvision(height: int, width: int) -> None:
    pixels = colours(height, width)
    size = (256 * width // min(height, width), 256 * height // min(height, width))
    resized = Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR)
    left, top = round((size[0] - 224) / 2), round((size[1] - 224) / 2)
    expected = np.asarray(resized.crop((left, top, left + 224, top + 224)))
    assert np.array_equal(render_photo(pixels, SPEC), expected)


@pytest.mark.parametrize("resize", ["shorter", "stretch", "letterbox", "line"])
@pytest.mark.parametrize("arithmetic", ["pillow", "opencv"])
@pytest.mark.parametrize(("height", "width"), [(1, 4000), (4000, 1), (1, 1), (500, 300)])
def test_every_picture_fills_the_input(resize: str, arithmetic: str, height: int, width: int) -> None:
    side = 256 if resize in ("shorter", "stretch") else None
    seen = render_photo(colours(height, width), with_photo(resize=resize, arithmetic=arithmetic, side=side))
    assert seen.shape == (224, 224, 3)
    assert seen.dtype == np.uint8


def test_a_window_of_a_long_picture_is_that_of_the_whole_but_for_rounding() -> None:
    pixels = colours(20, 4000)
    whole = Image.fromarray(pixels).resize((51200, 256), Image.Resampling.BILINEAR)
    left = (51200 - 224) // 2
    expected = np.asarray(whole.crop((left, 16, left + 224, 240))).astype(int)
    assert np.abs(render_photo(pixels, SPEC) - expected).max() <= 1


def test_a_letterbox_holds_the_whole_picture_in_the_middle_of_its_filling() -> None:
    pixels = np.full((100, 200, 3), 7, np.uint8)
    seen = render_photo(pixels, with_photo(resize="letterbox", side=None, fill=114))
    assert (seen[:56] == 114).all()
    assert (seen[56:168] == 7).all()
    assert (seen[168:] == 114).all()
    at_start = render_photo(pixels, with_photo(resize="letterbox", side=None, fill=114, align="start"))
    assert (at_start[:112] == 7).all()


def test_a_crop_larger_than_the_resized_picture_is_filled_around_it() -> None:
    seen = render_photo(np.full((50, 50, 3), 9, np.uint8), with_photo(side=100, fill=3))
    assert (seen[62:162, 62:162] == 9).all()
    assert (seen[:62] == 3).all()


@pytest.mark.parametrize(
    ("width", "height", "expected"), [(96, 48, (96, 48)), (100, 49, (98, 48)), (4000, 48, (192, 48)), (1, 500, (1, 48))]
)
def test_a_line_takes_the_full_height_and_is_squeezed_where_it_is_long(
    width: int, height: int, expected: tuple[int, int]
) -> None:
    assert resized_size(width, height, Photo(resize="line"), 192, 48) == expected


def test_without_a_side_the_least_that_covers_is_cropped() -> None:
    assert resized_size(400, 300, Photo(), 224, 224) == (299, 224)
    assert resized_size(300, 1000, Photo(), 200, 100) == (200, 667)


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic", "lanczos"])
def test_opencvs_resizing_keeps_an_even_picture_and_takes_a_window_of_the_whole(interpolation: str) -> None:
    assert (resize_opencv(np.full((9, 31), 77, np.uint8), (50, 20), (0, 0, 50, 20), interpolation) == 77).all()  # type: ignore[arg-type]
    pixels = colours(123, 77)
    whole = resize_opencv(pixels, (50, 200), (0, 0, 50, 200), interpolation)  # type: ignore[arg-type]
    window = resize_opencv(pixels, (50, 200), (10, 20, 40, 160), interpolation)  # type: ignore[arg-type]
    assert np.array_equal(window, whole[20:160, 10:40])


def test_opencvs_numbers() -> None:
    """`cv2.resize(np.arange(0, 250, 10, np.uint8).reshape(5, 5), (3, 3), ...)`, asked of OpenCV 5.0."""
    ramp = np.arange(0, 250, 10, dtype=np.uint8).reshape(5, 5)
    for interpolation, expected in OPENCV.items():
        assert resize_opencv(ramp, (3, 3), (0, 0, 3, 3), interpolation).tolist() == expected  # type: ignore[arg-type]


OPENCV: dict[str, list[list[int]]] = {
    "nearest": [[0, 10, 30], [50, 60, 80], [150, 160, 180]],
    "bilinear": [[20, 37, 53], [103, 120, 137], [187, 203, 220]],
    "bicubic": [[16, 33, 50], [103, 120, 137], [190, 207, 224]],
    "lanczos": [[15, 33, 50], [102, 120, 137], [190, 207, 225]],
}


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("order", ["RGB", "BGR"])
def test_numbers_are_scaled_shifted_and_ordered(layout: Literal["NCHW", "NHWC"], order: str) -> None:
    spec = replace(with_photo(order=order), layout=layout, channel_mean=(0.1, 0.2, 0.3), channel_std=(1.0, 2.0, 4.0))
    pixels = colours(224, 224)[None]
    tensor = to_tensor(pixels, spec)
    ordered = pixels if order == "RGB" else pixels[..., ::-1]
    expected = (ordered / 255 - [0.1, 0.2, 0.3]) / [1.0, 2.0, 4.0]
    assert tensor.shape == (1, *spec.tensor_shape)
    np.testing.assert_allclose(tensor, expected if layout == "NHWC" else expected.transpose(0, 3, 1, 2), atol=1e-6)
    assert np.array_equal(np.rint(to_colour(tensor, spec)).astype(np.uint8), pixels)


def test_a_transparent_picture_lies_on_white_or_where_it_is_asked_on_black() -> None:
    picture = decode(encode_png(np.zeros((30, 30, 4), np.uint8)), ImageLimits())
    assert (prepare(picture, SPEC).pixels == 255).all()
    assert (prepare(picture, SPEC, overrides=Overrides(polarity="light_on_dark")).pixels == 0).all()


def test_a_picture_of_one_colour_is_empty_unless_no_recipe_is_asked_for() -> None:
    picture = decode(encode_png(np.full((30, 30, 3), (10, 200, 30), np.uint8)), ImageLimits())
    assert prepare(picture, SPEC).reason == "empty"
    assert prepare(picture, SPEC, "none").reason is None


def test_grey_models_get_grey_and_colour_models_get_grey_pictures_in_colour() -> None:
    grey = replace(SPEC, channels=1)
    assert render_photo(colours(300, 300), grey).shape == (224, 224)
    assert to_tensor(render_photo(colours(300, 300), grey)[None], grey).shape == (1, 1, 224, 224)
    seen = render_photo(colours(300, 300)[..., 0], SPEC)
    assert seen.shape == (224, 224, 3)
    assert (seen == seen[..., :1]).all()


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"recipe": "photo"}, "the recipe photo needs photo"),
        ({"recipe": "resize", "photo": {}}, "no other recipe has it"),
        ({"recipe": "photo", "photo": {}, "channels": 5}, "no picture fills these channels"),
        ({"recipe": "photo", "photo": {}, "channels": 3, "channel_mean": [0.5, 0.5]}, "channel_mean has 2"),
        ({"recipe": "photo", "photo": {"resize": "line", "side": 9}, "channels": 3}, "photo.side is for shorter"),
    ],
)
def test_a_document_whose_parts_do_not_agree_is_told(document: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        TypeAdapter(PreprocessSpec).validate_python(document)


def test_the_card_of_an_old_package_has_no_new_fields() -> None:
    written = TypeAdapter(PreprocessSpec).dump_python(PreprocessSpec())
    assert set(written) == {
        "recipe", "width", "height", "channels", "divisor", "mean", "std", "polarity", "box", "min_contrast"
    }  # fmt: skip
