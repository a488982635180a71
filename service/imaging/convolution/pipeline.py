"""A sequence of layers on a picture, as in a network: convolve, pool, cut off below zero.

    pixels -> steps, each float32 -> numbers of any size, the geometry of each step

Every colour channel goes its own way, unless a convolution adds them up to one map, as a network does. Alpha is no
colour: it is taken from the middle of each window.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from service.errors import InvalidInput, PayloadTooLarge
from service.imaging.convolution.budget import Budget
from service.imaging.convolution.convolve import Shade, convolve, multiply_adds, slide, taps
from service.imaging.convolution.geometry import Axis, Padding, PadMode, Pair, plan_axis, straight
from service.imaging.convolution.trace import Trace, check_place, trace_pixel, trace_pool
from service.imaging.pixels import FloatArray

MAX_MULTIPLY_ADDS = 500_000_000  # of all steps, for one channel: a second or two
_COLOURS = 3
Channels = Literal["each", "sum"]
_MOST = 1e36  # float32 holds 3e38, and a transform inside adds up to 64 numbers


@dataclass(frozen=True, slots=True)
class Step:
    """One layer. What `kernel` sums is divided by `divisor`. `size` is the window's, the kernel's included. `channels`:
    whether each gives a map of its own, or all together one."""

    op: Literal["convolve", "max_pool", "avg_pool", "relu"]
    kernel: FloatArray = field(default_factory=lambda: np.ones((1, 1), np.float32))
    divisor: float = 1.0
    size: Pair = (1, 1)
    stride: Pair = (1, 1)
    padding: tuple[Padding, Padding] = (0, 0)
    pad_mode: PadMode = "zeros"
    channels: Channels = "each"


@dataclass(frozen=True, slots=True)
class Done:
    """How a step's window slides."""

    step: Step
    x: Axis
    y: Axis


@dataclass(frozen=True, slots=True)
class Result:
    """Numbers float32 [H, W, C], or the pixels, uint8, that they were made into; alpha uint8 [H, W] or None, and each
    step with its geometry."""

    values: NDArray[Any]
    alpha: NDArray[np.uint8] | None
    done: list[Done]
    trace: Trace | None = None


def plan_steps(width: int, height: int, steps: Sequence[Step], most_pixels: int) -> list[Done]:
    """The geometry of each step, before any work.

    Raises InvalidInput where a step gives nothing or its numbers could be too large for float32, PayloadTooLarge
    where it gives more than `most_pixels`, or all together would be too much work.
    """
    done: list[Done] = []
    work = 0
    reach = 255.0  # the largest size that a number may have by now
    for number, step in enumerate(steps, start=1):
        x, y = _axes(step, width, height, number if len(steps) > 1 else None)
        width, height = x.output, y.output
        if width * height > most_pixels:
            raise PayloadTooLarge(
                f"The output would have {width} x {height} pixels; at most {most_pixels:,} are given.",
                limit=most_pixels,
                actual=width * height,
            )
        if step.op == "convolve":
            reach *= float(np.abs(step.kernel, dtype=np.float64).sum()) * (_COLOURS if step.channels == "sum" else 1)
            _check_reach(reach)  # the sum, before it is divided
            reach /= abs(step.divisor)
            _check_reach(reach)
        work += _work(step, x, y)
        if work > MAX_MULTIPLY_ADDS:
            raise PayloadTooLarge(
                f"The steps would take {work:,} multiply-adds a channel; at most {MAX_MULTIPLY_ADDS:,} are done. "
                f"Take a smaller picture, smaller kernels or fewer steps.",
                limit=MAX_MULTIPLY_ADDS,
                actual=work,
            )
        done.append(Done(step, x, y))
    return done


def _work(step: Step, x: Axis, y: Axis) -> int:
    """Multiply-adds, or what is as much work, for one channel."""
    if step.op == "convolve":
        return multiply_adds(step.kernel, x, y, MAX_MULTIPLY_ADDS // 64)  # beyond, the way is looked at
    return x.output * y.output * (1 if step.op == "relu" else x.window + y.window)


def run_steps(
    pixels: NDArray[np.uint8],
    steps: Sequence[Step],
    most_pixels: int,
    budget: Budget | None = None,
    at: Pair | None = None,
    at_step: int | None = None,
    shade: Shade | None = None,
) -> Result:
    """The steps in their order on uint8 pixels as the codec gives them. `at`: x, y in the output of the step `at_step`,
    counted from 0, whose trace is told; None: of the last convolution. `shade` makes pixels of the last step's numbers,
    whichever of them it gets at a time.

    Raises what `plan_steps` raises, InvalidInput where `at` is nowhere, DeadlineExceeded.
    """
    shaped = pixels[..., None] if pixels.ndim == 2 else pixels
    has_alpha = shaped.shape[2] in (2, 4)
    values: NDArray[Any] = shaped[..., :-1] if has_alpha else shaped
    alpha = shaped[..., -1] if has_alpha else None
    done = plan_steps(shaped.shape[1], shaped.shape[0], steps, most_pixels)
    traced = None if at is None else _traced_step(done, at, at_step)
    trace = None
    # Only the newest numbers are held: a sequence on a large picture needs no more memory than a step.
    for i, (step, x, y) in enumerate((d.step, d.x, d.y) for d in done):
        if at is not None and i == traced:
            trace = _trace(step, values, x, y, at)
        values = _run(step, values, x, y, budget, shade if i == len(done) - 1 else None)
        if alpha is not None:
            alpha = alpha[_middle(y)][:, _middle(x)]
    if shade is None:
        values = values.astype(np.float32, copy=False)
    return Result(values, alpha, done, trace)


def _check_reach(reach: float) -> None:
    if reach > _MOST:
        raise InvalidInput(
            "The numbers could grow beyond what a 32-bit float holds. Take smaller numbers in the kernels, or divide "
            "in an earlier step."
        )


def _axes(step: Step, width: int, height: int, number: int | None) -> tuple[Axis, Axis]:
    try:
        x = plan_axis("width", width, step.size[0], step.stride[0], step.padding[0])
        y = plan_axis("height", height, step.size[1], step.stride[1], step.padding[1])
        if step.op in ("max_pool", "avg_pool"):
            _check_pool(x)
            _check_pool(y)
    except InvalidInput as error:
        if number is not None:
            error.message = f"Step {number}: {error.message}"
        raise
    return x, y


def _check_pool(axis: Axis) -> None:
    """Raises InvalidInput where a window could lie in the padding alone: it would have no greatest and no mean."""
    most = 2 * (axis.window - 1)
    if axis.padding > most:
        raise InvalidInput(
            f"Pooling with a window of {axis.window} takes a padding of at most {most} in all; "
            f"{axis.padding} were given."
        )


def _traced_step(done: Sequence[Done], at: Pair, wanted: int | None) -> int:
    """Which step's trace is told."""
    if wanted is not None:
        if not 0 <= wanted < len(done) or done[wanted].step.op == "relu":
            raise InvalidInput(f"at_step must be the number of a step with a window, 1 to {len(done)}; relu has none.")
        check_place(at, done[wanted].x, done[wanted].y)
        return wanted
    last = max((i for i, item in enumerate(done) if item.step.op == "convolve"), default=None)
    if last is None:
        raise InvalidInput("at tells of a convolution, and there is none among the steps.")
    check_place(at, done[last].x, done[last].y)
    return last


def _trace(step: Step, values: NDArray[Any], x: Axis, y: Axis, at: Pair) -> Trace:
    if step.op == "convolve":
        return trace_pixel(values, step.kernel, step.divisor, x, y, step.pad_mode, at, step.channels == "sum")
    return trace_pool(values, step.op == "max_pool", x, y, at)


def _run(
    step: Step, values: NDArray[Any], x: Axis, y: Axis, budget: Budget | None, shade: Shade | None
) -> NDArray[Any]:
    if step.op == "convolve" and step.channels == "each":
        return convolve(values, step.kernel, x, y, step.pad_mode, budget, step.divisor, shade)
    if step.op == "convolve":
        whole = convolve(values, step.kernel, x, y, step.pad_mode, budget, step.divisor).sum(axis=2, keepdims=True)
    elif step.op == "relu":
        return slide(values, x, y, "zeros", lambda block, _: np.maximum(block, 0), budget, shade=shade)
    elif step.op == "max_pool":
        most = lambda block, n: _pooled(np.maximum, block, n, x, y)  # noqa: E731
        return slide(values, x, y, "zeros", most, budget, -np.inf, shade=shade)
    else:
        whole = slide(values, x, y, "zeros", lambda block, n: _pooled(np.add, block, n, x, y), budget)
        whole /= np.outer(_counts(y), _counts(x))[..., None]
    return whole if shade is None else shade(whole)


def _pooled(combine: np.ufunc, block: FloatArray, n: int, x: Axis, y: Axis) -> FloatArray:
    """The greatest, or the sum, of each window: of its rows first, then of what these gave."""
    rows = _combined(combine, taps(block, (1, x.window), len(block), x))
    return _combined(combine, taps(rows, (y.window, 1), n, straight(x), y.stride))


def _combined(combine: np.ufunc, views: Iterator[NDArray[Any]]) -> FloatArray:
    result: FloatArray = next(views).copy()
    for view in views:
        combine(result, view, out=result)
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
