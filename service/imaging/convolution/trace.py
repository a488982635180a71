"""One output pixel of a convolution, told: the window, its products with the kernel, and their sum; and of pooling."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from service.errors import InvalidInput
from service.imaging.convolution.geometry import Axis, PadMode, Pair
from service.imaging.pixels import FloatArray


@dataclass(frozen=True, slots=True)
class Trace:
    """One number of the output: for each channel the window, the products and their sum, before the divisor. Where the
    channels are added up, `value` holds one number. Of pooling the kernel is 1 where the window lies on the picture and
    0 in the padding, which counts for nothing."""

    x: int
    y: int
    origin: Pair  # the window's first place in the step's input; negative in the padding
    kernel: list[list[float]]
    window: list[list[list[float]]]
    products: list[list[list[float]]]
    sum: list[float]
    divisor: float
    value: list[float]
    op: Literal["convolve", "max_pool", "avg_pool"] = "convolve"


def check_place(at: Pair, x: Axis, y: Axis) -> None:
    """Raises InvalidInput where the output has no such place."""
    if not (0 <= at[0] < x.output and 0 <= at[1] < y.output):
        raise InvalidInput(f"at lies outside the output: x must be 0 to {x.output - 1}, y 0 to {y.output - 1}.")


def trace_pixel(
    given: NDArray[Any],
    kernel: FloatArray,
    divisor: float,
    x: Axis,
    y: Axis,
    mode: PadMode,
    at: Pair,
    is_summed: bool = False,
) -> Trace:
    """The formula with numbers in it, for the output place `at` of a convolution of `given` [H, W, C]; `is_summed`: its
    channels make one map."""
    check_place(at, x, y)
    rows = y.source(at[1] * y.stride, y.window, mode)
    columns = x.source(at[0] * x.stride, x.window, mode)
    window = given[np.ix_(rows, columns)].astype(np.float64).transpose(2, 0, 1)
    window[:, rows < 0] = 0
    window[:, :, columns < 0] = 0
    products = window * kernel.astype(np.float64)
    sums = products.sum((1, 2))
    return Trace(
        x=at[0],
        y=at[1],
        origin=(at[0] * x.stride - x.before, at[1] * y.stride - y.before),
        kernel=plain(kernel),
        window=plain(window),
        products=plain(products),
        sum=plain(sums),
        divisor=divisor,
        value=plain((sums.sum(keepdims=True) if is_summed else sums) / divisor),
    )


def trace_pool(given: NDArray[Any], is_max: bool, x: Axis, y: Axis, at: Pair) -> Trace:
    """The same of pooling: the numbers of the window, and their largest or their mean."""
    check_place(at, x, y)
    rows = y.source(at[1] * y.stride, y.window, "zeros")
    columns = x.source(at[0] * x.stride, x.window, "zeros")
    inside = (rows >= 0)[:, None] & (columns >= 0)
    window = given[np.ix_(rows, columns)].astype(np.float64).transpose(2, 0, 1) * inside
    sums, count = window.sum((1, 2)), float(inside.sum())
    return Trace(
        x=at[0],
        y=at[1],
        origin=(at[0] * x.stride - x.before, at[1] * y.stride - y.before),
        kernel=plain(inside.astype(np.float32)),
        window=plain(window),
        products=plain(window),
        sum=plain(sums),
        divisor=1.0 if is_max else count,
        value=plain(np.where(inside, window, -np.inf).max((1, 2)) if is_max else sums / count),
        op="max_pool" if is_max else "avg_pool",
    )


def plain(array: NDArray[Any]) -> Any:
    """Nested lists of the shortest decimals that are these float32 numbers: 0.1, not 0.10000000149."""
    numbers = [float(str(number)) + 0.0 for number in array.astype(np.float32).ravel()]  # no -0
    return np.array(numbers).reshape(array.shape).tolist()
