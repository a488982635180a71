"""A kernel slid over a picture: the lecture's convolution, which is a cross-correlation.

    pixels [H, W, C], kernel [h, w] -> blocks of rows, padded, float32 -> sums of products -> float32 [H', W', C]

    out[y, x] = sum_ij K[i, j] I[y * S_y + i, x * S_x + j],    W' = floor((W - F + P) / S) + 1

A block stays in the processor's cache. Three ways to sum, chosen by measurement (benchmarks/filters.md): few
numbers in the kernel are shifted copies added up, a small kernel that is a column times a row is two passes of these,
and every other one is products of matrices (products.py).
"""

import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.imaging.convolution.budget import Budget
from service.imaging.convolution.geometry import Axis, PadMode, straight
from service.imaging.convolution.large_kernels import is_whole, products, separate
from service.imaging.pixels import FloatArray

Work = Callable[[FloatArray, int], FloatArray]
Shade = Callable[[FloatArray], NDArray[np.uint8]]  # numbers to pixels of the same shape

_BLOCK = 400_000  # numbers: the best of 100,000 to 800,000, since its copies stay in the cache
_FEW = 28  # numbers in a kernel: up to here adding shifted copies is the fastest
_SURE = 2**18  # sums of whole numbers up to here come out of products with an error far under a half


def convolve(
    pixels: NDArray[Any],
    kernel: FloatArray,
    x: Axis,
    y: Axis,
    mode: PadMode = "zeros",
    budget: Budget | None = None,
    divisor: float = 1.0,
    shade: Shade | None = None,
) -> NDArray[Any]:
    """The sums of products of a kernel [h, w] over pixels [H, W, C] (any number type): float32 [H', W', C], or uint8,
    what `shade` makes of them.

    Each channel on its own; the kernel is not flipped. The sum is divided, not the kernel: whole numbers have an
    exact sum below 2^24, so a mean of nine pixels is the nearest float32.
    """
    work, most = _way(kernel, x, y)
    # Products of whole numbers may leave a trace behind the point; here it is under a half.
    rounded = most is not None and pixels.dtype.kind in "ui" and is_whole(kernel) and _reach(pixels, kernel) <= _SURE

    def finished(block: FloatArray, n: int) -> FloatArray:
        sums = work(block, n)
        if rounded:
            np.rint(sums, out=sums)
        if divisor != 1:
            sums /= np.float32(divisor)
        return sums

    return slide(pixels, x, y, mode, finished, budget, most_rows=most, shade=shade)


def _way(kernel: FloatArray, x: Axis, y: Axis) -> tuple[Work, int | None]:
    """What sums a block, and how many rows of the output it takes at most."""
    count, halves = np.count_nonzero(kernel), separate(kernel)
    passes = count if halves is None else sum(np.count_nonzero(half) for half in halves)
    if min(count, passes) > _FEW:
        product = products(kernel, x, y)
        return lambda block, n: product(block, n, x), product.rows
    if halves is None or count <= passes:
        return lambda block, n: _shifted(block, kernel, n, x, y.stride), None
    column, row = halves
    return (
        lambda block, n: _shifted(_shifted(block, row, len(block), x), column, n, straight(x), y.stride),
        None,
    )


def multiply_adds(kernel: FloatArray, x: Axis, y: Axis, enough: int) -> int:
    """About how many the convolution takes for one channel, the way that it is done; where the plainest way takes no
    more than `enough`, of that."""
    places = x.output * y.output
    count = int(np.count_nonzero(kernel))
    if count * places <= enough:
        return count * places
    halves = separate(kernel)
    passes = count if halves is None else sum(int(np.count_nonzero(half)) for half in halves)
    least = min(count, passes)
    return math.ceil((least if least <= _FEW else products(kernel, x, y).cost) * places)


def _reach(pixels: NDArray[Any], kernel: FloatArray) -> float:
    """The largest size that a sum may have."""
    return float(np.abs(kernel, dtype=np.float64).sum()) * max(abs(int(bound)) for bound in _bounds(pixels))


def _bounds(pixels: NDArray[Any]) -> tuple[int, int]:
    info = np.iinfo(pixels.dtype)
    return info.min, info.max


def slide(
    pixels: NDArray[Any],
    x: Axis,
    y: Axis,
    mode: PadMode,
    work: Work,
    budget: Budget | None = None,
    fill: float = 0.0,
    most_rows: int | None = None,
    shade: Shade | None = None,
) -> NDArray[Any]:
    """Cuts pixels [H, W, C] into padded blocks of rows, float32, and joins what `work` makes of them.

    `work` gets a block [(n - 1) * stride + window, W + padding, C] and n, and gives [n, W', C]. `fill` stands
    where mode `zeros` pads, `most_rows` is the largest n that `work` takes. Several threads share the blocks. With
    `shade` each block becomes pixels at once: the numbers of a large picture would be four times as many bytes.
    Raises DeadlineExceeded between two blocks.
    """
    budget = budget or Budget()
    channels = pixels.shape[2]
    result = np.empty((y.output, x.output, channels), np.float32 if shade is None else np.uint8)
    width = (x.output - 1) * x.stride + x.window
    rows = most_rows or max(1, _BLOCK // (width * channels * y.stride))
    inner = slice(min(x.before, width), min(x.before + x.size, width))
    margins = []
    for outside in (slice(0, inner.start), slice(inner.stop, width)):
        columns = x.source(outside.start, outside.stop - outside.start, mode)
        margins.append((outside, columns < 0, pixels[:, columns]))

    def block(first: int) -> None:
        budget.check()
        n = min(rows, y.output - first)
        sources = y.source(first * y.stride, (n - 1) * y.stride + y.window, mode)
        padded = np.empty((len(sources), width, channels), np.float32)
        _copy_rows(pixels, sources, padded[:, inner], fill)
        for outside, empty, margin in margins:
            _copy_rows(margin, sources, padded[:, outside], fill)
            padded[:, outside][:, empty] = fill
        made = work(padded, n)
        result[first : first + n] = made if shade is None else shade(made)

    starts = range(0, y.output, rows)
    if budget.threads > 1 and len(starts) > 1:
        with ThreadPoolExecutor(budget.threads) as pool:
            list(pool.map(block, starts))
    else:
        for first in starts:
            block(first)
    return result


def _copy_rows(pixels: NDArray[Any], sources: NDArray[np.intp], target: FloatArray, fill: float) -> None:
    """Rows of the picture into a block; where the source is -1 the row is `fill`."""
    first, last = int(sources[0]), int(sources[-1])
    width = target.shape[1]
    if first >= 0 and last - first + 1 == len(sources):  # within the picture: no copy of a copy
        target[:] = pixels[first : last + 1, :width]
        return
    target[:] = pixels[sources, :width]
    target[sources < 0] = fill


def taps(block: NDArray[Any], shape: tuple[int, int], n: int, x: Axis, step: int = 1) -> Iterator[NDArray[Any]]:
    """For each place of a window, row by row, the block as it is seen from there: views [n, W', C]."""
    for i in range(shape[0]):
        rows = block[i : i + (n - 1) * step + 1 : step]
        for j in range(shape[1]):
            yield rows[:, j : j + (x.output - 1) * x.stride + 1 : x.stride]


def _shifted(block: FloatArray, kernel: FloatArray, n: int, x: Axis, step: int = 1) -> FloatArray:
    """Adds what each place of the kernel sees; places with the same number are added before the product."""
    groups: dict[float, list[NDArray[Any]]] = {}
    for number, view in zip(kernel.ravel().tolist(), taps(block, kernel.shape, n, x, step), strict=True):
        if number:
            groups.setdefault(number, []).append(view)
    shape = (n, x.output, block.shape[2])
    total = np.empty(shape, np.float32) if groups else np.zeros(shape, np.float32)
    # Fresh memory for each group would cost as much as the sum.
    part = np.empty(shape, np.float32) if len(groups) > 1 else total
    for place, (number, views) in enumerate(groups.items()):
        target = part if place else total
        _weighted(views, number, target)
        if place:
            total += part
    return total


def _weighted(views: list[NDArray[Any]], number: float, target: FloatArray) -> None:
    """Writes number * (the sum of the views)."""
    first, *others = views
    if not others:
        np.multiply(first, np.float32(number), out=target)
        return
    np.add(first, others[0], out=target)
    for view in others[1:]:
        target += view
    if number != 1:
        target *= np.float32(number)
