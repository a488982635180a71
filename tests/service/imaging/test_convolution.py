"""The convolution equals a direct sum, SciPy's and PyTorch's, over random pictures, kernels and geometries."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import correlate2d

from service.errors import InvalidInput
from service.imaging.convolution import convolve, separate
from service.imaging.effort import Effort
from service.imaging.geometry import Axis, PadMode, plan_axis

NUMPY_MODES = {"zeros": "constant", "edge": "edge", "reflect": "reflect"}


def padded(pixels: NDArray[np.uint8], x: Axis, y: Axis, mode: PadMode) -> NDArray[np.float64]:
    widths = ((y.before, y.after), (x.before, x.after), (0, 0))
    return np.pad(pixels.astype(np.float64), widths, mode=NUMPY_MODES[mode])  # type: ignore[call-overload,no-any-return]


def tolerance(kernel: NDArray[np.float32]) -> float:
    return 1e-5 * max(1.0, float(np.abs(kernel).sum()) * 255)


cases = st.tuples(
    st.integers(1, 24),  # height
    st.integers(1, 24),  # width
    st.integers(1, 4),  # channels
    st.integers(1, 9),  # kernel height
    st.integers(1, 9),  # kernel width
    st.one_of(st.integers(1, 3), st.integers(4, 40)),  # stride x
    st.integers(1, 3),  # stride y
    st.one_of(st.sampled_from(["same", "valid"]), st.integers(0, 12), st.integers(13, 60)),
    st.sampled_from(["zeros", "edge", "reflect"]),
    st.sampled_from(["random", "separable", "whole", "sparse"]),
    st.integers(0, 2**32 - 1),
)


def kernel_of(sort: str, height: int, width: int, rng: np.random.Generator) -> NDArray[np.float32]:
    if sort == "separable":
        return np.outer(rng.normal(size=height), rng.normal(size=width)).astype(np.float32)
    kernel = rng.normal(size=(height, width))
    if sort == "sparse":
        kernel *= rng.random((height, width)) < 0.2
    return (np.rint(kernel * 2) if sort == "whole" else kernel).astype(np.float32)


@settings(max_examples=2500, deadline=None)
@given(case=cases)
def test_equals_scipy(case: tuple[int, int, int, int, int, int, int, str | int, PadMode, str, int]) -> None:
    height, width, channels, kh, kw, sx, sy, padding, mode, sort, seed = case
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (height, width, channels), dtype=np.uint8)
    kernel = kernel_of(sort, kh, kw, rng)
    try:
        x = plan_axis("width", width, kw, sx, padding)  # type: ignore[arg-type]
        y = plan_axis("height", height, kh, sy, padding)  # type: ignore[arg-type]
    except InvalidInput:
        total = 0 if padding == "valid" else int(padding)
        assert width + total < kw or height + total < kh
        return
    ours = convolve(pixels, kernel, x, y, mode)
    whole = padded(pixels, x, y, mode)
    for channel in range(channels):
        theirs = correlate2d(whole[..., channel], kernel.astype(np.float64), "valid")[::sy, ::sx]
        assert theirs.shape == ours.shape[:2] == (y.output, x.output)
        assert np.abs(theirs - ours[..., channel]).max() <= tolerance(kernel)


@pytest.mark.parametrize("seed", range(40))
def test_equals_a_direct_sum(seed: int) -> None:
    """The lecture's formula, number by number."""
    rng = np.random.default_rng(seed)
    height, width, kh, kw, sx, sy = (int(n) for n in rng.integers([5, 5, 1, 1, 1, 1], [12, 12, 5, 5, 3, 3]))
    pixels = rng.integers(0, 256, (height, width, 1), dtype=np.uint8)
    kernel = rng.normal(size=(kh, kw)).astype(np.float32)
    x, y = plan_axis("width", width, kw, sx, 3), plan_axis("height", height, kh, sy, 3)
    ours = convolve(pixels, kernel, x, y)
    for row, column in itertools.product(range(y.output), range(x.output)):
        total = 0.0
        for i, j in itertools.product(range(kh), range(kw)):
            v, u = row * sy + i - y.before, column * sx + j - x.before
            if 0 <= v < height and 0 <= u < width:
                total += float(kernel[i, j]) * float(pixels[v, u, 0])
        assert ours[row, column, 0] == pytest.approx(total, abs=tolerance(kernel))


@pytest.mark.parametrize("seed", range(30))
def test_equals_torch(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size, stride, pad = int(rng.integers(1, 16)), int(rng.integers(1, 4)), int(rng.integers(0, 8))
    pixels = rng.integers(0, 256, (40, 53, 3), dtype=np.uint8)
    kernel = rng.normal(size=(size, size)).astype(np.float32)
    x, y = plan_axis("width", 53, size, stride, 2 * pad), plan_axis("height", 40, size, stride, 2 * pad)
    batch = torch.tensor(pixels, dtype=torch.float64).permute(2, 0, 1)[:, None]
    weight = torch.tensor(kernel, dtype=torch.float64)[None, None]
    theirs = torch.nn.functional.conv2d(batch, weight, stride=stride, padding=pad)[:, 0].permute(1, 2, 0)
    assert np.abs(convolve(pixels, kernel, x, y) - theirs.numpy()).max() <= tolerance(kernel)


@pytest.mark.parametrize(("height", "width"), [(3, 3), (7, 7), (31, 31), (1, 31), (31, 1), (2, 4)])
def test_many_blocks_and_threads_give_the_same_bits_as_one(height: int, width: int) -> None:
    rng = np.random.default_rng(5)
    pixels = rng.integers(0, 256, (700, 600, 3), dtype=np.uint8)
    kernel = rng.normal(size=(height, width)).astype(np.float32)
    x, y = plan_axis("width", 600, width, 1, "same"), plan_axis("height", 700, height, 1, "same")
    alone = convolve(pixels, kernel, x, y, "reflect")
    assert np.array_equal(alone, convolve(pixels, kernel, x, y, "reflect", Effort(4)))
    part = slice(300, 340)
    small = padded(pixels, x, y, "reflect")[part.start : part.stop + height - 1]
    theirs = correlate2d(small[..., 1], kernel.astype(np.float64), "valid")
    assert np.abs(theirs - alone[part, :, 1]).max() <= tolerance(kernel)


def test_the_lectures_example_seven_wide_filter_three_gives_five() -> None:
    axis = plan_axis("width", 7, 3, 1, "valid")
    assert (axis.output, axis.padding) == (5, 0)


@pytest.mark.parametrize(
    ("size", "window", "stride", "padding", "output", "before", "after"),
    [
        (28, 3, 1, "same", 28, 1, 1),
        (28, 2, 1, "same", 28, 0, 1),  # an odd total: the extra pixel at the end
        (7, 2, 2, "same", 4, 0, 1),
        (5, 1, 3, "same", 2, 0, 0),
        (7, 3, 2, 3, 4, 1, 2),
        (1, 31, 1, 30, 1, 15, 15),
    ],
)
def test_geometry(size: int, window: int, stride: int, padding: int, output: int, before: int, after: int) -> None:
    axis = plan_axis("width", size, window, stride, padding)
    assert (axis.output, axis.before, axis.after) == (output, before, after)
    assert axis.output == (size - window + axis.padding) // stride + 1


def test_a_window_that_does_not_fit_is_refused_with_the_numbers() -> None:
    with pytest.raises(InvalidInput) as error:
        plan_axis("height", 5, 9, 2, 1)
    assert "floor((5 - 9 + 1) / 2) + 1 = -1" in error.value.message
    assert "at most 6" in error.value.message


def test_a_product_of_a_column_and_a_row_is_found_and_nothing_else() -> None:
    ones = np.ones((5, 3), np.float32)
    assert separate(ones / 15) is not None
    assert separate(np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]], np.float32)) is not None
    assert separate(np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], np.float32)) is None
    assert separate(np.zeros((3, 3), np.float32)) is None
    near = ones.copy()
    near[2, 1] = 1.00001
    assert separate(near) is None
