"""Sequences of layers: sizes after each, pooling, signed results, one pixel's trace."""

import math
import time
import tracemalloc

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from service.errors import DeadlineExceeded, InvalidInput, PayloadTooLarge
from service.imaging.codec.files import encode
from service.imaging.convolution.budget import Budget
from service.imaging.convolution.filters import FILTERS, find_filter
from service.imaging.convolution.pipeline import Step, run_steps
from service.imaging.drawing.scaling import Scale, to_pixels

MOST = 10**6


def convolution(name: str, **geometry: object) -> Step:
    known = find_filter(name)
    kernel = known.weights()
    return Step("convolve", kernel, known.divisor, kernel.shape[::-1], **geometry)  # type: ignore[arg-type]


def picture(*shape: int) -> NDArray[np.uint8]:
    return np.random.default_rng(3).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("shape", [(9, 12), (9, 12, 2), (9, 12, 3), (9, 12, 4)])
def test_identity_gives_colour_and_alpha_back(shape: tuple[int, ...]) -> None:
    pixels = picture(*shape)
    result = run_steps(pixels, [convolution("identity", padding=("same", "same"))], MOST)
    shown = to_pixels(result.values, "clip", 255).pixels
    joined = shown if result.alpha is None else np.dstack((shown, result.alpha))
    assert np.array_equal(joined.reshape(shape), pixels)


def test_sizes_after_each_step_follow_the_formula() -> None:
    steps = [
        convolution("sharpen", padding=("valid", "valid")),
        Step("max_pool", size=(2, 2), stride=(2, 2), padding=("same", "same")),
        Step("relu"),
        Step("avg_pool", size=(3, 2), stride=(1, 2), padding=(0, 1)),
    ]
    result = run_steps(picture(9, 12, 3), steps, MOST)
    assert [(done.x.output, done.y.output) for done in result.done] == [(10, 7), (5, 4), (5, 4), (3, 2)]
    assert result.values.shape == (2, 3, 3)


@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 2), (3, 1)])
def test_pooling_equals_torch(size: int, stride: int) -> None:
    pixels = picture(30, 41, 3)
    batch = torch.tensor(pixels, dtype=torch.float32).permute(2, 0, 1)[None]
    for op, theirs in (("max_pool", torch.nn.functional.max_pool2d), ("avg_pool", torch.nn.functional.avg_pool2d)):
        step = Step(op, size=(size, size), stride=(stride, stride), padding=("valid", "valid"))  # type: ignore[arg-type]
        ours = run_steps(pixels, [step], MOST, Budget(2)).values
        assert np.allclose(ours, theirs(batch, size, stride)[0].permute(1, 2, 0).numpy(), atol=1e-4)


def test_padding_does_not_dilute_a_mean_nor_win_a_maximum() -> None:
    pixels = np.full((3, 3), 200, np.uint8)
    mean = run_steps(pixels, [Step("avg_pool", size=(2, 2), stride=(2, 2), padding=("same", "same"))], MOST)
    assert mean.values[..., 0].tolist() == [[200, 200], [200, 200]]
    negative = [convolution("laplacian", padding=("same", "same")), Step("max_pool", size=(3, 3), padding=(2, 2))]
    assert run_steps(pixels, negative, MOST).values.max() <= 0


def test_pooling_is_refused_where_a_window_could_see_padding_alone() -> None:
    with pytest.raises(InvalidInput, match="takes a padding of at most 2 in all; 3 were given"):
        run_steps(picture(9, 9), [Step("max_pool", size=(2, 2), padding=(0, 3))], MOST)


@pytest.mark.parametrize("divisor", [3, 7, 9, 10, 256])
@pytest.mark.parametrize("name", ["box_blur", "gaussian_blur_5", "emboss"])
def test_eight_bits_give_the_nearest_float32_of_the_exact_quotient(name: str, divisor: float) -> None:
    pixels = picture(20, 30)
    kernel = find_filter(name).weights()
    values = run_steps(pixels, [Step("convolve", kernel, divisor, kernel.shape)], MOST).values[..., 0]
    windows = np.lib.stride_tricks.sliding_window_view(pixels.astype(np.int64), kernel.shape)
    exact = (windows * kernel.astype(np.int64)).sum((2, 3)) / divisor
    assert np.array_equal(values, exact.astype(np.float32))


def test_alpha_is_taken_from_the_middle_of_the_window() -> None:
    pixels = picture(8, 8, 2)
    result = run_steps(pixels, [Step("max_pool", size=(3, 3), stride=(2, 2), padding=(0, 0))], MOST)
    assert result.alpha is not None
    assert np.array_equal(result.alpha, pixels[1:7:2, 1:7:2, 1])


def test_the_story_of_a_pixel_is_the_sum_behind_it() -> None:
    pixels = picture(9, 12, 3)
    steps = [Step("relu"), convolution("box_blur", padding=("same", "same")), Step("relu")]
    result = run_steps(pixels, steps, MOST, at=(0, 4))
    trace = result.trace
    assert trace is not None
    assert trace.origin == (-1, 3)
    assert [row[0] for row in trace.window[1]] == [0, 0, 0]  # the padding
    assert [row[1:] for row in trace.window[1]] == pixels[3:6, 0:2, 1].tolist()
    assert trace.sum[1] == pixels[3:6, 0:2, 1].sum()
    assert trace.value[1] == pytest.approx(result.values[4, 0, 1], abs=1e-3)
    assert trace.divisor == 9
    assert np.sum(trace.products[1]) == trace.sum[1]


def test_a_story_needs_a_convolution_and_a_place_within_it() -> None:
    with pytest.raises(InvalidInput, match="x must be 0 to 3, y 0 to 1"):
        run_steps(picture(4, 6), [convolution("sharpen", padding=("valid", "valid"))], MOST, at=(4, 0))
    with pytest.raises(InvalidInput, match="there is none among the steps"):
        run_steps(picture(4, 6), [Step("relu")], MOST, at=(0, 0))


def test_the_step_that_gives_nothing_is_named() -> None:
    steps = [Step("max_pool", size=(4, 4), stride=(4, 4)), convolution("sharpen")]
    with pytest.raises(InvalidInput) as error:
        run_steps(picture(9, 9), steps, MOST)
    assert error.value.message.startswith("Step 2: ")
    assert "floor((2 - 3 + 0) / 1) + 1 = 0" in error.value.message


def test_too_large_an_output_and_too_late_a_step_are_refused() -> None:
    with pytest.raises(PayloadTooLarge) as error:
        run_steps(picture(9, 9), [convolution("identity", padding=(1000, 1000))], MOST)
    assert error.value.details == {"limit": MOST, "actual": 1007**2}
    late, left = Budget(deadline=time.monotonic() - 1), Budget()
    left.stop.set()
    for budget in (late, left):
        with pytest.raises(DeadlineExceeded):
            run_steps(picture(9, 9), [Step("relu")], MOST, budget)


WIDE = np.random.default_rng(4).normal(size=(31, 31)).astype(np.float32)
LARGE_STEPS = {
    "a sequence": [convolution("box_blur", padding=("same", "same")), Step("relu")] * 6,
    "no shortcut": [Step("convolve", WIDE[:9, :9], 1, (9, 9), padding=("same", "same"))],
    "a column times a row": [Step("convolve", np.outer(WIDE[0], WIDE[1]), 1, (31, 31), padding=("same", "same"))],
    "pooling": [Step("max_pool", size=(31, 31), padding=("same", "same"))],
}


@pytest.mark.parametrize("name", LARGE_STEPS)
def test_memory_stays_under_four_times_the_numbers(name: str) -> None:
    """With pixels, numbers and what is shown, and the file that is made of it."""
    pixels = picture(1800, 1700, 3)
    tracemalloc.start()
    try:
        values = run_steps(pixels, LARGE_STEPS[name], 10**7, Budget(2)).values
        encode(to_pixels(values, "centre").pixels, "image/png", 2)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert values.shape == pixels.shape
    assert peak + pixels.nbytes < 4 * values.nbytes


def test_every_named_filter_is_what_its_name_says() -> None:
    """Kernels that blur or sharpen keep an even picture as it is; signed ones make it zero."""
    assert list(FILTERS)[:4] == ["identity", "box_blur", "edge_detection", "sharpen"]
    for item in FILTERS.values():
        total = float(item.weights().sum()) / item.divisor
        assert math.isclose(total, 0 if item.signed else 1, abs_tol=1e-6), item.name


@pytest.mark.parametrize("scale", ["clip", "abs"])
@pytest.mark.parametrize(
    "last",
    [
        Step("convolve", kernel=np.array([[0, -1, 0], [-1, 5.3, -1], [0, -1, 0]], np.float32), size=(3, 3)),
        Step("convolve", kernel=np.ones((9, 9), np.float32), divisor=-7, size=(9, 9), padding=(4, 4)),
        Step("convolve", kernel=np.ones((2, 2), np.float32), size=(2, 2), channels="sum"),
        Step("max_pool", size=(2, 2), stride=(2, 2)),
        Step("avg_pool", size=(3, 3), stride=(2, 2), padding=(1, 1)),
        Step("relu"),
    ],
)
def test_pixels_at_once_are_those_of_the_numbers(last: Step, scale: Scale) -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (300, 700, 3), np.uint8)
    steps = [Step("convolve", kernel=np.array([[-1, 1]], np.float32), size=(2, 1)), last]
    shaded = run_steps(pixels, steps, 10**6, shade=lambda values: to_pixels(values, scale, 255).pixels).values
    assert shaded.dtype == np.uint8
    assert np.array_equal(shaded, to_pixels(run_steps(pixels, steps, 10**6).values, scale, 255).pixels)
