"""Many small pictures at once are prepared as each of them alone, or are left to that."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from service.datasets import read_test_set
from service.imaging.pixels import Picture, has_black_rim
from service.imaging.preprocessing.many import is_of_many, prepare_many
from service.imaging.preprocessing.native import are_native_digits, is_native_digit
from service.imaging.preprocessing.recipes import Prepared, prepare
from service.imaging.preprocessing.spec import PreprocessSpec
from tests.ci import ON_CI

DIGIT = PreprocessSpec(recipe="digit")
EVERY = 25 if ON_CI else 50

Stack = NDArray[np.uint8]


def changed(images: Stack) -> Stack:
    """The pictures as they are, and where the check has its borders: moved, thin, thick, faint, small, on grey."""
    rng, result = np.random.default_rng(0), [*images]
    for image in images:
        drawn = Image.fromarray(image)
        filters = ImageFilter.MinFilter(3), ImageFilter.MaxFilter(3), ImageFilter.GaussianBlur(1)
        result += [np.asarray(drawn.filter(each)) for each in filters]
        result.append(np.roll(image, tuple(rng.integers(-4, 5, 2)), (0, 1)))
        result.append((image * rng.uniform(0.02, 1)).astype(np.uint8))
        side = int(rng.integers(10, 27))
        small = np.zeros((28, 28), np.uint8)
        small[1 : 1 + side, 1 : 1 + side] = np.asarray(drawn.resize((side, side)))
        result += [small, np.maximum(image, np.uint8(rng.integers(1, 60))), 255 - image]
    return np.stack([*result, np.zeros((28, 28), np.uint8), np.full((28, 28), 255, np.uint8)])


def picture(pixels: Stack) -> Picture:
    return Picture(pixels, pixels.shape[1], pixels.shape[0], "PNG", False)


def facts(prepared: Prepared) -> tuple[object, ...]:
    return prepared.polarity, prepared.box, prepared.reason, prepared.regions, prepared.views


def test_each_is_what_it_is_alone_or_none() -> None:
    pictures = changed(np.concatenate([read_test_set(name)[0][::EVERY] for name in ("mnist", "fashion_mnist")]))
    alone = [prepare(picture(pixels), DIGIT) for pixels in pictures]
    untouched = [
        np.array_equal(each.pixels, pixels) and not pixels[0].any()
        for each, pixels in zip(alone, pictures, strict=True)
    ]
    taken = 0
    for pixels, together, own in zip(pictures, prepare_many(pictures, DIGIT), alone, strict=True):
        if together is not None:
            taken += 1
            assert facts(together) == facts(own) == ("light_on_dark", None, None, (), ())
            assert np.array_equal(together.pixels, pixels)
            assert np.array_equal(own.pixels, pixels)
    assert len(pictures) / 20 < taken <= sum(untouched)


def test_nearly_all_of_mnist_is_taken_inverted_none() -> None:
    digits = read_test_set("mnist")[0]
    assert sum(each is not None for each in prepare_many(digits, DIGIT)) > 9_800
    assert not any(prepare_many(255 - digits[:500], DIGIT))


def test_it_says_of_each_what_is_said_of_one() -> None:
    pictures = changed(read_test_set("mnist")[0][::EVERY])
    expected = [has_black_rim(each) and is_native_digit(each, 20) for each in pictures]
    assert are_native_digits(pictures, 20).tolist() == expected


def test_what_lies_as_another_spec_or_size_wants_it_is_asked_of_prepare() -> None:
    (digit,) = read_test_set("mnist")[0][:1]
    assert is_of_many(picture(digit), DIGIT)
    assert not is_of_many(picture(digit), replace(DIGIT, polarity="dark_on_light"))
    assert not is_of_many(picture(digit), replace(DIGIT, recipe="garment"))
    assert not is_of_many(picture(digit[1:]), DIGIT)
    assert not is_of_many(picture(np.dstack([digit] * 3)), DIGIT)
    assert not is_of_many(Picture(digit, 56, 56, "JPEG", False), DIGIT)  # a smaller copy
