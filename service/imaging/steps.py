"""A sequence of layers on a picture, as in a network: convolve, pool, cut off below zero.

    pixels -> steps, each float32 -> numbers of any size, the geometry of each step -> uint8 for the eye

Every colour channel goes its own way. Alpha is no colour: it is taken from the middle of each window.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from service.errors import DeadlineExceeded, InvalidInput, PayloadTooLarge
from service.imaging.convolution import Axis, FloatArray, Padding, PadMode, convolve, plan_axis, slide, taps
from service.imaging.tones import Scale

Pair = tuple[int, int]  # x, y

_MOST = 1e37  # a tenth of what float32 holds


@dataclass(frozen=True, slots=True)
class Step:
    """One layer. `kernel` is already divided by `divisor`, which is kept for the words of `story`."""

    op: Literal["convolve", "max_pool", "avg_pool", "relu"]
    kernel: FloatArray = field(default_factory=lambda: np.ones((1, 1), np.float32))
    divisor: float = 1.0
    size: Pair = (1, 1)
    stride: Pair = (1, 1)
    padding: tuple[Padding, Padding] = (0, 0)
    pad_mode: PadMode = "zeros"


@dataclass(frozen=True, slots=True)
class Done:
    """What a step was given and how its window slid: pixels [H, W, C] of any number type."""

    step: Step
    given: NDArray[Any]
    x: Axis
    y: Axis


@dataclass(frozen=True, slots=True)
class Result:
    """Numbers float32 [H, W, C], alpha uint8 [H, W] or None, and each step with its geometry."""

    values: FloatArray
    alpha: NDArray[np.uint8] | None
    done: list[Done]


def run_steps(
    pixels: NDArray[np.uint8], steps: Sequence[Step], most_pixels: int, threads: int = 1, deadline: float = np.inf
) -> Result:
    """The steps in their order on uint8 pixels as the codec gives them; `deadline` is a time.monotonic().

    Raises InvalidInput where a step gives nothing, PayloadTooLarge where one gives more than `most_pixels`,
    DeadlineExceeded between two steps.
    """
    shaped = pixels[..., None] if pixels.ndim == 2 else pixels
    has_alpha = shaped.shape[2] in (2, 4)
    values: NDArray[Any] = shaped[..., :-1] if has_alpha else shaped
    alpha = shaped[..., -1] if has_alpha else None
    done = []
    reach = 255.0  # the largest size that a number may have by now
    for number, step in enumerate(steps, start=1):
        if time.monotonic() > deadline:
            raise DeadlineExceeded(f"The time of the request was up before step {number} of {len(steps)}.")
        x, y = _plan(step, values, number if len(steps) > 1 else None)
        if x.output * y.output > most_pixels:
            raise PayloadTooLarge(
                f"The output would have {x.output} x {y.output} pixels; at most {most_pixels:,} are given.",
                limit=most_pixels,
                actual=x.output * y.output,
            )
        done.append(Done(step, values, x, y))
        if step.op == "convolve":
            reach *= float(np.abs(step.kernel, dtype=np.float64).sum())
        if not reach < _MOST:
            raise InvalidInput("The numbers could grow beyond what a 32-bit float holds. Take a larger divisor.")
        values = _run(step, values, x, y, threads)
        if alpha is not None:
            alpha = alpha[_middle(y)][:, _middle(x)]
    return Result(values.astype(np.float32, copy=False), alpha, done)


def _plan(step: Step, values: NDArray[Any], number: int | None) -> tuple[Axis, Axis]:
    width, height = (1, 1) if step.op == "relu" else step.size
    try:
        x = plan_axis("width", values.shape[1], width, step.stride[0], step.padding[0])
        return x, plan_axis("height", values.shape[0], height, step.stride[1], step.padding[1])
    except InvalidInput as error:
        if number is not None:
            error.message = f"Step {number}: {error.message}"
        raise


def _run(step: Step, values: NDArray[Any], x: Axis, y: Axis, threads: int) -> FloatArray:
    if step.op == "convolve":
        return convolve(values, step.kernel, x, y, step.pad_mode, threads)
    if step.op == "relu":
        return np.asarray(np.maximum(values, 0), np.float32)
    shape = (y.window, x.window)
    if step.op == "max_pool":
        return slide(
            values, x, y, "zeros", lambda block, n: _greatest(block, shape, n, x, y.stride), threads, fill=-np.inf
        )
    counts = np.outer(_counts(y), _counts(x))
    sums = slide(values, x, y, "zeros", lambda block, n: _sum(block, shape, n, x, y.stride), threads)
    sums /= counts[..., None]
    return sums


def _greatest(block: FloatArray, shape: Pair, n: int, x: Axis, step: int) -> FloatArray:
    first, *others = taps(block, shape, n, x, step)
    result: FloatArray = first.copy()
    for view in others:
        np.maximum(result, view, out=result)
    return result


def _sum(block: FloatArray, shape: Pair, n: int, x: Axis, step: int) -> FloatArray:
    first, *others = taps(block, shape, n, x, step)
    result: FloatArray = first.copy()
    for view in others:
        result += view
    return result


def _counts(axis: Axis) -> FloatArray:
    """How many places of each window lie on the picture: padding is no pixel, so it does not dilute a mean."""
    starts = np.arange(axis.output) * axis.stride - axis.before
    inside = np.minimum(starts + axis.window, axis.size) - np.maximum(starts, 0)
    counts: FloatArray = np.maximum(inside, 1).astype(np.float32)
    return counts


def _middle(axis: Axis) -> NDArray[np.intp]:
    places = np.arange(axis.output) * axis.stride - axis.before + (axis.window - 1) // 2
    return np.clip(places, 0, axis.size - 1)


def to_pixels(values: FloatArray, scale: Scale) -> NDArray[np.uint8]:
    """Numbers [H, W, C] as uint8: `clip` cuts to 0..255, `abs` drops the sign, `centre` makes zero middle grey
    and the largest size black or white, `minmax` spreads least to greatest over 0..255."""
    if scale == "abs":
        values = np.abs(values)
    elif scale == "centre":
        reach = float(np.abs(values).max()) or 1.0
        values = values * np.float32(127 / reach) + np.float32(128)
    elif scale == "minmax":
        low, high = float(values.min()), float(values.max())
        values = (values - np.float32(low)) * np.float32(255 / ((high - low) or 1.0))
    shown = np.rint(values)
    return np.clip(shown, 0, 255, out=shown).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Story:
    """One number of the output: for each channel the window, the products and their sum, before the divisor."""

    x: int
    y: int
    origin: Pair  # the window's first place in the step's input; negative in the padding
    kernel: list[list[float]]
    window: list[list[list[float]]]
    products: list[list[list[float]]]
    sum: list[float]
    divisor: float
    value: list[float]


def tell(done: Sequence[Done], x: int, y: int) -> Story:
    """The formula with numbers in it for the output place x, y of the last convolution.

    Raises InvalidInput where there is no convolution, or no such place.
    """
    last = next((item for item in reversed(done) if item.step.op == "convolve"), None)
    if last is None:
        raise InvalidInput("at tells of a convolution, and there is none among the steps.")
    if not (0 <= x < last.x.output and 0 <= y < last.y.output):
        raise InvalidInput(
            f"at lies outside the output: x must be 0 to {last.x.output - 1}, y 0 to {last.y.output - 1}."
        )
    rows = last.y.source(y * last.y.stride, last.y.window, last.step.pad_mode)
    columns = last.x.source(x * last.x.stride, last.x.window, last.step.pad_mode)
    window = last.given[np.ix_(rows, columns)].astype(np.float64).transpose(2, 0, 1)
    window[:, rows < 0] = 0
    window[:, :, columns < 0] = 0
    kernel = last.step.kernel.astype(np.float64) * last.step.divisor
    products = window * kernel
    sums = products.sum((1, 2))
    return Story(
        x=x,
        y=y,
        origin=(x * last.x.stride - last.x.before, y * last.y.stride - last.y.before),
        kernel=_numbers(kernel),
        window=_numbers(window),
        products=_numbers(products),
        sum=_numbers(sums),
        divisor=last.step.divisor,
        value=_numbers(sums / last.step.divisor),
    )


def _numbers(array: NDArray[np.float64]) -> Any:
    numbers: Any = np.round(array, 4) + 0.0  # no -0
    return numbers.tolist()
