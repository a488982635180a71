"""The convolution equals a direct sum, SciPy's and PyTorch's, over random pictures, kernels and geometries."""

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from service.errors import InvalidInput
from service.imaging.convolution.budget import Budget
from service.imaging.convolution.convolve import convolve
from service.imaging.convolution.geometry import Axis, PadMode, plan_axis
from service.imaging.convolution.large_kernels import factors, products, separate
from tests.ci import ON_CI

NUMPY_MODES = {"zeros": "constant", "edge": "edge", "reflect": "reflect"}


@pytest.fixture(scope="module", autouse=True)
def one_thread_for_torch() -> Iterator[None]:
    """On pictures so small, threads of its own cost it most of the time."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def padded(pixels: NDArray[np.uint8], x: Axis, y: Axis, mode: PadMode) -> NDArray[np.float64]:
    widths = ((y.before, y.after), (x.before, x.after), (0, 0))
    return np.pad(pixels.astype(np.float64), widths, mode=NUMPY_MODES[mode])  # type: ignore[call-overload,no-any-return]


def tolerance(kernel: NDArray[np.float32]) -> float:
    return 1e-5 * max(1.0, float(np.abs(kernel).sum()) * 255)


SORTS = ["random", "separable", "rank 2", "whole", "whole separable", "sparse", "even"]
side = st.one_of(st.integers(1, 5), st.integers(1, 9), st.integers(10, 31))
cases = st.tuples(
    st.integers(1, 30),  # height
    st.integers(1, 30),  # width
    st.integers(1, 4),  # channels
    side,  # kernel height
    side,  # kernel width
    st.one_of(st.integers(1, 3), st.integers(4, 40)),  # stride x
    st.integers(1, 5),  # stride y
    st.one_of(st.sampled_from(["same", "valid"]), st.integers(0, 12), st.integers(13, 60)),
    st.sampled_from(["zeros", "edge", "reflect"]),
    st.sampled_from(SORTS),
    st.integers(0, 2**32 - 1),
)
EXAMPLES = 3000 if ON_CI else 500
computed: Counter[str] = Counter()


def kernel_of(sort: str, height: int, width: int, rng: np.random.Generator) -> NDArray[np.float32]:
    if sort == "even":
        return np.full((height, width), 1 / (height * width), np.float32)
    if sort == "whole separable":
        return np.outer(rng.integers(-4, 5, height), rng.integers(-4, 5, width)).astype(np.float32)
    if sort in ("separable", "rank 2"):
        rank = 2 if sort == "rank 2" else 1
        return (rng.normal(size=(height, rank)) @ rng.normal(size=(rank, width))).astype(np.float32)
    kernel = rng.normal(size=(height, width))
    if sort == "sparse":
        kernel *= rng.random((height, width)) < 0.2
    return (np.rint(kernel * 2) if sort == "whole" else kernel).astype(np.float32)


def direct(pixels: NDArray[np.uint8], kernel: NDArray[np.float32], x: Axis, y: Axis, mode: PadMode) -> NDArray[Any]:
    """The formula, place by place of the kernel, on padding that is looked up pixel by pixel."""
    rows = [outside(k - y.before, y.size, mode) for k in range(y.size + y.padding)]
    columns = [outside(k - x.before, x.size, mode) for k in range(x.size + x.padding)]
    seen = pixels[np.ix_(rows, columns)].astype(np.float64)
    seen[np.array(rows) < 0] = 0
    seen[:, np.array(columns) < 0] = 0
    total = np.zeros((y.output, x.output, pixels.shape[2]))
    for i, j in np.argwhere(kernel):
        bottom, right = i + (y.output - 1) * y.stride + 1, j + (x.output - 1) * x.stride + 1
        total += float(kernel[i, j]) * seen[i : bottom : y.stride, j : right : x.stride]
    return total


def correlated(pixels: NDArray[np.float64], kernel: NDArray[np.float32]) -> NDArray[np.float64]:
    """SciPy's, where the kernel fits."""
    from scipy.signal import correlate2d  # takes a second, which every worker would wait

    found: NDArray[np.float64] = correlate2d(pixels, kernel.astype(np.float64), "valid")
    return found


def outside(place: int, size: int, mode: PadMode) -> int:
    """Where the picture is looked at for a place that may lie outside; -1 where a zero stands."""
    if mode == "zeros":
        return place if 0 <= place < size else -1
    if mode == "edge":
        return min(max(place, 0), size - 1)
    while size > 1 and not 0 <= place < size:
        place = -place if place < 0 else 2 * (size - 1) - place
    return place if size > 1 else 0


@settings(max_examples=EXAMPLES)
@given(case=cases)
def test_equals_a_direct_sum_scipy_and_torch(
    case: tuple[int, int, int, int, int, int, int, str | int, PadMode, str, int],
) -> None:
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
    near = tolerance(kernel)
    assert ours.shape == (y.output, x.output, channels)
    assert np.abs(direct(pixels, kernel, x, y, mode) - ours).max() <= near
    whole = padded(pixels, x, y, mode)
    for channel in range(channels):
        theirs = correlated(whole[..., channel], kernel)[::sy, ::sx]
        assert np.abs(theirs - ours[..., channel]).max() <= near
    batch, weight = torch.tensor(whole).permute(2, 0, 1)[:, None], torch.tensor(kernel).double()[None, None]
    slid = torch.nn.functional.conv2d(batch, weight, stride=(sy, sx))[:, 0].permute(1, 2, 0).numpy()
    assert np.abs(slid[: y.output, : x.output] - ours).max() <= near
    computed[sort] += 1


def test_most_were_compared() -> None:
    """The random cases in which something comes out, of each sort of kernel. Hypothesis draws unevenly."""
    assert sum(computed.values()) >= EXAMPLES / 2
    assert min(computed[sort] for sort in SORTS) >= EXAMPLES / 100


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


def gauss(size: int, sigma: float) -> NDArray[np.float64]:
    places = np.arange(size) - (size - 1) / 2
    bell: NDArray[np.float64] = np.exp(-((places / sigma) ** 2) / 2)
    return np.outer(bell, bell)


KERNELS = {
    "a Gaussian in float32": (gauss(31, 6), 1),
    "a difference of Gaussians": (gauss(31, 6) - 0.3 * gauss(31, 3), 2),
    "a column": (np.random.default_rng(0).normal(size=(31, 1)), 1),
    "a row": (np.random.default_rng(0).normal(size=(1, 31)), 1),
    "no shortcut": (np.random.default_rng(0).normal(size=(31, 31)), 31),
}


@pytest.mark.parametrize("stride", [(1, 1), (3, 2)])
@pytest.mark.parametrize("name", KERNELS)
def test_large_kernels_take_the_shorter_way(name: str, stride: tuple[int, int]) -> None:
    kernel, rank = KERNELS[name][0].astype(np.float32), KERNELS[name][1]
    height, width = kernel.shape
    columns, rows = factors(kernel)
    assert columns.shape[1] == rows.shape[0] == rank
    pixels = np.random.default_rng(7).integers(0, 256, (150, 130, 3), dtype=np.uint8)
    x, y = plan_axis("width", 130, width, stride[0], "same"), plan_axis("height", 150, height, stride[1], "same")
    product = products(kernel, x, y)
    assert (product.up is None) == (rank < 31)
    if stride == (1, 1):
        assert product.cost < 400  # in place of 961
    expected = direct(pixels, kernel, x, y, "edge")
    assert np.abs(convolve(pixels, kernel, x, y, "edge") - expected).max() <= tolerance(kernel) / 5


@pytest.mark.parametrize("size", [7, 9, 15, 31])
def test_whole_numbers_have_whole_sums(size: int) -> None:
    """A disc is no column times a row: its sums go through a transform, and leave no trace of it."""
    places = np.arange(size) - size // 2
    disc = (places[:, None] ** 2 + places**2 <= (size / 2) ** 2).astype(np.float32)
    pixels = np.random.default_rng(8).integers(0, 256, (70, 60, 3), dtype=np.uint8)
    x, y = plan_axis("width", 60, size, 1, "same"), plan_axis("height", 70, size, 1, "same")
    assert np.array_equal(convolve(pixels, disc, x, y), direct(pixels, disc, x, y, "zeros"))
    mean = convolve(pixels, disc, x, y, divisor=float(disc.sum()))
    assert np.array_equal(mean, (direct(pixels, disc, x, y, "zeros") / disc.sum()).astype(np.float32))


@pytest.mark.parametrize(("height", "width"), [(3, 3), (7, 7), (31, 31), (1, 31), (31, 1), (2, 4), (31, 2)])
def test_many_blocks_and_threads_give_the_same_bits_as_one(height: int, width: int) -> None:
    rng = np.random.default_rng(5)
    pixels = rng.integers(0, 256, (700, 600, 3), dtype=np.uint8)
    kernel = rng.normal(size=(height, width)).astype(np.float32)
    x, y = plan_axis("width", 600, width, 1, "same"), plan_axis("height", 700, height, 1, "same")
    alone = convolve(pixels, kernel, x, y, "reflect")
    assert np.array_equal(alone, convolve(pixels, kernel, x, y, "reflect", Budget(4)))
    part = slice(300, 340)
    small = padded(pixels, x, y, "reflect")[part.start : part.stop + height - 1]
    theirs = correlated(small[..., 1], kernel)
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
    assert separate(ones / np.float32(15)) is not None
    assert separate(np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]], np.float32)) is not None
    assert separate(np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], np.float32)) is None
    assert separate(np.zeros((3, 3), np.float32)) is None
    near = ones.copy()
    near[2, 1] = 1.0001
    assert separate(near) is None
