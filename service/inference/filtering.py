"""A picture through the convolution lab: one kernel, a sequence of layers, or several filters side by side.

    bytes -> decode -> grey where it is asked for -> steps -> numbers -> as pixels, each stage timed

Plain work for the CPU; it knows no event loop. `Budget` says on how many threads, and for how long.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from service.imaging.codec.files import ImageLimits, decode
from service.imaging.convolution.budget import Budget
from service.imaging.convolution.convolve import Shade
from service.imaging.convolution.geometry import Pair
from service.imaging.convolution.pipeline import Result, Step, run_steps
from service.imaging.drawing.contact_sheet import draw_contact_sheet
from service.imaging.drawing.scaling import Scale, to_pixels
from service.imaging.pixels import Pixels, shrink, to_grey

_WHITE = 255  # a filter's numbers are grey levels
SHEET_SIDE = 512  # pixels: pictures on a contact sheet are shrunk to this


@dataclass(frozen=True, slots=True)
class FilterJob:
    """What is to be done: `steps` in a row, or, on a contact sheet, each of `titled` (title, step) by itself.

    `scale` says how numbers become pixels, `at` (x, y) which pixel of a step's output is traced: of `at_step`, counted
    from 0, or of the last convolution.
    """

    steps: Sequence[Step] = ()
    titled: Sequence[tuple[str, Step]] = ()
    scale: Scale = "clip"
    at: Pair | None = None
    at_step: int | None = None
    grey: bool = False
    numbers: bool = True


@dataclass(frozen=True, slots=True)
class FilteredPicture:
    """What came out: a result (numbers) for the steps or for each of `titled`, and all as one picture, uint8 [H, W],
    [H, W, 2], [H, W, 3] or [H, W, 4]. Times in seconds."""

    pixels: Pixels
    results: list[Result]
    decode_s: float
    filter_s: float


def filter_picture(data: bytes, job: FilterJob, limits: ImageLimits, budget: Budget) -> FilteredPicture:
    """Raises what `decode` and `run_steps` raise; DeadlineExceeded where the budget is used up."""
    budget.check()
    begun = time.perf_counter()
    picture = decode(data, limits, working_side=SHEET_SIDE if job.titled else None)
    pixels = _without_colour(picture.pixels) if job.grey else picture.pixels
    decoded = time.perf_counter()
    most = limits.max_pixels
    if job.titled:
        small = shrink(pixels, SHEET_SIDE)[0]
        results = [run_steps(small, [step], most, budget) for _, step in job.titled]
        titles = [title for title, _ in job.titled]
        shown = draw_contact_sheet([_shown(each, job.scale) for each in results], titles, scale=1, columns=3)
    else:
        shade = None if job.numbers or job.scale not in ("clip", "abs") or not job.steps else _shade(job.scale)
        results = [run_steps(pixels, job.steps, most, budget, job.at, job.at_step, shade)]
        shown = _shown(results[0], job.scale)
    return FilteredPicture(shown, results, decoded - begun, time.perf_counter() - decoded)


def _without_colour(pixels: Pixels) -> Pixels:
    if pixels.ndim == 2 or pixels.shape[2] == 2:
        return pixels
    if pixels.shape[2] == 3:
        return to_grey(pixels)
    return np.dstack((to_grey(np.ascontiguousarray(pixels[..., :3])), pixels[..., 3]))


def _shade(scale: Scale) -> Shade:
    return lambda values: to_pixels(values, scale, _WHITE).pixels


def _shown(result: Result, scale: Scale) -> Pixels:
    pixels = result.values if result.values.dtype == np.uint8 else _shade(scale)(result.values)
    if result.alpha is not None:
        return np.dstack((pixels, result.alpha))
    return pixels[..., 0] if pixels.shape[2] == 1 else pixels
